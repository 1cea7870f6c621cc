"""Times each task from its start to its result, and counts the requests and connections that it made. Not part of either: the counting."""

from __future__ import annotations

import json
import os
import time
import urllib.request
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: stopwatch
type: notification
short_description: Times tasks and counts their requests
description: Belongs to the benchmark. STOPWATCH_CONTROL is the simulator's control endpoint, STOPWATCH_FILE takes a line of JSON for each task.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "stopwatch"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._journal = os.environ["STOPWATCH_CONTROL"] + "/journal"
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self._file = open(os.environ["STOPWATCH_FILE"], "w", encoding="utf-8", buffering=1)  # noqa: SIM115 - open until the process ends

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        self._name = task.get_name()
        self._ask("DELETE")
        self._began = time.perf_counter()

    def v2_runner_on_ok(self, result: Any) -> None:
        seconds = time.perf_counter() - self._began
        found = self._ask("GET")
        line = {"name": self._name, "seconds": seconds, "requests": len(found["journal"]), "connections": found["connections"]}
        self._file.write(json.dumps(line) + "\n")

    def _ask(self, method: str) -> Any:
        with self._opener.open(urllib.request.Request(self._journal, method=method), timeout=30) as response:
            return json.load(response)
