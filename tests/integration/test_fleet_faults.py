"""What goes wrong with single requests of a fleet. One bad domain stops no other."""

from __future__ import annotations

from typing import Any

import pytest
from fleets import FOUR, Domain, domain, every, failures, fleet, id_of, many, result_of, writes
from steps import Outcome

LIVE = [*many(6, lookback_hops=1), domain("d7.example"), domain("d8.example")]
DESIRED: list[Domain] = [*every(LIVE[:6], lookback_hops=9), {"domain": "d7.example", "state": "absent"}, {"domain": "new.example", **FOUR}]
SINGLY = {"batch": "never", "timeout": 0.4, "max_wait": 1.2}
# The write that meets the fault, and the domain that it belongs to.
TARGETS = {"PATCH": (id_of(3), "d3.example"), "DELETE": (id_of(7), "d7.example"), "POST": ("domains$", "new.example")}


def fault(do: str, method: str = "PATCH", *, times: int | None = 1, **more: Any) -> dict[str, Any]:
    return {"do": do, "match": {"method": method, "path": TARGETS[method][0]}, "times": times, **more}


NO_IDEA = [{"code": 1234, "message": "No idea"}]
# Faults that stay with one domain, and of what kind its failure is.
BAD: dict[str, tuple[dict[str, Any], str]] = {
    "400": ({"do": "status", "status": 400}, "invalid"),
    "404": ({"do": "status", "status": 404, "code": 1404}, "not_found"),
    "405": ({"do": "status", "status": 405}, "invalid"),
    "409": ({"do": "status", "status": 409}, "conflict"),
    "422": ({"do": "status", "status": 422}, "invalid"),
    "500 for ever": ({"do": "status", "status": 500}, "server"),
    "502 in HTML for ever": ({"do": "html", "status": 502}, "server"),
    "no answer, ever": ({"do": "hang"}, "network"),
    "reset for ever": ({"do": "reset"}, "network"),
    "broken JSON for ever": ({"do": "invalid_json"}, "response"),
    "a redirect": ({"do": "redirect"}, "response"),
    "success: false for ever": ({"do": "success_false", "errors": NO_IDEA}, "response"),
}


@pytest.mark.call(
    at_once=True,
    steps=lambda case, concurrency: [fleet(DESIRED, {**SINGLY, "concurrency": concurrency}, live=LIVE, faults=[fault(**BAD[case][0], times=None)])],
)
@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.parametrize("case", BAD)
def test_one_bad_domain_stops_no_other(case: str, concurrency: int, played: list[Outcome]) -> None:
    [outcome] = played
    assert failures(outcome) == {"d3.example": BAD[case][1]}, outcome.message
    failed = result_of(outcome, "d3.example")
    assert (failed["action"], failed["changes"], failed["failure"]["method"]) == ("update", {}, "PATCH")
    assert outcome.result["summary"] == {"total": 8, "unchanged": 0, "created": 1, "updated": 5, "deleted": 1, "failed": 1, "not_reached": 0, "waived": 0}
    assert outcome.kind is None
    assert "d3.example" in outcome.message


@pytest.mark.call(at_once=True, steps=lambda case, method: [fleet(DESIRED, SINGLY, live=LIVE, faults=[fault(**BAD[case][0], method=method, times=None)])])
@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize("case", ["400", "409", "500 for ever"])
def test_nor_does_a_bad_onboarding_or_removal(case: str, method: str, played: list[Outcome]) -> None:
    [outcome] = played
    assert failures(outcome) == {TARGETS[method][1]: BAD[case][1]}, outcome.message
    assert (outcome.result["summary"]["updated"], outcome.result["summary"]["failed"]) == (6, 1)


@pytest.mark.call(steps=lambda count: [fleet(DESIRED, SINGLY, live=LIVE, faults=[several(number) for number in range(1, count + 1)])])
@pytest.mark.parametrize("count", [3, 6])
def test_several_bad_domains(count: int, played: list[Outcome]) -> None:
    [outcome] = played
    assert failures(outcome) == {f"d{number}.example": "invalid" for number in range(1, count + 1)}
    assert (outcome.result["summary"]["updated"], outcome.result["summary"]["deleted"], outcome.result["summary"]["created"]) == (6 - count, 1, 1)


def several(number: int) -> dict[str, Any]:
    return {"do": "status", "status": 422, "match": {"method": "PATCH", "path": id_of(number)}, "times": None}


UNCLEAR: list[dict[str, Any]] = [
    *({"do": do, "apply": apply} for do in ("hang", "reset", "close", "truncate", "invalid_json", "empty", "result_null") for apply in (True, False)),
    {"do": "hang", "apply": "after"},
    *({"do": "html", "status": 524, "apply": apply} for apply in (True, False)),
    *({"do": "status", "status": 500, "apply": apply} for apply in (True, False)),
    {"do": "success_false", "errors": NO_IDEA, "apply": True},
    {"do": "wrong_content_type"},
    {"do": "amend", "envelope": {"result": {"id": "0d3f1c55-7a0b-4a59-9c3e-00000000ffff"}}},
]


@pytest.mark.call(
    at_once=True, steps=lambda method, unclear: [fleet(DESIRED, SINGLY, live=LIVE, faults=[fault(**unclear, method=method)]), fleet(DESIRED, again=True)]
)
@pytest.mark.parametrize(
    ("method", "unclear"),
    # Each hang costs a timeout: once is enough where they are all alike.
    [(method, unclear) for method in sorted(TARGETS) for unclear in UNCLEAR if unclear["do"] != "hang" or method == "PATCH"],
    ids=lambda value: value if isinstance(value, str) else " ".join(map(str, value.values())),
)
def test_a_write_without_a_clear_answer(method: str, unclear: dict[str, Any], played: list[Outcome]) -> None:
    """Looked at, and written again only where nothing had happened."""
    outcome, again = played
    if (method, unclear["do"]) != ("POST", "amend"):
        assert not outcome.failed, outcome.message
        assert outcome.result["summary"] == {"total": 8, "unchanged": 0, "created": 1, "updated": 6, "deleted": 1, "failed": 0, "not_reached": 0, "waived": 0}
    assert again.result["results"] == []
    place = TARGETS[method][0].removesuffix("$")
    sent = [entry for entry in outcome.journal if entry["method"] == method and entry["path"].endswith(place)]
    applied = unclear.get("apply") is True or unclear["do"] in ("wrong_content_type", "amend")
    assert len(sent) == 1 if applied else len(sent) <= 2
    # A creation is looked for with patience before it is sent again, because a list may lag.
    assert outcome.methods.count("GET") <= (8 if method == "POST" and not applied else 3)


PASSING: list[dict[str, Any]] = [
    {"do": "hang"},
    {"do": "reset"},
    {"do": "html", "status": 502},
    {"do": "status", "status": 500},
    {"do": "invalid_json"},
    {"do": "retry_after", "value": 1},
    {"do": "status", "status": 403, "code": 10000, "message": "Authentication error"},
]


@pytest.mark.call(
    steps=lambda passing: [fleet(DESIRED, {"timeout": 0.4, "max_wait": 3}, live=LIVE, faults=[{**passing, "match": {"method": "GET"}, "times": 1}])]
)
@pytest.mark.parametrize("passing", PASSING, ids=lambda fault: " ".join(str(value) for value in fault.values()))
def test_the_list_is_repeated(passing: dict[str, Any], played: list[Outcome]) -> None:
    [outcome] = played
    assert not outcome.failed, outcome.message
    assert outcome.methods == ["GET", "GET", "POST", "GET"]
    assert outcome.result["api"]["retries"] == 1


STAYING: list[tuple[dict[str, Any], str]] = [
    ({"do": "hang"}, "network"),
    ({"do": "html", "status": 502}, "server"),
    ({"do": "invalid_json"}, "response"),
    ({"do": "result_null"}, "response"),
    ({"do": "retry_after", "value": 60}, "rate_limited"),
    ({"do": "status", "status": 404, "code": 7003, "message": "Could not route"}, "not_found"),
    ({"do": "redirect"}, "response"),
    ({"do": "amend", "envelope": {"result": [{"domain": "d1.example"}], "result_info": {}}}, "response"),
    ({"do": "amend", "envelope": {"result": [{"id": "../../x", "domain": "d1.example"}], "result_info": {"total_count": 1}}}, "response"),
]


@pytest.mark.call(
    at_once=True,
    steps=lambda staying, check: [
        fleet(DESIRED[:7], {"timeout": 0.4, "max_wait": 0.7}, live=LIVE, check=check, faults=[{**staying[0], "match": {"method": "GET"}, "times": None}])
    ],
)
@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize("staying", STAYING[:7], ids=lambda staying: " ".join(str(value) for value in staying[0].values()))
def test_without_a_list_nothing_is_done(staying: tuple[dict[str, Any], str], check: bool, played: list[Outcome]) -> None:
    [outcome] = played
    assert (outcome.kind, outcome.result["changed"]) == (staying[1], False)
    assert not writes(outcome)
    assert outcome.result["failure"]["method"] == "GET"


@pytest.mark.call(
    at_once=True,
    steps=lambda staying: [
        fleet(DESIRED[:1], {"timeout": 0.4, "max_wait": 0.7}, live=LIVE[:1], faults=[{**staying[0], "match": {"method": "GET"}, "times": None}])
    ],
)
@pytest.mark.parametrize("staying", STAYING[7:], ids=["no id", "a path as an id"])
def test_a_domain_that_cannot_be_addressed_is_not_written(staying: tuple[dict[str, Any], str], played: list[Outcome]) -> None:
    [outcome] = played
    assert outcome.failed
    assert not writes(outcome)
    kinds = {outcome.kind} if outcome.kind else set(failures(outcome).values())
    assert kinds == {staying[1]}


@pytest.mark.call(fleet(DESIRED, {"max_wait": 2}, live=LIVE, faults=[{"do": "messages", "messages": [{"code": 1, "message": "Soon"}], "times": None}]))
def test_what_the_server_says_is_a_warning_and_said_once(played: list[Outcome]) -> None:
    [outcome] = played
    assert not outcome.failed
    assert [str(warning).count("Soon") for warning in outcome.result["warnings"] if "Soon" in str(warning)] == [1]


@pytest.mark.call(fleet(DESIRED, {**SINGLY, "base_url": "http://127.0.0.1:9/client/v4", "max_wait": 0.5}, live=LIVE))
def test_a_host_that_does_not_answer(played: list[Outcome]) -> None:
    [outcome] = played
    assert (outcome.kind, outcome.result["changed"]) == ("network", False)
    assert "Connection refused" in outcome.message


@pytest.mark.call(
    at_once=True,
    steps=lambda concurrency: [
        fleet(
            DESIRED,
            {"batch": "never", "concurrency": concurrency, "timeout": 0.4, "max_wait": 1},
            live=LIVE,
            faults=[{"do": "status", "status": 500, "match": {"method": ["PATCH", "POST", "DELETE"], "nth": 3}, "times": None}],
        )
    ],
)
@pytest.mark.parametrize("concurrency", [1, 8])
def test_a_server_that_fails_from_the_third_write_on(concurrency: int, played: list[Outcome]) -> None:
    """The budget is one for all: it ends, and each domain has its word."""
    [outcome] = played
    assert outcome.failed
    summary = outcome.result["summary"]
    assert summary["failed"] == 6
    assert summary["created"] + summary["updated"] + summary["deleted"] == 2
    assert set(failures(outcome).values()) <= {"server"}


@pytest.mark.call(
    at_once=True,
    steps=lambda method, apply, concurrency: [
        fleet(
            DESIRED,
            {**SINGLY, "concurrency": concurrency},
            live=LIVE,
            faults=[fault("reset", method, apply=apply), {"do": "html", "match": {"method": "GET", "nth": 2}, "times": None}],
        )
    ],
)
@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.parametrize("apply", [True, False])
@pytest.mark.parametrize("method", sorted(TARGETS))
def test_nothing_can_be_seen_afterwards(method: str, apply: bool, concurrency: int, played: list[Outcome]) -> None:
    """That one is not known, and may have changed, nor is a removal, which no answer proves; the others were done."""
    [outcome] = played
    name, removed = TARGETS[method][1], TARGETS["DELETE"][1]
    assert failures(outcome) == {removed: "server", name: "network"}
    unknown = result_of(outcome, name)
    assert "is unknown" in unknown["msg"]
    assert unknown["changes"], "what may have changed is told as changed"
    count = len({removed, name})
    assert (outcome.result["changed"], outcome.result["summary"]["failed"]) == (True, count)
    assert sum(outcome.result["summary"][key] for key in ("updated", "created", "deleted")) == 8 - count
    assert name not in outcome.result["new_ids"]


@pytest.mark.call(
    fleet(
        DESIRED,
        {**SINGLY, "concurrency": 8, "max_wait": 5},
        live=LIVE,
        faults=[
            fault("reset", "PATCH", apply=True),
            fault("close", "DELETE"),
            fault("invalid_json", "POST", apply=True),
            several(1),
            {"do": "html", "match": {"method": "PATCH", "path": id_of(5)}, "times": 2},
        ],
    )
)
def test_many_things_at_once(played: list[Outcome]) -> None:
    [outcome] = played
    assert failures(outcome) == {"d1.example": "invalid"}
    assert outcome.result["summary"] == {"total": 8, "unchanged": 0, "created": 1, "updated": 5, "deleted": 1, "failed": 1, "not_reached": 0, "waived": 0}
