"""Failing requests of single domains in a task for many. One domain that fails does not stop the others."""

from __future__ import annotations

from typing import Any

import pytest
from integration.support.fleet_step import CREATE_FIELDS, Domain, desired_for_all, failure_kinds, fleet, id_of, make_domain, make_domains, result_of, writes
from integration.support.step import Outcome

LIVE = [*make_domains(6, lookback_hops=1), make_domain("d7.example"), make_domain("d8.example")]
DESIRED: list[Domain] = [*desired_for_all(LIVE[:6], lookback_hops=9), {"domain": "d7.example", "state": "absent"}, {"domain": "new.example", **CREATE_FIELDS}]
SINGLE_WRITES = {"batch": "never", "timeout": 0.4, "max_wait": 1.2}
# The path of the write with the fault, and its domain.
TARGETS = {"PATCH": (id_of(3), "d3.example"), "DELETE": (id_of(7), "d7.example"), "POST": ("domains$", "new.example")}


def fault(do: str, method: str = "PATCH", *, times: int | None = 1, **more: Any) -> dict[str, Any]:
    return {"do": do, "match": {"method": method, "path": TARGETS[method][0]}, "times": times, **more}


UNKNOWN_ERROR = [{"code": 1234, "message": "No idea"}]
# Faults of one domain that do not go away, and the kind of its failure.
LASTING_FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "400": ({"do": "status", "status": 400}, "invalid"),
    "404": ({"do": "status", "status": 404, "code": 1404}, "not_found"),
    "405": ({"do": "status", "status": 405}, "invalid"),
    "409": ({"do": "status", "status": 409}, "conflict"),
    "422": ({"do": "status", "status": 422}, "invalid"),
    "500 permanently": ({"do": "status", "status": 500}, "server"),
    "502 in HTML permanently": ({"do": "html", "status": 502}, "server"),
    "no answer, ever": ({"do": "hang"}, "network"),
    "reset permanently": ({"do": "reset"}, "network"),
    "broken JSON permanently": ({"do": "invalid_json"}, "response"),
    "a redirect": ({"do": "redirect"}, "response"),
    "success: false permanently": ({"do": "success_false", "errors": UNKNOWN_ERROR}, "response"),
}


@pytest.mark.call(
    without_waits=True,
    steps=lambda case, concurrency: [
        fleet(DESIRED, {**SINGLE_WRITES, "concurrency": concurrency}, live=LIVE, faults=[fault(**LASTING_FAULTS[case][0], times=None)])
    ],
)
@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.parametrize("case", LASTING_FAULTS)
def test_failing_update_does_not_stop_the_others(case: str, concurrency: int, outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert failure_kinds(outcome) == {"d3.example": LASTING_FAULTS[case][1]}, outcome.message
    failed = result_of(outcome, "d3.example")
    assert (failed["action"], failed["changes"], failed["failure"]["method"]) == ("update", {}, "PATCH")
    assert outcome.result["summary"] == {"total": 8, "unchanged": 0, "created": 1, "updated": 5, "deleted": 1, "failed": 1, "not_reached": 0, "waived": 0}
    assert outcome.kind is None
    assert "d3.example" in outcome.message


@pytest.mark.call(
    without_waits=True,
    steps=lambda case, method: [fleet(DESIRED, SINGLE_WRITES, live=LIVE, faults=[fault(**LASTING_FAULTS[case][0], method=method, times=None)])],
)
@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize("case", ["400", "409", "500 permanently"])
def test_failing_creation_or_removal_does_not_stop_the_others(case: str, method: str, outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert failure_kinds(outcome) == {TARGETS[method][1]: LASTING_FAULTS[case][1]}, outcome.message
    assert (outcome.result["summary"]["updated"], outcome.result["summary"]["failed"]) == (6, 1)


@pytest.mark.call(steps=lambda count: [fleet(DESIRED, SINGLE_WRITES, live=LIVE, faults=[refused_update(number) for number in range(1, count + 1)])])
@pytest.mark.parametrize("count", [3, 6])
def test_several_failing_updates_do_not_stop_the_others(count: int, outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert failure_kinds(outcome) == {f"d{number}.example": "invalid" for number in range(1, count + 1)}
    assert (outcome.result["summary"]["updated"], outcome.result["summary"]["deleted"], outcome.result["summary"]["created"]) == (6 - count, 1, 1)


def refused_update(number: int) -> dict[str, Any]:
    return {"do": "status", "status": 422, "match": {"method": "PATCH", "path": id_of(number)}, "times": None}


UNCLEAR_ANSWERS: list[dict[str, Any]] = [
    *({"do": do, "apply": apply} for do in ("hang", "reset", "close", "truncate", "invalid_json", "empty", "result_null") for apply in (True, False)),
    {"do": "hang", "apply": "after"},
    *({"do": "html", "status": 524, "apply": apply} for apply in (True, False)),
    *({"do": "status", "status": 500, "apply": apply} for apply in (True, False)),
    {"do": "success_false", "errors": UNKNOWN_ERROR, "apply": True},
    {"do": "wrong_content_type"},
    {"do": "amend", "envelope": {"result": {"id": "0d3f1c55-7a0b-4a59-9c3e-00000000ffff"}}},
]


@pytest.mark.call(
    without_waits=True,
    steps=lambda method, unclear: [fleet(DESIRED, SINGLE_WRITES, live=LIVE, faults=[fault(**unclear, method=method)]), fleet(DESIRED, keep_state=True)],
)
@pytest.mark.parametrize(
    ("method", "unclear"),
    # Each hang costs a timeout, so it is tested with one method.
    [(method, unclear) for method in sorted(TARGETS) for unclear in UNCLEAR_ANSWERS if unclear["do"] != "hang" or method == "PATCH"],
    ids=lambda value: value if isinstance(value, str) else " ".join(map(str, value.values())),
)
def test_write_without_a_clear_answer_is_looked_up_before_it_is_repeated(method: str, unclear: dict[str, Any], outcomes: list[Outcome]) -> None:
    outcome, again = outcomes
    if (method, unclear["do"]) != ("POST", "amend"):
        assert not outcome.failed, outcome.message
        assert outcome.result["summary"] == {"total": 8, "unchanged": 0, "created": 1, "updated": 6, "deleted": 1, "failed": 0, "not_reached": 0, "waived": 0}
    assert again.result["results"] == []
    place = TARGETS[method][0].removesuffix("$")
    sent = [entry for entry in outcome.journal if entry["method"] == method and entry["path"].endswith(place)]
    applied = unclear.get("apply") is True or unclear["do"] in ("wrong_content_type", "amend")
    assert len(sent) == 1 if applied else len(sent) <= 2
    # A creation is looked up several times before it is repeated, because a list may be stale.
    assert outcome.methods.count("GET") <= (8 if method == "POST" and not applied else 3)


TEMPORARY_FAULTS: list[dict[str, Any]] = [
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
@pytest.mark.parametrize("passing", TEMPORARY_FAULTS, ids=lambda fault: " ".join(str(value) for value in fault.values()))
def test_failed_list_is_repeated(passing: dict[str, Any], outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert not outcome.failed, outcome.message
    assert outcome.methods == ["GET", "GET", "POST", "GET"]
    assert outcome.result["api"]["retries"] == 1


LASTING_READ_FAULTS: list[tuple[dict[str, Any], str]] = [
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
    without_waits=True,
    steps=lambda staying, check: [
        fleet(DESIRED[:7], {"timeout": 0.4, "max_wait": 0.7}, live=LIVE, check=check, faults=[{**staying[0], "match": {"method": "GET"}, "times": None}])
    ],
)
@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize("staying", LASTING_READ_FAULTS[:7], ids=lambda staying: " ".join(str(value) for value in staying[0].values()))
def test_unreadable_list_prevents_any_write(staying: tuple[dict[str, Any], str], check: bool, outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert (outcome.kind, outcome.result["changed"]) == (staying[1], False)
    assert not writes(outcome)
    assert outcome.result["failure"]["method"] == "GET"


@pytest.mark.call(
    without_waits=True,
    steps=lambda staying: [
        fleet(DESIRED[:1], {"timeout": 0.4, "max_wait": 0.7}, live=LIVE[:1], faults=[{**staying[0], "match": {"method": "GET"}, "times": None}])
    ],
)
@pytest.mark.parametrize("staying", LASTING_READ_FAULTS[7:], ids=["no id", "a path as an id"])
def test_domain_without_a_valid_id_is_not_written(staying: tuple[dict[str, Any], str], outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert outcome.failed
    assert not writes(outcome)
    kinds = {outcome.kind} if outcome.kind else set(failure_kinds(outcome).values())
    assert kinds == {staying[1]}


@pytest.mark.call(fleet(DESIRED, {"max_wait": 2}, live=LIVE, faults=[{"do": "messages", "messages": [{"code": 1, "message": "Soon"}], "times": None}]))
def test_server_message_is_one_warning(outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert not outcome.failed
    assert [str(warning).count("Soon") for warning in outcome.result["warnings"] if "Soon" in str(warning)] == [1]


@pytest.mark.call(fleet(DESIRED, {**SINGLE_WRITES, "base_url": "http://127.0.0.1:9/client/v4", "max_wait": 0.5}, live=LIVE))
def test_refused_connection_is_a_network_failure(outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert (outcome.kind, outcome.result["changed"]) == ("network", False)
    assert "Connection refused" in outcome.message


@pytest.mark.call(
    without_waits=True,
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
def test_server_failing_from_the_third_write_on_uses_up_one_wait_budget(concurrency: int, outcomes: list[Outcome]) -> None:
    """The budget is shared, and each domain has a result."""
    [outcome] = outcomes
    assert outcome.failed
    summary = outcome.result["summary"]
    assert summary["failed"] == 6
    assert summary["created"] + summary["updated"] + summary["deleted"] == 2
    assert set(failure_kinds(outcome).values()) <= {"server"}


@pytest.mark.call(
    without_waits=True,
    steps=lambda method, apply, concurrency: [
        fleet(
            DESIRED,
            {**SINGLE_WRITES, "concurrency": concurrency},
            live=LIVE,
            faults=[fault("reset", method, apply=apply), {"do": "html", "match": {"method": "GET", "nth": 2}, "times": None}],
        )
    ],
)
@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.parametrize("apply", [True, False])
@pytest.mark.parametrize("method", sorted(TARGETS))
def test_unreadable_account_after_a_lost_write_is_reported_as_unknown(method: str, apply: bool, concurrency: int, outcomes: list[Outcome]) -> None:
    """The lost write and the removal, which only a read can verify, are unknown. The others are done."""
    [outcome] = outcomes
    name, removed = TARGETS[method][1], TARGETS["DELETE"][1]
    assert failure_kinds(outcome) == {removed: "server", name: "network"}
    unknown = result_of(outcome, name)
    assert "is unknown" in unknown["msg"]
    assert unknown["changes"], "what may have changed is reported as changed"
    count = len({removed, name})
    assert (outcome.result["changed"], outcome.result["summary"]["failed"]) == (True, count)
    assert sum(outcome.result["summary"][key] for key in ("updated", "created", "deleted")) == 8 - count
    assert name not in outcome.result["new_ids"]


@pytest.mark.call(
    fleet(
        DESIRED,
        {**SINGLE_WRITES, "concurrency": 8, "max_wait": 5},
        live=LIVE,
        faults=[
            fault("reset", "PATCH", apply=True),
            fault("close", "DELETE"),
            fault("invalid_json", "POST", apply=True),
            refused_update(1),
            {"do": "html", "match": {"method": "PATCH", "path": id_of(5)}, "times": 2},
        ],
    )
)
def test_different_faults_at_once_fail_only_the_refused_domain(outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert failure_kinds(outcome) == {"d1.example": "invalid"}
    assert outcome.result["summary"] == {"total": 8, "unchanged": 0, "created": 1, "updated": 5, "deleted": 1, "failed": 1, "not_reached": 0, "waived": 0}
