"""The rules on the impersonation registry: for each rule an account that matches with its message, and a similar one that does not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.impersonation_registry_audit import AUDIT
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.impersonation_registry_rules import IMPERSONATION_REGISTRY_RULES
from ansible_collections.mailops.cloudflare.tests.unit.audit.lists.judging import World, judge
from ansible_collections.mailops.cloudflare.tests.unit.audit.lists.rule_texts import check_texts, check_unique_texts
from ansible_collections.mailops.cloudflare.tests.unit.lists import FUTURE, PAST, allowed, blocked, live_id

NAME = "impersonation_registry"
ADA, ADDRESS = "Ada Lovelace", "ada@example.com"
OWN = ["example.com"]
OLD, FRESH = "2026-07-31T02:59:59Z", "2026-07-31T03:00:00Z"


def person(name: str = ADA, email: str = ADDRESS, number: int = 1, **differing: Any) -> dict[str, Any]:
    """A live entry of the registry."""
    plain = {"is_email_regex": False, "comments": None, "provenance": "A1S_INTERNAL", "directory_id": None}
    return {"id": live_id(number), "name": name, "email": email, **plain, **differing}


def synced(name: str = ADA, email: str = ADDRESS, number: int = 1, **differing: Any) -> dict[str, Any]:
    return person(name, email, number, provenance="SNOOPY-OFFICE_365", directory_id=7, **differing)


def regex(email: str) -> dict[str, Any]:
    return person(email=email, is_email_regex=True)


def staff(count: int, **differing: Any) -> list[dict[str, Any]]:
    """People with names and addresses of their own."""
    return [person(f"Person {number}", f"p{number}@example.com", 100 + number, **differing) for number in range(count)]


def live(*rows: dict[str, Any], **more: Any) -> World:
    return World({NAME: rows}, **more)


def wanted(name: str = ADA, email: str = ADDRESS, **differing: Any) -> dict[str, Any]:
    return {"name": name, "email": email, **differing}


def declared(entries: list[dict[str, Any]], *rows: dict[str, Any], own: Sequence[str] = tuple(OWN)) -> World:
    return World({NAME: rows}, {NAME: entries}, own=own)


class Case(NamedTuple):
    severity: str
    direction: str
    matching: World
    message: str
    not_matching: World


CASES = {
    "ES-VIP-001": Case(
        "high",
        "weaker",
        declared([wanted()]),
        "ada@example.com is not in the registry as declared: Ada Lovelace.",
        declared([wanted()], synced()),
    ),
    "ES-VIP-002": Case(
        "critical",
        "weaker",
        declared([wanted()], person(), person("LOVELACE,  Adá", "ada@evil.example", 2)),
        "ada@evil.example is registered with the name LOVELACE, Adá, but not declared as an address of this person.",
        declared([wanted(), wanted(email="ada@evil.example")], person(), person(email="ada@evil.example", number=2)),
    ),
    "ES-VIP-003": Case(
        "medium",
        "weaker",
        declared([], person(email="ada@partner.example")),
        "ada@partner.example is in the registry, but not declared.",
        declared([], synced(email="ada@partner.example")),
    ),
    "ES-VIP-004": Case(
        "medium",
        "weaker",
        declared([wanted("Ada King")], person()),
        "ada@example.com is registered with the name Ada Lovelace. Declared: Ada King.",
        declared([wanted(" Ada  Lovelace")], person()),
    ),
    "ES-VIP-005": Case(
        "medium",
        "weaker",
        declared([wanted(email="ada@partner.example", expires=PAST)], person(email="ada@partner.example")),
        "ada@partner.example is still in the registry. Declared: until 2020-01-31.",
        declared([wanted(email="ada@partner.example", expires=FUTURE)], person(email="ada@partner.example")),
    ),
    "ES-VIP-101": Case(
        "critical",
        "weaker",
        live(regex("ada@.*")),
        "ada@.* (is_email_regex) matches addresses at every domain.",
        live(regex(r"ada@bmw\.de$")),
    ),
    "ES-VIP-102": Case(
        "high",
        "weaker",
        declared([], person(email="ada@gmail.com")),
        "ada@gmail.com is in the registry and not declared, and its address is at a provider where anybody can open a mailbox.",
        declared([wanted(email="ada@gmail.com")], person(email="ada@gmail.com")),
    ),
    "ES-VIP-103": Case(
        "high",
        "weaker",
        live(),
        "The impersonation registry is empty: no name of a person is protected.",
        live(synced()),
    ),
    "ES-VIP-104": Case(
        "low",
        "neutral",
        declared([wanted("Ada King")], synced()),
        "ada@example.com comes from a directory with the name Ada Lovelace. Declared: Ada King.",
        declared([wanted()], synced()),
    ),
    "ES-VIP-105": Case(
        "medium",
        "weaker",
        live(*staff(3), synced()),
        "The impersonation registry needs a review: it has 4 people.",
        live(*staff(4), synced()),
    ),
    "ES-VIP-106": Case(
        "medium",
        "neutral",
        World({NAME: [person()], "block_senders": [blocked(8, pattern="ADA@example.com", pattern_type="EMAIL")]}),
        "The address of a registered person, ada@example.com, is also blocked.",
        World({NAME: [person()], "allow_policies": [allowed(8, pattern=ADDRESS, pattern_type="EMAIL")]}),
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
    assert list(CASES) == [rule.id for rule in IMPERSONATION_REGISTRY_RULES]


@pytest.mark.parametrize("rule", IMPERSONATION_REGISTRY_RULES, ids=lambda rule: rule.id)
def test_texts_are_complete(rule):
    check_texts(rule)


def test_titles_and_reasons_are_unique():
    check_unique_texts(IMPERSONATION_REGISTRY_RULES)
