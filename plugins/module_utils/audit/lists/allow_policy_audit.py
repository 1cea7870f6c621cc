# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit of allow policies, and its drift checks. Pure.

An undeclared policy is as bad as what it exempts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from ...reconcile.desired import DesiredObject
from ...resources.allow_policies import ALLOW_POLICY
from ..rule import Severity
from .allow_policy_cross import CROSS_CHECKS, CROSS_LIST_CHECKS
from .allow_policy_health import HEALTH_CHECKS
from .allow_policy_rules import ALLOW_POLICY_RULES
from .endings import end_of
from .entry import Account, Entry, EntryMatch, ListAudit
from .exemption import (
    exemption_text,
    exempts_sender,
    is_network,
    is_verified,
    matches_addresses_only,
    skips_every_detection,
)

_SKIPS_EVERYTHING = ("is_trusted_sender", "is_exempt_recipient")
_FLAGS = (*_SKIPS_EVERYTHING, "is_acceptable_sender")


class _Exemption(NamedTuple):
    """The rule on an undeclared policy, and its severity."""

    rule_id: str
    severity: Severity


def _exemption_of(entry: Entry) -> _Exemption | None:
    """The worst that an undeclared policy does; None if it exempts nothing."""
    if skips_every_detection(entry):
        return _Exemption("ES-ALLOW-001", "critical")
    if not exempts_sender(entry):
        return None
    if is_verified(entry):
        return _Exemption("ES-ALLOW-003", "medium")
    # The static address of a server is the recommended form for senders that fail verification.
    return _Exemption("ES-ALLOW-002", "medium" if is_network(entry) else "high")


def _check_undeclared(entry: Entry, account: Account) -> Iterator[EntryMatch]:
    exemption = _exemption_of(entry)
    if exemption is not None:
        yield EntryMatch(exemption.rule_id, exemption.severity, live=exemption_text(entry))


def _check_missing(desired: DesiredObject, account: Account) -> Iterator[EntryMatch]:
    flags = [name for name in (*_FLAGS, "verify_sender") if desired.settings.get(name)]
    yield EntryMatch("ES-ALLOW-007", declared=flags)


def _check_difference(entry: Entry, field: str, declared: Any, live: Any, account: Account) -> Iterator[EntryMatch]:
    if field in _FLAGS:
        gained = "ES-ALLOW-004" if field in _SKIPS_EVERYTHING else "ES-ALLOW-006"
        yield EntryMatch(gained if live is True else "ES-ALLOW-007", None, field, declared, live)
    elif field == "verify_sender":
        is_off = live is not True
        severity: Severity | None = ("low" if matches_addresses_only(entry) else "high") if is_off else None
        yield EntryMatch("ES-ALLOW-005" if is_off else "ES-ALLOW-007", severity, field, declared, live)
    elif field == "pattern_type":
        # With another type than the one that fits its pattern, a policy matches less than it should, if anything.
        yield EntryMatch("ES-ALLOW-007", None, field, declared, live)
    elif field in ALLOW_POLICY.key_fields:
        # It was selected by its id: what is declared is not live, and what is live is not declared.
        yield EntryMatch("ES-ALLOW-007", None, field, declared, live)
        yield from (match._replace(field=field) for match in _check_undeclared(entry, account))


def _check_unwanted(entry: Entry, account: Account) -> Iterator[EntryMatch]:
    exemption = _exemption_of(entry)
    yield EntryMatch("ES-ALLOW-008", exemption.severity if exemption else "low", declared=end_of(entry), live=exemption_text(entry))


AUDIT = ListAudit(
    resource=ALLOW_POLICY,
    rules=ALLOW_POLICY_RULES,
    undeclared=_check_undeclared,
    judges_undeclared=True,
    missing=_check_missing,
    differing=_check_difference,
    unwanted=_check_unwanted,
    checks=(*HEALTH_CHECKS, *CROSS_CHECKS),
    list_checks=CROSS_LIST_CHECKS,
)
