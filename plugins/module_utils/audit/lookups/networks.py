# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses and networks of entries: how wide they are, and whose addresses they cover. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from ...resources.field_types import Network, parse_network
from ..data.networks import SHARED_BY_PLATFORM
from ..domain_health import MIN_PREFIX_LENGTH
from ..lists.entry import Account
from ..lists.once import OnceForAccount

_ADDRESS_LENGTH = {4: 32, 6: 128}
# The version, the first address as a number, and the prefix length.
NetworkKey = tuple[int, int, int]


class Named(NamedTuple):
    """Networks of which one is looked for, with what to say of each: by their keys, and sorted by version and first address."""

    by_key: dict[NetworkKey, tuple[str, str]]
    sorted_keys: list[NetworkKey]
    lengths: dict[int, list[int]]

    def find_overlapping(self, network: Network) -> tuple[str, str] | None:
        """What is said of a network that overlaps another one. Of two networks that overlap, one contains the other."""
        for key in supernets(network, self.lengths.get(network.version, ())):
            if key in self.by_key:
                return self.by_key[key]
        first, last = (network.version, int(network.network_address), 0), (network.version, int(network.broadcast_address), _ADDRESS_LENGTH[network.version])
        place = bisect_right(self.sorted_keys, first)
        return self.by_key[self.sorted_keys[place]] if place < len(self.sorted_keys) and self.sorted_keys[place] <= last else None


# The checks of an entry ask for its network several times.
@lru_cache(maxsize=16384)
def network_of(text: str) -> Network | None:
    """The network that a text is, also of a single address; None if it is none."""
    # Most texts are names, and an exception takes longer than everything else.
    if ":" not in text and not text[:1].isdigit():
        return None
    try:
        return parse_network(text)
    except ValueError:
        return None


def prefix_length(network: str) -> tuple[int, int] | None:
    """The IP version and the prefix length of a network, or of a single address; None if the text is neither."""
    parsed = network_of(network)
    return None if parsed is None else (parsed.version, parsed.prefixlen)


def supernets(network: Network, lengths: Iterable[int]) -> Iterator[NetworkKey]:
    """Yield the keys of the networks with these prefix lengths that contain a network, itself included."""
    address, bits = int(network.network_address), _ADDRESS_LENGTH[network.version]
    for length in lengths:
        if length <= network.prefixlen:
            yield network.version, address >> (bits - length) << (bits - length), length


def named_networks(networks: Iterable[tuple[Network, tuple[str, str]]]) -> Named:
    """Index networks, each with what to say of it. Of equal ones the first counts."""
    by_key: dict[NetworkKey, tuple[str, str]] = {}
    for network, name in networks:
        by_key.setdefault((network.version, int(network.network_address), network.prefixlen), name)
    lengths = {version: sorted({key[2] for key in by_key if key[0] == version}) for version in _ADDRESS_LENGTH}
    return Named(by_key, sorted(by_key), lengths)


def shared_by(network: str) -> str | None:
    """The platform of many tenants whose networks an address or network overlaps, such as Microsoft 365; None if there is none, as far as is known."""
    parsed = network_of(network)
    found = None if parsed is None else _platforms().find_overlapping(parsed)
    return found and found[0]


def gateway_covered(network: str, account: Account) -> tuple[str, str] | None:
    """The addresses of the organization's own gateways that a network covers.

    Own gateways are what the setting `ip_restrictions` of a live domain admits. A network in it that is wider than those of gateways says nothing, nor
    does a list that restricts nothing.

    Args:
        network: an address or network.
        account: the account.

    Returns:
        The address or network in both, and the name of the domain. None if there is none, or if the domains were not read.
    """
    parsed = network_of(network)
    found = None if parsed is None else _gateways(account).find_overlapping(parsed)
    if parsed is None or found is None:
        return None
    admitted, domain = found
    # Of two networks that overlap, one is within the other.
    return _shown(min(parsed, parse_network(admitted), key=lambda one: -one.prefixlen)), domain


@lru_cache(maxsize=1)
def _platforms() -> Named:
    platforms = ((parse_network(text), (name, text)) for name, texts in SHARED_BY_PLATFORM.items() for text in texts)
    return named_networks(platforms)


@OnceForAccount
def _gateways(account: Account) -> Named:
    """The networks of the gateways in front of each live domain."""
    return named_networks(_restrictions(account))


def _restrictions(account: Account) -> Iterator[tuple[Network, tuple[str, str]]]:
    for domain in account.domains or ():
        networks = domain.settings.get("ip_restrictions")
        for text in networks if isinstance(networks, list) else ():
            network = network_of(str(text))
            if network is not None and network.prefixlen >= MIN_PREFIX_LENGTH[network.version]:
                yield network, (_shown(network), domain.name)


def _shown(network: Network) -> str:
    is_address = network.prefixlen == network.max_prefixlen
    return str(network.network_address) if is_address else str(network)
