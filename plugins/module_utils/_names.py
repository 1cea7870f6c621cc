# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The name of a mail domain in its one normal form: lower case, no trailing dot, IDNA 2008 by way of UTS 46. Pure."""

from __future__ import annotations

import re

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_LONGEST_NAME = 253


def normal_name(name: str) -> str:
    """The name in A-labels. Errors: ValueError that says what is wrong with it."""
    text = name.strip()
    ascii_name = text.lower() if text.isascii() else _to_ascii(text)
    ascii_name = ascii_name.removesuffix(".")
    if not ascii_name:
        raise ValueError("it is empty")
    if len(ascii_name) > _LONGEST_NAME:
        raise ValueError(f"it is longer than {_LONGEST_NAME} characters")
    for label in ascii_name.split("."):
        if not _LABEL.fullmatch(label):
            raise ValueError(f"the label {label!r} is not 1 to 63 letters, digits and hyphens, with no hyphen at either end")
        if label.startswith("xn--"):
            _to_ascii(label)
    return ascii_name


def live_name(name: object) -> str | None:
    """The same for what a server says, which is never refused: a name that IDNA does not take stands for itself."""
    if not isinstance(name, str):
        return None
    try:
        return normal_name(name)
    except ValueError:
        return name.strip().lower().removesuffix(".")


def spellings(normal: str) -> list[str]:
    """The normal form, and the one with the letters that a person sees, where they differ: a server may hold either."""
    if "xn--" not in normal:
        return [normal]
    import idna

    return [normal, idna.decode(normal)]


def _to_ascii(text: str) -> str:
    # Comes with requests. Imported late: its tables cost milliseconds, and most names are ASCII.
    import idna

    try:
        return idna.encode(text, uts46=True, std3_rules=True).decode("ascii").lower()
    except idna.IDNAError as error:
        words = str(error)
    raise ValueError(f"IDNA 2008 does not allow it: {words}")
