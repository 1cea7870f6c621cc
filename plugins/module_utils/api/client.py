# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client of Cloudflare's API: paths, responses, pages and retries. Knows Cloudflare, but neither mail nor Ansible.

All retries are made and counted here. They share one budget of `max_wait` seconds, to which pauses and the time of failed
attempts are charged. So a task ends at most `max_wait` plus one `timeout` after its requests began to fail (and one `timeout`
more if a write of unknown outcome has to be verified).

GET is retried on 408, 429, 5xx, connection errors and time-outs. A write is retried only if it cannot have been applied (429,
no connection); otherwise the error has `outcome_unknown`, and the caller reads the object before it writes again.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .connection import ConnectionSettings
from .errors import UNLIMITED, ApiError, ApiMessage, InvalidOptionError, Request, StaleReadingError
from .pagination import PER_PAGE, Reading, UnexpectedPageError, collect_pages, is_filter
from .progress import Progress
from .responses import ApiResult, Response, parse_success
from .transport import Transport
from .wait_budget import WaitBudget

if TYPE_CHECKING:
    from .api_errors import ErrorFactory
    from .rate_limit import RateLimiter
    from .redaction import Redactor

# Whether a reading of a list is believed only if a second one finds the same rows.
NeedsSecond = Callable[[Reading], bool]

# How often a list is read if it changes while its pages are read.
MAX_LIST_ATTEMPTS = 4

_PATH_SEGMENT = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]*")


class Client:
    """Sends the requests of one task. Safe to use from several threads.

    Attributes:
        has_written: whether a write was sent, whatever its outcome.
        requested_at: when the latest request was sent, by `now()`; None before the first.
        progress: how far the task is.
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
        progress: Progress | None = None,
    ) -> None:
        """Create a client; nothing is sent yet.

        Args:
            connection: where the API is, and the credential.
            user_agent: the first part of the header User-Agent.
            permission_group: what Cloudflare's dashboard calls the permissions of the product.
            warn: receives warnings for the user, such as the `messages` of a response.
            clock: the time in seconds.
            sleep: waits for some seconds.
            progress: is kept up to date, for whoever shows it.
        """
        self.connection = connection
        self._permission_group = permission_group
        self._transport = Transport(connection, user_agent)
        self.warn, self._clock, self._sleep = warn, clock, sleep
        self.progress = progress or Progress()
        self._budget = WaitBudget(connection.max_wait, clock, sleep)
        # Headers of the first response with a rate limit, when it arrived, and when its request was sent.
        self._first_limits: tuple[Mapping[str, str], float, float] | None = None
        self._limiter: RateLimiter | None = None
        self._lock = threading.Lock()
        self._reported: set[ApiMessage] = set()
        self.has_written = self._is_cancelled = False
        self.requested_at: float | None = None
        self._requests = self._retries = 0

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._transport.close()

    def statistics(self) -> dict[str, Any]:
        """Return the number of `requests` sent, the `retries` among them, and the seconds `waited` between them."""
        return {"requests": self._requests, "retries": self._retries, "waited": round(self._budget.waited, 3)}

    @property
    def is_out_of_time(self) -> bool:
        """Whether `max_wait` is used up, so that no failed request is retried any more."""
        return not self._budget.remaining

    def now(self) -> float:
        """Return the client's time in seconds, for the `deadline` of a write."""
        return self._clock()

    def path(self, *segments: str) -> str:
        """Return a path below the account.

        Raises:
            InvalidOptionError: a segment contains a character that would need quoting. `requests` decodes `%2e%2e` and urllib3
                resolves `..` before sending, so quoting would not protect.
        """
        for segment in segments:
            if not _PATH_SEGMENT.fullmatch(segment):
                raise InvalidOptionError(f"{self.redact(segment)!r} cannot be a part of a path: only letters, digits, '-', '_', '~' and '.' are allowed.")
        return "/".join(["/accounts", self.connection.account_id, *segments])

    def get(self, request: Request) -> ApiResult:
        """Send a GET request, with retries.

        Raises:
            ApiError: it failed permanently, or for longer than `max_wait` allows.
        """
        return self._send_with_retries(request, None)

    def send_write(self, request: Request, body: Any = None, *, deadline: float | None = None) -> ApiResult:
        """Send a write.

        Args:
            request: the request.
            body: is sent as JSON; None sends no body.
            deadline: the time, by `now()`, after which it is not sent any more, because the reading that it is based on is too old.
                The write may be delayed for minutes if the server answers with 429.

        Raises:
            StaleReadingError: the deadline has passed.
            ApiError: it failed. If `outcome_unknown` is set, read the object before writing again.
        """
        self.has_written = True
        encoded = None if body is None else json.dumps(body, ensure_ascii=False, allow_nan=False).encode("utf-8")
        return self._send_with_retries(request, encoded, deadline)

    def cancel(self) -> None:
        """Send no more writes, including those that wait for a retry or for the rate limit."""
        self._is_cancelled = True

    def list_all(self, request: Request, *, expected: int = 0, needs_second: NeedsSecond | None = None) -> list[dict[str, Any]]:
        """Read all rows of a list, in the server's order.

        Rows may move between pages while these are read. Then a row appears twice, or the server's total changes or is not
        reached, and the list is read again. If the second reading finds the same rows and the same totals, the list did not
        change: the total is wrong, and a warning says so.

        Args:
            request: the list, with filters and order in its query.
            expected: how many rows the filter finds at most, if that is known. A look-up by name then takes one request.
            needs_second: whether rows may be missing from a reading although nothing shows it, so that it is believed only if a second one
                finds the same rows.

        Raises:
            ApiError: a page cannot be read, or the list changes during each reading.
        """
        before: Reading | None = None
        for number in range(1, MAX_LIST_ATTEMPTS + 1):
            reading = self._read_pages(request, expected=expected)
            if reading.is_whole and not (needs_second and needs_second(reading)):
                return reading.rows
            if before is not None and reading.equals(before):
                if reading.is_whole:
                    return reading.rows
                if not reading.is_complete:
                    reading = self._read_pages(request, expected=expected, trust_totals=False)
                if reading.is_consistent:
                    self._warn_of_total(request, before, len(reading.rows))
                    return reading.rows
            is_first = before is None
            before = reading
            if reading.is_whole and is_first:
                # Nothing is wrong with it: the second reading follows at once.
                continue
            changed = self.unexpected_response(request, f"a list that changed while its pages were read, {number} time{'s' if number != 1 else ''}")
            if number < MAX_LIST_ATTEMPTS:
                delay = self.retry_delay(changed, number)
                if not self.wait_before_retry(changed, delay):
                    raise self.exhausted(changed, delay)
        raise changed

    def _read_pages(self, request: Request, *, expected: int, trust_totals: bool = True) -> Reading:
        def fetch_page(number: int) -> ApiResult:
            page = self.get(request._replace(query=(*request.query, ("page", str(number)), ("per_page", str(PER_PAGE)))))
            # With a filter, the server states the total of the whole list.
            self.progress.count_page(number, page.result, None if is_filtered else page.result_info.get("total_count"))
            return page

        is_filtered = any(is_filter(name) for name, _value in request.query)
        try:
            return collect_pages(fetch_page, is_filtered=is_filtered, expected=expected, trust_totals=trust_totals)
        except UnexpectedPageError as error:
            found = str(error)
        # Raised outside of the except clause, so that the error has no context: the context is not redacted.
        raise self.unexpected_response(request, found)

    def _warn_of_total(self, request: Request, reading: Reading, rows: int) -> None:
        totals = " and ".join(str(total) for total in sorted(set(reading.totals)))
        self.warn(f"GET {request.path}: the server says that the list has {totals} rows, but two readings found {rows}. The total is assumed to be wrong.")

    def unexpected_response(self, request: Request, found: str, *, outcome_unknown: bool = False) -> ApiError:
        """Return the error for a response that reports success but is not what the API documents.

        Args:
            request: the request.
            found: what the response contains instead.
            outcome_unknown: whether the request was a write that may or may not have been applied.
        """
        return self._error_factory.unexpected_response(request, found, outcome_unknown=outcome_unknown)

    def retry_delay(self, error: ApiError, attempt: int) -> float:
        """Return the seconds to wait after an error; `attempt` counts from 0."""
        from .retry import retry_delay

        return retry_delay(attempt, error.retry_after)

    def wait_before_retry(self, error: ApiError, delay: float, requests: int = 1) -> bool:
        """Wait before requests are retried because of an error.

        Args:
            error: why they failed.
            delay: seconds to wait, see `retry_delay`.
            requests: how many requests will be retried.

        Returns:
            False, immediately, if `max_wait` does not allow the delay: see `exhausted`.
        """
        is_rate_limit = error.kind == "rate_limited"
        if is_rate_limit:
            self._block_for(delay)
        if not self.wait(delay, is_rate_limit=is_rate_limit):
            return False
        with self._lock:
            self._retries += requests
        return True

    def exhausted(self, error: ApiError, delay: float) -> ApiError:
        """Return the error with the reason why there is no further attempt, if `max_wait` does not allow the delay."""
        # An error that allows a fixed number of retries did not use up the budget.
        return error.with_hint(self._wait_budget_text(delay, is_requested=error.retry_after is not None)) if error.max_retries == UNLIMITED else error

    def wait(self, seconds: float, *, is_rate_limit: bool = False) -> bool:
        """Sleep and return True, or return False immediately if `max_wait` does not allow it."""
        return self._budget.pause(seconds, lambda: self.progress.wait(seconds, self._clock() + seconds, is_rate_limit=is_rate_limit))

    def _wait_budget_text(self, delay: float, *, is_requested: bool) -> str:
        requests = f"{self._requests} request{'s' if self._requests != 1 else ''}"
        wanted = f"the server asks for {delay:g} s more" if is_requested else f"the next pause would be {delay:.1f} s"
        left = f"only {self._budget.remaining:.1f} s of max_wait ({self.connection.max_wait:g} s) are left"
        return f"Gave up after {requests} and {self._budget.waited:.1f} s of waiting: {wanted}, but {left}."

    def _send_with_retries(self, request: Request, body: bytes | None, deadline: float | None = None) -> ApiResult:
        attempt = 0
        while True:
            limiter = self._wait_for_rate_limit(request)
            if (obstacle := self._obstacle(request, deadline)) is not None:
                if limiter is not None:
                    # Otherwise the limiter would wait for the response of this request, which is not sent, until max_wait is used up.
                    limiter.release({})
                raise obstacle
            began = self._clock()
            try:
                return self._send_once(request, body, limiter)
            except ApiError as caught:
                error = caught
            if error.outcome_unknown or error.max_retries:
                self._budget.charge(began, self._clock())
            if error.outcome_unknown or attempt >= error.max_retries:
                raise error
            delay = self.retry_delay(error, attempt)
            if not self.wait_before_retry(error, delay):
                raise self.exhausted(error, delay)
            attempt += 1

    def _obstacle(self, request: Request, deadline: float | None) -> ApiError | None:
        """Return why a request must not be sent any more; None if it may."""
        if self._is_cancelled and request.is_write:
            return ApiError("network", "it was not sent, because the task was ended.", request=request)
        return StaleReadingError(request) if deadline is not None and self._clock() > deadline else None

    def _wait_for_rate_limit(self, request: Request) -> RateLimiter | None:
        """Wait until the rate limit allows one more request.

        Raises:
            ApiError: of kind `rate_limited`, if `max_wait` does not allow the wait. Nothing was sent.
        """
        limiter = self._active_rate_limiter()
        while limiter is not None:
            if burst_delay := limiter.burst_delay():
                self._sleep(burst_delay)
            elif not (delay := limiter.reserve()):
                break
            elif not self.wait(delay, is_rate_limit=True):
                raise ApiError(
                    "rate_limited",
                    "it was not sent, because the server allows no more requests for now.",
                    "All tools of this user share 1200 requests in 5 minutes: run later, or raise max_wait. "
                    + self._wait_budget_text(delay, is_requested=True),
                    request=request,
                )
        return limiter

    def _active_rate_limiter(self) -> RateLimiter | None:
        """Return the limiter, which exists once a response had a rate limit."""
        with self._lock:
            if self._limiter is None and self._first_limits is not None:
                from .rate_limit import RateLimiter

                self._limiter = RateLimiter(self._clock)
                self._limiter.update_from_headers(*self._first_limits)
            return self._limiter

    def _block_for(self, seconds: float) -> None:
        """Block the other threads as the server asked, which overrides its earlier headers. The calling thread waits by itself."""
        with self._lock:
            self._first_limits = None
            if self._limiter is not None:
                self._limiter.block_for(seconds)

    def _send_once(self, request: Request, body: bytes | None, limiter: RateLimiter | None) -> ApiResult:
        with self._lock:
            self._requests += 1
        self.requested_at = self._clock()
        response = self._exchange(request, body, limiter)
        result = parse_success(response)
        if result is None:
            raise self._error_factory.from_response(request, response)
        for message in self._error_factory.parse_messages(result.messages) if result.messages else ():
            if message not in self._reported:
                self._reported.add(message)
                self.warn(f"Cloudflare says: {message}")
        return result

    def _exchange(self, request: Request, body: bytes | None, limiter: RateLimiter | None) -> Response:
        headers: Mapping[str, str] = {}
        sent_at = self._clock()
        try:
            response = self._transport.send(request, body)
            headers = response.headers
            return response
        finally:
            if limiter is not None:
                limiter.release(headers, sent_at)
            elif "ratelimit" in headers:
                self._first_limits = headers, self._clock(), sent_at

    def redact(self, text: str) -> str:
        """Return text from outside without credentials, control characters and mark-up."""
        return self.redactor(text)

    @cached_property
    def redactor(self) -> Redactor:
        # Loaded at first use: module_utils are compiled again for each task.
        from .redaction import Redactor

        return Redactor(self.connection.credential.secrets(), self.connection.credential.identities())

    @cached_property
    def _error_factory(self) -> ErrorFactory:
        # Loaded with the first response that is no success: module_utils are compiled again for each task.
        from .api_errors import ErrorFactory

        return ErrorFactory(self.redactor, self._permission_group)
