# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The retry policy: the kind of a failed request, how often it may be sent again, and after which delay. Pure.

Loaded with the first failed request: most tasks have none.
"""

from __future__ import annotations

import math
import random
from collections.abc import Container, Mapping
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from .errors import NO_RETRIES, ROUTING_CODES, UNLIMITED, ErrorKind

INITIAL_BACKOFF_SECONDS, MAX_BACKOFF_SECONDS = 0.5, 30.0
# An unreachable host is more often a wrong name than a short outage: retrying for minutes would hide the mistake.
CONNECT_RETRIES = 4
# A page in place of a response may be a transient fault of a proxy. One that stays is not worth minutes.
UNREADABLE_RETRIES = 1

# 9103: unknown key or e-mail address; 9106, 9107: the headers of the credential are missing.
MISSING_HEADER_CODES = frozenset({9106, 9107})
# 6003: invalid headers, with the reason in its chain; 6103, 6111: a key or a token that does not have the form of one.
MALFORMED_CREDENTIAL_CODES = frozenset({6103, 6111})
AUTHENTICATION_CODES = frozenset({6003, 9103, 10000, 10001}) | MALFORMED_CREDENTIAL_CODES | MISSING_HEADER_CODES
# Reported to come and go under load with valid tokens.
TRANSIENT_AUTHENTICATION_CODES = frozenset({10000, 10001})
# The gateway uses one code for an invalid token, for an address that the token's own filter excludes, and for a missing permission.
UNAUTHORIZED_CODE = 9109
INVALID_TOKEN_TEXT = "invalid access token"
WRONG_LOCATION_TEXT = "cannot use the access token from location"
NOT_ENTITLED_CODE = 10010
NOT_ENTITLED_TEXTS = ("not available in the current subscription", "not_entitled", "not entitled")
RATE_LIMIT_CODES = frozenset({971, 10100})
RATE_LIMIT_TEXT = "more than 1200 requests"

SUCCESS_STATUSES = range(300)
CLIENT_ERRORS = range(400, 500)
# 408 comes from the server, too: it stopped waiting, and may have done its work.
SERVER_FAILURES = frozenset({408}) | frozenset(range(500, 1000))
_ALL_BUT_CONFLICT = frozenset(range(1000)) - {409}


class Rejection(NamedTuple):
    """The parts of an error response that decide its kind and its retry policy.

    Attributes:
        status: the HTTP status. Cloudflare may report errors with any, even 200.
        codes: the error codes, those of error chains among them.
        text: the error messages, in lower case.
        has_pointer: whether the server names the field that it rejects.
    """

    status: int
    codes: frozenset[int] = frozenset()
    text: str = ""
    has_pointer: bool = False


class _Rule(NamedTuple):
    """Matches a rejection that fulfils all conditions that are given."""

    kind: ErrorKind
    statuses: Container[int] | None = None
    codes: frozenset[int] = frozenset()
    texts: tuple[str, ...] = ()
    has_pointer: bool = False

    def matches(self, rejection: Rejection) -> bool:
        return (
            (self.statuses is None or rejection.status in self.statuses)
            and (not self.codes or not self.codes.isdisjoint(rejection.codes))
            and (not self.texts or any(text in rejection.text for text in self.texts))
            and (rejection.has_pointer or not self.has_pointer)
        )


# The first rule that matches decides.
_KINDS = (
    _Rule("rate_limited", {429}),
    _Rule("rate_limited", SUCCESS_STATUSES, codes=RATE_LIMIT_CODES),
    _Rule("rate_limited", SUCCESS_STATUSES, texts=(RATE_LIMIT_TEXT,)),
    _Rule("server", SERVER_FAILURES),
    _Rule("not_entitled", texts=NOT_ENTITLED_TEXTS),
    _Rule("not_entitled", {403}, codes=frozenset({NOT_ENTITLED_CODE})),
    _Rule("auth", codes=frozenset({UNAUTHORIZED_CODE}), texts=(INVALID_TOKEN_TEXT, WRONG_LOCATION_TEXT)),
    _Rule("auth", {401}),
    _Rule("auth", _ALL_BUT_CONFLICT, codes=AUTHENTICATION_CODES),
    _Rule("permission", {403}),
    _Rule("permission", codes=frozenset({UNAUTHORIZED_CODE})),
    _Rule("not_found", {404, 410}),
    _Rule("conflict", {409}),
    _Rule("invalid", CLIENT_ERRORS),
    _Rule("invalid", codes=frozenset(ROUTING_CODES)),
    _Rule("invalid", has_pointer=True),
)


class RetryPolicy(NamedTuple):
    """How often the same request may be sent again, and whether a write may have been applied."""

    max_retries: float
    may_be_applied: bool


class _RetryRule(NamedTuple):
    """Matches a rejection that fulfils all conditions that are given."""

    policy: RetryPolicy
    kind: ErrorKind | None = None
    statuses: Container[int] | None = None
    codes: frozenset[int] = frozenset()

    def matches(self, kind: ErrorKind, rejection: Rejection) -> bool:
        return (
            self.kind in (None, kind)
            and (self.statuses is None or rejection.status in self.statuses)
            and (not self.codes or not self.codes.isdisjoint(rejection.codes))
        )


# The first rule that matches decides.
_POLICIES = (
    _RetryRule(RetryPolicy(UNLIMITED, may_be_applied=False), kind="rate_limited"),
    # A server that failed may have failed after it had applied the write.
    _RetryRule(RetryPolicy(UNLIMITED, may_be_applied=True), statuses=SERVER_FAILURES),
    _RetryRule(RetryPolicy(1, may_be_applied=True), kind="auth", statuses=SUCCESS_STATUSES, codes=TRANSIENT_AUTHENTICATION_CODES),
    _RetryRule(RetryPolicy(1, may_be_applied=False), kind="auth", codes=TRANSIENT_AUTHENTICATION_CODES),
    # An error with a status of success contradicts itself, and "303 See Other" is the answer after the work is done.
    _RetryRule(RetryPolicy(NO_RETRIES, may_be_applied=True), statuses=SUCCESS_STATUSES),
    _RetryRule(RetryPolicy(NO_RETRIES, may_be_applied=True), statuses={303}),
)
_NO_RETRIES = RetryPolicy(NO_RETRIES, may_be_applied=False)
_UNREADABLE = RetryPolicy(UNREADABLE_RETRIES, may_be_applied=True)


def classify(rejection: Rejection) -> ErrorKind:
    """Return the kind of error that a response means."""
    return next((rule.kind for rule in _KINDS if rule.matches(rejection)), "response")


def retry_policy(kind: ErrorKind, rejection: Rejection, *, is_readable: bool = True) -> RetryPolicy:
    """Return how a failed request may be retried.

    Args:
        kind: the kind of error.
        rejection: what the response says.
        is_readable: whether the response is one of the API, and not a page of something else.
    """
    if not is_readable and rejection.status in SUCCESS_STATUSES:
        return _UNREADABLE
    return next((rule.policy for rule in _POLICIES if rule.matches(kind, rejection)), _NO_RETRIES)


def retry_delay(attempt: int, retry_after: float | None = None) -> float:
    """Return the seconds to wait before the next attempt.

    Args:
        attempt: how many attempts were made before the failed one.
        retry_after: seconds that the server asked to wait, which replace the exponential delay.
    """
    if retry_after:
        return max(retry_after, INITIAL_BACKOFF_SECONDS)
    ceiling = min(MAX_BACKOFF_SECONDS, INITIAL_BACKOFF_SECONDS * float(2 ** min(attempt, 16)))
    # With jitter, so that hosts that failed together do not retry together.
    return ceiling * random.uniform(0.5, 1.0)


def parse_retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that the server asks to wait, given as a number or as a date; None if it does not say."""
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        seconds = _seconds_until(value, headers.get("date", ""))
    return seconds if seconds > 0 and math.isfinite(seconds) else None


def _seconds_until(moment: str, server_time: str) -> float:
    """Return the seconds between two dates. Without a server time, our clock is used, which may be wrong."""
    try:
        until = parsedate_to_datetime(moment)
        if until.tzinfo is None:
            until = until.replace(tzinfo=timezone.utc)
    except (TypeError, ValueError, OverflowError):
        return 0.0
    try:
        return (until - parsedate_to_datetime(server_time)).total_seconds()
    except (TypeError, ValueError, OverflowError):
        return (until - datetime.now(timezone.utc)).total_seconds()
