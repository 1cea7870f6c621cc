# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit of an account with its lists: what is read, compared and judged, and the result. Pure, except for the readings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from ...api.errors import UNREACHABLE_KINDS, ApiError
from ...reconcile.account import is_reading_failure
from ...reconcile.account_options import ListDeclaration
from ...reconcile.account_plan import ListPlan, account_digest, plan_list, read_list
from ...reconcile.change import DIRECTIONS
from ...reconcile.entry_plan import entry_direction
from ...reconcile.index import LiveIndex
from ...reconcile.plan import plan_digest
from ...reconcile.results import planned_entries
from ..audit import Audit, Judgement, audit_result, nothing_declared
from ..matching import RuleMatch, Subject, is_missing
from ..rule import Severity
from ..waiver import DOMAINS
from .entry import Account, LiveDomain
from .exemption_register import EXEMPTING_LISTS, exemptions_of
from .matching import ListMatcher, rule_match, subject_of_entry
from .registry import account_checks, list_audit_of
from .waived_entries import WaivedEntries, permitting_waiver

if TYPE_CHECKING:
    from ...api.client import Client

UNREAD_RULE = "ES-LIST-005"
# The lists whose entries exempt mail from detections: not to know them is worse.
_SEVERE_IF_UNREAD = ("allow_policies", "trusted_domains")


class ListReading(NamedTuple):
    """A list that was read, with its plan.

    Attributes:
        declaration: what is declared; nothing if the list is only read.
        is_declared: whether the list is declared.
        plan: what differs from the declaration.
        matcher: judges its entries.
    """

    declaration: ListDeclaration
    is_declared: bool
    plan: ListPlan
    matcher: ListMatcher


class Reading(NamedTuple):
    """What was read of an account.

    Attributes:
        domains: the live domains; None if they were not read.
        lists: the lists.
        unread: why other resources could not be read, by their names.
    """

    domains: LiveIndex | None
    lists: dict[str, ListReading]
    unread: dict[str, ApiError]


class AccountAudit(NamedTuple):
    """The declaration of an account, and what else of it is audited.

    Attributes:
        domains: the audit of the domains, with the waivers and severities of all resources.
        has_domains: whether domains are declared. If they are and cannot be read, the task fails.
        reads_domains: whether they are read.
        lists: the lists that are read, each with what is declared of it.
        declared_lists: the names of those that are declared.
        own_domains: the domains of the option `own_domains`.
        max_age: after how many days an exemption without an end is too old; None for the limits of the rules.
    """

    domains: Audit
    has_domains: bool
    reads_domains: bool
    lists: list[ListDeclaration]
    declared_lists: frozenset[str]
    own_domains: frozenset[str] = frozenset()
    max_age: int | None = None

    def run(self, client: Client, now: datetime) -> dict[str, Any]:
        """Read the account and return the result of the module. Nothing is written."""
        reading = self._read(client)
        return self.evaluate(reading, client.connection.account_id, now)

    def _read(self, client: Client) -> Reading:
        """Read the resources one after the other. A list that cannot be read does not keep the others from being judged."""
        reading = Reading(None, {}, {})
        if self.reads_domains:
            try:
                reading = reading._replace(domains=self.domains.read(client))
            except ApiError as error:
                if self.has_domains or error.kind in UNREACHABLE_KINDS:
                    raise
                reading.unread[DOMAINS] = error
        for declaration in self.lists:
            try:
                live_index = read_list(declaration.collection(client))
            except ApiError as error:
                if error.kind in UNREACHABLE_KINDS:
                    raise
                reading.unread[declaration.name] = error
                continue
            reading.lists[declaration.name] = self.compare(declaration, live_index)
        if reading.domains is None and not reading.lists:
            raise next(iter(reading.unread.values()))
        return reading

    def compare(self, declaration: ListDeclaration, live_index: LiveIndex) -> ListReading:
        """Compare a list that was read with its declaration."""
        plan = plan_list(declaration, live_index)
        return ListReading(declaration, declaration.name in self.declared_lists, plan, ListMatcher(list_audit_of(declaration.name), plan))

    def evaluate(self, reading: Reading, account_id: str, now: datetime) -> dict[str, Any]:
        """Return the result of the module for an account that was read."""
        maker = self.domains.maker(now.date())
        judged = nothing_declared()
        if reading.domains is not None:
            judged = self.domains._replace(judges_undeclared=self.has_domains).judge(reading.domains, now, maker)
        account = self._account(reading, now)
        findings = [*judged.findings, *maker.of_matches(self._matches(reading, account))]
        of_waivers = list(maker.of_waivers([*([DOMAINS] if reading.domains is not None else []), *reading.lists], judged.audited_names))
        counts = {DOMAINS: judged.counts} if reading.domains is not None else {}
        for name, of_list in reading.lists.items():
            counts[name] = self._list_counts(of_list, account)
        members = self._list_members(reading, judged, account_id, now)
        if any(name in reading.lists for name in EXEMPTING_LISTS):
            entries = [entry for name in EXEMPTING_LISTS if name in reading.lists for entry in account.entries[name]]
            members["exemptions"] = exemptions_of(entries, findings, now)
        return audit_result(account_id, now, [*findings, *of_waivers], judged, counts, self.domains.severities, members)

    def _account(self, reading: Reading, now: datetime) -> Account:
        resource = self.domains.resource_audit.resource
        domains: tuple[LiveDomain, ...] | None = None
        # Only the checks of lists ask for them.
        if reading.domains is not None and reading.lists:
            domains = tuple(LiveDomain(resource.live_name(live) or str(live.get("id")), live, resource.normalize(live)) for live in reading.domains.all)
        return Account(
            now=now,
            own_domains=self.own_domains | {domain.name for domain in domains or ()},
            domains=domains,
            entries={name: of_list.matcher.entries for name, of_list in reading.lists.items()},
            declared={name: of_list.declaration.desired_objects for name, of_list in reading.lists.items() if of_list.is_declared},
            max_age=self.max_age,
        )

    def _matches(self, reading: Reading, account: Account) -> Iterator[RuleMatch]:
        for of_list in reading.lists.values():
            yield from of_list.matcher.find_matches(account, is_declared=of_list.is_declared)
        for check in account_checks():
            yield from (rule_match(found, subject_of_entry(entry)) for entry, found in check(account))
        for name, error in reading.unread.items():
            severity: Severity = "high" if name in _SEVERE_IF_UNREAD else "medium"
            yield RuleMatch(UNREAD_RULE, Subject(name, name, name, is_whole=True), None, None, error.kind, severity)

    def _list_counts(self, of_list: ListReading, account: Account) -> dict[str, int]:
        """Count the entries of a list by what they are. An entry that differs counts as such even if no rule is about it, or the rule is off."""
        plan = of_list.plan
        states: dict[int, set[str]] = {}
        for planned in plan.declared:
            found = states.setdefault(id(planned.desired), set())
            for difference in of_list.matcher.differences(planned, account):
                waiver = permitting_waiver(self.domains.waivers, difference, account.now)
                found.add("drifted" if waiver is None else "drift_waived")
        counted = [_worst_state(found) for found in states.values()]
        return {
            "declared": len(states),
            **{state: counted.count(state) for state in ("as_declared", "drifted", "drift_waived")},
            "live": len(plan.live_index.all),
            "missing": len(_missing(plan)),
            "undeclared": len(plan.undeclared),
            "synced": plan.synchronized,
        }

    def _list_members(self, reading: Reading, domains: Judgement, account_id: str, now: datetime) -> dict[str, Any]:
        """What the result says of lists: what could not be read, which entries are missing or undeclared, and the plan of the whole account."""
        allowed = WaivedEntries(self.domains.waivers, now, self.own_domains) if self.domains.waivers.all else None
        to_apply = [of_list.plan if allowed is None else allowed.without_allowed(of_list.plan) for of_list in reading.lists.values() if of_list.is_declared]
        declared = {declaration.name: declaration.desired_objects for declaration in self.lists if declaration.name in self.declared_lists}
        failing = [(name, error) for name, error in reading.unread.items() if name in declared and is_reading_failure(error, declared[name])]
        # Domains that are not declared have no pending changes.
        domains_digest = domains.digest if reading.domains is not None else plan_digest([], account_id)
        directions = [domains.directions, *(plan.directions() for plan in to_apply)]
        return {
            "account_id": account_id if reading.domains is None else reading.domains.account_id,
            "plan": account_digest(domains_digest, to_apply, failing),
            "planned_changes": [*domains.planned_changes, *(entry for plan in to_apply for entry in _planned_entries(plan))],
            "directions": {direction: sum(counts[direction] for counts in directions) for direction in DIRECTIONS},
            "unread": {name: error.kind for name, error in reading.unread.items()},
            "lists": {name: {"missing": _missing(of_list.plan), "undeclared": of_list.plan.undeclared} for name, of_list in reading.lists.items()},
        }


def _worst_state(found: set[str]) -> str:
    """The state of a declared entry, of which several live ones may differ."""
    return next((state for state in ("drifted", "drift_waived") if state in found), "as_declared")


def _missing(plan: ListPlan) -> list[str]:
    return [planned.label for planned in plan.declared if is_missing(planned)]


def _planned_entries(plan: ListPlan) -> list[dict[str, Any]]:
    """The pending changes of a list, those of purge as well, and the declarations that fail, sorted."""
    resource = plan.live_index.resource
    direction_of = entry_direction(resource)
    found = [*planned_entries(plan.declared, direction_of), *({**entry, "purged": True} for entry in planned_entries(plan.purged, direction_of))]
    entries = [{"domain": None, "resource": resource.name, "entry": entry.pop(resource.result_key), **entry} for entry in found]
    return sorted(entries, key=lambda entry: (str(entry["entry"]), str(entry["id"])))
