"""The commands that `make simulator` prints work."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from integration.support.run_playbook import PlaybookRunner

ROOT = Path(__file__).parents[2]


@pytest.fixture
def running() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-I", str(ROOT / "demo/account.py")]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, encoding="utf-8") as process:
        yield process
        process.kill()


def test_printed_commands_reach_the_account(running: subprocess.Popen[str], playbook_runner: PlaybookRunner, tmp_path: Path) -> None:
    assert running.stdout is not None
    said = ""
    while "export PATH=" not in said:
        said += running.stdout.readline()
    assert "12 mail domains" in said
    lines = re.findall(r"^export .*$", said, re.MULTILINE)
    # The collection under test is used, not the one of the command.
    typed = [line for line in lines if "COLLECTIONS_PATH" not in line]
    assert len(typed) == len(lines) - 1
    done = playbook_runner.run_command(tmp_path, ["bash", "-euc", "\n".join([*typed, "ansible-playbook mailops.cloudflare.export"])])
    assert done.code == 0, done.output
    assert "partners.example.net" in (tmp_path / "email-security.yml").read_text(encoding="utf-8")
    running.send_signal(signal.SIGINT)
    assert running.wait(timeout=30) == 0
