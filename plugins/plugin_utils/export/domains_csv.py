# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Live domains as a table for spreadsheets: a row for each, its settings in normal forms. Pure."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from typing import Any

from ...module_utils.resources.base import LiveObject
from ...module_utils.resources.domains import DOMAIN
from ..csv_cells import BEGINNING, neutral
from .policy import STATUS_LABELS, statuses

COLUMNS = ("domain", "id", *(item.name for item in DOMAIN.fields if item.name not in DOMAIN.key_fields), *STATUS_LABELS, "authorized")


def domains_csv(domains: Iterable[LiveObject]) -> str:
    """The file, sorted by name, with a byte order mark. The same for the same domains, whatever their order."""
    file = io.StringIO()
    file.write(BEGINNING)
    table = csv.writer(file, lineterminator="\n")
    table.writerow(COLUMNS)
    table.writerows(sorted(map(_row, domains)))
    return file.getvalue()


def _row(live: LiveObject) -> list[str]:
    values = {"id": live.get("id"), **DOMAIN.normalize(live), **statuses(live)}
    return [_cell(values.get(column)) for column in COLUMNS]


def _cell(value: Any) -> str:
    """A cell that no spreadsheet calculates, and that every file can hold."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    # One kind of line end: before Python 3.13 the writer leaves the other one unquoted, and it would begin a new row.
    text = (" ".join(value) if isinstance(value, list) else _words(value)).replace("\r", "\n")
    return neutral(text).encode("utf-8", "replace").decode()


def _words(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value)
