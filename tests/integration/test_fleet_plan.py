"""The plan: what check mode saw is what is carried out, or nothing is."""

from __future__ import annotations

from typing import Any

import pytest
from integration.support.call_module import call
from integration.support.expected_result import FOUR, Domain, every, fleet, id_of, kept, many, writes
from integration.support.step import Outcome, Step
from simulator import Simulator

LIVE = many(5, lookback_hops=1, regions=["US", "DE"])
DECLARED: list[Domain] = [
    *every(LIVE[:3], lookback_hops=9, regions=["DE", "US"]),
    {"domain": "d4.example", "state": "absent"},
    {"domain": "new.example", **FOUR, "ip_restrictions": ["192.0.2.1", "192.0.2.2"]},
]


def plan(simulator: Simulator, declared: list[Domain] = DECLARED, options: dict[str, Any] | None = None, live: list[Domain] = LIVE, **more: Any) -> str:
    [outcome] = kept(call(simulator, [fleet(declared, options, live=live, check=True, **more)]))
    return str(outcome.result["plan"])


def run(simulator: Simulator, expected_plan: str, declared: list[Domain] = DECLARED, options: dict[str, Any] | None = None, **more: Any) -> Outcome:
    [outcome] = kept(call(simulator, [fleet(declared, {"expected_plan": expected_plan, **(options or {})}, **more)]))
    return outcome


@pytest.mark.parametrize("batch", ["auto", "never"])
def test_what_was_seen_is_what_is_done(simulator: Simulator, batch: str) -> None:
    seen = plan(simulator)
    assert len(seen) == 64
    assert run(simulator, seen, again=True, check=True).result["plan"] == seen
    done = run(simulator, f" {seen.upper()}\n", options={"batch": batch}, again=True)
    assert not done.failed, done.message
    assert (done.result["plan"], done.result["changed"]) == (seen, True)
    # A job that is run again finds all of it done, and that needs nobody's approval.
    again = run(simulator, seen, again=True)
    assert (again.failed, again.result["changed"], again.methods) == (False, False, ["GET"])
    assert again.result["plan"] != seen


# What someone else does to the account between check and run.
IN_BETWEEN: dict[str, list[Domain]] = {
    "a declared field": [{**LIVE[0], "lookback_hops": 7}, *LIVE[1:]],
    "a declared field, as it is wanted": [{**LIVE[0], "lookback_hops": 9}, *LIVE[1:]],
    "a declared field that was as wanted": [{**LIVE[0], "regions": ["AU"]}, *LIVE[1:]],
    "a domain is gone": LIVE[1:],
    "a domain to be removed is gone": [*LIVE[:3], LIVE[4]],
    "a domain to be removed was changed": [*LIVE[:3], {**LIVE[3], "lookback_hops": 7}, LIVE[4]],
    "a domain to be onboarded is there": [*LIVE, {**LIVE[4], "id": id_of(9), "domain": "new.example"}],
}


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize("case", IN_BETWEEN)
def test_somebody_was_faster(simulator: Simulator, case: str, check: bool) -> None:
    seen = plan(simulator)
    outcome = run(simulator, seen, live=IN_BETWEEN[case], check=check)
    assert (outcome.kind, outcome.methods, outcome.result["changed"]) == ("conflict", ["GET"], False)
    assert outcome.before == outcome.after
    assert "expected_plan" in outcome.message
    now = plan(simulator, live=IN_BETWEEN[case])
    assert now != seen
    assert run(simulator, now, live=IN_BETWEEN[case]).kind is None


OTHER_WISHES: dict[str, tuple[list[Domain], dict[str, Any]]] = {
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


@pytest.mark.parametrize("case", OTHER_WISHES)
def test_another_desired_is_another_plan(simulator: Simulator, case: str) -> None:
    declared, options = OTHER_WISHES[case]
    outcome = run(simulator, plan(simulator), declared, options, live=LIVE)
    assert (outcome.kind, outcome.methods, outcome.result["changed"]) == ("conflict", ["GET"], False)


# The same wish, said or found in another way.
SAME: dict[str, tuple[list[Domain], dict[str, Any], list[Domain]]] = {
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


@pytest.mark.parametrize("case", SAME)
def test_the_same_in_another_way_is_the_same_plan(simulator: Simulator, case: str) -> None:
    declared, options, live = SAME[case]
    if case == "by defaults":
        # What a removal would lose and what is onboarded are the same: `absent` takes no defaults, and the new domain says that it wants 1.
        declared = [*declared[:4], {**declared[4], "lookback_hops": 9}]
        expected = plan(simulator, [*DECLARED[:4], {**DECLARED[4], "lookback_hops": 9}])
        options = {"defaults": {"lookback_hops": 9}}
    else:
        expected = plan(simulator)
    outcome = run(simulator, expected, declared, options, live=live)
    assert not outcome.failed, outcome.message
    assert outcome.result["plan"] == expected


def test_nothing_to_do_has_a_plan_too(simulator: Simulator) -> None:
    idle = plan(simulator, every(LIVE, lookback_hops=1))
    assert idle == plan(simulator, [], live=[])
    assert not run(simulator, idle, every(LIVE, lookback_hops=1), live=LIVE).failed
    assert run(simulator, idle, live=LIVE).kind == "conflict"


@pytest.mark.parametrize("wrong", ["0" * 64, "yes", "0" * 63], ids=["another digest", "a word", "a digest cut short"])
def test_a_plan_that_never_was(simulator: Simulator, wrong: str) -> None:
    outcome = run(simulator, wrong, live=LIVE)
    assert outcome.kind in (("conflict",) if len(wrong) == 64 else ("invalid", "conflict"))
    assert not writes(outcome)


def test_a_domain_that_cannot_be_found_does_not_hide_in_the_plan(simulator: Simulator) -> None:
    """The others are done as planned; a plan that was made when the domain was there is another one."""
    declared = [*DECLARED, {"domain": "missing.example", "lookback_hops": 9}]
    seen = plan(simulator, declared)
    outcome = run(simulator, seen, declared, live=LIVE)
    assert (outcome.kind, outcome.result["summary"]["failed"], outcome.result["summary"]["updated"]) == (None, 1, 3)


def test_the_plan_of_a_real_playbook_task_is_that_of_the_module(simulator: Simulator) -> None:
    steps: list[Step] = [fleet(DECLARED, live=LIVE, check=True), fleet(DECLARED, again=True)]
    check, done = kept(call(simulator, steps))
    assert check.result["plan"] == done.result["plan"] == plan(simulator)
