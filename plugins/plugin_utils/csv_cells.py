# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CSV cells that spreadsheets do not evaluate as formulas. Pure."""

from __future__ import annotations

import unicodedata

# Without it, Excel reads UTF-8 in the code page of the machine.
BYTE_ORDER_MARK = "\ufeff"
_FORMULA_PREFIXES = ("=", "+", "-", "@")


def safe_cell(text: str, raw: str | None = None) -> str:
    """Return a text that no spreadsheet evaluates. Numbers must be written without this function.

    Args:
        text: the content of the cell.
        raw: the text before characters in it were escaped, if they were.

    Returns:
        The text, with an apostrophe before it if it or `raw` would be a formula.
    """
    return f"'{text}" if _is_formula(text) or (raw is not None and _is_formula(raw)) else text


def _is_formula(text: str) -> bool:
    # Most texts begin with a letter.
    if "A" <= text[:1] <= "z" and text[0].isalpha():
        return False
    if text.startswith(("\t", "\r", "\n")):
        return True
    # Spreadsheets accept full-width operators for plain ones, and some skip leading blanks, control characters and zero-width characters.
    for character in text:
        plain = unicodedata.normalize("NFKC", character).lstrip()
        if plain and unicodedata.category(plain[0])[0] not in "CZ":
            return plain.startswith(_FORMULA_PREFIXES)
    return False
