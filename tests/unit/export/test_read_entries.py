"""Entries from lines, and from tables in the column names of the dashboard."""

from __future__ import annotations

import contextlib
import csv
import io

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.desired import desired_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.registry import LIST_NAMES, RESOURCES
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.csv_cells import BYTE_ORDER_MARK, safe_cell
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.export.read_csv import TableError
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.export.read_entries import KEYS, read_entries
from ansible_collections.mailops.cloudflare.tests.unit.work import calls_in
from hypothesis import given
from hypothesis import strategies as st

# As the documentation of the dashboard shows them.
ALLOW = """Pattern, Pattern Type, Verify Email, Trusted Sender, Exempt Recipient, Acceptable Sender, Notes
news.partner.example, DOMAIN, TRUE, false, no, Yes, "SEC-311, marketing"
.*@lists\\.example, Regex, , , , y,
"""
ALLOW_ENTRIES = [
    {
        "pattern": "news.partner.example",
        "pattern_type": "DOMAIN",
        "verify_sender": True,
        "is_trusted_sender": False,
        "is_exempt_recipient": False,
        "is_acceptable_sender": True,
        "comments": "SEC-311, marketing",
    },
    {"pattern": ".*@lists\\.example", "is_regex": True, "is_acceptable_sender": True},
]


def failure(*arguments, **more) -> str:
    with pytest.raises(TableError) as caught:
        read_entries(*arguments, **more)
    return str(caught.value)


class TestLines:
    def test_lines_are_entries(self):
        lines = ["\ufeffevil.example", "", "  # a comment", "   b@evil.example \r", "#another", "\t", "c.example # not a comment"]
        assert read_entries(lines, "pattern") == [{"pattern": "evil.example"}, {"pattern": "b@evil.example"}, {"pattern": "c.example # not a comment"}]

    def test_settings_are_set_on_each_entry(self):
        assert read_entries(["a", "b"], "pattern", {"is_regex": True, "expires": "2027-01-31"}) == [
            {"is_regex": True, "expires": "2027-01-31", "pattern": "a"},
            {"is_regex": True, "expires": "2027-01-31", "pattern": "b"},
        ]

    @pytest.mark.parametrize("key", KEYS)
    def test_every_key_is_that_of_a_list(self, key):
        assert read_entries(["x"], key) == [{key: "x"}]
        assert key in {RESOURCES[name]().resource.key_fields[0] for name in LIST_NAMES}

    def test_no_lines_are_no_entries(self):
        assert read_entries([], "pattern") == read_entries([]) == read_entries(["", "# x"], "pattern") == []

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            ((["a"],), "lines need the name of their field, as in entries('pattern'); it is one of pattern, email, name, domain"),
            ((["a"], "patern"), "the key is 'patern' (did you mean pattern?); it is one of pattern, email, name, domain"),
            ((["a"], ["pattern"]), "the key is a list"),
            ((["a", 1.5], "pattern"), "line 2 is 1.5; it must be a text: write it between quotes"),
            ((["a", None], "pattern"), "line 2 is null"),
            ((["a"], "pattern", {"comment": "x"}), "an entry with the key pattern has no option 'comment' (did you mean comments?)"),
            ((["a"], "pattern", {"pattern": "x"}), "an entry with the key pattern has no option 'pattern'"),
            ((["a"], "email", {"pattern_type": "EMAIL"}), "an entry with the key email has no option 'pattern_type'"),
            ((5, "pattern"), "it is 5; it must be a list of lines, a list of rows, or the text of a CSV file"),
            ((None, "pattern"), "it is null; it must be a list of lines"),
            (({"a": 1}, "pattern"), "it is a mapping"),
        ],
    )
    def test_what_cannot_be_meant_is_refused(self, arguments, words):
        assert words in failure(*arguments)


class TestTables:
    @pytest.mark.parametrize("text", [ALLOW, ALLOW.replace(", ", ",").replace("311,", "311, "), BYTE_ORDER_MARK + ALLOW, ALLOW.replace("\n", "\r\n")])
    def test_the_file_of_the_dashboard_is_read(self, text):
        assert read_entries(text) == ALLOW_ENTRIES

    def test_rows_of_read_csv_are_read(self):
        assert read_entries(list(csv.DictReader(io.StringIO(ALLOW), skipinitialspace=True))) == ALLOW_ENTRIES

    @pytest.mark.parametrize(
        ("text", "key", "entries"),
        [
            (
                "Blocked_Sender,Pattern Type,Notes\na@evil.example,EMAIL,John\nevil.example,domain,",
                None,
                [{"pattern": "a@evil.example", "pattern_type": "EMAIL", "comments": "John"}, {"pattern": "evil.example", "pattern_type": "DOMAIN"}],
            ),
            (
                "Domain,Proximity,New,Notes\na.example,true,false,x",
                None,
                [{"pattern": "a.example", "is_similarity": True, "is_recent": False, "comments": "x"}],
            ),
            ("Domain,Notes,Proximity,Recent\na.example,x,true,1", None, [{"pattern": "a.example", "comments": "x", "is_similarity": True, "is_recent": True}]),
            ("Display_Name,Email\nAnn Lee,ceo@example.com", None, [{"name": "Ann Lee", "email": "ceo@example.com"}]),
            (
                'Display Name,Email,Notes\nAnn Lee,"ceo@example.com, ann@home.example;",x',
                None,
                [{"name": "Ann Lee", "email": "ceo@example.com", "comments": "x"}, {"name": "Ann Lee", "email": "ann@home.example", "comments": "x"}],
            ),
            ('email,name,is_email_regex\n"a{1,2}@x",Ann,true', None, [{"email": "a{1,2}@x", "name": "Ann", "is_email_regex": True}]),
            (
                "Name,Pattern,Targets,Enabled,Notes\nGift cards,gift,subject body,off,x",
                None,
                [{"name": "Gift cards", "pattern": "gift", "targets": ["SUBJECT", "BODY"], "enabled": False, "notes": "x"}],
            ),
            (
                "Domain,Exclude,Notes\nbank.example,a.bank.example b.bank.example,x",
                None,
                [{"domain": "bank.example", "exclude": ["a.bank.example", "b.bank.example"], "comments": "x"}],
            ),
            ("Domain,Notes\nbank.example,x", "domain", [{"domain": "bank.example", "comments": "x"}]),
            ("Domain,Notes\nbank.example,x", None, [{"pattern": "bank.example", "comments": "x"}]),
            ("PATTERN;comments;expires\nx;y, z;2027-01-31", None, [{"pattern": "x", "comments": "y, z", "expires": "2027-01-31"}]),
            ("pattern,state\nx,absent", "pattern", [{"pattern": "x", "state": "absent"}]),
            ("id,pattern,created_at,Modified At\n7,x,2026,2026\n8,,,", None, [{"pattern": "x"}, {"id": "8"}]),
            ("Pattern\n\n  \nx\n", None, [{"pattern": "x"}]),
            ("Pattern,Notes\n", None, []),
        ],
    )
    def test_tables_of_each_list(self, text, key, entries):
        assert read_entries(text, key) == entries

    def test_a_cell_outranks_a_setting(self):
        assert read_entries("Pattern,Notes\na,own\nb,", None, {"comments": "feed", "state": "present"}) == [
            {"comments": "own", "state": "present", "pattern": "a"},
            {"comments": "feed", "state": "present", "pattern": "b"},
        ]

    def test_cells_that_a_spreadsheet_must_not_evaluate_are_restored(self):
        text = "+1@evil.example"
        assert safe_cell(text) != text
        assert read_entries(f"Pattern,Notes\n{safe_cell(text)},{safe_cell('=1+1')}") == [{"pattern": text, "comments": "=1+1"}]

    def test_values_of_rows_may_have_types(self):
        rows = [{"pattern": "x", "is_regex": True, "expires": "2027-01-31"}, {"name": "n", "pattern": "x", "targets": ["body"]}]
        assert read_entries(rows[:1]) == rows[:1]
        assert read_entries(rows[1:]) == [{**rows[1], "targets": ["BODY"]}]

    @pytest.mark.parametrize(
        ("value", "words"),
        [
            ("", "it has no first row with the names of the columns"),
            (" \n", "it has no first row with the names of the columns"),
            (
                "Pattern,Verify Mail\nx,y",
                "its first row has an unknown column 'Verify Mail' (did you mean Verify Email?); the columns are Pattern, Blocked Sender,",
            ),
            ("Pattern,Pattern\nx,y", "it has the column 'Pattern' more than once"),
            ("Pattern,Blocked Sender\nx,y", "it has several columns for pattern, one of them 'Blocked Sender'"),
            ("Notes\nx", "it has no column for pattern"),
            ("evil.example\nb.example", "Of a file with one entry on each line, pass the lines: splitlines()"),
            ("Pattern,Notes\nx,a\n,b", "row 3 has no pattern"),
            ("Pattern,Notes\nx,a,b", "row 2 has 3 cells, but there are 2 columns"),
            ("Pattern,Verify Email\nx,yes\ny,maybe", "row 3 ('y'): Verify Email is 'maybe'; write true or false"),
            ("Pattern,Pattern Type\nx,HOST", "row 2 ('x'): Pattern Type is 'HOST'; write EMAIL, DOMAIN, IP or REGEX"),
            ('Pattern\n"x', "it is not valid CSV"),
            ([{"Pattern": "x"}, "y"], "row 3 is 'y', and others are mappings of columns to cells"),
            ([{"Pattern": "x", "null": ["y"]}], "row 2 has a cell without a column"),
            ([{"Pattern": "x", "Colour": "y"}], "row 2 has an unknown column 'Colour'"),
            ([{"Pattern": ["x"]}], "row 2 (a list): Pattern is a list; it must be a text"),
        ],
    )
    def test_what_cannot_be_read_without_a_guess_is_refused(self, value, words):
        assert words in failure(value)

    def test_an_unknown_setting_is_refused(self):
        assert "has no option 'expire' (did you mean expires?)" in failure("Pattern\nx", None, {"expire": "2027-01-31"})


@given(st.lists(st.text(), max_size=5))
def test_lines_of_any_text_are_kept_to_the_letter(lines):
    texts = [(text.removeprefix("\ufeff") if number == 0 else text).strip() for number, text in enumerate(lines)]
    assert [entry["pattern"] for entry in read_entries(lines, "pattern")] == [text for text in texts if text and not text.startswith("#")]


@given(
    st.lists(st.dictionaries(st.sampled_from(["Pattern", "Notes", "Verify Email", "id", "x"]), st.text() | st.booleans() | st.none(), max_size=4), max_size=3)
)
def test_rows_of_any_kind_are_read_or_refused(rows):
    with contextlib.suppress(TableError):
        assert all("pattern" in entry or "id" in entry for entry in read_entries(rows))


def test_what_is_read_is_what_the_lists_take():
    desired_from_options(RESOURCES["allow_policies"]().resource, ALLOW_ENTRIES[0])
    desired_from_options(RESOURCES["impersonation_registry"]().resource, read_entries("Display_Name,Email\nAnn Lee,ceo@example.com")[0])


def test_work_for_many_rows_is_linear():
    def work(count):
        text = "Pattern,Pattern Type,Notes\n" + "".join(f"s{number}.example,DOMAIN,feed\n" for number in range(count))
        return calls_in(lambda: read_entries(text))

    assert work(5000) < 11 * work(500)
