# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The diff of a list: one line for each entry that is added or removed, and one for each field that is changed. Pure.

Imported only for changes: a packed module compiles each file that it imports.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..api.texts import truncate
from ..resources.base import COMMENT_FIELDS, Resource
from .change import Action, change_directions
from .change_text import setting_lines
from .diff import MARKED_DIRECTIONS, Diff, text_diff
from .entry_plan import entry_direction

_ACTION_TEXTS = {"create": "new", "delete": "removed", "update": "changed"}
_MAX_VALUE_LENGTH = 120

ChangedEntry = tuple[str, Action, Mapping[str, Any]]


def list_diff(name: str, resource: Resource, entries: Sequence[ChangedEntry]) -> Diff:
    """Write the changes of a list as texts. Each line names the list and the entry.

    Args:
        name: the name of the list.
        resource: the resource of its entries.
        entries: for each changed entry its label, what is done (`create`, `update` or `delete`), and the values before and after by field.
    """
    before: list[str] = []
    after: list[str] = []
    for label, action, changes in entries:
        if action == "update":
            for field, pair in changes.items():
                place = f"{name}: {label}: {field}"
                before += setting_lines({place: pair["before"]})
                after += setting_lines({place: pair["after"]})
        elif action == "create":
            after += setting_lines({name: entry_text(resource, label, {field: pair["after"] for field, pair in changes.items()})})
        else:
            before += setting_lines({name: entry_text(resource, label, {field: pair["before"] for field, pair in changes.items()})})
    return {**text_diff(_title(name, resource, entries), {}, {}), "before": _joined(before), "after": _joined(after)}


def entry_text(resource: Resource, label: str, settings: Mapping[str, Any]) -> str:
    """Describe an entry, as in `news.partner.example (DOMAIN, is_acceptable_sender, verify_sender)`: its settings, of flags those that are set."""
    notes: list[str] = []
    for field in resource.fields:
        value = settings.get(field.name)
        # A line of a new entry shows what it does, without free texts.
        if field.name in resource.key_fields or field.name in COMMENT_FIELDS or value in (None, False, "", []):
            continue
        notes += [field.name] if value is True else map(str, value) if isinstance(value, list) else [truncate(str(value), _MAX_VALUE_LENGTH)]
    return f"{label} ({', '.join(notes)})" if notes else label


def _title(name: str, resource: Resource, entries: Sequence[ChangedEntry]) -> str:
    direction_of = entry_direction(resource)
    found = [direction for _label, action, changes in entries for direction in change_directions(resource, action, changes, direction_of).values()]
    actions = [action for _label, action, _changes in entries]
    counts = [f"{actions.count(action)} {text}" for action, text in _ACTION_TEXTS.items() if action in actions]
    directions = [f"{text}: {found.count(direction)}" for direction, text in MARKED_DIRECTIONS.items() if direction in found]
    return f"{name} ({'; '.join([', '.join(counts), *directions])})"


def _joined(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
