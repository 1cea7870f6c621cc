"""Requests, writes and connections for many domains in one task."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from fleet import FLEET_MODULE, declared, drifted, live
from plays import Measurement, Task, play, preparation
from report import max_items, table
from simulator import Simulator

SIZES = {1: 1, 1000: 1, 2500: 3, 5000: 5}
HABITS = ("no_total", "no_result_info")


@dataclass(frozen=True)
class Case:
    """A task, and the most requests, writes and connections that it may take."""

    name: str
    count: int
    check: bool
    requests: int
    writes: int = 0
    connections: int | None = None
    is_drifted: bool = False
    habit: str = ""
    more: dict[str, Any] = field(default_factory=dict)

    def task(self, variables: dict[str, Any]) -> Task:
        domains = drifted(self.count) if self.is_drifted else live(self.count)
        prepare = preparation(domains, habits={self.habit: True} if self.habit else {})
        return Task(self.name, FLEET_MODULE, {"domains": "{{ fleet }}", **self.more}, self.check, variables=variables, prepare=prepare)

    def row(self, measurements: Measurement) -> list[str]:
        summary = measurements.result["summary"]
        assert summary["updated" if self.is_drifted else "unchanged"] == summary["total"] == self.count, (self.name, summary)
        goals = [max_items(measurements.requests, self.requests), f"{max_items(measurements.writes, self.writes)}"]
        connections = "" if self.connections is None else max_items(measurements.connections, self.connections)
        statistics = (measurements.requests, measurements.writes, measurements.connections)
        return [self.name, *(cell for pair in zip(map(str, statistics), [*goals, connections], strict=True) for cell in pair)]


def run(_repetitions: int | None) -> None:
    with Simulator() as sim:
        sim.configure(ratelimit=None)
        audits, applys = _audits(), _applys()
        measurements = _measure(sim, [*audits, *applys])
    for cases in (audits, applys):
        rows = [case.row(measurements[case.name]) for case in cases]
        table(["", "requests", "goal", "writes", "goal", "connections", "goal"], rows)


def _measure(sim: Simulator, cases: list[Case]) -> dict[str, Measurement]:
    """The measurements by name of the case. One play for each size."""
    measurements: list[Measurement] = []
    for count in sorted({case.count for case in cases}):
        variables = {"fleet": declared(count)}
        measurements += play(sim, [case.task(variables) for case in cases if case.count == count])
    return {each.name: each for each in measurements}


def _audits() -> list[Case]:
    checked = [Case(f"audit of {count}, check mode", count, True, requests, connections=1) for count, requests in SIZES.items()]
    run = [Case(f"audit of {count}, run", count, False, requests, connections=1) for count, requests in SIZES.items()]
    odd = [
        Case(f"audit of {count}, check mode, {habit}", count, True, requests + 1, connections=1, habit=habit)
        for habit in HABITS
        for count, requests in SIZES.items()
    ]
    return checked + run + odd


def _applys() -> list[Case]:
    name = "apply 1000 of 1000"
    return [
        Case(f"{name}, check mode", 1000, True, 1, is_drifted=True, connections=1),
        Case(f"{name}, batch auto", 1000, False, 3, writes=1, is_drifted=True),
        Case(f"{name}, batch never", 1000, False, 1001, writes=1000, is_drifted=True, more={"batch": "never"}),
    ]
