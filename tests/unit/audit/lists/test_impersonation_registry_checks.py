"""The checks of the impersonation registry."""

from __future__ import annotations

from datetime import timedelta

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.impersonation_registry_audit import AUDIT
from ansible_collections.mailops.cloudflare.tests.unit.audit.lists.judging import NOW, World, judge, rules
from ansible_collections.mailops.cloudflare.tests.unit.audit.lists.test_impersonation_registry_rules import (
    ADA,
    ADDRESS,
    FRESH,
    NAME,
    OLD,
    declared,
    live,
    person,
    regex,
    staff,
    synced,
    wanted,
)
from ansible_collections.mailops.cloudflare.tests.unit.lists import allowed, blocked, live_id
from hypothesis import given
from hypothesis import strategies as st


def of_rule(rule_id, world):
    return [found for found in rules(AUDIT, world) if found[0] == rule_id]


@pytest.mark.parametrize(
    ("pattern", "severity"),
    [
        (".*", "critical"),
        ("ada@.*", "critical"),
        (r"(ada@example\.com)?", "critical"),
        (r"@example\.com$|@.*", "critical"),
        (r".*@.*\.com$", "high"),
        (r".*\.co\.uk$", "high"),
        ("ada", "high"),
        (r"@bmw\.de$", None),
        (r"^ada@example\.com$", None),
        (r".*@example\.com", None),
        ("lovelace", None),
        ("(", None),
    ],
)
def test_expression_by_the_addresses_that_it_makes_genuine(pattern, severity):
    assert of_rule("ES-VIP-101", live(regex(pattern))) == ([("ES-VIP-101", severity)] if severity else [])


@given(st.text(alphabet="abcxyz", min_size=1, max_size=9), st.sampled_from(["@.*", r"@.*\.com$", r"@evil\.example$", ""]))
def test_expression_of_a_word_and_an_end(word, end):
    severity = {"@.*": "critical", r"@.*\.com$": "high", "": "high" if len(word) <= 5 else None}.get(end)
    assert of_rule("ES-VIP-101", live(regex(word + end))) == ([("ES-VIP-101", severity)] if severity else [])


@pytest.mark.parametrize(
    ("email", "own", "severity"),
    [
        ("ada@gmail.com", ["example.com"], "high"),
        ("ada@gmail.com", [], "high"),
        ("ada@partner.example", ["example.com"], "medium"),
        ("ada@example.com", ["example.com"], None),
        ("ada@mail.example.com", ["example.com"], None),
        # Which domains are yours is unknown.
        ("ada@partner.example", [], None),
    ],
)
@pytest.mark.parametrize("is_declared", [True, False])
def test_undeclared_address_elsewhere(email, own, severity, is_declared):
    """Also if nothing is declared at all."""
    world = World({NAME: [person(email=email)]}, {NAME: []} if is_declared else {}, own=own)
    assert of_rule("ES-VIP-102", world) == ([("ES-VIP-102", severity)] if severity else [])
    assert of_rule("ES-VIP-102", world._replace(live={NAME: [synced(email=email)]})) == []
    assert of_rule("ES-VIP-102", world._replace(declared={NAME: [wanted(email=email)]})) == []


@pytest.mark.parametrize(
    ("entry", "is_found"),
    [
        (wanted("Ada King"), True),
        (wanted(), False),
        # Declared by its id, also without a name.
        ({"id": live_id(1), "name": "Ada King"}, True),
        ({"id": live_id(1), "comments": "SEC-1"}, False),
        (wanted("Ada King", state="absent"), False),
    ],
)
def test_declared_name_of_a_person_from_a_directory(entry, is_found):
    assert of_rule("ES-VIP-104", declared([entry], synced())) == ([("ES-VIP-104", "low")] if is_found else [])
    # The API can change people who do not come from a directory.
    assert of_rule("ES-VIP-104", declared([entry], person())) == []


def test_undeclared_expression_of_a_mailbox_provider():
    assert of_rule("ES-VIP-102", live(regex(r"ada.*@gmail\.com$"), own=["example.com"])) == [("ES-VIP-102", "high")]
    # Without a fixed domain, ES-VIP-101 says what is wrong.
    assert rules(AUDIT, live(regex("ada@.*"), *staff(4), own=["example.com"])) == [("ES-VIP-101", "critical")]


@pytest.mark.parametrize("name", ["Ada Lovelace", "ADA LOVELACE", "Lovelace, Ada", "Ada  Lovelacé", "Ａｄａ Lovelace"])
def test_name_of_a_declared_person_with_another_address(name):
    world = declared([wanted()], person(), person(name, "ada@evil.example", 2))
    assert of_rule("ES-VIP-002", world) == [("ES-VIP-002", "critical")]


@pytest.mark.parametrize(
    "world",
    [
        declared([wanted()], person(), person("Ada King", "ada@evil.example", 2)),
        # The directory decides.
        declared([wanted()], person(), synced(email="ada@evil.example", number=2)),
        # The address is declared, for somebody else.
        declared(
            [wanted(), wanted("Grace Hopper", "grace@example.com")],
            person(),
            person("Grace Hopper", "grace@example.com", 2),
            person(ADA, "grace@example.com", 3),
        ),
        # Declared to be removed.
        declared([wanted(), {"email": "ada@evil.example", "state": "absent"}], person(), person(ADA, "ada@evil.example", 2)),
        # Nobody is declared.
        live(person(), person(ADA, "ada@evil.example", 2)),
        declared([{"email": ADDRESS, "state": "absent"}], person(), person(ADA, "ada@evil.example", 2)),
    ],
)
def test_name_that_is_no_finding(world):
    assert of_rule("ES-VIP-002", world) == []


PEOPLE = st.tuples(st.sampled_from([ADA, "lovelace, ada", "Grace Hopper", "Alan Turing"]), st.sampled_from(["a@x.example", "b@x.example", "c@x.example"]))


@given(st.sets(PEOPLE), st.sets(PEOPLE, max_size=4), st.booleans())
def test_names_of_any_people(declared_people, live_people, is_synced):
    rows = [(synced if is_synced else person)(name, email, number) for number, (name, email) in enumerate(sorted(live_people))]
    found = judge(AUDIT, declared([wanted(name, email) for name, email in sorted(declared_people)], *rows))

    def plain(name):
        return "ada lovelace" if name == "lovelace, ada" else name.lower()

    names, addresses = {plain(name) for name, _email in declared_people}, {email for _name, email in declared_people}
    expected = {(name, email) for name, email in live_people if plain(name) in names and email not in addresses and not is_synced}
    assert {(each.match.live, each.message.split()[0]) for each in found if each.rule == "ES-VIP-002"} == expected


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], [("ES-VIP-103", "high")]),
        (staff(1), [("ES-VIP-105", "medium")]),
        (staff(4), [("ES-VIP-105", "medium")]),
        (staff(5), []),
        # One person with several addresses and spellings of the name.
        ([*staff(3), person(), person("Lovelace, Ada", "a@x.example", 2), person("ADA LOVELACE", "b@x.example", 3)], [("ES-VIP-105", "medium")]),
        ([*staff(4), synced()], []),
        (staff(5, modified_at=OLD), [("ES-VIP-105", "low")]),
        (staff(5, modified_at=FRESH), []),
        (staff(5, created_at=OLD), [("ES-VIP-105", "low")]),
        (staff(5, created_at=OLD, modified_at=None), [("ES-VIP-105", "low")]),
        (staff(5, created_at=FRESH, modified_at=OLD), [("ES-VIP-105", "low")]),
        (staff(5, created_at=OLD, modified_at=FRESH), []),
        ([*staff(5, modified_at=OLD), person(modified_at=FRESH)], []),
        # When it was changed is unknown.
        ([*staff(5, modified_at=OLD), person()], []),
        ([*staff(5, modified_at=OLD), person(modified_at="soon")], []),
    ],
)
def test_registry_as_a_whole(rows, expected):
    assert rules(AUDIT, live(*rows)) == expected


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        (staff(1), "it has 1 person."),
        (staff(2, modified_at=OLD), "it has 2 people and no entry has changed since 2026-07-31."),
        (staff(5, modified_at="2026-01-02T01:00:00+02:00"), "no entry has changed since 2026-01-01."),
    ],
)
def test_registry_that_needs_a_review(rows, text):
    assert [found.message for found in judge(AUDIT, live(*rows))] == [f"The impersonation registry needs a review: {text}"]


@given(st.lists(st.integers(0, 240), min_size=1, max_size=8))
def test_registry_of_any_size_and_age(ages):
    rows = [person(f"P {n}", f"p{n}@x.example", n, modified_at=(NOW - timedelta(days=age)).isoformat()) for n, age in enumerate(ages)]
    expected = [("ES-VIP-105", "medium")] if len(ages) < 5 else [("ES-VIP-105", "low")] if min(ages) > 120 else []
    assert rules(AUDIT, live(*rows)) == expected


@pytest.mark.parametrize(
    ("others", "words"),
    [
        ({"block_senders": [blocked(8, pattern=ADDRESS)]}, "blocked"),
        ({"block_senders": [blocked(8, pattern=r"^Ada@example\.com$", is_regex=True)]}, "blocked"),
        ({"allow_policies": [allowed(8, pattern=ADDRESS, is_trusted_sender=True)]}, "exempt"),
        ({"allow_policies": [allowed(8, pattern=ADDRESS, is_acceptable_sender=True)]}, "exempt"),
        ({"allow_policies": [allowed(8, pattern=ADDRESS, is_exempt_recipient=True)]}, "exempt"),
        ({"block_senders": [blocked(8, pattern=ADDRESS)], "allow_policies": [allowed(9, pattern=ADDRESS, is_trusted_sender=True)]}, "blocked and exempt"),
        ({"block_senders": [blocked(8, pattern="grace@example.com")]}, None),
        ({"block_senders": [blocked(8, pattern="example.com")]}, None),
        ({"allow_policies": [allowed(8, pattern=ADDRESS)]}, None),
        ({}, None),
    ],
)
@pytest.mark.parametrize("make", [person, synced])
def test_address_in_other_lists(others, words, make):
    found = [found.match.live for found in judge(AUDIT, World({NAME: [make()], **others})) if found.rule == "ES-VIP-106"]
    assert found == ([words] if words else [])


@given(st.sets(st.sampled_from(["a", "b", "c", "d"])), st.sets(st.sampled_from(["a", "b", "c", "d"])), st.sets(st.sampled_from(["a", "b", "c", "d"])))
def test_addresses_in_any_lists(people, senders, policies):
    world = World(
        {
            NAME: [person(name, f"{name}@example.com", number) for number, name in enumerate(sorted(people))],
            "block_senders": [blocked(10 + number, pattern=f"{name}@example.com") for number, name in enumerate(sorted(senders))],
            "allow_policies": [allowed(20 + number, pattern=f"{name}@example.com", is_acceptable_sender=True) for number, name in enumerate(sorted(policies))],
        }
    )
    found = {each.message.split(", ")[1][0] for each in judge(AUDIT, world) if each.rule == "ES-VIP-106"}
    assert found == people & (senders | policies)
