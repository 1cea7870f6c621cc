# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entries that contradict or repeat each other: of one list, and allowed senders that are blocked. Pure.

Only literal addresses, domains and networks are compared: what a regular expression covers besides is not certain. A public suffix is not taken for a wider
entry: it has a finding of its own. Each entry is looked up in an index of wider ones, so the work grows with the number of entries, not with its square.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from ..lookups.names import with_parents
from ..lookups.networks import NetworkKey, network_of, supernets
from .entry import Account, Entry, EntryMatch
from .reach import is_regex, pattern_of, reach_of

# What an entry does, as far as that matters for whether another one covers it.
Effect = frozenset[str]
_VERSIONS = (4, 6)
_WORDS = {"allow_policies": "allowed", "block_senders": "blocked", "trusted_domains": "trusted"}
_NOTHING: Effect = frozenset()


class _Wider(NamedTuple):
    """A wider entry, with what it covers in words."""

    entry: Entry
    text: str


class _Index:
    """The domains and networks of a list by their names and prefixes, one entry for each effect: further ones of one key cover nothing else."""

    def __init__(self, entries: Iterable[Entry], effect_of: Callable[[Entry], Effect]) -> None:
        self._domains: dict[str, dict[Effect, Entry]] = {}
        self._networks: dict[NetworkKey, dict[Effect, Entry]] = {}
        for entry in entries:
            effect, kind = effect_of(entry), _literal_kind(entry)
            if not effect:
                continue
            if kind == "domain":
                self._domains.setdefault(reach_of(entry).domains[0], {}).setdefault(effect, entry)
            elif kind == "network" and (network := network_of(pattern_of(entry))) is not None:
                key = (network.version, int(network.network_address), network.prefixlen)
                self._networks.setdefault(key, {}).setdefault(effect, entry)
        self._lengths = {version: sorted({key[2] for key in self._networks if key[0] == version}, reverse=True) for version in _VERSIONS}

    def wider(self, entry: Entry) -> Iterator[_Wider]:
        """Yield the entries that are wider than a literal, the nearest first."""
        kind = _literal_kind(entry)
        if kind == "network":
            yield from self._wider_networks(pattern_of(entry))
        elif kind in ("address", "domain"):
            name = reach_of(entry).domains[0]
            for parent in with_parents(name):
                if kind == "domain" and parent == name:
                    continue
                note = "" if parent == name else ", if that covers subdomains"
                for wider in self._domains.get(parent, {}).values():
                    yield _Wider(wider, f"the {_word(wider)} domain {parent}{note}")

    def _wider_networks(self, pattern: str) -> Iterator[_Wider]:
        network = network_of(pattern)
        if network is None:
            return
        for key in supernets(network, self._lengths[network.version]):
            if key[2] < network.prefixlen:
                for wider in self._networks.get(key, {}).values():
                    yield _Wider(wider, f"the {_word(wider)} network {pattern_of(wider)}")


def overlaps(account: Account) -> Iterator[tuple[Entry, EntryMatch]]:
    """Find the entries that contradict or repeat others: a check of the whole account."""
    allowed = [entry for entry in account.entries.get("allow_policies", ()) if _allow_effect(entry)]
    blocked = account.entries.get("block_senders", ())
    yield from _both(allowed, blocked)
    yield from _within(allowed, _Index(blocked, _block_effect))
    yield from _within(blocked, _Index(allowed, _allow_effect))
    for name, effect_of in _EFFECTS.items():
        yield from _covered(account.entries.get(name, ()), effect_of)


def _both(allowed: Iterable[Entry], blocked: Iterable[Entry]) -> Iterator[tuple[Entry, EntryMatch]]:
    """The allowed senders that are blocked by the same pattern."""
    keys = {(pattern_of(entry), is_regex(entry)) for entry in blocked if pattern_of(entry)}
    for entry in allowed:
        if (pattern_of(entry), is_regex(entry)) in keys:
            trusted = entry.settings.get("is_trusted_sender") is True
            yield entry, EntryMatch("ES-CROSS-001", live="a trusted sender" if trusted else "an acceptable sender")


def _within(entries: Iterable[Entry], others: _Index) -> Iterator[tuple[Entry, EntryMatch]]:
    """The entries that lie in a wider one of the list with the opposite effect."""
    for entry in entries:
        nearest = next(others.wider(entry), None)
        if nearest is not None:
            yield entry, EntryMatch("ES-CROSS-002", live=nearest.text)


def _covered(entries: Sequence[Entry], effect_of: Callable[[Entry], Effect]) -> Iterator[tuple[Entry, EntryMatch]]:
    """The entries whose whole effect a wider one of their list has as well."""
    index = _Index(entries, effect_of)
    for entry in entries:
        effect = effect_of(entry)
        nearest = next((wider for wider in index.wider(entry) if effect <= effect_of(wider.entry)), None) if effect else None
        if nearest is not None:
            yield entry, EntryMatch("ES-CROSS-003", live=nearest.text)


def _allow_effect(entry: Entry) -> Effect:
    """What an allow policy exempts its senders from: detections for trusted ones, and a part of them for acceptable ones, each also if not verified.

    An exempt recipient is no sender.
    """
    is_trusted = entry.settings.get("is_trusted_sender") is True
    if not is_trusted and entry.settings.get("is_acceptable_sender") is not True:
        return _NOTHING
    exempt = {"acceptable", "trusted"} if is_trusted else {"acceptable"}
    return frozenset(exempt if entry.settings.get("verify_sender") is True else {*exempt, "unverified"})


def _block_effect(entry: Entry) -> Effect:
    return frozenset({"blocked"})


def _trust_effect(entry: Entry) -> Effect:
    return frozenset(flag for flag in ("is_recent", "is_similarity") if entry.settings.get(flag) is True)


_EFFECTS: dict[str, Callable[[Entry], Effect]] = {"allow_policies": _allow_effect, "block_senders": _block_effect, "trusted_domains": _trust_effect}


def _literal_kind(entry: Entry) -> str:
    """The kind of what a literal covers; empty for a regular expression."""
    return "" if is_regex(entry) else reach_of(entry).kind


def _word(entry: Entry) -> str:
    return _WORDS[entry.resource.name]
