"""Credentials that the server refuses stop a task for many domains at once, and no credential ever shows."""

from __future__ import annotations

import json
from typing import Any

import pytest
from integration.support.call_module import call
from integration.support.fleet_step import CREATE_FIELDS, Domain, desired_for_all, failure_kinds, fleet, id_of, make_domains, not_reached, result_of, writes
from integration.support.invariants import check_invariants
from integration.support.step import Outcome
from simulator import Simulator
from simulator.scenario import NOT_ENTITLED_ACCOUNT_ID, OTHER_ACCOUNT_ID, READ_TOKEN

LIVE = make_domains(30, lookback_hops=1)
DESIRED = desired_for_all(LIVE, lookback_hops=9)
READ_ONLY = {"CLOUDFLARE_API_TOKEN": READ_TOKEN}
REFUSED: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "wrong token": ({"api_token": "cfat_no-such-token-anywhere"}, {}, "auth"),
    "wrong token at 403": ({"api_token": "cfat_no-such-token-anywhere"}, {"wrong_credential_status": 403}, "auth"),
    "not in the plan": ({"account_id": NOT_ENTITLED_ACCOUNT_ID}, {}, "not_entitled"),
    "another's account": ({"account_id": OTHER_ACCOUNT_ID}, {}, "permission"),
    "no such account": ({"account_id": "d" * 32}, {}, "not_found"),
}


@pytest.mark.call(
    steps=lambda case: [fleet(DESIRED, {**REFUSED[case][0], "max_wait": 3}, live=LIVE, settings=REFUSED[case][1], check=check) for check in (True, False)]
)
@pytest.mark.parametrize("case", REFUSED)
def test_refused_credential_fails_at_the_list_without_a_write(case: str, outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        assert (outcome.kind, outcome.result["changed"]) == (REFUSED[case][2], False)
        assert outcome.result["failure"]["ray_id"]
        assert set(outcome.methods) == {"GET"}
        assert len(outcome.methods) <= 2


@pytest.mark.call(
    steps=lambda batch, concurrency: [
        fleet(DESIRED, live=LIVE, check=True, environment=READ_ONLY),
        fleet(DESIRED, {"batch": batch, "concurrency": concurrency}, live=LIVE, environment=READ_ONLY),
    ]
)
@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.parametrize("batch", ["auto", "never"])
def test_read_only_token_works_in_check_mode_and_stops_at_the_first_write(batch: str, concurrency: int, outcomes: list[Outcome]) -> None:
    """The run sends one or two writes, not thirty."""
    check, outcome = outcomes
    assert (check.failed, check.result["summary"]["updated"]) == (False, 30)
    assert (outcome.kind, outcome.result["changed"]) == ("permission", False)
    assert "Cloud Email Security: Write" in outcome.message
    # After a refused batch, one single write is tried.
    assert writes(outcome) == (["PATCH"] if batch == "never" else ["BATCH", "PATCH"])
    assert outcome.result["summary"]["failed"] == 30
    assert outcome.result["summary"]["not_reached"] >= 29
    assert outcome.methods.count("GET") <= 2


WRITES = ["PATCH", "POST", "DELETE"]


def at_write(nth: int, **answer: Any) -> dict[str, Any]:
    return {"do": "status", **answer, "match": {"method": WRITES, "nth": nth}, "times": None}


REVOKED_ANSWERS = {"401": {"status": 401, "code": 10000}, "403": {"status": 403, "code": 10000}, "401 without a word": {"status": 401, "body": "no"}}


@pytest.mark.call(
    steps=lambda how, concurrency: [
        fleet(DESIRED, {"batch": "never", "concurrency": concurrency, "max_wait": 5}, live=LIVE, faults=[at_write(5, **REVOKED_ANSWERS[how])])
    ]
)
@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.parametrize("how", REVOKED_ANSWERS)
def test_token_revoked_at_the_fifth_write_stops_the_task(how: str, concurrency: int, outcomes: list[Outcome]) -> None:
    """Completed writes are reported as such, unsent ones as not reached, and hardly anything is sent afterwards."""
    [outcome] = outcomes
    assert (outcome.kind, outcome.result["changed"]) == ("auth", True)
    summary = outcome.result["summary"]
    assert summary["updated"] == 4
    assert summary["failed"] == 26
    # Requests that were in flight at that moment are repeated once at most.
    assert len(writes(outcome)) <= 4 + 2 * concurrency
    assert summary["not_reached"] >= 26 - concurrency
    assert {result["failure"]["kind"] for result in outcome.result["results"] if "failure" in result} == {"auth"}
    assert sum(each["lookback_hops"] == 9 for each in outcome.after) == 4
    assert "4" in outcome.message


@pytest.mark.call(fleet(DESIRED, {"max_wait": 5}, live=LIVE, faults=[at_write(1, status=401, code=10000)]))
def test_token_revoked_at_the_batch_stops_the_task(outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert (outcome.kind, outcome.result["changed"]) == ("auth", False)
    assert set(writes(outcome)) == {"BATCH"}
    assert len(writes(outcome)) <= 2
    assert outcome.result["summary"]["failed"] == 30


@pytest.mark.call(
    fleet(
        DESIRED,
        {"batch": "never", "max_wait": 5},
        live=LIVE,
        faults=[{"do": "status", "status": 401, "code": 10000, "match": {"method": WRITES, "nth": 5}, "times": 1}],
    )
)
def test_temporary_authentication_error_is_retried(outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert not outcome.failed, outcome.message


@pytest.mark.call(
    steps=lambda status, concurrency: [
        fleet(
            DESIRED,
            {"batch": "never", "concurrency": concurrency, "max_wait": 5},
            live=LIVE,
            faults=[{"do": "status", **DENIED[status], "match": {"method": "PATCH", "path": id_of(7)}, "times": None}],
        )
    ]
)
@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.parametrize("status", ["permission", "not_entitled"])
def test_permission_error_of_one_domain_fails_only_that_domain(status: str, concurrency: int, outcomes: list[Outcome]) -> None:
    """Another write of the task has succeeded, so the error belongs to this domain."""
    [outcome] = outcomes
    assert failure_kinds(outcome) == {"d7.example": status}
    assert (outcome.kind, outcome.result["summary"]["updated"]) == (None, 29)


DENIED = {
    "permission": {"status": 403, "code": 9109, "message": "Unauthorized to access requested resource"},
    "not_entitled": {"status": 403, "code": 1403, "message": "Email Security is not available in the current subscription"},
}


@pytest.mark.call(
    steps=lambda kind, batch: [fleet(DESIRED, {"batch": batch, "max_wait": 5}, live=LIVE, faults=[at_write(1, **DENIED[kind])])],
)
@pytest.mark.parametrize("batch", ["auto", "never"])
@pytest.mark.parametrize("kind", DENIED)
def test_permission_error_at_the_first_write_stops_the_task(kind: str, batch: str, outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert (outcome.kind, outcome.result["changed"]) == (kind, False)
    assert writes(outcome) == (["PATCH"] if batch == "never" else ["BATCH", "PATCH"])
    assert len(not_reached(outcome)) >= 29
    assert outcome.before == outcome.after


CANARY = "cfut_Canary7Token5That3Must1Never9Show"


@pytest.fixture
def canary_simulator() -> Any:
    account = {"id": "a0" * 16, "credentials": [{"token": CANARY, "permission": "write"}], "domains": LIVE[:4]}
    with Simulator({"accounts": [account]}) as other:
        yield other


def echo(**match: Any) -> dict[str, Any]:
    return {"do": "status", "status": 400, "message": f"bad {CANARY}, {CANARY[:24]}", "match": match, "times": None}


def test_no_credential_shows_in_failures_and_invocation(canary_simulator: Simulator) -> None:
    named: Domain = {"domain": "new.example", **CREATE_FIELDS, "transport": CANARY}
    steps = [
        fleet(DESIRED[:4], {"api_token": CANARY}),
        fleet(DESIRED[:4], {"api_token": CANARY, "batch": "never"}, faults=[echo(method="PATCH")]),
        fleet(DESIRED[:4], faults=[echo(path="batch$"), echo(method="PATCH", path=id_of(2))]),
        fleet(DESIRED[:4], faults=[echo(method="GET")]),
        fleet(DESIRED[:4], {"expected_plan": CANARY}),
        fleet(DESIRED[:4], {"account_id": CANARY}),
        fleet(DESIRED[:4], {"base_url": f"https://user:{CANARY}@api.example.com/"}),
        fleet(DESIRED[:4], {"timeout": 0.3, "max_wait": 0, "batch": "never"}, faults=[{"do": "close", "match": {"method": "PATCH"}, "times": None}]),
    ]
    # A setting that equals a credential is masked, too, so its invariants do not hold.
    outcomes = [*check_invariants(call(canary_simulator, steps)), *call(canary_simulator, [fleet([named], check=True), fleet([named])])]
    assert sum(outcome.failed for outcome in outcomes) >= 7
    assert len(failure_kinds(outcomes[1])) == 4
    assert failure_kinds(outcomes[2]) == {"d2.example": "invalid"}
    assert_hidden(outcomes)


def test_credential_as_a_domain_name_does_not_show(canary_simulator: Simulator) -> None:
    """Not in lower case either, which is the normal form of a name."""
    assert_hidden(
        check_invariants(call(canary_simulator, [fleet([*DESIRED[:2], {"domain": f"{CANARY}.example", "lookback_hops": 99}]), fleet([{"domain": CANARY}])]))
    )


def assert_hidden(outcomes: list[Outcome]) -> None:
    for number, outcome in enumerate(outcomes):
        shown = (outcome.output + json.dumps(outcome.result)).lower()
        for secret in (CANARY.lower(), CANARY[:24].lower(), CANARY[5:20].lower()):
            assert secret not in shown, (number, shown[max(0, shown.find(secret) - 300) :][:600])


@pytest.mark.call(
    fleet(
        DESIRED[:3],
        {"max_wait": 3, "batch": "never"},
        live=LIVE,
        faults=[{"do": "redirect", "location": "https://elsewhere.example/", "match": {"path": id_of(2)}}],
    )
)
def test_redirect_of_a_write_is_not_followed(outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert failure_kinds(outcome) == {"d2.example": "response"}
    assert "https://elsewhere.example/" in result_of(outcome, "d2.example")["msg"]
