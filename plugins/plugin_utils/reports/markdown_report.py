# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as Markdown, for a comment in a merge request: short, and with nothing in it that acts. Pure.

Whatever comes from the server or from the policy stands in code, where there are no links, no mentions and no HTML.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ...module_utils.audit.rule import SEVERITIES
from .document import TOOL, Document
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
    pluralize,
    scope_of,
    subject_of,
    truncate,
    visible_columns,
)

MOST_FINDINGS = 50
_MOST_FOLDED = 20
_LONGEST_NAME, _LONGEST_VALUE, _LONGEST_REASON, _LONGEST_ERROR = 100, 80, 120, 2_000
_SPECIAL = frozenset("\\`*_{}[]<>()#+!|~@&")


def render_markdown(document: Document) -> str:
    counting = [finding for finding in document["findings"] if not finding["waived"]]
    waived = [finding for finding in document["findings"] if finding["waived"]]
    gone = document["comparison"]["gone"] if document["comparison"] else []
    summary, error = document["summary"], document["error"]
    parts = [
        f"## {_text(truncate(document['title'], _LONGEST_REASON))}",
        " ".join([f"**{headline(document)}**", *facts(document)]),
        _text(scope_of(document)),
        f"{_code(error['kind'], _LONGEST_NAME)}: {_code(error['msg'], _LONGEST_ERROR)}" if error else "",
        " · ".join(f"{severity} {summary[severity]}" for severity in SEVERITIES) if summary else "",
        change(document),
        _text(truncate(incomplete(document), _LONGEST_ERROR)),
        _table("Severity | Domain | Finding | Declared | Live | Since", counting, _finding_row, MOST_FINDINGS),
        _notes(counting[:MOST_FINDINGS]),
        _folded("What it means, and what to do", _explanations(counting[:MOST_FINDINGS])),
        _folded(f"{len(gone)} gone", _table("Domain | Finding | First seen", gone, _gone_row, _MOST_FOLDED)),
        _folded(f"{len(waived)} waived", _table("Domain | Finding | Reason | Allowed by | Until", waived, _waived_row, _MOST_FOLDED)),
        _folded(f"{pluralize(len(document['undeclared']), 'live domain')} declared by nobody", _names(document["undeclared"])),
        "" if error else f"<sub>{_text(not_looked_at())}</sub>",
        f"<sub>{'Tried' if error else 'Audited'} on {_text(format_time(document['audited_at']))} with {TOOL} {document['tool']['version']}.</sub>",
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _table(head: str, findings: list[Finding], row: Callable[[Finding], Iterable[str]], limit: int) -> str:
    if not findings:
        return ""
    lines = [f"| {head} |", "|---" * (head.count("|") + 1) + "|", *(f"| {' | '.join(row(finding))} |" for finding in findings[:limit])]
    return "\n".join([*lines, *_more(len(findings) - limit)])


def _finding_row(finding: Finding) -> Iterator[str]:
    yield finding["severity"]
    yield _name(finding)
    yield _rule(finding)
    for side, is_shown in zip(("declared", "live"), visible_columns(finding), strict=True):
        yield _code(format_value(finding["field"], finding[side]), _LONGEST_VALUE) if is_shown else ""
    yield "**new**" if finding["state"] == "new" else day(finding["first_seen"])


def _gone_row(finding: Finding) -> Iterator[str]:
    yield from (_name(finding), _rule(finding), day(finding["first_seen"]))


def _waived_row(finding: Finding) -> Iterator[str]:
    waiver = finding["waiver"]
    yield from (_name(finding), _rule(finding), _code(waiver["reason"], _LONGEST_REASON), _code(waiver["owner"], _LONGEST_NAME), _code(waiver["expires"], 10))


def _name(finding: Finding) -> str:
    return _code(subject_of(finding), _LONGEST_NAME)


def _rule(finding: Finding) -> str:
    return f"{_text(truncate(finding['title'], _LONGEST_REASON))} ({_code(finding['rule_id'], _LONGEST_NAME)})"


def _explanations(findings: Iterable[Finding]) -> str:
    """Of each rule why it matters and what to do, once."""
    rules = {finding["rule_id"]: finding for finding in findings}
    return "\n".join(f"- {_rule(finding)}: {_text(finding['why'])} {_text(finding['remedy'])}" for finding in rules.values())


def _notes(findings: Iterable[Finding]) -> str:
    """What is to be said of single findings besides their values."""
    noted = [finding for finding in findings if finding.get("note")]
    return "\n".join(f"- {_name(finding)}: {_code(finding['note'], _LONGEST_ERROR)}" for finding in noted)


def _names(names: list[str]) -> str:
    return "\n".join([*(f"- {_code(name, _LONGEST_NAME)}" for name in names[:_MOST_FOLDED]), *_more(len(names) - _MOST_FOLDED)])


def _more(count: int) -> list[str]:
    return ["", f"And {count} more, which the other reports hold."] if count > 0 else []


def _folded(title: str, body: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>" if body else ""


def _code(text: Any, limit: int) -> str:
    """Text that nothing is made of. In a table a bar would end the cell, in code a backtick would end the code."""
    safe = escape_invisible(str(text)).replace("|", "\\x7c").replace("`", "\\x60")
    return f"`{truncate(safe, limit)}`" if safe.strip() else ""


def _text(words: str) -> str:
    """Words of our own, or of the user's: every sign that means something is escaped."""
    return "".join(f"\\{sign}" if sign in _SPECIAL else sign for sign in escape_invisible(words))
