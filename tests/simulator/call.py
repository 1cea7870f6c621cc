"""A request as the simulation sees it: plain data, independent of the web framework."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .envelope import Refusal

WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass
class Call:
    """A request. `path` is the raw path of the request line, neither decoded nor normalized.

    `offence` is a violation that this request was, with the answer to it.
    """

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: Mapping[str, str]
    body: bytes
    offence: Refusal | None = None

    @property
    def writes(self) -> bool:
        """Whether the method is a write."""
        return self.method in WRITES

    @cached_property
    def data(self) -> Any:
        """The body as data.

        Raises:
            ValueError: the body is not JSON.
        """
        return json.loads(self.body) if self.body else None

    def one(self, name: str) -> str | None:
        """The first value of a query parameter."""
        return next((value for key, value in self.query if key == name), None)

    def all(self, name: str) -> list[str]:
        """Every value of a query parameter that may be repeated."""
        return [value for key, value in self.query if key == name]
