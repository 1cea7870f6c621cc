"""The registry: rules and checks belong together, and those of one resource do not apply to another."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.finding_text import empty_value_text
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.registry import (
    AUDITS,
    DOMAIN_AUDIT,
    RULES,
    WAIVER_RULES,
    ExistenceRules,
    ResourceAudit,
    audit_of_rule,
)
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.rule import Rule
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN


def toy_rule(rule_id):
    return Rule(rule_id, "drift", None, "low", "neutral", "A difference", "{subject} differs.", "It differs.")


# A resource with a field that domains have as well.
TOY = ResourceAudit(
    resource=DOMAIN,
    rules=tuple(toy_rule(f"ES-TOY-00{number}") for number in range(1, 7)),
    existence_rules=ExistenceRules(missing="ES-TOY-001", undeclared="ES-TOY-002", unwanted="ES-TOY-003", ambiguous="ES-TOY-004"),
    other_drift="ES-TOY-005",
    drift_checks={"comments": lambda declared, live: ["ES-TOY-006"] if live is None else []},
)


def test_rules_ids_are_unique():
    assert len(RULES) == sum(len(audit.rules) for audit in AUDITS.values()) + len(WAIVER_RULES)


@pytest.mark.parametrize("audit", AUDITS.values(), ids=AUDITS)
def test_audits_refer_to_their_own_rules_and_fields(audit):
    ids = {rule.id for rule in audit.rules}
    assert {*audit.existence_rules, audit.other_drift, *audit.superseded_by, *audit.superseded_by.values(), *audit.affected_items} <= ids
    fields = {field.name for field in audit.resource.fields}
    assert {*audit.drift_checks, *audit.empty_value_text} <= fields


def test_drift_rules_checks_of_another_resource_do_not_apply():
    assert TOY.drift_rules("transport", "mx.example.com", None) == ["ES-TOY-005"]
    assert TOY.drift_rules("comments", "x", None) == ["ES-TOY-006"]
    assert TOY.drift_rules("comments", "x", "y") == ["ES-TOY-005"]
    assert DOMAIN_AUDIT.drift_rules("comments", "x", None) == ["ES-DRIFT-001"]


def test_audit_of_rule_waiver_rules_and_unknown_rules_have_none():
    assert audit_of_rule("ES-TLS-001") is DOMAIN_AUDIT
    assert audit_of_rule("ES-WAIVER-001") is audit_of_rule("ES-NEWER-001") is None


def test_empty_value_text_depends_on_rule_and_field():
    assert empty_value_text("ES-IP-001", "ip_restrictions", "nothing") == "anywhere"
    assert empty_value_text("ES-TLS-001", "require_tls_inbound", "nothing") == "nothing"
    assert empty_value_text("ES-WAIVER-001", "ip_restrictions", "nothing") == "nothing"
