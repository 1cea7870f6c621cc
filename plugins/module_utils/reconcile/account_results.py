# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of a task over an account: for each resource only what was changed or failed, so that unchanged entries cost nothing. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ..api.errors import UNREACHABLE_KINDS, ApiError, CollectionError
from .account_message import account_message
from .account_options import ListDeclaration
from .account_plan import ListPlan
from .bulk import BulkDeclaration, Comparison
from .change import change_directions, weaker_fields
from .entry_plan import entry_direction
from .errors import ChangeError
from .plan import PlannedChange
from .results import bulk_result

if TYPE_CHECKING:
    from .operation import Operation

_DOMAINS = "domains"
_KEYS_OF_ACTIONS = {"create": "created", "delete": "deleted", "purge": "purged", "update": "updated"}
RESULT_KEYS = ("created", "deleted", "purged", "updated", "failed")
_SUMMARY_KEYS = ("total", "unchanged", "created", "updated", "deleted", "purged", "failed", "not_reached", "synced")

ResourceResult = dict[str, Any]


class DomainsOutcome:
    """The domains of an account, and what was done with them.

    Attributes:
        declaration: the declaration.
        compared: the domains, compared with it; None if they could not be read.
        plan: the plan, without removals that are refused.
        operations: the operations by the labels of their domains.
    """

    def __init__(self, declaration: BulkDeclaration, compared: Comparison | None, plan: list[PlannedChange]) -> None:
        self.declaration, self.compared, self.plan = declaration, compared, plan
        self.operations: dict[str, Operation] = {}


class Outcome(NamedTuple):
    """What was done with a planned change, or would be.

    Attributes:
        planned: the planned change.
        action: `create`, `update`, `delete`, `purge` or `none`.
        changes: the values before and after, by field.
        failure: why it failed.
        is_reached: whether it was attempted, or needed no attempt.
    """

    planned: PlannedChange
    action: str
    changes: dict[str, Any]
    failure: CollectionError | None = None
    is_reached: bool = True


def account_result(
    lists: Sequence[ListDeclaration],
    plans: Sequence[ListPlan],
    domains: DomainsOutcome | None,
    operations: Mapping[int, Operation],
    *,
    unread: Mapping[str, ApiError],
    failing: Mapping[str, ApiError],
    stops: Mapping[str, ApiError],
    stop: ApiError | None,
    refusal: ApiError | None,
    check_mode: bool,
) -> dict[str, Any]:
    """Report what was done.

    Args:
        lists: the declared lists.
        plans: the plans for those that could be read.
        domains: the domains, if they are declared.
        operations: the operations of lists by the identities of their planned changes. Empty in check mode, which reports what would be done.
        unread: why resources could not be read, by name.
        failing: those of them that are failures.
        stops: why changes of a resource were not sent, by name.
        stop: what stopped the whole task.
        refusal: why nothing was written although it could be. The result then says what would be done, as in check mode.
        check_mode: whether the message says what would be changed.

    Returns:
        The result of the module, except the digest of the plan and its directions.
    """
    by_name = {plan.declaration.name: plan for plan in plans}
    results: dict[str, ResourceResult] = {}
    summary: dict[str, dict[str, int]] = {}
    result: dict[str, Any] = {"diff": []}
    may_have_changed = False
    if domains is not None:
        results[_DOMAINS], summary[_DOMAINS], bulk = _domains_result(domains, stops.get(_DOMAINS, stop), check_mode=check_mode)
        may_have_changed |= bulk["changed"]
        result = {"diff": bulk["diff"], **{key: bulk[key] for key in ("new_ids", "waived", "scope")}}
    for declaration in lists:
        plan = by_name.get(declaration.name)
        if plan is None:
            results[declaration.name] = _empty_result()
            summary[declaration.name] = _unread_summary(len(declaration.desired_objects))
            continue
        outcomes = _outcomes(plan, operations, stops.get(declaration.name, stop))
        results[declaration.name], summary[declaration.name] = _list_result(plan, outcomes), _list_summary(plan, outcomes)
        may_have_changed |= any(outcome.changes for outcome in outcomes) or any(_result_of(outcome.failure).get("changed") for outcome in outcomes)
        result["diff"] += _list_diff(plan, outcomes)
    if waived := [difference for plan in plans for difference in plan.waived]:
        result["waived"] = [*result.get("waived", ()), *waived]
    for name, error in {**failing, **stops}.items():
        # What stopped the whole task is said once.
        if error is not stop or (name in failing and error.kind not in UNREACHABLE_KINDS):
            results[name] |= {"failure": error.failure(), "msg": str(error)}
    result |= {
        "changed": may_have_changed and refusal is None,
        "results": results,
        "summary": summary,
        **_entry_labels(lists, plans),
        # Not `skipped`: Ansible takes that key for a task that was not run, and since 2.19 converts its value to a boolean.
        "skipped_resources": {name: error.kind for name, error in unread.items() if error.kind not in UNREACHABLE_KINDS},
        "msg": account_message(results, summary, unread, stop or refusal, is_refused=refusal is not None, check_mode=check_mode),
    }
    if domains is not None and domains.compared is not None:
        result["undeclared"] = {_DOMAINS: bulk["undeclared"], **result["undeclared"]}
    if stop is not None or refusal is not None:
        return result | {"failed": True, "failure": (stop or refusal).failure()}  # type: ignore[union-attr]
    has_failed = bool(failing) or any(counts["failed"] or counts["not_reached"] for name, counts in summary.items() if name not in unread) or bool(stops)
    return result | {"failed": True} if has_failed else result


def _entry_labels(lists: Sequence[ListDeclaration], plans: Sequence[ListPlan]) -> dict[str, dict[str, list[str]]]:
    """The labels of entries that are not as declared, or not declared, for each list."""
    return {
        "undeclared": {plan.declaration.name: plan.undeclared for plan in plans},
        "duplicates": {plan.declaration.name: plan.duplicates for plan in plans},
        "expired": {declaration.name: list(declaration.expired) for declaration in lists},
        "kept": {plan.declaration.name: plan.kept for plan in plans},
    }


def _domains_result(domains: DomainsOutcome, stop: ApiError | None, *, check_mode: bool) -> tuple[ResourceResult, dict[str, int], dict[str, Any]]:
    """The result of the domains in the form of that of a list, their summary, and their result as the module for domains returns it."""
    compared, declaration = domains.compared, domains.declaration
    if compared is None:
        count = len(declaration.desired_objects if declaration.selected is None else declaration.selected)
        return _empty_result(), {**_unread_summary(count), "waived": 0}, {"changed": False, "diff": [], "new_ids": {}, "waived": [], "scope": None}
    bulk = bulk_result(
        *(domains.plan, compared.live_index, domains.operations, stop),
        whole=compared.whole,
        check_mode=check_mode,
        direction_of=declaration.direction_of,
    )
    bulk["scope"] = None if declaration.selected is None else sorted(planned.label for planned in domains.plan)
    result = _empty_result()
    for entry in bulk["results"]:
        label = entry.pop(declaration.resource.result_key)
        if "failure" in entry:
            if "not_reached" not in entry:
                result["failed"].append({"name": label, **entry})
        elif entry["action"] == "update":
            result["updated"].append({"name": label, **{key: entry[key] for key in ("id", "changes", "weaker") if key in entry}})
        else:
            result[_KEYS_OF_ACTIONS[entry["action"]]].append(label)
    counts = bulk["summary"]
    counts = {**dict.fromkeys(_SUMMARY_KEYS, 0), **counts, "failed": counts["failed"] - counts["not_reached"]}
    return result, counts, bulk


def _outcomes(plan: ListPlan, operations: Mapping[int, Operation], stop: ApiError | None) -> list[Outcome]:
    declared = [_outcome(planned, planned.change.action, operations.get(id(planned)), stop) for planned in plan.declared]
    return declared + [_outcome(planned, "purge", operations.get(id(planned)), stop) for planned in plan.purged]


def _outcome(planned: PlannedChange, action: str, operation: Operation | None, stop: ApiError | None) -> Outcome:
    if planned.failure is not None:
        return Outcome(planned, action, {}, planned.failure)
    if operation is not None and operation.step == "end":
        if operation.failure is not None:
            return Outcome(planned, action, _result_of(operation.failure).get("changes", {}), operation.failure)
        # Someone else may have been faster.
        return Outcome(planned, action if operation.completed.action != "none" else "none", operation.completed.changes)
    if action != "none" and stop is not None:
        return Outcome(planned, action, {}, is_reached=False)
    return Outcome(planned, action, planned.change.changes)


def _list_result(plan: ListPlan, outcomes: Sequence[Outcome]) -> ResourceResult:
    result = _empty_result()
    resource = plan.live_index.resource
    direction_of = entry_direction(resource)
    for outcome in outcomes:
        label = outcome.planned.label
        if outcome.failure is not None:
            entry = {"name": label, "action": outcome.action, "failure": outcome.failure.failure(), "msg": str(outcome.failure)}
            result["failed"].append(entry | ({"changes": outcome.changes} if outcome.changes else {}))
        elif not outcome.is_reached or outcome.action == "none":
            continue
        elif outcome.action == "update":
            weaker = weaker_fields(change_directions(resource, "update", outcome.changes, direction_of))
            result["updated"].append({"name": label, "changes": outcome.changes, **({"weaker": weaker} if weaker else {})})
        else:
            result[_KEYS_OF_ACTIONS[outcome.action]].append(label)
    return result


def _list_summary(plan: ListPlan, outcomes: Sequence[Outcome]) -> dict[str, int]:
    counts = dict.fromkeys(_SUMMARY_KEYS, 0)
    counts |= {"total": len(plan.declaration.desired_objects), "synced": plan.synchronized}
    for outcome in outcomes:
        if outcome.failure is not None:
            counts["failed"] += 1
        elif not outcome.is_reached:
            # Those that purge would have removed are not declared.
            counts["not_reached"] += outcome.action != "purge"
        elif outcome.action != "none":
            counts[_KEYS_OF_ACTIONS[outcome.action]] += 1
        else:
            counts["unchanged"] += 1
    return counts


def _list_diff(plan: ListPlan, outcomes: Sequence[Outcome]) -> list[dict[str, str]]:
    changed = [outcome for outcome in outcomes if outcome.changes]
    if not changed:
        return []
    # Imported only for changes: a packed module compiles each file that it imports.
    from .account_diff import list_diff

    entries = [(outcome.planned.label, outcome.planned.change.action, outcome.changes) for outcome in changed]
    return [list_diff(plan.declaration.name, plan.live_index.resource, entries)]


def _empty_result() -> ResourceResult:
    return {key: [] for key in RESULT_KEYS}


def _unread_summary(total: int) -> dict[str, int]:
    return {**dict.fromkeys(_SUMMARY_KEYS, 0), "total": total, "not_reached": total}


def _result_of(failure: CollectionError | None) -> dict[str, Any]:
    return failure.result if isinstance(failure, ChangeError) else {}
