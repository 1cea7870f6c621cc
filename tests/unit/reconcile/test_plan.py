"""The plan of an account and its digest."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import InvalidOptionError
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.plan import plan_digest, plan_mismatch, reject_unsafe
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.results import bulk_result
from ansible_collections.mailops.cloudflare.tests.unit.plans import ACCOUNT, FOUR_LISTS, HOPS, live_index, planned
from ansible_collections.mailops.cloudflare.tests.unit.support import numbered
from hypothesis import given
from hypothesis import strategies as st


class TestMakePlan:
    def test_each_domain_is_compared_with_the_account(self):
        plan = planned(
            {"domain": "D1.example.", "lookback_hops": 2},
            {"domain_id": ACCOUNT[2]["id"].upper(), "state": "absent"},
            {"domain": "new.example", **FOUR_LISTS},
            {"domain": "d3.example", "lookback_hops": 1},
        )
        assert [one.change.action for one in plan] == ["update", "delete", "create", "none"]
        assert [one.label for one in plan] == ["d1.example", "d2.example", "new.example", "d3.example"]
        assert plan[0].change.changes == HOPS

    def test_impossible_domain_fails_alone(self):
        plan = planned({"domain": "new.example"}, {"domain": "d1.example", "lookback_hops": 2}, {"domain_id": "7"})
        assert [one.failure and one.failure.kind for one in plan] == ["not_found", None, "not_found"]
        assert plan[2].label == "7"

    def test_ambiguous_name_is_a_conflict(self):
        [one] = planned({"domain": "d1.example", "lookback_hops": 2}, live=[numbered(1), numbered(9, domain="D1.example.")])
        assert one.failure.kind == "conflict"
        assert numbered(9)["id"] in str(one.failure)

    def test_id_selects_one_of_an_ambiguous_name(self):
        [one] = planned({"domain_id": numbered(9)["id"], "lookback_hops": 2}, live=[numbered(1), numbered(9, domain="d1.example")])
        assert one.label == f"d1.example ({numbered(9)['id']})"

    def test_removal_with_id_and_other_name_is_a_conflict(self):
        [one] = planned({"domain_id": ACCOUNT[1]["id"], "domain": "d2.example", "state": "absent"})
        assert "the domain with the id 5e0a4f6e-7b9d-4d0e-8a51-000000000001 is d1.example, not d2.example" in str(one.failure)

    def test_name_and_id_of_one_live_domain_are_refused(self):
        with pytest.raises(InvalidOptionError, match=r"d1\.example and the domain with the id .* are the same live domain"):
            planned({"domain": "d1.example"}, {"domain_id": ACCOUNT[1]["id"]})

    def test_nameless_domain_is_labelled_by_id(self):
        [one] = planned({"domain_id": "7", "lookback_hops": 2}, live=[{"id": 7}])
        assert (one.label, one.change.action) == ("7", "update")


class TestRejectUnsafe:
    @pytest.mark.parametrize(
        "options",
        [
            {"entry": {"ip_restrictions": []}},
            {"defaults": {"ip_restrictions": []}},
            {"entry": {"ip_restrictions": []}, "defaults": {"clear": ["ip_restrictions"]}},
            {"entry": {"ip_restrictions": []}, "defaults": {"ip_restrictions": ["192.0.2.0/24"]}},
        ],
    )
    def test_emptied_list_fails_its_domain_alone(self, options):
        entry = {"domain": "d1.example", "lookback_hops": 2, **options.get("entry", {})}
        plan = reject_unsafe(planned(entry, {"domain": "d2.example", "lookback_hops": 2, "ip_restrictions": ["192.0.2.10"]}, defaults=options.get("defaults")))
        assert [each.failure and each.failure.kind for each in plan] == ["unsafe", None]
        assert [each.change.action for each in plan] == ["none", "update"]
        assert bulk_result(plan, live_index(), {}, None)["undeclared"] == ["d0.example", "d3.example"]
        assert "d1.example: ip_restrictions is empty" in bulk_result(plan, live_index(), {}, None)["msg"]

    @pytest.mark.parametrize(
        ("entry", "differing", "action"),
        [
            ({"clear": ["ip_restrictions"]}, {}, "update"),
            ({"ip_restrictions": []}, {"ip_restrictions": None}, "none"),
            ({"ip_restrictions": []}, {"ip_restrictions": []}, "none"),
        ],
    )
    def test_cleared_or_equal_list_passes(self, entry, differing, action):
        [each] = reject_unsafe(planned({"domain": "d1.example", **entry}, live=[numbered(1, **differing)]))
        assert (each.failure, each.change.action) == (None, action)

    def test_new_domain_may_have_empty_lists(self):
        [each] = reject_unsafe(planned({"domain": "new.example", **FOUR_LISTS, "drop_dispositions": []}))
        assert (each.failure, each.change.action) == (None, "create")


class TestPlanDigest:
    entries = ({"domain": "d1.example", "lookback_hops": 2, "folder": "Inbox"}, {"domain": "d2.example", "state": "absent"})

    def digest(self, *entries, live=ACCOUNT):
        return plan_digest(planned(*entries, live=live), "0" * 32)

    def test_order_of_declaration_and_account_is_ignored(self):
        assert self.digest(*self.entries) == self.digest(*reversed(self.entries), live=[*reversed(ACCOUNT)])

    def test_unsafe_change_counts_alike_before_and_after_rejection(self):
        plan = planned({"domain": "d1.example", "ip_restrictions": []}, {"domain": "d2.example", "lookback_hops": 2})
        assert plan[0].change.changes == {"ip_restrictions": {"before": ["192.0.2.10/32"], "after": []}}
        assert plan_digest(plan, "0" * 32) == plan_digest(reject_unsafe(plan), "0" * 32)
        assert plan_digest(plan, "0" * 32) != self.digest({"domain": "d1.example", "clear": ["ip_restrictions"]}, {"domain": "d2.example", "lookback_hops": 2})

    def test_form_of_networks_is_ignored(self):
        split, joined = ["192.0.2.0/25", "192.0.2.128/25"], ["192.0.2.0/24"]
        digests = {
            self.digest({"domain": "d1.example", "ip_restrictions": declared}, live=[numbered(1, ip_restrictions=before)])
            for declared in (["198.51.100.0/25", "198.51.100.128/25"], ["198.51.100.0/24"])
            for before in (split, joined)
        }
        assert len(digests) == 1

    def test_undeclared_settings_are_ignored(self):
        other = [{**live, "regions": ["AU"], "status": "FAILED", "modified_at": "now"} for live in ACCOUNT[:2]] + ACCOUNT[2:]
        assert self.digest(*self.entries) == self.digest(*self.entries, live=other)

    def test_unchanged_domain_is_ignored(self):
        assert self.digest(*self.entries) == self.digest(*self.entries, {"domain": "d3.example", "lookback_hops": 1})

    @pytest.mark.parametrize(
        "entries",
        [
            (),
            entries[:1],
            ({**entries[0], "lookback_hops": 3}, entries[1]),
            ({"domain": "d1.example", "lookback_hops": 2}, entries[1]),
            ({**entries[0], "domain": "d3.example"}, entries[1]),
            (entries[0], {"domain": "d3.example", "state": "absent"}),
            (*entries, {"domain": "new.example", **FOUR_LISTS}),
        ],
    )
    def test_other_changes_give_another_digest(self, entries):
        assert self.digest(*entries) != self.digest(*self.entries)

    def test_other_live_values_give_another_digest(self):
        assert self.digest(*self.entries) != self.digest(*self.entries, live=[*ACCOUNT[:1], numbered(1, lookback_hops=9), *ACCOUNT[2:]])

    @given(st.permutations(range(4)), st.permutations(range(4)))
    def test_any_permutation_gives_the_same_digest(self, declared, live):
        entries = [{"domain": f"d{number}.example", "lookback_hops": 2 + number} for number in declared]
        assert self.digest(*entries, live=[ACCOUNT[number] for number in live]) == self.digest(*sorted(entries, key=str))


class TestPlanMismatch:
    ONE, OTHER = "1" * 64, "2" * 64

    def test_another_plan_is_a_conflict(self):
        error = plan_mismatch(self.ONE, self.OTHER, has_changes=True, others="the waivers")
        assert (error.kind, self.ONE in error.message, self.OTHER in error.message) == ("conflict", True, True)
        assert "the declared ones, the waivers have changed since" in error.hint

    @pytest.mark.parametrize(("expected", "has_changes"), [(None, True), ("1" * 64, True), ("2" * 64, False)])
    def test_approved_or_empty_plan_passes(self, expected, has_changes):
        assert plan_mismatch(self.ONE, expected, has_changes=has_changes, others="the waivers") is None
