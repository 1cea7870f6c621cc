"""A Python that cannot run the modules: one that is too old, and one of Ansible's own whose requests is broken."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from playing import Played, Player
from simulator import Simulator

PYTHONS = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
UPDATE = {"mailops.cloudflare.email_security_domain": {"domain": "example.com", "lookback_hops": 9}}


def old_python(release: str) -> Path:
    for found in sorted(PYTHONS.glob(f"{release}.*/bin/python")):
        return found
    pytest.skip(f"there is no Python {release} here")


def play(player: Player, folder: Path, tasks: list[dict[str, Any]], variables: Mapping[str, Any], **environment: str) -> Played:
    book = [{"hosts": "localhost", "connection": "local", "gather_facts": False, "vars": dict(variables), "tasks": tasks}]
    (folder / "play.yml").write_text(json.dumps(book), encoding="utf-8")
    return player.playbook(folder, "play.yml", "-i", "localhost,", environment=environment)


@pytest.mark.parametrize("release", ["2.7", "3.6", "3.8"])
@pytest.mark.parametrize("pipelined", [True, False])
@pytest.mark.first_cases(3)
def test_a_python_that_is_too_old_is_named(release: str, pipelined: bool, player: Player, simulator: Simulator, tmp_path: Path) -> None:
    python = old_python(release)
    say = {"ansible.builtin.debug": {"msg": "kind: {{ ansible_failed_result.failure.kind }}; {{ ansible_failed_result.msg }}"}}
    more = {"ANSIBLE_PIPELINING": str(pipelined)}
    done = play(player, tmp_path, [{"block": [UPDATE], "rescue": [say]}], {"ansible_python_interpreter": str(python)}, **more)
    assert done.code == 0, done.output
    words = " ".join(done.output.split())
    assert "kind: invalid; " in words
    assert re.search(rf"{re.escape(str(python))} is Python {re.escape(release)}\.\d+, and the modules of mailops.cloudflare need Python 3.10 or later", words)
    assert "Set ansible_python_interpreter to a newer Python" in words
    for trace in ("Traceback", "SyntaxError", "annotations", "MODULE FAILURE", "subscriptable"):
        assert trace not in done.output
    assert simulator.journal == []


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A folder for PYTHONPATH with a requests as it is where pyOpenSSL does not fit cryptography."""
    package = tmp_path / "broken" / "requests"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise AttributeError(\"module 'lib' has no attribute 'X509_V_FLAG_NOTIFY_POLICY'\")\n", encoding="utf-8")
    return package.parent


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    """An interpreter of the module that does not see that folder."""
    python = tmp_path / "sound-python"
    python.write_text(f'#!/bin/sh\nunset PYTHONPATH\nexec {sys.executable} "$@"\n', encoding="utf-8")
    python.chmod(0o700)
    return python


BLOCK = {
    "block": [UPDATE],
    "rescue": [{"ansible.builtin.debug": {"msg": "rescued: {{ ansible_failed_result.failure.kind }}"}}],
    "always": [{"ansible.builtin.debug": {"msg": "always"}}],
}


def test_a_sound_python_of_the_module_is_enough(player: Player, simulator: Simulator, broken: Path, sound: Path, tmp_path: Path) -> None:
    done = play(player, tmp_path, [BLOCK], {"ansible_python_interpreter": str(sound)}, PYTHONPATH=str(broken))
    assert done.code == 0, done.output
    assert "Unexpected Exception" not in done.output
    assert "rescued: " not in done.output
    assert '"always"' in done.output
    assert [entry["method"] for entry in simulator.journal] == ["GET", "PATCH"]


def test_where_no_python_is_sound_the_task_fails_and_is_rescued(player: Player, simulator: Simulator, broken: Path, tmp_path: Path) -> None:
    done = play(player, tmp_path, [BLOCK], {"ansible_python_interpreter": sys.executable}, PYTHONPATH=str(broken))
    assert done.code == 0, done.output
    assert "rescued: invalid" in done.output
    assert '"always"' in done.output
    assert simulator.journal == []


def test_an_inventory_says_what_is_wrong(player: Player, broken: Path, tmp_path: Path) -> None:
    (tmp_path / "mail.email_security.yml").write_text("plugin: mailops.cloudflare.email_security\n", encoding="utf-8")
    done = player.command(tmp_path, [sys.executable, "-m", "ansible", "inventory", "-i", "mail.email_security.yml", "--graph"], {"PYTHONPATH": str(broken)})
    words = "".join(done.output.split())
    assert "".join(f"The Python library requests is installed, but {sys.executable} cannot import it".split()) in words
    assert "X509_V_FLAG_NOTIFY_POLICY" in words
    assert "Traceback" not in done.output
