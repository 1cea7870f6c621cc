"""Ways in which the service may behave, and the expected outcome of each task with each of them.

A habit is one line of HABITS, a task one line of TASKS. The expectation comes from the documentation (docs/), not from the code: most habits change
nothing, and false answers are detected. Nothing is ever reported as done that was not.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from fault_call import call_step
from fault_cells import Judgment, World, _kinds, _state, broken_invariants, request_log
from faults import CREATE_FIELDS
from integration.support.reference_equality import normal_account, normal_form
from integration.support.step import AUDIT_MODULE, DOMAIN_MODULE, FLEET_MODULE, INFO_MODULE, Outcome, Step
from ledger import SEED, scaled

QUICK = {"timeout": 5.0, "max_wait": 3.0}
# Values that a server may show in another form: adjacent networks, choices, a number, booleans.
SETTINGS: dict[str, Any] = {
    "allowed_delivery_modes": ["DIRECT", "BCC"],
    "drop_dispositions": ["MALICIOUS", "SPAM"],
    "ip_restrictions": ["192.0.2.0/25", "192.0.2.128/25", "2001:db8::/32"],
    "lookback_hops": 2,
    "regions": ["DE"],
    "require_tls_inbound": True,
    "require_tls_outbound": False,
    "transport": "mx.example.com",
}
NAMES = [f"d{number}.example" for number in range(1, 6)]
IDS = [f"0d3f1c55-7a0b-4a59-9c3e-{number:012x}" for number in range(1, 6)]
LIVE = [{"id": live_id, "domain": name, **SETTINGS} for live_id, name in zip(IDS, NAMES, strict=True)]
UPPER_CASE_STORED = [{**each, "domain": each["domain"].title()} for each in LIVE]
NEW = {"domain": "new.example", **CREATE_FIELDS, "ip_restrictions": SETTINGS["ip_restrictions"], "transport": "mx.new.example"}
NETWORKS = ["198.51.100.0/25", "198.51.100.128/25"]
# With shifting pages of two rows, this domain is on none of them.
BOUNDARY_DOMAIN = NAMES[2]


@dataclass(frozen=True)
class Task:
    """A task.

    Args:
        writes: whether there is something to change.
        removes: whether it removes a domain.
        moves_mail: whether it changes where mail goes or comes from.
    """

    name: str
    args: Mapping[str, Any]
    module: str = DOMAIN_MODULE
    writes: bool = True
    by_id: bool = False
    removes: bool = False
    moves_mail: bool = False
    creates: bool = False


def single_tasks(name: str, **args: Any) -> list[Task]:
    """The same task for one domain by name and by id, and for that domain among many, in a batch and with single writes."""
    removes, moves = args.get("state") == "absent", bool({"transport", "ip_restrictions"} & set(args))
    writes = args.pop("writes", True)
    kinds = {"removes": removes, "moves_mail": moves and writes, "writes": writes}
    others = [{"domain": each, **SETTINGS} for each in NAMES if each != BOUNDARY_DOMAIN]
    return [
        Task(name, {"domain": BOUNDARY_DOMAIN, **args}, **kinds),
        Task(f"{name}, by id", {"domain_id": IDS[2], **args}, by_id=True, **kinds),
        *(
            Task(
                f"{name}, in a fleet, batch: {batch}",
                {"domains": [*others, {"domain": BOUNDARY_DOMAIN, **args}], "batch": batch},
                FLEET_MODULE,
                **kinds,
            )
            for batch in (("always", "never") if writes else ("auto",))
        ),
    ]


def fleet(name: str, entries: list[dict[str, Any]], batch: str, **more: Any) -> Task:
    return Task(f"fleet: {name}, batch: {batch}", {"domains": entries, "batch": batch}, FLEET_MODULE, **more)


AS_LIVE = [{"domain": each, **SETTINGS} for each in NAMES]
TASKS = [
    *single_tasks("as declared", **SETTINGS, writes=False),
    *single_tasks("hops", lookback_hops=9),
    *single_tasks("transport", transport="mx2.example.com"),
    *single_tasks("networks", ip_restrictions=NETWORKS),
    *single_tasks("transport and hops", transport="mx2.example.com", lookback_hops=9),
    *single_tasks("removal", state="absent"),
    Task("onboarding", NEW, creates=True),
    Task("removal of what is not there", {"domain": "gone.example", "state": "absent"}, writes=False),
    *(fleet("onboarding", [*AS_LIVE, NEW], batch, creates=True) for batch in ("always", "never")),
    fleet("removal of what is not there", [*AS_LIVE, {"domain": "gone.example", "state": "absent"}], "auto", writes=False),
    Task("all domains", {}, INFO_MODULE, writes=False),
    Task("two by name", {"domain": [BOUNDARY_DOMAIN, NAMES[0]]}, INFO_MODULE, writes=False),
    Task("one by id", {"domain_id": IDS[2]}, INFO_MODULE, writes=False, by_id=True),
    Task("by a filter", {"status": "ACTIVE"}, INFO_MODULE, writes=False),
    Task("all domains and their proofs", {"verification": True}, INFO_MODULE, writes=False),
    Task("audit", {"domains": AS_LIVE}, AUDIT_MODULE, writes=False),
]
TASKS_BY_NAME = {task.name: task for task in TASKS}


@dataclass(frozen=True)
class Habit:
    """A habit.

    Args:
        switches: habits of the simulator.
        live, settings: the initial state of the simulator.
        fails: kind of failure of a task that gets a false answer, by task.
        warns: whether a list of all domains warns.
        only: the tasks that it concerns, if not all.
    """

    name: str
    switches: Mapping[str, Any]
    live: list[dict[str, Any]] = field(default_factory=lambda: LIVE)
    settings: Mapping[str, Any] = field(default_factory=dict)
    fails: Mapping[str, str] = field(default_factory=dict)
    warns: bool = False
    faults: tuple[Mapping[str, Any], ...] = ()
    only: str | None = None

    def is_about(self, task: Task) -> bool:
        if self.name == "echo" and task.writes and not (task.moves_mail or task.creates or task.removes):
            return False  # the answer to PATCH is believed, as the guides say
        if self.name == "404 with an authentication code" and not task.by_id and (task.moves_mail or task.removes):
            return False  # the verification gets a false answer: see `read by id` below
        return self.only is None or bool(getattr(task, self.only))

    def expected(self, task: Task, check: bool) -> str | None:
        """The expected kind of failure. None for success."""
        if self.name == "404 with an authentication code":
            return self.fails["by_id"] if task.by_id else None
        if check:
            return None
        return next((kind for trait, kind in self.fails.items() if getattr(task, trait)), None)


PAGES = {"per_page_cap": 2}
HABITS = [
    Habit("as ever", {}),
    Habit("as ever, in pages", {}, settings=PAGES),
    Habit("total without filters", {"total_unfiltered": True}),
    Habit("total without filters, in pages", {"total_unfiltered": True}, settings=PAGES),
    Habit("total of the page", {"total_of_page": True}),
    Habit("total of the page, in pages", {"total_of_page": True}, settings=PAGES),
    Habit("total too high", {"total_too_high": True}, warns=True),
    Habit("total too high, in pages", {"total_too_high": True}, settings=PAGES, warns=True),
    Habit("total_pages", {"total_pages": True}, settings=PAGES),
    Habit("exact filter, stored in capitals", {"exact_stored_filter": True, "takes_duplicates": True}, UPPER_CASE_STORED),
    Habit("exact filter, stored in capitals, in pages", {"exact_stored_filter": True, "takes_duplicates": True}, UPPER_CASE_STORED, PAGES),
    Habit("networks joined", {"networks_joined": True}),
    Habit("networks split", {"networks_split": True}),
    Habit("other types", {"other_types": True}),
    Habit("other types and networks joined", {"other_types": True, "networks_joined": True, "total_unfiltered": True}),
    Habit("pages that shift", {"shifting_pages": True, "takes_duplicates": True}, settings=PAGES),
    Habit("removals ignored", {"delete_ignored": True}, fails={"removes": "not_applied"}),
    Habit("removals refused without a word", {"delete_bare_404": True}, fails={"removes": "not_applied"}),
    Habit("404 with an authentication code", {"get_404_auth": True}, fails={"by_id": "auth"}),
    Habit("echo", {"echo_only": True}, fails={"moves_mail": "not_applied"}),
    Habit("proofs of a status alone", {"verification_status_only": True}),
    Habit("proofs refused, 404", {"verification_refused": True}),
    Habit("proofs refused, 400", {"verification_refused": 400}),
    Habit(
        "stale lists, duplicates, and a lost answer",
        {"stale_lists": 2, "takes_duplicates": True},
        faults=({"do": "status", "status": 502, "apply": True, "match": {"method": "POST"}, "times": 1},),
        only="creates",
    ),
]
HABITS_BY_NAME = {habit.name: habit for habit in HABITS}


@dataclass(frozen=True)
class HabitCell:
    """A task with a habit, in check mode, or in a run and a second run."""

    habit_name: str
    task_name: str
    check: bool

    @property
    def habit(self) -> Habit:
        return HABITS_BY_NAME[self.habit_name]

    @property
    def task(self) -> Task:
        return TASKS_BY_NAME[self.task_name]

    def __str__(self) -> str:
        return f"{self.habit_name} | {self.task_name} | {'check mode' if self.check else 'run'}"


def cells() -> Iterator[HabitCell]:
    for habit in HABITS:
        for task in TASKS:
            if habit.is_about(task):
                yield HabitCell(habit.name, task.name, False)
                if task.module in (DOMAIN_MODULE, FLEET_MODULE) and task.writes:
                    yield HabitCell(habit.name, task.name, True)


def sampled_cells(wanted: str | None) -> dict[str, list[HabitCell]]:
    """The cells of this run, by habit: all, a sample of its size, or a single one."""
    every = list(cells())
    count = min(len(every), scaled(len(every)))
    sample = [cell for cell in every if str(cell) == wanted] if wanted else every if count == len(every) else random.Random(SEED).sample(every, count)
    return {name: found for name in HABITS_BY_NAME if (found := [cell for cell in sample if cell.habit_name == name])}


def run_habit_cell(world: World, cell: HabitCell) -> Judgment:
    habit, task = cell.habit, cell.task
    step = Step(
        {**task.args, **QUICK},
        task.module,
        check=cell.check,
        domains=habit.live,
        faults=[dict(fault) for fault in habit.faults],
        habits=habit.switches,
        settings=habit.settings,
    )
    outcome = call_step(world.simulator, step)
    wrong = [*_errors_of(cell, outcome)]
    if not wrong and not cell.check and not outcome.failed:
        again = call_step(world.simulator, Step(step.args, step.module, keep_state=True, settings=habit.settings))
        wrong += [f"the second run: {words}" for words in _errors_of_rerun(again)]
        outcome = again if wrong else outcome
    return Judgment(cell, wrong, [], outcome.seconds, request_log(outcome) if wrong else "")


def _errors_of(cell: HabitCell, outcome: Outcome) -> Iterator[str]:
    habit, task = cell.habit, cell.task
    yield from broken_invariants(outcome)
    kind, kinds = habit.expected(task, cell.check), _kinds(outcome)
    if outcome.failed is (kind is None):
        yield f"it failed: {sorted(kinds)}" if kind is None else f"it did not fail, which should be {kind}"
    elif kind is not None and kinds != {kind}:
        yield f"of the kind {sorted(kinds)}, not {kind}"
    state = _state(outcome)
    if state != ("asked" if task.writes and not cell.check and kind is None else "before"):
        yield f"the account is {state}"
    names = [normal_form("domain", each["domain"]) for each in outcome.after]
    if len(set(names)) != len(names):
        yield "there are two domains of one name"
    if task.module in (DOMAIN_MODULE, FLEET_MODULE) and kind is None and bool(outcome.result.get("changed")) is not task.writes:
        yield f"changed is {outcome.result.get('changed')}"
    if kind is not None and outcome.result.get("changed") and normal_account(outcome.before) == normal_account(outcome.after):
        yield "it is said to have changed, and has not"
    yield from _errors_of_read(cell, outcome)


def _errors_of_read(cell: HabitCell, outcome: Outcome) -> Iterator[str]:
    """What a read returns, and whether it warns."""
    habit, task, result = cell.habit, cell.task, outcome.result
    reads_all = task.module in (FLEET_MODULE, AUDIT_MODULE) or task.args in ({}, {"verification": True})
    if habit.warns and reads_all and not outcome.failed and not result.get("warnings"):
        yield "there is no warning that the total is wrong"
    if task.module == AUDIT_MODULE and not outcome.failed:
        if result["missing"] or result["summary"]["drifted"]:
            yield f"missing {result['missing']}, {result['summary']['drifted']} drifted"
    elif task.module == INFO_MODULE and not outcome.failed:
        shown = {normal_form("domain", each["domain"]) for each in result["domains"]}
        asked = {normal_form("domain", each) for each in task.args.get("domain", NAMES if "domain_id" not in task.args else [BOUNDARY_DOMAIN])}
        # A domain on no page cannot be known. Only domains that are requested by name or id have to be found.
        lost = {BOUNDARY_DOMAIN} if "shifting_pages" in habit.switches and reads_all | ("status" in task.args) else set()
        if shown | lost != asked:
            yield f"{sorted(asked ^ shown)} are shown or not shown"
        if "verification_refused" in habit.switches and task.args.get("verification"):
            if any(each["verification"] is not None for each in result["domains"]):
                yield "a proof that was refused is not null"
            if not result.get("warnings"):
                yield "there is no warning that a proof was refused"


def _errors_of_rerun(outcome: Outcome) -> Iterator[str]:
    """A second run has nothing to do."""
    if outcome.failed:
        yield f"it failed: {sorted(_kinds(outcome))}"
    if outcome.result.get("changed"):
        yield "it changed something"
    if set(outcome.methods) - {"GET"}:
        yield "it wrote"
