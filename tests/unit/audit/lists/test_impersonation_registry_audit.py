"""The audit of the impersonation registry against a declaration."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.impersonation_registry_audit import AUDIT
from ansible_collections.mailops.cloudflare.tests.unit.audit.lists.judging import World, judge, rules
from ansible_collections.mailops.cloudflare.tests.unit.audit.lists.test_impersonation_registry_rules import (
    ADA,
    ADDRESS,
    NAME,
    declared,
    live,
    person,
    synced,
    wanted,
)
from ansible_collections.mailops.cloudflare.tests.unit.lists import PAST, blocked, live_id
from ansible_collections.mailops.cloudflare.tests.unit.work import calls_in
from hypothesis import given
from hypothesis import strategies as st

ADDRESSES = ["ada@example.com", "ada@mail.example.com", "ada@partner.example", "ada@gmail.com"]


def drift(world: World) -> list[tuple[str, str, str]]:
    """The rules on differences, with severity and direction."""
    return [(found.rule, found.severity, found.direction) for found in judge(AUDIT, world) if found.rule < "ES-VIP-101" and found.rule != "ES-VIP-002"]


@pytest.mark.parametrize(
    ("email", "expected"),
    [
        ("ada@example.com", ("low", "neutral")),
        ("ada@mail.example.com", ("low", "neutral")),
        ("ada@partner.example", ("medium", "weaker")),
        ("ada@notexample.com", ("medium", "weaker")),
    ],
)
def test_person_is_judged_by_where_the_address_is(email, expected):
    assert drift(declared([], person(email=email))) == [("ES-VIP-003", *expected)]
    assert drift(declared([wanted(email=email, state="absent")], person(email=email))) == [("ES-VIP-005", *expected)]


@pytest.mark.parametrize(
    ("pattern", "severity"),
    [
        (r"^ada@example\.com$", "low"),
        (r".*@example\.com$", "low"),
        (r".*@(mail\.)?example\.com$", "low"),
        (r".*example\.com$", "medium"),
        (r"@example\.com.*", "medium"),
        (r"@(example|partner)\.com$", "medium"),
        (r"ada.*", "medium"),
        ("(", "medium"),
    ],
)
def test_expression_is_judged_by_all_of_its_domains(pattern, severity):
    found = drift(declared([], person(email=pattern, is_email_regex=True)))
    assert [(rule, how_bad) for rule, how_bad, _direction in found] == [("ES-VIP-003", severity)]


def test_without_known_domains_no_address_is_known_to_be_own():
    assert drift(declared([], person(), own=[])) == [("ES-VIP-003", "medium", "weaker")]


def test_undeclared_people_are_only_judged_if_the_registry_is_declared():
    assert drift(live(person(), own=["example.com"])) == []


def test_synchronized_person_that_should_be_removed_is_reported():
    found = judge(AUDIT, declared([wanted(state="absent")], synced(), person("Ada King", number=2)))
    assert [(each.rule, each.match.declared) for each in found if each.rule == "ES-VIP-005"] == [("ES-VIP-005", "absent")] * 2


def test_person_declared_by_id_with_another_address():
    found = judge(AUDIT, declared([wanted(id=live_id(1), email="ada@mail.example.com")], person()))
    assert [(each.rule, each.match.field, each.message) for each in found if each.rule < "ES-VIP-101"] == [
        ("ES-VIP-001", "email", "ada@example.com is not in the registry as declared: ada@mail.example.com."),
        ("ES-VIP-003", "email", "ada@example.com is in the registry, but not declared."),
    ]


def test_person_declared_by_id_as_an_expression():
    found = judge(AUDIT, declared([wanted(id=live_id(1), is_email_regex=True)], person()))
    assert [each.message for each in found if each.rule == "ES-VIP-001"] == ["ada@example.com is not in the registry as declared: a regular expression."]


def test_second_name_of_an_address_is_missing_by_its_name():
    found = judge(AUDIT, declared([wanted(), wanted("Ada King")], person()))
    assert [each.message for each in found if each.rule == "ES-VIP-001"] == ["ada@example.com is not in the registry as declared: Ada King."]


@given(
    st.dictionaries(st.sampled_from(ADDRESSES), st.booleans()),
    st.dictionaries(st.sampled_from(ADDRESSES), st.sampled_from([{}, {"state": "absent"}, {"expires": PAST}])),
)
def test_drift_of_any_people(live_people, wanted_people):
    """Independent of the plan. The name of each person is the address, and the directory has some of them."""
    rows = [(synced if is_synced else person)(email, email, number) for number, (email, is_synced) in enumerate(live_people.items())]
    found = judge(AUDIT, declared([wanted(email, email, **options) for email, options in wanted_people.items()], *rows))
    ended = {email for email, options in wanted_people.items() if options}
    undeclared = {email for email, is_synced in live_people.items() if not is_synced and email not in wanted_people}
    own = {email for email in ADDRESSES if email.endswith("example.com")}
    expected = {
        *(("ES-VIP-001", "high", email) for email in wanted_people.keys() - ended - live_people.keys()),
        *(("ES-VIP-003", "low" if email in own else "medium", email) for email in undeclared),
        *(("ES-VIP-005", "low" if email in own else "medium", email) for email in ended & live_people.keys()),
        *(("ES-VIP-102", "high" if email == "ada@gmail.com" else "medium", email) for email in undeclared - own),
    }
    assert {(each.rule, each.severity, each.message.split()[0]) for each in found if each.rule not in ("ES-VIP-103", "ES-VIP-105")} == expected


@given(st.sampled_from([ADA, "Ada King", "ada lovelace"]), st.sampled_from([ADA, "Ada King"]), st.booleans())
def test_name_that_differs(declared_name, live_name, is_synced):
    found = rules(AUDIT, declared([wanted(declared_name)], synced(live_name) if is_synced else person(live_name)))
    expected = ("ES-VIP-104", "low") if is_synced else ("ES-VIP-004", "medium")
    assert [each for each in found if each[0] != "ES-VIP-105"] == ([expected] if declared_name != live_name else [])


def test_work_for_many_people_is_linear():
    def work(count: int) -> int:
        rows = [person(f"Person {number}", f"p{number}@example.com", number) for number in range(count)]
        senders = [blocked(10_000 + number, pattern=f"p{number}@evil.example") for number in range(count)]
        entries = [wanted(f"Person {number}", f"p{number}@partner.example") for number in range(count)]
        world = World({NAME: rows, "block_senders": senders}, {NAME: entries}, own=["example.com"])
        return calls_in(lambda: judge(AUDIT, world))

    # The first call fills caches.
    work(10)
    assert work(500) < 12 * work(50)


@pytest.mark.parametrize("row", [{}, {"email": None, "name": None}, {"email": 7, "name": []}, {"email": "x", "is_email_regex": "odd"}, {"email": ADDRESS}])
def test_odd_entry_is_no_error(row):
    judge(AUDIT, declared([wanted()], {"id": "1", **row}))
