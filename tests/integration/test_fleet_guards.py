"""What protects many domains in a real playbook: an approved plan, a selection, waivers, and the time limit of the task. The module runs in the process
of the task, and packed.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from integration.support.fleet_step import Domain, desired_for_all, fleet, make_domains, writes
from integration.support.run_playbook import PlaybookRunner
from integration.support.step import Outcome, Step

# The same interpreter by another name, so that Ansible packs the module and starts it.
OTHER_PYTHON = str(Path(sys.executable).with_name("python" if Path(sys.executable).name == "python3" else "python3"))
WAYS: dict[str, dict[str, str]] = {"direct": {}, "packed": {"ANSIBLE_PYTHON_INTERPRETER": OTHER_PYTHON}}
LIVE = make_domains(4, lookback_hops=1)
DECLARED: list[Domain] = desired_for_all(LIVE[:3], lookback_hops=9)
WAIVER = {"domain": "d1.*", "field": "lookback_hops", "reason": "a move", "owner": "postmaster@example.com", "expires": "2999-12-31"}
NOTHING = {"nothing": None}


def step(options: dict[str, Any], **keywords: Any) -> Step:
    return fleet(DECLARED, {"batch": "never", **options}, live=LIVE, keywords={"vars": NOTHING, **keywords})


REFUSED: dict[str, Step] = {
    "a plan that is null": step({"expected_plan": None}),
    "a plan from a variable that is null": step({"expected_plan": "{{ nothing }}"}),
    "a plan that is empty": step({"expected_plan": ""}),
    "a plan that is no plan": step({"expected_plan": "9f2c"}),
    "a choice that is empty": step({"only": []}),
    "a choice of a comma": step({"only": ","}),
    "a choice of a blank": step({"only": " "}),
    "a choice that is not declared": step({"only": ["d9.example"]}),
}
ACCEPTED: dict[str, Step] = {
    "a plan that is left out": step({"expected_plan": "{{ unknown | default(omit) }}"}),
    "a choice that is left out": step({"only": "{{ unknown | default(omit) }}"}),
    "a choice that is null": step({"only": None}),
    "a choice": step({"only": "D2.EXAMPLE., d3*"}),
    "a waiver": step({"waivers": [WAIVER]}),
}


@pytest.fixture(scope="module", params=["direct", pytest.param("packed", marks=pytest.mark.nightly)])
def outcomes_by_case(request: pytest.FixtureRequest, playbook_runner: PlaybookRunner) -> dict[str, Outcome]:
    steps = {**REFUSED, **ACCEPTED}
    outcomes_by_case = playbook_runner.run_steps(list(steps.values()), environment=WAYS[request.param])
    return dict(zip(steps, outcomes_by_case, strict=True))


@pytest.mark.parametrize("case", REFUSED)
def test_invalid_guard_is_refused_before_any_request(case: str, outcomes_by_case: dict[str, Outcome]) -> None:
    outcome = outcomes_by_case[case]
    assert (outcome.kind, outcome.result["changed"], outcome.methods) == ("invalid", False, []), outcome.message


def test_valid_guard_limits_the_changes(outcomes_by_case: dict[str, Outcome]) -> None:
    for case in ("a plan that is left out", "a choice that is left out", "a choice that is null"):
        assert (outcomes_by_case[case].result["summary"]["updated"], outcomes_by_case[case].result["scope"]) == (3, None), outcomes_by_case[case].message
    assert outcomes_by_case["a choice"].result["scope"] == ["d2.example", "d3.example"]
    assert outcomes_by_case["a choice"].result["undeclared"] == ["d4.example"]
    waived = outcomes_by_case["a waiver"]
    assert (waived.result["summary"]["updated"], waived.stored("d1.example")["lookback_hops"]) == (2, 1)
    assert [entry["field"] for entry in waived.result["waived"]] == ["lookback_hops"]


SLOW = {"do": "hang", "match": {"method": "PATCH", "nth": 4}, "seconds": 20, "times": None}


def test_time_limit_of_the_task_stops_between_writes(playbook_runner: PlaybookRunner) -> None:
    """In the process of the task only: for a packed module, the limit ends the task, but not the module's process."""
    live = make_domains(20, lookback_hops=1)
    options = {"batch": "never", "concurrency": 2, "timeout": 30}
    [outcome] = playbook_runner.run_steps([fleet(desired_for_all(live, lookback_hops=9), options, live=live, faults=[SLOW], keywords={"timeout": 3})])
    assert (outcome.failed, outcome.result["changed"]) == (True, True), outcome.message
    summary = outcome.result["summary"]
    done = [each for each in outcome.after if each["lookback_hops"] == 9]
    assert 0 < summary["updated"] <= len(done) < 20
    assert summary["not_reached"] > 10
    assert len(writes(outcome)) < 8
    assert "the keyword timeout" in outcome.message
