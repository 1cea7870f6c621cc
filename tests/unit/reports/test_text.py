"""Texts that the formats share: headline, facts, values and escapes."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.reports.text import (
    comparison_text,
    escape_invisible,
    facts,
    format_time,
    format_value,
    headline,
    omission_text,
    plain_value,
    scope_text,
)
from ansible_collections.mailops.cloudflare.tests.unit.support_reports import FAILED, TUESDAY, audit, compared, document, finding, shortened, waived

WEAKER = [finding("ES-TLS-001", f"d{number}.example.com", True, False) for number in range(3)]
STRICTER = finding("ES-TLS-003", "s.example.com", False, True)


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (audit(WEAKER), "3 of 1000 domains are less protected than decided."),
        (audit(WEAKER[:1], declared=1), "1 of 1 domain is less protected than decided."),
        (audit([*WEAKER[:1], finding("ES-IP-001", "d0.example.com", [], [])]), "1 of 1000 domains is less protected than decided."),
        (audit([STRICTER]), "No domain is less protected than decided, but 1 differs from the declaration."),
        (audit([finding("ES-DOMAIN-002", "x.example.com", None, "present")]), "All 1000 domains are as declared."),
        (audit([finding("ES-HEALTH-004", "x.example.com", None, "NONE")]), "All 1000 domains are as declared."),
        (
            audit([waived("ES-TLS-001", "x.example.com", True, False)]),
            "999 of 1000 domains are as declared; all other differences are waived.",
        ),
        (
            audit([waived("ES-TLS-001", "x.example.com", True, False)], declared=1),
            "0 of 1 domain is as declared; all other differences are waived.",
        ),
        (audit([waived("ES-TLS-001", "x.example.com"), *WEAKER[:1]]), "1 of 1000 domains is less protected than decided."),
        (audit(declared=1), "The domain is as declared."),
        (audit(declared=0), "No domain is declared."),
        (FAILED, "The audit failed. The state of the account is unknown."),
    ],
)
def test_headline(result, words):
    assert headline(document(result)) == words


def test_headline_incomplete_report_says_at_least():
    assert headline(shortened()) == "At least 3 of 5 domains are less protected than decided."
    assert omission_text(shortened()) == "This report is incomplete: findings: 2 of 5 are left out."
    assert omission_text(compared()) == ""


def test_facts_are_sentences_with_counts():
    assert facts(compared()) == [
        "993 domains are as declared.",
        "1 declared domain does not exist.",
        "1 live domain is not declared.",
        "2 findings are about status, DMARC, SPF or mail.",
        "1 finding is about the declaration.",
        "1 waiver needs attention.",
        "1 domain has waived differences only.",
        "1 finding is waived.",
    ]
    assert facts(document(audit())) == []
    assert facts(document(FAILED)) == ["No earlier audit is known."]
    assert facts(document(FAILED, document(audit(at=TUESDAY)))) == ["The last successful audit is of 3 November 2026, 03:00 UTC."]


def test_comparison_text():
    assert comparison_text(compared()) == "Since the audit of 3 November 2026, 03:00 UTC: 5 new, 1 gone, 6 unchanged."
    assert comparison_text(document(audit())) == ""
    part = document(audit(scope=["other.example"]), document(audit(WEAKER, at=TUESDAY)))
    assert comparison_text(part) == "Since the audit of 3 November 2026, 03:00 UTC: 0 new, 0 gone, 0 unchanged. 3 earlier findings were not checked."


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        (None, ""),
        (["a.example"], "This is a partial audit: a.example. Other domains were not checked."),
        (["a\u202e.example", "b.example"], "This is a partial audit: a\\u202e.example, b.example. Other domains were not checked."),
        ([f"d{number}" for number in range(12)], "d9 and 2 more. Other domains were not checked."),
    ],
)
def test_scope_text(scope, words):
    assert scope_text(document(audit(scope=scope))).endswith(words)
    assert bool(scope_text(document(audit(scope=scope)))) is bool(words)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("ip_restrictions", [], "anywhere"),
        ("drop_dispositions", [], "no disposition"),
        ("transport", None, "no next hop"),
        ("integration_id", None, "none"),
        ("transport", "", "empty"),
        ("require_tls_inbound", False, "false"),
        ("lookback_hops", 0, "0"),
        ("regions", ["DE", "US"], "DE US"),
        ("authorization", {"b": None, "a": {"x": True}}, "a=x=true b="),
    ],
)
def test_format_value(field, value, words):
    assert format_value({"rule_id": "ES-DRIFT-001", "field": field, "live": value}, "live") == words


def test_plain_value_without_value_is_empty():
    assert plain_value(None) == plain_value([]) == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Ordinary – ünïcode 例え", "Ordinary – ünïcode 例え"),
        ("a\nb\x00\x7f", "a\\nb\\x00\\x7f"),
        ("\u202egnp\u200b\u2066", "\\u202egnp\\u200b\\u2066"),
        ("\ud800\ufffe\U000e0041", "\\ud800\\ufffe\\U000e0041"),
        ("no\u00a0break", "no\\xa0break"),
    ],
)
def test_escape_invisible(text, words):
    assert escape_invisible(text) == words


@pytest.mark.parametrize(("text", "words"), [("2026-11-04T03:05:00Z", "4 November 2026, 03:05 UTC"), ("long\nago", "long\\nago")])
def test_format_time(text, words):
    assert format_time(text) == words
