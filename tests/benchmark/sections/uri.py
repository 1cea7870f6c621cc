"""Many domains in one task against loops of ansible.builtin.uri."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from statistics import median

from fleet import FLEET_MODULE, declared, drifted, id_of, live
from plays import Measurement, Task, play, preparation
from report import median_and_spread, min_items, table
from simulator import Simulator

REPETITIONS = 3
FEW, MANY, LARGE = 10, 100, 1000
URI = "ansible.builtin.uri"
AUDIT, AUDIT_LARGE, APPLY = f"fleet: audit of {MANY}", f"fleet: audit of {LARGE}", f"fleet: apply {MANY}"
GET_FEW, GET_MANY, PATCH_MANY = f"uri: loop of {FEW} GETs", f"uri: loop of {MANY} GETs", f"uri: loop of {MANY} PATCHes"


def run(repetitions: int | None) -> None:
    with Simulator() as sim:
        sim.configure(ratelimit=None)
        measured = [task for _wait_for_rate_limit in range(repetitions or REPETITIONS) for task in _round(sim)]
        warm_up = [*_fleet_tasks(), _loop(sim, "uri: one GET", 1)]
        measurements = play(sim, [*warm_up, *measured])[len(warm_up) :]
    _show(_seconds(measurements))


def _round(sim: Simulator) -> list[Task]:
    """The tasks before and after the first loops, because a loop takes so long that the load of the machine may change."""
    return [*_fleet_tasks(), _loop(sim, GET_FEW, FEW), _loop(sim, GET_MANY, MANY), *_fleet_tasks(), _patch_loop(sim)]


def _fleet_tasks() -> list[Task]:
    many, large = {"fleet": declared(MANY)}, {"fleet": declared(LARGE)}
    desired = {"domains": "{{ fleet }}"}
    return [
        Task(AUDIT, FLEET_MODULE, desired, check=True, variables=many, prepare=preparation(live(MANY))),
        Task(AUDIT_LARGE, FLEET_MODULE, desired, check=True, variables=large, prepare=preparation(live(LARGE))),
        Task(APPLY, FLEET_MODULE, desired, variables=many, prepare=preparation(drifted(MANY))),
    ]


def _loop(sim: Simulator, name: str, count: int) -> Task:
    loop = [id_of(each["domain"]) for each in declared(count)]
    return Task(name, URI, {"url": _url(sim, "item"), "headers": _headers(sim)}, loop=loop, prepare=preparation(drifted(MANY)))


def _patch_loop(sim: Simulator) -> Task:
    args = {"url": _url(sim, "item.id"), "headers": _headers(sim), "method": "PATCH", "body_format": "json", "body": "{{ item.body }}"}
    loop = [{"id": id_of(each["domain"]), "body": {"lookback_hops": each["lookback_hops"]}} for each in declared(MANY)]
    return Task(PATCH_MANY, URI, args, loop=loop, prepare=preparation(drifted(MANY)))


def _url(sim: Simulator, id_: str) -> str:
    return f"{sim.base_url}/accounts/{sim.account_id}/email-security/settings/domains/{{{{ {id_} }}}}"


def _headers(sim: Simulator) -> dict[str, str]:
    return {"Authorization": f"Bearer {sim.token}"}


def _seconds(measurements: Iterable[Measurement]) -> dict[str, list[float]]:
    seconds: dict[str, list[float]] = defaultdict(list)
    for each in measurements:
        seconds[each.name].append(each.seconds)
    return seconds


def _show(seconds: dict[str, list[float]]) -> None:
    rows = []
    for name, values in seconds.items():
        middle, spread = median_and_spread(values)
        rows.append([name, str(len(values)), f"{middle:.2f} s", f"{spread:.2f} s"])
    table(["", "count", "median", "spread"], rows)
    middles = {name: median(values) for name, values in seconds.items()}
    slope = (middles[GET_MANY] - middles[GET_FEW]) / (MANY - FEW)
    ratios = [
        (f"audit of {MANY}: {MANY} uri GETs", middles[GET_MANY] / middles[AUDIT], 35),
        (f"apply {MANY}: {MANY} uri GETs, {MANY} PATCHes", (middles[GET_MANY] + middles[PATCH_MANY]) / middles[APPLY], 65),
        (f"audit of {LARGE}: {LARGE} x {slope:.3f} s, the slope of uri GETs", LARGE * slope / middles[AUDIT_LARGE], 250),
    ]
    table(["uri / fleet", "times faster", "goal"], [[name, f"{ratio:.0f}", min_items(ratio, goal)] for name, ratio, goal in ratios])
