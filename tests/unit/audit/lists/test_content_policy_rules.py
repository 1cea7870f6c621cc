"""The rules on content policies: for each rule an account that matches with its message, and a similar one that does not."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.content_policy_audit import AUDIT
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.content_policy_rules import CONTENT_POLICY_RULES
from ansible_collections.mailops.cloudflare.tests.unit.audit.lists.judging import World, judge
from ansible_collections.mailops.cloudflare.tests.unit.audit.lists.rule_texts import check_texts, check_unique_texts
from ansible_collections.mailops.cloudflare.tests.unit.lists import FUTURE, PAST, live_id

NAME = "content_policies"
GIFTS = "Gift cards"
PATTERN = r"\bgift cards?\b"


def policy(pattern: str = PATTERN, name: str = GIFTS, number: int = 1, **differing: Any) -> dict[str, Any]:
    """A live content policy."""
    return {"id": live_id(number), "name": name, "pattern": pattern, "targets": ["BODY", "SUBJECT"], "enabled": True, "notes": None, **differing}


def live(*rows: dict[str, Any], **more: Any) -> World:
    return World({NAME: rows}, **more)


def wanted(**differing: Any) -> dict[str, Any]:
    return {"name": GIFTS, "pattern": PATTERN, "targets": ["SUBJECT", "BODY"], **differing}


def declared(entry: dict[str, Any], *rows: dict[str, Any]) -> World:
    return World({NAME: rows}, {NAME: [entry]})


class Case(NamedTuple):
    severity: str
    direction: str
    matching: World
    message: str
    not_matching: World


CASES = {
    "ES-CONTENT-001": Case(
        "high",
        "weaker",
        declared(wanted(), policy(targets=["BODY"])),
        "Gift cards blocks less than declared. Live: BODY. Declared: BODY, SUBJECT.",
        declared(wanted(targets=["BODY"]), policy()),
    ),
    "ES-CONTENT-002": Case(
        "high",
        "neutral",
        declared(wanted(pattern="voucher"), policy()),
        r"Gift cards blocks mail with \bgift cards?\b. Declared: voucher.",
        declared(wanted(), policy()),
    ),
    "ES-CONTENT-003": Case(
        "medium",
        "stronger",
        declared(wanted(enabled=False), policy()),
        "Gift cards blocks more than declared. Live: true. Declared: false.",
        declared(wanted(), policy(enabled=False)),
    ),
    "ES-CONTENT-004": Case(
        "medium",
        "stronger",
        declared(wanted(expires=PAST), policy()),
        "Gift cards is still live. Declared: until 2020-01-31.",
        declared(wanted(expires=FUTURE), policy()),
    ),
    "ES-CONTENT-101": Case(
        "critical",
        "stronger",
        live(policy(".*")),
        "Gift cards blocks every message.",
        live(policy(".*", enabled=False)),
    ),
    "ES-CONTENT-102": Case(
        "medium",
        "weaker",
        live(policy("(?=voucher)voucher{51}")),
        "The pattern of Gift cards uses look-around and a repetition of more than 50, which the documentation of blocked content does not mention.",
        live(policy("voucher{50}")),
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
    assert list(CASES) == [rule.id for rule in CONTENT_POLICY_RULES]


@pytest.mark.parametrize("rule", CONTENT_POLICY_RULES, ids=lambda rule: rule.id)
def test_texts_are_complete(rule):
    check_texts(rule)


def test_titles_and_reasons_are_unique():
    check_unique_texts(CONTENT_POLICY_RULES)
