"""Tasks in this process, as in the integration tests, and without a request for each thing that is set before them: there are thousands."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any
from unittest import mock

from integration.support.call_module import _printed
from integration.support.step import Outcome, Step
from simulator import Simulator


def printed(step: Step, environment: Mapping[str, str]) -> tuple[dict[str, Any], str, float]:
    """The result of the module, all that it printed, and the seconds that it took."""
    with mock.patch.dict("os.environ", dict(environment)):
        began = time.monotonic()
        output = _printed(step)
    return json.loads(output), output, time.monotonic() - began


def carried_out(simulator: Simulator, step: Step) -> Outcome:
    """What the task came to, with the simulator as the step wants it: in its first state, or as the step before left it."""
    if step.again:
        simulator.clear_journal()
        simulator.clear_faults()
    else:
        simulator.reset()
    if step.domains is not None:
        simulator.clear_domains()
        for each in step.domains:
            simulator.add_domain(**each)
    simulator.configure(**step.settings, refuse_writes=step.check)
    simulator.habit(**step.habits)
    for fault in step.faults:
        simulator.fault(**_flat(fault))
    before = simulator.domains
    environment = {
        "CLOUDFLARE_BASE_URL": simulator.base_url,
        "CLOUDFLARE_ACCOUNT_ID": simulator.account_id,
        "CLOUDFLARE_API_TOKEN": simulator.token,
        **step.environment,
    }
    result, output, seconds = printed(step, environment)
    return Outcome(
        step=step,
        state="failed" if result.get("failed") else "ok",
        result=result,
        seconds=seconds,
        before=before,
        after=simulator.domains,
        journal=simulator.journal,
        connections=simulator.connections,
        violations=simulator.violations,
        output=output,
    )


def _flat(fault: Mapping[str, Any]) -> dict[str, Any]:
    """As the simulator's method takes it: what it matches beside the rest."""
    return {**fault.get("match", {}), **{key: value for key, value in fault.items() if key != "match"}}
