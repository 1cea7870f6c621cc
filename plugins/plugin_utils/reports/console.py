# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines that the role audit prints, and the findings that fail it. Pure.

Made here and not by templates: templating the findings of thousands of domains takes longer than everything else that the role does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePath
from typing import Any

from ...module_utils.api.texts import truncate
from ...module_utils.audit.rule import SEVERITIES
from ...module_utils.reconcile.change import DIRECTIONS
from ...module_utils.reconcile.change_text import direction_sentence
from ..plan_text import entry_lines
from .document import Document
from .exemption_text import register_facts
from .grouping import group_findings, group_text, title_text
from .list_counts import count_line, resource_counts, unread_text
from .resource_names import DOMAINS
from .text import comparison_text, escape_invisible, omission_text, pluralize, scope_text
from .validation import Finding

FAIL_CONDITIONS = (*SEVERITIES, "drift", "never", *(f"{direction}:{severity}" for direction in DIRECTIONS for severity in SEVERITIES))
# A controller drops the data of a longer event, and a reader cannot approve more.
MAX_CHANGE_LINES = 1000
_MAX_LINE_LENGTH = 500
# Shorter than in the reports: it is the same each night.
_NOT_CHECKED = (
    "Not checked, because the API does not show it: auto-moves, direct delivery to the mail server, Direct Send, MX records, and whether mail arrives."
)
# Reported instead of a drift rule.
_DRIFT_ADVICE = "ES-ADVICE-009"


def console_lines(document: Document, files: Mapping[str, str]) -> list[str]:
    """Summarize a report: the counts, what has changed, the findings grouped by rule, and where the reports are.

    Args:
        document: the report.
        files: the paths of the written reports, by format.
    """
    if document["error"]:
        return [files_text(files)]
    lines = [scope_text(document), *_count_lines(document), unread_text(document), comparison_text(document), *_group_lines(document), omission_text(document)]
    return [*(truncate(line, _MAX_LINE_LENGTH) for line in lines if line), files_text(files), _NOT_CHECKED]


def files_text(files: Mapping[str, str]) -> str:
    """Where the reports are. All of them are in one folder."""
    paths = [PurePath(path) for path in files.values()]
    return f"Reports in {paths[0].parent}: {', '.join(path.name for path in paths)}" if paths else "No reports were requested."


def failing_findings(findings: Iterable[Finding], conditions: Iterable[str]) -> list[Finding]:
    """The findings that meet one of the conditions, without waived ones.

    Args:
        findings: the findings.
        conditions: those of `FAIL_CONDITIONS`. A severity stands for itself and all worse ones.
    """
    wanted = [_parse_condition(condition) for condition in conditions]
    return [finding for finding in findings if not finding["waived"] and any(_meets(finding, *condition) for condition in wanted)]


def failing_text(findings: Iterable[Finding], conditions: Iterable[str]) -> str:
    """The number and the rules of the findings that meet one of the conditions; empty if no finding does."""
    failing = failing_findings(findings, conditions)
    rules = dict.fromkeys(escape_invisible(finding["rule_id"]) for finding in failing)
    return f"{pluralize(len(failing), 'finding')} ({', '.join(rules)})" if failing else ""


def plan_lines(audit: Mapping[str, Any]) -> list[str]:
    """Describe the planned changes of an audit: how many there are in each direction and how many a purge removes, then a line for each of them."""
    entries, directions = audit.get("planned_changes"), audit.get("directions")
    if not isinstance(entries, list) or not isinstance(directions, dict):
        return []
    rest = "The reports name them as findings of the category drift."
    # A plan with changes of lists is about the account.
    whole = "the account" if any(isinstance(entry, dict) and entry.get("entry") for entry in entries) else ""
    lines = [*_purge_lines(audit, entries), *entry_lines(entries, MAX_CHANGE_LINES, rest)]
    return [direction_sentence(directions, whole=whole), *map(escape_invisible, lines)]


def _purge_lines(audit: Mapping[str, Any], entries: Iterable[Any]) -> Iterator[str]:
    """Say how much of each list a purge removes. Approving the plan permits it, also beyond `max_removals`, and the lines of the entries may be cut."""
    removed = Counter(str(entry.get("resource")) for entry in entries if isinstance(entry, dict) and entry.get("purged"))
    counts = (audit.get("summary") or {}).get("resources") or {}
    for name, count in removed.items():
        live = (counts.get(name) or {}).get("live", count)
        yield f"{name}: purge removes {count} of {pluralize(live, 'live entry', 'live entries')}."


def _count_lines(document: Document) -> Iterator[str]:
    summary, counts = document["summary"], resource_counts(document)
    if not counts or DOMAINS in (each.name for each in counts):
        yield _domain_line(summary)
    yield from (count_line(each) for each in counts if each.name != DOMAINS and not each.failure)
    if document["exemptions"] is not None:
        yield register_facts(document["exemptions"], document["audited_at"])
    yield f"Findings: {', '.join(f'{summary[severity]} {severity}' for severity in SEVERITIES)}, {summary['waived']} waived."


def _domain_line(summary: Mapping[str, Any]) -> str:
    if not summary["declared"]:
        return f"No domain is declared; {summary.get('undeclared', 0)} are live."
    waived, missing, undeclared = (summary.get(key, 0) for key in ("drift_waived", "missing", "undeclared"))
    return (
        f"{summary['as_declared']} of {summary['declared']} declared domains are as declared, {waived} have only waived differences, "
        f"{missing} are missing, and {undeclared} live domains are undeclared."
    )


def _group_lines(document: Document) -> Iterator[str]:
    for group in group_findings(finding for finding in document["findings"] if not finding["waived"]):
        yield f"{'new ' if group.is_new else ''}{group.severity} | {group_text(group)} | {escape_invisible(group.rule_id)}"
    gone = document["comparison"]["gone"] if document["comparison"] else []
    for group in group_findings(finding for finding in gone if not finding["waived"]):
        yield f"gone {group.severity} | {title_text(group)} | {escape_invisible(group.rule_id)}"


def _parse_condition(condition: str) -> tuple[str, tuple[str, ...]]:
    """The direction of a condition, if it has one, or `drift`; and the severities that meet it."""
    direction, _colon, severity = condition.rpartition(":")
    if severity in SEVERITIES:
        return direction, SEVERITIES[: SEVERITIES.index(severity) + 1]  # type: ignore[arg-type]
    return severity, ()


def _meets(finding: Finding, direction: str, severities: tuple[str, ...]) -> bool:
    if direction == "drift":
        return bool(finding["category"] == "drift" or finding["rule_id"] == _DRIFT_ADVICE)
    return finding["severity"] in severities and direction in ("", str(finding["direction"]))
