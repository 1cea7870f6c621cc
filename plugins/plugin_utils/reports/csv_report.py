# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Render the report as CSV: a row for each finding. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain, islice
from typing import Any

from ...module_utils.api.texts import truncate
from ..csv_cells import BYTE_ORDER_MARK, safe_cell
from .document import Document
from .text import escape_invisible, omission_text, plain_value, scope_text
from .validation import Finding

COLUMNS = (
    *("severity", "domain", "field", "declared", "live", "direction", "rule_id", "title", "category", "message", "remedy"),
    *("state", "first_seen", "waived", "waiver_reason", "waiver_owner", "waiver_expires", "fingerprint"),
    # At the end, so that the columns of earlier releases keep their places.
    *("resource", "entry"),
)
# The limit of Excel is 32,767 characters.
_MAX_CELL_LENGTH = 32_000
# How many rows are written at once.
_ROWS = 500


def render_csv(document: Document) -> Iterator[str]:
    """Yield the file in parts, with a byte order mark and line ends as in RFC 4180.

    A row that is not a finding, such as a failure of the audit, has another category.
    """
    yield BYTE_ORDER_MARK
    cells = chain([COLUMNS], ([csv_cell(row.get(column)) for column in COLUMNS] for row in _rows(document)))
    while some := list(islice(cells, _ROWS)):
        text = io.StringIO()
        csv.writer(text, lineterminator="\r\n").writerows(some)
        yield text.getvalue()


def _rows(document: Document) -> Iterator[dict[str, Any]]:
    if document["scope"] is not None:
        yield {"category": "note", "message": scope_text(document)}
    if document["error"]:
        yield {"category": "error", "title": "The audit failed", "message": f"{document['error']['kind']}: {document['error']['msg']}"}
    yield from map(_row, document["findings"])
    if document["shortened"]:
        yield {"category": "note", "message": omission_text(document)}


def _row(finding: Finding) -> dict[str, Any]:
    waiver = finding.get("waiver") or {}
    return {**finding, **{f"waiver_{name}": waiver.get(name) for name in ("reason", "owner", "expires")}}


def csv_cell(value: Any) -> str:
    """A value as a cell that no spreadsheet evaluates as a formula."""
    # The most frequent types first: a report has hundreds of thousands of cells.
    if isinstance(value, str):
        return _text_cell(value)
    if value is None:
        return ""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return _text_cell(plain_value(value))


# Thousands of findings have the same rule and severity.
@lru_cache(maxsize=1024)
def _text_cell(raw: str) -> str:
    return safe_cell(truncate(escape_invisible(raw), _MAX_CELL_LENGTH), raw)
