# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as one HTML page that needs nothing but itself. Pure, but for reading its template."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, StrictUndefined, Template

from ...module_utils.audit.rule import SEVERITIES
from .document import Document
from .previous import Finding
from .text import (
    change,
    day,
    escape_invisible,
    facts,
    format_time,
    format_value,
    headline,
    incomplete,
    not_looked_at,
    plain_value,
    pluralize,
    scope_of,
    subject_of,
    truncate,
    visible_columns,
)

_TEMPLATE = Path(__file__).with_name("report.html.j2")
_LONGEST_VALUE = 300
_MOST_ITEMS = 24
_DIRECTIONS = {"weaker": "less protected than decided", "stronger": "stricter than decided", "neutral": ""}


class Part(NamedTuple):
    """A piece of a value. C(mark): C(lost) if it is declared and not live, C(gained) if it is live and not declared."""

    mark: str
    text: str


class Row(NamedTuple):
    domain: str
    field: str
    declared: list[Part]
    live: list[Part]
    since: str
    is_new: bool
    note: str


class Group(NamedTuple):
    """All findings of one rule, which is explained once."""

    finding: Finding
    direction: str
    rows: list[Row]
    has_fields: bool
    has_declared: bool
    has_live: bool


def render_html(document: Document) -> str:
    counting = [finding for finding in document["findings"] if not finding["waived"]]
    last = document["last_good"]["findings"] if document["last_good"] else []
    groups = _groups(counting)
    return _template().render(
        document=document,
        severities=SEVERITIES,
        groups={severity: [group for group in groups if group.finding["severity"] == severity] for severity in SEVERITIES},
        waived=[finding for finding in document["findings"] if finding["waived"]],
        gone=document["comparison"]["gone"] if document["comparison"] else [],
        last=_groups({**finding, "state": None} for finding in last if not finding["waived"]),
        headline=headline(document),
        facts=facts(document),
        change=change(document),
        scope=scope_of(document),
        incomplete=incomplete(document),
        not_looked_at="" if document["error"] else not_looked_at(),
        shown=len(counting),
    )


@lru_cache(maxsize=1)
def _template() -> Template:
    """An environment of its own: Ansible's would evaluate what looks like a template in the data."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
    environment.filters |= {"visible": escape_invisible, "moment": format_time, "day": day, "counted": pluralize, "name": subject_of, "csp": _source}
    return environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))


def _source(text: str) -> str:
    """What allows exactly this style or script in a content security policy."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(str(text).encode()).digest()).decode()}'"


def _groups(findings: Iterable[Finding]) -> list[Group]:
    """The worst first, and of one severity those that leave less protected before the others."""
    by_rule: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        by_rule.setdefault((finding["severity"], finding["rule_id"]), []).append(finding)
    groups = [_group(members) for members in by_rule.values()]
    return sorted(groups, key=lambda group: (SEVERITIES.index(group.finding["severity"]), not group.direction.startswith("less"), -len(group.rows)))


def _group(findings: list[Finding]) -> Group:
    rows = [_row(finding) for finding in findings]
    return Group(
        finding=findings[0],
        direction=_DIRECTIONS.get(findings[0]["direction"], "") if findings[0]["category"] == "drift" else "",
        rows=rows,
        has_fields=len({row.field for row in rows}) > 1,
        has_declared=any(row.declared for row in rows),
        has_live=any(row.live for row in rows),
    )


def _row(finding: Finding) -> Row:
    declared, live = _sides(finding)
    note = escape_invisible(finding.get("note", ""))
    return Row(subject_of(finding), escape_invisible(finding["field"] or ""), declared, live, finding["first_seen"], finding["state"] == "new", note)


def _sides(finding: Finding) -> tuple[list[Part], list[Part]]:
    declared, live, (has_declared, has_live) = finding["declared"], finding["live"], visible_columns(finding)
    if isinstance(declared, list) and isinstance(live, list) and declared and live:
        return _items(declared, live, "lost"), _items(live, declared, "gained")
    return _single(finding["field"], declared, has_declared), _single(finding["field"], live, has_live)


def _single(field: str | None, value: Any, is_shown: bool) -> list[Part]:
    return [Part("", truncate(format_value(field, value), _LONGEST_VALUE))] if is_shown else []


def _items(values: list[Any], others: list[Any], mark: str) -> list[Part]:
    """What differs first, and no more than a reader takes in."""
    there = set(map(plain_value, others))
    texts = list(map(plain_value, values))
    differing = [Part(mark, truncate(text, _LONGEST_VALUE)) for text in texts if text not in there]
    parts = differing + [Part("", truncate(text, _LONGEST_VALUE)) for text in texts if text in there]
    return parts if len(parts) <= _MOST_ITEMS else [*parts[:_MOST_ITEMS], Part("", f"and {len(parts) - _MOST_ITEMS} more")]
