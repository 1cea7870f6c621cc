"""The table of the register in the HTML report."""

from __future__ import annotations

import re
from html import unescape

import pytest
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.reports.exemption_view import COLUMNS, exemption_anchors, exemption_rows
from ansible_collections.mailops.cloudflare.tests.unit.support_reports import HOSTILE, document, exemption, list_audit, list_finding


def rows(exemptions, findings=(), anchors=None):
    report = document(list_audit(findings, exemptions=exemptions))
    return list(map(str, exemption_rows(report["exemptions"], anchors or {}, report["audited_at"])))


def cells(row):
    return [unescape(re.sub("<.*?>", "", cell)) for cell in re.findall(r"<t[hd].*?>(.*?)</t[hd]>", row)]


def test_row_has_a_cell_for_each_column():
    [row] = rows([exemption("partner.example", expires="2027-01-31")])
    found = cells(row)
    assert len(found) == len(COLUMNS) + 1
    assert found == [
        *("partner.example", "", "Allow policies", "acceptable sender, verified", "senders of partner.example", "SEC-311, marketing"),
        *("293 days", "2027-01-31", "declared"),
    ]
    assert row.startswith('<tr id="e0" data-list="allow_policies">')


def test_row_is_marked_for_the_filters():
    [row] = rows([exemption("partner.example", declared=False, age_days=None)])
    assert row.startswith('<tr id="e0" class="n o" data-list="allow_policies">')
    assert cells(row)[6] == ""


def test_worst_finding_leads_to_its_explanation():
    findings = [list_finding("ES-ALLOW-001", "allow_policies", "a.example"), list_finding("ES-LIST-002", "allow_policies", "a.example")]
    [row] = rows([exemption("a.example")], findings, {("critical", "ES-ALLOW-001", "allow_policies"): "f7"})
    assert '<td><a class="critical" href="#f7">critical</a> and 1 more</td>' in row
    [row] = rows([exemption("a.example")], findings)
    assert "<td>critical and 1 more</td>" in row


def test_anchors_are_by_list_and_label():
    report = document(list_audit(exemptions=[exemption("a.example"), exemption("a.example", "trusted_domains", flags=["is_recent"])]))
    assert exemption_anchors(report["exemptions"]) == {("trusted_domains", "a.example"): "e0", ("allow_policies", "a.example"): "e1"}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_text_from_outside_stays_text(text):
    given = exemption(text, flags=[text], comments=text, expires=text, reach=text)
    [row] = rows([given])
    assert row.isprintable()
    assert set(re.findall(r"</?([a-z]+)", row)) <= {"tr", "th", "td", "wbr"}
    assert row.count("<td>") == len(COLUMNS)
    assert len(row) < 15_000
