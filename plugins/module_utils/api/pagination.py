# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages of a list, and whether they make up one list. Pure: it is handed a function that reads a page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from .responses import ApiResult

PER_PAGE = 1000
MAX_PAGES = 10_000
# What a query may hold besides filters.
_NO_FILTERS = {"order", "direction"}

Row = dict[str, Any]


class Reading(NamedTuple):
    """All pages of a list, read once.

    Attributes:
        rows: the rows of all pages, in the server's order.
        totals: what the server said on each page that there is in all; empty where the total decides nothing.
        is_whole: whether the pages fit together.
        is_complete: whether the end of the list was reached.
    """

    rows: list[Row]
    totals: list[int]
    is_whole: bool
    is_complete: bool = True

    @property
    def is_consistent(self) -> bool:
        """Whether nothing but the server's total speaks against it: no row came twice."""
        ids = [str(row["id"]) for row in self.rows if row.get("id") is not None]
        return self.is_complete and len(ids) == len(set(ids))

    def equals(self, other: Reading) -> bool:
        """Whether both found the same rows, on pages with the same totals: what did not change between the two."""
        return self.totals == other.totals and [row.get("id", row) for row in self.rows] == [row.get("id", row) for row in other.rows]


class UnexpectedPageError(Exception):
    """A page that makes up no list with the others. Its text says what came instead."""


def collect_pages(fetch_page: Callable[[int], ApiResult], *, is_filtered: bool = False, expected: int = 0, trust_totals: bool = True) -> Reading:
    """Read all pages of a list.

    What ends a list, where C is asked for, S is the page size that the server states (none, or more than C: it states none),
    and T the total that it states:

    - an empty page, always;
    - with a filter: a page that is shorter than S. T never decides, because the API describes it as the total without any
      filter. Where S is not stated, a short page ends the list only if T does not say that there are more rows, or if the
      `expected` rows are there; otherwise one more page is asked for;
    - without a filter: a page that is shorter than S, unless T says that there are more rows (a server may send fewer rows
      than the size that it states). Where S is not stated, a short page proves nothing, and the next page is asked for;
    - without a filter, a full page only if S is C and exactly T rows were read. So an account of 1000 domains costs one request.
      What this cannot notice is a server that states the count of the page as the total, for a list of more than C rows.

    Rows that move between two pages show: a row comes twice, the total changes, or it is not reached. A total that is the
    count of each page is no total, and its changes mean nothing.

    Args:
        fetch_page: reads the page of a number, from 1 on, of `PER_PAGE` rows. What it raises is not caught.
        is_filtered: whether the query holds more than an order: see `is_filter`.
        expected: how many rows the filter finds at most, if that is known: 1 for the look-up of one name.
        trust_totals: False where the totals are known to be wrong: the list then ends with a short or empty page.

    Returns:
        The reading, which is whole or not.

    Raises:
        UnexpectedPageError: a page holds no rows, or comes again and again.
    """
    rows: list[Row] = []
    counts: list[int] = []
    totals: list[int] = []
    pages: set[frozenset[str]] = set()
    for number in range(1, MAX_PAGES + 1):
        envelope = fetch_page(number)
        page = _rows(envelope)
        total = _number(envelope, "total_count") if trust_totals else None
        # By ids where there are any: a server may answer the same row with its lists in another order.
        fingerprint = frozenset(str(row.get("id", row)) for row in page)
        if page and fingerprint in pages and (total is None or total == totals[0]):
            if total == len(rows):
                # The server knows no pages, and sent all of the list at once.
                return _reading(rows, totals, is_filtered)
            raise UnexpectedPageError(f"the same page again as page {number}")
        pages.add(fingerprint)
        rows += page
        counts.append(len(page))
        totals += [] if total is None else [total]
        if totals == counts[: len(totals)] and len(totals) > 1:
            total = None
        elif len(set(totals)) > 1:
            return Reading(rows, totals, is_whole=False, is_complete=False)
        if _is_last(page, _number(envelope, "per_page"), total, len(rows), is_filtered, expected):
            return _reading(rows, [] if totals == counts else totals, is_filtered)
    raise UnexpectedPageError(f"more than {MAX_PAGES} pages")


def _is_last(page: list[Row], stated: int | None, total: int | None, read: int, is_filtered: bool, expected: int) -> bool:
    """Whether a page ends its list: the rule that is described above."""
    if not page:
        return True
    is_stated = stated is not None and 0 < stated <= PER_PAGE
    is_short = len(page) < (stated if is_stated and stated else PER_PAGE)
    says_more = total is not None and total > read
    if is_filtered:
        return is_short and (is_stated or 0 < expected <= read or (total is not None and not says_more))
    if not is_stated:
        return False
    return not says_more and (is_short or (stated == PER_PAGE and total == read))


def _reading(rows: list[Row], totals: list[int], is_filtered: bool) -> Reading:
    totals = [] if is_filtered else totals
    reading = Reading(rows, totals, is_whole=True)
    return reading._replace(is_whole=reading.is_consistent and len(rows) >= max(totals, default=0))


def is_filter(parameter: str) -> bool:
    """Whether a parameter of the query leaves rows out."""
    return parameter not in _NO_FILTERS


def _rows(envelope: ApiResult) -> list[Row]:
    rows = envelope.result
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UnexpectedPageError("a result that is not a list of objects")
    return rows


def _number(envelope: ApiResult, name: str) -> int | None:
    value = envelope.result_info.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
