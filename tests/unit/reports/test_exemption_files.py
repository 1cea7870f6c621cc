"""The register as CSV and as Markdown."""

from __future__ import annotations

import csv
import io
import re

import pytest
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.reports.exemption_files import COLUMNS, render_exemptions_csv, render_exemptions_markdown
from ansible_collections.mailops.cloudflare.tests.unit.support_reports import HOSTILE, WEDNESDAY, document, exemption, hostile_lists, list_audit, with_lists

CODE = re.compile(r"`[^`\n]*`")
OWN = re.compile(r"</?sub>")


def rows(report):
    return list(csv.DictReader(io.StringIO(render_exemptions_csv(report).removeprefix("\ufeff"), newline="")))


class TestCsv:
    def test_each_exemption_is_a_row_in_the_order_of_the_register(self):
        report = with_lists()
        assert [(row["list"], row["entry"]) for row in rows(report)] == [(each["resource"], each["entry"]) for each in report["exemptions"]]
        assert tuple(rows(report)[0]) == COLUMNS

    def test_row_has_what_an_auditor_asks_for(self):
        [row] = [row for row in rows(with_lists()) if row["entry"] == "partner.example"]
        assert (row["permits"], row["comments"], row["age_days"], row["expires"]) == ("acceptable sender, verified", "SEC-311, marketing", "293", "2027-01-31")
        assert (row["declared"], row["waived"], row["severity"], row["rules"]) == ("true", "false", "critical", "ES-ALLOW-004 ES-LIST-002")
        assert row["audited_at"] == WEDNESDAY

    def test_line_ends_and_byte_order_mark(self):
        text = render_exemptions_csv(with_lists())
        assert text.startswith("\ufeff")
        assert text.count("\r\n") == text.count("\n") == 9

    def test_register_of_a_shortened_result_says_so(self):
        report = document(list_audit(exemptions=[exemption("a.example")], shortened=["exemptions: 1 of 2 are left out"]))
        assert rows(report)[-1]["comments"] == "This report is incomplete: exemptions: 1 of 2 are left out."
        assert "exemptions: 1 of 2 are left out" in render_exemptions_markdown(report)

    def test_empty_register_has_only_a_header(self):
        assert rows(document(list_audit(exemptions=[]))) == []

    @pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "＝1+1", " =1", "\u200b=1"])
    def test_no_cell_is_a_formula(self, text):
        given = exemption(text, pattern=text, id=text, flags=[text], comments=text, created_at=text, expires=text, reach=text)
        [row] = rows(document(list_audit(exemptions=[given])))
        for name in ("pattern", "reach", "comments", "created", "expires", "entry", "id"):
            assert row[name].startswith("'"), name
        assert not row["permits"].startswith(("=", "+", "-", "@", "\t", " "))

    @pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
    def test_hostile_text_stays_in_its_cell(self, text):
        found = rows(hostile_lists(text))
        assert len(found) == 2
        for row in found:
            assert set(row) == set(COLUMNS)
            assert all(cell.isprintable() and len(cell) <= 32_001 and not cell.startswith(("=", "+", "-", "@")) for cell in row.values())


class TestMarkdown:
    def test_begins_with_the_counts_and_what_was_not_read(self):
        lines = render_exemptions_markdown(with_lists()).splitlines()
        assert lines[0] == "## Register of exemptions"
        assert lines[2] == "**8 exemptions: 3 not declared, 6 without an end, 3 without a comment, 4 with findings.**"
        assert lines[4] == r"Not read, so that nothing is known about it: content policies \(forbidden\)."
        assert lines[-1] == "<sub>Account: Example Ltd. Audited on 4 November 2026, 03:00 UTC with mailops.cloudflare 1.1.0.</sub>"

    def test_each_exemption_is_a_row(self):
        lines = [line for line in render_exemptions_markdown(with_lists()).splitlines() if line.startswith("|")]
        assert len(lines) == 10
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in lines}) == 1
        assert lines[2].startswith("| critical | `ceo@partner.example` | Allow policies | trusted sender, not verified |")

    def test_empty_register_says_so(self):
        assert "**There are no exemptions.**" in render_exemptions_markdown(document(list_audit(exemptions=[])))

    @pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
    def test_hostile_text_stays_text(self, text):
        written = render_exemptions_markdown(hostile_lists(text))
        assert all(line.isprintable() for line in written.split("\n"))
        outside = OWN.sub("", CODE.sub("", written))
        assert not re.search(r"(?<!\\)[<@]|\]\(", outside)
