# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write live domains as CSV: a row for each, with its settings in normal forms. Pure."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from typing import Any

from ...module_utils.resources.base import LiveObject
from ...module_utils.resources.domains import DOMAIN
from ..csv_cells import BYTE_ORDER_MARK, safe_cell
from .policy import STATUS_LABELS, statuses

COLUMNS = ("domain", "id", *(item.name for item in DOMAIN.fields if item.name not in DOMAIN.key_fields), *STATUS_LABELS, "authorized")


def domains_csv(domains: Iterable[LiveObject]) -> str:
    """Return the file, sorted by name, with a byte order mark. It does not depend on the order of the domains."""
    file = io.StringIO()
    file.write(BYTE_ORDER_MARK)
    table = csv.writer(file, lineterminator="\n")
    table.writerow(COLUMNS)
    table.writerows(sorted(map(_row, domains)))
    return file.getvalue()


def _row(live: LiveObject) -> list[str]:
    values = {"id": live.get("id"), **DOMAIN.normalize(live), **statuses(live)}
    return [_cell(values.get(column)) for column in COLUMNS]


def _cell(value: Any) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    text = " ".join(value) if isinstance(value, list) else _text(value)
    # Before Python 3.13 the writer does not quote a carriage return, which would begin a new row, and before 3.11 it cannot write a null character.
    written = text.replace("\r", "\n").replace("\0", "\ufffd")
    return safe_cell(written, text).encode("utf-8", "replace").decode()


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value)
