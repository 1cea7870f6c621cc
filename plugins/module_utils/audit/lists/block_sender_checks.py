# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks of blocked senders: what each of them covers, declared or not. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..data.senders import FREEMAIL, TRANSACTIONAL_SERVICES
from ..lookups.names import find_listed, with_parents
from ..lookups.networks import gateway_covered, prefix_length, shared_by
from ..lookups.own_domains import OwnDomains
from ..lookups.public_suffixes import public_suffix_kind, registrable_domain
from .entry import Account, Entry, EntryMatch, Matches
from .once import OnceForAccount
from .reach import MAX_HARDLY, is_regex, pattern_of, reach_of, reading_of

if TYPE_CHECKING:
    from ..patterns.reading import PatternReading

# By IP version, the prefix lengths below which a network belongs to a whole provider, and below which it belongs to more than one customer.
_PROVIDER_PREFIX = {4: 16, 6: 32}
_CUSTOMER_PREFIX = {4: 24, 6: 48}
# The generic domains below which most companies are.
_BUSINESS_SUFFIXES = {"com", "net", "org"}


def _check_expression(entry: Entry, account: Account) -> Matches:
    reading = reading_of(entry)
    if reading is None:
        return
    reach = reach_of(entry)
    if reading.minimum == 0:
        yield EntryMatch("ES-BLOCK-101", live="every sender")
    # For what blocks, letters in front of the domain count as well: it may block one attacker at every provider.
    elif reach.kind == "hardly_anything" and (reading.minimum <= MAX_HARDLY or _demanded_ends(reading)):
        yield EntryMatch("ES-BLOCK-101", "high", live=reach.text)
    elif reach.kind == "anything" and reading.minimum <= MAX_HARDLY:
        yield EntryMatch("ES-BLOCK-101", "high", live="addresses at every domain")


def _check_domains(entry: Entry, account: Account) -> Matches:
    domains = _whole_domains(entry)
    own, above_own = OwnDomains.of(account), _domains_above(account)
    groups = (
        ("ES-BLOCK-102", [domain for domain in domains if own.contains(domain) or domain in above_own]),
        ("ES-BLOCK-103", [domain for domain in domains if find_listed(domain, FREEMAIL)]),
        ("ES-BLOCK-108", [domain for domain in domains if find_listed(domain, TRANSACTIONAL_SERVICES)]),
    )
    for rule_id, found in groups:
        if found:
            yield EntryMatch(rule_id, live=", ".join(found))


def _whole_domains(entry: Entry) -> tuple[str, ...]:
    """The domains whose senders an entry covers without a condition on the part before the @."""
    if not is_regex(entry):
        reach = reach_of(entry)
        return reach.domains if reach.kind in ("domain", "public_suffix") else ()
    reading = reading_of(entry)
    if reading is None or reading.is_ip_shaped:
        return ()
    return _demanded_ends(reading)


def _demanded_ends(reading: PatternReading) -> tuple[str, ...]:
    """The ends of an expression that it demands, and nothing else: one that demands more restricts what stands before the end as well."""
    return tuple(end for end in reading.fixed_ends if end and sum(map(str.isalnum, end)) >= reading.minimum)


@OnceForAccount
def _domains_above(account: Account) -> frozenset[str]:
    """The domains above your own ones, without the public suffixes: who owns mail.example.com owns example.com."""
    return frozenset(parent for name in account.own_domains for parent in with_parents(name) if registrable_domain(parent) is not None)


def _check_public_suffix(entry: Entry, account: Account) -> Matches:
    for suffix in () if is_regex(entry) else _whole_domains(entry):
        kind = public_suffix_kind(suffix)
        if kind == "private":
            yield EntryMatch("ES-BLOCK-107", "low", live="a domain below which the customers of a service have theirs")
        elif kind == "icann":
            is_common = _is_common_suffix(suffix)
            yield EntryMatch("ES-BLOCK-107", None if is_common else "low", live="a public suffix, below which anybody can register a domain")


def _is_common_suffix(suffix: str) -> bool:
    """Whether a public suffix is one of those that most companies use: com, net, org, or that of a country with at most one label before it."""
    _first, _dot, country = suffix.rpartition(".")
    return suffix in _BUSINESS_SUFFIXES or (len(country) == 2 and suffix.count(".") < 2)


def _check_network(entry: Entry, account: Account) -> Matches:
    network = _network_of(entry)
    measured = prefix_length(network) if network else None
    if network is None or measured is None:
        return
    covered = gateway_covered(network, account)
    if covered is not None:
        gateway, domain = covered
        yield EntryMatch("ES-BLOCK-105", live=f"{domain} accepts its mail from {gateway}")
    version, length = measured
    platform = shared_by(network)
    if platform or length < _CUSTOMER_PREFIX[version]:
        is_high = platform is not None or length < _PROVIDER_PREFIX[version]
        size = f"a network of the size /{length}" if length < _CUSTOMER_PREFIX[version] else "an address"
        yield EntryMatch("ES-BLOCK-106", None if is_high else "medium", live=_network_text(size, platform))


def _network_text(size: str, platform: str | None) -> str:
    return f"{size} of {platform}, which all of its customers share" if platform else size


def _network_of(entry: Entry) -> str | None:
    """The pattern of an entry that may be an address or network, also of an expression that is nothing else."""
    if not is_regex(entry):
        return pattern_of(entry)
    reading = reading_of(entry)
    return reading.literal if reading is not None else None


BLOCK_SENDER_CHECKS = (_check_expression, _check_domains, _check_public_suffix, _check_network)
