# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an audit covered. Only a finding in this scope can be gone. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .resource_names import ANY_LIST, DOMAINS, EXEMPTING, is_about_list, resource_of
from .validation import Finding

# What a rule that compares resources needs besides its own list. It judges nothing if that was not read.
COMPARED_WITH: dict[str, frozenset[str]] = {
    **dict.fromkeys(("ES-ALLOW-104", "ES-ALLOW-112", "ES-ALLOW-117", "ES-BLOCK-102", "ES-BLOCK-104", "ES-BLOCK-105", "ES-LIST-006"), frozenset({DOMAINS})),
    **dict.fromkeys(("ES-PTLS-103", "ES-PTLS-104", "ES-TRUST-104", "ES-TRUST-105", "ES-VIP-102"), frozenset({DOMAINS})),
    **dict.fromkeys(("ES-CROSS-001", "ES-CROSS-002"), frozenset({"allow_policies", "block_senders"})),
    "ES-ALLOW-114": frozenset({"impersonation_registry"}),
    "ES-VIP-106": frozenset({"allow_policies", "block_senders"}),
}
# Compares the people of the registry with those that are declared.
_NEEDS_DECLARED_LIST = ("ES-VIP-002",)
# The rule on a list that could not be read.
UNREAD_RULE = "ES-LIST-005"


class AuditScope(NamedTuple):
    """What an audit covered.

    Attributes:
        domains: the domains of a partial audit; None for an audit of all of them.
        rules_off: the ids of the rules that were switched off.
        undeclared: the live domains that are not declared.
        is_complete: whether the result contains all findings.
        read: the resources that were read.
        unread: the lists that could not be read.
        declared: the lists with declared entries.
        undeclared_entries: the live entries that are not declared, each as its list and its label.
        unknown_entries: the lists of which a shortened result does not name all undeclared entries.
    """

    domains: frozenset[str] | None
    rules_off: frozenset[str]
    undeclared: frozenset[str]
    is_complete: bool
    read: frozenset[str]
    unread: frozenset[str]
    declared: frozenset[str]
    undeclared_entries: frozenset[tuple[str, str]]
    unknown_entries: frozenset[str]

    @classmethod
    def of(cls, audit: Mapping[str, Any]) -> AuditScope:
        summary, scope = audit["summary"], audit.get("scope")
        unread, counts = frozenset(audit.get("unread") or ()), counts_by_resource(audit)
        lists = audit.get("lists") or {}
        return cls(
            None if scope is None else frozenset(scope),
            frozenset(audit.get("rules_off") or ()),
            frozenset(audit.get("undeclared") or ()),
            # Any finding may be among those that a shortened result left out.
            len(audit["findings"]) >= summary.get("findings", 0) + summary.get("waived", 0),
            resources_read(audit),
            unread,
            frozenset(name for name, of_name in counts.items() if of_name.get("declared")),
            frozenset((name, label) for name, of_name in lists.items() for label in of_name.get("undeclared") or ()),
            frozenset(name for name in lists if any(str(text).startswith(f"lists: {name}: ") for text in audit.get("shortened") or ())),
        )

    def covers(self, finding: Finding) -> bool:
        """Whether the audit would have found an earlier finding again, if it still existed."""
        if not self.is_complete or finding["rule_id"] in self.rules_off:
            return False
        return self._covers_entry(finding) if is_about_list(finding) else self._covers_domain(finding)

    def _covers_domain(self, finding: Finding) -> bool:
        subject = str(finding["domain"])
        if DOMAINS not in self.read or (self.domains is not None and subject not in self.domains):
            return False
        # The settings of a live domain that is no longer declared are not compared. The label may be a name followed by an id.
        needs_declaration = finding["category"] in ("drift", "advice") and finding["rule_id"] != "ES-DOMAIN-002"
        return not (needs_declaration and subject.partition(" (")[0] in self.undeclared)

    def _covers_entry(self, finding: Finding) -> bool:
        name, rule_id = resource_of(finding), finding["rule_id"]
        if rule_id == UNREAD_RULE:
            return name in self.read or name in self.unread
        if name == ANY_LIST:
            return bool(self.read - {DOMAINS})
        if name not in self.read or not COMPARED_WITH.get(rule_id, frozenset()) <= self.read:
            return False
        if name in self.unknown_entries and finding["category"] in ("drift", "advice"):
            return False
        is_declared, is_undeclared = name in self.declared, (name, str(finding.get("entry"))) in self.undeclared_entries
        if finding["category"] == "advice" or (finding["category"] == "drift" and finding["declared"] is not None):
            # What nobody declares any more is not compared with a declaration.
            return is_declared and not is_undeclared
        if finding["category"] == "drift" and name not in EXEMPTING:
            # If the list is not declared, its undeclared entries are no findings.
            return is_declared or not is_undeclared
        return is_declared or rule_id not in _NEEDS_DECLARED_LIST


def counts_by_resource(audit: Mapping[str, Any]) -> dict[str, Mapping[str, int]]:
    """The counts of each resource that was read. Empty for releases that audit domains only, and for a failed audit."""
    counts = (audit.get("summary") or {}).get("resources")
    return dict(counts) if isinstance(counts, dict) else {}


def resources_read(audit: Mapping[str, Any]) -> frozenset[str]:
    """The resources that an audit has read."""
    counts = counts_by_resource(audit)
    return frozenset(counts) - frozenset(audit.get("unread") or ()) if counts or audit.get("unread") else frozenset({DOMAINS})


def has_lists(document: Mapping[str, Any]) -> bool:
    """Whether the audit was about lists as well. The report of an audit of domains alone does not mention them."""
    return bool(lists_audited(document))


def lists_audited(document: Mapping[str, Any]) -> frozenset[str]:
    """The lists that were read or could not be read."""
    return (resources_read(document) | frozenset(document.get("unread") or ())) - {DOMAINS}
