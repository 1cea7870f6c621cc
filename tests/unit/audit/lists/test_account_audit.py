"""AccountAudit: the result of an audit of lists."""

from __future__ import annotations

import json

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.finding_text import finding_text, subject_of
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.registry import find_rule
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.rule import CATEGORIES, SEVERITIES
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.registry import LIST_NAMES
from ansible_collections.mailops.cloudflare.tests.unit.audit.lists_support import audit_lists, found_in
from ansible_collections.mailops.cloudflare.tests.unit.lists import FUTURE, PAST, allowed, blocked, live_id, person, synced
from hypothesis import given
from hypothesis import strategies as st

WAIVER = {"reason": "known", "owner": "ops", "expires": "2026-12-31"}
EXEMPTING = {"allow_policies": [allowed(1, is_trusted_sender=True, comments="SEC-1")]}


def rules(result, name=None):
    return [finding["rule_id"] for finding in result["findings"] if name in (None, finding["resource"])]


def counts(result, name="block_senders"):
    return result["summary"]["resources"][name]


class TestFindings:
    def test_finding_contains_all_members(self):
        result = audit_lists({"block_senders": [{"pattern": "evil.example", "comments": "SEC-1"}]}, {"block_senders": [blocked(1, pattern="evil.example")]})
        [finding] = [finding for finding in result["findings"] if finding["rule_id"] == "ES-LIST-002"]
        remedy = finding.pop("remedy")
        assert remedy
        assert finding == {
            "domain": None,
            "resource": "block_senders",
            "entry": "evil.example",
            "field": "comments",
            "declared": "SEC-1",
            "live": "",
            "direction": "neutral",
            "severity": "low",
            "rule_id": "ES-LIST-002",
            "category": "drift",
            "message": "The comment of evil.example is an empty text. Declared: SEC-1.",
            "waived": False,
        }

    def test_result_contains_all_members(self):
        result = audit_lists({"block_senders": [{"pattern": "evil.example"}]}, {"block_senders": []})
        members = {"account_id", "plan", "planned_changes", "directions", "unread", "lists"}
        assert members <= set(result)
        assert result["plan"] != audit_lists({"block_senders": []}, {"block_senders": []})["plan"]

    def test_nothing_hides_anything(self):
        """Drift and health of one entry are both reported."""
        live = {"allow_policies": [allowed(1, is_trusted_sender=True, verify_sender=False)]}
        found = rules(audit_lists({"allow_policies": []}, live))
        assert {"ES-ALLOW-001", "ES-ALLOW-103", "ES-ALLOW-109"} <= set(found)

    def test_rule_that_is_off_makes_no_finding_and_the_entry_still_differs(self):
        declared, live = {"block_senders": [{"pattern": "b1.example"}]}, {"block_senders": []}
        result = audit_lists(declared, live, severities={"ES-BLOCK-001": "off"})
        assert rules(result) == []
        assert (result["rules_off"], counts(result)["drifted"]) == (["ES-BLOCK-001"], 1)

    def test_severities_override_those_of_the_check(self):
        result = audit_lists({}, EXEMPTING, severities={"ES-ALLOW-001": "low"})
        [finding] = [finding for finding in result["findings"] if finding["rule_id"] == "ES-ALLOW-001"]
        assert finding["severity"] == "low"

    def test_worst_come_first_then_domains_then_the_lists(self):
        live = {
            "domains": [{"id": "1", "domain": "d1.example", "spf_status": "open"}],
            **EXEMPTING,
            "trusted_domains": [{"id": live_id(5), "pattern": ".*", "is_regex": True, "is_similarity": True, "comments": "x"}],
        }
        found = [(finding["severity"], finding["resource"]) for finding in audit_lists({}, live)["findings"]]
        ranks = [(SEVERITIES.index(severity), ["domains", *LIST_NAMES].index(name)) for severity, name in found]
        assert ranks == sorted(ranks)
        assert {name for _severity, name in found} >= {"domains", "allow_policies", "trusted_domains"}

    def test_same_whatever_the_order(self):
        live = {"allow_policies": [allowed(number, is_trusted_sender=True) for number in range(5)], "block_senders": [blocked(number) for number in range(5)]}
        shuffled = {name: rows[::-1] for name, rows in reversed(live.items())}
        assert audit_lists({"block_senders": []}, live)["findings"] == audit_lists({"block_senders": []}, shuffled)["findings"]

    def test_list_that_could_not_be_read(self):
        result = audit_lists({}, {}, unread=["allow_policies", "content_policies"], resources=["block_senders", "allow_policies", "content_policies"])
        assert result["unread"] == {"allow_policies": "not_entitled", "content_policies": "not_entitled"}
        found = found_in(result, "rule_id", "resource", "entry", "severity", "live")
        assert ("ES-LIST-005", "allow_policies", None, "high", "not_entitled") in found
        assert ("ES-LIST-005", "content_policies", None, "medium", "not_entitled") in found
        assert list(result["summary"]["resources"]) == ["block_senders"]


class TestDomainsBesideLists:
    LIVE = {"domains": [{"id": "1", "domain": "d1.example", "spf_status": "open"}], "block_senders": [blocked(1, pattern="d1.example")]}

    def test_undeclared_domains_are_no_finding_unless_domains_are_declared(self):
        result = audit_lists({"block_senders": []}, self.LIVE)
        assert "ES-DOMAIN-002" not in rules(result)
        assert (result["summary"]["undeclared"], result["undeclared"]) == (1, ["d1.example"])
        assert "ES-HEALTH-006" in rules(result)
        assert "ES-DOMAIN-002" in rules(audit_lists({"block_senders": [], "domains": []}, self.LIVE))

    def test_domains_are_own_ones(self):
        assert "ES-BLOCK-102" in rules(audit_lists({}, self.LIVE))
        without = {"block_senders": self.LIVE["block_senders"]}
        assert "ES-BLOCK-102" not in rules(audit_lists({}, without))
        assert "ES-BLOCK-102" in rules(audit_lists({}, without, own_domains=["D1.example."]))

    def test_summary_is_that_of_the_domains_and_of_all_findings(self):
        result = audit_lists({"domains": [], "block_senders": []}, self.LIVE)
        summary = result["summary"]
        assert (summary["live"], summary["declared"]) == (1, 0)
        assert summary["findings"] == sum(found["findings"] for found in summary["resources"].values()) == len(result["findings"])
        assert summary["findings"] == sum(summary[severity] for severity in SEVERITIES) == sum(summary[category] for category in CATEGORIES)
        assert list(summary["resources"]) == ["domains", "block_senders"]


class TestCounts:
    def test_entries_by_what_they_are(self):
        declared = [
            {"pattern": "b1.example"},
            {"pattern": "b2.example", "comments": "x"},
            {"pattern": "b3.example", "state": "absent"},
            {"pattern": "b4.example", "expires": PAST},
            {"pattern": "gone.example", "state": "absent"},
            {"pattern": "new.example", "expires": FUTURE},
        ]
        result = audit_lists({"block_senders": declared}, {"block_senders": [blocked(number) for number in range(1, 7)]})
        assert counts(result) | {"findings": 0} == {
            "declared": 6,
            "as_declared": 2,
            "drifted": 4,
            "drift_waived": 0,
            "live": 6,
            "missing": 1,
            "undeclared": 2,
            "synced": 0,
            "findings": 0,
        }
        assert result["lists"]["block_senders"] == {"missing": ["new.example"], "undeclared": ["b5.example", "b6.example"]}

    def test_entry_whose_several_live_ones_differ_counts_once(self):
        declared = [{"pattern": "b1.example", "state": "absent"}]
        result = audit_lists({"block_senders": declared}, {"block_senders": [blocked(1), blocked(1, id=live_id(2), comments="x")]})
        assert (counts(result)["declared"], counts(result)["drifted"], rules(result, "block_senders").count("ES-BLOCK-004")) == (1, 1, 2)

    def test_waived_drift(self):
        declared = {"block_senders": [{"pattern": "b1.example", "comments": "x"}, {"pattern": "new.example"}]}
        waivers = [{**WAIVER, "entry": "b1.example", "field": "comments"}, {**WAIVER, "entry": "*", "rule": "ES-BLOCK-001"}]
        for given_waivers, expected in ((waivers, (0, 2)), (waivers[:1], (1, 1)), ([{**each, "expires": "2026-11-27"} for each in waivers], (2, 0))):
            result = audit_lists(declared, {"block_senders": [blocked(1)]}, waivers=given_waivers)
            assert (counts(result)["drifted"], counts(result)["drift_waived"]) == expected

    def test_difference_without_a_rule_is_drift(self):
        declared = {"impersonation_registry": [{"email": "p1@example.com", "name": "Another"}]}
        result = audit_lists(declared, {"impersonation_registry": [synced(1)]})
        assert counts(result, "impersonation_registry")["drifted"] == 1

    def test_synchronized_people_are_only_counted(self):
        result = audit_lists({"impersonation_registry": []}, {"impersonation_registry": [person(1), synced(2), synced(3)]})
        assert (counts(result, "impersonation_registry")["synced"], counts(result, "impersonation_registry")["undeclared"]) == (2, 1)
        assert result["lists"]["impersonation_registry"]["undeclared"] == ["p1@example.com"]


class TestWaivers:
    def test_waived_finding_stays(self):
        waivers = [{**WAIVER, "entry": "a1.example", "resource": "allow_policies", "rule": "ES-ALLOW-001"}]
        result = audit_lists({}, EXEMPTING, waivers=waivers)
        [finding] = [finding for finding in result["findings"] if finding["rule_id"] == "ES-ALLOW-001"]
        assert (finding["waived"], finding["waiver"]["owner"]) == (True, "ops")
        assert result["summary"]["waived"] == 1

    @pytest.mark.parametrize(
        ("waiver", "rule_id", "resource"),
        [
            ({"entry": "a9.example", "rule": "ES-ALLOW-001"}, "ES-WAIVER-002", "allow_policies"),
            ({"entry": "a1.*", "rule": "ES-ALLOW-001", "expires": "2026-11-27"}, "ES-WAIVER-001", "allow_policies"),
            ({"entry": "a9.example", "field": "comments", "resource": "allow_policies"}, "ES-WAIVER-002", "allow_policies"),
        ],
    )
    def test_waiver_that_covers_nothing_or_has_expired(self, waiver, rule_id, resource):
        result = audit_lists({}, EXEMPTING, waivers=[{**WAIVER, **waiver}])
        [finding] = [finding for finding in result["findings"] if finding["category"] == "waiver"]
        assert (finding["rule_id"], finding["resource"], finding["entry"], finding["domain"]) == (rule_id, resource, waiver["entry"], None)
        assert waiver["entry"] in finding["message"]
        assert "resource" not in waiver or "in allow_policies" in finding["message"]

    @pytest.mark.parametrize(
        "waiver", [{"entry": "x", "rule": "ES-BLOCK-001"}, {"entry": "x", "field": "comments"}, {"domain": "d1.example", "rule": "ES-IP-001"}]
    )
    def test_waiver_that_may_be_about_something_else_is_no_finding(self, waiver):
        assert "waiver" not in {finding["category"] for finding in audit_lists({}, EXEMPTING, waivers=[{**WAIVER, **waiver}])["findings"]}

    def test_another_live_value_than_the_permitted_one_is_noted(self):
        waivers = [{**WAIVER, "entry": "a1.example", "field": "is_trusted_sender", "live": "false"}]
        declared = {"allow_policies": [{"pattern": "a1.example", "comments": "SEC-1"}]}
        [finding] = [each for each in audit_lists(declared, EXEMPTING, waivers=waivers)["findings"] if each["rule_id"] == "ES-ALLOW-004"]
        assert finding["waived"] is False
        assert finding["message"].endswith(finding["note"])
        assert "with the live value false" in finding["note"]


class TestPlannedChanges:
    def test_changes_of_lists_come_after_those_of_domains(self):
        live = {"domains": [{"id": "1", "domain": "d1.example", "lookback_hops": 1}], "block_senders": [blocked(1), blocked(2)]}
        declared = {"domains": [{"domain": "d1.example", "lookback_hops": 2}], "block_senders": [{"pattern": "b1.example", "comments": "x"}]}
        result = audit_lists(declared, live, purge=["block_senders"])
        assert [(entry["domain"], entry.get("resource"), entry.get("entry"), entry["action"]) for entry in result["planned_changes"]] == [
            ("d1.example", None, None, "update"),
            (None, "block_senders", "b1.example", "update"),
            (None, "block_senders", "b2.example", "delete"),
        ]
        assert result["directions"] == {"weaker": 1, "stronger": 0, "neutral": 2}

    def test_removals_by_purge_are_marked(self):
        declared = {"block_senders": [{"pattern": "b1.example", "state": "absent"}, {"pattern": "b2.example", "expires": "2020-01-31"}]}
        result = audit_lists(declared, {"block_senders": [blocked(1), blocked(2), blocked(3)]}, purge=["block_senders"])
        assert [(entry["entry"], entry["action"], entry.get("purged")) for entry in result["planned_changes"]] == [
            ("b1.example", "delete", None),
            ("b2.example", "delete", None),
            ("b3.example", "delete", True),
        ]

    def test_lists_that_are_not_declared_are_not_planned(self):
        result = audit_lists({}, EXEMPTING)
        assert (result["planned_changes"], result["directions"]) == ([], {"weaker": 0, "stronger": 0, "neutral": 0})

    def test_plan_of_domains_is_not_changed_by_lists_that_are_only_read(self):
        live = {"domains": [{"id": "1", "domain": "d1.example", "lookback_hops": 1}]}
        declared = {"domains": [{"domain": "d1.example", "lookback_hops": 2}]}
        assert audit_lists(declared, {**live, **EXEMPTING})["plan"] == audit_lists(declared, live)["plan"]

    def test_register_only_if_a_list_of_exemptions_was_read(self):
        assert "exemptions" not in audit_lists({"block_senders": []}, {})
        assert audit_lists({"url_ignore_patterns": []}, {})["exemptions"] == []


odd = st.sampled_from([None, "", "x", "a.example", "a@b.example", ".*", "(", 7, True, [], ["x"], {}])
rows = st.lists(
    st.dictionaries(st.sampled_from(["id", "pattern", "is_regex", "email", "name", "domain", "exclude", "comments", "created_at"]), odd), max_size=4
)


@given(st.dictionaries(st.sampled_from(LIST_NAMES), rows), st.booleans())
def test_any_rows_make_a_result(live, is_declared):
    declared = {"block_senders": [{"pattern": "a.example"}, {"pattern": "x", "is_regex": True, "state": "absent"}]} if is_declared else {}
    result = audit_lists({"domains": [], **declared}, live)
    assert json.loads(json.dumps(result, allow_nan=False)) == result
    for name, entries in live.items():
        assert result["summary"]["resources"][name]["live"] == len(entries)
    for finding in result["findings"]:
        # A shortened result leaves the message out: it follows from the rest.
        assert finding["message"] == finding_text(finding["rule_id"], subject_of(finding), finding["declared"], finding["live"])
        assert finding["severity"] in find_rule(finding["rule_id"]).severities
