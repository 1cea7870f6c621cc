"""An audit of all eight resources: requests, memory, and time against a `uri` loop that only reads the entries.

The requests are exact, from the simulator's journal.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import Any

from fleet import AUDIT_MODULE, live
from lists import Entry, live_senders, people, senders, state
from plays import Task, play
from report import max_items, median_and_spread, min_items, table
from simulator import Simulator

from .memory import peak

REPETITIONS = 5
DOMAINS = 100
SIZES = {
    "block_senders": 5000,
    "allow_policies": 500,
    "trusted_domains": 200,
    "impersonation_registry": 500,
    "content_policies": 100,
    "sending_domain_restrictions": 100,
    "url_ignore_patterns": 100,
}
FEW, SOME = 10, 60
URI = "ansible.builtin.uri"
AUDIT = "audit: 8 resources"
GET_FEW, GET_SOME = f"uri: {FEW} GETs", f"uri: {SOME} GETs"


def run(repetitions: int | None) -> None:
    declared = declared_lists()
    there = _state_of(declared)
    options = {"resources": ["all"], **{name: f"{{{{ lists.{name} }}}}" for name in declared}}
    audit = Task(AUDIT, AUDIT_MODULE, options, variables={"lists": declared}, prepare=there)
    _time(audit, declared["block_senders"], there, repetitions or REPETITIONS)
    with Simulator() as sim, tempfile.TemporaryDirectory() as name:
        sim.configure(ratelimit=None)
        memory = peak(sim, Path(name) / "audit", audit, 2)
    table(["", "peak", "goal"], [[AUDIT, f"{memory:.0f} MiB", max_items(memory, 250)]])


def declared_lists() -> dict[str, list[Entry]]:
    """Lists of the usual sizes. Every tenth exemption is one that a rule is about."""
    allowed: list[Entry] = [
        {"pattern": f"@(news|mail)\\.partner-{number}\\.example", "is_regex": True, "is_acceptable_sender": True}
        if number % 10 == 0
        else {"pattern": f"news.partner-{number}.example", "is_acceptable_sender": True, "comments": f"Ticket {number}"}
        for number in range(SIZES["allow_policies"])
    ]
    return {
        "block_senders": senders(SIZES["block_senders"]),
        "allow_policies": allowed,
        "trusted_domains": [{"pattern": f"young-{number}.example", "is_recent": True} for number in range(SIZES["trusted_domains"])],
        "impersonation_registry": people(SIZES["impersonation_registry"]),
        "content_policies": [
            {"name": f"Rule {number}", "pattern": f"gift card {number}", "targets": ["SUBJECT"]} for number in range(SIZES["content_policies"])
        ],
        "sending_domain_restrictions": [{"domain": f"bank-{number}.example", "exclude": []} for number in range(SIZES["sending_domain_restrictions"])],
        "url_ignore_patterns": [{"pattern": f"^https://app-{number}\\.example/", "comments": "Portal"} for number in range(SIZES["url_ignore_patterns"])],
    }


def _state_of(declared: dict[str, list[Entry]]) -> list[Any]:
    """The account as declared, but for every hundredth exemption, which trusts its sender."""
    allowed = [
        {"is_regex": False, "comments": None, **entry, **({"is_trusted_sender": True} if number % 100 == 0 else {})}
        for number, entry in enumerate(declared["allow_policies"])
    ]
    people_there = [{"is_email_regex": False, **one} for one in declared["impersonation_registry"]]
    there = {**declared, "block_senders": live_senders(declared["block_senders"]), "allow_policies": allowed, "impersonation_registry": people_there}
    [(method, name, whole), *rest] = state(there)
    return [(method, name, {**whole, "domains": live(DOMAINS)}), *rest]


def _time(audit: Task, entries: list[Entry], there: list[Any], repetitions: int) -> None:
    with Simulator() as sim:
        sim.configure(ratelimit=None)
        get: dict[str, Any] = {
            "url": f"{sim.base_url}/accounts/{sim.account_id}/email-security/settings/block_senders?pattern={{{{ item.pattern | urlencode }}}}",
            "headers": {"Authorization": f"Bearer {sim.token}"},
        }
        tasks = [audit, Task(GET_FEW, URI, get, loop=entries[:FEW], prepare=there), Task(GET_SOME, URI, get, loop=entries[:SOME], prepare=there)]
        seconds: dict[str, list[float]] = defaultdict(list)
        requests = set()
        # The first round is not counted.
        for measured in play(sim, [*tasks, *(task for _repetition in range(repetitions) for task in tasks)])[len(tasks) :]:
            seconds[measured.name].append(measured.seconds)
            if measured.name == AUDIT:
                requests.add((measured.requests, measured.writes))
    rows = []
    for name, values in seconds.items():
        middle, spread = median_and_spread(values)
        rows.append([name, str(len(values)), f"{middle:.2f} s", f"{spread:.2f} s"])
    table(["", "count", "median", "spread"], rows)
    middles = {name: median(values) for name, values in seconds.items()}
    [(sent, writes)] = requests
    total = DOMAINS + sum(SIZES.values())
    slope = (middles[GET_SOME] - middles[GET_FEW]) / (SOME - FEW)
    ratio = total * slope / middles[AUDIT]
    table(["", "requests", "goal", "writes"], [[AUDIT, str(sent), max_items(sent, 12), str(writes)]])
    table(["uri / audit", "times faster", "goal"], [[f"{total} x {slope:.3f} s, the slope of uri GETs", f"{ratio:.0f}", min_items(ratio, 100)]])
