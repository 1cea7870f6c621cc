# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be declared of the live entries of a list, so that applying the declaration changes nothing. Pure."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

from ...module_utils.api.errors import InvalidOptionError
from ...module_utils.reconcile.desired import desired_from_options
from ...module_utils.reconcile.index import LiveIndex
from ...module_utils.resources.base import COMMENT_FIELDS, Field, LiveObject, Resource, Settings
from ...module_utils.resources.entry_types import UNKNOWN_TYPE, infer_pattern_type
from ...module_utils.resources.field_types import reject_mask


class ListEntry(NamedTuple):
    """An entry that is declared.

    Attributes:
        live: the entry as the server describes it.
        settings: all its writable fields in their normal forms.
        declared: the settings to declare, in the order of the table.
        object_id: the id that selects it; empty if its key is sufficient.
        comment: why it is selected by its id; otherwise empty.
        undeclarable: by field, why its value cannot be declared. Applying the declaration leaves it as it is.
    """

    live: LiveObject
    settings: Settings
    declared: Settings
    object_id: str
    comment: str
    undeclarable: dict[str, str]

    @property
    def options(self) -> dict[str, Any]:
        """The options that declare it."""
        return {"id": self.object_id, **self.declared} if self.object_id else self.declared


class LeftOut(NamedTuple):
    """A live entry that is not declared, its name, and the reason why it is not."""

    live: LiveObject
    label: str
    reason: str


class ListPolicy(NamedTuple):
    """The declaration of a list.

    Attributes:
        entries: the declared entries.
        left_out: the others, except for synchronized ones.
        synchronized: the number of entries that come from a directory, and that the API does not change.
    """

    resource: Resource
    entries: list[ListEntry]
    left_out: list[LeftOut]
    synchronized: int


def build_list_policy(resource: Resource, live: Iterable[LiveObject]) -> ListPolicy:
    """Declare everything that can be declared. The result does not depend on the order of the entries."""
    index = LiveIndex(resource, sorted(live, key=_order(resource)), str)
    ids = Counter(_id(one) for one in index.all)
    groups: dict[tuple[Any, ...], list[LiveObject]] = {}
    for one in index.all:
        groups.setdefault((index.key(one), *_variant(resource, one)), []).append(one)
    entries: list[ListEntry] = []
    left_out: list[LeftOut] = []
    for group in groups.values():
        builder = _Group(resource, index, group, ids)
        entries += builder.entries
        left_out += builder.left_out
    own = sum(resource.read_only_reason(one) is None for one in index.all)
    return ListPolicy(resource, entries, left_out, len(index.all) - own)


class _Group:
    """Declares the live entries that one declared key would mean: usually one."""

    def __init__(self, resource: Resource, index: LiveIndex, group: list[LiveObject], ids: Counter[str]) -> None:
        self._resource, self._index, self._ids = resource, index, ids
        self.entries: list[ListEntry] = []
        self.left_out: list[LeftOut] = []
        # The settings of the entries that are declared, as text.
        self._declared: set[str] = set()
        own = [one for one in group if resource.read_only_reason(one) is None]
        normal = [resource.normalize(one) for one in group]
        self._is_selected_by_id = len(own) < len(group) or any(one != normal[0] for one in normal) or any(self._shares_id(one) for one in group)
        self._size = len(group)
        for one in own:
            self._add(one)

    def _add(self, live: LiveObject) -> None:
        settings = self._resource.normalize(live)
        if (reason := self._why_left_out(live, settings)) is not None:
            return self._leave_out(live, reason)
        declared = {name: value for name, value in settings.items() if self._needs_option(name, settings)}
        undeclarable = {}
        for field in self._resource.fields:
            why = _why_undeclarable(field, settings) if field.name in declared else ""
            if why and self._is_needed(field):
                return self._leave_out(live, f"{field.name} {why}")
            if why:
                undeclarable[field.name] = why
                del declared[field.name]
        object_id = self._resource.parse_id(_id(live)) if self._is_selected_by_id else ""
        entry = ListEntry(live, settings, self._without_defaults(declared), object_id, self._why_by_id() if object_id else "", undeclarable)
        try:
            desired_from_options(self._resource, entry.options)
        except InvalidOptionError as error:
            return self._leave_out(live, str(error).partition(". ")[0].rstrip("."))
        self.entries.append(entry)
        self._declared.add(json.dumps(settings))
        return None

    def _needs_option(self, name: str, settings: Settings) -> bool:
        """Whether a value is to be declared: it is not empty, and does not follow from the pattern."""
        value = settings[name]
        if name in COMMENT_FIELDS:
            return bool(value)
        if name == "pattern_type":
            return value is not None and not (settings["is_regex"] is False and value == infer_pattern_type(str(settings["pattern"])))
        return True

    def _is_needed(self, field: Field) -> bool:
        """Whether an entry that leaves the option out would be about another entry, change it, or be invalid."""
        return field.name in (*self._resource.key_fields, *self._resource.variant_fields) or field.default is not None

    def _why_left_out(self, live: LiveObject, settings: Settings) -> str | None:
        if str(settings.get("pattern_type")).upper() == UNKNOWN_TYPE:
            return "its pattern type is UNKNOWN, which the API does not accept in a write"
        if self._shares_id(live):
            return "the server returns the same id for several entries"
        if json.dumps(settings) in self._declared:
            return "it equals another entry"
        if not self._is_selected_by_id:
            return None
        try:
            self._resource.parse_id(_id(live))
        except InvalidOptionError:
            return f"{self._why_by_id()}, and the option {self._resource.id_option} does not accept its id"
        return None

    def _shares_id(self, live: LiveObject) -> bool:
        return _id(live) != "" and self._ids[_id(live)] > 1

    def _why_by_id(self) -> str:
        return f"{self._size} live {self._resource.plural} have this key"

    def _without_defaults(self, declared: Settings) -> Settings:
        """Leave out the values that an entry has by default, and that are compared all the same."""
        key = self._resource.key_fields[0]
        by_default = {name for name in declared if name != key and self._default_of(name, declared) == declared[name]}
        return {name: value for name, value in declared.items() if name not in by_default}

    def _default_of(self, name: str, declared: Settings) -> Any:
        others = {other: value for other, value in declared.items() if other != name}
        return self._resource.with_defaults(others).get(name)

    def _leave_out(self, live: LiveObject, reason: str) -> None:
        label = self._index.unique_name(live) or f"the {self._resource.singular} with the id {_id(live) or 'null'}"
        self.left_out.append(LeftOut(live, label, reason))


def _why_undeclarable(field: Field, settings: Settings) -> str:
    """Why a live value cannot be declared; empty if it can be."""
    value = settings[field.name]
    if value is None:
        return "is null"
    if field.name == "pattern_type" and settings["is_regex"] is False:
        return f"is {value}, and not {infer_pattern_type(str(settings['pattern']))} as the pattern"
    # The type of a literal pattern follows from its text, so that a wrong type does not make the entry undeclarable.
    among = {name: other for name, other in settings.items() if name != "pattern_type"}
    try:
        reject_mask(value)
        return "" if field.type.parse_among(value, among) == value else "is not in its normal form"
    except ValueError as error:
        return str(error).partition(". ")[0]


def _order(resource: Resource) -> Any:
    """Sorts by key. Of several entries with one key the oldest is first, as in the plan, so that the same ones are duplicates.

    The server may leave out what tells them apart, so everything else is compared last.
    """

    def order(live: LiveObject) -> tuple[str, ...]:
        settings = resource.normalize(live)
        names = (*resource.key_fields, *resource.variant_fields)
        return (*(str(settings[name]) for name in names), str(live.get("created_at")), str(live.get("id")), json.dumps(live, sort_keys=True))

    return order


def _variant(resource: Resource, live: LiveObject) -> tuple[str, ...]:
    settings = resource.normalize(live) if resource.variant_fields else {}
    return tuple(str(settings.get(name) or "").casefold() for name in resource.variant_fields)


def _id(live: LiveObject) -> str:
    return "" if live.get("id") is None else str(live["id"]).lower()
