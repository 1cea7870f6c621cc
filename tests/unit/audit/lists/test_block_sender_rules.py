"""The rules on blocked senders: for each rule an account that matches with its message, and a similar one that does not."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.block_sender_audit import AUDIT
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.block_sender_rules import BLOCK_SENDER_RULES
from ansible_collections.mailops.cloudflare.tests.unit.audit.lists.judging import World, judge
from ansible_collections.mailops.cloudflare.tests.unit.audit.lists.rule_texts import check_texts, check_unique_texts
from ansible_collections.mailops.cloudflare.tests.unit.lists import PAST, live_id

NAME = "block_senders"
EVIL = "evil.example"


def sender(pattern: str, number: int = 1, **differing: Any) -> dict[str, Any]:
    """A live blocked sender."""
    return {"id": live_id(number), "pattern": pattern, "is_regex": False, "pattern_type": "DOMAIN", "comments": None, **differing}


def regex(pattern: str) -> dict[str, Any]:
    return sender(pattern, is_regex=True, pattern_type="EMAIL")


def network(pattern: str) -> dict[str, Any]:
    return sender(pattern, pattern_type="IP")


def domain(name: str = "example.com", **differing: Any) -> dict[str, Any]:
    inline = {"allowed_delivery_modes": ["DIRECT"], "drop_dispositions": ["MALICIOUS"], "integration_id": None, "ip_restrictions": []}
    return {"id": name, "domain": name, **inline, **differing}


def live(*rows: dict[str, Any], **more: Any) -> World:
    return World({NAME: rows}, **more)


def declared(entry: dict[str, Any], *rows: dict[str, Any]) -> World:
    return World({NAME: rows}, {NAME: [entry]})


class Case(NamedTuple):
    severity: str
    direction: str
    matching: World
    message: str
    not_matching: World


CASES = {
    "ES-BLOCK-001": Case(
        "high",
        "weaker",
        declared({"pattern": EVIL}),
        "Mail from evil.example is not blocked, although that is declared.",
        declared({"pattern": "Evil.Example."}, sender(EVIL)),
    ),
    "ES-BLOCK-002": Case(
        "medium",
        "stronger",
        declared({"pattern": "other.example"}, sender(EVIL)),
        "Mail from evil.example is blocked, but that is not declared.",
        live(sender(EVIL)),
    ),
    "ES-BLOCK-003": Case(
        "medium",
        "neutral",
        declared({"pattern": EVIL, "pattern_type": "DOMAIN"}, sender(EVIL, pattern_type="UNKNOWN")),
        "The type of evil.example is UNKNOWN. Declared: DOMAIN.",
        declared({"pattern": EVIL}, sender(EVIL, pattern_type="UNKNOWN")),
    ),
    "ES-BLOCK-004": Case(
        "medium",
        "stronger",
        declared({"pattern": EVIL, "expires": PAST}, sender(EVIL)),
        "evil.example is still blocked. Declared: until 2020-01-31.",
        declared({"pattern": EVIL, "expires": "2999-01-31"}, sender(EVIL)),
    ),
    "ES-BLOCK-101": Case(
        "critical",
        "stronger",
        live(regex(".*@.*")),
        ".*@.* (is_regex) matches every sender.",
        live(regex(r".*@evil\.example")),
    ),
    "ES-BLOCK-102": Case(
        "high",
        "stronger",
        live(sender("mail.example.com"), own=["example.com"]),
        "mail.example.com blocks mail from your own domain mail.example.com.",
        live(sender("ceo@example.com", pattern_type="EMAIL"), own=["example.com"]),
    ),
    "ES-BLOCK-103": Case(
        "high",
        "stronger",
        live(sender("gmail.com")),
        "gmail.com blocks every sender of gmail.com.",
        live(sender("attacker@gmail.com", pattern_type="EMAIL")),
    ),
    "ES-BLOCK-104": Case(
        "high",
        "weaker",
        live(sender(EVIL), domains=[domain(drop_dispositions=["SPAM"])]),
        "No live domain acts on MALICIOUS, so mail is delivered in spite of 1 blocked sender.",
        live(sender(EVIL), domains=[domain(drop_dispositions=["SPAM"]), domain("b.example")]),
    ),
    "ES-BLOCK-105": Case(
        "critical",
        "stronger",
        live(network("192.0.2.0/24"), domains=[domain(ip_restrictions=["192.0.2.10/32"])]),
        "192.0.2.0/24 blocks an address of a gateway: example.com accepts its mail from 192.0.2.10.",
        live(network("198.51.100.0/24"), domains=[domain(ip_restrictions=["192.0.2.10/32"])]),
    ),
    "ES-BLOCK-106": Case(
        "high",
        "stronger",
        live(network("198.18.0.0/15")),
        "198.18.0.0/15 is a network of the size /15.",
        live(network("198.51.100.0/24")),
    ),
    "ES-BLOCK-107": Case(
        "high",
        "stronger",
        live(sender("co.uk")),
        "co.uk is a public suffix, below which anybody can register a domain.",
        live(sender("evil.co.uk")),
    ),
    "ES-BLOCK-108": Case(
        "high",
        "stronger",
        live(sender("docusign.net")),
        "docusign.net blocks every message of docusign.net.",
        live(sender("attacker@docusign.net", pattern_type="EMAIL")),
    ),
}


@pytest.mark.parametrize("rule_id", CASES)
def test_rule_matches_with_its_message(rule_id):
    case = CASES[rule_id]
    found = [found for found in judge(AUDIT, case.matching) if found.rule == rule_id]
    assert [each[1:4] for each in found] == [(case.severity, case.message, case.direction)]


@pytest.mark.parametrize("rule_id", CASES)
def test_rule_does_not_match_something_similar(rule_id):
    assert rule_id not in {found.rule for found in judge(AUDIT, CASES[rule_id].not_matching)}


def test_every_rule_has_a_case():
    assert list(CASES) == [rule.id for rule in BLOCK_SENDER_RULES]


@pytest.mark.parametrize("rule", BLOCK_SENDER_RULES, ids=lambda rule: rule.id)
def test_texts_are_complete(rule):
    check_texts(rule)


def test_titles_and_reasons_are_unique():
    check_unique_texts(BLOCK_SENDER_RULES)
