# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What there is to do in an account so that it is as declared, and the digest by which that can be approved. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from ..api.errors import ApiError, InvalidOptionError
from ..resources.base import NO_CHANGE, Change, LiveObject
from ..resources.domain_names import normalize_live_name
from ..resources.domains import DOMAIN
from ..resources.field_types import Normal
from .desired import DesiredObject
from .index import LiveIndex


class PlannedChange(NamedTuple):
    """One declared domain against the account: a change to make, or why there can be none.

    `label` is what to call the domain, the id included where its name alone would not tell which it is. `waived` holds the differences that are
    left as they are because a waiver allows them; they are not part of the change.
    """

    desired: DesiredObject
    label: str
    live: LiveObject | None
    change: Change
    failure: ApiError | None
    waived: tuple[dict[str, Any], ...] = ()


class AllowedDifferences(Protocol):
    """What may differ from the declaration. Who allows it, and why, is decided elsewhere: see audit/waived_differences.py."""

    def without_allowed(self, planned: PlannedChange) -> PlannedChange:
        """Take what is allowed to differ out of one domain's change."""

    def allows_state(self, planned: PlannedChange, rule_id: str) -> bool:
        """Whether the state that a rule describes is allowed for the settings that a domain will have."""


def make_plan(desired_objects: Sequence[DesiredObject], live_index: LiveIndex, allowed: AllowedDifferences | None = None) -> list[PlannedChange]:
    """Compare declared domains with an account.

    Args:
        wishes: the declared domains.
        roster: the live domains.
        allowed: what may differ, and is left as it is.

    Returns:
        What there is to do for each declared domain, in their order.

    Raises:
        OptionError: two of the declared domains are one live domain.
    """
    plan = [_planned(desired, live_index) for desired in desired_objects]
    if allowed is not None:
        plan = [allowed.without_allowed(planned) for planned in plan]
    seen: dict[str, PlannedChange] = {}
    for planned in plan:
        live_id = (planned.live or {}).get("id")
        if live_id is None:
            continue
        if str(live_id) in seen:
            raise InvalidOptionError(
                f"{seen[str(live_id)].desired.label} and {planned.desired.label} are one live domain, {planned.label}: leave one of the entries out."
            )
        seen[str(live_id)] = planned
    return plan


def refuse_unsafe(plan: list[PlannedChange]) -> list[PlannedChange]:
    """The plan of a task that writes: a change that would empty a list by accident is a failure. An audit compares it as any other."""
    return [planned if (unsafe := planned.desired.unsafe(planned.change)) is None else planned._replace(change=NO_CHANGE, failure=unsafe) for planned in plan]


def plan_digest(plan: list[PlannedChange], account_id: str) -> str:
    """The digest of a plan: of the account, of exactly what would be done in it, and of what is declared and cannot be done.

    Neither the order of the declaration counts, nor what is as declared, nor how the server writes what is live, nor any field of the server's
    that changes by itself.
    """
    plan = refuse_unsafe(plan)
    doings = sorted(
        [planned.label, planned.change.action, name, _digested(name, pair["before"]), _digested(name, pair["after"])]
        for planned in plan
        for name, pair in planned.change.changes.items()
    )
    failing = sorted([planned.label, planned.failure.kind] for planned in plan if planned.failure is not None)
    return hashlib.sha256(json.dumps([account_id.lower(), doings, failing]).encode()).hexdigest()


def _digested(name: str, value: Normal) -> str:
    return json.dumps(DOMAIN.comparable(name, value))


def _planned(desired: DesiredObject, live_index: LiveIndex) -> PlannedChange:
    try:
        live = desired.find(live_index)
        change = desired.change(live)
    except ApiError as error:
        return PlannedChange(desired, str(desired.name or desired.domain_id), None, NO_CHANGE, error)
    return PlannedChange(desired, _label(desired, live, live_index), live, change, None)


def _label(desired: DesiredObject, live: LiveObject | None, live_index: LiveIndex) -> str:
    name = desired.name if live is None else normalize_live_name(live.get(DOMAIN.title))
    if not name:
        return str(desired.domain_id)
    return f"{name} ({(live or {}).get('id')})" if len(live_index.named(name)) > 1 else name
