# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings grouped by rule, in the order in which a reader needs them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ...module_utils.audit.rule import SEVERITIES
from .resource_names import resource_of, words_for
from .text import escape_invisible, pluralize, subject_of
from .validation import Finding

MAX_NAMES = 3


class Group(NamedTuple):
    """The findings of one rule with one severity that are all new, or all not new."""

    is_new: bool
    severity: str
    rule_id: str
    findings: list[Finding]

    @property
    def subjects(self) -> list[str]:
        """What the findings are about, each once."""
        return list(dict.fromkeys(map(subject_of, self.findings)))

    @property
    def count_text(self) -> str:
        """How many domains, waivers or entries of lists the findings are about."""
        words = words_for(self.findings)
        return pluralize(len({(resource_of(finding), subject_of(finding)) for finding in self.findings}), words.one, words.many)

    @property
    def first_names(self) -> tuple[list[str], int]:
        """The names of the first of them, and the number of the others."""
        return self.subjects[:MAX_NAMES], max(len(self.subjects) - MAX_NAMES, 0)

    @property
    def title(self) -> str:
        return escape_invisible(self.findings[0]["title"])


def group_findings(findings: Iterable[Finding]) -> list[Group]:
    """Group findings by rule.

    Args:
        findings: the findings, as a report contains them.

    Returns:
        New findings first, then by severity. Within a severity, drift comes first, because it is what an apply would change; then the rules with most
        findings.
    """
    groups: dict[tuple[bool, str, str], Group] = {}
    for finding in findings:
        is_new, severity, rule_id = finding["state"] == "new", finding["severity"], finding["rule_id"]
        groups.setdefault((is_new, severity, rule_id), Group(is_new, severity, rule_id, [])).findings.append(finding)
    return sorted(groups.values(), key=_position)


def group_text(group: Group) -> str:
    """Describe a group on one line: a single finding by its message, several by the title of their rule and the first names."""
    if len(group.findings) == 1:
        return escape_invisible(group.findings[0]["message"])
    return title_text(group)


def title_text(group: Group) -> str:
    """Describe a group by the title of its rule and the first names, as in `2 domains: no SPF record: a.example, b.example`."""
    names, more = group.first_names
    return f"{group.count_text}: {_within_sentence(group.title)}: {', '.join(names)}{f' and {more} more' if more else ''}"


def _position(group: Group) -> tuple[bool, int, bool, int, str]:
    is_other = group.findings[0]["category"] != "drift"
    return not group.is_new, SEVERITIES.index(group.severity), is_other, -len(group.findings), group.rule_id  # type: ignore[arg-type]


def _within_sentence(title: str) -> str:
    """The title with a small first letter, unless its first word is an abbreviation."""
    first = title.partition(" ")[0]
    return title if len(first) > 1 and first.isupper() else title[:1].lower() + title[1:]
