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
from .exemption_text import effect_text, register_facts, state_text, until_text
from .exemptions import Exemption
from .grouping import Group, group_findings
from .head import head
from .list_counts import Counts, resource_counts, unread_text
from .resource_names import resource_phrase
from .text import (
    comparison_text,
    escape_invisible,
    facts,
    format_day,
    format_time,
    format_value,
    headline,
    list_text,
    not_checked_text,
    omission_text,
    pluralize,
    scope_text,
    subject_of,
    subject_title,
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
    exemptions, subject = document["exemptions"] or [], subject_title(document)
    parts = [
        f"## {escape_markdown(truncate(document['title'], _MAX_REASON_LENGTH))}",
        " ".join([f"**{headline(document)}**", *facts(document)]),
        escape_markdown(scope_text(document)),
        f"{inline_code(error['kind'], _MAX_NAME_LENGTH)}: {inline_code(error['msg'], _MAX_ERROR_LENGTH)}" if error else "",
        " · ".join(f"{severity} {summary[severity]}" for severity in SEVERITIES) if summary else "",
        _resources(resource_counts(document)),
        escape_markdown(unread_text(document)),
        comparison_text(document),
        escape_markdown(truncate(omission_text(document), _MAX_ERROR_LENGTH)),
        _overview(groups, subject) if len(groups) < len(unwaived) else "",
        _table(f"Severity | {subject} | Finding | Declared | Live | Since", shown, _finding_row, len(shown), len(unwaived)),
        _notes(shown),
        _folded("Explanation and remedies", _explanations(shown)),
        _folded(f"{len(gone)} gone", _table(f"{subject} | Finding | First seen", gone, _gone_row, _MAX_FOLDED_ROWS)),
        _folded(f"{len(waived)} waived", _table(f"{subject} | Finding | Reason | Allowed by | Until", waived, _waived_row, _MAX_FOLDED_ROWS)),
        _folded(register_facts(exemptions, document["audited_at"]), _register(exemptions, document["audited_at"])) if exemptions else "",
        _folded(pluralize(len(document["undeclared"]), "undeclared domain"), _names(document["undeclared"])),
        "" if error else f"<sub>{escape_markdown(not_checked_text())}</sub>",
        _described(document),
        f"<sub>{'Tried' if error else 'Audited'} on {escape_markdown(format_time(document['audited_at']))} with {TOOL} {document['tool']['version']}.</sub>",
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _described(document: Document) -> str:
    """The account and the policy, as far as they are known."""
    described = " · ".join(f"{label}: {escape_markdown(text)}" for label, text in head(document) if label in _HEAD)
    return f"<sub>{described}</sub>" if described else ""


def _first_of_each(groups: list[Group], limit: int) -> list[Finding]:
    """The first findings of each group, about `limit` in all, so that a rule with many findings does not hide the others."""
    most = max((len(group.findings) for group in groups), default=0)
    while most > 1 and sum(min(len(group.findings), most) for group in groups) > limit:
        most -= 1
    return [finding for group in groups for finding in group.findings[:most]]


def _overview(groups: list[Group], subject: str) -> str:
    """A table with a row for each rule."""
    return _lines(f"Severity | Finding | {'Domains' if subject == 'Domain' else 'Domains and entries'}", map(_group_row, groups))


def _group_row(group: Group) -> Iterator[str]:
    yield f"**{group.severity}{', new' if group.is_new else ''}**"
    yield _rule(group.findings[0])
    names, more = group.first_names
    yield f"{group.count_text}: {', '.join(inline_code(name, _MAX_NAME_LENGTH) for name in names)}{f' and {more} more' if more else ''}"


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
        yield inline_code(format_value(finding, side), _MAX_VALUE_LENGTH) if is_shown else ""
    yield "**new**" if finding["state"] == "new" else format_day(finding["first_seen"])


def _gone_row(finding: Finding) -> Iterator[str]:
    yield from (_subject(finding), _rule(finding), format_day(finding["first_seen"]))


def _waived_row(finding: Finding) -> Iterator[str]:
    waiver = finding["waiver"]
    yield from (
        _subject(finding),
        _rule(finding),
        inline_code(waiver["reason"], _MAX_REASON_LENGTH),
        inline_code(waiver["owner"], _MAX_NAME_LENGTH),
        inline_code(waiver["expires"], 10),
    )


def _subject(finding: Finding) -> str:
    name = inline_code(subject_of(finding), _MAX_NAME_LENGTH)
    return f"{name} ({escape_markdown(list_text(finding))})" if list_text(finding) else name


def _rule(finding: Finding) -> str:
    return f"{escape_markdown(truncate(finding['title'], _MAX_REASON_LENGTH))} ({inline_code(finding['rule_id'], _MAX_NAME_LENGTH)})"


def _explanations(findings: Iterable[Finding]) -> str:
    """Why each rule matters and what to do."""
    rules = {finding["rule_id"]: finding for finding in findings}
    return "\n".join(f"- {_rule(finding)}: {escape_markdown(finding['why'])} {escape_markdown(finding['remedy'])}" for finding in rules.values())


def _notes(findings: Iterable[Finding]) -> str:
    noted = [finding for finding in findings if finding.get("note")]
    return "\n".join(f"- {_subject(finding)}: {inline_code(finding['note'], _MAX_ERROR_LENGTH)}" for finding in noted)


def _resources(counts: list[Counts]) -> str:
    """A table with a row for each resource that was read."""
    if not counts:
        return ""
    return _lines("List | Live | As declared | Differ | Missing | Undeclared | Synchronized | Findings", map(_resource_row, counts))


def _resource_row(counts: Counts) -> Iterator[str]:
    yield escape_markdown(counts.title)
    if counts.failure:
        yield from (f"not read: {inline_code(counts.failure, _MAX_NAME_LENGTH)}", *[""] * 6)
        return
    yield from (str(counts.live), f"{counts.as_declared} of {counts.declared}" if counts.declared else "")
    yield from (str(count or "") for count in (counts.differing, counts.missing, counts.undeclared, counts.synced, counts.findings))


def _register(exemptions: list[Exemption], audited_at: str) -> str:
    """The most dangerous exemptions, and the number of the others."""
    shown = exemptions[:_MAX_FOLDED_ROWS]
    table = _lines("Severity | Exemption | Permits | Comment | Age | Until | State", (_exemption_row(exemption, audited_at) for exemption in shown))
    return "\n".join([table, *_more(len(exemptions) - len(shown))])


def _exemption_row(exemption: Exemption, audited_at: str) -> Iterator[str]:
    age = exemption["age_days"]
    yield exemption["severity"] or ""
    yield f"{inline_code(exemption['entry'], _MAX_NAME_LENGTH)} ({escape_markdown(resource_phrase(exemption['resource']))})"
    yield escape_markdown(effect_text(exemption))
    yield inline_code(exemption["comments"] or "", _MAX_VALUE_LENGTH)
    yield "" if age is None else pluralize(age, "day")
    yield escape_markdown(until_text(exemption, audited_at))
    yield state_text(exemption)


def _names(names: list[str]) -> str:
    return "\n".join([*(f"- {inline_code(name, _MAX_NAME_LENGTH)}" for name in names[:_MAX_FOLDED_ROWS]), *_more(len(names) - _MAX_FOLDED_ROWS)])


def _more(count: int) -> list[str]:
    return ["", f"And {count} more, which the other reports contain."] if count > 0 else []


def _folded(title: str, body: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>" if body else ""


def inline_code(text: Any, limit: int) -> str:
    """Text as inline code. A bar would end a table cell, and a backtick the code."""
    safe = escape_invisible(str(text)).replace("|", "\\x7c").replace("`", "\\x60")
    return f"`{truncate(safe, limit)}`" if safe.strip() else ""


def escape_markdown(text: str) -> str:
    """Text with all Markdown characters escaped."""
    return "".join(f"\\{character}" if character in _MARKDOWN_CHARACTERS else character for character in escape_invisible(text))
