"""The message of a finding."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.finding_text import empty_value_text, finding_text, subject_of


@pytest.mark.parametrize(
    ("rule_id", "declared", "live", "text"),
    [
        (
            "ES-IP-001",
            ["192.0.2.0/24"],
            ["192.0.2.0/24", "198.51.100.0/24"],
            "d1.example accepts mail from 198.51.100.0/24. Declared: 192.0.2.0/24 only.",
        ),
        ("ES-IP-001", ["192.0.2.0/24"], ["0.0.0.0/0", "::/0"], "d1.example accepts mail from anywhere. Declared: 192.0.2.0/24 only."),
        ("ES-HOPS-001", 2, 1, "The lookback_hops of d1.example are 1. Declared: 2."),
        ("ES-TLS-001", True, False, "d1.example accepts mail without TLS, but is declared to require it."),
        ("ES-DROP-001", ["MALICIOUS", "SPAM"], ["SPAM"], "d1.example does not drop MALICIOUS. It drops SPAM. Declared: MALICIOUS, SPAM."),
        ("ES-NEXTHOP-001", "mx.example.com", None, "d1.example delivers to no next hop. Declared: mx.example.com."),
    ],
)
def test_finding_text_names_the_subject_and_the_difference(rule_id, declared, live, text):
    assert finding_text(rule_id, "d1.example", declared, live) == text


def test_finding_text_explains_dispositions_of_ordinary_mail():
    assert "NONE (ordinary mail)" in finding_text("ES-DROP-007", "d1.example", ["SPAM"], ["NONE", "SPAM"])


def test_finding_text_is_one_printable_line():
    text = finding_text("ES-NEXTHOP-001", "d1.example\n\x1b[31m", "mx.example.com", "a\nb")
    assert text.isprintable()


def test_finding_text_shortens_long_lists():
    networks = [f"192.0.2.{number}/32" for number in range(0, 60, 2)]
    assert "and 20 more" in finding_text("ES-IP-001", "d1.example", ["198.51.100.0/24"], networks)


def test_empty_value_text_of_an_unknown_rule_is_the_default():
    assert empty_value_text("ES-NOT-A-RULE", "domain", "nothing") == "nothing"


@pytest.mark.parametrize(
    ("finding", "subject"),
    [
        ({"domain": "example.com", "resource": "domains", "entry": None}, "example.com"),
        ({"domain": None, "resource": "block_senders", "entry": "evil.example"}, "evil.example"),
        ({"domain": None, "resource": "block_senders", "entry": None}, "block_senders"),
        ({"domain": None, "resource": "block_senders", "entry": ""}, ""),
        # A finding of an earlier release.
        ({"domain": "example.com"}, "example.com"),
        ({"domain": None}, ""),
    ],
)
def test_subject_of_a_finding(finding, subject):
    assert subject_of(finding) == subject


def test_text_of_a_rule_on_lists_and_of_an_unknown_rule():
    assert (
        finding_text("ES-LIST-005", "content_policies", None, "permission") == "content_policies could not be read (permission), so nothing in it was judged."
    )
    with pytest.raises(KeyError):
        finding_text("ES-NEWER-001", "x", None, None)
