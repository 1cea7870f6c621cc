"""The report as Markdown: short, and with nothing in it that acts, as a parser of CommonMark with tables sees it."""

from __future__ import annotations

import re

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.registry import RULES
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.reports.markdown_report import MOST_FINDINGS, render_markdown
from ansible_collections.mailops.cloudflare.tests.unit.support_reports import (
    FAILED,
    HOSTILE,
    audit,
    compared,
    document,
    finding,
    hostile,
    hostile_failure,
    shortened,
)

CODE = re.compile(r"`[^`\n]*`")
OWN = re.compile(r"</?(details|summary|sub)>")


def test_a_manager_reads_the_first_line():
    lines = render_markdown(compared()).splitlines()
    assert lines[0] == "## Audit of the mail domains"
    assert lines[2].startswith("**4 of 1000 domains are less protected than decided.** 993 domains are as declared.")
    assert "critical 2 · high 5 · medium 3 · low 1" in lines
    assert "Since the audit of 3 November 2026, 03:00 UTC: 5 new, 1 gone, 6 as before." in lines


def test_a_part_is_named_in_the_head():
    lines = render_markdown(document(audit(scope=["example.com", "`x`|@everyone"]))).splitlines()
    assert lines[4] == r"This is an audit of a part: example.com, \`x\`\|\@everyone. Other domains were not looked at."


def test_a_note_is_told():
    noted = {**finding("ES-NEXTHOP-001", "example.com", "a", "b"), "note": "A waiver allows another live value: `x`"}
    assert "- `example.com`: `A waiver allows another live value: \\x60x\\x60`" in render_markdown(document(audit([noted]))).splitlines()


def test_a_row():
    row = f"| high | `example.net` | {RULES['ES-TLS-001'].title} (`ES-TLS-001`) | `true` | `false` | 2026-11-02 |"
    assert row in render_markdown(compared()).splitlines()
    assert any(line.startswith("| critical | `example.com` |") and line.endswith("| **new** |") for line in render_markdown(compared()).splitlines())


def test_further_things_are_folded():
    text = render_markdown(compared())
    assert re.findall("<summary>(.*)</summary>", text) == [
        "What it means, and what to do",
        "1 gone",
        "1 waived",
        "1 live domain declared by nobody",
    ]
    assert "`The mailing house has no TLS yet`" in text


def test_nothing_to_tell_is_told_shortly():
    lines = render_markdown(document(audit())).splitlines()
    assert lines[2:-4] == [
        "**All 1000 domains are as declared.**",
        "",
        "critical 0 · high 0 · medium 0 · low 0",
    ]
    assert lines[-3].startswith("<sub>Not looked at, because the API does not show it: auto-moves")


def test_what_no_audit_looks_at_is_named_unless_it_failed():
    for words in ("auto-moves", "Direct Send", "MX records", "whether mail arrives"):
        assert words in render_markdown(document(audit()))
        assert words not in render_markdown(document(FAILED))


def test_an_audit_that_failed():
    text = render_markdown(document(FAILED))
    assert "**The audit failed, so nothing is known of the account.** No earlier audit is known." in text
    assert f"`auth`: `{FAILED['msg']}`" in text


def test_what_is_left_out_is_told():
    assert "This report does not hold everything: findings: 2 of 5 are left out." in render_markdown(shortened())


def test_the_worst_are_shown_and_the_others_counted():
    findings = [finding("ES-TLS-001", f"d{number:04}.example.com", True, False) for number in range(MOST_FINDINGS + 950)]
    text = render_markdown(document(audit(findings)))
    assert text.count("| high |") == MOST_FINDINGS
    assert "And 950 more, which the other reports hold." in text


@pytest.mark.parametrize("text", [*HOSTILE.values(), "|" * 400, "`" * 400, "\n" * 400, "\u202e" * 400], ids=lambda text: repr(text[:20]))
def test_it_fits_in_a_comment(text):
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
def test_hostile_text_stands_in_code_or_is_escaped(made, text):
    markdown = render_markdown(made(text))
    assert all(line.isprintable() for line in markdown.split("\n"))
    rest = OWN.sub("", CODE.sub("", markdown))
    # Every sign that could begin something is escaped, or one of ours.
    assert not re.search(r"(?<!\\)[`<>\[\]]", rest)
    assert not re.search(r"(?<!\\)[@#](?!# )", rest.removeprefix("## "))
    for line in markdown.splitlines():
        if line.startswith("|"):
            assert len(re.findall(r"(?<!\\)\|", line)) in (4, 6, 7)


def test_names_are_shown_as_they_are():
    assert f"`{HOSTILE['template']}`" in render_markdown(hostile(HOSTILE["template"]))
    assert "\\x7c a \\x7c b" in render_markdown(hostile(HOSTILE["table"]))
