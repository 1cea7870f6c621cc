# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the rules that the entries of a list match. Severity overrides and waivers are applied in findings.py. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from ...reconcile.account_plan import ListPlan
from ...reconcile.desired import DesiredObject
from ...reconcile.entry_plan import ReadOnlyEntryError, is_synchronized
from ...reconcile.index import LiveIndex
from ...reconcile.plan import PlannedChange
from ...resources.base import COMMENT_FIELDS, LiveObject
from ..matching import RuleMatch, Subject, field_differences, is_missing
from ..registry import find_rule
from .entry import Account, Entry, EntryMatch, ListAudit, Matches

# The rules that every list has.
DUPLICATES_RULE, COMMENT_RULE = "ES-LIST-001", "ES-LIST-002"
# A finding names at most this many ids.
_MAX_IDS = 5


class Difference(NamedTuple):
    """One difference between a declaration and a live list, or a live entry that no declaration is about.

    Attributes:
        subject: the entry.
        field: the field that differs; None if the entry differs as a whole.
        declared: the declared value.
        live: the live value.
        matches: the rules that it matches; there may be none.
    """

    subject: Subject
    field: str | None
    declared: Any
    live: Any
    matches: list[RuleMatch]


class ListMatcher:
    """Judges the entries of one list.

    Args:
        list_audit: the rules and checks of the list.
        plan: the plan for the list.
    """

    def __init__(self, list_audit: ListAudit, plan: ListPlan) -> None:
        self._audit, self._plan, self._index = list_audit, plan, plan.live_index
        self._resource = plan.live_index.resource
        planned_by_live = _planned_by_live(plan)
        self._by_live = {id(live): self._entry(live, planned_by_live.get(id(live))) for live in self._index.all}

    @property
    def entries(self) -> list[Entry]:
        """All live entries."""
        return list(self._by_live.values())

    def find_matches(self, account: Account, *, is_declared: bool) -> Iterator[RuleMatch]:
        """Find all rules that match.

        Args:
            account: the account that the list is a part of.
            is_declared: whether the list is declared. If not, undeclared entries are judged only if each of them exempts something.
        """
        for planned in self._plan.declared:
            for difference in self.differences(planned, account):
                yield from difference.matches
            yield from self._equal_duplicates(planned)
        if is_declared or self._audit.judges_undeclared:
            for live in self._plan.undeclared_live:
                yield from self.undeclared_difference(live, account).matches
        for entry in self._by_live.values():
            subject = subject_of_entry(entry)
            for check in self._audit.checks:
                yield from (rule_match(found, subject) for found in check(entry, account))
        for list_check in self._audit.list_checks:
            for found_entry, found in list_check(account):
                yield rule_match(found, self._whole() if found_entry is None else subject_of_entry(found_entry))

    def differences(self, planned: PlannedChange, account: Account) -> Iterator[Difference]:
        """The differences of one planned change. Those of an entry that the API does not change have no planned change, but are differences as well."""
        desired = planned.desired
        if desired.state == "absent":
            for live in self._unwanted(planned):
                entry = self._by_live[id(live)]
                yield self._difference(subject_of_entry(entry), None, "absent", "present", self._audit.unwanted(entry, account))
        elif is_missing(planned):
            yield self._difference(self._declared_subject(desired), None, "present", None, self._audit.missing(desired, account))
        elif isinstance(planned.failure, ReadOnlyEntryError):
            yield Difference(self._declared_subject(desired), None, "present", planned.failure.message, [])
        elif planned.failure is not None:
            found = EntryMatch(DUPLICATES_RULE, "high", None, "present", planned.failure.message)
            yield self._difference(self._declared_subject(desired), None, found.declared, found.live, [found])
        elif planned.live is not None:
            entry = self._by_live[id(planned.live)]
            for field, declared, live in field_differences(planned.change):
                matches: Matches = self._audit.differing(entry, field, declared, live, account)
                if field in COMMENT_FIELDS:
                    matches = [EntryMatch(COMMENT_RULE, None, field, declared, live)]
                yield self._difference(subject_of_entry(entry), field, declared, live, matches)

    def undeclared_difference(self, live: LiveObject, account: Account) -> Difference:
        """A live entry that no declaration is about. One that comes from a directory is not judged: it is managed there."""
        entry = self._by_live[id(live)]
        matches = () if entry.is_synchronized else self._audit.undeclared(entry, account)
        return self._difference(subject_of_entry(entry), None, None, "present", matches)

    def duplicate_difference(self, live: LiveObject) -> Difference:
        """A live entry that is equal to another one, which is declared."""
        entry = self._by_live[id(live)]
        found = EntryMatch(DUPLICATES_RULE, "low", None, "present", "present")
        return self._difference(subject_of_entry(entry), None, "present", "present", [found])

    def _equal_duplicates(self, planned: PlannedChange) -> Iterator[RuleMatch]:
        if planned.live is None or not planned.duplicates:
            return
        lives = [planned.live, *planned.duplicates]
        ids = ", ".join(self._index.label({"id": live.get("id")}) for live in lives[:_MAX_IDS])
        more = f" and {len(lives) - _MAX_IDS} more" if len(lives) > _MAX_IDS else ""
        name = planned.desired.name or planned.label
        text = f"{len(lives)} live {self._resource.plural} are named {name}, and they are equal: {ids}{more}."
        yield rule_match(EntryMatch(DUPLICATES_RULE, "low", None, "present", text), self._declared_subject(planned.desired))

    def _unwanted(self, planned: PlannedChange) -> list[LiveObject]:
        """The live entries that are to be absent, those that the API does not remove as well."""
        if planned.live is not None:
            return [planned.live]
        return _meant_by(planned.desired, self._index) if planned.failure is not None else []

    def _difference(self, subject: Subject, field: str | None, declared: Any, live: Any, matches: Matches) -> Difference:
        return Difference(subject, field, declared, live, [rule_match(found, subject, field) for found in matches])

    def _entry(self, live: LiveObject, planned: PlannedChange | None) -> Entry:
        # Normalized by the comparison already.
        settings = planned.change.before if planned is not None and planned.live is live and planned.change.before else self._resource.normalize(live)
        label = self._index.unique_name(live) or str(live.get("id"))
        return Entry(self._resource, label, live, settings, planned, is_synchronized(self._resource, live))

    def _declared_subject(self, desired: DesiredObject) -> Subject:
        return Subject(desired.label, str(desired.settings.get(self._resource.key_fields[0]) or desired.object_id), self._resource.name)

    def _whole(self) -> Subject:
        name = self._resource.name
        return Subject(name, name, name, is_whole=True)


def subject_of_entry(entry: Entry) -> Subject:
    """How findings and waivers name a live entry."""
    return Subject(entry.label, str(entry.settings.get(entry.resource.key_fields[0]) or entry.label), entry.resource.name)


def _planned_by_live(plan: ListPlan) -> dict[int, PlannedChange]:
    """By the identity of a live entry, what a declaration plans for it, or for the entry that it is equal to."""
    found: dict[int, PlannedChange] = {id(planned.live): planned for planned in plan.declared if planned.live is not None}
    for planned in plan.declared:
        others: Iterable[LiveObject] = planned.duplicates
        if planned.failure is not None:
            # Several entries of which the meant one is unknown, or one that the API does not change.
            others = _meant_by(planned.desired, plan.live_index)
        for live in others:
            found.setdefault(id(live), planned)
    return found


def _meant_by(desired: DesiredObject, live_index: LiveIndex) -> list[LiveObject]:
    """The live entries that a declaration is about: the one with its id, or all with its key."""
    if desired.object_id is None:
        return live_index.all_by_key(desired.key)
    live = live_index.get(desired.object_id)
    return [] if live is None else [live]


def rule_match(found: EntryMatch, subject: Subject, field: str | None = None) -> RuleMatch:
    """A match of a check, with what follows from its rule. `field` is the one that differs, if the match names none."""
    rule = find_rule(found.rule_id)
    if rule is None:
        raise KeyError(found.rule_id)
    return RuleMatch(found.rule_id, subject, found.field or rule.field or field, found.declared, found.live, found.severity or rule.severity, found.direction)
