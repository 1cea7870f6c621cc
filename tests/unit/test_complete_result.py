"""save_result(), load_result() and plain_result(): the complete result of one task for another task of the same run."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from ansible import constants
from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.complete_result import KEY, load_result, plain_result, save_result

COMPLETE = {"findings": [1, 2, 3]}


def test_saved_result_is_loaded_in_place_of_the_shortened_one():
    path = save_result(json.dumps(COMPLETE))
    assert load_result({"findings": [1], KEY: path}) == COMPLETE


def test_saved_result_can_be_read_by_the_user_only_and_is_removed_with_ansible():
    path = Path(save_result("{}"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.parent == Path(constants.DEFAULT_LOCAL_TMP)


def test_result_without_a_file_is_returned():
    assert load_result(COMPLETE) is COMPLETE


def test_file_that_is_gone_or_damaged_is_ignored():
    path = Path(save_result("{"))
    result = {"findings": [1], KEY: str(path)}
    assert load_result(result) is result
    path.unlink()
    assert load_result(result) is result


@pytest.mark.parametrize("where", ["elsewhere", "another name", "link", "above"])
def test_file_of_somebody_else_is_not_read(where, tmp_path):
    """A registered result may come from a cache or from another host."""
    own = Path(save_result(json.dumps(COMPLETE)))
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
    given = wrap_var({"domain": "example.com", KEY: save_result(json.dumps(COMPLETE))})
    assert plain_result(given) == COMPLETE
    plain = plain_result(wrap_var({"domain": "example.com"}))
    assert plain == {"domain": "example.com"}
    assert plain["domain"].__class__ is str


def test_plain_result_of_a_value_that_contains_itself_is_an_error():
    result = {}
    result["self"] = result
    with pytest.raises(ValueError, match="cannot be written as JSON"):
        plain_result(result)
