"""Properties of waiting: with any schedule, a task keeps to the server's quota and to `max_wait`. Time is virtual."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable
from random import Random

from ansible_collections.mailops.cloudflare.plugins.module_utils.api.rate_limit import MAX_REQUESTS_PER_SECOND, RateLimiter
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.wait_budget import WaitBudget


class Time:
    """A clock that moves only when a test moves it."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def until(self, moment: float) -> None:
        self.now = max(self.now, moment)


class Quota:
    """A server that counts requests in fixed windows, and rounds the remaining number in its own way."""

    def __init__(self, random: Random, time: Time) -> None:
        self._time, self._round = time, random.choice((math.floor, math.ceil, round))
        self.limit, self.window = random.choice((1, 2, 5, 30, 100)), random.choice((2.0, 10.0, 60.0))
        self._offset = random.random() * self.window
        self.counts: dict[int, int] = {}

    def take(self) -> dict[str, str]:
        """Count a request that arrives now. Returns the headers of the answer."""
        number = math.floor((self._time.now + self._offset) / self.window)
        self.counts[number] = self.counts.get(number, 0) + 1
        left = max(0, self.limit - self.counts[number])
        rest = (number + 1) * self.window - self._offset - self._time.now
        return {"ratelimit": f'"default";r={left};t={self._round(rest)}', "ratelimit-policy": f'"default";q={self.limit};w={self.window:.0f}'}


def no_schedule_exceeds_the_quota(random: Random) -> None:
    """Several workers wait for their slot, send, and get the answer later. No window of the server has more requests than its quota."""
    time = Time()
    quota, limiter = Quota(random, time), RateLimiter(time)
    limiter.update_from_headers(quota.take(), time.now)  # the first request of a task shows the limits
    latency: Callable[[], float] = random.choice((lambda: 0.0, lambda: 0.02, lambda: random.random() * 0.3))
    events: list[tuple[float, int, str, int, dict[str, str]]] = []
    serial = 0

    def at(moment: float, what: str, worker: int, headers: dict[str, str]) -> None:
        nonlocal serial
        serial += 1
        heapq.heappush(events, (moment, serial, what, worker, headers))

    for worker in range(random.choice((1, 2, 8))):
        at(time.now, "ask", worker, {})
    left, sent = random.choice((10, 60)), []
    while events:
        moment, _serial, what, worker, headers = heapq.heappop(events)
        time.until(moment)
        if what == "ask" and left:
            if pause := limiter.burst_delay() or limiter.reserve():
                at(time.now + pause, "ask", worker, {})
                continue
            left -= 1
            sent.append(time.now)
            at(time.now + latency(), "arrive", worker, {})
        elif what == "arrive":
            at(time.now + latency(), "hear", worker, quota.take())
        elif what == "hear":
            limiter.release(headers)
            at(time.now, "ask", worker, {})
    assert max(quota.counts.values()) <= quota.limit, (quota.limit, quota.window, quota.counts)
    assert all(later - sooner >= 1 for sooner, later in zip(sent, sent[MAX_REQUESTS_PER_SECOND:], strict=False))


def no_schedule_waits_longer_than_max_wait(random: Random) -> None:
    """Waits one after the other, and waits that overlap, like those of threads."""
    time = Time()
    seconds = random.choice((0.0, 1.0, 10.0, 330.0))
    slept: list[tuple[float, float]] = []
    refused: list[float] = []

    def sleep(duration: float) -> None:
        began = time.now
        slept.append((began, began + duration))
        while random.random() < 0.5:  # others start to wait meanwhile
            time.until(began + random.random() * duration)
            pause()
        time.until(began + duration)

    budget = WaitBudget(seconds, time, sleep)

    def pause() -> None:
        wanted = random.choice((0.0, 0.5, random.random() * 20, seconds / 3))
        if not budget.pause(wanted):
            refused.append(wanted)
            assert wanted > 0
        assert budget.spent <= seconds + 1e-9

    for _each in range(random.randrange(1, 8)):
        pause()
        if random.random() < 0.3:
            time.until(time.now + random.random() * 5)
    assert abs(budget.waited - _covered(slept)) < 1e-6, (budget.waited, slept)
    assert budget.waited <= seconds + 1e-9
    # A refused wait did not fit into what was left.
    assert all(wanted > budget.remaining - 1e-9 for wanted in refused)


def _covered(intervals: list[tuple[float, float]]) -> float:
    total, end = 0.0, -math.inf
    for begin, finish in sorted(intervals):
        total += max(0.0, finish - max(begin, end))
        end = max(end, finish)
    return total
