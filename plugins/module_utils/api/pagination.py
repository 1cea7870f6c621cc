# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads all pages of a list and checks that they are consistent. Pure: a function that reads one page is passed in."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate
from typing import Any, NamedTuple

from .responses import ApiResult

PER_PAGE = 1000
MAX_PAGES = 10_000
# Query parameters that are no filters.
_NO_FILTERS = {"order", "direction"}

Row = dict[str, Any]


class Reading(NamedTuple):
    """All pages of a list, read once.

    Attributes:
        rows: the rows of all pages, in the server's order.
        totals: the total that the server stated on each page; empty if totals are not used.
        is_whole: whether the pages fit together.
        is_complete: whether the end of the list was reached.
        counts: how many rows each page had.
    """

    rows: list[Row]
    totals: list[int]
    is_whole: bool
    is_complete: bool = True
    counts: tuple[int, ...] = ()

    @property
    def page_breaks(self) -> list[int]:
        """The indexes of the rows that begin another page than the first: there, rows may be missing."""
        return [index for index in accumulate(self.counts) if index < len(self.rows)]

    @property
    def is_consistent(self) -> bool:
        """Whether the list was read to its end and no row appears twice, whatever the server's total is."""
        ids = [str(row["id"]) for row in self.rows if row.get("id") is not None]
        return self.is_complete and len(ids) == len(set(ids))

    def equals(self, other: Reading) -> bool:
        """Whether both found the same rows, in whatever order, on pages with the same totals: then nothing changed between the two."""
        return self.totals == other.totals and sorted(map(_identity, self.rows)) == sorted(map(_identity, other.rows))


class UnexpectedPageError(Exception):
    """A page does not fit the others. The text describes what was received."""


def collect_pages(fetch_page: Callable[[int], ApiResult], *, is_filtered: bool = False, expected: int = 0, trust_totals: bool = True) -> Reading:
    """Read all pages of a list.

    The rules for the end of a list, where C is the requested page size, S the page size that the server states (a missing one,
    and one larger than C, count as not stated), and T the total that it states:

    - an empty page, always;
    - with a filter: a page shorter than S. T never decides, because the API describes it as the total without filters. If S is
      not stated, a short page ends the list only if T does not imply more rows, or if the `expected` rows were found; otherwise
      one more page is requested;
    - without a filter: a page shorter than S, unless T implies more rows (a server may send fewer rows than S). If S is not
      stated, a short page proves nothing, and the next page is requested;
    - without a filter, a full page only if S equals C and exactly T rows were read. So an account of 1000 domains takes one
      request. The exception that remains undetected is a server that states the count of the page as the total of a longer list.

    Rows that move between two pages are detected: a row appears twice, the total changes, or it is not reached. A total that
    always equals the count of its page is ignored.

    Args:
        fetch_page: reads one page of `PER_PAGE` rows; pages are numbered from 1. Its exceptions are not caught.
        is_filtered: whether the query contains a filter: see `is_filter`.
        expected: how many rows the filter finds at most, if that is known: 1 for the look-up of one name.
        trust_totals: False if the totals are known to be wrong: the list then ends with a short or empty page.

    Raises:
        UnexpectedPageError: a page contains no rows, or is repeated.
    """
    rows: list[Row] = []
    counts: list[int] = []
    totals: list[int] = []
    pages: set[frozenset[str]] = set()
    for number in range(1, MAX_PAGES + 1):
        result = fetch_page(number)
        page = _rows(result)
        total = _number(result, "total_count") if trust_totals else None
        # By id if there is one: a server may return the same row with its lists in another order.
        fingerprint = frozenset(map(_identity, page))
        if page and fingerprint in pages and (total is None or total == totals[0]):
            if total == len(rows):
                # The server does not support pages, and sent the whole list at once.
                return _reading(rows, counts, totals, is_filtered)
            raise UnexpectedPageError(f"the same page again as page {number}")
        pages.add(fingerprint)
        rows += page
        counts.append(len(page))
        totals += [] if total is None else [total]
        if totals == counts[: len(totals)] and len(totals) > 1:
            total = None
        elif len(set(totals)) > 1:
            return Reading(rows, totals, is_whole=False, is_complete=False)
        if _is_last(page, _number(result, "per_page"), total, len(rows), is_filtered, expected):
            return _reading(rows, counts, [] if totals == counts else totals, is_filtered)
    raise UnexpectedPageError(f"more than {MAX_PAGES} pages")


def _is_last(page: list[Row], stated: int | None, total: int | None, read: int, is_filtered: bool, expected: int) -> bool:
    """Whether a page ends its list, see the rules of `collect_pages`."""
    if not page:
        return True
    is_stated = stated is not None and 0 < stated <= PER_PAGE
    is_short = len(page) < (stated if is_stated and stated else PER_PAGE)
    implies_more = total is not None and total > read
    if is_filtered:
        return is_short and (is_stated or 0 < expected <= read or (total is not None and not implies_more))
    if not is_stated:
        return False
    return not implies_more and (is_short or (stated == PER_PAGE and total == read))


def _reading(rows: list[Row], counts: list[int], totals: list[int], is_filtered: bool) -> Reading:
    totals = [] if is_filtered else totals
    reading = Reading(rows, totals, is_whole=True, counts=tuple(counts))
    return reading._replace(is_whole=reading.is_consistent and len(rows) >= max(totals, default=0))


def is_filter(parameter: str) -> bool:
    """Whether a query parameter excludes rows."""
    return parameter not in _NO_FILTERS


def _identity(row: Row) -> str:
    """What tells a row from others: its id, or all of it."""
    return str(row.get("id", row))


def _rows(result: ApiResult) -> list[Row]:
    rows = result.result
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UnexpectedPageError("a result that is not a list of objects")
    return rows


def _number(result: ApiResult, name: str) -> int | None:
    value = result.result_info.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
