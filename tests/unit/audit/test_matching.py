"""Which rules an account matches, before severities and waivers are applied."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.matching import (
    compare,
    existence_difference,
    field_differences,
    find_matches,
    is_missing,
    name_of,
)
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.registry import DOMAIN_AUDIT
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.plan import undeclared_objects
from ansible_collections.mailops.cloudflare.tests.unit.plans import live_index, planned
from ansible_collections.mailops.cloudflare.tests.unit.support import numbered

NOW = datetime(2026, 11, 28, 12, tzinfo=timezone.utc)
ACCOUNT = [numbered(0), numbered(1)]
DUPLICATES = [numbered(0), numbered(0, id="5e0a4f6e-7b9d-4d0e-8a51-00000000000a")]


def matches(*entries, only=None):
    """The rules that match, by the label of their subject. `only`: how many of the declared domains are audited."""
    whole = planned(*entries, live=ACCOUNT)
    index = live_index(*ACCOUNT)
    undeclared = undeclared_objects(whole, index) if only is None else None
    groups = find_matches(DOMAIN_AUDIT, [compare(DOMAIN_AUDIT, each) for each in whole[:only]], undeclared, index, NOW)
    found = {}
    for match in (match for group in groups for match in group):
        found.setdefault(match.subject.label, set()).add(match.rule_id)
    return found


def test_find_matches_drift_of_a_field():
    assert "ES-TLS-001" in matches({"domain": "d0.example", "require_tls_inbound": True})["d0.example"]
    assert "ES-TLS-001" not in matches({"domain": "d0.example", "require_tls_inbound": False})["d0.example"]


def test_find_matches_other_live_domains_are_undeclared():
    found = matches({"domain": "d0.example"})
    assert "ES-DOMAIN-002" in found["d1.example"]
    assert "ES-DOMAIN-002" not in found["d0.example"]


def test_find_matches_a_partial_audit_looks_at_no_other_domain():
    assert set(matches({"domain": "d0.example"}, {"domain": "d1.example", "lookback_hops": 3}, only=1)) <= {"d0.example"}


def test_find_matches_groups_are_about_one_field_of_one_domain():
    whole = planned({"domain": "d0.example", "require_tls_inbound": True, "lookback_hops": 3}, live=(numbered(0),))
    groups = list(find_matches(DOMAIN_AUDIT, [compare(DOMAIN_AUDIT, each) for each in whole], [], live_index(numbered(0)), NOW))
    keys = [{(match.subject, match.field or match.rule_id) for match in group} for group in groups]
    assert all(len(key) == 1 for key in keys)
    assert len({next(iter(key)) for key in keys}) == len(keys)


def test_compare_has_the_declared_and_the_live_value():
    [plan] = planned({"domain": "d0.example", "require_tls_inbound": True})
    [[match]] = compare(DOMAIN_AUDIT, plan).drift
    assert (match.rule_id, match.field, match.declared, match.live) == ("ES-TLS-001", "require_tls_inbound", True, False)


@pytest.mark.parametrize(
    ("entry", "live", "expected"),
    [
        ({"domain": "d0.example"}, DUPLICATES[:1], None),
        ({"domain": "d9.example"}, DUPLICATES[:1], ("ES-DOMAIN-001", "present", None)),
        ({"domain": "d0.example", "state": "absent"}, DUPLICATES[:1], ("ES-DOMAIN-003", "absent", "present")),
        ({"domain": "d9.example", "state": "absent"}, DUPLICATES[:1], None),
    ],
)
def test_existence_difference(entry, live, expected):
    [plan] = planned(entry, live=live)
    assert existence_difference(DOMAIN_AUDIT, plan) == expected
    assert is_missing(plan) == (expected is not None and expected[0] == "ES-DOMAIN-001")


def test_existence_difference_two_domains_of_one_name_cannot_be_identified():
    [plan] = planned({"domain": "d0.example"}, live=DUPLICATES)
    rule_id, declared, message = existence_difference(DOMAIN_AUDIT, plan)
    assert (rule_id, declared, is_missing(plan)) == (DOMAIN_AUDIT.existence_rules.ambiguous, "present", False)
    assert "2 live domains are named d0.example" in message


def test_field_differences_declared_is_the_value_after_the_change():
    [plan] = planned({"domain": "d0.example", "lookback_hops": 3})
    assert list(field_differences(plan.change)) == [("lookback_hops", 3, 1)]


@pytest.mark.parametrize("entry", [{"domain": "D0.Example."}, {"domain_id": numbered(0)["id"]}])
def test_name_of_is_the_name_that_waivers_use(entry):
    assert name_of(planned(entry)[0]) == "d0.example"


def test_name_of_an_unknown_id_is_the_id():
    unknown = "5e0a4f6e-7b9d-4d0e-8a51-00000000ffff"
    assert name_of(planned({"domain_id": unknown})[0]) == unknown
