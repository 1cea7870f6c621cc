"""WaivedEntries: what waivers take out of the plan for a list."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.waived_entries import WaivedEntries, waived_entries_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.registry import DOMAIN_AUDIT
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.waivers import waivers_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.account_plan import account_digest, plan_list
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.index import LiveIndex
from ansible_collections.mailops.cloudflare.tests.unit.lists import allowed, blocked, declared, list_plan, live_id, person, synced

NOW = datetime(2026, 12, 31, 23, 59, tzinfo=timezone.utc)
REASON = {"reason": "known", "owner": "ops", "expires": "2026-12-31"}


def waived(name, entries, live, *waivers, now=NOW, **options):
    """The plan without what the waivers permit."""
    mistakes: list[str] = []
    found = waivers_from_options([{**REASON, **waiver} for waiver in waivers], DOMAIN_AUDIT, mistakes)
    assert mistakes == []
    return WaivedEntries(found, now).without_allowed(list_plan(name, entries, live, **options))


def pending(plan):
    return [(planned.label, planned.change.action, sorted(planned.change.changes)) for planned in plan.changes if planned.change.action != "none"]


def permitted(plan):
    return [(entry["entry"], entry["field"], entry["declared"], entry["live"]) for entry in plan.waived]


class TestUpdates:
    ENTRIES = ({"pattern": "a1.example", "is_acceptable_sender": True, "comments": "x"},)
    LIVE = (allowed(1, is_acceptable_sender=True, is_trusted_sender=True, verify_sender=False),)

    def test_field_that_is_waived_is_left_unchanged(self):
        plan = waived("allow_policies", list(self.ENTRIES), list(self.LIVE), {"entry": "a1.example", "field": "is_trusted_sender"})
        assert pending(plan) == [("a1.example", "update", ["comments", "verify_sender"])]
        assert permitted(plan) == [("a1.example", "is_trusted_sender", False, True)]
        assert plan.waived[0] | {"entry": None} == {
            "domain": None,
            "resource": "allow_policies",
            "entry": None,
            "field": "is_trusted_sender",
            "declared": False,
            "live": True,
            **REASON,
        }

    def test_rule_waives_only_the_fields_that_match_it(self):
        plan = waived("allow_policies", list(self.ENTRIES), list(self.LIVE), {"entry": "*", "rule": "ES-ALLOW-005"}, {"entry": "*", "rule": "ES-LIST-002"})
        assert pending(plan) == [("a1.example", "update", ["is_trusted_sender"])]

    def test_everything_is_waived(self):
        fields = ("is_trusted_sender", "verify_sender", "comments")
        plan = waived("allow_policies", list(self.ENTRIES), list(self.LIVE), *({"entry": "*", "field": field} for field in fields))
        assert (pending(plan), plan.has_changes) == ([], False)
        assert account_digest("x", [plan], []) == "x"

    @pytest.mark.parametrize(("live", "is_waived"), [(True, True), (False, False)])
    def test_only_the_permitted_live_value(self, live, is_waived):
        plan = waived("allow_policies", list(self.ENTRIES), list(self.LIVE), {"entry": "*", "field": "is_trusted_sender", "live": live})
        assert bool(plan.waived) is is_waived

    @pytest.mark.parametrize(("day", "is_waived"), [(datetime(2027, 1, 1, tzinfo=timezone.utc), False), (NOW, True)])
    def test_only_until_its_last_day(self, day, is_waived):
        plan = waived("allow_policies", list(self.ENTRIES), list(self.LIVE), {"entry": "*", "field": "comments"}, now=day)
        assert bool(plan.waived) is is_waived

    def test_duplicates_are_left_unchanged_as_well(self):
        live = [blocked(1), blocked(1, id=live_id(2))]
        plan = waived("block_senders", [{"pattern": "b1.example", "comments": "x"}], live, {"entry": "b1.example", "field": "comments"})
        assert (pending(plan), len(plan.waived)) == ([], 2)


class TestSeveralRules:
    """An entry that is declared by its id and has another pattern: the declared one is missing, and the live one is not declared."""

    ENTRIES = ({"id": live_id(1), "pattern": "declared.example"},)
    BOTH = ({"entry": "*", "rule": "ES-BLOCK-001", "expires": "2027-02-28"}, {"entry": "*", "rule": "ES-BLOCK-002", "expires": "2027-01-31"})

    @pytest.mark.parametrize(("waivers", "expires"), [(BOTH, "2027-01-31"), (BOTH[::-1], "2027-01-31"), (BOTH[:1], None), (BOTH[1:], None)])
    def test_each_must_be_waived_and_the_first_end_counts(self, waivers, expires):
        plan = waived("block_senders", list(self.ENTRIES), [blocked(1)], *waivers)
        assert [entry["expires"] for entry in plan.waived] == ([] if expires is None else [expires])
        assert (pending(plan) == []) is (expires is not None)


class TestExistence:
    @pytest.mark.parametrize(("rule_id", "is_waived"), [("ES-BLOCK-001", True), ("ES-BLOCK-002", False)])
    def test_missing_entry_is_not_created(self, rule_id, is_waived):
        plan = waived("block_senders", [{"pattern": "b1.example"}], [], {"entry": "b1.example", "rule": rule_id})
        assert (pending(plan) == []) is is_waived
        assert permitted(plan) == ([("b1.example", None, "present", None)] if is_waived else [])

    def test_unwanted_entry_is_not_removed(self):
        live = [blocked(1), blocked(1, id=live_id(2), comments="x")]
        plan = waived("block_senders", [{"pattern": "b1.example", "state": "absent"}], live, {"entry": "b1.example", "rule": "ES-BLOCK-004"})
        assert pending(plan) == []
        assert [entry[1:] for entry in permitted(plan)] == [(None, "absent", "present")] * 2

    def test_undeclared_entry_is_not_purged(self):
        live = [blocked(1), blocked(2)]
        plan = waived("block_senders", [], live, {"entry": "b1.example", "rule": "ES-BLOCK-002"}, purge=["block_senders"])
        assert pending(plan) == [("b2.example", "delete", ["comments", "is_regex", "pattern", "pattern_type"])]
        assert permitted(plan) == [("b1.example", None, None, "present")]
        assert plan.undeclared == ["b1.example", "b2.example"]

    def test_without_purge_an_undeclared_entry_is_not_a_difference(self):
        plan = waived("block_senders", [], [blocked(1)], {"entry": "*", "rule": "ES-BLOCK-002"})
        assert (pending(plan), plan.waived) == ([], ())

    def test_each_rule_on_an_undeclared_entry_must_be_waived(self):
        """An allow policy without flags matches none of them, so that no waiver keeps it."""
        for flags, count in (({}, 1), ({"is_trusted_sender": True}, 0)):
            plan = waived("allow_policies", [], [allowed(1, **flags)], {"entry": "*", "rule": "ES-ALLOW-001"}, purge=["allow_policies"])
            assert len(pending(plan)) == count

    def test_equal_duplicate_is_not_purged(self):
        live = [blocked(1), blocked(1, id=live_id(2))]
        plan = waived("block_senders", [{"pattern": "b1.example"}], live, {"entry": "b1.example", "rule": "ES-LIST-001"}, purge=["block_senders"])
        assert (pending(plan), len(plan.waived)) == ([], 1)


def test_failing_declarations_stay():
    waiver = {"entry": "*", "field": "name"}
    plan = waived("impersonation_registry", [{"email": "p2@example.com", "name": "Another"}], [synced(2)], waiver)
    assert [planned.failure.kind for planned in plan.declared] == ["conflict"]
    assert plan.waived == ()


def test_waivers_for_other_lists_and_for_domains_change_nothing():
    plan = list_plan("block_senders", [{"pattern": "b1.example"}], [])
    mistakes: list[str] = []
    others = [{"entry": "*", "resource": "allow_policies", "field": "comments"}, {"domain": "*", "rule": "ES-DOMAIN-001"}]
    waivers = waivers_from_options([{**REASON, **other} for other in others], DOMAIN_AUDIT, mistakes)
    assert WaivedEntries(waivers, NOW).without_allowed(plan) is plan


def test_result_does_not_depend_on_other_lists():
    """An undeclared person is judged by the own domains that are given, and not by those that another task happens to read."""
    options = {"waivers": [{**REASON, "entry": "*", "rule": "ES-VIP-003"}], "own_domains": ["example.com"]}
    allowed_entries = waived_entries_from_options(options, NOW)
    declaration = declared("impersonation_registry", [], purge=["impersonation_registry"])
    plan = plan_list(declaration, LiveIndex(declaration.collection.resource, [person(1)], str), allowed_entries)
    assert (pending(plan), len(plan.waived)) == ([], 1)
