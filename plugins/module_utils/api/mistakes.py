# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts mistakes in options into words: what was probably meant, and how a value is quoted. Pure.

Imported only after a mistake: a packed module compiles each file that it imports.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

# The mistakes beyond this number are usually of the same kind.
MAX_MISTAKES_SHOWN = 20
# No option has a longer name. A longer one may be a credential that was written in place of a name.
_MAX_NAME_LENGTH = 32
_MAX_VALUE_LENGTH = 60
_NAME = re.compile(r"[A-Za-z_][\w-]*")


def closest(word: object, known: Iterable[str]) -> str | None:
    """Return the known word that was probably meant, or None.

    A word that differs only in case, hyphens and underscores is always found. It is suggested, never used in place of the given one.
    """
    words = list(known)
    by_letters: dict[str, str] = {}
    for each in words:
        by_letters.setdefault(_letters(each), each)
    found = get_close_matches(_letters(str(word)), by_letters, n=1)
    return by_letters[found[0]] if found else None


def did_you_mean(word: object, known: Iterable[str]) -> str:
    """Return a remark to put behind a wrong word, such as ` (did you mean SPAM?)`; empty if nothing is similar."""
    found = closest(word, known)
    return f" (did you mean {found}?)" if found else ""


def suggest(word: object, known: Iterable[str]) -> str:
    """Return a sentence to put after one about a wrong word, such as ` Did you mean SPAM?`; empty if nothing is similar."""
    found = closest(word, known)
    return f" Did you mean {found}?" if found else ""


def quote_value(value: Any) -> str:
    """Write a value as a message quotes it: of a long text, a list or a mapping only what it is. A part of a text could be one of a credential."""
    if value is None:
        return "null"
    if isinstance(value, (list, tuple)):
        return "a list"
    if isinstance(value, dict):
        return "a mapping"
    text = repr(str(value)) if isinstance(value, str) else repr(value)
    return text if len(text) <= _MAX_VALUE_LENGTH else f"a text of {len(str(value))} characters"


def quote_name(name: object) -> str:
    """Write the name of an unknown option, unless it does not look like one: it may be a credential."""
    text = str(name)
    return text if len(text) <= _MAX_NAME_LENGTH and _NAME.fullmatch(text) else f"a name of {len(text)} characters"


def join_mistakes(mistakes: list[str]) -> str:
    """Join the messages of mistakes, and count those beyond the first ones."""
    more = len(mistakes) - MAX_MISTAKES_SHOWN
    return " ".join([*mistakes[:MAX_MISTAKES_SHOWN], *([f"And {more} more."] if more > 0 else [])])


def _letters(text: str) -> str:
    return re.sub(r"[-_\s]", "", text).lower()
