"""Run jobs as a controller does: with ansible-runner, from a folder with a project, an inventory, arguments and variables.

The templates come from playbooks/controller/variables.yml and the playbooks from docs/awx.md. Variables have the precedence that a controller gives them.
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

from integration.support.awx_modules import ROOT, controller_variables

PLAYBOOK_IN_GUIDE = re.compile(r"^`(\w+\.yml)`:\n\n```yml\n(.*?)^```$", re.MULTILINE | re.DOTALL)

Variables = Mapping[str, Any]


class Job(NamedTuple):
    """A finished job: its status, and the folder in which the runner stored it."""

    status: str
    folder: Path

    @property
    def events(self) -> list[dict[str, Any]]:
        paths = (self.folder / "job_events").glob("*[0-9a-f].json")
        return [json.loads(path.read_text(encoding="utf-8")) for path in paths]

    @property
    def artifacts(self) -> dict[str, Any]:
        """What the job passed to later nodes of the workflow, with set_stats."""
        artifacts = [event["event_data"].get("artifact_data", {}) for event in self.events if event["event"] == "playbook_on_stats"]
        return {name: value for data in artifacts for name, value in data.items()}

    @property
    def longest_result(self) -> int:
        """The length of the longest result of a task, as JSON."""
        return max(len(json.dumps(event.get("event_data", {}).get("res"))) for event in self.events)

    @property
    def longest_event(self) -> int:
        """The length of the data of the longest event, as JSON."""
        return max(len(json.dumps(event.get("event_data"))) for event in self.events)

    def result(self, module: str) -> dict[str, Any]:
        """The result of the one task that ran this module."""
        ends = [event["event_data"] for event in self.events if event["event"] in ("runner_on_ok", "runner_on_failed")]
        [result] = [end["res"] for end in ends if end["task_action"] == f"mailops.cloudflare.{module}"]
        assert isinstance(result, dict)
        return result

    def files(self) -> Iterator[Path]:
        """All stored files, except the one with the environment."""
        return (path for path in self.folder.rglob("*") if path.is_file() and path.name != "command")

    def environment(self) -> dict[str, str]:
        """The stored environment. A controller hides the values of certain variables when it shows it."""
        environment = json.loads((self.folder / "command").read_text(encoding="utf-8"))["env"]
        assert isinstance(environment, dict)
        return environment


class JobRunner:
    """A project with a policy and the playbooks of docs/awx.md, whose job templates can be launched."""

    def __init__(self, folder: Path, environment: Mapping[str, str], policy: Variables) -> None:
        self._folder, self._count = folder, 0
        self.project = folder / "project"
        (self.project / "policy").mkdir(parents=True)
        (self.project / "policy/email-security.yml").write_text(json.dumps(policy), encoding="utf-8")
        # The other files that the export writes there.
        for name in ("email-security-domains.csv", "email-security-import.tf"):
            (self.project / "policy" / name).touch()
        for name, text in PLAYBOOK_IN_GUIDE.findall((ROOT / "docs/awx.md").read_text(encoding="utf-8")):
            (self.project / name).write_text(text, encoding="utf-8")
        (folder / "env").mkdir()
        self._environment = {
            **environment,
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_HOME": str(folder / "home"),
        }
        self.set_host_variables(controller_variables()["controller_hosts"][0]["variables"])

    def set_host_variables(self, values: Variables) -> None:
        """Write the inventory with the variables of localhost, as a controller does: a program that prints it."""
        hosts = {"all": {"hosts": ["localhost"]}, "_meta": {"hostvars": {"localhost": dict(values)}}}
        path = self._folder / "inventory" / "hosts"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/usr/bin/env python3\nprint({json.dumps(hosts)!r})\n", encoding="utf-8")
        path.chmod(0o700)

    def launch(self, ending: str, *, node: Variables | None = None, artifacts: Variables | None = None, answers: Variables | None = None, **more: str) -> Job:
        """Run a job of the template whose name has this ending.

        Args:
            ending: the end of the template's name.
            node: variables of the node of a workflow.
            artifacts: what earlier nodes of the workflow passed on.
            answers: answers to the survey of the workflow.
            more: further variables of the environment.
        """
        template = next(item for item in controller_variables()["controller_templates"] if item["name"].endswith(ending))
        defaults = {question["variable"]: question["default"] for question in template["survey_spec"].get("spec", [])}
        arguments = [*(["--check"] if template["job_type"] == "check" else []), *(["--diff"] if template["diff_mode"] else [])]
        return self.run(template["playbook"], arguments, {**defaults, **(node or {}), **(artifacts or {}), **(answers or {})}, **more)

    def run(self, playbook: str, arguments: list[str], extra_variables: Variables, **more: str) -> Job:
        """Run a job without a template. `more` are further variables of the environment."""
        self._count += 1
        (self._folder / "env/cmdline").write_text(" ".join([*arguments, "-vvvv"]), encoding="utf-8")
        (self._folder / "env/extravars").write_text(json.dumps(extra_variables), encoding="utf-8")
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
