"""Edits by another client at the same time: the cases as data, and what must hold for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from fault_call import call_step
from fault_cells import Judgment, World, broken_invariants, is_repeated_blindly, request_log
from faults import CREATE_FIELDS, at
from integration.support.expected_result import SETTABLE_FIELDS
from integration.support.reference_equality import normal_form
from integration.support.step import FLEET_MODULE, Outcome, Step

Role = Literal["written", "kept", "undeclared"]
Moment = Literal["before the write", "before a lost write", "after a lost write", "before the look"]
Way = Literal["single", "by id", "batch", "singly"]
ROLES: tuple[Role, ...] = ("written", "kept", "undeclared")
MOMENTS: tuple[Moment, ...] = ("before the write", "before a lost write", "after a lost write", "before the look")
WAYS: tuple[Way, ...] = ("single", "by id", "batch", "singly")


class Values(NamedTuple):
    """Values of one field: the initial one, the declared one, and that of the other client."""

    first: Any
    ours: Any
    theirs: Any


VALUES = {
    "allowed_delivery_modes": Values(["DIRECT"], ["BCC"], ["JOURNAL"]),
    "drop_dispositions": Values([], ["SPAM"], ["BULK", "SPAM"]),
    "folder": Values(None, "Inbox", "AllItems"),
    "integration_id": Values(None, "5e1c1f0a-4d6b-4c53-9a83-0f2d6a1b7c11", "9c2f1a34-5b67-4c89-8d01-23456789abcd"),
    "ip_restrictions": Values([], ["192.0.2.0/24"], ["198.51.100.7"]),
    "lookback_hops": Values(1, 9, 7),
    "regions": Values(["GLOBAL"], ["US"], ["DE", "US"]),
    "require_tls_inbound": Values(False, True, False),
    "require_tls_outbound": Values(False, True, False),
    "transport": Values("mx.example.com", "mx1.example.com", "theirs.example.com"),
}
assert list(VALUES) == SETTABLE_FIELDS, "a field of the table is missing here"
NAME, OTHER, NEW_NAME = "d1.example", "d2.example", "new.example"
ID = "0d3f1c55-7a0b-4a59-9c3e-000000000001"
OTHER_ID = "0d3f1c55-7a0b-4a59-9c3e-000000000002"
INITIAL = {field: values.first for field, values in VALUES.items()}
QUICK = {"timeout": 2.0, "max_wait": 2.0}


@dataclass(frozen=True)
class Edit:
    """Another client edits `field` of the domain that the task is about to write. The task also writes `declared`."""

    field: str
    role: Role
    declared: str
    moment: Moment
    way: Way
    planned: bool = False

    def __str__(self) -> str:
        return f"{self.field} ({self.role}, with {self.declared}) {self.moment}, {self.way}{', with expected_plan' if self.planned else ''}"

    @property
    def live(self) -> dict[str, Any]:
        """The domain at first: a kept field has the declared value already, an edited one differs from the edit."""
        value = VALUES[self.field]
        is_theirs = normal_form(self.field, value.first) == normal_form(self.field, value.theirs)
        return {**INITIAL, self.field: value.ours if self.role == "kept" or (is_theirs and self.role == "undeclared") else value.first}

    @property
    def desired(self) -> dict[str, Any]:
        return {name: VALUES[name].ours for name in ([self.declared, self.field] if self.role != "undeclared" else [self.declared])}

    @property
    def theirs(self) -> dict[str, Any]:
        return {self.field: VALUES[self.field].theirs}

    @property
    def is_lost(self) -> bool:
        return "lost" in self.moment

    @property
    def ends_in_conflict(self) -> bool:
        """Whether the edit shows while the outcome of our write is not known."""
        return self.moment == "before a lost write" or (self.moment == "after a lost write" and self.role != "undeclared")

    @property
    def final(self) -> dict[str, Any]:
        """What the server must have stored in the end."""
        if self.moment == "before a lost write":
            return {**self.live, **self.theirs}
        if self.ends_in_conflict or self.role == "undeclared":
            return {**self.live, **self.desired, **self.theirs}
        return {**self.live, **self.desired}

    @property
    def faults(self) -> list[dict[str, Any]]:
        batch, single = self.way == "batch", self.way in ("single", "by id")
        write = at("POST", "batch$") if batch else at("PATCH", ID)
        reads_first = 1 if not single or self.way == "by id" else 0
        look = at("GET", ID if single else "domains$", 1 + reads_first)
        edit = {
            "do": "edit",
            "domain": ID,
            "values": self.theirs,
            "match": write if "before" in self.moment and "look" not in self.moment else look,
            "times": 1,
        }
        lost = {"do": "reset", "apply": self.moment == "after a lost write", "match": write, "times": 1}
        return [edit, *([lost] if self.is_lost else [])]


def edits() -> Iterator[Edit]:
    """Every field in every role, at every moment, in every way. An undeclared field is combined with every field that is written."""
    for way in WAYS:
        for moment in MOMENTS:
            if moment == "before the look" and way != "batch":
                continue  # a single write that is answered is not verified
            for field, value in VALUES.items():
                others = [name for name in VALUES if name != field]
                if normal_form(field, value.first) != normal_form(field, value.theirs):
                    yield Edit(field, "written", others[0], moment, way)
                yield Edit(field, "kept", others[0], moment, way)
                yield from (Edit(field, "undeclared", declared, moment, way) for declared in others)


def planned_edits() -> Iterator[Edit]:
    first, second = list(VALUES)[:2]
    for way in ("batch", "singly"):
        for field, value in VALUES.items():
            declared = second if field == first else first
            if normal_form(field, value.first) != normal_form(field, value.theirs):
                yield Edit(field, "written", declared, "before the write", way, planned=True)
            yield Edit(field, "kept", declared, "before the write", way, planned=True)
            yield Edit(field, "undeclared", declared, "before the write", way, planned=True)


def step_for(way: Way, desired: Mapping[str, Any], live: Mapping[str, Any], faults: list[dict[str, Any]], **more: Any) -> Step:
    """A task that writes the domain. For many domains, it has a second one."""
    key = {"domain_id": ID} if way == "by id" else {"domain": NAME}
    entry = {**key, **desired}
    domains = [{"id": ID, "domain": NAME, **live}, {"id": OTHER_ID, "domain": OTHER, **INITIAL}]
    if way in ("single", "by id"):
        return Step({**entry, **QUICK}, domains=domains, faults=faults, **more)
    args = {"domains": [entry, {"domain": OTHER, "lookback_hops": 9}], "batch": "always" if way == "batch" else "never", **QUICK}
    return Step(args, FLEET_MODULE, domains=domains, faults=faults, **more)


def run_edit(world: World, edit: Edit) -> Judgment:
    outcome = call_step(world.simulator, step_for(edit.way, edit.desired, edit.live, edit.faults))
    wrong = _errors_of(edit, outcome, edit.ends_in_conflict, edit.final)
    return _judgment(edit, outcome, wrong)


def run_plan(world: World, edit: Edit) -> Judgment:
    """A plan is approved, another client edits, the plan is applied: check mode and run refuse it if the changes differ."""
    asked = step_for(edit.way, edit.desired, edit.live, [])
    plan = call_step(world.simulator, Step(asked.args, FLEET_MODULE, check=True, domains=asked.domains)).result["plan"]
    approved = {**asked.args, "expected_plan": plan}
    wrong = []
    for check in (True, False):
        edited = [{**asked.domains[0], **edit.theirs}, asked.domains[1]] if asked.domains else []
        outcome = call_step(world.simulator, Step(approved, FLEET_MODULE, check=check, domains=edited))
        is_refused = edit.role != "undeclared"
        wrong += broken_invariants(outcome)
        if (outcome.failed, outcome.kind) != ((True, "conflict") if is_refused else (False, None)):
            wrong.append(f"{'in check mode' if check else 'in a run'} it ended as {outcome.kind}")
        if (is_refused or check) and set(outcome.methods) != {"GET"}:
            wrong.append("it was written")
        if not is_refused and not check:
            wrong += _differing(outcome, {**edit.live, **edit.desired, **edit.theirs})
    # An edit between list and write is not part of the plan: declared settings are written.
    during = call_step(world.simulator, Step(approved, FLEET_MODULE, domains=asked.domains, faults=edit.faults))
    wrong += _errors_of(edit, during, conflict=False, final=edit.final)
    return _judgment(edit, during, wrong)


def _judgment(case: Any, outcome: Outcome, wrong: list[str]) -> Judgment:
    return Judgment(case, wrong, [], outcome.seconds, request_log(outcome) if wrong else "")


def _errors_of(case: Edit, outcome: Outcome, conflict: bool, final: Mapping[str, Any]) -> list[str]:
    wrong = [*broken_invariants(outcome), *_differing(outcome, final), *_missing_edit(outcome)]
    failure = _failure(outcome)
    if (failure or {}).get("kind") != ("conflict" if conflict else None):
        wrong.append(f"it ended as {failure and failure['kind']}")
    elif failure and normal_form(case.field, failure["states"]["found"][case.field]) != normal_form(case.field, case.theirs[case.field]):
        wrong.append("the conflict does not show what was found")
    elif failure and case.field not in str(outcome.result):
        wrong.append("the conflict does not name the field")
    if not outcome.result["changed"] and {name: value for name, value in final.items() if name in case.desired} != {
        name: case.live[name] for name in case.desired
    }:
        wrong.append("nothing is said to have changed")
    if is_repeated_blindly(outcome):
        wrong.append("a write was repeated without a look")
    other = next(each for each in outcome.after if each["domain"] == OTHER)
    if other["lookback_hops"] != (9 if "domains" in outcome.step.args else 1):
        wrong.append("another domain is not as it should be")
    return wrong


def _missing_edit(outcome: Outcome) -> list[str]:
    """A case is void if the edit did not happen."""
    met = [name for entry in outcome.journal for name in entry["faults"]]
    return [f"nothing came of {fault['do']}" for fault in outcome.step.faults if fault["do"] not in met]


def _failure(outcome: Outcome) -> Mapping[str, Any] | None:
    """The failure of the edited domain."""
    found = [each["failure"] for each in outcome.result.get("results", ()) if "failure" in each and each["domain"] != OTHER]
    return found[0] if found else outcome.result.get("failure")


def _differing(outcome: Outcome, final: Mapping[str, Any]) -> list[str]:
    stored = next((each for each in outcome.after if each["domain"] == NAME), None)
    if stored is None:
        return ["the domain is gone"]
    return [f"{name} is {stored[name]!r}, not {value!r}" for name, value in final.items() if normal_form(name, stored[name]) != normal_form(name, value)]


@dataclass(frozen=True)
class ConcurrentWrite:
    """Another client onboards, removes or edits a domain that the task onboards or removes.

    Args:
        does: what the other client does just before the write.
        lost: the write is neither carried out nor answered.
        kinds: possible kinds of the failure. None stands for success.
        final: what the server then has stored of the domain. None: nothing.
        later: not before the write, but before its verification.
    """

    name: str
    method: str
    desired: Mapping[str, Any]
    does: Mapping[str, Any]
    lost: bool
    kinds: tuple[str | None, ...]
    final: Mapping[str, Any] | None
    later: bool = False

    def __str__(self) -> str:
        return self.name


ONBOARDED = {"domain": NEW_NAME, **CREATE_FIELDS}
ABSENT = {"domain": NAME, "state": "absent"}
UPDATED = {"domain": NAME, "lookback_hops": 9}
ADDED_AS_DESIRED = {"do": "add", "values": ONBOARDED}
ADDS_OTHERWISE = {"do": "add", "values": {**ONBOARDED, "regions": ["AU"]}}
ADDS_ANOTHER = {"do": "add", "values": {"domain": "another.example", "regions": ["AU"]}}
REMOVES = {"do": "remove", "domain": NAME}
EDITS = {"do": "edit", "domain": NAME, "values": {"transport": "theirs.example.com"}}
EDITS_THE_NEW = {"do": "edit", "domain": NEW_NAME, "values": {"regions": ["AU"]}}
THEIRS = {**INITIAL, "transport": "theirs.example.com"}
CONCURRENT_WRITES = [
    ConcurrentWrite("it is onboarded as asked", "POST", ONBOARDED, ADDED_AS_DESIRED, False, (None, "conflict"), ONBOARDED),
    ConcurrentWrite("it is onboarded otherwise", "POST", ONBOARDED, ADDS_OTHERWISE, False, ("conflict",), {**ONBOARDED, "regions": ["AU"]}),
    ConcurrentWrite("it is onboarded as asked, and the answer is lost", "POST", ONBOARDED, ADDED_AS_DESIRED, True, (None,), ONBOARDED),
    ConcurrentWrite(
        "it is onboarded otherwise, and the answer is lost", "POST", ONBOARDED, ADDS_OTHERWISE, True, ("conflict",), {**ONBOARDED, "regions": ["AU"]}
    ),
    ConcurrentWrite("another is onboarded", "POST", ONBOARDED, ADDS_ANOTHER, False, (None,), ONBOARDED),
    ConcurrentWrite("another is onboarded, and the answer is lost", "POST", ONBOARDED, ADDS_ANOTHER, True, (None,), ONBOARDED),
    ConcurrentWrite("what was onboarded is edited", "POST", ONBOARDED, EDITS_THE_NEW, False, (None,), ONBOARDED, later=True),
    ConcurrentWrite("what goes is gone", "DELETE", ABSENT, REMOVES, False, (None,), None),
    ConcurrentWrite("what goes is gone, and the answer is lost", "DELETE", ABSENT, REMOVES, True, (None,), None),
    ConcurrentWrite("what goes was edited", "DELETE", ABSENT, EDITS, False, (None,), None),
    ConcurrentWrite("what goes was edited, and the answer is lost", "DELETE", ABSENT, EDITS, True, ("conflict",), THEIRS),
    ConcurrentWrite("what changes is gone", "PATCH", UPDATED, REMOVES, False, ("not_found", "conflict"), None),
    ConcurrentWrite("what changes is gone, and the answer is lost", "PATCH", UPDATED, REMOVES, True, ("not_found", "conflict"), None),
    ConcurrentWrite("another is onboarded while one changes", "PATCH", UPDATED, ADDS_ANOTHER, True, (None,), {**INITIAL, "lookback_hops": 9}),
]


def concurrent_writes() -> Iterator[tuple[ConcurrentWrite, Way]]:
    yield from ((meeting, way) for meeting in CONCURRENT_WRITES for way in ("single", "batch", "singly") if not meeting.later or way == "batch")


def run_concurrent_write(world: World, case: tuple[ConcurrentWrite, Way]) -> Judgment:
    meeting, way = case
    write = at("POST", "batch$") if way == "batch" else at(meeting.method, "domains$" if meeting.method == "POST" else ID)
    met = at("GET", nth=2) if meeting.later else write
    faults = [{**meeting.does, "match": met, "times": 1}, *([{"do": "reset", "match": write, "times": 1}] if meeting.lost else [])]
    domains = [{"id": ID, "domain": NAME, **INITIAL}, {"id": OTHER_ID, "domain": OTHER, **INITIAL}]
    args = {**meeting.desired, **QUICK}
    module = {}
    if way != "single":
        args = {"domains": [meeting.desired, {"domain": OTHER, "lookback_hops": 9}], "batch": "always" if way == "batch" else "never", **QUICK}
        module = {"module": FLEET_MODULE}
    outcome = call_step(world.simulator, Step(args, domains=domains, faults=faults, **module))
    wrong = [*broken_invariants(outcome), *_missing_edit(outcome)]
    failure = _failure(outcome)
    if (failure or {}).get("kind") not in meeting.kinds:
        wrong.append(f"it ended as {failure and failure['kind']}")
    stored = [each for each in outcome.after if each["domain"] == meeting.desired["domain"]]
    if len(stored) != (meeting.final is not None):
        wrong.append(f"there are {len(stored)} of it")
    elif meeting.final is not None:
        wrong += [f"{name} is {stored[0][name]!r}" for name, value in meeting.final.items() if normal_form(name, stored[0][name]) != normal_form(name, value)]
    if "another" in meeting.name and not any(each["domain"] == "another.example" and each["regions"] == ["AU"] for each in outcome.after):
        wrong.append("a domain of theirs is not as they want it")
    if is_repeated_blindly(outcome):
        wrong.append("a write was repeated without a look")
    return _judgment(f"{meeting.name}, {way}", outcome, wrong)
