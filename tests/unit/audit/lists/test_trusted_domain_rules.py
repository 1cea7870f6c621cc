"""The table of the rules on trusted domains: ids, severities and directions are a contract."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.trusted_domain_rules import TRUSTED_DOMAIN_RULES
from ansible_collections.mailops.cloudflare.tests.unit.audit.lists.rule_texts import check_texts

# By rule: category, severities from the worst, direction.
CONTRACT = {
    "ES-TRUST-001": ("drift", ("high",), "weaker"),
    "ES-TRUST-002": ("drift", ("high", "low"), "weaker"),
    "ES-TRUST-003": ("drift", ("high", "medium"), "weaker"),
    "ES-TRUST-004": ("drift", ("high",), "weaker"),
    "ES-TRUST-101": ("health", ("critical", "high"), "weaker"),
    "ES-TRUST-102": ("health", ("low",), "neutral"),
    "ES-TRUST-103": ("health", ("low",), "neutral"),
    "ES-TRUST-104": ("health", ("high",), "weaker"),
    "ES-TRUST-105": ("health", ("low",), "neutral"),
    "ES-TRUST-106": ("health", ("high",), "weaker"),
}


def test_the_rules_are_those_of_the_contract():
    assert {rule.id: (rule.category, rule.severities, rule.direction) for rule in TRUSTED_DOMAIN_RULES} == CONTRACT
    assert [rule.id for rule in TRUSTED_DOMAIN_RULES] == sorted(CONTRACT)


@pytest.mark.parametrize("rule", TRUSTED_DOMAIN_RULES, ids=lambda rule: rule.id)
def test_texts_are_complete(rule):
    check_texts(rule)
    assert "{subject}" in rule.summary
