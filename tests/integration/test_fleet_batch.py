"""The batch endpoint: which requests it saves, and what happens if it is refused, lost or carried out in part."""

from __future__ import annotations

from typing import Any
from unittest import mock

import pytest
from integration.support.call_module import MODULE_UTILS, call
from integration.support.fleet_step import (
    CREATE_FIELDS,
    Domain,
    desired_for_all,
    failure_kinds,
    fleet,
    make_domain,
    make_domains,
    not_reached,
    result_of,
    writes,
)
from integration.support.invariants import check_invariants
from integration.support.step import Outcome, Step
from simulator import Simulator

LIVE: list[Domain] = [*make_domains(6, lookback_hops=1), make_domain("d7.example"), make_domain("d8.example")]
DESIRED: list[Domain] = [
    *desired_for_all(LIVE[:6], lookback_hops=9),
    {"domain": "d7.example", "state": "absent"},
    {"domain": "new.example", **CREATE_FIELDS},
]
SUMMARY = {"total": 8, "unchanged": 0, "created": 1, "updated": 6, "deleted": 1, "failed": 0, "not_reached": 0, "waived": 0}
QUICK = {"timeout": 0.6, "max_wait": 4}
SINGLE_WRITES = sorted(["PATCH"] * 6 + ["POST", "DELETE"])


def at_batch(do: str, **more: Any) -> dict[str, Any]:
    return {"do": do, "match": {"path": "batch$"}, "times": 1, **more}


def assert_all_done(outcome: Outcome) -> None:
    assert not outcome.failed, outcome.message
    assert outcome.result["summary"] == SUMMARY


@pytest.mark.call(fleet(DESIRED, live=LIVE))
def test_one_batch_updates_creates_and_deletes(outcomes: list[Outcome]) -> None:
    """Followed by one list that verifies it."""
    [outcome] = outcomes
    assert_all_done(outcome)
    assert outcome.methods == ["GET", "POST", "GET"]
    [body] = outcome.bodies
    assert {name: len(items) for name, items in body.items() if items} == {"patches": 6, "posts": 1, "deletes": 1}
    assert all(set(item) == {"id", "lookback_hops"} for item in body["patches"])
    assert outcome.result["api"] == {"requests": 3, "retries": 0, "waited": 0.0}


@pytest.mark.call(steps=lambda setting, batch: [fleet(DESIRED, {"batch": batch}, live=LIVE, settings={"batch": setting}), fleet(DESIRED, keep_state=True)])
@pytest.mark.parametrize("batch", ["auto", "always", "never"])
@pytest.mark.parametrize("setting", ["atomic", "partial", "skip", 404, 405])
def test_any_server_ends_with_the_desired_state(setting: Any, batch: str, outcomes: list[Outcome]) -> None:
    outcome, again = outcomes
    assert_all_done(outcome)
    assert (again.result["results"], writes(again)) == ([], [])
    sent = writes(outcome)
    assert sent.count("BATCH") == (0 if batch == "never" else 1)
    if batch == "never" or setting in (404, 405):
        assert sorted(method for method in sent if method != "BATCH") == SINGLE_WRITES
    else:
        assert sent == ["BATCH"]


def change_of(count: int, batch: str) -> list[Step]:
    return [fleet(desired_for_all(LIVE[:count], lookback_hops=9), {"batch": batch}, live=LIVE)]


@pytest.mark.call(steps=change_of)
@pytest.mark.parametrize("batch", ["auto", "always", "never"])
@pytest.mark.parametrize("count", [1, 2, 3, 6])
def test_batch_auto_is_used_from_three_changes_on(count: int, batch: str, outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    if batch == "always" or (batch == "auto" and count > 2):
        assert outcome.methods == ["GET", "POST", "GET"]
    else:
        assert outcome.methods == ["GET"] + ["PATCH"] * count


@pytest.mark.call(steps=lambda count: [fleet(desired_for_all(LIVE[:count], lookback_hops=9), live=LIVE, settings={"per_page_cap": 2})])
@pytest.mark.parametrize("count", [1, 2, 3, 4, 6])
def test_batch_auto_counts_the_requests_of_the_second_list(count: int, outcomes: list[Outcome]) -> None:
    """Four pages and an empty one make each list cost five requests, and a shared name filter more, so a batch has to save more."""
    [outcome] = outcomes
    assert not outcome.failed
    assert len(outcome.methods) <= 5 + count


# The server refuses one entry. Depending on the setting, it refuses the whole batch.
@pytest.mark.call(
    steps=lambda setting, batch, concurrency: [
        fleet(DESIRED, {"batch": batch, "concurrency": concurrency, **QUICK}, live=LIVE, settings={"batch": setting}, habits={"refused_fields": REFUSED_FIELDS})
    ]
)
@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.parametrize("batch", ["auto", "never"])
@pytest.mark.parametrize("setting", ["atomic", "partial", "skip", 404])
def test_refused_update_fails_alone(setting: Any, batch: str, concurrency: int, outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert (outcome.failed, outcome.kind) == (True, None)
    assert failure_kinds(outcome) == {"d3.example": "invalid"}
    failed = result_of(outcome, "d3.example")
    assert (failed["action"], failed["changes"], failed["failure"]["status"]) == ("update", {}, 400)
    assert failed["failure"]["errors"][0]["pointer"] == "/lookback_hops"
    assert "d3.example" in failed["msg"]
    assert outcome.result["summary"] == {**SUMMARY, "updated": 5, "failed": 1}
    # The refused entry was sent alone exactly once.
    assert sum(entry["path"].endswith(failed["id"]) for entry in outcome.journal) == 1


REFUSED_FIELDS = {"d3.example": ["lookback_hops"]}


@pytest.mark.call(
    steps=lambda setting: [fleet(DESIRED, QUICK, live=LIVE, settings={"batch": setting}, habits={"refused_fields": {"new.example": ["regions"]}})]
)
@pytest.mark.parametrize("setting", ["atomic", "partial", "skip"])
def test_refused_creation_fails_alone(setting: str, outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert failure_kinds(outcome) == {"new.example": "invalid"}
    assert outcome.result["summary"] == {**SUMMARY, "created": 0, "failed": 1}
    assert outcome.result["new_ids"] == {}


UNKNOWN_ERROR = [{"code": 1234, "message": "No idea"}]
APPLIED: list[dict[str, Any]] = [
    *(at_batch(do, apply=True) for do in ("reset", "close", "hang", "truncate", "invalid_json", "empty", "result_null")),
    at_batch("success_false", errors=UNKNOWN_ERROR, apply=True),
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
    at_batch("success_false", errors=UNKNOWN_ERROR),
    *(at_batch("html", status=status) for status in (502, 524)),
    *(at_batch("status", status=status) for status in (400, 409, 413, 422, 500, 501, 503)),
    at_batch("success_false", errors=[{"code": 1004, "message": "No", "source": {"pointer": "/patches/3"}}]),
]


def name_of(fault: dict[str, Any]) -> str:
    return " ".join(str(value) for key, value in fault.items() if key not in ("match", "times"))


@pytest.mark.call(steps=lambda fault: [fleet(DESIRED, QUICK, live=LIVE, faults=[fault])])
@pytest.mark.parametrize("fault", APPLIED, ids=name_of)
def test_batch_carried_out_without_a_clear_answer_is_not_sent_again(fault: dict[str, Any], outcomes: list[Outcome]) -> None:
    """The list shows that everything is done."""
    [outcome] = outcomes
    assert_all_done(outcome)
    assert writes(outcome) == ["BATCH"]
    assert outcome.methods[-1] == "GET", "the outcome was not verified"


@pytest.mark.call(steps=lambda fault: [fleet(DESIRED, QUICK, live=LIVE, faults=[fault])])
@pytest.mark.parametrize("fault", LOST, ids=name_of)
def test_batch_not_carried_out_is_sent_again_after_a_look(fault: dict[str, Any], outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert_all_done(outcome)
    sent = writes(outcome)
    # First a read, then the batch again or single writes.
    assert outcome.methods[1:3] == ["POST", "GET"]
    assert sorted(method for method in sent if method != "BATCH") in ([], SINGLE_WRITES)
    assert sent.count("BATCH") <= 2


@pytest.mark.call(
    steps=lambda setting: [
        fleet(DESIRED, QUICK, live=LIVE, settings={"batch": setting}, habits={"refused_fields": REFUSED_FIELDS}, faults=[at_batch("reset", apply=True)])
    ]
)
@pytest.mark.parametrize("setting", ["atomic", "partial", "skip"])
def test_refused_entry_in_a_batch_with_a_lost_answer_fails_alone(setting: str, outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert failure_kinds(outcome) == {"d3.example": "invalid"}
    assert outcome.result["summary"] == {**SUMMARY, "updated": 5, "failed": 1}


@pytest.mark.call(
    fleet(
        [DESIRED[0], DESIRED[7], {"domain": "d8.example", "state": "absent"}],
        QUICK,
        live=LIVE,
        habits={"stale_reads": 1},
        faults=[at_batch("reset", apply=True)],
    )
)
def test_lost_batch_with_a_stale_list_ends_as_desired(outcomes: list[Outcome]) -> None:
    """Repeated as single writes, completed changes are refused as taken or not found. The next read shows that they were done."""
    [outcome] = outcomes
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
            {"do": "reset", "match": {"method": "PATCH", "path": make_domain("d2.example")["id"]}, "times": 1},
        ],
    )
)
def test_concurrent_edit_seen_by_a_read_is_no_later_conflict(outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert not outcome.failed, outcome.message
    assert (outcome.stored("d2.example")["folder"], outcome.stored("d2.example")["lookback_hops"]) == ("Inbox", 9)


@pytest.mark.call(steps=lambda reads: [fleet(DESIRED, {"max_wait": 20}, live=LIVE, habits={"stale_reads": reads})])
@pytest.mark.parametrize("reads", [1, 2, 3])
def test_stale_lists_after_a_batch_are_read_again(reads: int, outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert_all_done(outcome)


@pytest.mark.call(
    steps=lambda reads, batch: [fleet(desired_for_all(LIVE, state="absent"), {"max_wait": 20, "batch": batch}, live=LIVE, habits={"stale_reads": reads})]
)
@pytest.mark.parametrize("batch", ["always", "never"])
@pytest.mark.parametrize("reads", [1, 2])
def test_stale_lists_after_removals_are_read_again(reads: int, batch: str, outcomes: list[Outcome]) -> None:
    """ "Not found" for a repeated removal is no failure."""
    [outcome] = outcomes
    assert not outcome.failed, outcome.message
    assert (outcome.result["summary"]["deleted"], outcome.result["changed"], outcome.after) == (8, True, [])


@pytest.mark.call(steps=lambda batch: [fleet(DESIRED, {"max_wait": 20, "batch": batch}, live=LIVE, habits={"stale_reads": 2, "partial_answer": True})])
@pytest.mark.parametrize("batch", ["always", "never"])
def test_stale_lists_and_partial_answers_end_as_desired(batch: str, outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert_all_done(outcome)


@pytest.mark.call(fleet(DESIRED, {"max_wait": 5}, live=LIVE, faults=[at_batch("retry_after", value=1)]))
def test_rate_limited_batch_is_sent_again_after_a_wait(outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert_all_done(outcome)
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
def test_unreadable_account_after_a_lost_batch_is_reported_as_unknown(outcomes: list[Outcome]) -> None:
    """It may have been carried out, so it is not reported as unchanged."""
    [outcome] = outcomes
    assert outcome.failed
    assert outcome.result["changed"] is True
    assert "is unknown" in str(outcome.result)
    assert outcome.result["summary"]["failed"] == 8
    assert writes(outcome) == ["BATCH"]


@pytest.mark.call(fleet(DESIRED, QUICK, live=LIVE, faults=[at_batch("reset"), {"do": "html", "match": {"method": "GET", "nth": 2}, "times": 1}]))
def test_failed_list_after_a_batch_is_repeated(outcomes: list[Outcome]) -> None:
    assert_all_done(*outcomes)


@pytest.mark.call(fleet([{"domain": "missing.example"}, *desired_for_all(LIVE[:3], lookback_hops=1)], {"batch": "always"}, live=LIVE))
def test_batch_always_sends_no_empty_batch(outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert outcome.methods == ["GET"]


# A batch that is carried out late, and a refusal of the credential with status 200, which may have come after the work.
UNKNOWN_OUTCOMES = [at_batch("hang", apply="after"), *(at_batch("success_false", apply=apply) for apply in (True, False))]


@pytest.mark.call(steps=lambda fault: [fleet(DESIRED, QUICK, live=LIVE, faults=[fault]), fleet(DESIRED, keep_state=True)])
@pytest.mark.parametrize("fault", UNKNOWN_OUTCOMES, ids=name_of)
def test_batch_with_an_unknown_outcome_is_reported_truthfully(fault: dict[str, Any], outcomes: list[Outcome]) -> None:
    """check_invariants compares the result with what is stored."""
    outcome, again = outcomes
    assert not outcome.failed or outcome.kind == "auth"
    assert not again.failed


@pytest.mark.call(
    fleet(
        desired_for_all(LIVE[:4], lookback_hops=9, folder="Inbox", transport="mx.example.com"),
        live=LIVE,
        faults=[at_batch("edit", domain="d2.example", values={"lookback_hops": 9, "transport": "theirs.example.com"}), at_batch("status", status=400)],
    )
)
def test_single_writes_after_a_refused_batch_send_only_differences(outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert not outcome.failed, outcome.message
    bodies = [entry["body"] for entry in outcome.journal if entry["path"].endswith(result_of(outcome, "d2.example")["id"])]
    assert bodies == [{"folder": "Inbox", "transport": "mx.example.com"}]


@pytest.mark.call(
    fleet(
        desired_for_all(LIVE[:4], lookback_hops=9),
        live=LIVE,
        faults=[at_batch("edit", domain="d2.example", values={"lookback_hops": 7}), at_batch("status", status=400)],
    )
)
def test_edit_of_someone_else_after_a_refused_batch_is_not_overwritten(outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert failure_kinds(outcome) == {"d2.example": "conflict"}
    assert [each["lookback_hops"] for each in outcome.after[:4]] == [9, 7, 9, 9]


@pytest.mark.call(fleet(DESIRED, QUICK, live=LIVE, faults=[{"do": "status", "status": 401, "match": {"method": "GET", "nth": 2}, "times": None}]))
def test_token_revoked_after_the_batch_keeps_the_results_of_its_answer(outcomes: list[Outcome]) -> None:
    """The answer of the batch proves everything but the removal."""
    [outcome] = outcomes
    assert (outcome.kind, outcome.result["changed"]) == ("auth", True)
    assert (outcome.result["summary"]["updated"], outcome.result["summary"]["created"]) == (6, 1)
    assert set(failure_kinds(outcome)) <= {"d7.example"}


def run_in_batches_of_three(simulator: Simulator, *faults: dict[str, Any], **more: Any) -> Outcome:
    with mock.patch(f"{MODULE_UTILS}.resources.domains.Domains.max_batch_items", 3):
        [outcome] = check_invariants(call(simulator, [fleet(DESIRED, {**QUICK, **more}, live=LIVE, faults=faults)]))
    return outcome


SECOND_BATCH = {"path": "batch$", "nth": 2}


def test_more_items_than_fit_into_one_batch_are_split(simulator: Simulator) -> None:
    outcome = run_in_batches_of_three(simulator)
    assert_all_done(outcome)
    assert outcome.methods == ["GET", "POST", "POST", "POST", "GET"]


def test_second_batch_refused_is_replaced_by_single_writes(simulator: Simulator) -> None:
    outcome = run_in_batches_of_three(simulator, {"do": "status", "status": 400, "match": SECOND_BATCH})
    assert_all_done(outcome)
    assert sorted(writes(outcome)) == ["BATCH"] * 3 + ["PATCH"] * 3


@pytest.mark.parametrize("apply", [True, False])
def test_second_batch_lost_is_looked_up(simulator: Simulator, apply: bool) -> None:
    outcome = run_in_batches_of_three(simulator, {"do": "reset", "match": SECOND_BATCH, "apply": apply})
    assert_all_done(outcome)
    assert sorted(writes(outcome)) == ["BATCH"] * 3 + ([] if apply else ["PATCH"] * 3)


@pytest.mark.parametrize("blind", [True, False])
@pytest.mark.parametrize(("kind", "answer"), [("rate_limited", {"do": "retry_after", "value": 300}), ("auth", {"do": "status", "status": 401})], ids=str)
def test_second_batch_blocked_stops_and_reports_the_first(simulator: Simulator, kind: str, answer: dict[str, Any], blind: bool) -> None:
    """Whether or not the account can be read afterwards."""
    faults = [{**answer, "match": SECOND_BATCH, "times": None}, *([{**answer, "match": {"method": "GET", "nth": 2}, "times": None}] if blind else [])]
    outcome = run_in_batches_of_three(simulator, *faults)
    assert (outcome.kind, outcome.result["changed"], writes(outcome)) == (kind, True, ["BATCH", "BATCH"])
    assert outcome.result["summary"]["updated"] == 3
    assert not_reached(outcome) == [f"d{number}.example" for number in (4, 5, 6, 7)] + ["new.example"]


def test_missing_batch_endpoint_is_tried_once(simulator: Simulator) -> None:
    with mock.patch(f"{MODULE_UTILS}.resources.domains.Domains.max_batch_items", 3):
        [outcome] = check_invariants(call(simulator, [fleet(DESIRED, QUICK, live=LIVE, settings={"batch": 405})]))
    assert_all_done(outcome)
    assert writes(outcome).count("BATCH") == 1
