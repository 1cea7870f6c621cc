"""Cells of lists: every fault at every request of every task. The tasks are in list_tasks.py, the faults in faults.py."""

from __future__ import annotations

import os
import random
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from fault_call import call_step
from fault_cells import TIME_OUT, Judgment, World, broken_invariants, is_repeated_blindly, request_log
from faults import BENIGN_DISPOSITIONS, FAULTS, Fault
from integration.support.invariants import INTERNAL_ERROR
from integration.support.step import Outcome
from ledger import SEED, scaled
from list_tasks import ACCOUNT_MODULE, TASKS, Task, difference, too_early, unexpected
from simulator.scenario import READ_TOKEN

# The request alone, every one of its method from there on, or all from there on.
Lasting = Literal["once", "its method", "all"]
LASTING: tuple[Lasting, ...] = ("once", "its method", "all")
BENIGN = {fault.name for fault in BENIGN_DISPOSITIONS}
# The methods of the requests of each task, without a fault. test_list_faults.py compares them with what is sent.
_G, _P, _C, _D = "GET", "POST", "PATCH", "DELETE"
REQUESTS: dict[str, tuple[str, ...]] = {
    "one created": (_G, _G, _P),
    "one updated": (_G, _C),
    "one removed": (_G, _D, _G),
    "one absent already": (_G,),
    "one there already": (_G,),
    "person created": (_G, _P),
    "person renamed": (_G, _C),
    "senders in a batch": (_G, _P),
    "senders singly": (_G, _P, _P, _C, _D, _G),
    "people": (_G, _P, _C, _D, _G),
    # A trusted domain, the blocked senders in a batch, three people, the allow policies in a batch, and a URL pattern.
    "account": (*[_G] * 5, _D, _G, _P, _P, _C, _D, _G, _P, _P),
    "account singly": (*[_G] * 5, _D, _G, _P, _P, _C, _D, _G, _P, _C, _D, _G, _D, _C, _P, _G, _P),
    "account as it is": (_G, _G),
}


@dataclass(frozen=True)
class ListCell:
    """A fault at a request of a task."""

    fault_name: str
    task_name: str
    number: int
    lasting: Lasting
    check: bool

    @property
    def fault(self) -> Fault:
        return FAULTS[self.fault_name]

    @property
    def task(self) -> Task:
        return TASKS[self.task_name]

    @property
    def method(self) -> str:
        return REQUESTS[self.task_name][self.number - 1]

    def __str__(self) -> str:
        return f"{self.fault_name} | {self.task_name} | {self.number} | {self.lasting} | {'check mode' if self.check else 'run'}"


def cells(check: bool) -> Iterator[ListCell]:
    for fault in FAULTS.values():
        for name, methods in REQUESTS.items():
            for number, method in enumerate(methods, 1):
                if check and method != "GET":
                    continue
                for lasting in LASTING:
                    # Below HTTP, connections are counted, not requests. The methods of a task that only reads are all of one kind.
                    if lasting == "its method" and (fault.is_of_the_wire or check or set(methods) == {"GET"}):
                        continue
                    yield ListCell(fault.name, name, number, lasting, check)


def sampled_cells(check: bool) -> dict[str, list[ListCell]]:
    """The cells of this run by fault: all of them, or a sample of its size."""
    every = list(cells(check))
    if wanted := os.environ.get("PROOF_CELL"):
        sample = [cell for cell in every if str(cell) == wanted]
    else:
        # A quarter of them with a size of 1; all with one of 4.
        count = max(1, scaled(len(every)) // 4)
        sample = every if count >= len(every) else random.Random(SEED).sample(every, count)
    return {name: found for name in FAULTS if (found := [cell for cell in sample if cell.fault_name == name])}


def run_list_cell(world: World, cell: ListCell) -> Judgment:
    try:
        outcome = _outcome(world, cell)
        again = [] if cell.check else _runs_after(world, cell)
    except Exception:  # noqa: BLE001 - whatever comes out of a module but a result is wrong
        return Judgment(cell, [f"no result: {traceback.format_exc()}"], [], 0.0, "")
    lies = [*broken_invariants(outcome), *_lies(cell, outcome, world), *_lies_of_runs_after(cell, outcome, again)]
    misses = _misses(cell, outcome)
    return Judgment(cell, lies, misses, outcome.seconds, "\n".join(map(request_log, (outcome, *again))) if lies or misses else "")


def undisturbed(world: World, name: str) -> Judgment:
    """The requests of a task without a fault, which does what it is to do, and then nothing."""
    task = TASKS[name]
    outcome = call_step(world.simulator, task.step({"concurrency": 1} if task.module == ACCOUNT_MODULE else {}))
    again = call_step(world.simulator, task.step(keep_state=True))
    sent = tuple(outcome.methods)
    wrong = [] if sent == REQUESTS[name] else [f"it sends {sent}"]
    wrong += [*difference(task, outcome.lists_after), *too_early(task, outcome), *broken_invariants(outcome), *broken_invariants(again)]
    wrong += ["it changes something, or not"] if outcome.failed or outcome.result["changed"] is not task.writes else []
    wrong += ["the second run writes"] if again.failed or again.result["changed"] or set(again.methods) != {"GET"} else []
    return Judgment(name, wrong, [], outcome.seconds, request_log(outcome) if wrong else "")


def _outcome(world: World, cell: ListCell) -> Outcome:
    world.elsewhere.count = 0
    fault, task = cell.fault, cell.task
    patience = max(2.0 if fault.slow and cell.lasting != "once" else 0.8, fault.wait)
    args: dict[str, Any] = {"timeout": TIME_OUT if fault.slow else fault.timeout, "max_wait": patience}
    if task.module == ACCOUNT_MODULE:
        args["concurrency"] = 1
    environment = {"CLOUDFLARE_API_TOKEN": READ_TOKEN} if cell.check else {}
    if fault.is_of_the_wire:
        with world.wire.troubled(str(fault.do), cell.number, 1 if cell.lasting == "once" else None) as (options, variables):
            return call_step(world.simulator, task.step({**args, **options}, check=cell.check, environment={**environment, **variables}))
    match = {"method": cell.method, "nth": REQUESTS[cell.task_name][: cell.number].count(cell.method)} if cell.lasting == "its method" else {"nth": cell.number}
    does = {**world.fault_of(fault), "match": match, "times": 1 if cell.lasting == "once" else None}
    outcome = call_step(world.simulator, task.step(args, check=cell.check, faults=[does], environment=environment))
    if fault.do.get("apply") == "after":  # type: ignore[union-attr]
        time.sleep(0.1)  # a hanging request is carried out when the client has gone
    return outcome


def _runs_after(world: World, cell: ListCell) -> list[Outcome]:
    """Two more runs without a fault, one write after the other: the first completes what is missing, the second has nothing to do."""
    args = {"timeout": 5, "max_wait": 5, **({"concurrency": 1} if cell.task.module == ACCOUNT_MODULE else {})}
    return [call_step(world.simulator, cell.task.step(args, keep_state=True)) for _run in range(2)]


def _lies(cell: ListCell, outcome: Outcome, world: World) -> list[str]:
    same = outcome.lists_before == outcome.lists_after
    text = str(outcome.result)
    found = unexpected(cell.task, outcome)
    if not cell.fault.is_of_the_wire:  # what is lost below HTTP is in no journal
        found += too_early(cell.task, outcome)
    # A list that is not in the plan is skipped, and a removal that the server reports as done everywhere is believed.
    is_excused = bool(outcome.result.get("skipped_resources")) or cell.fault.gone
    if not outcome.failed and not cell.check and not is_excused:
        found += [f"it succeeded, and {words}" for words in difference(cell.task, outcome.lists_after)]
    found += _untrue_results(outcome, is_believed=cell.fault.gone) if not cell.check else []
    judged = {
        "a traceback, or a defect": "Traceback" in text or INTERNAL_ERROR in text,
        "a second host was spoken to": world.elsewhere.count > 0,
        "a write in check mode": cell.check and set(outcome.methods) - {"GET"},
        "the account changed in check mode": cell.check and not same,
        "a write was repeated without a look": cell.fault.write not in ("again", "refused") and is_repeated_blindly(outcome),
        "something changed, and nothing says so": not cell.check and not same and not outcome.result.get("changed"),
    }
    return found + [words for words, is_so in judged.items() if is_so]


def _untrue_results(outcome: Outcome, *, is_believed: bool) -> list[str]:
    """The results of the lists that do not agree with what is stored. A server that reports whatever it is asked for as gone is believed."""
    results = outcome.result.get("results")
    if not isinstance(results, dict):
        return []
    found = []
    for name, result in results.items():
        stored = {str(value) for entry in outcome.lists_after.get(name, ()) for value in entry.values()}
        found += [f"{name}: {label} is said to be created" for label in result["created"] if label.partition(" (")[0] not in stored]
        if not is_believed:
            found += [f"{name}: {label} is said to be gone" for label in (*result["deleted"], *result["purged"]) if label.partition(" (")[0] in stored]
    return found


def _lies_of_runs_after(cell: ListCell, outcome: Outcome, again: list[Outcome]) -> list[str]:
    found = []
    if again and not outcome.failed and not outcome.result.get("skipped_resources") and not cell.fault.gone and again[0].result.get("changed"):
        found.append("it succeeded, and the next run changed something")
    for number, later in enumerate(again, 2):
        found += [f"run {number}: {words}" for words in (*broken_invariants(later), *unexpected(cell.task, later), *too_early(cell.task, later))]
    if again and (again[1].failed or again[1].result.get("changed") or set(again[1].methods) - {"GET"}):
        found.append("the last run still had something to do")
    if again:
        found += [f"at the end, {words}" for words in difference(cell.task, again[1].lists_after)]
    return found


def _misses(cell: ListCell, outcome: Outcome) -> list[str]:
    fault = cell.fault
    limit = float(outcome.step.args["max_wait"]) + 2.5 * float(outcome.step.args["timeout"]) + 3
    found = [] if outcome.seconds <= limit else [f"it took {outcome.seconds:.1f} s of {limit:.1f}"]
    if fault.kind is None and outcome.failed:
        found.append("it failed")
    passes = fault.read == "again" if cell.method == "GET" else fault.write in ("again", "done") or (fault.write == "undone" and fault.settles)
    if cell.lasting == "once" and passes and outcome.failed and fault.kind != "auth":
        found.append("it failed although the fault had passed")
    if cell.lasting == "all" and fault.kind is not None and not outcome.failed and cell.number == 1:
        found.append("it did not fail")
    return found
