"""Ways in which the service may behave towards lists, one by one and several at once, and what has to hold with all of them."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from fault_call import call_step
from fault_cells import Judgment, World, broken_invariants, request_log
from integration.support.step import Outcome
from list_tasks import ACCOUNT_MODULE, TASKS, difference, too_early, unexpected

# Each is a habit or a setting of the simulator, with the values that are tried.
HABITS: dict[str, tuple[Any, ...]] = {
    "entry_case_folded": (True,),
    "entry_a_labels": (True,),
    "entry_u_labels": (True,),
    "entry_prefix_added": (True,),
    "entry_prefix_dropped": (True,),
    "entry_spaces_joined": (True,),
    "shuffle_lists": (True,),
    "shuffle_pages": (True,),
    "unknown_fields": (True,),
    "null_booleans": (True,),
    "absent_nulls": (True,),
    "partial_answer": (True,),
    "no_pointer": (True,),
    "item_pointer": (True,),
    "batch_names_all": (True,),
    "post_status_200": (True,),
    "batch_answer_incomplete": (True, "empty", ["posts"], ["patches", "posts"], ["deletes"]),
    "list_filter_ignored": (True,),
    "list_filter_fuzzy": (True,),
    "list_filter_folded": (True,),
    "provenance_null": (True,),
    "total_unfiltered": (True,),
    "total_of_page": (True,),
    "no_result_info": (True,),
    "no_total": (True,),
    "stale_lists": (1,),
    "stale_reads": (1,),
    "regexes_validated": (True,),
}
SETTINGS: dict[str, tuple[Any, ...]] = {
    "list_batch": ("partial", "skip", 404, 405),
    "list_duplicates": ("refused", "merged"),
    "per_page_cap": (2,),
    "synced_status": (403,),
}
SINGLE: list[tuple[str, Any]] = [(name, value) for table in (HABITS, SETTINGS) for name, values in table.items() for value in values]
SAME = ("changed", "results", "summary", "undeclared", "duplicates", "expired", "kept", "skipped_resources", "plan", "diff")

Case = tuple[str, Mapping[str, Any]]


def alone() -> list[Case]:
    return [(task, {name: value}) for name, value in SINGLE for task in TASKS]


def combined(random: Random, count: int) -> list[Case]:
    """Tasks with two to six habits at once."""
    found = []
    for _each in range(count):
        chosen = random.sample(sorted({name for name, _value in SINGLE}), random.randint(2, 6))
        found.append((random.choice(sorted(TASKS)), {name: random.choice({**HABITS, **SETTINGS}[name]) for name in chosen}))
    return found


def run_habits(world: World, case: Case) -> Judgment:
    """In check mode, for real, and once more."""
    name, switches = case
    task = TASKS[name]
    way: dict[str, Any] = {
        "habits": {key: value for key, value in switches.items() if key in HABITS},
        "settings": {key: value for key, value in switches.items() if key in SETTINGS},
    }
    # One write after the other: those that are sent at the same time arrive in any order.
    args = {"timeout": 5, "max_wait": 5, **({"concurrency": 1} if task.module == ACCOUNT_MODULE else {})}
    check = call_step(world.simulator, task.step(args, check=True, **way))
    ran = call_step(world.simulator, task.step(args, **way))
    for _look in range(2 if {"stale_lists", "stale_reads"} & set(switches) else 0):
        # What a read does not show yet cannot be known: the second run comes when it does.
        call_step(world.simulator, task.step(args, check=True, keep_state=True, settings=way["settings"]))
    again = call_step(world.simulator, task.step(args, keep_state=True, settings=way["settings"]))
    wrong = [f"{words}, {what}" for what, outcome in (("check mode", check), ("run", ran), ("second run", again)) for words in broken_invariants(outcome)]
    wrong += [*_failures(check, ran, again), *unexpected(task, ran), *unexpected(task, again), *difference(task, again.lists_after)]
    wrong += too_early(task, ran)
    if not wrong:
        wrong += [f"it changes {each.result['changed']}" for each in (check, ran) if each.result["changed"] is not task.writes]
        wrong += ["check mode wrote"] if set(check.methods) - {"GET"} else []
        wrong += ["the second run changed something"] if again.result["changed"] or set(again.methods) - {"GET"} else []
        # Ids are drawn for new entries, and are not predicted.
        keys = SAME if task.module == ACCOUNT_MODULE else ("changed", "action")
        wrong += [f"check mode has another {key}" for key in keys if check.result.get(key) != ran.result.get(key)]
    return Judgment(f"{name} | {dict(switches)}", wrong, [], ran.seconds, "\n".join(map(request_log, (check, ran, again))) if wrong else "")


def _failures(*outcomes: Outcome) -> list[str]:
    return [f"it failed: {outcome.message[:200]}" for outcome in outcomes if outcome.failed]
