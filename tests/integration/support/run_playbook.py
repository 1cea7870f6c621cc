"""Run steps, playbooks and commands in an environment of their own. A run of ansible-playbook costs a second, a task half of one."""

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


class CommandResult(NamedTuple):
    """The exit code of a command, and everything that it printed."""

    code: int
    output: str


class PlaybookRunner:
    """Runs ansible-playbook against one simulator."""

    def __init__(self, simulator: Simulator, folder: Path, collections_path: str) -> None:
        self._simulator, self._folder, self.collections_path = simulator, folder, collections_path
        # Not below `folder`: Ansible puts sockets there, whose paths must be short.
        self._temporary = tempfile.TemporaryDirectory(prefix="play-")
        self._runs = 0

    def run_steps(
        self, steps: Sequence[Step], *arguments: str, play: Mapping[str, Any] | None = None, environment: Mapping[str, str] | None = None
    ) -> list[Outcome]:
        """Run the steps in order, as one playbook.

        Args:
            steps: the steps.
            arguments: arguments of ansible-playbook.
            play: further keywords of the play.
            environment: further variables of the environment.
        """
        tasks = [step.task(number) for number, step in enumerate(steps)]
        return self.run_tasks(tasks, steps, *arguments, play=play, environment=environment)

    def run_tasks(
        self,
        tasks: list[dict[str, Any]],
        steps: Sequence[Step],
        *arguments: str,
        play: Mapping[str, Any] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> list[Outcome]:
        """Run tasks as they are. There is one step for each task that is not a block; it says how to prepare the simulator."""
        self._runs += 1
        folder = self._folder / f"run-{self._runs}"
        folder.mkdir()
        playbook = [{"hosts": "localhost", "connection": "local", "gather_facts": False, **(play or {}), "tasks": tasks}]
        (folder / "ansible.cfg").write_text("[defaults]\n", encoding="utf-8")
        (folder / "playbook.yml").write_text(json.dumps(playbook, indent=1), encoding="utf-8")
        (folder / "steps.json").write_text(json.dumps([step.control_calls() for step in steps]), encoding="utf-8")
        self._simulator.reset()
        recorder = {
            "ANSIBLE_CALLBACK_PLUGINS": str(INTEGRATION_TESTS / "callback_plugins"),
            "RECORDER_CONTROL": self._simulator.control_url,
            "RECORDER_STEPS": str(folder / "steps.json"),
            "RECORDER_OUTCOMES": str(folder / "outcomes.jsonl"),
        }
        command = [sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", *arguments, "playbook.yml"]
        done = _run(command, folder, self.environment(folder) | recorder | dict(environment or {}), timeout=60 + 30 * len(steps))
        recorded = folder / "outcomes.jsonl"
        lines = recorded.read_text(encoding="utf-8").splitlines() if recorded.exists() else []
        assert len(lines) == len(steps), f"{len(lines)} of {len(steps)} tasks were run (exit code {done.code}):\n{done.output[-8000:]}"
        return [Outcome(step=step, output=done.output, **json.loads(line)) for step, line in zip(steps, lines, strict=True)]

    def run_playbook(self, folder: Path, name: str, *arguments: str, environment: Mapping[str, str] | None = None) -> CommandResult:
        """Run an existing playbook in `folder`, as a user would, against the account as it is."""
        return self.run_command(folder, [sys.executable, "-m", "ansible", "playbook", name, *arguments], environment)

    def run_command(self, folder: Path, command: Sequence[str], environment: Mapping[str, str] | None = None) -> CommandResult:
        """Run any command in `folder`, against the account as it is."""
        (folder / "ansible.cfg").write_text("[defaults]\n", encoding="utf-8")
        return _run(command, folder, self.environment(folder) | dict(environment or {}), timeout=120)

    def environment(self, folder: Path) -> dict[str, str]:
        """The search path of this process, and nothing else of the user's or the machine's environment."""
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
            "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
            "ANSIBLE_LOCALHOST_WARNING": "0",
            "ANSIBLE_DEPRECATION_WARNINGS": "0",
            "ANSIBLE_PIPELINING": "1",
            "ANSIBLE_NOCOLOR": "1",
            "CLOUDFLARE_BASE_URL": self._simulator.base_url,
            "CLOUDFLARE_ACCOUNT_ID": self._simulator.account_id,
            "CLOUDFLARE_API_TOKEN": self._simulator.token,
        }


def _run(command: Sequence[str], folder: Path, environment: Mapping[str, str], timeout: int) -> CommandResult:
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        check=False,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        timeout=timeout,
    )
    return CommandResult(done.returncode, done.stdout + done.stderr)
