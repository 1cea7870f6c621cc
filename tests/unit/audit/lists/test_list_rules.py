"""The table of the rules that every list has: ids, severities and directions are a contract, and so are the messages."""

from __future__ import annotations

import re

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.list_rules import COMMON_RULES
from ansible_collections.mailops.cloudflare.tests.unit.audit.lists_support import audit_lists, found_in
from ansible_collections.mailops.cloudflare.tests.unit.lists import allowed, blocked, live_id
from hypothesis import given
from hypothesis import strategies as st

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


def common_findings(declared, live, **more):
    """The findings of these rules in an audit: rule, severity, entry and message."""
    found = found_in(audit_lists(declared, live, **more), "rule_id", "severity", "entry", "message")
    return [finding for finding in found if finding[0] in CONTRACT]


def test_several_live_entries_of_one_key():
    differing, equal = [blocked(1), blocked(1, id=live_id(2), comments="x")], [blocked(1), blocked(1, id=live_id(2))]
    ids = f"{live_id(1)}, {live_id(2)}"
    declared = {"block_senders": [{"pattern": "b1.example"}]}
    assert common_findings(declared, {"block_senders": differing}) == [
        ("ES-LIST-001", "high", "b1.example", f"2 live blocked senders are named b1.example, and they differ: {ids}.")
    ]
    assert common_findings(declared, {"block_senders": equal}) == [
        ("ES-LIST-001", "low", "b1.example", f"2 live blocked senders are named b1.example, and they are equal: {ids}.")
    ]
    assert common_findings(declared, {"block_senders": equal[:1]}) == []


def test_a_comment_differs():
    live = {"block_senders": [blocked(1, comments="old")]}
    assert common_findings({"block_senders": [{"pattern": "b1.example", "comments": ""}]}, live) == [
        ("ES-LIST-002", "low", "b1.example", "The comment of b1.example is old. Declared: an empty text.")
    ]
    assert common_findings({"block_senders": [{"pattern": "b1.example", "comments": "old"}]}, live) == []
    # What is left out is not managed.
    assert common_findings({"block_senders": [{"pattern": "b1.example"}]}, live) == []


@given(st.sampled_from([None, "", "a", "b"]), st.sampled_from([None, "", "a", "b"]))
def test_a_comment_differs_exactly_if_a_declared_text_is_not_live(declared, live):
    entry = {"pattern": "b1.example", **({} if declared is None else {"comments": declared})}
    found = common_findings({"block_senders": [entry]}, {"block_senders": [blocked(1, comments=live)]})
    assert [finding[0] for finding in found] == ["ES-LIST-002"] * (declared is not None and declared != (live or ""))


@given(st.lists(st.sampled_from([None, "x", "y"]), min_size=1, max_size=4))
def test_several_live_entries_differ_exactly_if_their_settings_do(comments):
    live = [blocked(1, id=live_id(number), comments=text) for number, text in enumerate(comments)]
    found = common_findings({"block_senders": [{"pattern": "b1.example"}]}, {"block_senders": live})
    severities = ["high" if len(set(comments)) > 1 else "low"] if len(comments) > 1 else []
    assert [finding[:2] for finding in found] == [("ES-LIST-001", severity) for severity in severities]


@pytest.mark.parametrize(("name", "severity"), [("allow_policies", "high"), ("trusted_domains", "high"), ("block_senders", "medium")])
def test_a_list_could_not_be_read(name, severity):
    live = {"url_ignore_patterns": []}
    assert common_findings({}, live, unread=[name]) == [
        ("ES-LIST-005", severity, None, f"{name} could not be read (not_entitled), so nothing in it was judged.")
    ]
    assert common_findings({}, live) == []


@given(st.sets(st.sampled_from(["allow_policies", "block_senders", "content_policies", "trusted_domains"])))
def test_each_list_that_could_not_be_read_is_a_finding(names):
    found = common_findings({}, {"url_ignore_patterns": []}, unread=sorted(names))
    assert {message.partition(" ")[0] for _rule, _severity, _entry, message in found} == names


def test_the_other_rules_are_matched_by_an_audit():
    live = {
        "domains": [],
        "allow_policies": [
            allowed(1, pattern="evil.example", is_acceptable_sender=True, pattern_type="UNKNOWN"),
            allowed(2, pattern="ann@b2.example", is_trusted_sender=True),
            allowed(3, pattern="(x", is_regex=True),
        ],
        "block_senders": [blocked(1, pattern="evil.example"), blocked(2), blocked(3, pattern="ann@b2.example"), blocked(4, pattern="c.b2.example")],
        "url_ignore_patterns": [{"id": live_id(9), "pattern": r"https://docs\.partner\.example/.*"}],
    }
    assert sorted(common_findings({}, live)) == [
        ("ES-CROSS-001", "high", "ann@b2.example", "ann@b2.example is allowed as a trusted sender, and it is blocked as well."),
        ("ES-CROSS-001", "high", "evil.example", "evil.example is allowed as an acceptable sender, and it is blocked as well."),
        ("ES-CROSS-002", "medium", "ann@b2.example", "ann@b2.example lies in the blocked domain b2.example."),
        ("ES-CROSS-003", "low", "ann@b2.example", "ann@b2.example is covered by the blocked domain b2.example."),
        ("ES-CROSS-003", "low", "c.b2.example", "c.b2.example is covered by the blocked domain b2.example, if that covers subdomains."),
        ("ES-LIST-003", "low", "evil.example", "The pattern type of evil.example is UNKNOWN."),
        ("ES-LIST-004", "low", "(x (is_regex)", "The regular expression of (x (is_regex) could not be read, so the entry was not judged by what it covers."),
        ("ES-LIST-006", "low", None, "url_ignore_patterns has 1 entry, but no live domain is inline."),
    ]


def test_too_many_allow_policies_are_found_by_an_audit():
    live = {"allow_policies": [allowed(number, is_trusted_sender=number < 4) for number in range(12)]}
    assert [finding for finding in common_findings({}, live) if finding[0] == "ES-LIST-007"] == [
        ("ES-LIST-007", "medium", None, "allow_policies has 12 entries, of which 4 trust their senders.")
    ]
