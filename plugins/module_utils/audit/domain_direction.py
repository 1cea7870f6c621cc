# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The direction of a planned change of a domain: whether it makes the domain less protected. Pure.

A packed module compiles each file that it imports. So this file knows the directions of the drift rules, and does not import the table of rules.
"""

from __future__ import annotations

from typing import Any

from ..reconcile.change import Direction
from .domain_drift import DRIFT_CHECKS

# The drift rules of domain_rules.py with these directions.
# fmt: off
WEAKER_RULES = frozenset((
    "ES-DOMAIN-001", "ES-DOMAIN-004", "ES-DROP-001", "ES-DROP-002", "ES-DROP-003", "ES-DROP-004", "ES-DROP-007", "ES-DROP-008", "ES-IP-001",
    "ES-MODE-001", "ES-MODE-002", "ES-MODE-003", "ES-NEXTHOP-001", "ES-REGION-001", "ES-SCAN-001", "ES-SCAN-003", "ES-TLS-001", "ES-TLS-002",
))
STRONGER_RULES = frozenset((
    "ES-DROP-005", "ES-DROP-006", "ES-DROP-009", "ES-IP-002", "ES-IP-005", "ES-TLS-003", "ES-TLS-004",
))
# fmt: on


def change_direction(field: str, before: Any, after: Any) -> Direction:
    """The direction of a change of one field.

    The change is checked like drift, both ways: what an audit would find after it, if the value before was the declared one, and what an audit
    finds before it. A change that does both is weaker. A rule that matches both ways, such as another next hop, tells no direction.

    Args:
        field: the field. A change of `domain` from or to None is the removal or the creation of the domain.
        before: the value before, in its normal form.
        after: the value after, in its normal form.
    """
    if field == "domain" and None in (before, after):
        # A removed domain is no longer scanned. What a new domain is protected from depends on its MX records, which are unknown.
        return "weaker" if after is None else "neutral"
    check = DRIFT_CHECKS.get(field)
    if check is None:
        return "neutral"
    # If someone else removed the domain in the meantime, its lists are unknown (None).
    before, after = ([] if value is None and isinstance(other, list) else value for value, other in ((before, after), (after, before)))
    caused, repaired = set(check(before, after)), set(check(after, before))
    if repaired & STRONGER_RULES or (caused - repaired) & WEAKER_RULES:
        return "weaker"
    return "stronger" if caused & STRONGER_RULES or (repaired - caused) & WEAKER_RULES else "neutral"
