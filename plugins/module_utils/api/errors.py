# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The exceptions of the collection, with the fields that a playbook may branch on.

    CollectionError                 every failure that is reported to the user
    ├── InvalidOptionError          an option is refused before any request is sent
    │   └── MissingOptionError      neither the options nor the environment have a required value
    └── ApiError                    a request, or the live state, prevents the task
        ├── StaleReadingError       a write was not sent, because the last reading is too old
        └── ChangeError             a change was not made as desired (reconcile/errors.py)

Errors are not edited: `with_hint` returns a new one.
"""

from __future__ import annotations

import math
from typing import Any, Literal, NamedTuple, TypeVar

ErrorKind = Literal[
    "auth",
    "permission",
    "not_entitled",
    "not_found",
    "invalid",
    "rate_limited",
    "conflict",
    "not_applied",
    "server",
    "network",
    "response",
    "unsafe",
    "too_many_removals",
]

NO_RETRIES, UNLIMITED = 0, math.inf
# The gateway knows no such account, or no such path: this does not mean that the requested object does not exist.
ROUTING_CODES = {7000, 7003}

# After an error of these kinds, the next request would fail as well.
UNREACHABLE_KINDS = frozenset({"auth", "rate_limited", "network"})

AnyError = TypeVar("AnyError", bound="CollectionError")


class ApiMessage(NamedTuple):
    """One entry of `errors` or `messages` in a response of the API."""

    code: int | None
    message: str
    pointer: str | None = None
    chain: tuple[ApiMessage, ...] = ()

    def __str__(self) -> str:
        notes = [f"code {self.code}"] if self.code is not None else []
        notes += [f"at {self.pointer}"] if self.pointer else []
        words = [f'"{self.message}"' if self.message else "no message", f"({', '.join(notes)})" if notes else ""]
        words += [f"because {cause}" for cause in self.chain]
        return " ".join(word for word in words if word)

    def codes(self) -> set[int]:
        """Return the codes of this entry and of its error chain."""
        own = {self.code} if self.code is not None else set()
        return own.union(*(cause.codes() for cause in self.chain))

    def as_dict(self) -> dict[str, Any]:
        entry: dict[str, Any] = {"code": self.code, "message": self.message, "pointer": self.pointer}
        if self.chain:
            entry["chain"] = [cause.as_dict() for cause in self.chain]
        return entry


class Request(NamedTuple):
    """A request to the API.

    Attributes:
        method: the HTTP method.
        path: the path below the base URL, without the query.
        purpose: completes the sentence "Could not ..." in errors.
        query: names and values of the query string.
    """

    method: str
    path: str
    purpose: str
    query: tuple[tuple[str, str], ...] = ()

    @property
    def is_write(self) -> bool:
        return self.method != "GET"


class CollectionError(Exception):
    """A failure that ends a task or one of its changes.

    Attributes:
        kind: what a playbook branches on, returned as `failure.kind`.
        message: what was attempted, and what the server said.
        hint: what the user can do.
    """

    def __init__(self, kind: ErrorKind, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.kind, self.message, self.hint = kind, message, hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def failure(self) -> dict[str, Any]:
        """Return the machine-readable part of the error, the key `failure` of a result."""
        return {"kind": self.kind, "status": None, "errors": [], "ray_id": None, "method": None, "path": None}

    def as_result(self) -> dict[str, Any]:
        """Return what a module returns for this error."""
        return {"msg": str(self), "failure": self.failure()}

    def with_hint(self: AnyError, more: str) -> AnyError:
        """Return the same error with one more sentence for the user."""
        other = type(self).__new__(type(self), *self.args)
        other.__dict__.update(self.__dict__, hint=f"{self.hint} {more}".strip())
        return other


class InvalidOptionError(CollectionError):
    """An option is refused before any request is sent."""

    def __init__(self, message: str) -> None:
        super().__init__("invalid", message)


class MissingOptionError(InvalidOptionError):
    """Neither the options nor the environment have a required value."""


class ApiError(CollectionError):
    """A request failed, was not sent, or found something that prevents the task.

    Attributes:
        request: the request, or None if the error is about several of them.
        status: the HTTP status, if there was a response.
        errors: the server's error messages, redacted.
        ray_id: Cloudflare's id of the request, which helps their support.
        outcome_unknown: whether the request was a write that may or may not have been applied.
        max_retries: how often the same request may be sent again, within `max_wait`.
        retry_after: seconds that the server asked to wait.
    """

    def __init__(
        self,
        kind: ErrorKind,
        message: str,
        hint: str = "",
        *,
        request: Request | None = None,
        status: int | None = None,
        errors: tuple[ApiMessage, ...] = (),
        ray_id: str | None = None,
        outcome_unknown: bool = False,
        max_retries: float = NO_RETRIES,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(kind, message, hint)
        self.request, self.status, self.errors, self.ray_id = request, status, errors, ray_id
        self.outcome_unknown, self.max_retries, self.retry_after = outcome_unknown, max_retries, retry_after

    def __str__(self) -> str:
        text = super().__str__()
        return f"Could not {self.request.purpose}: {text}" if self.request else text

    def about_item(self, purpose: str, errors: tuple[ApiMessage, ...]) -> ApiError:
        """The same error about one item of a batch.

        Args:
            purpose: what was attempted with the item, see `Request`.
            errors: the errors of the item.
        """
        other = self.with_hint("")
        request = self.request
        if request is not None:
            other.request = request._replace(purpose=purpose)
            other.message = f"{request.method} {request.path} was answered {self.status}: {'; '.join(map(str, errors))}."
        other.errors = errors
        return other

    @property
    def is_gone(self) -> bool:
        """Whether the API itself said that the object does not exist.

        A 404 for a wrong account, one of a foreign web server, and one without an error code do not say so.
        """
        codes = set().union(*(entry.codes() for entry in self.errors))
        return self.kind == "not_found" and bool(codes) and not codes & ROUTING_CODES

    @property
    def may_be_gone(self) -> bool:
        """Whether the object may not exist: a 404 without an error code leaves it open, a wrong account says nothing."""
        return self.kind == "not_found" and (self.is_gone or not any(entry.codes() for entry in self.errors))

    def failure(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "status": self.status,
            "errors": [entry.as_dict() for entry in self.errors],
            "ray_id": self.ray_id,
            "method": self.request.method if self.request else None,
            "path": self.request.path if self.request else None,
        }


class StaleReadingError(ApiError):
    """A write was not sent, because the live state that it is based on was read too long ago."""

    def __init__(self, request: Request) -> None:
        super().__init__("conflict", "it was not sent, because the live state that it is based on was read too long ago.", "Run again.", request=request)


class ResponseTooLargeError(Exception):
    """The body of a response is larger than `limit` bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit


class NotSentError(TimeoutError):
    """A request was abandoned before any of it was sent, and will not be sent."""
