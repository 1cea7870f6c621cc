# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit of the impersonation registry: how it differs from the declaration. Pure."""

from __future__ import annotations

from typing import Any

from ...reconcile.desired import DesiredObject
from ...resources.impersonation_registry import IMPERSONATION_REGISTRY_ENTRY
from .endings import end_of
from .entry import Account, Entry, EntryMatch, ListAudit, Matches
from .impersonation_registry_checks import (
    check_directory_name,
    check_expression,
    check_maintenance,
    check_names,
    check_other_lists,
    check_undeclared_address,
    is_at_own_domains,
)
from .impersonation_registry_rules import IMPERSONATION_REGISTRY_RULES


def _undeclared(entry: Entry, account: Account) -> Matches:
    yield _by_address("ES-VIP-003", entry, account)


def _missing(desired: DesiredObject, account: Account) -> Matches:
    yield EntryMatch("ES-VIP-001", declared=desired.settings.get("name") or desired.label)


def _differing(entry: Entry, field: str, declared: Any, live: Any, account: Account) -> Matches:
    if field == "name":
        yield EntryMatch("ES-VIP-004", field=field, declared=declared, live=live)
    # Only an entry that is declared by its id can have another address: then the declared one is missing, and the live one is not declared.
    elif field == "email":
        yield EntryMatch("ES-VIP-001", field=field, declared=declared, live=live)
        yield _by_address("ES-VIP-003", entry, account)._replace(field=field, declared=declared, live=live)
    elif field == "is_email_regex":
        yield EntryMatch("ES-VIP-001", field=field, declared="a regular expression" if declared else "no regular expression", live=live)


def _unwanted(entry: Entry, account: Account) -> Matches:
    yield _by_address("ES-VIP-005", entry, account)._replace(declared=end_of(entry))


def _by_address(rule_id: str, entry: Entry, account: Account) -> EntryMatch:
    """A match that is worse if the address is not at one of your domains."""
    if is_at_own_domains(entry, account):
        return EntryMatch(rule_id, "low", live="present", direction="neutral")
    return EntryMatch(rule_id, live="present")


AUDIT = ListAudit(
    resource=IMPERSONATION_REGISTRY_ENTRY,
    rules=IMPERSONATION_REGISTRY_RULES,
    undeclared=_undeclared,
    missing=_missing,
    differing=_differing,
    unwanted=_unwanted,
    checks=(check_expression, check_undeclared_address, check_directory_name),
    list_checks=(check_names, check_maintenance, check_other_lists),
)
