# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task over many domains returns: only what was done or went wrong. Unchanged domains cost nothing. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..api.errors import CollectionError
from ..resources.base import LiveObject
from ..resources.domain_names import normalize_live_name
from ..resources.domains import DOMAIN
from .errors import ChangeError
from .index import LiveIndex
from .plan import PlannedChange

if TYPE_CHECKING:
    from .operation import Operation

_COUNTED = {"none": "unchanged", "create": "created", "update": "updated", "delete": "deleted"}
_MAX_MISTAKES_SHOWN = 3

Entry = dict[str, Any]


def bulk_result(
    plan: list[PlannedChange],
    live_index: LiveIndex,
    operations: Mapping[str, Operation],
    stop: CollectionError | None,
    *,
    whole: list[PlannedChange] | None = None,
) -> dict[str, Any]:
    """Report what was done.

    Args:
        plan: the declared domains that the task is about, compared with the account.
        roster: the live domains.
        operations: what became of the changes, by the domains' labels; none in check mode, which tells what would be done.
        stop: what stopped the whole task, if something did.
        whole: all declared domains, if the task is about some of them only.

    Returns:
        The result of the module, but for the digest of the plan and its scope.
    """
    entries = [_entry(planned, operations.get(planned.label), stop) for planned in plan]
    results = [entry for entry in entries if entry["action"] != "none" or "failure" in entry]
    waived = [left_alone for planned in plan for left_alone in planned.waived]
    summary = {**_summary(entries), "waived": len({left_alone["domain"] for left_alone in waived})}
    result = {
        "changed": any(entry["changes"] for entry in results) or any(_may_have_changed(done) for done in operations.values()),
        "results": results,
        "summary": summary,
        "waived": waived,
        "undeclared": undeclared_names(whole or plan, live_index),
        "new_ids": {name: done.live["id"] for name, done in operations.items() if done.change.action == "create" and done.live and "id" in done.live},
        "diff": _diff(results),
    }
    if not summary["failed"] and stop is None:
        return result
    result |= {"failed": True, "msg": _words(results, summary, stop)}
    return result if stop is None else result | {"failure": stop.failure()}


def _entry(planned: PlannedChange, operation: Operation | None, stop: CollectionError | None) -> Entry:
    entry: Entry = {
        "domain": planned.label,
        # Of a creation null, also when it is done: check mode must say what the run says. See new_ids.
        "id": planned.live.get("id") if planned.live else planned.desired.domain_id,
        "action": planned.change.action,
        "changes": planned.change.changes,
    }
    failure = planned.failure
    if operation is not None and operation.next == "end":
        entry |= {"action": operation.done.action, "changes": operation.done.changes}
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


def _summary(entries: list[Entry]) -> dict[str, int]:
    counts = dict.fromkeys(["total", *_COUNTED.values(), "failed", "not_reached"], 0)
    counts["total"] = len(entries)
    for entry in entries:
        counts["failed" if "failure" in entry else _COUNTED[entry["action"]]] += 1
        counts["not_reached"] += "not_reached" in entry
    return counts


def undeclared_names(plan: list[PlannedChange], live_index: LiveIndex) -> list[str]:
    """The live domains that no wish is about, by name or by id."""
    return sorted(normalize_live_name(live.get(DOMAIN.title)) or str(live.get("id")) for live in undeclared_objects(plan, live_index))


def undeclared_objects(plan: list[PlannedChange], live_index: LiveIndex) -> list[LiveObject]:
    """The same, as they are live."""
    # Not by their ids alone: one that the server did not tell is like no other.
    meant = {id(planned.live) for planned in plan}
    ids = {planned.desired.domain_id for planned in plan}
    names = {planned.desired.name for planned in plan if planned.desired.domain_id is None}
    others = [live for live in live_index.all if id(live) not in meant and str(live.get("id")).lower() not in ids]
    return [live for live in others if normalize_live_name(live.get(DOMAIN.title)) not in names]


def _diff(results: list[Entry]) -> dict[str, Any]:
    """What Ansible prints with C(--diff): of each changed domain the fields that differ."""
    before, after = (
        {entry["domain"]: {name: pair[side] for name, pair in entry["changes"].items()} for entry in results if entry["changes"] and entry["action"] != gone}
        for side, gone in (("before", "create"), ("after", "delete"))
    )
    count = len(before | after)
    header = f"{count} mail domain{'s' if count != 1 else ''}"
    return {"before": before, "after": after, "before_header": header, "after_header": header}


def _words(results: list[Entry], summary: dict[str, int], stop: CollectionError | None) -> str:
    if stop is not None:
        done = summary["created"] + summary["updated"] + summary["deleted"]
        unknown = sum("failure" in entry and bool(entry["changes"]) for entry in results)
        unknown_outcome = f" May have been changed: {unknown}." if unknown else ""
        return f"{stop} Changed before that: {done}.{unknown_outcome} Not reached: {summary['not_reached']}. See results."
    failed = [entry for entry in results if "failure" in entry]
    told = " ".join(f"{entry['domain']}: {_without_name(entry)}" for entry in failed[:_MAX_MISTAKES_SHOWN])
    more = f" And {len(failed) - _MAX_MISTAKES_SHOWN} more." if len(failed) > _MAX_MISTAKES_SHOWN else ""
    return f"{len(failed)} of {summary['total']} domains are not as declared. {told}{more} See results."


def _without_name(entry: Entry) -> str:
    """The message of a domain that failed, without the name that some begin with."""
    label, message = entry["domain"], str(entry["msg"])
    for name in (label, label.partition(" (")[0]):
        message = message.removeprefix(f"{name}: ")
    return message
