# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an answer means that is not a success, as the error that it is. Pure.

The rules come from Cloudflare's habits: an error may come with any status, 200 among them; the gateway writes
C(error_chain) where the API writes C(source); the edge answers in HTML, and only its C(cf-ray) header helps support.

Loaded when the first such answer comes: most runs meet none.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

from .errors import NO_RETRIES, ROUTING_CODES, UNLIMITED, ApiError, ApiMessage, ErrorKind, Request
from .responses import Response, as_mapping, decode_json

# 9103: unknown key or e-mail address; 9106, 9107: the headers of the credential are missing.
AUTHENTICATION_CODES = {6003, 6103, 6111, 9103, 9106, 9107, 10000, 10001}
# Reported to come and go under load with good tokens.
PASSING_AUTHENTICATION_CODES = {10000, 10001}
# With one code the gateway says three things: a bad token, an address that the token's own filter excludes, and a missing permission.
UNAUTHORIZED_CODE = 9109
BAD_TOKEN_WORDS = "invalid access token"
WRONG_LOCATION_WORDS = "cannot use the access token from location"
MISSING_HEADER_CODES = {9106, 9107}
NOT_ENTITLED_CODE = 10010
RATE_LIMIT_CODES = {971, 10100}
RATE_LIMIT_TEXT = "more than 1200 requests"
NOT_ENTITLED_WORDS = ("not available in the current subscription", "not_entitled", "not entitled")
# More of them say nothing more, and each is cleaned.
MAX_API_MESSAGES = 20
# A page in place of an answer may be a passing fault of something in between; one that stays is not worth minutes.
UNREADABLE_REPEATS = 1


class ErrorFactory:
    """Explains answers. C(quote) cleans the server's words; C(permission_group) is what the product's permissions are called."""

    def __init__(self, redact: Callable[[str], str], permission_group: str) -> None:
        self.redact = redact
        self.permission_group = permission_group

    def from_response(self, request: Request, answer: Response) -> ApiError:
        """The error that an answer is."""
        if 300 <= answer.status < 400:
            return self._redirected(request, answer)
        body, unreadable = decode_json(answer)
        return self._unreadable(request, answer, unreadable) if unreadable else self._refused(request, answer, body)

    def unexpected(self, request: Request, found: str, *, outcome_unknown: bool = False) -> ApiError:
        """An answer that says success and yet is not what the API documents."""
        return ApiError(
            "response",
            f"{_named(request)} was answered with {self.redact(found)}.",
            "This is not what Cloudflare's API documents: check base_url and any proxy; report it if both are right.",
            request=request,
            outcome_unknown=outcome_unknown,
            max_retries=UNREADABLE_REPEATS,
        )

    def parse_messages(self, entries: Any) -> tuple[ApiMessage, ...]:
        """The entries of C(errors) or C(messages), cleaned. Whatever else stands there is passed over."""
        found = []
        for entry in entries[:MAX_API_MESSAGES] if isinstance(entries, list) else []:
            entry = entry if isinstance(entry, dict) else {"message": str(entry)}
            code, pointer = entry.get("code"), as_mapping(entry.get("source")).get("pointer")
            found.append(
                ApiMessage(
                    code=code if isinstance(code, int) and not isinstance(code, bool) else None,
                    message=self.redact(str(entry.get("message") or "")),
                    pointer=self.redact(str(pointer)) if pointer else None,
                    chain=self.parse_messages(entry.get("error_chain")),
                )
            )
        return tuple(found)

    def _refused(self, request: Request, answer: Response, body: Mapping[str, Any]) -> ApiError:
        errors = self.parse_messages(body.get("errors"))
        codes = set().union(*(words.codes() for words in errors))
        kind = _kind(answer.status, codes, errors)
        message = "; ".join(str(words) for words in errors) or "not a word why"
        return ApiError(
            kind,
            f"{_named(request)} was answered {_status(answer.status)}: {message}{_ray(answer)}.",
            self._advice(kind, request, codes, _words(errors)),
            request=request,
            status=answer.status,
            errors=errors,
            ray_id=_ray_id(answer),
            # A refusal at 200 contradicts itself, and a server that failed may have failed after its work.
            outcome_unknown=request.is_write and kind != "rate_limited" and (answer.status < 300 or _has_failed(answer.status)),
            max_retries=_repeats(answer.status, kind, codes),
            retry_after=_retry_after(answer.headers),
        )

    def _unreadable(self, request: Request, answer: Response, why: str) -> ApiError:
        """An answer without an envelope: the edge, a proxy or a wrong base URL spoke."""
        # The API refuses in an envelope, so a 403 without one is the edge's or a proxy's, as is every challenge. A 401 is about the credential.
        is_of_edge = answer.status == HTTPStatus.FORBIDDEN or "cf-mitigated" in answer.headers
        kind: ErrorKind = "response"
        if not is_of_edge and (answer.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS) or _has_failed(answer.status)):
            kind = _kind(answer.status, set(), ())
        text = self.redact(answer.body.decode("utf-8", "replace"))
        return ApiError(
            kind,
            f"{_named(request)} was answered {_status(answer.status)} with {why}" + (f': "{text}"' if text else "") + f"{_ray(answer)}.",
            EDGE_ADVICE if is_of_edge else self._advice(kind, request, set()),
            request=request,
            status=answer.status,
            ray_id=_ray_id(answer),
            outcome_unknown=request.is_write and (answer.status < 300 or _has_failed(answer.status)),
            max_retries=UNREADABLE_REPEATS if answer.status < 300 else _repeats(answer.status, kind, set()),
            retry_after=_retry_after(answer.headers),
        )

    def _redirected(self, request: Request, answer: Response) -> ApiError:
        target = self.redact(answer.headers.get("location", "")) or "an unnamed place"
        return ApiError(
            "response",
            f"{_named(request)} was answered {_status(answer.status)}, a redirect to {target}{_ray(answer)}.",
            "Cloudflare's API does not redirect, and a credential is never sent after one: base_url points at something else. Correct it.",
            request=request,
            status=answer.status,
            ray_id=_ray_id(answer),
            # "See other" is what is said after the work is done.
            outcome_unknown=request.is_write and answer.status == HTTPStatus.SEE_OTHER,
        )

    def _advice(self, kind: ErrorKind, request: Request, codes: set[int], words: str = "") -> str:
        permission = f'"{self.permission_group}: {"Write" if request.is_write else "Read"}"'
        if codes & ROUTING_CODES:
            return "Check account_id, that the credential belongs to this account, and base_url."
        if kind == "auth" and WRONG_LOCATION_WORDS in words:
            return (
                "The token has a client IP address filter, and this host's address is not in it: "
                "add the address to the token in Cloudflare's dashboard, or run on a host that the filter allows. Behind a proxy, the proxy's address counts."
            )
        if kind == "auth" and codes & MISSING_HEADER_CODES:
            return "The credential was sent and did not arrive. A proxy on the way may remove the header: check HTTPS_PROXY, NO_PROXY and base_url."
        if kind == "not_found" and not _names_an_object(request):
            return "A list is always there, even an empty one: check base_url and account_id."
        return {
            "auth": f"Check the credential: is it whole, not expired, and of this account? A token needs the permission {permission}.",
            "permission": f"Give the token the permission {permission} for this account.",
            "not_entitled": "The account's plan does not hold Email Security: have it added, or check account_id.",
            "not_found": "It may have been removed meanwhile; check the id.",
            "invalid": "Correct the value that the server names, and run again.",
            "rate_limited": "All tools of this user share 1200 requests in 5 minutes: run later, or fewer at once.",
            "conflict": "Someone else holds or changed the same; look at the live state, and run again.",
            "server": "The fault is on Cloudflare's side: run again later, and quote the ray id to their support if it stays.",
            "response": "The answer did not come from Cloudflare's API: check base_url and any proxy between.",
        }.get(kind, "")


EDGE_ADVICE = (
    "Cloudflare's API did not answer, but its edge or a proxy in front of it, so the credential is not the cause. "
    "Check that this host's address and the user agent of this collection are not blocked or challenged, and check HTTPS_PROXY and base_url."
)


def _names_an_object(request: Request) -> bool:
    """Whether an id stands below the account in the path. Every id holds a digit, and no name of an endpoint does."""
    return any(character.isdigit() for segment in request.path.split("/")[3:] for character in segment)


def _words(errors: tuple[ApiMessage, ...]) -> str:
    """All that the errors say, those behind others too, in lower case."""
    return " ".join(f"{entry.message} {_words(entry.chain)}" for entry in errors).lower()


def _has_failed(status: int) -> bool:
    return status >= 500 or status == HTTPStatus.REQUEST_TIMEOUT


def _kind(status: int, codes: set[int], errors: tuple[ApiMessage, ...]) -> ErrorKind:
    words = _words(errors)
    if status == HTTPStatus.TOO_MANY_REQUESTS or (status < 300 and (codes & RATE_LIMIT_CODES or RATE_LIMIT_TEXT in words)):
        return "rate_limited"
    if _has_failed(status):
        return "server"
    if any(phrase in words for phrase in NOT_ENTITLED_WORDS) or (status == HTTPStatus.FORBIDDEN and NOT_ENTITLED_CODE in codes):
        return "not_entitled"
    if UNAUTHORIZED_CODE in codes and (BAD_TOKEN_WORDS in words or WRONG_LOCATION_WORDS in words):
        return "auth"
    if status == HTTPStatus.UNAUTHORIZED or (codes & AUTHENTICATION_CODES and status != HTTPStatus.CONFLICT):
        return "auth"
    if status == HTTPStatus.FORBIDDEN or UNAUTHORIZED_CODE in codes:
        return "permission"
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        return "not_found"
    if status == HTTPStatus.CONFLICT:
        return "conflict"
    if status >= 400 or codes & ROUTING_CODES or any(entry.pointer for entry in errors):
        return "invalid"
    return "response"


def _repeats(status: int, kind: ErrorKind, codes: set[int]) -> float:
    if kind == "rate_limited" or _has_failed(status):
        return UNLIMITED
    return 1 if kind == "auth" and codes & PASSING_AUTHENTICATION_CODES else NO_RETRIES


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the server asks to wait, given as a number or as a date; None where it does not say."""
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        seconds = _seconds_until(value, headers.get("date", ""))
    return seconds if seconds > 0 and math.isfinite(seconds) else None


def _seconds_until(moment: str, now: str) -> float:
    """From the server's own clock where it tells the time: ours may be wrong."""
    try:
        until = parsedate_to_datetime(moment)
        if until.tzinfo is None:
            until = until.replace(tzinfo=timezone.utc)
    except (TypeError, ValueError, OverflowError):
        return 0.0
    try:
        since = parsedate_to_datetime(now)
        return (until - since).total_seconds()
    except (TypeError, ValueError, OverflowError):
        return (until - datetime.now(timezone.utc)).total_seconds()


def _named(request: Request) -> str:
    return f"{request.method} {request.path}"


def _status(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _ray_id(answer: Response) -> str | None:
    ray = answer.headers.get("cf-ray", "")
    return ray if re.fullmatch(r"[\w.-]{1,64}", ray) else None


def _ray(answer: Response) -> str:
    ray_id = _ray_id(answer)
    return f" (ray id {ray_id})" if ray_id else ""
