"""Results in which a key means something else to Ansible."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.reserved_keys import without_skipped


@pytest.mark.parametrize("skipped", [{}, {"content_policies": "not_entitled"}])
def test_names_of_what_was_skipped_are_removed(skipped):
    assert without_skipped({"changed": True, "skipped": skipped, "skipped_resources": skipped}) == {"changed": True, "skipped_resources": skipped}


@pytest.mark.parametrize("result", [{"skipped": True}, {"skipped": False}, {"changed": False}])
def test_what_ansible_itself_says_is_kept(result):
    assert without_skipped(result) is result
