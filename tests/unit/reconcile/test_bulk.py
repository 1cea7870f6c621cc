"""What is declared, what it takes, and what is told of it: without a server."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import ApiError, InvalidOptionError
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.bulk import _is_batch_worth_it, bulk_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.errors import ChangeError
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.index import LiveIndex
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.operation import Operation
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.plan import make_plan, plan_digest, refuse_unsafe
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.results import bulk_result
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN
from ansible_collections.mailops.cloudflare.tests.unit.support import LIVE
from hypothesis import given
from hypothesis import strategies as st

FOUR_LISTS = {"allowed_delivery_modes": ["DIRECT"], "drop_dispositions": ["SPAM"], "ip_restrictions": [], "regions": ["DE"]}
HOPS = {"lookback_hops": {"before": 1, "after": 2}}


def numbered(number, **differing):
    return {**LIVE, "id": f"5e0a4f6e-7b9d-4d0e-8a51-{number:012x}", "domain": f"d{number}.example", **differing}


ACCOUNT = [numbered(number) for number in range(4)]


def live_index(*live):
    return LiveIndex(live or ACCOUNT, str)


def desired_objects(*entries, **options):
    return bulk_from_options({"domains": list(entries), **options}).desired_objects


def planned(*entries, live=ACCOUNT, **options):
    return make_plan(desired_objects(*entries, **options), live_index(*live))


def refusal(*entries, **options):
    with pytest.raises(InvalidOptionError) as caught:
        desired_objects(*entries, **options)
    return str(caught.value)


class TestDeclaring:
    def test_defaults_are_for_those_that_do_not_say_otherwise(self):
        [first, second] = desired_objects(
            {"domain": "d1.example"}, {"domain": "d2.example", "lookback_hops": 5}, defaults={"lookback_hops": 2, "regions": ["DE"]}
        )
        assert first.settings == {"domain": "d1.example", "lookback_hops": 2, "regions": ["DE"]}
        assert second.settings == {"domain": "d2.example", "lookback_hops": 5, "regions": ["DE"]}

    def test_what_is_cleared_outranks_a_default_value_and_the_other_way_round(self):
        assert desired_objects({"domain": "d1.example", "clear": ["folder"]}, defaults={"folder": "Inbox"})[0].settings["folder"] is None
        assert desired_objects({"domain": "d1.example", "folder": "Inbox"}, defaults={"clear": ["folder"]})[0].settings["folder"] == "Inbox"

    def test_a_list_that_is_cleared_and_its_default(self):
        network = ["192.0.2.0/24"]
        [cleared] = desired_objects({"domain": "d1.example", "clear": ["ip_restrictions"]}, defaults={"ip_restrictions": network})
        [given] = desired_objects({"domain": "d1.example", "ip_restrictions": network}, defaults={"clear": ["ip_restrictions"]})
        [inherited] = desired_objects({"domain": "d1.example"}, defaults={"clear": ["ip_restrictions"]})
        # Said with the domain, so it was not the clear of the defaults that emptied it.
        [emptied] = desired_objects({"domain": "d1.example", "ip_restrictions": []}, defaults={"clear": ["ip_restrictions"]})
        assert [desired.settings["ip_restrictions"] for desired in (cleared, given, inherited, emptied)] == [[], network, [], []]
        assert [desired.cleared for desired in (cleared, given, inherited, emptied)] == [{"ip_restrictions"}, set(), {"ip_restrictions"}, set()]

    def test_a_domain_that_goes_has_no_settings(self):
        assert desired_objects({"domain": "d1.example", "state": "absent"}, defaults={"lookback_hops": 2})[0].settings == {"domain": "d1.example"}

    def test_a_default_that_is_wrong_is_told_once(self):
        assert refusal({"domain": "d1.example"}, {"domain": "d2.example"}, defaults={"lookback_hops": 0}).count("lookback_hops") == 1

    def test_all_that_is_wrong_is_told_at_once_entry_by_entry(self):
        words = refusal({"domain": "d1.example", "lookback_hops": 99}, {"domain": "fine.example"}, {"domain_id": "no"}, concurrency=11, expected_plan=" ")
        for part in ("domains[0] (d1.example): lookback_hops is 99", "domains[2] (no): domain_id", "concurrency is 11", "expected_plan is empty"):
            assert part in words
        assert "fine.example" not in words

    def test_of_a_thousand_mistakes_the_first_are_told(self):
        words = refusal(*({"domain": f"d{number}.example", "lookback_hops": 0} for number in range(1000)))
        assert "domains[19]" in words
        assert "domains[20]" not in words
        assert words.endswith("And 980 more.")

    @pytest.mark.parametrize("copied", ["EXAMPLE.com", "example.com.", " example.com"])
    def test_the_same_name_twice(self, copied):
        assert "example.com is declared twice" in refusal({"domain": "example.com"}, {"domain": copied})

    def test_the_same_id_twice(self):
        assert "7 is declared twice" in refusal({"domain_id": "7"}, {"domain_id": "7", "domain": "other.example"})

    def test_ids_and_names_apart_are_no_twins(self):
        assert len(desired_objects({"domain": "d1.example"}, {"domain_id": "7"}, {"domain_id": "8"}, {"domain": "d2.example"})) == 4

    @pytest.mark.parametrize("mode", ["auto", "always", "never"])
    def test_batch_mode_and_the_plan_are_kept(self, mode):
        fleet = bulk_from_options({"domains": [], "batch": mode, "expected_plan": f" {'AB' * 32} ", "concurrency": 1})
        assert (fleet.batch, fleet.expected_plan, fleet.concurrency) == (mode, "ab" * 32, 1)


class TestPlan:
    def test_each_is_compared_with_the_account(self):
        plan = planned(
            {"domain": "D1.example.", "lookback_hops": 2},
            {"domain_id": ACCOUNT[2]["id"].upper(), "state": "absent"},
            {"domain": "new.example", **FOUR_LISTS},
            {"domain": "d3.example", "lookback_hops": 1},
        )
        assert [one.change.action for one in plan] == ["update", "delete", "create", "none"]
        assert [one.label for one in plan] == ["d1.example", "d2.example", "new.example", "d3.example"]
        assert plan[0].change.changes == HOPS

    def test_one_that_cannot_be_is_alone_with_that(self):
        plan = planned({"domain": "new.example"}, {"domain": "d1.example", "lookback_hops": 2}, {"domain_id": "7"})
        assert [one.failure and one.failure.kind for one in plan] == ["not_found", None, "not_found"]
        assert plan[2].label == "7"

    def test_two_live_domains_of_one_name(self):
        [one] = planned({"domain": "d1.example", "lookback_hops": 2}, live=[numbered(1), numbered(9, domain="D1.example.")])
        assert one.failure.kind == "conflict"
        assert numbered(9)["id"] in str(one.failure)

    def test_of_two_live_domains_of_one_name_the_id_says_which(self):
        [one] = planned({"domain_id": numbered(9)["id"], "lookback_hops": 2}, live=[numbered(1), numbered(9, domain="d1.example")])
        assert one.label == f"d1.example ({numbered(9)['id']})"

    def test_an_id_and_a_name_to_remove_that_do_not_belong_together(self):
        [one] = planned({"domain_id": ACCOUNT[1]["id"], "domain": "d2.example", "state": "absent"})
        assert "the domain with the id 5e0a4f6e-7b9d-4d0e-8a51-000000000001 is d1.example, not d2.example" in str(one.failure)

    def test_one_live_domain_by_name_and_by_id(self):
        with pytest.raises(InvalidOptionError, match=r"d1\.example and the domain with the id .* are one live domain"):
            planned({"domain": "d1.example"}, {"domain_id": ACCOUNT[1]["id"]})

    def test_a_live_domain_without_a_name_is_called_by_its_id(self):
        [one] = planned({"domain_id": "7", "lookback_hops": 2}, live=[{"id": 7}])
        assert (one.label, one.change.action) == ("7", "update")


class TestUnsafe:
    @pytest.mark.parametrize(
        "options",
        [
            {"entry": {"ip_restrictions": []}},
            {"defaults": {"ip_restrictions": []}},
            {"entry": {"ip_restrictions": []}, "defaults": {"clear": ["ip_restrictions"]}},
            {"entry": {"ip_restrictions": []}, "defaults": {"ip_restrictions": ["192.0.2.0/24"]}},
        ],
    )
    def test_a_list_that_would_be_emptied_fails_its_domain_alone(self, options):
        entry = {"domain": "d1.example", "lookback_hops": 2, **options.get("entry", {})}
        plan = refuse_unsafe(planned(entry, {"domain": "d2.example", "lookback_hops": 2, "ip_restrictions": ["192.0.2.10"]}, defaults=options.get("defaults")))
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
    def test_what_is_meant_or_no_change(self, entry, differing, action):
        [each] = refuse_unsafe(planned({"domain": "d1.example", **entry}, live=[numbered(1, **differing)]))
        assert (each.failure, each.change.action) == (None, action)

    def test_a_new_domain_may_be_open(self):
        [each] = refuse_unsafe(planned({"domain": "new.example", **FOUR_LISTS, "drop_dispositions": []}))
        assert (each.failure, each.change.action) == (None, "create")


class TestDigest:
    entries = ({"domain": "d1.example", "lookback_hops": 2, "folder": "Inbox"}, {"domain": "d2.example", "state": "absent"})

    def digest(self, *entries, live=ACCOUNT):
        return plan_digest(planned(*entries, live=live), "0" * 32)

    def test_the_order_does_not_count(self):
        assert self.digest(*self.entries) == self.digest(*reversed(self.entries), live=[*reversed(ACCOUNT)])

    def test_what_is_unsafe_counts_alike_in_an_audit_and_in_a_task_that_writes(self):
        plan = planned({"domain": "d1.example", "ip_restrictions": []}, {"domain": "d2.example", "lookback_hops": 2})
        assert plan[0].change.changes == {"ip_restrictions": {"before": ["192.0.2.10/32"], "after": []}}
        assert plan_digest(plan, "0" * 32) == plan_digest(refuse_unsafe(plan), "0" * 32)
        assert plan_digest(plan, "0" * 32) != self.digest({"domain": "d1.example", "clear": ["ip_restrictions"]}, {"domain": "d2.example", "lookback_hops": 2})

    def test_how_networks_are_written_does_not_count(self):
        split, joined = ["192.0.2.0/25", "192.0.2.128/25"], ["192.0.2.0/24"]
        digests = {
            self.digest({"domain": "d1.example", "ip_restrictions": declared}, live=[numbered(1, ip_restrictions=before)])
            for declared in (["198.51.100.0/25", "198.51.100.128/25"], ["198.51.100.0/24"])
            for before in (split, joined)
        }
        assert len(digests) == 1

    def test_what_is_not_declared_does_not_count(self):
        other = [{**live, "regions": ["AU"], "status": "FAILED", "modified_at": "now"} for live in ACCOUNT[:2]] + ACCOUNT[2:]
        assert self.digest(*self.entries) == self.digest(*self.entries, live=other)

    def test_neither_does_a_domain_with_nothing_to_do(self):
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
    def test_anything_else_to_do_is_another_plan(self, entries):
        assert self.digest(*entries) != self.digest(*self.entries)

    def test_another_state_before_is_another_plan(self):
        assert self.digest(*self.entries) != self.digest(*self.entries, live=[*ACCOUNT[:1], numbered(1, lookback_hops=9), *ACCOUNT[2:]])

    @given(st.permutations(range(4)), st.permutations(range(4)))
    def test_no_order_counts(self, declared, live):
        entries = [{"domain": f"d{number}.example", "lookback_hops": 2 + number} for number in declared]
        assert self.digest(*entries, live=[ACCOUNT[number] for number in live]) == self.digest(*sorted(entries, key=str))


class TestReport:
    def told(self, *entries, stop=None, ended=(), live=ACCOUNT):
        """The report after a run in which what is in C(ended) has come to its end: with the error given, or as asked."""
        plan = planned(*entries, live=live)
        operations = {one.label: Operation(DOMAIN, one.change, one.live) for one in plan if one.change.action != "none"} if ended or stop else {}
        for label, error in dict(ended).items():
            if error is None:
                operations[label].write(
                    lambda operation: {**(operation.live or {}), **operation.body, "id": "42"} if operation.change.action != "delete" else None
                )
            else:
                operations[label].fail(error)
        return bulk_result(plan, live_index(*live), operations, stop)

    def test_nothing_to_do(self):
        result = self.told({"domain": "d1.example", "lookback_hops": 1})
        assert (result["changed"], result["results"], result["diff"]["before"], result["diff"]["after"]) == (False, [], {}, {})
        assert result["summary"] == {"total": 1, "unchanged": 1, "created": 0, "updated": 0, "deleted": 0, "failed": 0, "not_reached": 0, "waived": 0}
        assert result["undeclared"] == ["d0.example", "d2.example", "d3.example"]
        assert "failed" not in result

    entries = ({"domain": "d1.example", "lookback_hops": 2}, {"domain": "d2.example", "state": "absent"}, {"domain": "new.example", **FOUR_LISTS})

    def test_check_mode_says_what_the_run_says(self):
        check, run = self.told(*self.entries), self.told(*self.entries, ended={"d1.example": None, "d2.example": None, "new.example": None})
        assert {**run, "new_ids": {}} == check
        assert run["new_ids"] == {"new.example": "42"}
        assert [(entry["domain"], entry["action"]) for entry in run["results"]] == [
            ("d1.example", "update"),
            ("d2.example", "delete"),
            ("new.example", "create"),
        ]
        assert [entry["id"] for entry in run["results"]] == [ACCOUNT[1]["id"], ACCOUNT[2]["id"], None]
        assert run["diff"]["before"]["d1.example"] == {"lookback_hops": 1}
        assert set(run["diff"]["before"]) == {"d1.example", "d2.example"}
        assert set(run["diff"]["after"]) == {"d1.example", "new.example"}

    def test_one_failed(self):
        error = ApiError("invalid", "no such transport.")
        result = self.told(*self.entries, ended={"d1.example": error, "d2.example": None, "new.example": None})
        assert (result["failed"], result["changed"], "failure" in result) == (True, True, False)
        assert result["results"][0] | {"failure": None} == {
            "domain": "d1.example",
            "id": ACCOUNT[1]["id"],
            "action": "update",
            "changes": {},
            "failure": None,
            "msg": "no such transport.",
        }
        summary = {name: count for name, count in result["summary"].items() if count}
        assert summary == {"total": 3, "created": 1, "deleted": 1, "failed": 1}
        assert result["msg"] == "1 of 3 domains are not as declared. d1.example: no such transport. See results."
        assert "d1.example" not in result["diff"]["after"]

    def test_one_failed_and_may_have_changed(self):
        error = ChangeError(ApiError("network", "lost."), {"changed": True, "changes": HOPS})
        result = self.told(self.entries[0], ended={"d1.example": error})
        assert (result["changed"], result["results"][0]["changes"], result["diff"]["after"]) == (True, HOPS, {"d1.example": {"lookback_hops": 2}})

    def test_one_may_have_changed_in_ways_unknown(self):
        result = self.told(self.entries[0], ended={"d1.example": ChangeError(ApiError("network", "lost."), {"changed": True, "changes": {}})})
        assert result["changed"] is True

    def test_many_failed(self):
        entries = [{"domain": f"gone{number}.example"} for number in range(9)]
        result = self.told(*entries)
        assert result["msg"].startswith("9 of 9 domains are not as declared. gone0.example: Email Security has no gone0.example")
        assert result["msg"].endswith("And 6 more. See results.")

    def test_all_of_it_was_stopped(self):
        stop = ApiError("auth", "the token was revoked.", "Make another.")
        result = self.told(*self.entries, ended={"d1.example": None}, stop=stop)
        assert result["failure"]["kind"] == "auth"
        assert result["results"][1] == {
            "domain": "d2.example",
            "id": ACCOUNT[2]["id"],
            "action": "delete",
            "changes": {},
            "failure": {"kind": "auth"},
            "not_reached": True,
        }
        assert (result["summary"]["updated"], result["summary"]["failed"], result["summary"]["not_reached"]) == (1, 2, 2)
        assert result["msg"] == "the token was revoked. Make another. Changed before that: 1. Not reached: 2. See results."
        assert set(result["diff"]["after"]) == {"d1.example"}

    def test_refused_before_the_first_write(self):
        result = bulk_result(planned(*self.entries), live_index(), {}, ApiError("conflict", "another plan."))
        assert (result["changed"], result["summary"]["not_reached"], result["diff"]["after"]) == (False, 3, {})

    @pytest.mark.parametrize(("count", "header"), [(0, "0 mail domains"), (1, "1 mail domain"), (2, "2 mail domains")])
    def test_the_diff_says_how_many(self, count, header):
        diff = self.told(*self.entries[:count])["diff"]
        assert (diff["before_header"], diff["after_header"]) == (header, header)

    def test_undeclared_are_those_that_no_entry_is_about(self):
        live = [numbered(1), numbered(2), numbered(3), numbered(9, domain="d3.example"), {"id": 7}]
        result = self.told({"domain": "d1.example"}, {"domain_id": numbered(2)["id"]}, {"domain": "d3.example"}, live=live)
        assert result["undeclared"] == ["7"]

    def test_the_sum_is_right(self):
        summary = self.told(*self.entries, {"domain": "nowhere.example"}, {"domain": "d3.example"})["summary"]
        assert summary["total"] == sum(summary[name] for name in ("unchanged", "created", "updated", "deleted", "failed")) == 5


@pytest.mark.parametrize(
    ("mode", "writes", "pages", "wanted"),
    [
        ("auto", 0, 1, False),
        ("auto", 1, 1, False),
        ("auto", 2, 1, False),
        ("auto", 3, 1, True),
        ("auto", 3, 50, True),
        ("auto", 21, 20, False),
        ("auto", 21, 19, True),
        ("auto", 1001, 1, True),
        ("always", 1, 50, True),
        ("never", 1000, 1, False),
    ],
)
def test_batches_where_they_save_requests(mode, writes, pages, wanted):
    assert _is_batch_worth_it(mode, writes, pages) is wanted


def test_a_domain_is_to_be_present_unless_it_is_said_otherwise():
    assert [desired.state for desired in desired_objects({"domain": "a.example"}, {"domain": "b.example", "state": "absent"})] == ["present", "absent"]
