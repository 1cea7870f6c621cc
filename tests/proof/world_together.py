"""Two tasks for many domains on one account at the same time: what each declares, how it runs, and what must hold of both afterwards."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from fault_call import call_module
from fault_cells import World
from faults import CREATE_FIELDS
from integration.support.invariants import INTERNAL_ERROR
from integration.support.reference_equality import normal_form
from integration.support.step import FLEET_MODULE, Step
from simulator import Simulator

Domain = dict[str, Any]
INITIAL = {"lookback_hops": 1, "transport": "mx.example.com", "regions": ["GLOBAL"], "folder": "Inbox", "require_tls_inbound": False}
OURS = {"lookback_hops": 9, "transport": "a.example.com", "require_tls_inbound": True}
THEIRS = {"lookback_hops": 3, "transport": "b.example.com", "require_tls_inbound": False}
MAX_WAIT, TIME_OUT = 20.0, 5.0
# Kinds of failure of a domain that the other task changes, creates or removes at the same time.
ALLOWED_FAILURES = {"conflict", "not_found"}


@dataclass(frozen=True)
class ConcurrentRun:
    """A case, identified by its number: everything else is drawn from it.

    Args:
        seed: number of the case.
        relation: whether both tasks declare equal, opposite or separate settings.
        batches: the option `batch` of each task.
        is_limited: whether the rate limit is low.
    """

    seed: int
    relation: str
    batches: tuple[str, str]
    is_limited: bool

    def __str__(self) -> str:
        return f"{self.relation} declarations, batch {' and '.join(self.batches)}{', few requests' if self.is_limited else ''}, {self.seed}"

    @property
    def rng(self) -> random.Random:
        return random.Random(f"{self.seed} {self.relation}")

    @property
    def live(self) -> list[Domain]:
        return [{"id": f"0d3f1c55-7a0b-4a59-9c3e-{number:012x}", "domain": f"d{number}.example", **INITIAL} for number in range(1, self.rng.randint(8, 30))]

    def declared(self) -> tuple[list[Domain], list[Domain]]:
        """The entries of each task, in its own order."""
        rng = self.rng
        pairs = [self._pair(rng, each["domain"]) for each in self.live[:-2]]  # nobody declares the last two
        pairs += [self._new(f"new{number}.example") for number in range(rng.randint(0, 4))]
        first, second = ([pair[side] for pair in pairs] for side in (0, 1))
        rng.shuffle(first)
        rng.shuffle(second)
        return first, second

    def _pair(self, rng: random.Random, name: str) -> tuple[Domain, Domain]:
        if self.relation == "separate":
            return {"domain": name, "lookback_hops": 9, "regions": ["US"]}, {"domain": name, "transport": "b.example.com", "folder": "AllItems"}
        fields = rng.sample(sorted(OURS), rng.randint(1, 3))
        ours = {"domain": name, **{key: OURS[key] for key in fields}}
        if rng.random() < 0.15:
            ours = {"domain": name, "state": "absent"}
        if self.relation == "equal":
            return ours, dict(ours)
        return ours, {"domain": name, **{key: THEIRS[key] for key in fields}}

    def _new(self, name: str) -> tuple[Domain, Domain]:
        ours = {"domain": name, **CREATE_FIELDS}
        if self.relation == "opposite":
            return ours, {**ours, "regions": ["AU"]}
        return ours, dict(ours)


def concurrent_runs(count: int) -> Iterator[ConcurrentRun]:
    ways = [("auto", "auto"), ("never", "never"), ("auto", "never"), ("always", "always")]
    for seed in range(count):
        for relation in ("opposite", "equal", "separate"):
            yield ConcurrentRun(seed, relation, ways[seed % len(ways)], is_limited=seed % 5 == 4)


@dataclass(frozen=True)
class Task:
    """One of the two tasks, and when to start it, by the clock that all processes share."""

    args: Mapping[str, Any]
    environment: Mapping[str, str]
    start_time: float


@dataclass(frozen=True)
class TaskResult:
    result: dict[str, Any]
    seconds: float


def run_task(_world: World, task: Task) -> TaskResult:
    """Run a task in a process of its own, as Ansible does."""
    time.sleep(max(0.0, task.start_time - time.monotonic()))
    result, _output, seconds = call_module(Step(task.args, FLEET_MODULE), task.environment)
    return TaskResult(result, seconds)


def tasks(case: ConcurrentRun, simulator: Simulator) -> tuple[Task, Task]:
    """The two tasks, with a credential each. With a low rate limit they share one, and with it the limit."""
    rng = case.rng
    start_time = time.monotonic() + 0.1
    token = {"CLOUDFLARE_API_TOKEN": simulator.token, "CLOUDFLARE_EMAIL": "", "CLOUDFLARE_API_KEY": ""}
    pair = {"CLOUDFLARE_API_TOKEN": "", "CLOUDFLARE_EMAIL": simulator.email, "CLOUDFLARE_API_KEY": simulator.key}
    common = {"CLOUDFLARE_BASE_URL": simulator.base_url, "CLOUDFLARE_ACCOUNT_ID": simulator.account_id}
    both_tasks = []
    for number, (declared, batch) in enumerate(zip(case.declared(), case.batches, strict=True)):
        args = {"domains": declared, "batch": batch, "concurrency": rng.choice([1, 3, 8]), "timeout": TIME_OUT, "max_wait": MAX_WAIT}
        credential = token if number == 0 or case.is_limited else pair
        both_tasks.append(Task(args, {**common, **credential}, start_time + number * rng.choice([0.0, 0.005, 0.02, 0.05])))
    return both_tasks[0], both_tasks[1]


@dataclass
class History:
    """The values that each field of each domain has had, in order, and whether the domain existed."""

    values: dict[tuple[str, str], list[Any]] = field(default_factory=dict)
    presence: dict[str, list[bool]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def add_write(self, name: str, desired: Mapping[str, Any]) -> None:
        self.presence.setdefault(name, [False]).append(True)
        for key, value in desired.items():
            if key not in ("id", "domain"):
                self.values.setdefault((name, key), []).append(normal_form(key, value))

    def add_removal(self, live_id: str) -> None:
        self.presence[self.names[live_id]].append(False)


def history_of(before: list[Domain], after: list[Domain], journal: list[dict[str, Any]]) -> History:
    """The history from the initial state and the successful writes, in the order of the journal."""
    history = History(names={each["id"]: each["domain"] for each in [*before, *after]})
    for each in before:
        history.presence[each["domain"]] = [True]
        for key, value in each.items():
            if key in INITIAL:
                history.values[each["domain"], key] = [normal_form(key, value)]
    for entry in journal:
        if entry["method"] == "GET" or entry["status"] not in (200, 201):
            continue
        live_id, body = entry["path"].rpartition("/")[2], entry["body"]
        if live_id == "batch":
            for each in body["deletes"]:
                history.add_removal(each["id"])
            for each in body["patches"]:
                history.add_write(history.names[each["id"]], each)
            for each in body["posts"]:
                history.add_write(each["domain"], each)
        elif entry["method"] == "DELETE":
            history.add_removal(live_id)
        else:
            history.add_write(body["domain"] if entry["method"] == "POST" else history.names[live_id], body)
    return history


def errors_of(
    case: ConcurrentRun, outcomes: tuple[TaskResult, TaskResult], before: list[Domain], after: list[Domain], journal: list[dict[str, Any]]
) -> list[str]:
    """Everything that is wrong with the results of both tasks."""
    history = history_of(before, after, journal)
    declared = case.declared()
    stored = {each["domain"]: each for each in after}
    wrong = []
    for number, (one, entries) in enumerate(zip(outcomes, declared, strict=True)):
        who = "first" if number == 0 else "second"
        wrong += [f"{who}: {words}" for words in _errors_of_task(case, one, entries, history)]
    for ours, theirs in _pairs_of_entries(declared):
        wrong += _errors_of_domain(case, ours, theirs, outcomes, stored)
    for each in before[-2:]:
        if stored.get(each["domain"]) != each:
            wrong.append(f"{each['domain']} was not declared, and has changed")
    return wrong


def _pairs_of_entries(declared: tuple[list[Domain], list[Domain]]) -> Iterator[tuple[Domain, Domain]]:
    theirs = {each["domain"]: each for each in declared[1]}
    return ((each, theirs[each["domain"]]) for each in declared[0])


def _errors_of_task(case: ConcurrentRun, outcome: TaskResult, entries: list[Domain], history: History) -> Iterator[str]:
    result = outcome.result
    if "summary" not in result or INTERNAL_ERROR in str(result):
        yield f"no result: {result.get('msg')}"
        return
    if outcome.seconds > MAX_WAIT + 2 * TIME_OUT:
        yield f"it took {outcome.seconds:.1f} s"
    if "failure" in result:
        yield f"it was stopped: {result['msg']}"
    reported = {each["domain"]: each for each in result["results"]}
    if result["changed"] is not any(each["changes"] for each in reported.values()):
        yield "changed does not fit its results"
    for desired in entries:
        name = desired["domain"]
        entry = reported.get(name)
        if entry is not None and "failure" in entry:
            if entry["failure"]["kind"] not in ALLOWED_FAILURES:
                yield f"{name}: {entry['msg']}"
            elif case.relation == "separate" and name in {each["domain"] for each in case.live}:
                yield f"{name}: nobody was in the way, and yet: {entry['msg']}"
        yield from (f"{name}: {words}" for words in _false_statements(desired, entry, history))


def _false_statements(desired: Domain, entry: dict[str, Any] | None, history: History) -> Iterator[str]:
    """Statements of a task about a domain that were never true in its history."""
    name = desired["domain"]
    settings = {key: normal_form(key, value) for key, value in desired.items() if key not in ("domain", "state")}
    been = history.presence.get(name, [False])
    if entry is None or "failure" not in entry:
        if (desired.get("state") != "absent") not in been:
            yield "it is not, and never was, as it is said to be"
        for key, value in settings.items():
            if value not in history.values.get((name, key), ()):
                yield f"{key} never was what it is said to be"
    for key, pair in (entry or {}).get("changes", {}).items():
        held = history.values.get((name, key))
        if key != "domain" and entry and entry["action"] == "update" and held is not None:
            yield from (f"{key} never was {pair[side]!r}, its {side}" for side in ("before", "after") if normal_form(key, pair[side]) not in held)


def _errors_of_domain(
    case: ConcurrentRun, ours: Domain, theirs: Domain, outcomes: tuple[TaskResult, TaskResult], stored: Mapping[str, Domain]
) -> Iterator[str]:
    """The final value of each field was declared by one of the tasks, which reports it."""
    name = ours["domain"]
    live = stored.get(name)
    if (live is not None) and "absent" in (ours.get("state"), theirs.get("state")) and case.relation == "equal":
        yield f"{name}: both wanted it to go, and it is there"
    if live is None:
        if "absent" not in (ours.get("state"), theirs.get("state")):
            yield f"{name}: nobody wanted it to go, and it is gone"
        return
    for key in INITIAL:
        value = normal_form(key, live[key])
        wanted = [normal_form(key, desired[key]) if key in desired else None for desired in (ours, theirs)]
        declares = [key in desired for desired in (ours, theirs)]
        if not any(declares):
            if value != normal_form(key, INITIAL[key]) and not name.startswith("new"):
                yield f"{name}: nobody declared {key}, and it is {value!r}"
            continue
        said = [_reports_value(one, desired, key, value) for one, desired in zip(outcomes, (ours, theirs), strict=True)]
        fine = [_has_no_failure(one, name) for one in outcomes]
        if not any(reported and declared and want == value for reported, declared, want in zip(said, declares, wanted, strict=True)):
            yield f"{name}: {key} is {value!r}, which neither of them says"
        for is_fine, declared, want, other in zip(fine, declares, wanted, reversed(declares), strict=True):
            if is_fine and declared and want != value and not other:
                yield f"{name}: {key} is {value!r}, was declared {want!r} by one alone, and nothing is said of it"


def _has_no_failure(outcome: TaskResult, name: str) -> bool:
    return all("failure" not in each for each in outcome.result.get("results", ()) if each["domain"] == name)


def _reports_value(outcome: TaskResult, desired: Domain, key: str, value: Any) -> bool:
    """Whether a task reports this value: as its own change, as already there, or with a failure as unknown."""
    entry = next((each for each in outcome.result.get("results", ()) if each["domain"] == desired["domain"]), None)
    if entry is None:
        return key in desired and normal_form(key, desired[key]) == value
    if "failure" in entry:
        return True
    pair = entry["changes"].get(key)
    return normal_form(key, pair["after"]) == value if pair else key in desired and normal_form(key, desired[key]) == value
