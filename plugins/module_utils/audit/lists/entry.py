# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the rules on lists judge: live entries, and the account that they are part of. Pure.

A check gets an entry and the account, and yields what matches. It knows neither waivers nor other severities than its own: audit.py applies those.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from ...reconcile.change import Direction
from ...reconcile.desired import DesiredObject
from ...reconcile.plan import PlannedChange
from ...resources.base import LiveObject, Resource, Settings
from ..rule import Rule, Severity


class Entry(NamedTuple):
    """A live entry of a list.

    Attributes:
        resource: the resource of the list.
        label: what to call the entry, with its id or name if several have its key.
        live: the entry as the server describes it.
        settings: its writable fields in their normal forms.
        planned: what a declaration plans for it; None if no declaration is about it.
        is_synchronized: whether it comes from a directory, so that the API does not change it.
    """

    resource: Resource
    label: str
    live: LiveObject
    settings: Settings
    planned: PlannedChange | None = None
    is_synchronized: bool = False

    @property
    def is_declared(self) -> bool:
        return self.planned is not None


class LiveDomain(NamedTuple):
    """A live mail domain: its name, how the server describes it, and its settings in their normal forms."""

    name: str
    live: LiveObject
    settings: Settings


class Account(NamedTuple):
    """What the rules know of the account.

    Attributes:
        now: the time of the audit, with its zone.
        own_domains: the names of the organization's domains: those that are live, and those of the option `own_domains`.
        domains: the live domains; None if they were not read, so that a rule that needs them cannot judge.
        entries: the live entries of each list that was read, by the name of the list.
        declared: the declared entries of each list that is declared, by its name.
        max_age: after how many days an exemption without an end is too old; None for the limits of the rules.
    """

    now: datetime
    own_domains: frozenset[str] = frozenset()
    domains: tuple[LiveDomain, ...] | None = None
    entries: Mapping[str, Sequence[Entry]] = {}
    declared: Mapping[str, Sequence[DesiredObject]] = {}
    max_age: int | None = None


class EntryMatch(NamedTuple):
    """A rule that matches.

    Attributes:
        severity: the severity in this case; None for the severity of the rule. It is one of those that the rule names.
        field: the field, if the finding is about the difference of one.
        declared: the declared value.
        live: the live value, or what the message says of the entry.
        direction: the direction in this case; None for the direction of the rule.
    """

    rule_id: str
    severity: Severity | None = None
    field: str | None = None
    declared: Any = None
    live: Any = None
    direction: Direction | None = None


Matches = Iterable[EntryMatch]


def _no_match(*_arguments: Any) -> Matches:
    return ()


class ListAudit(NamedTuple):
    """The rules and checks of one list.

    Attributes:
        undeclared: judges a live entry that no declaration is about. It is called for lists that are not declared as well, if `judges_undeclared`.
        judges_undeclared: whether undeclared entries are judged even if the list is not declared, because each of them exempts something.
        missing: judges a declared entry that is not live.
        differing: judges one field that differs, from its declared and its live value, in their normal forms.
        unwanted: judges a live entry that has expired or is declared absent.
        checks: judge each live entry, declared or not: its health, and how it fits the rest of the account.
        list_checks: judge the list as a whole. Each match is about an entry, or about no entry (None). They are called once, even if the list is empty.
    """

    resource: Resource
    rules: tuple[Rule, ...]
    undeclared: Callable[[Entry, Account], Matches] = _no_match
    judges_undeclared: bool = False
    missing: Callable[[DesiredObject, Account], Matches] = _no_match
    differing: Callable[[Entry, str, Any, Any, Account], Matches] = _no_match
    unwanted: Callable[[Entry, Account], Matches] = _no_match
    checks: tuple[Callable[[Entry, Account], Matches], ...] = ()
    list_checks: tuple[Callable[[Account], Iterable[tuple[Entry | None, EntryMatch]]], ...] = ()
