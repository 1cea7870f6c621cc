# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of a task over many objects: only what was done or failed, so that unchanged objects cost nothing. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..api.errors import CollectionError
from ..resources.base import Resource
from .change import DIRECTIONS, Direction, DirectionOf, change_directions, unknown_direction, weaker_fields
from .errors import ChangeError
from .index import LiveIndex
from .plan import PlannedChange, undeclared_names
from .result_message import result_message

if TYPE_CHECKING:
    from .operation import Operation

_COUNTERS = {"none": "unchanged", "create": "created", "update": "updated", "delete": "deleted"}

ResultEntry = dict[str, Any]


def bulk_result(
    plan: list[PlannedChange],
    live_index: LiveIndex,
    operations: Mapping[str, Operation],
    stop: CollectionError | None,
    *,
    whole: list[PlannedChange] | None = None,
    check_mode: bool = False,
    direction_of: DirectionOf = unknown_direction,
) -> dict[str, Any]:
    """Report what was done.

    Args:
        plan: the plan of the task.
        live_index: the live objects.
        operations: the operations by the labels of their objects. Empty in check mode, which reports what would be done.
        stop: what stopped the whole task, if something did.
        whole: the plan of all declared objects, if the task is about some of them only.
        check_mode: whether the message says what would be changed.
        direction_of: judges the changes of fields.

    Returns:
        The result of the module, except the digest of the plan, its directions and its scope.
    """
    resource = live_index.resource
    described = [_entry(resource, planned, operations.get(planned.label), stop, direction_of) for planned in plan]
    entries = [entry for entry, _directions in described]
    results = [entry for entry in entries if _is_reported(entry)]
    summary = {**_summary(entries), "waived": sum(bool(planned.waived) for planned in plan)}
    result = {
        "changed": any(entry["changes"] for entry in results) or any(_may_have_changed(operation) for operation in operations.values()),
        "results": results,
        "summary": summary,
        "waived": [difference for planned in plan for difference in planned.waived],
        "undeclared": undeclared_names(whole or plan, live_index),
        "new_ids": {
            label: operation.live["id"]
            for label, operation in operations.items()
            if operation.change.action == "create" and operation.live and "id" in operation.live
        },
        "diff": _diffs(resource, [(entry, directions) for entry, directions in described if entry["changes"]]),
        "msg": result_message(resource, results, summary, stop, check_mode=check_mode),
    }
    if not summary["failed"] and stop is None:
        return result
    result |= {"failed": True}
    return result if stop is None else result | {"failure": stop.failure()}


def count_directions(plan: list[PlannedChange], direction_of: DirectionOf) -> dict[Direction, int]:
    """Count the changes of fields in a plan by their directions. A creation or removal counts as one."""
    counts: dict[Direction, int] = dict.fromkeys(DIRECTIONS, 0)
    for planned in plan:
        for direction in change_directions(planned.desired.resource, planned.change.action, planned.change.changes, direction_of).values():
            counts[direction] += 1
    return counts


def planned_entries(plan: list[PlannedChange], direction_of: DirectionOf) -> list[ResultEntry]:
    """Describe the pending changes of a plan, and the declarations that fail, as a result in check mode does."""
    entries = [_entry(planned.desired.resource, planned, None, None, direction_of)[0] for planned in plan]
    return [entry for entry in entries if _is_reported(entry)]


def _is_reported(entry: ResultEntry) -> bool:
    return entry["action"] != "none" or "failure" in entry


def _entry(
    resource: Resource, planned: PlannedChange, operation: Operation | None, stop: CollectionError | None, direction_of: DirectionOf
) -> tuple[ResultEntry, dict[str, Direction]]:
    """What the module returns of one object, and the directions of its changes."""
    entry = _entry_without_weaker(resource, planned, operation, stop)
    directions = change_directions(resource, entry["action"], entry["changes"], direction_of)
    weaker = weaker_fields(directions)
    return {**entry, "weaker": weaker} if weaker else entry, directions


def _entry_without_weaker(resource: Resource, planned: PlannedChange, operation: Operation | None, stop: CollectionError | None) -> ResultEntry:
    entry: ResultEntry = {
        resource.result_key: planned.label,
        # Null for a creation, even after it was done: check mode must report what the run reports. See new_ids.
        "id": planned.live.get("id") if planned.live else planned.desired.object_id,
        "action": planned.change.action,
        "changes": planned.change.changes,
    }
    failure = planned.failure
    if operation is not None and operation.step == "end":
        entry |= {"action": operation.completed.action, "changes": operation.completed.changes}
        failure = operation.failure
    elif planned.change.action != "none" and stop is not None:
        return entry | {"changes": {}, "failure": {"kind": stop.kind}, "not_reached": True}
    if failure is None:
        return entry
    return entry | {"changes": _result_of(failure).get("changes", {}), "failure": failure.failure(), "msg": str(failure)}


def _may_have_changed(operation: Operation) -> bool:
    return bool(_result_of(operation.failure).get("changed"))


def _result_of(failure: CollectionError | None) -> dict[str, Any]:
    return failure.result if isinstance(failure, ChangeError) else {}


def _summary(entries: list[ResultEntry]) -> dict[str, int]:
    counts = dict.fromkeys(["total", *_COUNTERS.values(), "failed", "not_reached"], 0)
    counts["total"] = len(entries)
    for entry in entries:
        counts["failed" if "failure" in entry else _COUNTERS[entry["action"]]] += 1
        counts["not_reached"] += "not_reached" in entry
    return counts


def _diffs(resource: Resource, changed: list[tuple[ResultEntry, dict[str, Direction]]]) -> list[dict[str, str]]:
    """The diffs that Ansible prints with `--diff`: for each changed object the fields that differ."""
    if not changed:
        return []
    # Imported only for changes: a packed module compiles each file that it imports.
    from .diff import diff_title, field_diff

    return [field_diff(diff_title(entry[resource.result_key], entry["action"], directions), entry["action"], entry["changes"]) for entry, directions in changed]
