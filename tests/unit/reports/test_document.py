"""build_document(): the content of a report, the comparison with the previous one, and its JSON schema."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.registry import RULES
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.plain_data import to_plain_data
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.reports.document import (
    InvalidAuditResultError,
    build_document,
    fingerprint,
)
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.reports.previous import load_previous
from ansible_collections.mailops.cloudflare.tests.unit.support_reports import (
    FAILED,
    HOSTILE,
    MONDAY,
    TITLE,
    TUESDAY,
    WEDNESDAY,
    audit,
    compared,
    document,
    finding,
    hostile,
    hostile_failure,
    hostile_lists,
    json_text,
    list_audit,
    list_finding,
    list_waiver,
    shortened,
    some_domains,
    some_findings,
    waived,
    whole,
    with_lists,
)
from jsonschema import Draft202012Validator

SCHEMA = json.loads((Path(__file__).resolve().parents[3] / "roles/audit/files/audit-report-1.schema.json").read_text())
VALIDATOR = Draft202012Validator(SCHEMA)
TLS = finding("ES-TLS-001", "example.net", True, False)
SPF = finding("ES-HEALTH-008", "example.net", None, "NONE")


def faults(report):
    return [error.message for error in VALIDATOR.iter_errors(json.loads(json_text(report)))]


class TestSchema:
    def test_schema_is_valid(self):
        Draft202012Validator.check_schema(SCHEMA)

    @pytest.mark.parametrize(
        "report",
        [
            pytest.param(document(audit()), id="clean"),
            pytest.param(document(audit(some_findings())), id="first"),
            pytest.param(document(audit([waived("ES-TLS-002", "example.com")])), id="waived only"),
            pytest.param(compared(), id="compared"),
            pytest.param(shortened(), id="shortened"),
            pytest.param(whole(), id="whole"),
            pytest.param(whole(None), id="of unknown origin"),
            pytest.param(document(audit([TLS], scope=["example.net"], rules_off=["ES-IP-001"]), compared()), id="a part"),
            pytest.param(document(audit([{**TLS, "note": "A waiver allows another live value."}])), id="noted"),
            pytest.param(document(FAILED), id="failed"),
            pytest.param(document(FAILED, compared()), id="failed after a good one"),
            pytest.param(document(FAILED, document(FAILED, compared())), id="failed twice"),
            *(pytest.param(hostile(text), id=name) for name, text in HOSTILE.items()),
            *(pytest.param(hostile_failure(text), id=f"failed, {name}") for name, text in HOSTILE.items()),
        ],
    )
    def test_every_report_is_valid(self, report):
        assert faults(report) == []

    def test_schema_requires_every_key(self):
        # Reports of earlier schema versions do not have the newer keys.
        newer = {"scope", "rules_off", "not_audited", "account", "policy", "host", "repair", "domains", "rules", "history", "exemptions", "unread", "lists"}
        assert set(SCHEMA["required"]) | newer == set(SCHEMA["properties"]) == set(compared())
        described = set(SCHEMA["$defs"]["finding"]["properties"])
        assert described == set(SCHEMA["$defs"]["finding"]["required"]) | {"waiver", "note", "age_days", "modified_at", "repair", "resource", "entry"}
        assert {key for each in whole()["findings"] for key in each} | {"note"} == described
        assert {key for each in some_domains() for key in each} == set(SCHEMA["$defs"]["domain"]["properties"])
        register = SCHEMA["$defs"]["exemption"]
        assert {key for each in with_lists()["exemptions"] for key in each} == set(register["properties"]) == set(register["required"])

    @pytest.mark.parametrize(
        "change",
        [
            {"status": "clean"},
            {"status": "error"},
            {"schema_version": "2.0"},
            {"schema_version": "11.0"},
            {"error": {"kind": "auth", "msg": ""}},
            {"findings": []},
            {"audited_at": "yesterday"},
            {"last_good": {"audited_at": MONDAY, "findings": []}},
            {"domains": [{"domain": "example.com"}]},
            {"history": [{"audited_at": MONDAY}]},
            {"account": None},
        ],
        ids=lambda change: next(iter(change)),
    )
    def test_schema_rejects_invalid_reports(self, change):
        assert faults({**compared(), **change}) != []


class TestStatus:
    def test_without_findings_is_clean(self):
        assert document(audit())["status"] == "clean"

    def test_with_a_finding(self):
        assert document(audit([TLS]))["status"] == "findings"

    def test_with_waived_findings_only_is_clean(self):
        assert document(audit([waived("ES-TLS-002", "example.com")]))["status"] == "clean"

    def test_failed_audit_is_an_error(self):
        report = document(FAILED, now=TUESDAY)
        assert (report["status"], report["audited_at"], report["summary"], report["findings"]) == ("error", TUESDAY, None, [])
        assert report["error"] == {"kind": "auth", "msg": FAILED["msg"]}

    def test_failed_when_on_a_successful_audit_is_no_error(self):
        assert document({**audit([TLS]), "failed": True, "failed_when_result": True})["status"] == "findings"

    @pytest.mark.parametrize(
        ("result", "kind"),
        [
            ({"failed": True, "msg": "MODULE FAILURE"}, "unknown"),
            ({"unreachable": True, "msg": "no route"}, "network"),
            ({"failed": True, "failure": "x"}, "unknown"),
            ({"failed": True, "failure": {"kind": None}}, "unknown"),
        ],
    )
    def test_failure_without_kind_gets_one(self, result, kind):
        report = document(result)
        assert report["error"]["kind"] == kind
        assert report["error"]["msg"]
        assert faults(report) == []


class TestFindings:
    def test_members_of_the_module_are_kept(self):
        result = audit(some_findings())
        for reported, source in zip(document(result)["findings"], result["findings"], strict=True):
            assert {key: reported[key] for key in source} == source

    def test_title_and_reason_are_added_from_the_rule(self):
        [reported] = document(audit([TLS]))["findings"]
        assert (reported["title"], reported["why"]) == (RULES["ES-TLS-001"].title, RULES["ES-TLS-001"].why)

    def test_unknown_rule_is_shown_by_its_id(self):
        [reported] = document(audit([{**TLS, "rule_id": "ES-NEWER-001", "message": "", "remedy": ""}]))["findings"]
        assert (reported["title"], reported["message"], reported["why"], reported["remedy"]) == ("ES-NEWER-001", "ES-NEWER-001", "", "")

    def test_texts_that_were_left_out_are_restored(self):
        whole = audit(some_findings())
        short = {**whole, "findings": [{key: value for key, value in each.items() if key not in ("message", "remedy")} for each in whole["findings"]]}
        assert document(short) == document(whole)

    def test_shortened_lists_only_what_is_still_missing(self):
        assert shortened()["shortened"] == ["findings: 2 of 5 are left out"]

    def test_build_document_changes_nothing_of_the_audit_but_the_list_of_its_findings(self):
        result = to_plain_data(audit(some_findings()))
        findings = list(result["findings"])
        before = json.dumps(result)
        report = build_document(result, load_previous(json_text(compared())), TITLE, WEDNESDAY)
        assert result["findings"] is report["findings"]
        assert json.dumps({**result, "findings": findings}) == before


class TestCurrent:
    """What a finding has from this audit only."""

    def test_findings_have_age_and_last_change(self):
        first = document(audit([TLS], at=MONDAY))
        [reported] = document(audit([TLS], domains=some_domains()), first)["findings"]
        assert (reported["age_days"], reported["modified_at"]) == (2, "2026-11-03T14:05:09.000000Z")

    def test_finding_on_an_unknown_domain_has_no_last_change(self):
        [reported] = document(audit([TLS]))["findings"]
        assert "modified_at" not in reported
        assert reported["age_days"] == 0

    def test_time_that_is_not_a_time_gives_no_age(self):
        [reported] = document(audit([TLS], at="yesterday"))["findings"]
        assert "age_days" not in reported

    def test_checked_rules_are_all_but_those_that_are_off(self):
        assert document(audit())["rules"] == list(RULES)
        assert set(RULES) - set(document(audit(rules_off=["ES-IP-001"]))["rules"]) == {"ES-IP-001"}
        assert set(RULES) - set(document(audit(scope=["example.com"]))["rules"]) == {"ES-DOMAIN-002"}
        assert document(FAILED)["rules"] == []

    def test_origin_is_reported(self):
        report = whole()
        assert report["account"] == {"id": "0123456789abcdef0123456789abcdef", "name": "Example Ltd"}
        assert (report["policy"], report["host"]) == ({"files": ["policy.yml"], "version": "4f1c2ab"}, "audit.example.com")

    def test_origin_unknown_is_null(self):
        report = document(audit())
        assert (report["account"], report["policy"], report["host"]) == ({"id": None, "name": None}, {"files": [], "version": None}, None)


class TestFingerprint:
    def test_fingerprint_does_not_depend_on_values_and_texts(self):
        assert fingerprint(TLS) == fingerprint({**TLS, "declared": 1, "live": 2, "severity": "low", "message": "", "waived": True})

    def test_fingerprint_is_that_of_the_first_release(self):
        assert fingerprint(TLS) == "ca6bf4828ab0502c250e9d13da9e2b639bb09bd6ac8234c41ea4357aef701e0f"

    @pytest.mark.parametrize("other", [{"domain": "example.org"}, {"field": None}, {"rule_id": "ES-TLS-002"}])
    def test_fingerprint_depends_on_domain_field_and_rule(self, other):
        assert fingerprint(TLS) != fingerprint({**TLS, **other})

    def test_fingerprint_depends_on_the_waiver(self):
        first, second = (finding("ES-WAIVER-002", "*", f"{rule_id} until 2027-01-01") for rule_id in ("ES-TLS-001", "ES-TLS-002"))
        assert fingerprint(first) != fingerprint(second)


class TestComparison:
    def test_without_previous_report_is_none(self):
        report = document(audit([TLS]))
        assert report["comparison"] is None
        assert [(each["state"], each["first_seen"]) for each in report["findings"]] == [(None, WEDNESDAY)]

    def test_new_still_and_gone(self):
        first = document(audit([TLS], at=MONDAY))
        second = document(audit([TLS, SPF], at=TUESDAY), first)
        third = document(audit([{**SPF, "live": "none"}]), second)
        assert {each["rule_id"]: (each["state"], each["first_seen"]) for each in second["findings"]} == {
            "ES-TLS-001": ("still", MONDAY),
            "ES-HEALTH-008": ("new", TUESDAY),
        }
        assert [(each["state"], each["first_seen"]) for each in third["findings"]] == [("still", TUESDAY)]
        assert [(each["rule_id"], each["first_seen"], each["state"]) for each in third["comparison"]["gone"]] == [("ES-TLS-001", MONDAY, None)]
        assert {key: third["comparison"][key] for key in ("previous_audited_at", "new", "still")} == {"previous_audited_at": TUESDAY, "new": 0, "still": 1}

    def test_finding_that_comes_back_is_new(self):
        first = document(audit([TLS], at=MONDAY))
        report = document(audit([TLS]), document(audit(at=TUESDAY), first))
        assert [(each["state"], each["first_seen"]) for each in report["findings"]] == [("new", WEDNESDAY)]

    def test_waived_finding_is_neither_gone_nor_counted(self):
        first = document(audit([TLS], at=TUESDAY))
        report = document(audit([waived("ES-TLS-001", "example.net", True, False)]), first)
        assert [(each["state"], each["first_seen"]) for each in report["findings"]] == [("still", TUESDAY)]
        assert report["comparison"] == {"previous_audited_at": TUESDAY, "new": 0, "still": 0, "gone": []}

    def test_failed_audits_keep_the_last_findings(self):
        first = document(audit([TLS], at=MONDAY))
        failed = document(FAILED, document(FAILED, first), now=TUESDAY)
        assert failed["last_good"] == {"audited_at": MONDAY, "findings": first["findings"], "not_audited": []}
        assert failed["comparison"] is None
        report = document(audit([TLS, SPF]), failed)
        assert {each["rule_id"]: each["first_seen"] for each in report["findings"]} == {"ES-TLS-001": MONDAY, "ES-HEALTH-008": WEDNESDAY}
        assert report["comparison"]["previous_audited_at"] == MONDAY
        assert report["last_good"] is None

    def test_shortened_result_has_no_gone_findings(self):
        first = document(audit([TLS], at=TUESDAY))
        whole = audit([finding("ES-IP-001", "example.com", [], ["192.0.2.0/24"]), TLS])
        report = document({**whole, "findings": whole["findings"][:1], "shortened": ["findings: 1 of 2 are left out"]}, first)
        assert report["comparison"]["gone"] == []

    def test_unknown_rules_of_the_previous_report_are_compared(self):
        first = document(audit([{**TLS, "rule_id": "ES-OLDER-001", "field": "colour"}], at=TUESDAY))
        report = document(audit([TLS]), first)
        assert [each["rule_id"] for each in report["comparison"]["gone"]] == ["ES-OLDER-001"]
        assert faults(report) == []


class TestNotAudited:
    """Findings outside the scope of an audit are neither present nor gone, and keep their first day."""

    def states(self, report):
        return {(each["domain"], each["rule_id"]): (each["state"], each["first_seen"]) for each in report["findings"]}

    def gone(self, report):
        return [(each["domain"], each["rule_id"]) for each in report["comparison"]["gone"]]

    def kept(self, report):
        return [(each["domain"], each["rule_id"]) for each in report["not_audited"]]

    def test_domains_outside_the_scope_are_kept(self):
        hijack = finding("ES-NEXTHOP-001", "c.example", "mx.c.example", "mx.evil.example")
        first = document(audit([TLS, SPF, hijack], at=MONDAY))
        second = document(audit([TLS], at=TUESDAY, scope=["example.net"]), first)
        assert self.gone(second) == [("example.net", "ES-HEALTH-008")]
        assert self.kept(second) == [("c.example", "ES-NEXTHOP-001")]
        assert (second["scope"], second["comparison"]["still"]) == (["example.net"], 1)
        third = document(audit([TLS, hijack]), second)
        assert self.states(third)["c.example", "ES-NEXTHOP-001"] == ("still", MONDAY)
        assert (self.kept(third), third["comparison"]["new"]) == ([], 0)

    def test_kept_finding_is_gone_when_it_is_not_found_again(self):
        second = document(audit(at=TUESDAY, scope=["example.com"]), document(audit([TLS], at=MONDAY)))
        assert (self.gone(second), self.kept(second)) == ([], [("example.net", "ES-TLS-001")])
        assert self.gone(document(audit(), second)) == [("example.net", "ES-TLS-001")]

    def test_rules_that_are_off_are_kept(self):
        second = document(audit(at=TUESDAY, rules_off=["ES-TLS-001"]), document(audit([TLS, SPF], at=MONDAY)))
        assert (self.gone(second), self.kept(second)) == ([("example.net", "ES-HEALTH-008")], [("example.net", "ES-TLS-001")])
        assert self.states(document(audit([TLS]), second)) == {("example.net", "ES-TLS-001"): ("still", MONDAY)}

    @pytest.mark.parametrize("domain", ["example.net", "example.net (1a2b3c4d-0000-4000-8000-5e6f70819203)"])
    def test_domain_no_longer_declared_keeps_drift_and_advice(self, domain):
        drift, advice, health = ({**finding(rule_id), "domain": domain} for rule_id in ("ES-TLS-001", "ES-ADVICE-004", "ES-HEALTH-008"))
        second = document(audit(at=TUESDAY, undeclared=["example.net"]), document(audit([drift, advice, health], at=MONDAY)))
        assert self.gone(second) == [(domain, "ES-HEALTH-008")]
        assert {rule for _domain, rule in self.kept(second)} == {"ES-TLS-001", "ES-ADVICE-004"}
        assert self.states(document(audit([drift]), second)) == {(domain, "ES-TLS-001"): ("still", MONDAY)}

    def test_domain_neither_live_nor_declared_is_gone(self):
        second = document(audit(at=TUESDAY), document(audit([TLS], at=MONDAY)))
        assert (self.gone(second), self.kept(second)) == ([("example.net", "ES-TLS-001")], [])

    def test_domain_declared_now_is_no_longer_undeclared(self):
        undeclared = finding("ES-DOMAIN-002", "example.net", None, "present")
        second = document(audit(at=TUESDAY, scope=["example.net"]), document(audit([undeclared], at=MONDAY)))
        assert self.gone(second) == [("example.net", "ES-DOMAIN-002")]

    def test_finding_left_out_keeps_its_first_day(self):
        first = document(audit([TLS, SPF], at=MONDAY))
        whole = audit([TLS, SPF], at=TUESDAY)
        second = document({**whole, "findings": whole["findings"][:1], "shortened": ["findings: 1 of 2 are left out"]}, first)
        assert self.gone(second) == []
        assert set(self.states(document(audit([TLS, SPF]), second)).values()) == {("still", MONDAY)}

    def test_failed_audit_keeps_them(self):
        second = document(audit(at=TUESDAY, scope=["example.com"]), document(audit([TLS], at=MONDAY)))
        failed = document(FAILED, second)
        assert faults(failed) == []
        assert self.states(document(audit([TLS]), failed)) == {("example.net", "ES-TLS-001"): ("still", MONDAY)}

    @pytest.mark.parametrize("key", ["scope", "rules_off", "undeclared", "missing"])
    @pytest.mark.parametrize("value", ["example.com", [1], {"a": 1}])
    def test_invalid_lists_of_names_fail(self, key, value):
        with pytest.raises(InvalidAuditResultError, match=key):
            document({**audit(), key: value})


class TestInvalidResult:
    @pytest.mark.parametrize(
        ("result", "why"),
        [
            ({}, "audited_at"),
            ({"skipped": True, "changed": False}, "skipped"),
            ({"results": [audit()]}, "loop"),
            ({"censored": "the output has been hidden"}, "no_log"),
            ({**audit(), "summary": None}, "summary"),
            ({**audit(), "summary": {"declared": 1}}, "counts"),
            ({**audit(), "findings": {}}, "findings"),
            *(({**audit(), "domains": value}, "domains") for value in ("x", {"a": 1}, [1], [{"name": "example.com"}])),
            ({**audit(), "findings": ["x"]}, re.escape("findings[0]")),
            ({**audit(), "findings": [TLS, {**TLS, "severity": "awful"}]}, re.escape("findings[1]")),
            ({**audit(), "findings": [{**TLS, "waived": True}]}, re.escape("findings[0]")),
            ({**audit(), "findings": [{key: value for key, value in TLS.items() if key != "live"}]}, re.escape("findings[0]")),
        ],
    )
    def test_invalid_result_fails_with_reason(self, result, why):
        with pytest.raises(InvalidAuditResultError, match=why):
            document(result)


class TestJson:
    def test_render_json_is_sorted_ascii(self):
        text = json_text(hostile(HOSTILE["right to left"]))
        assert text.isascii()
        assert text.endswith("}\n")
        assert json.dumps(json.loads(text), indent=2, sort_keys=True) + "\n" == text

    def test_render_json_keeps_all_data(self):
        for text in HOSTILE.values():
            assert json.loads(json_text(hostile(text)))["findings"][0]["domain"] == text


class TestLists:
    """Findings on entries of lists, and on lists as a whole."""

    GAINED = list_finding("ES-ALLOW-004", "allow_policies", "partner.example", False, True)

    def test_report_has_a_valid_form(self):
        assert faults(with_lists()) == []
        assert faults(hostile_lists("x", "y")) == []
        assert faults(document(list_audit(exemptions=[]))) == []

    @pytest.mark.parametrize(
        "change",
        [{"exemptions": [{}]}, {"exemptions": [{**with_lists()["exemptions"][0], "age_days": -1}]}, {"unread": {"allow_policies": 1}}, {"lists": {"a": []}}],
    )
    def test_schema_rejects_invalid_lists(self, change):
        assert faults({**with_lists(), **change}) != []

    def test_findings_have_their_list_and_entry(self):
        [reported] = document(list_audit([self.GAINED]))["findings"]
        assert {key: reported[key] for key in self.GAINED} == self.GAINED
        assert (reported["domain"], reported["resource"], reported["entry"]) == (None, "allow_policies", "partner.example")

    @pytest.mark.parametrize("result", [audit([TLS]), list_audit([TLS])])
    def test_findings_on_domains_are_those_of_an_audit_without_lists(self, result):
        [reported] = document(result)["findings"]
        assert (reported["resource"], reported["entry"]) == ("domains", None)
        assert reported["fingerprint"] == fingerprint(TLS)

    @pytest.mark.parametrize("other", [{"resource": "trusted_domains"}, {"entry": "other.example"}, {"field": None}, {"rule_id": "ES-ALLOW-006"}])
    def test_fingerprint_depends_on_list_entry_field_and_rule(self, other):
        assert fingerprint(self.GAINED) != fingerprint({**self.GAINED, **other})

    def test_fingerprint_does_not_depend_on_values_and_texts(self):
        other = {"declared": 1, "live": 2, "severity": "low", "direction": "neutral", "message": "", "waived": True}
        assert fingerprint(self.GAINED) == fingerprint({**self.GAINED, **other})

    def test_fingerprint_of_a_list_is_pinned(self):
        assert fingerprint(self.GAINED) == "8867bda843c4f7985e60e7e4b0857b40df4aade44bab4105e602b255a98fb63e"

    def test_fingerprint_of_a_waiver_depends_on_its_description(self):
        prints = {fingerprint(list_waiver(name, "*", text)) for name in (None, "allow_policies") for text in ("one", "other")}
        assert len(prints) == 4

    def test_domain_and_entry_of_one_name_are_two_findings(self):
        entry = {**TLS, "domain": None, "resource": "block_senders", "entry": TLS["domain"]}
        assert fingerprint(entry) != fingerprint(TLS)

    def test_gone_still_and_new(self):
        first = document(list_audit([self.GAINED, list_finding("ES-ALLOW-001", "allow_policies", "a.example")], at=TUESDAY))
        report = document(list_audit([self.GAINED, list_finding("ES-ALLOW-002", "allow_policies", "b.example")]), first)
        assert {each["entry"]: (each["state"], each["first_seen"]) for each in report["findings"]} == {
            "partner.example": ("still", TUESDAY),
            "b.example": ("new", WEDNESDAY),
        }
        assert [each["entry"] for each in report["comparison"]["gone"]] == ["a.example"]

    @pytest.mark.parametrize(
        "result",
        [audit(at=TUESDAY), list_audit(resources=["domains"], at=TUESDAY), list_audit(resources=["domains"], unread={"allow_policies": "auth"}, at=TUESDAY)],
    )
    def test_list_that_was_not_read_keeps_its_findings(self, result):
        second = document(result, document(list_audit([self.GAINED], at=MONDAY)))
        assert second["comparison"]["gone"] == []
        assert [each["entry"] for each in second["not_audited"]] == ["partner.example"]
        third = document(list_audit([self.GAINED]), second)
        assert [(each["state"], each["first_seen"]) for each in third["findings"]] == [("still", MONDAY)]
        assert [each["entry"] for each in document(list_audit(), second)["comparison"]["gone"]] == ["partner.example"]

    @pytest.mark.parametrize("version", ["1.0", "1.2"])
    def test_report_of_an_earlier_release_is_compared(self, version):
        earlier = {**document(audit([TLS], at=MONDAY)), "schema_version": version}
        for each in earlier["findings"]:
            del each["resource"], each["entry"]
        for key in ("exemptions", "unread", "lists"):
            del earlier[key]
        report = document(list_audit([TLS, self.GAINED]), earlier)
        assert [(each["rule_id"], each["state"]) for each in report["findings"]] == [("ES-ALLOW-004", "new"), ("ES-TLS-001", "still")]
        assert [each["rule_id"] for each in document(list_audit(), earlier)["comparison"]["gone"]] == ["ES-TLS-001"]

    def test_people_without_findings_are_not_named(self):
        lists = {
            "impersonation_registry": {"missing": ["Jane Doe <jane@example.com>"], "undeclared": ["John Doe <john@example.com>"]},
            "block_senders": {"missing": [], "undeclared": ["evil.example"]},
        }
        found = list_finding("ES-VIP-001", "impersonation_registry", "Jane Doe <jane@example.com>", "present")
        report = document(list_audit([found], ["impersonation_registry", "block_senders"], lists=lists))
        assert report["lists"]["impersonation_registry"] == {"missing": ["Jane Doe <jane@example.com>"], "undeclared": []}
        assert report["lists"]["block_senders"] == {"missing": [], "undeclared": ["evil.example"]}
        assert "john@example.com" not in json_text(report)

    def test_domains_that_were_not_read_have_no_checked_rules(self):
        rules = set(document(list_audit(resources=["block_senders"]))["rules"])
        assert not rules & {rule.id for rule in RULES.values() if rule.category != "waiver"}
        assert {rule.id for rule in RULES.values() if rule.category == "waiver"} <= rules
