"""safe_cell(): which cells a spreadsheet would evaluate. Both CSV writers use it."""

from __future__ import annotations

import csv
import io
import unicodedata

import pytest
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.csv_cells import safe_cell
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.export.domains_csv import domains_csv
from ansible_collections.mailops.cloudflare.tests.unit.support import live
from ansible_collections.mailops.cloudflare.tests.unit.support_reports import audit, csv_text, document, finding
from hypothesis import given
from hypothesis import strategies as st

FORMULAS = [
    *("=1+1", "+1", "-1", "@sum(a1)", "\t=1", "\r=1", "\n=1", "\t1", "\n1", " =1", "  \t=1", "\u00a0=1", "\u3000+1"),
    *("\x00=1", "\x01 -1", "\x7f@x", "\x85=1", "\u200b=1", "\ufeff=1", "\u202e=1", "\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20x", "\ue000=1"),
]


@pytest.mark.parametrize("text", FORMULAS)
def test_safe_cell_formula_gets_an_apostrophe(text):
    assert safe_cell(text) == f"'{text}"
    assert safe_cell("escaped", text) == "'escaped"


@pytest.mark.parametrize("text", ["", " ", "\x00", "a=1", "1-1", "'=1", "192.0.2.0/24", "\u00fc", "(=1)", '"=1"'])
def test_safe_cell_other_text_is_unchanged(text):
    assert safe_cell(text) == text


@given(st.text(max_size=6).map(lambda text: text + "=1") | st.text(alphabet="=+-@ \t\x01\u200ba1", max_size=6))
def test_both_writers_protect_the_same_cells(text):
    [_head, finding_row] = csv.reader(io.StringIO(csv_text(document(audit([finding("ES-NEXTHOP-001", "a.example", "x", text)]))).lstrip("\ufeff"), newline=""))
    rows = csv.reader(io.StringIO(domains_csv([live(transport=text)]).lstrip("\ufeff"), newline=""))
    transport = list(rows)[1][11]
    assert finding_row[4].startswith("'") == safe_cell(text).startswith("'")
    # This cell contains the normal form of the host, without blanks at the ends.
    assert safe_cell(transport) == transport
    assert transport.startswith("'") or not safe_cell(text.strip()).startswith("'")


@given(st.text(max_size=8))
def test_safe_cell_any_text_does_not_begin_a_formula(text):
    shown = safe_cell(text)
    first = next((character for character in unicodedata.normalize("NFKC", shown) if unicodedata.category(character)[0] not in "CZ"), "")
    assert first not in ("=", "+", "-", "@")
