# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read entries of lists from lines of text, or from a table in the column names of Cloudflare's dashboard. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from ...module_utils.api.mistakes import did_you_mean, quote_value
from ...module_utils.resources.field_types import Boolean, ChoiceSet, FieldType
from ...module_utils.resources.registry import LIST_NAMES, RESOURCES
from ..csv_cells import BYTE_ORDER_MARK
from .read_csv import TableError, cell_text, table_rows

# The files that the dashboard takes, see https://developers.cloudflare.com/cloudflare-one/email-security/settings/detection-settings/ (2026-11-28).
# Its documentation writes some columns in two ways, and the older product had other names. The field of each column, by the first field of the key.
_COLUMNS: dict[str, dict[str, str]] = {
    "pattern": {
        "Pattern": "pattern",
        "Blocked Sender": "pattern",
        "Domain": "pattern",
        "Pattern Type": "pattern_type",
        "Regular Expression": "is_regex",
        "Verify Email": "verify_sender",
        "Trusted Sender": "is_trusted_sender",
        "Exempt Recipient": "is_exempt_recipient",
        "Acceptable Sender": "is_acceptable_sender",
        "Proximity": "is_similarity",
        "Similarity": "is_similarity",
        "New": "is_recent",
        "Recent": "is_recent",
        "Notes": "comments",
    },
    "email": {"Display Name": "name", "Email": "email", "Regular Expression": "is_email_regex", "Notes": "comments"},
    "name": {"Name": "name", "Pattern": "pattern", "Targets": "targets", "Enabled": "enabled", "Notes": "notes"},
    "domain": {"Domain": "domain", "Exclude": "exclude", "Notes": "comments"},
}
KEYS = tuple(_COLUMNS)
# Columns that tell which list a table is for, if no key is given.
_TELLING = {"displayname": "email", "email": "email", "targets": "name", "name": "name", "exclude": "domain"}
# What an entry has besides its settings.
_COMMON = ("id", "state", "expires")
# What the server manages. A table may have these columns.
_READ_ONLY = ("created_at", "modified_at", "last_modified", "provenance", "directory_id", "directory_node_id")
_BOOLEANS = {**dict.fromkeys(("true", "yes", "y", "on", "1"), True), **dict.fromkeys(("false", "no", "n", "off", "0"), False)}
# What a table may state as the type of a pattern. A regular expression has a flag in the API.
_REGEX = "is_regex"
_PATTERN_TYPES = {
    **dict.fromkeys(("email", "emailaddress", "emailaddresses"), "EMAIL"),
    **dict.fromkeys(("domain", "domains"), "DOMAIN"),
    **dict.fromkeys(("ip", "ipaddress", "ipaddresses"), "IP"),
    **dict.fromkeys(("regex", "regexp", "regularexpression", "regularexpressions"), _REGEX),
}
_SEPARATORS = re.compile(r"[\s,;]+")
_COMMENT = "#"

Entry = dict[str, Any]


def read_entries(value: Any, key: Any = None, settings: Mapping[str, Any] | None = None) -> list[Entry]:
    """Return entries as the account module takes them.

    Args:
        value: lines, rows of a table, or the text of a CSV file.
        key: the field that a line is the value of: the first field of the key of the list. A table tells it by its columns.
        settings: what each entry gets that does not say otherwise.

    Raises:
        TableError: names the line, row or column, and says what would be right.
    """
    settings = dict(settings or {})
    if key is not None and key not in KEYS:
        raise TableError(f"the key is {quote_value(key)}{did_you_mean(key, KEYS)}; it is one of {', '.join(KEYS)}")
    if value == []:
        return []
    if isinstance(value, str):
        rows = _rows_of_text(value)
    elif not isinstance(value, list):
        raise TableError(f"it is {quote_value(value)}; it must be a list of lines, a list of rows, or the text of a CSV file")
    elif any(isinstance(row, dict) for row in value):
        rows = _rows_of_mappings(value)
    else:
        if key is None:
            raise TableError(f"lines need the name of their field, as in entries('pattern'); it is one of {', '.join(KEYS)}")
        _check_settings(settings, key)
        return [{**settings, key: line} for line in _lines(value)]
    return _entries_of_rows(rows, key, settings)


def _lines(values: Sequence[Any]) -> Iterator[str]:
    for number, value in enumerate(values, 1):
        if not isinstance(value, str):
            raise TableError(f"line {number} is {quote_value(value)}; it must be a text: write it between quotes")
        line = (value.removeprefix(BYTE_ORDER_MARK) if number == 1 else value).strip()
        if line and not line.startswith(_COMMENT):
            yield line


def _rows_of_text(text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    rows = table_rows(text.removeprefix(BYTE_ORDER_MARK))
    header = next(rows, (0, []))[1]
    if not header:
        raise TableError("it has no first row with the names of the columns")
    columns = [cell.strip() for cell in header]
    # Known before the rows, so that a file without rows is refused, too.
    yield "", dict.fromkeys(columns, "")
    if twice := next((name for name in columns if [_letters(other) for other in columns].count(_letters(name)) > 1), None):
        raise TableError(f"it has the column {quote_value(twice)} more than once")
    for number, row in rows:
        if len(row) > len(columns):
            raise TableError(f"row {number} has {len(row)} cells, but there are {len(columns)} columns: put a text with a comma between double quotes")
        yield f"row {number}", dict(zip(columns, row, strict=False))


def _rows_of_mappings(rows: Sequence[Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    # In the file, the names of the columns are the first row.
    for number, row in enumerate(rows, 2):
        if not isinstance(row, dict):
            raise TableError(f"row {number} is {quote_value(row)}, and others are mappings of columns to cells")
        if any(name in ("null", "None", "") for name in row):
            raise TableError(f"row {number} has a cell without a column: put a text with a comma between double quotes")
        yield f"row {number}", row


def _entries_of_rows(rows: Iterable[tuple[str, dict[str, Any]]], key: str | None, settings: Entry) -> list[Entry]:
    entries: list[Entry] = []
    fields: dict[tuple[str, ...], dict[str, str]] = {}
    for where, row in rows:
        columns = tuple(row)
        key = key or next((found for name, found in _TELLING.items() if name in map(_letters, columns)), "pattern")
        if columns not in fields:
            _check_settings(settings, key)
            fields[columns] = _fields_of(columns, key, where)
        if where:
            entries += _entries_of_row(where, row, fields[columns], key, settings)
    return entries


def _entries_of_row(where: str, row: Mapping[str, Any], fields: Mapping[str, str], key: str, settings: Entry) -> list[Entry]:
    cells = {column: cell for column, raw in row.items() if column in fields and (cell := _cell(raw)) not in (None, "")}
    if not cells:
        return []
    values = {fields[column]: cell for column, cell in cells.items()}
    named = values.get(key, values.get("id"))
    if named is None:
        raise TableError(f"{where} has no {key}")
    where = f"{where} ({quote_value(named)})"
    entry = dict(settings)
    types = _types(key)
    for column, cell in cells.items():
        field = fields[column]
        value = _value(field, types.get(field), cell, f"{where}: {column}")
        entry |= {_REGEX: True} if value == _REGEX else {field: value}
    if key in entry:
        # The id of a table may be one of another account.
        entry.pop("id", None)
    if key == "email" and key in entry and not entry.get("is_email_regex"):
        # The dashboard takes all addresses of a person in one field.
        return [{**entry, key: address} for address in _SEPARATORS.split(str(entry[key]).strip(" ,;"))]
    return [entry]


def _fields_of(columns: Sequence[Any], key: str, where: str) -> dict[str, str]:
    """The field of each column that is not read-only."""
    known = {**{name: name for name in (*_types(key), *_COMMON)}, **_COLUMNS[key]}
    by_letters = {_letters(name): field for name, field in known.items()}
    read_only = set(map(_letters, _READ_ONLY))
    fields: dict[str, str] = {}
    for column in columns:
        letters = _letters(str(column))
        if letters in read_only:
            continue
        if letters not in by_letters:
            names = [*_COLUMNS[key], *(name for name in (*_types(key), *_COMMON) if _letters(name) not in map(_letters, _COLUMNS[key]))]
            hint = f"{where} has" if where else "its first row has"
            lines = ". Of a file with one entry on each line, pass the lines: splitlines()" if len(columns) == 1 else ""
            raise TableError(f"{hint} an unknown column {quote_value(column)}{did_you_mean(column, names)}; the columns are {', '.join(names)}{lines}")
        if (field := by_letters[letters]) in fields.values():
            raise TableError(f"it has several columns for {field}, one of them {quote_value(column)}")
        fields[column] = field
    if not {key, "id"} & set(fields.values()):
        raise TableError(f"it has no column for {key}")
    return fields


@cache
def _types(key: str) -> dict[str, FieldType]:
    """The types of the fields of all lists whose key begins with a field."""
    resources = [RESOURCES[name]().resource for name in LIST_NAMES]
    return {field.name: field.type for resource in resources if resource.key_fields[0] == key for field in resource.fields}


def _check_settings(settings: Mapping[str, Any], key: str) -> None:
    known = [name for name in (*_types(key), *_COMMON) if name != key]
    for name in settings:
        if name not in known:
            raise TableError(f"an entry with the key {key} has no option {quote_value(name)}{did_you_mean(name, known)}; its options are {', '.join(known)}")


def _cell(value: Any) -> Any:
    return cell_text(value) if isinstance(value, str) else value


def _value(field: str, kind: FieldType | None, cell: Any, where: str) -> Any:
    if field == "pattern_type":
        if _letters(cell) not in _PATTERN_TYPES:
            raise TableError(f"{where} is {quote_value(cell)}; write EMAIL, DOMAIN, IP or REGEX")
        return _PATTERN_TYPES[_letters(cell)]
    if isinstance(kind, Boolean):
        flag = cell if isinstance(cell, bool) else _BOOLEANS.get(str(cell).lower())
        if flag is None:
            raise TableError(f"{where} is {quote_value(cell)}; write true or false")
        return flag
    if kind is not None and kind.is_set:
        words = cell if isinstance(cell, list) else [word for word in _SEPARATORS.split(str(cell)) if word]
        return [str(word).upper() for word in words] if isinstance(kind, ChoiceSet) else words
    if isinstance(cell, (list, dict)):
        raise TableError(f"{where} is {quote_value(cell)}; it must be a text")
    return str(cell)


def _letters(name: Any) -> str:
    """A name without case, spaces and underscores."""
    return re.sub(r"[^a-z0-9]", "", str(name).lower())
