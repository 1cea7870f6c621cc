# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Render the register of exemptions as CSV and as Markdown, each as a file of its own. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from ..csv_cells import BYTE_ORDER_MARK
from .csv_report import csv_cell
from .document import TOOL, Document
from .exemption_text import effect_text, register_facts, state_text, until_text
from .exemptions import Exemption
from .list_counts import unread_text
from .markdown_report import escape_markdown, inline_code
from .resource_names import resource_title
from .text import format_time, omission_text, pluralize

# The time of the audit is in each row: the file may be older than the reports beside it, which a failed audit replaces.
COLUMNS = (
    *("severity", "list", "pattern", "permits", "reach", "comments", "created", "age_days", "expires", "declared", "waived", "rules"),
    *("entry", "id", "audited_at"),
)
_MAX_TEXT_LENGTH = 300


def render_exemptions_csv(document: Document) -> str:
    """Return the register with a row for each exemption, a byte order mark, and line ends as in RFC 4180. No cell is evaluated as a formula."""
    text = io.StringIO()
    text.write(BYTE_ORDER_MARK)
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for exemption in document["exemptions"] or ():
        row = _csv_row(exemption, document["audited_at"])
        writer.writerow([csv_cell(row[column]) for column in COLUMNS])
    if document["shortened"]:
        writer.writerow([csv_cell({"comments": omission_text(document), "audited_at": document["audited_at"]}.get(column)) for column in COLUMNS])
    return text.getvalue()


def render_exemptions_markdown(document: Document) -> str:
    """Return the register as a table with a row for each exemption, the most dangerous first."""
    exemptions = document["exemptions"] or []
    rows = ["| Severity | Exemption | List | Permits | Reach | Comment | Age | Until | State | Rules |", f"|{'---|' * 10}"]
    rows += [f"| {' | '.join(_markdown_cells(exemption, document['audited_at']))} |" for exemption in exemptions]
    parts = [
        "## Register of exemptions",
        f"**{register_facts(exemptions, document['audited_at'])}**",
        escape_markdown(unread_text(document)),
        escape_markdown(omission_text(document)),
        "\n".join(rows) if exemptions else "",
        f"<sub>{_origin_text(document)}Audited on {escape_markdown(format_time(document['audited_at']))} with {TOOL} {document['tool']['version']}.</sub>",
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _csv_row(exemption: Exemption, audited_at: str) -> dict[str, Any]:
    same = ("severity", "pattern", "reach", "comments", "age_days", "expires", "declared", "waived", "entry", "id")
    return {
        **{name: exemption[name] for name in same},
        "list": exemption["resource"],
        "permits": effect_text(exemption),
        "created": exemption["created_at"],
        "rules": " ".join(exemption["rule_ids"]),
        "audited_at": audited_at,
    }


def _markdown_cells(exemption: Exemption, audited_at: str) -> Iterator[str]:
    age = exemption["age_days"]
    yield exemption["severity"] or ""
    yield inline_code(exemption["entry"], _MAX_TEXT_LENGTH)
    yield escape_markdown(resource_title(exemption["resource"]))
    yield escape_markdown(effect_text(exemption))
    yield inline_code(exemption["reach"] or "", _MAX_TEXT_LENGTH)
    yield inline_code(exemption["comments"] or "", _MAX_TEXT_LENGTH)
    yield "" if age is None else pluralize(age, "day")
    yield escape_markdown(until_text(exemption, audited_at))
    yield state_text(exemption)
    yield ", ".join(escape_markdown(rule_id) for rule_id in exemption["rule_ids"])


def _origin_text(document: Document) -> str:
    account = document["account"]["name"] or document["account"]["id"]
    return f"Account: {escape_markdown(account)}. " if account else ""
