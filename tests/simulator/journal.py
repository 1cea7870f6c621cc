"""The journal: every request in order, without credentials.

Tests read it to count requests and connections, and to see exactly what was sent. It has the scheme of a credential instead of the credential, so
a failing test may print it.
"""

from __future__ import annotations

import json
import time
from typing import Any

from .auth import scheme
from .call import Call


class Journal:
    """The requests and their outcomes."""

    def __init__(self) -> None:
        self._entries: list[dict[str, Any]] = []

    def open(self, call: Call, connection: int) -> dict[str, Any]:
        """Record a request when it arrives. `status` is set when it is answered."""
        entry = {
            "n": len(self._entries) + 1,
            "method": call.method,
            "path": call.path,
            "query": [list(pair) for pair in call.query],
            "headers": scheme(call.headers),
            "body": body_of(call),
            "status": None,
            "faults": [],
            "connection": connection,
            "at": time.time(),
        }
        self._entries.append(entry)
        return entry

    def entries(self) -> list[dict[str, Any]]:
        """The entries. They are copies, but the bodies are shared and must not be changed."""
        return [{**entry, "faults": list(entry["faults"])} for entry in self._entries]

    def connections(self) -> int:
        """The number of TCP connections of the requests."""
        return len({entry["connection"] for entry in self._entries})

    def clear(self) -> None:
        """Remove all entries."""
        self._entries.clear()


def body_of(call: Call) -> Any:
    """The body as data if it is JSON, otherwise as text. None if there is none."""
    try:
        return call.data
    except (ValueError, RecursionError):
        return call.body.decode("utf-8", "replace")


def printable(entries: list[dict[str, Any]]) -> str:
    """One line for each request, for failing tests."""
    return "\n".join(
        f"{e['n']:3} {e['method']:6} {e['path']} {json.dumps(e['query'])} -> {e['status']}" + (f" ({', '.join(e['faults'])})" if e["faults"] else "")
        for e in entries
    )
