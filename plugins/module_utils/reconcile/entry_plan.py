# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan for the entries of a list, of which several live ones may have the same key. Pure.

An entry that is to be absent means every live entry with its key, because each of them has an effect. An entry that is to be present means one
live entry; others that are equal to it are reported, and others that differ are a conflict.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..api.errors import ApiError, InvalidOptionError
from ..api.texts import list_names
from ..resources.base import Key, LiveObject, Resource
from .change import DIRECTIONS, NO_CHANGE, Change, Direction, DirectionOf
from .desired import DesiredObject
from .index import LiveIndex
from .plan import PlannedChange

# A message lists at most this many ids.
_MAX_IDS = 5
_OPPOSITE: dict[str, Direction] = {"weaker": "stronger", "stronger": "weaker"}


class ReadOnlyEntryError(ApiError):
    """A live entry differs from its declaration, and the API does not change it."""


def plan_entries(desired_objects: Sequence[DesiredObject], live_index: LiveIndex) -> list[PlannedChange]:
    """Compare declared entries with a list.

    Args:
        desired_objects: the declared entries. Of two that mean the same entry, `merge_entries` has left one.
        live_index: the live entries.

    Returns:
        In the order of the declaration, the change of each entry, or several changes for an entry whose removal is that of several live entries.

    Raises:
        InvalidOptionError: two declarations are about the same live entry.
    """
    matcher = _Matcher(desired_objects, live_index)
    plan = [planned for desired in desired_objects for planned in matcher.plan(desired)]
    claimed: dict[str, PlannedChange] = {}
    for planned in plan:
        live_id = None if planned.live is None else planned.live.get("id")
        if live_id is None:
            continue
        if (other := claimed.get(str(live_id))) is not None:
            raise _same_entry(other.desired, planned.desired, live_id)
        claimed[str(live_id)] = planned
    return plan


def merge_entries(desired_objects: Sequence[DesiredObject]) -> tuple[list[DesiredObject], list[str], list[str]]:
    """Leave one of several declarations of the same entry.

    Returns:
        The entries, the labels of those that are declared more than once with the same settings, and the labels of those whose declarations
        contradict each other.
    """
    kept: dict[tuple[Any, ...], DesiredObject] = {}
    repeated: dict[str, None] = {}
    contradicting: dict[str, None] = {}
    states: dict[Key | None, str] = {}
    for desired in desired_objects:
        identity = (desired.object_id, desired.key, *(() if desired.state == "absent" else _variant(desired.resource, desired.settings)))
        other = kept.setdefault(identity, desired)
        if other is not desired:
            same = other.state == desired.state and (desired.state == "absent" or (other.settings, other.expires) == (desired.settings, desired.expires))
            (repeated if same else contradicting)[desired.label] = None
        if desired.object_id is None and states.setdefault(desired.key, desired.state) != desired.state:
            contradicting[desired.label] = None
    return list(kept.values()), list(repeated), list(contradicting)


def with_changed_duplicates(planned: PlannedChange, live_index: LiveIndex) -> list[PlannedChange]:
    """A change and the same one for the live entries that are equal: each of them has an effect, and the next run must not find that they differ."""
    if planned.change.action != "update":
        return [planned]
    changed = [live for live in planned.duplicates if not is_synchronized(live_index.resource, live)]
    return [
        planned,
        *(PlannedChange(planned.desired, live_index.unique_name(live) or planned.label, live, planned.desired.change(live), None) for live in changed),
    ]


def is_synchronized(resource: Resource, live: LiveObject) -> bool:
    """Whether the API neither changes nor removes a live entry."""
    return resource.read_only_reason(live) is not None


def entry_direction(resource: Resource) -> DirectionOf:
    """A function that judges the change of a field of an entry, from the table of the resource."""
    fields = {field.name: field for field in resource.fields}

    def direction_of(name: str, before: Any, after: Any) -> Direction:
        if name == resource.key_fields[0] and (before is None or after is None):
            created = resource.if_created or "neutral"
            return created if before is None else _OPPOSITE.get(created, "neutral")
        if_set = fields[name].if_set
        if not if_set:
            return "neutral"
        directions: list[Direction]
        if isinstance(before, list) or isinstance(after, list):
            gained, lost = set(after or ()) - set(before or ()), set(before or ()) - set(after or ())
            # A set that gains one value and loses another is weaker and stronger: the weaker part must be seen.
            directions = [direction for direction, has_values in ((if_set, gained), (_OPPOSITE[if_set], lost)) if has_values]
            return min(directions, key=DIRECTIONS.index, default="neutral")
        return if_set if after is True else _OPPOSITE[if_set]

    return direction_of


class _Matcher:
    """Finds the live entries of each declared one."""

    def __init__(self, desired_objects: Sequence[DesiredObject], live_index: LiveIndex) -> None:
        self._index, self._resource = live_index, live_index.resource
        self._by_id = {str(desired.object_id).lower(): desired for desired in desired_objects if desired.object_id is not None}
        # The live entries of those that are declared by a key that several declarations share: of each one by its name, then of the only one left.
        self._variants: dict[int, list[LiveObject]] = {}
        if self._resource.variant_fields:
            self._match_variants([desired for desired in desired_objects if desired.object_id is None and desired.state == "present"])

    def plan(self, desired: DesiredObject) -> list[PlannedChange]:
        try:
            if desired.object_id is not None:
                return [self._planned(desired, desired.find(self._index), [])]
            if desired.state == "absent":
                return self._plan_removals(desired)
            matching = self._matching(desired)
            return [self._planned(desired, matching[0] if matching else None, matching[1:])]
        except ApiError as error:
            return [PlannedChange(desired, desired.label, None, NO_CHANGE, error)]

    def _plan_removals(self, desired: DesiredObject) -> list[PlannedChange]:
        found = self._live(desired)
        # All or none: what is left would still have an effect.
        for live in found:
            self._reject_read_only(desired, live)
        return [self._planned(desired, live, []) for live in found] or [self._planned(desired, None, [])]

    def _planned(self, desired: DesiredObject, live: LiveObject | None, duplicates: Sequence[LiveObject]) -> PlannedChange:
        change: Change = desired.change(live)
        if live is not None and change.action != "none":
            self._reject_read_only(desired, live)
        label = desired.name if live is None else self._index.unique_name(live)
        return PlannedChange(desired, label or desired.label, live, change, None, duplicates=tuple(duplicates))

    def _matching(self, desired: DesiredObject) -> list[LiveObject]:
        """The live entry that a declared one means, followed by its duplicates.

        Raises:
            ApiError: several live entries differ (conflict).
        """
        found = self._variants.get(id(desired), []) if self._resource.variant_fields else self._live(desired)
        if not found:
            self._reject_selected_by_id(desired)
        if len(found) < 2:
            return found
        # A synchronized entry first, because only the others can be removed as duplicates. Then the oldest.
        found = sorted(found, key=lambda live: (not is_synchronized(self._resource, live), str(live.get("created_at")), str(live.get("id"))))
        first = self._resource.normalize(found[0])
        if any(self._resource.differing_settings(self._resource.normalize(live), first) for live in found[1:]):
            raise self._ambiguous(desired, found)
        return found

    def _match_variants(self, desired_objects: Sequence[DesiredObject]) -> None:
        """Match by key and name, then by key if exactly one is left on each side, so that a new name is an update."""
        by_key: dict[Key | None, list[DesiredObject]] = {}
        for desired in desired_objects:
            by_key.setdefault(desired.key, []).append(desired)
        for declared in by_key.values():
            rest = self._live(declared[0])
            unmatched = []
            for desired in declared:
                variant = _variant(self._resource, desired.settings)
                named = [live for live in rest if _variant(self._resource, self._resource.normalize(live)) == variant]
                self._variants[id(desired)] = named
                rest = [live for live in rest if live not in named]
                unmatched += [] if named else [desired]
            if len(unmatched) == 1:
                # Several that are left are a conflict: which of them is meant is unknown.
                self._variants[id(unmatched[0])] = rest

    def _live(self, desired: DesiredObject) -> list[LiveObject]:
        """The live entries with the key of a declared one, except for those that another declaration selects by id."""
        return [live for live in self._index.all_by_key(desired.key) if str(live.get("id")).lower() not in self._by_id]

    def _reject_selected_by_id(self, desired: DesiredObject) -> None:
        """Refuse an entry that is live, but that another declaration selects by id: it would be created a second time.

        Raises:
            InvalidOptionError: the other declaration keeps its key.
        """
        for live in self._index.all_by_key(desired.key):
            other = self._by_id.get(str(live.get("id")).lower())
            if other is None or other.state == "absent" or other.key not in (None, desired.key):
                continue
            if _variant(self._resource, {**self._resource.normalize(live), **other.settings}) == _variant(self._resource, desired.settings):
                raise _same_entry(other, desired, live.get("id"))

    def _reject_read_only(self, desired: DesiredObject, live: LiveObject) -> None:
        reason = self._resource.read_only_reason(live)
        if reason is None:
            return
        label = self._index.label(live)
        if desired.state == "absent":
            raise ReadOnlyEntryError("conflict", f"{label} was not removed: {reason}.", "Remove the person in the directory, or do not declare the entry.")
        raise ReadOnlyEntryError("conflict", f"{label} was not changed: {reason}.", "Change the person in the directory, or declare the entry as it is.")

    def _ambiguous(self, desired: DesiredObject, found: Sequence[LiveObject]) -> ApiError:
        ids = list_names([self._index.label({"id": live.get("id")}) for live in found], _MAX_IDS)
        return ApiError(
            "conflict",
            f"{len(found)} live {self._resource.plural} are named {desired.name}, and they differ: {ids}.",
            f"Select one of them with {self._resource.id_option}, or remove the others.",
        )


def _same_entry(one: DesiredObject, other: DesiredObject, live_id: object) -> InvalidOptionError:
    return InvalidOptionError(f"{one.label} and {other.label} are the same live {one.resource.singular} ({live_id}): leave out one of the entries.")


def _variant(resource: Resource, settings: Any) -> tuple[str, ...]:
    """What tells entries with the same key apart, ignoring case."""
    return tuple(str(settings.get(name) or "").casefold() for name in resource.variant_fields)
