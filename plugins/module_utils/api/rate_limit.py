# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps a task within the server's rate limit. Standard library only.

Cloudflare counts the requests of all tools of a user together, and blocks them all after 1200 in 5 minutes; and it allows 200
requests per second from one address (https://developers.cloudflare.com/fundamentals/api/reference/limits/). A response may state
what remains, `Ratelimit: "default";r=50;t=30`, and the quota, `Ratelimit-Policy: "default";q=1200;w=300`.

Loaded with a task's second request: most tasks send one.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping

MAX_REQUESTS_PER_SECOND = 200
# Below this share of the quota, requests are spread over the time until it is renewed, so that other tools can still send theirs.
LOW_QUOTA_RATIO = 0.1
# The requests of a task smaller than this are not spread.
SPREAD_AFTER_REQUESTS = 20
# The server states whole seconds, and may round up or down.
ROUNDING_SECONDS = 1.0
_POLL_SECONDS = 0.05


class _Window:
    """The quota of one policy until it is renewed."""

    def __init__(self, quota: int, remaining: int, ends: float) -> None:
        self.quota, self.remaining, self.ends = quota, remaining, ends

    def delay(self, now: float, last: float, in_flight: int, *, spread: bool) -> float:
        """Return the seconds until the next request may be sent. `last`: when the latest one was sent."""
        if now >= self.ends:
            # The window is renewed, but its new quota is not known: one request goes ahead, and its response states it.
            return _POLL_SECONDS if in_flight else 0.0
        if self.remaining <= 0:
            return self.ends - now
        if spread and self.remaining < self.quota * LOW_QUOTA_RATIO:
            return max(0.0, last + (self.ends - last) / (self.remaining + 1) - now)
        return 0.0


class RateLimiter:
    """Decides when the next request may be sent. Shared by all threads of a task."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._windows: dict[str, _Window] = {}
        self._recent: deque[float] = deque(maxlen=MAX_REQUESTS_PER_SECOND)
        self._blocked_until = 0.0
        self._sent = self._in_flight = 0

    def burst_delay(self) -> float:
        """Return the seconds until one more request fits into the limit per second."""
        with self._lock:
            return max(0.0, self._recent[0] + 1.0 - self._clock()) if len(self._recent) == MAX_REQUESTS_PER_SECOND else 0.0

    def reserve(self) -> float:
        """Return 0 if a request may be sent now, which is then counted as sent, or the seconds to wait before the next call."""
        with self._lock:
            now = self._clock()
            last = self._recent[-1] if self._recent else now
            delays = [window.delay(now, last, self._in_flight, spread=self._sent >= SPREAD_AFTER_REQUESTS) for window in self._windows.values()]
            delay = max([self._blocked_until - now, *delays])
            if delay > 0:
                return delay
            for window in self._windows.values():
                window.remaining -= 1
            self._recent.append(now)
            self._sent += 1
            self._in_flight += 1
            return 0.0

    def release(self, headers: Mapping[str, str], sent_at: float | None = None) -> None:
        """Record that a reserved request has ended.

        Args:
            headers: the headers of its response; empty if it failed.
            sent_at: when it was sent; None if just now.
        """
        with self._lock:
            self._in_flight -= 1
        self.update_from_headers(headers, self._clock(), sent_at)

    def block_for(self, seconds: float) -> None:
        """Block all requests, as the server asked with Retry-After."""
        with self._lock:
            self._blocked_until = max(self._blocked_until, self._clock() + seconds)
            for window in self._windows.values():
                window.remaining, window.ends = 0, self._blocked_until

    def update_from_headers(self, headers: Mapping[str, str], now: float, sent_at: float | None = None) -> None:
        """Update the windows from a response.

        Args:
            headers: its headers.
            now: when it arrived.
            sent_at: when its request was sent; None if at the same time.
        """
        quotas = {name: values["q"] for name, values in _parse_members(headers.get("ratelimit-policy", "")) if "q" in values}
        lengths = {name: values["w"] for name, values in _parse_members(headers.get("ratelimit-policy", "")) if "w" in values}
        with self._lock:
            for name, values in _parse_members(headers.get("ratelimit", "")):
                if "r" in values:
                    seconds = values.get("t", lengths.get(name, 0))
                    self._update_window(name, quotas.get(name), values["r"] - self._in_flight, seconds, now if sent_at is None else sent_at, now)

    def _update_window(self, name: str, quota: int | None, remaining: int, seconds: int, sent_at: float, now: float) -> None:
        """Update one window. When the server wrote the response, between sending and arrival, is not known, so its end is a range."""
        known, ends = self._windows.get(name), now + seconds + ROUNDING_SECONDS
        is_renewed = known is None or sent_at >= known.ends or sent_at + seconds - ROUNDING_SECONDS > known.ends
        if known is not None and not is_renewed:
            if now >= known.ends:
                # A late response, probably of the previous window: it does not state how many requests the next one allows.
                return
            # Responses overtake one another: within one window, the remaining quota only falls.
            remaining, ends = min(known.remaining, remaining), min(known.ends, ends)
        self._windows[name] = _Window(quota or max(remaining, known.quota if known else 0), remaining, ends)


def _parse_members(header: str) -> list[tuple[str, dict[str, int]]]:
    """Return the members of a structured list with their integer parameters. Everything else is ignored."""
    return [
        (name.strip().strip('"'), _parse_integers(parameters))
        for name, _semicolon, parameters in (member.partition(";") for member in header[:1000].split(","))
    ]


def _parse_integers(parameters: str) -> dict[str, int]:
    pairs = [parameter.partition("=") for parameter in parameters.split(";")]
    # A value of nine digits is decades; longer ones are ignored.
    return {key.strip().lower(): int(value) for key, _equals, value in pairs if value.strip().isascii() and value.strip().isdigit() and len(value.strip()) < 10}
