# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong, as exceptions that carry what a playbook may branch on.

This file, like every one whose name begins with an underscore, is private to the collection.
"""

from __future__ import annotations

import math
from typing import Any, Literal, NamedTuple

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
]

NO_RETRIES, UNLIMITED = 0, math.inf
# The gateway found no such account, or no such path: this says nothing about what was asked for.
ROUTING_CODES = {7000, 7003}


class ApiMessage(NamedTuple):
    """One entry of an envelope's C(errors) or C(messages)."""

    code: int | None
    message: str
    pointer: str | None = None
    chain: tuple[ApiMessage, ...] = ()

    def __str__(self) -> str:
        notes = [f"code {self.code}"] if self.code is not None else []
        notes += [f"at {self.pointer}"] if self.pointer else []
        words = [f'"{self.message}"' if self.message else "no words", f"({', '.join(notes)})" if notes else ""]
        words += [f"because {cause}" for cause in self.chain]
        return " ".join(word for word in words if word)

    def codes(self) -> set[int]:
        """Every code of this entry and of the chain behind it."""
        own = {self.code} if self.code is not None else set()
        return own.union(*(cause.codes() for cause in self.chain))

    def as_dict(self) -> dict[str, Any]:
        entry: dict[str, Any] = {"code": self.code, "message": self.message, "pointer": self.pointer}
        if self.chain:
            entry["chain"] = [cause.as_dict() for cause in self.chain]
        return entry


class Request(NamedTuple):
    """A request as an error names it.

    Arguments: C(doing) completes the sentence "Could not ..."; C(path) is the one below the base URL, without the query.
    """

    method: str
    path: str
    purpose: str

    @property
    def writes(self) -> bool:
        return self.method != "GET"


class ApiError(Exception):
    """Something that stops the task, in words for the person who reads them at two in the morning.

    C(said): what was tried and what the server said. C(advice): what to do.
    C(uncertain): the request was a write and may or may not have been carried out.
    C(repeats): how often the same request may be sent again, within the time that the task may wait.
    C(retry_after): seconds that the server asked to wait.
    C(result): what the module returns besides C(msg) and C(failure), C(changed) above all.
    C(states): the settings before, asked for and found, where someone else's edit is in the way.
    """

    def __init__(
        self,
        kind: ErrorKind,
        said: str,
        advice: str = "",
        *,
        request: Request | None = None,
        status: int | None = None,
        errors: tuple[ApiMessage, ...] = (),
        ray_id: str | None = None,
        uncertain: bool = False,
        repeats: float = NO_RETRIES,
        retry_after: float | None = None,
        result: dict[str, Any] | None = None,
        states: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(said)
        self.kind, self.said, self.advice = kind, said, advice
        self.request, self.status, self.errors, self.ray_id = request, status, errors, ray_id
        self.uncertain, self.repeats, self.retry_after = uncertain, repeats, retry_after
        self.result, self.states = result or {}, states or {}

    def __str__(self) -> str:
        said = f"Could not {self.request.purpose}: {self.said}" if self.request else self.said
        return f"{said} {self.advice}".strip()

    @property
    def is_gone(self) -> bool:
        """Whether the API itself said that the thing does not exist.

        A wrong account or a foreign web server's 404 says no such thing, nor does a 404 without an error code.
        """
        codes = set().union(*(words.codes() for words in self.errors))
        return self.kind == "not_found" and bool(codes) and not codes & ROUTING_CODES

    @property
    def may_be_gone(self) -> bool:
        """Whether the thing may not exist: a 404 without an error code is in question, a wrong account says nothing."""
        return self.kind == "not_found" and (self.is_gone or not any(words.codes() for words in self.errors))

    def failure(self) -> dict[str, Any]:
        """The machine-readable half of the error, as the modules return it."""
        failure: dict[str, Any] = {
            "kind": self.kind,
            "status": self.status,
            "errors": [words.as_dict() for words in self.errors],
            "ray_id": self.ray_id,
            "method": self.request.method if self.request else None,
            "path": self.request.path if self.request else None,
        }
        if self.states:
            failure["states"] = self.states
        return failure

    def copied(self) -> ApiError:
        """The same error, for another thing that it befell."""
        other = ApiError(self.kind, self.said)
        other.__dict__.update(self.__dict__)
        return other

    def with_hint(self, more: str) -> ApiError:
        """Add a sentence to what the user is told, and return the error itself."""
        self.advice = f"{self.advice} {more}".strip()
        return self


class InvalidOptionError(ApiError):
    """A wish that can be refused before any request is sent."""

    def __init__(self, message: str) -> None:
        super().__init__("invalid", message)


class StaleReadingError(ApiError):
    """A write was not sent, because what it is based on was read too long ago."""

    def __init__(self, request: Request) -> None:
        super().__init__("conflict", "it was not sent, because the live state that it is based on was read too long ago.", "Run again.", request=request)


class MissingOptionError(InvalidOptionError):
    """Neither the options nor the environment have what is needed."""


class ResponseTooLargeError(Exception):
    """The body of an answer went on past so many bytes."""

    def __init__(self, largest: int) -> None:
        super().__init__(largest)
        self.largest = largest


class NotSentError(TimeoutError):
    """A request took too long before any of it was sent, and was given up: it never will be."""
