"""Before each task of a playbook: bring the simulator into the state that the step wants. After it: write down what came of it.

Ansible calls a callback plugin in its main process, before a task goes to a worker and after the result came back. So one playbook holds
many steps, each with a server, a journal and an outcome of its own: a run of `ansible-playbook` costs a second, a task a third of one.

The environment says where: RECORDER_CONTROL (the simulator's control endpoint), RECORDER_STEPS (a JSON file: for each task, in order, the
control calls to make before it), RECORDER_OUTCOMES (the file to write, a line of JSON for each task).
"""

from __future__ import annotations

import json
import os
import time
import urllib.request
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: recorder
type: notification
short_description: Sets the simulator before a task and records the outcome after it
description: Belongs to the tests.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "recorder"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._control = os.environ["RECORDER_CONTROL"]
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with open(os.environ["RECORDER_STEPS"], encoding="utf-8") as file:
            self._steps = iter(json.load(file))
        self._outcomes = open(os.environ["RECORDER_OUTCOMES"], "w", encoding="utf-8", buffering=1)  # noqa: SIM115 - open until the process ends

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        for method, name, body in next(self._steps):
            self._ask(method, name, body)
        self._before = self._ask("GET", "state")["domains"]
        self._began = time.monotonic()

    def v2_runner_on_ok(self, result: Any) -> None:
        self._record("ok", result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._record("failed", result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._record("skipped", result)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._record("unreachable", result)

    def _record(self, state: str, result: Any) -> None:
        seconds = time.monotonic() - self._began
        found = self._ask("GET", "journal")
        outcome = {
            "state": state,
            "result": getattr(result, "result", None) or result._result,
            "seconds": seconds,
            "before": self._before,
            "after": self._ask("GET", "state")["domains"],
            "journal": found["journal"],
            "connections": found["connections"],
            "violations": self._ask("GET", "violations")["violations"],
        }
        self._outcomes.write(json.dumps(outcome, default=str) + "\n")

    def _ask(self, method: str, name: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self._control}/{name}", data=data, method=method, headers={"Content-Type": "application/json"})
        with self._opener.open(request, timeout=30) as response:
            return json.load(response)
