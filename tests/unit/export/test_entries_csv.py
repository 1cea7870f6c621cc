"""Tables of lists in the columns of the dashboard, and that the filter entries reads back what was written."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.csv_cells import BYTE_ORDER_MARK, safe_cell
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.export.entries_csv import TABLES, entries_csv
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.export.read_csv import cell_text, escape_cell
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.export.read_entries import read_entries
from ansible_collections.mailops.cloudflare.tests.unit.lists import allowed, blocked, person, synced
from hypothesis import given
from hypothesis import strategies as st

TRUSTED = {"id": "1", "pattern": "a.example", "is_regex": False, "is_recent": True, "is_similarity": None, "comments": "x"}


def test_tables_have_the_columns_of_the_dashboard():
    assert entries_csv([allowed(1, is_acceptable_sender=True, comments='SEC-311, "x"')], "allow_policies") == (
        'Pattern,Pattern Type,Verify Email,Trusted Sender,Exempt Recipient,Acceptable Sender,Notes\na1.example,DOMAIN,true,false,false,true,"SEC-311, ""x"""\n'
    )
    assert entries_csv([blocked(2), blocked(1)], "block_senders") == "Blocked_Sender,Pattern Type,Notes\nb1.example,DOMAIN,\nb2.example,DOMAIN,\n"
    assert entries_csv([TRUSTED], "trusted_domains") == "Domain,Proximity,New,Notes\na.example,false,true,x\n"
    assert entries_csv([person(1)], "impersonation_registry") == "Display_Name,Email\nPerson 1,p1@example.com\n"


def test_more_columns_only_if_an_entry_needs_them():
    regex = blocked(1, pattern=r".*@a\.example", is_regex=True, pattern_type="DOMAIN")
    text = entries_csv([regex, blocked(2)], "block_senders")
    assert text == "Blocked_Sender,Pattern Type,Notes,Regular Expression\n.*@a\\.example,DOMAIN,,true\nb2.example,DOMAIN,,false\n"
    assert read_entries(text) == [
        {"pattern": r".*@a\.example", "pattern_type": "DOMAIN", "is_regex": True},
        {"pattern": "b2.example", "pattern_type": "DOMAIN", "is_regex": False},
    ]
    people = entries_csv([person(1, comments="board"), person(2, email="a{1,2}@x", is_email_regex=True)], "impersonation_registry")
    assert people.startswith("Display_Name,Email,Regular Expression,Notes\n")
    assert read_entries(people)[1] == {"name": "Person 1", "email": "p1@example.com", "is_email_regex": False, "comments": "board"}


@pytest.mark.parametrize("name", TABLES)
def test_empty_list_is_a_table_without_rows(name):
    assert read_entries(entries_csv([], name)) == []


def test_what_a_table_cannot_hold_is_left_out():
    left = [
        blocked(1, comments="a\0b"),
        blocked(2, comments="x" * 140_000),
        blocked(3, pattern_type="UNKNOWN"),
        blocked(4, pattern="x.example"),
        blocked(5, pattern="x.example", comments="y"),
    ]
    # A comment of 140,000 characters is not declared at all: the entry is in the table without it.
    assert [entry["pattern"] for entry in read_entries(entries_csv(left, "block_senders"))] == ["b2.example"]
    people = [person(1), person(2, email='"a,b"@example.com'), person(3, comments="x" * 140_000), synced(4)]
    assert [entry["email"] for entry in read_entries(entries_csv(people, "impersonation_registry"))] == ["p1@example.com"]


def test_byte_order_mark_only_beyond_ascii():
    assert entries_csv([person(1, name="Jörg")], "impersonation_registry").startswith(f"{BYTE_ORDER_MARK}Display_Name,")
    assert read_entries(entries_csv([person(1, name="Jörg")], "impersonation_registry")) == [{"name": "Jörg", "email": "p1@example.com"}]


def test_value_that_is_not_declared_is_an_empty_cell():
    assert entries_csv([blocked(1, pattern_type="IP")], "block_senders").endswith("\nb1.example,,\n")


TEXTS = st.text() | st.text("'=+-@ \t\r\n\"\uff1dx,;")


@given(text=TEXTS)
def test_escaped_cell_is_no_formula_and_is_read_back(text):
    cell = escape_cell(text)
    assert cell_text(cell) == text
    assert safe_cell(cell) == cell


@given(comments=TEXTS.filter(lambda text: "\0" not in text))
def test_any_comment_is_read_back(comments):
    [entry] = read_entries(entries_csv([blocked(1, comments=comments)], "block_senders"))
    assert entry.get("comments", "") == comments
