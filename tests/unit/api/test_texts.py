"""Texts of limited length."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.texts import list_names, printable, quoted, truncate


@pytest.mark.parametrize(("text", "shown"), [("", ""), ("abc", "abc"), ("abcd", "ab…"), ("abcdefgh", "ab…")])
def test_truncate_long_text_ends_with_an_ellipsis(text, shown):
    assert truncate(text, 3) == shown


@pytest.mark.parametrize(("count", "shown"), [(0, ""), (1, "a"), (2, "a, b"), (3, "a, b and 1 more"), (5, "a, b and 3 more")])
def test_list_names_counts_those_beyond_the_limit(count, shown):
    assert list_names(list("abcde")[:count], 2) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [("Büro a.example", "Büro a.example"), ("a\x1b[2Jb", "a\\x1b[2Jb"), ("ü\n\u202e", "ü\\n\\u202e"), ("\ud800", "\\ud800"), ("", "")],
)
def test_printable_escapes_what_a_terminal_would_act_on(text, shown):
    assert printable(text) == shown


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a", "'a'"),
        ("it's", '"it\'s"'),
        ("x" * 120, f"'{'x' * 120}'"),
        ("x" * 121, f"'{'x' * 119}…'"),
        (7, "7"),
        (None, "None"),
        ([1] * 100, "[" + "1, " * 39 + "1…"),
    ],
)
def test_quoted_is_as_python_writes_it_and_shortened(value, expected):
    assert quoted(value) == expected
