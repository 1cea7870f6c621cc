"""Times each task from its start to its result, and counts what it asked of the simulator. Not part of the time: preparing and counting."""

from __future__ import annotations

import json
import os
import time
import urllib.request
from collections import Counter
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: stopwatch
type: notification
short_description: Times tasks and counts their requests
description:
  - Belongs to the benchmark. STOPWATCH_CONTROL is the simulator's control endpoint.
  - STOPWATCH_STEPS holds, for each task, the control calls that prepare it. STOPWATCH_FILE takes a line of JSON for each task.
"""

KEPT = ("changed", "failed", "msg", "summary")


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "stopwatch"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._control = os.environ["STOPWATCH_CONTROL"]
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with open(os.environ["STOPWATCH_STEPS"], encoding="utf-8") as file:
            self._steps = iter(json.load(file))
        self._file = open(os.environ["STOPWATCH_FILE"], "w", encoding="utf-8", buffering=1)  # noqa: SIM115 - open until the process ends

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        self._name = task.get_name()
        for method, name, body in next(self._steps):
            self._ask(method, name, body)
        self._ask("DELETE", "journal")
        self._began = time.perf_counter()

    def v2_runner_on_ok(self, result: Any) -> None:
        self._record(result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._record(result)

    def _record(self, result: Any) -> None:
        seconds = time.perf_counter() - self._began
        found = self._ask("GET", "journal")
        whole = getattr(result, "result", None) or result._result
        line = {
            "name": self._name,
            "seconds": seconds,
            "methods": Counter(entry["method"] for entry in found["journal"]),
            "statuses": Counter(str(entry["status"]) for entry in found["journal"]),
            "connections": found["connections"],
            "result": {key: whole[key] for key in KEPT if key in whole},
        }
        self._file.write(json.dumps(line, default=str) + "\n")

    def _ask(self, method: str, name: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self._control}/{name}", data=data, method=method, headers={"Content-Type": "application/json"})
        with self._opener.open(request, timeout=60) as response:
            return json.load(response)
