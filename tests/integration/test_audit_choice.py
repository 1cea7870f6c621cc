"""The playbooks audit and apply for some of the declared domains: those that are named, and those that have drifted badly enough."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fleets import Domain
from playing import Player
from simulator import Simulator
from test_audit_journey import LIVE, Journey, rules

# One that mail can reach around the gateway, and one that only takes mail without TLS.
CRITICAL: Domain = {**LIVE[0], "ip_restrictions": []}
HIGH: Domain = {**LIVE[1], "require_tls_inbound": False}


@pytest.fixture
def journey(player: Player, simulator: Simulator, tmp_path: Path) -> Journey:
    journey = Journey(player, simulator, tmp_path)
    journey.live([CRITICAL, HIGH])
    return journey


def given(**variables: Any) -> tuple[str, str]:
    return "-e", json.dumps({f"email_security_{name}": value for name, value in variables.items()})


def written(journey: Journey) -> list[str]:
    """The names of the domains that were changed."""
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
def test_an_audit_of_what_is_chosen(journey: Journey, only: Any, about: set[str]) -> None:
    audited = journey.audit("-e", "audit_fail_on=never", *given(only=only))
    assert audited.code == 0, audited.output
    report = journey.report_of(is_part=only != "")
    assert {finding["domain"] for finding in report["findings"]} == about
    assert report["summary"]["declared"] == len(about)
    assert report["scope"] == (sorted(about) if only else None)


def test_the_others_make_no_noise(journey: Journey) -> None:
    waiver = {"domain": "d2.*", "field": "require_tls_inbound", "reason": "a move", "owner": "postmaster", "expires": "2999-12-31"}
    journey.policy({**json.loads((journey.folder / "policy.yml").read_text()), "email_security_waivers": [waiver]})
    journey.audit("-e", "audit_fail_on=never", *given(only="d1.example"))
    report = journey.report_of(is_part=True)
    assert (rules(report), report["undeclared"]) == (["ES-IP-001"], [])


@pytest.mark.parametrize("only", ["xn--bcher-kva.example", "BÜCHER.example", "bu\u0308cher.example", "bücher.*"])
def test_a_name_in_any_spelling(journey: Journey, only: str) -> None:
    journey.live([{**HIGH, "domain": "xn--bcher-kva.example"}])
    journey.policy({"email_security_domains": [{"domain": "bücher.example", "require_tls_inbound": True}]})
    if only == "bücher.*":
        only = "*cher*"
    journey.audit("-e", "audit_fail_on=never", *given(only=only))
    assert journey.report_of(is_part=True)["scope"] == ["xn--bcher-kva.example"]


def test_a_part_between_two_audits_of_all_forgets_nothing(journey: Journey) -> None:
    """The account's report is neither replaced nor called mended, and what is still there keeps its first day."""
    whole = journey.folder / "email-security-audit/email-security-audit.json"
    journey.audit("-e", "audit_fail_on=never")
    first = journey.report
    text = whole.read_text().replace(first["audited_at"], "2026-01-02T03:04:05Z")
    whole.write_text(text)

    journey.audit("-e", "audit_fail_on=never", *given(only="d2.example"))
    assert whole.read_text() == text
    part = journey.report_of(is_part=True)
    assert {(row["domain"], row["state"], row["first_seen"]) for row in part["findings"]} == {("d2.example", "still", "2026-01-02T03:04:05Z")}
    assert (part["comparison"]["gone"], [row["domain"] for row in part["not_audited"]]) == ([], ["d1.example"])
    folder = journey.folder / "email-security-audit"
    for ending in ("csv", "html", "md", "sarif", "xml"):
        assert "This is an audit of a part: d2.example." in (folder / f"email-security-audit-part.{ending}").read_text(encoding="utf-8")
    assert "d1.example" not in (folder / "email-security-audit-part.sarif").read_text(encoding="utf-8")

    journey.audit("-e", "audit_fail_on=never")
    third = journey.report
    assert {(row["domain"], row["state"], row["first_seen"]) for row in third["findings"]} == {
        ("d1.example", "still", "2026-01-02T03:04:05Z"),
        ("d2.example", "still", "2026-01-02T03:04:05Z"),
    }
    assert (third["comparison"]["new"], third["comparison"]["gone"], third["scope"]) == (0, [], None)


def test_a_part_that_is_compared_with_itself_forgets_nothing_either(journey: Journey) -> None:
    journey.audit("-e", "audit_fail_on=never")
    first = {row["domain"]: row["first_seen"] for row in journey.report["findings"]}
    part = journey.folder / "email-security-audit/email-security-audit-part.json"
    for only in ("d1.example", "d2.example"):
        journey.audit("-e", "audit_fail_on=never", *given(only=only))
    journey.audit("-e", "audit_fail_on=never", "-e", f"audit_previous={part}")
    assert {row["domain"]: (row["state"], row["first_seen"]) for row in journey.report["findings"]} == {name: ("still", since) for name, since in first.items()}


def test_a_rule_that_is_off_for_a_night_is_not_gone(journey: Journey) -> None:
    journey.audit("-e", "audit_fail_on=never")
    first = {row["rule_id"]: row["first_seen"] for row in journey.report["findings"]}
    journey.audit("-e", "audit_fail_on=never", *given(severities={"ES-IP-001": "off"}))
    off = journey.report
    assert (rules(off), off["comparison"]["gone"], off["rules_off"]) == (["ES-TLS-001"], [], ["ES-IP-001"])
    assert (off["summary"]["as_declared"], off["summary"]["drifted"]) == (0, 2)
    journey.audit("-e", "audit_fail_on=never")
    assert {row["rule_id"]: (row["state"], row["first_seen"]) for row in journey.report["findings"]} == {rule: ("still", at) for rule, at in first.items()}


def test_the_plan_of_some_is_applied_to_the_same(journey: Journey) -> None:
    journey.audit(*given(only="d1.*"))
    plan = journey.report_of(is_part=True)["plan"]
    other = journey.play("apply", *given(plan=plan))
    assert (other.code, written(journey)) == (2, []), other.output
    applied = journey.play("apply", *given(plan=plan, only="d1.*", **{"from": ""}))
    assert (applied.code, written(journey)) == (0, ["d1.example"]), applied.output


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
def test_what_has_drifted_badly_enough_is_changed(journey: Journey, choice: dict[str, str], changed: list[str]) -> None:
    applied = journey.play("apply", *given(**choice))
    assert (applied.code, written(journey)) == (0, changed), applied.output


def test_check_mode_shows_what_would_be_changed(journey: Journey) -> None:
    shown = journey.play("apply", "--check", *given(**{"from": "critical"}))
    assert shown.code == 0, shown.output
    assert "'updated': 1" in shown.output.replace('"', "'")
    assert set(journey.methods) == {"GET"}


def test_waived_drift_is_not_changed_by_severity(journey: Journey) -> None:
    waiver = {"domain": "d1.*", "field": "ip_restrictions", "reason": "a move", "owner": "postmaster", "expires": "2999-12-31"}
    applied = journey.play("apply", *given(waivers=[waiver], **{"from": "low"}))
    assert (applied.code, written(journey)) == (0, ["d2.example"]), applied.output


@pytest.mark.parametrize(
    ("playbook", "choice", "words"),
    [
        ("audit", {"only": "d1.example, d3.example"}, "only holds 'd3.example', which fits no declared domain"),
        ("audit", {"only": "d1.exam"}, "only holds 'd1.exam', which fits no declared domain"),
        ("audit", {"only": []}, "only is given and names no domain"),
        ("audit", {"only": " "}, "only is given and names no domain"),
        ("audit", {"only": ","}, "only is given and names no domain"),
        ("apply", {"only": "*.org"}, "names *.org, and the policy declares no such domain"),
        ("apply", {"from": "urgent"}, "email_security_from is urgent; the choices are critical, high, medium, low and all."),
        ("apply", {"from": "high", "plan": "0" * 64}, "email_security_from and email_security_plan are both given."),
    ],
)
def test_what_cannot_be_meant_is_refused(journey: Journey, playbook: str, choice: dict[str, str], words: str) -> None:
    refused = journey.play(playbook, *given(**choice))
    assert refused.code == 2
    assert words in " ".join(refused.output.split())
    assert journey.methods == []


def test_one_that_is_not_known_by_its_name_is_not_passed_over(journey: Journey) -> None:
    declared = [{"domain_id": LIVE[0]["id"], "ip_restrictions": ["192.0.2.0/24"]}, {"domain": "d2.example", "require_tls_inbound": True}]
    refused = journey.play("apply", *given(domains=declared, **{"from": "critical"}))
    assert refused.code == 2
    assert "not found in the policy by name: d1.example." in " ".join(refused.output.split())
    assert written(journey) == []
