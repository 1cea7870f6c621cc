"""Drift of allow policies: undeclared ones, missing ones, each field that differs, and those whose end is over."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.allow_policy_audit import AUDIT
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.entry import Entry, EntryMatch
from ansible_collections.mailops.cloudflare.tests.unit.exemptions import (
    PATTERNS,
    Pattern,
    accepted,
    account,
    desired,
    message,
    planned,
    policy,
    recipient,
    severities,
    trusted,
)
from ansible_collections.mailops.cloudflare.tests.unit.lists import PAST
from hypothesis import given
from hypothesis import strategies as st

ADDRESS = "198.51.100.17"
IP_REGEX = r"^198\.51\.100\.[0-9]+$"
FLAGS = ("is_trusted_sender", "is_exempt_recipient", "is_acceptable_sender")


def undeclared(entry: Entry) -> list[EntryMatch]:
    return list(AUDIT.undeclared(entry, account(entry)))


def differences(entry: Entry, **declared: Any) -> list[EntryMatch]:
    """What the drift checks find if these options are declared, together with the compared defaults."""
    change = planned(entry, **declared).planned.change
    fields = {name: (pair["after"], pair["before"]) for name, pair in change.changes.items()}
    return [match for name, (wanted, live) in fields.items() for match in AUDIT.differing(entry, name, wanted, live, account(entry))]


def unwanted(entry: Entry, **options: Any) -> list[EntryMatch]:
    entry = planned(entry, **options)
    return list(AUDIT.unwanted(entry, account(entry)))


def test_the_audit_judges_undeclared_policies_of_a_list_that_is_not_declared():
    assert AUDIT.judges_undeclared
    assert AUDIT.resource.name == "allow_policies"


@pytest.mark.parametrize(
    ("entry", "rule_id", "severity", "text"),
    [
        (trusted(), "ES-ALLOW-001", "critical", "mail from it skips every detection, if it is verified"),
        (trusted(ADDRESS, verify_sender=False), "ES-ALLOW-001", "critical", "mail from it skips every detection, without verification"),
        (trusted(is_acceptable_sender=True), "ES-ALLOW-001", "critical", "mail from it skips every detection, if it is verified"),
        (recipient("abuse@example.com"), "ES-ALLOW-001", "critical", "mail to it skips every detection"),
        (accepted(verify_sender=False), "ES-ALLOW-002", "high", "mail from it skips SPAM, SPOOF and BULK, without verification"),
        (accepted("a@partner.example", verify_sender=None), "ES-ALLOW-002", "high", "mail from it skips SPAM, SPOOF and BULK, without verification"),
        (accepted(IP_REGEX, is_regex=True, verify_sender=False), "ES-ALLOW-002", "high", "mail from it skips SPAM, SPOOF and BULK, without verification"),
        (accepted(ADDRESS, verify_sender=False), "ES-ALLOW-002", "medium", "mail from it skips SPAM, SPOOF and BULK, without verification"),
        (accepted("2001:db8::/64", verify_sender=False), "ES-ALLOW-002", "medium", "mail from it skips SPAM, SPOOF and BULK, without verification"),
        (accepted(), "ES-ALLOW-003", "medium", "mail from it skips SPAM, SPOOF and BULK, if it is verified"),
        (accepted(ADDRESS), "ES-ALLOW-003", "medium", "mail from it skips SPAM, SPOOF and BULK, if it is verified"),
    ],
)
def test_an_undeclared_policy_is_judged_by_the_worst_that_it_does(entry, rule_id, severity, text):
    matches = undeclared(entry)
    assert severities(AUDIT, matches) == {rule_id: severity}
    assert [message(entry, match) for match in matches] == [f"The allow policy {entry.label} is not declared: {text}."]
    assert [match.field for match in matches] == [None]


@pytest.mark.parametrize("verify_sender", [True, False])
def test_an_undeclared_policy_without_a_flag_exempts_nothing(verify_sender):
    assert undeclared(policy(verify_sender=verify_sender)) == []


@pytest.mark.parametrize(
    ("entry", "declared", "found"),
    [
        (trusted(), {}, {"ES-ALLOW-004": "critical"}),
        (recipient("a@example.com", is_acceptable_sender=True, verify_sender=True), {"is_acceptable_sender": True}, {"ES-ALLOW-004": "critical"}),
        (trusted(is_exempt_recipient=True), {"is_trusted_sender": True}, {"ES-ALLOW-004": "critical"}),
        (trusted(is_acceptable_sender=True), {}, {"ES-ALLOW-004": "critical", "ES-ALLOW-006": "medium"}),
        (accepted(), {}, {"ES-ALLOW-006": "medium"}),
        (accepted(verify_sender=False), {"is_acceptable_sender": True}, {"ES-ALLOW-005": "high"}),
        (accepted(verify_sender=None), {"is_acceptable_sender": True}, {"ES-ALLOW-005": "high"}),
        (accepted(ADDRESS, verify_sender=False), {"is_acceptable_sender": True}, {"ES-ALLOW-005": "low"}),
        (accepted("198.51.100.0/24", verify_sender=False), {"is_acceptable_sender": True}, {"ES-ALLOW-005": "low"}),
        (accepted(IP_REGEX, is_regex=True, verify_sender=False), {"is_acceptable_sender": True}, {"ES-ALLOW-005": "low"}),
        (accepted("^.*@x$", is_regex=True, verify_sender=False), {"is_acceptable_sender": True}, {"ES-ALLOW-005": "high"}),
        (accepted(), {"is_acceptable_sender": True, "verify_sender": False}, {"ES-ALLOW-007": "medium"}),
        (policy(), {"is_acceptable_sender": True}, {"ES-ALLOW-007": "medium"}),
        (policy(), {"is_trusted_sender": True}, {"ES-ALLOW-007": "medium"}),
        (accepted(), {"is_trusted_sender": True}, {"ES-ALLOW-007": "medium", "ES-ALLOW-006": "medium"}),
        (accepted(pattern_type="EMAIL"), {"is_acceptable_sender": True, "pattern_type": "DOMAIN"}, {"ES-ALLOW-007": "medium"}),
        (accepted(), {"is_acceptable_sender": True}, {}),
        (accepted(comments="other"), {"is_acceptable_sender": True, "comments": "declared"}, {}),
    ],
)
def test_differences(entry, declared, found):
    assert severities(AUDIT, differences(entry, **declared)) == found


@pytest.mark.parametrize(
    ("entry", "declared", "field", "values", "text"),
    [
        (trusted(), {}, "is_trusted_sender", (False, True), "A flag of the allow policy {} skips every detection, and is declared to be off."),
        (
            accepted(verify_sender=False),
            {"is_acceptable_sender": True},
            "verify_sender",
            (True, False),
            "The allow policy {} does not verify the sender, but is declared to.",
        ),
        (
            accepted(),
            {},
            "is_acceptable_sender",
            (False, True),
            "The allow policy {} has the flag is_acceptable_sender, but is declared without it.",
        ),
        (
            policy(),
            {"is_acceptable_sender": True},
            "is_acceptable_sender",
            (True, False),
            "The allow policy {} exempts less mail than declared, or other mail. Declared: true. Live: false.",
        ),
    ],
)
def test_a_difference_has_its_field_and_values(entry, declared, field, values, text):
    [match] = differences(entry, **declared)
    assert (match.field, match.declared, match.live) == (field, *values)
    assert message(entry, match) == text.format(entry.label)


def test_an_entry_that_was_selected_by_its_id_and_has_another_pattern():
    """What is declared is missing, and what is live is not declared."""
    entry = accepted(verify_sender=False)
    account_of_it = account(entry)
    matches = list(AUDIT.differing(entry, "pattern", "other.example", "news.partner.example", account_of_it))
    assert severities(AUDIT, matches) == {"ES-ALLOW-007": "medium", "ES-ALLOW-002": "high"}
    assert {match.field for match in matches} == {"pattern"}
    assert severities(AUDIT, AUDIT.differing(policy(), "is_regex", True, False, account_of_it)) == {"ES-ALLOW-007": "medium"}


def test_a_missing_policy():
    declared = desired("allow_policies", pattern="news.partner.example", is_acceptable_sender=True)
    [match] = AUDIT.missing(declared, account())
    assert (match.rule_id, match.declared, match.live) == ("ES-ALLOW-007", ["is_acceptable_sender", "verify_sender"], None)
    expected = "exempts less mail than declared, or other mail. Declared: is_acceptable_sender, verify_sender. Live: nothing."
    assert message(policy(), match) == f"The allow policy news.partner.example {expected}"


@pytest.mark.parametrize(
    ("entry", "severity", "text"),
    [
        (trusted(), "critical", "mail from it skips every detection, if it is verified"),
        (recipient(), "critical", "mail to it skips every detection"),
        (accepted(verify_sender=False), "high", "mail from it skips SPAM, SPOOF and BULK, without verification"),
        (accepted(ADDRESS, verify_sender=False), "medium", "mail from it skips SPAM, SPOOF and BULK, without verification"),
        (accepted(), "medium", "mail from it skips SPAM, SPOOF and BULK, if it is verified"),
        (policy(), "low", "none of its flags is set"),
    ],
)
@pytest.mark.parametrize(("options", "declared"), [({"expires": PAST}, f"until {PAST}"), ({"state": "absent"}, "absent")])
def test_an_unwanted_policy_is_judged_like_an_undeclared_one(entry, severity, text, options, declared):
    [match] = unwanted(entry, **options)
    assert severities(AUDIT, [match]) == {"ES-ALLOW-008": severity}
    assert message(entry, match) == f"The allow policy {entry.label} is still live: {text}. Declared: {declared}."


@given(pattern=st.sampled_from(PATTERNS), flags=st.fixed_dictionaries({name: st.booleans() for name in (*FLAGS, "verify_sender")}))
def test_generated_undeclared_and_unwanted_policies(pattern: Pattern, flags: dict[str, bool]):
    entry = policy(pattern.text, is_regex=pattern.is_regex, **flags)
    if flags["is_trusted_sender"] or flags["is_exempt_recipient"]:
        expected = {"ES-ALLOW-001": "critical"}
    elif not flags["is_acceptable_sender"]:
        expected = {}
    elif flags["verify_sender"]:
        expected = {"ES-ALLOW-003": "medium"}
    else:
        expected = {"ES-ALLOW-002": "medium" if pattern.prefix else "high"}
    assert severities(AUDIT, undeclared(entry)) == expected
    assert severities(AUDIT, unwanted(entry, state="absent")) == {"ES-ALLOW-008": next(iter(expected.values()), "low")}


@given(
    pattern=st.sampled_from([each for each in PATTERNS if "@" in each.text and not each.is_regex] + [each for each in PATTERNS if each.is_regex]),
    live=st.fixed_dictionaries({name: st.booleans() for name in (*FLAGS, "verify_sender")}),
    declared=st.fixed_dictionaries({name: st.booleans() for name in (*FLAGS, "verify_sender")}),
)
def test_generated_differences(pattern: Pattern, live: dict[str, bool], declared: dict[str, bool]):
    entry = policy(pattern.text, is_regex=pattern.is_regex, **live)
    gained = {name for name in live if live[name] and not declared[name]}
    lost = {name for name in live if declared[name] and not live[name]}
    expected = {}
    if gained & {"is_trusted_sender", "is_exempt_recipient"}:
        expected["ES-ALLOW-004"] = "critical"
    if "verify_sender" in lost:
        expected["ES-ALLOW-005"] = "low" if pattern.is_ip else "high"
    if "is_acceptable_sender" in gained:
        expected["ES-ALLOW-006"] = "medium"
    if "verify_sender" in gained or lost - {"verify_sender"}:
        expected["ES-ALLOW-007"] = "medium"
    matches = differences(entry, **declared)
    assert severities(AUDIT, matches) == expected
    assert sorted(str(match.field) for match in matches) == sorted(gained | lost)
