# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Handles what may end a module in the process of its task from outside: Ansible's time limit, and the end of ansible-playbook.

A module in its own process needs neither: there the time limit ends the wait for it.
"""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from types import CodeType, FrameType
from typing import Any

_DEFERRAL_SECONDS = 0.05
# From linux/prctl.h.
_PR_SET_PDEATHSIG, _PR_GET_PDEATHSIG = 1, 2


class TimeLimit:
    """Ansible's time limit for a task, while a module runs in the process of the task.

    Args:
        work: the code of the function that may be interrupted. It returns the result of what was done by then.

    Attributes:
        is_reached: whether the limit was reached during the work.
    """

    def __init__(self, work: CodeType) -> None:
        self._work = work
        self.is_reached = False
        self._has_ended = False
        self._original_handler: Callable[[int, FrameType | None], Any] | None = None

    def __enter__(self) -> TimeLimit:
        handler = signal.getsignal(signal.SIGALRM)
        # Only the main thread of a process receives signals. Some strategy plugins run tasks in other threads.
        if callable(handler) and threading.current_thread() is threading.main_thread():
            self._original_handler = handler
            signal.signal(signal.SIGALRM, self._on_alarm)
        return self

    def __exit__(self, *_exception: object) -> None:
        if self._original_handler is not None:
            # There is a result. Ansible's own would say "not changed" whatever was written. A pending alarm must not set another one.
            self._has_ended = True
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self._original_handler)

    def _on_alarm(self, number: int, frame: FrameType | None) -> None:
        if self._has_ended:
            return
        if not _is_within(frame, self._work):
            # Options are being read, or the result is being printed: an error raised here would lose the result.
            signal.setitimer(signal.ITIMER_REAL, _DEFERRAL_SECONDS)
            return
        self.is_reached = True
        if self._original_handler is not None:
            self._original_handler(number, frame)


@contextlib.contextmanager
def end_with_parent() -> Iterator[None]:
    """End this process immediately if its parent ends, as ansible-playbook does on SIGHUP or SIGKILL without signalling its processes.

    Otherwise all remaining changes would be written, and no result would be recorded. Does nothing in a process that Ansible did not fork.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        yield
        return
    try:
        prctl = ctypes.CDLL(None).prctl
    except (OSError, AttributeError):  # no Linux
        yield
        return
    before = ctypes.c_int(0)
    prctl(_PR_GET_PDEATHSIG, ctypes.byref(before), 0, 0, 0)
    # SIGKILL, because a handler in Python would wait for the main thread, and no process is left to receive a result.
    prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent.pid:
        os.kill(os.getpid(), signal.SIGKILL)
    try:
        yield
    finally:
        prctl(_PR_SET_PDEATHSIG, before.value, 0, 0, 0)


def _is_within(frame: FrameType | None, code: CodeType) -> bool:
    while frame is not None and frame.f_code is not code:
        frame = frame.f_back
    return frame is not None
