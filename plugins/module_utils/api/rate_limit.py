# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps a task within the server's rate limit. Standard library only.

Cloudflare counts the requests of all tools of a user together, 1200 in 5 minutes, and blocks them all when they are more; and
200 a second of one address (U(https://developers.cloudflare.com/fundamentals/api/reference/limits/)). Each answer may say what
is left: C(Ratelimit: "default";r=50;t=30), and what there is: C(Ratelimit-Policy: "default";q=1200;w=300).

Loaded with a task's second request: most tasks send one.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping

MAX_REQUESTS_PER_SECOND = 200
# Below this share of the quota the requests are spread over the time until it is renewed, so that others' still pass.
LOW_QUOTA_RATIO = 0.1
# A task this small is not spread.
SPREAD_AFTER_REQUESTS = 20
# The server tells whole seconds, and not whether it rounds up or down.
ROUNDING = 1.0
_MOMENT = 0.05


class _Window:
    """What one policy allows until it is renewed."""

    def __init__(self, quota: int, remaining: int, ends: float) -> None:
        self.quota, self.remaining, self.ends = quota, remaining, ends

    def pause(self, now: float, last: float, in_flight: int, *, spread: bool) -> float:
        if now >= self.ends:
            # Renewed, by how much is not known: one goes ahead, and its answer tells.
            return _MOMENT if in_flight else 0.0
        if self.remaining <= 0:
            return self.ends - now
        if spread and self.remaining < self.quota * LOW_QUOTA_RATIO:
            return max(0.0, last + (self.ends - last) / (self.remaining + 1) - now)
        return 0.0


class RateLimiter:
    """Says when the next request may go. For all threads of a task."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._windows: dict[str, _Window] = {}
        self._recent: deque[float] = deque(maxlen=MAX_REQUESTS_PER_SECOND)
        self._closed_until = 0.0
        self._sent = self._in_flight = 0

    def burst_delay(self) -> float:
        """Seconds until one more request fits into this second."""
        with self._lock:
            return max(0.0, self._recent[0] + 1.0 - self._clock()) if len(self._recent) == MAX_REQUESTS_PER_SECOND else 0.0

    def reserve(self) -> float:
        """Seconds to wait before asking again; 0 if the request may go now, which is then counted as sent."""
        with self._lock:
            now = self._clock()
            last = self._recent[-1] if self._recent else now
            pauses = [window.pause(now, last, self._in_flight, spread=self._sent >= SPREAD_AFTER_REQUESTS) for window in self._windows.values()]
            pause = max([self._closed_until - now, *pauses])
            if pause > 0:
                return pause
            for window in self._windows.values():
                window.remaining -= 1
            self._recent.append(now)
            self._sent += 1
            self._in_flight += 1
            return 0.0

    def release(self, headers: Mapping[str, str], sent_at: float | None = None) -> None:
        """A request that had its turn is over; no headers if it broke. C(sent_at): when it was sent; left out, just now."""
        with self._lock:
            self._in_flight -= 1
        self.update_from_headers(headers, self._clock(), sent_at)

    def block_for(self, seconds: float) -> None:
        """Nobody's turn comes for so long: the server said that it was too much, and when to come back."""
        with self._lock:
            self._closed_until = max(self._closed_until, self._clock() + seconds)
            for window in self._windows.values():
                window.remaining, window.ends = 0, self._closed_until

    def update_from_headers(self, headers: Mapping[str, str], now: float, sent_at: float | None = None) -> None:
        """Learn from the headers of an answer that came at that time. C(sent_at): when its request was sent; left out, just then."""
        quotas = {name: values["q"] for name, values in _members(headers.get("ratelimit-policy", "")) if "q" in values}
        lengths = {name: values["w"] for name, values in _members(headers.get("ratelimit-policy", "")) if "w" in values}
        with self._lock:
            for name, values in _members(headers.get("ratelimit", "")):
                if "r" in values:
                    seconds = values.get("t", lengths.get(name, 0))
                    self._learn(name, quotas.get(name), values["r"] - self._in_flight, seconds, now if sent_at is None else sent_at, now)

    def _learn(self, name: str, quota: int | None, remaining: int, seconds: int, sent_at: float, now: float) -> None:
        """When between sending and arrival the server wrote an answer is not known, so a window has an earliest and a latest end."""
        known, ends = self._windows.get(name), now + seconds + ROUNDING
        is_renewed = known is None or sent_at >= known.ends or sent_at + seconds - ROUNDING > known.ends
        if known is not None and not is_renewed:
            if now >= known.ends:
                # A late answer, likely of the window that is over: it does not tell how many requests the next one allows.
                return
            # Answers overtake one another: within one window, less remains and never more.
            remaining, ends = min(known.remaining, remaining), min(known.ends, ends)
        self._windows[name] = _Window(quota or max(remaining, known.quota if known else 0), remaining, ends)


def _members(header: str) -> list[tuple[str, dict[str, int]]]:
    """The members of a structured list, with their whole-number parameters; what is not one is passed over."""
    return [(name.strip().strip('"'), _numbers(parameters)) for name, _semicolon, parameters in (member.partition(";") for member in header[:1000].split(","))]


def _numbers(parameters: str) -> dict[str, int]:
    pairs = [parameter.partition("=") for parameter in parameters.split(";")]
    # Nine digits are decades.
    return {key.strip().lower(): int(value) for key, _equals, value in pairs if value.strip().isascii() and value.strip().isdigit() and len(value.strip()) < 10}
