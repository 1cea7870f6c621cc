# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may end a module in the process of its task from outside: Ansible's time limit, and the loss of ansible-playbook.

A module in a process of its own has neither problem: there the time limit ends the wait for it.
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

_SECONDS_UNTIL_LATER = 0.05
# From linux/prctl.h.
_PR_SET_PDEATHSIG, _PR_GET_PDEATHSIG = 1, 2


class TimeLimit:
    """Ansible's limit for a task, while a module runs within it.

    Args:
        work: The function in which the module's work is interrupted. It makes the result of what was done by then.

    Attributes:
        is_over: Whether the limit was reached during the work.
    """

    def __init__(self, work: CodeType) -> None:
        self._work = work
        self.is_over = False
        self._raise: Callable[[int, FrameType | None], Any] | None = None

    def __enter__(self) -> TimeLimit:
        handler = signal.getsignal(signal.SIGALRM)
        # Only the main thread of a process gets signals. Some strategy plugins run tasks in other threads.
        if callable(handler) and threading.current_thread() is threading.main_thread():
            self._raise = handler
            signal.signal(signal.SIGALRM, self._on_alarm)
        return self

    def __exit__(self, *_exception: object) -> None:
        if self._raise is not None:
            # There is a result. Ansible's own would say "not changed" whatever was written.
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self._raise)

    def _on_alarm(self, number: int, frame: FrameType | None) -> None:
        if not _is_within(frame, self._work):
            # Options are being read, or the result is being printed. Raised here, the error would cost the result.
            signal.setitimer(signal.ITIMER_REAL, _SECONDS_UNTIL_LATER)
            return
        self.is_over = True
        if self._raise is not None:
            self._raise(number, frame)


@contextlib.contextmanager
def ended_with_the_parent() -> Iterator[None]:
    """End this process at once if its parent ends, as ansible-playbook does on SIGHUP or SIGKILL without a word to its processes.

    Otherwise a fleet would be written to the end, and nobody would record it. Does nothing in a process that Ansible did not fork.
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
    # SIGKILL, because a handler of Python's would wait for the main thread, and there is nobody left to answer to.
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
