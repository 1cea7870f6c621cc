"""`python -m simulator`: it starts, prints its address, and stops on a signal."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from simulator.scenario import READ_TOKEN

TESTS = Path(__file__).parents[1]


@contextmanager
def command(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The running command, whose first line has not been read yet."""
    process = subprocess.Popen(
        [sys.executable, "-m", "simulator", *arguments],
        cwd=TESTS,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_command_serves_until_a_signal(tmp_path: Path, number: int) -> None:
    ready = tmp_path / "ready.json"
    with command("--ready-file", str(ready)) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        base_url = re.fullmatch(r"listening on (http://127\.0\.0\.1:\d+/client/v4)\n", line)
        assert base_url, line
        end = time.monotonic() + 3
        while not ready.exists():
            assert time.monotonic() < end
            time.sleep(0.01)
        facts = json.loads(ready.read_text())
        assert facts["base_url"] == base_url[1]
        assert facts["pid"] == process.pid
        url = f"{facts['base_url']}/accounts/{facts['account_id']}/email-security/settings/domains"
        answer = requests.get(url, headers={"Authorization": f"Bearer {READ_TOKEN}"}, timeout=5)
        assert len(answer.json()["result"]) == 4
        assert requests.get(f"{facts['control_url']}/violations", timeout=5).json() == {"violations": []}
        process.send_signal(number)
        out, err = process.communicate(timeout=5)
        assert (process.returncode, out, err) == (0, "", "")
        assert [path.name for path in tmp_path.iterdir()] == ["ready.json"]


def test_command_accepts_a_scenario_and_a_port(tmp_path: Path) -> None:
    file = tmp_path / "scenario.yml"
    file.write_text("accounts:\n  - id: " + "e4" * 16 + "\n    domains: [{domain: scenario.example}]\n")
    with command("--scenario", str(file)) as process:
        assert process.stdout is not None
        base_url = process.stdout.readline().split()[-1]
        port = re.findall(r":(\d+)/", base_url)[0]
        state = requests.get(base_url.replace("/client/v4", "/_control/state"), timeout=5).json()
        assert [each["domain"] for each in state["domains"]] == ["scenario.example"]
        with command("--port", port) as second:
            _out, err = second.communicate(timeout=30)
            assert second.returncode == 2
            assert err.startswith("cannot listen: ")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--host", "0.0.0.0"], "loopback only"),
        (["--tls-cert", "x"], "go together"),
        (["--scenario", "absent.json"], "scenario: FileNotFoundError"),
        (["--tls-cert", "absent", "--tls-key", "absent"], "cannot listen"),
    ],
)
def test_command_with_a_mistake_exits_with_a_message(arguments: list[str], words: str) -> None:
    with command(*arguments) as process:
        _out, err = process.communicate(timeout=10)
        assert process.returncode == 2
        assert words in err
        assert "Traceback" not in err
