"""The plan: what check mode showed is what the run does, or the run does nothing."""

from __future__ import annotations

from typing import Any

import pytest
from integration.support.call_module import call
from integration.support.fleet_step import CREATE_FIELDS, Domain, desired_for_all, fleet, id_of, make_domains, writes
from integration.support.invariants import check_invariants
from integration.support.step import Outcome, Step
from simulator import Simulator

LIVE = make_domains(5, lookback_hops=1, regions=["US", "DE"])
DECLARED: list[Domain] = [
    *desired_for_all(LIVE[:3], lookback_hops=9, regions=["DE", "US"]),
    {"domain": "d4.example", "state": "absent"},
    {"domain": "new.example", **CREATE_FIELDS, "ip_restrictions": ["192.0.2.1", "192.0.2.2"]},
]


def plan(simulator: Simulator, declared: list[Domain] = DECLARED, options: dict[str, Any] | None = None, live: list[Domain] = LIVE, **more: Any) -> str:
    [outcome] = check_invariants(call(simulator, [fleet(declared, options, live=live, check=True, **more)]))
    return str(outcome.result["plan"])


def run(simulator: Simulator, expected_plan: str, declared: list[Domain] = DECLARED, options: dict[str, Any] | None = None, **more: Any) -> Outcome:
    [outcome] = check_invariants(call(simulator, [fleet(declared, {"expected_plan": expected_plan, **(options or {})}, **more)]))
    return outcome


@pytest.mark.parametrize("batch", ["auto", "never"])
def test_expected_plan_of_check_mode_is_accepted(simulator: Simulator, batch: str) -> None:
    seen = plan(simulator)
    assert len(seen) == 64
    assert run(simulator, seen, keep_state=True, check=True).result["plan"] == seen
    done = run(simulator, f" {seen.upper()}\n", options={"batch": batch}, keep_state=True)
    assert not done.failed, done.message
    assert (done.result["plan"], done.result["changed"]) == (seen, True)
    # A repeated job has nothing to do, which needs no approval.
    again = run(simulator, seen, keep_state=True)
    assert (again.failed, again.result["changed"], again.methods) == (False, False, ["GET"])
    assert again.result["plan"] != seen


# Edits by another client between check mode and run.
CONCURRENT_EDITS: dict[str, list[Domain]] = {
    "a declared field": [{**LIVE[0], "lookback_hops": 7}, *LIVE[1:]],
    "a declared field, as it is wanted": [{**LIVE[0], "lookback_hops": 9}, *LIVE[1:]],
    "a declared field that was as wanted": [{**LIVE[0], "regions": ["AU"]}, *LIVE[1:]],
    "a domain is gone": LIVE[1:],
    "a domain to be removed is gone": [*LIVE[:3], LIVE[4]],
    "a domain to be removed was changed": [*LIVE[:3], {**LIVE[3], "lookback_hops": 7}, LIVE[4]],
    "a domain to be onboarded is there": [*LIVE, {**LIVE[4], "id": id_of(9), "domain": "new.example"}],
}


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize("case", CONCURRENT_EDITS)
def test_expected_plan_after_a_concurrent_edit_is_refused(simulator: Simulator, case: str, check: bool) -> None:
    seen = plan(simulator)
    outcome = run(simulator, seen, live=CONCURRENT_EDITS[case], check=check)
    assert (outcome.kind, outcome.methods, outcome.result["changed"]) == ("conflict", ["GET"], False)
    assert outcome.before == outcome.after
    assert "expected_plan" in outcome.message
    now = plan(simulator, live=CONCURRENT_EDITS[case])
    assert now != seen
    assert run(simulator, now, live=CONCURRENT_EDITS[case]).kind is None


OTHER_DECLARATIONS: dict[str, tuple[list[Domain], dict[str, Any]]] = {
    "another value": ([{**DECLARED[0], "lookback_hops": 8}, *DECLARED[1:]], {}),
    "a field more": ([{**DECLARED[0], "require_tls_inbound": True}, *DECLARED[1:]], {}),
    "a default more": (DECLARED, {"defaults": {"require_tls_inbound": True}}),
    "a domain more": ([*DECLARED, {"domain": "d5.example", "lookback_hops": 9}], {}),
    "a domain less": (DECLARED[1:], {}),
    "the same of another domain": ([{**DECLARED[0], "domain": "d5.example"}, *DECLARED[1:]], {}),
    "the same of another domain, by id": (
        [{**{key: value for key, value in DECLARED[0].items() if key != "domain"}, "domain_id": id_of(5)}, *DECLARED[1:]],
        {},
    ),
    "no removal": ([*DECLARED[:3], DECLARED[4]], {}),
    "a removal in place of a change": ([{"domain": "d1.example", "state": "absent"}, *DECLARED[1:]], {}),
    "something else is onboarded": ([*DECLARED[:4], {**DECLARED[4], "domain": "other.example"}], {}),
    "it is onboarded in another way": ([*DECLARED[:4], {**DECLARED[4], "lookback_hops": 2}], {}),
}


@pytest.mark.parametrize("case", OTHER_DECLARATIONS)
def test_expected_plan_for_another_declaration_is_refused(simulator: Simulator, case: str) -> None:
    declared, options = OTHER_DECLARATIONS[case]
    outcome = run(simulator, plan(simulator), declared, options, live=LIVE)
    assert (outcome.kind, outcome.methods, outcome.result["changed"]) == ("conflict", ["GET"], False)


# Declarations and accounts with the same changes.
EQUIVALENT_DECLARATIONS: dict[str, tuple[list[Domain], dict[str, Any], list[Domain]]] = {
    "another order": (DECLARED[::-1], {}, LIVE),
    "another order of what is live": (DECLARED, {}, LIVE[::-1]),
    "another spelling": (
        [
            *({**each, "domain": each["domain"].upper() + ".", "regions": ["US", "DE", "DE"]} for each in DECLARED[:3]),
            DECLARED[3],
            {**DECLARED[4], "ip_restrictions": ["192.0.2.2/32", "192.0.2.1/255.255.255.255"]},
        ],
        {},
        LIVE,
    ),
    "by defaults": ([*({"domain": each["domain"], "regions": ["DE", "US"]} for each in DECLARED[:3]), *DECLARED[3:]], {}, LIVE),
    "other means": (DECLARED, {"batch": "never", "concurrency": 1, "max_wait": 7}, LIVE),
    "by id": ([{"domain_id": LIVE[0]["id"], "lookback_hops": 9, "regions": ["DE", "US"]}, *DECLARED[1:]], {}, LIVE),
    "a field of which nobody spoke": (DECLARED, {}, [{**LIVE[0], "transport": "theirs.example.com", "folder": "Inbox"}, *LIVE[1:]]),
    "what only the server writes": (
        DECLARED,
        {},
        [{**each, "status": "FAILED", "modified_at": "2026-11-21T00:00:00.000000Z", "emails_processed": {"total": 7}} for each in LIVE],
    ),
    "the order of lists": (DECLARED, {}, [{**each, "regions": ["DE", "US"]} for each in LIVE]),
    "another undeclared domain": (DECLARED, {}, [*LIVE, {**LIVE[0], "id": id_of(9), "domain": "d9.example"}]),
    "a domain more, with nothing to do": ([*DECLARED, {"domain": "d5.example", "lookback_hops": 1}], {}, LIVE),
}


@pytest.mark.parametrize("case", EQUIVALENT_DECLARATIONS)
def test_expected_plan_for_an_equivalent_declaration_is_accepted(simulator: Simulator, case: str) -> None:
    declared, options, live = EQUIVALENT_DECLARATIONS[case]
    if case == "by defaults":
        # `absent` takes no defaults, and the new domain declares its own value.
        declared = [*declared[:4], {**declared[4], "lookback_hops": 9}]
        expected = plan(simulator, [*DECLARED[:4], {**DECLARED[4], "lookback_hops": 9}])
        options = {"defaults": {"lookback_hops": 9}}
    else:
        expected = plan(simulator)
    outcome = run(simulator, expected, declared, options, live=live)
    assert not outcome.failed, outcome.message
    assert outcome.result["plan"] == expected


def test_plan_without_changes_is_the_same_for_any_account(simulator: Simulator) -> None:
    idle = plan(simulator, desired_for_all(LIVE, lookback_hops=1))
    assert idle == plan(simulator, [], live=[])
    assert not run(simulator, idle, desired_for_all(LIVE, lookback_hops=1), live=LIVE).failed
    assert run(simulator, idle, live=LIVE).kind == "conflict"


@pytest.mark.parametrize("wrong", ["0" * 64, "yes", "0" * 63], ids=["another digest", "a word", "a digest cut short"])
def test_expected_plan_invalid_or_unknown_is_refused(simulator: Simulator, wrong: str) -> None:
    outcome = run(simulator, wrong, live=LIVE)
    assert outcome.kind in (("conflict",) if len(wrong) == 64 else ("invalid", "conflict"))
    assert not writes(outcome)


def test_missing_domain_is_part_of_the_plan(simulator: Simulator) -> None:
    """The other domains are changed as planned."""
    declared = [*DECLARED, {"domain": "missing.example", "lookback_hops": 9}]
    seen = plan(simulator, declared)
    outcome = run(simulator, seen, declared, live=LIVE)
    assert (outcome.kind, outcome.result["summary"]["failed"], outcome.result["summary"]["updated"]) == (None, 1, 3)


def test_check_mode_and_run_return_the_same_plan(simulator: Simulator) -> None:
    steps: list[Step] = [fleet(DECLARED, live=LIVE, check=True), fleet(DECLARED, keep_state=True)]
    check, done = check_invariants(call(simulator, steps))
    assert check.result["plan"] == done.result["plan"] == plan(simulator)
