# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules and checks of each list. A list that is audited is registered here. Pure.

Each table is imported only when it is used: a packed module compiles each file that it imports.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache

from ...resources.base import Resource
from ..rule import Rule
from .entry import Account, Entry, EntryMatch, ListAudit

# From the account to the rules that match, each with the entry that it is about.
AccountCheck = Callable[[Account], Iterable[tuple[Entry, EntryMatch]]]

# By the name of the list, the function that imports its rules and checks.
LIST_AUDITS: dict[str, Callable[[], ListAudit]] = {}
# By the beginning of the id, the function that imports the rules: of one list, or those that every list has.
RULE_TABLES: dict[str, Callable[[], tuple[Rule, ...]]] = {}
# The functions that import the checks of the whole account, which compare lists with each other.
ACCOUNT_CHECKS: tuple[Callable[[], AccountCheck], ...] = ()
# By the beginning of the id, the list that the rules are about. The other rules are about every list.
_LISTS: dict[str, str] = {
    "ES-ALLOW": "allow_policies",
    "ES-BLOCK": "block_senders",
    "ES-TRUST": "trusted_domains",
    "ES-VIP": "impersonation_registry",
    "ES-CONTENT": "content_policies",
    "ES-PTLS": "sending_domain_restrictions",
    "ES-URL": "url_ignore_patterns",
}


def list_audit_of(resource: Resource) -> ListAudit:
    """The rules and checks of a list."""
    return LIST_AUDITS[resource.name]() if resource.name in LIST_AUDITS else ListAudit(resource, ())


def find_list_rule(rule_id: str) -> Rule | None:
    """The rule on lists with an id; None if there is none. Imports only the table that it can be in."""
    table = RULE_TABLES.get(_prefix(rule_id))
    return None if table is None else _by_id(table).get(rule_id)


def list_rules() -> dict[str, Rule]:
    """All rules on lists, by their ids."""
    return {rule.id: rule for table in RULE_TABLES.values() for rule in table()}


def list_of_rule(rule_id: str) -> str | None:
    """The list that a rule is about; None if it is about every list, or unknown."""
    return _LISTS.get(_prefix(rule_id))


@cache
def _by_id(table: Callable[[], tuple[Rule, ...]]) -> dict[str, Rule]:
    return {rule.id: rule for rule in table()}


def _prefix(rule_id: str) -> str:
    return rule_id.rpartition("-")[0]
