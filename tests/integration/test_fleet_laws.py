"""Laws of a fleet, whatever is live, whatever is wanted, and whatever goes wrong.

That what is told is true to what is stored, that nobody undeclared and no undeclared field is touched, and that the sums are right, is
looked at in every outcome: see expected_result.py. HYPOTHESIS_EXAMPLES sets how many examples each law tries.
"""

from __future__ import annotations

import time
from typing import Any

from hypothesis import assume, event, given
from hypothesis import strategies as st
from integration.support.call_module import call_at_once
from integration.support.expected_result import PREDICTED, expectations, failures, fleet, kept, writes
from integration.support.reference_equality import settings
from integration.support.step import Outcome, Step
from integration.support.strategies import FleetWorld, fleet_worlds
from integration.support.strategies import failures as faults
from simulator import Simulator

PATIENCE = {"timeout": 0.75, "max_wait": 60}


def step(world: FleetWorld, options: dict[str, Any] | None = None, **more: Any) -> Step:
    args = {**PATIENCE, **(options or world.options)}
    declared = args.pop("domains")
    return fleet(declared, args, live=world.domains, habits=world.habits, settings={"ratelimit": None, **world.settings}, **more)


def again(of: Step, options: dict[str, Any]) -> Step:
    return Step({**PATIENCE, **options}, of.module, again=True, settings=of.settings)


def refused(world: FleetWorld) -> set[str]:
    """The domains of which the server takes not every field."""
    return set(world.habits.get("refused_fields", ()))


@given(world=fleet_worlds())
def test_check_mode_says_exactly_what_the_run_does(running_simulator: Simulator, world: FleetWorld) -> None:
    """And it does exactly what there is to do; the server's refusals are all that check mode cannot know."""
    check, run = kept(call_at_once(running_simulator, [step(world, check=True), step(world)]))
    event(f"changes {len(run.result['results'])}")
    assert set(check.methods) <= {"GET"}
    if not refused(world):
        assert {key: check.result[key] for key in PREDICTED} == {key: run.result[key] for key in PREDICTED}
        assert check.failed is run.failed
    else:
        assert (check.result["plan"], check.result["undeclared"]) == (run.result["plan"], run.result["undeclared"])
        assert set(failures(run)) - set(failures(check)) <= refused(world)


@given(world=fleet_worlds())
def test_the_second_run_does_nothing(running_simulator: Simulator, world: FleetWorld) -> None:
    first = step(world)
    _run, *others = kept(call_at_once(running_simulator, [first, again(first, world.options), again(first, world.respelled)]))
    for other in others:
        if not refused(world):
            assert other.result["changed"] is False
            assert writes(other) == []


@given(world=fleet_worlds())
def test_order_and_spelling_do_not_matter(running_simulator: Simulator, world: FleetWorld) -> None:
    one, other = kept(call_at_once(running_simulator, [step(world, check=True), step(world, world.respelled, check=True)]))
    assert one.result["plan"] == other.result["plan"]
    assert one.result["diff"] == other.result["diff"]
    assert sorted(map(str, one.result["results"])) == sorted(map(str, other.result["results"]))


@given(world=fleet_worlds(), other=fleet_worlds(), wants=st.booleans())
def test_two_plans_are_one_exactly_if_they_do_the_same(running_simulator: Simulator, world: FleetWorld, other: FleetWorld, wants: bool) -> None:
    """Another account, or another wish for the same one; what cannot be done is part of it."""
    if wants:
        other.domains = world.domains
        assume(not any("domain_id" in each for each in other.options["domains"]))
    one, two = kept(call_at_once(running_simulator, [step(each, check=True) for each in (world, other)]))
    same = one.result["diff"]["before"] == two.result["diff"]["before"] and one.result["diff"]["after"] == two.result["diff"]["after"]
    same = same and failures(one) == failures(two)
    event(f"same: {same}")
    assert (one.result["plan"] == two.result["plan"]) is same


@given(world=fleet_worlds(), fault=faults([None, "PATCH", "POST", "DELETE"]))
def test_one_fault_anywhere(running_simulator: Simulator, world: FleetWorld, fault: dict[str, Any]) -> None:
    """As asked, or with a failure that says so and tells what is stored."""
    [outcome] = kept(call_at_once(running_simulator, [step(world, faults=[fault])]))
    if fault["do"] == "hang" and fault.get("apply") == "after":
        time.sleep(0.05)  # the server carries out late what it hung on
    event(f"{fault['do']}: {outcome.kind if outcome.failed else 'done'}")
    if "summary" in outcome.result:
        assert_as_asked(outcome)


def assert_as_asked(outcome: Outcome) -> None:
    """Every domain that is not named with a failure."""
    failed = {name for each in outcome.result["results"] if "failure" in each for name in (each["domain"], str(each["id"]))}
    stored = {each["id"]: settings(each) for each in outcome.after}
    named = {form["domain"]: form for form in stored.values()}
    for expected in expectations(outcome.step.args, outcome.before):
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
def test_somebody_else_at_work(running_simulator: Simulator, world: FleetWorld, does: str, at: str, theirs: st.DataObject) -> None:
    """Whoever they touch: all others end as asked, and the fields of which the task does not speak stay as they want them."""
    assume(world.domains)
    target = theirs.draw(st.sampled_from(world.domains), label="target")
    hops, folder = theirs.draw(st.sampled_from([1, 7]), label="hops"), theirs.draw(st.sampled_from([None, "Inbox"]), label="folder")
    # An edit before the first reading is in what is read, and so in what a removal reports of before.
    assume(not (does == "edit" and at == "GET" and any(entry.get("state") == "absent" for entry in world.options["domains"])))
    what: dict[str, Any] = {
        "edit": {"domain": target["domain"], "values": {"lookback_hops": hops, "folder": folder}},
        "remove": {"domain": target["domain"]},
        "add": {"values": {"domain": "theirs.example"}},
    }[does]
    [outcome] = kept(call_at_once(running_simulator, [step(world, faults=[{"do": does, **what, "match": {"method": at}, "times": 1}])]))
    expected = next((each for each in expectations(outcome.step.args, outcome.before) if each.live and each.live["id"] == target["id"]), None)
    found = next((each for each in outcome.after if each["id"] == target["id"]), None)
    if does == "edit" and expected is not None and found is not None and any(does in entry["faults"] for entry in outcome.journal):
        for name, value in what["values"].items():
            if name not in expected.desired:
                assert found[name] == value, "their edit was overwritten"
    if does == "remove":
        assert found is None or not any(does in entry["faults"] for entry in outcome.journal)
