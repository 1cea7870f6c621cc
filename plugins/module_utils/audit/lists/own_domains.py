# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The organization's own domains, and domains that resemble one of them. All names are in their normal form. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from ...resources.domain_names import spellings
from .entry import Account
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
        # By the forms of a label, and by these without some letters: the own labels. By label: the first own domain with it.
        self._by_form: dict[str, set[str]] = {}
        self._by_shortened: dict[str, set[str]] = {}
        self._domains: dict[str, str] = {}
        for name in sorted(self._names):
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
        registered = registrable_domain(name) if len(name) <= _MAX_NAME_LENGTH else None
        if registered is None or registered in self._registered or self.contains(name):
            return None
        label = _label_of(registered)
        nearest = min(((_rank(label, own), own) for own in self._candidates(label)), default=None)
        return None if nearest is None or nearest[0] == _UNLIKE else self._domains[nearest[1]]

    def _add(self, name: str) -> None:
        registered = registrable_domain(name)
        # An own domain that is a public suffix itself has no label of its own.
        if registered is None:
            return
        self._registered.add(registered)
        label = _label_of(registered)
        if self._domains.setdefault(label, name) != name:
            return
        for form in _forms(label):
            self._by_form.setdefault(form, set()).add(label)
            for text in shortened(form):
                self._by_shortened.setdefault(text, set()).add(label)

    def _candidates(self, label: str) -> Iterator[str]:
        """The own labels that a label may resemble, perhaps several times."""
        if len(label) > MAX_LABEL_LENGTH:
            return
        for form in _forms(label):
            yield from self._by_form.get(form, ())
            for text in shortened(form):
                yield from self._by_shortened.get(text, ())


@lru_cache(maxsize=16)
def _own_domains(names: frozenset[str]) -> OwnDomains:
    return OwnDomains(names)


# More than any resemblance.
_UNLIKE = 99


@lru_cache(maxsize=65536)
def _rank(label: str, own: str) -> int:
    """How much a label resembles an own one: 0 for the same, 1 for the same look, then by edits."""
    if label == own:
        return 0
    if skeleton(label) == skeleton(own):
        return 1
    # A skeleton may be shorter, as a pair of letters is one letter in it, or longer.
    limit = max_edits(*map(len, (label, own, skeleton(label), skeleton(own))))
    edits = min(edit_distance(label, own, limit), edit_distance(skeleton(label), skeleton(own), limit))
    return 1 + edits if edits <= limit else _UNLIKE


def _label_of(registered: str) -> str:
    """The label that was registered, in Unicode letters."""
    return spellings(registered)[-1].partition(".")[0]


def _forms(label: str) -> set[str]:
    return {label, skeleton(label)}
