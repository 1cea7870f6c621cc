"""list_mistakes: what is said of a variable that is no list of entries."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.variables.list_mistakes import list_mistakes

OMIT = "__omit_place_holder__1"
NAME = "email_security_block_senders"
ENTRY = {"pattern": "evil.example"}


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (None, "null"),
        ("", "an empty string"),
        ("evil.example", "a string"),
        ("[{'expires': datetime.date(2027, 1, 31)}]", 'a string with a date that is not quoted (write it as "2027-01-31")'),
        (ENTRY, "a mapping"),
        (5, "5"),
        (OMIT, "omitted"),
        ([ENTRY, "evil.example", None], f"a list with an item that is not a mapping ({NAME}[1])"),
        ([[]], f"a list with an item that is not a mapping ({NAME}[0])"),
    ],
)
def test_value_that_is_no_list_of_entries(value: Any, what: str) -> None:
    says = f"{NAME} is {what}, and must be a list of mappings, one for each entry. For a list without entries, write []. Leave it out."
    assert list(list_mistakes({"email_security_trusted_domains": [ENTRY], NAME: value}, "Leave it out.", OMIT)) == [says]


@pytest.mark.parametrize("value", [[], [ENTRY], (ENTRY,)])
def test_list_of_entries(value: Any) -> None:
    assert list(list_mistakes({NAME: value}, "Leave it out.", OMIT)) == []
