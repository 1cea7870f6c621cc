"""json_parts(): the same text as that of the whole document, in parts of a limited size."""

from __future__ import annotations

import json

import pytest
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.reports import json_parts as json_parts_module
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.reports.json_parts import json_parts
from hypothesis import given
from hypothesis import strategies as st

VALUES = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)


@given(items=st.lists(VALUES, max_size=9), other=VALUES, at_once=st.integers(1, 4), indent=st.integers(1, 4), sort_keys=st.booleans())
def test_json_parts_are_the_text_of_the_whole_document(items, other, at_once, indent, sort_keys):
    def document(found):
        return {"b": other, "found": found, "a": {"found": []}, "c": '\n "found": []'}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_parts_module, "_ITEMS", at_once)
        parts = list(json_parts(document([]), "found", items, depth=1, indent=indent, sort_keys=sort_keys))
    assert "".join(parts) == json.dumps(document(items), indent=indent, sort_keys=sort_keys) + "\n"
    assert len(parts) == 2 + -(-len(items) // at_once)


@given(st.lists(VALUES, max_size=4))
def test_json_parts_of_a_member_at_another_depth(items):
    def document(found):
        return {"runs": [{"tool": {"found": []}, "found": found, "last": 1}], "found": []}

    assert "".join(json_parts(document([]), "found", iter(items), depth=3, indent=1)) == json.dumps(document(items), indent=1) + "\n"
