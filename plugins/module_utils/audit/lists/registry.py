# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules and checks of each list. A list that is audited is registered here. Pure.

Each table is imported only when it is used: a packed module compiles each file that it imports.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache

from ..rule import Rule
from .entry import Account, Entry, EntryMatch, ListAudit

# From the account to the rules that match, each with the entry that it is about.
AccountCheck = Callable[[Account], Iterable[tuple[Entry, EntryMatch]]]
RuleTable = tuple[Rule, ...]


def _allow_policy_audit() -> ListAudit:
    from .allow_policy_audit import AUDIT

    return AUDIT


def _block_sender_audit() -> ListAudit:
    from .block_sender_audit import AUDIT

    return AUDIT


def _trusted_domain_audit() -> ListAudit:
    from .trusted_domain_audit import AUDIT

    return AUDIT


def _impersonation_registry_audit() -> ListAudit:
    from .impersonation_registry_audit import AUDIT

    return AUDIT


def _content_policy_audit() -> ListAudit:
    from .content_policy_audit import AUDIT

    return AUDIT


def _sending_domain_restriction_audit() -> ListAudit:
    from .sending_domain_restriction_audit import AUDIT

    return AUDIT


def _url_ignore_pattern_audit() -> ListAudit:
    from .url_ignore_pattern_audit import AUDIT

    return AUDIT


def _allow_policy_rules() -> RuleTable:
    from .allow_policy_rules import ALLOW_POLICY_RULES

    return ALLOW_POLICY_RULES


def _block_sender_rules() -> RuleTable:
    from .block_sender_rules import BLOCK_SENDER_RULES

    return BLOCK_SENDER_RULES


def _trusted_domain_rules() -> RuleTable:
    from .trusted_domain_rules import TRUSTED_DOMAIN_RULES

    return TRUSTED_DOMAIN_RULES


def _impersonation_registry_rules() -> RuleTable:
    from .impersonation_registry_rules import IMPERSONATION_REGISTRY_RULES

    return IMPERSONATION_REGISTRY_RULES


def _content_policy_rules() -> RuleTable:
    from .content_policy_rules import CONTENT_POLICY_RULES

    return CONTENT_POLICY_RULES


def _sending_domain_restriction_rules() -> RuleTable:
    from .sending_domain_restriction_rules import SENDING_DOMAIN_RESTRICTION_RULES

    return SENDING_DOMAIN_RESTRICTION_RULES


def _url_ignore_pattern_rules() -> RuleTable:
    from .url_ignore_pattern_rules import URL_IGNORE_PATTERN_RULES

    return URL_IGNORE_PATTERN_RULES


def _common_rules() -> RuleTable:
    from .list_rules import COMMON_RULES

    return COMMON_RULES


# By the name of the list, the function that imports its rules and checks.
LIST_AUDITS: dict[str, Callable[[], ListAudit]] = {
    "allow_policies": _allow_policy_audit,
    "block_senders": _block_sender_audit,
    "trusted_domains": _trusted_domain_audit,
    "impersonation_registry": _impersonation_registry_audit,
    "content_policies": _content_policy_audit,
    "sending_domain_restrictions": _sending_domain_restriction_audit,
    "url_ignore_patterns": _url_ignore_pattern_audit,
}
# By the beginning of the id, the function that imports the rules: of one list, or those that every list has.
RULE_TABLES: dict[str, Callable[[], RuleTable]] = {
    "ES-ALLOW": _allow_policy_rules,
    "ES-BLOCK": _block_sender_rules,
    "ES-TRUST": _trusted_domain_rules,
    "ES-VIP": _impersonation_registry_rules,
    "ES-CONTENT": _content_policy_rules,
    "ES-PTLS": _sending_domain_restriction_rules,
    "ES-URL": _url_ignore_pattern_rules,
    "ES-LIST": _common_rules,
    "ES-CROSS": _common_rules,
}
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


def list_audit_of(name: str) -> ListAudit:
    """The rules and checks of a list, with those that every list has."""
    from .list_audit import with_common_checks

    return with_common_checks(LIST_AUDITS[name]())


def account_checks() -> tuple[AccountCheck, ...]:
    """The checks of the whole account, which compare lists with each other."""
    from .overlap import overlaps

    return (overlaps,)


def find_list_rule(rule_id: str) -> Rule | None:
    """The rule on lists with an id; None if there is none. Imports only the table that it can be in."""
    table = RULE_TABLES.get(_prefix(rule_id))
    return None if table is None else _by_id(table).get(rule_id)


def list_rules() -> dict[str, Rule]:
    """All rules on lists, by their ids."""
    return {rule.id: rule for table in dict.fromkeys(RULE_TABLES.values()) for rule in table()}


def list_of_rule(rule_id: str) -> str | None:
    """The list that a rule is about; None if it is about every list, or unknown."""
    return _LISTS.get(_prefix(rule_id))


@cache
def _by_id(table: Callable[[], RuleTable]) -> dict[str, Rule]:
    return {rule.id: rule for rule in table()}


def _prefix(rule_id: str) -> str:
    return rule_id.rpartition("-")[0]
