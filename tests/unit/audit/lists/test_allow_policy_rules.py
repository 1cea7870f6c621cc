"""The table of the rules on allow policies: ids, severities and directions are a contract."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.allow_policy_rules import ALLOW_POLICY_RULES
from ansible_collections.mailops.cloudflare.tests.unit.audit.lists.rule_texts import check_texts

# By rule: category, severities from the worst, direction.
CONTRACT = {
    "ES-ALLOW-001": ("drift", ("critical",), "weaker"),
    "ES-ALLOW-002": ("drift", ("high", "medium"), "weaker"),
    "ES-ALLOW-003": ("drift", ("medium",), "weaker"),
    "ES-ALLOW-004": ("drift", ("critical",), "weaker"),
    "ES-ALLOW-005": ("drift", ("high", "low"), "weaker"),
    "ES-ALLOW-006": ("drift", ("medium",), "weaker"),
    "ES-ALLOW-007": ("drift", ("medium",), "stronger"),
    "ES-ALLOW-008": ("drift", ("critical", "high", "medium", "low"), "weaker"),
    "ES-ALLOW-101": ("health", ("critical", "high"), "weaker"),
    "ES-ALLOW-102": ("health", ("critical", "high", "medium"), "weaker"),
    "ES-ALLOW-103": ("health", ("critical", "high"), "weaker"),
    "ES-ALLOW-104": ("cross", ("critical", "high", "low"), "weaker"),
    "ES-ALLOW-105": ("health", ("critical", "high"), "weaker"),
    "ES-ALLOW-106": ("health", ("critical", "high"), "weaker"),
    "ES-ALLOW-107": ("health", ("critical", "high"), "weaker"),
    "ES-ALLOW-108": ("health", ("critical", "high", "medium", "low"), "weaker"),
    "ES-ALLOW-109": ("health", ("medium", "low"), "neutral"),
    "ES-ALLOW-110": ("health", ("medium", "low"), "weaker"),
    "ES-ALLOW-111": ("health", ("low",), "neutral"),
    "ES-ALLOW-112": ("cross", ("critical",), "weaker"),
    "ES-ALLOW-113": ("health", ("critical", "high"), "weaker"),
    "ES-ALLOW-114": ("cross", ("high",), "weaker"),
    "ES-ALLOW-115": ("health", ("medium",), "weaker"),
    "ES-ALLOW-116": ("health", ("critical", "high"), "weaker"),
    "ES-ALLOW-117": ("cross", ("critical",), "weaker"),
    "ES-ALLOW-118": ("health", ("medium",), "weaker"),
}


def test_the_rules_are_those_of_the_contract():
    assert {rule.id: (rule.category, rule.severities, rule.direction) for rule in ALLOW_POLICY_RULES} == CONTRACT
    assert [rule.id for rule in ALLOW_POLICY_RULES] == sorted(CONTRACT)


@pytest.mark.parametrize("rule", ALLOW_POLICY_RULES, ids=lambda rule: rule.id)
def test_texts_are_complete(rule):
    check_texts(rule)
    assert "{subject}" in rule.summary
