# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks that every list has, and those of lists as a whole. Pure.

The rules ES-LIST-001, -002 and -005 are matched where lists are compared and read: in matching.py and account_audit.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from ...resources.entry_types import UNKNOWN_TYPE
from ...resources.mail_flow import is_inline
from .entry import Account, Entry, EntryMatch, ListAudit
from .list_rules import MAX_ALLOW_POLICIES, MIN_FOR_SHARE, TRUSTED_SHARE
from .reach import is_regex, pattern_of, reading_of

ListMatches = Iterator[tuple["Entry | None", EntryMatch]]
ListCheck = Callable[[Account], Iterable[tuple["Entry | None", EntryMatch]]]


def check_pattern_type(entry: Entry, account: Account) -> Iterator[EntryMatch]:
    """Whether the entry has a type that the API refuses."""
    if str(entry.settings.get("pattern_type")).upper() == UNKNOWN_TYPE:
        yield EntryMatch("ES-LIST-003", live=UNKNOWN_TYPE)


def check_readable(entry: Entry, account: Account) -> Iterator[EntryMatch]:
    """Whether the regular expression of an entry could be read. An entry without one has nothing to read."""
    if is_regex(entry) and pattern_of(entry) and reading_of(entry) is None:
        yield EntryMatch("ES-LIST-004")


def check_allow_policies(account: Account) -> ListMatches:
    """Whether there are too many allow policies, or too many that trust senders."""
    policies = account.entries.get("allow_policies", ())
    total, trusted = len(policies), sum(entry.settings.get("is_trusted_sender") is True for entry in policies)
    if total > MAX_ALLOW_POLICIES or (total >= MIN_FOR_SHARE and trusted * TRUSTED_SHARE > total):
        yield None, EntryMatch("ES-LIST-007", live=f"{total} entries, of which {trusted} trust their senders")


def _check_effect_of(name: str) -> ListCheck:
    def check_effect(account: Account) -> ListMatches:
        """Whether the list is of no use because no domain is inline."""
        entries = account.entries.get(name, ())
        if entries and account.domains is not None and not any(is_inline(domain.settings) for domain in account.domains):
            yield None, EntryMatch("ES-LIST-006", live="1 entry" if len(entries) == 1 else f"{len(entries)} entries")

    return check_effect


# For the entries of every list.
ENTRY_CHECKS: tuple[Callable[[Entry, Account], Iterable[EntryMatch]], ...] = (check_pattern_type, check_readable)
# By list, for the list as a whole.
LIST_CHECKS: dict[str, tuple[ListCheck, ...]] = {
    "allow_policies": (check_allow_policies,),
    "sending_domain_restrictions": (_check_effect_of("sending_domain_restrictions"),),
    "url_ignore_patterns": (_check_effect_of("url_ignore_patterns"),),
}


def with_common_checks(audit: ListAudit) -> ListAudit:
    """Add the checks that every list has, and those of the list as a whole, to the rules and checks of a list."""
    return audit._replace(checks=(*audit.checks, *ENTRY_CHECKS), list_checks=(*audit.list_checks, *LIST_CHECKS.get(audit.resource.name, ())))
