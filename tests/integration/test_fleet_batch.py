"""The batch endpoint: what it saves, what its refusal, its loss and its half-heartedness cost, and that nobody is left out by it."""

from __future__ import annotations

from typing import Any
from unittest import mock

import pytest
from calling import UTILS, call
from fleets import FOUR, Domain, domain, every, failures, fleet, kept, many, not_reached, result_of, writes
from simulator import Simulator
from steps import Outcome, Step

LIVE: list[Domain] = [*many(6, lookback_hops=1), domain("d7.example"), domain("d8.example")]
DESIRED: list[Domain] = [
    *every(LIVE[:6], lookback_hops=9),
    {"domain": "d7.example", "state": "absent"},
    {"domain": "new.example", **FOUR},
]
DONE = {"total": 8, "unchanged": 0, "created": 1, "updated": 6, "deleted": 1, "failed": 0, "not_reached": 0, "waived": 0}
QUICK = {"timeout": 0.6, "max_wait": 4}
SINGLES = sorted(["PATCH"] * 6 + ["POST", "DELETE"])


def at_batch(do: str, **more: Any) -> dict[str, Any]:
    return {"do": do, "match": {"path": "batch$"}, "times": 1, **more}


def as_asked(outcome: Outcome) -> None:
    assert not outcome.failed, outcome.message
    assert outcome.result["summary"] == DONE


@pytest.mark.call(fleet(DESIRED, live=LIVE))
def test_one_batch_does_it_all(played: list[Outcome]) -> None:
    """Updates, a removal and an onboarding in one request, and one list to make sure."""
    [outcome] = played
    as_asked(outcome)
    assert outcome.methods == ["GET", "POST", "GET"]
    [body] = outcome.bodies
    assert {name: len(items) for name, items in body.items() if items} == {"patches": 6, "posts": 1, "deletes": 1}
    assert all(set(item) == {"id", "lookback_hops"} for item in body["patches"])
    assert outcome.result["api"] == {"requests": 3, "retries": 0, "waited": 0.0}


@pytest.mark.call(steps=lambda setting, batch: [fleet(DESIRED, {"batch": batch}, live=LIVE, settings={"batch": setting}), fleet(DESIRED, again=True)])
@pytest.mark.parametrize("batch", ["auto", "always", "never"])
@pytest.mark.parametrize("setting", ["atomic", "partial", "skip", 404, 405])
def test_every_kind_of_server(setting: Any, batch: str, played: list[Outcome]) -> None:
    outcome, again = played
    as_asked(outcome)
    assert (again.result["results"], writes(again)) == ([], [])
    sent = writes(outcome)
    assert sent.count("BATCH") == (0 if batch == "never" else 1)
    if batch == "never" or setting in (404, 405):
        assert sorted(method for method in sent if method != "BATCH") == SINGLES
    else:
        assert sent == ["BATCH"]


def changed(count: int, batch: str) -> list[Step]:
    return [fleet(every(LIVE[:count], lookback_hops=9), {"batch": batch}, live=LIVE)]


@pytest.mark.call(steps=changed)
@pytest.mark.parametrize("batch", ["auto", "always", "never"])
@pytest.mark.parametrize("count", [1, 2, 3, 6])
def test_a_batch_is_sent_where_it_saves_requests(count: int, batch: str, played: list[Outcome]) -> None:
    [outcome] = played
    if batch == "always" or (batch == "auto" and count > 2):
        assert outcome.methods == ["GET", "POST", "GET"]
    else:
        assert outcome.methods == ["GET"] + ["PATCH"] * count


@pytest.mark.call(steps=lambda count: [fleet(every(LIVE[:count], lookback_hops=9), live=LIVE, settings={"per_page_cap": 2})])
@pytest.mark.parametrize("count", [1, 2, 3, 4, 6])
def test_reading_again_is_counted_in(count: int, played: list[Outcome]) -> None:
    """With four pages to an account and an empty one that ends it, and more where a name filter is shared by a few, the batch must earn more."""
    [outcome] = played
    assert not outcome.failed
    assert len(outcome.methods) <= 5 + count


# A server that refuses one entry, and the others with it or not.
@pytest.mark.call(
    steps=lambda setting, batch, concurrency: [
        fleet(DESIRED, {"batch": batch, "concurrency": concurrency, **QUICK}, live=LIVE, settings={"batch": setting}, habits={"refused_fields": BAD})
    ]
)
@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.parametrize("batch", ["auto", "never"])
@pytest.mark.parametrize("setting", ["atomic", "partial", "skip", 404])
def test_one_bad_entry(setting: Any, batch: str, concurrency: int, played: list[Outcome]) -> None:
    [outcome] = played
    assert (outcome.failed, outcome.kind) == (True, None)
    assert failures(outcome) == {"d3.example": "invalid"}
    failed = result_of(outcome, "d3.example")
    assert (failed["action"], failed["changes"], failed["failure"]["status"]) == ("update", {}, 400)
    assert failed["failure"]["errors"][0]["pointer"] == "/lookback_hops"
    assert "d3.example" in failed["msg"]
    assert outcome.result["summary"] == {**DONE, "updated": 5, "failed": 1}
    # The bad one was tried for itself exactly once.
    assert sum(entry["path"].endswith(failed["id"]) for entry in outcome.journal) == 1


BAD = {"d3.example": ["lookback_hops"]}


@pytest.mark.call(
    steps=lambda setting: [fleet(DESIRED, QUICK, live=LIVE, settings={"batch": setting}, habits={"refused_fields": {"new.example": ["regions"]}})]
)
@pytest.mark.parametrize("setting", ["atomic", "partial", "skip"])
def test_a_bad_onboarding(setting: str, played: list[Outcome]) -> None:
    [outcome] = played
    assert failures(outcome) == {"new.example": "invalid"}
    assert outcome.result["summary"] == {**DONE, "created": 0, "failed": 1}
    assert outcome.result["new_ids"] == {}


NO_IDEA = [{"code": 1234, "message": "No idea"}]
APPLIED: list[dict[str, Any]] = [
    *(at_batch(do, apply=True) for do in ("reset", "close", "hang", "truncate", "invalid_json", "empty", "result_null")),
    at_batch("success_false", errors=NO_IDEA, apply=True),
    *(at_batch("html", status=status, apply=True) for status in (502, 524)),
    at_batch("status", status=500, apply=True),
    at_batch("big", mib=70, apply=True),
    at_batch("redirect", apply=True),
    at_batch("wrong_content_type"),
    at_batch("amend", envelope={"result": []}),
    at_batch("amend", envelope={"result": {"patches": [{"id": "x"}, 7, None]}}),
    at_batch("amend", envelope={"result": {"patches": None, "posts": 3}}),
    at_batch("messages"),
    at_batch("slow", seconds=0.05),
]
LOST: list[dict[str, Any]] = [
    *(at_batch(do) for do in ("reset", "close", "hang", "truncate", "invalid_json", "empty", "result_null", "deep", "redirect")),
    at_batch("success_false", errors=NO_IDEA),
    *(at_batch("html", status=status) for status in (502, 524)),
    *(at_batch("status", status=status) for status in (400, 409, 413, 422, 500, 501, 503)),
    at_batch("success_false", errors=[{"code": 1004, "message": "No", "source": {"pointer": "/patches/3"}}]),
]


def name_of(fault: dict[str, Any]) -> str:
    return " ".join(str(value) for key, value in fault.items() if key not in ("match", "times"))


@pytest.mark.call(steps=lambda fault: [fleet(DESIRED, QUICK, live=LIVE, faults=[fault])])
@pytest.mark.parametrize("fault", APPLIED, ids=name_of)
def test_a_batch_that_was_carried_out_and_badly_answered(fault: dict[str, Any], played: list[Outcome]) -> None:
    """The list says that all is done: nothing is written twice."""
    [outcome] = played
    as_asked(outcome)
    assert writes(outcome) == ["BATCH"]
    assert outcome.methods[-1] == "GET", "nobody looked"


@pytest.mark.call(steps=lambda fault: [fleet(DESIRED, QUICK, live=LIVE, faults=[fault])])
@pytest.mark.parametrize("fault", LOST, ids=name_of)
def test_a_batch_that_was_not_carried_out(fault: dict[str, Any], played: list[Outcome]) -> None:
    [outcome] = played
    as_asked(outcome)
    sent = writes(outcome)
    # Looked at first; then sent again, or one by one.
    assert outcome.methods[1:3] == ["POST", "GET"]
    assert sorted(method for method in sent if method != "BATCH") in ([], SINGLES)
    assert sent.count("BATCH") <= 2


@pytest.mark.call(
    steps=lambda setting: [
        fleet(DESIRED, QUICK, live=LIVE, settings={"batch": setting}, habits={"refused_fields": BAD}, faults=[at_batch("reset", apply=True)])
    ]
)
@pytest.mark.parametrize("setting", ["atomic", "partial", "skip"])
def test_one_bad_entry_in_a_batch_whose_answer_is_lost(setting: str, played: list[Outcome]) -> None:
    [outcome] = played
    assert failures(outcome) == {"d3.example": "invalid"}
    assert outcome.result["summary"] == {**DONE, "updated": 5, "failed": 1}


@pytest.mark.call(
    fleet(
        [DESIRED[0], DESIRED[7], {"domain": "d8.example", "state": "absent"}],
        QUICK,
        live=LIVE,
        habits={"stale_reads": 1},
        faults=[at_batch("reset", apply=True)],
    )
)
def test_a_lost_batch_that_lists_show_late(played: list[Outcome]) -> None:
    """Sent again one by one, what was done is refused: taken, or not there. That proves nothing, and the next look shows all of it."""
    [outcome] = played
    assert not outcome.failed, outcome.message
    assert (outcome.result["summary"]["created"], outcome.result["summary"]["deleted"], outcome.result["summary"]["updated"]) == (1, 1, 1)


@pytest.mark.call(
    fleet(
        DESIRED[:4],
        QUICK,
        live=LIVE,
        faults=[
            at_batch("edit", domain="d2.example", values={"folder": "Inbox"}),
            at_batch("status", status=400),
            {"do": "reset", "match": {"method": "PATCH", "path": domain("d2.example")["id"]}, "times": 1},
        ],
    )
)
def test_an_edit_that_a_look_has_seen_is_no_conflict_later(played: list[Outcome]) -> None:
    [outcome] = played
    assert not outcome.failed, outcome.message
    assert (outcome.stored("d2.example")["folder"], outcome.stored("d2.example")["lookback_hops"]) == ("Inbox", 9)


@pytest.mark.call(steps=lambda reads: [fleet(DESIRED, {"max_wait": 20}, live=LIVE, habits={"stale_reads": reads})])
@pytest.mark.parametrize("reads", [1, 2, 3])
def test_lists_that_show_the_batch_late(reads: int, played: list[Outcome]) -> None:
    [outcome] = played
    as_asked(outcome)


@pytest.mark.call(steps=lambda reads, batch: [fleet(every(LIVE, state="absent"), {"max_wait": 20, "batch": batch}, live=LIVE, habits={"stale_reads": reads})])
@pytest.mark.parametrize("batch", ["always", "never"])
@pytest.mark.parametrize("reads", [1, 2])
def test_removals_that_lists_show_late(reads: int, batch: str, played: list[Outcome]) -> None:
    """A removal is verified with patience. That it is not there when it is removed again is no failure of a removal."""
    [outcome] = played
    assert not outcome.failed, outcome.message
    assert (outcome.result["summary"]["deleted"], outcome.result["changed"], outcome.after) == (8, True, [])


@pytest.mark.call(steps=lambda batch: [fleet(DESIRED, {"max_wait": 20, "batch": batch}, live=LIVE, habits={"stale_reads": 2, "partial_answer": True})])
@pytest.mark.parametrize("batch", ["always", "never"])
def test_stale_lists_and_answers_in_part(batch: str, played: list[Outcome]) -> None:
    [outcome] = played
    as_asked(outcome)


@pytest.mark.call(fleet(DESIRED, {"max_wait": 5}, live=LIVE, faults=[at_batch("retry_after", value=1)]))
def test_a_batch_over_the_rate_limit_waits_and_is_sent_again(played: list[Outcome]) -> None:
    [outcome] = played
    as_asked(outcome)
    assert writes(outcome) == ["BATCH", "BATCH"]
    assert outcome.result["api"]["waited"] >= 1


@pytest.mark.call(
    fleet(
        DESIRED,
        {"timeout": 0.6, "max_wait": 1},
        live=LIVE,
        faults=[at_batch("reset", apply=True), {"do": "html", "match": {"method": "GET", "nth": 2}, "times": None}],
    )
)
def test_nothing_can_be_seen_after_the_batch(played: list[Outcome]) -> None:
    """What may have been done is said to be not known, and is not called unchanged."""
    [outcome] = played
    assert outcome.failed
    assert outcome.result["changed"] is True
    assert "is unknown" in str(outcome.result)
    assert outcome.result["summary"]["failed"] == 8
    assert writes(outcome) == ["BATCH"]


@pytest.mark.call(fleet(DESIRED, QUICK, live=LIVE, faults=[at_batch("reset"), {"do": "html", "match": {"method": "GET", "nth": 2}, "times": 1}]))
def test_the_list_after_the_batch_is_repeated(played: list[Outcome]) -> None:
    as_asked(*played)


@pytest.mark.call(fleet([{"domain": "missing.example"}, *every(LIVE[:3], lookback_hops=1)], {"batch": "always"}, live=LIVE))
def test_there_is_no_empty_batch(played: list[Outcome]) -> None:
    [outcome] = played
    assert outcome.methods == ["GET"]


# What a server carries out late; and a refusal at 200 that names the credential, which may have come after the work.
UNKNOWN = [at_batch("hang", apply="after"), *(at_batch("success_false", apply=apply) for apply in (True, False))]


@pytest.mark.call(steps=lambda fault: [fleet(DESIRED, QUICK, live=LIVE, faults=[fault]), fleet(DESIRED, again=True)])
@pytest.mark.parametrize("fault", UNKNOWN, ids=name_of)
def test_a_batch_of_which_nothing_is_known(fault: dict[str, Any], played: list[Outcome]) -> None:
    """What is told of it is true, whichever it was; fleets.py sees to that."""
    outcome, again = played
    assert not outcome.failed or outcome.kind == "auth"
    assert not again.failed


@pytest.mark.call(
    fleet(
        every(LIVE[:4], lookback_hops=9, folder="Inbox", transport="mx.example.com"),
        live=LIVE,
        faults=[at_batch("edit", domain="d2.example", values={"lookback_hops": 9, "transport": "theirs.example.com"}), at_batch("status", status=400)],
    )
)
def test_after_a_refused_batch_only_what_still_differs_is_sent(played: list[Outcome]) -> None:
    [outcome] = played
    assert not outcome.failed, outcome.message
    bodies = [entry["body"] for entry in outcome.journal if entry["path"].endswith(result_of(outcome, "d2.example")["id"])]
    assert bodies == [{"folder": "Inbox", "transport": "mx.example.com"}]


@pytest.mark.call(fleet(DESIRED, QUICK, live=LIVE, faults=[{"do": "status", "status": 401, "match": {"method": "GET", "nth": 2}, "times": None}]))
def test_the_token_is_revoked_after_the_batch(played: list[Outcome]) -> None:
    """The batch's own answer names all that was done; only the removal it may leave open."""
    [outcome] = played
    assert (outcome.kind, outcome.result["changed"]) == ("auth", True)
    assert (outcome.result["summary"]["updated"], outcome.result["summary"]["created"]) == (6, 1)
    assert set(failures(outcome)) <= {"d7.example"}


def in_threes(simulator: Simulator, *faults: dict[str, Any], **more: Any) -> Outcome:
    with mock.patch(f"{UTILS}.resources.domains.Domains.max_batch_items", 3):
        [outcome] = kept(call(simulator, [fleet(DESIRED, {**QUICK, **more}, live=LIVE, faults=faults)]))
    return outcome


SECOND = {"path": "batch$", "nth": 2}


def test_more_than_fits_into_one_batch(simulator: Simulator) -> None:
    outcome = in_threes(simulator)
    as_asked(outcome)
    assert outcome.methods == ["GET", "POST", "POST", "POST", "GET"]


def test_the_second_batch_is_refused(simulator: Simulator) -> None:
    outcome = in_threes(simulator, {"do": "status", "status": 400, "match": SECOND})
    as_asked(outcome)
    assert sorted(writes(outcome)) == ["BATCH"] * 3 + ["PATCH"] * 3


@pytest.mark.parametrize("apply", [True, False])
def test_the_second_batch_is_lost(simulator: Simulator, apply: bool) -> None:
    outcome = in_threes(simulator, {"do": "reset", "match": SECOND, "apply": apply})
    as_asked(outcome)
    assert sorted(writes(outcome)) == ["BATCH"] * 3 + ([] if apply else ["PATCH"] * 3)


@pytest.mark.parametrize("blind", [True, False])
@pytest.mark.parametrize(("kind", "answer"), [("rate_limited", {"do": "retry_after", "value": 300}), ("auth", {"do": "status", "status": 401})], ids=str)
def test_all_is_stopped_at_the_second_batch(simulator: Simulator, kind: str, answer: dict[str, Any], blind: bool) -> None:
    """What the first one did is told as done, whether or not it can be looked at."""
    faults = [{**answer, "match": SECOND, "times": None}, *([{**answer, "match": {"method": "GET", "nth": 2}, "times": None}] if blind else [])]
    outcome = in_threes(simulator, *faults)
    assert (outcome.kind, outcome.result["changed"], writes(outcome)) == (kind, True, ["BATCH", "BATCH"])
    assert outcome.result["summary"]["updated"] == 3
    assert not_reached(outcome) == [f"d{number}.example" for number in (4, 5, 6, 7)] + ["new.example"]


def test_there_is_no_batch_endpoint_and_it_is_asked_once(simulator: Simulator) -> None:
    with mock.patch(f"{UTILS}.resources.domains.Domains.max_batch_items", 3):
        [outcome] = kept(call(simulator, [fleet(DESIRED, QUICK, live=LIVE, settings={"batch": 405})]))
    as_asked(outcome)
    assert writes(outcome).count("BATCH") == 1
