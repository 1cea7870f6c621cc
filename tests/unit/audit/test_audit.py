"""Audit.evaluate(): which findings are reported, their order, and the effect of waivers and severities."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import InvalidOptionError
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.audit import audit_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.registry import DOMAIN_AUDIT, RULES
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.rule import OFF, SEVERITIES
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.bulk import bulk_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.index import LiveIndex
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.plan import make_plan, plan_digest, undeclared_names
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN
from ansible_collections.mailops.cloudflare.tests.unit.support import LIVE
from hypothesis import assume, given
from hypothesis import strategies as st

NOW = datetime(2026, 11, 22, 3, tzinfo=timezone.utc)
TODAY, TOMORROW, YESTERDAY = "2026-11-22", "2026-11-23", "2026-11-21"
SOME = {"lookback_hops": 1}
FOUR_LISTS = {"allowed_delivery_modes": ["RETRO_SCAN"], "drop_dispositions": [], "ip_restrictions": [], "regions": ["DE"]}


# Nothing is wrong with it: an audit of it finds nothing but what a test puts there.
HEALTHY = {
    **LIVE,
    "drop_dispositions": ["SPAM", "MALICIOUS", "MALICIOUS-BEC"],
    "integration_id": "5e1c1f0a-4d6b-4c53-9a83-0f2d6a1b7c11",
    "ip_restrictions": [],
}


def numbered(number, **differing):
    return {**HEALTHY, "id": f"5e0a4f6e-7b9d-4d0e-8a51-{number:012x}", "domain": f"d{number}.example", **differing}


def waiver(domain="*", expires=TODAY, **rule_or_field):
    return {"domain": domain, "reason": "r", "owner": "o", "expires": expires, **rule_or_field}


ONE = (numbered(1),)


def evaluate(*entries, live=ONE, **options):
    return audit_from_options({"domains": list(entries), **options}).evaluate(LiveIndex(DOMAIN, live, str), NOW)


def members(result, *keys):
    return [tuple(finding[key] for key in keys) if len(keys) > 1 else finding[keys[0]] for finding in result["findings"]]


BOTH = {"domain": "d1.example", "ip_restrictions": ["198.51.100.0/24"]}
# Too many addresses, and too few.
BOTH_LIVE = numbered(1, ip_restrictions=["192.0.2.10"], lookback_hops=2)
# Three rules of one direction.
WORSE = {"domain": "d1.example", "drop_dispositions": ["BULK", "MALICIOUS", "SPOOF"]}
WORSE_LIVE = numbered(1, drop_dispositions=[])


class TestFindings:
    def test_finding_contains_all_members(self):
        [row] = evaluate({"domain": "d1.example", "require_tls_outbound": True}, live=[numbered(1, require_tls_outbound=None)])["findings"]
        assert row == {
            "domain": "d1.example",
            "resource": "domains",
            "entry": None,
            "field": "require_tls_outbound",
            "declared": True,
            "live": False,
            "direction": "weaker",
            "severity": "high",
            "rule_id": "ES-TLS-002",
            "category": "drift",
            "message": "d1.example delivers mail without TLS, but is declared to require it.",
            "remedy": RULES["ES-TLS-002"].remedy,
            "waived": False,
        }

    def test_several_rules_in_one_direction_reports_the_worst(self):
        assert members(evaluate(WORSE, live=[WORSE_LIVE]), "rule_id") == ["ES-DROP-001"]

    def test_severities_decide_which_rule_is_the_worst(self):
        result = evaluate(WORSE, live=[WORSE_LIVE], severities={"ES-DROP-001": "low", "ES-DROP-002": "low", "ES-DROP-004": "high"})
        assert members(result, "rule_id", "severity") == [("ES-DROP-004", "high")]

    def test_equal_severities_reports_one_rule(self):
        assert members(evaluate(WORSE, live=[WORSE_LIVE], severities={"ES-DROP-002": "critical"}), "rule_id") == ["ES-DROP-001"]

    def test_rule_that_is_off_does_not_hide_another(self):
        assert members(evaluate(WORSE, live=[WORSE_LIVE], severities={"ES-DROP-001": "off"}), "rule_id") == ["ES-DROP-002"]
        assert members(evaluate(BOTH, live=[BOTH_LIVE], severities={"ES-IP-001": "off"}), "rule_id") == ["ES-IP-002"]
        assert members(evaluate(BOTH, live=[BOTH_LIVE], severities={"ES-IP-001": "off", "ES-IP-002": False}), "rule_id") == []

    @pytest.mark.parametrize(
        ("field", "declared", "live", "rules"),
        [
            ("drop_dispositions", ["SUSPICIOUS"], ["UNKNOWN"], [("ES-DROP-009", "stronger"), ("ES-DROP-003", "weaker")]),
            ("drop_dispositions", ["MALICIOUS"], ["NONE"], [("ES-DROP-001", "weaker"), ("ES-DROP-009", "stronger")]),
            ("drop_dispositions", ["BULK", "SPOOF"], ["SPAM"], [("ES-DROP-002", "weaker"), ("ES-DROP-006", "stronger")]),
            ("ip_restrictions", ["198.51.100.0/24"], ["192.0.2.10"], [("ES-IP-001", "weaker"), ("ES-IP-002", "stronger")]),
            ("ip_restrictions", ["198.51.100.0/24"], ["192.0.2.0/24", "?"], [("ES-IP-001", "weaker"), ("ES-IP-003", "neutral")]),
            ("allowed_delivery_modes", ["BCC"], ["JOURNAL"], [("ES-MODE-003", "weaker"), ("ES-MODE-004", "neutral")]),
            ("allowed_delivery_modes", ["API", "DIRECT"], ["BCC"], [("ES-MODE-001", "weaker"), ("ES-MODE-004", "neutral")]),
            ("regions", ["DE"], ["US"], [("ES-REGION-001", "weaker")]),
            ("drop_dispositions", ["SUSPICIOUS"], [], [("ES-DROP-003", "weaker")]),
            ("drop_dispositions", [], ["UNKNOWN", "SPAM"], [("ES-DROP-009", "stronger")]),
        ],
    )
    def test_lost_and_gained_values_make_one_finding_in_each_direction(self, field, declared, live, rules):
        result = evaluate({"domain": "d1.example", field: declared}, live=[numbered(1, **{field: live})])
        assert [row for row in members(result, "rule_id", "direction") if not row[0].startswith(("ES-ADVICE", "ES-HEALTH"))] == rules
        assert result["summary"]["drifted"] == 1

    def test_findings_are_sorted_by_severity(self):
        live = [numbered(2, require_tls_outbound=False, spf_status="open"), numbered(1, spf_status="neutral", dmarc_status="none"), numbered(9)]
        entry = {"require_tls_outbound": True, "folder": "Inbox", "transport": "mx.example.net"}
        result = evaluate(*({"domain": f"d{number}.example", **entry} for number in (2, 1)), live=live)
        assert members(result, "severity", "domain", "rule_id") == [
            ("critical", "d1.example", "ES-NEXTHOP-001"),
            ("critical", "d2.example", "ES-HEALTH-006"),
            ("critical", "d2.example", "ES-NEXTHOP-001"),
            ("high", "d1.example", "ES-HEALTH-004"),
            ("high", "d2.example", "ES-TLS-002"),
            ("medium", "d1.example", "ES-HEALTH-009"),
            ("medium", "d1.example", "ES-SCAN-003"),
            ("medium", "d2.example", "ES-SCAN-003"),
            ("medium", "d9.example", "ES-DOMAIN-002"),
        ]

    def test_advice_in_another_direction_than_drift_is_reported(self):
        result = evaluate({"domain": "d1.example", "ip_restrictions": ["192.0.2.0/24"], "lookback_hops": 1}, live=[numbered(1, ip_restrictions=[])])
        assert members(result, "rule_id", "live") == [("ES-IP-001", []), ("ES-ADVICE-001", None)]

    def test_problem_that_is_live_and_declared_is_reported_once(self):
        entry = {"domain": "d1.example", "ip_restrictions": ["192.0.2.0/24"], "lookback_hops": 1}
        live = [numbered(1, ip_restrictions=["192.0.2.0/24"])]
        assert members(evaluate(entry, live=live), "rule_id") == ["ES-HEALTH-012"]
        assert members(evaluate(entry, live=live, severities={"ES-HEALTH-012": "off"}), "rule_id") == ["ES-ADVICE-001"]
        waived = evaluate(entry, live=live, waivers=[waiver(rule="ES-HEALTH-012")])
        assert members(waived, "rule_id", "waived") == [("ES-HEALTH-012", True), ("ES-ADVICE-001", False)]
        # A waiver for the hidden rule does not cover the worse rule.
        assert members(evaluate(entry, live=live, waivers=[waiver(rule="ES-ADVICE-001")]), "rule_id", "waived") == [("ES-HEALTH-012", False)]

    def test_health_beside_drift_is_reported_only_if_worse(self):
        live = [numbered(1, require_tls_outbound=False)]
        assert members(evaluate({"domain": "d1.example", "require_tls_outbound": True}, live=live), "rule_id") == ["ES-TLS-002"]
        waived = evaluate({"domain": "d1.example", "require_tls_outbound": True}, live=live, waivers=[waiver(field="require_tls_outbound")])
        assert members(waived, "rule_id", "waived") == [("ES-TLS-002", True)]
        of_rule = evaluate({"domain": "d1.example", "require_tls_outbound": True}, live=live, waivers=[waiver(rule="ES-TLS-002")])
        assert members(of_rule, "rule_id", "waived") == [("ES-TLS-002", True), ("ES-HEALTH-017", False)]
        spam = [numbered(1, drop_dispositions=["MALICIOUS"])]
        result = evaluate({"domain": "d1.example", "drop_dispositions": ["MALICIOUS", "SPAM"]}, live=spam)
        assert members(result, "rule_id", "severity") == [("ES-HEALTH-015", "high"), ("ES-DROP-003", "low")]

    def test_cleared_integration_is_reported_once(self):
        entry = {"domain": "d1.example", "clear": ["integration_id"]}
        result = evaluate(entry)
        assert members(result, "rule_id", "live") == [("ES-ADVICE-009", HEALTHY["integration_id"])]
        assert result["summary"]["drifted"] == 1
        assert members(evaluate(entry, severities={"ES-ADVICE-009": "off"}), "rule_id") == ["ES-SCAN-005"]
        for rule in ("ES-SCAN-005", "ES-ADVICE-009"):
            assert members(evaluate(entry, waivers=[waiver(rule=rule)]), "rule_id", "waived") == [("ES-ADVICE-009", True)]

    def test_health_is_checked_for_all_live_domains(self):
        live = [numbered(number, status="FAILED") for number in (1, 2, 3)]
        result = evaluate({"domain": "d1.example"}, {"domain": "d2.example", "state": "absent"}, live=live)
        assert [name for rule, name in members(result, "rule_id", "domain") if rule == "ES-HEALTH-002"] == ["d1.example", "d2.example", "d3.example"]

    def test_defaults_are_part_of_the_declaration(self):
        result = evaluate(
            {"domain": "d1.example"}, {"domain": "d2.example", "lookback_hops": 1}, live=[numbered(1), numbered(2)], defaults={"lookback_hops": 3}
        )
        assert members(result, "domain", "declared", "live") == [("d1.example", 3, 1)]


class TestWholeDomains:
    def test_missing_domains(self):
        result = evaluate({"domain": "new.example", **FOUR_LISTS}, {"domain": "gone.example", **SOME}, {"domain_id": "7", **SOME}, live=[])
        names = ("7", "gone.example", "new.example")
        assert members(result, "rule_id", "domain", "declared", "live") == [("ES-DOMAIN-001", name, "present", None) for name in names]
        assert result["missing"] == ["new.example", "gone.example", "7"]
        assert (result["summary"]["missing"], result["summary"]["drifted"], result["summary"]["live"]) == (3, 3, 0)

    def test_missing_domain_makes_one_finding(self):
        assert members(evaluate({"domain": "new.example", **FOUR_LISTS}, live=[]), "field") == [None]

    def test_undeclared_domains(self):
        result = evaluate(live=[numbered(2), numbered(1), {"id": 7}])
        names = ["7", "d1.example", "d2.example"]
        assert members(result, "rule_id", "domain", "declared", "live") == [("ES-DOMAIN-002", name, None, "present") for name in names]
        assert result["undeclared"] == names
        assert (result["summary"]["declared"], result["summary"]["drifted"], result["summary"]["undeclared"]) == (0, 0, 3)

    def test_domain_declared_absent_that_is_live(self):
        result = evaluate({"domain": "d1.example", "state": "absent"}, {"domain": "gone.example", "state": "absent"})
        assert members(result, "rule_id", "domain", "declared", "live") == [("ES-DOMAIN-003", "d1.example", "absent", "present")]
        assert (result["missing"], result["undeclared"], result["summary"]["drifted"], result["summary"]["as_declared"]) == ([], [], 1, 1)

    def test_ambiguous_name_is_a_finding(self):
        duplicates = [numbered(1, status="FAILED"), numbered(2, domain="D1.example.")]
        result = evaluate({"domain": "d1.example", "lookback_hops": 9}, live=duplicates)
        ids = [one["id"] for one in duplicates]
        assert members(result, "rule_id", "domain") == [("ES-HEALTH-002", f"d1.example ({ids[0]})"), ("ES-DOMAIN-005", "d1.example")]
        assert result["findings"][1]["live"] == f"2 live domains are named d1.example: {ids[0]}, {ids[1]}."
        assert (result["missing"], result["undeclared"]) == ([], [])

    def test_two_undeclared_domains_with_one_name_are_two_findings(self):
        result = evaluate(live=[numbered(1), numbered(2, domain="d1.example")])
        assert members(result, "domain") == [f"d1.example ({numbered(number)['id']})" for number in (1, 2)]
        assert result["undeclared"] == ["d1.example"] * 2

    def test_one_of_two_domains_with_one_name_is_declared_by_id(self):
        result = evaluate({"domain_id": numbered(1)["id"], "lookback_hops": 9}, live=[numbered(1), numbered(2, domain="d1.example")])
        one, other = (f"d1.example ({numbered(number)['id']})" for number in (1, 2))
        assert members(result, "rule_id", "domain") == [("ES-HOPS-001", one), ("ES-DOMAIN-002", other)]

    def test_id_and_name_of_different_domains(self):
        entry = {"domain_id": numbered(1)["id"], "domain": "d2.example"}
        result = evaluate({**entry, "lookback_hops": 9})
        assert members(result, "rule_id", "field", "declared", "live") == [
            ("ES-DOMAIN-004", "domain", "d2.example", "d1.example"),
            ("ES-HOPS-001", "lookback_hops", 9, 1),
        ]
        [row] = evaluate({**entry, "state": "absent"})["findings"]
        assert (row["rule_id"], row["domain"]) == ("ES-DOMAIN-005", "d2.example")
        assert row["message"].startswith("d2.example could not be compared. Nothing was removed: the domain with the id ")

    def test_live_domains_without_ids(self):
        live = [{"domain": f"d{number}.example", "lookback_hops": 1} for number in (1, 2, 3)] + [{"id": None}, {}]
        result = evaluate({"domain": "d1.example", "lookback_hops": 2}, {"domain": "d2.example", "lookback_hops": 1}, live=live)
        assert members(result, "rule_id", "domain") == [
            ("ES-HOPS-001", "d1.example"),
            ("ES-DOMAIN-002", "None"),
            ("ES-DOMAIN-002", "None"),
            ("ES-DOMAIN-002", "d3.example"),
        ]
        assert result["summary"]["as_declared"] == 1

    def test_live_domain_declared_twice_fails(self):
        with pytest.raises(InvalidOptionError, match=r"d1\.example and the domain with the id .* are the same live domain"):
            evaluate({"domain": "d1.example"}, {"domain_id": numbered(1)["id"].upper()})
        with pytest.raises(InvalidOptionError, match="are the same live domain"):
            evaluate(*({"domain": f"d{number}.example"} for number in (3, 1)), {"domain_id": numbered(1)["id"]}, live=[numbered(1), {"domain": "d3.example"}])


class TestSummary:
    def test_summary_counts_everything(self):
        live = [numbered(1, spf_status="none"), numbered(2, dmarc_status="none"), numbered(3), numbered(4)]
        entries = [
            {"domain": "d1.example", "lookback_hops": 2, "require_tls_inbound": True},
            {"domain": "d2.example", "lookback_hops": 2},
            {"domain": "d3.example", "drop_dispositions": ["MALICIOUS", "MALICIOUS-BEC", "SPAM"], "allowed_delivery_modes": ["DIRECT"]},
            {"domain": "gone.example", **SOME},
        ]
        waivers = [
            waiver("d2.example", field="lookback_hops"),
            waiver("d2.example", rule="ES-HEALTH-004"),
            waiver("d1.example", expires=YESTERDAY, field="spf_status"),
            waiver("d1.example", field="folder"),
        ]
        result = evaluate(*entries, live=live, waivers=waivers)
        assert result["summary"] == {
            "declared": 4,
            "live": 4,
            "as_declared": 1,
            "drifted": 2,
            "drift_waived": 1,
            "missing": 1,
            "undeclared": 1,
            "findings": 8,
            "waived": 2,
            "critical": 1,
            "high": 2,
            "medium": 4,
            "low": 1,
            "drift": 4,
            "health": 1,
            "cross": 0,
            "advice": 1,
            "waiver": 2,
            "worst": "critical",
            "resources": {
                "domains": {
                    "declared": 4,
                    "live": 4,
                    "as_declared": 1,
                    "drifted": 2,
                    "drift_waived": 1,
                    "missing": 1,
                    "undeclared": 1,
                    "synced": 0,
                    "findings": 8,
                }
            },
        }
        assert len(result["findings"]) == 10

    @pytest.mark.parametrize("severity", SEVERITIES)
    def test_summary_worst_severity(self, severity):
        options = {"severities": {"ES-HOPS-001": severity}}
        assert evaluate({"domain": "d1.example", "lookback_hops": 2}, **options)["summary"]["worst"] == severity

    def test_summary_of_an_empty_account(self):
        result = evaluate({"domain": "d1.example", "lookback_hops": 1})
        assert (result["findings"], result["undeclared"], result["missing"]) == ([], [], [])
        summary = {key: value for key, value in result["summary"].items() if key != "resources"}
        assert summary | {"declared": 0, "live": 0, "as_declared": 0} == dict.fromkeys(summary, 0) | {"worst": None}
        assert (result["changed"], result["audited_at"]) == (False, "2026-11-22T03:00:00Z")

    def test_summary_worst_ignores_waived_findings(self):
        entry = {"domain": "d1.example", "lookback_hops": 2, "transport": "mx.example.net"}
        assert evaluate(entry, waivers=[waiver(rule="ES-NEXTHOP-001")])["summary"]["worst"] == "high"


class TestWaivers:
    drifted = {"domain": "d1.example", "lookback_hops": 2}

    def test_waived_finding_is_kept(self):
        result = evaluate(self.drifted, waivers=[waiver(field="lookback_hops")])
        [row] = result["findings"]
        assert (row["waived"], row["waiver"]) == (True, {"reason": "r", "owner": "o", "expires": TODAY})
        assert (result["summary"]["findings"], result["summary"]["waived"], result["summary"]["as_declared"]) == (0, 1, 0)
        assert (result["summary"]["drifted"], result["summary"]["drift_waived"]) == (0, 1)

    def test_expired_waiver_is_a_finding_and_covers_nothing(self):
        result = evaluate(self.drifted, waivers=[waiver(field="lookback_hops", expires=YESTERDAY)])
        assert members(result, "rule_id", "domain", "waived", "live") == [("ES-HOPS-001", "d1.example", False, 1), ("ES-WAIVER-001", "*", False, None)]
        assert "waiver" not in result["findings"][0]

    def test_several_waivers_the_last_to_expire_is_reported(self):
        waivers = [waiver(field="lookback_hops", expires=day) for day in (TODAY, TOMORROW, YESTERDAY)]
        result = evaluate(self.drifted, waivers=waivers)
        assert members(result, "rule_id") == ["ES-HOPS-001", "ES-WAIVER-001"]
        assert result["findings"][0]["waiver"]["expires"] == TOMORROW

    def test_unused_waiver_is_a_finding(self):
        result = evaluate(waivers=[waiver(field="folder")], live=[])
        assert members(result, "rule_id", "declared") == [("ES-WAIVER-002", "folder until 2026-11-22, allowed by o (r)")]

    def test_waiver_for_a_rule_that_is_off_is_unused(self):
        result = evaluate(self.drifted, waivers=[waiver(rule="ES-HOPS-001")], severities={"ES-HOPS-001": "off"})
        assert members(result, "rule_id") == ["ES-WAIVER-002"]

    @pytest.mark.parametrize(("rule_id", "expires"), [("ES-WAIVER-001", YESTERDAY), ("ES-WAIVER-002", TODAY)])
    def test_waiver_rules_can_be_switched_off_or_overridden(self, rule_id, expires):
        idle = waiver(field="folder", expires=expires)
        assert evaluate(waivers=[idle], live=[], severities={rule_id: "off"})["findings"] == []
        assert members(evaluate(waivers=[idle], live=[], severities={rule_id: "critical"}), "severity") == ["critical"]

    def test_waived_finding_does_not_hide_an_unwaived_one(self):
        result = evaluate(BOTH, live=[BOTH_LIVE], waivers=[waiver(rule="ES-IP-001")])
        assert members(result, "rule_id", "waived") == [("ES-IP-001", True), ("ES-IP-002", False)]

    def test_waiver_for_a_hidden_rule_is_used(self):
        result = evaluate(WORSE, live=[WORSE_LIVE], waivers=[waiver(rule="ES-DROP-002")])
        assert members(result, "rule_id", "waived") == [("ES-DROP-001", False)]

    def test_waived_finding_does_not_hide_an_unwaived_one_in_any_direction(self):
        entry = {"domain": "d1.example", "drop_dispositions": ["BULK", "MALICIOUS"]}
        live = [numbered(1, drop_dispositions=["NONE", "SPAM"])]
        waivers = [waiver(rule="ES-DROP-001"), waiver(rule="ES-DROP-009")]
        result = evaluate(entry, live=live, waivers=waivers, severities={"ES-HEALTH-015": "off", "ES-HEALTH-020": "off"})
        expected = [("ES-DROP-001", True), ("ES-DROP-009", True), ("ES-DROP-006", False), ("ES-DROP-004", False)]
        assert members(result, "rule_id", "waived") == expected

    def test_waiver_for_the_least_severe_rule_is_used(self):
        entry = {"domain": "d1.example", "drop_dispositions": ["BULK", "MALICIOUS", "SPOOF"]}
        assert members(evaluate(entry, live=[numbered(1, drop_dispositions=[])], waivers=[waiver(rule="ES-DROP-004")]), "rule_id") == ["ES-DROP-001"]

    def test_waiver_for_a_field_covers_all_its_rules(self):
        result = evaluate(BOTH, live=[BOTH_LIVE], waivers=[waiver(field="ip_restrictions")])
        assert members(result, "rule_id", "waived") == [("ES-IP-001", True), ("ES-IP-002", True)]

    @pytest.mark.parametrize("domain", ["d1.example", "D1.example.", "*.example", "d?.example"])
    def test_waiver_matches_the_name_of_a_label_with_id(self, domain):
        live = [numbered(1, status="FAILED"), numbered(2, domain="d1.example")]
        waivers = [waiver(domain, field=field) for field in ("lookback_hops", "status")]
        result = evaluate({"domain_id": numbered(1)["id"], "lookback_hops": 9}, live=live, waivers=waivers)
        assert members(result, "rule_id", "waived") == [("ES-HEALTH-002", True), ("ES-HOPS-001", True), ("ES-DOMAIN-002", False)]

    @pytest.mark.parametrize("rule_id", [rule.id for rule in RULES.values() if rule.category != "waiver"])
    def test_every_rule_except_waiver_rules_can_be_waived(self, rule_id):
        assert audit_from_options({"domains": [], "waivers": [waiver(rule=rule_id)]}).waivers.all[0].rule == rule_id

    def test_every_field_of_a_rule_can_be_waived(self):
        assert {rule.field for rule in RULES.values() if rule.field} | {item.name for item in DOMAIN.fields} == set(DOMAIN_AUDIT.waivable_fields)
        assert DOMAIN_AUDIT.waivable_fields[len(DOMAIN.fields) :] == ("authorization", "status", "dmarc_status", "spf_status", "emails_processed")


class TestLiveValue:
    """Waivers that permit one live value."""

    MOVED = ({"domain": "d1.example", "transport": "mx.a.example"},)

    def test_permitted_value_is_waived_in_any_spelling(self):
        live = [numbered(1, transport="MX.b.example.")]
        result = evaluate(*self.MOVED, live=live, waivers=[waiver(field="transport", live="mx.B.example")])
        assert members(result, "rule_id", "waived") == [("ES-NEXTHOP-001", True)]

    def test_other_value_is_not_waived_and_has_a_note(self):
        live = [numbered(1, transport="mx.evil.example")]
        [row] = evaluate(*self.MOVED, live=live, waivers=[waiver(field="transport", live="mx.b.example")])["findings"]
        assert (row["rule_id"], row["waived"], "waiver" in row) == ("ES-NEXTHOP-001", False, False)
        words = "A waiver allows another live value, but not this one: transport with the live value mx.b.example until 2026-11-22, allowed by o (r)."
        assert row["note"] == words
        assert row["message"].endswith(f"Declared: mx.a.example. {words}")

    def test_expired_waiver_makes_no_note(self):
        result = evaluate(*self.MOVED, live=[numbered(1, transport="x.example")], waivers=[waiver(field="transport", live="y.example", expires=YESTERDAY)])
        assert members(result, "rule_id") == ["ES-NEXTHOP-001", "ES-WAIVER-001"]
        assert "note" not in result["findings"][0]

    def test_second_waiver_that_permits_the_value_is_used(self):
        waivers = [waiver(field="transport", live="y.example", expires=TOMORROW), waiver(field="transport", expires=TODAY)]
        [row] = evaluate(*self.MOVED, live=[numbered(1, transport="x.example")], waivers=waivers)["findings"]
        assert (row["waived"], row["waiver"]["expires"], "note" in row) == (True, TODAY, False)

    def test_networks_are_compared_by_address(self):
        entry = {"domain": "d1.example", "ip_restrictions": ["198.51.100.0/24"]}
        live = [numbered(1, ip_restrictions=["198.51.100.0/24", "192.0.2.0/25", "192.0.2.128/25"], lookback_hops=2)]
        for allowed, is_waived in ((["192.0.2.0/24", "198.51.100.0/24"], True), (["192.0.2.0/25", "198.51.100.0/24"], False)):
            result = evaluate(entry, live=live, waivers=[waiver(field="ip_restrictions", live=allowed)])
            assert members(result, "rule_id", "waived") == [("ES-IP-001", is_waived)]

    def test_status_value_is_waived(self):
        for status, is_waived in (("NONE", True), ("none", True), ("open", False)):
            result = evaluate(live=[numbered(1, spf_status=status)], waivers=[waiver(field="spf_status", live="none")], severities={"ES-DOMAIN-002": "off"})
            assert members(result, "waived") == [is_waived]

    def test_live_value_does_not_cover_advice(self):
        entry = {"domain": "d1.example", "allowed_delivery_modes": ["DIRECT"]}
        result = evaluate(entry, waivers=[waiver(field="transport", live="mx.example.com")])
        assert members(result, "rule_id", "waived") == [("ES-ADVICE-004", False)]

    def test_planned_changes_are_those_of_the_plan(self):
        live = [numbered(1, lookback_hops=2), numbered(2, require_tls_inbound=True), numbered(3)]
        entries = [
            {"domain": "d2.example", "require_tls_inbound": False},
            {"domain": "d3.example"},
            {"domain": "d1.example", "lookback_hops": 1},
            {"domain": "nowhere.example", "lookback_hops": 1},
        ]
        result = evaluate(*entries, live=live, onboard=False)
        first, second, failed = result["planned_changes"]
        hops = {"lookback_hops": {"before": 2, "after": 1}}
        assert first == {"domain": "d1.example", "id": live[0]["id"], "action": "update", "changes": hops}
        assert (second["domain"], second["changes"]) == ("d2.example", {"require_tls_inbound": {"before": True, "after": False}})
        assert second["weaker"] == ["require_tls_inbound"]
        assert (failed["domain"], failed["changes"], failed["failure"]["kind"]) == ("nowhere.example", {}, "not_found")
        assert result["directions"] == {"weaker": 1, "stronger": 0, "neutral": 1}

    def test_planned_changes_leave_out_waived_differences(self):
        result = evaluate({"domain": "d1.example", "lookback_hops": 7}, waivers=[waiver(field="lookback_hops")])
        assert (result["planned_changes"], sum(result["directions"].values())) == ([], 0)

    def test_planned_changes_do_not_empty_a_list_by_accident(self):
        """Apply refuses to do so, and the audit shows what apply does."""
        [entry] = evaluate({"domain": "d1.example", "ip_restrictions": []}, live=[numbered(1, ip_restrictions=["192.0.2.0/24"])])["planned_changes"]
        assert (entry["changes"], entry["failure"]["kind"]) == ({}, "unsafe")

    def test_waived_difference_is_not_in_the_plan(self):
        live = [numbered(1, transport="x.example")]
        none = evaluate(live=live)["plan"]
        assert evaluate(*self.MOVED, live=live, waivers=[waiver(field="transport", live="x.example")])["plan"] == none
        assert evaluate(*self.MOVED, live=live, waivers=[waiver(field="transport")])["plan"] == none
        assert (
            evaluate(*self.MOVED, live=live, waivers=[waiver(field="transport", live="y.example")])["plan"] == evaluate(*self.MOVED, live=live)["plan"] != none
        )


class TestAsDeclared:
    """Counts of the summary are taken from the comparison, not from the findings."""

    ENTRY = ({"domain": "d1.example", "lookback_hops": 2},)

    def counts(self, result):
        return tuple(result["summary"][count] for count in ("declared", "as_declared", "drifted", "drift_waived"))

    def test_rule_that_is_off_still_counts_as_drifted(self):
        result = evaluate(*self.ENTRY, severities={"ES-HOPS-001": "off"})
        assert (result["findings"], self.counts(result)) == ([], (1, 0, 1, 0))
        assert result["rules_off"] == ["ES-HOPS-001"]

    def test_waived_domain_counts_as_drift_waived(self):
        assert self.counts(evaluate(*self.ENTRY, waivers=[waiver(field="lookback_hops")])) == (1, 0, 0, 1)
        assert self.counts(evaluate(*self.ENTRY, waivers=[waiver(field="lookback_hops", expires=YESTERDAY)])) == (1, 0, 1, 0)

    def test_partly_waived_domain_counts_as_drifted(self):
        entry = {**self.ENTRY[0], "require_tls_inbound": True}
        assert self.counts(evaluate(entry, waivers=[waiver(field="lookback_hops")])) == (1, 0, 1, 0)
        assert self.counts(evaluate(BOTH, live=[BOTH_LIVE], waivers=[waiver(rule="ES-IP-001")])) == (1, 0, 1, 0)

    def test_missing_domain_counts_as_drifted_unless_waived(self):
        assert self.counts(evaluate(*self.ENTRY, live=[], waivers=[waiver(rule="ES-DOMAIN-001")])) == (1, 0, 0, 1)
        assert self.counts(evaluate(*self.ENTRY, live=[])) == (1, 0, 1, 0)


class TestPartialAudit:
    """An audit of selected domains."""

    ENTRIES = ({"domain": "d1.example", "lookback_hops": 2}, {"domain": "d2.example", "lookback_hops": 2}, {"domain": "gone.example", "lookback_hops": 2})
    ACCOUNT = tuple(numbered(number, spf_status="open") for number in (1, 2, 3))

    def part(self, *only, **options):
        return evaluate(*self.ENTRIES, live=self.ACCOUNT, only=list(only), **options)

    def test_other_domains_make_no_finding(self):
        result = self.part("d1.example")
        assert members(result, "rule_id", "domain") == [("ES-HEALTH-006", "d1.example"), ("ES-HOPS-001", "d1.example")]
        assert result["scope"] == ["d1.example"]
        assert result["missing"] == []
        assert (result["summary"]["declared"], result["summary"]["drifted"], result["summary"]["missing"]) == (1, 1, 0)

    def test_other_declared_domains_are_not_undeclared(self):
        result = self.part("d1.example")
        assert (result["undeclared"], result["summary"]["undeclared"]) == (["d3.example"], 1)

    def test_plan_covers_the_selected_domains(self):
        assert self.part("d1.example")["plan"] == evaluate(self.ENTRIES[0], live=self.ACCOUNT)["plan"]

    def test_pattern_selects_all(self):
        result = self.part("d*", "GONE.example.")
        assert result["scope"] == ["d1.example", "d2.example", "gone.example"]
        assert result["missing"] == ["gone.example"]
        assert "ES-DOMAIN-002" not in members(result, "rule_id")

    def test_without_selection_there_is_no_scope(self):
        assert evaluate(*self.ENTRIES, live=self.ACCOUNT)["scope"] is None
        assert evaluate(*self.ENTRIES, live=self.ACCOUNT, only=None)["scope"] is None

    def test_only_waivers_that_name_a_selected_domain_make_findings(self):
        idle = [waiver(domain, field="folder", expires=day) for domain in ("d1.example", "d2.example", "*", "d1.*") for day in (TODAY, YESTERDAY)]
        result = self.part("d1.example", waivers=idle)
        assert [row for row in members(result, "rule_id", "domain") if "WAIVER" in row[0]] == [("ES-WAIVER-001", "d1.example"), ("ES-WAIVER-002", "d1.example")]

    def test_waivers_with_patterns_apply(self):
        assert members(self.part("d1.example", waivers=[waiver("*", field="lookback_hops")]), "rule_id", "waived")[1] == ("ES-HOPS-001", True)

    def test_ambiguous_name_checks_all_live_domains(self):
        duplicates = [numbered(1, status="FAILED"), numbered(2, domain="D1.example.", status="FAILED"), numbered(3, status="FAILED")]
        result = evaluate(*self.ENTRIES[:1], live=duplicates, only=["d1.example"])
        assert members(result, "rule_id") == ["ES-HEALTH-002", "ES-HEALTH-002", "ES-DOMAIN-005"]

    @pytest.mark.parametrize("only", [[], [""], [" "], [","], ["d9.example"], ["d1.example", "d9.example"]])
    def test_selection_without_match_fails(self, only):
        with pytest.raises(InvalidOptionError, match="only"):
            self.part(*only)


class TestInvalidOptions:
    @pytest.mark.parametrize(
        ("options", "words"),
        [
            ({"severities": {"ES-XYZ-001": "low"}}, "severities: 'ES-XYZ-001' is not a rule. Did you mean ES-"),
            ({"severities": {"ES-IP-1": "low"}}, "severities: 'ES-IP-1' is not a rule. Did you mean ES-IP-001?"),
            ({"severities": {"all": "low"}}, "severities: 'all' is not a rule. See docs/rules.md, the documentation of the rules."),
            (
                {"severities": {"ES-IP-001": "Low"}},
                "severities: 'Low' for ES-IP-001 is not a severity; the choices are critical, high, medium, low, off. Did you mean low?",
            ),
            ({"severities": {"ES-IP-001": True}}, "severities: True for ES-IP-001"),
            ({"severities": {"ES-IP-001": None}}, "severities: None for ES-IP-001"),
            ({"severities": {"ES-IP-001": ["low"]}}, "severities: ['low'] for ES-IP-001"),
            ({"severities": {"ES-IP-001": 0}}, "severities: 0 for ES-IP-001"),
            ({"waivers": [waiver()]}, "waivers[0] (*): one of rule and field is required."),
            ({"defaults": {"lookback_hops": 0}}, "defaults: lookback_hops is 0"),
        ],
    )
    def test_invalid_option_fails(self, options, words):
        with pytest.raises(InvalidOptionError) as caught:
            audit_from_options({"domains": [], **options})
        assert words in str(caught.value)

    def test_all_mistakes_are_reported_together(self):
        with pytest.raises(InvalidOptionError) as caught:
            audit_from_options({"domains": [{"domain": "a b"}], "severities": {"x": "low"}, "waivers": [waiver(field="y")]})
        for words in ("severities: 'x'", "domains[0] (a b)", "waivers[0] (*): field is 'y'"):
            assert words in str(caught.value)

    @pytest.mark.parametrize(("count", "last", "end"), [(20, "'x19'", "of the rules."), (21, "'x19'", "And 1 more."), (999, "'x19'", "And 979 more.")])
    def test_many_mistakes_are_counted(self, count, last, end):
        with pytest.raises(InvalidOptionError) as caught:
            audit_from_options({"domains": [], "severities": {f"x{number}": "low" for number in range(count)}})
        assert last in str(caught.value)
        assert "'x20'" not in str(caught.value)
        assert str(caught.value).endswith(end)

    def test_null_is_the_same_as_omitted(self):
        assert audit_from_options({"domains": [], "waivers": None, "severities": None, "defaults": None}).severities == {}


NAMES = [f"d{number}.example" for number in range(4)]
SETTINGS: dict[str, list[Any]] = {
    "allowed_delivery_modes": [["DIRECT"], ["API", "DIRECT"], ["RETRO_SCAN"], ["API", "RETRO_SCAN"]],
    "drop_dispositions": [[], ["MALICIOUS", "SPAM"], ["SPAM", "NONE"], ["BULK", "SPOOF"]],
    "folder": ["AllItems", "Inbox"],
    "integration_id": ["5e1c1f0a-4d6b-4c53-9a83-0f2d6a1b7c11", "11111111-1111-4111-8111-111111111111"],
    "ip_restrictions": [[], ["192.0.2.0/24"], ["192.0.2.0/25", "192.0.2.128/25"], ["10.0.0.0/8", "::/0"]],
    "lookback_hops": [1, 2],
    "regions": [["GLOBAL"], ["DE"], ["DE", "US"]],
    "require_tls_inbound": [True, False],
    "require_tls_outbound": [True, False],
    "transport": ["mx.example.com", "mx.example.net"],
}
ODD: list[Any] = [None, "", "x", 7, ["x"], {"x": []}, [None, {}], True]
READ_ONLY: dict[str, list[Any]] = {
    "status": ["ACTIVE", "failed", "PENDING"],
    "spf_status": ["good", "open", "neutral"],
    "dmarc_status": ["none", "good"],
    "created_at": ["2020-01-01T00:00:00Z"],
    "authorization": [{"authorized": False}],
    "emails_processed": [{"total_emails_processed": 0, "total_emails_processed_previous": 3, "timestamp": "2020-01-01T00:00:00Z"}],
}
settings = st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in SETTINGS.items()})
cleared = st.lists(st.sampled_from(["folder", "integration_id"]), unique=True)
present = st.builds(
    lambda name, given_settings, clear: {"domain": name, **given_settings, "clear": [field for field in clear if field not in given_settings]},
    st.sampled_from(NAMES),
    settings,
    cleared,
)
absent = st.builds(lambda name: {"domain": name, "state": "absent"}, st.sampled_from(NAMES))
declarations = st.lists(st.one_of(present, present, absent), max_size=4, unique_by=lambda entry: entry["domain"])
odd_rows = st.fixed_dictionaries({}, optional={name: st.sampled_from([*values, *ODD]) for name, values in {**SETTINGS, **READ_ONLY}.items()})
live_domains = st.lists(st.tuples(st.sampled_from(NAMES), odd_rows), max_size=5).map(
    lambda rows: [{"id": str(number), "domain": name, **row} for number, (name, row) in enumerate(rows)]
)
waiver_lists = st.lists(
    st.builds(
        waiver,
        st.sampled_from([*NAMES, "*", "d[12].*"]),
        st.sampled_from([YESTERDAY, TODAY, TOMORROW]),
        rule=st.none(),
        field=st.sampled_from(DOMAIN_AUDIT.waivable_fields),
    )
    | st.builds(waiver, st.sampled_from([*NAMES, "*"]), st.sampled_from([YESTERDAY, TODAY]), rule=st.sampled_from([*list(RULES)[:-2]])),
    max_size=4,
)
severity_choices = st.dictionaries(st.sampled_from(list(RULES)), st.sampled_from([*SEVERITIES, OFF, False]), max_size=20)


def places(result):
    """The places of findings, which do not depend on severities and waivers."""
    return {(row["domain"], row["field"], row["category"], None if row["category"] == "drift" else row["rule_id"]) for row in result["findings"]}


class TestProperties:
    @given(declarations, live_domains)
    def test_drift_exactly_where_the_plan_has_changes(self, declared, live):
        plan = make_plan(bulk_from_options(DOMAIN, {"domains": declared}).desired_objects, LiveIndex(DOMAIN, live, str))
        result = evaluate(*declared, live=live)
        drift = [row for row in result["findings"] if (row["category"] == "drift" or row["rule_id"] == "ES-ADVICE-009") and row["rule_id"] != "ES-DOMAIN-002"]
        to_do = []
        for planned in plan:
            if planned.failure is not None or planned.change.action in ("create", "delete"):
                to_do.append((planned.label, None))
            else:
                to_do += [(planned.label, field) for field in planned.change.changes]
        assert {(row["domain"], row["field"]) for row in drift} == set(to_do)
        # One in each direction.
        assert len({(row["domain"], row["field"], row["direction"]) for row in drift}) == len(drift)
        assert result["plan"] == plan_digest(plan, "")
        assert result["undeclared"] == undeclared_names(plan, LiveIndex(DOMAIN, live, str))
        assert result["summary"]["drifted"] == len({label for label, _field in to_do})
        assert result["summary"]["as_declared"] + result["summary"]["drifted"] == len(declared)
        assert len([row for row in result["findings"] if row["rule_id"] == "ES-DOMAIN-002"]) == len(result["undeclared"])

    @given(declarations, live_domains, waiver_lists, severity_choices, st.randoms(use_true_random=False))
    def test_result_does_not_depend_on_order(self, declared, live, waivers, severities, random):
        first = evaluate(*declared, live=live, waivers=waivers, severities=severities)
        assert evaluate(*declared, live=live, waivers=waivers, severities=severities) == first
        for each in (declared, live, waivers):
            random.shuffle(each)
        again = evaluate(*declared, live=live, waivers=waivers, severities=dict(reversed(severities.items())))
        assert {**again, "missing": sorted(again["missing"])} == {**first, "missing": sorted(first["missing"])}

    @given(declarations, live_domains, severity_choices)
    def test_severities_remove_only_rules_that_are_off(self, declared, live, severities):
        before = evaluate(*declared, live=live)
        after = evaluate(*declared, live=live, severities=severities)
        off = {rule for rule, severity in severities.items() if severity in (OFF, False)}
        # One finding hides others on the same field. They are reported if its severity is lowered, or its rule is off.
        changed = {(row["domain"], row["field"]) for row in before["findings"] if row["rule_id"] in severities}
        assert {place[:2] for place in places(after) - places(before)} <= changed
        assert not off & set(members(after, "rule_id"))
        kept = {(row["domain"], row["field"]) for row in after["findings"]}
        lost = {row["rule_id"] for row in before["findings"] if (row["domain"], row["field"]) not in kept}
        assert lost <= off
        for row in after["findings"]:
            chosen = severities.get(row["rule_id"])
            assert row["severity"] == chosen if chosen else row["severity"] in RULES[row["rule_id"]].severities

    @given(declarations, live_domains, waiver_lists)
    def test_waivers_remove_no_finding(self, declared, live, waivers):
        without = evaluate(*declared, live=live)
        result = evaluate(*declared, live=live, waivers=waivers)
        rows = [row for row in result["findings"] if row["category"] != "waiver"]
        assert {json.dumps(row) for row in without["findings"] if row["category"] != "waiver"} <= {
            json.dumps({key: value for key, value in row.items() if key != "waiver"} | {"waived": False}) for row in rows
        }
        for row in rows:
            assert ("waiver" in row) == row["waived"]
            assert not row["waived"] or row["waiver"]["expires"] >= TODAY
        assert result["summary"]["waived"] == sum(row["waived"] for row in result["findings"])
        assert result["summary"]["findings"] == len(result["findings"]) - result["summary"]["waived"]
        assert {key: result[key] for key in ("undeclared", "missing")} == {key: without[key] for key in ("undeclared", "missing")}
        assert result["summary"]["as_declared"] == without["summary"]["as_declared"]
        assert sum(result["summary"][count] for count in ("as_declared", "drifted", "drift_waived")) == len(declared)

    @given(declarations, live_domains, waiver_lists)
    def test_expired_waivers_only_add_their_own_findings(self, declared, live, waivers):
        over = [{**one, "expires": YESTERDAY} for one in waivers]
        result = evaluate(*declared, live=live, waivers=over)
        assert [row for row in result["findings"] if row["category"] != "waiver"] == evaluate(*declared, live=live)["findings"]
        assert sum(row["rule_id"] == "ES-WAIVER-001" for row in result["findings"]) == len({json.dumps(one, sort_keys=True) for one in over})

    @given(declarations, live_domains, st.sampled_from(DOMAIN_AUDIT.waivable_fields))
    def test_waiver_for_a_field_of_all_domains_waives_everything_on_it(self, declared, live, field):
        result = evaluate(*declared, live=live, waivers=[waiver(field=field)])
        about = [row for row in result["findings"] if row["field"] == field]
        assert all(row["waived"] for row in about)
        assert ("ES-WAIVER-002" in members(result, "rule_id")) == (not about)

    @given(declarations, live_domains, severity_choices)
    def test_counts_add_up_and_the_result_is_json(self, declared, live, severities):
        result = evaluate(*declared, live=live, severities=severities)
        summary = result["summary"]
        assert summary["findings"] == sum(summary[severity] for severity in SEVERITIES)
        assert summary["findings"] == sum(summary[category] for category in ("drift", "health", "advice", "waiver"))
        ranks = [SEVERITIES.index(row["severity"]) for row in result["findings"]]
        assert ranks == sorted(ranks)
        assert json.loads(json.dumps(result, allow_nan=False)) == result

    @given(declarations)
    def test_account_equal_to_the_declaration_has_no_drift(self, declared):
        assume(all(entry.get("state") != "absent" for entry in declared))
        live = [{"id": str(number), **{key: value for key, value in entry.items() if key != "clear"}} for number, entry in enumerate(declared)]
        assert all(row["category"] in ("advice", "health") for row in evaluate(*declared, live=live)["findings"])


def test_declared_ids_name_drifted_domains_that_are_declared_by_id():
    identifier = numbered(1)["id"]
    result = evaluate({"domain_id": identifier, "lookback_hops": 9}, live=[numbered(1)])
    assert result["declared_ids"] == [{"domain": "d1.example", "domain_id": identifier}]


def test_a_cleared_integration_is_reported_beside_worse_advice_on_the_same_field():
    declared = {"domain": "d1.example", "allowed_delivery_modes": ["API", "DIRECT"], "clear": ["integration_id"]}
    result = evaluate(declared, live=[numbered(1, integration_id="5e1c1f0a-4d6b-4c53-9a83-0f2d6a1b7c11")])
    assert "ES-ADVICE-009" in {finding["rule_id"] for finding in result["findings"]}


class TestAddedValues:
    """Lists with `purge_*: false` hold at least the declared values."""

    ADDED = {"domain": "d1.example", "drop_dispositions": ["MALICIOUS", "SPOOF"], "purge_drop_dispositions": False}

    def test_more_live_values_are_no_drift(self):
        found = evaluate({**self.ADDED, "drop_dispositions": ["MALICIOUS"]})
        assert (found["summary"]["drift"], found["summary"]["as_declared"]) == (0, 1)
        assert evaluate({"domain": "d1.example", "drop_dispositions": ["MALICIOUS"]})["summary"]["drift"] == 1

    def test_value_that_is_not_live_is_weaker_and_only_that(self):
        found = evaluate(self.ADDED)
        everything = ["MALICIOUS", "MALICIOUS-BEC", "SPAM", "SPOOF"]
        assert [(one["rule_id"], one["direction"], one["declared"]) for one in found["findings"] if one["category"] == "drift"] == [
            ("ES-DROP-002", "weaker", everything)
        ]
        assert found["plan"] == evaluate({"domain": "d1.example", "drop_dispositions": everything})["plan"]

    def test_list_that_someone_else_emptied_is_drift(self):
        entry = {"domain": "d1.example", "ip_restrictions": ["192.0.2.0/24"], "purge_ip_restrictions": False}
        found = evaluate(entry, live=[numbered(1, ip_restrictions=[], lookback_hops=2)])
        assert ("ES-IP-001", ["192.0.2.0/24"]) in members(found, "rule_id", "declared")

    def test_advice_considers_the_values_that_stay(self):
        entry = {"domain": "d1.example", "allowed_delivery_modes": ["API"], "drop_dispositions": ["SPAM"], "integration_id": HEALTHY["integration_id"]}
        assert "ES-ADVICE-003" in members(evaluate(entry), "rule_id")
        assert "ES-ADVICE-003" not in members(evaluate({**entry, "purge_allowed_delivery_modes": False}), "rule_id")

    def test_waived_list_is_left_as_it_is(self):
        found = evaluate(self.ADDED, waivers=[waiver(field="drop_dispositions")])
        assert found["summary"]["drift_waived"] == 1
        assert found["plan"] == evaluate({"domain": "d1.example"})["plan"]
