# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How two texts differ, line by line. Pure."""

from __future__ import annotations

import difflib
import re


def unified_diff(before: str, after: str, name: str) -> list[str]:
    """Compare two texts.

    Args:
        before: the text that is there.
        after: the text that would replace it.
        name: what to call both, such as a path.

    Returns:
        The lines of a unified diff, without line ends; none if the texts are the same, character for character.
        A carriage return is shown as ``\\r`` and a byte that was no UTF-8 as its escape, because a terminal would hide both.
    """
    lines = difflib.unified_diff(_lines(before), _lines(after), f"{name} (there)", f"{name} (from the account)")
    return [_shown(line) for line in lines]


def _lines(text: str) -> list[str]:
    # Not str.splitlines(): that also splits at characters that are no line end in a file.
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _shown(line: str) -> str:
    whole = line.removesuffix("\n") if line.endswith("\n") else f"{line} (no line end)"
    return whole.replace("\r", "\\r").encode("utf-8", "backslashreplace").decode()
