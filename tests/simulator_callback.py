"""Base of the tests' callback plugins: prepares the simulator before each task and hands over the result after it.

Ansible calls a callback plugin in its main process, before a task goes to a worker and after its result has come back. So one playbook can hold many
tasks, each with its own state of the simulator.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterable
from typing import Any

from ansible.plugins.callback import CallbackBase


class SimulatorCallback(CallbackBase):
    """A subclass overrides `record` and calls `prepare` when a task starts."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    # The control endpoint of the simulator.
    control_url: str

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def record(self, state: str, result: dict[str, Any]) -> None:
        """Called with the result of each task. The state is "ok", "failed", "skipped" or "unreachable"."""
        raise NotImplementedError

    def prepare(self, calls: Iterable[tuple[str, str, Any]]) -> None:
        """Send requests to the control endpoint: method, name and body of each."""
        for method, name, body in calls:
            self.control(method, name, body)

    def control(self, method: str, name: str, body: Any = None) -> Any:
        """Send one request to the control endpoint, and return the answer."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.control_url}/{name}", data=data, method=method, headers={"Content-Type": "application/json"})
        with self._opener.open(request, timeout=60) as response:
            return json.load(response)

    def v2_runner_on_ok(self, result: Any) -> None:
        self.record("ok", _data_of(result))

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self.record("failed", _data_of(result))

    def v2_runner_on_skipped(self, result: Any) -> None:
        self.record("skipped", _data_of(result))

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self.record("unreachable", _data_of(result))


def _data_of(result: Any) -> dict[str, Any]:
    # `result` is public in newer releases of ansible-core only.
    return getattr(result, "result", None) or result._result
