# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as CSV: a row for each finding. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from ..csv_cells import BEGINNING, neutral
from .document import Document
from .previous import Finding
from .text import escape_invisible, incomplete, plain_value, scope_of, truncate

COLUMNS = (
    *("severity", "domain", "field", "declared", "live", "direction", "rule_id", "title", "category", "message", "remedy"),
    *("state", "first_seen", "waived", "waiver_reason", "waiver_owner", "waiver_expires", "fingerprint"),
)
# What a cell of the best known spreadsheet holds.
_LONGEST_CELL = 32_000


def render_csv(document: Document) -> str:
    """Lines end as in RFC 4180, and a byte order mark comes first. What is no finding, an audit that failed for instance, is a row of another category."""
    text = io.StringIO()
    text.write(BEGINNING)
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in _rows(document):
        writer.writerow([_cell(row.get(column)) for column in COLUMNS])
    return text.getvalue()


def _rows(document: Document) -> Iterator[dict[str, Any]]:
    if document["scope"] is not None:
        yield {"category": "note", "message": scope_of(document)}
    if document["error"]:
        yield {"category": "error", "title": "The audit failed", "message": f"{document['error']['kind']}: {document['error']['msg']}"}
    yield from map(_row, document["findings"])
    if document["shortened"]:
        yield {"category": "note", "message": incomplete(document)}


def _row(finding: Finding) -> dict[str, Any]:
    waiver = finding.get("waiver") or {}
    return {**finding, **{f"waiver_{name}": waiver.get(name) for name in ("reason", "owner", "expires")}}


def _cell(value: Any) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    raw = value if isinstance(value, str) else plain_value(value)
    return neutral(truncate(escape_invisible(raw), _LONGEST_CELL), raw)
