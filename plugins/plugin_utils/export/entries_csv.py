# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the declared entries of a list as CSV, in the column names of Cloudflare's dashboard. Pure.

The filter `entries` reads the table back. It has the entries that the policy declares by their key.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from ...module_utils.resources.base import LiveObject
from ...module_utils.resources.registry import RESOURCES
from ..csv_cells import BYTE_ORDER_MARK
from .list_policy import ListEntry, build_list_policy
from .read_csv import escape_cell

# The columns of the files that the dashboard takes, see
# https://developers.cloudflare.com/cloudflare-one/email-security/settings/detection-settings/ (2026-11-28). Its documentation writes Blocked_Sender
# and New in two ways.
TABLES: dict[str, dict[str, str]] = {
    "allow_policies": {
        "Pattern": "pattern",
        "Pattern Type": "pattern_type",
        "Verify Email": "verify_sender",
        "Trusted Sender": "is_trusted_sender",
        "Exempt Recipient": "is_exempt_recipient",
        "Acceptable Sender": "is_acceptable_sender",
        "Notes": "comments",
    },
    "block_senders": {"Blocked_Sender": "pattern", "Pattern Type": "pattern_type", "Notes": "comments"},
    "trusted_domains": {"Domain": "pattern", "Proximity": "is_similarity", "New": "is_recent", "Notes": "comments"},
    "impersonation_registry": {"Display_Name": "name", "Email": "email"},
}
# Columns that the dashboard does not take. A table has them only if an entry has such a value, so that no entry is changed on the way.
_MORE_COLUMNS: dict[str, dict[str, str]] = {
    "allow_policies": {"Regular Expression": "is_regex"},
    "block_senders": {"Regular Expression": "is_regex"},
    "trusted_domains": {"Regular Expression": "is_regex"},
    "impersonation_registry": {"Regular Expression": "is_email_regex", "Notes": "comments"},
}
# Of Python's reader of CSV.
_MAX_CELL_LENGTH = 131_072
_SEPARATORS = re.compile(r"[\s,;]")
_NEEDS_QUOTES = re.compile(r'[",;\r\n]|\A\s|\s\Z')


def entries_csv(live: Iterable[LiveObject], resource: str) -> str:
    """Return the file, sorted by key. It does not depend on the order of the entries.

    Args:
        live: the live entries.
        resource: the name of the list in the API, one of `TABLES`.
    """
    entries = [entry for entry in build_list_policy(RESOURCES[resource]().resource, live).entries if _is_readable(entry)]
    more = {column: field for column, field in _MORE_COLUMNS[resource].items() if any(entry.settings[field] for entry in entries)}
    columns = TABLES[resource] | more
    rows = [list(columns), *([_cell(entry, field) for field in columns.values()] for entry in entries)]
    text = "".join(f"{','.join(map(_quoted, row))}\n" for row in rows)
    # Only where it is needed: Excel reads other letters by it, and it is not documented that the dashboard ignores it.
    return text if text.isascii() else BYTE_ORDER_MARK + text


def _is_readable(entry: ListEntry) -> bool:
    """Whether a reader of the table gets the same entry."""
    texts = [value for value in entry.declared.values() if isinstance(value, str)]
    # Several addresses in a cell are several entries.
    has_separator = "email" in entry.declared and "is_email_regex" not in entry.declared and _SEPARATORS.search(entry.declared["email"])
    return not (entry.object_id or has_separator or any("\0" in text or len(text) >= _MAX_CELL_LENGTH for text in texts))


def _cell(entry: ListEntry, field: str) -> str:
    if field in entry.undeclarable:
        return ""
    value: Any = entry.settings[field]
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else escape_cell(value)


def _quoted(cell: str) -> str:
    # Not by the writer of Python's library, which before 3.13 leaves a carriage return without quotes.
    doubled = cell.replace('"', '""')
    return f'"{doubled}"' if _NEEDS_QUOTES.search(cell) else cell
