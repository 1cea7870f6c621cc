"""The playbooks audit and apply for some of the declared domains: selected by name (email_security_only) or by severity of drift (email_security_from)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from integration.support.audit_journey import HEALTHY, LIVE, Journey, rules_of
from integration.support.fleet_step import Domain, make_domain
from integration.support.run_playbook import PlaybookRunner
from simulator import Simulator

# Mail can bypass the gateway of the first domain; the second accepts mail without TLS.
CRITICAL: Domain = {**LIVE[0], "ip_restrictions": []}
HIGH: Domain = {**LIVE[1], "require_tls_inbound": False}


@pytest.fixture
def journey(playbook_runner: PlaybookRunner, simulator: Simulator, tmp_path: Path) -> Journey:
    journey = Journey(playbook_runner, simulator, tmp_path)
    journey.live([CRITICAL, HIGH])
    return journey


def variables_of(**variables: Any) -> tuple[str, str]:
    return "-e", json.dumps({f"email_security_{name}": value for name, value in variables.items()})


def changed_domains(journey: Journey) -> list[str]:
    """The names of the domains that a PATCH changed."""
    names = {domain["id"]: domain["domain"] for domain in journey.simulator.domains}
    paths = [entry["path"] for entry in journey.simulator.journal if entry["method"] == "PATCH"]
    return sorted(names[path.rpartition("/")[2]] for path in paths)


@pytest.mark.parametrize(
    ("only", "about"),
    [
        ("d1.example", {"d1.example"}),
        (["d?.example"], {"d1.example", "d2.example"}),
        (" d1.*,\nD2.EXAMPLE.", {"d1.example", "d2.example"}),
        ("", {"d1.example", "d2.example"}),
    ],
)
@pytest.mark.first_cases(1)
def test_audit_only_reports_selected_domains(journey: Journey, only: Any, about: set[str]) -> None:
    audited = journey.audit("-e", "audit_fail_on=never", *variables_of(only=only))
    assert audited.code == 0, audited.output
    report = journey.report_of(is_part=only != "")
    assert {finding["domain"] for finding in report["findings"]} == about
    assert report["summary"]["declared"] == len(about)
    assert report["scope"] == (sorted(about) if only else None)


@pytest.mark.nightly
def test_audit_only_does_not_report_other_domains_and_their_waivers(journey: Journey) -> None:
    waiver = {"domain": "d2.*", "field": "require_tls_inbound", "reason": "a move", "owner": "postmaster", "expires": "2999-12-31"}
    journey.policy({**json.loads((journey.folder / "policy.yml").read_text()), "email_security_waivers": [waiver]})
    journey.audit("-e", "audit_fail_on=never", *variables_of(only="d1.example"))
    report = journey.report_of(is_part=True)
    assert (rules_of(report), report["undeclared"]) == (["ES-IP-001"], [])


@pytest.mark.parametrize("only", ["xn--bcher-kva.example", "BÜCHER.example", "bu\u0308cher.example", "bücher.*"])
@pytest.mark.first_cases(1)
def test_audit_only_accepts_any_spelling_of_a_name(journey: Journey, only: str) -> None:
    journey.live([{**HIGH, "domain": "xn--bcher-kva.example"}])
    journey.policy({"email_security_domains": [{"domain": "bücher.example", "require_tls_inbound": True}]})
    if only == "bücher.*":
        only = "*cher*"
    journey.audit("-e", "audit_fail_on=never", *variables_of(only=only))
    assert journey.report_of(is_part=True)["scope"] == ["xn--bcher-kva.example"]


@pytest.mark.nightly
def test_partial_audit_keeps_the_history_of_the_full_audit(journey: Journey) -> None:
    """The report of the full audit is not replaced, its findings are not reported as gone, and first_seen is kept."""
    whole = journey.folder / "email-security-audit/email-security-audit.json"
    journey.audit("-e", "audit_fail_on=never")
    first = journey.report
    text = whole.read_text().replace(first["audited_at"], "2026-01-02T03:04:05Z")
    whole.write_text(text)

    journey.audit("-e", "audit_fail_on=never", *variables_of(only="d2.example"))
    assert whole.read_text() == text
    part = journey.report_of(is_part=True)
    assert {(row["domain"], row["state"], row["first_seen"]) for row in part["findings"]} == {("d2.example", "still", "2026-01-02T03:04:05Z")}
    assert (part["comparison"]["gone"], [row["domain"] for row in part["not_audited"]]) == ([], ["d1.example"])
    folder = journey.folder / "email-security-audit"
    for ending in ("csv", "html", "md", "sarif", "xml"):
        assert "This is a partial audit: d2.example." in (folder / f"email-security-audit-part.{ending}").read_text(encoding="utf-8")
    assert "d1.example" not in (folder / "email-security-audit-part.sarif").read_text(encoding="utf-8")

    journey.audit("-e", "audit_fail_on=never")
    third = journey.report
    assert {(row["domain"], row["state"], row["first_seen"]) for row in third["findings"]} == {
        ("d1.example", "still", "2026-01-02T03:04:05Z"),
        ("d2.example", "still", "2026-01-02T03:04:05Z"),
    }
    assert (third["comparison"]["new"], third["comparison"]["gone"], third["scope"]) == (0, [], None)


@pytest.mark.nightly
def test_full_audit_compared_with_a_partial_report_keeps_first_seen(journey: Journey) -> None:
    journey.audit("-e", "audit_fail_on=never")
    first = {row["domain"]: row["first_seen"] for row in journey.report["findings"]}
    part = journey.folder / "email-security-audit/email-security-audit-part.json"
    for only in ("d1.example", "d2.example"):
        journey.audit("-e", "audit_fail_on=never", *variables_of(only=only))
    journey.audit("-e", "audit_fail_on=never", "-e", f"audit_previous={part}")
    assert {row["domain"]: (row["state"], row["first_seen"]) for row in journey.report["findings"]} == {name: ("still", since) for name, since in first.items()}


@pytest.mark.nightly
def test_rule_that_is_switched_off_once_keeps_first_seen(journey: Journey) -> None:
    journey.audit("-e", "audit_fail_on=never")
    first = {row["rule_id"]: row["first_seen"] for row in journey.report["findings"]}
    journey.audit("-e", "audit_fail_on=never", *variables_of(severities={"ES-IP-001": "off", "ES-HEALTH-016": "off"}))
    off = journey.report
    assert (rules_of(off), off["comparison"]["gone"], off["rules_off"]) == (["ES-TLS-001"], [], ["ES-HEALTH-016", "ES-IP-001"])
    assert (off["summary"]["as_declared"], off["summary"]["drifted"]) == (0, 2)
    journey.audit("-e", "audit_fail_on=never")
    assert {row["rule_id"]: (row["state"], row["first_seen"]) for row in journey.report["findings"]} == {rule: ("still", at) for rule, at in first.items()}


@pytest.mark.nightly
def test_apply_accepts_the_plan_of_a_selection_only_for_the_same_selection(journey: Journey) -> None:
    journey.audit(*variables_of(only="d1.*"))
    plan = journey.report_of(is_part=True)["plan"]
    other = journey.play("apply", *variables_of(plan=plan))
    assert (other.code, changed_domains(journey)) == (2, []), other.output
    applied = journey.play("apply", *variables_of(plan=plan, only="d1.*", **{"from": ""}))
    assert (applied.code, changed_domains(journey)) == (0, ["d1.example"]), applied.output


@pytest.mark.nightly
def test_apply_from_a_severity_selects_all_of_very_many_domains_with_a_result_that_a_controller_keeps(journey: Journey) -> None:
    names = [f"department{number:04}.example.com" for number in range(1500)]
    journey.live([{"domain": name, "ip_restrictions": [], "require_tls_inbound": False} for name in names])
    journey.policy({"email_security_domains": [{"domain": name, "ip_restrictions": ["192.0.2.0/24"], "require_tls_inbound": True} for name in names]})
    # With -v, the output contains the result of each task.
    checked = journey.play("apply", "--check", "-v", *variables_of(**{"from": "low"}))
    assert checked.code == 0, checked.output[-3000:]
    assert '"complete_result"' in checked.output
    assert max(map(len, checked.output.split("TASK ["))) < 700_000
    assert "Would change 1500: " in checked.output


@pytest.mark.parametrize(
    ("choice", "changed"),
    [
        ({"from": "critical"}, ["d1.example"]),
        ({"from": "high"}, ["d1.example", "d2.example"]),
        ({"from": "low", "only": "d2.example"}, ["d2.example"]),
        ({"from": "critical", "only": "d2.example"}, []),
        ({"from": "all", "only": "d1.*"}, ["d1.example"]),
    ],
)
@pytest.mark.first_cases(1)
def test_apply_from_a_severity_changes_the_domains_with_such_drift(journey: Journey, choice: dict[str, str], changed: list[str]) -> None:
    applied = journey.play("apply", *variables_of(**choice))
    assert (applied.code, changed_domains(journey)) == (0, changed), applied.output


def test_apply_from_a_severity_in_check_mode_writes_nothing(journey: Journey) -> None:
    shown = journey.play("apply", "--check", *variables_of(**{"from": "critical"}))
    assert shown.code == 0, shown.output
    assert "Would change 1: d1.example." in shown.output
    assert set(journey.methods) == {"GET"}


def shown_lines(output: str) -> list[str]:
    """The lines that the last task of the playbook apply shows."""
    return [str(line) for line in json.loads(output.partition('"msg": ')[2].partition("\n}")[0])]


def test_apply_in_check_mode_prints_the_command_that_applies_its_plan(journey: Journey) -> None:
    checked = journey.play("apply", "--check", *variables_of(only="d1.*"))
    *lines, digest, _introduction, command = shown_lines(checked.output)
    assert lines == [
        "Plan: 1 change makes a domain more protected.",
        "Would change 1: d1.example.",
        "d1.example: ip_restrictions +192.0.2.0/24",
    ]
    assert digest.startswith("Plan digest: ")
    assert "skipping" not in checked.output
    applied = journey.command(command)
    assert (applied.code, changed_domains(journey)) == (0, ["d1.example"]), applied.output
    assert shown_lines(applied.output) == [lines[0], "1 changed: d1.example.", lines[2]]


def test_apply_shows_what_it_changed_if_a_domain_failed(journey: Journey) -> None:
    """Neither the failure nor that --diff is not given hides it. What makes a domain less protected comes first."""
    domains = [{"domain": "d2.example"}, {"domain": "exmaple.com"}, {"domain": "d1.example", "require_tls_inbound": False}]
    applied = journey.play("apply", *variables_of(domains=domains))
    assert (applied.code, changed_domains(journey)) == (2, ["d1.example", "d2.example"]), applied.output
    first, message, *lines = shown_lines(applied.output.rpartition("TASK [")[2])
    assert first == "Plan: 1 change makes a domain less protected, 2 more protected."
    assert message.startswith("2 changed: d2.example, d1.example. 1 failed: Email Security has no exmaple.com")
    assert lines == [
        "d1.example: require_tls_inbound true -> false (less protected)",
        "d2.example: require_tls_inbound false -> true",
        "d1.example: ip_restrictions +192.0.2.0/24",
        "exmaple.com: failed (not_found)",
    ]


def test_apply_from_a_severity_leaves_waived_drift(journey: Journey) -> None:
    waiver = {"domain": "d1.*", "field": "ip_restrictions", "reason": "a move", "owner": "postmaster", "expires": "2999-12-31"}
    # `any` is the default of a controller's survey.
    applied = journey.play("apply", *variables_of(waivers=[waiver], plan="any", **{"from": "low"}))
    assert (applied.code, changed_domains(journey)) == (0, ["d2.example"]), applied.output


INVALID_VARIABLES = [
    ("audit", {"only": "d1.example, d3.example"}, "'d3.example', which matches no declared domain"),
    ("apply", {"from": "urgent"}, "email_security_from is urgent; the choices are critical, high, medium, low and all."),
    ("apply", {"from": "high", "plan": "0" * 64}, "email_security_from and email_security_plan are both given."),
    ("apply", {"only": []}, "names no domain"),
    ("apply", {"only": "********"}, "email_security_only is ********, and that does not name domains."),
    ("apply", {"plan": None}, "email_security_plan is null; it must be the 64 hexadecimal digits of a plan"),
    ("apply", {"onboard": "perhaps"}, "email_security_onboard is perhaps; it must be true or false."),
    ("apply", {"domains": []}, "email_security_domains is an empty list. A policy is a list that declares at least one domain"),
    ("audit", {"domains": None}, "email_security_domains is null."),
    ("audit", {"waivers": "none"}, "email_security_waivers is a string, and must be a list of mappings."),
]
# Nightly only, because the accident matrix of the proof has a cell for each of these.
NIGHTLY_INVALID_VARIABLES = [
    ("audit", {"only": "d1.exam"}, "'d1.exam', which matches no declared domain"),
    ("apply", {"only": "*.org"}, "'*.org', which matches no declared domain"),
    ("apply", {"from": []}, "email_security_from is []; the choices are critical, high, medium, low and all."),
    ("apply", {"only": " , "}, "names no domain"),
    ("audit", {"only": [" "]}, "names no domain"),
    ("apply", {"plan": ""}, "email_security_plan is empty; it must be the 64 hexadecimal digits of a plan"),
    ("apply", {"plan": "Any"}, "email_security_plan is Any; it must be the 64 hexadecimal digits of a plan"),
    ("apply", {"plan": "0" * 63}, "it must be the 64 hexadecimal digits of a plan"),
    ("apply", {"onboard": []}, "email_security_onboard is []; it must be true or false."),
    ("audit", {"domains": ""}, "email_security_domains is an empty string."),
    ("apply", {"domains": {}}, "email_security_domains is a mapping."),
    ("apply", {"domains": ["d1.example"]}, "email_security_domains is a list, and not every item of it is a mapping."),
    ("apply", {"defaults": []}, "email_security_defaults is a list, and must be a mapping."),
    ("audit", {"severities": "off"}, "email_security_severities is a string, and must be a mapping."),
]


@pytest.mark.parametrize(
    ("playbook", "choice", "words"),
    [*INVALID_VARIABLES, *(pytest.param(*case, marks=pytest.mark.nightly) for case in NIGHTLY_INVALID_VARIABLES)],
)
@pytest.mark.first_cases(2)
def test_invalid_variable_is_refused_before_any_request(journey: Journey, playbook: str, choice: dict[str, Any], words: str) -> None:
    refused = journey.play(playbook, *variables_of(**choice))
    assert refused.code == 2
    assert words in " ".join(refused.output.split())
    assert journey.methods == []


@pytest.mark.nightly
@pytest.mark.parametrize(
    "variables",
    [
        {"audit_directory": " "},
        {"audit_directory": []},
        {"audit_directory": None},
        {"audit_directory": "{{ nowhere | default(omit) }}"},
        {"audit_name": {}},
        {"audit_name": "********"},
        {"audit_previous": "********"},
        {"audit_title": " "},
    ],
)
def test_audit_with_an_invalid_report_path_is_refused_before_any_request(journey: Journey, variables: dict[str, Any]) -> None:
    before = sorted(journey.folder.iterdir())
    refused = journey.play("audit", "-e", json.dumps(variables))
    assert (refused.code, journey.methods) == (2, []), refused.output
    assert [path for path in sorted(journey.folder.iterdir()) if path not in before and path.name not in ("home", "ansible.cfg")] == []


@pytest.mark.nightly
def test_audit_name_null_finds_the_previous_report(journey: Journey) -> None:
    for _run in range(2):
        journey.play("audit", "-e", json.dumps({"audit_name": None}))
    assert journey.report["comparison"] is not None


OMITTED = """\
- ansible.builtin.import_playbook: mailops.cloudflare.apply
  vars:
    email_security_domains: [{{domain: d1.example, ip_restrictions: [192.0.2.0/24]}}]
    email_security_{name}: {value}
"""


@pytest.mark.nightly
@pytest.mark.parametrize("name", ["defaults", "domains", "from", "onboard", "only", "plan", "waivers"])
def test_apply_refuses_a_variable_that_is_an_omitted_placeholder(journey: Journey, name: str) -> None:
    text = OMITTED.format(name=name, value='"{{ nowhere | default(omit) }}"')
    if name == "domains":
        text = text.replace("    email_security_domains: [{domain: d1.example, ip_restrictions: [192.0.2.0/24]}]\n", "")
    (journey.folder / "mine.yml").write_text(text, encoding="utf-8")
    refused = journey.own("mine.yml")
    assert (refused.code, journey.methods) == (2, []), refused.output
    assert f"email_security_{name} is " in " ".join(refused.output.split())


def test_apply_refuses_only_with_an_omitted_item(journey: Journey) -> None:
    (journey.folder / "mine.yml").write_text(OMITTED.format(name="only", value='["{{ nowhere | default(omit) }}"]'), encoding="utf-8")
    refused = journey.own("mine.yml")
    assert (refused.code, journey.methods) == (2, []), refused.output


EMPTY = """\
email_security_domains:
  - domain: d1.example
    ip_restrictions: [192.0.2.0/24]
email_security_defaults:
email_security_waivers:
email_security_severities:
email_security_only:
email_security_from:
email_security_onboard:
"""


@pytest.mark.parametrize("playbook", ["audit", "apply"])
@pytest.mark.first_cases(1)
def test_variable_without_a_value_counts_as_not_given(journey: Journey, playbook: str) -> None:
    (journey.folder / "policy.yml").write_text(EMPTY, encoding="utf-8")
    done = journey.play(playbook, "-e", "audit_fail_on=never")
    assert done.code == 0, done.output
    assert changed_domains(journey) == (["d1.example"] if playbook == "apply" else [])


DATED = """\
email_security_domains:
  - {domain: d1.example, ip_restrictions: [192.0.2.0/24], lookback_hops: 7}
email_security_waivers:
  - {domain: d1.*, field: ip_restrictions, reason: a move, owner: postmaster, expires: 2999-12-31}
"""


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("severity", ["", "low"])
def test_apply_leaves_and_reports_what_a_waiver_allows(journey: Journey, severity: str) -> None:
    """The date is not quoted, which turned the whole list into a string before ansible-core 2.19."""
    (journey.folder / "policy.yml").write_text(DATED, encoding="utf-8")
    applied = journey.play("apply", *variables_of(**{"from": severity}))
    assert applied.code == 0, applied.output
    stored = journey.simulator.domain("d1.example")
    assert (stored["ip_restrictions"], stored["lookback_hops"]) == ([], 7)
    assert "d1.example | ip_restrictions | 2999-12-31 | a move" in applied.output


@pytest.mark.nightly
def test_apply_refuses_the_plan_if_the_waivers_differ(journey: Journey) -> None:
    (journey.folder / "policy.yml").write_text(DATED, encoding="utf-8")
    journey.audit("-e", "audit_fail_on=never")
    plan = journey.report["plan"]
    refused = journey.play("apply", *variables_of(plan=plan, waivers=[]))
    assert (refused.code, changed_domains(journey)) == (2, []), refused.output
    applied = journey.play("apply", *variables_of(plan=plan))
    assert (applied.code, changed_domains(journey)) == (0, ["d1.example"]), applied.output


BOOKS: Domain = make_domain("xn--bcher-kva.example", 30, require_tls_inbound=False, **HEALTHY)


@pytest.mark.parametrize("name", ["xn--bcher-kva.example", "XN--BCHER-KVA.example.", "b\u00fccher.example", "BU\u0308CHER.example", "b\u00fc*.example"])
@pytest.mark.first_cases(1)
def test_apply_only_accepts_any_spelling_of_a_name(journey: Journey, name: str) -> None:
    journey.live([CRITICAL, BOOKS])
    declared = [{"domain": "d1.example", "lookback_hops": 9}, {"domain": "B\u00fccher.example", "require_tls_inbound": True}]
    applied = journey.play("apply", *variables_of(domains=declared, defaults={}, only=name))
    assert (applied.code, changed_domains(journey)) == (0, ["xn--bcher-kva.example"]), applied.output


def test_apply_from_a_severity_finds_domains_that_are_declared_by_id_or_in_another_spelling(journey: Journey) -> None:
    """Two live domains have one name, and the name of another one is not in the policy: the ids say which ones are meant."""
    copied = {**HIGH, "id": "20000000-0000-4000-8000-000000000002"}
    journey.live([CRITICAL, {**HIGH, "drop_dispositions": ["MALICIOUS"]}, copied, BOOKS])
    declared = [
        {"domain_id": LIVE[0]["id"], "ip_restrictions": ["192.0.2.0/24"]},
        {"domain_id": copied["id"], "require_tls_inbound": True},
        {"domain_id": HIGH["id"], "drop_dispositions": ["MALICIOUS", "BULK"]},
        {"domain": "B\u00dcCHER.example.", "lookback_hops": 3},
    ]
    applied = journey.play("apply", *variables_of(domains=declared, defaults={}, **{"from": "high"}))
    assert applied.code == 0, applied.output
    stored = {each["id"]: each for each in journey.simulator.domains}
    assert stored[LIVE[0]["id"]]["ip_restrictions"] == ["192.0.2.0/24"]
    assert stored[copied["id"]]["require_tls_inbound"] is True
    assert stored[BOOKS["id"]]["lookback_hops"] == 3
    assert stored[HIGH["id"]]["drop_dispositions"] == ["MALICIOUS"], "its drift is low"


NEW = {
    "domain": "new.example",
    "allowed_delivery_modes": ["DIRECT"],
    "drop_dispositions": ["MALICIOUS"],
    "ip_restrictions": ["192.0.2.0/24"],
    "regions": ["GLOBAL"],
    "lookback_hops": 1,
    "transport": "mx.new.example",
}


@pytest.mark.parametrize("onboard", [None, "", False, "no"])
@pytest.mark.first_cases(1)
def test_apply_without_onboard_fails_for_a_domain_that_is_not_live(journey: Journey, onboard: Any) -> None:
    applied = journey.play("apply", *variables_of(domains=[NEW, {"domain": "d2.example", "require_tls_inbound": True}], defaults={}, onboard=onboard))
    assert (applied.code, changed_domains(journey)) == (2, ["d2.example"]), applied.output
    assert "POST" not in journey.methods
    assert "email_security_onboard" in applied.output


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("onboard", [True, "yes"])
def test_apply_with_onboard_creates_a_domain(journey: Journey, onboard: Any) -> None:
    applied = journey.play("apply", *variables_of(domains=[NEW], defaults={}, onboard=onboard))
    assert (applied.code, journey.methods.count("POST")) == (0, 1), applied.output


@pytest.mark.parametrize("onboard", [False, True])
@pytest.mark.first_cases(1)
def test_apply_with_the_plan_of_the_audit_onboards_only_if_both_have_onboard(journey: Journey, onboard: bool) -> None:
    """Apply does what the audit shows for the same variables."""
    variables = variables_of(domains=[NEW, {"domain": "d2.example", "require_tls_inbound": True}], defaults={}, onboard=onboard)
    journey.audit("-e", "audit_fail_on=never", *variables)
    plan = journey.report["plan"]
    applied = journey.play("apply", *variables, *variables_of(plan=plan))
    assert applied.code == (0 if onboard else 2), applied.output
    assert (changed_domains(journey), journey.methods.count("POST")) == (["d2.example"], int(onboard))
