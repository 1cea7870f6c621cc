"""Judge a live list as the audit does, for the tests of the rules on blocked senders, people and content policies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any, NamedTuple

from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.finding_text import finding_text
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.entry import Account, ListAudit, LiveDomain
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.matching import ListMatcher
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.registry import LIST_AUDITS, find_list_rule
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.matching import RuleMatch
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.account_options import lists_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.account_plan import ListPlan, plan_list
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
    match: RuleMatch


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
            {name: self.matcher(name).entries for name in self.live},
            {name: self.plan(name).declaration.desired_objects for name in self.declared},
        )

    def matcher(self, name: str) -> ListMatcher:
        return ListMatcher(LIST_AUDITS[name](), self.plan(name))

    def plan(self, name: str) -> ListPlan:
        problems: list[str] = []
        [declaration] = lists_from_options(LISTS, {name: [dict(row) for row in self.declared.get(name, ())]}, problems)
        assert problems == []
        return plan_list(declaration, LiveIndex(declaration.collection.resource, [dict(row) for row in self.live[name]], str))


def judge(audit: ListAudit, world: World) -> list[Found]:
    """What the rules of one list, and of others that it knows, say of an account. The rules that every list has are left out."""
    name = audit.resource.name
    matches = world.matcher(name).find_matches(world.account(), is_declared=name in world.declared)
    return [_found(match) for match in matches if not match.rule_id.startswith("ES-LIST")]


def rules(audit: ListAudit, world: World) -> list[tuple[str, str]]:
    """The ids of the rules that match, with their severities."""
    return [(found.rule, found.severity) for found in judge(audit, world)]


def _found(match: RuleMatch) -> Found:
    rule = find_list_rule(match.rule_id)
    assert rule is not None
    assert match.severity in rule.severities
    message = finding_text(rule.id, match.subject.label, match.declared, match.live)
    return Found(rule.id, match.severity, message, match.direction or rule.direction, match)
