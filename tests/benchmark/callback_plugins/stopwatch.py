"""Measures the time from the start of each task to its result, and counts its requests. Preparing and counting are not part of the time.

Environment:
    STOPWATCH_CONTROL: the simulator's control endpoint.
    STOPWATCH_STEPS: JSON file with the control calls to make before each task, in order.
    STOPWATCH_FILE: file to write, one line of JSON for each task.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).resolve().parents[2]))

from simulator_callback import SimulatorCallback

DOCUMENTATION = """
name: stopwatch
type: notification
short_description: Times tasks and counts their requests
description: Belongs to the benchmark.
"""

RECORDED_KEYS = ("changed", "failed", "msg", "summary")


class CallbackModule(SimulatorCallback):
    CALLBACK_NAME = "stopwatch"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.control_url = os.environ["STOPWATCH_CONTROL"]
        self._steps = iter(json.loads(Path(os.environ["STOPWATCH_STEPS"]).read_text(encoding="utf-8")))
        self._file = open(os.environ["STOPWATCH_FILE"], "w", encoding="utf-8", buffering=1)  # noqa: SIM115 - open until the process ends

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        self._name = task.get_name()
        self.prepare(next(self._steps))
        self.control("DELETE", "journal")
        self._began = time.perf_counter()

    def record(self, state: str, result: dict[str, Any]) -> None:
        seconds = time.perf_counter() - self._began
        log = self.control("GET", "journal")
        line = {
            "name": self._name,
            "seconds": seconds,
            "methods": Counter(entry["method"] for entry in log["journal"]),
            "statuses": Counter(str(entry["status"]) for entry in log["journal"]),
            "connections": log["connections"],
            "result": {key: result[key] for key in RECORDED_KEYS if key in result},
        }
        self._file.write(json.dumps(line, default=str) + "\n")
