# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes as lines of text that a person reviews. Pure.

Ansible prints a diff with three lines of context, so that no line may depend on a heading above it: each names its field and one value.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..api.texts import truncate

_MAX_VALUE_LENGTH = 120
# Of a list, a line shows at most this many values that are added or removed.
_MAX_ITEMS = 5
_VERBS = {"create": "created", "delete": "deleted", "purge": "removed by purge"}
DIRECTION_TEXTS = {"weaker": "less protected", "stronger": "more protected", "neutral": "neutral"}


def setting_lines(settings: Mapping[str, Any]) -> list[str]:
    """Write settings with one line for each value, as in `ip_restrictions: 192.0.2.64/28`. The items of a list are sorted."""
    return [f"{name}: {text}" for name, value in settings.items() for text in _value_texts(value)]


def change_lines(name: str, action: str, changes: Mapping[str, Mapping[str, Any]], weaker: Sequence[str] = ()) -> list[str]:
    """Describe the change of one object, with one line for each field.

    Args:
        name: the name of the object.
        action: what is done: `update`, `create`, `delete` or `purge`.
        changes: the values before and after, by field.
        weaker: the fields whose change makes the object less protected.
    """
    # A creation has no values before it, a deletion has none after it: to name them would say nothing.
    lines = [f"{name}: {_VERBS[action]}{' (less protected)' if weaker else ''}"] if action in _VERBS else []
    if action not in ("delete", "purge"):
        lines += [f"{name}: {field} {_change_text(pair, action)}{' (less protected)' if field in weaker else ''}" for field, pair in changes.items()]
    return lines


def direction_sentence(directions: Mapping[str, int], singular: str = "domain", plural: str = "domains", whole: str = "") -> str:
    """Summarize a plan: how many changes make objects less protected (`weaker`), more protected (`stronger`), or neither (`neutral`).

    Args:
        directions: the numbers of changes by direction. Directions without changes are left out of the sentence.
        singular: what one object is called.
        plural: what several objects are called.
        whole: what all changes are about, such as `the account`, in place of the objects.
    """
    counts = [(directions[direction], text) for direction, text in DIRECTION_TEXTS.items() if directions[direction]]
    if not counts:
        return "Plan: no changes."
    (first, text), *others = counts
    verb = f"make {whole or plural}" if first > 1 else f"makes {whole or f'a {singular}'}"
    start = f"{first} {text} change{'s' if first > 1 else ''}" if text == "neutral" else f"{first} change{'s' if first > 1 else ''} {verb} {text}"
    return f"Plan: {', '.join([start, *(f'{count} {other}' for count, other in others)])}."


def _change_text(pair: Mapping[str, Any], action: str) -> str:
    before, after = pair.get("before"), pair.get("after")
    if action == "create":
        return ", ".join(_shown(_value_texts(after)))
    if isinstance(before, list) and isinstance(after, list):
        removed = [f"-{item}" for item in _value_texts(before) if item not in _value_texts(after)] if before else []
        added = [f"+{item}" for item in _value_texts(after) if item not in _value_texts(before)] if after else []
        return ", ".join(_shown(removed) + _shown(added))
    return " -> ".join(", ".join(_shown(_value_texts(value))) for value in (before, after))


def _shown(texts: list[str]) -> list[str]:
    shown = [truncate(text, _MAX_VALUE_LENGTH) for text in texts[:_MAX_ITEMS]]
    return [*shown, f"and {len(texts) - _MAX_ITEMS} more"] if len(texts) > _MAX_ITEMS else shown


def _value_texts(value: Any) -> list[str]:
    """Each value of a field as a text on one line. An empty list is `[]`."""
    if isinstance(value, list):
        return sorted(_scalar_text(item) for item in value) or ["[]"]
    return [_scalar_text(value)]


def _scalar_text(value: Any) -> str:
    """A value as YAML writes it; a text that would be misread, such as an empty one, is quoted."""
    if isinstance(value, str) and value and value.isprintable() and value == value.strip() and value not in ("null", "true", "false", "[]"):
        return value
    return json.dumps(value, ensure_ascii=True)
