# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan: the change of each declared object, and the digest that `expected_plan` is compared with. Pure.

The way through this folder: desired -> index -> plan -> operation -> apply_one or executor -> results.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from ..api.errors import ApiError, InvalidOptionError
from ..resources.base import LiveObject
from .change import NO_CHANGE, Change
from .desired import DesiredObject
from .index import LiveIndex


class PlannedChange(NamedTuple):
    """The change of one declared object, or why there can be none.

    Attributes:
        desired: the declaration.
        label: what to call the object, with its id if its name is ambiguous.
        live: the live object, or None.
        change: the change.
        failure: why the object cannot be changed.
        waived: the differences that waivers allow. They are not part of the change.
        duplicates: other live entries of a list that are equal to the live object.
    """

    desired: DesiredObject
    label: str
    live: LiveObject | None
    change: Change
    failure: ApiError | None
    waived: tuple[dict[str, Any], ...] = ()
    duplicates: tuple[LiveObject, ...] = ()


class AllowedDifferences(Protocol):
    """What may differ from the declaration. Implemented by audit/waived_differences.py."""

    def without_allowed(self, planned: PlannedChange) -> PlannedChange:
        """Remove the allowed differences from a planned change."""

    def allows_state(self, planned: PlannedChange, rule_id: str) -> bool:
        """Whether the state that a rule describes is allowed after the change."""


def make_plan(desired_objects: Sequence[DesiredObject], live_index: LiveIndex, allowed: AllowedDifferences | None = None) -> list[PlannedChange]:
    """Compare declared objects with the account.

    Args:
        desired_objects: the declared objects.
        live_index: the live objects.
        allowed: what may differ, and is left as it is.

    Returns:
        The change of each declared object, in the order of the declaration.

    Raises:
        InvalidOptionError: two declarations are about the same live object.
    """
    plan = [_planned(desired, live_index) for desired in desired_objects]
    if allowed is not None:
        plan = [allowed.without_allowed(planned) for planned in plan]
    by_id: dict[str, PlannedChange] = {}
    for planned in plan:
        live_id = (planned.live or {}).get("id")
        if live_id is None:
            continue
        if (other := by_id.get(str(live_id))) is not None:
            raise InvalidOptionError(
                f"{other.desired.label} and {planned.desired.label} are the same live {planned.desired.resource.singular}, {planned.label}: "
                "leave out one of the entries."
            )
        by_id[str(live_id)] = planned
    return plan


def reject_unsafe(plan: list[PlannedChange]) -> list[PlannedChange]:
    """Turn changes that would empty a list by accident into failures. For tasks that write; an audit compares them like any other change."""
    return [
        planned if (unsafe := planned.desired.unsafe_error(planned.change)) is None else planned._replace(change=NO_CHANGE, failure=unsafe) for planned in plan
    ]


def plan_digest(plan: list[PlannedChange], account_id: str) -> str:
    """The digest of a plan: of the account, the changes, and the declarations that fail.

    It does not depend on the order of the declaration, on objects that need no change, on how the server writes live values, or on fields that
    the server changes.
    """
    plan = reject_unsafe(plan)
    changes = sorted(
        [planned.label, planned.change.action, name, *(json.dumps(planned.desired.resource.comparable(name, pair[side])) for side in ("before", "after"))]
        for planned in plan
        for name, pair in planned.change.changes.items()
    )
    failures = sorted([planned.label, planned.failure.kind] for planned in plan if planned.failure is not None)
    return hashlib.sha256(json.dumps([account_id.lower(), changes, failures]).encode()).hexdigest()


def plan_mismatch(digest: str, expected: str | None, *, has_changes: bool, others: str) -> ApiError | None:
    """Why nothing may be written: another plan was approved. A plan without changes is accepted: a job that is run again finds everything done.

    Args:
        digest: the plan.
        expected: the plan that was approved; None if none is needed.
        has_changes: whether the plan has changes.
        others: what else may have changed the plan, besides the account, the live settings and the declared ones.
    """
    if expected in (None, digest) or not has_changes:
        return None
    return ApiError(
        "conflict",
        f"The plan is {digest}, and expected_plan is {expected}: the pending changes are not those that were approved.",
        f"Nothing was written. The account is another one, or the live settings, the declared ones, {others} have changed since: "
        "run in check mode without expected_plan to see the pending changes, and have them approved.",
    )


def undeclared_names(plan: list[PlannedChange], live_index: LiveIndex) -> list[str]:
    """The names, or else the ids, of the live objects that are not declared."""
    return live_index.names(undeclared_objects(plan, live_index))


def undeclared_objects(plan: list[PlannedChange], live_index: LiveIndex) -> list[LiveObject]:
    """The live objects that are not declared, neither by their key nor by their id."""
    # By identity, too: objects whose ids the server left out have no id to compare.
    declared = {id(planned.live) for planned in plan}
    ids = {planned.desired.object_id for planned in plan}
    keys = {planned.desired.key for planned in plan if planned.desired.object_id is None}
    others = [live for live in live_index.all if id(live) not in declared and str(live.get("id")).lower() not in ids]
    return [live for live in others if live_index.key(live) not in keys]


def _planned(desired: DesiredObject, live_index: LiveIndex) -> PlannedChange:
    try:
        live = desired.find(live_index)
        change = desired.change(live)
    except ApiError as error:
        return PlannedChange(desired, str(desired.name or desired.object_id), None, NO_CHANGE, error)
    label = desired.name if live is None else live_index.unique_name(live)
    return PlannedChange(desired, label or str(desired.object_id), live, change, None)
