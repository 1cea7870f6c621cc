"""What the mutation tests asked for."""

from __future__ import annotations

from ansible_collections.mailops.cloudflare.plugins.module_utils._fleet import _is_batch_worth_it


def test_twenty_writes_are_looked_at_by_name_however_large_the_account():
    assert _is_batch_worth_it("auto", 20, 20)
    assert not _is_batch_worth_it("auto", 21, 20)
