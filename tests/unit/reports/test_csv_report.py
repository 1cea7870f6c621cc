"""render_csv(): rows, and cells that spreadsheets do not evaluate."""

from __future__ import annotations

import csv
import io

import pytest
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.reports.csv_report import COLUMNS
from ansible_collections.mailops.cloudflare.tests.unit.support_reports import (
    FAILED,
    HOSTILE,
    audit,
    compared,
    csv_text,
    document,
    finding,
    hostile,
    hostile_failure,
    hostile_lists,
    shortened,
    with_lists,
)


def rows(report):
    return list(csv.DictReader(io.StringIO(csv_text(report).removeprefix("\ufeff"), newline="")))


def test_render_csv_row_for_each_finding():
    report = compared()
    assert [(row["rule_id"], row["domain"]) for row in rows(report)] == [(each["rule_id"], each["domain"]) for each in report["findings"]]
    assert tuple(rows(report)[0]) == COLUMNS


def test_render_csv_values():
    by_rule = {row["rule_id"]: row for row in rows(compared())}
    assert by_rule["ES-DROP-003"]["declared"] == "BULK MALICIOUS SPAM"
    assert (by_rule["ES-TLS-001"]["declared"], by_rule["ES-TLS-001"]["live"], by_rule["ES-TLS-001"]["waived"]) == ("true", "false", "false")
    assert by_rule["ES-DOMAIN-002"]["declared"] == ""
    assert by_rule["ES-HEALTH-010"]["live"] == "total_emails_processed=0 total_emails_processed_previous=18"
    waived = by_rule["ES-TLS-002"]
    assert (waived["waived"], waived["waiver_owner"], waived["waiver_expires"]) == ("true", "postmaster@example.com", "2027-03-31")


def test_render_csv_line_ends():
    text = csv_text(compared())
    assert text.count("\r\n") == text.count("\n") == len(compared()["findings"]) + 1


def test_render_csv_failed_audit_is_a_row():
    [row] = rows(document(FAILED))
    assert (row["category"], row["title"], row["message"]) == ("error", "The audit failed", f"auth: {FAILED['msg']}")


def test_render_csv_shortened_result_is_reported():
    assert rows(shortened())[-1]["message"] == "This report is incomplete: findings: 2 of 5 are left out."


def test_render_csv_without_findings_has_only_a_header():
    assert rows(document(audit())) == []


def test_render_csv_begins_with_a_byte_order_mark():
    content = csv_text(compared()).encode()
    assert content.startswith(b"\xef\xbb\xbfseverity,")
    assert next(csv.reader(io.StringIO(content.decode("utf-8-sig"))))[0] == "severity"


def test_render_csv_partial_audit_shows_scope_first():
    report = document(audit(scope=["example.com"]))
    assert rows(report)[0]["message"] == "This is a partial audit: example.com. Other domains were not checked."


def test_render_csv_numbers_stay_numbers():
    report = document(audit([finding("ES-HOPS-001", "example.com", 2, -1)]))
    assert (rows(report)[0]["declared"], rows(report)[0]["live"]) == ("2", "-1")


@pytest.mark.parametrize("text", [*HOSTILE.values(), "-1", "+1", "\t=1", "\r=1", "\n=1", "@x"], ids=lambda text: repr(text[:20]))
@pytest.mark.parametrize("made", [hostile, hostile_failure])
def test_render_csv_hostile_text_is_no_formula(made, text):
    for row in rows(made(text)):
        for cell in row.values():
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝"))
            assert cell.isprintable()
            assert len(cell) <= 32_767


def test_render_csv_only_formulas_get_an_apostrophe():
    assert rows(hostile("=1+1"))[0]["domain"] == "'=1+1"
    assert rows(hostile("\t=1"))[0]["domain"] == "'\\t=1"
    assert rows(hostile("a=1"))[0]["domain"] == "a=1"
    assert rows(hostile(" =1"))[0]["domain"] == "' =1"
    assert rows(hostile("\x01\u200b+1"))[0]["domain"].startswith("'")


def test_render_csv_entries_are_in_the_last_columns():
    assert COLUMNS[-2:] == ("resource", "entry")
    by_rule = {row["rule_id"]: row for row in rows(with_lists())}
    assert (by_rule["ES-ALLOW-004"]["domain"], by_rule["ES-ALLOW-004"]["resource"], by_rule["ES-ALLOW-004"]["entry"]) == (
        "",
        "allow_policies",
        "partner.example",
    )
    assert (by_rule["ES-BLOCK-104"]["resource"], by_rule["ES-BLOCK-104"]["entry"]) == ("block_senders", "")
    assert (by_rule["ES-TLS-001"]["domain"], by_rule["ES-TLS-001"]["resource"]) == ("example.net", "domains")


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_render_csv_hostile_entries_stay_in_their_cells(text):
    for row in rows(hostile_lists(text)):
        assert set(row) == set(COLUMNS)
        assert all(cell.isprintable() and not cell.startswith(("=", "+", "-", "@")) for cell in row.values())
