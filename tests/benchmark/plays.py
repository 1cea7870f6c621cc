"""Runs tasks with ansible-playbook against a simulator, and returns their times and requests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from simulator import Simulator

HERE = Path(__file__).parent
LOCAL = {"hosts": "localhost", "connection": "local", "gather_facts": False}
READS = {"GET", "HEAD"}
SAME_PYTHON = str(Path(sys.executable).with_name("python" if Path(sys.executable).name == "python3" else "python3"))

Control = tuple[str, str, Any]


@dataclass(frozen=True)
class Task:
    """A task to be measured.

    Args:
        variables: variables of its play.
        prepare: calls of the simulator's control endpoint before the measurement.
        packed: whether the module is packed and started as a process, with the same Python under another name, instead of running in the process of the
            task.
    """

    name: str
    module: str
    args: Mapping[str, Any]
    check: bool = False
    loop: Sequence[Any] = ()
    variables: Mapping[str, Any] = field(default_factory=dict)
    prepare: Sequence[Control] = ()
    packed: bool = False

    def in_playbook(self) -> dict[str, Any]:
        task: dict[str, Any] = {"name": self.name, self.module: dict(self.args)}
        task |= {"check_mode": True} if self.check else {}
        task |= {"vars": {"ansible_python_interpreter": SAME_PYTHON}} if self.packed else {}
        return task | ({"loop": list(self.loop)} if self.loop else {})


@dataclass(frozen=True)
class Measurement:
    """Time and requests of a task."""

    name: str
    seconds: float
    methods: Mapping[str, int]
    statuses: Mapping[str, int]
    connections: int
    result: Mapping[str, Any]

    @property
    def requests(self) -> int:
        return sum(self.methods.values())

    @property
    def writes(self) -> int:
        return sum(count for method, count in self.methods.items() if method not in READS)


def preparation(domains: Sequence[Mapping[str, Any]], *, habits: Mapping[str, Any] | None = None) -> list[Control]:
    """The control calls that give the simulator exactly these domains and habits."""
    return [("PUT", "state", {"domains": list(domains)}), ("DELETE", "habits", None), ("POST", "habits", dict(habits or {}))]


def play(sim: Simulator, tasks: Sequence[Task], *, pipelining: bool = False) -> list[Measurement]:
    """Run the tasks in one ansible-playbook. A failed task or a violation ends the benchmark."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "playbook.yml").write_text(json.dumps(_playbook(tasks)), encoding="utf-8")
        (folder / "steps.json").write_text(json.dumps([list(task.prepare) for task in tasks]), encoding="utf-8")
        stopwatch = {
            "ANSIBLE_PIPELINING": str(pipelining),
            "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback_plugins"),
            "STOPWATCH_CONTROL": sim.control_url,
            "STOPWATCH_STEPS": str(folder / "steps.json"),
            "STOPWATCH_FILE": str(folder / "times"),
        }
        run_playbook(sim, folder, stopwatch)
        lines = (folder / "times").read_text(encoding="utf-8").splitlines()
    measurements = [Measurement(**json.loads(line)) for line in lines]
    assert [each.name for each in measurements] == [task.name for task in tasks]
    return measurements


def run_playbook(sim: Simulator, folder: Path, more: Mapping[str, str]) -> str:
    """The output of ansible-playbook for `playbook.yml` in a folder, with `more` in its environment."""
    command = Path(sys.executable).with_name("ansible-playbook")
    return run_process(sim, [str(command), "-i", "localhost,", "playbook.yml"], folder, environment(sim, folder) | dict(more))


def run_process(sim: Simulator, command: Sequence[str], folder: Path, given: Mapping[str, str]) -> str:
    """The output of a command that uses the simulator."""
    done = subprocess.run(command, cwd=folder, env=given, stdin=subprocess.DEVNULL, check=False, capture_output=True, text=True)
    if done.returncode or sim.violations:
        raise SystemExit(f"{' '.join(command)}: exit code {done.returncode}\n{done.stdout[-4000:]}{done.stderr[-4000:]}\n{sim.violations[:3]}")
    return done.stdout


def environment(sim: Simulator, folder: Path) -> dict[str, str]:
    """Where to find commands and collections, and nothing else of the user's environment."""
    return {
        **{name: os.environ[name] for name in ("PATH", "ANSIBLE_COLLECTIONS_PATH", "LD_LIBRARY_PATH") if name in os.environ},
        "LANG": "C.UTF-8",
        "HOME": str(folder),
        "ANSIBLE_HOME": str(folder / ".ansible"),
        "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
        "ANSIBLE_LOCALHOST_WARNING": "0",
        "CLOUDFLARE_BASE_URL": sim.base_url,
        "CLOUDFLARE_ACCOUNT_ID": sim.account_id,
        "CLOUDFLARE_API_TOKEN": sim.token,
    }


def _playbook(tasks: Iterable[Task]) -> list[dict[str, Any]]:
    """A play for each set of variables, so that no task has the variables of another."""
    groups = groupby(tasks, key=lambda task: task.variables)
    return [{**LOCAL, "vars": dict(variables), "tasks": [task.in_playbook() for task in group]} for variables, group in groups]
