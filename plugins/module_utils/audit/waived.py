# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Leaves alone what waivers in force allow: it is taken out of the plan, and reported. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timezone
from typing import Any

from ..api.errors import InvalidOptionError
from ..reconcile.change import NO_CHANGE
from ..reconcile.plan import PlannedChange
from ..resources.domains import DOMAIN
from .direction import drift_rules
from .domain_rules import RULES
from .waivers import WaiverIndex, waivers_from_options

# An audit looks at these read-only fields as well; one list of waivers serves both.
WAIVABLE_FIELDS = tuple(
    dict.fromkeys((*(field.name for field in DOMAIN.fields), *(rule.field for rule in RULES.values() if rule.category == "health" and rule.field)))
)
# So many mistakes are told at once; the rest would be of the same kind.
_MAX_MISTAKES_SHOWN = 20
MISSING_RULE, UNWANTED_RULE = "ES-DOMAIN-001", "ES-DOMAIN-003"


class WaivedDifferences:
    """The differences that waivers in force allow: `reconcile.plan.AllowedDifferences`.

    Args:
        waivers: the waivers.
        today: the day in UTC on which they must hold.
    """

    def __init__(self, waivers: WaiverIndex, today: date) -> None:
        self._waivers, self._today = waivers, today

    def without_allowed(self, planned: PlannedChange) -> PlannedChange:
        """Take what is allowed to differ out of one domain's change.

        A field is left alone if waivers in force cover each rule that its difference breaks: a list that is weaker and stronger at once is written
        unless both are allowed. The same holds for a domain that is missing or is to be removed.
        """
        name = _name_of(planned)
        whole = _of_existence(planned)
        if whole is not None:
            rule_id, declared, live = whole
            waiver = self._waivers.allows(name, [rule_id], None, live, self._today)
            if waiver is None:
                return planned
            left_alone = {"domain": planned.label, "field": None, "declared": declared, "live": live, **waiver.told()}
            return planned._replace(change=NO_CHANGE, failure=None, waived=(left_alone,))
        change, waived = planned.change, {}
        for field, pair in change.changes.items() if change.action == "update" else ():
            declared, live = pair["after"], pair["before"]
            waiver = self._waivers.allows(name, drift_rules(field, declared, live), field, live, self._today)
            if waiver is not None:
                waived[field] = {"domain": planned.label, "field": field, "declared": declared, "live": live, **waiver.told()}
        if not waived:
            return planned
        rest = planned.desired._replace(settings={field: value for field, value in planned.desired.settings.items() if field not in waived})
        return planned._replace(change=rest.change(planned.live), waived=tuple(waived.values()))

    def allows_state(self, planned: PlannedChange, rule_id: str) -> bool:
        """Whether somebody has allowed what a rule says of the settings that a domain will have."""
        rule = RULES.get(rule_id)
        field = rule.field if rule else None
        return self._waivers.allows(_name_of(planned), [rule_id], field, planned.change.after.get(field or ""), self._today) is not None


def waived_from_options(options: Mapping[str, Any], today: date | None = None) -> WaivedDifferences | None:
    """The differences that the waivers of a module's options allow.

    Args:
        options: the options of the module.
        today: the day on which the waivers must hold; by default that of the clock, in UTC.

    Returns:
        The differences, or None where no waivers are given.

    Raises:
        OptionError: a waiver is wrong; it names all that is wrong with them.
    """
    if not options.get("waivers"):
        return None
    wrong: list[str] = []
    waivers = waivers_from_options(options["waivers"], WAIVABLE_FIELDS, wrong)
    if wrong:
        more = f" And {len(wrong) - _MAX_MISTAKES_SHOWN} more." if len(wrong) > _MAX_MISTAKES_SHOWN else ""
        raise InvalidOptionError(" ".join(wrong[:_MAX_MISTAKES_SHOWN]) + more)
    return WaivedDifferences(waivers, today or datetime.now(timezone.utc).date())


def _name_of(planned: PlannedChange) -> str:
    return planned.desired.name or DOMAIN.live_name(planned.live or {}) or planned.label


def _of_existence(planned: PlannedChange) -> tuple[str, str, Any] | None:
    """The rule that is broken by a domain as a whole, with the declared and the live state, if one is."""
    if planned.change.action == "create" or (planned.failure is not None and planned.failure.kind == "not_found"):
        return MISSING_RULE, "present", None
    return (UNWANTED_RULE, "absent", "present") if planned.change.action == "delete" else None
