# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Public suffixes: names below which anybody can register a domain. Pure.

The section ICANN of the list has the suffixes of registries (`com`, `co.uk`), the section PRIVATE those of companies whose customers get a name below
them (`github.io`, `onmicrosoft.com`). All names are in their normal form.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

from .names import with_parents

SuffixKind = Literal["icann", "private"]

# Not in the list, but every tenant of Microsoft 365 gets a name below it, also for mail. Read on 2026-11-28 in the repository
# MicrosoftDocs/microsoft-365-docs, microsoft-365/admin/setup/domains-faq.yml.
_MORE_PRIVATE = frozenset({"onmicrosoft.com"})


class _Rules(NamedTuple):
    """The rules of a section: suffixes, names of which every name below is a suffix (`*.ck`), and exceptions from that (`!www.ck`)."""

    suffixes: frozenset[str]
    wildcards: frozenset[str]
    exceptions: frozenset[str]

    def has(self, name: str) -> bool:
        return name in self.suffixes or (name.partition(".")[2] in self.wildcards and name not in self.exceptions)


def public_suffix_kind(name: str) -> SuffixKind | None:
    """Whether a name is itself a public suffix, of a registry or of a company; None if it is not.

    A single label is a top-level domain even if the list does not have it: top-level domains are added faster than the list is updated here.
    """
    icann, private = _rules()
    if name and ("." not in name or icann.has(name)):
        return "icann"
    return "private" if private.has(name) else None


def is_listed_suffix(name: str) -> bool:
    """Whether the list has a name as a public suffix. A single label that it does not have may be a text that is no top-level domain."""
    return any(rules.has(name) for rules in _rules())


# The rules ask for the same names several times: once for each check of an entry.
@lru_cache(maxsize=16384)
def registrable_domain(name: str) -> str | None:
    """The domain that somebody registered: the public suffix and one label before it. `partner.co.uk` for `mail.partner.co.uk`.

    Returns:
        The domain; None if the name is a public suffix, or empty.
    """
    below = None
    for parent in with_parents(name):
        if public_suffix_kind(parent):
            return below
        if any(parent in rules.exceptions for rules in _rules()):
            return parent
        below = parent
    return None


@lru_cache(maxsize=1)
def _rules() -> tuple[_Rules, _Rules]:
    """The rules of the sections ICANN and PRIVATE. Read when they are needed: that takes some milliseconds."""
    from ..data import public_suffix_list

    private = read_rules(public_suffix_list.PRIVATE)
    return read_rules(public_suffix_list.ICANN), private._replace(suffixes=private.suffixes | _MORE_PRIVATE)


def read_rules(section: str) -> _Rules:
    """The rules of a section of the list."""
    suffixes, wildcards, exceptions = set(), set(), set()
    for label, parent in _labels(section):
        if label == "*":
            wildcards.add(parent)
        elif label.startswith("!"):
            exceptions.add(f"{label[1:]}.{parent}")
        else:
            suffixes.add(f"{label}.{parent}" if parent else label)
    return _Rules(frozenset(suffixes), frozenset(wildcards), frozenset(exceptions))


def _labels(section: str) -> Iterator[tuple[str, str]]:
    """Yield the labels of a section, each with the name above it: a name with a colon is followed by the labels below it."""
    parent = ""
    for word in section.split():
        if word.endswith(":"):
            parent = word[:-1].removeprefix(".")
        else:
            yield word, parent
