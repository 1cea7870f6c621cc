# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit of blocked senders: how they differ from the declaration, and their checks. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...reconcile.desired import DesiredObject
from ...resources.block_senders import BLOCK_SENDER
from .block_sender_checks import BLOCK_SENDER_CHECKS
from .block_sender_rules import BLOCK_SENDER_RULES
from .blocking import ineffective_blocks
from .endings import end_of
from .entry import Account, Entry, EntryMatch, ListAudit, Matches


def _undeclared(entry: Entry, account: Account) -> Matches:
    yield EntryMatch("ES-BLOCK-002", live="present")


def _missing(desired: DesiredObject, account: Account) -> Matches:
    yield EntryMatch("ES-BLOCK-001", declared=desired.label)


def _differing(entry: Entry, field: str, declared: Any, live: Any, account: Account) -> Matches:
    # Only an entry that is declared by its id can have another key: then another sender is blocked than the declared one.
    if field == "pattern":
        yield EntryMatch("ES-BLOCK-001", field=field, declared=declared, live=live)
        yield EntryMatch("ES-BLOCK-002", field=field, declared=declared, live=live)
    if field in ("is_regex", "pattern_type"):
        yield EntryMatch("ES-BLOCK-003", field=field, declared=_type_text(declared), live=_type_text(live))


def _type_text(value: Any) -> Any:
    return {True: "a regular expression", False: "no regular expression"}.get(value, value) if isinstance(value, bool) else value


def _unwanted(entry: Entry, account: Account) -> Matches:
    yield EntryMatch("ES-BLOCK-004", declared=end_of(entry), live="present")


def _check_effect(account: Account) -> Iterable[tuple[Entry | None, EntryMatch]]:
    if account.entries.get(BLOCK_SENDER.name) and (match := ineffective_blocks(account)):
        yield None, match


AUDIT = ListAudit(
    resource=BLOCK_SENDER,
    rules=BLOCK_SENDER_RULES,
    undeclared=_undeclared,
    missing=_missing,
    differing=_differing,
    unwanted=_unwanted,
    checks=BLOCK_SENDER_CHECKS,
    list_checks=(_check_effect,),
)
