"""More domains than the rate limit allows requests, with the limit scaled down in time."""

from __future__ import annotations

import math

from fleet import FLEET_MODULE, count_of_differing, declared, drifted
from plays import Task, play, preparation
from report import max_items, table
from simulator import Simulator

COUNT = 5000
LIMIT, WINDOW = 600, 5
SCALE = f"{LIMIT} requests in {WINDOW} s"


def run(_repetitions: int | None) -> None:
    args = {"domains": "{{ fleet }}", "batch": "never", "max_wait": 600}
    setting = ("POST", "settings", {"ratelimit": {"limit": LIMIT, "window": WINDOW}})
    with Simulator() as sim:
        task = Task("Apply", FLEET_MODULE, args, variables={"fleet": declared(COUNT)}, prepare=[*preparation(drifted(COUNT)), setting])
        (measurements,) = play(sim, [task])
        unlike = count_of_differing(sim.domains, COUNT)
    refused = measurements.statuses.get("429", 0)
    shortest = (math.ceil(measurements.requests / LIMIT) - 1) * WINDOW
    rows = [
        ["requests", str(measurements.requests), ""],
        ["writes", str(measurements.writes), ""],
        ["answered with 429", str(refused), max_items(refused, 0)],
        ["domains that are not as declared afterwards", str(unlike), max_items(unlike, 0)],
        ["connections", str(measurements.connections), ""],
        ["seconds", f"{measurements.seconds:.1f}", f"the limit alone: {shortest}"],
    ]
    table([f"apply {COUNT} of {COUNT}, batch never, {SCALE}", "", "goal"], rows)
