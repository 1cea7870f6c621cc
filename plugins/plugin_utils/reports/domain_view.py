# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of all domains in the HTML report, with the state of each at a glance. Pure.

A page has thousands of rows, so they are made here and not in the template, and a cell without a finding has no markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from markupsafe import Markup, escape

from ...module_utils.api.texts import truncate
from ...module_utils.audit.rule import SEVERITIES
from .text import escape_invisible, format_day, plain_value
from .validation import Finding


class Column(NamedTuple):
    """A column after the name: its title, and the class of its width."""

    title: str
    width: str


COLUMNS = (
    Column("Mode", "k"),
    Column("Compared", "b"),
    Column("TLS required", "b"),
    Column("Networks", "b"),
    Column("Dropped", "d"),
    Column("SPF", "t"),
    Column("DMARC", "t"),
    Column("Consent", "t"),
    Column("Other findings", "o"),
    Column("Changed", "e"),
)
_STATES = {"as_declared": "as declared", "drifted": "differs", "drift_waived": "waived", "undeclared": "not declared"}
# The column of each field. Findings on other fields are in the column of other findings.
_COLUMN_OF_FIELD: dict[str | None, str] = {
    None: "state",
    "allowed_delivery_modes": "modes",
    "require_tls_inbound": "tls",
    "require_tls_outbound": "tls",
    "ip_restrictions": "networks",
    "drop_dispositions": "dropped",
    "spf_status": "spf",
    "dmarc_status": "dmarc",
    "authorization": "consent",
}
_EMPTY_LISTS = {"dropped": "nothing"}
_OTHER = "other"
_CELLS = ("modes", "state", "tls", "networks", "dropped", "spf", "dmarc", "consent")
_MAX_LENGTH = 300

# The severity of a finding, and the id of the element that explains it.
Mark = tuple[str, str, str]


def domain_rows(domains: Sequence[Mapping[str, Any]], findings: Iterable[tuple[Finding, str]]) -> Iterator[Markup]:
    """Yield the rows of the table.

    Args:
        domains: the domains of the report.
        findings: the findings that are not waived, the most severe first, each with the id of the element that explains it.
    """
    marks: dict[str, dict[str, list[Mark]]] = {}
    for finding, anchor in findings:
        column = _COLUMN_OF_FIELD.get(finding["field"], _OTHER)
        marks.setdefault(str(finding["domain"]), {}).setdefault(column, []).append((finding["severity"], anchor, finding["field"] or ""))
    for number, domain in enumerate(domains):
        yield _row(number, domain, marks.get(str(domain["domain"]), {}))


def domain_anchors(domains: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The id of the row of each domain."""
    return {str(domain["domain"]): f"d{number}" for number, domain in enumerate(domains)}


# A domain is in a row for each of its findings.
@lru_cache(maxsize=16384)
def breakable(text: str) -> Markup:
    """A text that is only broken after its dots, if there is room for a part of it. A network is not broken at all."""
    shown = escape_invisible(truncate(text, _MAX_LENGTH))
    return escape(shown) if "/" in shown else Markup(".<wbr>").join(escape(part) for part in shown.split("."))


def _row(number: int, domain: Mapping[str, Any], marks: Mapping[str, Sequence[Mark]]) -> Markup:
    cells = "".join(_cell(_text_of(domain, column), marks.get(column, ())) for column in _CELLS)
    other = "".join(f"{_link(mark, escape(escape_invisible(mark[2])))} " for mark in marks.get(_OTHER, ()))
    changed = escape(format_day(str(domain.get("modified_at") or "")))
    row = f'<tr id="d{number}"' + (' class="x">' if marks else ">")
    head = f'<th scope="row">{breakable(str(domain["domain"]))}</th>'
    # Each part is escaped.
    return Markup(f"{row}{head}{cells}<td>{other.rstrip()}</td><td>{changed}</td></tr>")


def _cell(text: str, marks: Sequence[Mark]) -> str:
    if not marks:
        return _plain_cell(text)
    worst = min(marks, key=lambda mark: SEVERITIES.index(mark[0]))
    return f"<td>{escape(text)} {_link(worst, Markup(''))}</td>"


# Most domains of an account have the same few settings.
@lru_cache(maxsize=4096)
def _plain_cell(text: str) -> str:
    return f"<td>{escape(text)}</td>"


def _link(mark: Mark, text: Markup) -> str:
    severity, anchor, _field = mark
    return f'<a class="{severity}" href="#{anchor}">{text}{" " if text else ""}{severity}</a>'


def _text_of(domain: Mapping[str, Any], column: str) -> str:
    """The text of a cell; empty if the value is not known."""
    if column == "state":
        return _state_text(domain)
    value = domain.get(column)
    if value is None:
        return ""
    if column == "networks":
        return "any" if value == 0 else plain_value(value)
    if column == "consent":
        return "given" if value is True else "missing" if value is False else plain_value(value)
    if isinstance(value, list):
        return ", ".join(map(plain_value, value)) or _EMPTY_LISTS.get(column, "")
    return truncate(plain_value(value).lower(), _MAX_LENGTH)


def _state_text(domain: Mapping[str, Any]) -> str:
    state, is_live = domain.get("state"), domain.get("live")
    if is_live is False:
        return "absent, as declared" if state == "as_declared" else "does not exist"
    return _STATES.get(str(state), plain_value(state))
