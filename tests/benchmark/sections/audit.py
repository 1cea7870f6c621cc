"""An audit of a fleet that has drifted: requests, seconds, and the memory of the module's process."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from pathlib import Path

from fleet import AUDIT_MODULE, FLEET_MODULE, astray, declared
from plays import Taken, Task, play, prepared
from report import counts, max_items, median_and_spread, table
from simulator import Simulator

from sections.memory import peak

REPETITIONS = 3
SIZES = {1000: 1, 5000: 5}
# Of each domain that is astray; for some there is advice, too.
DIFFERENCES = 3


def run(repetitions: int | None) -> None:
    turns = repetitions or REPETITIONS
    tasks = [task for count in SIZES for task in _tasks(count)]
    with Simulator() as sim, tempfile.TemporaryDirectory() as name:
        sim.configure(ratelimit=None)
        taken: dict[str, list[Taken]] = defaultdict(list)
        # The first turn fills caches.
        for turn in range(1 + turns):
            for task in tasks:
                taken[task.name] += play(sim, [task])[: 1 if turn else 0]
        peaks = {task.name: peak(sim, Path(name) / str(number), task, turns) for number, task in enumerate(tasks)}
    table(["", "count", "median", "spread", "requests", "goal", "memory", "goal"], [_row(task, taken[task.name], peaks[task.name]) for task in tasks])


def _tasks(count: int) -> list[Task]:
    """The audit, and beside it what the fleet's module takes in check mode for the same account."""
    desired, live = {"fleet": declared(count)}, prepared(astray(count))
    audit = {"domains": "{{ fleet }}"}
    return [
        Task(f"audit of {count}, all astray", AUDIT_MODULE, audit, variables=desired, prepare=live),
        Task(f"audit of {count}, all astray, not shortened", AUDIT_MODULE, {**audit, "shorten": False}, variables=desired, prepare=live),
        Task(f"fleet: check mode of {count}, all astray", FLEET_MODULE, audit, check=True, variables=desired, prepare=live),
    ]


def _row(task: Task, taken: list[Taken], memory: float) -> list[str]:
    count = len(task.variables["fleet"])
    for each in taken:
        summary = each.result["summary"]
        if task.module == AUDIT_MODULE:
            found = (summary["drifted"], summary["drift"], summary["health"], each.writes)
            assert found == (count, DIFFERENCES * count, count, 0), summary
        else:
            assert (summary["updated"], each.writes) == (count, 0), summary
    middle, spread = median_and_spread([each.seconds for each in taken])
    requests = max(each.requests for each in taken)
    statistics = [task.name, str(len(taken)), f"{middle:.2f} s", f"{spread:.2f} s"]
    return [*statistics, counts(each.requests for each in taken), max_items(requests, SIZES[count]), f"{memory:.0f} MiB", max_items(memory, 200)]
