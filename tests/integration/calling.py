"""Calls the modules in this process, as Ansible would in one of their own: for the many cases in which ansible-playbook adds nothing but time."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from unittest import mock

import requests
from ansible.module_utils.common import warnings
from ansible.module_utils.common.parameters import PASS_VARS
from simulator import Simulator
from steps import Outcome, Step

COLLECTION = "mailops.cloudflare."
UTILS = f"ansible_collections.{COLLECTION}plugins.module_utils"
# Cores before 2.20 always print the invocation, and know no such parameter.
INJECTED = {"_ansible_inject_invocation": True} if "inject_invocation" in PASS_VARS else {}
# The pauses before a repeat are shortened here; the unit tests hold their figures, and the played steps wait for the true ones.
SHORT = {"api.retry.INITIAL_BACKOFF_SECONDS": 0.02, "reconcile.operation.VERIFY_DELAYS_SECONDS": (0.0, 0.02, 0.05)}


def call(simulator: Simulator, steps: Sequence[Step]) -> list[Outcome]:
    """The outcomes of the steps, which are tasks of this collection's modules without keywords."""
    return [_called(simulator, step) for step in steps]


def call_at_once(simulator: Simulator, steps: Sequence[Step]) -> list[Outcome]:
    """The same by a client that waits for nobody: pauses are counted and not made."""
    client = importlib.import_module(f"{UTILS}.api.client").Client
    with mock.patch.dict(client.__init__.__kwdefaults__, sleep=lambda _seconds: None):
        return call(simulator, steps)


def _called(simulator: Simulator, step: Step) -> Outcome:
    assert not step.keywords, "keywords are ansible-playbook's"
    with requests.Session() as control:
        control.trust_env = False
        for method, name, body in step.control_calls():
            control.request(method, f"{simulator.control_url}/{name}", json=body, timeout=30).raise_for_status()
    before = simulator.domains
    environment = {
        "CLOUDFLARE_BASE_URL": simulator.base_url,
        "CLOUDFLARE_ACCOUNT_ID": simulator.account_id,
        "CLOUDFLARE_API_TOKEN": simulator.token,
        "CLOUDFLARE_EMAIL": "",
        "CLOUDFLARE_API_KEY": "",
        **step.environment,
    }
    began = time.monotonic()
    with mock.patch.dict("os.environ", environment):
        output = _printed(step)
    seconds = time.monotonic() - began
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
    )


def _printed(step: Step) -> str:
    module = importlib.import_module(f"ansible_collections.mailops.cloudflare.plugins.modules.{step.module.removeprefix(COLLECTION)}")
    arguments = {**step.args, "_ansible_check_mode": step.check, "_ansible_diff": True, "_ansible_version": "2.99.0", **INJECTED}
    printed = io.StringIO()
    # Ansible keeps them for the life of a process: the warnings of one call would be in the results of all that follow.
    warnings._global_warnings.clear()
    warnings._global_deprecations.clear()
    with contextlib.ExitStack() as stack:
        for name, value in SHORT.items():
            stack.enter_context(mock.patch(f"{UTILS}.{name}", value))
        stack.enter_context(_module_arguments(arguments))
        stack.enter_context(contextlib.redirect_stdout(printed))
        stack.enter_context(contextlib.suppress(SystemExit))
        module.main()
    return printed.getvalue()


@contextlib.contextmanager
def _module_arguments(arguments: Mapping[str, Any]) -> Iterator[None]:
    try:
        from ansible.module_utils.testing import patch_module_args
    except ImportError:  # before ansible-core 2.19
        from ansible.module_utils import basic

        with mock.patch.object(basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode()):
            yield
    else:
        with patch_module_args(dict(arguments)):
            yield
