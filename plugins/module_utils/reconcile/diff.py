# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The diffs that Ansible prints with `--diff`, as texts. Pure.

Ansible would print dictionaries as JSON, whose lines name neither the object nor the field, and differ by commas.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .change_text import DIRECTION_TEXTS, setting_lines

Diff = dict[str, str]

_ACTION_TEXTS = {"create": "new", "delete": "removed"}
MARKED_DIRECTIONS = {direction: DIRECTION_TEXTS[direction] for direction in ("weaker", "stronger")}


def text_diff(title: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Diff:
    """Write the settings of an object before and after a change, both empty or ending with a line break.

    Args:
        title: what Ansible prints above the diff.
        before: the settings before; empty if the object did not exist.
        after: the settings after; empty if the object does not exist then.
    """
    return {"before": _text(before), "after": _text(after), "before_header": title, "after_header": title}


def field_diff(title: str, action: str, changes: Mapping[str, Mapping[str, Any]]) -> Diff:
    """Write the fields that a change is about, before and after.

    Args:
        title: what Ansible prints above the diff.
        action: what is done: `update`, `create` or `delete`. An object that is created has no settings before, one that is deleted none after.
        changes: the values before and after, by field.
    """
    before, after = ({name: pair[side] for name, pair in changes.items() if action != absent} for side, absent in (("before", "create"), ("after", "delete")))
    return text_diff(title, before, after)


def omission_note(text: str) -> Diff:
    """An entry in place of others that are left out. Ansible prints `prepared` as it is."""
    return {**text_diff(text, {}, {}), "prepared": f"{text}\n"}


def diff_title(name: str, action: str, directions: Mapping[str, str]) -> str:
    """Name an object, and say what a change does to it, as in `example.net (less protected: require_tls_inbound)`.

    Args:
        name: the name of the object.
        action: what is done.
        directions: the direction of each field's change: `weaker`, `stronger` or `neutral`.
    """
    fields = {direction: [name for name, known in directions.items() if known == direction] for direction in MARKED_DIRECTIONS}
    if action in _ACTION_TEXTS:
        notes = [_ACTION_TEXTS[action], *(MARKED_DIRECTIONS[direction] for direction in fields if fields[direction])]
        return f"{name} ({', '.join(notes)})"
    notes = [f"{MARKED_DIRECTIONS[direction]}: {', '.join(names)}" for direction, names in fields.items() if names]
    return f"{name} ({'; '.join(notes)})" if notes else name


def _text(settings: Mapping[str, Any]) -> str:
    return "".join(f"{line}\n" for line in setting_lines(settings))
