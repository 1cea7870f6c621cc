# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The budget of a task for waiting (`max_wait`), shared by its threads. Standard library only."""

from __future__ import annotations

import threading
from collections.abc import Callable


class WaitBudget:
    """Counts the time of pauses and failed attempts. Time that several threads spend at once counts once.

    Attributes:
        spent: seconds charged so far.
        waited: seconds of pauses among them.
    """

    def __init__(self, seconds: float, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._seconds, self._clock, self._sleep = seconds, clock, sleep
        self._lock = threading.Lock()
        self._failed: list[tuple[float, float]] = []
        self._pausing, self._paused_until = 0, 0.0
        self.spent = self.waited = 0.0

    @property
    def remaining(self) -> float:
        return max(0.0, self._seconds - self.spent)

    def pause(self, seconds: float, announce: Callable[[], None] = lambda: None) -> bool:
        """Sleep and return True, or return False immediately if the remaining budget does not allow it.

        Args:
            seconds: how long to sleep.
            announce: is called before the sleep, if the budget allows it.
        """
        with self._lock:
            now = self._clock()
            begins = max(now, self._paused_until) if self._pausing else now
            more = max(0.0, now + seconds - begins)
            if self.spent + more > self._seconds:
                return False
            self.spent += more
            self.waited += more
            self._pausing += 1
            self._paused_until = begins + more
        announce()
        try:
            self._sleep(seconds)
        finally:
            with self._lock:
                self._pausing -= 1
        return True

    def charge(self, began: float, ended: float) -> None:
        """Charge the time of a failed attempt, except for the parts in which other attempts failed, too."""
        with self._lock:
            separate = []
            for interval in self._failed:
                if interval[1] < began or ended < interval[0]:
                    separate.append(interval)
                else:
                    began, ended = min(began, interval[0]), max(ended, interval[1])
                    self.spent -= interval[1] - interval[0]
            self._failed = [*separate, (began, ended)]
            self.spent += ended - began
