# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client of Cloudflare's API: paths, envelopes, pages, repeats. Knows Cloudflare, neither mail nor Ansible.

Every repeat is made and counted here. All that is waited for shares one budget, C(max_wait) seconds: the pauses, and the
time that failed attempts took. So a task ends at most C(max_wait) plus one C(timeout) after its requests began to fail
(and one C(timeout) more where a write of unknown outcome has to be looked at).

A read is repeated on 408, 429, 5xx, a broken connection and a time-out. A write is repeated only where it is certain that
the server did not carry it out (a 429, no connection); otherwise the error says C(uncertain), and the caller looks before it writes again.
"""

from __future__ import annotations

import json
import random
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .connection import ConnectionSettings
from .errors import UNLIMITED, ApiError, ApiMessage, InvalidOptionError, Request, StaleReadingError
from .pagination import PER_PAGE, Reading, UnexpectedPageError, collect_pages, is_filter
from .responses import ApiResult, Response, parse_success
from .transport import Transport
from .wait_budget import WaitBudget

if TYPE_CHECKING:
    from .api_errors import ErrorFactory
    from .rate_limit import RateLimiter
    from .redaction import Redactor

# How often a list is read again when it changed while it was being read.
MAX_LIST_ATTEMPTS = 4
INITIAL_BACKOFF_SECONDS, LONGEST_PAUSE = 0.5, 30.0

_SEGMENT = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]*")


class Client:
    """A conversation with the API, within one task.

    Arguments: C(connection), C(user_agent); C(permission_group), what the product's permissions are called in Cloudflare's
    dashboard; C(warn), which is told what the server says in C(messages); C(clock) and C(sleep) for tests.
    C(has_written): whether a write was sent, whatever became of it. C(asked_at): when the latest request was sent, by now().
    """

    def __init__(
        self,
        connection: ConnectionSettings,
        *,
        user_agent: str,
        permission_group: str,
        warn: Callable[[str], None] = lambda _text: None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.connection = connection
        self._permission_group = permission_group
        self._transport = Transport(connection, user_agent)
        self.warn, self._clock, self._sleep = warn, clock, sleep
        self._budget = WaitBudget(connection.max_wait, clock, sleep)
        self._limits: tuple[Mapping[str, str], float, float] | None = None
        self._limiter: RateLimiter | None = None
        self._lock = threading.Lock()
        self._told: set[ApiMessage] = set()
        self.has_written = self._is_cancelled = False
        self.asked_at: float | None = None
        self._requests = self._retries = 0

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._transport.close()

    def statistics(self) -> dict[str, Any]:
        """What the conversation cost: C(requests) sent, C(retries) among them, seconds C(waited) between them."""
        return {"requests": self._requests, "retries": self._retries, "waited": round(self._budget.waited, 3)}

    @property
    def is_out_of_time(self) -> bool:
        """Whether C(max_wait) is used up: whatever fails now is not tried again."""
        return not self._budget.left

    def path(self, *segments: str) -> str:
        """A path below the account. Errors: OptionError for a segment with any character that would need quoting.

        C(requests) decodes C(%2e%2e) and urllib3 resolves C(..) before sending, so quoting alone would protect nothing.
        """
        for segment in segments:
            if not _SEGMENT.fullmatch(segment):
                raise InvalidOptionError(f"{self.quote(segment)!r} cannot be a part of a path: only letters, digits, '-', '_', '~' and '.' can.")
        return "/".join(["/accounts", self.connection.account_id, *segments])

    def read(self, path: str, purpose: str, query: Iterable[tuple[str, str]] = ()) -> ApiResult:
        """GET, repeated for as long as the fault may pass. C(doing) completes "Could not ..." in errors."""
        return self._send_with_retries(Request("GET", path, purpose), list(query), None)

    def now(self) -> float:
        """The client's clock, in seconds: for `by` of a write."""
        return self._clock()

    def cancel(self) -> None:
        """Send no write any more, not even one that is waiting for its turn."""
        self._is_cancelled = True

    def write(self, method: str, path: str, purpose: str, body: Any = None, *, by: float | None = None) -> ApiResult:
        """One write. Errors: CloudflareError; where it says C(uncertain), look before you write again.

        C(by): the moment from which on it is not sent any more (StaleReadingError), because what it is based on is too old.
        A write that the server puts off with a 429 may wait for minutes.
        """
        self.has_written = True
        encoded = None if body is None else json.dumps(body, ensure_ascii=False, allow_nan=False).encode("utf-8")
        return self._send_with_retries(Request(method, path, purpose), [], encoded, by)

    def list_all(self, path: str, purpose: str, query: Iterable[tuple[str, str]] = (), *, expected: int = 0) -> list[dict[str, Any]]:
        """Every row of a list, in the server's order: all of them, or an error.

        Rows may move between pages while they are read. That shows: a row comes twice, or the server's total does not hold,
        or changes on the way. The list is then read again from the start. Where the second reading finds the same rows and the
        same totals, the list did not change: the total is wrong, and a warning says so.

        Args:
            path: the path of the list.
            doing: completes "Could not ..." in errors.
            query: filters and order.
            expected: how many rows the filter finds at most, where that is known. A look-up by name then costs one request.

        Returns:
            The rows.

        Raises:
            CloudflareError: a page cannot be read, or the list changes at each reading.
        """
        request = Request("GET", path, purpose)
        query = list(query)
        before: Reading | None = None
        for number in range(1, MAX_LIST_ATTEMPTS + 1):
            reading = self._collected(request, query, expected=expected)
            if reading.is_whole:
                return reading.rows
            if before is not None and reading.equals(before):
                if not reading.is_complete:
                    reading = self._collected(request, query, expected=expected, heed_totals=False)
                if reading.is_consistent:
                    self._warn_of_total(request, before, len(reading.rows))
                    return reading.rows
            before = reading
            moved = self.unexpected(request, f"a list that changed while its pages were read, {number} times")
            if number < MAX_LIST_ATTEMPTS:
                self.pause(moved, number)
        raise moved

    def _collected(self, request: Request, query: list[tuple[str, str]], *, expected: int, heed_totals: bool = True) -> Reading:
        """Read all pages once. Errors: CloudflareError."""

        def fetch_page(number: int) -> ApiResult:
            return self.read(request.path, request.purpose, [*query, ("page", str(number)), ("per_page", str(PER_PAGE))])

        try:
            is_filtered = any(is_filter(name) for name, _value in query)
            return collect_pages(fetch_page, is_filtered=is_filtered, expected=expected, heed_totals=heed_totals)
        except UnexpectedPageError as error:
            what = str(error)
        # Outside of the except clause, so that the error has no context: what is in there is not redacted.
        raise self.unexpected(request, what)

    def _warn_of_total(self, request: Request, reading: Reading, rows: int) -> None:
        totals = " and ".join(str(total) for total in sorted(set(reading.totals)))
        self.warn(f"GET {request.path}: the server says that the list has {totals} rows, and it has {rows} in two readings. The total is taken to be wrong.")

    def unexpected(self, request: Request, what: str, *, uncertain: bool = False) -> ApiError:
        """The error for an answer that says success and yet is not what the API documents."""
        return self._explainer.unexpected(request, what, uncertain=uncertain)

    def pause(self, error: ApiError, attempt: int, requests: int = 1) -> None:
        """Wait before so many requests are repeated because of C(error); C(attempt) counts from 0.

        Errors: C(error) itself, which then tells for how long was waited, if the budget does not hold the pause.
        """
        pause = max(error.retry_after, INITIAL_BACKOFF_SECONDS) if error.retry_after else _backoff(attempt)
        if error.kind == "rate_limited":
            self._close(pause)
        if not self.wait(pause):
            # A fault that is given one more chance is not what the budget was meant for, and did not use it up.
            raise error.with_hint(self._wait_budget_message(pause, asked=error.retry_after is not None)) if error.repeats == UNLIMITED else error
        with self._lock:
            self._retries += requests

    def wait(self, seconds: float) -> bool:
        """Sleep, if what is left of C(max_wait) allows; False, at once, if it does not."""
        return self._budget.pause(seconds)

    def _wait_budget_message(self, pause: float, *, asked: bool) -> str:
        requests = f"{self._requests} request{'s' if self._requests != 1 else ''}"
        gone = f"Gave up after {requests} and {self._budget.waited:.1f} s of waiting"
        wanted = f"the server asks for {pause:g} s more" if asked else f"the next pause would be {pause:.1f} s"
        return f"{gone}: {wanted}, and of max_wait ({self.connection.max_wait:g} s) {self._budget.left:.1f} s are left."

    def _send_with_retries(self, request: Request, query: list[tuple[str, str]], body: bytes | None, by: float | None = None) -> ApiResult:
        attempt = 0
        while True:
            limiter = self._wait_for_rate_limit(request)
            if self._is_cancelled and request.writes:
                raise ApiError("network", "it was not sent, because the task was ended.", request=request)
            if by is not None and self._clock() > by:
                raise StaleReadingError(request)
            began = self._clock()
            try:
                return self._once(request, query, body, limiter)
            except ApiError as caught:
                error = caught
            is_final = error.uncertain or attempt >= error.repeats
            if error.uncertain or error.repeats:
                self._budget.charge(began, self._clock())
            if is_final:
                raise error
            self.pause(error, attempt)
            attempt += 1

    def _wait_for_rate_limit(self, request: Request) -> RateLimiter | None:
        """Wait until the rate limit lets one more request pass. Errors: CloudflareError (rate_limited), and nothing was sent."""
        limiter = self._active_rate_limiter()
        while limiter is not None:
            if burst_delay := limiter.burst_delay():
                self._sleep(burst_delay)
            elif not (pause := limiter.turn()):
                break
            elif not self.wait(pause):
                raise ApiError(
                    "rate_limited",
                    "it was not sent, because the server says that no more requests are allowed for now.",
                    "All tools of this user share 1200 requests in 5 minutes: run later, or raise max_wait. " + self._wait_budget_message(pause, asked=True),
                    request=request,
                )
        return limiter

    def _active_rate_limiter(self) -> RateLimiter | None:
        """The limiter, once a server that has limits was met."""
        with self._lock:
            if self._limiter is None and self._limits is not None:
                from .rate_limit import RateLimiter

                self._limiter = RateLimiter(self._clock)
                self._limiter.update_from_headers(*self._limits)
            return self._limiter

    def _close(self, seconds: float) -> None:
        """The server said how long to wait, which outranks what its headers said before. The thread that heard it waits by itself."""
        with self._lock:
            self._limits = None
            if self._limiter is not None:
                self._limiter.close(seconds)

    def _once(self, request: Request, query: list[tuple[str, str]], body: bytes | None, limiter: RateLimiter | None) -> ApiResult:
        with self._lock:
            self._requests += 1
        self.asked_at = self._clock()
        answer = self._exchange_once(request, query, body, limiter)
        envelope = parse_success(answer)
        if envelope is None:
            raise self._explainer.explain(request, answer)
        for words in self._explainer.words(envelope.messages) if envelope.messages else ():
            if words not in self._told:
                self._told.add(words)
                self.warn(f"Cloudflare says: {words}")
        return envelope

    def _exchange_once(self, request: Request, query: list[tuple[str, str]], body: bytes | None, limiter: RateLimiter | None) -> Response:
        headers: Mapping[str, str] = {}
        sent_at = self._clock()
        try:
            answer = self._transport.send(request, query, body)
            headers = answer.headers
            return answer
        finally:
            if limiter is not None:
                limiter.answered(headers, sent_at)
            elif "ratelimit" in headers:
                self._limits = headers, self._clock(), sent_at

    def quoted(self, text: str) -> str:
        """The same for one text. Nothing is loaded before there is one."""
        return self.quote(text)

    @cached_property
    def quote(self) -> Redactor:
        """Cleans what came from outside before it is shown."""
        from .redaction import Redactor

        return Redactor(self.connection.credential.secrets(), self.connection.credential.identities())

    @cached_property
    def _explainer(self) -> ErrorFactory:
        # Loaded with the first answer that is no success: each line of module_utils is compiled anew for each task.
        from .api_errors import ErrorFactory

        return ErrorFactory(self.quote, self._permission_group)


def _backoff(attempt: int) -> float:
    """Exponential, with jitter: many hosts that failed together must not come back together."""
    ceiling = min(LONGEST_PAUSE, INITIAL_BACKOFF_SECONDS * float(2 ** min(attempt, 16)))
    return ceiling * random.uniform(0.5, 1.0)
