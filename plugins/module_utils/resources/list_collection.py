# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the endpoints of the seven lists of an account have in common.

See https://developers.cloudflare.com/api/resources/email_security/subresources/settings/.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from .base import Key, LiveObject
from .collection import ResourceCollection

if TYPE_CHECKING:
    from ..api.pagination import Reading

# Every batch endpoint takes at most this many items in each of its arrays.
MAX_BATCH_ITEMS = 1000


class ListCollection(ResourceCollection):
    """The endpoints of a list.

    Attributes:
        key_filter: the query parameter that finds entries by the first part of their key; empty if there is none.
    """

    is_batch_atomic = True
    key_filter: ClassVar[str] = ""

    def _key_filter(self, keys: Sequence[Key]) -> list[tuple[str, str]]:
        return [(self.key_filter, str(key[0])) for key in keys]

    def _needs_second_reading(self, reading: Reading) -> bool:
        """An entry that is missing from a reading would be created again, or be overlooked by an audit.

        A reading in several pages shows by itself that rows moved if the list has an order and a total: a row then appears twice, the total changes,
        or the pages are not in order. Without them, a row that was removed moves another one unnoticed to a page that was read before.
        """
        if not reading.page_breaks:
            return False
        field = self.list_order.get("order")
        if field is None or not reading.totals:
            return True
        return not all(_may_precede(reading.rows[index - 1], reading.rows[index], field) for index in reading.page_breaks)


def _may_precede(one: LiveObject, other: LiveObject, field: str) -> bool:
    """Whether one row may come before another. How the server compares letters is not documented, so any usual way will do."""
    first, second = str(one.get(field)), str(other.get(field))
    return first <= second or first.casefold() <= second.casefold() or _letters(first) <= _letters(second)


def _letters(text: str) -> str:
    """The letters and digits of a text, which databases compare first."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())
