"""Shell patterns in options."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.shell_pattern import shell_pattern


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("*.example", "a.b.example", True),
        ("*.example", "example", False),
        ("a?.example", "ab.example", True),
        ("a?.example", "a.example", False),
        ("a.example", "axexample", False),
        ("a.example", "a.example.net", False),
        # Brackets are no set of letters.
        ("[ab].example", "a.example", False),
        ("^[ab]*", "^[ab]+@x$", True),
        ("*", "two\nlines", True),
    ],
)
def test_wildcards_match_and_everything_else_is_literal(pattern, text, matches):
    assert (shell_pattern(pattern).match(text) is not None) is matches
