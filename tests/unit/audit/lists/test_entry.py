"""What the rules on lists judge: the defaults of an audit without checks, and whether an entry is declared."""

from __future__ import annotations

from datetime import datetime, timezone

from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.entry import Account, Entry, ListAudit
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.change import NO_CHANGE
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.desired import DesiredObject
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.plan import PlannedChange
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.block_senders import BLOCK_SENDER

ENTRY = Entry(BLOCK_SENDER, "evil.example", {"id": "1"}, {"pattern": "evil.example"})
DESIRED = DesiredObject(BLOCK_SENDER, None, "present", {"pattern": "evil.example"})


def test_entry_that_no_declaration_is_about_is_undeclared():
    assert not ENTRY.is_declared


def test_entry_is_managed_through_the_api_unless_it_says_otherwise():
    assert (ENTRY.planned, ENTRY.is_synchronized) == (None, False)


def test_account_knows_nothing_by_default():
    account = Account(datetime(2026, 11, 28, tzinfo=timezone.utc))
    assert account[1:] == (frozenset(), None, {}, {}, None)


def test_entry_with_a_plan_is_declared_also_if_nothing_changes():
    assert ENTRY._replace(planned=PlannedChange(DESIRED, "evil.example", ENTRY.live, NO_CHANGE, None)).is_declared


def test_audit_without_checks_finds_nothing():
    account = Account(datetime(2026, 11, 28, tzinfo=timezone.utc))
    audit = ListAudit(BLOCK_SENDER, ())
    found = [audit.undeclared(ENTRY, account), audit.missing(DESIRED, account), audit.differing(ENTRY, "comments", "", "x", account)]
    assert [list(matches) for matches in (*found, audit.unwanted(ENTRY, account))] == [[], [], [], []]
    assert not audit.judges_undeclared
