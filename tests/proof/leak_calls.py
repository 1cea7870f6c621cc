"""Tasks in this process: main() of a module, with what it prints and what it logs. For the many cells that need no playbook."""

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
from ansible.module_utils.common import warnings
from ansible.module_utils.common.parameters import PASS_VARS
from leak_cells import Cell
from leak_server import HospitableSimulator
from leak_tasks import Done
from outcomes import words_of_a_crash
from simulator import Simulator
from simulator.control import act

MODULES = "ansible_collections.mailops.cloudflare.plugins.modules"
# Cores before 2.20 always print the invocation, and know no such parameter.
INJECTED = {"_ansible_inject_invocation": True} if "inject_invocation" in PASS_VARS else {}
# What requests and this collection read of the environment.
MEANINGFUL = {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NETRC"}
TRANSPORT = "ansible_collections.mailops.cloudflare.plugins.module_utils.api.transport"


def call_all(name: str, cells: Sequence[Cell], server: HospitableSimulator) -> Done:
    """Each of them as a task of its own, at a verbosity and with a log that the dice choose."""
    dice = random.Random(name)
    channels = {"module's stdout": io.StringIO(), "module's stderr": io.StringIO(), "module's log": io.StringIO()}
    results = {}
    server.seen.clear()
    for number, cell in enumerate(cells):
        for method, what, body in cell.outcome.control_calls(cell.canary):
            status, answer = act(server._simulation, method, what, body, None)
            assert status == 200, answer
        printed = _call(cell, server, *list(channels.values())[1:], verbosity=dice.randrange(5), journal=dice.random() < 0.5)
        channels["module's stdout"].write(printed)
        results[number] = json.loads(printed)
    return Done(name, cells, {channel: text.getvalue() for channel, text in channels.items()}, results, set(server.seen))


def _call(cell: Cell, server: HospitableSimulator, stderr: io.StringIO, log: io.StringIO, *, verbosity: int, journal: bool) -> str:
    given = cell.canary.given
    options = {
        **cell.outcome.options(cell.kind.module),
        **given.defaults,
        **given.options,
        "_ansible_check_mode": cell.outcome.check,
        "_ansible_verbosity": verbosity,
    }
    with _logging_to(log, journal), _broken(cell.outcome.breakage, words_of_a_crash(cell.canary)), contextlib.redirect_stderr(stderr):
        return printed_by(cell.kind.module, options, {**connection_to(server), **given.environment})


def connection_to(server: Simulator) -> dict[str, str]:
    return {"CLOUDFLARE_BASE_URL": server.base_url, "CLOUDFLARE_ACCOUNT_ID": server.account_id}


def printed_by(module: str, options: Mapping[str, Any], environment: Mapping[str, str]) -> str:
    """What main() of the module prints, with these variables and none of the user's that mean something to it."""
    arguments = {"_ansible_diff": True, "_ansible_version": "2.99.0", **INJECTED, **options}
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CLOUDFLARE_") and name.upper() not in MEANINGFUL}
    printed = io.StringIO()
    _forget_warnings()
    with contextlib.ExitStack() as stack:
        stack.enter_context(mock.patch.dict(os.environ, {**clean, **environment}, clear=True))
        stack.enter_context(_module_arguments(arguments))
        stack.enter_context(contextlib.redirect_stdout(printed))
        stack.enter_context(contextlib.suppress(SystemExit))
        importlib.import_module(f"{MODULES}.{module}").main()
    return printed.getvalue()


def _forget_warnings() -> None:
    """Ansible keeps them for the life of a process, which is one task elsewhere."""
    for name in ("_global_warnings", "_global_deprecations"):
        getattr(warnings, name).clear()


@contextlib.contextmanager
def _logging_to(log: io.StringIO, journal: bool) -> Iterator[None]:
    def write(*words: Any) -> None:
        log.write(" ".join(word.decode("utf-8", "replace") if isinstance(word, bytes) else str(word) for word in words) + "\n")

    syslog = types.SimpleNamespace(LOG_USER=8, LOG_INFO=6, openlog=lambda *_more: None, syslog=write)
    fake_journal = types.SimpleNamespace(send=lambda **fields: write(*fields.items()))
    with mock.patch.multiple(basic, create=True, HAS_SYSLOG=True, syslog=syslog, has_journal=journal, journal=fake_journal):
        yield


@contextlib.contextmanager
def _broken(how: str | None, words: str) -> Iterator[None]:
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


@contextlib.contextmanager
def _module_arguments(arguments: dict[str, Any]) -> Iterator[None]:
    try:
        from ansible.module_utils.testing import patch_module_args
    except ImportError:  # before ansible-core 2.19
        with mock.patch.object(basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode()):
            yield
    else:
        with patch_module_args(arguments):
            yield
