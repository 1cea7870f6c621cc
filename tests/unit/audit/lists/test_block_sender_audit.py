"""The audit of blocked senders against a declaration."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.block_sender_audit import AUDIT
from ansible_collections.mailops.cloudflare.tests.unit.audit.lists.judging import World, judge, rules
from ansible_collections.mailops.cloudflare.tests.unit.audit.lists.test_block_sender_rules import EVIL, NAME, declared, domain, live, regex, sender
from ansible_collections.mailops.cloudflare.tests.unit.lists import FUTURE, PAST, live_id
from ansible_collections.mailops.cloudflare.tests.unit.work import calls_in
from hypothesis import given
from hypothesis import strategies as st

PATTERNS = ["evil.example", "bad.example", "ada@worse.example", "192.0.2.7", "2001:db8::/48"]


def test_entry_as_declared_is_no_finding():
    assert judge(AUDIT, declared({"pattern": EVIL, "comments": "x"}, sender(EVIL, comments="x"))) == []


def test_undeclared_entries_are_only_judged_if_the_list_is_declared():
    assert rules(AUDIT, live(sender(EVIL))) == []
    assert rules(AUDIT, World({NAME: [sender(EVIL)]}, {NAME: []})) == [("ES-BLOCK-002", "medium")]


def test_comment_is_judged_by_the_rules_of_all_lists():
    assert rules(AUDIT, declared({"pattern": EVIL, "comments": "x"}, sender(EVIL))) == []


def test_entry_declared_by_id_with_another_pattern_is_not_blocked_and_another_one_is():
    found = judge(AUDIT, declared({"id": live_id(1), "pattern": "bad.example"}, sender(EVIL)))
    assert [(each.rule, each.match.field, each.message) for each in found if each.match.field == "pattern"] == [
        ("ES-BLOCK-001", "pattern", "Mail from bad.example is not blocked, although that is declared."),
        ("ES-BLOCK-002", "pattern", "Mail from evil.example is blocked, but that is not declared."),
    ]


def test_entry_declared_by_id_as_an_expression_has_another_type():
    found = judge(AUDIT, declared({"id": live_id(1), "pattern": EVIL, "is_regex": True}, sender(EVIL)))
    assert "The type of evil.example is no regular expression. Declared: a regular expression." in [each.message for each in found]


@pytest.mark.parametrize(("options", "end"), [({"state": "absent"}, "absent"), ({"expires": PAST}, f"until {PAST}")])
def test_unwanted_entries_are_reported_once_each(options, end):
    rows = [sender(EVIL, number, comments=str(number)) for number in (1, 2)]
    found = judge(AUDIT, declared({"pattern": EVIL, **options}, *rows))
    assert [(each.rule, each.match.declared) for each in found] == [("ES-BLOCK-004", end)] * 2


def test_ineffective_blocks_count_content_policies():
    policies = [{"id": live_id(9), "name": "Gift cards", "pattern": "gift cards", "targets": ["BODY"], "enabled": True}]
    world = World({NAME: [sender(EVIL), sender("bad.example", 2)], "content_policies": policies}, domains=[domain(drop_dispositions=[])])
    [found] = judge(AUDIT, world)
    assert found.message == "No live domain acts on MALICIOUS, so mail is delivered in spite of 2 blocked senders and 1 content policy."


def test_ineffective_blocks_of_an_empty_list_are_not_reported_here():
    policies = [{"id": live_id(9), "name": "Gift cards", "pattern": "gift cards", "targets": ["BODY"], "enabled": True}]
    assert judge(AUDIT, World({NAME: [], "content_policies": policies}, domains=[])) == []


@given(
    st.sets(st.sampled_from(PATTERNS)),
    st.dictionaries(st.sampled_from(PATTERNS), st.sampled_from([{}, {"state": "absent"}, {"expires": PAST}, {"expires": FUTURE}])),
)
def test_drift_of_any_lists(live_patterns, wanted):
    """Independent of the plan: an entry is there or not, and it is wanted, unwanted or not declared."""
    rows = [sender(pattern, number, pattern_type="DOMAIN") for number, pattern in enumerate(sorted(live_patterns))]
    found = judge(AUDIT, World({NAME: rows}, {NAME: [{"pattern": pattern, **options} for pattern, options in wanted.items()]}))
    ended = {pattern for pattern, options in wanted.items() if options in ({"state": "absent"}, {"expires": PAST})}
    expected = {
        *(("ES-BLOCK-001", pattern) for pattern in wanted.keys() - ended - live_patterns),
        *(("ES-BLOCK-002", pattern) for pattern in live_patterns - wanted.keys()),
        *(("ES-BLOCK-004", pattern) for pattern in live_patterns & ended),
    }
    assert {(each.rule, pattern) for each in found for pattern in PATTERNS if pattern in each.message} == expected


@given(st.sampled_from(["EMAIL", "DOMAIN", "IP", "UNKNOWN"]), st.sampled_from([None, "EMAIL", "DOMAIN"]), st.booleans())
def test_type_differs_if_it_is_declared_and_another_one(live_type, declared_type, is_regex):
    pattern = ".*@evil\\.example$" if is_regex else "ada@evil.example" if declared_type == "EMAIL" else EVIL
    entry = {"pattern": pattern, "is_regex": is_regex, **({"pattern_type": declared_type} if declared_type else {})}
    found = rules(AUDIT, declared(entry, sender(pattern, is_regex=is_regex, pattern_type=live_type)))
    assert found == ([("ES-BLOCK-003", "medium")] if declared_type not in (None, live_type) else [])


def test_work_for_many_entries_is_linear():
    def work(count: int) -> int:
        rows = [sender(f"b{number}.example", number) for number in range(count)]
        networks = [sender(f"198.{18 + number % 2}.{number // 256 % 256}.{number % 256}", count + number, pattern_type="IP") for number in range(count // 10)]
        gateways = [domain(f"d{number}.example", ip_restrictions=[f"192.0.{number % 256}.0/24"]) for number in range(100)]
        world = World({NAME: [*rows, *networks, regex(r"@evil\.example$")]}, {NAME: []}, domains=gateways)
        return calls_in(lambda: judge(AUDIT, world))

    # The first call fills caches.
    work(10)
    assert work(2000) < 12 * work(200)
