# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Index of the live objects of one listing, by id and by key. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..resources.base import Key, LiveObject, Resource
from ..resources.collection import label_of, require_single_match


class LiveIndex:
    """A `Lookup` in the objects of one listing, which needs no request.

    Args:
        resource: the resource of the objects.
        live: the objects.
        redact: redacts what the server wrote before it is shown.
        account_id: the account of the objects.
        pages: how many requests one listing of the account takes.
        read_at: when the account was read, by the clock of the client.
    """

    def __init__(
        self, resource: Resource, live: Iterable[LiveObject], redact: Callable[[str], str], *, account_id: str = "", pages: int = 1, read_at: float = 0.0
    ) -> None:
        self.resource, self.account_id, self.pages, self.read_at = resource, account_id, pages, read_at
        self.all = list(live)
        self._redact = redact
        self._by_id = {str(one.get("id")).lower(): one for one in self.all if one.get("id") is not None}
        self._by_key: dict[Key | None, list[LiveObject]] = {}
        self._by_name: dict[str, list[LiveObject]] | None = None
        # By identity. Normalizing a key takes longer than everything else that is done with an unchanged object.
        self._keys: dict[int, Key | None] = {}
        for one in self.all:
            key = self._keys[id(one)] = resource.live_key(one)
            self._by_key.setdefault(key, []).append(one)

    def get(self, live_id: str) -> LiveObject | None:
        return self._by_id.get(live_id.lower())

    def key(self, live: LiveObject) -> Key | None:
        """The key of an object, or None if it has none."""
        return self._keys[id(live)] if id(live) in self._keys else self.resource.live_key(live)

    def name(self, live: LiveObject) -> str | None:
        """The name of an object in its normal form, or None if it has none."""
        key = self.key(live)
        return None if key is None else self.resource.display_name(key)

    def names(self, objects: Iterable[LiveObject]) -> list[str]:
        """The names, or else the ids, of some objects, sorted."""
        return sorted(self.name(live) or str(live.get("id")) for live in objects)

    def find(self, key: Key) -> LiveObject | None:
        found = self.all_by_key(key)
        return found[0] if len(found) == 1 else require_single_match(self.resource, found, self.resource.display_name(key), self._redact)

    def all_by_key(self, key: Key | None) -> list[LiveObject]:
        """All objects with this key; none for no key."""
        return [] if key is None else self._by_key.get(key, [])

    def all_by_name(self, name: str) -> list[LiveObject]:
        """All objects whose key is displayed as this name."""
        if self._by_name is None:
            self._by_name = {self.resource.display_name(key): found for key, found in self._by_key.items() if key is not None}
        return self._by_name.get(name, [])

    def label(self, live: LiveObject) -> str:
        return label_of(self.resource, live, self._redact)

    def unique_name(self, live: LiveObject) -> str | None:
        """The name of an object, followed by what tells it from others with that name: a field, or else its id. None if it has no name."""
        name = self.name(live)
        if not name or len(self.all_by_key(self.key(live))) < 2:
            return name
        variant = ", ".join(str(live[field]) for field in self.resource.variant_fields if live.get(field))
        return f"{name} ({variant or live.get('id')})"
