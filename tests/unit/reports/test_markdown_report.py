"""render_markdown(): the content, its length, and that data cannot become markup."""

from __future__ import annotations

import re

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.registry import RULES
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.reports.markdown_report import MAX_FINDINGS, render_markdown
from ansible_collections.mailops.cloudflare.tests.unit.support_reports import (
    FAILED,
    HOSTILE,
    audit,
    compared,
    document,
    finding,
    hostile,
    hostile_failure,
    hostile_lists,
    list_audit,
    list_finding,
    shortened,
    with_lists,
)

CODE = re.compile(r"`[^`\n]*`")
OWN = re.compile(r"</?(details|summary|sub)>")


def test_render_markdown_begins_with_headline_and_counts():
    lines = render_markdown(compared()).splitlines()
    assert lines[0] == "## Audit of the mail domains"
    assert lines[2].startswith("**4 of 1000 domains are less protected than decided.** 993 domains are as declared.")
    assert "critical 2 · high 5 · medium 3 · low 1" in lines
    assert "Since the audit of 3 November 2026, 03:00 UTC: 5 new, 1 gone, 6 unchanged." in lines


def test_render_markdown_partial_audit_shows_scope():
    lines = render_markdown(document(audit(scope=["example.com", "`x`|@everyone"]))).splitlines()
    assert lines[4] == r"This is a partial audit: example.com, \`x\`\|\@everyone. Other domains were not checked."


def test_render_markdown_shows_notes():
    noted = {**finding("ES-NEXTHOP-001", "example.com", "a", "b"), "note": "A waiver allows another live value: `x`"}
    assert "- `example.com`: `A waiver allows another live value: \\x60x\\x60`" in render_markdown(document(audit([noted]))).splitlines()


def test_render_markdown_finding_is_a_table_row():
    row = f"| high | `example.net` | {RULES['ES-TLS-001'].title} (`ES-TLS-001`) | `true` | `false` | 2026-11-02 |"
    assert row in render_markdown(compared()).splitlines()
    assert any(line.startswith("| critical | `example.com` |") and line.endswith("| **new** |") for line in render_markdown(compared()).splitlines())


def test_render_markdown_folds_details():
    text = render_markdown(compared())
    assert re.findall("<summary>(.*)</summary>", text) == [
        "Explanation and remedies",
        "1 gone",
        "1 waived",
        "1 undeclared domain",
    ]
    assert "`The mailing house has no TLS yet`" in text


def test_render_markdown_without_findings_is_short():
    lines = render_markdown(document(audit())).splitlines()
    assert lines[2:-4] == [
        "**All 1000 domains are as declared.**",
        "",
        "critical 0 · high 0 · medium 0 · low 0",
    ]
    assert lines[-3].startswith("<sub>Not checked, because the API does not show it: auto-moves")


def test_render_markdown_names_what_is_not_checked_unless_the_audit_failed():
    for words in ("auto-moves", "Direct Send", "MX records", "whether mail arrives"):
        assert words in render_markdown(document(audit()))
        assert words not in render_markdown(document(FAILED))


def test_render_markdown_failed_audit_shows_reason():
    text = render_markdown(document(FAILED))
    assert "**The audit failed. The state of the account is unknown.** No earlier audit is known." in text
    assert f"`auth`: `{FAILED['msg']}`" in text


def test_render_markdown_shortened_result_is_reported():
    assert "This report is incomplete: findings: 2 of 5 are left out." in render_markdown(shortened())


def test_render_markdown_many_findings_shows_the_worst_and_counts_the_rest():
    findings = [finding("ES-TLS-001", f"d{number:04}.example.com", True, False) for number in range(MAX_FINDINGS + 950)]
    text = render_markdown(document(audit(findings)))
    assert text.count("| high |") == MAX_FINDINGS
    assert "And 950 more, which the other reports contain." in text
    title = RULES["ES-TLS-001"].title
    names = ", ".join(f"`d{number:04}.example.com`" for number in range(3))
    assert f"| **high** | {title} (`ES-TLS-001`) | {len(findings)} domains: {names} and {len(findings) - 3} more |" in text.splitlines()


def test_render_markdown_a_rule_with_many_findings_hides_no_other():
    """New findings come first, then the most severe ones, and drift before other findings of a severity."""
    old = [finding("ES-IP-001", f"d{number:03}.example", [], []) for number in range(100)]
    new = [finding("ES-HEALTH-011", f"d{number:03}.example") for number in range(100)]
    new += [finding("ES-TLS-001", "d1.example", True, False), finding("ES-DROP-004", "d2.example", ["BULK"], [])]
    lines = render_markdown(document(audit([*old, *new]), document(audit(old)))).splitlines()
    order = [re.findall(r"ES-[A-Z]+-\d+", line)[0] for line in lines if line.startswith("| ") and "ES-" in line]
    rules = ["ES-TLS-001", "ES-HEALTH-011", "ES-DROP-004", "ES-IP-001"]
    assert order[:4] == rules
    rows = order[4:]
    assert list(dict.fromkeys(rows)) == rules
    assert len(rows) <= MAX_FINDINGS
    assert f"And {202 - len(rows)} more, which the other reports contain." in lines
    assert any(line.startswith("| **high, new** | ") for line in lines)


def test_render_markdown_without_repeated_rules_has_no_overview():
    assert "| Severity | Finding | Domains |" not in render_markdown(document(audit([finding("ES-TLS-001", "a.example", True, False)])))


@pytest.mark.parametrize("text", [*HOSTILE.values(), "|" * 400, "`" * 400, "\n" * 400, "\u202e" * 400], ids=lambda text: repr(text[:20]))
def test_render_markdown_hostile_texts_fit_in_a_comment(text):
    text = text[:400]
    evil = {"reason": text, "owner": text, "expires": text}
    findings = [finding("ES-DRIFT-001", f"{number}{text}", [text] * 9, text, field=text) for number in range(60)]
    findings += [finding("ES-TLS-002", f"{number}{text}", True, False, waived=True, waiver=evil) for number in range(60)]
    findings += [finding("ES-DOMAIN-002", f"{number}{text}") for number in range(60)]
    before = document(audit([finding("ES-TLS-001", f"{number}{text}", True, False) for number in range(60)]))
    assert len(render_markdown(document(audit(findings), before))) < 60_000
    assert len(render_markdown(hostile_failure(text))) < 60_000


@pytest.mark.parametrize("made", [hostile, hostile_failure])
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_render_markdown_hostile_text_is_code_or_escaped(made, text):
    markdown = render_markdown(made(text))
    assert all(line.isprintable() for line in markdown.split("\n"))
    rest = OWN.sub("", CODE.sub("", markdown))
    # Every other Markdown character is escaped.
    assert not re.search(r"(?<!\\)[`<>\[\]]", rest)
    assert not re.search(r"(?<!\\)[@#](?!# )", rest.removeprefix("## "))
    for line in markdown.splitlines():
        if line.startswith("|"):
            assert len(re.findall(r"(?<!\\)\|", line)) in (4, 6, 7)


def test_render_markdown_names_are_shown_unchanged():
    assert f"`{HOSTILE['template']}`" in render_markdown(hostile(HOSTILE["template"]))
    assert "\\x7c a \\x7c b" in render_markdown(hostile(HOSTILE["table"]))


class TestLists:
    def test_lists_are_counted_in_a_table(self):
        lines = render_markdown(with_lists()).splitlines()
        assert lines[2].startswith("**4 of 9 domains are less protected than decided. 6 entries of lists make the account less protected than decided.**")
        assert "| Allow policies | 5 | 2 of 3 | 1 |  | 2 |  | 5 |" in lines
        assert "| Content policies | not read: `forbidden` |  |  |  |  |  |  |" in lines
        assert r"Not read, so that nothing is known about it: content policies \(forbidden\)." in lines

    def test_entry_is_named_with_its_list(self):
        text = render_markdown(with_lists())
        assert "| Severity | Domain or entry | Finding |" in text
        assert "| critical | `partner.example` (allow policies) | " in text
        assert "| high | `blocked senders` | " in text

    def test_most_dangerous_exemptions_are_folded(self):
        text = render_markdown(with_lists())
        assert "<details><summary>8 exemptions: 3 not declared, 6 without an end, 3 without a comment, 4 with findings.</summary>" in text
        assert "| critical | `ceo@partner.example` (allow policies) | trusted sender, not verified |  | 1412 days |  | not declared |" in text

    def test_report_of_thousands_of_findings_stays_short(self):
        findings = [list_finding("ES-ALLOW-001", "allow_policies", f"p{number}.example") for number in range(2000)]
        text = render_markdown(document(list_audit(findings)))
        assert text.count("\n") < 200
        assert "And 1950 more, which the other reports contain." in text

    def test_report_without_drift_says_so(self):
        assert "**All 1000 domains are as declared. No entry of a list differs from the declaration.**" in render_markdown(document(list_audit()))
        lists_only = document(list_audit(resources=["block_senders"], declared=0))
        assert "**No entry of a list differs from the declaration.**" in render_markdown(lists_only)

    @pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
    def test_hostile_text_stays_text(self, text):
        written = render_markdown(hostile_lists(text))
        assert all(line.isprintable() for line in written.split("\n"))
        outside = OWN.sub("", CODE.sub("", written))
        assert not re.search(r"(?<!\\)[<@]|\]\(", outside)
