# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When two labels of domains resemble each other: confusable letters and small edits. Pure.

Labels are compared in two ways: as they are, in Unicode, and by their skeletons, in which letters that look alike are the same letter.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations

# One edit is a letter more, less or another one, or two neighbouring letters in the other order. Short names differ by little although they have nothing
# to do with each other: this many edits are a resemblance only if both labels have at least this length.
MIN_LENGTH_BY_EDITS = {1: 4, 2: 6}
MAX_EDITS = max(MIN_LENGTH_BY_EDITS)
MAX_LABEL_LENGTH = 63
# Letters are deleted from the beginning and from the end of a label only, so that a long label needs no more memory than a short one.
_MAX_PREFIX = 8

# By letter, others that look like it and are not decomposed to it: Cyrillic and Greek small letters, and digits. Mail clients show i, l and 1 alike.
_ALIKE = {
    "a": "\u0430\u03b1",
    "b": "\u0432\u044c\u03b2",
    "c": "\u0441",
    "d": "\u0501\u0111",
    "e": "\u0435\u0454\u03b5",
    "h": "\u04bb\u043d\u0127",
    "j": "\u0458",
    "k": "\u043a\u03ba",
    "l": "1i\u0131\u0456\u03b9\u04cf\u0142",
    "m": "\u043c",
    "n": "\u03b7",
    "o": "0\u043e\u03bf\u03c3\u0585\u00f8",
    "p": "\u0440\u03c1",
    "r": "\u0433",
    "s": "\u0455",
    "t": "\u0442\u03c4\u0167",
    "u": "\u03c5",
    "v": "\u0475\u03bd",
    "w": "\u051d\u03c9",
    "x": "\u0445\u03c7",
    "y": "\u0443\u03b3",
}
_LETTERS = str.maketrans({"\u00e6": "ae", "\u0153": "oe", **{letter: plain for plain, letters in _ALIKE.items() for letter in letters}})


@lru_cache(maxsize=16384)
def skeleton(label: str) -> str:
    """Write a label, in Unicode, with one letter for all that look alike: without accents, and with m for rn and w for vv."""
    decomposed = unicodedata.normalize("NFKD", label.casefold())
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return plain.translate(_LETTERS).replace("rn", "m").replace("vv", "w")


def max_edits(*lengths: int) -> int:
    """The number of edits up to which labels of these lengths resemble each other."""
    return max((edits for edits, least in MIN_LENGTH_BY_EDITS.items() if min(lengths) >= least), default=0)


def edit_distance(one: str, other: str, limit: int) -> int:
    """The least number of edits from one text to another, in which no letter is edited twice; the limit and one more if it is more."""
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    earlier: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        current = [row]
        for column, other_letter in enumerate(other, 1):
            least = min(last[column] + 1, current[-1] + 1, last[column - 1] + (letter != other_letter))
            if row > 1 and column > 1 and letter == other[column - 2] and other_letter == one[row - 2]:
                least = min(least, earlier[column - 2] + 1)
            current.append(least)
        # The least number of a row never becomes smaller.
        if min(current) > limit:
            return limit + 1
        earlier, last = last, current
    return min(last[-1], limit + 1)


def shortened(label: str) -> Iterator[str]:
    """Yield the beginning of a label without up to as many letters as it may be edited.

    Two labels within that number of edits have one of these texts in common, because each edit costs each of the two beginnings at most one letter. The same
    holds for the labels written backwards, and so for their ends.
    """
    beginning = label[:_MAX_PREFIX]
    for count in range(max_edits(len(label)) + 1):
        for kept in combinations(beginning, len(beginning) - count):
            yield "".join(kept)
