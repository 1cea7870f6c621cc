"""What the role audit prints, and which findings fail it."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.reports.console import (
    FAIL_CONDITIONS,
    MAX_CHANGE_LINES,
    console_lines,
    failing_text,
    files_text,
    plan_lines,
)
from ansible_collections.mailops.cloudflare.tests.unit.support_reports import (
    FAILED,
    HOSTILE,
    TUESDAY,
    audit,
    compared,
    counts,
    document,
    finding,
    hostile,
    hostile_lists,
    list_audit,
    list_changes,
    list_finding,
    shortened,
    waived,
    with_lists,
)

FILES = {"json": "/srv/reports/mail.json", "html": "/srv/reports/mail.html"}


def test_console_lines_counts_come_first_then_what_is_new():
    lines = console_lines(compared(), FILES)
    assert lines[:3] == [
        "993 of 1000 declared domains are as declared, 1 have only waived differences, 1 are missing, and 1 live domains are undeclared.",
        "Findings: 2 critical, 5 high, 3 medium, 1 low, 1 waived.",
        "Since the audit of 3 November 2026, 03:00 UTC: 5 new, 1 gone, 6 unchanged.",
    ]
    findings = [line for line in lines if " | " in line]
    news = [line.startswith("new ") for line in findings]
    assert news == sorted(news, reverse=True)
    assert findings[0] == "new critical | new.example.com is declared, but Email Security has no such domain. | ES-DOMAIN-001"
    assert findings[1].startswith("new critical | example.com accepts mail")
    assert findings[-1] == "gone high | 1 domain: mail is processed outside the declared regions: hr.example.de | ES-REGION-001"
    assert lines[-2] == "Reports in /srv/reports: mail.json, mail.html"
    assert lines[-1].startswith("Not checked, because the API does not show it: auto-moves")


def test_console_lines_without_an_earlier_report_say_nothing_of_new():
    text = "\n".join(console_lines(document(audit([finding("ES-TLS-001", "a.example", True, False)])), {}))
    assert "new" not in text
    assert "high | a.example accepts mail without TLS" in text
    assert "No reports were requested." in text


def test_console_lines_thousands_of_findings_are_a_line_for_each_rule():
    rules = ("ES-TLS-001", "ES-HEALTH-011")
    findings = [finding(rule_id, f"d{number}.example", True, False) for rule_id in rules for number in range(1500)]
    lines = [line for line in console_lines(document(audit(findings)), FILES) if " | " in line]
    assert [line.rpartition(" | ")[2] for line in lines] == ["ES-TLS-001", "ES-HEALTH-011"]
    assert "1500 domains: TLS is not required for incoming mail: d0.example, " in lines[0]
    assert " and 1497 more | " in lines[0]


def test_console_lines_leave_out_waived_findings():
    assert not [line for line in console_lines(document(audit([waived("ES-TLS-002", "a.example", True, False)])), FILES) if " | " in line]


def test_console_lines_say_what_is_not_in_the_report():
    assert "This is a partial audit: a.example. Other domains were not checked." in console_lines(document(audit(scope=["a.example"])), FILES)
    assert any(line.startswith("This report is incomplete") for line in console_lines(shortened(), FILES))


def test_console_lines_of_a_failed_audit_name_the_reports_only():
    assert console_lines(document(FAILED), FILES) == ["Reports in /srv/reports: mail.json, mail.html"]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_console_lines_are_short_and_printable(text):
    for line in console_lines(hostile(text), {}):
        assert line.isprintable()
        assert len(line) <= 500


def test_files_text_without_reports():
    assert files_text({}) == "No reports were requested."


FINDINGS = [
    finding("ES-IP-001", "a.example", [], []),
    finding("ES-HEALTH-020", "a.example"),
    finding("ES-TLS-001", "b.example", True, False),
    finding("ES-TLS-003", "c.example", False, True),
    finding("ES-ADVICE-009", "d.example"),
    finding("ES-DOMAIN-002", "e.example", None, "present"),
    waived("ES-IP-001", "f.example", [], []),
]


@pytest.mark.parametrize(
    ("conditions", "text"),
    [
        (["critical"], "2 findings (ES-IP-001, ES-HEALTH-020)"),
        (["high"], "4 findings (ES-IP-001, ES-HEALTH-020, ES-TLS-001, ES-ADVICE-009)"),
        (["low"], "6 findings (ES-IP-001, ES-HEALTH-020, ES-TLS-001, ES-TLS-003, ES-ADVICE-009, ES-DOMAIN-002)"),
        (["drift"], "5 findings (ES-IP-001, ES-TLS-001, ES-TLS-003, ES-ADVICE-009, ES-DOMAIN-002)"),
        (["weaker:critical"], "1 finding (ES-IP-001)"),
        (["stronger:medium"], "2 findings (ES-HEALTH-020, ES-TLS-003)"),
        (["stronger:critical", "weaker:critical"], "2 findings (ES-IP-001, ES-HEALTH-020)"),
        (["neutral:high"], ""),
        (["never"], ""),
        ([], ""),
    ],
)
def test_failing_text_counts_the_findings_that_meet_a_condition(conditions, text):
    assert failing_text(FINDINGS, conditions) == text


def test_failing_text_two_conditions_count_a_finding_once():
    assert failing_text(FINDINGS, ["critical", "weaker:critical"]) == failing_text(FINDINGS, ["critical"])


def test_every_condition_is_understood():
    for condition in FAIL_CONDITIONS:
        failing_text(FINDINGS, [condition])


def planned(count):
    return [{"domain": f"d{number}.example", "id": "1", "action": "update", "changes": {"lookback_hops": {"before": 1, "after": 2}}} for number in range(count)]


def test_plan_lines_show_every_change_after_the_count_by_direction():
    directions = {"weaker": 0, "stronger": 0, "neutral": 5}
    lines = plan_lines(audit(planned_changes=planned(5), directions=directions))
    assert lines == ["Plan: 5 neutral changes.", *(f"d{number}.example: lookback_hops 1 -> 2" for number in range(5))]


def test_plan_lines_beyond_the_limit_are_counted():
    directions = {"weaker": 0, "stronger": 0, "neutral": MAX_CHANGE_LINES + 7}
    lines = plan_lines(audit(planned_changes=planned(MAX_CHANGE_LINES + 7), directions=directions))
    assert len(lines) == MAX_CHANGE_LINES + 2
    assert lines[-1] == "And 7 more, of 7 domains. The reports name them as findings of the category drift."


def test_plan_lines_without_a_plan_are_empty():
    assert plan_lines(FAILED) == []
    assert plan_lines(audit(planned_changes=[], directions={"weaker": 0, "stronger": 0, "neutral": 0})) == ["Plan: no changes."]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_plan_lines_are_printable(text):
    entries = [{"domain": text, "id": "1", "action": "update", "changes": {"transport": {"before": text, "after": "mx.example"}}}]
    assert all(line.isprintable() for line in plan_lines(audit(planned_changes=entries, directions={"weaker": 0, "stronger": 0, "neutral": 1})))


class TestLists:
    def test_domains_of_which_none_is_declared_are_counted(self):
        lists = with_lists()
        summary = {**lists["summary"], "declared": 0, "as_declared": 0, "undeclared": 12}
        assert console_lines({**lists, "summary": summary}, FILES)[0] == "No domain is declared; 12 are live."

    def test_each_list_has_a_line_before_the_findings(self):
        lines = console_lines(with_lists(), FILES)
        assert lines[0].startswith("1 of 9 declared domains are as declared")
        assert [line.split(":")[0] for line in lines[1:6]] == [
            *("Allow policies", "Trusted domains", "URL ignore patterns", "Blocked senders", "Impersonation registry"),
        ]
        assert lines[6].startswith("8 exemptions: 3 not declared")
        assert lines[7].startswith("Findings: 4 critical")
        assert lines[8] == "Not read, so that nothing is known about it: content policies (forbidden)."

    def test_audit_of_lists_alone_says_nothing_of_domains(self):
        text = "\n".join(console_lines(document(list_audit(resources=["block_senders"])), FILES)[:-1])
        assert "declared domains" not in text
        assert "exemption" not in text
        assert "Blocked senders: 10 live, 10 of 10 declared entries as declared, 0 findings." in text

    def test_new_findings_come_first_and_drift_is_never_pushed_out(self):
        old = [list_finding("ES-ALLOW-112", "allow_policies", f"o{number}.example") for number in range(900)]
        new = [list_finding("ES-VIP-003", "impersonation_registry", "John Doe <john@example.com>")]
        drift = [list_finding("ES-ALLOW-001", "allow_policies", "a.example")]
        before = document(list_audit([*old, *drift], ["allow_policies", "impersonation_registry"], at=TUESDAY))
        lines = console_lines(document(list_audit([*old, *new, *drift], ["allow_policies", "impersonation_registry"]), before), FILES)
        assert [line.rpartition(" | ")[2] for line in lines if " | " in line] == ["ES-VIP-003", "ES-ALLOW-001", "ES-ALLOW-112"]

    @pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
    def test_lines_are_short_and_printable(self, text):
        for line in console_lines(hostile_lists(text), {}):
            assert line.isprintable()
            assert len(line) <= 500

    def test_plan_is_about_the_account(self):
        directions = {"weaker": 0, "stronger": 2, "neutral": 0}
        assert plan_lines(list_audit(planned_changes=list_changes(), directions=directions)) == [
            "Plan: 2 changes make the account more protected.",
            "block_senders: evil.example (DOMAIN): created",
            "allow_policies: partner.example: is_trusted_sender true -> false",
        ]

    def test_plan_says_how_much_of_each_list_a_purge_removes(self):
        removed = [
            {"domain": None, "resource": name, "entry": f"e{number}.example", "id": str(number), "action": "delete", "changes": {}, "purged": True}
            for name, count in (("allow_policies", 2), ("block_senders", 1))
            for number in range(count)
        ]
        directions = {"weaker": 0, "stronger": 3, "neutral": 0}
        live = {"allow_policies": counts(live=1200), "block_senders": counts(live=1)}
        lines = plan_lines(list_audit(resources=live, planned_changes=[*removed, *list_changes()], directions=directions))
        assert lines[1:3] == ["allow_policies: purge removes 2 of 1200 live entries.", "block_senders: purge removes 1 of 1 live entry."]
        assert "allow_policies: e0.example: removed by purge" in lines
