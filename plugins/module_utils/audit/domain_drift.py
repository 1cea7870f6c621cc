# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drift checks of domains: which rules a difference between a declared and a live setting matches. Pure.

Each check takes the two normal forms, which differ, and returns the ids of the rules that match.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..resources.address_space import is_open_to_a_family, uncovered
from ..resources.field_types import Normal

OTHER_DRIFT = "ES-DRIFT-001"
_SPAM_DISPOSITIONS = {"SUSPICIOUS", "SPAM"}
# Dispositions that legitimate mail may have, and those that only ordinary mail has.
BENIGN_DISPOSITIONS = {"NONE", "UNKNOWN", "EXTERNAL", "ENCRYPTED"}
_ORDINARY_DISPOSITIONS = {"NONE", "UNKNOWN"}
# Retro Scan checks mail that was delivered before, once. It does not scan new mail.
_RETRO_SCAN_ONLY = {"RETRO_SCAN"}


def _check_networks(declared: list[str], live: list[str]) -> list[str]:
    gained, has_unreadable = uncovered(tuple(live), tuple(declared))
    lost, _is_unreadable = uncovered(tuple(declared), tuple(live))
    # The declaration allows all of IPv4 or all of IPv6, and the live list allows neither.
    is_closed = is_open_to_a_family(declared) and not is_open_to_a_family(live)
    return _matching_rules(
        {
            "ES-IP-001": gained,
            "ES-IP-002": lost and not has_unreadable and not is_closed,
            "ES-IP-003": has_unreadable,
            "ES-IP-004": not (gained or lost or has_unreadable),
            "ES-IP-005": lost and not has_unreadable and is_closed,
        }
    )


def _check_dispositions(declared: list[str], live: list[str]) -> list[str]:
    lost, gained = set(declared) - set(live), set(live) - set(declared)
    return _matching_rules(
        {
            "ES-DROP-001": "MALICIOUS" in lost,
            "ES-DROP-002": "SPOOF" in lost,
            "ES-DROP-003": lost & _SPAM_DISPOSITIONS,
            "ES-DROP-004": "BULK" in lost,
            "ES-DROP-005": gained & (BENIGN_DISPOSITIONS - _ORDINARY_DISPOSITIONS),
            "ES-DROP-006": gained - BENIGN_DISPOSITIONS,
            "ES-DROP-007": lost & BENIGN_DISPOSITIONS,
            "ES-DROP-008": "MALICIOUS-BEC" in lost,
            "ES-DROP-009": gained & _ORDINARY_DISPOSITIONS,
        }
    )


def _check_delivery_modes(declared: list[str], live: list[str]) -> list[str]:
    lost, gained = set(declared) - set(live), set(live) - set(declared)
    return _matching_rules(
        {
            "ES-MODE-001": "DIRECT" in lost,
            "ES-MODE-002": set(live) <= _RETRO_SCAN_ONLY and set(declared) - _RETRO_SCAN_ONLY,
            "ES-MODE-003": lost - {"DIRECT"},
            "ES-MODE-004": gained,
        }
    )


def _check_regions(declared: list[str], live: list[str]) -> list[str]:
    # Without regions mail may be processed anywhere. GLOBAL includes all regions.
    is_outside = not live or (set(live) - set(declared) and "GLOBAL" not in declared)
    return _matching_rules({"ES-REGION-001": is_outside, "ES-REGION-002": not is_outside and set(declared) - set(live)})


def _check_folder(declared: str | None, live: str | None) -> list[str]:
    return _matching_rules(
        {
            "ES-SCAN-003": declared == "AllItems" or (declared and not live),
            "ES-SCAN-004": live and (not declared or live == "AllItems"),
        }
    )


def _check_integration(declared: str | None, live: str | None) -> list[str]:
    return _matching_rules({"ES-SCAN-001": declared and not live, "ES-SCAN-002": declared and live, "ES-SCAN-005": not declared and live})


def _boolean_check(weaker: str, stronger: str) -> Callable[[bool, Any], list[str]]:
    # A live value that is neither true nor false is treated as not required.
    return lambda declared, live: [weaker] if declared else _matching_rules({stronger: live is True})


def _always(rule_id: str) -> Callable[[Normal, Normal], list[str]]:
    return lambda declared, live: [rule_id]


def _matching_rules(conditions: dict[str, Any]) -> list[str]:
    return [rule_id for rule_id, applies in conditions.items() if applies]


# By field.
DRIFT_CHECKS: dict[str, Callable[[Any, Any], list[str]]] = {
    "ip_restrictions": _check_networks,
    "drop_dispositions": _check_dispositions,
    "allowed_delivery_modes": _check_delivery_modes,
    "regions": _check_regions,
    "folder": _check_folder,
    "integration_id": _check_integration,
    "require_tls_inbound": _boolean_check("ES-TLS-001", "ES-TLS-003"),
    "require_tls_outbound": _boolean_check("ES-TLS-002", "ES-TLS-004"),
    "transport": _always("ES-NEXTHOP-001"),
    "lookback_hops": _always("ES-HOPS-001"),
    "domain": _always("ES-DOMAIN-004"),
}
