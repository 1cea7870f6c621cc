"""The peak memory of a module's process, and of the largest process of a whole run with the module in the process of the task."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

import requests
from fleet import FLEET_MODULE, declared, drifted, live
from payload import Payload
from plays import HERE, LOCAL, Task, environment, preparation
from report import max_items, table
from simulator import Simulator

REPETITIONS = 3
COUNT = 5000
MIB = 2**20
# ru_maxrss is in bytes on macOS, and in KiB elsewhere.
UNIT = 1 if sys.platform == "darwin" else 1024


def run(repetitions: int | None) -> None:
    fleet = {"domains": "{{ fleet }}"}
    variables = {"fleet": declared(COUNT)}
    tasks = [
        Task(
            "email_security_domain: nothing to do", "mailops.cloudflare.email_security_domain", {"domain": "fleet-0000.example"}, prepare=preparation(live(1))
        ),
        Task(f"fleet: audit of {COUNT}", FLEET_MODULE, fleet, check=True, variables=variables, prepare=preparation(live(COUNT))),
        Task(f"fleet: audit of {COUNT}, all drifted", FLEET_MODULE, fleet, check=True, variables=variables, prepare=preparation(drifted(COUNT))),
        Task(f"fleet: apply {COUNT}, batch auto", FLEET_MODULE, fleet, variables=variables, prepare=preparation(drifted(COUNT))),
        Task(f"fleet: apply {COUNT}, batch never", FLEET_MODULE, {**fleet, "batch": "never"}, variables=variables, prepare=preparation(drifted(COUNT))),
    ]
    with Simulator() as sim, tempfile.TemporaryDirectory() as name:
        sim.configure(ratelimit=None)
        rows = [_row(sim, Path(name) / str(number), task, repetitions or REPETITIONS) for number, task in enumerate(tasks)]
    table(["", "count", "median of the peaks", "goal", "largest process of ansible-playbook"], rows)


def _row(sim: Simulator, folder: Path, task: Task, repetitions: int) -> list[str]:
    figure = peak(sim, folder, task, repetitions)
    return [task.name, str(repetitions), f"{figure:.0f} MiB", max_items(figure, 200), f"{_peak_of_a_run(sim, folder, task, repetitions):.0f} MiB"]


def _peak_of_a_run(sim: Simulator, folder: Path, task: Task, repetitions: int) -> float:
    """The median peak of the largest process: Ansible's own, or the one that it forks for the task."""
    play = {**LOCAL, "vars": dict(task.variables), "tasks": [task.in_playbook()]}
    (folder / "run.yml").write_text(json.dumps([play]), encoding="utf-8")
    command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "localhost,", "run.yml"]
    peaks = []
    for _wait_for_rate_limit in range(repetitions):
        _prepare(sim, task)
        measured = [sys.executable, str(HERE / "scripts" / "peak.py"), *command]
        done = subprocess.run(measured, cwd=folder, env=environment(sim, folder), stdin=subprocess.DEVNULL, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        peaks.append(int(done.stderr.splitlines()[-1]) * UNIT / MIB)
    return median(peaks)


def peak(sim: Simulator, folder: Path, task: Task, repetitions: int) -> float:
    """The median peak of the module's process, in MiB."""
    _prepare(sim, task)
    payload = Payload(sim, folder, task)
    peaks = []
    for _wait_for_rate_limit in range(repetitions):
        _prepare(sim, task)
        run = payload.run(through=[sys.executable, str(HERE / "scripts" / "peak.py")])
        peaks.append(int(run.stderr.splitlines()[-1]) * UNIT / MIB)
    return median(peaks)


def _prepare(sim: Simulator, task: Task) -> None:
    with requests.Session() as session:
        session.trust_env = False
        for method, name, body in task.prepare:
            session.request(method, f"{sim.control_url}/{name}", json=body, timeout=60).raise_for_status()
