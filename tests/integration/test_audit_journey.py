"""The playbooks audit and apply as a user calls them, and what the role leaves behind."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from fleets import Domain, domain
from playing import Played, Player
from simulator import Simulator

# As the simulator says of a domain that is well.
SOUND: Domain = {
    "dmarc_status": "good",
    "spf_status": "good",
    "status": "ACTIVE",
    "authorization": None,
    "emails_processed": None,
    "drop_dispositions": ["MALICIOUS", "MALICIOUS-BEC"],
    "integration_id": "5e1c1f0a-4d6b-4c53-9a83-0f2d6a1b7c11",
    "require_tls_outbound": True,
}
LIVE = [
    domain("d1.example", require_tls_inbound=True, ip_restrictions=["192.0.2.0/24"], lookback_hops=2, **SOUND),
    domain("d2.example", require_tls_inbound=True, ip_restrictions=["192.0.2.0/24"], lookback_hops=2, **SOUND),
]
POLICY = {
    "email_security_defaults": {"require_tls_inbound": True, "ip_restrictions": ["192.0.2.0/24"], "lookback_hops": 2},
    "email_security_domains": [{"domain": "d1.example"}, {"domain": "d2.example"}],
}
REPORTS = {f"email-security-audit.{ending}" for ending in ("csv", "html", "json", "md", "sarif", "xml")}


class Journey:
    """One folder, one account, and a policy in a file."""

    def __init__(self, player: Player, simulator: Simulator, folder: Path) -> None:
        self._player, self.simulator, self.folder = player, simulator, folder
        self.live(LIVE)
        self.policy(POLICY)

    def live(self, domains: Sequence[Domain]) -> None:
        self.simulator.clear_domains()
        for fields in domains:
            self.simulator.add_domain(**fields)

    def policy(self, variables: Mapping[str, Any]) -> None:
        (self.folder / "policy.yml").write_text(json.dumps(variables), encoding="utf-8")

    def play(self, name: str, *arguments: str, **environment: str) -> Played:
        self.simulator.clear_journal()
        return self._player.playbook(self.folder, f"mailops.cloudflare.{name}", "-e", "@policy.yml", *arguments, environment=environment)

    def play_text(self, text: str, *arguments: str) -> Played:
        """Play a playbook that is given as text."""
        self.simulator.clear_journal()
        (self.folder / "mine.yml").write_text(text, encoding="utf-8")
        return self._player.playbook(self.folder, "mine.yml", *arguments)

    def own(self, name: str, *arguments: str) -> Played:
        """A playbook of the user's own, in the folder."""
        self.simulator.clear_journal()
        return self._player.playbook(self.folder, name, *arguments)

    def audit(self, *arguments: str, **environment: str) -> Played:
        return self.play("audit", *arguments, **environment)

    @property
    def methods(self) -> list[str]:
        return [entry["method"] for entry in self.simulator.journal]

    @property
    def report(self) -> dict[str, Any]:
        return self.report_of(is_part=False)

    def report_of(self, *, is_part: bool) -> dict[str, Any]:
        name = f"email-security-audit{'-part' if is_part else ''}.json"
        report = json.loads((self.folder / "email-security-audit" / name).read_text(encoding="utf-8"))
        assert isinstance(report, dict)
        return report


@pytest.fixture
def journey(player: Player, simulator: Simulator, tmp_path: Path) -> Journey:
    return Journey(player, simulator, tmp_path)


def weaker(**differing: Any) -> list[Domain]:
    return [{**LIVE[0], **differing}, LIVE[1]]


def rules(report: Mapping[str, Any]) -> list[str]:
    return [finding["rule_id"] for finding in report["findings"]]


def test_from_drift_to_none(journey: Journey) -> None:
    journey.live(weaker(ip_restrictions=[]))
    journey.simulator.configure(refuse_writes=True)
    drifted = journey.audit("--check", ANSIBLE_SHOW_CUSTOM_STATS="1")
    assert drifted.code == 2, drifted.output
    assert "1 critical" in drifted.output
    assert journey.methods == ["GET"]
    assert {path.name for path in (journey.folder / "email-security-audit").iterdir()} == REPORTS
    found = journey.report
    assert (found["status"], rules(found), found["comparison"]) == ("findings", ["ES-IP-001"], None)
    assert found["plan"] in drifted.output

    journey.simulator.configure(refuse_writes=False)
    applied = journey.play("apply", "-e", f"email_security_plan={found['plan']}")
    assert applied.code == 0, applied.output
    assert journey.methods.count("PATCH") == 1

    clean = journey.audit()
    assert clean.code == 0, clean.output
    assert "changed=0" in clean.output
    gone = journey.report
    assert (gone["status"], gone["findings"], [finding["rule_id"] for finding in gone["comparison"]["gone"]]) == ("clean", [], ["ES-IP-001"])


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
@pytest.mark.first_cases(5)
def test_what_fails_the_role(journey: Journey, fail_on: str, differing: Domain, fails: bool) -> None:
    journey.live(weaker(**differing))
    audited = journey.audit("-e", f"audit_fail_on={fail_on}")
    assert audited.code == (2 if fails else 0), audited.output
    assert journey.report["status"] == "findings"


@pytest.mark.parametrize("fail_on", ["", "worst", "stronger", "stronger:drift", "high:stronger", "high, low", "never,high"])
@pytest.mark.first_cases(3)
def test_a_bound_that_there_is_not_is_refused_before_any_request(journey: Journey, fail_on: str) -> None:
    refused = journey.audit("-e", json.dumps({"audit_fail_on": fail_on}))
    assert refused.code == 2, refused.output
    assert "audit_fail_on" in refused.output
    assert "stronger:high" in refused.output
    assert journey.methods == []
    assert not (journey.folder / "email-security-audit").exists()


@pytest.mark.nightly
def test_bounds_may_be_a_list(journey: Journey) -> None:
    journey.live(weaker(ip_restrictions=[]))
    assert journey.audit("-e", json.dumps({"audit_fail_on": ["stronger:low", "weaker:critical"]})).code == 2
    assert journey.audit("-e", json.dumps({"audit_fail_on": ["stronger:low", "neutral:low"]})).code == 0


def test_the_worst_is_told_in_words(journey: Journey) -> None:
    many = [domain(f"d{number}.example", **{**SOUND, "spf_status": "neutral"}) for number in range(11)]
    journey.live([domain("d20.example", transport="{{ 7 * 191 }}", **SOUND), *many])
    policy = {"email_security_domains": [{"domain": "d20.example", "transport": "mx.example.com"}], "email_security_severities": {"ES-DOMAIN-002": "off"}}
    journey.policy(policy)
    audited = journey.audit("-e", "audit_fail_on=never")
    shown = [line.strip().strip('",') for line in audited.output.splitlines() if " | ES-" in line or line.rstrip(",").endswith(' more"')]
    assert shown[0].startswith("critical | d20.example")
    # What a server says is shown, and not evaluated.
    assert "{{ 7 * 191 }}" in shown[0]
    assert shown[0].endswith("| ES-NEXTHOP-001")
    assert [line.partition(" | ")[0] for line in shown[1:10]] == ["medium"] * 9
    assert shown[10:] == ["and 2 more"]
    assert "Not looked at, because the API does not show it: auto-moves" in audited.output


@pytest.mark.parametrize(
    ("formats", "words"), [(["csv", "html"], "/email-security-audit: email-security-audit.csv, email-security-audit.html"), ([], "No reports were requested.")]
)
@pytest.mark.parametrize("token", ["", "not-the-token-of-anybody"])
@pytest.mark.first_cases(2)
def test_it_is_said_where_the_reports_are(journey: Journey, formats: list[str], words: str, token: str) -> None:
    journey.live(weaker(ip_restrictions=[]))
    environment = {"CLOUDFLARE_API_TOKEN": token} if token else {}
    failed = journey.audit("-e", json.dumps({"audit_formats": formats}), **environment)
    assert failed.code == 2
    assert words in failed.output
    assert ("The audit itself failed" in failed.output) is bool(token)


def test_an_audit_that_failed_is_no_drift_and_forgets_nothing(journey: Journey) -> None:
    journey.live(weaker(ip_restrictions=[]))
    journey.audit()
    before = journey.report
    broken = journey.audit("-e", "audit_fail_on=never", CLOUDFLARE_API_TOKEN="not-the-token-of-anybody", ANSIBLE_SHOW_CUSTOM_STATS="1")
    assert broken.code == 2
    assert "The audit itself failed" in broken.output
    assert "email_security_plan" not in broken.output
    error = journey.report
    assert (error["status"], error["findings"], error["error"]["kind"]) == ("error", [], "auth")
    assert {path.name for path in (journey.folder / "email-security-audit").iterdir()} == REPORTS
    journey.audit()
    after = journey.report
    assert [(finding["state"], finding["first_seen"]) for finding in after["findings"]] == [("still", before["findings"][0]["first_seen"])]


def test_waivers_and_severities_come_from_the_policy(journey: Journey) -> None:
    journey.live(weaker(ip_restrictions=[], spf_status="open"))
    waiver = {"domain": "d1.*", "field": "ip_restrictions", "reason": "a move", "owner": "postmaster", "expires": "2999-12-31"}
    journey.policy({**POLICY, "email_security_waivers": [waiver], "email_security_severities": {"ES-HEALTH-006": "off"}})
    audited = journey.audit("-e", "audit_fail_on=low")
    assert audited.code == 0, audited.output
    assert [(finding["rule_id"], finding["waived"]) for finding in journey.report["findings"]] == [("ES-IP-001", True)]


def test_another_plan_than_the_approved_one_is_refused(journey: Journey) -> None:
    journey.live(weaker(ip_restrictions=[]))
    refused = journey.play("apply", "-e", json.dumps({"email_security_plan": "0" * 64}))
    assert refused.code == 2, refused.output
    assert journey.methods == ["GET"]


@pytest.mark.parametrize("playbook", ["audit", "apply"])
def test_without_a_policy_the_playbook_asks_for_one(journey: Journey, playbook: str) -> None:
    journey.policy({})
    asked = journey.play(playbook)
    assert asked.code == 2
    assert "No policy is given" in asked.output
    assert journey.methods == []


NOTHING = "{hosts: localhost, connection: local, gather_facts: false, vars: {ansible_python_interpreter: '{{ ansible_playbook_python }}'}, "


@pytest.mark.parametrize("domains", ["[]", "", '""', "'{{ no_such_file | default([]) }}'", "{}", "text"])
@pytest.mark.first_cases(2)
def test_the_role_refuses_a_policy_that_declares_nothing(journey: Journey, domains: str) -> None:
    role = f"tasks: [{{include_role: {{name: mailops.cloudflare.audit}}, vars: {{audit_domains: {domains}}}}}]}}"
    refused = journey.play_text(f"- {NOTHING}{role}")
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
def test_variables_with_nothing_under_them_count_as_empty(journey: Journey, lines: str) -> None:
    (journey.folder / "nothing.yml").write_text(f"{lines}\n", encoding="utf-8")
    audited = journey.audit("-e", "@nothing.yml")
    assert audited.code == 0, audited.output
    assert (journey.report["status"], journey.report["scope"]) == ("clean", None)


def test_the_same_of_the_variables_of_the_role(journey: Journey) -> None:
    for value, names in (("", ("audit_defaults", "audit_waivers", "audit_severities", "audit_only")), ('""', ("audit_only",))):
        given = ", ".join(f"{name}: {value}" for name in names)
        role = f"tasks: [{{include_role: {{name: mailops.cloudflare.audit}}, vars: {{audit_domains: [{{domain: d1.example, lookback_hops: 2}}], {given}}}}}]}}"
        audited = journey.play_text(f"- {NOTHING}{role}", "-e", "audit_fail_on=never")
        assert audited.code == 0, audited.output
        assert journey.report["scope"] is None


def test_dates_without_quotes(journey: Journey) -> None:
    journey.live(weaker(ip_restrictions=[]))
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
        audited = journey.play_text(f"- {NOTHING}{role}", "-e", json.dumps({"audit_severities": {"ES-DOMAIN-002": "off"}, "audit_fail_on": "drift"}))
        if given.startswith("'") and version("ansible-core") < "2.19":
            # Such a text cannot be read back. The user is told what to write.
            assert (audited.code, journey.methods) == (2, []), audited.output
            assert "which this release of ansible-core cannot pass on: write it as" in " ".join(audited.output.split())
        else:
            assert audited.code == 0, audited.output
            assert journey.report["summary"]["drift_waived"] == 1


def test_dates_without_quotes_in_a_task(journey: Journey) -> None:
    journey.live(weaker(ip_restrictions=[]))
    module = (
        "{mailops.cloudflare.email_security_audit: {domains: [{domain: d1.example, ip_restrictions: [192.0.2.0/24]}], "
        "waivers: [{domain: d1.*, field: ip_restrictions, reason: a move, owner: postmaster, expires: 2999-12-31, live: []}]}}"
    )
    for text, code in ((module.replace(", live: []", ""), 0), (module, 2)):
        done = journey.play_text(f"- {NOTHING}tasks: [{text}]}}")
        assert done.code == code, done.output
        assert ("live is empty" in done.output) is bool(code)


def test_a_waiver_for_another_live_value_does_not_hold(journey: Journey) -> None:
    journey.live(weaker(ip_restrictions=["192.0.2.0/24", "203.0.113.0/24"]))
    waiver = {"domain": "d1.*", "field": "ip_restrictions", "reason": "a move", "owner": "postmaster", "expires": "2999-12-31"}
    for live, code in ((["192.0.2.0/24", "203.0.113.0/24"], 0), (["192.0.2.0/24", "198.51.100.0/24"], 2)):
        journey.policy({**POLICY, "email_security_waivers": [{**waiver, "live": live}]})
        audited = journey.audit()
        assert audited.code == code, audited.output
        assert ("A waiver allows another live value" in audited.output) is bool(code)
