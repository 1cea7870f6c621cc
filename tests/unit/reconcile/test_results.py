"""The result of a task over many objects."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import ApiError
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.bulk import bulk_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.change import unknown_direction
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.errors import ChangeError
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.index import LiveIndex
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.operation import Operation
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.plan import make_plan
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.results import bulk_result, count_directions, planned_entries
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN
from ansible_collections.mailops.cloudflare.tests.unit.plans import ACCOUNT, FOUR_LISTS, HOPS, live_index, planned
from ansible_collections.mailops.cloudflare.tests.unit.support import numbered


class TestBulkResult:
    def reported(self, *entries, stop=None, ended=(), live=ACCOUNT, check_mode=False):
        """The result of a run in which the operations in `ended` have ended, with the given error or successfully."""
        plan = planned(*entries, live=live)
        operations = {one.label: Operation(DOMAIN, one.change, one.live) for one in plan if one.change.action != "none"} if ended or stop else {}
        for label, error in dict(ended).items():
            if error is None:
                operation = operations[label]
                is_delete = operation.change.action == "delete"
                operation.record_write(None if is_delete else {**(operation.live or {}), **operation.body, "id": "42"})
            else:
                operations[label].fail(error)
        return bulk_result(plan, live_index(*live), operations, stop, check_mode=check_mode)

    def test_no_change_is_empty(self):
        result = self.reported({"domain": "d1.example", "lookback_hops": 1})
        assert (result["changed"], result["results"], result["diff"]) == (False, [], [])
        assert result["summary"] == {"total": 1, "unchanged": 1, "created": 0, "updated": 0, "deleted": 0, "failed": 0, "not_reached": 0, "waived": 0}
        assert result["undeclared"] == ["d0.example", "d2.example", "d3.example"]
        assert result["msg"] == "Nothing to change. 1 domain is as declared."
        assert "failed" not in result

    entries = ({"domain": "d1.example", "lookback_hops": 2}, {"domain": "d2.example", "state": "absent"}, {"domain": "new.example", **FOUR_LISTS})

    def test_check_mode_equals_run(self):
        check = self.reported(*self.entries, check_mode=True)
        run = self.reported(*self.entries, ended={"d1.example": None, "d2.example": None, "new.example": None})
        assert {**run, "new_ids": {}, "msg": check["msg"]} == check
        assert run["msg"] == "1 changed: d1.example. 1 created: new.example. 1 deleted: d2.example."
        assert check["msg"] == "Would change 1: d1.example. Would create 1: new.example. Would delete 1: d2.example."
        assert run["new_ids"] == {"new.example": "42"}
        assert [(entry["domain"], entry["action"]) for entry in run["results"]] == [
            ("d1.example", "update"),
            ("d2.example", "delete"),
            ("new.example", "create"),
        ]
        assert [entry["id"] for entry in run["results"]] == [ACCOUNT[1]["id"], ACCOUNT[2]["id"], None]
        update, removal, creation = run["diff"]
        assert update == {
            "before": "lookback_hops: 1\n",
            "after": "lookback_hops: 2\n",
            "before_header": "d1.example",
            "after_header": "d1.example",
        }
        assert ("domain: d2.example\n" in removal["before"], removal["after"], removal["after_header"]) == (True, "", "d2.example (removed)")
        assert (creation["before"], creation["before_header"]) == ("", "new.example (new)")
        assert creation["after"].splitlines() == [
            *("domain: new.example", "allowed_delivery_modes: DIRECT", "drop_dispositions: SPAM", "ip_restrictions: []", "regions: DE"),
        ]

    def test_failed_domain_is_reported(self):
        error = ApiError("invalid", "no such transport.")
        result = self.reported(*self.entries, ended={"d1.example": error, "d2.example": None, "new.example": None})
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
        assert result["msg"] == "1 created: new.example. 1 deleted: d2.example. 1 failed: d1.example: no such transport. See results."
        assert [each["after_header"] for each in result["diff"]] == ["d2.example (removed)", "new.example (new)"]

    def test_failed_domain_with_changes_is_in_the_diff(self):
        error = ChangeError(ApiError("network", "lost."), {"changed": True, "changes": HOPS})
        result = self.reported(self.entries[0], ended={"d1.example": error})
        assert (result["changed"], result["results"][0]["changes"]) == (True, HOPS)
        assert [(each["after_header"], each["after"]) for each in result["diff"]] == [("d1.example", "lookback_hops: 2\n")]

    def test_failed_domain_with_unknown_changes_is_changed(self):
        result = self.reported(self.entries[0], ended={"d1.example": ChangeError(ApiError("network", "lost."), {"changed": True, "changes": {}})})
        assert result["changed"] is True

    def test_many_failures_are_cut_off(self):
        entries = [{"domain": f"gone{number}.example"} for number in range(9)]
        result = self.reported(*entries)
        assert result["msg"].startswith("No domain was changed. 9 failed: Email Security has no gone0.example")
        assert result["msg"].endswith("And 6 more. See results.")

    def test_stopped_task_reports_what_was_not_reached(self):
        stop = ApiError("auth", "the token was revoked.", "Make another.")
        result = self.reported(*self.entries, ended={"d1.example": None}, stop=stop)
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
        assert result["msg"] == "1 changed: d1.example. Then the task was stopped: the token was revoked. Make another. Not reached: 2. See results."
        assert [each["after_header"] for each in result["diff"]] == ["d1.example"]

    def test_stop_before_the_first_write_reaches_nothing(self):
        result = bulk_result(planned(*self.entries), live_index(), {}, ApiError("conflict", "another plan."))
        assert (result["changed"], result["summary"]["not_reached"], result["diff"]) == (False, 3, [])

    def test_undeclared_excludes_declared_names_and_ids(self):
        live = [numbered(1), numbered(2), numbered(3), numbered(9, domain="d3.example"), {"id": 7}]
        result = self.reported({"domain": "d1.example"}, {"domain_id": numbered(2)["id"]}, {"domain": "d3.example"}, live=live)
        assert result["undeclared"] == ["7"]

    def test_summary_adds_up(self):
        summary = self.reported(*self.entries, {"domain": "nowhere.example"}, {"domain": "d3.example"})["summary"]
        assert summary["total"] == sum(summary[name] for name in ("unchanged", "created", "updated", "deleted", "failed")) == 5


def hops_are_weaker(field, before, after):
    """The hops make an object less protected, and its removal does."""
    return "weaker" if field == "lookback_hops" or after is None else "stronger" if (field, before) == ("domain", None) else "neutral"


def test_directions_are_reported_for_each_changed_domain():
    entries = [*hops(1), {"domain": "d2.example", "state": "absent"}, {"domain": "new.example", **FOUR_LISTS}, {"domain": "d3.example", "folder": "Inbox"}]
    plan = planned(*entries, {"domain": "gone.example"})
    result = bulk_result(plan, live_index(), {}, None, direction_of=hops_are_weaker)
    weaker = {entry["domain"]: entry.get("weaker") for entry in result["results"]}
    assert weaker == {"d1.example": ["lookback_hops"], "d2.example": ["domain"], "new.example": None, "d3.example": None, "gone.example": None}
    assert result["results"] == planned_entries(plan, hops_are_weaker)
    assert [each["before_header"] for each in result["diff"]] == [
        *("d1.example (less protected: lookback_hops)", "d2.example (removed, less protected)", "new.example (new, more protected)", "d3.example"),
    ]
    assert count_directions(plan, hops_are_weaker) == {"weaker": 2, "stronger": 1, "neutral": 1}
    assert list(count_directions([], hops_are_weaker).values()) == [0, 0, 0]


def test_directions_are_unknown_without_a_judge():
    plan = planned(*hops(1), {"domain": "d2.example", "state": "absent"})
    assert not any("weaker" in entry for entry in bulk_result(plan, live_index(), {}, None)["results"])
    assert count_directions(plan, unknown_direction) == {"weaker": 0, "stronger": 0, "neutral": 2}


def hops(*numbers):
    return [{"domain": f"d{number}.example", "lookback_hops": 2} for number in numbers]


def plan_and_index(*domains, live=()):
    live_index = LiveIndex(DOMAIN, list(live), str)
    return make_plan(bulk_from_options(DOMAIN, {"domains": list(domains)}).desired_objects, live_index), live_index


@pytest.mark.parametrize(("count", "end"), [(3, "gone2.example in this account."), (4, "gone2.example in this account.")])
def test_bulk_result_three_failures_are_shown(count, end):
    plan, live_index = plan_and_index(*({"domain": f"gone{number}.example"} for number in range(count)))
    words = bulk_result(plan, live_index, {}, None)["msg"]
    assert ("gone2.example" in words, "gone3.example" in words) == (True, False)
    assert (" And " in words.partition("gone2.example")[2]) is (count > 3)


def test_bulk_result_stopped_unchanged_domain_has_not_failed():
    plan, live_index = plan_and_index(*hops(1), {"domain": "d2.example", "lookback_hops": 1}, live=[numbered(1), numbered(2)])
    result = bulk_result(plan, live_index, {}, ApiError("auth", "no."))
    assert [entry["domain"] for entry in result["results"]] == ["d1.example"]
    assert (result["summary"]["not_reached"], result["summary"]["unchanged"]) == (1, 1)


@pytest.mark.parametrize("message", ["d1.example: Cloudflare did not.", "Cloudflare did not."])
@pytest.mark.parametrize("label", ["d1.example", "d1.example (7)"])
def test_bulk_result_message_names_the_label_once(message, label):
    plan, live_index = plan_and_index(*hops(1), live=[numbered(1)])
    plan = [plan[0]._replace(label=label, failure=ApiError("not_applied", message))]
    assert f"1 failed: {label}: Cloudflare did not. See" in bulk_result(plan, live_index, {}, None)["msg"]
