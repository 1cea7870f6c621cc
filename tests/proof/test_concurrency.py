"""Two fleets at once on one account: each tells the truth, none waits for ever, and what they do not contest is as each of them declared it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from fault_pool import at_once
from ledger import SEED, record, scaled
from simulator import Simulator
from simulator.journal import printable
from world_together import Contest, contests, one_of_two, tasks, wrong_with

CONTESTS = [Contest(SEED * 1000 + each.seed, each.desired_objects, each.batches, each.is_limited) for each in contests(scaled(40))]


@pytest.fixture(scope="module")
def shared() -> Iterator[Simulator]:
    with Simulator(latency=0.004) as running:
        yield running


@pytest.mark.parametrize("contest", CONTESTS, ids=str)
def test_two_fleets_at_once(contest: Contest, shared: Simulator) -> None:
    shared.reset()
    shared.clear_domains()
    shared.configure(ratelimit={"limit": 40, "window": 1.0, "block": 1.0} if contest.is_limited else None)
    before = [shared.add_domain(**each) for each in contest.live]
    first, second = at_once(one_of_two, tasks(contest, shared))
    after, journal = shared.domains, shared.journal
    wrong = [*wrong_with(contest, (first, second), before, after, journal), *(str(each) for each in shared.violations)]
    record("concurrency", 1, int(bool(wrong)), str(contest))
    assert not wrong, "\n".join([*wrong, printable(journal), *(json.dumps(each.result)[:4000] for each in (first, second))])
