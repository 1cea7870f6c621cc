# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a task is. The layers that work write it; whoever shows it reads it at any time, from another thread. Standard library only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


class Steps(NamedTuple):
    """Counts of steps that are taken one by one, such as the changes of domains.

    Attributes:
        verb: what happens in a step, as in "400 of 2000 changed".
        unverified: steps that were sent, and whose result is not known yet.
    """

    verb: str
    total: int
    done: int
    failed: int = 0
    unverified: int = 0


class Pause(NamedTuple):
    """A wait: how long it is, when it ends by the clock of the client, and whether the rate limit is its reason."""

    seconds: float
    ends: float
    is_rate_limit: bool


class Progress:
    """The progress of one task.

    Attributes:
        rows: how many rows of a list were read.
        rows_total: how many rows the list has, if the server says so.
        steps: returns the counts of steps; None before the first one.
        pause: the wait that ends last; None before the first.
    """

    def __init__(self) -> None:
        self.rows = 0
        self.rows_total: int | None = None
        self.steps: Callable[[], Steps] | None = None
        self.pause: Pause | None = None

    def count_page(self, number: int, rows: Any, total: Any) -> None:
        """Count a page of a list. Its first page starts over."""
        self.rows = (self.rows if number > 1 else 0) + (len(rows) if isinstance(rows, list) else 0)
        self.rows_total = total if isinstance(total, int) else None

    def wait(self, seconds: float, ends: float, *, is_rate_limit: bool) -> None:
        """Record a wait that begins. Threads wait at the same time: the longest wait counts."""
        if self.pause is None or ends > self.pause.ends:
            self.pause = Pause(seconds, ends, is_rate_limit)
