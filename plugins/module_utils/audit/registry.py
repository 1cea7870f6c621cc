# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the audit knows of each resource: its rules, and the checks that decide which of them match. Pure.

A resource whose objects have unique names, such as the domains, is registered in `AUDITS`. The lists are registered in lists/registry.py, which is
imported only when a list is audited or one of its rules is named: a packed module compiles each file that it imports.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from ..reconcile.change import DirectionOf, unknown_direction
from ..resources.base import LiveObject, Resource, Settings
from ..resources.domains import DOMAIN
from .domain_advice import advice_matches, removal_matches
from .domain_direction import change_direction
from .domain_drift import DRIFT_CHECKS, OTHER_DRIFT
from .domain_health import AFFECTED_ITEMS, health_matches
from .domain_overview import domain_overview
from .domain_rules import DOMAIN_RULES, EMPTY_VALUE_TEXT
from .rule import Rule

# From the declared and the live value, which differ, to the ids of the rules that match.
DriftCheck = Callable[[Any, Any], list[str]]
# From a live object, its settings and the time to the ids of the rules that match, each with the live value of the finding.
HealthCheck = Callable[[LiveObject, Settings, datetime], dict[str, Any]]
# From the declared and the live settings (None if the object does not exist) to the same.
AdviceCheck = Callable[[Settings, "Settings | None"], dict[str, Any]]
# From a live object that is to be removed and the time to the same.
RemovalCheck = Callable[[LiveObject, datetime], dict[str, Any]]
# From a live object and its settings to what a report shows of it at a glance.
Overview = Callable[[LiveObject, Settings], dict[str, Any]]


def _no_overview(live: LiveObject, settings: Settings) -> dict[str, Any]:
    return {}


WAIVER_RULES = (
    Rule(
        "ES-WAIVER-001", "waiver", None, "medium", "neutral",
        "Expired waiver",
        "The waiver for {subject} has expired: {declared}. Its findings count again.",
        "The exception was approved for a limited time.",
        "Fix the finding or renew the waiver.",
    ),
    Rule(
        "ES-WAIVER-002", "waiver", None, "low", "neutral",
        "Unused waiver",
        "The waiver for {subject} covers no finding: {declared}.",
        "The finding has been fixed, or the waiver was written for something else.",
        "Remove the waiver.",
    ),
)  # fmt: skip


class ExistenceRules(NamedTuple):
    """The ids of the rules about an object as a whole."""

    missing: str
    undeclared: str
    unwanted: str
    ambiguous: str


class ResourceAudit(NamedTuple):
    """The rules and checks of one resource.

    Attributes:
        drift_checks: by field.
        other_drift: the rule for a difference that no drift check knows.
        superseded_by: by the id of a drift rule, the advice that is reported in its place. Waivers of the drift rule cover that advice, too.
        affected_items: by the id of a rule, a function that returns the items of a live list that the rule is about.
        empty_value_text: by field, what to write for an empty list or no value.
        overview: what a report shows of each object at a glance.
        direction_of: judges planned changes of fields.
    """

    resource: Resource
    rules: tuple[Rule, ...]
    existence_rules: ExistenceRules
    other_drift: str
    drift_checks: Mapping[str, DriftCheck]
    health_checks: tuple[HealthCheck, ...] = ()
    advice_checks: tuple[AdviceCheck, ...] = ()
    removal_checks: tuple[RemovalCheck, ...] = ()
    superseded_by: Mapping[str, str] = {}
    affected_items: Mapping[str, Callable[[list[Any]], list[Any]]] = {}
    empty_value_text: Mapping[str, str] = {}
    overview: Overview = _no_overview
    direction_of: DirectionOf = unknown_direction

    def drift_rules(self, field: str, declared: Any, live: Any) -> list[str]:
        """Return the ids of the rules that a difference in a field matches, at least one.

        Args:
            field: the field.
            declared: the declared value in its normal form; None if the field is to be cleared.
            live: the live value in its normal form.
        """
        check = self.drift_checks.get(field)
        return (check(declared, live) if check else []) or [self.other_drift]

    @property
    def waivable_fields(self) -> tuple[str, ...]:
        """The writable fields, and the read-only fields that health rules are about."""
        checked = (rule.field for rule in self.rules if rule.category == "health" and rule.field)
        return tuple(dict.fromkeys((*(field.name for field in self.resource.fields), *checked)))


DOMAIN_AUDIT = ResourceAudit(
    resource=DOMAIN,
    rules=DOMAIN_RULES,
    existence_rules=ExistenceRules(missing="ES-DOMAIN-001", undeclared="ES-DOMAIN-002", unwanted="ES-DOMAIN-003", ambiguous="ES-DOMAIN-005"),
    other_drift=OTHER_DRIFT,
    drift_checks=DRIFT_CHECKS,
    health_checks=(health_matches,),
    advice_checks=(advice_matches,),
    removal_checks=(removal_matches,),
    superseded_by={"ES-SCAN-005": "ES-ADVICE-009"},
    affected_items=AFFECTED_ITEMS,
    empty_value_text=EMPTY_VALUE_TEXT,
    overview=domain_overview,
    direction_of=change_direction,
)

# By the name of the resource.
AUDITS: dict[str, ResourceAudit] = {DOMAIN.name: DOMAIN_AUDIT}
RULES: dict[str, Rule] = {rule.id: rule for rule in (*(rule for audit in AUDITS.values() for rule in audit.rules), *WAIVER_RULES)}


# The guide is a part of the collection.
_RULES_PAGE = "See docs/rules.md, the documentation of the rules."


def find_rule(rule_id: str) -> Rule | None:
    """The rule with an id, of domains, waivers or lists; None if there is none."""
    rule = RULES.get(rule_id)
    if rule is not None:
        return rule
    from .lists.registry import find_list_rule

    return find_list_rule(rule_id)


def all_rules() -> dict[str, Rule]:
    """All rules by their ids: those on domains and on waivers, then those on lists."""
    from .lists.registry import list_rules

    return {**RULES, **list_rules()}


def where_rules_are(rule_id: object, known: Iterable[str]) -> str:
    """Return which rule was probably meant by an unknown id, or else where the rules are listed."""
    from ..api.mistakes import suggest

    return suggest(rule_id, known).strip() or _RULES_PAGE


def audit_of_rule(rule_id: str) -> ResourceAudit | None:
    """The audit that a rule belongs to; None for the rules on waivers, which belong to none, and for unknown ids."""
    return _AUDIT_BY_RULE.get(rule_id)


_AUDIT_BY_RULE = {rule.id: audit for audit in AUDITS.values() for rule in audit.rules}
