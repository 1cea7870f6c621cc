# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The declared and the live value of a finding in the HTML report, with their differences marked, and blocks of commands. Pure.

A page has thousands of them, so they are made here and not in the template.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from markupsafe import Markup, escape

from ...module_utils.api.texts import truncate
from .domain_view import breakable
from .text import format_value, plain_value, visible_columns
from .validation import Finding

_MAX_VALUE_LENGTH = 300
_MAX_ITEMS = 24
_ELEMENTS = {"lost": "del", "gained": "ins"}


class Part(NamedTuple):
    """A part of a value. `mark` is `lost` if it is declared but not live, `gained` if it is live but not declared, and otherwise empty."""

    mark: str
    text: str


Parts = tuple[Part, ...]


def value_parts(finding: Finding) -> tuple[Parts, Parts]:
    """The parts of the declared and of the live value; empty for a value that adds nothing to the title of the rule."""
    declared, live, (has_declared, has_live) = finding["declared"], finding["live"], visible_columns(finding)
    if isinstance(declared, list) and isinstance(live, list) and declared and live:
        return _item_parts(declared, live, "lost"), _item_parts(live, declared, "gained")
    return _single_part(finding, "declared") if has_declared else (), _single_part(finding, "live") if has_live else ()


# Most domains of an account have the same few values.
@lru_cache(maxsize=4096)
def value_markup(parts: Parts) -> Markup:
    """A value, with the parts marked that differ."""
    # Each part is escaped.
    return Markup(", ").join(map(_part_markup, parts))


def command_block(commands: tuple[str, ...], anchor: str = "") -> Markup:
    """Commands to copy, one below the other."""
    attribute = f' id="{escape(anchor)}"' if anchor else ""
    shown = "\n".join(f"<code>{escape(command)}</code>" for command in commands)
    # Each command is escaped.
    return Markup(f'<pre{attribute} tabindex="0">{shown}</pre>\n')


def _part_markup(part: Part) -> Markup:
    text = breakable(part.text)
    element = _ELEMENTS.get(part.mark)
    # The text is escaped.
    return Markup(f"<{element}>{text}</{element}>") if element else text


def _single_part(finding: Finding, side: str) -> Parts:
    return (Part("", truncate(format_value(finding, side), _MAX_VALUE_LENGTH)),)


def _item_parts(values: list[Any], others: list[Any], mark: str) -> Parts:
    """The items of a list, those that differ first, up to a limit."""
    other_texts = set(map(plain_value, others))
    texts = list(map(plain_value, values))
    differing = [Part(mark, truncate(text, _MAX_VALUE_LENGTH)) for text in texts if text not in other_texts]
    parts = differing + [Part("", truncate(text, _MAX_VALUE_LENGTH)) for text in texts if text in other_texts]
    return tuple(parts if len(parts) <= _MAX_ITEMS else [*parts[:_MAX_ITEMS], Part("", f"and {len(parts) - _MAX_ITEMS} more")])
