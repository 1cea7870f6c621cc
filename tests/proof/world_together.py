"""Two fleets at work on one account at the same time: who wants what, how they go about it, and what must hold of both afterwards."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from fault_call import call_module
from fault_cells import World
from faults import FOUR
from integration.support.invariants import INTERNAL_ERROR
from integration.support.reference_equality import normal_form
from integration.support.step import FLEET_MODULE, Step
from simulator import Simulator

Domain = dict[str, Any]
FIRST = {"lookback_hops": 1, "transport": "mx.example.com", "regions": ["GLOBAL"], "folder": "Inbox", "require_tls_inbound": False}
OURS = {"lookback_hops": 9, "transport": "a.example.com", "require_tls_inbound": True}
THEIRS = {"lookback_hops": 3, "transport": "b.example.com", "require_tls_inbound": False}
MAX_WAIT, TIME_OUT = 20.0, 5.0
# What may go wrong with a domain that somebody else changes, onboards or removes meanwhile.
FAIR = {"conflict", "not_found"}


@dataclass(frozen=True)
class Contest:
    """A case by its number: everything else is drawn from it."""

    seed: int
    desired_objects: str
    batches: tuple[str, str]
    is_limited: bool

    def __str__(self) -> str:
        return f"{self.desired_objects} wishes, batch {' and '.join(self.batches)}{', few requests' if self.is_limited else ''}, {self.seed}"

    @property
    def dice(self) -> random.Random:
        return random.Random(f"{self.seed} {self.desired_objects}")

    @property
    def live(self) -> list[Domain]:
        return [{"id": f"0d3f1c55-7a0b-4a59-9c3e-{number:012x}", "domain": f"d{number}.example", **FIRST} for number in range(1, self.dice.randint(8, 30))]

    def declared(self) -> tuple[list[Domain], list[Domain]]:
        """What each of the two wants, in an order of its own."""
        dice = self.dice
        pairs = [self._pair(dice, each["domain"]) for each in self.live[:-2]]  # the last two are nobody's
        pairs += [self._new(f"new{number}.example") for number in range(dice.randint(0, 4))]
        first, second = ([pair[side] for pair in pairs] for side in (0, 1))
        dice.shuffle(first)
        dice.shuffle(second)
        return first, second

    def _pair(self, dice: random.Random, name: str) -> tuple[Domain, Domain]:
        if self.desired_objects == "separate":
            return {"domain": name, "lookback_hops": 9, "regions": ["US"]}, {"domain": name, "transport": "b.example.com", "folder": "AllItems"}
        fields = dice.sample(sorted(OURS), dice.randint(1, 3))
        ours = {"domain": name, **{key: OURS[key] for key in fields}}
        if dice.random() < 0.15:
            ours = {"domain": name, "state": "absent"}
        if self.desired_objects == "equal":
            return ours, dict(ours)
        return ours, {"domain": name, **{key: THEIRS[key] for key in fields}}

    def _new(self, name: str) -> tuple[Domain, Domain]:
        ours = {"domain": name, **FOUR}
        if self.desired_objects == "opposite":
            return ours, {**ours, "regions": ["AU"]}
        return ours, dict(ours)


def contests(count: int) -> Iterator[Contest]:
    ways = [("auto", "auto"), ("never", "never"), ("auto", "never"), ("always", "always")]
    for seed in range(count):
        for desired_objects in ("opposite", "equal", "separate"):
            yield Contest(seed, desired_objects, ways[seed % len(ways)], is_limited=seed % 5 == 4)


@dataclass(frozen=True)
class Task:
    """One of the two, to be begun at a moment of the clock that all processes share."""

    args: Mapping[str, Any]
    environment: Mapping[str, str]
    begins: float


@dataclass(frozen=True)
class Ended:
    result: dict[str, Any]
    seconds: float


def one_of_two(_world: World, task: Task) -> Ended:
    """In a process of its own, as Ansible does it."""
    time.sleep(max(0.0, task.begins - time.monotonic()))
    result, _output, seconds = call_module(Step(task.args, FLEET_MODULE), task.environment)
    return Ended(result, seconds)


def tasks(contest: Contest, simulator: Simulator) -> tuple[Task, Task]:
    """With a credential each; if requests are few, they share it, and with it the limit."""
    dice = contest.dice
    begins = time.monotonic() + 0.1
    token = {"CLOUDFLARE_API_TOKEN": simulator.token, "CLOUDFLARE_EMAIL": "", "CLOUDFLARE_API_KEY": ""}
    pair = {"CLOUDFLARE_API_TOKEN": "", "CLOUDFLARE_EMAIL": simulator.email, "CLOUDFLARE_API_KEY": simulator.key}
    common = {"CLOUDFLARE_BASE_URL": simulator.base_url, "CLOUDFLARE_ACCOUNT_ID": simulator.account_id}
    made = []
    for number, (declared, batch) in enumerate(zip(contest.declared(), contest.batches, strict=True)):
        args = {"domains": declared, "batch": batch, "concurrency": dice.choice([1, 3, 8]), "timeout": TIME_OUT, "max_wait": MAX_WAIT}
        credential = token if number == 0 or contest.is_limited else pair
        made.append(Task(args, {**common, **credential}, begins + number * dice.choice([0.0, 0.005, 0.02, 0.05])))
    return made[0], made[1]


@dataclass
class History:
    """What the account has held of each domain and field, first things first; None: there was no such domain."""

    values: dict[tuple[str, str], list[Any]] = field(default_factory=dict)
    presence: dict[str, list[bool]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def put(self, name: str, desired: Mapping[str, Any]) -> None:
        self.presence.setdefault(name, [False]).append(True)
        for key, value in desired.items():
            if key not in ("id", "domain"):
                self.values.setdefault((name, key), []).append(normal_form(key, value))

    def take(self, live_id: str) -> None:
        self.presence[self.names[live_id]].append(False)


def history_of(before: list[Domain], after: list[Domain], journal: list[dict[str, Any]]) -> History:
    """From what was stored at first, and the writes that were answered well, in the order in which they were done."""
    history = History(names={each["id"]: each["domain"] for each in [*before, *after]})
    for each in before:
        history.presence[each["domain"]] = [True]
        for key, value in each.items():
            if key in FIRST:
                history.values[each["domain"], key] = [normal_form(key, value)]
    for entry in journal:
        if entry["method"] == "GET" or entry["status"] not in (200, 201):
            continue
        live_id, body = entry["path"].rpartition("/")[2], entry["body"]
        if live_id == "batch":
            for each in body["deletes"]:
                history.take(each["id"])
            for each in body["patches"]:
                history.put(history.names[each["id"]], each)
            for each in body["posts"]:
                history.put(each["domain"], each)
        elif entry["method"] == "DELETE":
            history.take(live_id)
        else:
            history.put(body["domain"] if entry["method"] == "POST" else history.names[live_id], body)
    return history


def wrong_with(contest: Contest, ended: tuple[Ended, Ended], before: list[Domain], after: list[Domain], journal: list[dict[str, Any]]) -> list[str]:
    """All that does not fit together."""
    history = history_of(before, after, journal)
    declared = contest.declared()
    stored = {each["domain"]: each for each in after}
    wrong = []
    for number, (one, desired_objects) in enumerate(zip(ended, declared, strict=True)):
        who = "first" if number == 0 else "second"
        wrong += [f"{who}: {words}" for words in _of_one(contest, one, desired_objects, history)]
    for ours, theirs in _both(declared):
        wrong += _of_a_domain(contest, ours, theirs, ended, stored)
    for each in before[-2:]:
        if stored.get(each["domain"]) != each:
            wrong.append(f"{each['domain']} is nobody's, and has changed")
    return wrong


def _both(declared: tuple[list[Domain], list[Domain]]) -> Iterator[tuple[Domain, Domain]]:
    theirs = {each["domain"]: each for each in declared[1]}
    return ((each, theirs[each["domain"]]) for each in declared[0])


def _of_one(contest: Contest, ended: Ended, desired_objects: list[Domain], history: History) -> Iterator[str]:
    result = ended.result
    if "summary" not in result or INTERNAL_ERROR in str(result):
        yield f"no result: {result.get('msg')}"
        return
    if ended.seconds > MAX_WAIT + 2 * TIME_OUT:
        yield f"it took {ended.seconds:.1f} s"
    if "failure" in result:
        yield f"it was stopped: {result['msg']}"
    told = {each["domain"]: each for each in result["results"]}
    if result["changed"] is not any(each["changes"] for each in told.values()):
        yield "changed does not fit its results"
    for desired in desired_objects:
        name = desired["domain"]
        entry = told.get(name)
        if entry is not None and "failure" in entry:
            if entry["failure"]["kind"] not in FAIR:
                yield f"{name}: {entry['msg']}"
            elif contest.desired_objects == "separate" and name in {each["domain"] for each in contest.live}:
                yield f"{name}: nobody was in the way, and yet: {entry['msg']}"
        yield from (f"{name}: {words}" for words in _untrue(desired, entry, history))


def _untrue(desired: Domain, entry: dict[str, Any] | None, history: History) -> Iterator[str]:
    """What a task says of a domain, against all that the domain has ever been."""
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


def _of_a_domain(contest: Contest, ours: Domain, theirs: Domain, ended: tuple[Ended, Ended], stored: Mapping[str, Domain]) -> Iterator[str]:
    """What is stored in the end is what somebody wanted, and said to have done."""
    name = ours["domain"]
    live = stored.get(name)
    if (live is not None) and "absent" in (ours.get("state"), theirs.get("state")) and contest.desired_objects == "equal":
        yield f"{name}: both wanted it to go, and it is there"
    if live is None:
        if "absent" not in (ours.get("state"), theirs.get("state")):
            yield f"{name}: nobody wanted it to go, and it is gone"
        return
    for key in FIRST:
        value = normal_form(key, live[key])
        wanted = [normal_form(key, desired[key]) if key in desired else None for desired in (ours, theirs)]
        declares = [key in desired for desired in (ours, theirs)]
        if not any(declares):
            if value != normal_form(key, FIRST[key]) and not name.startswith("new"):
                yield f"{name}: nobody declared {key}, and it is {value!r}"
            continue
        said = [_says(one, desired, key, value) for one, desired in zip(ended, (ours, theirs), strict=True)]
        fine = [_is_fine(one, name) for one in ended]
        if not any(told and declared and want == value for told, declared, want in zip(said, declares, wanted, strict=True)):
            yield f"{name}: {key} is {value!r}, which neither of them says"
        for is_fine, declared, want, other in zip(fine, declares, wanted, reversed(declares), strict=True):
            if is_fine and declared and want != value and not other:
                yield f"{name}: {key} is {value!r}, was declared {want!r} by one alone, and nothing is said of it"


def _is_fine(ended: Ended, name: str) -> bool:
    return all("failure" not in each for each in ended.result.get("results", ()) if each["domain"] == name)


def _says(ended: Ended, desired: Domain, key: str, value: Any) -> bool:
    """Whether a task says that it leaves the field like this: as a change of its own, or because it found it so; or that it does not know."""
    entry = next((each for each in ended.result.get("results", ()) if each["domain"] == desired["domain"]), None)
    if entry is None:
        return key in desired and normal_form(key, desired[key]) == value
    if "failure" in entry:
        return True
    pair = entry["changes"].get(key)
    return normal_form(key, pair["after"]) == value if pair else key in desired and normal_form(key, desired[key]) == value
