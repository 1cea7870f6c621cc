"""The envelope of every answer.

Good: `success: true` with a `result`. Bad: `success: false` with `errors`, each with a code, a message, and either a `source.pointer` (the service
refused a value) or an `error_chain` (the gateway refused the request).
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from typing import Any

JSON_TYPE = "application/json"


def dumps(value: Any) -> bytes:
    """JSON as the server writes it: compact, with non-ASCII names unescaped. Half of a surrogate pair cannot be written in UTF-8 and is escaped."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()


@dataclass
class Answer:
    """An answer before any fault."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = JSON_TYPE

    def json(self) -> Any:
        """The body as data. None for an answer without a body (204)."""
        return json.loads(self.body) if self.body else None


def good(result: Any, status: int = 200, **more: Any) -> Answer:
    """A `success: true` answer. `more` are further keys of the envelope, such as `result_info`."""
    return Answer(status, dumps({"success": True, "errors": [], "messages": [], "result": result, **more}))


def good_rows(rows: list[bytes], result_info: dict[str, Any] | None) -> Answer:
    """A list answer from rows that are JSON already.

    A page of 1000 domains is the most common large answer. Joining cached bytes takes a few milliseconds.
    """
    info = b"" if result_info is None else b',"result_info":' + dumps(result_info)
    body = b'{"success":true,"errors":[],"messages":[],"result":[' + b",".join(rows) + b"]" + info + b"}"
    return Answer(200, body)


def bad(status: int, errors: list[dict[str, Any]]) -> Answer:
    """A `success: false` answer."""
    return Answer(status, dumps({"success": False, "errors": errors, "messages": [], "result": None}))


def ray_id() -> str:
    """A `cf-ray` value: sixteen hexadecimal digits and the airport code of the edge. It identifies the request for Cloudflare's support."""
    return f"{secrets.token_hex(8)}-SIM"


class Refusal(Exception):
    """The server refuses the request. Raised anywhere below the routes, turned into an answer in one place."""

    def __init__(
        self,
        status: int,
        code: int,
        message: str,
        *,
        pointer: str | None = None,
        chain: list[tuple[int, str]] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.pointer = pointer
        self.chain = chain
        self.headers = headers or {}
        self.others: list[Refusal] = []

    def under(self, prefix: str) -> Refusal:
        """The same refusal for an item of a batch: the pointer starts at the item."""
        pointer = prefix + (self.pointer or "")
        return Refusal(self.status, self.code, self.message, pointer=pointer, chain=self.chain, headers=self.headers)

    def with_others(self, others: list[Refusal]) -> Refusal:
        """The same refusal, whose answer also has the errors of other items of the batch."""
        self.others = others
        return self

    def error(self) -> dict[str, Any]:
        """This refusal as one of the errors of an envelope."""
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.pointer is not None:
            error["source"] = {"pointer": self.pointer}
        if self.chain:
            error["error_chain"] = [{"code": code, "message": message} for code, message in self.chain]
        return error

    def answer(self) -> Answer:
        """The envelope of this refusal."""
        answer = bad(self.status, [self.error(), *(other.error() for other in self.others)])
        answer.headers.update(self.headers)
        return answer


class BareRefusal(Refusal):
    """A refusal without an error code, as a proxy or a gateway may answer."""

    def __init__(self, status: int) -> None:
        super().__init__(status, 0, "")

    def under(self, prefix: str) -> Refusal:
        """The same refusal for an item of a batch."""
        return self

    def answer(self) -> Answer:
        """The envelope without errors."""
        return bad(self.status, [])


def no_route(status: int = 404) -> Refusal:
    """The answer of the gateway to a wrong account or path."""
    return Refusal(
        status,
        7003,
        "Could not route to the requested resource, perhaps your object identifier is invalid?",
        chain=[(7000, "No route for that URI")],
    )


def not_found(noun: str) -> Refusal:
    """The answer for an unknown id. The real code is not known; 1404 is the simulator's own."""
    return Refusal(404, 1404, f"The requested {noun} was not found")


def refused(message: str, pointer: str) -> Refusal:
    """The answer for an invalid value. The real code is not known; 1422 is the simulator's own."""
    return Refusal(400, 1422, message, pointer=pointer)
