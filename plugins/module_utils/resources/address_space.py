# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The addresses that lists of networks cover, and whether one list covers another. The empty list covers all addresses. Pure."""

from __future__ import annotations

import ipaddress
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple, Union

from .field_types import collapse, parse_network

Network = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]
Span = tuple[int, int, int]

_EVERYWHERE = ("0.0.0.0/0", "::/0")


def uncovered_networks(wide: list[str], narrow: list[str]) -> list[str]:
    """The networks of `wide` that `narrow` does not cover; empty if these are all addresses."""
    outside, _unreadable = uncovered(tuple(wide), tuple(narrow))
    return [] if set(_EVERYWHERE) <= set(outside) else outside


def is_anywhere(networks: list[str]) -> bool:
    """Whether a list of networks restricts nothing: it is empty, or covers all IPv4 and IPv6 addresses."""
    return all(_covered_families(networks))


def is_open_to_a_family(networks: list[str]) -> bool:
    """Whether a list of networks covers all IPv4 addresses, or all IPv6 addresses."""
    return any(_covered_families(networks))


def _covered_families(networks: list[str]) -> list[bool]:
    """Whether a list of networks covers all IPv4 addresses, and whether it covers all IPv6 addresses."""
    spans = _space(tuple(networks)).spans
    return [_covers(spans, family) for family in _space(_EVERYWHERE).spans]


def is_same_space(some: list[str], others: list[str]) -> bool:
    """Whether two lists of networks cover the same addresses. Lists with entries that cannot be parsed are the same only if they are written alike."""
    beyond, is_unreadable = uncovered(tuple(some), tuple(others))
    missing, is_other_unreadable = uncovered(tuple(others), tuple(some))
    return some == others or not (beyond or missing or is_unreadable or is_other_unreadable)


def is_overlapping(network: Network, networks: tuple[str, ...]) -> bool:
    """Whether a network has addresses in common with a list of networks."""
    spans = _space(networks).spans
    last: tuple[int, int] = (network.version, int(network.broadcast_address))
    place = bisect_right(spans, last, key=lambda known: known[:2]) - 1
    return place >= 0 and spans[place][0] == network.version and spans[place][2] >= int(network.network_address)


# Most domains of an account have the same two lists.
@lru_cache(maxsize=1024)
def uncovered(wide: tuple[str, ...], narrow: tuple[str, ...]) -> tuple[list[str], bool]:
    """The part of `wide` that `narrow` does not cover, as the fewest networks, and whether `wide` has entries that cannot be parsed."""
    space = _space(wide)
    spans = _space(narrow).spans
    return [str(network) for network, span in zip(space.networks, space.spans, strict=True) if not _covers(spans, span)], space.is_unreadable


class _Space(NamedTuple):
    """The addresses that a list covers, as the fewest networks.

    Attributes:
        networks: the networks, sorted.
        spans: of each network the version, and the first and the last address as numbers.
        is_unreadable: whether the list has entries that cannot be parsed.
    """

    networks: tuple[Network, ...]
    spans: tuple[Span, ...]
    is_unreadable: bool


# An audit compares each list several times: with the other list of its domain, and with all addresses.
@lru_cache(maxsize=16384)
def _space(texts: tuple[str, ...]) -> _Space:
    four: list[ipaddress.IPv4Network] = []
    six: list[ipaddress.IPv6Network] = []
    is_unreadable = False
    for text in texts or _EVERYWHERE:
        try:
            network = parse_network(text)
        except ValueError:
            is_unreadable = True
            continue
        if isinstance(network, ipaddress.IPv4Network):
            four.append(network)
        else:
            six.append(network)
    networks: tuple[Network, ...] = (*collapse(four), *collapse(six))
    return _Space(networks, tuple(map(_span, networks)), is_unreadable)


def _span(network: Network) -> Span:
    # Not its attribute broadcast_address, which takes ten times as long.
    first = int(network.network_address)
    return network.version, first, first | (1 << network.max_prefixlen - network.prefixlen) - 1


def _covers(spans: Sequence[Span], span: Span) -> bool:
    """Whether a span lies in one of these spans. They belong to the fewest possible networks, so that no network lies across two."""
    place = bisect_right(spans, span[:2], key=lambda known: known[:2]) - 1
    return place >= 0 and spans[place][0] == span[0] and span[2] <= spans[place][2]
