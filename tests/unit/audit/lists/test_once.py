"""Indexes of an account are built once."""

from __future__ import annotations

from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.once import OnceForAccount
from ansible_collections.mailops.cloudflare.tests.unit.audit.lists.accounts import account_of


def test_the_last_result_is_remembered_for_the_same_account_only():
    made = []

    @OnceForAccount
    def index(account):
        """The index."""
        made.append(account)
        return len(made)

    first, second = account_of(), account_of()
    assert [index(first), index(first), index(second), index(second), index(first)] == [1, 1, 2, 2, 3]
    assert index.__doc__ == "The index."
