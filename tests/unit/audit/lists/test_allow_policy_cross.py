"""Allow policies against the rest of the account: own domains and names that resemble them, own gateways, people of the registry."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.allow_policy_audit import AUDIT
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.entry import Entry, LiveDomain
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN
from ansible_collections.mailops.cloudflare.tests.unit.exemptions import (
    PATTERNS,
    Pattern,
    accepted,
    account,
    check,
    entry,
    message,
    policy,
    recipient,
    severities,
    trusted,
)
from ansible_collections.mailops.cloudflare.tests.unit.lists import person, synced
from hypothesis import given
from hypothesis import strategies as st

RULE_IDS = {"ES-ALLOW-104", "ES-ALLOW-106", "ES-ALLOW-112", "ES-ALLOW-114", "ES-ALLOW-117"}
BOSS = entry("impersonation_registry", person(1, email="Boss@example.com", name="Ann Lee"))
CHAIR = entry("impersonation_registry", synced(2, email="chair@example.com", name="Sam Poe"))
ASSISTANT = entry("impersonation_registry", person(3, email=r"^assistant@example\.com$", is_email_regex=True, name="Kim Doe"))
PEOPLE = (BOSS, CHAIR, ASSISTANT)


def found(one: Entry, **differing) -> dict[str, str]:
    return {rule_id: severity for rule_id, severity in severities(AUDIT, check(AUDIT, one, *PEOPLE, **differing)).items() if rule_id in RULE_IDS}


def regex(pattern: str, **flags) -> Entry:
    return policy(pattern, is_regex=True, **({"is_acceptable_sender": True} | flags))


@pytest.mark.parametrize(
    ("rule_id", "one", "severity", "text"),
    [
        ("ES-ALLOW-104", accepted("example.com"), "low", "The allow policy example.com exempts mail from example.com, which is your own domain."),
        ("ES-ALLOW-104", trusted("hr@example.com"), "high", "The allow policy hr@example.com exempts mail from example.com, which is your own domain."),
        (
            "ES-ALLOW-104",
            accepted("mail.example.com", verify_sender=False),
            "critical",
            "The allow policy mail.example.com exempts mail from mail.example.com, which is your own domain.",
        ),
        (
            "ES-ALLOW-104",
            regex(r"^.*@example\.com$", is_trusted_sender=True, verify_sender=False),
            "critical",
            r"The allow policy ^.*@example\.com$ (is_regex) exempts mail from example.com, which is your own domain.",
        ),
        ("ES-ALLOW-106", recipient("partner.example"), "high", "The allow policy partner.example exempts recipients by the domain partner.example."),
        ("ES-ALLOW-106", recipient("example.com"), "critical", "The allow policy example.com exempts recipients by the domain example.com."),
        ("ES-ALLOW-106", recipient("abuse.*", is_regex=True), "high", "The allow policy abuse.* (is_regex) exempts recipients by a regular expression."),
        (
            "ES-ALLOW-106",
            recipient(r"^.*@example\.com$", is_regex=True),
            "critical",
            r"The allow policy ^.*@example\.com$ (is_regex) exempts recipients by a regular expression that covers example.com.",
        ),
        (
            "ES-ALLOW-112",
            accepted("192.0.2.10"),
            "critical",
            "The allow policy 192.0.2.10 exempts an address of a gateway: example.com accepts its mail from 192.0.2.10.",
        ),
        (
            "ES-ALLOW-112",
            trusted("192.0.2.0/28"),
            "critical",
            "The allow policy 192.0.2.0/28 exempts an address of a gateway: example.com accepts its mail from 192.0.2.10.",
        ),
        (
            "ES-ALLOW-114",
            recipient("boss@example.com"),
            "high",
            "The allow policy boss@example.com exempts mail to a person of the impersonation registry from every detection.",
        ),
        (
            "ES-ALLOW-117",
            accepted("exarnple.com"),
            "critical",
            "The allow policy exarnple.com exempts mail from exarnple.com, which resembles example.com.",
        ),
        (
            "ES-ALLOW-117",
            trusted("info@example.net"),
            "critical",
            "The allow policy info@example.net exempts mail from example.net, which resembles example.com.",
        ),
    ],
)
def test_a_rule_matches_with_its_message(rule_id, one, severity, text):
    matches = check(AUDIT, one, *PEOPLE)
    assert severities(AUDIT, matches)[rule_id] == severity
    assert [message(one, match) for match in matches if match.rule_id == rule_id] == [text]


@pytest.mark.parametrize(
    ("rule_id", "one"),
    [
        ("ES-ALLOW-104", accepted("partner.example")),
        ("ES-ALLOW-104", accepted("myexample.com")),
        ("ES-ALLOW-104", policy("example.com")),
        ("ES-ALLOW-104", recipient("abuse@example.com")),
        ("ES-ALLOW-106", recipient("abuse@example.com")),
        ("ES-ALLOW-106", recipient("198.51.100.17")),
        ("ES-ALLOW-106", accepted("example.com")),
        ("ES-ALLOW-112", accepted("192.0.2.11")),
        ("ES-ALLOW-112", recipient("192.0.2.10")),
        ("ES-ALLOW-112", policy("192.0.2.10")),
        ("ES-ALLOW-114", recipient("abuse@example.com")),
        ("ES-ALLOW-114", accepted("boss@example.com")),
        ("ES-ALLOW-114", recipient("boss", is_regex=True)),
        ("ES-ALLOW-117", accepted("sister.example")),
        ("ES-ALLOW-117", accepted("partner.example")),
        ("ES-ALLOW-117", recipient("info@example.net")),
    ],
)
def test_a_near_miss_does_not_match(rule_id, one):
    assert rule_id not in found(one)


@pytest.mark.parametrize("email", ["boss@example.com", "BOSS@example.com", "chair@example.com", "assistant@example.com"])
def test_a_person_is_found_by_any_spelling_and_origin(email):
    assert found(recipient(email)) == {"ES-ALLOW-114": "high"}


def test_a_person_is_found_if_the_policy_is_a_literal_regular_expression():
    assert "ES-ALLOW-114" in found(recipient(r"^boss@example\.com$", is_regex=True))


def test_without_the_registry_nobody_is_a_person():
    one = recipient("boss@example.com")
    assert check(AUDIT, one) == []


def test_without_the_domains_nothing_is_known_of_gateways_and_own_domains():
    for one in (accepted("192.0.2.10"), accepted("example.com"), accepted("exarnple.com")):
        assert found(one, own_domains=frozenset(), domains=None) == {}


def test_a_domain_without_a_list_of_gateways_has_none():
    live = {"domain": "example.com", "ip_restrictions": []}
    assert found(accepted("192.0.2.10"), domains=(LiveDomain("example.com", live, DOMAIN.normalize(live)),)) == {}


@given(
    pattern=st.sampled_from(PATTERNS),
    is_trusted=st.booleans(),
    is_exempt=st.booleans(),
    is_accepted=st.booleans(),
    is_verified=st.booleans(),
    are_people=st.booleans(),
)
def test_generated_policies(pattern: Pattern, is_trusted, is_exempt, is_accepted, is_verified, are_people):
    flags = {"is_trusted_sender": is_trusted, "is_exempt_recipient": is_exempt, "is_acceptable_sender": is_accepted, "verify_sender": is_verified}
    one = policy(pattern.text, is_regex=pattern.is_regex, **flags)
    person_of_it = entry("impersonation_registry", person(9, email=pattern.text)) if are_people else BOSS
    is_sender = is_trusted or is_accepted
    is_domain = not (pattern.is_regex or pattern.is_ip or "@" in pattern.text)
    conditions = {
        "ES-ALLOW-104": ("critical" if not is_verified else "high" if is_trusted else "low") if pattern.own and is_sender else None,
        "ES-ALLOW-106": ("critical" if pattern.own and pattern.is_whole else "high") if is_exempt and (is_domain or pattern.is_regex) else None,
        "ES-ALLOW-112": "critical" if pattern.covers_gateway and is_sender else None,
        "ES-ALLOW-114": "high" if is_exempt and are_people and "@" in pattern.text and not pattern.is_regex else None,
        "ES-ALLOW-117": "critical" if pattern.similar and is_sender else None,
    }
    expected = {rule_id: severity for rule_id, severity in conditions.items() if severity}
    matches = severities(AUDIT, check(AUDIT, one, person_of_it))
    assert {rule_id: severity for rule_id, severity in matches.items() if rule_id in RULE_IDS} == expected


def test_the_list_check_names_each_entry_once():
    entries = [recipient(email) for email in ("boss@example.com", "chair@example.com", "abuse@example.com")]
    whole = account(*entries, *PEOPLE)
    [list_check] = AUDIT.list_checks
    assert [one.label for one, _match in list_check(whole) if one is not None] == ["boss@example.com", "chair@example.com"]
