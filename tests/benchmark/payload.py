"""The file that Ansible sends to a host to run a module, kept and run alone."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plays import LOCAL, Task, environment, run_playbook
from simulator import Simulator


@dataclass(frozen=True)
class Run:
    """A finished process of a payload: its result, wall time and stderr."""

    result: Mapping[str, Any]
    seconds: float
    stderr: str


class Payload:
    """A module with its arguments, packed by Ansible into a folder. It can be run any number of times."""

    def __init__(self, sim: Simulator, folder: Path, task: Task) -> None:
        folder.mkdir()
        play = {**LOCAL, "vars": dict(task.variables), "tasks": [task.in_playbook()]}
        (folder / "playbook.yml").write_text(json.dumps([play]), encoding="utf-8")
        run_playbook(sim, folder, {"ANSIBLE_KEEP_REMOTE_FILES": "1", "ANSIBLE_REMOTE_TEMP": str(folder / "remote")})
        (self.file,) = (folder / "remote").glob("*/AnsiballZ_*.py")
        self._folder, self._environment = folder, environment(sim, folder)

    def run(self, *options: str, through: Sequence[str] = ()) -> Run:
        """Run it.

        Args:
            options: options of the interpreter.
            through: a command that runs it.
        """
        began = time.perf_counter()
        done = subprocess.run(
            [*through, sys.executable, *options, str(self.file)],
            cwd=self._folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            check=False,
            capture_output=True,
            text=True,
        )
        seconds = time.perf_counter() - began
        if done.returncode:
            raise SystemExit(f"{self.file.name}: exit code {done.returncode}\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
        return Run(json.loads(done.stdout), seconds, done.stderr)
