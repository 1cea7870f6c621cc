"""The journal: every request that came in, in order, without a secret.

Tests read it to count requests and connections, and to see exactly what was sent. It holds the scheme of a credential
and never the credential, so that it may be printed by a failing test.
"""

from __future__ import annotations

import json
import time
from typing import Any

from .auth import scheme
from .call import Call


class Journal:
    """Requests with what became of them."""

    def __init__(self) -> None:
        self._entries: list[dict[str, Any]] = []

    def open(self, call: Call, connection: int) -> dict[str, Any]:
        """Write a request down when it comes in; `status` is filled in when it is answered, if ever."""
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
        """The entries, safe to keep; the bodies are shared and not to be changed."""
        return [{**entry, "faults": list(entry["faults"])} for entry in self._entries]

    def connections(self) -> int:
        """How many TCP connections the requests came over."""
        return len({entry["connection"] for entry in self._entries})

    def clear(self) -> None:
        """Forget every entry."""
        self._entries.clear()


def body_of(call: Call) -> Any:
    """The body as data where it is JSON, else as text; None where there is none."""
    try:
        return call.data
    except (ValueError, RecursionError):
        return call.body.decode("utf-8", "replace")


def printable(entries: list[dict[str, Any]]) -> str:
    """One line for each request: what a failing test prints."""
    return "\n".join(
        f"{e['n']:3} {e['method']:6} {e['path']} {json.dumps(e['query'])} -> {e['status']}" + (f" ({', '.join(e['faults'])})" if e["faults"] else "")
        for e in entries
    )
