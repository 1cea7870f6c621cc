"""Starts the simulator for a scenario, and stops it: `simulator.py start ACCOUNT FACTS`, `simulator.py stop FACTS`.

FACTS is the file in molecule's ephemeral folder in which the simulator says where it listens.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

TESTS = Path(__file__).resolve().parents[4] / "tests"
PATIENCE = 30.0


def start(account: Path, facts: Path) -> None:
    """Answers once the simulator takes requests; it then runs until it is stopped."""
    log = facts.with_suffix(".log")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "simulator", "--scenario", str(account), "--ready-file", str(facts)],
            cwd=TESTS,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    if not until(lambda: facts.exists() or process.poll() is not None) or not facts.exists():
        process.kill()
        sys.exit(f"the simulator does not start: {log.read_text(encoding='utf-8', errors='replace')}")


def stop(facts: Path) -> None:
    """Answers once the simulator has ended; there may be none."""
    if not facts.exists():
        return
    simulator = json.loads(facts.read_text(encoding="utf-8"))
    # A process id alone may be somebody else's by now.
    if answers(f"{simulator['control_url']}/violations"):
        os.kill(simulator["pid"], signal.SIGTERM)
        if not until(lambda: has_ended(simulator["pid"])):
            sys.exit(f"the simulator with the process id {simulator['pid']} does not end")
    facts.unlink()


def answers(url: str) -> bool:
    """Whether a simulator listens there."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(url, timeout=5) as answer:
            return "violations" in json.load(answer)
    except (OSError, ValueError):
        return False


def has_ended(pid: int) -> bool:
    """Whether there is no such process; one that ended and that nobody has asked for is as good as gone."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z"


def until(condition: Callable[[], bool]) -> bool:
    """Wait for a condition; False if it does not come about."""
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


if __name__ == "__main__":
    {"start": start, "stop": stop}[sys.argv[1]](*map(Path, sys.argv[2:]))
