"""The result of a task over an account. What operations end with is tested with the executor."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import ApiError
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.account_results import DomainsOutcome, account_result
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.bulk import Comparison, bulk_from_options, in_scope
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.change import NO_CHANGE
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.errors import ChangeError
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.operation import Operation
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.plan import make_plan
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN
from ansible_collections.mailops.cloudflare.tests.unit.lists import PAST, allowed, blocked, declared, list_plan, live_id, synced
from ansible_collections.mailops.cloudflare.tests.unit.plans import FOUR_LISTS, HOPS, live_index
from ansible_collections.mailops.cloudflare.tests.unit.support import numbered

AUTH, PERMISSION, NOT_ENTITLED = (ApiError(kind, f"{kind} refused.") for kind in ("auth", "permission", "not_entitled"))
NONE = {"created": [], "deleted": [], "purged": [], "updated": [], "failed": []}


def result_of(*plans, operations=None, unread=None, failing=None, stops=None, stop=None, refusal=None, check_mode=False, lists=None):
    return account_result(
        [plan.declaration for plan in plans] if lists is None else lists,
        plans,
        None,
        operations or {},
        unread=unread or {},
        failing=failing or {},
        stops=stops or {},
        stop=stop,
        refusal=refusal,
        check_mode=check_mode,
    )


def plan_of_all():
    """A list in which everything is to be done."""
    entries = [
        {"pattern": "b1.example"},
        {"pattern": "b2.example", "comments": "x"},
        {"pattern": "b3.example", "state": "absent"},
        {"pattern": "b4.example", "state": "absent"},
        {"pattern": "b5.example", "expires": PAST},
        {"pattern": "b6.example"},
        {"pattern": "b7.example"},
    ]
    live = [blocked(number) for number in (1, 2, 3, 8)] + [blocked(7, comments="a"), blocked(17, pattern="b7.example", comments="b")]
    return list_plan("block_senders", entries, live, purge=["all"])


def ended(planned, failure=None, action=None):
    operation = Operation(planned.desired.resource, planned.change, planned.live)
    operation.step, operation.failure = "end", failure
    operation.completed = planned.change if action is None else NO_CHANGE
    return operation


def by_label(plan):
    return {planned.label: planned for planned in plan.changes}


class TestPlanned:
    def test_results_are_by_action(self):
        result = result_of(plan_of_all(), check_mode=True)
        found = result["results"]["block_senders"]
        assert (found["created"], found["deleted"], found["purged"]) == (["b6.example"], ["b3.example"], ["b8.example"])
        assert found["updated"] == [{"name": "b2.example", "changes": {"comments": {"before": "", "after": "x"}}}]
        assert [(entry["name"], entry["action"], entry["failure"]["kind"], "changes" in entry) for entry in found["failed"]] == [
            ("b7.example", "none", "conflict", False)
        ]

    def test_summary_counts_every_declared_entry(self):
        assert result_of(plan_of_all())["summary"]["block_senders"] == {
            "total": 7,
            "unchanged": 3,
            "created": 1,
            "updated": 1,
            "deleted": 1,
            "purged": 1,
            "failed": 1,
            "not_reached": 0,
            "synced": 0,
        }

    def test_failed_entry_fails_the_task(self):
        result = result_of(plan_of_all())
        assert (result["failed"], result["changed"], "failure" in result) == (True, True, False)

    def test_unchanged_list_is_no_failure(self):
        result = result_of(list_plan("block_senders", [], []))
        assert (result["changed"], "failed" in result, result["results"], result["diff"]) == (False, False, {"block_senders": NONE}, [])

    def test_weaker_fields_are_named(self):
        plan = list_plan("allow_policies", [{"pattern": "a1.example", "is_trusted_sender": True, "comments": "x"}], [allowed(1)])
        [entry] = result_of(plan)["results"]["allow_policies"]["updated"]
        assert (entry["weaker"], set(entry["changes"])) == (["is_trusted_sender"], {"is_trusted_sender", "comments"})

    def test_labels_of_each_list_are_returned(self):
        live = [blocked(1), blocked(11, pattern="b1.example"), blocked(2), blocked(3)]
        plan = list_plan("block_senders", [{"pattern": "b1.example"}, {"pattern": "b9.example", "expires": PAST}], live, keep={"block_senders": ["b3*"]})
        people = list_plan("impersonation_registry", [], [synced(1)])
        result = result_of(plan, people)
        assert result["undeclared"] == {"block_senders": ["b2.example", "b3.example"], "impersonation_registry": []}
        assert result["duplicates"] == {"block_senders": [f"b1.example ({live_id(11)})"], "impersonation_registry": []}
        assert result["expired"] == {"block_senders": ["b9.example"], "impersonation_registry": []}
        assert result["kept"] == {"block_senders": ["b3.example"], "impersonation_registry": []}
        assert (result["summary"]["impersonation_registry"]["synced"], result["summary"]["block_senders"]["synced"]) == (1, 0)


class TestDone:
    def test_what_was_done_is_reported(self):
        plan = plan_of_all()
        operations = {id(planned): ended(planned) for planned in plan.changes if planned.change.action != "none"}
        assert result_of(plan, operations=operations) == result_of(plan)

    def test_someone_else_was_faster(self):
        plan = plan_of_all()
        planned = by_label(plan)
        operations = {id(one): ended(one) for one in plan.changes if one.change.action != "none"}
        for label in ("b3.example", "b8.example"):
            operations[id(planned[label])] = ended(planned[label], action="none")
        result = result_of(plan, operations=operations)
        assert (result["results"]["block_senders"]["deleted"], result["results"]["block_senders"]["purged"]) == ([], [])
        assert result["summary"]["block_senders"]["unchanged"] == 5

    def test_failed_change_is_reported(self):
        plan = list_plan("block_senders", [{"pattern": "b1.example"}], [])
        [planned] = plan.declared
        result = result_of(plan, operations={id(planned): ended(planned, ApiError("invalid", "refused."))})
        assert (result["failed"], result["changed"], result["diff"]) == (True, False, [])
        assert result["results"]["block_senders"]["failed"] == [
            {"name": "b1.example", "action": "create", "failure": ApiError("invalid", "").failure(), "msg": "refused."}
        ]

    @pytest.mark.parametrize("changes", [{}, {"comments": {"before": "", "after": "x"}}])
    def test_failure_after_a_change_is_a_change(self, changes):
        plan = list_plan("block_senders", [{"pattern": "b1.example", "comments": "x"}], [blocked(1)])
        [planned] = plan.declared
        error = ChangeError(ApiError("network", "lost."), {"changed": True, "changes": changes})
        result = result_of(plan, operations={id(planned): ended(planned, error)})
        [failed] = result["results"]["block_senders"]["failed"]
        assert (result["changed"], failed.get("changes", {}), len(result["diff"])) == (True, changes, bool(changes))


class TestNotReached:
    def test_stop_is_the_failure_of_the_task(self):
        plan = plan_of_all()
        planned = by_label(plan)["b6.example"]
        result = result_of(plan, operations={id(planned): ended(planned)}, stop=AUTH, stops={"block_senders": AUTH})
        assert (result["failed"], result["failure"]["kind"], result["changed"]) == (True, "auth", True)
        # What purge would have removed is not declared.
        assert result["summary"]["block_senders"]["not_reached"] == 2
        assert result["results"]["block_senders"]["created"] == ["b6.example"]
        assert (result["results"]["block_senders"]["updated"], "failure" in result["results"]["block_senders"]) == ([], False)

    def test_stop_of_a_list_is_its_failure(self):
        plan = list_plan("block_senders", [{"pattern": "b1.example"}], [])
        result = result_of(plan, stops={"block_senders": PERMISSION})
        assert (result["failed"], "failure" in result, result["changed"]) == (True, False, False)
        assert (result["results"]["block_senders"]["failure"]["kind"], result["results"]["block_senders"]["msg"]) == ("permission", "permission refused.")
        assert result["summary"]["block_senders"]["not_reached"] == 1

    def test_stopped_purge_fails_the_task(self):
        plan = list_plan("block_senders", [], [blocked(1)], purge=["all"])
        assert result_of(plan, stops={"block_senders": PERMISSION})["failed"] is True

    def test_refused_plan_is_shown_and_nothing_is_changed(self):
        plan = plan_of_all()
        planned = result_of(plan, check_mode=True)
        result = result_of(plan, refusal=ApiError("too_many_removals", "Nothing was written."))
        assert (result["changed"], result["failure"]["kind"]) == (False, "too_many_removals")
        for key in ("results", "summary", "diff"):
            assert result[key] == planned[key]
        assert result["msg"] == "Nothing was written. See results for what would be changed."


class TestUnread:
    LISTS = [declared("block_senders", [{"pattern": "b1.example"}, {"pattern": "b2.example"}])]

    @pytest.mark.parametrize("error", [PERMISSION, NOT_ENTITLED])
    def test_failing_list_is_named(self, error):
        result = result_of(lists=self.LISTS, unread={"block_senders": error}, failing={"block_senders": error})
        assert (result["skipped_resources"], result["failed"]) == ({"block_senders": error.kind}, True)
        assert "skipped" not in result
        assert result["results"] == {"block_senders": {**NONE, "failure": error.failure(), "msg": str(error)}}
        assert (result["summary"]["block_senders"]["total"], result["summary"]["block_senders"]["not_reached"]) == (2, 2)
        assert result["undeclared"] == result["duplicates"] == result["kept"] == {}
        assert result["expired"] == {"block_senders": []}

    def test_failure_of_the_only_list_is_said_once(self):
        result = result_of(lists=self.LISTS, unread={"block_senders": PERMISSION}, failing={"block_senders": PERMISSION}, stop=PERMISSION)
        assert result["results"]["block_senders"]["failure"]["kind"] == result["failure"]["kind"] == "permission"
        assert result["msg"].count("permission refused.") == 1

    def test_skipped_list_without_entries_is_no_failure(self):
        result = result_of(lists=[declared("content_policies", [])], unread={"content_policies": NOT_ENTITLED})
        assert (result["skipped_resources"], "failed" in result, result["results"]) == ({"content_policies": "not_entitled"}, False, {"content_policies": NONE})

    @pytest.mark.parametrize("kind", ["auth", "rate_limited", "network"])
    def test_unreachable_server_skips_nothing(self, kind):
        stop = ApiError(kind, "no.")
        result = result_of(lists=self.LISTS, unread={"block_senders": stop}, failing={"block_senders": stop}, stop=stop)
        assert (result["skipped_resources"], result["failure"]["kind"], result["results"]) == ({}, kind, {"block_senders": NONE})


class TestDomains:
    ENTRIES = [{"domain": f"d{number}.example", "lookback_hops": 2} for number in range(3)]
    NEW = {"domain": "new.example", **FOUR_LISTS}
    GONE = {"domain": "d3.example", "state": "absent"}

    def outcome(self, *entries, direction="neutral", **options):
        declaration = bulk_from_options(DOMAIN, {"domains": list(entries), **options})._replace(direction_of=lambda *_change: direction)
        index = live_index()
        whole = make_plan(declaration.desired_objects, index)
        plan = in_scope(whole, declaration.selected)
        return DomainsOutcome(declaration, Comparison(index, whole, plan, "0" * 64, {}), plan)

    def result(self, outcome, *plans, **options):
        defaults = {"unread": {}, "failing": {}, "stops": {}, "stop": None, "refusal": None, "check_mode": False}
        return account_result([plan.declaration for plan in plans], plans, outcome, {}, **{**defaults, **options})

    def test_results_have_the_form_of_those_of_lists(self):
        result = self.result(self.outcome(*self.ENTRIES[:1], self.NEW, self.GONE, {"domain": "missing.example"}))
        found = result["results"]["domains"]
        assert found["updated"] == [{"name": "d0.example", "id": numbered(0)["id"], "changes": HOPS}]
        assert (found["created"], found["deleted"], found["purged"]) == (["new.example"], ["d3.example"], [])
        [failed] = found["failed"]
        assert (failed["name"], failed["action"], failed["failure"]["kind"], "domain" in failed) == ("missing.example", "none", "not_found", False)
        assert result["summary"]["domains"] == {
            "total": 4,
            "unchanged": 0,
            "created": 1,
            "updated": 1,
            "deleted": 1,
            "purged": 0,
            "failed": 1,
            "not_reached": 0,
            "synced": 0,
            "waived": 0,
        }
        assert (result["changed"], result["failed"], result["new_ids"], result["waived"], result["scope"]) == (True, True, {}, [], None)
        assert result["undeclared"] == {"domains": ["d1.example", "d2.example"]}
        assert [diff["before_header"] for diff in result["diff"]] == ["d0.example", "new.example (new)", "d3.example (removed)"]

    def test_weaker_fields_are_named(self):
        [entry] = self.result(self.outcome(*self.ENTRIES[:1], direction="weaker"))["results"]["domains"]["updated"]
        assert entry["weaker"] == ["lookback_hops"]

    def test_selection_is_the_scope(self):
        result = self.result(self.outcome(*self.ENTRIES, only=["d1.example"]))
        assert (result["scope"], [entry["name"] for entry in result["results"]["domains"]["updated"]]) == (["d1.example"], ["d1.example"])

    @pytest.mark.parametrize("options", [{"stop": AUTH}, {"stops": {"domains": PERMISSION}}])
    def test_domains_that_were_not_reached_are_counted(self, options):
        result = self.result(self.outcome(*self.ENTRIES, {"domain": "missing.example"}), **options)
        counts = result["summary"]["domains"]
        assert (counts["failed"], counts["not_reached"], counts["updated"]) == (1, 3, 0)
        assert [entry["name"] for entry in result["results"]["domains"]["failed"]] == ["missing.example"]
        assert (result["failed"], result["changed"]) == (True, False)

    def test_domains_that_could_not_be_read(self):
        declaration = bulk_from_options(DOMAIN, {"domains": self.ENTRIES, "only": ["d1.example", "d2.example"]})
        for selected, total in ((declaration.selected, 2), (None, 3)):
            outcome = DomainsOutcome(declaration._replace(selected=selected), None, [])
            result = self.result(outcome, unread={"domains": PERMISSION}, failing={"domains": PERMISSION})
            assert result["results"]["domains"] == {**NONE, "failure": PERMISSION.failure(), "msg": str(PERMISSION)}
            counts = dict.fromkeys(("unchanged", "created", "updated", "deleted", "purged", "failed", "synced", "waived"), 0)
            assert result["summary"]["domains"] == {**counts, "total": total, "not_reached": total}
            assert (result["changed"], result["diff"], result["new_ids"], result["waived"], result["scope"]) == (False, [], {}, [], None)
            assert result["undeclared"] == {}

    def test_unchanged_domains_beside_a_changed_list(self):
        result = self.result(self.outcome({"domain": "d0.example"}), list_plan("block_senders", [{"pattern": "b1.example"}], []))
        assert (result["changed"], [diff["before_header"] for diff in result["diff"]]) == (True, ["block_senders (1 new; more protected: 1)"])
        result = self.result(self.outcome(*self.ENTRIES[:1]), list_plan("block_senders", [], []))
        assert (result["changed"], list(result["results"]), list(result["undeclared"])) == (True, ["domains", "block_senders"], ["domains", "block_senders"])


def test_purged_entries_are_removed_lines_of_the_diff():
    [diff] = result_of(list_plan("block_senders", [], [blocked(1)], purge=["all"]))["diff"]
    assert (diff["before"], diff["after"]) == ("block_senders: b1.example (DOMAIN)\n", "")
    assert diff["before_header"] == "block_senders (1 removed; less protected: 1)"


def test_unread_list_comes_before_one_that_was_read():
    lists = [declared("allow_policies", [{"pattern": "a.example"}]), declared("block_senders", [])]
    plan = list_plan("block_senders", [], [blocked(1)])
    result = result_of(plan, lists=lists, unread={"allow_policies": PERMISSION}, failing={"allow_policies": PERMISSION})
    counts = dict.fromkeys(("unchanged", "created", "updated", "deleted", "purged", "failed", "synced"), 0)
    assert result["summary"] == {"allow_policies": {**counts, "total": 1, "not_reached": 1}, "block_senders": {**counts, "total": 0, "not_reached": 0}}
    assert result["undeclared"] == {"block_senders": ["b1.example"]}
