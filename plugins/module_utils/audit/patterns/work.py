# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A limit for the work that one regular expression may cause. Pure."""

from __future__ import annotations

from collections.abc import Sequence

# Alternatives that are distinguished, at most: while there is work left, and afterwards.
MAX_ALTERNATIVES = 1024
FEW_ALTERNATIVES = 4
# Patterns that people write need far less. The API takes up to 2,048 characters.
_FREE_STEPS = 20_000


def common_beginning(texts: Sequence[str]) -> str:
    """The characters that all texts begin with."""
    # What the first and the last one of a sorted list have in common, those between them have as well.
    first, last = min(texts), max(texts)
    for position, (one, other) in enumerate(zip(first, last, strict=False)):
        if one != other:
            return first[:position]
    return first[: len(last)]


class Work:
    """Counts the work of reading one pattern and limits the number of alternatives that are distinguished.

    Attributes:
        steps: how many tokens and combinations of alternatives were looked at.
    """

    __slots__ = ("steps",)

    def __init__(self) -> None:
        self.steps = 0

    def permits(self, alternatives: int) -> bool:
        """Whether so many alternatives are distinguished. They are counted as work if so."""
        is_permitted = alternatives <= (MAX_ALTERNATIVES if self.steps < _FREE_STEPS else FEW_ALTERNATIVES)
        self.steps += alternatives if is_permitted else 1
        return is_permitted
