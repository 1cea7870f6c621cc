"""One task of email_security_domain against ansible.builtin.uri."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from plays import Measurement, Task, play
from report import counts, max_items, median_and_spread, table
from simulator import Simulator

REPETITIONS = 20
WARM_UP = 2
MODULE = "mailops.cloudflare.email_security_domain"
NOTHING, UPDATE = "module: nothing to do", "module: update"
PACKED_NOTHING, PACKED_UPDATE = "module, packed: nothing to do", "module, packed: update"
GET, GET_FIRST, PATCH, BOTH = "uri: GET", "uri: GET, then", "uri: PATCH", "uri: GET and PATCH"


def run(repetitions: int | None) -> None:
    for pipelining in (False, True):
        print(f"\nPipelining {'on' if pipelining else 'off, as Ansible has it'}:")
        _show(_by_way(_measured(repetitions or REPETITIONS, pipelining)))


def _measured(repetitions: int, pipelining: bool) -> list[Measurement]:
    """The measurements without the first repetitions, which fill caches."""
    with Simulator() as sim:
        sim.configure(ratelimit=None)
        rounds = [_tasks(repetition, sim) for repetition in range(WARM_UP + repetitions)]
        measurements = play(sim, [task for tasks in rounds for task in tasks], pipelining=pipelining)
    return measurements[WARM_UP * len(rounds[0]) :]


def _tasks(repetition: int, sim: Simulator) -> list[Task]:
    """One task of each way, so that other load on the machine affects all of them alike."""
    url = f"{sim.base_url}/accounts/{sim.account_id}/email-security/settings/domains"
    headers = {"Authorization": f"Bearer {sim.token}"}
    look = {"url": f"{url}?domain=gateway.example&order=domain&direction=asc&page=1&per_page=1000", "headers": headers}
    patch: dict[str, Any] = {
        "url": f"{url}/{sim.domain('gateway.example')['id']}",
        "method": "PATCH",
        "headers": headers,
        "body_format": "json",
        "body": {"lookback_hops": 3 + repetition % 2},
    }
    nothing = {"domain": "example.com", "require_tls_inbound": True}
    update = {"domain": "example.com", "lookback_hops": 3 + repetition % 2}
    return [
        Task(NOTHING, MODULE, nothing),
        Task(PACKED_NOTHING, MODULE, nothing, packed=True),
        Task(GET, "ansible.builtin.uri", look),
        Task(UPDATE, MODULE, update),
        Task(PACKED_UPDATE, MODULE, {**update, "domain": "mailbox.example"}, packed=True),
        Task(GET_FIRST, "ansible.builtin.uri", look),
        Task(PATCH, "ansible.builtin.uri", patch),
    ]


def _by_way(measurements: Iterable[Measurement]) -> dict[str, list[tuple[float, int, int]]]:
    """Seconds, requests and connections of each repetition, by way. The two tasks of an update with uri count as one."""
    ways: dict[str, list[tuple[float, int, int]]] = defaultdict(list)
    for each in measurements:
        ways[each.name].append((each.seconds, each.requests, each.connections))
    pairs = zip(ways.pop(GET_FIRST), ways.pop(PATCH), strict=True)
    ways[BOTH] = [(first[0] + second[0], first[1] + second[1], first[2] + second[2]) for first, second in pairs]
    return ways


def _show(ways: dict[str, list[tuple[float, int, int]]]) -> None:
    medians, rows = {}, []
    for name, statistics in ways.items():
        seconds, requests, connections = zip(*statistics, strict=True)
        medians[name], spread = median_and_spread(seconds)
        rows.append([name, str(len(statistics)), f"{medians[name]:.3f} s", f"{spread:.3f} s", counts(requests), counts(connections)])
    table(["", "count", "median", "spread", "requests", "connections"], rows)
    ratios = {
        "nothing to do": (medians[NOTHING] / medians[GET], 1.0),
        "packed: nothing to do": (medians[PACKED_NOTHING] / medians[GET], 1.0),
        "update": (medians[UPDATE] / medians[BOTH], 0.6),
        "packed: update": (medians[PACKED_UPDATE] / medians[BOTH], 0.6),
    }
    table(["module / uri", "ratio", "goal"], [[name, f"{ratio:.2f}", max_items(ratio, goal)] for name, (ratio, goal) in ratios.items()])
