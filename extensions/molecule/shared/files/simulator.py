"""Start and stop the simulator of a scenario: `simulator.py start ACCOUNT FACTS`, `simulator.py stop FACTS`.

FACTS is the file in molecule's ephemeral folder to which the simulator writes its addresses.
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
TIMEOUT_SECONDS = 30.0


def start(account: Path, facts: Path) -> None:
    """Start the simulator and return when it accepts requests. It runs until it is stopped."""
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
    if not wait_until(lambda: facts.exists() or process.poll() is not None) or not facts.exists():
        process.kill()
        sys.exit(f"the simulator does not start: {log.read_text(encoding='utf-8', errors='replace')}")


def stop(facts: Path) -> None:
    """Stop the simulator, if there is one, and return when it has ended."""
    if not facts.exists():
        return
    simulator = json.loads(facts.read_text(encoding="utf-8"))
    # The process id alone may belong to another process by now.
    if is_simulator(f"{simulator['control_url']}/violations"):
        os.kill(simulator["pid"], signal.SIGTERM)
        if not wait_until(lambda: has_ended(simulator["pid"])):
            sys.exit(f"the simulator with the process id {simulator['pid']} does not end")
    facts.unlink()


def is_simulator(url: str) -> bool:
    """Whether a simulator listens at this address."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(url, timeout=5) as response:
            return "violations" in json.load(response)
    except (OSError, ValueError):
        return False


def has_ended(pid: int) -> bool:
    """Whether the process has ended. A zombie, whose parent has not waited for it, counts as ended."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z"


def wait_until(condition: Callable[[], bool]) -> bool:
    """Wait for a condition. False after a timeout."""
    end = time.monotonic() + TIMEOUT_SECONDS
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


if __name__ == "__main__":
    {"start": start, "stop": stop}[sys.argv[1]](*map(Path, sys.argv[2:]))
