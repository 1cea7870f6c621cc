# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the CSV writers share: a beginning that spreadsheets know the encoding by, and cells that they do not calculate. Pure."""

from __future__ import annotations

import unicodedata

# The byte order mark: without it the best known spreadsheet reads UTF-8 in the code page of the machine.
BEGINNING = "\ufeff"
# What makes a spreadsheet take a cell for a formula.
_STARTS = ("=", "+", "-", "@")


def neutral(text: str, raw: str | None = None) -> str:
    """A cell that no spreadsheet calculates: an apostrophe stands before what would be a formula.

    Args:
        text: what the cell is to hold.
        raw: the text from before anything was escaped in it, if something was.

    Returns:
        The text, with an apostrophe before it where it or `raw` begins a formula. Numbers are to be written without this function.
    """
    return f"'{text}" if _is_formula(text) or (raw is not None and _is_formula(raw)) else text


def _is_formula(text: str) -> bool:
    if text.startswith(("\t", "\r", "\n")):
        return True
    # Wide signs are plain ones to a spreadsheet, where keyboards write them. Blanks, controls and what has no width are passed over by some.
    for character in text:
        plain = unicodedata.normalize("NFKC", character).lstrip()
        if plain and unicodedata.category(plain[0])[0] not in "CZ":
            return plain.startswith(_STARTS)
    return False
