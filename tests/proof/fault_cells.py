"""Cells of the matrix: what is expected of a fault at a position, how a cell is run, and what was wrong with it."""

from __future__ import annotations

import os
import random
import re
import time
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from fault_call import call_step
from faults import DATE, ELSEWHERE, FAULTS, LIVE, POSITIONS, TYPICAL, Fault, Position
from integration.support.expected_result import SETTABLE_FIELDS, desired_of
from integration.support.invariants import INTERNAL_ERROR, check_invariants
from integration.support.reference_equality import normal_account, normal_form
from integration.support.step import FLEET_MODULE, Outcome, Step
from ledger import SEED, scaled
from simulator import Simulator
from simulator.scenario import READ_TOKEN
from wire import Wire, bystander

# How much slower than expected the machine may be.
TOLERANCE_SECONDS = 1.5
TIME_OUT = 0.4
POSITIONS_BY_NAME = {position.name: position for position in POSITIONS}


# Positions at which a server that wrongly reports a domain as gone has to be believed.
BELIEVED_POSITIONS = {"look after PATCH that was not done", "look after PATCH that does not show", "look after a transport", "fleet: every write"}


@dataclass(frozen=True)
class Cell:
    """A fault at a position, once or permanently, in check mode or in a run."""

    fault_name: str
    position_name: str
    once: bool
    check: bool

    @property
    def fault(self) -> Fault:
        return FAULTS[self.fault_name]

    @property
    def position(self) -> Position:
        return POSITIONS_BY_NAME[self.position_name]

    @property
    def is_met(self) -> bool:
        """Whether the task reaches the request. Check mode never reaches a write."""
        return not self.check or self.position.place == "read"

    @property
    def timeout(self) -> float:
        return TIME_OUT if self.fault.slow else self.fault.timeout

    @property
    def max_wait(self) -> float:
        # A request that hangs is carried out when the client has disconnected, so the second read finds it.
        to_the_second_look = self.fault.slow and not self.once and self.position.place in ("write", "batch")
        patience = 2.0 if to_the_second_look else 0.8 if self.fault.slow else 0.5
        return max(patience, self.fault.wait) if self.once else patience

    @property
    def max_seconds(self) -> float:
        """Seconds in which it has to end."""
        waits_for_time_outs = self.fault.slow or self.fault.timeout > 2
        return self.max_wait + (2 * self.timeout if waits_for_time_outs else 0) + TOLERANCE_SECONDS

    def __str__(self) -> str:
        return f"{self.fault_name} | {self.position_name} | {'once' if self.once else 'permanently'} | {'check mode' if self.check else 'run'}"


@dataclass(frozen=True)
class Expected:
    """What is expected of a cell.

    Args:
        done: the task may succeed.
        kinds: kinds that its failure may have.
        state: what the server may have stored at the end.
    """

    done: bool
    kinds: frozenset[str] = frozenset()
    state: str = "asked"


def cells(check: bool) -> Iterator[Cell]:
    for fault in FAULTS.values():
        for position in POSITIONS:
            if not _is_of_interest(fault, position):
                continue
            for once in (True, False):
                cell = Cell(fault.name, position.name, once, check)
                if cell.is_met or once:
                    yield cell


def _is_of_interest(fault: Fault, position: Position) -> bool:
    if fault.is_of_the_wire and position.every:
        return False  # below HTTP every later request fails anyway
    if fault.gone and position.name in BELIEVED_POSITIONS:
        return False
    return not position.unusual or fault.name in TYPICAL


def sampled_cells(check: bool) -> dict[str, list[Cell]]:
    """The cells of this run, by fault: all of them, or a sample of its size."""
    every = list(cells(check))
    if wanted := os.environ.get("PROOF_CELL"):
        sample = [cell for cell in every if str(cell) == wanted]
    else:
        count = min(len(every), scaled(len(every)))
        sample = every if count == len(every) else random.Random(SEED).sample(every, count)
    return {name: found for name in FAULTS if (found := [cell for cell in sample if cell.fault_name == name])}


def expected(cell: Cell) -> Expected:
    fault, place = cell.fault, cell.position.place
    if fault.kind is None or not cell.is_met:
        return Expected(done=True, state="before" if cell.check else "asked")
    kinds = frozenset({fault.kind})
    passes = cell.once and fault.read == "again"
    if place == "proof":
        return Expected(done=True)
    if place == "read":
        return Expected(passes, kinds, "before" if cell.check or not passes else "asked")
    if place == "relist":
        # A lost batch with an unknown outcome keeps its own kind.
        return Expected(passes, kinds | ({"network"} if cell.position.first else frozenset()))
    if place == "look":
        return _of_a_look(cell, passes)
    if place == "verify":
        # The write was acknowledged, but cannot be verified. A domain that is gone is what was desired.
        return Expected(passes or fault.gone, kinds)
    if place == "batch":
        return _of_a_batch(cell, kinds)
    return _of_a_write(cell, kinds)


def _of_a_look(cell: Cell, passes: bool) -> Expected:
    """A failed verification keeps the kind of the write whose outcome is not known."""
    if passes:
        return Expected(done=True)
    position = cell.position
    if "not show" in position.name:
        return Expected(done=False, kinds=frozenset({str(cell.fault.kind)}))
    undone = "not done" in position.name
    if position.is_of_a_fleet:
        # The same list verifies the removal.
        return Expected(done=False, kinds=frozenset({"network", str(cell.fault.kind)}))
    if cell.fault.gone and position.match["path"] != "domains$":
        return Expected(done="DELETE" in position.name, kinds=frozenset({"conflict"}), state="before" if undone else "asked")
    return Expected(done=False, kinds=frozenset({"network"}), state="before" if undone else "asked")


def _of_a_batch(cell: Cell, kinds: frozenset[str]) -> Expected:
    """What a batch did not do is done with single writes, unless these would fail as well."""
    fault = cell.fault
    if fault.is_of_the_wire and not cell.once:
        # Then all other requests fail, too.
        return Expected(done=False, kinds=kinds, state="asked" if fault.write == "done" else "before")
    stops = fault.kind in ("auth", "rate_limited") or (fault.is_of_the_wire and fault.write in ("again", "refused"))
    is_repeated = fault.write == "again" and cell.once
    return Expected(done=False, kinds=kinds, state="asked" if fault.write == "done" else "before") if stops and not is_repeated else Expected(done=True)


def _of_a_write(cell: Cell, kinds: frozenset[str]) -> Expected:
    fault, position = cell.fault, cell.position
    failed = Expected(done=False, kinds=kinds, state="some" if position.is_of_a_fleet else "before")
    if fault.gone and position.match["method"] == "DELETE":
        return Expected(done=False, kinds=frozenset({"not_applied"}), state=failed.state)  # it exists, whatever the answer says
    if fault.kind == "auth" and position.is_of_a_fleet and not (fault.write == "again" and cell.once):
        return failed  # whatever the outcome of this write, the others are not sent
    if fault.write == "done":
        # Permanently: below HTTP, the verification fails like the write.
        return (
            Expected(done=True) if cell.once or not fault.is_of_the_wire else Expected(done=False, kinds=kinds, state=failed.state.replace("before", "asked"))
        )
    is_sent_again = fault.write == "again" or (fault.write == "undone" and fault.settles)
    works_in_the_end = fault.name == "hang, and the work at its end"
    return Expected(done=True) if is_sent_again and (cell.once or works_in_the_end) else failed


class World:
    """The servers of one worker process."""

    def __init__(self, folder: Path) -> None:
        for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
            os.environ.pop(name, None)
            os.environ.pop(name.lower(), None)
        self.simulator = Simulator().start()
        self.elsewhere = bystander()
        self.wire = Wire(int(self.simulator.base_url.partition("://")[2].partition(":")[2].partition("/")[0]), folder)

    def outcome(self, cell: Cell) -> Outcome:
        self.elsewhere.count = 0
        if not cell.fault.is_of_the_wire:
            outcome = self._run_step(cell, {}, {}, [*cell.position.first, self._fault(cell)])
            if cell.fault.do.get("apply") == "after":
                time.sleep(0.1)  # a hanging request is carried out when the client has gone, and must not reach the account of the next cell
            return outcome
        with self.wire.troubled(str(cell.fault.do), cell.position.number, 1 if cell.once else None) as (options, environment):
            return self._run_step(cell, options, environment, list(cell.position.first))

    def undisturbed(self, position: Position) -> Outcome:
        """The task of a position without the fault."""
        args = {**position.args, "timeout": 5.0, "max_wait": 2.0} | ({"concurrency": 1} if position.is_of_a_fleet else {})
        kind = {"module": FLEET_MODULE} if position.is_of_a_fleet else {}
        step = Step(args, **kind, domains=LIVE, faults=list(position.first), habits=position.habits, settings=position.settings)
        return call_step(self.simulator, step)

    def _run_step(self, cell: Cell, options: Mapping[str, Any], environment: Mapping[str, str], faults: list[Any]) -> Outcome:
        position = cell.position
        args = {**position.args, "timeout": cell.timeout, "max_wait": cell.max_wait, **options}
        if position.is_of_a_fleet:
            # One request after the other, if their number decides which one meets the fault.
            args["concurrency"] = 1 if cell.fault.is_of_the_wire else 4
        reading = {"CLOUDFLARE_API_TOKEN": READ_TOKEN} if cell.check else {}
        step = Step(
            args,
            **({"module": FLEET_MODULE} if position.is_of_a_fleet else {}),
            check=cell.check,
            domains=LIVE,
            faults=faults,
            habits=position.habits,
            settings=position.settings,
            environment={**environment, **reading},
        )
        return call_step(self.simulator, step)

    def _fault(self, cell: Cell) -> dict[str, Any]:
        return {**self.fault_of(cell.fault), "match": dict(cell.position.match), "times": 1 if cell.once else None}

    def fault_of(self, fault: Fault) -> dict[str, Any]:
        """The fault for the simulator, with what is only known now."""
        does = dict(fault.do)  # type: ignore[arg-type]
        if ELSEWHERE in str(does.get("location")):
            does["location"] = str(does["location"]).replace(ELSEWHERE, self._elsewhere(does["location"] == ELSEWHERE))
        if isinstance(does.get("value"), tuple) and does["value"][0] == DATE:
            does["value"] = format_datetime(datetime.now(timezone.utc) + timedelta(seconds=does["value"][1]), usegmt=True)
        return does

    def _elsewhere(self, whole: bool) -> str:
        place = f"127.0.0.1:{self.elsewhere.port}"
        return f"http://{place}/client/v4" if whole else place


@dataclass(frozen=True)
class Judgment:
    """What was wrong with a cell.

    Args:
        lies: what must never happen.
        misses: what a slow machine may cause. Such a cell is run once more.
    """

    cell: Any
    lies: list[str]
    misses: list[str]
    seconds: float
    request_log: str

    @property
    def wrong(self) -> list[str]:
        return [*self.lies, *self.misses]


def explain(judgment: Judgment) -> str:
    """The explanation of a failed test."""
    return "\n".join([f"PROOF_CELL='{judgment.cell}'", *judgment.wrong, judgment.request_log])


def run_cell(world: World, cell: Cell) -> Judgment:
    try:
        outcome = world.outcome(cell)
    except Exception:  # noqa: BLE001 - whatever comes out of a module but a result is wrong
        return Judgment(cell, [f"no result: {traceback.format_exc()}"], [], 0.0, "")
    lies = [*broken_invariants(outcome), *_lies(cell, outcome, world)]
    misses = _misses(cell, outcome, world)
    return Judgment(cell, lies, misses, outcome.seconds, request_log(outcome) if lies or misses else "")


def check_position(world: World, position: Position) -> Judgment:
    """Whether the request of a position is the one that its number and its match select."""
    outcome = world.undisturbed(position)
    methods = position.match["method"] if isinstance(position.match["method"], list) else [position.match["method"]]
    matching = [entry["n"] for entry in outcome.journal if entry["method"] in methods and re.search(position.match["path"], entry["path"])]
    written = any(entry["method"] != "GET" for entry in outcome.journal[: position.number - 1])
    wrong = [] if matching[position.match["nth"] - 1 :][:1] == [position.number] else [f"it is number {matching}, not {position.number}"]
    wrong += ["it comes after a write"] if position.place == "read" and written else []
    wrong += ["it comes before any write"] if position.place in ("look", "relist", "proof", "verify") and not written else []
    return Judgment(position.name, wrong, [], outcome.seconds, request_log(outcome) if wrong else "")


def broken_invariants(outcome: Outcome) -> list[str]:
    """The invariants that do not hold; see the integration tests."""
    try:
        check_invariants([outcome])
    except AssertionError as broken:
        where = traceback.extract_tb(broken.__traceback__)[-1]
        return [f"a promise is broken: {where.line} ({Path(where.filename).name}:{where.lineno}) {broken}"]
    return []


def _lies(cell: Cell, outcome: Outcome, world: World) -> list[str]:
    same = normal_account(outcome.before) == normal_account(outcome.after)
    text = str(outcome.result)
    sent = [entry for entry in outcome.journal if entry["method"] != "GET"]
    return [
        words
        for words, is_so in {
            "nothing is said to have changed, and something has": not cell.check and not outcome.result.get("changed") and not same,
            "a traceback, or a defect": "Traceback" in text or INTERNAL_ERROR in text,
            "a second host was spoken to": world.elsewhere.count > 0,
            "a write in check mode": cell.check and bool(sent),
            "the account changed in check mode": cell.check and not same,
            "a write was repeated without a look": cell.fault.write not in ("again", "refused") and is_repeated_blindly(outcome),
        }.items()
        if is_so
    ]


def is_repeated_blindly(outcome: Outcome) -> bool:
    """Whether the same write was sent twice without a read in between, although the first one may have been carried out."""
    unread: set[str] = set()
    for entry in outcome.journal:
        key = f"{entry['method']} {entry['path']} {entry['body']}"
        if entry["method"] == "GET":
            unread.clear()
        elif key in unread:
            return True
        else:
            unread.add(key)
    return False


def _misses(cell: Cell, outcome: Outcome, world: World) -> list[str]:
    wanted = expected(cell)
    acted = world.wire.acted > 0 if cell.fault.is_of_the_wire else any(cell.fault.do["do"] in entry["faults"] for entry in outcome.journal)
    kinds = _kinds(outcome)
    state = _state(outcome)
    found = []
    if cell.is_met and not acted:
        found.append("the fault was not met")
    if outcome.seconds > cell.max_seconds:
        found.append(f"it took {outcome.seconds:.2f} s, and may take {cell.longest:.2f} s")
    if outcome.failed is wanted.done:
        found.append("it failed" if wanted.done else "it did not fail")
    elif outcome.failed and not (kinds and kinds <= wanted.kinds):
        found.append(f"of the kind {sorted(kinds)}, not {sorted(wanted.kinds)}")
    if state != wanted.state and wanted.state != "some":
        found.append(f"the account is {state}, not {wanted.state}")
    return found


def _kinds(outcome: Outcome) -> set[str]:
    entries = [entry for entry in outcome.result.get("results", ()) if "failure" in entry]
    return {entry["failure"]["kind"] for entry in (outcome.result, *entries) if "failure" in entry}


def _state(outcome: Outcome) -> str:
    """Whether the account is as before, as desired, or neither."""
    before, after = normal_account(outcome.before), normal_account(outcome.after)
    if before == after:
        return "before"
    args = outcome.step.args
    named = {each["id"]: each["domain"] for each in outcome.after}
    for entry in args.get("domains", [args]):
        desired = desired_of({key: value for key, value in entry.items() if key in SETTABLE_FIELDS}, {})
        found = [live_id for live_id, name in named.items() if live_id == entry.get("domain_id") or normal_form("domain", name) == entry.get("domain")]
        if entry.get("state") == "absent":
            if found:
                return "neither"
        elif not found or any(after[found[0]][name] != value for name, value in desired.items()):
            return "neither"
    return "asked"


def request_log(outcome: Outcome) -> str:
    lines = [
        f"{entry['n']:3} {entry['method']:6} {entry['path'][-60:]} {entry['body'] or ''} -> {entry['status']} {entry['faults'] or ''}"
        for entry in outcome.journal
    ]
    result = {key: outcome.result.get(key) for key in ("changed", "action", "failure", "msg", "results", "api")}
    return "\n".join([*lines, f"{outcome.seconds:.2f} s, {result}"])
