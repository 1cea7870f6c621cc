# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Render the report as a self-contained HTML page. Pure, except for reading its template."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, StrictUndefined, Template

from ...module_utils.audit.finding_text import truncate
from ...module_utils.audit.rule import SEVERITIES
from .document import Document
from .text import (
    comparison_text,
    escape_invisible,
    facts,
    format_day,
    format_time,
    format_value,
    headline,
    not_checked_text,
    omission_text,
    plain_value,
    pluralize,
    scope_text,
    subject_of,
    visible_columns,
)
from .validation import Finding

_TEMPLATE = Path(__file__).with_name("report.html.j2")
_MAX_VALUE_LENGTH = 300
_MAX_ITEMS = 24
_DIRECTION_TEXT = {"weaker": "less protected than decided", "stronger": "stricter than decided", "neutral": ""}


class Part(NamedTuple):
    """A part of a value. `mark` is `lost` if it is declared but not live, `gained` if it is live but not declared, and otherwise empty."""

    mark: str
    text: str


class Row(NamedTuple):
    subject: str
    field: str
    declared: list[Part]
    live: list[Part]
    since: str
    is_new: bool
    note: str


class Group(NamedTuple):
    """All findings of one rule and severity, so that the rule is explained once."""

    finding: Finding
    direction: str
    rows: list[Row]
    has_fields: bool
    has_declared: bool
    has_live: bool


def render_html(document: Document) -> str:
    unwaived = [finding for finding in document["findings"] if not finding["waived"]]
    last = document["last_good"]["findings"] if document["last_good"] else []
    groups = _groups(unwaived)
    return _template().render(
        document=document,
        severities=SEVERITIES,
        groups={severity: [group for group in groups if group.finding["severity"] == severity] for severity in SEVERITIES},
        waived=[finding for finding in document["findings"] if finding["waived"]],
        gone=document["comparison"]["gone"] if document["comparison"] else [],
        last=_groups({**finding, "state": None} for finding in last if not finding["waived"]),
        headline=headline(document),
        facts=facts(document),
        comparison=comparison_text(document),
        scope=scope_text(document),
        omission=omission_text(document),
        not_checked="" if document["error"] else not_checked_text(),
        shown=len(unwaived),
    )


@lru_cache(maxsize=1)
def _template() -> Template:
    """The page template, in a separate Jinja environment: Ansible's would evaluate templates in the data."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
    environment.filters |= {
        "escape_invisible": escape_invisible,
        "format_time": format_time,
        "format_day": format_day,
        "pluralize": pluralize,
        "subject": subject_of,
        "csp_source": _csp_source,
    }
    return environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))


def _csp_source(text: str) -> str:
    """The source expression that allows exactly this style or script in a content security policy."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(str(text).encode()).digest()).decode()}'"


def _groups(findings: Iterable[Finding]) -> list[Group]:
    """Group findings, the most severe first. Within a severity, groups with less protection come first."""
    by_rule: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        by_rule.setdefault((finding["severity"], finding["rule_id"]), []).append(finding)
    groups = [_group(members) for members in by_rule.values()]
    return sorted(groups, key=lambda group: (SEVERITIES.index(group.finding["severity"]), not group.direction.startswith("less"), -len(group.rows)))


def _group(findings: list[Finding]) -> Group:
    rows = [_row(finding) for finding in findings]
    return Group(
        finding=findings[0],
        direction=_DIRECTION_TEXT.get(findings[0]["direction"], "") if findings[0]["category"] == "drift" else "",
        rows=rows,
        has_fields=len({row.field for row in rows}) > 1,
        has_declared=any(row.declared for row in rows),
        has_live=any(row.live for row in rows),
    )


def _row(finding: Finding) -> Row:
    declared, live = _value_parts(finding)
    note = escape_invisible(finding.get("note", ""))
    return Row(subject_of(finding), escape_invisible(finding["field"] or ""), declared, live, finding["first_seen"], finding["state"] == "new", note)


def _value_parts(finding: Finding) -> tuple[list[Part], list[Part]]:
    declared, live, (has_declared, has_live) = finding["declared"], finding["live"], visible_columns(finding)
    if isinstance(declared, list) and isinstance(live, list) and declared and live:
        return _item_parts(declared, live, "lost"), _item_parts(live, declared, "gained")
    return _single_part(finding, "declared") if has_declared else [], _single_part(finding, "live") if has_live else []


def _single_part(finding: Finding, side: str) -> list[Part]:
    return [Part("", truncate(format_value(finding, side), _MAX_VALUE_LENGTH))]


def _item_parts(values: list[Any], others: list[Any], mark: str) -> list[Part]:
    """The items of a list, those that differ first, up to a limit."""
    other_texts = set(map(plain_value, others))
    texts = list(map(plain_value, values))
    differing = [Part(mark, truncate(text, _MAX_VALUE_LENGTH)) for text in texts if text not in other_texts]
    parts = differing + [Part("", truncate(text, _MAX_VALUE_LENGTH)) for text in texts if text in other_texts]
    return parts if len(parts) <= _MAX_ITEMS else [*parts[:_MAX_ITEMS], Part("", f"and {len(parts) - _MAX_ITEMS} more")]
