"""Call modules in this process: for the many cases in which ansible-playbook would add nothing but time."""

from __future__ import annotations

import contextlib
import importlib
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any
from unittest import mock

import requests
from integration.support.step import Outcome, Step
from run_module import SHOW_INVOCATION, run_main
from simulator import Simulator
from simulator.lists import LISTS

COLLECTION = "mailops.cloudflare."
PLUGINS = f"ansible_collections.{COLLECTION}plugins"
MODULE_UTILS = f"{PLUGINS}.module_utils"
# Shorter waits before a repeated request. Unit tests assert the real ones, and steps that run in a playbook wait for them.
SHORT_WAITS = {"api.retry.INITIAL_BACKOFF_SECONDS": 0.02, "reconcile.operation.VERIFY_DELAYS_SECONDS": (0.0, 0.02, 0.05)}


def call(simulator: Simulator, steps: Sequence[Step]) -> list[Outcome]:
    """Call the module of each step, in order. The steps must not have keywords, which only ansible-playbook knows."""
    return [_call_step(simulator, step) for step in steps]


def call_without_waits(simulator: Simulator, steps: Sequence[Step]) -> list[Outcome]:
    """Call the module of each step with a client that counts its waits and does not make them."""
    client = importlib.import_module(f"{MODULE_UTILS}.api.client").Client
    with mock.patch.dict(client.__init__.__kwdefaults__, sleep=lambda _seconds: None):
        return call(simulator, steps)


def run_step(step: Step, environment: Mapping[str, str]) -> tuple[str, float]:
    """Run the module of a step.

    Returns:
        Everything that the module printed, and the seconds that it took.
    """
    module = importlib.import_module(f"{PLUGINS}.modules.{step.module.removeprefix(COLLECTION)}")
    options = {**step.args, "_ansible_check_mode": step.check, "_ansible_diff": True, **SHOW_INVOCATION}
    with mock.patch.dict("os.environ", environment), contextlib.ExitStack() as stack:
        for name, value in SHORT_WAITS.items():
            stack.enter_context(mock.patch(f"{MODULE_UTILS}.{name}", value))
        began = time.monotonic()
        output = run_main(module.main, options)
        return output, time.monotonic() - began


def outcome_of(simulator: Simulator, step: Step, before: list[dict[str, Any]]) -> Outcome:
    """Run the module of a step with the credentials of the simulator, which is prepared for it, and report what became of the account."""
    environment = {
        "CLOUDFLARE_BASE_URL": simulator.base_url,
        "CLOUDFLARE_ACCOUNT_ID": simulator.account_id,
        "CLOUDFLARE_API_TOKEN": simulator.token,
        "CLOUDFLARE_EMAIL": "",
        "CLOUDFLARE_API_KEY": "",
        **step.environment,
    }
    lists_before = entries_of(simulator)
    output, seconds = run_step(step, environment)
    result = json.loads(output)
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
        lists_before=lists_before,
        lists_after=entries_of(simulator),
    )


def entries_of(simulator: Simulator) -> dict[str, list[dict[str, Any]]]:
    """The stored entries of all lists, by the name of the list."""
    return {name: simulator.entries(name) for name in LISTS}


def _call_step(simulator: Simulator, step: Step) -> Outcome:
    assert not step.keywords, "only ansible-playbook knows keywords"
    with requests.Session() as control:
        control.trust_env = False
        for method, name, body in step.control_calls():
            control.request(method, f"{simulator.control_url}/{name}", json=body, timeout=30).raise_for_status()
    return outcome_of(simulator, step, simulator.domains)
