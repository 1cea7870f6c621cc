# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Leaves alone what waivers in force allow: it is taken out of the plan, and reported. Pure."""

from __future__ import annotations

from datetime import date
from typing import Any

from ._difference import rules_for
from ._domains import DOMAIN
from ._names import live_name
from ._plan import Planned
from ._resource import NOTHING
from ._rules import RULES
from ._waivers import Waivers

# An audit looks at these read-only fields as well; one list of waivers serves both.
WAIVABLE_FIELDS = tuple(
    dict.fromkeys((*(field.name for field in DOMAIN.fields), *(rule.field for rule in RULES.values() if rule.category == "health" and rule.field)))
)
MISSING_RULE, UNWANTED_RULE = "ES-DOMAIN-001", "ES-DOMAIN-003"


def without_waived(planned: Planned, waivers: Waivers, today: date) -> Planned:
    """Take what is allowed to differ out of one domain's change.

    A field is left alone if waivers in force cover each rule that its difference breaks: a list that is weaker and stronger at once is written
    unless both are allowed. The same holds for a domain that is missing or is to be removed.

    Args:
        planned: the domain, compared with the account.
        waivers: what is allowed.
        today: the day in UTC.
    """
    name = _name_of(planned)
    whole = _of_existence(planned)
    if whole is not None:
        rule_id, declared, live = whole
        waiver = waivers.allows(name, [rule_id], None, live, today)
        if waiver is None:
            return planned
        left_alone = {"domain": planned.label, "field": None, "declared": declared, "live": live, **waiver.told()}
        return planned._replace(change=NOTHING, failure=None, waived=(left_alone,))
    change, waived = planned.change, {}
    for field, pair in change.changes.items() if change.action == "update" else ():
        declared, live = pair["after"], pair["before"]
        waiver = waivers.allows(name, rules_for(field, declared, live), field, live, today)
        if waiver is not None:
            waived[field] = {"domain": planned.label, "field": field, "declared": declared, "live": live, **waiver.told()}
    if not waived:
        return planned
    rest = planned.wish._replace(settings={field: value for field, value in planned.wish.settings.items() if field not in waived})
    return planned._replace(change=rest.change(planned.live), waived=tuple(waived.values()))


def is_state_waived(planned: Planned, rule_id: str, waivers: Waivers, today: date) -> bool:
    """Whether somebody has allowed what a rule says of the settings that a domain will have.

    Args:
        planned: the domain, compared with the account.
        rule_id: the rule.
        waivers: what is allowed.
        today: the day in UTC.
    """
    rule = RULES.get(rule_id)
    field = rule.field if rule else None
    return waivers.allows(_name_of(planned), [rule_id], field, planned.change.after.get(field or ""), today) is not None


def _name_of(planned: Planned) -> str:
    return planned.wish.name or live_name((planned.live or {}).get(DOMAIN.title)) or planned.label


def _of_existence(planned: Planned) -> tuple[str, str, Any] | None:
    """The rule that is broken by a domain as a whole, with the declared and the live state, if one is."""
    if planned.change.action == "create" or (planned.failure is not None and planned.failure.kind == "not_found"):
        return MISSING_RULE, "present", None
    return (UNWANTED_RULE, "absent", "present") if planned.change.action == "delete" else None
