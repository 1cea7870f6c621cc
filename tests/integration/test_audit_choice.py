"""The playbooks audit and apply for some of the declared domains: those that are named, and those that have drifted badly enough."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fleets import Domain, domain
from playing import Player
from simulator import Simulator
from test_audit_journey import LIVE, SOUND, Journey, rules

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
@pytest.mark.first_cases(2)
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
@pytest.mark.first_cases(1)
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


@pytest.mark.nightly
def test_a_part_that_is_compared_with_itself_forgets_nothing_either(journey: Journey) -> None:
    journey.audit("-e", "audit_fail_on=never")
    first = {row["domain"]: row["first_seen"] for row in journey.report["findings"]}
    part = journey.folder / "email-security-audit/email-security-audit-part.json"
    for only in ("d1.example", "d2.example"):
        journey.audit("-e", "audit_fail_on=never", *given(only=only))
    journey.audit("-e", "audit_fail_on=never", "-e", f"audit_previous={part}")
    assert {row["domain"]: (row["state"], row["first_seen"]) for row in journey.report["findings"]} == {name: ("still", since) for name, since in first.items()}


@pytest.mark.nightly
def test_a_rule_that_is_off_for_a_night_is_not_gone(journey: Journey) -> None:
    journey.audit("-e", "audit_fail_on=never")
    first = {row["rule_id"]: row["first_seen"] for row in journey.report["findings"]}
    journey.audit("-e", "audit_fail_on=never", *given(severities={"ES-IP-001": "off", "ES-HEALTH-016": "off"}))
    off = journey.report
    assert (rules(off), off["comparison"]["gone"], off["rules_off"]) == (["ES-TLS-001"], [], ["ES-HEALTH-016", "ES-IP-001"])
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
@pytest.mark.first_cases(3)
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


REFUSED = [
    ("audit", {"only": "d1.example, d3.example"}, "'d3.example', which matches no declared domain"),
    ("apply", {"from": "urgent"}, "email_security_from is urgent; the choices are critical, high, medium, low and all."),
    ("apply", {"from": "high", "plan": "0" * 64}, "email_security_from and email_security_plan are both given."),
    ("apply", {"only": []}, "names no domain"),
    ("apply", {"only": "********"}, "email_security_only is ********, and that does not name domains."),
    ("apply", {"plan": None}, "email_security_plan is null; it must be the 64 hexadecimal digits of a plan"),
    ("apply", {"onboard": "perhaps"}, "email_security_onboard is perhaps; it must be true or false."),
    ("apply", {"domains": []}, "email_security_domains is an empty list. A policy is a list that declares at least one domain"),
    ("audit", {"domains": None}, "email_security_domains is null."),
    ("audit", {"waivers": "none"}, "email_security_waivers is a text, and must be a list of mappings."),
]
# The accident matrix of the proof has a cell for each of these.
REFUSED_AS_WELL = [
    ("audit", {"only": "d1.exam"}, "'d1.exam', which matches no declared domain"),
    ("apply", {"only": "*.org"}, "'*.org', which matches no declared domain"),
    ("apply", {"from": []}, "email_security_from is []; the choices are critical, high, medium, low and all."),
    ("apply", {"only": " , "}, "names no domain"),
    ("audit", {"only": [" "]}, "names no domain"),
    ("apply", {"plan": ""}, "email_security_plan is empty; it must be the 64 hexadecimal digits of a plan"),
    ("apply", {"plan": "0" * 63}, "it must be the 64 hexadecimal digits of a plan"),
    ("apply", {"onboard": []}, "email_security_onboard is []; it must be true or false."),
    ("audit", {"domains": ""}, "email_security_domains is an empty text."),
    ("apply", {"domains": {}}, "email_security_domains is a mapping."),
    ("apply", {"domains": ["d1.example"]}, "email_security_domains is a list, and not every item of it is a mapping."),
    ("apply", {"defaults": []}, "email_security_defaults is a list, and must be a mapping."),
    ("audit", {"severities": "off"}, "email_security_severities is a text, and must be a mapping."),
]


@pytest.mark.parametrize(
    ("playbook", "choice", "words"),
    [*REFUSED, *(pytest.param(*case, marks=pytest.mark.nightly) for case in REFUSED_AS_WELL)],
)
@pytest.mark.first_cases(4)
def test_what_cannot_be_meant_is_refused(journey: Journey, playbook: str, choice: dict[str, Any], words: str) -> None:
    refused = journey.play(playbook, *given(**choice))
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
def test_reports_that_would_go_nowhere_are_refused_before_the_audit(journey: Journey, variables: dict[str, Any]) -> None:
    before = sorted(journey.folder.iterdir())
    refused = journey.play("audit", "-e", json.dumps(variables))
    assert (refused.code, journey.methods) == (2, []), refused.output
    assert [path for path in sorted(journey.folder.iterdir()) if path not in before and path.name not in ("home", "ansible.cfg")] == []


@pytest.mark.nightly
def test_a_name_of_reports_that_is_null_finds_the_earlier_report(journey: Journey) -> None:
    for _wait_for_rate_limit in range(2):
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
def test_a_variable_that_is_undefined_and_was_to_be_omitted_means_nothing(journey: Journey, name: str) -> None:
    text = OMITTED.format(name=name, value='"{{ nowhere | default(omit) }}"')
    if name == "domains":
        text = text.replace("    email_security_domains: [{domain: d1.example, ip_restrictions: [192.0.2.0/24]}]\n", "")
    (journey.folder / "mine.yml").write_text(text, encoding="utf-8")
    refused = journey.own("mine.yml")
    assert (refused.code, journey.methods) == (2, []), refused.output
    assert f"email_security_{name} is " in " ".join(refused.output.split())


def test_an_undefined_item_of_a_list_is_no_choice(journey: Journey) -> None:
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
def test_a_variable_with_nothing_under_it_counts_as_not_given(journey: Journey, playbook: str) -> None:
    (journey.folder / "policy.yml").write_text(EMPTY, encoding="utf-8")
    done = journey.play(playbook, "-e", "audit_fail_on=never")
    assert done.code == 0, done.output
    assert written(journey) == (["d1.example"] if playbook == "apply" else [])


DATED = """\
email_security_domains:
  - {domain: d1.example, ip_restrictions: [192.0.2.0/24], lookback_hops: 7}
email_security_waivers:
  - {domain: d1.*, field: ip_restrictions, reason: a move, owner: postmaster, expires: 2999-12-31}
"""


@pytest.mark.parametrize("severity", ["", "low"])
def test_what_a_waiver_allows_is_left_alone_and_told(journey: Journey, severity: str) -> None:
    """The date is not quoted, which before ansible-core 2.19 made a text of the whole list."""
    (journey.folder / "policy.yml").write_text(DATED, encoding="utf-8")
    applied = journey.play("apply", *given(**{"from": severity}))
    assert applied.code == 0, applied.output
    stored = journey.simulator.domain("d1.example")
    assert (stored["ip_restrictions"], stored["lookback_hops"]) == ([], 7)
    assert "d1.example | ip_restrictions | 2999-12-31 | a move" in applied.output


def test_a_plan_stands_for_the_same_waivers(journey: Journey) -> None:
    (journey.folder / "policy.yml").write_text(DATED, encoding="utf-8")
    journey.audit("-e", "audit_fail_on=never")
    plan = journey.report["plan"]
    refused = journey.play("apply", *given(plan=plan, waivers=[]))
    assert (refused.code, written(journey)) == (2, []), refused.output
    applied = journey.play("apply", *given(plan=plan))
    assert (applied.code, written(journey)) == (0, ["d1.example"]), applied.output


BOOKS: Domain = domain("xn--bcher-kva.example", 30, require_tls_inbound=False, **SOUND)


@pytest.mark.parametrize("name", ["xn--bcher-kva.example", "XN--BCHER-KVA.example.", "b\u00fccher.example", "BU\u0308CHER.example", "b\u00fc*.example"])
@pytest.mark.first_cases(2)
def test_a_name_is_known_in_any_spelling(journey: Journey, name: str) -> None:
    journey.live([CRITICAL, BOOKS])
    declared = [{"domain": "d1.example", "lookback_hops": 9}, {"domain": "B\u00fccher.example", "require_tls_inbound": True}]
    applied = journey.play("apply", *given(domains=declared, defaults={}, only=name))
    assert (applied.code, written(journey)) == (0, ["xn--bcher-kva.example"]), applied.output


def test_who_declares_by_id_or_in_another_spelling_can_choose_by_severity(journey: Journey) -> None:
    """Of two live domains of one name, and of one whose name the policy does not hold, the id says which is meant."""
    copied = {**HIGH, "id": "20000000-0000-4000-8000-000000000002"}
    journey.live([CRITICAL, {**HIGH, "drop_dispositions": ["MALICIOUS"]}, copied, BOOKS])
    declared = [
        {"domain_id": LIVE[0]["id"], "ip_restrictions": ["192.0.2.0/24"]},
        {"domain_id": copied["id"], "require_tls_inbound": True},
        {"domain_id": HIGH["id"], "drop_dispositions": ["MALICIOUS", "BULK"]},
        {"domain": "B\u00dcCHER.example.", "lookback_hops": 3},
    ]
    applied = journey.play("apply", *given(domains=declared, defaults={}, **{"from": "high"}))
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
def test_a_domain_that_is_not_live_is_a_failure_that_names_the_variable(journey: Journey, onboard: Any) -> None:
    applied = journey.play("apply", *given(domains=[NEW, {"domain": "d2.example", "require_tls_inbound": True}], defaults={}, onboard=onboard))
    assert (applied.code, written(journey)) == (2, ["d2.example"]), applied.output
    assert "POST" not in journey.methods
    assert "email_security_onboard" in applied.output


@pytest.mark.parametrize("onboard", [True, "yes"])
def test_onboarding_is_a_decision(journey: Journey, onboard: Any) -> None:
    applied = journey.play("apply", *given(domains=[NEW], defaults={}, onboard=onboard))
    assert (applied.code, journey.methods.count("POST")) == (0, 1), applied.output


@pytest.mark.parametrize("onboard", [False, True])
@pytest.mark.first_cases(1)
def test_a_plan_stands_for_the_same_decision_to_onboard(journey: Journey, onboard: bool) -> None:
    """What the audit shows is what apply does with the same variables."""
    variables = given(domains=[NEW, {"domain": "d2.example", "require_tls_inbound": True}], defaults={}, onboard=onboard)
    journey.audit("-e", "audit_fail_on=never", *variables)
    plan = journey.report["plan"]
    applied = journey.play("apply", *variables, *given(plan=plan))
    assert applied.code == (0 if onboard else 2), applied.output
    assert (written(journey), journey.methods.count("POST")) == (["d2.example"], int(onboard))
