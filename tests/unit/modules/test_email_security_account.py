"""Each case four ways: nothing to do, check mode, run, error. Writes go one at a time, so that the script knows their order."""

from __future__ import annotations

import json

import pytest
from ansible_collections.mailops.cloudflare.plugins.modules import email_security_account, email_security_domains
from ansible_collections.mailops.cloudflare.tests.unit.lists import FUTURE, PAST, allowed, blocked, live_id, path, person, synced
from ansible_collections.mailops.cloudflare.tests.unit.support import ACCOUNT, DOMAINS, TOKEN, listed, lost, numbered, ok, refused, run_module

CONNECTION = {"account_id": ACCOUNT, "api_token": TOKEN, "concurrency": 1}
SAME = ("changed", "results", "summary", "undeclared", "duplicates", "expired", "kept", "skipped_resources", "directions", "plan", "diff")
NOT_ENTITLED = (403, 10010, "not_entitled: the subscription does not include this")


def run(*, check=False, **options):
    return run_module(email_security_account.main, {**CONNECTION, "batch": "never", "max_wait": 60, **options}, check=check)


def read(script, name, *rows):
    return script.expect("GET", path(name), listed(*rows), query={"page": "1"})


def created(script, name, live, body=...):
    return script.expect("POST", path(name), ok(live, 201), body=body)


def removed(script, name, number):
    return script.expect("DELETE", path(name, live_id(number)), ok({"id": live_id(number)}))


def labels(result, name, key):
    return [entry if isinstance(entry, str) else entry["name"] for entry in result["results"][name][key]]


def names(numbers, **more):
    return [{"pattern": f"b{number}.example", **more} for number in numbers]


DECLARED = [
    {"pattern": "b1.example"},
    {"pattern": "b2.example", "comments": "SEC-1"},
    {"pattern": "b3.example", "state": "absent"},
    {"pattern": "b4.example", "expires": PAST},
    {"pattern": "new.example", "expires": FUTURE},
]
NEW = blocked(9, pattern="new.example")
BEFORE = [blocked(number) for number in range(1, 6)]


def expect_changes(script):
    """The requests of a run, in the order in which they are sent."""
    read(script, "block_senders", *BEFORE)
    created(script, "block_senders", NEW, {"pattern": "new.example", "is_regex": False, "pattern_type": "DOMAIN"})
    script.expect("PATCH", path("block_senders", live_id(2)), ok(blocked(2, comments="SEC-1")), body={"comments": "SEC-1"})
    for number in (3, 4, 5):
        removed(script, "block_senders", number)
    read(script, "block_senders", blocked(1), blocked(2, comments="SEC-1"), NEW)


class TestFourWays:
    def test_equal_list_is_unchanged(self, script):
        read(script, "block_senders", *BEFORE[:2])
        result = run(block_senders=names([1, 2]))
        assert (result["changed"], result["diff"], result["results"]["block_senders"]["created"]) == (False, [], [])
        assert result["summary"]["block_senders"]["unchanged"] == 2
        assert result["api"]["requests"] == 1
        assert result["msg"] == "Nothing to change. As declared: 2 block_senders."

    def test_check_mode_predicts_the_changes(self, script):
        read(script, "block_senders", *BEFORE)
        result = run(block_senders=DECLARED, purge=["block_senders"], check=True)
        assert {key: labels(result, "block_senders", key) for key in result["results"]["block_senders"]} == {
            "created": ["new.example"],
            "deleted": ["b3.example", "b4.example"],
            "purged": ["b5.example"],
            "updated": ["b2.example"],
            "failed": [],
        }
        assert result["summary"]["block_senders"] == {
            "total": 5,
            "unchanged": 1,
            "created": 1,
            "updated": 1,
            "deleted": 2,
            "purged": 1,
            "failed": 0,
            "not_reached": 0,
            "synced": 0,
        }
        assert (result["expired"], result["undeclared"]) == ({"block_senders": ["b4.example"]}, {"block_senders": ["b5.example"]})
        assert result["directions"] == {"weaker": 3, "stronger": 1, "neutral": 1}

    def test_diff_has_one_line_for_each_entry(self, script):
        read(script, "block_senders", *BEFORE)
        [diff] = run(block_senders=DECLARED, purge=["block_senders"], check=True)["diff"]
        assert diff["before_header"] == "block_senders (1 new, 3 removed, 1 changed; less protected: 3; more protected: 1)"
        assert diff["before"].splitlines() == [
            'block_senders: b2.example: comments: ""',
            *(f"block_senders: b{number}.example (DOMAIN)" for number in (3, 4, 5)),
        ]
        assert diff["after"].splitlines() == ["block_senders: b2.example: comments: SEC-1", "block_senders: new.example (DOMAIN)"]

    def test_run_sends_the_changes(self, script):
        expect_changes(script)
        result = run(block_senders=DECLARED, purge=["block_senders"])
        assert result["msg"] == (
            "block_senders: 1 created (new.example), 1 changed (b2.example), 2 deleted (b3.example, b4.example), 1 removed by purge (b5.example)."
        )
        assert result["api"]["requests"] == 7
        assert "failed" not in result

    def test_check_mode_and_run_agree(self, script):
        read(script, "block_senders", *BEFORE)
        check = run(block_senders=DECLARED, purge=["block_senders"], check=True)
        expect_changes(script)
        result = run(block_senders=DECLARED, purge=["block_senders"])
        assert {key: result[key] for key in SAME} == {key: check[key] for key in SAME}

    def test_refused_entry_fails_alone(self, script):
        read(script, "block_senders")
        created(script, "block_senders", blocked(1)).expect("POST", path("block_senders"), refused(400, message="invalid pattern"))
        result = run(block_senders=names([1, 2]))
        assert (result["failed"], result["changed"], "failure" in result) == (True, True, False)
        assert labels(result, "block_senders", "created") == ["b1.example"]
        [failed] = result["results"]["block_senders"]["failed"]
        assert (failed["name"], failed["action"], failed["failure"]["kind"]) == ("b2.example", "create", "invalid")
        assert "invalid pattern" in failed["msg"]
        assert result["summary"]["block_senders"]["failed"] == 1


class TestWhatIsRead:
    def test_list_that_is_left_out_is_not_read_and_an_empty_one_is(self, script):
        read(script, "allow_policies", allowed(1))
        result = run(allow_policies=[], block_senders=None)
        assert result["undeclared"] == {"allow_policies": ["a1.example"]}
        assert (result["changed"], list(result["summary"])) == (False, ["allow_policies"])

    def test_nothing_declared_is_refused(self, script):
        result = run()
        assert result["failure"]["kind"] == "invalid"
        assert "Nothing is declared" in result["msg"]

    def test_bad_credential_costs_one_request(self, script):
        script.expect("GET", path("allow_policies"), refused(401, 1000))
        result = run(allow_policies=[{"pattern": "a1.example"}], block_senders=names(range(3)), impersonation_registry=[])
        assert (result["failure"]["kind"], result["changed"], result["skipped_resources"]) == ("auth", False, {})
        assert {name: counts["not_reached"] for name, counts in result["summary"].items()} == {
            "allow_policies": 1,
            "block_senders": 3,
            "impersonation_registry": 0,
        }
        assert result["api"]["requests"] == 1
        assert "plan" not in result

    @pytest.mark.parametrize("check", [True, False])
    def test_list_without_entitlement_is_skipped(self, script, check):
        read(script, "block_senders", blocked(1)).expect("GET", path("content_policies"), refused(*NOT_ENTITLED))
        result = run(block_senders=names([1]), content_policies=[], check=check)
        assert result["skipped_resources"] == {"content_policies": "not_entitled"}
        assert (result.get("failed"), result["changed"]) == (None, False)

    @pytest.mark.parametrize("check", [True, False])
    def test_list_without_entitlement_fails_in_the_end_if_it_is_declared(self, script, check):
        read(script, "block_senders").expect("GET", path("content_policies"), refused(*NOT_ENTITLED))
        if not check:
            created(script, "block_senders", blocked(1))
        policy = {"name": "Gift cards", "pattern": "gift", "targets": ["BODY"]}
        result = run(block_senders=names([1]), content_policies=[policy], check=check)
        assert (result["failed"], result["changed"], "failure" in result) == (True, True, False)
        assert result["skipped_resources"] == {"content_policies": "not_entitled"}
        assert result["results"]["content_policies"]["failure"]["kind"] == "not_entitled"
        assert result["summary"]["content_policies"]["not_reached"] == 1
        assert labels(result, "block_senders", "created") == ["b1.example"]

    def test_missing_permission_is_a_failure_of_the_list(self, script):
        script.expect("GET", path("allow_policies"), refused(403, 9109))
        read(script, "block_senders")
        created(script, "block_senders", blocked(1))
        result = run(allow_policies=[], block_senders=names([1]))
        assert (result["failed"], result["skipped_resources"]) == (True, {"allow_policies": "permission"})
        assert result["results"]["allow_policies"]["failure"]["kind"] == "permission"
        assert labels(result, "block_senders", "created") == ["b1.example"]

    def test_failure_of_the_only_list_is_that_of_the_task(self, script):
        script.expect("GET", path("block_senders"), refused(403, 9109))
        result = run(block_senders=names([1]))
        assert (result["failure"]["kind"], result["summary"]["block_senders"]["not_reached"]) == ("permission", 1)
        assert result["msg"].count("no permission") <= 1


class TestPurge:
    LIVE = [blocked(number) for number in range(20)]

    def test_without_purge_undeclared_entries_stay(self, script):
        read(script, "block_senders", *self.LIVE)
        result = run(block_senders=names([0]))
        assert (result["changed"], len(result["undeclared"]["block_senders"])) == (False, 19)

    @pytest.mark.parametrize("purge", [["block_senders"], ["all"]])
    def test_purge_removes_undeclared_entries(self, script, purge):
        read(script, "block_senders", *self.LIVE)
        removed(script, "block_senders", 19)
        read(script, "block_senders", *self.LIVE[:19])
        result = run(block_senders=names(range(19)), purge=purge)
        assert labels(result, "block_senders", "purged") == ["b19.example"]

    @pytest.mark.parametrize("check", [True, False])
    @pytest.mark.parametrize("limit", ["10%", "0%", 5, "1"])
    def test_too_many_removals_write_nothing_anywhere(self, script, check, limit):
        read(script, "allow_policies", allowed(1))
        read(script, "block_senders", *self.LIVE)
        result = run(
            allow_policies=[{"pattern": "a1.example", "state": "absent"}], block_senders=names(range(14)), purge=["all"], max_removals=limit, check=check
        )
        assert (result["failure"]["kind"], result["changed"]) == ("too_many_removals", False)
        assert len(result["results"]["block_senders"]["purged"]) == 6
        assert result["results"]["allow_policies"]["deleted"] == ["a1.example"]
        assert "block_senders: purge would remove 6 of 20 entries" in result["msg"]
        assert len(result["plan"]) == 64
        assert [diff["before_header"] for diff in result["diff"]] == [
            "allow_policies (1 removed; more protected: 1)",
            "block_senders (6 removed; less protected: 6)",
        ]

    def test_guard_fails_the_same_in_check_mode(self, script):
        results = []
        for check in (True, False):
            read(script, "block_senders", *self.LIVE)
            results.append(run(block_senders=names(range(10)), purge=["all"], check=check))
        assert {key: results[0][key] for key in (*SAME, "msg", "failure")} == {key: results[1][key] for key in (*SAME, "msg", "failure")}

    def test_approved_plan_outranks_the_guard(self, script):
        read(script, "block_senders", *self.LIVE)
        plan = run(block_senders=[], purge=["all"], check=True)["plan"]
        read(script, "block_senders", *self.LIVE)
        for number in range(20):
            removed(script, "block_senders", number)
        read(script, "block_senders")
        result = run(block_senders=[], purge=["all"], expected_plan=plan)
        assert result["summary"]["block_senders"]["purged"] == 20

    @pytest.mark.parametrize("limit", ["99%", 20, "10%"])
    def test_empty_list_is_refused(self, script, limit):
        read(script, "block_senders", *self.LIVE[:2])
        result = run(block_senders=[], purge=["all"], max_removals=limit)
        assert result["failure"]["kind"] == "too_many_removals"
        assert "no entry is declared" in result["msg"]

    def test_empty_list_is_purged_with_100_percent(self, script):
        read(script, "block_senders", blocked(1))
        removed(script, "block_senders", 1)
        read(script, "block_senders")
        assert run(block_senders=[], purge=["all"], max_removals="100%")["summary"]["block_senders"]["purged"] == 1

    @pytest.mark.parametrize("check", [True, False])
    def test_other_plan_is_refused_before_any_write(self, script, check):
        read(script, "block_senders", *self.LIVE)
        result = run(block_senders=names([50]), expected_plan="0" * 64, check=check)
        assert (result["failure"]["kind"], result["changed"], result["diff"]) == ("conflict", False, [])
        assert result["summary"]["block_senders"]["not_reached"] == 1
        assert result["plan"] in result["msg"]

    def test_kept_entries_stay(self, script):
        read(script, "block_senders", blocked(1), blocked(2, comments="for the SOC"), blocked(3))
        removed(script, "block_senders", 3)
        read(script, "block_senders", *self.LIVE[:2])
        result = run(block_senders=[{"pattern": "b1.example"}], purge=["all"], keep={"block_senders": ["comments:*soc*"]})
        assert (result["kept"], labels(result, "block_senders", "purged")) == ({"block_senders": ["b2.example"]}, ["b3.example"])

    def test_synchronized_people_are_only_counted(self, script):
        read(script, "impersonation_registry", person(1), synced(2), synced(3))
        result = run(impersonation_registry=[{"email": "p1@example.com", "name": "Person 1"}], purge=["all"])
        assert (result["undeclared"]["impersonation_registry"], result["summary"]["impersonation_registry"]["synced"]) == ([], 2)


class TestDuplicates:
    EQUAL = [blocked(1), blocked(2, pattern="b1.example")]

    def test_equal_ones_are_a_warning(self, script):
        read(script, "block_senders", *self.EQUAL)
        result = run(block_senders=names([1]))
        label = f"b1.example ({live_id(2)})"
        assert (result["changed"], result["duplicates"]) == (False, {"block_senders": [label]})
        assert [text for text in result["warnings"] if label in text]

    def test_purge_removes_all_but_one(self, script):
        read(script, "block_senders", *self.EQUAL)
        removed(script, "block_senders", 2)
        read(script, "block_senders", blocked(1))
        result = run(block_senders=names([1]), purge=["all"])
        assert labels(result, "block_senders", "purged") == [f"b1.example ({live_id(2)})"]
        assert "warnings" not in result

    def test_equal_ones_are_changed_together(self, script):
        read(script, "block_senders", *self.EQUAL)
        for number in (1, 2):
            script.expect("PATCH", path("block_senders", live_id(number)), ok(blocked(number, pattern="b1.example", comments="new")))
        assert run(block_senders=names([1], comments="new"))["summary"]["block_senders"]["updated"] == 2

    def test_different_ones_are_a_conflict_and_are_not_purged(self, script):
        read(script, "block_senders", blocked(1), blocked(2, pattern="b1.example", comments="x"))
        result = run(block_senders=names([1]), purge=["all"])
        assert [entry["failure"]["kind"] for entry in result["results"]["block_senders"]["failed"]] == ["conflict"]
        assert result["undeclared"] == {"block_senders": []}


class TestOrder:
    """A failure half-way leaves the account more protected rather than less."""

    LISTS = {
        "allow_policies": [{"pattern": "a1.example"}],
        "block_senders": names([1]),
        "trusted_domains": [{"pattern": "t1.example", "state": "absent"}],
    }
    TRUSTED = {"id": live_id(5), "pattern": "t1.example", "is_regex": False}

    def expect_reads(self, script):
        read(script, "allow_policies")
        read(script, "block_senders")
        read(script, "trusted_domains", self.TRUSTED)

    def test_what_protects_comes_first(self, script):
        self.expect_reads(script)
        created(script, "block_senders", blocked(1))
        removed(script, "trusted_domains", 5)
        read(script, "trusted_domains")
        created(script, "allow_policies", allowed(1))
        assert run(**self.LISTS)["changed"] is True

    def test_nothing_less_protected_is_sent_after_a_stop(self, script):
        self.expect_reads(script)
        created(script, "block_senders", blocked(1))
        script.expect("DELETE", path("trusted_domains", live_id(5)), refused(401, 1000))
        result = run(**self.LISTS)
        assert (result["failure"]["kind"], result["changed"]) == ("auth", True)
        assert {name: counts["not_reached"] for name, counts in result["summary"].items()} == {
            "allow_policies": 1,
            "block_senders": 0,
            "trusted_domains": 0,
        }

    def test_list_that_stops_alone_holds_back_what_exempts(self, script):
        self.expect_reads(script)
        created(script, "block_senders", blocked(1))
        script.expect("DELETE", path("trusted_domains", live_id(5)), refused(403, 9109))
        result = run(**self.LISTS)
        assert (result["failed"], "failure" in result) == (True, False)
        assert labels(result, "trusted_domains", "failed") == ["t1.example"]
        assert "were not sent, because those of trusted_domains could not be completed" in result["results"]["allow_policies"]["msg"]
        assert labels(result, "block_senders", "created") == ["b1.example"]

    def test_read_only_credential_is_refused_once(self, script):
        self.expect_reads(script)
        script.expect("POST", path("block_senders"), refused(403, 9109))
        result = run(**self.LISTS)
        assert (result["failure"]["kind"], result["changed"], result["api"]["requests"]) == ("permission", False, 4)


class TestDomains:
    def test_plan_of_domains_alone_is_that_of_the_module_for_domains(self, script):
        options = {"domains": [{"domain": "d1.example", "lookback_hops": 2}], "defaults": {"require_tls_outbound": True}}
        script.expect("GET", DOMAINS, listed(*(numbered(number) for number in range(3))))
        alone = run_module(email_security_domains.main, {**CONNECTION, **options}, check=True)
        script.expect("GET", DOMAINS, listed(*(numbered(number) for number in range(3))))
        result = run(**options, check=True)
        assert {key: result[key] for key in ("plan", "directions", "diff", "changed", "scope", "waived")} == {
            key: alone[key] for key in ("plan", "directions", "diff", "changed", "scope", "waived")
        }
        assert result["undeclared"]["domains"] == alone["undeclared"]
        assert labels(result, "domains", "updated") == ["d1.example"]

    def test_unchanged_list_does_not_change_the_plan(self, script):
        options = {"domains": [{"domain": "d1.example", "lookback_hops": 2}]}
        plans = []
        for lists in ({}, {"block_senders": []}, {"block_senders": names([1])}):
            script.expect("GET", DOMAINS, listed(numbered(1)))
            if lists:
                read(script, "block_senders")
            plans.append(run(**options, **lists, check=True)["plan"])
        assert plans[0] == plans[1] != plans[2]

    def test_domains_and_lists_are_changed_in_one_task(self, script):
        script.expect("GET", DOMAINS, listed(numbered(1)))
        read(script, "block_senders")
        script.expect("PATCH", f"{DOMAINS}/{numbered(1)['id']}", ok(numbered(1, lookback_hops=2)))
        created(script, "block_senders", blocked(1))
        result = run(domains=[{"domain": "d1.example", "lookback_hops": 2}], block_senders=names([1]))
        assert result["results"]["domains"]["updated"] == [
            {"name": "d1.example", "id": numbered(1)["id"], "changes": {"lookback_hops": {"before": 1, "after": 2}}}
        ]
        assert (result["summary"]["domains"]["updated"], result["summary"]["block_senders"]["created"]) == (1, 1)

    def test_waived_difference_stays(self, script):
        script.expect("GET", DOMAINS, listed(numbered(1)))
        waiver = {"domain": "d1.example", "field": "lookback_hops", "reason": "a move", "owner": "ops", "expires": FUTURE}
        result = run(domains=[{"domain": "d1.example", "lookback_hops": 2}], waivers=[waiver])
        assert (result["changed"], len(result["waived"]), result["summary"]["domains"]["waived"]) == (False, 1, 1)

    def test_selection_limits_the_domains_and_not_the_lists(self, script):
        script.expect("GET", DOMAINS, listed(numbered(1), numbered(2)))
        read(script, "block_senders")
        domains = [{"domain": f"d{number}.example", "lookback_hops": 2} for number in (1, 2)]
        result = run(domains=domains, only=["d2.example"], block_senders=names([1]), check=True)
        assert (labels(result, "domains", "updated"), labels(result, "block_senders", "created")) == (["d2.example"], ["b1.example"])

    def test_onboarding_can_be_refused(self, script):
        script.expect("GET", DOMAINS, listed())
        result = run(domains=[{"domain": "d1.example"}], onboard=False)
        assert [entry["failure"]["kind"] for entry in result["results"]["domains"]["failed"]] == ["not_found"]
        assert result["failed"] is True


class TestWaivers:
    """Differences of entries that waivers permit stay as they are."""

    PERMIT = {"entry": "b1.example", "field": "comments", "reason": "an incident", "owner": "ops", "expires": FUTURE}
    WAIVED = {"domain": None, "resource": "block_senders", "entry": "b1.example", "reason": "an incident", "owner": "ops", "expires": FUTURE}

    def test_nothing_is_left_to_do(self, script):
        read(script, "block_senders", blocked(1, comments="theirs"))
        result = run(block_senders=names([1], comments="ours"), waivers=[self.PERMIT])
        assert (result["changed"], result["api"]["requests"], result["summary"]["block_senders"]["unchanged"]) == (False, 1, 1)
        assert result["waived"] == [{**self.WAIVED, "field": "comments", "declared": "ours", "live": "theirs"}]

    def test_check_mode_and_run_agree(self, script):
        options = {"block_senders": names([1, 2], comments="ours"), "waivers": [self.PERMIT]}
        live = [blocked(1, comments="theirs"), blocked(2, comments="theirs")]
        read(script, "block_senders", *live)
        check = run(**options, check=True)
        read(script, "block_senders", *live)
        script.expect("PATCH", path("block_senders", live_id(2)), ok(blocked(2, comments="ours")), body={"comments": "ours"})
        result = run(**options)
        assert {key: result[key] for key in (*SAME, "waived")} == {key: check[key] for key in (*SAME, "waived")}
        assert labels(result, "block_senders", "updated") == ["b2.example"]

    def test_undeclared_entry_is_not_purged(self, script):
        read(script, "block_senders", blocked(1), blocked(2))
        removed(script, "block_senders", 2)
        read(script, "block_senders", blocked(1))
        waiver = {**self.PERMIT, "field": None, "rule": "ES-BLOCK-002"}
        result = run(block_senders=[], purge=["all"], max_removals="100%", waivers=[waiver])
        assert labels(result, "block_senders", "purged") == ["b2.example"]
        assert result["waived"] == [{**self.WAIVED, "field": None, "declared": None, "live": "present"}]
        assert result["undeclared"] == {"block_senders": ["b1.example", "b2.example"]}

    def test_waived_entries_do_not_count_as_removals(self, script):
        read(script, "block_senders", *(blocked(number) for number in range(1, 9)))
        waiver = {**self.PERMIT, "entry": "*", "field": None, "rule": "ES-BLOCK-002"}
        result = run(block_senders=names([1]), purge=["all"], max_removals=0, waivers=[waiver], check=True)
        assert ("failed" in result, len(result["waived"])) == (False, 7)

    def test_waivers_of_domains_are_returned_as_before(self, script):
        script.expect("GET", DOMAINS, listed(numbered(1)))
        read(script, "block_senders", blocked(1))
        waiver = {"domain": "d1.example", "field": "lookback_hops", "reason": "a move", "owner": "ops", "expires": FUTURE}
        result = run(domains=[{"domain": "d1.example", "lookback_hops": 2}], block_senders=names([1]), waivers=[waiver, self.PERMIT])
        assert [(entry["domain"], "entry" in entry) for entry in result["waived"]] == [("d1.example", False)]

    def test_no_waiver_is_no_key(self, script):
        read(script, "block_senders", blocked(1))
        assert "waived" not in run(block_senders=names([1]), waivers=[self.PERMIT])

    @pytest.mark.parametrize(
        ("waiver", "words"),
        [
            ({"rule": "ES-BLOCK-999", "field": None}, "waivers[0] (b1.example): rule is 'ES-BLOCK-999'"),
            ({"resource": "domains"}, "waivers[0] (b1.example): entry is given, and resource is domains"),
            ({"resource": "blocked"}, "waivers[0]: resource is 'blocked'"),
            ({"entry": None}, "domain is empty"),
        ],
    )
    def test_mistakes_are_refused_before_any_request(self, script, waiver, words):
        result = run(block_senders=[], waivers=[{**self.PERMIT, **waiver}])
        assert words in result["msg"]
        assert result["failure"]["kind"] == "invalid"


class TestInvalidOptions:
    @pytest.mark.parametrize(
        ("options", "words"),
        [
            ({"block_senders": [*names([1]), {"pattern": "@evil.example"}]}, "block_senders[1] (@evil.example): pattern is '@evil.example'"),
            ({"block_senders": ["evil.example"]}, "write `- pattern: evil.example`"),
            ({"block_senders": [{"comments": "x"}]}, "one of the following is required: pattern, id"),
            ({"block_senders": [{"patern": "evil.example"}]}, "Did you mean pattern?"),
            (
                {"block_senders": [*names([1, 2, 1]), *names([1], comments="x")]},
                "block_senders[3] (b1.example): it contradicts block_senders[0], block_senders[2]",
            ),
            ({"block_senders": [*names([1]), *names([1], state="absent")]}, "block_senders[1] (b1.example): it contradicts block_senders[0]"),
            ({"block_senders": names([1], expires="soon")}, "block_senders[0] (b1.example): expires is 'soon'"),
            ({"block_senders": [], "purge": ["allow_policies"]}, "purge contains allow_policies, and the list is not given"),
            ({"block_senders": [], "purge": ["block_sender"]}, "did you mean block_senders?"),
            ({"block_senders": [], "max_removals": "101%"}, "max_removals is '101%'"),
            ({"block_senders": [], "max_removals": "ten"}, "max_removals is 'ten'"),
            ({"block_senders": [], "keep": {"block_sender": ["*"]}}, "did you mean block_senders?"),
            ({"block_senders": [], "own_domains": ["example"]}, "own_domains[0] is 'example', which is not a domain name"),
            ({"block_senders": [], "expected_plan": ""}, "expected_plan is empty"),
            ({"block_senders": [], "concurrency": 11}, "concurrency is 11"),
        ],
    )
    def test_mistakes_are_refused_before_any_request(self, script, options, words):
        result = run(**options)
        assert words in result["msg"]
        assert (result["failure"]["kind"], result["changed"]) == ("invalid", False)

    def test_all_mistakes_of_all_lists_are_named_at_once(self, script):
        words = run(
            domains=[{"domain": "d1.example", "lookback_hops": 99}],
            block_senders=[{"pattern": "*.evil.example"}],
            allow_policies=[{"pattern": "a.example", "is_exempt_recipient": True}],
            max_removals="-1",
        )["msg"]
        for part in ("domains[0] (d1.example)", "block_senders[0] (*.evil.example)", "allow_policies[0] (a.example)", "max_removals is '-1'"):
            assert part in words

    def test_same_live_entry_selected_twice_is_refused(self, script):
        read(script, "block_senders", blocked(1))
        result = run(block_senders=[{"id": live_id(1), "pattern": "b2.example"}, {"id": live_id(1)}])
        assert result["failure"]["kind"] == "invalid"
        assert "block_senders" in result["msg"]


def test_repeated_entry_is_merged_with_a_warning(script):
    read(script, "block_senders", blocked(1))
    result = run(block_senders=[{"pattern": "b1.example"}, {"pattern": "B1.example."}])
    assert result["summary"]["block_senders"]["total"] == 1
    assert result["warnings"] == ["block_senders: declared more than once, with the same settings: b1.example. Leave out the repeated entries."]


def test_lost_response_is_verified(script):
    read(script, "block_senders").expect("POST", path("block_senders"), lost("POST"))
    read(script, "block_senders", blocked(1))
    result = run(block_senders=names([1]))
    assert (result["changed"], labels(result, "block_senders", "created")) == (True, ["b1.example"])


class TestSize:
    def test_result_of_5000_creations_has_every_label(self, script):
        entries = [{"pattern": f"sender-{number}.mail.evil.example", "comments": "from the feed of the day"} for number in range(5000)]
        read(script, "block_senders")
        result = run(block_senders=entries, check=True)
        text = {key: value for key, value in result.items() if key != "invocation"}
        assert len(json.dumps(text)) < 640_000
        assert len(json.dumps(result)) < 700_000
        assert len(result["results"]["block_senders"]["created"]) == 5000

    def test_unset_suboptions_are_not_printed(self):
        unset = dict.fromkeys(email_security_account.argument_spec()["block_senders"]["options"]) | {"state": "present"}
        options = {"domains": None, "defaults": None, "block_senders": [unset | {"pattern": "b1.example"}]}
        email_security_account.prepare(options, check_mode=True)
        assert options["block_senders"] == [{"pattern": "b1.example"}]
