"""The table of the rules that every list has: ids, severities and directions are a contract, and so are the messages."""

from __future__ import annotations

import re

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.list_rules import COMMON_RULES

RULES = {rule.id: rule for rule in COMMON_RULES}
# By rule: category, severities, direction.
CONTRACT = {
    "ES-LIST-001": ("drift", ("high", "low"), "neutral"),
    "ES-LIST-002": ("drift", ("low",), "neutral"),
    "ES-LIST-003": ("health", ("low",), "neutral"),
    "ES-LIST-004": ("health", ("low",), "neutral"),
    "ES-LIST-005": ("health", ("high", "medium"), "neutral"),
    "ES-LIST-006": ("cross", ("low",), "neutral"),
    "ES-LIST-007": ("health", ("medium",), "weaker"),
    "ES-CROSS-001": ("cross", ("high",), "weaker"),
    "ES-CROSS-002": ("cross", ("medium",), "neutral"),
    "ES-CROSS-003": ("cross", ("low",), "neutral"),
}
# By rule: a subject, a declared and a live value, and the message.
MESSAGES = {
    "ES-LIST-001": ("x", "present", "2 live blocked senders are named x, and they differ: 7, 8.", "2 live blocked senders are named x, and they differ: 7, 8."),
    "ES-LIST-002": ("x", "SEC-311", "old", "The comment of x is old. Declared: SEC-311."),
    "ES-LIST-003": ("x", None, "UNKNOWN", "The pattern type of x is UNKNOWN."),
    "ES-LIST-004": ("(x (is_regex)", None, None, "The regular expression of (x (is_regex) could not be read, so the entry was not judged by what it covers."),
    "ES-LIST-005": ("allow_policies", None, "permission", "allow_policies could not be read (permission), so nothing in it was judged."),
    "ES-LIST-006": ("url_ignore_patterns", None, "3 entries", "url_ignore_patterns has 3 entries, but no live domain is inline."),
    "ES-LIST-007": (
        "allow_policies",
        None,
        "120 entries, of which 40 trust their senders",
        "allow_policies has 120 entries, of which 40 trust their senders.",
    ),
    "ES-CROSS-001": ("evil.example", None, "a trusted sender", "evil.example is allowed as a trusted sender, and it is blocked as well."),
    "ES-CROSS-002": ("ann@evil.example", None, "the blocked domain evil.example", "ann@evil.example lies in the blocked domain evil.example."),
    "ES-CROSS-003": ("ann@evil.example", None, "the blocked domain evil.example", "ann@evil.example is covered by the blocked domain evil.example."),
}


def test_the_rules_are_those_of_the_contract():
    assert {rule.id: (rule.category, rule.severities, rule.direction) for rule in COMMON_RULES} == CONTRACT
    assert len(RULES) == len(COMMON_RULES)


@pytest.mark.parametrize("rule_id", CONTRACT)
def test_the_usual_severity_is_not_changed_by_the_table(rule_id):
    """The check decides which case applies."""
    rule = RULES[rule_id]
    assert rule.severity_in(None) == rule.severity


@pytest.mark.parametrize("rule_id", MESSAGES)
def test_the_message_follows_from_subject_declared_and_live(rule_id):
    subject, declared, live, message = MESSAGES[rule_id]
    assert RULES[rule_id].summary.format(subject=subject, declared=declared, live=live) == message


@pytest.mark.parametrize("rule_id", CONTRACT)
def test_texts_are_sentences(rule_id):
    rule = RULES[rule_id]
    assert not rule.title.endswith(".")
    for text in (rule.why, rule.remedy):
        assert re.fullmatch(r"[A-Z].*[.]", text)
        assert "  " not in text
