"""A whole run of the playbook audit with all six reports: requests, seconds, and the memory of its largest process.

The policy is a file of variables, or one line that reads the domains from a file, as docs/playbooks.md recommends it for thousands of domains.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import requests
from fleet import declared, live, weakened
from plays import HERE, environment, preparation
from report import counts, max_items, median_and_spread, table
from simulator import Simulator

from sections.memory import UNIT

REPETITIONS = 3
SIZES = {1000: 1, 5000: 5}
MIB = 2**20
VARIABLES, DATA = "policy.json", "policy.yml"
READ = "{{ lookup('ansible.builtin.file', lookup('ansible.builtin.env', 'PWD') ~ '/domains.json') | from_json }}"


class Run(NamedTuple):
    """The costs of one run of the playbook."""

    seconds: float
    requests: int
    memory: float


def run(repetitions: int | None) -> None:
    rows = []
    with Simulator() as sim:
        sim.configure(ratelimit=None)
        for count, most in SIZES.items():
            for title, account in (("as declared", live(count)), ("all drifted", weakened(count))):
                measured: dict[str, list[Run]] = {VARIABLES: [], DATA: []}
                # The two alternate, and the first of each fills caches.
                for _repetition in range(1 + (repetitions or REPETITIONS)):
                    for policy, runs in measured.items():
                        runs.append(_audit(sim, count, account, policy))
                rows += [_row(f"{count}, {title}, {policy}", count, most, runs[1:]) for policy, runs in measured.items()]
    table(["", "count", "median", "goal", "spread", "requests", "goal", "memory", "goal"], rows)


def _row(title: str, count: int, most: int, runs: list[Run]) -> list[str]:
    middle, spread = median_and_spread([each.seconds for each in runs])
    requests_sent, memory = max(each.requests for each in runs), max(each.memory for each in runs)
    return [
        *(title, str(len(runs)), f"{middle:.2f} s", max_items(middle, 5.0) if count == 1000 else "", f"{spread:.2f} s"),
        *(counts(each.requests for each in runs), max_items(requests_sent, most), f"{memory:.0f} MiB", max_items(memory, 400)),
    ]


def _audit(sim: Simulator, count: int, account: list[dict[str, object]], policy: str) -> Run:
    with requests.Session() as session:
        session.trust_env = False
        for method, name, body in preparation(account):
            session.request(method, f"{sim.control_url}/{name}", json=body).raise_for_status()
    sim.clear_journal()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / VARIABLES).write_text(json.dumps({"email_security_domains": declared(count)}), encoding="utf-8")
        (folder / DATA).write_text(json.dumps({"email_security_domains": READ}), encoding="utf-8")
        (folder / "domains.json").write_text(json.dumps(declared(count)), encoding="utf-8")
        playbook = [str(Path(sys.executable).with_name("ansible-playbook")), "mailops.cloudflare.audit", "-e", f"@{policy}"]
        # The benchmark of lists has sections of its own.
        playbook += ["-e", "audit_fail_on=never", "-e", "audit_resources=domains"]
        began = time.monotonic()
        measured = [sys.executable, str(HERE / "scripts" / "peak.py"), *playbook]
        done = subprocess.run(measured, cwd=folder, env={**environment(sim, folder), "PWD": name}, capture_output=True, text=True, check=False)
        seconds = time.monotonic() - began
        reports = sorted(path.suffix for path in (folder / "email-security-audit").iterdir())
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        assert reports == [".csv", ".html", ".json", ".md", ".sarif", ".xml"], reports
    return Run(seconds, len(sim.journal), int(done.stderr.splitlines()[-1]) * UNIT / MIB)
