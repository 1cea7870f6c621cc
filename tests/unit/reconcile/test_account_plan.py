"""The plan for a list: what is declared, undeclared, kept and removed by purge; and the digest of all plans."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import ApiError, InvalidOptionError
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.account_plan import account_digest, plan_list, read_list
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.index import LiveIndex
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.allow_policies import AllowPolicies
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.block_senders import BlockSenders
from ansible_collections.mailops.cloudflare.tests.unit.lists import PAST, allowed, blocked, declared, list_plan, live_id, path, person, synced
from ansible_collections.mailops.cloudflare.tests.unit.support import ACCOUNT, Clock, client, listed, refused
from ansible_collections.mailops.cloudflare.tests.unit.work import calls_in

PURGE = {"purge": ["all"]}


def block(*numbers, live, **options):
    return list_plan("block_senders", [{"pattern": f"b{number}.example"} for number in numbers], live, **options)


def people(*entries, live, **options):
    return list_plan("impersonation_registry", [{"email": email, "name": name} for email, name in entries], live, **options)


def purged(plan):
    return [(planned.label, planned.change.action, planned.live["id"]) for planned in plan.purged]


class TestUndeclared:
    def test_undeclared_entries_are_named_and_stay(self):
        plan = block(1, live=[blocked(3), blocked(1), blocked(2)])
        assert (plan.undeclared, plan.purged, plan.has_changes) == (["b2.example", "b3.example"], [], False)

    def test_empty_declaration_leaves_everything_undeclared(self):
        assert block(live=[blocked(1)]).undeclared == ["b1.example"]

    def test_purge_removes_them(self):
        plan = block(1, live=[blocked(1), blocked(2)], **PURGE)
        assert purged(plan) == [("b2.example", "delete", live_id(2))]
        assert (plan.undeclared, plan.has_changes, plan.removable) == (["b2.example"], True, 2)

    def test_entry_that_is_declared_absent_is_not_undeclared(self):
        plan = list_plan("block_senders", [{"pattern": "b1.example", "state": "absent"}, {"pattern": "b2.example", "expires": PAST}], [blocked(1)], **PURGE)
        assert ([planned.change.action for planned in plan.declared], plan.undeclared, plan.purged) == (["delete", "none"], [], [])

    def test_entry_selected_by_its_id_is_declared(self):
        live = [blocked(1), blocked(2, pattern="b1.example", comments="x")]
        plan = list_plan("block_senders", [{"id": live_id(2).upper(), "comments": "y"}], live, **PURGE)
        assert [planned.change.action for planned in plan.declared] == ["update"]
        assert purged(plan) == [(f"b1.example ({live_id(1)})", "delete", live_id(1))]

    def test_entry_that_an_id_no_longer_selects_is_not_purged(self):
        """Its declaration fails, and what it means is unknown."""
        plan = list_plan("block_senders", [{"id": live_id(9), "pattern": "b1.example"}], [blocked(1)], **PURGE)
        assert [planned.failure.kind for planned in plan.declared] == ["not_found"]
        assert (plan.undeclared, plan.purged) == ([], [])

    def test_entry_that_an_id_selects_by_mistake_is_not_purged(self):
        plan = list_plan("block_senders", [{"id": live_id(1), "pattern": "b9.example", "state": "absent"}], [blocked(1), blocked(2)], **PURGE)
        assert [planned.failure.kind for planned in plan.declared] == ["conflict"]
        assert plan.undeclared == ["b2.example"]

    def test_entries_that_are_in_conflict_are_not_purged(self):
        plan = block(1, live=[blocked(1), blocked(2, pattern="b1.example", comments="x"), blocked(3)], **PURGE)
        assert [planned.failure.kind for planned in plan.declared] == ["conflict"]
        assert purged(plan) == [("b3.example", "delete", live_id(3))]

    def test_entry_with_another_kind_of_pattern_is_undeclared(self):
        plan = block(1, live=[blocked(1, is_regex=True)], **PURGE)
        assert [planned.change.action for planned in plan.declared] == ["create"]
        assert plan.undeclared == ["b1.example (is_regex)"]

    def test_entry_without_an_id_is_named(self):
        assert list_plan("block_senders", [], [{"id": 7}, {"pattern": "x.example"}]).undeclared == ["7", "x.example"]


class TestKeep:
    def test_kept_entries_are_undeclared_and_stay(self):
        plan = block(1, live=[blocked(1), blocked(2), blocked(3)], keep={"block_senders": ["b2.*"]}, **PURGE)
        assert (plan.undeclared, plan.kept) == (["b2.example", "b3.example"], ["b2.example"])
        assert (purged(plan), plan.removable) == ([("b3.example", "delete", live_id(3))], 2)

    def test_declared_entries_are_not_kept(self):
        plan = block(1, live=[blocked(1)], keep={"block_senders": ["*"]}, **PURGE)
        assert (plan.kept, plan.removable) == ([], 1)

    def test_patterns_are_those_of_the_list(self):
        assert block(live=[blocked(1)], keep={"allow_policies": ["*"]}, **PURGE).kept == []


class TestDuplicates:
    EQUAL = [blocked(1, created_at="2026-02-01T00:00:00Z"), blocked(2, pattern="b1.example"), blocked(3, pattern="B1.example.")]

    def test_equal_ones_are_named(self):
        plan = block(1, live=self.EQUAL)
        assert plan.duplicates == [f"b1.example ({live_id(3)})", f"b1.example ({live_id(1)})"]
        assert (plan.undeclared, plan.has_changes) == ([], False)

    def test_purge_leaves_the_oldest(self):
        plan = block(1, live=self.EQUAL, **PURGE)
        assert [entry[2] for entry in purged(plan)] == [live_id(3), live_id(1)]

    def test_equal_ones_are_changed_together_unless_they_are_purged(self):
        entries = [{"pattern": "b1.example", "comments": "new"}]
        assert [planned.change.action for planned in list_plan("block_senders", entries, self.EQUAL).declared] == ["update"] * 3
        plan = list_plan("block_senders", entries, self.EQUAL, **PURGE)
        assert ([planned.change.action for planned in plan.declared], len(plan.purged)) == (["update"], 2)

    def test_undeclared_ones_are_all_undeclared(self):
        plan = block(live=self.EQUAL, **PURGE)
        assert (len(plan.undeclared), plan.duplicates, len(plan.purged)) == (3, [], 3)


class TestPeople:
    def test_synchronized_people_are_counted_and_stay(self):
        plan = people(("p1@example.com", "Person 1"), live=[person(1), synced(2), synced(3), person(4)], **PURGE)
        assert (plan.undeclared, plan.synchronized, plan.removable) == (["p4@example.com"], 2, 2)
        assert purged(plan) == [("p4@example.com", "delete", live_id(4))]

    def test_declared_synchronized_person_is_not_counted(self):
        plan = people(("p2@example.com", "Person 2"), live=[synced(2)], **PURGE)
        assert (plan.synchronized, plan.undeclared, plan.has_changes) == (0, [], False)

    def test_synchronized_duplicate_is_not_purged(self):
        live = [synced(1), synced(2, email="p1@example.com", name="Person 1"), person(3, email="p1@example.com", name="Person 1")]
        plan = people(("p1@example.com", "Person 1"), live=live, **PURGE)
        assert [entry[2] for entry in purged(plan)] == [live_id(3)]
        assert len(plan.duplicates) == 2

    def test_other_name_of_a_declared_person_is_undeclared(self):
        live = [person(1, email="p@example.com", name="Ann"), person(2, email="p@example.com", name="Bob")]
        plan = people(("p@example.com", "Ann"), live=live, **PURGE)
        assert purged(plan) == [("p@example.com (Bob)", "delete", live_id(2))]

    def test_new_name_is_an_update(self):
        plan = people(("p1@example.com", "New"), live=[person(1)], **PURGE)
        assert ([planned.change.action for planned in plan.declared], plan.purged) == (["update"], [])


def test_directions_count_purged_entries():
    plan = list_plan(
        "allow_policies", [{"pattern": "new.example"}, {"pattern": "a1.example"}], [allowed(1, is_trusted_sender=True), allowed(2), allowed(3)], **PURGE
    )
    assert plan.directions() == {"weaker": 1, "stronger": 3, "neutral": 0}


def test_entry_declared_twice_names_the_list():
    with pytest.raises(InvalidOptionError) as caught:
        list_plan("block_senders", [{"id": live_id(1)}, {"id": live_id(1), "pattern": "b2.example"}], [blocked(1)])
    assert str(caught.value).startswith("block_senders: ")


def test_work_for_the_plan_of_many_entries_is_linear():
    def work(count):
        live = [blocked(number) for number in range(count)]
        plans = []
        calls = calls_in(lambda: plans.append(block(*range(count // 2), live=live, **PURGE)))
        assert len(plans[0].purged) == count // 2
        return calls

    assert work(4000) < 11 * work(400)


class TestReadList:
    def test_list_is_read_once(self, script):
        script.expect("GET", path("block_senders"), listed(blocked(1)), query={"order": "pattern", "page": "1"})
        clock = Clock()
        clock.now = 7.0
        one = client(clock)
        one.now = lambda: 9.0
        index = read_list(BlockSenders(one))
        assert ([one["id"] for one in index.all], index.pages, index.read_at, index.account_id) == ([live_id(1)], 1, 7.0, ACCOUNT)

    def test_pages_are_counted_without_retries(self, script):
        rows = [blocked(number, pattern=f"b{number:04}.example") for number in range(1001)]
        script.expect("GET", path("block_senders"), refused(500)).expect("GET", path("block_senders"), listed(*rows[:1000], total=1001))
        script.expect("GET", path("block_senders"), listed(*rows[1000:], total=1001))
        index = read_list(BlockSenders(client()))
        assert (len(index.all), index.pages) == (1001, 2)

    def test_earlier_requests_do_not_count(self, script):
        one = client()
        script.expect("GET", path("allow_policies"), refused(500)).expect("GET", path("allow_policies"), listed())
        rows = [blocked(number, pattern=f"b{number:04}.example") for number in range(1001)]
        for page in (rows[:1000], rows[1000:]):
            script.expect("GET", path("block_senders"), listed(*page, total=1001))
        assert read_list(AllowPolicies(one)).pages == 1
        assert read_list(BlockSenders(one)).pages == 2


class TestDigest:
    EMPTY = "0" * 64
    LIVE = [blocked(number) for number in range(5)]

    def digest(self, *plans, failures=()):
        return account_digest(self.EMPTY, plans, failures)

    def test_without_changes_it_is_that_of_the_domains(self):
        assert self.digest() == self.digest(block(1, live=self.LIVE)) == self.EMPTY

    def test_order_does_not_count(self):
        one, other = block(7, 8, live=self.LIVE), block(8, 7, live=self.LIVE[::-1])
        policies = list_plan("allow_policies", [{"pattern": "x.example"}], [])
        assert self.digest(one, policies) == self.digest(policies, other)

    def test_each_difference_counts(self):
        plans = [
            block(7, live=self.LIVE),
            block(8, live=self.LIVE),
            block(7, 8, live=self.LIVE),
            block(0, 1, 2, 3, live=self.LIVE, **PURGE),
            block(0, 1, 2, live=self.LIVE, **PURGE),
            list_plan("block_senders", [{"pattern": "b7.example", "comments": "x"}], self.LIVE),
            list_plan("block_senders", [{"pattern": "b1.example", "comments": "x"}], self.LIVE),
            list_plan("trusted_domains", [{"pattern": "b7.example"}], []),
            block(1, live=[blocked(1), blocked(2, pattern="b1.example", comments="x")]),
            people(("a@example.com", "A"), ("a@example.com", "B"), live=[]),
        ]
        assert len({self.EMPTY, *(self.digest(plan) for plan in plans)}) == len(plans) + 1

    def test_which_settings_belong_together_counts(self):
        def two(first, second):
            entries = [{"email": "a@example.com", "name": "A", "comments": first}, {"email": "a@example.com", "name": "B", "comments": second}]
            return self.digest(list_plan("impersonation_registry", entries, []))

        assert two("x", "y") != two("y", "x")

    def test_domains_and_failures_count(self):
        plan = block(7, live=self.LIVE)
        error = ApiError("permission", "no")
        assert len({self.digest(plan), account_digest("1" * 64, [plan], []), self.digest(plan, failures=[("content_policies", error)])}) == 3
        assert self.digest(failures=[("a", error), ("b", error)]) == self.digest(failures=[("b", error), ("a", error)]) != self.EMPTY


def test_allowed_differences_are_not_a_part_of_the_plan():
    class Nothing:
        def without_allowed(self, plan):
            return plan._replace(declared=[], waived=({"entry": "b1.example"},))

    declaration = declared("block_senders", [{"pattern": "b1.example"}])
    plan = plan_list(declaration, LiveIndex(declaration.collection.resource, [], str), Nothing())
    assert (plan.has_changes, plan.waived) == (False, ({"entry": "b1.example"},))
    assert plan_list(declaration, LiveIndex(declaration.collection.resource, [], str)).has_changes is True


def test_undeclared_entries_are_those_that_are_named_and_those_from_a_directory():
    plan = list_plan("impersonation_registry", [{"email": "p1@example.com", "name": "Person 1"}], [person(1), person(2), synced(3)])
    assert [live["email"] for live in plan.undeclared_live] == ["p2@example.com", "p3@example.com"]
    assert (plan.undeclared, plan.synchronized) == (["p2@example.com"], 1)
