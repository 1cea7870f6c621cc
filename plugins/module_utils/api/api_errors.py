# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The error for a response that is no success, with a message and a hint. Pure.

The rules follow what Cloudflare was seen to do: an error may come with any status, 200 among them; the gateway writes
`error_chain` where the API writes `source`; the edge answers in HTML, and only its header `cf-ray` helps their support.

Loaded with the first such response: most tasks have none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from .connection import DEFAULT_BASE_URL
from .errors import ROUTING_CODES, ApiError, ApiMessage, ErrorKind, Request
from .responses import Response, as_mapping, decode_json
from .retry import (
    MALFORMED_CREDENTIAL_CODES,
    MISSING_HEADER_CODES,
    SERVER_FAILURES,
    UNREADABLE_RETRIES,
    WRONG_LOCATION_TEXT,
    Rejection,
    RetryPolicy,
    classify,
    parse_retry_after,
    retry_policy,
)

# More messages add no information, and each of them has to be redacted.
MAX_API_MESSAGES = 20

EDGE_HINT = (
    "The response did not come from Cloudflare's API but from its edge or from a proxy in front of it, so the credential is not the cause. "
    "Check that this host's address and the user agent of this collection are not blocked or challenged, and check HTTPS_PROXY and base_url."
)
_HINTS: dict[ErrorKind, str] = {
    "auth": "Check the credential: it must be complete, not expired, and of this account. A token needs the permission {permission}.",
    "permission": "Give the token the permission {permission} for this account.",
    "not_entitled": "The account's plan does not include Email Security: have it added, or check account_id.",
    "not_found": "It may have been removed meanwhile; check the id.",
    "invalid": "Correct the value that the server names, and run again.",
    "rate_limited": "All tools of this user share 1200 requests in 5 minutes: run later, or with fewer requests at once.",
    "conflict": "Another object has the same value, or another user changed it; check the live state, and run again.",
    "server": "The failure is on Cloudflare's side: run again later, and send the ray id to their support if it persists.",
    "response": "The response did not come from Cloudflare's API: check base_url and any proxy in between.",
}


class ErrorFactory:
    """Makes errors from responses.

    Args:
        redact: cleans text of the server before it is shown.
        permission_group: what Cloudflare's dashboard calls the permissions of the product.
    """

    def __init__(self, redact: Callable[[str], str], permission_group: str) -> None:
        self._redact = redact
        self._permission_group = permission_group

    def from_response(self, request: Request, response: Response) -> ApiError:
        """Return the error that a response means."""
        if 300 <= response.status < 400:
            return self._from_redirect(request, response)
        body, found_instead = decode_json(response)
        return self._from_unreadable(request, response, found_instead) if found_instead else self._from_body(request, response, body)

    def unexpected_response(self, request: Request, found: str, *, outcome_unknown: bool = False) -> ApiError:
        """Return the error for a response that reports success but is not what the API documents."""
        return ApiError(
            "response",
            f"{_label(request)} was answered with {self._redact(found)}.",
            "This is not what Cloudflare's API documents: check base_url and any proxy; report it if both are right.",
            request=request,
            outcome_unknown=outcome_unknown,
            max_retries=UNREADABLE_RETRIES,
        )

    def parse_messages(self, entries: Any) -> tuple[ApiMessage, ...]:
        """Return the entries of `errors` or `messages`, redacted. Values of other types are ignored."""
        found = []
        for entry in entries[:MAX_API_MESSAGES] if isinstance(entries, list) else []:
            entry = entry if isinstance(entry, dict) else {"message": str(entry)}
            code, pointer = entry.get("code"), as_mapping(entry.get("source")).get("pointer")
            found.append(
                ApiMessage(
                    code=code if isinstance(code, int) and not isinstance(code, bool) else None,
                    message=self._redact(str(entry.get("message") or "")),
                    pointer=self._redact(str(pointer)) if pointer else None,
                    chain=self.parse_messages(entry.get("error_chain")),
                )
            )
        return tuple(found)

    def _from_body(self, request: Request, response: Response, body: Mapping[str, Any]) -> ApiError:
        """Return the error that the API describes in the body."""
        errors = self.parse_messages(body.get("errors"))
        codes: frozenset[int] = frozenset().union(*(entry.codes() for entry in errors))
        rejection = Rejection(response.status, codes, _text_of(errors), has_pointer=any(entry.pointer for entry in errors))
        kind = classify(rejection)
        details = "; ".join(str(entry) for entry in errors) or "no error details"
        text = f"{_label(request)} was answered {_status_text(response.status)}: {details}{_ray_id_text(response)}."
        hint = self._hint(kind, request, rejection)
        return _error(kind, text, hint, request, response, retry_policy(kind, rejection), errors)

    def _from_unreadable(self, request: Request, response: Response, found_instead: str) -> ApiError:
        """Return the error for a response that is not one of the API, but of the edge, a proxy or another server."""
        # The API rejects requests in JSON, so a 403 without it comes from the edge or a proxy, as does each challenge. A 401 is about the credential.
        is_from_edge = response.status == HTTPStatus.FORBIDDEN or "cf-mitigated" in response.headers
        rejection = Rejection(response.status)
        kind: ErrorKind = "response"
        if not is_from_edge and (response.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS) or response.status in SERVER_FAILURES):
            kind = classify(rejection)
        page = self._redact(response.body.decode("utf-8", "replace"))
        quotation = f': "{page}"' if page else ""
        text = f"{_label(request)} was answered {_status_text(response.status)} with {found_instead}{quotation}{_ray_id_text(response)}."
        hint = EDGE_HINT if is_from_edge else self._hint(kind, request, rejection)
        return _error(kind, text, hint, request, response, retry_policy(kind, rejection, is_readable=False))

    def _from_redirect(self, request: Request, response: Response) -> ApiError:
        target = self._redact(response.headers.get("location", "")) or "an unnamed place"
        text = f"{_label(request)} was answered {_status_text(response.status)}, a redirect to {target}{_ray_id_text(response)}."
        hint = "Cloudflare's API does not redirect, and a credential is never sent to the target of a redirect. base_url is wrong: correct it."
        return _error("response", text, hint, request, response, retry_policy("response", Rejection(response.status)))

    def _hint(self, kind: ErrorKind, request: Request, rejection: Rejection) -> str:
        if rejection.codes & ROUTING_CODES:
            return "Check account_id, that the credential belongs to this account, and base_url."
        if kind == "auth" and WRONG_LOCATION_TEXT in rejection.text:
            return (
                "The token has a client IP address filter that does not include this host's address: "
                "add the address to the token in Cloudflare's dashboard, or run on a host that the filter allows. Behind a proxy, the proxy's address counts."
            )
        if kind == "auth" and rejection.codes & MISSING_HEADER_CODES:
            return "The credential was sent but did not arrive. A proxy in between may remove the header: check HTTPS_PROXY, NO_PROXY and base_url."
        if kind == "auth" and rejection.codes & MALFORMED_CREDENTIAL_CODES:
            return "The credential does not have the form of a token or a key: give all of it, without quotation marks around it, and without the word Bearer."
        if kind == "not_found" and not _has_object_id(request):
            return (
                "A list always exists, even if it is empty, so this address is wrong: check base_url and account_id. "
                f"base_url ends with the path of the API, as in {DEFAULT_BASE_URL}."
            )
        return _HINTS.get(kind, "").format(permission=f'"{self._permission_group}: {"Write" if request.is_write else "Read"}"')


def _error(kind: ErrorKind, text: str, hint: str, request: Request, response: Response, policy: RetryPolicy, errors: tuple[ApiMessage, ...] = ()) -> ApiError:
    return ApiError(
        kind,
        text,
        hint,
        request=request,
        status=response.status,
        errors=errors,
        ray_id=_ray_id(response),
        outcome_unknown=request.is_write and policy.may_be_applied,
        max_retries=policy.max_retries,
        retry_after=parse_retry_after(response.headers),
    )


def _has_object_id(request: Request) -> bool:
    """Whether the path contains an id below the account. Each id contains a digit, and no name of an endpoint does."""
    return any(character.isdigit() for segment in request.path.split("/")[3:] for character in segment)


def _text_of(errors: tuple[ApiMessage, ...]) -> str:
    """Return all messages, those of error chains among them, in lower case."""
    return " ".join(f"{entry.message} {_text_of(entry.chain)}" for entry in errors).lower()


def _label(request: Request) -> str:
    return f"{request.method} {request.path}"


def _status_text(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _ray_id(response: Response) -> str | None:
    ray_id = response.headers.get("cf-ray", "")
    return ray_id if re.fullmatch(r"[\w.-]{1,64}", ray_id) else None


def _ray_id_text(response: Response) -> str:
    ray_id = _ray_id(response)
    return f" (ray id {ray_id})" if ray_id else ""
