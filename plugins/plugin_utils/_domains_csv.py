# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Live domains as a table for spreadsheets: a row for each, its settings in normal forms. Pure."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Iterable
from typing import Any

from ..module_utils._domains import DOMAIN
from ..module_utils._resource import Live
from ._policy import STATUSES, statuses

COLUMNS = ("domain", "id", *(item.name for item in DOMAIN.fields if item.name != DOMAIN.title), *STATUSES, "authorized")
# What makes a spreadsheet take a cell for a formula.
_STARTS = ("=", "+", "-", "@")


def domains_csv(domains: Iterable[Live]) -> str:
    """The file, sorted by name. The same for the same domains, whatever their order."""
    file = io.StringIO()
    table = csv.writer(file, lineterminator="\n")
    table.writerow(COLUMNS)
    table.writerows(sorted(map(_row, domains)))
    return file.getvalue()


def _row(live: Live) -> list[str]:
    values = {"id": live.get("id"), **DOMAIN.settings(live), **statuses(live)}
    return [_cell(values.get(column)) for column in COLUMNS]


def _cell(value: Any) -> str:
    """A cell that no spreadsheet calculates, and that every file can hold."""
    # One kind of line end: before Python 3.13 the writer leaves the other one unquoted, and it would begin a new row.
    text = (" ".join(value) if isinstance(value, list) else _words(value)).replace("\r", "\n")
    # Wide signs are plain ones to a spreadsheet, where keyboards write them.
    is_formula = unicodedata.normalize("NFKC", text).lstrip().startswith(_STARTS) or text.startswith(("\t", "\n"))
    return ("'" if is_formula else "") + text.encode("utf-8", "replace").decode()


def _words(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value)
