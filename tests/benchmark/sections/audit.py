"""An audit of many drifted domains: requests, seconds, and the memory of the module's process."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from pathlib import Path

from fleet import AUDIT_MODULE, FLEET_MODULE, declared, weakened
from plays import Measurement, Task, play, preparation
from report import counts, max_items, median_and_spread, table
from simulator import Simulator

from sections.memory import peak

REPETITIONS = 3
SIZES = {1000: 1, 5000: 5}
# Findings of each weakened domain. Some have advice, too.
DIFFERENCES = 3


def run(repetitions: int | None) -> None:
    turns = repetitions or REPETITIONS
    tasks = [task for count in SIZES for task in _tasks(count)]
    with Simulator() as sim, tempfile.TemporaryDirectory() as name:
        sim.configure(ratelimit=None)
        measurements: dict[str, list[Measurement]] = defaultdict(list)
        # The first round fills caches.
        for turn in range(1 + turns):
            for task in tasks:
                measurements[task.name] += play(sim, [task])[: 1 if turn else 0]
        peaks = {task.name: peak(sim, Path(name) / str(number), task, turns) for number, task in enumerate(tasks)}
    table(["", "count", "median", "spread", "requests", "goal", "memory", "goal"], [_row(task, measurements[task.name], peaks[task.name]) for task in tasks])


def _tasks(count: int) -> list[Task]:
    """The audit, and check mode of email_security_domains for the same account."""
    desired, live = {"fleet": declared(count)}, preparation(weakened(count))
    audit = {"domains": "{{ fleet }}"}
    return [
        Task(f"audit of {count}, all drifted", AUDIT_MODULE, audit, variables=desired, prepare=live),
        Task(f"audit of {count}, all drifted, not shortened", AUDIT_MODULE, {**audit, "shorten": False}, variables=desired, prepare=live),
        Task(f"fleet: check mode of {count}, all drifted", FLEET_MODULE, audit, check=True, variables=desired, prepare=live),
    ]


def _row(task: Task, measurements: list[Measurement], memory: float) -> list[str]:
    count = len(task.variables["fleet"])
    for each in measurements:
        summary = each.result["summary"]
        if task.module == AUDIT_MODULE:
            found = (summary["drifted"], summary["drift"], summary["health"], each.writes)
            assert found == (count, DIFFERENCES * count, count, 0), summary
        else:
            assert (summary["updated"], each.writes) == (count, 0), summary
    middle, spread = median_and_spread([each.seconds for each in measurements])
    requests = max(each.requests for each in measurements)
    statistics = [task.name, str(len(measurements)), f"{middle:.2f} s", f"{spread:.2f} s"]
    return [*statistics, counts(each.requests for each in measurements), max_items(requests, SIZES[count]), f"{memory:.0f} MiB", max_items(memory, 200)]
