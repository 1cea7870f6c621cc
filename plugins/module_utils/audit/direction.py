# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""In which direction a live setting differs from the declared one: which rules fire. Pure.

Each function takes the two normal forms, which differ, and answers with the ids of rules.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..resources.address_space import is_open_to_a_family, uncovered
from ..resources.field_types import Normal

ANYTHING_ELSE = "ES-DRIFT-001"
_SPAM_DISPOSITIONS = {"SUSPICIOUS", "SPAM"}
# Dispositions that ordinary mail gets, too; and those that it gets always.
BENIGN_DISPOSITIONS = {"NONE", "UNKNOWN", "EXTERNAL", "ENCRYPTED"}
ORDINARY_DISPOSITIONS = {"NONE", "UNKNOWN"}
# It looks at what was delivered before, once.
_RETRO_SCAN_ONLY = {"RETRO_SCAN"}


def drift_rules(field: str, declared: Normal, live: Normal) -> list[str]:
    """The rules that a difference of that field breaks, at least one. C(declared) is null where the field is to be cleared."""
    judge = _JUDGES.get(field)
    return (judge(declared, live) if judge else []) or [ANYTHING_ELSE]


def _networks(declared: list[str], live: list[str]) -> list[str]:
    gained, unreadable = uncovered(tuple(live), tuple(declared))
    lost, _none = uncovered(tuple(declared), tuple(live))
    # Where the declaration lets in the whole of IPv4 or of IPv6, and nothing like that is live.
    is_closed = is_open_to_a_family(declared) and not is_open_to_a_family(live)
    return _rules_that_apply(
        {
            "ES-IP-001": gained,
            "ES-IP-002": lost and not unreadable and not is_closed,
            "ES-IP-003": unreadable,
            "ES-IP-004": not (gained or lost or unreadable),
            "ES-IP-005": lost and not unreadable and is_closed,
        }
    )


def _verdicts(declared: list[str], live: list[str]) -> list[str]:
    lost, gained = set(declared) - set(live), set(live) - set(declared)
    return _rules_that_apply(
        {
            "ES-DROP-001": "MALICIOUS" in lost,
            "ES-DROP-002": "SPOOF" in lost,
            "ES-DROP-003": lost & _SPAM_DISPOSITIONS,
            "ES-DROP-004": "BULK" in lost,
            "ES-DROP-005": gained & (BENIGN_DISPOSITIONS - ORDINARY_DISPOSITIONS),
            "ES-DROP-006": gained - BENIGN_DISPOSITIONS,
            "ES-DROP-007": lost & BENIGN_DISPOSITIONS,
            "ES-DROP-008": "MALICIOUS-BEC" in lost,
            "ES-DROP-009": gained & ORDINARY_DISPOSITIONS,
        }
    )


def _modes(declared: list[str], live: list[str]) -> list[str]:
    lost, gained = set(declared) - set(live), set(live) - set(declared)
    return _rules_that_apply(
        {
            "ES-MODE-001": "DIRECT" in lost,
            "ES-MODE-002": set(live) <= _RETRO_SCAN_ONLY and set(declared) - _RETRO_SCAN_ONLY,
            "ES-MODE-003": lost - {"DIRECT"},
            "ES-MODE-004": gained,
        }
    )


def _regions(declared: list[str], live: list[str]) -> list[str]:
    # Where nothing is said, mail may be anywhere; and all regions lie in GLOBAL.
    leaves = not live or (set(live) - set(declared) and "GLOBAL" not in declared)
    return _rules_that_apply({"ES-REGION-001": leaves, "ES-REGION-002": not leaves and set(declared) - set(live)})


def _folder(declared: str | None, live: str | None) -> list[str]:
    return _rules_that_apply(
        {
            "ES-SCAN-003": declared == "AllItems" or (declared and not live),
            "ES-SCAN-004": live and (not declared or live == "AllItems"),
        }
    )


def _integration(declared: str | None, live: str | None) -> list[str]:
    return _rules_that_apply({"ES-SCAN-001": declared and not live, "ES-SCAN-002": declared and live, "ES-SCAN-005": not declared and live})


def _flag(weaker: str, stronger: str) -> Callable[[bool, Any], list[str]]:
    # A live value that is neither true nor false does not require anything, as far as is known.
    return lambda declared, live: [weaker] if declared else _rules_that_apply({stronger: live is True})


def _always(rule_id: str) -> Callable[[Normal, Normal], list[str]]:
    return lambda declared, live: [rule_id]


def _rules_that_apply(broken: dict[str, Any]) -> list[str]:
    return [rule_id for rule_id, is_broken in broken.items() if is_broken]


_JUDGES: dict[str, Callable[[Any, Any], list[str]]] = {
    "ip_restrictions": _networks,
    "drop_dispositions": _verdicts,
    "allowed_delivery_modes": _modes,
    "regions": _regions,
    "folder": _folder,
    "integration_id": _integration,
    "require_tls_inbound": _flag("ES-TLS-001", "ES-TLS-003"),
    "require_tls_outbound": _flag("ES-TLS-002", "ES-TLS-004"),
    "transport": _always("ES-NEXTHOP-001"),
    "lookback_hops": _always("ES-HOPS-001"),
    "domain": _always("ES-DOMAIN-004"),
}
