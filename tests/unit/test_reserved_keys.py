"""Results in which a key means something else to Ansible."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.reserved_keys import hide_results, restore_results

RESULT = {"changed": True, "results": {"block_senders": {}}, "msg": "x"}


def test_results_have_their_name_again():
    """As in releases of ansible-core in which the module's output is a dictionary."""
    printed = hide_results(dict(RESULT))
    assert "results" not in printed
    restored = restore_results(printed)
    assert (restored, set(restored)) == (RESULT, set(RESULT))


def test_copy_of_the_results_is_removed():
    """As in later releases."""
    assert restore_results({**RESULT, "ansible_module_results": RESULT["results"]}) == RESULT


@pytest.mark.parametrize("printed", [{"changed": True}, {"results": [1]}, None, 7])
def test_what_ansible_accepts_is_not_renamed(printed):
    assert hide_results(printed) is printed
    assert printed in ({"changed": True}, {"results": [1]}, None, 7)
