# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the rules that an account matches. Severity overrides and waivers are applied in audit.py. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from ..reconcile.change import Change, Direction
from ..reconcile.index import LiveIndex
from ..reconcile.plan import PlannedChange
from ..resources.base import LiveObject, Settings
from .registry import RULES, ResourceAudit
from .rule import FindingContext, Severity


class Subject(NamedTuple):
    """What a finding is about.

    Attributes:
        label: how it is shown, with the id if several objects have the name.
        name: the name that waivers refer to; of an entry of a list the first part of its key.
        resource: its resource; None for a waiver that is about every list.
        is_whole: whether the finding is about a list as a whole. Label and name are then that of the list.
    """

    label: str
    name: str
    resource: str | None = "domains"
    is_whole: bool = False


class RuleMatch(NamedTuple):
    """A rule that matches a subject, with the values that it matches and the rule's own severity in this context.

    Attributes:
        direction: the direction in this context; None for the direction of the rule.
    """

    rule_id: str
    subject: Subject
    field: str | None
    declared: Any
    live: Any
    severity: Severity
    direction: Direction | None = None


class ExistenceDifference(NamedTuple):
    """A rule about an object as a whole, with the declared and the live state."""

    rule_id: str
    declared: str
    live: str | None


class Compared(NamedTuple):
    """A declared object, compared with the account.

    Attributes:
        planned: its planned change.
        drift: the drift rules that it matches, in groups about one field.
    """

    planned: PlannedChange
    drift: list[list[RuleMatch]]


def find_matches(
    resource_audit: ResourceAudit, compared: Sequence[Compared], undeclared: Iterable[LiveObject] | None, live_index: LiveIndex, now: datetime
) -> Iterator[list[RuleMatch]]:
    """Find all rules that match, in groups about one field of one object.

    Args:
        resource_audit: the rules and checks of the resource.
        compared: the declared objects that are audited.
        undeclared: the live objects that are not declared; None if only some declared objects are audited. Then no other live object is checked.
        live_index: the live objects.
        now: the time, with its zone.
    """
    plan = [each.planned for each in compared]
    checked = {id(live): live for live in (_live_objects_of(plan, live_index) if undeclared is None else live_index.all)}
    known_settings = {id(planned.live): planned.change.before for planned in plan if planned.live is not None}

    def health_of(live: LiveObject) -> list[RuleMatch]:
        settings = known_settings.get(id(live)) or resource_audit.resource.normalize(live)
        return _health(resource_audit, live, settings, live_index, now)

    for planned, groups in compared:
        # Each live object is checked once, even if several declared objects refer to it.
        live = checked.pop(id(planned.live), None) if planned.live is not None else None
        health_of_planned = health_of(live) if live is not None else []
        drift = (match for group in groups for match in group)
        yield from _group_by_field([*drift, *health_of_planned, *_advice(resource_audit, planned, now)])
    yield from _undeclared(resource_audit, undeclared or (), live_index)
    for live in checked.values():
        yield from _group_by_field(health_of(live))


def compare(resource_audit: ResourceAudit, planned: PlannedChange) -> Compared:
    """Find the drift rules that a declared object matches."""
    return Compared(planned, list(_drift(resource_audit, planned)))


def _drift(resource_audit: ResourceAudit, planned: PlannedChange) -> Iterator[list[RuleMatch]]:
    existence = existence_difference(resource_audit, planned)
    if existence is None and not planned.change.has_changes:
        return
    subject = Subject(planned.label, name_of(planned))
    if existence:
        rule_id, declared, live = existence
        yield [RuleMatch(rule_id, subject, None, declared, live, RULES[rule_id].severity)]
        return
    settings = planned.change.before
    for field, declared, live in field_differences(planned.change):
        context = FindingContext(settings, settings, declared, live)
        rule_ids = resource_audit.drift_rules(field, declared, live)
        yield [RuleMatch(rule_id, subject, field, declared, live, RULES[rule_id].severity_in(context)) for rule_id in rule_ids]


def field_differences(change: Change) -> Iterator[tuple[str, Any, Any]]:
    """Yield each field that a change is about, with its declared and its live value: after and before the change."""
    for field, pair in change.changes.items():
        yield field, pair["after"], pair["before"]


def existence_difference(resource_audit: ResourceAudit, planned: PlannedChange) -> ExistenceDifference | None:
    """The difference if a declared object differs as a whole: it is missing, unwanted, or cannot be identified."""
    rules, state = resource_audit.existence_rules, planned.desired.state
    if is_missing(planned):
        return ExistenceDifference(rules.missing, state, None)
    if planned.failure is not None:
        return ExistenceDifference(rules.ambiguous, state, planned.failure.message)
    return ExistenceDifference(rules.unwanted, state, "present") if planned.change.action == "delete" else None


def is_missing(planned: PlannedChange) -> bool:
    """Whether a declared object does not exist."""
    return planned.change.action == "create" or (planned.failure is not None and planned.failure.kind == "not_found")


def name_of(planned: PlannedChange) -> str:
    """The name by which waivers refer to a declared object."""
    return planned.desired.name or planned.desired.resource.live_name(planned.live or {}) or planned.label


def _group_by_field(matches: Iterable[RuleMatch]) -> Iterable[list[RuleMatch]]:
    """Group matches by field. A match about an object as a whole is a group of its own."""
    groups: dict[str, list[RuleMatch]] = {}
    for match in matches:
        groups.setdefault(match.field or match.rule_id, []).append(match)
    return groups.values()


def _undeclared(resource_audit: ResourceAudit, objects: Iterable[LiveObject], live_index: LiveIndex) -> Iterator[list[RuleMatch]]:
    rule = RULES[resource_audit.existence_rules.undeclared]
    for live in objects:
        yield [RuleMatch(rule.id, _subject_of(live, live_index), None, None, "present", rule.severity)]


def _live_objects_of(plan: Iterable[PlannedChange], live_index: LiveIndex) -> list[LiveObject]:
    """The live objects that declared ones refer to: all with the name, if it is ambiguous."""
    found: dict[int, LiveObject] = {}
    for planned in plan:
        candidates = [planned.live] if planned.live is not None else live_index.all_by_key(planned.desired.key)
        found.update((id(live), live) for live in candidates)
    return list(found.values())


def _health(resource_audit: ResourceAudit, live: LiveObject, settings: Settings, live_index: LiveIndex, now: datetime) -> list[RuleMatch]:
    subject = _subject_of(live, live_index)
    matches = []
    for check in resource_audit.health_checks:
        for rule_id, value in check(live, settings, now).items():
            rule = RULES[rule_id]
            context = FindingContext(settings, settings, None, value, subject.name, live_index.all_by_name)
            matches.append(RuleMatch(rule_id, subject, rule.field, None, value, rule.severity_in(context)))
    return matches


def _subject_of(live: LiveObject, live_index: LiveIndex) -> Subject:
    name = live_index.name(live) or str(live.get("id"))
    return Subject(live_index.unique_name(live) or name, name)


def _advice(resource_audit: ResourceAudit, planned: PlannedChange, now: datetime) -> list[RuleMatch]:
    """The advice on a declaration. No settings can be declared for an object that is to be removed."""
    subject, declared, live = Subject(planned.label, name_of(planned)), planned.desired.settings, planned.live
    if planned.desired.state == "absent":
        if live is None or planned.change.action != "delete":
            return []
        found = {rule_id: value for check in resource_audit.removal_checks for rule_id, value in check(live, now).items()}
        return [RuleMatch(rule_id, subject, None, "absent", value, RULES[rule_id].severity) for rule_id, value in found.items()]
    # An object that could not be compared has unknown settings, which is not the same as an object that does not exist.
    settings: Settings | None = None if is_missing(planned) else planned.change.before
    context = FindingContext(settings or {}, {**(settings or {}), **declared})
    matches = []
    for check in resource_audit.advice_checks:
        found = check(declared, settings)
        if planned.change.added:
            # Also with the values that stay live: the modes of a domain may be more than those that are declared.
            with_live = check(planned.change.desired, settings)
            found = {rule_id: value for rule_id, value in found.items() if rule_id in with_live}
        for rule_id, value in found.items():
            rule = RULES[rule_id]
            declared_value = declared.get(rule.field) if rule.field else None
            matches.append(RuleMatch(rule_id, subject, rule.field, declared_value, value, rule.severity_in(context)))
    return matches
