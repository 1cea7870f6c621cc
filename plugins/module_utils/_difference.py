# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""In which direction a live setting differs from the declared one: which rules fire. Pure.

Each function takes the two normal forms, which differ, and answers with the ids of rules.
"""

from __future__ import annotations

import ipaddress
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, Union

from ._fields import Normal, parsed_network

Network = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]

ANYTHING_ELSE = "ES-DRIFT-001"
_EVERYWHERE = ("0.0.0.0/0", "::/0")
_NUISANCE = {"SUSPICIOUS", "SPAM"}
# Dispositions that ordinary mail gets, too; and those that it gets always.
HARMLESS = {"NONE", "UNKNOWN", "EXTERNAL", "ENCRYPTED"}
ORDINARY = {"NONE", "UNKNOWN"}
# It looks at what was delivered before, once.
_LOOK_BACK = {"RETRO_SCAN"}


def rules_for(field: str, declared: Normal, live: Normal) -> list[str]:
    """The rules that a difference of that field breaks, at least one. C(declared) is null where the field is to be cleared."""
    judge = _JUDGES.get(field)
    return (judge(declared, live) if judge else []) or [ANYTHING_ELSE]


def more_than(wide: list[str], narrow: list[str]) -> list[str]:
    """What of the one list of networks the other does not cover; nothing, where that is everything."""
    outside, _unreadable = _outside(tuple(wide), tuple(narrow))
    return [] if set(_EVERYWHERE) <= set(outside) else outside


def is_anywhere(networks: list[str]) -> bool:
    """Whether a list of networks restricts nothing: it is empty, or covers all addresses of IPv4 and of IPv6."""
    return not _outside(_EVERYWHERE, tuple(networks))[0]


def is_open_to_a_family(networks: list[str]) -> bool:
    """Whether a list of networks covers all addresses of IPv4, or all of IPv6."""
    return len(_outside(_EVERYWHERE, tuple(networks))[0]) < len(_EVERYWHERE)


def is_same_space(some: list[str], others: list[str]) -> bool:
    """Whether two lists of networks cover the same addresses. What cannot be read is the same only if it is written in the same way."""
    beyond, is_unreadable = _outside(tuple(some), tuple(others))
    missing, is_other_unreadable = _outside(tuple(others), tuple(some))
    return some == others or not (beyond or missing or is_unreadable or is_other_unreadable)


def _networks(declared: list[str], live: list[str]) -> list[str]:
    gained, unreadable = _outside(tuple(live), tuple(declared))
    lost, _none = _outside(tuple(declared), tuple(live))
    # Where the declaration lets in the whole of IPv4 or of IPv6, and nothing like that is live.
    is_closed = is_open_to_a_family(declared) and not is_open_to_a_family(live)
    return _those(
        {
            "ES-IP-001": gained,
            "ES-IP-002": lost and not unreadable and not is_closed,
            "ES-IP-003": unreadable,
            "ES-IP-004": not (gained or lost or unreadable),
            "ES-IP-005": lost and not unreadable and is_closed,
        }
    )


# Most domains of a fleet have the same two lists.
@lru_cache(maxsize=1024)
def _outside(wide: tuple[str, ...], narrow: tuple[str, ...]) -> tuple[list[str], bool]:
    """What of the one list the other does not cover, as the fewest networks, and whether some of the one cannot be read."""
    networks, unreadable = _space(wide)
    covered, _rest = _space(narrow)
    spans = sorted((network.version, int(network.network_address), int(network.broadcast_address)) for network in covered)
    return [str(network) for network in networks if not _covers(spans, network)], unreadable


def _space(texts: Iterable[str]) -> tuple[list[Network], bool]:
    """The addresses that a list covers, as the fewest networks, and whether some of it cannot be read. The empty list covers all."""
    four: list[ipaddress.IPv4Network] = []
    six: list[ipaddress.IPv6Network] = []
    unreadable = False
    for text in tuple(texts) or _EVERYWHERE:
        try:
            network = parsed_network(text)
        except ValueError:
            unreadable = True
            continue
        if isinstance(network, ipaddress.IPv4Network):
            four.append(network)
        else:
            six.append(network)
    return [*ipaddress.collapse_addresses(four), *ipaddress.collapse_addresses(six)], unreadable


def _covers(spans: Sequence[tuple[int, int, int]], network: Network) -> bool:
    """Whether a network lies in one of these spans. They are those of the fewest networks that there can be, and so none lies across two."""
    first: tuple[int, int] = (network.version, int(network.network_address))
    place = bisect_right(spans, first, key=lambda span: span[:2]) - 1
    return place >= 0 and spans[place][0] == network.version and int(network.broadcast_address) <= spans[place][2]


def _verdicts(declared: list[str], live: list[str]) -> list[str]:
    lost, gained = set(declared) - set(live), set(live) - set(declared)
    return _those(
        {
            "ES-DROP-001": "MALICIOUS" in lost,
            "ES-DROP-002": "SPOOF" in lost,
            "ES-DROP-003": lost & _NUISANCE,
            "ES-DROP-004": "BULK" in lost,
            "ES-DROP-005": gained & (HARMLESS - ORDINARY),
            "ES-DROP-006": gained - HARMLESS,
            "ES-DROP-007": lost & HARMLESS,
            "ES-DROP-008": "MALICIOUS-BEC" in lost,
            "ES-DROP-009": gained & ORDINARY,
        }
    )


def _modes(declared: list[str], live: list[str]) -> list[str]:
    lost, gained = set(declared) - set(live), set(live) - set(declared)
    return _those(
        {
            "ES-MODE-001": "DIRECT" in lost,
            "ES-MODE-002": set(live) <= _LOOK_BACK and set(declared) - _LOOK_BACK,
            "ES-MODE-003": lost - {"DIRECT"},
            "ES-MODE-004": gained,
        }
    )


def _regions(declared: list[str], live: list[str]) -> list[str]:
    # Where nothing is said, mail may be anywhere; and all regions lie in GLOBAL.
    leaves = not live or (set(live) - set(declared) and "GLOBAL" not in declared)
    return _those({"ES-REGION-001": leaves, "ES-REGION-002": not leaves and set(declared) - set(live)})


def _folder(declared: str | None, live: str | None) -> list[str]:
    return _those(
        {
            "ES-SCAN-003": declared == "AllItems" or (declared and not live),
            "ES-SCAN-004": live and (not declared or live == "AllItems"),
        }
    )


def _integration(declared: str | None, live: str | None) -> list[str]:
    return _those({"ES-SCAN-001": declared and not live, "ES-SCAN-002": declared and live, "ES-SCAN-005": not declared and live})


def _flag(weaker: str, stronger: str) -> Callable[[bool, Any], list[str]]:
    # A live value that is neither true nor false does not require anything, as far as is known.
    return lambda declared, live: [weaker] if declared else _those({stronger: live is True})


def _always(rule_id: str) -> Callable[[Normal, Normal], list[str]]:
    return lambda declared, live: [rule_id]


def _those(broken: dict[str, Any]) -> list[str]:
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
