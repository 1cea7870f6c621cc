"""unified_diff(): lines with context, and characters that a terminal would hide."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.export.unified_diff import unified_diff
from hypothesis import given
from hypothesis import strategies as st

TEXTS = st.text(st.sampled_from("ab \r\n\u2028\udcff"), max_size=12)


def test_unified_diff_shows_context():
    before = "".join(f"{number}\n" for number in range(9))
    assert unified_diff(before, before.replace("4", "four"), "x.yml") == [
        "--- x.yml (existing)",
        "+++ x.yml (from the account)",
        "@@ -2,7 +2,7 @@",
        " 1",
        " 2",
        " 3",
        "-4",
        "+four",
        " 5",
        " 6",
        " 7",
    ]


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("a\r\n", "a\n", ["-a\\r", "+a"]),
        ("a", "a\n", ["-a (no line end)", "+a"]),
        ("\udcff\n", "a\n", ["-\\udcff", "+a"]),
        ("", "a\n", ["+a"]),
        ("a\n", "", ["-a"]),
        ("a\u2028b\n", "a\n", ["-a\u2028b", "+a"]),
    ],
)
def test_unified_diff_escapes_hidden_characters(before, after, shown):
    assert unified_diff(before, after, "x")[3:] == shown


@given(TEXTS, TEXTS)
def test_unified_diff_any_texts_empty_only_if_equal_and_printable(before, after):
    lines = unified_diff(before, after, "x")
    assert bool(lines) is (before != after)
    assert not [line for line in lines if "\n" in line or "\r" in line or not line.encode()]
