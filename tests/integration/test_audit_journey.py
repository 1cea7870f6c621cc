"""The playbooks audit and apply as a user runs them, and the files that the role writes."""

from __future__ import annotations

import json
import shlex
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from integration.support.audit_journey import HEALTHY, LIVE, POLICY, REGISTERS, REPORTS, Journey, rules_of
from integration.support.fleet_step import Domain, make_domain
from integration.support.run_playbook import PlaybookRunner
from simulator import Simulator


@pytest.fixture
def journey(playbook_runner: PlaybookRunner, simulator: Simulator, tmp_path: Path) -> Journey:
    return Journey(playbook_runner, simulator, tmp_path)


def with_first_domain(**differing: Any) -> list[Domain]:
    return [{**LIVE[0], **differing}, LIVE[1]]


def test_audit_apply_audit_removes_the_drift(journey: Journey) -> None:
    journey.live(with_first_domain(ip_restrictions=[]))
    journey.simulator.configure(refuse_writes=True)
    drifted = journey.audit("--check", "-e", "audit_keep_reports=2 audit_account_name=Ours audit_policy_version=7", ANSIBLE_SHOW_CUSTOM_STATS="1")
    assert drifted.code == 2, drifted.output
    assert "1 critical" in drifted.output
    assert journey.methods == ["GET"]
    assert {path.name for path in (journey.folder / "email-security-audit").iterdir()} == REPORTS | {"history"}
    assert len(list((journey.folder / "email-security-audit/history").iterdir())) == len(REPORTS)
    found = journey.report
    assert found["account"] == {"id": journey.simulator.account_id, "name": "Ours"}
    assert found["policy"] == {"files": ["policy.yml"], "version": "7"}
    assert [(entry["domain"], entry["state"]) for entry in found["domains"]] == [("d1.example", "drifted"), ("d2.example", "as_declared")]
    assert (found["status"], rules_of(found), found["comparison"]) == ("findings", ["ES-IP-001"], None)
    assert found["plan"] in drifted.output

    journey.simulator.configure(refuse_writes=False)
    # The command in the report, as a user pastes it.
    command = shlex.split(found["repair"])
    assert command[:4] == ["ansible-playbook", "mailops.cloudflare.apply", "-e", "@policy.yml"]
    assert command[4:] == ["-e", f"email_security_plan={found['plan']}"]
    applied = journey.play("apply", *command[4:])
    assert applied.code == 0, applied.output
    assert journey.methods.count("PATCH") == 1

    clean = journey.audit()
    assert clean.code == 0, clean.output
    assert "changed=0" in clean.output
    gone = journey.report
    assert (gone["status"], gone["findings"], [finding["rule_id"] for finding in gone["comparison"]["gone"]]) == ("clean", [], ["ES-IP-001"])


def test_audit_of_lists_writes_the_register_and_a_command_that_cleans_up(journey: Journey) -> None:
    """The command in the report, pasted into a shell, removes an exemption that nobody declared, and the next register does not have it."""
    journey.simulator.clear_entries()
    journey.simulator.add_entry("allow_policies", pattern="partner.example", is_acceptable_sender=True, comments="SEC-311")
    journey.simulator.add_entry("allow_policies", pattern="anybody.example", is_trusted_sender=True, verify_sender=False)
    policy = {"email_security_allow_policies": [{"pattern": "partner.example", "is_acceptable_sender": True, "comments": "SEC-311"}]}
    journey.policy({**POLICY, **policy, "audit_resources": "all"})
    audited = journey.audit("-e", "audit_fail_on=never", "-e", "email_security_purge=allow_policies")
    assert audited.code == 0, audited.output
    folder = journey.folder / "email-security-audit"
    assert {path.name for path in folder.iterdir()} == REPORTS | REGISTERS
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o640}
    found = journey.report
    assert [(each["pattern"], each["declared"]) for each in found["exemptions"]] == [("anybody.example", False), ("partner.example", True)]
    assert found["exemptions"][0]["severity"] == "critical"
    for name in REGISTERS:
        assert (folder / name).read_text(encoding="utf-8").count("anybody.example") >= 1
    assert "2 exemptions: 1 not declared" in audited.output
    assert any(line.startswith("critical | ") and line.endswith("| ES-ALLOW-001") for line in shown_findings(audited.output))

    [repair] = {each["repair"] for each in found["findings"] if each["rule_id"] == "ES-ALLOW-001"}
    assert repair == found["repair"]
    applied = journey.command(repair)
    assert applied.code == 0, applied.output
    assert [entry["pattern"] for entry in journey.simulator.entries("allow_policies")] == ["partner.example"]
    journey.audit("-e", "audit_fail_on=never")
    assert [each["entry"] for each in journey.report["exemptions"]] == [found["exemptions"][1]["entry"]]
    assert "ES-ALLOW-001" in [each["rule_id"] for each in journey.report["comparison"]["gone"]]


@pytest.mark.parametrize(
    ("fail_on", "differing", "fails"),
    [
        ("critical", {"require_tls_inbound": False}, False),
        ("critical", {"ip_restrictions": []}, True),
        ("high", {"require_tls_inbound": False}, True),
        ("medium", {"spf_status": "neutral"}, True),
        ("high", {"spf_status": "neutral"}, False),
        ("drift", {"spf_status": "open"}, False),
        ("drift", {"require_tls_inbound": False}, True),
        ("never", {"ip_restrictions": []}, False),
        ("stronger:high", {"ip_restrictions": []}, False),
        ("stronger:high", {"ip_restrictions": ["192.0.2.0/25"]}, True),
        ("stronger:critical", {"ip_restrictions": ["192.0.2.0/25"]}, False),
        ("weaker:critical", {"ip_restrictions": []}, True),
        ("stronger:low,weaker:critical", {"ip_restrictions": []}, True),
        ("critical,stronger:medium", {"require_tls_inbound": False}, False),
    ],
)
@pytest.mark.first_cases(2)
def test_audit_fail_on_decides_whether_the_role_fails(journey: Journey, fail_on: str, differing: Domain, fails: bool) -> None:
    journey.live(with_first_domain(**differing))
    audited = journey.audit("-e", f"audit_fail_on={fail_on}")
    assert audited.code == (2 if fails else 0), audited.output
    assert journey.report["status"] == "findings"


@pytest.mark.parametrize("fail_on", ["", "worst", "stronger", "stronger:drift", "high:stronger", "high, low", "never,high"])
@pytest.mark.first_cases(1)
def test_audit_fail_on_invalid_is_refused_before_any_request(journey: Journey, fail_on: str) -> None:
    refused = journey.audit("-e", json.dumps({"audit_fail_on": fail_on}))
    assert refused.code == 2, refused.output
    assert "audit_fail_on" in refused.output
    assert "stronger:high" in refused.output
    assert journey.methods == []
    assert not (journey.folder / "email-security-audit").exists()


@pytest.mark.nightly
def test_audit_fail_on_accepts_a_list(journey: Journey) -> None:
    journey.live(with_first_domain(ip_restrictions=[]))
    assert journey.audit("-e", json.dumps({"audit_fail_on": ["stronger:low", "weaker:critical"]})).code == 2
    assert journey.audit("-e", json.dumps({"audit_fail_on": ["stronger:low", "neutral:low"]})).code == 0


def test_audit_prints_findings_by_rule_and_every_change(journey: Journey) -> None:
    """What is new comes first, and many findings on health hide no drift."""
    many = [make_domain(f"d{number}.example", **{**HEALTHY, "spf_status": "neutral"}) for number in range(11)]
    journey.live(many)
    policy = {"email_security_domains": [{"domain": "d20.example", "transport": "mx.example.com"}, {"domain": "d5.example", "lookback_hops": 3}]}
    journey.policy({**policy, "email_security_severities": {"ES-DOMAIN-002": "off"}})
    assert "new" not in [line.split()[0] for line in shown_findings(journey.audit("-e", "audit_fail_on=never").output)]

    journey.live([make_domain("d20.example", transport="{{ 7 * 191 }}", **HEALTHY), *many])
    audited = journey.audit("-e", "audit_fail_on=never")
    first, second, third, gone = shown_findings(audited.output)
    # Text from the server is shown, and not evaluated as a template.
    assert first.startswith("new critical | d20.example")
    assert "{{ 7 * 191 }}" in first
    assert second.endswith("| ES-HOPS-001")
    assert third == "medium | 11 domains: SPF is neutral about other senders: d0.example, d1.example, d10.example and 8 more | ES-HEALTH-009"
    assert gone.startswith("gone critical | ")
    assert ": 1 new, 1 gone, 12 unchanged." in audited.output
    assert "Not checked, because the API does not show it: auto-moves" in audited.output
    assert "skipping" not in audited.output
    lines = [line.strip().strip('",') for line in audited.output.splitlines()]
    assert "Plan: 2 neutral changes." in lines
    assert "d20.example: transport {{ 7 * 191 }} -> mx.example.com" in lines
    assert any(line.startswith("d5.example: lookback_hops ") and line.endswith(" -> 3") for line in lines)
    [command] = [line for line in lines if line.startswith("ansible-playbook mailops.cloudflare.apply ")]
    assert journey.report["plan"] in command


def shown_findings(output: str) -> list[str]:
    return [line.strip().strip('",') for line in output.splitlines() if " | ES-" in line]


@pytest.mark.parametrize(
    ("formats", "words"), [(["csv", "html"], "/email-security-audit: email-security-audit.csv, email-security-audit.html"), ([], "No reports were requested.")]
)
@pytest.mark.parametrize("token", ["", "not-the-token-of-anybody"])
@pytest.mark.first_cases(1)
def test_audit_failure_names_the_reports(journey: Journey, formats: list[str], words: str, token: str) -> None:
    journey.live(with_first_domain(ip_restrictions=[]))
    environment = {"CLOUDFLARE_API_TOKEN": token} if token else {}
    failed = journey.audit("-e", json.dumps({"audit_formats": formats}), **environment)
    assert failed.code == 2
    assert words in failed.output
    assert ("The audit itself failed" in failed.output) is bool(token)


@pytest.mark.parametrize(
    ("variables", "mistake"),
    [
        ({"email_security_severities": {"ES-TSL-001": "low"}}, "is not a rule"),
        ({"email_security_waivers": [{"domain": "d1.example", "rule": "ES-TSL-001", "reason": "r", "owner": "o", "expires": "2999-12-31"}]}, "ES-TSL-001"),
    ],
)
@pytest.mark.first_cases(1)
def test_mistake_in_the_policy_is_reported_once_and_keeps_the_earlier_reports(journey: Journey, variables: dict[str, Any], mistake: str) -> None:
    journey.live(with_first_domain(ip_restrictions=[]))
    journey.audit()
    folder = journey.folder / "email-security-audit"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    refused = journey.audit("-e", json.dumps(variables))
    assert (refused.code, journey.methods) == (2, []), refused.output
    # Some releases of Ansible write the message of every failed task twice: with the place of the task, and as its result.
    lines = [line for line in refused.output.splitlines() if not line.startswith("[ERROR]: Task failed: ")]
    assert "\n".join(lines).count("ES-TSL-001") == 1, refused.output
    assert mistake in refused.output
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.nightly
def test_failed_audit_is_an_error_report_and_keeps_the_history(journey: Journey) -> None:
    journey.live(with_first_domain(ip_restrictions=[]))
    journey.audit()
    before = journey.report
    broken = journey.audit("-e", "audit_fail_on=never", CLOUDFLARE_API_TOKEN="not-the-token-of-anybody", ANSIBLE_SHOW_CUSTOM_STATS="1")
    assert broken.code == 2
    assert "The audit itself failed" in broken.output
    assert ("skipping" not in broken.output, "rescued=0" in broken.output) == (True, True)
    assert "email_security_plan" not in broken.output
    error = journey.report
    assert (error["status"], error["findings"], error["error"]["kind"]) == ("error", [], "auth")
    assert {path.name for path in (journey.folder / "email-security-audit").iterdir()} == REPORTS
    journey.audit()
    after = journey.report
    assert [(finding["state"], finding["first_seen"]) for finding in after["findings"]] == [("still", before["findings"][0]["first_seen"])]


def test_audit_takes_waivers_and_severities_from_the_policy(journey: Journey) -> None:
    journey.live(with_first_domain(ip_restrictions=[], spf_status="open"))
    waiver = {"domain": "d1.*", "field": "ip_restrictions", "reason": "a move", "owner": "postmaster", "expires": "2999-12-31"}
    journey.policy({**POLICY, "email_security_waivers": [waiver], "email_security_severities": {"ES-HEALTH-006": "off"}})
    audited = journey.audit("-e", "audit_fail_on=low")
    assert audited.code == 0, audited.output
    assert [(finding["rule_id"], finding["waived"]) for finding in journey.report["findings"]] == [("ES-IP-001", True)]


def test_apply_refuses_another_plan(journey: Journey) -> None:
    journey.live(with_first_domain(ip_restrictions=[]))
    refused = journey.play("apply", "-e", json.dumps({"email_security_plan": "0" * 64}))
    assert refused.code == 2, refused.output
    assert journey.methods == ["GET"]
    assert "TASK [Show why nothing was changed]" in refused.output
    # The changes of a plan that nobody approved are not shown, so they are not counted.
    assert "Plan: " not in refused.output


@pytest.mark.parametrize("playbook", ["audit", "apply"])
def test_playbook_without_a_policy_fails_with_advice(journey: Journey, playbook: str) -> None:
    journey.policy({})
    asked = journey.play(playbook)
    assert asked.code == 2
    assert "No policy is given" in asked.output
    assert journey.methods == []


PLAY_START = "{hosts: localhost, connection: local, gather_facts: false, vars: {ansible_python_interpreter: '{{ ansible_playbook_python }}'}, "


@pytest.mark.parametrize("domains", ["[]", "", '""', "'{{ no_such_file | default([]) }}'", "{}", "text"])
@pytest.mark.first_cases(1)
def test_role_refuses_a_policy_without_domains(journey: Journey, domains: str) -> None:
    role = f"tasks: [{{include_role: {{name: mailops.cloudflare.audit}}, vars: {{audit_domains: {domains}}}}}]}}"
    refused = journey.play_text(f"- {PLAY_START}{role}")
    assert refused.code == 2, refused.output
    assert journey.methods == []
    assert not (journey.folder / "email-security-audit").exists()
    if domains != "text":
        assert "audit_domains" in refused.output


@pytest.mark.parametrize(
    "lines",
    [
        "email_security_waivers:\nemail_security_severities:\nemail_security_only:",
        'email_security_waivers: ""\nemail_security_severities: ""\nemail_security_only: ""',
        "email_security_waivers: []\nemail_security_severities: {}",
    ],
)
@pytest.mark.first_cases(1)
def test_playbook_variable_without_a_value_counts_as_not_given(journey: Journey, lines: str) -> None:
    (journey.folder / "nothing.yml").write_text(f"{lines}\n", encoding="utf-8")
    audited = journey.audit("-e", "@nothing.yml")
    assert audited.code == 0, audited.output
    assert (journey.report["status"], journey.report["scope"]) == ("clean", None)


@pytest.mark.nightly
def test_role_variable_without_a_value_counts_as_not_given(journey: Journey) -> None:
    for value, names in (("", ("audit_defaults", "audit_waivers", "audit_severities", "audit_only")), ('""', ("audit_only",))):
        given = ", ".join(f"{name}: {value}" for name in names)
        role = f"tasks: [{{include_role: {{name: mailops.cloudflare.audit}}, vars: {{audit_domains: [{{domain: d1.example, lookback_hops: 2}}], {given}}}}}]}}"
        audited = journey.play_text(f"- {PLAY_START}{role}", "-e", "audit_fail_on=never")
        assert audited.code == 0, audited.output
        assert journey.report["scope"] is None


@pytest.mark.nightly
def test_role_accepts_a_waiver_date_without_quotes(journey: Journey) -> None:
    journey.live(with_first_domain(ip_restrictions=[]))
    waiver = "{domain: d1.*, field: ip_restrictions, reason: a move, owner: postmaster, expires: 2999-12-31}"
    (journey.folder / "exceptions.yml").write_text(f"email_security_waivers:\n  - {waiver}\n", encoding="utf-8")
    audited = journey.audit("-e", "@exceptions.yml")
    assert audited.code == 0, audited.output
    assert [(row["rule_id"], row["waived"], row["waiver"]["expires"]) for row in journey.report["findings"]] == [("ES-IP-001", True, "2999-12-31")]
    entry = "{domain: d1.example, ip_restrictions: [192.0.2.0/24]}"
    for given in (f"[{waiver}]", "'{{ known }}'"):
        role = f"tasks: [{{include_role: {{name: mailops.cloudflare.audit}}, vars: {{audit_domains: [{entry}], audit_waivers: {given}, known: [{waiver}]}}}}]}}"
        if given.startswith("["):
            role = role.replace(f", known: [{waiver}]", "")
        audited = journey.play_text(f"- {PLAY_START}{role}", "-e", json.dumps({"audit_severities": {"ES-DOMAIN-002": "off"}, "audit_fail_on": "drift"}))
        if given.startswith("'") and version("ansible-core") < "2.19":
            # Such a string cannot be converted back. The message says what to write.
            assert (audited.code, journey.methods) == (2, []), audited.output
            assert "which this release of ansible-core cannot pass on: write it as" in " ".join(audited.output.split())
        else:
            assert audited.code == 0, audited.output
            assert journey.report["summary"]["drift_waived"] == 1


def test_module_accepts_a_waiver_date_without_quotes(journey: Journey) -> None:
    journey.live(with_first_domain(ip_restrictions=[]))
    module = (
        "{mailops.cloudflare.email_security_audit: {domains: [{domain: d1.example, ip_restrictions: [192.0.2.0/24]}], "
        "waivers: [{domain: d1.*, field: ip_restrictions, reason: a move, owner: postmaster, expires: 2999-12-31, live: []}]}}"
    )
    for text, code in ((module.replace(", live: []", ""), 0), (module, 2)):
        done = journey.play_text(f"- {PLAY_START}tasks: [{text}]}}")
        assert done.code == code, done.output
        assert ("live is empty" in done.output) is bool(code)


@pytest.mark.nightly
def test_waiver_for_another_live_value_does_not_apply(journey: Journey) -> None:
    journey.live(with_first_domain(ip_restrictions=["192.0.2.0/24", "203.0.113.0/24"]))
    waiver = {"domain": "d1.*", "field": "ip_restrictions", "reason": "a move", "owner": "postmaster", "expires": "2999-12-31"}
    for live, code in ((["192.0.2.0/24", "203.0.113.0/24"], 0), (["192.0.2.0/24", "198.51.100.0/24"], 2)):
        journey.policy({**POLICY, "email_security_waivers": [{**waiver, "live": live}]})
        audited = journey.audit()
        assert audited.code == code, audited.output
        assert ("A waiver allows another live value" in audited.output) is bool(code)
