"""Before each task: bring the simulator into the state that the task wants, and set the environment. After it: write down all that a callback gets.

What a callback gets is what ansible-runner and AWX store as events; and dumped as Ansible's own JSON callbacks dump it.

The environment is set here, in the process that forks the workers, because a task's own C(environment) is printed by Ansible at -vvv.
LEAK_SCRIPT: a JSON file, for each task the C(calls) to the simulator and the C(environment). LEAK_EVENTS, LEAK_DUMPS: the files to write.
"""

from __future__ import annotations

import json
import os
import urllib.request
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: leak_events
type: notification
short_description: Sets the stage for a task and records what became of it
description: Belongs to the tests.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "leak_events"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with open(os.environ["LEAK_SCRIPT"], encoding="utf-8") as file:
            self._script = json.load(file)
        self._first_environment = dict(os.environ)
        self._started = 0

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        turn = self._script["tasks"][self._started]
        self._started += 1
        for method, name, body in turn["calls"]:
            self._ask(method, name, body)
        os.environ.clear()
        os.environ.update(self._first_environment)
        os.environ.update(turn["environment"])

    def v2_runner_on_ok(self, result: Any) -> None:
        self._record(result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._record(result)

    def _record(self, result: Any) -> None:
        found = getattr(result, "result", None) or result._result
        self._append("LEAK_EVENTS", json.dumps({"task": self._started - 1, "result": found}, default=str, ensure_ascii=False))
        self._append("LEAK_DUMPS", self._dump_results(found, indent=4))

    def _append(self, variable: str, line: str) -> None:
        with open(self._first_environment[variable], "a", encoding="utf-8") as file:
            file.write(f"{line}\n")

    def _ask(self, method: str, name: str, body: Any) -> None:
        data = None if body is None else json.dumps(body).encode()
        address = f"{self._script['control']}/{name}"
        request = urllib.request.Request(address, data=data, method=method, headers={"Content-Type": "application/json"})
        self._opener.open(request, timeout=30).close()
