"""Plays steps as a playbook: the real thing, at a second for a run and half a second for a task."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from integration.support.step import Outcome, Step
from simulator import Simulator

INTEGRATION_TESTS = Path(__file__).parents[1]


class Played(NamedTuple):
    """How a playbook ended."""

    code: int
    output: str


class Player:
    """Plays steps as one playbook with C(ansible-playbook), against one simulator."""

    def __init__(self, simulator: Simulator, folder: Path, collections_path: str) -> None:
        self._simulator, self._folder, self.collections_path = simulator, folder, collections_path
        # Not in the folder: Ansible has sockets in there, whose path must not be long.
        self._temporary = tempfile.TemporaryDirectory(prefix="play-")
        self._runs = 0

    def play(
        self, steps: Sequence[Step], *arguments: str, play: Mapping[str, Any] | None = None, environment: Mapping[str, str] | None = None
    ) -> list[Outcome]:
        """Play the steps in order. C(arguments) go to ansible-playbook, C(play) are further keywords of the play."""
        tasks = [step.task(number) for number, step in enumerate(steps)]
        return self.run(tasks, steps, *arguments, play=play, environment=environment)

    def run(
        self,
        tasks: list[dict[str, Any]],
        steps: Sequence[Step],
        *arguments: str,
        play: Mapping[str, Any] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> list[Outcome]:
        """Play tasks as they are; C(steps) are theirs, one for each task that is not a block."""
        self._runs += 1
        folder = self._folder / f"run-{self._runs}"
        folder.mkdir()
        book = [{"hosts": "localhost", "connection": "local", "gather_facts": False, **(play or {}), "tasks": tasks}]
        (folder / "ansible.cfg").write_text("[defaults]\n", encoding="utf-8")
        (folder / "playbook.yml").write_text(json.dumps(book, indent=1), encoding="utf-8")
        (folder / "steps.json").write_text(json.dumps([step.control_calls() for step in steps]), encoding="utf-8")
        self._simulator.reset()
        done = subprocess.run(
            [sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", *arguments, "playbook.yml"],
            cwd=folder,
            env=self._environment(folder) | dict(environment or {}),
            stdin=subprocess.DEVNULL,
            check=False,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=60 + 30 * len(steps),
        )
        output = done.stdout + done.stderr
        recorded = folder / "outcomes.jsonl"
        lines = recorded.read_text(encoding="utf-8").splitlines() if recorded.exists() else []
        assert len(lines) == len(steps), f"{len(lines)} of {len(steps)} tasks were run (exit code {done.returncode}):\n{output[-8000:]}"
        return [Outcome(step=step, output=output, **json.loads(line)) for step, line in zip(steps, lines, strict=True)]

    def playbook(self, folder: Path, name: str, *arguments: str, environment: Mapping[str, str] | None = None) -> Played:
        """Play a playbook that is there, as a user does who stands in that folder, against the account as it is."""
        return self.command(folder, [sys.executable, "-m", "ansible", "playbook", name, *arguments], environment)

    def command(self, folder: Path, command: Sequence[str], environment: Mapping[str, str] | None = None) -> Played:
        """The same with any command."""
        (folder / "ansible.cfg").write_text("[defaults]\n", encoding="utf-8")
        known = {key: value for key, value in self._environment(folder).items() if not key.startswith("RECORDER_") and key != "ANSIBLE_CALLBACK_PLUGINS"}
        done = subprocess.run(
            command,
            cwd=folder,
            env=known | dict(environment or {}),
            stdin=subprocess.DEVNULL,
            check=False,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=120,
        )
        return Played(done.returncode, done.stdout + done.stderr)

    def _environment(self, folder: Path) -> dict[str, str]:
        """Nothing of the machine's or the user's but the search path."""
        (folder / "home").mkdir(exist_ok=True)
        return {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            "HOME": str(folder / "home"),
            "TMPDIR": self._temporary.name,
            "ANSIBLE_HOME": str(folder / "home" / ".ansible"),
            "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": self.collections_path,
            "ANSIBLE_CALLBACK_PLUGINS": str(INTEGRATION_TESTS / "callback_plugins"),
            "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
            "ANSIBLE_LOCALHOST_WARNING": "0",
            "ANSIBLE_DEPRECATION_WARNINGS": "0",
            "ANSIBLE_PIPELINING": "1",
            "ANSIBLE_NOCOLOR": "1",
            "RECORDER_CONTROL": self._simulator.control_url,
            "RECORDER_STEPS": str(folder / "steps.json"),
            "RECORDER_OUTCOMES": str(folder / "outcomes.jsonl"),
            "CLOUDFLARE_BASE_URL": self._simulator.base_url,
            "CLOUDFLARE_ACCOUNT_ID": self._simulator.account_id,
            "CLOUDFLARE_API_TOKEN": self._simulator.token,
        }
