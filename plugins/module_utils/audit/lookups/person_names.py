# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of people in a form in which two spellings of one name are equal. Pure."""

from __future__ import annotations

import unicodedata

# The longest name that the API accepts. The time to decompose a longer text can grow with the square of its length.
_MAX_LENGTH = 1024
# Letters with a stroke or of two letters, which Unicode does not decompose.
_PLAIN_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "\u0131": "i", "æ": "ae", "œ": "oe", "þ": "th"})
# Combining marks, and letters without a width, which make a name look the same and compare differently.
_INVISIBLE = {"Mn", "Me", "Cf"}


def fold_name(name: str) -> str:
    """Write a name without case, diacritics and double spaces, in compatible letters, the first name first: `doe, JANÉ` as `jane doe`."""
    if len(name) > _MAX_LENGTH:
        return name.casefold()
    letters = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold())
    plain = "".join(letter for letter in letters if unicodedata.category(letter) not in _INVISIBLE).translate(_PLAIN_LETTERS)
    last, comma, first = plain.partition(",")
    # Two commas separate something else, such as a title.
    return " ".join((f"{first} {last}" if comma and "," not in first else plain).split())
