"""The lists of an account: requests, and time against `uri` loops and a script with the official SDK.

The requests are exact, from the simulator's journal.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import Any

from lists import ACCOUNT_MODULE, SENDER_MODULE, live_senders, people, senders, state
from plays import HERE, LOCAL, Task, environment, play, run_playbook, run_process
from report import max_items, median_and_spread, min_items, table
from simulator import Simulator

from .memory import peak

REPETITIONS = 5
MANY = 5000
FEW, SOME = 10, 60
LARGE = 20_000
URI = "ansible.builtin.uri"
NOTHING = f"account: {MANY} blocked senders, nothing to do"
GET_FEW, GET_SOME = f"uri: {FEW} GETs", f"uri: {SOME} GETs"
POST_FEW, POST_SOME = f"uri: {FEW} POSTs", f"uri: {SOME} POSTs"
FIRST = f"account: {MANY} blocked senders, first time"


def run(repetitions: int | None) -> None:
    _requests()
    _against_uri(repetitions or REPETITIONS)
    _against_sdk(repetitions or REPETITIONS)
    _memory()


def _account(name: str, lists: dict[str, Any], live: dict[str, Any], *, habits: dict[str, Any] | None = None, **options: Any) -> Task:
    variables = {"lists": lists}
    args = {**{key: f"{{{{ lists.{key} }}}}" for key in lists}, **options}
    return Task(name, ACCOUNT_MODULE, args, variables=variables, prepare=state(live, habits=habits))


def _requests() -> None:
    """Each case once: counts do not vary."""
    all_senders, thousand = senders(MANY), senders(1000)
    changed = [{**entry, "comments": "changed"} for entry in all_senders[50:70]] + all_senders[70:] + senders(100, MANY)
    refused = thousand[617]["pattern"]
    eight: dict[str, Any] = {
        "domains": [],
        "allow_policies": [],
        "block_senders": thousand,
        "trusted_domains": [],
        "content_policies": [],
        "impersonation_registry": people(500),
        "sending_domain_restrictions": [],
        "url_ignore_patterns": [],
    }
    as_declared = {"block_senders": live_senders(thousand), "impersonation_registry": [{"is_email_regex": False, **one} for one in people(500)]}
    one = {"pattern": all_senders[0]["pattern"]}
    cases = [
        (_account("8 resources, up to 1000 entries each, nothing to do", eight, as_declared), 8),
        (_account(NOTHING, {"block_senders": all_senders}, {"block_senders": live_senders(all_senders)}), 5),
        (_account(FIRST, {"block_senders": all_senders}, {}), 10),
        (
            _account(
                f"account: {MANY}, of them 100 new, 50 removed, 20 changed",
                {"block_senders": changed},
                {"block_senders": live_senders(all_senders)},
                purge=["block_senders"],
            ),
            6,
        ),
        (_account("account: 500 people, first time", {"impersonation_registry": people(500)}, {}), 501),
        (Task("block_sender: blocked already", SENDER_MODULE, one, prepare=state({"block_senders": live_senders(thousand)})), 1),
        (Task("block_sender: newly blocked", SENDER_MODULE, {"pattern": "new.example"}, prepare=state({"block_senders": live_senders(thousand)})), 3),
    ]
    with Simulator() as sim:
        sim.configure(ratelimit=None)
        rows = [
            [measured.name, str(measured.requests), max_items(measured.requests, goal), str(measured.writes)]
            for (_task, goal), measured in zip(cases, play(sim, [task for task, _goal in cases]), strict=True)
        ]
        for habits, name, goal in (({}, "named by a pointer", 3), ({"no_pointer": True}, "found by halving", 22)):
            rows.append(_refused(sim, thousand, {"refused_patterns": [refused], **habits}, f"account: 1000 new, one refused, {name}", goal))
    table(["", "requests", "goal", "writes"], rows)


def _refused(sim: Simulator, entries: list[dict[str, Any]], habits: dict[str, Any], name: str, goal: int) -> list[str]:
    """One entry is refused, so that the task fails: the others must be there, once each."""
    sim.clear_entries()
    sim.clear_habits()
    sim.habit(**habits)
    sim.clear_journal()
    with tempfile.TemporaryDirectory() as folder:
        task = {"name": name, ACCOUNT_MODULE: {"block_senders": entries}, "ignore_errors": True}
        (Path(folder) / "playbook.yml").write_text(json.dumps([{**LOCAL, "tasks": [task]}]), encoding="utf-8")
        run_playbook(sim, Path(folder), {})
    methods = [entry["method"] for entry in sim.journal]
    stored = [entry["pattern"] for entry in sim.entries("block_senders")]
    assert len(stored) == len(set(stored)) == len(entries) - 1, f"{len(stored)} entries are stored"
    sim.clear_habits()
    return [name, str(len(methods)), max_items(len(methods), goal), str(sum(method != "GET" for method in methods))]


def _against_uri(repetitions: int) -> None:
    entries = senders(MANY)
    with Simulator() as sim:
        sim.configure(ratelimit=None)
        url = f"{sim.base_url}/accounts/{sim.account_id}/email-security/settings/block_senders"
        headers = {"Authorization": f"Bearer {sim.token}"}
        there, empty = state({"block_senders": live_senders(entries)}), state({})
        get = {"url": f"{url}?pattern={{{{ item.pattern | urlencode }}}}", "headers": headers}
        body = {"pattern": "{{ item.pattern }}", "pattern_type": "DOMAIN", "is_regex": False}
        post = {"url": url, "headers": headers, "method": "POST", "body_format": "json", "status_code": [200, 201], "body": body}
        posted = [{"pattern": f"p{number}.example"} for number in range(SOME)]
        tasks = [
            _account(NOTHING, {"block_senders": entries}, {"block_senders": live_senders(entries)}),
            Task(GET_FEW, URI, get, loop=entries[:FEW], prepare=there),
            Task(GET_SOME, URI, get, loop=entries[:SOME], prepare=there),
            _account(FIRST, {"block_senders": entries}, {}),
            Task(POST_FEW, URI, post, loop=posted[:FEW], prepare=empty),
            Task(POST_SOME, URI, post, loop=posted, prepare=empty),
        ]
        seconds: dict[str, list[float]] = defaultdict(list)
        for measured in play(sim, [*tasks, *(task for _repetition in range(repetitions) for task in tasks)])[len(tasks) :]:
            seconds[measured.name].append(measured.seconds)
    rows = []
    for name, values in seconds.items():
        middle, spread = median_and_spread(values)
        rows.append([name, str(len(values)), f"{middle:.2f} s", f"{spread:.2f} s"])
    table(["", "count", "median", "spread"], rows)
    middles = {name: median(values) for name, values in seconds.items()}
    get_slope = (middles[GET_SOME] - middles[GET_FEW]) / (SOME - FEW)
    post_slope = (middles[POST_SOME] - middles[POST_FEW]) / (SOME - FEW)
    ratios = [
        (f"nothing to do: {MANY} x {get_slope:.3f} s, the slope of uri GETs", MANY * get_slope / middles[NOTHING], 400),
        (f"first time: {MANY} x {post_slope:.3f} s, the slope of uri POSTs", MANY * post_slope / middles[FIRST], 400),
    ]
    table(["uri / account", "times faster", "goal"], [[name, f"{ratio:.0f}", min_items(ratio, goal)] for name, ratio, goal in ratios])


def _against_sdk(repetitions: int) -> None:
    """Whole processes: a playbook, and a script that lists with the official SDK and compares."""
    entries = senders(MANY)
    with Simulator() as sim, tempfile.TemporaryDirectory() as name:
        sim.configure(ratelimit=None)
        for entry in live_senders(entries):
            sim.add_entry("block_senders", **entry)
        folder = Path(name)
        (folder / "declared.json").write_text(json.dumps({"block_senders": entries}), encoding="utf-8")
        task = {"name": "Compare", ACCOUNT_MODULE: {"block_senders": "{{ block_senders }}"}, "check_mode": True}
        (folder / "playbook.yml").write_text(json.dumps([{**LOCAL, "vars_files": ["declared.json"], "tasks": [task]}]), encoding="utf-8")
        script = [sys.executable, str(HERE / "scripts" / "sdk_senders.py"), "declared.json"]
        ways = {
            f"playbook: {MANY} blocked senders": lambda: run_playbook(sim, folder, {}),
            f"SDK: list and compare {MANY}": lambda: run_process(sim, script, folder, environment(sim, folder)),
        }
        seconds: dict[str, list[float]] = defaultdict(list)
        for repetition in range(repetitions + 1):
            for way, call in ways.items():
                began = time.perf_counter()
                printed = call()
                if repetition:
                    seconds[way].append(time.perf_counter() - began)
                assert "changed=0" in printed or f"{MANY} declared, 0 differ" in printed, printed
    rows = []
    for way, values in seconds.items():
        middle, spread = median_and_spread(values)
        rows.append([way, str(len(values)), f"{middle:.2f} s", f"{spread:.2f} s"])
    table(["whole processes", "count", "median", "spread"], rows)


def _memory() -> None:
    entries = senders(LARGE)
    cases = [
        _account(f"{LARGE} blocked senders, nothing to do", {"block_senders": entries}, {"block_senders": live_senders(entries)}),
        _account(f"{LARGE} blocked senders, first time", {"block_senders": entries}, {}),
    ]
    with Simulator() as sim, tempfile.TemporaryDirectory() as name:
        sim.configure(ratelimit=None)
        figures = [peak(sim, Path(name) / str(number), task, 2) for number, task in enumerate(cases)]
    table(["", "peak", "goal"], [[task.name, f"{figure:.0f} MiB", max_items(figure, 200)] for task, figure in zip(cases, figures, strict=True)])
