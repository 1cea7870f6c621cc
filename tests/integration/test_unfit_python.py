"""Pythons that cannot run the modules: one that is too old, and one whose requests is broken."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from integration.support.run_playbook import CommandResult, PlaybookRunner
from simulator import Simulator

PYTHONS = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
UPDATE = {"mailops.cloudflare.email_security_domain": {"domain": "example.com", "lookback_hops": 9}}


def old_python(release: str) -> Path:
    for found in sorted(PYTHONS.glob(f"{release}.*/bin/python")):
        return found
    pytest.skip(f"there is no Python {release} here")


def play(playbook_runner: PlaybookRunner, folder: Path, tasks: list[dict[str, Any]], variables: Mapping[str, Any], **environment: str) -> CommandResult:
    book = [{"hosts": "localhost", "connection": "local", "gather_facts": False, "vars": dict(variables), "tasks": tasks}]
    (folder / "play.yml").write_text(json.dumps(book), encoding="utf-8")
    return playbook_runner.run_playbook(folder, "play.yml", "-i", "localhost,", environment=environment)


@pytest.mark.parametrize("release", ["2.7", "3.6", "3.8"])
@pytest.mark.parametrize("pipelined", [True, False])
@pytest.mark.first_cases(3)
def test_old_python_is_named_in_the_message(release: str, pipelined: bool, playbook_runner: PlaybookRunner, simulator: Simulator, tmp_path: Path) -> None:
    python = old_python(release)
    say = {"ansible.builtin.debug": {"msg": "kind: {{ ansible_failed_result.failure.kind }}; {{ ansible_failed_result.msg }}"}}
    more = {"ANSIBLE_PIPELINING": str(pipelined)}
    done = play(playbook_runner, tmp_path, [{"block": [UPDATE], "rescue": [say]}], {"ansible_python_interpreter": str(python)}, **more)
    assert done.code == 0, done.output
    words = " ".join(done.output.split())
    assert "kind: invalid; " in words
    assert re.search(rf"{re.escape(str(python))} is Python {re.escape(release)}\.\d+, and the modules of mailops.cloudflare need Python 3.10 or later", words)
    assert "Set ansible_python_interpreter to a newer Python" in words
    for trace in ("Traceback", "SyntaxError", "annotations", "MODULE FAILURE", "subscriptable"):
        assert trace not in done.output
    assert simulator.journal == []


@pytest.fixture
def broken_requests(tmp_path: Path) -> Path:
    """A folder for PYTHONPATH with a requests that cannot be imported, as with incompatible releases of pyOpenSSL and cryptography."""
    package = tmp_path / "broken_requests" / "requests"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise AttributeError(\"module 'lib' has no attribute 'X509_V_FLAG_NOTIFY_POLICY'\")\n", encoding="utf-8")
    return package.parent


@pytest.fixture
def working_python(tmp_path: Path) -> Path:
    """An interpreter for the module that ignores this folder."""
    python = tmp_path / "working-python"
    python.write_text(f'#!/bin/sh\nunset PYTHONPATH\nexec {sys.executable} "$@"\n', encoding="utf-8")
    python.chmod(0o700)
    return python


BLOCK_WITH_RESCUE = {
    "block": [UPDATE],
    "rescue": [{"ansible.builtin.debug": {"msg": "rescued: {{ ansible_failed_result.failure.kind }}"}}],
    "always": [{"ansible.builtin.debug": {"msg": "always"}}],
}


def test_module_with_a_working_python_succeeds(
    playbook_runner: PlaybookRunner, simulator: Simulator, broken_requests: Path, working_python: Path, tmp_path: Path
) -> None:
    done = play(playbook_runner, tmp_path, [BLOCK_WITH_RESCUE], {"ansible_python_interpreter": str(working_python)}, PYTHONPATH=str(broken_requests))
    assert done.code == 0, done.output
    assert "Unexpected Exception" not in done.output
    assert "rescued: " not in done.output
    assert '"always"' in done.output
    assert [entry["method"] for entry in simulator.journal] == ["GET", "PATCH"]


def test_module_without_a_working_python_fails_and_can_be_rescued(
    playbook_runner: PlaybookRunner, simulator: Simulator, broken_requests: Path, tmp_path: Path
) -> None:
    done = play(playbook_runner, tmp_path, [BLOCK_WITH_RESCUE], {"ansible_python_interpreter": sys.executable}, PYTHONPATH=str(broken_requests))
    assert done.code == 0, done.output
    assert "rescued: invalid" in done.output
    assert '"always"' in done.output
    assert simulator.journal == []


def test_inventory_with_broken_requests_names_the_cause(playbook_runner: PlaybookRunner, broken_requests: Path, tmp_path: Path) -> None:
    (tmp_path / "mail.email_security.yml").write_text("plugin: mailops.cloudflare.email_security\n", encoding="utf-8")
    done = playbook_runner.run_command(
        tmp_path, [sys.executable, "-m", "ansible", "inventory", "-i", "mail.email_security.yml", "--graph"], {"PYTHONPATH": str(broken_requests)}
    )
    words = "".join(done.output.split())
    assert "".join(f"The Python library requests is installed, but {sys.executable} cannot import it".split()) in words
    assert "X509_V_FLAG_NOTIFY_POLICY" in words
    assert "Traceback" not in done.output
