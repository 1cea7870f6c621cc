"""Prepares the simulator for each step, and writes down its outcome.

Environment:
    RECORDER_CONTROL: the simulator's control endpoint.
    RECORDER_STEPS: JSON file with the control calls to make before each task, in order.
    RECORDER_OUTCOMES: file to write, one line of JSON for each task.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).resolve().parents[2]))

from simulator_callback import SimulatorCallback

DOCUMENTATION = """
name: recorder
type: notification
short_description: Prepares the simulator before a task and records the outcome after it
description: Belongs to the tests.
"""


class CallbackModule(SimulatorCallback):
    CALLBACK_NAME = "recorder"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.control_url = os.environ["RECORDER_CONTROL"]
        self._steps = iter(json.loads(Path(os.environ["RECORDER_STEPS"]).read_text(encoding="utf-8")))
        self._outcomes = open(os.environ["RECORDER_OUTCOMES"], "w", encoding="utf-8", buffering=1)  # noqa: SIM115 - open until the process ends

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        self.prepare(next(self._steps))
        self._before = self.control("GET", "state")
        self._began = time.monotonic()

    def record(self, state: str, result: dict[str, Any]) -> None:
        seconds = time.monotonic() - self._began
        log = self.control("GET", "journal")
        after = self.control("GET", "state")
        outcome = {
            "state": state,
            "result": result,
            "seconds": seconds,
            "before": self._before["domains"],
            "after": after["domains"],
            "lists_before": self._before["lists"],
            "lists_after": after["lists"],
            "journal": log["journal"],
            "connections": log["connections"],
            "violations": self.control("GET", "violations")["violations"],
        }
        self._outcomes.write(json.dumps(outcome, default=str) + "\n")
