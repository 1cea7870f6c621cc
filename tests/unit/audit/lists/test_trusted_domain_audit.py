"""Trusted domains: drift, and which domains are tolerated too widely, too long, or without an effect."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.entry import Entry, EntryMatch
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.trusted_domain_audit import AUDIT
from ansible_collections.mailops.cloudflare.tests.unit.exemptions import (
    PATTERNS,
    Pattern,
    account,
    check,
    days_ago,
    desired,
    message,
    planned,
    severities,
    tolerated,
)
from ansible_collections.mailops.cloudflare.tests.unit.lists import PAST
from hypothesis import given
from hypothesis import strategies as st

FLAGS = ("is_recent", "is_similarity")
CHECKED = {rule.id for rule in AUDIT.rules if rule.category == "health"}
# A trusted domain is a domain or a regular expression.
DOMAINS = [pattern for pattern in PATTERNS if pattern.is_regex or not (pattern.is_ip or "@" in pattern.text)]


def recent(pattern: str = "news.partner.example", **differing: Any) -> Entry:
    return tolerated(pattern, is_recent=True, **differing)


def similar(pattern: str = "exarnple.com", **differing: Any) -> Entry:
    return tolerated(pattern, is_similarity=True, **differing)


def undeclared(entry: Entry) -> list[EntryMatch]:
    return list(AUDIT.undeclared(entry, account(entry)))


def found(entry: Entry, **differing: Any) -> dict[str, str]:
    return severities(AUDIT, check(AUDIT, entry, **differing))


def differences(entry: Entry, **declared: Any) -> list[EntryMatch]:
    changes = planned(entry, **declared).planned.change.changes
    return [match for name, pair in changes.items() for match in AUDIT.differing(entry, name, pair["after"], pair["before"], account(entry))]


def test_the_audit_judges_undeclared_domains_of_a_list_that_is_not_declared():
    assert AUDIT.judges_undeclared
    assert AUDIT.resource.name == "trusted_domains"


@pytest.mark.parametrize(
    ("entry", "rule_id", "severity", "text"),
    [
        (similar(), "ES-TRUST-001", "high", "the detection of lookalikes of your domains does not apply to it"),
        (
            similar(is_recent=True, created_at=days_ago(500)),
            "ES-TRUST-001",
            "high",
            "the detection of new domains and of lookalikes of your domains does not apply to it",
        ),
        (recent(), "ES-TRUST-002", "high", "the detection of new domains does not apply to it"),
        (recent(created_at=days_ago(100)), "ES-TRUST-002", "high", "the detection of new domains does not apply to it"),
        (recent(created_at=None), "ES-TRUST-002", "high", "the detection of new domains does not apply to it"),
        (recent(created_at=days_ago(100.1)), "ES-TRUST-002", "low", "the detection of new domains does not apply to it"),
    ],
)
def test_an_undeclared_domain_is_judged_by_what_is_tolerated(entry, rule_id, severity, text):
    matches = undeclared(entry)
    assert severities(AUDIT, matches) == {rule_id: severity}
    assert [message(entry, match) for match in matches] == [f"The trusted domain {entry.label} is not declared: {text}."]


def test_an_undeclared_domain_without_a_flag_tolerates_nothing():
    assert undeclared(tolerated()) == []


@pytest.mark.parametrize(
    ("entry", "declared", "severity", "direction"),
    [
        (recent(), {}, "high", "weaker"),
        (similar(), {"is_recent": False}, "high", "weaker"),
        (tolerated(), {"is_recent": True}, "medium", "stronger"),
        (tolerated(), {"is_similarity": True}, "medium", "stronger"),
    ],
)
def test_a_flag_that_differs(entry, declared, severity, direction):
    [match] = differences(entry, **declared)
    assert severities(AUDIT, [match]) == {"ES-TRUST-003": severity}
    assert match.direction == direction
    values = "Declared: false. Live: true." if direction == "weaker" else "Declared: true. Live: false."
    assert message(entry, match) == f"The trusted domain {entry.label} differs from its declaration. {values}"


def test_what_is_as_declared_or_differs_in_its_comment_only():
    assert differences(recent(), is_recent=True) == []
    assert differences(recent(), is_recent=True, comments="other") == []


def test_a_missing_domain():
    [match] = AUDIT.missing(desired("trusted_domains", pattern="partner.example", is_recent=True), account())
    assert (match.rule_id, match.severity, match.direction) == ("ES-TRUST-003", "medium", "stronger")
    assert message(tolerated(), match) == "The trusted domain news.partner.example differs from its declaration. Declared: is_recent. Live: nothing."


def test_an_entry_that_was_selected_by_its_id_and_has_another_pattern():
    entry = similar()
    matches = list(AUDIT.differing(entry, "pattern", "other.example", "exarnple.com", account(entry)))
    assert severities(AUDIT, matches) == {"ES-TRUST-003": "medium", "ES-TRUST-001": "high"}
    assert {match.field for match in matches} == {"pattern"}


@pytest.mark.parametrize(("options", "declared"), [({"expires": PAST}, f"until {PAST}"), ({"state": "absent"}, "absent")])
@pytest.mark.parametrize(
    ("entry", "text"),
    [(recent(), "the detection of new domains does not apply to it"), (tolerated(), "none of its flags is set")],
)
def test_an_unwanted_domain(entry, text, options, declared):
    [match] = AUDIT.unwanted(planned(entry, **options), account(entry))
    assert severities(AUDIT, [match]) == {"ES-TRUST-004": "high"}
    assert message(entry, match) == f"The trusted domain {entry.label} is still live: {text}. Declared: {declared}."


FIRING = [
    ("ES-TRUST-101", recent(".*", is_regex=True), "critical", "The trusted domain .* (is_regex) covers anything."),
    ("ES-TRUST-101", recent("ab", is_regex=True), "high", "The trusted domain ab (is_regex) covers almost anything."),
    ("ES-TRUST-101", recent(r"^.*\.com$", is_regex=True), "high", r"The trusted domain ^.*\.com$ (is_regex) covers almost anything."),
    ("ES-TRUST-101", recent("*.com"), "critical", "The trusted domain *.com covers a public suffix, below which others can register a domain."),
    ("ES-TRUST-101", recent("co.uk"), "critical", "The trusted domain co.uk covers a public suffix, below which others can register a domain."),
    (
        "ES-TRUST-102",
        recent(created_at=days_ago(101)),
        "low",
        "The trusted domain news.partner.example is tolerated as a new one, but its entry is older than 100 days.",
    ),
    ("ES-TRUST-103", tolerated(), "low", "The trusted domain news.partner.example has no effect: none of its flags is set."),
    ("ES-TRUST-103", recent(comments=None), "low", "The trusted domain news.partner.example has no comment."),
    (
        "ES-TRUST-103",
        tolerated(comments=""),
        "low",
        "The trusted domain news.partner.example has no effect: none of its flags is set, and has no comment.",
    ),
    ("ES-TRUST-104", similar("exarnple.com"), "high", "The trusted domain exarnple.com tolerates exarnple.com, which resembles example.com."),
    (
        "ES-TRUST-104",
        similar(r"^example\.net$", is_regex=True),
        "high",
        r"The trusted domain ^example\.net$ (is_regex) tolerates example.net, which resembles example.com.",
    ),
    (
        "ES-TRUST-105",
        similar("partner.example"),
        "low",
        "The trusted domain partner.example is tolerated although it resembles a domain of yours, but none was found that it resembles.",
    ),
    (
        "ES-TRUST-106",
        similar(r"^ex.*\.com$", is_regex=True),
        "high",
        r"The trusted domain ^ex.*\.com$ (is_regex) tolerates lookalikes of your domains by a regular expression.",
    ),
]
NEAR_MISSES = [
    ("ES-TRUST-101", recent(r"^partner\.example$", is_regex=True)),
    ("ES-TRUST-101", recent("partner.co.uk")),
    ("ES-TRUST-101", tolerated(".*", is_regex=True)),
    ("ES-TRUST-101", recent("(never closed", is_regex=True)),
    ("ES-TRUST-102", recent(created_at=days_ago(100))),
    ("ES-TRUST-102", recent(".*", is_regex=True, created_at=days_ago(101))),
    ("ES-TRUST-102", similar(created_at=days_ago(101))),
    ("ES-TRUST-103", recent()),
    ("ES-TRUST-104", recent("exarnple.com")),
    ("ES-TRUST-104", similar("sister.example")),
    ("ES-TRUST-104", similar("mail.example.com")),
    ("ES-TRUST-105", similar("exarnple.com")),
    ("ES-TRUST-105", similar("example.com")),
    ("ES-TRUST-105", recent("partner.example")),
    ("ES-TRUST-105", similar(r"^partner\.example$", is_regex=True)),
    ("ES-TRUST-106", recent(r"^ex.*\.com$", is_regex=True)),
    ("ES-TRUST-106", similar()),
]


@pytest.mark.parametrize(("rule_id", "entry", "severity", "text"), FIRING)
def test_a_rule_matches_with_its_message(rule_id, entry, severity, text):
    assert found(entry)[rule_id] == severity
    assert [message(entry, match) for match in check(AUDIT, entry) if match.rule_id == rule_id] == [text]


@pytest.mark.parametrize(("rule_id", "entry"), NEAR_MISSES)
def test_a_near_miss_does_not_match(rule_id, entry):
    assert rule_id not in found(entry)


def test_each_rule_has_both():
    assert {rule_id for rule_id, *_rest in FIRING} == {rule_id for rule_id, _entry in NEAR_MISSES} == CHECKED


def test_without_own_domains_nothing_resembles_them():
    for entry in (similar("exarnple.com"), similar("partner.example")):
        assert found(entry, own_domains=frozenset(), domains=None) == {}


@pytest.mark.parametrize("field", ["pattern", "is_regex", "comments", "created_at", *FLAGS])
@pytest.mark.parametrize("value", [None, "", 7, True, [], {"x": 1}, "\x00", "a" * 5000, "192.0.2.1", "a@partner.example"])
def test_no_live_value_raises_an_exception(field, value):
    for entry in (recent(), similar(), recent(".*", is_regex=True)):
        live = {**entry.live, field: value}
        changed = entry._replace(live=live, settings=entry.resource.normalize(live))
        found(changed)
        undeclared(changed)


@given(
    pattern=st.sampled_from(DOMAINS),
    is_recent=st.booleans(),
    is_similarity=st.booleans(),
    comments=st.sampled_from([None, "", "  ", "SEC-311"]),
    age=st.sampled_from([0, 99.9, 100.1, 1000]),
)
def test_generated_domains(pattern: Pattern, is_recent, is_similarity, comments, age):
    entry = tolerated(pattern.text, is_regex=pattern.is_regex, is_recent=is_recent, is_similarity=is_similarity, comments=comments, created_at=days_ago(age))
    has_effect = is_recent or is_similarity
    is_own = pattern.own is not None
    conditions = {
        "ES-TRUST-101": ("critical" if pattern.suffix else pattern.is_anything) if has_effect else None,
        "ES-TRUST-102": "low" if is_recent and not pattern.is_regex and age > 100 else None,
        "ES-TRUST-103": "low" if not has_effect or not (comments or "").strip() else None,
        "ES-TRUST-104": "high" if is_similarity and pattern.similar else None,
        "ES-TRUST-105": "low" if is_similarity and not (pattern.is_regex or pattern.similar or is_own) else None,
        "ES-TRUST-106": "high" if is_similarity and pattern.is_regex else None,
    }
    assert found(entry) == {rule_id: severity for rule_id, severity in conditions.items() if severity}
    expected = {"ES-TRUST-001": "high"} if is_similarity else {"ES-TRUST-002": "low" if age > 100 else "high"} if is_recent else {}
    assert severities(AUDIT, undeclared(entry)) == expected
    assert severities(AUDIT, AUDIT.unwanted(planned(entry, state="absent"), account(entry))) == {"ES-TRUST-004": "high"}


@given(
    live=st.fixed_dictionaries({name: st.booleans() for name in FLAGS}),
    declared=st.fixed_dictionaries({name: st.booleans() for name in FLAGS}),
)
def test_generated_differences(live: dict[str, bool], declared: dict[str, bool]):
    matches = differences(tolerated(**live), **declared)
    expected = {name: ("high", "weaker") if live[name] else ("medium", "stronger") for name in FLAGS if live[name] != declared[name]}
    assert {match.field: (match.severity, match.direction) for match in matches} == expected
    assert {match.rule_id for match in matches} <= {"ES-TRUST-003"}
