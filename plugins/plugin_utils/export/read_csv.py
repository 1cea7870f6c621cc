# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read declared domains from a CSV table, such as the one that `domains_csv` writes. Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import Any

from ...module_utils.resources.domains import DOMAIN
from ...module_utils.resources.field_types import Boolean, ChoiceSet, FieldType, IntegerRange, NetworkSet
from ..csv_cells import BYTE_ORDER_MARK, safe_cell
from .domains_csv import COLUMNS

_TYPES: dict[str, FieldType] = {item.name: item.type for item in DOMAIN.fields}
# In the table of the export, but not settings.
_READ_ONLY = frozenset(COLUMNS) - {*_TYPES, "id"}
_BOOLEANS = {"true": True, "false": False}
_SEPARATORS = re.compile(r"[\s,;]+")


class TableError(ValueError):
    """The table cannot be read without a guess."""


def domains_from_csv(text: str) -> list[dict[str, Any]]:
    """Return the domains of a table as `domains` of email_security_domains takes them.

    Args:
        text: the table. Cells are separated by commas, or by semicolons as some spreadsheets write them.

    Returns:
        For each row its domain, or its id if it has no name, and the settings of all cells that are not empty.

    Raises:
        TableError: a column or a cell is not known, or there are no domains.
    """
    rows = table_rows(text.removeprefix(BYTE_ORDER_MARK))
    header = next(rows, (0, []))[1]
    columns = [cell.strip().lower() for cell in header]
    _check_columns(columns)
    domains = [_domain(columns, row, f"row {number}") for number, row in rows]
    if not domains:
        raise TableError("it contains no domains")
    return domains


def table_rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty, each with its number in the table."""
    header = text.lstrip().partition("\n")[0]
    delimiter = ";" if ";" in header and "," not in header else ","
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text), delimiter=delimiter, strict=True, skipinitialspace=True), 1):
            if any(cell.strip() for cell in row):
                yield number, row
    except csv.Error as error:
        raise TableError(f"it is not valid CSV: {error}") from None


def _check_columns(columns: list[str]) -> None:
    if not {"domain", "id"} & set(columns):
        raise TableError("its first row names neither a column domain nor a column id")
    if unknown := [name for name in columns if name not in (*_TYPES, "id", *_READ_ONLY)]:
        raise TableError(f"there is no setting {', '.join(map(repr, unknown))}: the columns are domain, id, {', '.join(list(_TYPES)[1:])}")
    if twice := {name for name in columns if columns.count(name) > 1}:
        raise TableError(f"it has the column {sorted(twice)[0]} more than once")


def _domain(columns: list[str], row: list[str], where: str) -> dict[str, Any]:
    if len(row) > len(columns):
        raise TableError(f"{where} has {len(row)} cells, but there are {len(columns)} columns")
    cells = {name: text for name, cell in zip(columns, row, strict=False) if (text := cell_text(cell)) and name not in _READ_ONLY}
    live_id = cells.pop("id", None)
    name = cells.pop("domain", None)
    if name is None and live_id is None:
        raise TableError(f"{where} has no domain")
    declared: dict[str, Any] = {"domain": name} if name else {"domain_id": live_id}
    return declared | {field: _value(field, text, f"{where} ({name or live_id})") for field, text in cells.items()}


def escape_cell(text: str) -> str:
    """A cell that no spreadsheet evaluates, and of which `cell_text` returns the text."""
    return f"'{text}" if _needs_escape(text) else text


def cell_text(cell: str) -> str:
    """The text of a cell, without the apostrophe that `safe_cell` and `escape_cell` put before it, and otherwise without white space around it."""
    if cell.startswith("'") and _needs_escape(cell[1:]):
        return cell[1:]
    text = cell.strip()
    return text[1:] if text.startswith("'") and _needs_escape(text[1:]) else text


def _needs_escape(text: str) -> bool:
    """Whether a text would be evaluated, trimmed, or taken for one that begins with the apostrophe of another."""
    plain = text.lstrip("'")
    return plain != plain.strip() or text != text.strip() or safe_cell(plain) != plain


def _value(field: str, text: str, where: str) -> Any:
    kind = _TYPES[field]
    if isinstance(kind, (ChoiceSet, NetworkSet)):
        return [part for part in _SEPARATORS.split(text) if part]
    if isinstance(kind, Boolean):
        # Spreadsheets write them in upper case.
        if text.lower() not in _BOOLEANS:
            raise TableError(f"{where}: {field} is {text!r}; write true or false")
        return _BOOLEANS[text.lower()]
    if isinstance(kind, IntegerRange):
        if not text.isdecimal():
            raise TableError(f"{where}: {field} is {text!r}; write a whole number")
        return int(text)
    return text
