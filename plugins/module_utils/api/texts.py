# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts of limited length, for messages and reports. Pure."""

from __future__ import annotations

from collections.abc import Sequence

# Of a wrong value, a message shows this many characters.
MAX_QUOTED = 120


def truncate(text: str, limit: int) -> str:
    """Shorten a text to `limit` characters, the last of which then is an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def quoted(value: object) -> str:
    """Write a wrong value in quotes, as Python does, for a message. A long one is shortened."""
    return repr(truncate(value, MAX_QUOTED)) if isinstance(value, str) else truncate(repr(value), MAX_QUOTED)


def list_names(names: Sequence[str], limit: int) -> str:
    """List the first names, and count the others, as in `a.example, b.example and 3 more`."""
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more


def printable(text: str) -> str:
    """Write a text for people: what moves the cursor, ends the line or cannot be seen is escaped, as in `\\x1b`."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape", "replace").decode("ascii") for letter in text)
