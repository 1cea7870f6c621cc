"""Properties of email_security_domains for any live account, declaration and fault, by hypothesis.

check_invariants compares every outcome with an independent expectation and with what is stored. HYPOTHESIS_EXAMPLES sets the number of examples.
"""

from __future__ import annotations

import time
from typing import Any

from hypothesis import assume, event, given
from hypothesis import strategies as st
from integration.support.call_module import call_without_waits
from integration.support.expected_result import expected_changes
from integration.support.fleet_step import PREDICTED_KEYS, failure_kinds, fleet, writes
from integration.support.invariants import check_invariants
from integration.support.reference_equality import normal_settings
from integration.support.step import Outcome, Step
from integration.support.strategies import FleetWorld, fleet_worlds
from integration.support.strategies import single_fault as faults
from simulator import Simulator

WAITS = {"timeout": 0.75, "max_wait": 60}


def step(world: FleetWorld, options: dict[str, Any] | None = None, **more: Any) -> Step:
    args = {**WAITS, **(options or world.options)}
    declared = args.pop("domains")
    return fleet(declared, args, live=world.domains, habits=world.habits, settings={"ratelimit": None, **world.settings}, **more)


def rerun(of: Step, options: dict[str, Any]) -> Step:
    return Step({**WAITS, **options}, of.module, keep_state=True, settings=of.settings)


def domains_with_refused_fields(world: FleetWorld) -> set[str]:
    """The domains with fields that the server refuses."""
    return set(world.habits.get("refused_fields", ()))


@given(world=fleet_worlds())
def test_check_mode_predicts_the_run(running_simulator: Simulator, world: FleetWorld) -> None:
    """Check mode cannot predict what the server refuses."""
    check, run = check_invariants(call_without_waits(running_simulator, [step(world, check=True), step(world)]))
    event(f"changes {len(run.result['results'])}")
    assert set(check.methods) <= {"GET"}
    if not domains_with_refused_fields(world):
        assert {key: check.result[key] for key in PREDICTED_KEYS} == {key: run.result[key] for key in PREDICTED_KEYS}
        assert check.failed is run.failed
    else:
        assert (check.result["plan"], check.result["undeclared"]) == (run.result["plan"], run.result["undeclared"])
        assert set(failure_kinds(run)) - set(failure_kinds(check)) <= domains_with_refused_fields(world)


@given(world=fleet_worlds())
def test_second_run_changes_nothing(running_simulator: Simulator, world: FleetWorld) -> None:
    first = step(world)
    _run, *others = check_invariants(call_without_waits(running_simulator, [first, rerun(first, world.options), rerun(first, world.respelled)]))
    for other in others:
        if not domains_with_refused_fields(world):
            assert other.result["changed"] is False
            assert writes(other) == []


@given(world=fleet_worlds())
def test_order_and_spelling_change_neither_plan_nor_results(running_simulator: Simulator, world: FleetWorld) -> None:
    one, other = check_invariants(call_without_waits(running_simulator, [step(world, check=True), step(world, world.respelled, check=True)]))
    assert one.result["plan"] == other.result["plan"]
    assert sorted(map(str, one.result["diff"])) == sorted(map(str, other.result["diff"]))
    assert sorted(map(str, one.result["results"])) == sorted(map(str, other.result["results"]))


@given(world=fleet_worlds(), other=fleet_worlds(), wants=st.booleans())
def test_plans_are_equal_exactly_if_the_changes_are(running_simulator: Simulator, world: FleetWorld, other: FleetWorld, wants: bool) -> None:
    """For two accounts, or two declarations for one account. Entries that cannot be applied are part of the plan."""
    if wants:
        other.domains = world.domains
        assume(not any("domain_id" in each for each in other.options["domains"]))
    one, two = check_invariants(call_without_waits(running_simulator, [step(each, check=True) for each in (world, other)]))
    same = sorted(map(str, one.result["diff"])) == sorted(map(str, two.result["diff"]))
    same = same and failure_kinds(one) == failure_kinds(two)
    event(f"same: {same}")
    assert (one.result["plan"] == two.result["plan"]) is same


@given(world=fleet_worlds(), fault=faults([None, "PATCH", "POST", "DELETE"]))
def test_single_fault_ends_as_desired_or_with_a_failure(running_simulator: Simulator, world: FleetWorld, fault: dict[str, Any]) -> None:
    [outcome] = check_invariants(call_without_waits(running_simulator, [step(world, faults=[fault])]))
    if fault["do"] == "hang" and fault.get("apply") == "after":
        time.sleep(0.05)  # the server carries out the request after the client has gone
    event(f"{fault['do']}: {outcome.kind if outcome.failed else 'done'}")
    if "summary" in outcome.result:
        assert_desired_unless_failed(outcome)


def assert_desired_unless_failed(outcome: Outcome) -> None:
    """Assert that each domain without a reported failure has the desired settings."""
    failed = {name for each in outcome.result["results"] if "failure" in each for name in (each["domain"], str(each["id"]))}
    stored = {each["id"]: normal_settings(each) for each in outcome.after}
    named = {form["domain"]: form for form in stored.values()}
    for expected in expected_changes(outcome.step.args, outcome.before):
        if expected.labels & failed:
            continue
        found = stored.get(expected.live["id"]) if expected.live else next((named[label] for label in expected.labels if label in named), None)
        if expected.entry.get("state") == "absent":
            assert found is None
        else:
            assert found is not None
            assert {key: found[key] for key in expected.desired} == {
                **expected.desired,
                **{key: found[key] for key, value in expected.desired.items() if value is None and not expected.live},
            }


@given(world=fleet_worlds(), does=st.sampled_from(["edit", "remove", "add"]), at=st.sampled_from(["GET", "PATCH", "POST", "DELETE"]), theirs=st.data())
def test_concurrent_edit_leaves_other_domains_as_desired(running_simulator: Simulator, world: FleetWorld, does: str, at: str, theirs: st.DataObject) -> None:
    """The undeclared fields of the edited domain keep the values of the other client."""
    assume(world.domains)
    target = theirs.draw(st.sampled_from(world.domains), label="target")
    hops, folder = theirs.draw(st.sampled_from([1, 7]), label="hops"), theirs.draw(st.sampled_from([None, "Inbox"]), label="folder")
    # An edit before the first read is part of what a removal reports as its state before.
    assume(not (does == "edit" and at == "GET" and any(entry.get("state") == "absent" for entry in world.options["domains"])))
    what: dict[str, Any] = {
        "edit": {"domain": target["domain"], "values": {"lookback_hops": hops, "folder": folder}},
        "remove": {"domain": target["domain"]},
        "add": {"values": {"domain": "theirs.example"}},
    }[does]
    [outcome] = check_invariants(call_without_waits(running_simulator, [step(world, faults=[{"do": does, **what, "match": {"method": at}, "times": 1}])]))
    expected = next((each for each in expected_changes(outcome.step.args, outcome.before) if each.live and each.live["id"] == target["id"]), None)
    found = next((each for each in outcome.after if each["id"] == target["id"]), None)
    if does == "edit" and expected is not None and found is not None and any(does in entry["faults"] for entry in outcome.journal):
        for name, value in what["values"].items():
            if name not in expected.desired:
                assert found[name] == value, "their edit was overwritten"
    if does == "remove":
        assert found is None or not any(does in entry["faults"] for entry in outcome.journal)
