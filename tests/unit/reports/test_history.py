"""The counts of the last audits, and ages in days."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.reports.history import (
    MAX_ENTRIES,
    days_between,
    history_entry,
    is_time,
    valid_entries,
    with_entry,
)
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.reports.previous import load_previous
from ansible_collections.mailops.cloudflare.tests.unit.support_reports import FAILED, MONDAY, TUESDAY, WEDNESDAY, audit, document, finding, json_text, waived

COUNTS = {"critical": 0, "high": 1, "medium": 0, "low": 0}
TLS = finding("ES-TLS-001", "example.net", True, False)


def night(number):
    return {"audited_at": f"2026-{1 + number // 28:02}-{1 + number % 28:02}T03:00:00Z", "counts": COUNTS}


def test_history_entry_counts_findings_that_are_not_waived():
    assert history_entry(MONDAY, [TLS, waived("ES-TLS-002", "example.com")]) == {"audited_at": MONDAY, "counts": COUNTS}


def test_with_entry_keeps_the_last_entries():
    history = []
    for number in range(MAX_ENTRIES + 5):
        history = with_entry(history, night(number))
    assert (len(history), history[0], history[-1]) == (MAX_ENTRIES, night(5), night(MAX_ENTRIES + 4))


def test_with_entry_same_audit_counts_once():
    assert with_entry([night(1), night(2)], night(1)) == [night(2), night(1)]


@pytest.mark.parametrize(
    "entry",
    [
        None,
        [],
        {},
        {"audited_at": MONDAY},
        {"audited_at": "yesterday", "counts": COUNTS},
        {"audited_at": 1, "counts": COUNTS},
        {"audited_at": MONDAY, "counts": [1]},
        *({"audited_at": MONDAY, "counts": {**COUNTS, "low": value}} for value in (-1, True, 1.5, "1", None)),
    ],
)
def test_valid_entries_leaves_out_invalid_ones(entry):
    assert valid_entries([night(1), entry]) == [night(1)]
    assert valid_entries(entry) == []


def test_valid_entries_leaves_out_unknown_members():
    newer = {**night(1), "waived": 3, "counts": {**COUNTS, "note": 1}}
    assert valid_entries([newer]) == [night(1)]


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [(MONDAY, MONDAY, 0), (MONDAY, WEDNESDAY, 2), ("2026-11-02T04:00:00Z", TUESDAY, 0), (WEDNESDAY, MONDAY, 0), ("?", MONDAY, None), (MONDAY, "", None)],
)
def test_days_between(first, last, days):
    assert days_between(first, last) == days


def test_is_time():
    assert (is_time(MONDAY), is_time("2026-13-01T00:00:00Z"), is_time("")) == (True, False, False)


class TestReport:
    def test_each_audit_adds_its_counts(self):
        first = document(audit([TLS], at=MONDAY))
        second = document(audit(at=TUESDAY), first)
        assert [(entry["audited_at"], entry["counts"]["high"]) for entry in second["history"]] == [(MONDAY, 1), (TUESDAY, 0)]

    def test_counts_are_those_of_the_summary(self):
        whole = audit([TLS, finding("ES-TLS-001", "example.org", True, False)])
        report = document({**whole, "findings": whole["findings"][:1], "shortened": ["findings: 1 of 2 are left out"]})
        assert report["history"][-1]["counts"]["high"] == 2

    def test_partial_audit_adds_nothing(self):
        first = document(audit([TLS], at=MONDAY))
        assert document(audit(scope=["example.com"]), first)["history"] == first["history"]
        assert document(audit(scope=["example.com"]))["history"] == []

    def test_failed_audit_keeps_the_history(self):
        failed = document(FAILED, document(audit([TLS], at=MONDAY)), now=TUESDAY)
        assert [entry["audited_at"] for entry in failed["history"]] == [MONDAY]
        assert [entry["audited_at"] for entry in document(audit(), failed)["history"]] == [MONDAY, WEDNESDAY]
        assert document(FAILED)["history"] == []

    @pytest.mark.parametrize("scope", [None, ["example.com"]])
    def test_report_without_history_begins_it(self, scope):
        earlier = {**document(audit([TLS], at=MONDAY)), "schema_version": "1.1", "scope": scope}
        del earlier["history"]
        assert [entry["counts"]["high"] for entry in load_previous(json_text(earlier)).history] == ([1] if scope is None else [])
