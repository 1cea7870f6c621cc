"""render_sarif(), validated with the official schema of SARIF 2.1.0."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.registry import RULES
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.reports.sarif_report import render_sarif
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.reports.text import subject_of
from ansible_collections.mailops.cloudflare.tests.unit.support_reports import (
    FAILED,
    HOSTILE,
    audit,
    compared,
    document,
    hostile,
    hostile_failure,
    hostile_lists,
    shortened,
    with_lists,
)
from jsonschema import Draft4Validator

VALIDATOR = Draft4Validator(json.loads((Path(__file__).resolve().parents[1] / "data/sarif-2.1.0.schema.json").read_text()))


def run(report, **options):
    """The only run of the log, which must be valid."""
    log = json.loads("".join(render_sarif(report, **options)))
    assert [error.message for error in VALIDATOR.iter_errors(log)] == []
    [found] = log["runs"]
    rules = found["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in found["results"])
    assert {result["ruleId"] for result in found["results"]} == {rule["id"] for rule in rules}
    return found


def by_rule(report, **options):
    return {result["ruleId"]: result for result in run(report, **options)["results"]}


def test_schema_rejects_invalid_logs():
    log = json.loads("".join(render_sarif(compared())))
    log["runs"][0]["results"][0]["level"] = "awful"
    assert list(VALIDATOR.iter_errors(log))


def test_render_sarif_levels_and_scores():
    report = compared()
    rules = {rule["id"]: rule for rule in run(report)["tool"]["driver"]["rules"]}
    expected = {"critical": ("error", "9.5"), "high": ("error", "8.0"), "medium": ("warning", "5.5"), "low": ("note", "2.5")}
    for each in report["findings"]:
        if each["waived"]:
            continue
        rule = rules[each["rule_id"]]
        assert (rule["defaultConfiguration"]["level"], rule["properties"]["security-severity"]) == expected[each["severity"]]
        assert by_rule(report)[each["rule_id"]]["level"] == expected[each["severity"]][0]


def test_render_sarif_explains_rules():
    [rule] = [rule for rule in run(compared())["tool"]["driver"]["rules"] if rule["id"] == "ES-TLS-001"]
    assert rule["name"] == "EsTls001"
    assert rule["shortDescription"]["text"] == RULES["ES-TLS-001"].title
    assert rule["fullDescription"]["text"] in rule["help"]["text"]


def test_render_sarif_baseline_states():
    results = by_rule(compared())
    assert {rule: result["baselineState"] for rule, result in results.items() if rule in ("ES-IP-001", "ES-TLS-001", "ES-REGION-001")} == {
        "ES-IP-001": "new",
        "ES-TLS-001": "unchanged",
    }
    assert not any("baselineState" in result for result in run(document(audit(compared()["findings"])))["results"])


def test_render_sarif_waived_findings_are_suppressed():
    suppressed = {rule: result["suppressions"] for rule, result in by_rule(compared(), waived=True).items() if "suppressions" in result}
    why = "The mailing house has no TLS yet (allowed by postmaster@example.com until 2027-03-31)"
    assert suppressed == {"ES-TLS-002": [{"kind": "external", "status": "accepted", "justification": why}]}


def test_render_sarif_waived_findings_only_on_request():
    assert "ES-TLS-002" not in by_rule(compared())
    assert not any("suppressions" in result for result in by_rule(compared()).values())


def test_render_sarif_gone_findings_are_left_out():
    report = compared()
    assert [each["rule_id"] for each in report["comparison"]["gone"]] == ["ES-REGION-001"]
    for options in ({}, {"waived": True}):
        found = run(report, **options)
        assert "ES-REGION-001" not in json.dumps(found)
        assert not any(result.get("baselineState") == "absent" or result.get("kind") == "pass" for result in found["results"])


def test_render_sarif_fingerprints_are_those_of_the_report():
    report = compared()
    prints = [result["partialFingerprints"]["mailopsFinding/v1"] for result in run(report, waived=True)["results"]]
    assert prints == [each["fingerprint"] for each in report["findings"]]


def test_render_sarif_partial_audit_shows_scope():
    found = run(document(audit(scope=["example.com"])))
    words = "This is a partial audit: example.com. Other domains were not checked."
    assert found["properties"]["scope"] == words
    assert found["invocations"][0]["toolExecutionNotifications"] == [{"level": "note", "message": {"text": words}}]


def test_render_sarif_location_is_the_domain():
    location = by_rule(compared())["ES-TLS-001"]["locations"][0]
    assert location["physicalLocation"] == {"artifactLocation": {"uri": "domains/example.net"}, "region": {"startLine": 1}}
    assert location["logicalLocations"] == [{"name": "example.net", "kind": "resource"}]


def test_render_sarif_failed_audit_was_not_successful():
    found = run(document(FAILED))
    [invocation] = found["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["toolExecutionNotifications"] == [{"level": "error", "message": {"text": f"The audit failed (auth): {FAILED['msg']}"}}]
    assert found["results"] == []


def test_render_sarif_shortened_result_is_reported():
    [notification] = run(shortened())["invocations"][0]["toolExecutionNotifications"]
    assert (notification["level"], "2 of 5 are left out" in notification["message"]["text"]) == ("warning", True)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("made", [hostile, hostile_failure])
def test_render_sarif_hostile_text_stays_text(made, text):
    for result in run(made(text))["results"]:
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        parts = urlsplit(uri)
        assert (parts.scheme, parts.netloc, parts.query, parts.fragment) == ("", "", "", "")
        assert unquote(uri).startswith("domains/")
        assert uri.count("/") == 1
        assert unquote(uri)[len("domains/") :] in (subject_of({"domain": name}) for name in (text, f"gone {text}"))


class TestLists:
    def test_location_is_the_list_with_the_entry(self):
        location = by_rule(with_lists())["ES-ALLOW-004"]["locations"][0]
        assert location["physicalLocation"]["artifactLocation"]["uri"] == "allow_policies/partner.example"
        assert location["logicalLocations"] == [{"name": "partner.example", "kind": "resource", "fullyQualifiedName": "allow_policies/partner.example"}]

    def test_location_of_a_whole_list(self):
        location = by_rule(with_lists())["ES-BLOCK-104"]["locations"][0]
        assert location["physicalLocation"]["artifactLocation"]["uri"] == "block_senders"
        assert location["logicalLocations"] == [{"name": "blocked senders", "kind": "resource", "fullyQualifiedName": "block_senders"}]

    def test_properties_name_list_and_entry(self):
        found = by_rule(with_lists())
        assert (found["ES-ALLOW-004"]["properties"]["resource"], found["ES-ALLOW-004"]["properties"]["entry"]) == ("allow_policies", "partner.example")
        assert "resource" not in found["ES-TLS-001"]["properties"]

    @pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
    def test_hostile_text_stays_text(self, text):
        for result in run(hostile_lists(text))["results"]:
            parts = urlsplit(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"])
            assert (parts.scheme, parts.netloc, parts.query, parts.fragment) == ("", "", "", "")
            assert parts.path.count("/") <= 1
