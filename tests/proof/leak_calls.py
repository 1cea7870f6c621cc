"""Run tasks in this process, and collect what modules print and log. For the many cells that need no playbook."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import random
import types
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn
from unittest import mock

from ansible.module_utils import basic
from leak_cells import Cell
from leak_server import HospitableSimulator
from leak_tasks import TaskOutputs
from outcomes import crash_message
from run_module import SHOW_INVOCATION, run_main
from simulator import Simulator
from simulator.control import act

MODULES = "ansible_collections.mailops.cloudflare.plugins.modules"
# The variables, besides those of this collection, that `requests` reads.
REQUESTS_VARIABLES = {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NETRC"}
TRANSPORT = "ansible_collections.mailops.cloudflare.plugins.module_utils.api.transport"


def call_cells(name: str, cells: Sequence[Cell], server: HospitableSimulator) -> TaskOutputs:
    """Run each cell as a task of its own, with a random verbosity and log."""
    rng = random.Random(name)
    channels = {"module's stdout": io.StringIO(), "module's stderr": io.StringIO(), "module's log": io.StringIO()}
    results = {}
    server.seen.clear()
    for number, cell in enumerate(cells):
        for method, what, body in cell.outcome.control_calls(cell.canary):
            status, answer = act(server._simulation, method, what, body, None)
            assert status == 200, answer
        printed = _call(cell, server, *list(channels.values())[1:], verbosity=rng.randrange(5), journal=rng.random() < 0.5)
        channels["module's stdout"].write(printed)
        results[number] = json.loads(printed)
    return TaskOutputs(name, cells, {channel: text.getvalue() for channel, text in channels.items()}, results, set(server.seen))


def _call(cell: Cell, server: HospitableSimulator, stderr: io.StringIO, log: io.StringIO, *, verbosity: int, journal: bool) -> str:
    given = cell.canary.given
    options = {
        **cell.outcome.options(cell.kind.module),
        **given.defaults,
        **given.options,
        "_ansible_check_mode": cell.outcome.check,
        "_ansible_verbosity": verbosity,
    }
    with _logging_to(log, journal), _break_process(cell.outcome.breakage, crash_message(cell.canary)), contextlib.redirect_stderr(stderr):
        return run_module_in({**connection_to(server), **given.environment}, cell.kind.module, options)


def connection_to(server: Simulator) -> dict[str, str]:
    return {"CLOUDFLARE_BASE_URL": server.base_url, "CLOUDFLARE_ACCOUNT_ID": server.account_id}


def run_module_in(environment: Mapping[str, str], module: str, options: Mapping[str, Any]) -> str:
    """What `main()` of the module prints with these variables, and with none of the user's that it would read."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CLOUDFLARE_") and name.upper() not in REQUESTS_VARIABLES}
    with mock.patch.dict(os.environ, {**clean, **environment}, clear=True):
        return run_main(importlib.import_module(f"{MODULES}.{module}").main, {"_ansible_diff": True, **SHOW_INVOCATION, **options})


@contextlib.contextmanager
def _logging_to(log: io.StringIO, journal: bool) -> Iterator[None]:
    def write(*words: Any) -> None:
        log.write(" ".join(word.decode("utf-8", "replace") if isinstance(word, bytes) else str(word) for word in words) + "\n")

    syslog = types.SimpleNamespace(LOG_USER=8, LOG_INFO=6, openlog=lambda *_more: None, syslog=write)
    fake_journal = types.SimpleNamespace(send=lambda **fields: write(*fields.items()))
    with mock.patch.multiple(basic, create=True, HAS_SYSLOG=True, syslog=syslog, has_journal=journal, journal=fake_journal):
        yield


@contextlib.contextmanager
def _break_process(how: str | None, words: str) -> Iterator[None]:
    def fail(*_arguments: Any, **_more: Any) -> NoReturn:
        try:
            raise LookupError(words)
        except LookupError as cause:
            raise RuntimeError(f"broken by {words}") from cause

    with contextlib.ExitStack() as stack:
        if how == "no requests":
            stack.enter_context(mock.patch(f"{TRANSPORT}.REQUESTS_IMPORT_ERROR", ImportError(words)))
        elif how == "a crash":
            stack.enter_context(mock.patch("ipaddress.ip_address", fail))
        elif how == "requests raises":
            stack.enter_context(mock.patch("requests.Session.request", fail))
        yield
