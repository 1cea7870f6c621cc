"""The rules on lists: every rule of the contract is registered, under its id, with its category, severities and direction."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.registry import (
    LIST_AUDITS,
    RULE_TABLES,
    find_list_rule,
    list_of_rule,
    list_rules,
)
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.registry import RULES, all_rules, find_rule
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.rule import SEVERITIES
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.registry import LIST_NAMES, RESOURCES

WEAKER, STRONGER, NEUTRAL = "weaker", "stronger", "neutral"
# By id: the category, all severities, and the directions, the first of which is usual or which of them applies depends on the entry.
CONTRACT = {
    "ES-ALLOW-001": ("drift", "critical", WEAKER),
    "ES-ALLOW-002": ("drift", "high medium", WEAKER),
    "ES-ALLOW-003": ("drift", "medium", WEAKER),
    "ES-ALLOW-004": ("drift", "critical", WEAKER),
    "ES-ALLOW-005": ("drift", "high low", WEAKER),
    "ES-ALLOW-006": ("drift", "medium", WEAKER),
    "ES-ALLOW-007": ("drift", "medium", STRONGER),
    "ES-ALLOW-008": ("drift", "critical high medium low", WEAKER),
    "ES-ALLOW-101": ("health", "critical high", WEAKER),
    "ES-ALLOW-102": ("health", "critical high medium", WEAKER),
    "ES-ALLOW-103": ("health", "critical high", WEAKER),
    "ES-ALLOW-104": ("cross", "critical high low", WEAKER),
    "ES-ALLOW-105": ("health", "critical high", WEAKER),
    "ES-ALLOW-106": ("health", "critical high", WEAKER),
    "ES-ALLOW-107": ("health", "critical high", WEAKER),
    "ES-ALLOW-108": ("health", "critical high medium low", WEAKER),
    "ES-ALLOW-109": ("health", "medium low", f"{WEAKER} {NEUTRAL}"),
    "ES-ALLOW-110": ("health", "medium low", WEAKER),
    "ES-ALLOW-111": ("health", "low", NEUTRAL),
    "ES-ALLOW-112": ("cross", "critical", WEAKER),
    "ES-ALLOW-113": ("health", "critical high", WEAKER),
    "ES-ALLOW-114": ("cross", "high", WEAKER),
    "ES-ALLOW-115": ("health", "medium", WEAKER),
    "ES-ALLOW-116": ("health", "critical high", WEAKER),
    "ES-ALLOW-117": ("cross", "critical", WEAKER),
    "ES-ALLOW-118": ("health", "medium", WEAKER),
    "ES-BLOCK-001": ("drift", "high", WEAKER),
    "ES-BLOCK-002": ("drift", "medium", STRONGER),
    "ES-BLOCK-003": ("drift", "medium", NEUTRAL),
    "ES-BLOCK-004": ("drift", "medium", STRONGER),
    "ES-BLOCK-101": ("health", "critical high", STRONGER),
    "ES-BLOCK-102": ("cross", "high", STRONGER),
    "ES-BLOCK-103": ("health", "high", STRONGER),
    "ES-BLOCK-104": ("cross", "high", WEAKER),
    "ES-BLOCK-105": ("cross", "critical", STRONGER),
    "ES-BLOCK-106": ("health", "high medium", STRONGER),
    "ES-BLOCK-107": ("health", "high low", STRONGER),
    "ES-BLOCK-108": ("health", "high", STRONGER),
    "ES-CROSS-001": ("cross", "high", WEAKER),
    "ES-CROSS-002": ("cross", "medium", NEUTRAL),
    "ES-CROSS-003": ("cross", "low", NEUTRAL),
    "ES-TRUST-001": ("drift", "high", WEAKER),
    "ES-TRUST-002": ("drift", "high low", WEAKER),
    "ES-TRUST-003": ("drift", "high medium", f"{WEAKER} {STRONGER}"),
    "ES-TRUST-004": ("drift", "high", WEAKER),
    "ES-TRUST-101": ("health", "critical high", WEAKER),
    "ES-TRUST-102": ("health", "low", NEUTRAL),
    "ES-TRUST-103": ("health", "low", NEUTRAL),
    "ES-TRUST-104": ("health", "high", WEAKER),
    "ES-TRUST-105": ("health", "low", NEUTRAL),
    "ES-TRUST-106": ("health", "high", WEAKER),
    "ES-VIP-001": ("drift", "high", WEAKER),
    "ES-VIP-002": ("cross", "critical", WEAKER),
    "ES-VIP-003": ("drift", "medium low", f"{WEAKER} {NEUTRAL}"),
    "ES-VIP-004": ("drift", "medium", WEAKER),
    "ES-VIP-005": ("drift", "medium low", f"{WEAKER} {NEUTRAL}"),
    "ES-VIP-101": ("health", "critical high", WEAKER),
    "ES-VIP-102": ("cross", "high medium", WEAKER),
    "ES-VIP-103": ("health", "high", WEAKER),
    "ES-VIP-104": ("drift", "low", NEUTRAL),
    "ES-VIP-105": ("health", "medium low", WEAKER),
    "ES-VIP-106": ("cross", "medium", NEUTRAL),
    "ES-CONTENT-001": ("drift", "high", WEAKER),
    "ES-CONTENT-002": ("drift", "high", NEUTRAL),
    "ES-CONTENT-003": ("drift", "medium", STRONGER),
    "ES-CONTENT-004": ("drift", "medium", STRONGER),
    "ES-CONTENT-101": ("health", "critical high medium", STRONGER),
    "ES-CONTENT-102": ("health", "medium", WEAKER),
    "ES-PTLS-001": ("drift", "high", WEAKER),
    "ES-PTLS-002": ("drift", "high", WEAKER),
    "ES-PTLS-003": ("drift", "medium", STRONGER),
    "ES-PTLS-004": ("drift", "medium", STRONGER),
    "ES-PTLS-101": ("health", "high low", f"{WEAKER} {NEUTRAL}"),
    "ES-PTLS-102": ("advice", "medium", WEAKER),
    "ES-PTLS-103": ("cross", "medium", STRONGER),
    "ES-PTLS-104": ("cross", "medium", WEAKER),
    "ES-PTLS-105": ("health", "medium", STRONGER),
    "ES-URL-001": ("drift", "medium", WEAKER),
    "ES-URL-002": ("drift", "low", STRONGER),
    "ES-URL-005": ("drift", "medium", WEAKER),
    "ES-URL-101": ("health", "high medium", WEAKER),
    "ES-URL-102": ("health", "high", WEAKER),
    "ES-URL-103": ("health", "high", WEAKER),
    "ES-URL-104": ("health", "low", NEUTRAL),
    "ES-LIST-001": ("drift", "high low", NEUTRAL),
    "ES-LIST-002": ("drift", "low", NEUTRAL),
    "ES-LIST-003": ("health", "low", NEUTRAL),
    "ES-LIST-004": ("health", "low", NEUTRAL),
    "ES-LIST-005": ("health", "high medium", NEUTRAL),
    "ES-LIST-006": ("cross", "low", NEUTRAL),
    "ES-LIST-007": ("health", "medium", WEAKER),
}


# By field: the rules that are about it in every case. The others are about an entry as a whole, or the difference names the field.
FIELDS = {
    "verify_sender": ["ES-ALLOW-005"],
    "is_acceptable_sender": ["ES-ALLOW-006"],
    "pattern": [
        *("ES-BLOCK-101", "ES-BLOCK-102", "ES-BLOCK-103", "ES-BLOCK-105", "ES-BLOCK-106", "ES-BLOCK-107", "ES-BLOCK-108"),
        *("ES-CONTENT-002", "ES-CONTENT-101", "ES-CONTENT-102", "ES-URL-101", "ES-URL-102", "ES-URL-103"),
    ],
    "pattern_type": ["ES-BLOCK-003", "ES-LIST-003"],
    "name": ["ES-VIP-004", "ES-VIP-104"],
    "email": ["ES-VIP-101", "ES-VIP-102", "ES-VIP-106"],
    "exclude": ["ES-PTLS-002", "ES-PTLS-101", "ES-PTLS-102"],
    "domain": ["ES-PTLS-103", "ES-PTLS-105"],
}


def test_every_rule_of_the_contract_is_registered_and_no_other():
    assert sorted(list_rules()) == sorted(CONTRACT)
    assert len(CONTRACT) == 91


@pytest.mark.parametrize("rule_id", CONTRACT)
def test_rule_is_that_of_the_contract(rule_id):
    rule = find_list_rule(rule_id)
    assert rule is not None
    category, severities, directions = CONTRACT[rule_id]
    assert (rule.category, " ".join(rule.severities)) == (category, severities)
    assert rule.direction in directions.split()


def test_rules_about_one_field_name_it():
    found: dict[str, list[str]] = {}
    for rule in list_rules().values():
        if rule.field is not None:
            found.setdefault(rule.field, []).append(rule.id)
    assert {field: sorted(rule_ids) for field, rule_ids in found.items()} == FIELDS


def test_every_list_has_an_audit_of_its_own_resource_with_its_own_rules():
    assert sorted(LIST_AUDITS) == sorted(LIST_NAMES)
    for name, list_audit in LIST_AUDITS.items():
        assert list_audit().resource is RESOURCES[name]().resource
        assert {list_of_rule(rule.id) for rule in list_audit().rules} == {name}
        assert set(list_audit().rules) <= set(list_rules().values())


def test_rules_of_every_list_belong_to_none():
    assert {prefix for prefix in RULE_TABLES if list_of_rule(f"{prefix}-001") is None} == {"ES-LIST", "ES-CROSS"}
    assert list_of_rule("ES-IP-001") is list_of_rule("nonsense") is None


def test_find_rule_knows_all_rules():
    assert all_rules() == {**RULES, **list_rules()}
    for rule_id, rule in all_rules().items():
        assert find_rule(rule_id) is rule
    assert find_rule("ES-ALLOW-999") is find_rule("ES-NEWER-001") is find_rule("") is None


def test_every_other_severity_says_when_it_applies():
    for rule in list_rules().values():
        assert set(rule.severities) <= set(SEVERITIES)
        for case in rule.cases:
            assert case.severity != rule.severity, rule.id
            assert case.condition, rule.id
