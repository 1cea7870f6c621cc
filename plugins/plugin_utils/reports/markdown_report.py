# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Render the report as Markdown, short enough for a comment in a merge request. Pure.

Values from the server or from the policy are written as code, so that they cannot become links, mentions or HTML.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ...module_utils.api.texts import truncate
from ...module_utils.audit.rule import SEVERITIES
from .document import TOOL, Document
from .grouping import Group, group_findings
from .head import head
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
    pluralize,
    scope_text,
    subject_of,
    visible_columns,
)
from .validation import Finding

MAX_FINDINGS = 50
# Of the head of the report. The rest is in other lines.
_HEAD = ("Account", "Policy")
_MAX_FOLDED_ROWS = 20
_MAX_NAME_LENGTH, _MAX_VALUE_LENGTH, _MAX_REASON_LENGTH, _MAX_ERROR_LENGTH = 100, 80, 120, 2_000
_MARKDOWN_CHARACTERS = frozenset("\\`*_{}[]<>()#+!|~@&")


def render_markdown(document: Document) -> str:
    groups = group_findings(finding for finding in document["findings"] if not finding["waived"])
    unwaived = [finding for group in groups for finding in group.findings]
    shown = _first_of_each(groups, MAX_FINDINGS)
    waived = [finding for finding in document["findings"] if finding["waived"]]
    gone = document["comparison"]["gone"] if document["comparison"] else []
    summary, error = document["summary"], document["error"]
    parts = [
        f"## {_text(truncate(document['title'], _MAX_REASON_LENGTH))}",
        " ".join([f"**{headline(document)}**", *facts(document)]),
        _text(scope_text(document)),
        f"{_code(error['kind'], _MAX_NAME_LENGTH)}: {_code(error['msg'], _MAX_ERROR_LENGTH)}" if error else "",
        " · ".join(f"{severity} {summary[severity]}" for severity in SEVERITIES) if summary else "",
        comparison_text(document),
        _text(truncate(omission_text(document), _MAX_ERROR_LENGTH)),
        _overview(groups) if len(groups) < len(unwaived) else "",
        _table("Severity | Domain | Finding | Declared | Live | Since", shown, _finding_row, len(shown), len(unwaived)),
        _notes(shown),
        _folded("Explanation and remedies", _explanations(shown)),
        _folded(f"{len(gone)} gone", _table("Domain | Finding | First seen", gone, _gone_row, _MAX_FOLDED_ROWS)),
        _folded(f"{len(waived)} waived", _table("Domain | Finding | Reason | Allowed by | Until", waived, _waived_row, _MAX_FOLDED_ROWS)),
        _folded(pluralize(len(document["undeclared"]), "undeclared domain"), _names(document["undeclared"])),
        "" if error else f"<sub>{_text(not_checked_text())}</sub>",
        _described(document),
        f"<sub>{'Tried' if error else 'Audited'} on {_text(format_time(document['audited_at']))} with {TOOL} {document['tool']['version']}.</sub>",
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _described(document: Document) -> str:
    """The account and the policy, as far as they are known."""
    described = " · ".join(f"{label}: {_text(text)}" for label, text in head(document) if label in _HEAD)
    return f"<sub>{described}</sub>" if described else ""


def _first_of_each(groups: list[Group], limit: int) -> list[Finding]:
    """The first findings of each group, about `limit` in all, so that a rule with many findings does not hide the others."""
    most = max((len(group.findings) for group in groups), default=0)
    while most > 1 and sum(min(len(group.findings), most) for group in groups) > limit:
        most -= 1
    return [finding for group in groups for finding in group.findings[:most]]


def _overview(groups: list[Group]) -> str:
    """A table with a row for each rule."""
    return _lines("Severity | Finding | Domains", map(_group_row, groups))


def _group_row(group: Group) -> Iterator[str]:
    yield f"**{group.severity}{', new' if group.is_new else ''}**"
    yield _rule(group.findings[0])
    names, more = group.first_names
    yield f"{group.count_text}: {', '.join(_code(name, _MAX_NAME_LENGTH) for name in names)}{f' and {more} more' if more else ''}"


def _table(columns: str, findings: list[Finding], row: Callable[[Finding], Iterable[str]], limit: int, total: int = 0) -> str:
    """A table with a row for each of the first findings, and the number of the others."""
    if not findings:
        return ""
    shown = findings[:limit]
    return "\n".join([_lines(columns, map(row, shown)), *_more(max(total, len(findings)) - len(shown))])


def _lines(columns: str, rows: Iterable[Iterable[str]]) -> str:
    return "\n".join([f"| {columns} |", "|---" * (columns.count("|") + 1) + "|", *(f"| {' | '.join(row)} |" for row in rows)])


def _finding_row(finding: Finding) -> Iterator[str]:
    yield finding["severity"]
    yield _subject(finding)
    yield _rule(finding)
    for side, is_shown in zip(("declared", "live"), visible_columns(finding), strict=True):
        yield _code(format_value(finding, side), _MAX_VALUE_LENGTH) if is_shown else ""
    yield "**new**" if finding["state"] == "new" else format_day(finding["first_seen"])


def _gone_row(finding: Finding) -> Iterator[str]:
    yield from (_subject(finding), _rule(finding), format_day(finding["first_seen"]))


def _waived_row(finding: Finding) -> Iterator[str]:
    waiver = finding["waiver"]
    yield from (
        _subject(finding),
        _rule(finding),
        _code(waiver["reason"], _MAX_REASON_LENGTH),
        _code(waiver["owner"], _MAX_NAME_LENGTH),
        _code(waiver["expires"], 10),
    )


def _subject(finding: Finding) -> str:
    return _code(subject_of(finding), _MAX_NAME_LENGTH)


def _rule(finding: Finding) -> str:
    return f"{_text(truncate(finding['title'], _MAX_REASON_LENGTH))} ({_code(finding['rule_id'], _MAX_NAME_LENGTH)})"


def _explanations(findings: Iterable[Finding]) -> str:
    """Why each rule matters and what to do."""
    rules = {finding["rule_id"]: finding for finding in findings}
    return "\n".join(f"- {_rule(finding)}: {_text(finding['why'])} {_text(finding['remedy'])}" for finding in rules.values())


def _notes(findings: Iterable[Finding]) -> str:
    noted = [finding for finding in findings if finding.get("note")]
    return "\n".join(f"- {_subject(finding)}: {_code(finding['note'], _MAX_ERROR_LENGTH)}" for finding in noted)


def _names(names: list[str]) -> str:
    return "\n".join([*(f"- {_code(name, _MAX_NAME_LENGTH)}" for name in names[:_MAX_FOLDED_ROWS]), *_more(len(names) - _MAX_FOLDED_ROWS)])


def _more(count: int) -> list[str]:
    return ["", f"And {count} more, which the other reports contain."] if count > 0 else []


def _folded(title: str, body: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>" if body else ""


def _code(text: Any, limit: int) -> str:
    """Text as inline code. A bar would end a table cell, and a backtick the code."""
    safe = escape_invisible(str(text)).replace("|", "\\x7c").replace("`", "\\x60")
    return f"`{truncate(safe, limit)}`" if safe.strip() else ""


def _text(text: str) -> str:
    """Text with all Markdown characters escaped."""
    return "".join(f"\\{character}" if character in _MARKDOWN_CHARACTERS else character for character in escape_invisible(text))
