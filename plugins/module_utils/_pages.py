# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages of a list, and whether they make up one list. Pure: it is handed a client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._envelope import Envelope
from ._errors import Request

if TYPE_CHECKING:
    from ._client import Client

PER_PAGE = 1000
MOST_PAGES = 10_000

Row = dict[str, Any]


def read_pages(client: Client, request: Request, query: list[tuple[str, str]]) -> tuple[list[Row], bool]:
    """All pages, and whether they make up one list. A short page proves nothing: servers cap C(per_page)."""
    rows: list[Row] = []
    pages: set[frozenset[str]] = set()
    totals: set[int] = set()
    for number in range(1, MOST_PAGES + 1):
        envelope = client.read(request.path, request.doing, [*query, ("page", str(number)), ("per_page", str(PER_PAGE))])
        page = _rows(client, request, envelope)
        total, last = _total(envelope, "total_count"), _total(envelope, "total_pages")
        totals |= set() if total is None else {total}
        # By ids where there are any: a server may answer the same row with its lists in another order.
        fingerprint = frozenset(str(row.get("id", row)) for row in page)
        if fingerprint in pages and len(totals) <= 1:
            raise client.unexpected(request, f"the same page again as page {number}")
        pages.add(fingerprint)
        rows += page
        is_last = len(rows) >= total if total is not None else last is not None and number >= last
        if is_last or not page or len(totals) > 1:
            return rows, _is_whole(rows, totals)
    raise client.unexpected(request, f"more than {MOST_PAGES} pages")


def _rows(client: Client, request: Request, envelope: Envelope) -> list[Row]:
    rows = envelope.result
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise client.unexpected(request, "a result that is not a list of objects")
    return rows


def _total(envelope: Envelope, name: str) -> int | None:
    value = envelope.result_info.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _is_whole(rows: list[Row], totals: set[int]) -> bool:
    """Whether the pages fit together: no row twice, as many as the server said, and it said the same all the time.

    Where a total shrinks between two pages, a row has moved up to a page that was read already, and is in none of the later ones.
    """
    ids = [str(row["id"]) for row in rows if row.get("id") is not None]
    return len(ids) == len(set(ids)) and len(totals) <= 1 and len(rows) >= max(totals, default=0)
