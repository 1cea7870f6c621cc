"""Judge a live list as the audit does, for the tests of the rules on blocked senders, people and content policies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any, NamedTuple

from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.entry import Account, Entry, EntryMatch, ListAudit, LiveDomain
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.rule import Rule
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.account_options import lists_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.account_plan import ListPlan, plan_list
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.entry_plan import is_synchronized
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.index import LiveIndex
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN
from ansible_collections.mailops.cloudflare.tests.unit.lists import LISTS

NOW = datetime(2026, 11, 28, 3, tzinfo=timezone.utc)
Rows = Sequence[Mapping[str, Any]]


class Found(NamedTuple):
    """A finding: the rule, its severity and direction, and the message."""

    rule: str
    severity: str
    message: str
    direction: str
    match: EntryMatch


class World(NamedTuple):
    """An account.

    Attributes:
        live: the live entries of the lists that are read, by the name of the list.
        declared: the declared entries of the lists that are declared.
        domains: the live domains; None if they are not read.
        own: the domains of the option `own_domains`.
    """

    live: Mapping[str, Rows]
    declared: Mapping[str, Rows] = {}
    domains: Rows | None = None
    own: Sequence[str] = ()

    def account(self) -> Account:
        domains = None if self.domains is None else tuple(LiveDomain(str(row["domain"]), row, DOMAIN.normalize(row)) for row in self.domains)
        return Account(
            NOW,
            frozenset(self.own) | {domain.name for domain in domains or ()},
            domains,
            {name: list(entries_of(self.plan(name)).values()) for name in self.live},
            {name: self.plan(name).declaration.desired_objects for name in self.declared},
        )

    def plan(self, name: str) -> ListPlan:
        problems: list[str] = []
        [declaration] = lists_from_options(LISTS, {name: [dict(row) for row in self.declared.get(name, ())]}, problems)
        assert problems == []
        return plan_list(declaration, LiveIndex(declaration.collection.resource, [dict(row) for row in self.live[name]], str))


def judge(audit: ListAudit, world: World) -> list[Found]:
    """Everything that the rules of one list say of an account."""
    account, name = world.account(), audit.resource.name
    return [_found(audit, subject, match) for subject, match in _matches(audit, world.plan(name), account, is_declared=name in world.declared)]


def rules(audit: ListAudit, world: World) -> list[tuple[str, str]]:
    """The ids of the rules that match, with their severities."""
    return [(found.rule, found.severity) for found in judge(audit, world)]


def entries_of(plan: ListPlan) -> dict[int, Entry]:
    """The live entries by identity, each with what is planned for it."""
    index, resource = plan.live_index, plan.live_index.resource
    planned_by_live = {id(planned.live): planned for planned in plan.declared if planned.live is not None}
    for planned in plan.declared:
        for live in planned.duplicates if planned.failure is None else index.all_by_key(planned.desired.key):
            planned_by_live.setdefault(id(live), planned)
    return {
        id(live): Entry(resource, str(index.unique_name(live)), live, resource.normalize(live), planned_by_live.get(id(live)), is_synchronized(resource, live))
        for live in index.all
    }


def _matches(audit: ListAudit, plan: ListPlan, account: Account, *, is_declared: bool) -> Iterator[tuple[str, EntryMatch]]:
    entries = entries_of(plan)
    for planned in plan.declared:
        if planned.desired.state == "absent":
            unwanted = [planned.live] if planned.live is not None else plan.live_index.all_by_key(planned.desired.key)
            yield from _named((entries[id(live)], match) for live in unwanted for match in audit.unwanted(entries[id(live)], account))
        elif planned.change.action == "create":
            yield from ((planned.desired.label, match) for match in audit.missing(planned.desired, account))
        elif planned.live is not None:
            entry = entries[id(planned.live)]
            for field, pair in planned.change.changes.items():
                yield from _named((entry, match) for match in audit.differing(entry, field, pair["after"], pair["before"], account))
    for entry in entries.values():
        if entry.planned is None and is_declared:
            yield from _named((entry, match) for match in audit.undeclared(entry, account))
        yield from _named((entry, match) for check in audit.checks for match in check(entry, account))
    yield from _named(found for check in audit.list_checks for found in check(account))


def _named(found: Iterable[tuple[Entry | None, EntryMatch]]) -> Iterator[tuple[str, EntryMatch]]:
    return (("the list" if entry is None else entry.label, match) for entry, match in found)


def _found(audit: ListAudit, subject: str, match: EntryMatch) -> Found:
    # ES-BLOCK-104 is reported by the audit of content policies as well.
    from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.block_sender_rules import BLOCK_SENDER_RULES

    rule = {rule.id: rule for rule in (*BLOCK_SENDER_RULES, *audit.rules)}[match.rule_id]
    severity = match.severity or rule.severity
    assert severity in rule.severities
    return Found(rule.id, severity, message_of(rule, subject, match), match.direction or rule.direction, match)


def message_of(rule: Rule, subject: str, match: EntryMatch) -> str:
    """The message of a finding, with the function of the audit."""
    from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.finding_text import finding_text

    return finding_text(rule.id, subject, match.declared, match.live)
