# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit of content policies: how they differ from the declaration. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...reconcile.desired import DesiredObject
from ...resources.block_senders import BLOCK_SENDER
from ...resources.content_policies import CONTENT_POLICY
from .blocking import ineffective_blocks
from .content_policy_checks import check_pattern, check_syntax
from .content_policy_rules import CONTENT_POLICY_RULES
from .endings import end_of
from .entry import Account, Entry, EntryMatch, ListAudit, Matches

_LESS, _MORE = "ES-CONTENT-001", "ES-CONTENT-003"


def _undeclared(entry: Entry, account: Account) -> Matches:
    yield EntryMatch(_MORE, live="present")


def _missing(desired: DesiredObject, account: Account) -> Matches:
    yield EntryMatch(_LESS, declared="present")


def _differing(entry: Entry, field: str, declared: Any, live: Any, account: Account) -> Matches:
    if field == "pattern":
        yield EntryMatch("ES-CONTENT-002", field=field, declared=declared, live=live)
    elif field == "enabled":
        yield EntryMatch(_LESS if declared else _MORE, field=field, declared=declared, live=live)
    elif field == "targets":
        if set(declared) - set(live):
            yield EntryMatch(_LESS, field=field, declared=declared, live=live)
        if set(live) - set(declared):
            yield EntryMatch(_MORE, field=field, declared=declared, live=live)


def _unwanted(entry: Entry, account: Account) -> Matches:
    yield EntryMatch("ES-CONTENT-004", declared=end_of(entry), live="present")


def _check_effect(account: Account) -> Iterable[tuple[Entry | None, EntryMatch]]:
    # With blocked senders, their audit reports it for both.
    if not account.entries.get(BLOCK_SENDER.name) and (match := ineffective_blocks(account)):
        yield None, match


AUDIT = ListAudit(
    resource=CONTENT_POLICY,
    rules=CONTENT_POLICY_RULES,
    undeclared=_undeclared,
    missing=_missing,
    differing=_differing,
    unwanted=_unwanted,
    checks=(check_pattern, check_syntax),
    list_checks=(_check_effect,),
)
