# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Take the differences that waivers permit out of a plan, so that they are reported and not written. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timezone
from typing import Any

from ..api.errors import InvalidOptionError
from ..reconcile.change import NO_CHANGE
from ..reconcile.plan import PlannedChange
from .matching import existence_difference, field_differences, name_of
from .registry import DOMAIN_AUDIT, RULES, ResourceAudit
from .waiver import Waiver, WaiverIndex
from .waivers import waivers_from_options


class WaivedDifferences:
    """The differences that waivers in force permit: implements `reconcile.plan.AllowedDifferences`.

    Args:
        waivers: the waivers.
        today: the day in UTC on which they must be in force.
        resource_audit: the rules and checks of the resource.
    """

    def __init__(self, waivers: WaiverIndex, today: date, resource_audit: ResourceAudit = DOMAIN_AUDIT) -> None:
        self._waivers, self._today, self._resource_audit = waivers, today, resource_audit

    def without_allowed(self, planned: PlannedChange) -> PlannedChange:
        """Remove the permitted differences from one object's change.

        A field is left unchanged if waivers in force cover each rule that its difference matches: a list that is both weaker and stronger is written
        unless both are waived. The same applies to an object that is missing or to be removed.
        """
        name = name_of(planned)
        existence = existence_difference(self._resource_audit, planned)
        if existence is not None and existence.rule_id != self._resource_audit.existence_rules.ambiguous:
            waiver = self._waivers.find_permitting(name, [existence.rule_id], None, existence.live, self._today)
            if waiver is None:
                return planned
            entry = _result_entry(planned, None, existence.declared, existence.live, waiver)
            return planned._replace(change=NO_CHANGE, failure=None, waived=(entry,))
        change, waived = planned.change, {}
        for field, declared, live in field_differences(change) if change.action == "update" else ():
            waiver = self._waivers.find_permitting(name, self._resource_audit.drift_rules(field, declared, live), field, live, self._today)
            if waiver is not None:
                waived[field] = _result_entry(planned, field, declared, live, waiver)
        if not waived:
            return planned
        remaining = planned.desired._replace(settings={field: value for field, value in planned.desired.settings.items() if field not in waived})
        return planned._replace(change=remaining.change(planned.live), waived=tuple(waived.values()))

    def allows_state(self, planned: PlannedChange, rule_id: str) -> bool:
        """Whether a waiver permits that the settings after the change match a rule."""
        rule = RULES.get(rule_id)
        field = rule.field if rule else None
        return self._waivers.find_permitting(name_of(planned), [rule_id], field, planned.change.after.get(field or ""), self._today) is not None


def waived_from_options(options: Mapping[str, Any], today: date | None = None) -> WaivedDifferences | None:
    """Create the permitted differences of domains from a module's options.

    Args:
        options: the options of the module.
        today: the day on which the waivers must be in force; by default today in UTC.

    Returns:
        The permitted differences, or None if no waivers are given.

    Raises:
        InvalidOptionError: a waiver is invalid; the message names all mistakes.
    """
    if not options.get("waivers"):
        return None
    return WaivedDifferences(valid_waivers(options["waivers"]), today or datetime.now(timezone.utc).date())


def valid_waivers(options: Iterable[Mapping[str, Any]]) -> WaiverIndex:
    """Create the waivers of a module's option.

    Raises:
        InvalidOptionError: a waiver is invalid; the message names all mistakes.
    """
    mistakes: list[str] = []
    waivers = waivers_from_options(options, DOMAIN_AUDIT, mistakes)
    if mistakes:
        # Imported only after a mistake: a packed module compiles each file that it imports.
        from ..api.mistakes import join_mistakes

        raise InvalidOptionError(join_mistakes(mistakes))
    return waivers


def _result_entry(planned: PlannedChange, field: str | None, declared: Any, live: Any, waiver: Waiver) -> dict[str, Any]:
    """What the module returns of one difference that is left unchanged."""
    return {"domain": planned.label, "field": field, "declared": declared, "live": live, **waiver.to_result()}
