"""find_undeclared(): what a written policy names as not declared."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.export.policy_yaml import account_yaml
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.export.undeclared import find_undeclared


@pytest.mark.parametrize(
    ("policy", "found"),
    [
        ("", []),
        ("---\n# A comment.\nemail_security_domains:\n  # - a comment of an entry\n  - domain: example.com\n", []),
        ("# Live domains that cannot be declared:\n# - a.example: why.\n# - b.example: why: x # y.\n", ["a.example: why.", "b.example: why: x # y."]),
        ("# 1 person is synchronized.\n# 12 people are synchronized.\n", ["1 person is synchronized.", "12 people are synchronized."]),
        ("# 12 entries\n#- a\nx: '# - a'\n", []),
    ],
)
def test_undeclared(policy, found):
    assert find_undeclared(policy) == found


def test_undeclared_finds_what_the_policy_leaves_out():
    entries = [{"id": 1, "pattern": "old.example", "pattern_type": "UNKNOWN"}, {"id": 2, "pattern": "a.example", "pattern_type": "DOMAIN"}]
    person = {"id": 3, "name": "A. Turing", "email": "alan@example.com", "directory_id": 7, "provenance": "SNOOPY-OFFICE_365"}
    found = find_undeclared(account_yaml({"block_senders": entries, "impersonation_registry": [person]}, []))
    assert [text.partition(":")[0].partition(" is ")[0] for text in found] == ["old.example", "1 person"]
