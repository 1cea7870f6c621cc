"""What an audit covered: whether an earlier finding would have been found again."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.registry import list_rules
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.registry import RESOURCES
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.reports.audit_scope import COMPARED_WITH, AuditScope, has_lists, lists_audited, resources_read
from ansible_collections.mailops.cloudflare.tests.unit.support_reports import FAILED, audit, counts, finding, list_audit, list_finding, list_waiver

UNDECLARED = list_finding("ES-ALLOW-001", "allow_policies", "a.example", None, "is_trusted_sender")
GAINED = list_finding("ES-ALLOW-004", "allow_policies", "a.example", False, True)
MISSING = list_finding("ES-BLOCK-001", "block_senders", "evil.example", "present")
CROSS = list_finding("ES-CROSS-001", "allow_policies", "a.example", None, "a.example")
GATEWAY = list_finding("ES-ALLOW-112", "allow_policies", "192.0.2.0/24", None, "192.0.2.1")
UNREAD = list_finding("ES-LIST-005", "allow_policies", None, None, "auth")
TLS = finding("ES-TLS-001", "example.net", True, False)


def covers(found, resources=("domains", "allow_policies", "block_senders"), **other):
    return AuditScope.of(list_audit([], resources, **other)).covers(found)


@pytest.mark.parametrize("found", [UNDECLARED, GAINED, MISSING, CROSS, GATEWAY, UNREAD, TLS, list_waiver("allow_policies", "*"), list_waiver(None, "*")])
def test_finding_on_what_was_read_is_covered(found):
    assert covers(found)


@pytest.mark.parametrize("found", [UNDECLARED, GAINED, MISSING, CROSS, GATEWAY, UNREAD, list_waiver("allow_policies", "*"), list_waiver(None, "*")])
def test_finding_on_a_list_is_not_covered_by_an_audit_of_domains(found):
    assert not covers(found, ["domains"])
    assert not AuditScope.of(audit()).covers(found)
    assert not AuditScope.of(audit(scope=["example.net"])).covers(found)


def test_finding_on_a_domain_is_not_covered_by_an_audit_of_lists():
    assert not covers(TLS, ["allow_policies"])
    assert AuditScope.of(audit()).covers(TLS)


def test_list_that_could_not_be_read_covers_only_that_it_could_not():
    unread = {"resources": ("domains", "block_senders"), "unread": {"allow_policies": "auth"}}
    assert [covers(found, **unread) for found in (UNDECLARED, GAINED, CROSS, GATEWAY, MISSING, UNREAD)] == [False, False, False, False, True, True]


def test_counts_of_an_unread_list_do_not_make_it_read():
    assert not covers(UNDECLARED, unread={"allow_policies": "auth"})


def test_comparison_needs_all_that_it_compares():
    assert not covers(CROSS, ("domains", "allow_policies"))
    assert not covers(GATEWAY, ("allow_policies", "block_senders"))


def test_entry_that_is_no_longer_declared_is_not_compared():
    lists = {"allow_policies": {"missing": [], "undeclared": ["a.example"]}}
    assert [covers(found, lists=lists) for found in (GAINED, UNDECLARED, CROSS)] == [False, True, True]
    assert covers({**GAINED, "entry": "b.example"}, lists=lists)


def test_list_that_is_no_longer_declared_is_not_compared():
    resources = {"domains": counts(declared=1), "block_senders": counts(live=4), "allow_policies": counts(live=1)}
    assert [covers(found, resources) for found in (MISSING, GAINED, UNDECLARED, CROSS)] == [False, False, True, True]


def test_undeclared_entry_of_a_list_that_is_no_longer_declared_is_not_judged_unless_it_exempts():
    undeclared = list_finding("ES-VIP-003", "impersonation_registry", "Jane")
    resources = {"impersonation_registry": counts(live=2), "allow_policies": counts(live=1)}
    still_live = {"impersonation_registry": {"undeclared": ["Jane"]}, "allow_policies": {"undeclared": ["a.example"]}}
    assert not covers(undeclared, resources, lists=still_live)
    assert covers(undeclared, resources)
    assert covers(UNDECLARED, resources, lists=still_live)
    assert covers(undeclared, {"impersonation_registry": counts(declared=1, live=2)}, lists=still_live)


def test_list_whose_undeclared_entries_are_not_all_named_covers_no_drift():
    lists = {"allow_policies": {"missing": [], "undeclared": []}, "block_senders": {"missing": [], "undeclared": []}}
    short = {"lists": lists, "shortened": ["lists: allow_policies: undeclared: 9 of 9 are left out"]}
    assert [covers(found, **short) for found in (GAINED, UNDECLARED, CROSS, MISSING)] == [False, False, True, True]


def test_names_are_compared_with_declared_people_only():
    name = {**CROSS, "rule_id": "ES-VIP-002", "resource": "impersonation_registry"}
    assert not covers(name, {"impersonation_registry": counts(live=2)})
    assert covers(name, {"impersonation_registry": counts(declared=1, live=2)})


def test_advice_needs_the_declaration():
    advice = {**GAINED, "category": "advice", "declared": None}
    assert covers(advice)
    assert not covers(advice, lists={"allow_policies": {"undeclared": ["a.example"]}})


def test_every_rule_that_compares_lists_says_what_it_needs():
    own_list_only = {"ES-VIP-002", "ES-CROSS-003"}
    assert {rule.id for rule in list_rules().values() if rule.category == "cross"} <= set(COMPARED_WITH) | own_list_only
    assert set(COMPARED_WITH) <= set(list_rules())
    assert {name for needed in COMPARED_WITH.values() for name in needed} <= set(RESOURCES)


def test_rule_that_is_off_and_shortened_result_cover_nothing():
    assert not covers(UNDECLARED, rules_off=["ES-ALLOW-001"])
    short = list_audit([UNDECLARED])
    assert not AuditScope.of({**short, "findings": []}).covers(GAINED)


@pytest.mark.parametrize(
    ("result", "read", "lists"),
    [
        (audit(), {"domains"}, set()),
        (FAILED, {"domains"}, set()),
        (list_audit(resources=["domains"]), {"domains"}, set()),
        (list_audit(), {"domains", "allow_policies"}, {"allow_policies"}),
        (list_audit(resources=["block_senders"], unread={"allow_policies": "auth"}), {"block_senders"}, {"allow_policies", "block_senders"}),
        (list_audit(resources=["block_senders"], unread={"domains": "auth"}), {"block_senders"}, {"block_senders"}),
    ],
)
def test_resources_read_and_lists_audited(result, read, lists):
    assert (resources_read(result), lists_audited(result), has_lists(result)) == (read, lists, bool(lists))
