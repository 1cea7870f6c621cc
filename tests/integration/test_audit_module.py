"""email_security_audit on an account with drift: findings, costs, waivers and errors. It never writes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from integration.support.call_module import call
from integration.support.fleet_step import CREATE_FIELDS, Domain, desired_for_all, fleet, id_of, make_domain, make_domains
from integration.support.invariants import check_invariants
from integration.support.step import AUDIT_MODULE, Outcome, Step
from simulator import Simulator
from simulator.scenario import NO_PERMISSION_TOKEN, NOT_ENTITLED_ACCOUNT_ID, READ_TOKEN

GATEWAY = ["192.0.2.0/24", "2001:db8:25::/48"]
POLICY: Domain = {
    "allowed_delivery_modes": ["DIRECT"],
    "drop_dispositions": ["MALICIOUS", "MALICIOUS-BEC", "SPAM"],
    "integration_id": "5e1c1f0a-4d6b-4c53-9a83-0f2d6a1b7c11",
    "ip_restrictions": GATEWAY,
    "lookback_hops": 2,
    "regions": ["DE"],
    "require_tls_inbound": True,
    "require_tls_outbound": True,
    "transport": "mx.example.com",
}
LIVE: tuple[Domain, ...] = (
    make_domain("d1.example", **POLICY),
    make_domain("d2.example", **{**POLICY, "ip_restrictions": [], "drop_dispositions": ["SPAM", "NONE", "MALICIOUS-BEC"], "transport": "mx.example.net"}),
    make_domain("d3.example", **{**POLICY, "require_tls_inbound": None, "regions": ["DE", "US"], "ip_restrictions": ["192.0.2.0/25"]}),
    make_domain("d4.example", **POLICY, spf_status="open", dmarc_status="none", status="PENDING", created_at="2025-01-01T00:00:00Z"),
    make_domain("d5.example", **POLICY),
    make_domain("d6.example"),
    make_domain(
        "d7.example",
        **POLICY,
        authorization={"authorized": False, "timestamp": "2026-03-01T08:00:00Z", "status_message": None},
        emails_processed={"timestamp": "2026-01-01T00:00:00Z", "total_emails_processed": 0, "total_emails_processed_previous": 9},
    ),
)
DECLARED: tuple[Domain, ...] = (
    *desired_for_all(make_domains(4)),
    {"domain": "d5.example", "state": "absent"},
    {"domain_id": id_of(7).upper()},
    {"domain": "new.example"},
)
FINDINGS = [
    ("critical", "d2.example", "ES-DROP-001", "drop_dispositions"),
    ("critical", "d2.example", "ES-DROP-009", "drop_dispositions"),
    ("critical", "d2.example", "ES-IP-001", "ip_restrictions"),
    ("critical", "d2.example", "ES-NEXTHOP-001", "transport"),
    ("critical", "d4.example", "ES-HEALTH-006", "spf_status"),
    ("critical", "new.example", "ES-DOMAIN-001", None),
    ("high", "d3.example", "ES-IP-002", "ip_restrictions"),
    ("high", "d3.example", "ES-REGION-001", "regions"),
    ("high", "d3.example", "ES-TLS-001", "require_tls_inbound"),
    ("high", "d4.example", "ES-HEALTH-003", "status"),
    ("high", "d4.example", "ES-HEALTH-004", "dmarc_status"),
    ("high", "d6.example", "ES-HEALTH-015", "drop_dispositions"),
    ("high", "d7.example", "ES-HEALTH-011", "emails_processed"),
    ("medium", "d5.example", "ES-DOMAIN-003", None),
    ("medium", "d6.example", "ES-DOMAIN-002", None),
    ("medium", "d6.example", "ES-HEALTH-017", "require_tls_outbound"),
    ("medium", "d6.example", "ES-HEALTH-019", "integration_id"),
    ("medium", "d7.example", "ES-HEALTH-001", "authorization"),
    ("medium", "d7.example", "ES-HEALTH-010", "emails_processed"),
]
WAIVER = {"domain": "*", "reason": "known", "owner": "ops", "expires": "2099-12-31"}


def audit(declared: Sequence[Mapping[str, Any]] = DECLARED, live: Sequence[Domain] | None = LIVE, **more: Any) -> Step:
    options = more.pop("options", {})
    return Step({"domains": list(declared), "defaults": POLICY, **options}, AUDIT_MODULE, domains=live, **more)


def findings_of(outcome: Outcome) -> list[tuple[Any, ...]]:
    return [tuple(finding[key] for key in ("severity", "domain", "rule_id", "field")) for finding in outcome.result["findings"]]


def comparable_result(outcome: Outcome) -> dict[str, Any]:
    return {key: outcome.result[key] for key in ("changed", "findings", "summary", "undeclared", "missing", "plan", "api")}


def assert_all_findings(outcome: Outcome) -> None:
    assert not outcome.failed
    assert findings_of(outcome) == FINDINGS
    assert (outcome.result["undeclared"], outcome.result["missing"]) == (["d6.example"], ["new.example"])
    summary = outcome.result["summary"]
    assert {key: summary[key] for key in ("declared", "live", "as_declared", "drifted", "worst")} == {
        "declared": 7,
        "live": 7,
        "as_declared": 3,
        "drifted": 4,
        "worst": "critical",
    }
    assert (outcome.result["changed"], outcome.methods, outcome.connections) == (False, ["GET"], 1)
    assert outcome.before == outcome.after


@pytest.mark.play(audit(), audit(check=True), audit(environment={"CLOUDFLARE_API_TOKEN": READ_TOKEN}))
def test_audit_of_a_drifted_account_is_the_same_in_run_check_mode_and_with_a_read_only_token(outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        assert_all_findings(outcome)
    run, *others = outcomes
    assert all(comparable_result(outcome) == comparable_result(run) for outcome in others)


@pytest.mark.call(fleet(DECLARED, {"defaults": POLICY}, live=LIVE, check=True), audit())
def test_audit_plan_equals_the_plan_of_email_security_domains(outcomes: list[Outcome]) -> None:
    plan, outcome = outcomes
    assert outcome.result["plan"] == plan.result["plan"]
    assert outcome.result["undeclared"] == plan.result["undeclared"]
    drifted = {name for _severity, name, rule, _field in findings_of(outcome) if not rule.startswith("ES-HEALTH") and rule != "ES-DOMAIN-002"}
    assert drifted == {each["domain"] for each in plan.result["results"]}


CREATED = [{"domain": "d9.example", **CREATE_FIELDS}, {"domain": "d5.example", "state": "absent"}, *desired_for_all(make_domains(4))]


@pytest.mark.call(
    audit(CREATED, options={"defaults": POLICY}),
    fleet(CREATED, {"defaults": POLICY}, keep_state=True),
    audit(CREATED, None, options={"defaults": POLICY}, keep_state=True),
)
def test_audit_after_apply_reports_no_drift(outcomes: list[Outcome]) -> None:
    before, applied, after = outcomes
    assert not applied.failed
    assert before.result["summary"]["drift"] > 0
    assert [rule for _severity, _name, rule, _field in findings_of(after) if rule.startswith(("ES-IP", "ES-DROP", "ES-TLS", "ES-NEXTHOP", "ES-REGION"))] == []
    assert after.result["summary"]["drifted"] == 0


@pytest.mark.play(
    audit(options={"waivers": [{**WAIVER, "field": "ip_restrictions"}, {**WAIVER, "domain": "d[24].*", "rule": "ES-HEALTH-006"}]}),
    audit(options={"waivers": [{**WAIVER, "field": "folder"}, {**WAIVER, "rule": "ES-TLS-001", "expires": "2020-01-01"}]}),
    audit(options={"severities": {"ES-DOMAIN-002": "off", "ES-DROP-001": False, "ES-IP-001": "low"}}),
)
def test_waivers_and_severities_change_the_findings(outcomes: list[Outcome]) -> None:
    waived, idle, judged = outcomes
    assert [finding["rule_id"] for finding in waived.result["findings"] if finding["waived"]] == ["ES-IP-001", "ES-HEALTH-006", "ES-IP-002"]
    assert (waived.result["summary"]["waived"], waived.result["summary"]["findings"]) == (3, len(FINDINGS) - 3)
    assert findings_of(waived) == FINDINGS
    assert sorted(set(findings_of(idle)) - set(FINDINGS)) == [("low", "*", "ES-WAIVER-002", None), ("medium", "*", "ES-WAIVER-001", None)]
    assert idle.result["summary"]["waived"] == 0
    assert ("critical", "d2.example", "ES-DROP-009", "drop_dispositions") in findings_of(judged)
    assert ("low", "d2.example", "ES-IP-001", "ip_restrictions") in findings_of(judged)
    assert "ES-DOMAIN-002" not in [rule for _severity, _name, rule, _field in findings_of(judged)]


@pytest.mark.play(
    audit(environment={"CLOUDFLARE_API_TOKEN": NO_PERMISSION_TOKEN}),
    audit(environment={"CLOUDFLARE_API_TOKEN": "cfat_no-such-token-anywhere"}),
    audit(options={"account_id": NOT_ENTITLED_ACCOUNT_ID}),
    audit(options={"waivers": [{**WAIVER, "field": "folder", "expires": "soon"}]}),
    audit(options={"severities": {"ES-IP-001": "worst"}}),
    audit([{"domain": "d1.example"}, {"domain_id": id_of(1)}]),
    audit(options={"max_wait": 1}, faults=[{"do": "status", "status": 503, "times": None}]),
)
def test_audit_error_has_a_kind_and_no_findings(outcomes: list[Outcome]) -> None:
    kinds = ("permission", "auth", "not_entitled", "invalid", "invalid", "invalid", "server")
    for outcome, kind in zip(outcomes, kinds, strict=True):
        assert (outcome.failed, outcome.kind, outcome.result["changed"]) == (True, kind, False)
        assert not {"findings", "summary", "plan"} & set(outcome.result)
        assert set(outcome.methods) <= {"GET"}
    assert "waivers[0] (*): expires is 'soon'" in outcomes[3].message
    assert outcomes[3].methods == outcomes[4].methods == []
    assert "the same live domain" in outcomes[5].message


@pytest.mark.call(audit(faults=[{"do": "reset", "times": 1}]), audit(faults=[{"do": "status", "status": 500, "times": 1}]))
def test_audit_repeats_a_failed_read(outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        assert_same_findings_after_one_retry(outcome)


def assert_same_findings_after_one_retry(outcome: Outcome) -> None:
    assert findings_of(outcome) == FINDINGS
    assert outcome.result["api"]["retries"] == 1


@pytest.mark.call(
    audit(desired_for_all(make_domains(2500), lookback_hops=9), make_domains(2500, **POLICY), options={"defaults": {}, "severities": {"ES-HOPS-001": "low"}}),
    audit(desired_for_all(make_domains(1000)), make_domains(1000, **POLICY), options={"defaults": {}, "severities": {"ES-ADVICE-010": "off"}}),
    audit([], make_domains(1001, **POLICY), options={"defaults": {}, "severities": {"ES-DOMAIN-002": "off"}}),
)
def test_audit_sends_one_request_for_each_thousand_domains(outcomes: list[Outcome]) -> None:
    drifted, idle, undeclared = outcomes
    assert [(outcome.methods, outcome.connections) for outcome in outcomes] == [(["GET"] * 3, 1), (["GET"], 1), (["GET"] * 2, 1)]
    assert drifted.result["summary"]["drifted"] == drifted.result["summary"]["low"] == len(drifted.result["findings"]) == 2500
    assert (idle.result["findings"], idle.result["summary"]["as_declared"]) == ([], 1000)
    assert (undeclared.result["findings"], undeclared.result["summary"]["undeclared"]) == ([], 1001)


@pytest.mark.play(
    audit(
        desired_for_all(make_domains(5000), **{**POLICY, "lookback_hops": 9}),
        make_domains(5000, spf_status="none", dmarc_status="none"),
        options={"defaults": {}},
    )
)
def test_audit_result_is_shortened_to_what_awx_stores(outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert "domains: 5000 of 5000 are left out" in outcome.result["shortened"]
    assert len(json.dumps(outcome.result)) < 700_000
    assert (outcome.result["summary"]["drifted"], outcome.result["summary"]["critical"]) == (5000, 10_000)
    assert {finding["severity"] for finding in outcome.result["findings"]} == {"critical"}


# Habits with which a server writes the same values in another way.
EQUIVALENT_SPELLINGS = ("shuffle_lists", "shuffle_pages", "networks_rewritten", "networks_bare", "null_booleans", "upper_case_names", "trailing_dot_names")
EQUIVALENT_SPELLINGS += ("unknown_fields", "lower_case_status", "no_result_info", "no_total")


@pytest.mark.call(steps=lambda habit: [audit(habits={habit: True})])
@pytest.mark.parametrize("habit", EQUIVALENT_SPELLINGS)
def test_equivalent_spelling_of_the_server_is_no_drift(habit: str, outcomes: list[Outcome]) -> None:
    assert findings_of(outcomes[0]) == FINDINGS


@pytest.mark.call(audit(habits={"unknown_values": True}), audit([{"domain": "d1.example"}], [make_domain("d1.example", **POLICY, status="failed")]))
def test_unknown_values_are_findings(outcomes: list[Outcome]) -> None:
    unknown, lower_case = outcomes
    assert not unknown.failed
    assert {"ES-DROP-006", "ES-MODE-004"} <= {rule for _severity, _name, rule, _field in findings_of(unknown)}
    assert findings_of(lower_case) == [("critical", "d1.example", "ES-HEALTH-002", "status")]


UNEXPECTED_VALUES = st.sampled_from(
    [None, "", "none", "FAILED", "pending", 0, 7, -1, 1e300, True, False, [], ["DIRECT"], [None, 1, {}], {"authorized": False, "x": [[]]}]
)
READ_FIELDS = (
    "authorization",
    "status",
    "dmarc_status",
    "spf_status",
    "emails_processed",
    "created_at",
    "folder",
    "integration_id",
    "lookback_hops",
    "transport",
)


@given(fields=st.dictionaries(st.sampled_from([*READ_FIELDS, "require_tls_inbound"]), UNEXPECTED_VALUES))
def test_any_stored_value_gives_a_result(running_simulator: Simulator, fields: dict[str, Any]) -> None:
    [outcome] = check_invariants(call(running_simulator, [audit([{"domain": "d1.example"}], [make_domain("d1.example", **{**POLICY, **fields})])]))
    assert not outcome.failed, outcome.message
    drifted = {finding["field"] for finding in outcome.result["findings"] if finding["category"] == "drift"}
    assert drifted <= set(fields)
