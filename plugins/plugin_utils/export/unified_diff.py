# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare two texts line by line. Pure."""

from __future__ import annotations

import difflib
import re


def unified_diff(before: str, after: str, name: str) -> list[str]:
    """Compare two texts.

    Args:
        before: the existing text.
        after: the text that would replace it.
        name: the name of both in the header, such as a path.

    Returns:
        The lines of a unified diff, without line ends; none if the texts are identical. Carriage returns and bytes that are not UTF-8 are escaped,
        because a terminal would hide them.
    """
    lines = difflib.unified_diff(_lines(before), _lines(after), f"{name} (existing)", f"{name} (from the account)")
    return [_printable(line) for line in lines]


def _lines(text: str) -> list[str]:
    # str.splitlines() would also split at characters that do not end a line in a file.
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _printable(line: str) -> str:
    text = line.removesuffix("\n") if line.endswith("\n") else f"{line} (no line end)"
    return text.replace("\r", "\\r").encode("utf-8", "backslashreplace").decode()
