"""save_long_result(), load_result() and plain_result(): the complete result of one task for another task of the same run."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from ansible import constants
from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.mailops.cloudflare.plugins.plugin_utils import complete_result
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.complete_result import KEY, load_result, plain_result, save_long_result
from hypothesis import given
from hypothesis import strategies as st

COMPLETE = {"changed": False, "findings": [1, 2, 3], "scope": None, "missing": [], "domains": [{"domain": "ä.example"}], "summary": {"findings": 3}}


def save_result(result):
    path, _size = save_long_result(result, 0)
    return path


VALUES = st.none() | st.integers() | st.text() | st.lists(st.text() | st.integers(), max_size=7)


@given(st.dictionaries(st.text(), VALUES), st.integers(1, 3), st.integers(0, 90))
def test_result_is_saved_if_it_is_longer_than_the_limit(result, at_once, limit):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(complete_result, "_ITEMS", at_once)
        path, size = save_long_result(result, limit)
    assert size == len(json.dumps(result))
    assert (path is not None) == (size > limit)
    if path:
        assert Path(path).read_text(encoding="utf-8") == json.dumps(result)
        Path(path).unlink()


def test_saved_result_is_loaded_in_place_of_the_shortened_one():
    assert load_result({"findings": [1], KEY: save_result(COMPLETE)}) == COMPLETE


def test_saved_result_can_be_read_by_the_user_only_and_is_removed_with_ansible():
    path = Path(save_result({}))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.parent == Path(constants.DEFAULT_LOCAL_TMP)


def test_result_is_not_saved_if_there_is_no_room(monkeypatch):
    before = set(Path(constants.DEFAULT_LOCAL_TMP).iterdir())
    full = os.open("/dev/full", os.O_WRONLY)
    fdopen = os.fdopen
    monkeypatch.setattr(os, "fdopen", lambda _descriptor, *arguments, **options: fdopen(full, *arguments, **options))
    assert save_long_result(COMPLETE, 0) == (None, len(json.dumps(COMPLETE)))
    assert set(Path(constants.DEFAULT_LOCAL_TMP).iterdir()) == before


def test_result_without_a_file_is_returned():
    assert load_result(COMPLETE) is COMPLETE


def test_file_that_is_gone_or_damaged_is_ignored():
    path = Path(save_result(COMPLETE))
    path.write_text("{", encoding="utf-8")
    result = {"findings": [1], KEY: str(path)}
    assert load_result(result) is result
    path.unlink()
    assert load_result(result) is result


@pytest.mark.parametrize("where", ["elsewhere", "another name", "link", "above"])
def test_file_of_somebody_else_is_not_read(where, tmp_path):
    """A registered result may come from a cache or from another host."""
    own = Path(save_result(COMPLETE))
    other = tmp_path / own.name
    other.write_text(json.dumps(COMPLETE), encoding="utf-8")
    link = own.with_name(f"{own.stem}-link.json")
    link.symlink_to(other)
    named = own.with_name(f"x{own.name}")
    named.write_text(json.dumps(COMPLETE), encoding="utf-8")
    paths = {"elsewhere": other, "another name": named, "link": link, "above": Path(f"{own.parent}/../{own.parent.name}/{own.name}")}
    result = {"findings": [1], KEY: str(paths[where])}
    assert load_result(result) is result


@pytest.mark.parametrize("path", [None, 7, ["/x"], ""])
def test_path_that_is_no_text_is_ignored(path):
    result = {KEY: path}
    assert load_result(result) is result


def test_plain_result_is_the_complete_one_as_plain_data():
    given = wrap_var({"domain": "example.com", KEY: save_result(COMPLETE)})
    assert plain_result(given) == COMPLETE
    plain = plain_result(wrap_var({"domain": "example.com"}))
    assert plain == {"domain": "example.com"}
    assert plain["domain"].__class__ is str


def test_plain_result_of_a_value_that_contains_itself_is_an_error():
    result = {}
    result["self"] = result
    with pytest.raises(ValueError, match="cannot be written as JSON"):
        plain_result(result)
