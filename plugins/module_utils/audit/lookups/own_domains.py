# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The organization's own domains, and domains that resemble one of them. All names are in their normal form. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from ...resources.domain_names import spellings
from ..lists.entry import Account
from .lookalikes import MAX_LABEL_LENGTH, edit_distance, max_edits, shortened, skeleton
from .names import find_listed
from .public_suffixes import registrable_domain

_MAX_NAME_LENGTH = 253


class OwnDomains:
    """The own domains, with an index of their labels, so that a name is compared with few of them.

    Names are compared by the label that was registered: `partner` of `mail.partner.co.uk`. A name resembles an own domain if its label

    - is the same below another public suffix,
    - looks the same: accents, Cyrillic and Greek letters, 0 and o, 1, l and i, rn and m, vv and w, or
    - differs by one edit (labels of at least 4 letters) or two (of at least 6). Pairs that look like one letter count as one.

    Own domains resemble nothing, nor does what is below them, or registered together with them.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(names)
        self._registered: set[str] = set()
        # By own label: the first domain with it. By skeleton, and by the beginnings and the ends of labels without some letters: the own labels.
        self._domains: dict[str, str] = {}
        self._by_skeleton: dict[str, list[str]] = {}
        self._by_beginning: dict[str, list[str]] = {}
        self._by_end: dict[str, list[str]] = {}
        # Several rules ask for the same name.
        self._found: dict[str, str | None] = {}
        # The registered domain before what is below it: of the names with one label, the first is named.
        for name in sorted(self._names, key=lambda name: (name.count("."), name)):
            self._add(name)

    @staticmethod
    def of(account: Account) -> OwnDomains:
        """The own domains of an account. Cached."""
        return _own_domains(account.own_domains)

    def contains(self, name: str) -> bool:
        """Whether a name is an own domain, or below one."""
        return find_listed(name, self._names) is not None

    def resembles(self, name: str) -> str | None:
        """The own domain that a name resembles most; None if it resembles none."""
        if name not in self._found:
            self._found[name] = self._most_similar(name)
        return self._found[name]

    def _add(self, name: str) -> None:
        registered = registrable_domain(name)
        # An own domain that is a public suffix itself has no label of its own.
        if registered is None:
            return
        self._registered.add(registered)
        label = _label_of(registered)
        if self._domains.setdefault(label, name) != name:
            return
        self._by_skeleton.setdefault(skeleton(label), []).append(label)
        for index, texts in ((self._by_beginning, _beginnings(label)), (self._by_end, _ends(label))):
            for text in texts:
                index.setdefault(text, []).append(label)

    def _most_similar(self, name: str) -> str | None:
        registered = registrable_domain(name) if len(name) <= _MAX_NAME_LENGTH else None
        if registered is None or registered in self._registered or self.contains(name):
            return None
        label = _label_of(registered)
        if len(label) > MAX_LABEL_LENGTH:
            return None
        if label in self._domains:
            return self._domains[label]
        own = min(self._by_skeleton.get(skeleton(label), ()), default=None) or self._nearest(label)
        return None if own is None else self._domains[own]

    def _nearest(self, label: str) -> str | None:
        """The own label that a label differs from by the fewest edits."""
        alike_at_first = set[str]().union(*(self._by_beginning.get(text, ()) for text in _beginnings(label)))
        alike_at_last = set[str]().union(*(self._by_end.get(text, ()) for text in _ends(label)))
        found = ((edits, own) for own in alike_at_first & alike_at_last if (edits := _edits(label, own)) is not None)
        return min(found, default=(0, None))[1]


@lru_cache(maxsize=16)
def _own_domains(names: frozenset[str]) -> OwnDomains:
    return OwnDomains(names)


def _edits(label: str, own: str) -> int | None:
    """The number of edits between two labels, or between their skeletons; None if they are too many for a resemblance."""
    skeletons = skeleton(label), skeleton(own)
    # A skeleton may be shorter, as a pair of letters is one letter in it, or longer.
    limit = max_edits(*map(len, (label, own, *skeletons)))
    edits = min(edit_distance(label, own, limit), edit_distance(*skeletons, limit))
    return edits if edits <= limit else None


def _label_of(registered: str) -> str:
    """The label that was registered, in Unicode letters."""
    return spellings(registered)[-1].partition(".")[0]


def _beginnings(label: str) -> set[str]:
    return {text for form in (label, skeleton(label)) for text in shortened(form)}


def _ends(label: str) -> set[str]:
    return {text for form in (label, skeleton(label)) for text in shortened(form[::-1])}
