"""Ansible's time limit, and the end of ansible-playbook, while a module runs in the process of its task."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils import ansible_module
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import ApiError
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.redaction import Redactor
from ansible_collections.mailops.cloudflare.plugins.plugin_utils import in_process as in_process_module
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.in_process import ModuleInput
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.time_limit import TimeLimit, end_with_parent

SECONDS = 0.2


class TimedOut(BaseException):
    """Like Ansible's own, which is no Exception."""


@pytest.fixture
def alarm() -> Iterator[None]:
    """Set a time limit as Ansible does for an action."""

    def on_alarm(_number: int, _frame: Any) -> None:
        raise TimedOut

    before = signal.signal(signal.SIGALRM, on_alarm)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def work(seconds: float) -> str:
    try:
        time.sleep(seconds)
    except TimedOut:
        return "interrupted"
    return "done"


def test_time_limit_during_the_work_interrupts_it(alarm: None) -> None:
    with TimeLimit(work.__code__) as limit:
        assert work(5) == "interrupted"
    assert limit.is_reached


def test_time_limit_before_the_work_is_deferred_to_the_work(alarm: None) -> None:
    with TimeLimit(work.__code__) as limit:
        time.sleep(1.5 * SECONDS)
        assert work(5) == "interrupted"
    assert limit.is_reached


def test_time_limit_after_the_work_does_nothing(alarm: None) -> None:
    with TimeLimit(work.__code__) as limit:
        assert work(0) == "done"
        time.sleep(2 * SECONDS)
    time.sleep(2 * SECONDS)
    assert not limit.is_reached


def test_time_limit_alarm_while_the_limit_ends_sets_no_other(alarm: None, monkeypatch: pytest.MonkeyPatch) -> None:
    set_timer = signal.setitimer

    def set_timer_and_raise(which: int, seconds: float) -> None:
        set_timer(which, seconds)
        if not seconds:
            signal.raise_signal(signal.SIGALRM)

    with monkeypatch.context() as patched, TimeLimit(work.__code__) as limit:
        patched.setattr(signal, "setitimer", set_timer_and_raise)
    time.sleep(SECONDS)
    assert not limit.is_reached


def test_time_limit_without_an_alarm_keeps_the_signal_handler() -> None:
    before = signal.getsignal(signal.SIGALRM)
    with TimeLimit(work.__code__) as limit:
        assert signal.getsignal(signal.SIGALRM) == before
    assert not limit.is_reached


class SlowModule:
    """A module that takes longer than the limit, after a write or before one."""

    def __init__(self, has_written: bool, monkeypatch: pytest.MonkeyPatch) -> None:
        self._has_written = has_written
        monkeypatch.setattr(ansible_module, "create_client", lambda *_given, **_more: self)
        monkeypatch.setattr(ansible_module, "connection_from_options", lambda *_given: None)

    has_written = property(lambda self: self._has_written)
    redactor = Redactor()

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_exception: object) -> None:
        pass

    def statistics(self) -> dict[str, Any]:
        return {"requests": 1}

    def main(self) -> None:
        module = ansible_module.CloudflareModule(argument_spec={})
        ansible_module.run_module(module, lambda _options: lambda _client: time.sleep(5))


@pytest.mark.parametrize("has_written", [True, False])
def test_run_main_when_the_limit_is_reached_returns_what_is_known(has_written: bool, alarm: None, monkeypatch: pytest.MonkeyPatch) -> None:
    began = time.monotonic()
    result = in_process_module._run_main(SlowModule(has_written, monkeypatch), ModuleInput('{"ANSIBLE_MODULE_ARGS": {}}'), 7)  # type: ignore[arg-type]
    assert time.monotonic() - began < 3
    assert (result["failed"], result["changed"], result["failure"]["kind"]) == (True, has_written, "network")
    assert result["msg"].startswith("Timed out after 7 second(s). The task was ended before ")
    assert ("made is unknown" in result["msg"]) is has_written
    assert result["timedout"] == {"period": 7}
    assert result["api"] == {"requests": 1}


def test_run_main_of_another_failure_is_no_time_out(monkeypatch: pytest.MonkeyPatch) -> None:
    working = SlowModule(False, monkeypatch)

    def fail(*_given: Any) -> None:
        raise ApiError("auth", "Refused.")

    monkeypatch.setattr(ansible_module, "connection_from_options", fail)
    result = in_process_module._run_main(working, ModuleInput('{"ANSIBLE_MODULE_ARGS": {}}'), 7)  # type: ignore[arg-type]
    assert (result["msg"], "timedout" in result) == ("Refused.", False)


# A parent that forks a child as Ansible forks a worker, and dies before it.
PARENT = """
import importlib.util, multiprocessing, os, signal, sys, time
spec = importlib.util.spec_from_file_location("interruption", sys.argv[1])
interruption = importlib.util.module_from_spec(spec)
spec.loader.exec_module(interruption)

parent = os.getpid()

def outlive_the_parent():
    open(sys.argv[2] + "-ready", "w").close()
    while os.getppid() == parent:
        time.sleep(0.01)
    time.sleep(0.2)
    open(sys.argv[2], "w").close()

def child():
    with interruption.end_with_parent():
        if sys.argv[3] == "within":
            outlive_the_parent()
            return
    outlive_the_parent()

# It is ignored if the tests were started with nohup.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
process = multiprocessing.get_context("fork").Process(target=child)
process.start()
while not os.path.exists(sys.argv[2] + "-ready"):
    time.sleep(0.01)
os.kill(parent, getattr(signal, sys.argv[4]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="modules run in the process of their task on Linux only")
@pytest.mark.parametrize(("where", "goes_on"), [("within", False), ("after", True)])
@pytest.mark.parametrize("how", ["SIGHUP", "SIGKILL"])
def test_end_with_parent_ends_the_process_within_the_block_only(where: str, goes_on: bool, how: str, tmp_path: Path) -> None:
    from ansible_collections.mailops.cloudflare.plugins.plugin_utils import time_limit as time_limit_module

    mark = tmp_path / "went-on"
    subprocess.run([sys.executable, "-c", PARENT, time_limit_module.__file__, str(mark), where, how], check=False, timeout=20)
    deadline = time.monotonic() + (20 if goes_on else 1)
    while not mark.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert mark.exists() is goes_on


def test_end_with_parent_without_a_parent_process_does_nothing() -> None:
    assert multiprocessing.parent_process() is None
    with end_with_parent():
        assert os.getppid() > 0
