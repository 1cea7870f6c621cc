# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A limit for the work that one regular expression may cause. Pure."""

from __future__ import annotations

# Alternatives that are distinguished, at most: while there is work left, and afterwards.
MAX_ALTERNATIVES = 1024
FEW_ALTERNATIVES = 8
# Patterns that people write need far less. The API takes up to 2,048 characters.
_FREE_STEPS = 50_000


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
