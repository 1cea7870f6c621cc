"""Call modules in this process for the thousands of cells of the proof: the simulator is prepared without a request for each setting."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from integration.support.call_module import outcome_of, run_step
from integration.support.step import Outcome, Step
from simulator import Simulator


def call_module(step: Step, environment: Mapping[str, str]) -> tuple[dict[str, Any], str, float]:
    """Run the module of a step.

    Returns:
        The result, everything that the module printed, and the seconds that it took.
    """
    output, seconds = run_step(step, environment)
    return json.loads(output), output, seconds


def call_step(simulator: Simulator, step: Step) -> Outcome:
    """Prepare the simulator as the step needs it, and run its module."""
    if step.keep_state:
        simulator.clear_journal()
        simulator.clear_faults()
    else:
        simulator.reset()
    if step.domains is not None:
        simulator.clear_domains()
        for each in step.domains:
            simulator.add_domain(**each)
    if step.lists is not None:
        simulator.clear_entries()
        for name, entries in step.lists.items():
            for each in entries:
                simulator.add_entry(name, **each)
    simulator.configure(**step.settings, refuse_writes=step.check)
    simulator.habit(**step.habits)
    for fault in step.faults:
        simulator.fault(**_keywords_of(fault))
    return outcome_of(simulator, step, simulator.domains)


def _keywords_of(fault: Mapping[str, Any]) -> dict[str, Any]:
    """A fault as keyword arguments of the simulator's method: the conditions of `match` beside the rest."""
    return {**fault.get("match", {}), **{key: value for key, value in fault.items() if key != "match"}}
