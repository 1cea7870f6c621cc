"""The rate limit: 1200 calls in five minutes for each credential, after which every call is answered with 429 for a while.

Every answer has the headers of the real server: `Ratelimit: "default";r=50;t=30` (remaining calls, seconds until the count is reset) and
`Ratelimit-Policy: "default";q=1200;w=300`.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from .envelope import Refusal
from .settings import RateLimit


@dataclass
class Bucket:
    """The count of one credential in its current window."""

    started: float
    used: int = 0
    blocked_until: float = 0.0


class RateLimiter:
    """Counts calls by credential. A changed setting resets all counts."""

    def __init__(self) -> None:
        self._rule: RateLimit | None = None
        self._buckets: dict[str, Bucket] = {}

    def count(self, rule: RateLimit | None, who: str) -> tuple[dict[str, str], Refusal | None]:
        """Count one call. Returns the headers of its answer, and the refusal if it is over the limit."""
        if rule != self._rule:
            self._rule, self._buckets = rule, {}
        if rule is None:
            return {}, None
        present = time.monotonic()
        bucket = self._buckets.get(who)
        if bucket is None or present >= (bucket.blocked_until or bucket.started + rule.window):
            bucket = self._buckets[who] = Bucket(present)
        bucket.used += 1
        if bucket.used > rule.limit and not bucket.blocked_until:
            bucket.blocked_until = present + rule.blocking
        ends = bucket.blocked_until or bucket.started + rule.window
        left = max(0, rule.limit - bucket.used)
        headers = {
            "Ratelimit": f'"default";r={left};t={math.ceil(ends - present)}',
            "Ratelimit-Policy": f'"default";q={rule.limit};w={math.ceil(rule.window)}',
        }
        if not bucket.blocked_until:
            return headers, None
        words = f"More than {rule.limit} requests per {math.ceil(rule.window)} seconds reached"
        wait = {"Retry-After": str(max(1, math.ceil(ends - present)))}
        return headers, Refusal(429, 10100, words, headers=wait)
