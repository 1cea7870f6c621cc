"""What is judged of a list, with a toy audit: undeclared, missing, differing and unwanted entries, duplicates, and what the API does not change."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists import registry
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.entry import Account, EntryMatch, ListAudit
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.matching import ListMatcher
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.rule import Rule, SeverityCase, decided_by_check
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.registry import RESOURCES
from ansible_collections.mailops.cloudflare.tests.unit.lists import PAST, blocked, list_plan, live_id, person, synced

NOW = datetime(2026, 11, 28, tzinfo=timezone.utc)


def toy_rule(number: int, field: str | None = None) -> Rule:
    cases = (SeverityCase("critical", "it is worse", decided_by_check),)
    return Rule(f"ES-TOY-00{number}", "drift", field, "medium", "neutral", "A toy", "{subject}: {live}.", "A reason.", "A remedy.", cases)


UNDECLARED, MISSING, DIFFERING, UNWANTED, HEALTH, WHOLE = RULES = tuple(toy_rule(number, "pattern" if number == 5 else None) for number in range(1, 7))


def toy_audit(name: str, **more: Any) -> ListAudit:
    return ListAudit(
        RESOURCES[name]().resource,
        RULES,
        undeclared=lambda entry, account: [EntryMatch(UNDECLARED.id, live=entry.label)],
        missing=lambda desired, account: [EntryMatch(MISSING.id, "critical", declared=desired.label)],
        differing=lambda entry, field, declared, live, account: [EntryMatch(DIFFERING.id, None, field, declared, live, "stronger")],
        unwanted=lambda entry, account: [EntryMatch(UNWANTED.id, live=entry.label)],
        checks=(lambda entry, account: [EntryMatch(HEALTH.id, live=account.entries["x"] and entry.is_declared)],),
        list_checks=(lambda account: [(None, EntryMatch(WHOLE.id, live="whole"))],),
        **more,
    )


@pytest.fixture(autouse=True)
def _registered(monkeypatch):
    monkeypatch.setitem(registry.RULE_TABLES, "ES-TOY", lambda: RULES)


def matches(name, declared, live, *, is_declared=True, audit=None, **options):
    """By rule, the label, the field, the declared and the live value of each match; without the checks of each entry and of the list."""
    plan = list_plan(name, declared, live, **options)
    matcher = ListMatcher(audit or toy_audit(name), plan)
    found = list(matcher.find_matches(Account(NOW, entries={"x": [None]}), is_declared=is_declared))
    return [(match.rule_id, match.subject.label, match.field, match.declared, match.live) for match in found if match.rule_id not in (HEALTH.id, WHOLE.id)]


class TestBlockedSenders:
    def test_list_as_declared_has_no_difference(self):
        assert matches("block_senders", [{"pattern": "b1.example"}, {"pattern": "gone.example", "state": "absent"}], [blocked(1)]) == []

    def test_each_difference_is_judged_once(self):
        declared = [
            {"pattern": "b1.example", "comments": "SEC-1"},
            {"pattern": "b2.example", "pattern_type": "DOMAIN"},
            {"pattern": "b3.example", "state": "absent"},
            {"pattern": "b4.example", "expires": PAST},
            {"pattern": "new.example"},
        ]
        live = [blocked(number, pattern_type="UNKNOWN" if number == 2 else "DOMAIN") for number in range(1, 6)]
        assert matches("block_senders", declared, live) == [
            ("ES-LIST-002", "b1.example", "comments", "SEC-1", ""),
            (DIFFERING.id, "b2.example", "pattern_type", "DOMAIN", "UNKNOWN"),
            (UNWANTED.id, "b3.example", None, None, "b3.example"),
            (UNWANTED.id, "b4.example", None, None, "b4.example"),
            (MISSING.id, "new.example", None, "new.example", None),
            (UNDECLARED.id, "b5.example", None, None, "b5.example"),
        ]

    def test_every_live_entry_of_an_unwanted_key_is_judged(self):
        found = matches("block_senders", [{"pattern": "b1.example", "state": "absent"}], [blocked(1), blocked(1, id=live_id(2), comments="x")])
        assert [each[:2] for each in found] == [(UNWANTED.id, f"b1.example ({live_id(number)})") for number in (1, 2)]

    def test_equal_duplicates_are_one_finding_and_not_undeclared(self):
        [found] = matches("block_senders", [{"pattern": "b1.example"}], [blocked(1), blocked(1, id=live_id(2))], purge=["block_senders"])
        assert found[:2] == ("ES-LIST-001", "b1.example")
        assert found[4] == f"2 live blocked senders are named b1.example, and they are equal: {live_id(1)}, {live_id(2)}."

    def test_equal_duplicate_is_a_difference_although_it_is_declared(self):
        plan = list_plan("block_senders", [{"pattern": "b1.example"}], [blocked(1), blocked(1, id=live_id(2))])
        difference = ListMatcher(toy_audit("block_senders"), plan).duplicate_difference(plan.live_index.all[1])
        assert difference[:4] == ((f"b1.example ({live_id(2)})", "b1.example", "block_senders", False), None, "present", "present")
        assert [(match.rule_id, match.severity, match.declared, match.live) for match in difference.matches] == [("ES-LIST-001", "low", "present", "present")]

    @pytest.mark.parametrize(("count", "named", "more"), [(5, 5, ""), (6, 5, " and 1 more")])
    def test_equal_duplicates_are_named_up_to_a_limit(self, count, named, more):
        live = [blocked(1, id=live_id(number)) for number in range(1, count + 1)]
        [found] = matches("block_senders", [{"pattern": "b1.example"}], live)
        ids = ", ".join(live_id(number) for number in range(1, named + 1))
        assert found[4] == f"{count} live blocked senders are named b1.example, and they are equal: {ids}{more}."

    def test_equal_duplicates_that_differ_from_the_declaration(self):
        found = matches("block_senders", [{"pattern": "b1.example", "comments": "x"}], [blocked(1), blocked(1, id=live_id(2))])
        assert [rule_id for rule_id, *_rest in found] == ["ES-LIST-002", "ES-LIST-001", "ES-LIST-002"]

    def test_differing_duplicates_are_a_conflict_and_not_undeclared(self):
        [found] = matches("block_senders", [{"pattern": "b1.example"}], [blocked(1), blocked(1, id=live_id(2), comments="x")])
        assert found[:2] == ("ES-LIST-001", "b1.example")
        assert found[4] == f"2 live blocked senders are named b1.example, and they differ: {live_id(1)}, {live_id(2)}."

    def test_entry_that_is_declared_by_an_unknown_id_is_missing(self):
        found = matches("block_senders", [{"id": live_id(9), "comments": "x"}], [])
        assert found == [(MISSING.id, f"the blocked sender with the id {live_id(9)}", None, f"the blocked sender with the id {live_id(9)}", None)]

    def test_undeclared_list(self):
        assert matches("block_senders", [], [blocked(1)], is_declared=False) == []
        audit = toy_audit("block_senders", judges_undeclared=True)
        assert [found[0] for found in matches("block_senders", [], [blocked(1)], is_declared=False, audit=audit)] == [UNDECLARED.id]

    @pytest.mark.parametrize("number", [0, 3])
    def test_checks_judge_each_entry_and_the_list_once(self, number):
        plan = list_plan("block_senders", [{"pattern": "b0.example"}], [blocked(each) for each in range(number)])
        found = list(ListMatcher(toy_audit("block_senders"), plan).find_matches(Account(NOW, entries={"x": [None]}), is_declared=False))
        health = [match for match in found if match.rule_id == HEALTH.id]
        # The field is that of the rule. The first entry is declared, the others are not.
        assert [(match.field, match.live) for match in health] == [("pattern", each == 0) for each in range(number)]
        [whole] = [match for match in found if match.rule_id == WHOLE.id]
        assert whole.subject == ("block_senders", "block_senders", "block_senders", True)

    def test_severity_and_direction_are_those_of_the_match_or_else_of_the_rule(self):
        plan = list_plan("block_senders", [{"pattern": "a.example"}, {"pattern": "b1.example", "pattern_type": "DOMAIN"}], [blocked(1, pattern_type="IP")])
        found = ListMatcher(toy_audit("block_senders"), plan).find_matches(Account(NOW, entries={"x": [None]}), is_declared=True)
        by_rule = {match.rule_id: (match.severity, match.direction) for match in found}
        assert by_rule[MISSING.id] == ("critical", None)
        assert by_rule[DIFFERING.id] == ("medium", "stronger")


class TestPeople:
    def test_synchronized_people_are_not_undeclared(self):
        found = matches("impersonation_registry", [], [person(1), synced(2)])
        assert [each[:2] for each in found] == [(UNDECLARED.id, "p1@example.com")]

    def test_synchronized_person_that_differs_is_a_difference_without_a_rule(self):
        declared = [{"email": "p2@example.com", "name": "Another"}]
        plan = list_plan("impersonation_registry", declared, [synced(2)])
        matcher = ListMatcher(toy_audit("impersonation_registry"), plan)
        [difference] = matcher.differences(plan.declared[0], Account(NOW))
        assert (difference.field, difference.matches) == (None, [])
        assert "synchronized from a directory" in difference.live
        [entry] = matcher.entries
        assert (entry.is_synchronized, entry.is_declared, entry.planned.failure is None) == (True, True, False)

    def test_synchronized_person_that_is_to_be_absent_is_unwanted(self):
        found = matches("impersonation_registry", [{"email": "p2@example.com", "state": "absent"}], [synced(2), person(3, email="p2@example.com", name="B")])
        assert {each[:2] for each in found} == {(UNWANTED.id, "p2@example.com (Person 2)"), (UNWANTED.id, "p2@example.com (B)")}

    def test_synchronized_person_that_is_to_be_absent_by_its_id_is_unwanted(self):
        declared = [{"id": live_id(2), "state": "absent"}, {"id": live_id(9), "state": "absent"}]
        found = matches("impersonation_registry", declared, [synced(2), person(3, email="p2@example.com", name="B")])
        assert [each[:2] for each in found] == [(UNWANTED.id, "p2@example.com (Person 2)"), (UNDECLARED.id, "p2@example.com (B)")]

    def test_two_names_of_one_address_are_two_people(self):
        live = [person(1), person(2, email="p1@example.com", name="Other")]
        declared = [{"email": "p1@example.com", "name": name} for name in ("Person 1", "Other")]
        assert matches("impersonation_registry", declared, live) == []


def test_unknown_rule_is_a_defect():
    audit = toy_audit("block_senders")._replace(missing=lambda desired, account: [EntryMatch("ES-TOY-999")])
    with pytest.raises(KeyError):
        matches("block_senders", [{"pattern": "a.example"}], [], audit=audit)


def test_subject_of_a_missing_entry_is_named_by_the_first_part_of_its_key():
    plan = list_plan("block_senders", [{"pattern": ".*", "is_regex": True}], [])
    found = ListMatcher(toy_audit("block_senders"), plan).find_matches(Account(NOW, entries={"x": [None]}), is_declared=True)
    assert [match.subject for match in found if match.rule_id == MISSING.id] == [(".* (is_regex)", ".*", "block_senders", False)]


def test_subject_is_named_by_the_first_part_of_the_key():
    plan = list_plan("block_senders", [], [blocked(1, pattern=".*", is_regex=True), blocked(2, pattern=None)])
    found = ListMatcher(toy_audit("block_senders"), plan).find_matches(Account(NOW, entries={"x": [None]}), is_declared=True)
    names = {(match.subject.label, match.subject.name) for match in found if match.rule_id == UNDECLARED.id}
    assert names == {(".* (is_regex)", ".*"), (live_id(2), live_id(2))}
