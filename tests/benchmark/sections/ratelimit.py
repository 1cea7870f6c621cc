"""A fleet that is larger than the rate limit, the limit scaled down in time."""

from __future__ import annotations

import math

from fleet import FLEET_MODULE, declared, drifted, unlike_declared
from plays import Task, play, prepared
from report import max_items, table
from simulator import Simulator

COUNT = 5000
LIMIT, WINDOW = 600, 5
SCALE = f"{LIMIT} requests in {WINDOW} s"


def run(_repetitions: int | None) -> None:
    args = {"domains": "{{ fleet }}", "batch": "never", "max_wait": 600}
    setting = ("POST", "settings", {"ratelimit": {"limit": LIMIT, "window": WINDOW}})
    with Simulator() as sim:
        task = Task("Converge", FLEET_MODULE, args, variables={"fleet": declared(COUNT)}, prepare=[*prepared(drifted(COUNT)), setting])
        (taken,) = play(sim, [task])
        unlike = unlike_declared(sim.domains, COUNT)
    refused = taken.statuses.get("429", 0)
    shortest = (math.ceil(taken.requests / LIMIT) - 1) * WINDOW
    rows = [
        ["requests", str(taken.requests), ""],
        ["writes", str(taken.writes), ""],
        ["answered with 429", str(refused), max_items(refused, 0)],
        ["domains that are not as declared afterwards", str(unlike), max_items(unlike, 0)],
        ["connections", str(taken.connections), ""],
        ["seconds", f"{taken.seconds:.1f}", f"the limit alone: {shortest}"],
    ]
    table([f"converge {COUNT} of {COUNT}, batch never, {SCALE}", "", "goal"], rows)
