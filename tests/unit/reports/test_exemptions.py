"""The register: what it takes from the audit and from the findings, and its order."""

from __future__ import annotations

import random

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.rule import SEVERITIES
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.reports.document import InvalidAuditResultError
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.reports.exemptions import are_exemptions
from ansible_collections.mailops.cloudflare.tests.unit.support_reports import (
    FAILED,
    WAIVER,
    audit,
    document,
    exemption,
    list_audit,
    list_finding,
    some_exemptions,
    some_list_findings,
)
from hypothesis import given
from hypothesis import strategies as st


def register(exemptions, findings=()):
    return document(list_audit(findings, exemptions=exemptions))["exemptions"]


def names(exemptions, findings=()):
    return [each["entry"] for each in register(exemptions, findings)]


def test_register_is_null_if_no_list_with_exemptions_was_read():
    assert document(audit())["exemptions"] is None
    assert document(list_audit(resources=["block_senders"]))["exemptions"] is None
    assert document(FAILED)["exemptions"] is None
    assert register([]) == []


def test_members_of_the_audit_are_kept():
    source = exemption("partner.example")
    [reported] = register([source])
    assert {name: reported[name] for name in source} == source
    assert (reported["severity"], reported["rule_ids"]) == (None, [])


def test_findings_of_an_exemption_are_named_the_worst_first():
    findings = [
        list_finding("ES-LIST-002", "allow_policies", "a.example", "x", "y"),
        list_finding("ES-ALLOW-001", "allow_policies", "a.example"),
        list_finding("ES-TRUST-001", "trusted_domains", "a.example"),
        {**list_finding("ES-ALLOW-112", "allow_policies", "a.example"), "waived": True, "waiver": WAIVER},
    ]
    [reported] = register([exemption("a.example")], findings)
    assert (reported["severity"], reported["rule_ids"]) == ("critical", ["ES-ALLOW-001", "ES-LIST-002"])


def test_most_dangerous_exemption_is_first():
    assert names(some_exemptions(), some_list_findings()) == [
        "ceo@partner.example",
        "partner.example",
        "press.example",
        "exarnple.com",
        "abuse@example.com",
        "new.example",
        r"^https://login\.example\.com/.*",
        r".*@(news|mail)\.shop\.example$",
    ]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"flags": ["is_trusted_sender"]}, {"flags": ["is_acceptable_sender"]}),
        ({"flags": ["is_exempt_recipient"]}, {"flags": ["is_acceptable_sender"]}),
        ({"flags": ["is_acceptable_sender"]}, {"flags": ["is_acceptable_sender", "verify_sender"]}),
        ({"declared": False}, {"declared": True}),
        ({"declared": False, "expires": "2027-01-31"}, {"declared": True, "expires": None}),
        ({"expires": None}, {"expires": "2027-01-31"}),
        ({"age_days": 400}, {"age_days": 4}),
        ({"age_days": 4}, {"age_days": None}),
    ],
)
def test_without_findings_what_skips_more_is_first(first, second):
    # The names are in the opposite order.
    assert names([exemption("a.example", **second), exemption("b.example", **first)]) == ["b.example", "a.example"]


@given(st.lists(st.tuples(st.sampled_from([None, *SEVERITIES]), st.booleans(), st.integers(0, 5)), max_size=12), st.randoms(use_true_random=False))
def test_order_does_not_depend_on_that_of_the_audit_and_never_puts_a_worse_finding_later(kinds, shuffler: random.Random):
    exemptions = [exemption(f"{number}.example", declared=declared, age_days=age) for number, (_severity, declared, age) in enumerate(kinds)]
    findings = [
        list_finding("ES-ALLOW-001", "allow_policies", f"{number}.example", severity=severity)
        for number, (severity, _declared, _age) in enumerate(kinds)
        if severity
    ]
    expected = register(exemptions, findings)
    shuffler.shuffle(exemptions)
    assert register(exemptions, findings) == expected
    ranks = [SEVERITIES.index(each["severity"]) if each["severity"] else 9 for each in expected]
    assert ranks == sorted(ranks)


@pytest.mark.parametrize("value", [{}, "x", [1], [{}], [{"resource": "allow_policies"}], [{"resource": 1, "entry": "a"}], [{"resource": "a", "entry": None}]])
def test_invalid_register_is_refused(value):
    assert not are_exemptions(value)
    with pytest.raises(InvalidAuditResultError, match="exemptions is not a list of exemptions"):
        document(list_audit(exemptions=value))


@pytest.mark.parametrize("name", ["unread", "lists"])
@pytest.mark.parametrize("value", ["x", [1], {"a": 1}, {"a": None}])
def test_invalid_members_are_refused(name, value):
    with pytest.raises(InvalidAuditResultError, match=f"{name} has another type"):
        document({**list_audit(), name: value})


def test_values_of_another_type_are_left_out():
    odd = {**dict.fromkeys(exemption("a.example"), 7), "resource": "allow_policies", "entry": "a.example", "age_days": "old", "reach": None}
    [reported] = register([odd])
    assert (reported["flags"], reported["age_days"], reported["reach"], reported["comments"]) == ([], None, None, "7")
    assert (reported["declared"], reported["waived"]) == (False, False)


def test_thousands_of_exemptions_and_findings_are_joined_in_linear_time():
    exemptions = [exemption(f"d{number}.example") for number in range(5000)]
    findings = [list_finding(rule_id, "allow_policies", each["entry"]) for each in exemptions for rule_id in ("ES-ALLOW-001", "ES-LIST-002")]
    assert all(each["rule_ids"] == ["ES-ALLOW-001", "ES-LIST-002"] for each in register(exemptions, findings))
