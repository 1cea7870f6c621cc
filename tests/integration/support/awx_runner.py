"""Jobs as a controller runs them: by ansible-runner, from a folder with the project, an inventory, a command line and variables.

What a job is given is put together from playbooks/controller/variables.yml and docs/awx.md, in the order of precedence that a controller has.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from integration.support.awx_modules import ROOT, variables
from integration.support.run_playbook import Player

PLAYBOOK = re.compile(r"^`(\w+\.yml)`:\n\n```yml\n(.*?)^```$", re.MULTILINE | re.DOTALL)

Variables = Mapping[str, Any]


class Job(NamedTuple):
    """How a job ended; C(folder) is where everything about it is stored."""

    status: str
    folder: Path

    @property
    def events(self) -> list[dict[str, Any]]:
        paths = (self.folder / "job_events").glob("*[0-9a-f].json")
        return [json.loads(path.read_text(encoding="utf-8")) for path in paths]

    @property
    def artifacts(self) -> dict[str, Any]:
        """What the job handed on by set_stats."""
        found = [event["event_data"].get("artifact_data", {}) for event in self.events if event["event"] == "playbook_on_stats"]
        return {name: value for data in found for name, value in data.items()}

    @property
    def longest_result(self) -> int:
        return max(len(json.dumps(event.get("event_data", {}).get("res"))) for event in self.events)

    def result(self, module: str) -> dict[str, Any]:
        """The result of the task that ran such a module."""
        ends = [event["event_data"] for event in self.events if event["event"] in ("runner_on_ok", "runner_on_failed")]
        [result] = [end["res"] for end in ends if end["task_action"] == f"mailops.cloudflare.{module}"]
        assert isinstance(result, dict)
        return result

    def files(self) -> Iterator[Path]:
        """All that is stored of it, but for the runner's note of the environment."""
        return (path for path in self.folder.rglob("*") if path.is_file() and path.name != "command")

    def environment(self) -> dict[str, str]:
        """What the runner noted of the environment. A controller shows it with the values of certain variables hidden."""
        noted = json.loads((self.folder / "command").read_text(encoding="utf-8"))["env"]
        assert isinstance(noted, dict)
        return noted


class Runner:
    """A project with a policy and the playbooks of docs/awx.md, and the jobs of the templates that are configured."""

    def __init__(self, player: Player, folder: Path, environment: Mapping[str, str], policy: Variables) -> None:
        self._folder, self._environment, self._count = folder, dict(environment), 0
        self.project = folder / "project"
        (self.project / "policy").mkdir(parents=True)
        (self.project / "policy/email-security.yml").write_text(json.dumps(policy), encoding="utf-8")
        # What else the export writes there.
        for name in ("email-security-domains.csv", "email-security-import.tf"):
            (self.project / "policy" / name).touch()
        for name, text in PLAYBOOK.findall((ROOT / "docs/awx.md").read_text(encoding="utf-8")):
            (self.project / name).write_text(text, encoding="utf-8")
        (folder / "env").mkdir()
        self._environment |= {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_HOME": str(folder / "home"),
            "ANSIBLE_COLLECTIONS_PATH": player.collections_path,
        }
        self.host(variables()["controller_hosts"][0]["variables"])

    def host(self, values: Variables) -> None:
        """The inventory: a program that prints it, as a controller writes it."""
        hosts = {"all": {"hosts": ["localhost"]}, "_meta": {"hostvars": {"localhost": dict(values)}}}
        path = self._folder / "inventory" / "hosts"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/usr/bin/env python3\nprint({json.dumps(hosts)!r})\n", encoding="utf-8")
        path.chmod(0o700)

    def job(self, ending: str, *, node: Variables | None = None, artifacts: Variables | None = None, answers: Variables | None = None, **more: str) -> Job:
        """A job of the template whose name ends so.

        Arguments: C(node) are the variables of a node of a workflow, C(artifacts) what the nodes before it handed on, C(answers) those to
        the survey of the workflow.
        """
        template = next(item for item in variables()["controller_templates"] if item["name"].endswith(ending))
        defaults = {question["variable"]: question["default"] for question in template["survey_spec"]["spec"]}
        arguments = [*(["--check"] if template["job_type"] == "check" else []), *(["--diff"] if template["diff_mode"] else [])]
        return self.run(template["playbook"], arguments, {**defaults, **(node or {}), **(artifacts or {}), **(answers or {})}, **more)

    def run(self, playbook: str, arguments: list[str], extra: Variables, **more: str) -> Job:
        """A job; C(more) is of its environment."""
        self._count += 1
        (self._folder / "env/cmdline").write_text(" ".join([*arguments, "-vvvv"]), encoding="utf-8")
        (self._folder / "env/extravars").write_text(json.dumps(extra), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "ansible_runner", "run", str(self._folder), "--playbook", playbook, "--ident", str(self._count), "--quiet"],
            env=self._environment | more,
            stdin=subprocess.DEVNULL,
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
        )
        folder = self._folder / "artifacts" / str(self._count)
        assert (folder / "status").exists(), done.stderr
        return Job((folder / "status").read_text(encoding="utf-8"), folder)
