"""The account as a whole: what is read, in which order, and what is refused before the first write. Whole tasks are tested with the module."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import InvalidOptionError
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile import account_execution
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.account import account_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.registry import LIST_NAMES, RESOURCES
from ansible_collections.mailops.cloudflare.tests.unit.lists import allowed, blocked, live_id, path
from ansible_collections.mailops.cloudflare.tests.unit.support import DOMAINS, client, listed, numbered, ok, refused

BLOCKED = {"block_senders": [{"pattern": "b1.example"}]}


def declaration(**options):
    return account_from_options(RESOURCES, {"batch": "never", "concurrency": 1, **options})


def apply(check_mode=True, warnings=None, **options):
    warn = (lambda _text: None) if warnings is None else warnings.append
    return declaration(**options).apply(client(warn=warn), check_mode=check_mode)


class TestOptions:
    def test_problems_of_the_caller_are_reported_with_the_others(self):
        with pytest.raises(InvalidOptionError) as caught:
            account_from_options(RESOURCES, {"block_senders": [{"pattern": "@x.example"}], "max_removals": "no"}, problems=["concurrency is 11."])
        for part in ("concurrency is 11.", "block_senders[0] (@x.example)", "max_removals is 'no'"):
            assert part in str(caught.value)

    def test_nothing_declared_names_what_can_be(self):
        with pytest.raises(InvalidOptionError) as caught:
            declaration()
        assert str(caught.value) == f"Nothing is declared: give domains or at least one of {', '.join(LIST_NAMES)}."

    @pytest.mark.parametrize("options", [{"domains": []}, {"url_ignore_patterns": []}])
    def test_empty_declaration_is_one(self, options):
        assert declaration(**options).has_domains is ("domains" in options)

    def test_null_plan_is_refused(self):
        with pytest.raises(InvalidOptionError, match="expected_plan is null"):
            account_from_options(RESOURCES, BLOCKED, given=["expected_plan"])

    def test_waivers_and_selection_are_those_of_domains(self):
        found = declaration(domains=[{"domain": "a.example"}, {"domain": "b.example"}], only=["a.example"])
        assert [desired.name for desired in found.domains.selected] == ["a.example"]


class TestReading:
    def test_everything_declared_is_read_in_a_fixed_order(self, script):
        script.expect("GET", DOMAINS, listed())
        for name in LIST_NAMES:
            script.expect("GET", path(name), listed())
        result = apply(**{name: [] for name in reversed(LIST_NAMES)}, domains=[])
        assert list(result["summary"]) == ["domains", *LIST_NAMES]

    @pytest.mark.parametrize(("status", "code", "kind"), [(401, 1000, "auth"), (429, 1, "rate_limited")])
    def test_unreachable_server_gets_no_more_requests(self, script, status, code, kind):
        script.expect("GET", path("allow_policies"), listed())
        script.expect("GET", path("block_senders"), refused(status, code, retry_after="9999"))
        result = apply(allow_policies=[], **BLOCKED, trusted_domains=[{"pattern": "t.example"}])
        assert (result["failure"]["kind"], "plan" in result, "directions" in result) == (kind, False, False)
        assert [result["summary"][name]["not_reached"] for name in ("allow_policies", "block_senders", "trusted_domains")] == [0, 1, 1]

    def test_domains_that_cannot_be_read_do_not_stop_the_lists(self, script):
        script.expect("GET", DOMAINS, refused(403, 9109)).expect("GET", path("block_senders"), listed())
        result = apply(domains=[{"domain": "a.example"}], **BLOCKED)
        assert (result["skipped_resources"], result["failed"], "failure" in result) == ({"domains": "permission"}, True, False)
        assert (result["summary"]["domains"]["not_reached"], result["results"]["domains"]["failure"]["kind"]) == (1, "permission")
        assert ("domains" in result["undeclared"], result["results"]["block_senders"]["created"]) == (False, ["b1.example"])

    @pytest.mark.parametrize(("domains", "has_failed"), [([{"domain": "a.example"}], True), ([], False)])
    def test_domains_without_entitlement(self, script, domains, has_failed):
        script.expect("GET", DOMAINS, refused(403, 10010, "not_entitled")).expect("GET", path("block_senders"), listed(blocked(1)))
        result = apply(domains=domains, **BLOCKED)
        assert (result["skipped_resources"], result.get("failed", False)) == ({"domains": "not_entitled"}, has_failed)

    def test_all_lists_refused_is_the_failure_of_the_task(self, script):
        script.expect("GET", path("allow_policies"), refused(403, 9109)).expect("GET", path("block_senders"), refused(500))
        result = account_from_options(RESOURCES, {"allow_policies": [], **BLOCKED}).apply(client(max_wait=0), check_mode=True)
        assert result["failure"]["kind"] == "permission"
        assert result["skipped_resources"] == {"allow_policies": "permission", "block_senders": "server"}

    def test_list_without_entitlement_alone_is_no_failure(self, script):
        script.expect("GET", path("content_policies"), refused(403, 10010, "not_entitled"))
        result = apply(content_policies=[])
        assert ("failed" in result, result["skipped_resources"], len(result["plan"])) == (False, {"content_policies": "not_entitled"}, 64)

    def test_failing_list_is_a_part_of_the_plan(self, script):
        plans = []
        for reply in (refused(403, 9109), refused(403, 10010, "not_entitled"), listed()):
            script.expect("GET", path("block_senders"), listed()).expect("GET", path("content_policies"), reply)
            plans.append(apply(content_policies=[], **BLOCKED)["plan"])
        assert plans[0] != plans[1] == plans[2]


class TestWarnings:
    def test_five_entries_are_named(self, script):
        script.expect("GET", path("block_senders"), listed())
        warnings = []
        apply(warnings=warnings, block_senders=[{"pattern": f"b{number}.example"} for number in range(7)] * 2)
        assert warnings == [
            "block_senders: declared more than once, with the same settings: b0.example, b1.example, b2.example, b3.example, b4.example and 2 more. "
            "Leave out the repeated entries."
        ]

    def test_duplicates_are_a_warning_without_purge(self, script):
        found = []
        for purge in (["all"], []):
            script.expect("GET", path("block_senders"), listed(blocked(1), blocked(2, pattern="b1.example")))
            warnings = []
            apply(warnings=warnings, purge=purge, **BLOCKED)
            found.append(warnings)
        assert found[0] == []
        assert found[1] == [f"block_senders: live more than once, with the same settings: b1.example ({live_id(2)}). Remove these, or use purge."]


class TestRefusals:
    def test_mismatch_precedes_the_guard(self, script):
        script.expect("GET", path("block_senders"), listed(*(blocked(number) for number in range(9))))
        result = apply(check_mode=False, block_senders=[], purge=["all"], expected_plan="0" * 64)
        assert (result["failure"]["kind"], result["results"]["block_senders"]["purged"]) == ("conflict", [])

    def test_any_plan_passes_if_nothing_is_pending(self, script):
        script.expect("GET", path("block_senders"), listed(blocked(1)))
        assert "failed" not in apply(check_mode=False, expected_plan="0" * 64, **BLOCKED)

    def test_any_plan_passes_if_nothing_is_pending_for_domains(self, script):
        script.expect("GET", DOMAINS, listed(numbered(1)))
        assert "failed" not in apply(check_mode=False, expected_plan="0" * 64, domains=[{"domain": "d1.example", "lookback_hops": 1}])

    def test_other_plan_is_refused_for_domains(self, script):
        script.expect("GET", DOMAINS, listed(numbered(1)))
        result = apply(check_mode=False, expected_plan="0" * 64, domains=[{"domain": "d1.example", "lookback_hops": 2}])
        assert (result["failure"]["kind"], result["summary"]["domains"]["not_reached"], result["summary"]["domains"]["failed"]) == ("conflict", 1, 0)

    def test_approved_plan_outranks_the_guard(self, script):
        options = {"block_senders": [], "purge": ["all"]}
        script.expect("GET", path("block_senders"), listed(blocked(1)))
        plan = apply(**options)["plan"]
        script.expect("GET", path("block_senders"), listed(blocked(1)))
        result = apply(expected_plan=plan, **options)
        assert ("failed" in result, result["results"]["block_senders"]["purged"]) == (False, ["b1.example"])

    def test_guard_of_a_list_protects_the_domains(self, script):
        script.expect("GET", DOMAINS, listed(numbered(1))).expect("GET", path("block_senders"), listed(blocked(1)))
        result = apply(check_mode=False, domains=[{"domain": "d1.example", "lookback_hops": 2}], block_senders=[], purge=["all"])
        assert (result["failure"]["kind"], result["changed"]) == ("too_many_removals", False)
        assert [entry["name"] for entry in result["results"]["domains"]["updated"]] == ["d1.example"]

    def test_approved_plan_confirms_the_removal_of_an_inline_domain(self, script):
        mail = {"total_emails_processed": 5, "timestamp": "2999-01-01T00:00:00Z"}
        live = numbered(1, emails_processed=mail, allowed_delivery_modes=["DIRECT"])
        options = {"domains": [{"domain": "d1.example", "state": "absent"}], "block_senders": []}
        plans = []
        for approved in ({}, None):
            script.expect("GET", DOMAINS, listed(live)).expect("GET", path("block_senders"), listed())
            if approved is None:
                approved = {"expected_plan": plans[0]}
                script.expect("DELETE", f"{DOMAINS}/{live['id']}", ok({"id": live["id"]})).expect("GET", DOMAINS, listed())
            result = apply(check_mode=False, **options, **approved)
            plans.append(result["plan"])
            found = result["results"]["domains"]
            assert (found["deleted"], [entry["failure"]["kind"] for entry in found["failed"]]) == (
                (["d1.example"], []) if len(plans) == 2 else ([], ["unsafe"])
            )


def test_interrupted_task_describes_what_was_done(script, monkeypatch):
    script.expect("GET", path("allow_policies"), listed()).expect("GET", path("block_senders"), listed())
    script.expect("POST", path("block_senders"), ok(blocked(1)))
    sent = account_execution.ListExecutor.send_individually

    def interrupt(executor):
        if executor._collection.resource.name == "allow_policies":
            raise KeyboardInterrupt
        sent(executor)

    monkeypatch.setattr(account_execution.ListExecutor, "send_individually", interrupt)
    with pytest.raises(KeyboardInterrupt) as caught:
        apply(check_mode=False, allow_policies=[{"pattern": "a1.example"}], **BLOCKED)
    result = caught.value.mailops_cloudflare_result
    assert (result["failure"]["kind"], result["changed"]) == ("network", True)
    assert result["results"]["block_senders"]["created"] == ["b1.example"]
    assert result["summary"]["allow_policies"]["not_reached"] == 1
    assert len(result["plan"]) == 64


def test_unchanged_domains_are_not_sent(script):
    script.expect("GET", DOMAINS, listed(numbered(1))).expect("GET", path("allow_policies"), listed())
    script.expect("POST", path("allow_policies"), ok(allowed(1)))
    result = apply(check_mode=False, domains=[{"domain": "d1.example"}], allow_policies=[{"pattern": "a1.example"}])
    assert (result["summary"]["domains"]["unchanged"], result["summary"]["allow_policies"]["created"]) == (1, 1)


class TestDomains:
    OPTIONS = {"domains": [{"domain": "d1.example", "require_tls_outbound": True, "lookback_hops": 2}], "concurrency": 1}

    def expect_reads(self, script):
        script.expect("GET", DOMAINS, listed(numbered(1, require_tls_outbound=False))).expect("GET", path("block_senders"), listed())

    def test_directions_are_those_of_domains_and_lists(self, script):
        self.expect_reads(script)
        account = declaration(**self.OPTIONS, **BLOCKED)
        account = account._replace(domains=account.domains._replace(direction_of=lambda *_change: "weaker"))
        assert account.apply(client(), check_mode=True)["directions"] == {"weaker": 2, "stronger": 1, "neutral": 0}

    def test_domains_come_before_lists_that_are_as_urgent(self, script):
        self.expect_reads(script)
        script.expect("PATCH", f"{DOMAINS}/{numbered(1)['id']}", ok(numbered(1, lookback_hops=2)))
        script.expect("POST", path("block_senders"), ok(blocked(1)))
        result = apply(check_mode=False, **self.OPTIONS, **BLOCKED)
        assert [entry["name"] for entry in result["results"]["domains"]["updated"]] == ["d1.example"]

    def test_refused_domain_is_reported(self, script):
        self.expect_reads(script)
        script.expect("PATCH", f"{DOMAINS}/{numbered(1)['id']}", refused(400)).expect("POST", path("block_senders"), ok(blocked(1)))
        result = apply(check_mode=False, **self.OPTIONS, **BLOCKED)
        [failed] = result["results"]["domains"]["failed"]
        assert (failed["name"], failed["failure"]["kind"], result["summary"]["domains"]["failed"]) == ("d1.example", "invalid", 1)
        assert result["results"]["block_senders"]["created"] == ["b1.example"]

    def test_refused_removal_alone_sends_nothing(self, script):
        mail = {"total_emails_processed": 5, "timestamp": "2999-01-01T00:00:00Z"}
        script.expect("GET", DOMAINS, listed(numbered(1, emails_processed=mail)))
        result = apply(check_mode=False, domains=[{"domain": "d1.example", "state": "absent"}])
        assert ([entry["failure"]["kind"] for entry in result["results"]["domains"]["failed"]], result["changed"]) == (["unsafe"], False)
