# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The change of one object: what differs between its live and its desired settings, and what is sent. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Literal, NamedTuple

from ..resources.base import LiveObject, Resource, Settings
from ..resources.field_types import Normal

Action = Literal["none", "update", "create", "delete"]
# Whether a change makes an object less protected (weaker), more protected (stronger), or neither.
Direction = Literal["weaker", "stronger", "neutral"]
DIRECTIONS: tuple[Direction, ...] = ("weaker", "stronger", "neutral")
# Judges the change of a field, from its name and the values before and after. The creation or removal of an object is a change of its key from or to
# None. Implemented for domains by audit/domain_direction.py.
DirectionOf = Callable[[str, Normal, Normal], Direction]


def unknown_direction(field: str, before: Normal, after: Normal) -> Direction:
    """Nothing is known of the resource."""
    return "neutral"


class Change(NamedTuple):
    """A planned or completed change.

    Attributes:
        action: what is done.
        before: the settings before the change; empty if the object did not exist.
        after: the settings after the change; empty if the object does not exist then.
        body: what is sent: of an update only the differing fields.
        desired: everything that was asked for, whether it differed or not.
        cleared: the fields among them that the option `clear` named.
        added: the declared values of the lists among them whose values are added to the live ones.
    """

    action: Action
    before: Settings
    after: Settings
    body: Settings
    desired: Settings
    cleared: frozenset[str] = frozenset()
    added: Settings = {}  # noqa: RUF012 - read only

    @property
    def has_changes(self) -> bool:
        return self.before != self.after

    @property
    def changes(self) -> dict[str, dict[str, Normal]]:
        """The differing fields, with their values before and after. Of an update only those that were asked for."""
        differing = field_changes(self.before, self.after) if self.has_changes else {}
        return {name: pair for name, pair in differing.items() if self.action != "update" or name in self.body or name in self.desired}

    def desired_from(self, resource: Resource, live: LiveObject | None) -> Settings:
        """What is asked for of an object that someone else may have changed since: its own values stay in the lists that values are added to."""
        return resource.with_added(self.desired | self.added, self.added, resource.normalize(live)) if self.added else self.desired

    def predict(self, resource: Resource, live: LiveObject | None) -> LiveObject | None:
        """The live object after the change. The fields that the server manages stay as they are."""
        if self.action == "delete":
            return None
        return {**(live or {}), **resource.request_body(self.body)} if self.body else live


NO_CHANGE = Change("none", {}, {}, {}, {})


def plan_present(
    resource: Resource, desired: Settings, live: LiveObject | None, cleared: frozenset[str] = frozenset(), additive: Collection[str] = ()
) -> Change:
    """The change after which the object exists with the desired settings.

    Args:
        resource: the resource of the object.
        desired: the desired settings.
        live: the live object, or None.
        cleared: the desired fields that the option `clear` named.
        additive: the lists whose desired values are added to the live ones.
    """
    added = {name: desired[name] for name in additive if name in desired}
    if live is None:
        # Without the defaults of the server: they are not known beforehand, and check mode must report what the run reports.
        body = resource.create_body(desired)
        return Change("create", {}, body, body, body, cleared, added)
    before = resource.normalize(live)
    desired = resource.with_added(desired, added, before)
    body = {name: desired[name] for name in resource.differing_settings(desired, before)}
    body = resource.with_derived(body, desired, before)
    return Change("update" if body else "none", before, {**before, **body}, body, desired, cleared, added)


def plan_absent(resource: Resource, live: LiveObject | None) -> Change:
    """The change after which the object does not exist."""
    return Change("none" if live is None else "delete", resource.normalize(live), {}, {}, {})


def settings_after(resource: Resource, change: Change, live: LiveObject | None) -> Settings:
    """The settings of a live object after a change, written as the change writes them.

    If the server writes an equal value differently, such as joined networks, the value is returned as it was declared or as it was before: it is
    not a change, and check mode cannot predict it. A declared value that equals the previous one is returned as it was before, for the same reason.
    """
    now = resource.normalize(live)
    for known in (change.desired, change.before):
        differing = resource.differing_settings(now, known)
        now |= {name: known[name] for name in now if name not in differing}
    return now


def change_result(resource: Resource, change: Change, live: LiveObject | None, name: str, direction_of: DirectionOf = unknown_direction) -> dict[str, Any]:
    """What a module returns of one change.

    Args:
        resource: the resource of the object.
        change: the change.
        live: the live object after the change, or None.
        name: what to call the object.
        direction_of: judges the changes of fields.
    """
    # Imported only for the result of one object: a packed module compiles each file that it imports.
    from .diff import diff_title, text_diff

    changes = change.changes
    directions = change_directions(resource, change.action, changes, direction_of)
    return {
        "changed": change.has_changes,
        # The JSON callbacks of Ansible overwrite `action` with the name of the module.
        "operation": change.action,
        "action": change.action,
        resource.result_key: live,
        "changes": changes,
        "weaker": weaker_fields(directions),
        "diff": text_diff(diff_title(name, change.action, directions), change.before, change.after),
    }


def change_directions(resource: Resource, action: Action, changes: Mapping[str, Mapping[str, Normal]], direction_of: DirectionOf) -> dict[str, Direction]:
    """The direction of each field's change. A creation or removal is one change, that of the first field of the key."""
    if not changes:
        return {}
    fields = list(changes) if action == "update" else list(resource.key_fields[:1])
    pairs = {field: changes.get(field, {}) for field in fields}
    return {field: direction_of(field, pair.get("before"), pair.get("after")) for field, pair in pairs.items()}


def weaker_fields(directions: Mapping[str, Direction]) -> list[str]:
    """The fields whose change makes the object less protected."""
    return [field for field, direction in directions.items() if direction == "weaker"]


def field_changes(before: Settings, after: Settings) -> dict[str, dict[str, Normal]]:
    """The fields that differ, with their values before and after. A field of an object that does not exist is null."""
    names = list(before) + [name for name in after if name not in before]
    pairs = {name: {"before": before.get(name), "after": after.get(name)} for name in names}
    return {name: pair for name, pair in pairs.items() if pair["before"] != pair["after"]}
