# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Take the differences that waivers permit out of the plan for a list, so that they are reported and neither written nor purged. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import Any

from ...reconcile.account_options import parse_own_domains
from ...reconcile.account_plan import ListPlan
from ...reconcile.change import NO_CHANGE
from ...reconcile.plan import PlannedChange
from ..waived_differences import valid_waivers
from ..waiver import Waiver, WaiverIndex
from .entry import Account
from .matching import Difference, ListMatcher
from .registry import list_audit_of

# Covered by the waivers for a field alone: a difference that no rule describes.
_NO_RULE = ""


class WaivedEntries:
    """The differences of lists that waivers in force permit: implements `reconcile.account_plan.AllowedEntries`.

    Each list is judged alone: what is permitted must not depend on which other lists a task reads.

    Args:
        waivers: the waivers.
        now: the time, with its zone. The waivers must be in force on that day in UTC.
        own_domains: the domains of the option `own_domains`.
    """

    def __init__(self, waivers: WaiverIndex, now: datetime, own_domains: Iterable[str] = ()) -> None:
        self._waivers = waivers
        self._account = Account(now, own_domains=frozenset(own_domains))

    def without_allowed(self, plan: ListPlan) -> ListPlan:
        """Remove the permitted differences from the plan for a list."""
        name = plan.declaration.name
        if not any(waiver.entry is not None and waiver.resource in (None, name) for waiver in self._waivers.all):
            return plan
        matcher = ListMatcher(list_audit_of(name), plan)
        account = self._account._replace(entries={name: matcher.entries}, declared={name: plan.declaration.desired_objects})
        declared: list[PlannedChange] = []
        waived: list[dict[str, Any]] = []
        for planned in plan.declared:
            remaining = self._without_waived(planned, list(matcher.differences(planned, account)), waived)
            declared.append(remaining)
        undeclared = set(map(id, plan.undeclared_live))
        purged: list[PlannedChange] = []
        for planned in plan.purged:
            live = planned.live or {}
            difference = matcher.undeclared_difference(live, account) if id(live) in undeclared else matcher.duplicate_difference(live)
            waiver = self._permitting(difference)
            if waiver is None:
                purged.append(planned)
            else:
                waived.append(_result_entry(difference, waiver))
        return plan._replace(declared=declared, purged=purged, waived=tuple(waived))

    def _without_waived(self, planned: PlannedChange, differences: list[Difference], waived: list[dict[str, Any]]) -> PlannedChange:
        """A planned change without its permitted differences, which are added to `waived`."""
        if planned.failure is not None or planned.change.action == "none":
            return planned
        permitted = {difference.field: (difference, waiver) for difference in differences if (waiver := self._permitting(difference)) is not None}
        waived += [_result_entry(*pair) for pair in permitted.values()]
        if not permitted:
            return planned
        if planned.change.action != "update":
            return planned._replace(change=NO_CHANGE)
        remaining = planned.desired._replace(settings={field: value for field, value in planned.desired.settings.items() if field not in permitted})
        return planned._replace(change=remaining.change(planned.live))

    def _permitting(self, difference: Difference) -> Waiver | None:
        return permitting_waiver(self._waivers, difference, self._account.now)


def waived_entries_from_options(options: Mapping[str, Any], now: datetime | None = None) -> WaivedEntries:
    """Create the permitted differences of lists from a module's options.

    Args:
        options: the options of the module.
        now: the time at which the waivers must be in force; by default that of the clock.

    Raises:
        InvalidOptionError: a waiver is invalid; the message names all mistakes.
    """
    own_domains = parse_own_domains(options.get("own_domains") or (), [])
    return WaivedEntries(valid_waivers(options["waivers"]), now or datetime.now(timezone.utc), own_domains)


def permitting_waiver(waivers: WaiverIndex, difference: Difference, now: datetime) -> Waiver | None:
    """Find the waiver that permits a difference: each of the rules that it matches must be waived.

    Returns:
        The waiver that expires first, if several are needed; None if the difference is not permitted.
    """
    subject, today = difference.subject, now.astimezone(timezone.utc).date()
    parts = [(match.rule_id, match.field, match.live) for match in difference.matches] or [(_NO_RULE, difference.field, difference.live)]
    needed = []
    for rule_id, field, live in parts:
        waiver = waivers.find_permitting(subject.name, [rule_id], field, live, today, str(subject.resource), subject.label)
        if waiver is None:
            return None
        needed.append(waiver)
    return min(needed, key=lambda waiver: waiver.expires)


def _result_entry(difference: Difference, waiver: Waiver) -> dict[str, Any]:
    """What the module returns of one difference that is left unchanged."""
    subject = difference.subject
    return {
        "domain": None,
        "resource": subject.resource,
        "entry": subject.label,
        "field": difference.field,
        "declared": difference.declared,
        "live": difference.live,
        **waiver.to_result(),
    }
