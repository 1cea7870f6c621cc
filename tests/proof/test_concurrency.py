"""Two tasks for many domains on one account at the same time: each reports the truth and ends, and what only one declares is as it declared it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from fault_pool import run_in_parallel
from ledger import SEED, record, scaled
from simulator import Simulator
from simulator.journal import printable
from world_together import ConcurrentRun, concurrent_runs, errors_of, run_task, tasks

RUNS = [ConcurrentRun(SEED * 1000 + each.seed, each.relation, each.batches, each.is_limited) for each in concurrent_runs(scaled(40))]


@pytest.fixture(scope="module")
def shared_simulator() -> Iterator[Simulator]:
    with Simulator(latency=0.004) as running:
        yield running


@pytest.mark.parametrize("run", RUNS, ids=str)
def test_concurrent_tasks_report_the_truth_and_end(run: ConcurrentRun, shared_simulator: Simulator) -> None:
    shared_simulator.reset()
    shared_simulator.clear_domains()
    shared_simulator.configure(ratelimit={"limit": 40, "window": 1.0, "block": 1.0} if run.is_limited else None)
    before = [shared_simulator.add_domain(**each) for each in run.live]
    first, second = run_in_parallel(run_task, tasks(run, shared_simulator))
    after, journal = shared_simulator.domains, shared_simulator.journal
    wrong = [*errors_of(run, (first, second), before, after, journal), *(str(each) for each in shared_simulator.violations)]
    record("concurrency", 1, int(bool(wrong)), str(run))
    assert not wrong, "\n".join([*wrong, printable(journal), *(json.dumps(each.result)[:4000] for each in (first, second))])
