"""Each case four ways: nothing to do, check mode, run, error. Writes go one at a time, so that the script knows their order."""

from __future__ import annotations

import itertools
import json
import re
from datetime import datetime, timezone

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api import client as client_module
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.registry import RULES
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile import executor as executor_module
from ansible_collections.mailops.cloudflare.plugins.modules import email_security_domains
from ansible_collections.mailops.cloudflare.tests.unit.support import ACCOUNT, DOMAINS, LIVE, TOKEN, answer, listed, lost, numbered, ok, refused, run_module

CONNECTION = {"account_id": ACCOUNT, "api_token": TOKEN, "concurrency": 1}
BATCH = f"{DOMAINS}/batch"
INTEGRATION = "9c2f1a34-5b67-4c89-8d01-23456789abcd"
FOUR_LISTS = {"allowed_delivery_modes": ["DIRECT"], "drop_dispositions": ["SPAM"], "ip_restrictions": [], "regions": ["DE"]}
NEW = {"domain": "new.example", **FOUR_LISTS}
HOPS = {"lookback_hops": {"before": 1, "after": 2}}
CREATION = {name: {"before": None, "after": value} for name, value in NEW.items()}


def one(number):
    return f"{DOMAINS}/{numbered(number)['id']}"


def hops(number, wanted=2, **more):
    return {"domain": f"d{number}.example", "lookback_hops": wanted, **more}


def done(number):
    return numbered(number, lookback_hops=2)


NEW_LIVE = {**LIVE, **NEW, "id": "5e0a4f6e-7b9d-4d0e-8a51-00000000ffff"}
BEFORE = [numbered(number) for number in range(5)]


def run(*domains, check=False, **options):
    return run_module(email_security_domains.main, {**CONNECTION, "domains": list(domains), "batch": "never", "max_wait": 60, **options}, check=check)


def read(script, *rows, query=()):
    return script.expect("GET", DOMAINS, listed(*(rows or BEFORE)), query={"order": "domain", "page": "1", **dict(query)})


def patched(script, number, reply=None):
    return script.expect("PATCH", one(number), reply or ok(done(number)), body={"lookback_hops": 2})


def failures(result):
    return {entry["domain"]: entry["failure"]["kind"] for entry in result["results"] if "failure" in entry}


def not_reached(result):
    return [entry["domain"] for entry in result["results"] if entry.get("not_reached")]


MIXED = (hops(1), {"domain": "d2.example", "state": "absent"}, NEW, {"domain": "d3.example", "lookback_hops": 1})


class TestFourWays:
    def test_equal_domains_are_unchanged(self, script):
        read(script)
        result = run(*({"domain": f"d{number}.example", "lookback_hops": 1} for number in range(5)))
        assert (result["changed"], result["results"], result["undeclared"]) == (False, [], [])
        assert result["api"]["requests"] == 1

    def test_check_mode_predicts_the_changes(self, script):
        read(script)
        result = run(*MIXED, check=True)
        assert [(entry["domain"], entry["action"]) for entry in result["results"]] == [
            ("d1.example", "update"),
            ("d2.example", "delete"),
            ("new.example", "create"),
        ]
        assert result["results"][0]["changes"] == HOPS
        assert result["changed"] is True

    def test_run_sends_the_changes(self, script):
        patched(read(script), 1)
        script.expect("DELETE", one(2), ok({"id": numbered(2)["id"]})).expect("POST", DOMAINS, ok(NEW_LIVE, 201), body=NEW)
        read(script, done(1), NEW_LIVE)
        result = run(*MIXED)
        assert result["summary"] == {"total": 4, "unchanged": 1, "created": 1, "updated": 1, "deleted": 1, "failed": 0, "not_reached": 0, "waived": 0}
        assert result["new_ids"] == {"new.example": NEW_LIVE["id"]}
        assert result["results"][2] == {"domain": "new.example", "id": None, "action": "create", "changes": CREATION}
        assert result["api"] == {"requests": 5, "retries": 0, "waited": 0.0}

    def test_check_mode_and_run_agree(self, script):
        read(script)
        check = run(*MIXED, check=True)
        read(script).expect("PATCH", one(1), ok(done(1))).expect("DELETE", one(2), ok({"id": numbered(2)["id"]})).expect("POST", DOMAINS, ok(NEW_LIVE))
        read(script, done(1), NEW_LIVE)
        result = run(*MIXED)
        for key in ("changed", "results", "summary", "directions", "undeclared", "plan", "diff"):
            assert result[key] == check[key]

    def test_refused_write_fails(self, script):
        script.expect("GET", DOMAINS, refused(403, 9109))
        result = run(*MIXED)
        assert (result["failed"], result["changed"], result["failure"]["kind"]) == (True, False, "permission")
        assert "results" not in result


class TestEmptiedList:
    @pytest.mark.parametrize("check", [True, False])
    def test_one_domain_fails_and_the_others_are_changed(self, script, check):
        read(script)
        if not check:
            patched(script, 2)
        result = run(hops(1), hops(2, ip_restrictions=["192.0.2.10"]), defaults={"ip_restrictions": []}, check=check)
        assert failures(result) == {"d1.example": "unsafe"}
        assert [(each["after_header"], each["after"]) for each in result["diff"]] == [("d2.example", "lookback_hops: 2\n")]
        assert "d1.example: ip_restrictions is empty and would replace 1 live value: mail would be accepted from anywhere." in result["msg"]
        assert result["summary"]["failed"] == 1

    def test_clear_empties_the_list(self, script):
        read(script)
        script.expect("PATCH", one(1), ok(numbered(1, ip_restrictions=[])), body={"ip_restrictions": []})
        read(script, numbered(1, ip_restrictions=[]))
        result = run({"domain": "d1.example", "clear": ["ip_restrictions"]}, defaults={"ip_restrictions": ["192.0.2.10"]})
        assert result["results"][0]["changes"] == {"ip_restrictions": {"before": ["192.0.2.10/32"], "after": []}}


@pytest.mark.parametrize("check", [True, False])
def test_run_ordinary_dispositions_warns(script, check):
    read(script, *(numbered(number, drop_dispositions=["NONE"]) for number in range(5)))
    result = run(*({"domain": f"d{number}.example"} for number in range(5)), defaults={"drop_dispositions": ["NONE"]}, check=check)
    assert result["changed"] is False
    assert [words for words in result["warnings"] if "drop_dispositions of d0.example, d1.example, d2.example and 2 more contains NONE" in words]


class TestInvalidOptions:
    @pytest.mark.parametrize(
        ("domains", "words"),
        [
            ([hops(1), hops(1)], "d1.example is declared more than once"),
            ([hops(1, 21)], "domains[0] (d1.example): lookback_hops is 21"),
            ([{"lookback_hops": 1}], "one of the following is required: domain, domain_id"),
            ([{"domain": "d1.example", "lookback": 1}], "lookback"),
            ([{"domain": "d1.example", "state": "absent", "regions": ["DE"]}], "domains[0] (d1.example): state is 'absent', together with regions"),
        ],
    )
    def test_invalid_domains_are_refused(self, script, domains, words):
        result = run(*domains)
        assert words in result["msg"]
        assert result["failure"]["kind"] == "invalid"

    @pytest.mark.parametrize(
        "options", [{"concurrency": 0}, {"concurrency": 11}, {"expected_plan": ""}, {"defaults": {"lookback_hops": 0}}, {"batch": "never "}]
    )
    def test_invalid_options_are_refused(self, script, options):
        assert run(hops(1), **options)["failure"]["kind"] == "invalid"

    def test_null_in_a_list_in_place_of_a_dictionary_is_refused(self):
        result = run(hops(1), defaults=[None])
        assert (result["failure"]["kind"], result["msg"]) == ("invalid", "defaults is a list; it must be a dictionary.")

    def test_unset_suboptions_are_not_printed(self):
        unset = dict.fromkeys(email_security_domains.argument_spec()["domains"]["options"]) | {"state": "present"}
        options = {
            "domains": [unset | hops(1), unset | {"domain": "d2.example", "name": "d2.example", "state": "absent"}],
            "defaults": unset | {"regions": ["DE"]},
        }
        email_security_domains.prepare(options, check_mode=True)
        assert options == {"domains": [hops(1), {"domain": "d2.example", "state": "absent"}], "defaults": {"regions": ["DE"]}}


class TestExpectedPlan:
    def plan(self, script):
        read(script)
        return run(hops(1), check=True)["plan"]

    def test_approved_plan_is_applied(self, script):
        plan = self.plan(script)
        patched(read(script), 1)
        assert run(hops(1), expected_plan=plan.upper())["summary"]["updated"] == 1

    @pytest.mark.parametrize("check", [True, False])
    def test_other_plan_is_refused(self, script, check):
        plan = self.plan(script)
        read(script, numbered(1, lookback_hops=7))
        result = run(hops(1), expected_plan=plan, check=check)
        assert (result["failure"]["kind"], result["changed"], not_reached(result)) == ("conflict", False, ["d1.example"])
        assert plan in result["msg"]
        assert result["plan"] in result["msg"]

    @pytest.mark.parametrize("check", [True, False])
    def test_nothing_pending_passes_with_any_plan(self, script, check):
        read(script, numbered(1, lookback_hops=2))
        result = run(hops(1), expected_plan="0" * 64, check=check)
        assert (result["changed"], "failure" in result) == (False, False)

    def test_domain_declared_by_name_and_id_is_refused(self, script):
        read(script)
        result = run(hops(1), {"domain_id": numbered(1)["id"]})
        assert result["failure"]["kind"] == "invalid"


class TestOneBadDomain:
    """It fails, and the others are changed."""

    @pytest.mark.parametrize(("status", "kind"), [(400, "invalid"), (404, "not_found"), (409, "conflict"), (422, "invalid")])
    @pytest.mark.parametrize("bad", [1, 2])
    def test_refused_domain_fails_alone(self, script, status, kind, bad):
        read(script)
        for number in (1, 2, 3):
            patched(script, number, refused(status) if number == bad else None)
        result = run(hops(1), hops(2), hops(3))
        assert failures(result) == {f"d{bad}.example": kind}
        assert (result["summary"]["updated"], result["summary"]["failed"], "failure" in result) == (2, 1, False)

    def test_permission_error_after_success_fails_alone(self, script):
        read(script)
        patched(script, 1)
        patched(script, 2, refused(403, 9109))
        patched(script, 3)
        assert failures(run(hops(1), hops(2), hops(3))) == {"d2.example": "permission"}

    def test_removed_in_the_meantime_is_no_failure(self, script):
        read(script).expect("DELETE", one(1), refused(404))
        read(script, *BEFORE[2:])
        result = run({"domain": "d1.example", "state": "absent"})
        assert (result["changed"], result["results"], result["summary"]["unchanged"]) == (False, [], 1)

    def test_lost_response_is_verified_after_the_others(self, script):
        read(script)
        patched(script, 1, lost())
        patched(script, 2)
        script.expect("GET", DOMAINS, listed(done(1)), query={"domain": "d1.example"})
        result = run(hops(1), hops(2))
        assert (result["summary"]["updated"], failures(result)) == (2, {})

    def test_lost_write_is_retried_after_the_others(self, script):
        read(script)
        patched(script, 1, lost())
        patched(script, 2)
        script.expect("GET", DOMAINS, listed(numbered(1)))
        patched(script, 1)
        result = run(hops(1), hops(2))
        assert (result["summary"]["updated"], result["api"]["retries"]) == (2, 1)

    def test_permanent_server_error_fails_alone(self, script):
        read(script)
        patched(script, 1, refused(500))
        patched(script, 2)
        for _time in range(2):
            script.expect("GET", DOMAINS, listed(numbered(1)))
            patched(script, 1, refused(500))
        script.expect("GET", DOMAINS, listed(numbered(1)))
        result = run(hops(1), hops(2), max_wait=2)
        assert failures(result) == {"d1.example": "server"}
        assert "failure" not in result

    def test_edit_during_unknown_outcome_is_a_conflict(self, script):
        read(script)
        patched(script, 1, lost())
        patched(script, 2)
        script.expect("GET", DOMAINS, listed(numbered(1, lookback_hops=9)))
        result = run(hops(1), hops(2))
        assert failures(result) == {"d1.example": "conflict"}
        assert result["results"][0]["failure"]["states"]["found"]["lookback_hops"] == 9

    def test_setting_not_stored_fails(self, script):
        read(script)
        patched(script, 1, ok(numbered(1)))
        for _time in range(3):
            script.expect("GET", DOMAINS, listed(numbered(1)))
        result = run(hops(1), max_wait=2)
        assert failures(result) == {"d1.example": "not_applied"}
        assert result["changed"] is False

    def test_setting_visible_late_succeeds(self, script):
        read(script)
        patched(script, 1, ok(numbered(1)))
        script.expect("GET", DOMAINS, listed(numbered(1))).expect("GET", DOMAINS, listed(done(1)))
        assert run(hops(1))["summary"]["updated"] == 1

    def test_failed_verification_fails(self, script):
        read(script)
        patched(script, 1, lost())
        patched(script, 2, ok(numbered(2)))
        script.expect("GET", DOMAINS, refused(403, 9109))
        result = run(hops(1), hops(2))
        assert failures(result) == {"d1.example": "network", "d2.example": "permission"}
        assert result["changed"] is True

    def test_ambiguous_name_at_verification_fails(self, script):
        read(script).expect("POST", DOMAINS, lost("POST"))
        script.expect("GET", DOMAINS, listed(NEW_LIVE, {**NEW_LIVE, "id": "7"}))
        assert failures(run(NEW)) == {"new.example": "network"}


class TestStop:
    @pytest.mark.parametrize(("status", "code", "kind"), [(401, 1000, "auth"), (403, 9109, "permission")])
    def test_bad_credential_costs_one_write(self, script, status, code, kind):
        patched(read(script), 1, refused(status, code))
        result = run(hops(1), hops(2), hops(3), concurrency=8)
        assert (result["failure"]["kind"], not_reached(result)) == (kind, ["d2.example", "d3.example"])
        assert failures(result) == dict.fromkeys(["d1.example", "d2.example", "d3.example"], kind)
        assert result["changed"] is False

    def test_credential_revoked_midway_stops(self, script):
        read(script)
        patched(script, 1)
        patched(script, 2, refused(401))
        result = run(hops(1), hops(2), hops(3))
        assert (result["changed"], result["summary"]["updated"], not_reached(result)) == (True, 1, ["d3.example"])

    def test_rate_limit_beyond_max_wait_stops(self, script):
        read(script)
        patched(script, 1)
        patched(script, 2, refused(429, retry_after="300"))
        result = run(hops(1), hops(2), hops(3))
        assert (result["failure"]["kind"], not_reached(result)) == ("rate_limited", ["d2.example", "d3.example"])
        assert (result["changed"], result["summary"]["updated"]) == (True, 1)

    def test_rate_limit_within_max_wait_is_waited_for(self, script):
        read(script)
        patched(script, 1, refused(429, retry_after="7"))
        patched(script, 1)
        result = run(hops(1))
        assert (result["summary"]["updated"], result["api"]) == (1, {"requests": 3, "retries": 1, "waited": 7.0})

    def test_rate_limit_headers_prevent_requests(self, script):
        rows = listed(*BEFORE)
        script.expect("GET", DOMAINS, rows._replace(headers={**rows.headers, "ratelimit": '"default";r=0;t=290'}))
        result = run(hops(1))
        assert (result["failure"]["kind"], not_reached(result)) == ("rate_limited", ["d1.example"])
        assert "it was not sent" in result["msg"]

    def test_no_connection_stops(self, script):
        patched(read(script), 1, lost("GET", max_retries=0))
        result = run(hops(1), hops(2))
        assert (result["failure"]["kind"], not_reached(result)) == ("network", ["d2.example"])

    def test_error_with_status_200_may_have_changed(self, script):
        patched(read(script), 1, refused(200, 10000)).expect("GET", DOMAINS, listed(done(1)))
        result = run(hops(1), hops(2))
        assert (result["failure"]["kind"], result["summary"]["updated"], not_reached(result)) == ("auth", 1, ["d2.example"])

    def test_lost_write_before_the_stop_is_unknown(self, script):
        read(script)
        patched(script, 1, lost())
        patched(script, 2, refused(401))
        result = run(hops(1), hops(2), hops(3))
        assert failures(result) == {"d1.example": "network", "d2.example": "auth", "d3.example": "auth"}
        assert result["changed"] is True
        assert "is unknown" in result["results"][0]["msg"]

    def test_server_that_is_down_gets_few_requests(self, script):
        rows = [numbered(number) for number in range(100)]
        read(script, *rows)
        for begin in (0, 20):
            for number in range(begin, begin + 20):
                patched(script, number, refused(503))
            script.expect("GET", DOMAINS, listed(*rows), query={"domain": f"d{begin}.example"})
        result = run(*(hops(number) for number in range(100)), max_wait=1.5)
        assert (result["failure"]["kind"], len(not_reached(result)), len(failures(result))) == ("server", 60, 100)
        assert result["changed"] is False

    def test_consecutive_failures_do_not_delay_the_others(self, script):
        rows = [numbered(number) for number in range(25)]
        read(script, *rows)
        for number in range(20):
            patched(script, number, refused(500))
        script.expect("GET", DOMAINS, listed(*rows))
        for number in (*range(20, 25), *range(20)):
            patched(script, number, refused(500) if number == 0 else None)
        script.expect("GET", DOMAINS, listed(numbered(0)))
        result = run(*(hops(number) for number in range(25)), max_wait=1.5)
        assert (result["summary"]["updated"], failures(result)) == (24, {"d0.example": "server"})

    def test_exhausted_max_wait_stops(self, script, monkeypatch):
        seconds = itertools.count(step=0.6)
        monkeypatch.setitem(client_module.Client.__init__.__kwdefaults__, "clock", lambda: next(seconds))
        rows = [numbered(number) for number in range(100)]
        read(script, *rows)
        patched(script, 0, refused(503))
        script.expect("GET", DOMAINS, listed(numbered(0)))
        result = run(*(hops(number) for number in range(100)), max_wait=0.5)
        assert (result["failure"]["kind"], len(not_reached(result))) == ("server", 99)


class TestBatch:
    def body(self, *patches, deletes=(), posts=()):
        return {
            "deletes": [{"id": numbered(number)["id"]} for number in deletes],
            "patches": [{"id": numbered(number)["id"], "lookback_hops": 2} for number in patches],
            "puts": [],
            "posts": list(posts),
        }

    def sent(self, script, reply, *patches, **more):
        return read(script).expect("POST", BATCH, reply, body=self.body(*patches, **more))

    def answered(self, *patches, deletes=(), posts=()):
        return ok(
            {
                "deletes": [{"id": numbered(number)["id"]} for number in deletes],
                "patches": [done(number) for number in patches],
                "posts": list(posts),
                "puts": None,
            }
        )

    def test_many_changes_take_three_requests(self, script):
        self.sent(script, self.answered(1, 2, 3), 1, 2, 3).expect("GET", DOMAINS, listed(done(1), done(2), done(3)), query={"domain": "d1.example"})
        result = run(hops(1), hops(2), hops(3), batch="auto")
        assert (result["summary"]["updated"], result["api"]["requests"]) == (3, 3)

    def test_two_changes_are_sent_individually(self, script):
        read(script)
        patched(script, 1)
        patched(script, 2)
        assert run(hops(1), hops(2), batch="auto")["summary"]["updated"] == 2

    def test_creations_and_removals_are_included(self, script):
        self.sent(script, self.answered(1, deletes=[2], posts=[NEW_LIVE]), 1, deletes=[2], posts=[NEW]).expect("GET", DOMAINS, listed(done(1), NEW_LIVE))
        result = run(*MIXED, batch="auto")
        assert (result["summary"]["created"], result["summary"]["updated"], result["summary"]["deleted"]) == (1, 1, 1)
        assert result["new_ids"] == {"new.example": NEW_LIVE["id"]}

    def test_rename_is_sent_individually(self, script):
        renamed = numbered(1, domain="other.example")
        read(script).expect("PATCH", one(1), ok(renamed), body={"domain": "other.example"})
        read(script, renamed)
        assert run({"domain_id": numbered(1)["id"], "domain": "other.example"}, batch="always")["summary"]["updated"] == 1

    @pytest.mark.parametrize(
        "reply", [refused(404, 7003), refused(405), refused(400), refused(403, 9109), refused(404), lost("POST"), refused(502), answer(200, b""), refused(200)]
    )
    def test_failed_batch_is_sent_individually(self, script, reply):
        self.sent(script, reply, 1, 2, 3).expect("GET", DOMAINS, listed(numbered(1), numbered(2), numbered(3)))
        for number in (1, 2, 3):
            patched(script, number)
        result = run(hops(1), hops(2), hops(3), batch="auto")
        assert (result["summary"]["updated"], result["api"]["requests"]) == (3, 6)

    @pytest.mark.parametrize("reply", [refused(400), lost("POST"), refused(500), ok(None), ok([1])])
    def test_partial_batch_is_completed_individually(self, script, reply):
        self.sent(script, reply, 1, 2, 3).expect("GET", DOMAINS, listed(done(1), numbered(2), done(3)))
        patched(script, 2)
        assert run(hops(1), hops(2), hops(3), batch="auto")["summary"]["updated"] == 3

    def test_refused_item_is_named(self, script):
        self.sent(script, refused(400, pointer="/patches/1/lookback_hops"), 1, 2, 3).expect("GET", DOMAINS, listed(numbered(1), numbered(2), numbered(3)))
        patched(script, 1)
        patched(script, 2, refused(400, pointer="/lookback_hops"))
        patched(script, 3)
        assert failures(run(hops(1), hops(2), hops(3), batch="auto")) == {"d2.example": "invalid"}

    def test_declared_field_edited_in_the_meantime_is_written_again(self, script):
        self.sent(script, self.answered(1, 2, 3), 1, 2, 3).expect("GET", DOMAINS, listed(done(1), {**done(2), "folder": "Inbox", "regions": ["DE"]}, done(3)))
        script.expect("PATCH", one(2), ok({**done(2), "folder": "Inbox"}), body={"regions": ["GLOBAL"]})
        result = run(hops(1), hops(2, regions=["GLOBAL"]), hops(3), batch="auto")
        assert result["results"][1]["changes"] == HOPS

    def test_edit_during_unknown_outcome_is_a_conflict(self, script):
        self.sent(script, lost("POST"), 1, 2, 3).expect("GET", DOMAINS, listed(done(1), numbered(2, lookback_hops=9), numbered(3)))
        patched(script, 3)
        result = run(hops(1), hops(2), hops(3), batch="auto")
        assert failures(result) == {"d2.example": "conflict"}

    @pytest.mark.parametrize("reply", [refused(400), refused(404)])
    def test_an_edit_before_the_look_after_a_refused_batch_is_not_overwritten(self, script, reply):
        """Nothing of the batch was done, so a value that is neither as before nor as asked is someone else's."""
        self.sent(script, reply, 1, 2).expect("GET", DOMAINS, listed({**numbered(1), "lookback_hops": 7}, numbered(2)))
        patched(script, 2)
        result = run(hops(1), hops(2), batch="always")
        assert failures(result) == {"d1.example": "conflict"}
        assert result["results"][0]["failure"]["states"]["found"]["lookback_hops"] == 7

    def test_removed_in_the_meantime_fails(self, script):
        self.sent(script, refused(404), 1, 2, 3).expect("GET", DOMAINS, listed(numbered(1), numbered(3)))
        read(script, numbered(1), numbered(3))
        patched(script, 1)
        patched(script, 2, refused(404))
        patched(script, 3)
        assert failures(run(hops(1), hops(2), hops(3), batch="auto")) == {"d2.example": "not_found"}

    def test_removal_visible_late_succeeds(self, script):
        self.sent(script, self.answered(deletes=[1]), deletes=[1]).expect("GET", DOMAINS, listed(numbered(1)))
        script.expect("DELETE", one(1), refused(404))
        read(script, *BEFORE[2:])
        result = run({"domain": "d1.example", "state": "absent"}, batch="always")
        assert (result["summary"]["deleted"], result["changed"]) == (1, True)

    def test_creation_visible_late_uses_the_response(self, script):
        self.sent(script, self.answered(posts=[NEW_LIVE]), posts=[NEW]).expect("GET", DOMAINS, listed(numbered(1)))
        assert run(NEW, batch="always")["new_ids"] == {"new.example": NEW_LIVE["id"]}

    def test_creation_left_out_is_sent_individually(self, script):
        self.sent(script, self.answered(), posts=[NEW])
        # A list may lag: it is looked for with patience before it is sent again.
        for _look in range(5):
            read(script)
        script.expect("POST", DOMAINS, ok(NEW_LIVE, 201), body=NEW)
        assert run(NEW, batch="always")["summary"]["created"] == 1

    def test_creation_stored_otherwise_fails(self, script):
        other = {**NEW_LIVE, "regions": ["AU"]}
        self.sent(script, self.answered(posts=[other]), posts=[NEW]).expect("GET", DOMAINS, listed(other)).expect("GET", DOMAINS, listed(other))
        result = run(NEW, batch="always", max_wait=0)
        assert failures(result) == {"new.example": "not_applied"}
        assert result["changed"] is True

    def test_creation_edited_by_someone_else_is_corrected(self, script):
        other = {**NEW_LIVE, "regions": ["AU"]}
        self.sent(script, self.answered(posts=[NEW_LIVE]), posts=[NEW]).expect("GET", DOMAINS, listed(other))
        script.expect("PATCH", f"{DOMAINS}/{NEW_LIVE['id']}", ok(NEW_LIVE), body={"regions": ["DE"]})
        result = run(NEW, batch="always")
        assert (result["summary"]["created"], result["results"][0]["changes"]) == (1, CREATION)
        assert result["new_ids"] == {"new.example": NEW_LIVE["id"]}

    def test_created_by_someone_else_in_the_meantime_is_a_conflict(self, script):
        self.sent(script, refused(409), posts=[NEW]).expect("GET", DOMAINS, listed({**NEW_LIVE, "regions": ["AU"]}))
        script.expect("POST", DOMAINS, refused(409))
        assert failures(run(NEW, batch="always")) == {"new.example": "conflict"}

    def test_ambiguous_name_after_the_batch_fails(self, script):
        self.sent(script, lost("POST"), posts=[NEW]).expect("GET", DOMAINS, listed(NEW_LIVE, {**NEW_LIVE, "id": "7"}))
        assert failures(run(NEW, batch="always")) == {"new.example": "conflict"}

    @pytest.mark.parametrize(("reply", "kind"), [(refused(401), "auth"), (refused(429, retry_after="600"), "rate_limited")])
    def test_fatal_error_stops(self, script, reply, kind):
        self.sent(script, reply, 1, 2, 3)
        result = run(hops(1), hops(2), hops(3), batch="auto")
        assert (result["failure"]["kind"], len(not_reached(result)), result["changed"]) == (kind, 3, False)

    def test_fatal_error_with_status_200_may_have_changed(self, script):
        self.sent(script, refused(200, 10000), 1, 2, 3).expect("GET", DOMAINS, listed(done(1), done(2), numbered(3)))
        result = run(hops(1), hops(2), hops(3), batch="auto")
        assert (result["failure"]["kind"], result["changed"], result["summary"]["updated"], not_reached(result)) == ("auth", True, 2, ["d3.example"])

    def test_failed_reading_after_the_batch_uses_the_response(self, script):
        self.sent(script, self.answered(1, deletes=[3]), 1, 2, deletes=[3]).expect("GET", DOMAINS, refused(403, 9109))
        result = run(hops(1), hops(2), {"domain": "d3.example", "state": "absent"}, batch="auto")
        assert (result["failure"]["kind"], result["changed"]) == ("permission", True)
        assert failures(result) == {"d2.example": "permission"}
        assert (result["summary"]["updated"], result["summary"]["deleted"]) == (1, 1)
        assert "whether the server stored all of it is unknown" in result["results"][1]["msg"]
        assert result["msg"].startswith("1 changed: d1.example. 1 deleted: d3.example. Then the task was stopped: ")
        assert " 1 failed: d2.example: " in result["msg"]
        assert result["msg"].endswith(" Not reached: 0. See results.")

    def test_lost_batch_and_failed_reading_are_unknown(self, script):
        self.sent(script, lost("POST"), 1, 2).expect("GET", DOMAINS, refused(403, 9109))
        result = run(hops(1), hops(2), batch="always")
        assert failures(result) == {"d1.example": "network", "d2.example": "network"}
        assert result["changed"] is True
        assert "2 may have been changed: d1.example, d2.example." in result["msg"]

    def test_more_items_than_a_batch_holds_are_split(self, script):
        rows = [numbered(number) for number in range(1001)]
        after = [numbered(number, lookback_hops=2) for number in range(1001)]
        script.expect("GET", DOMAINS, listed(*rows))
        script.expect("POST", BATCH, self.answered(*range(1000)), body=self.body(*range(1000)))
        script.expect("POST", BATCH, self.answered(1000), body=self.body(1000))
        script.expect("GET", DOMAINS, listed(*after))
        assert run(*(hops(number) for number in range(1001)), batch="auto")["summary"]["updated"] == 1001

    @pytest.mark.parametrize("reply", [refused(400), refused(404), lost("POST")])
    def test_refused_batch_does_not_stop_the_next(self, script, reply):
        rows = [numbered(number) for number in range(1001)]
        script.expect("GET", DOMAINS, listed(*rows)).expect("POST", BATCH, reply).expect("POST", BATCH, self.answered(1000), body=self.body(1000))
        script.expect("GET", DOMAINS, listed(numbered(0), *(done(number) for number in range(1, 1001))))
        patched(script, 0)
        assert run(*(hops(number) for number in range(1001)), batch="auto")["summary"]["updated"] == 1001

    def test_missing_endpoint_is_requested_once(self, script):
        rows = [numbered(number) for number in range(1001)]
        script.expect("GET", DOMAINS, listed(*rows)).expect("POST", BATCH, refused(405))
        script.expect("GET", DOMAINS, listed(*(numbered(number, lookback_hops=2) for number in range(1000)), numbered(1000)))
        patched(script, 1000)
        assert run(*(hops(number) for number in range(1001)), batch="auto")["summary"]["updated"] == 1001

    def test_integer_ids_are_sent_as_integers(self, script):
        old = {**numbered(1), "id": 7}
        script.expect("GET", DOMAINS, listed(old)).expect("POST", BATCH, ok({}), body={**self.body(), "patches": [{"id": 7, "lookback_hops": 2}]})
        script.expect("GET", DOMAINS, listed({**old, "lookback_hops": 2}))
        assert run(hops(1), batch="always")["summary"]["updated"] == 1

    def test_nameless_domain_is_looked_up_in_the_whole_account(self, script):
        script.expect("GET", DOMAINS, listed({"id": "7", "lookback_hops": 1})).expect("POST", BATCH, ok({}))
        script.expect("GET", DOMAINS, listed({"id": "7", "lookback_hops": 2}))
        assert run({"domain_id": "7", "lookback_hops": 2}, batch="always")["results"][0]["domain"] == "7"


def test_run_exception_of_a_thread_is_an_internal_error(script, monkeypatch):
    from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.operation import Operation

    read(script)
    patched(script, 1)
    monkeypatch.setattr(Operation, "_check_applied", lambda *_arguments, **_more: 1 / 0)
    result = run(hops(1), hops(2), concurrency=4)
    assert (result["changed"], result["failure"]["kind"]) == (True, "response")
    assert "ZeroDivisionError" in result["msg"]


def test_run_connections_share_the_work(script):
    """The requests may come in any order: here they are only counted."""
    script.expect("GET", DOMAINS, listed(*BEFORE))
    seen = []
    script.send, first = (
        (lambda request, body: seen.append(request.path) or first(request, body) if request.method == "GET" else patching(request)),
        script.send,
    )

    def patching(request):
        seen.append(request.path)
        number = int(request.path[-12:], 16)
        return ok(done(number))

    result = run(*(hops(number) for number in range(5)), concurrency=10)
    assert result["summary"]["updated"] == 5
    assert sorted(seen[1:]) == [one(number) for number in range(5)]
    assert json.dumps(result)


class TestRemovalIsVerified:
    """An empty filter result proves nothing: a domain is removed if its id is gone."""

    def gone(self, *numbers):
        return [{"domain": f"d{number}.example", "state": "absent"} for number in numbers]

    def test_other_spelling_of_the_server_is_not_taken_for_removed(self, script):
        rows = [numbered(number, domain=f"D{number}.Example") for number in range(5)]
        read(script, *rows).expect("POST", BATCH, ok({}))
        # The whole list, in which the ids are still there; a filter by name would find nothing.
        script.expect("GET", DOMAINS, listed(*rows), query={"order": "domain"})
        for number in (1, 2, 3):
            script.expect("DELETE", one(number), ok({"id": numbered(number)["id"]}))
        for _look in range(4):
            read(script, *rows)
        for number in (1, 2, 3):
            script.expect("GET", one(number), ok(rows[number]))
        result = run(*self.gone(1, 2, 3), batch="auto")
        assert failures(result) == dict.fromkeys(["d1.example", "d2.example", "d3.example"], "not_applied")
        assert (result["summary"]["deleted"], result["changed"]) == (0, False)
        assert "Reads may lag behind" in result["msg"]

    def removed(self, script, *, lists):
        """A removal that is confirmed and that this many lists do not show."""
        read(script).expect("DELETE", one(1), ok({"id": numbered(1)["id"]}))
        for _look in range(lists):
            read(script)
        return script

    def test_lagging_list_is_no_proof(self, script, monkeypatch):
        monkeypatch.setattr(executor_module, "MAX_FINAL_READS", 1)
        self.removed(script, lists=4).expect("GET", one(1), refused(404))
        assert run(*self.gone(1))["summary"]["deleted"] == 1

    def test_no_time_for_more_reads_reports_a_possible_change(self, script):
        self.removed(script, lists=1)
        result = run(*self.gone(1), max_wait=0)
        assert (failures(result), result["changed"], result["summary"]["deleted"]) == ({"d1.example": "not_applied"}, True, 0)
        assert "Whether it was made is unknown" in result["msg"]

    def test_many_removals_are_verified_by_the_list_only(self, script, monkeypatch):
        monkeypatch.setattr(executor_module, "MAX_FINAL_READS", 0)
        self.removed(script, lists=5)
        result = run(*self.gone(1))
        assert (failures(result), result["changed"]) == ({"d1.example": "not_applied"}, True)

    def test_failed_last_read_reports_a_possible_change(self, script):
        self.removed(script, lists=4).expect("GET", one(1), refused(403, 9109))
        result = run(*self.gone(1))
        assert (failures(result), result["changed"]) == ({"d1.example": "permission"}, True)

    def test_account_of_many_pages_is_read_by_id(self, script):
        """One removal, in an account whose list takes three requests."""
        rows = [numbered(number) for number in range(5)]
        read(script, *rows)
        script.lines[-1].answer = listed(*rows[:2], total=5)
        script.expect("GET", DOMAINS, listed(*rows[2:4], total=5)).expect("GET", DOMAINS, listed(rows[4], total=5))
        script.expect("DELETE", one(1), ok({"id": rows[1]["id"]})).expect("GET", one(1), refused(404))
        result = run(*self.gone(1))
        assert (result["summary"]["deleted"], result["api"]["requests"]) == (1, 5)

    def test_many_removals_share_one_listing(self, script):
        read(script)
        for number in (1, 2, 3):
            script.expect("DELETE", one(number), ok({"id": numbered(number)["id"]}))
        read(script, numbered(0), numbered(4))
        assert run(*self.gone(1, 2, 3))["api"]["requests"] == 5


class TestCreationNotInList:
    """A list may lag behind, and without time for another read the outcome is unknown."""

    def onboarded(self, script, reply):
        read(script).expect("POST", BATCH, reply)
        read(script)
        return run(NEW, batch="always", max_wait=0)

    def test_accepted_batch_reports_a_possible_change(self, script):
        result = self.onboarded(script, ok({}))
        assert (failures(result), result["changed"]) == ({"new.example": "response"}, True)
        assert result["results"][0]["changes"] == CREATION
        assert "the batch was accepted, and the domain is not in the list. Run again. Whether it was onboarded is unknown" in result["msg"]

    def test_lost_batch_reports_a_possible_change(self, script):
        result = self.onboarded(script, lost("POST"))
        assert (failures(result), result["changed"]) == ({"new.example": "network"}, True)
        assert "Whether it was onboarded is unknown" in result["msg"]


class TestVerifiedFields:
    """The response to a PATCH is not sufficient for the two fields that can lose mail."""

    def test_all_domains_share_one_reading(self, script):
        read(script)
        after = [numbered(number, transport="mx.new.example") for number in range(5)]
        for number in range(3):
            script.expect("PATCH", one(number), ok(after[number]), body={"transport": "mx.new.example"})
        read(script, *after)
        result = run(*({"domain": f"d{number}.example", "transport": "mx.new.example"} for number in range(3)))
        assert (result["summary"]["updated"], result["api"]["requests"]) == (3, 5)

    def test_echoed_and_not_stored_fails(self, script):
        read(script).expect("PATCH", one(1), ok(numbered(1, ip_restrictions=["198.51.100.0/24"])))
        for _look in range(4):
            read(script)
        script.expect("GET", one(1), ok(numbered(1)))
        result = run({"domain": "d1.example", "ip_restrictions": ["198.51.100.0/24"]})
        assert (failures(result), result["changed"]) == ({"d1.example": "not_applied"}, False)
        # The name once (A34).
        assert "d1.example: Cloudflare accepted the request" in result["msg"]
        assert "d1.example: d1.example" not in result["msg"]

    def test_lagging_list_is_followed_by_a_read_by_id(self, script):
        after = numbered(1, transport="mx.new.example")
        read(script).expect("PATCH", one(1), ok(after))
        for _look in range(4):
            read(script)
        script.expect("GET", one(1), ok(after))
        assert run({"domain": "d1.example", "transport": "mx.new.example"})["summary"]["updated"] == 1

    def test_edit_by_someone_else_is_a_conflict(self, script):
        read(script).expect("PATCH", one(1), ok(numbered(1, transport="mx.new.example")))
        theirs = numbered(1, transport="mx.other.example")
        for _look in range(4):
            read(script, theirs)
        script.expect("GET", one(1), ok(theirs))
        result = run({"domain": "d1.example", "transport": "mx.new.example"})
        assert (failures(result), result["changed"]) == ({"d1.example": "conflict"}, True)
        assert "requested 'mx.new.example', live 'mx.other.example'" in result["msg"]

    def test_other_fields_need_no_read(self, script):
        patched(read(script), 1)
        assert run(hops(1))["api"]["requests"] == 2


class TestIdentity:
    """An id of another domain changes nothing."""

    def swapped(self, **more):
        return [
            {"domain": "d1.example", "domain_id": numbered(2)["id"], "transport": "mx.one.example", **more},
            {"domain": "d2.example", "domain_id": numbered(1)["id"], "transport": "mx.two.example", **more},
        ]

    @pytest.mark.parametrize("check", [True, False])
    @pytest.mark.parametrize("batch", ["never", "always"])
    def test_swapped_ids_are_a_conflict(self, script, check, batch):
        read(script)
        result = run(*self.swapped(), check=check, batch=batch)
        assert failures(result) == {"d1.example": "conflict", "d2.example": "conflict"}
        assert (result["changed"], result["api"]["requests"]) == (False, 1)

    def test_new_name_is_sent_first_and_alone(self, script):
        renamed = numbered(1, domain="new.example")
        after = {**renamed, "lookback_hops": 2}
        read(script).expect("PATCH", one(1), ok(renamed), body={"domain": "new.example"})
        # It is verified by its id, in the whole list: no filter by a name would find it for sure.
        read(script, renamed)
        script.expect("PATCH", one(1), ok(after), body={"lookback_hops": 2})
        result = run({"domain": "new.example", "domain_id": numbered(1)["id"], "lookback_hops": 2}, batch="always")
        assert (result["summary"]["updated"], result["changed"]) == (1, True)

    def test_name_not_stored_stops_the_settings(self, script):
        read(script).expect("PATCH", one(1), ok(numbered(1)), body={"domain": "new.example"})
        for _look in range(3):
            read(script)
        result = run({"domain": "new.example", "domain_id": numbered(1)["id"], "lookback_hops": 2}, max_wait=2)
        assert (list(failures(result).values()), result["changed"]) == (["not_applied"], False)


class TestOnboard:
    def test_onboard_false_creates_nothing(self, script):
        patched(read(script), 1)
        result = run(hops(1), NEW, onboard=False)
        assert (failures(result), result["summary"]["updated"]) == ({"new.example": "not_found"}, 1)
        assert "email_security_onboard" in result["results"][1]["msg"]

    def test_check_mode_agrees(self, script):
        read(script)
        assert failures(run(NEW, onboard=False, check=True)) == {"new.example": "not_found"}


class TestExpectedPlanOption:
    @pytest.mark.parametrize("plan", [None, "", " ", "x", "0" * 63, "0" * 65, "g" * 64, "0" * 32 + " " + "0" * 31])
    @pytest.mark.parametrize("check", [True, False])
    def test_invalid_plan_is_refused_before_any_request(self, script, plan, check):
        result = run(hops(1), expected_plan=plan, check=check)
        assert (result["failure"]["kind"], result["changed"]) == ("invalid", False)
        assert "expected_plan is" in result["msg"]

    def test_left_out_plan_approves_everything(self, script):
        patched(read(script), 1)
        assert run(hops(1))["summary"]["updated"] == 1

    def test_other_account_gives_another_plan(self, script):
        read(script)
        one_account = run(hops(1), check=True)["plan"]
        script.expect("GET", DOMAINS.replace(ACCOUNT, "f" * 32), listed(*BEFORE))
        assert run(hops(1), check=True, account_id="f" * 32)["plan"] != one_account

    def test_failing_domain_is_a_part_of_the_plan(self, script):
        read(script)
        approved = run(hops(1), check=True)["plan"]
        read(script)
        assert run(hops(1), {"domain": "nowhere.example"}, check=True)["plan"] != approved


class TestOnly:
    def test_selected_domains_are_written_and_planned(self, script):
        patched(read(script), 2)
        result = run(hops(1), hops(2), hops(3), only=["D2.example."])
        assert (result["scope"], result["summary"]["total"], result["summary"]["updated"]) == (["d2.example"], 1, 1)
        assert result["undeclared"] == ["d0.example", "d4.example"]

    def test_plan_is_about_the_selected_domains(self, script):
        read(script)
        chosen = run(hops(1), hops(2), only=["d2*"], check=True)["plan"]
        read(script)
        assert run(hops(2), check=True)["plan"] == chosen

    def test_left_out_selects_all(self, script):
        read(script)
        assert run(hops(1), check=True)["scope"] is None

    @pytest.mark.parametrize("only", [[], "", " ", ",", [" ", ","], ["d9.example"], ["d1.example", "x"]])
    def test_unknown_name_is_refused(self, script, only):
        result = run(hops(1), hops(2), only=only)
        assert (result["failure"]["kind"], result["changed"]) == ("invalid", False)
        assert "only" in result["msg"]

    def test_unselected_domains_are_validated(self, script):
        assert "d2.example is declared more than once" in run(hops(1), hops(2), hops(2), only=["d1.example"])["msg"]


WAIVER = {"reason": "a move", "owner": "postmaster@example.com", "expires": "2999-12-31"}


class TestWaivers:
    def differing(self):
        return [numbered(0), numbered(1, transport="mx.moving.example"), *BEFORE[2:]]

    @pytest.mark.parametrize("batch", ["never", "always"])
    def test_waived_field_is_neither_compared_nor_sent(self, script, batch):
        waiver = {"domain": "d1.*", "field": "transport", **WAIVER}
        read(script, *self.differing())
        after = numbered(1, transport="mx.moving.example", lookback_hops=2)
        if batch == "never":
            script.expect("PATCH", one(1), ok(after), body={"lookback_hops": 2})
        else:
            patches = [{"id": numbered(1)["id"], "lookback_hops": 2}]
            script.expect("POST", BATCH, ok({}), body={"deletes": [], "patches": patches, "puts": [], "posts": []})
            script.expect("GET", DOMAINS, listed(after))
        result = run(hops(1, transport="mx.example.com"), batch=batch, waivers=[waiver])
        assert result["results"][0]["changes"] == HOPS
        assert result["waived"] == [{"domain": "d1.example", "field": "transport", "declared": "mx.example.com", "live": "mx.moving.example", **WAIVER}]
        assert (result["summary"]["updated"], result["summary"]["waived"]) == (1, 1)

    def test_only_waived_differences_change_nothing(self, script):
        read(script, *self.differing())
        result = run({"domain": "d1.example", "transport": "mx.example.com"}, waivers=[{"domain": "d1.example", "rule": "ES-NEXTHOP-001", **WAIVER}])
        assert (result["changed"], result["summary"]["waived"], result["api"]["requests"]) == (False, 1, 1)

    def test_expired_waiver_covers_nothing(self, script):
        read(script, *self.differing())
        waiver = {"domain": "d1.example", "field": "transport", **WAIVER, "expires": "2020-01-01"}
        result = run({"domain": "d1.example", "transport": "mx.example.com"}, waivers=[waiver], check=True)
        assert (result["summary"]["updated"], result["waived"]) == (1, [])

    @pytest.mark.parametrize(("rules", "left_alone"), [(["ES-DROP-001"], False), (["ES-DROP-001", "ES-DROP-009"], True)])
    def test_one_waived_direction_is_written(self, script, rules, left_alone):
        """Declared MALICIOUS, live UNKNOWN: the difference is weaker and stronger at once."""
        read(script, numbered(1, drop_dispositions=["UNKNOWN"]))
        waivers = [{"domain": "d1.example", "rule": rule, **WAIVER} for rule in rules]
        result = run({"domain": "d1.example", "drop_dispositions": ["MALICIOUS"]}, waivers=waivers, check=True)
        assert (result["results"] == [], bool(result["waived"])) == (left_alone, left_alone)

    @pytest.mark.parametrize(
        ("entry", "rule", "declared", "live"),
        [
            (NEW, "ES-DOMAIN-001", "present", None),
            ({"domain": "nowhere.example"}, "ES-DOMAIN-001", "present", None),
            ({"domain": "d1.example", "state": "absent"}, "ES-DOMAIN-003", "absent", "present"),
        ],
    )
    def test_waived_existence_is_left_unchanged(self, script, entry, rule, declared, live):
        read(script)
        result = run(entry, waivers=[{"domain": entry["domain"], "rule": rule, **WAIVER}])
        assert result["waived"] == [{"domain": entry["domain"], "field": None, "declared": declared, "live": live, **WAIVER}]
        assert (result["changed"], result["results"], "failed" in result) == (False, [], False)

    def test_plan_excludes_waived_differences(self, script):
        read(script, *self.differing())
        waivers = [{"domain": "d1.example", "field": "transport", **WAIVER}]
        waived = run(hops(1, transport="mx.example.com"), waivers=waivers, check=True)["plan"]
        read(script, *self.differing())
        assert run(hops(1), check=True)["plan"] == waived

    def test_invalid_waiver_is_refused_before_any_request(self, script):
        result = run(hops(1), waivers=[{"domain": "d1.example", "field": "colour", **WAIVER}])
        assert result["failure"]["kind"] == "invalid"
        assert "waivers[0] (d1.example): field is 'colour'" in result["msg"]

    def test_unset_suboptions_are_not_printed(self):
        options = {"domains": [], "defaults": None, "waivers": [{"domain": "d1.example", "rule": None, "field": "transport", "live": None, **WAIVER}]}
        email_security_domains.prepare(options, check_mode=True)
        assert options["waivers"] == [{"domain": "d1.example", "field": "transport", **WAIVER}]


class TestAddedValues:
    """`purge_*: false`, of the defaults and of a domain, four ways: unchanged, check mode, run, error."""

    DEFAULTS = {"drop_dispositions": ["SPOOF"], "purge_drop_dispositions": False}
    ADDED = {"drop_dispositions": {"before": ["MALICIOUS", "SPAM"], "after": ["MALICIOUS", "SPAM", "SPOOF"]}}

    def test_live_values_are_unchanged(self, script):
        read(script)
        result = run({"domain": "d1.example"}, {"domain": "d2.example"}, defaults={"drop_dispositions": ["SPAM"], "purge_drop_dispositions": False})
        assert (result["changed"], result["summary"]["unchanged"]) == (False, 2)

    def test_check_mode_predicts_the_run(self, script):
        entries = ({"domain": "d1.example"}, {"domain": "d2.example", "purge_drop_dispositions": True})
        read(script)
        predicted = run(*entries, defaults=self.DEFAULTS, check=True)
        read(script)
        for number, wanted in ((1, ["MALICIOUS", "SPAM", "SPOOF"]), (2, ["SPOOF"])):
            script.expect("PATCH", one(number), ok(numbered(number, drop_dispositions=wanted)), body={"drop_dispositions": wanted})
        result = run(*entries, defaults=self.DEFAULTS, expected_plan=predicted["plan"])
        assert result["results"][0]["changes"] == self.ADDED
        assert all(predicted[key] == result[key] for key in ("results", "summary", "plan", "diff"))

    def test_contradiction_is_refused_before_any_request(self):
        result = run({"domain": "d1.example", "purge_ip_restrictions": False}, defaults={"clear": ["ip_restrictions"]})
        assert (result["failure"]["kind"], "domains[0] (d1.example): defaults: clear contains ip_restrictions" in result["msg"]) == ("invalid", True)

    def test_plan_of_replaced_lists_does_not_depend_on_the_option(self, script):
        read(read(script))
        plans = {run(hops(1, drop_dispositions=["SPAM"], **more), check=True)["plan"] for more in ({}, {"purge_drop_dispositions": True})}
        assert len(plans) == 1


class TestSettingsThatStopMail:
    """The four outcomes: unchanged, check mode, run, error."""

    sound = {"ip_restrictions": [], "transport": "mx.example.com"}

    def account(self, script, *numbers, **differing):
        return read(script, *(numbered(number, **self.sound | differing) for number in numbers))

    def reported(self, result):
        return [(warning.partition(":")[0], re.findall(r"ES-[A-Z]+-[0-9]+", warning)) for warning in result.get("warnings", [])]

    def test_unchanged_settings_warn(self, script):
        read(script, numbered(0), numbered(1, **self.sound), numbered(2), numbered(3))
        result = run(*(hops(number, 1) for number in (0, 1, 2)))
        assert (result["changed"], self.reported(result), result["api"]["requests"]) == (False, [("d0.example, d2.example", ["ES-HEALTH-012"])], 1)

    def test_sound_or_undeclared_settings_do_not_warn(self, script):
        read(script, numbered(0), numbered(1, **self.sound))
        assert "warnings" not in run(hops(1, 1))

    def test_unselected_domains_do_not_warn(self, script):
        read(script, numbered(0), numbered(1, **self.sound))
        assert "warnings" not in run(hops(0, 1), hops(1, 1), only=["d1.example"])

    def test_check_mode_warns(self, script):
        self.account(script, *range(7))
        result = run(*({"domain": f"d{number}.example"} for number in range(7)), defaults={"ip_restrictions": ["192.0.2.0/24"]}, check=True)
        assert self.reported(result) == [("d0.example, d1.example, d2.example, d3.example, d4.example and 2 more", ["ES-HEALTH-012"])]

    def test_run_warns(self, script):
        self.account(script, 1, 2, integration_id=INTEGRATION)
        script.expect("PATCH", one(1), ok(numbered(1, **self.sound)), body={"integration_id": None})
        result = run({"domain": "d1.example", "clear": ["integration_id"]}, hops(2, 1))
        assert (result["summary"]["updated"], self.reported(result)) == (1, [("d1.example", ["ES-ADVICE-009"])])

    def test_failed_change_warns(self, script):
        self.account(script, 1).expect("PATCH", one(1), refused(400, 1001))
        result = run({"domain": "d1.example", "transport": "mailstream-eu1.mxrecord.io"})
        assert (failures(result), self.reported(result)) == ({"d1.example": "invalid"}, [("d1.example", ["ES-HEALTH-014"])])

    def test_impossible_change_does_not_warn(self, script):
        read(script, numbered(1))
        result = run({"domain": "nowhere.example"}, {"domain": "d1.example", "drop_dispositions": []})
        assert (sorted(failures(result).values()), "warnings" in result) == (["not_found", "unsafe"], False)

    @pytest.mark.parametrize(
        ("waiver", "is_reported"),
        [
            ({"domain": "d1.*", "field": "ip_restrictions"}, False),
            ({"domain": "d1.example", "rule": "ES-HEALTH-012"}, False),
            ({"domain": "d1.example", "rule": "ES-HEALTH-012", "live": ["192.0.2.10"]}, False),
            ({"domain": "d1.example", "rule": "ES-HEALTH-012", "live": ["192.0.2.11"]}, True),
            ({"domain": "d1.example", "field": "transport"}, True),
            ({"domain": "d2.example", "field": "ip_restrictions"}, True),
            ({"domain": "d1.*", "field": "ip_restrictions", "expires": "2020-01-01"}, True),
        ],
    )
    def test_waived_state_does_not_warn(self, script, monkeypatch, waiver, is_reported):
        # Whatever else the table says of the rule.
        monkeypatch.setitem(RULES, "ES-HEALTH-012", RULES["ES-IP-001"])
        read(script, numbered(1))
        assert bool(self.reported(run(hops(1, 1), waivers=[{**WAIVER, **waiver}]))) is is_reported


class TestRemovalWithMail:
    """The four outcomes: unchanged, check mode, run, error."""

    def counted(self, number, count=1204, **differing):
        timestamp = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        return numbered(number, emails_processed={"total_emails_processed": count, "timestamp": timestamp}, **differing)

    def account(self, script):
        return read(script, numbered(0), self.counted(1), self.counted(2, allowed_delivery_modes=["JOURNAL"]), self.counted(3, 0))

    def removed(self, script, *numbers):
        for number in numbers:
            script.expect("DELETE", one(number), ok({"id": numbered(number)["id"]}))
        script.expect("GET", DOMAINS, listed(numbered(0)))

    def absent(self, *numbers, **more):
        return [{"domain": f"d{number}.example", "state": "absent", **more} for number in numbers]

    def test_missing_domain_does_not_warn(self, script):
        self.account(script)
        result = run(*self.absent(7, 8))
        assert (result["changed"], "warnings" in result) == (False, False)

    def test_check_mode_warns(self, script):
        self.account(script)
        result = run(hops(0), *self.absent(1, 2, 3), check=True)
        assert [(entry["domain"], entry["action"], "failure" in entry) for entry in result["results"]] == [
            ("d0.example", "update", False),
            *((f"d{number}.example", "delete", False) for number in (1, 2, 3)),
        ]
        assert (result["summary"]["deleted"], result["summary"]["failed"]) == (3, 0)
        inline, others = result["warnings"]
        assert "d1.example (1204 messages). While the MX records point at Cloudflare, mail is rejected after the removal." in inline
        assert inline.endswith("unless it is confirmed with force: true with the domain, or its plan as expected_plan.")
        assert ("d2.example (1204 messages)" in others, "d3.example" in str(result["warnings"])) == (True, False)

    def test_run_is_refused_for_that_domain_only(self, script):
        patched(self.account(script), 0)
        script.expect("DELETE", one(2), ok({"id": numbered(2)["id"]})).expect("DELETE", one(3), ok({"id": numbered(3)["id"]}))
        script.expect("GET", DOMAINS, listed(done(0), self.counted(1)))
        result = run(hops(0), *self.absent(1, 2, 3))
        assert failures(result) == {"d1.example": "unsafe"}
        [refusal] = [entry for entry in result["results"] if "failure" in entry]
        assert (refusal["action"], refusal["changes"]) == ("none", {})
        assert "Nothing was removed. The domain is inline and processed 1204 messages within the last day." in refusal["msg"]
        assert "confirm it with force: true with the domain, or its plan as expected_plan." in result["msg"]
        assert ("failure" in result, result["changed"], result["summary"]["updated"], result["summary"]["deleted"]) == (False, True, 1, 2)
        assert "d1.example" not in str(result["warnings"])

    def test_approved_plan_removes(self, script):
        self.account(script)
        checked = run(*self.absent(1), check=True)
        self.account(script)
        refused_run = run(*self.absent(1))
        assert refused_run["plan"] == checked["plan"]
        assert failures(refused_run) == {"d1.example": "unsafe"}
        self.account(script)
        again = run(*self.absent(1), expected_plan=checked["plan"], check=True)
        assert (again["plan"], "A run refuses" in again["warnings"][0]) == (checked["plan"], False)
        self.removed(self.account(script), 1)
        result = run(*self.absent(1), expected_plan=checked["plan"])
        assert (result["summary"]["deleted"], result["plan"]) == (1, checked["plan"])
        assert "d1.example (1204 messages)" in result["warnings"][0]

    @pytest.mark.parametrize("check", [True, False])
    def test_other_plan_approves_nothing(self, script, check):
        self.account(script)
        result = run(*self.absent(1), expected_plan="0" * 64, check=check)
        assert (result["failure"]["kind"], result["changed"], not_reached(result)) == ("conflict", False, ["d1.example"])

    @pytest.mark.parametrize("check", [True, False])
    def test_force_removes(self, script, check):
        self.account(script)
        if not check:
            self.removed(script, 1)
        result = run(*self.absent(1, force=True), check=check)
        assert (result["summary"]["deleted"], "A run refuses" in result["warnings"][0]) == (1, False)

    def test_force_is_not_a_part_of_the_plan(self, script):
        plans = []
        for force in (False, True):
            self.account(script)
            plans.append(run(*self.absent(1, force=force), check=True)["plan"])
        assert plans[0] == plans[1]

    def test_force_applies_to_one_domain(self, script):
        read(script, self.counted(1), self.counted(2))
        self.removed(script, 1)
        result = run(*self.absent(1, force=True), *self.absent(2))
        assert (failures(result), result["summary"]["deleted"]) == ({"d2.example": "unsafe"}, 1)

    def test_batch_is_guarded(self, script):
        read(script, *BEFORE[:3], self.counted(3))
        script.expect("POST", BATCH, ok({}), body={"deletes": [{"id": numbered(0)["id"]}], "patches": [], "puts": [], "posts": []})
        script.expect("GET", DOMAINS, listed(*BEFORE[1:3], self.counted(3)))
        result = run(*self.absent(0, 3), batch="always")
        assert (failures(result), result["summary"]["deleted"]) == ({"d3.example": "unsafe"}, 1)

    def test_waived_removal_is_not_guarded(self, script):
        self.account(script)
        result = run(*self.absent(1), waivers=[{"domain": "d1.example", "rule": "ES-DOMAIN-003", **WAIVER}])
        assert (result["summary"]["failed"], "warnings" in result) == (0, False)

    @pytest.mark.parametrize("force", [True, False])
    def test_force_with_present_has_no_effect(self, script, force):
        self.account(script)
        result = run({"domain": "d1.example", "lookback_hops": 1, "force": force})
        assert result["changed"] is False


def test_run_force_in_defaults_is_refused(script):
    result = run({"domain": "d1.example", "state": "absent"}, defaults={"force": True})
    assert (result["failed"], "force" in result["msg"]) == (True, True)
