"""Many domains in one task against scripts with the official SDK: whole processes, the start of Ansible included."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any

import yaml
from fleet import DEFAULTS, FLEET_MODULE, declared, declared_besides_defaults, id_of, live
from plays import HERE, LOCAL, environment, run_playbook, run_process
from report import counts, max_items, median_and_spread, min_items, table
from simulator import Simulator

REPETITIONS = 7
COUNT = 1000
LATENCY = 0.08
AUDIT = {"name": "Audit", FLEET_MODULE: {"domains": "{{ fleet }}", "defaults": "{{ defaults }}"}, "check_mode": True}
START = "ansible-playbook with ping"
DESIRED: dict[str, dict[str, Any]] = {
    "in full": {"fleet": declared(COUNT), "defaults": {}},
    "with defaults": {"fleet": declared_besides_defaults(COUNT), "defaults": DEFAULTS},
}

Way = Callable[[], str]


@dataclass(frozen=True)
class Figures:
    seconds: float
    requests: int
    connections: int


def run(repetitions: int | None) -> None:
    _without_latency(repetitions or REPETITIONS)
    _with_latency()


def _without_latency(repetitions: int) -> None:
    with Simulator() as sim, tempfile.TemporaryDirectory() as name:
        _fill(sim)
        ways = _listing_ways(sim, Path(name))
        for way in ways.values():
            way()
        statistics = _in_turn(sim, ways, repetitions)
    middles = _show(statistics)
    ratios = {name.removeprefix("fleet "): middles[name] / middles[name.replace("fleet", "SDK")] for name in ways if name.startswith("fleet")}
    table(["fleet / SDK", "ratio", "goal"], [[name, f"{ratio:.2f}", max_items(ratio, 2)] for name, ratio in ratios.items()])


def _with_latency() -> None:
    """Once for the SDK, because a thousand answers take more than a minute."""
    with Simulator(latency=LATENCY) as sim, tempfile.TemporaryDirectory() as name:
        _fill(sim)
        folder = Path(name)
        fleet, get = f"fleet, {LATENCY * 1000:.0f} ms for each answer", "SDK, one GET for each domain, once"
        ours = _playbook(sim, folder / "fleet", AUDIT, DESIRED["in full"], "json")
        ours()
        statistics = _in_turn(sim, {fleet: ours, get: _one_by_one(sim, folder)}, 1)
        statistics[fleet] += _in_turn(sim, {fleet: ours}, 2)[fleet]
    middles = _show(statistics)
    ratio = middles[get] / middles[fleet]
    table(["SDK / fleet", "times faster", "goal"], [[f"audit of {COUNT}", f"{ratio:.1f}", min_items(ratio, 8)]])


def _fill(sim: Simulator) -> None:
    sim.configure(ratelimit=None)
    sim.clear_domains()
    for each in live(COUNT):
        sim.add_domain(**each)


def _listing_ways(sim: Simulator, folder: Path) -> dict[str, Way]:
    """Both read the same file with the declared domains."""
    ways: dict[str, Way] = {}
    for suffix, (name, desired) in product(("yaml", "json"), DESIRED.items()):
        kind = f"{name}, {suffix.upper()}"
        place = folder / f"{suffix} {name}"
        ways[f"fleet {kind}"] = _playbook(sim, place, AUDIT, desired, suffix)
        ways[f"SDK {kind}"] = _script(sim, place, "sdk_list.py", f"group_vars/all.{suffix}")
    ways[START] = _playbook(sim, folder / "ping", {"ansible.builtin.ping": {}}, {}, "json")
    return ways


def _playbook(sim: Simulator, folder: Path, task: dict[str, Any], desired: dict[str, Any], suffix: str) -> Way:
    (folder / "group_vars").mkdir(parents=True)
    dump: Callable[[Any], str] = json.dumps if suffix == "json" else yaml.safe_dump
    (folder / f"group_vars/all.{suffix}").write_text(dump(desired), encoding="utf-8")
    (folder / "playbook.yml").write_text(yaml.safe_dump([{**LOCAL, "tasks": [task]}]), encoding="utf-8")

    def play() -> str:
        printed = run_playbook(sim, folder, {})
        assert "changed=0" in printed, printed
        return printed

    return play


def _script(sim: Simulator, folder: Path, name: str, *arguments: str) -> Way:
    def run_script() -> str:
        printed = run_process(sim, [sys.executable, str(HERE / "scripts" / name), *arguments], folder, environment(sim, folder))
        assert printed.strip() == f"{COUNT} declared, 0 differ", printed
        return printed

    return run_script


def _one_by_one(sim: Simulator, folder: Path) -> Way:
    (folder / "declared.json").write_text(json.dumps(DESIRED["in full"]), encoding="utf-8")
    (folder / "ids.json").write_text(json.dumps({each["domain"]: id_of(each["domain"]) for each in declared(COUNT)}), encoding="utf-8")
    return _script(sim, folder, "sdk_get.py", "declared.json", "ids.json")


def _in_turn(sim: Simulator, ways: dict[str, Way], repetitions: int) -> dict[str, list[Figures]]:
    statistics: dict[str, list[Figures]] = defaultdict(list)
    for _wait_for_rate_limit in range(repetitions):
        for name, way in ways.items():
            sim.clear_journal()
            began = time.perf_counter()
            way()
            seconds = time.perf_counter() - began
            statistics[name].append(Figures(seconds, len(sim.journal), sim.connections))
    return statistics


def _show(statistics: dict[str, list[Figures]]) -> dict[str, float]:
    """The medians, by name."""
    rows = []
    for name, each in statistics.items():
        middle, spread = median_and_spread([one.seconds for one in each])
        rows.append([name, str(len(each)), f"{middle:.2f} s", f"{spread:.2f} s", counts(o.requests for o in each), counts(o.connections for o in each)])
    table([f"audit of {COUNT}", "count", "median", "spread", "requests", "connections"], rows)
    return {name: median(one.seconds for one in each) for name, each in statistics.items()}
