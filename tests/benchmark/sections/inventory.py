"""The whole account as an inventory, with ansible-inventory."""

from __future__ import annotations

import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from statistics import median

from fleet import live
from plays import environment, run_process
from report import counts, max_items, median_and_spread, table
from simulator import Simulator

REPETITIONS = 5
COUNT = 5000
REQUESTS = COUNT // 1000
SECONDS = 5
PLUGIN = "plugin: mailops.cloudflare.email_security\n"
KEYED = f"{PLUGIN}keyed_groups:\n  - key: email_security_live.regions\n    prefix: region\n"
CACHED = f"{PLUGIN}cache: true\ncache_plugin: ansible.builtin.jsonfile\ncache_connection: cache\n"
STATIC = "as many hosts without variables, in a static file"
# The sources, their files, and the most requests and seconds.
SOURCES: dict[str, tuple[str, str, int, float | None]] = {
    "the plugin": ("a.email_security.yml", PLUGIN, REQUESTS, SECONDS),
    "and one group by a setting": ("b.email_security.yml", KEYED, REQUESTS, None),
    "from its cache": ("c.email_security.yml", CACHED, 0, SECONDS),
    STATIC: ("d.ini", "".join(f"{domain['domain']}\n" for domain in live(COUNT)), 0, None),
}


def run(repetitions: int | None) -> None:
    with Simulator() as sim, tempfile.TemporaryDirectory() as name:
        sim.configure(ratelimit=None)
        sim.clear_domains()
        for each in live(COUNT):
            sim.add_domain(**each)
        folder = Path(name)
        for file, text, _requests, _seconds in SOURCES.values():
            (folder / file).write_text(text, encoding="utf-8")
            _list(sim, folder, file)
        seconds, requests = _measured(sim, folder, repetitions or REPETITIONS)
        sim.habit(no_total=True)
        _took, without_total = _list(sim, folder, SOURCES["the plugin"][0])
    _show(seconds, requests)
    table(["", "requests", "goal"], [["the plugin, a server that gives no totals", str(without_total), max_items(without_total, REQUESTS + 1)]])


def _measured(sim: Simulator, folder: Path, repetitions: int) -> tuple[dict[str, list[float]], dict[str, list[int]]]:
    seconds, requests = defaultdict(list), defaultdict(list)
    for _wait_for_rate_limit in range(repetitions):
        for name, (file, _text, _requests, _seconds) in SOURCES.items():
            took, count = _list(sim, folder, file)
            seconds[name].append(took)
            requests[name].append(count)
    return seconds, requests


def _list(sim: Simulator, folder: Path, file: str) -> tuple[float, int]:
    """Seconds and requests of a whole `ansible-inventory --list`."""
    sim.clear_journal()
    command = [str(Path(sys.executable).with_name("ansible-inventory")), "-i", file, "--list", "--output", "listed.json"]
    began = time.perf_counter()
    run_process(sim, command, folder, environment(sim, folder))
    took = time.perf_counter() - began
    assert (folder / "listed.json").read_text(encoding="utf-8").count(".example") >= COUNT, file
    return took, len(sim.journal)


def _show(seconds: dict[str, list[float]], requests: dict[str, list[int]]) -> None:
    rows = []
    for name, (_file, _text, most_requests, most_seconds) in SOURCES.items():
        middle, spread = median_and_spread(seconds[name])
        goals = [max_items(max(requests[name]), most_requests), max_items(median(seconds[name]), most_seconds) if most_seconds else ""]
        rows.append([name, counts(requests[name]), goals[0], f"{middle:.2f} s", f"{spread:.2f} s", goals[1]])
    table([f"{COUNT} domains, ansible-inventory --list", "requests", "goal", "median", "spread", "goal"], rows)
