"""Options that must be texts but are lists or mappings."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.text_options import find_non_text_options

SPEC = {
    "plain": {},
    "text": {"type": "str", "aliases": ["other"]},
    "file": {"type": "path"},
    "words": {"type": "list", "elements": "str"},
    "map": {"type": "dict"},
    "any": {"type": "raw"},
    "whole": {"type": "int"},
    "items": {"type": "list", "elements": "dict", "aliases": ["things"], "options": {"name": {"type": "str"}, "inner": {"type": "dict", "options": {"x": {}}}}},
    "one": {"type": "dict", "options": {"name": {"type": "str"}}},
}


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({}, []),
        ({"text": None, "file": "", "plain": 1, "other": True}, []),
        ({"words": [], "map": {}, "any": [], "whole": []}, []),
        ({"text": []}, ["text"]),
        ({"other": {}}, ["other"]),
        ({"text": {"a": 1}, "file": ["a"], "plain": []}, ["plain", "text", "file"]),
        ({"items": [{"name": "a"}, {"name": []}, "x"]}, ["items[1].name"]),
        ({"things": [{"inner": {"x": {}}}]}, ["things[0].inner.x"]),
        ({"items": "name", "one": []}, []),
        ({"one": {"name": ["a"]}}, ["one.name"]),
        ({"unknown": []}, []),
    ],
)
def test_find_non_text_options_yields_the_names_of_lists_and_mappings(options, names):
    assert list(find_non_text_options(SPEC, options)) == names
