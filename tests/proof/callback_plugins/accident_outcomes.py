"""How each cell ended: a task of localhost by its name, or a host of its own. Written to the file ACCIDENT_OUTCOMES when the playbook ends."""

from __future__ import annotations

import json
import os
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: accident_outcomes
type: notification
short_description: Records how each cell ended
description: Belongs to the tests.
"""


# What modules tell of an account.
SHOWN = ("changed", "domains", "findings", "summary", "undeclared", "missing", "scope", "waived")


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "accident_outcomes"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._ends: dict[str, dict[str, Any]] = {}

    def v2_runner_on_ok(self, result: Any) -> None:
        self._end(result, failed=False)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._end(result, failed=True)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        for host in stats.processed:
            if host != "localhost":
                summary = stats.summarize(host)
                end = self._ends.setdefault(host, {"message": "", "kind": None})
                end["failed"] = bool(summary["failures"] or summary["unreachable"])
        with open(os.environ["ACCIDENT_OUTCOMES"], "w", encoding="utf-8") as file:
            json.dump(self._ends, file, default=str)

    def _end(self, result: Any, *, failed: bool) -> None:
        host = result._host.get_name()
        name = result._task.get_name() if host == "localhost" else host
        if host != "localhost" and not failed:
            return
        found = getattr(result, "result", None) or result._result
        failure = found.get("failure")
        kind = failure.get("kind") if isinstance(failure, dict) else None
        kinds = {each["failure"]["kind"] for each in found.get("results", ()) if isinstance(each, dict) and isinstance(each.get("failure"), dict)}
        self._ends[name] = {
            "failed": failed,
            "message": str(found.get("msg", ""))[:300],
            "kind": kind or (kinds.pop() if len(kinds) == 1 else None),
            "shown": {key: found[key] for key in SHOWN if key in found} if host == "localhost" else {},
        }
