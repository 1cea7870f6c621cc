"""`make simulator`: its port, its number of domains, and the colleague. test_first_hour.py types the commands that it prints."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ACCOUNT = [sys.executable, "-I", str(ROOT / "demo/account.py")]
COLLEAGUE = [sys.executable, str(ROOT / "demo/colleague.py")]


@contextmanager
def running(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The running account, and what it printed."""
    with subprocess.Popen([*ACCOUNT, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, encoding="utf-8") as process:
        assert process.stdout is not None
        said = ""
        while "colleague.py" not in said:
            said += process.stdout.readline()
        try:
            yield process, said
        finally:
            process.kill()


def run(command: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env={"PATH": os.defpath, **environment}, check=False, capture_output=True, text=True, timeout=60)


def test_port_and_number_of_domains_are_those_that_were_asked_for() -> None:
    with running("--domains", "40") as (process, said):
        assert "with 40 mail domains" in said
        [port] = re.findall(r"^export CLOUDFLARE_BASE_URL=http://127\.0\.0\.1:(\d+)/client/v4$", said, re.MULTILINE)
        taken = run([*ACCOUNT, "--port", port])
        assert taken.returncode == 1
        assert f"cannot listen on port {port}: Address already in use" in taken.stderr
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0
    with running("--port", port) as (_process, said):
        assert f"127.0.0.1:{port}/" in said
        assert "with 12 mail domains" in said


def test_colleague_changes_two_domains() -> None:
    with running() as (_process, said):
        done = run(COLLEAGUE, **dict(re.findall(r"^export (CLOUDFLARE_\w+)=(.*)$", said, re.MULTILINE)))
    assert done.returncode == 0, done.stderr
    assert re.findall(r"^(\S+): (\w+) .* -> (.*)$", done.stdout, re.MULTILINE) == [
        ("example.net", "transport", '"mail.elsewhere.example"'),
        ("clinic.example", "ip_restrictions", "[]"),
    ]


@pytest.mark.parametrize(
    ("base_url", "error"), [("https://api.cloudflare.com/client/v4", "is not the account of `make simulator`"), ("", "CLOUDFLARE_BASE_URL is not set")]
)
def test_colleague_refuses_any_other_account(base_url: str, error: str) -> None:
    done = run(COLLEAGUE, CLOUDFLARE_BASE_URL=base_url, CLOUDFLARE_ACCOUNT_ID="a" * 32, CLOUDFLARE_API_TOKEN="x" * 40)
    assert done.returncode == 1
    assert error in done.stderr


@pytest.mark.parametrize("arguments", [["--port", "70000"], ["--domains", "-1"], ["--domains", "many"]])
def test_wrong_number_is_refused(arguments: list[str]) -> None:
    assert run([*ACCOUNT, *arguments]).returncode == 2
