"""Prepares the simulator and the environment for each task, and writes down everything that a callback plugin receives.

ansible-runner and AWX store as events what a callback plugin receives; Ansible's own JSON callbacks dump it.

The environment is set here, in the process that forks the workers, because Ansible prints the `environment` keyword of a task at -vvv.

Environment:
    LEAK_SCRIPT: JSON file with the control calls and the environment of each task, in order.
    LEAK_EVENTS, LEAK_DUMPS: files to write.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).resolve().parents[2]))

from simulator_callback import SimulatorCallback

DOCUMENTATION = """
name: leak_events
type: notification
short_description: Prepares the simulator for a task and records what callback plugins receive
description: Belongs to the tests.
"""


class CallbackModule(SimulatorCallback):
    CALLBACK_NAME = "leak_events"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._script = json.loads(Path(os.environ["LEAK_SCRIPT"]).read_text(encoding="utf-8"))
        self.control_url = self._script["control"]
        self._first_environment = dict(os.environ)
        self._started = 0

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        preparation = self._script["tasks"][self._started]
        self._started += 1
        self.prepare(preparation["calls"])
        os.environ.clear()
        os.environ.update(self._first_environment)
        os.environ.update(preparation["environment"])

    def record(self, state: str, result: dict[str, Any]) -> None:
        self._append("LEAK_EVENTS", json.dumps({"task": self._started - 1, "result": result}, default=str, ensure_ascii=False))
        self._append("LEAK_DUMPS", self._dump_results(result, indent=4))

    def _append(self, variable: str, line: str) -> None:
        with open(self._first_environment[variable], "a", encoding="utf-8") as file:
            file.write(f"{line}\n")
