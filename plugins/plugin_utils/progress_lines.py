# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows how far a task is, while a module runs in the process of its task: a line every 15 seconds, and none if it takes less."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

from ..module_utils.api.progress import Progress

INTERVAL_SECONDS = 15.0
# How often the progress is looked at. A long wait is reported within this time.
POLL_SECONDS = 1.0
# An estimate from a shorter time would jump.
MIN_MEASURED_SECONDS = 5.0


class ProgressLines:
    """Decides when there is a line to show, and writes it. The lines consist of numbers only, so that they cannot contain a secret.

    Args:
        progress: the progress of the task.
        now: when the task began.
    """

    def __init__(self, progress: Progress, now: float) -> None:
        self._progress = progress
        self._due = now + INTERVAL_SECONDS
        # When the wait ends that was reported last.
        self._reported_until = now - INTERVAL_SECONDS
        # What is counted, and how far it was when the counting was first seen, for the estimate.
        self._counted: tuple[str, float, int] | None = None

    def next_line(self, now: float) -> str | None:
        """Return the line to show now; None if there is none."""
        work = self._work(now)
        pause = self._progress.pause
        is_new_pause = pause is not None and pause.seconds > INTERVAL_SECONDS and pause.ends > max(now, self._reported_until + INTERVAL_SECONDS)
        if now < self._due and not is_new_pause:
            return None
        self._due = now + INTERVAL_SECONDS
        if pause is None or pause.ends <= now + POLL_SECONDS:
            return work
        self._reported_until = pause.ends
        reason = "rate limit reached, continuing" if pause.is_rate_limit else "no success yet, next attempt"
        wait = f"{reason} in {pause.ends - now:.0f} s"
        return f"{work.partition(', about ')[0]}; {wait}" if self._counted else wait

    def _work(self, now: float) -> str:
        """Describe what was done so far."""
        progress = self._progress
        if progress.steps is not None:
            steps = progress.steps()
            others = [f", {_number(count)} {what}" for count, what in ((steps.unverified, "sent and not verified yet"), (steps.failed, "failed")) if count]
            ended = steps.done + steps.failed + steps.unverified
            return f"{_number(steps.done)} of {_number(steps.total)} {steps.verb}{''.join(others)}{self._time_left(steps.verb, ended, steps.total, now)}"
        if not progress.rows:
            return "waiting for the first response"
        total = progress.rows_total
        if total is None or total <= progress.rows:
            self._counted = self._counted or ("read", now, progress.rows)
            return f"{_number(progress.rows)} domain{'s' if progress.rows != 1 else ''} read"
        return f"{_number(progress.rows)} of {_number(total)} domains read{self._time_left('read', progress.rows, total, now)}"

    def _time_left(self, what: str, done: int, total: int, now: float) -> str:
        """Estimate the rest from the rate so far; empty if nothing was measured yet."""
        if self._counted is None or self._counted[0] != what:
            self._counted = (what, now, done)
        _what, began, at_first = self._counted
        if done <= at_first or done >= total or now - began < MIN_MEASURED_SECONDS:
            return ""
        seconds = (total - done) * (now - began) / (done - at_first)
        return f", about {seconds / 60:.0f} min left" if seconds >= 90 else f", about {max(10, round(seconds, -1)):.0f} s left"


@contextlib.contextmanager
def show_progress(show: Callable[[str], None]) -> Iterator[Progress]:
    """Show the progress of what is done within the context.

    Args:
        show: shows a line. It is called in another thread.
    """
    progress = Progress()
    lines = ProgressLines(progress, time.monotonic())
    has_ended = threading.Event()

    def watch() -> None:
        while not has_ended.wait(POLL_SECONDS):
            if (line := lines.next_line(time.monotonic())) is not None:
                show(line)

    watcher = threading.Thread(target=watch, name="progress", daemon=True)
    # Without a thread, on a machine that is short of them, the task is done all the same.
    with contextlib.suppress(RuntimeError):
        watcher.start()
    try:
        yield progress
    finally:
        has_ended.set()
        if watcher.is_alive():
            watcher.join()


def _number(count: int) -> str:
    return f"{count:,}" if count >= 10_000 else str(count)
