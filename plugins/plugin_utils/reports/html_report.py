# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Render the report as a self-contained HTML page. Pure, except for reading its template."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from ...module_utils.audit.rule import SEVERITIES
from ..plan_text import PLACEHOLDER_FILE
from .audit_scope import has_lists, lists_audited, resources_read
from .document import Document
from .domain_view import COLUMNS, breakable, domain_anchors, domain_rows
from .exemption_text import register_facts
from .exemption_view import COLUMNS as EXEMPTION_COLUMNS
from .exemption_view import exemption_anchors, exemption_rows
from .head import head
from .history import Entry
from .list_counts import resource_counts, unread_text
from .repair import check_command
from .resource_names import DOMAINS, in_order, is_about_list, resource_of, resource_title, words_for
from .rules import rules_on
from .text import (
    comparison_text,
    escape_invisible,
    facts,
    format_day,
    format_time,
    headline,
    list_text,
    not_checked_text,
    omission_text,
    pluralize,
    scope_text,
    subject_of,
    subject_title,
)
from .validation import Finding
from .value_view import Parts, command_block, value_markup, value_parts

_TEMPLATE = Path(__file__).with_name("report.html.j2")
# The findings of one rule.
_ARTICLE = Path(__file__).with_name("article.html.j2")
# The chart of the last audits, in its own units.
_MIN_AUDITS, _CHART_HEIGHT, _BAR_STEP = 2, 48, 12
_DIRECTION_TEXT = {"weaker": "less protected than decided", "stronger": "stricter than decided", "neutral": ""}


class Row(NamedTuple):
    """A finding in the table of its rule.

    Attributes:
        anchor: the id of the domain in the table of all domains, or of the exemption in the register; empty if it is not there.
        since: when it was found first.
        age: the days since then.
        changed: when the live domain was last changed.
        repair: the command that corrects it; empty if there is none.
    """

    subject: str
    anchor: str
    field: str
    declared: Parts
    live: Parts
    since: str
    age: int | None
    changed: str
    is_new: bool
    note: str
    repair: str


class Group(NamedTuple):
    """All findings of one rule and severity on domains or on one list, so that the rule is explained once.

    Attributes:
        count_text: how many domains, entries or waivers there are, in words.
        subject: what one of them is called.
        commands: shows the changes that correct all of them, and applies them, if they are not corrected one by one.
        anchors: the ids of other elements of the page that rows lead to.
    """

    anchor: str
    findings: list[Finding]
    resource: str
    count_text: str
    subject: str
    commands: tuple[str, ...]
    direction: str
    has_fields: bool
    has_declared: bool
    has_live: bool
    has_changed: bool
    anchors: Mapping[Any, str]

    @property
    def finding(self) -> Finding:
        """The first finding, for what all of them have in common."""
        return self.findings[0]

    @property
    def new(self) -> int:
        return sum(finding["state"] == "new" for finding in self.findings)

    @property
    def oldest(self) -> int | None:
        return max((finding["age_days"] for finding in self.findings if "age_days" in finding), default=None)

    @property
    def has_repairs(self) -> bool:
        """Whether the findings are corrected one by one."""
        return not is_about_list(self.finding) and any(finding.get("repair") for finding in self.findings)

    def rows(self) -> list[Row]:
        """The rows of the table. They are not kept, because those of all groups need much memory."""
        return [_row(finding, self.anchors) for finding in self.findings]


class Block(NamedTuple):
    """The groups of one severity about domains or about one list."""

    resource: str
    title: str
    groups: list[Group]

    @property
    def findings(self) -> int:
        return sum(len(group.findings) for group in self.groups)


class CheckedRule(NamedTuple):
    """A rule with the result of the audit: the number of findings, or that it was not checked."""

    rule_id: str
    title: str
    why: str
    remedy: str
    result: str
    anchor: str


class Bar(NamedTuple):
    """One audit in the chart of the last audits: its position, and for each severity the offset and the height of its part."""

    x: int
    parts: Sequence[tuple[str, float, float]]


class Trend(NamedTuple):
    bars: list[Bar]
    description: str


def render_html(document: Document) -> Iterator[str]:
    """Yield the page in parts."""
    unwaived = [finding for finding in document["findings"] if not finding["waived"]]
    last = document["last_good"]["findings"] if document["last_good"] else []
    exemptions = document["exemptions"] or []
    anchors: dict[Any, str] = {**domain_anchors(document["domains"]), **exemption_anchors(exemptions)}
    groups = _groups(unwaived, anchors, "f")
    # A command of an earlier audit may be wrong by now.
    earlier = [{**finding, "state": None, "repair": None} for finding in last if not finding["waived"]]
    return _template().generate(
        document=document,
        severities=SEVERITIES,
        all_groups=groups,
        blocks={severity: _blocks([group for group in groups if group.finding["severity"] == severity]) for severity in SEVERITIES},
        has_lists=has_lists(document),
        counts=resource_counts(document),
        first_of=_first_of(groups),
        unread=unread_text(document),
        subject_title=subject_title(document),
        waived=[finding for finding in document["findings"] if finding["waived"]],
        gone=document["comparison"]["gone"] if document["comparison"] else [],
        last=_groups(earlier, {}, "l"),
        head=head(document),
        headline=headline(document),
        facts=facts(document),
        comparison=comparison_text(document),
        scope=scope_text(document),
        omission=omission_text(document),
        not_checked="" if document["error"] else not_checked_text(),
        shown=len(unwaived),
        commands=_commands(document["repair"]),
        has_commands=any(group.has_repairs for group in groups),
        has_list_commands=any(group.commands for group in groups),
        policy_file=PLACEHOLDER_FILE,
        trend=_trend(document["history"]),
        columns=COLUMNS,
        domain_rows=_domain_rows(document, groups),
        exemption_columns=EXEMPTION_COLUMNS,
        exemption_rows=exemption_rows(exemptions, _anchor_of(groups), document["audited_at"]),
        exemption_lists=in_order({exemption["resource"] for exemption in exemptions}),
        exemption_facts=register_facts(exemptions, document["audited_at"]) if exemptions else "",
        rules=[] if document["error"] else _rules(document, groups),
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
        "list_text": list_text,
        "resource_title": resource_title,
        "csp_source": _csp_source,
        "breakable": breakable,
        "value_markup": value_markup,
        "command_block": command_block,
        "repair_block": lambda repair, anchor: command_block(_commands(repair), anchor),
    }
    # Included, and not a macro: Jinja keeps the whole text of a macro, and yields that of an included template in parts.
    environment.globals["article"] = environment.from_string(_ARTICLE.read_text(encoding="utf-8"))
    return environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))


def _csp_source(text: str) -> str:
    """The source expression that allows exactly this style or script in a content security policy."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(str(text).encode()).digest()).decode()}'"


def _groups(findings: Iterable[Finding], anchors: Mapping[Any, str], prefix: str) -> list[Group]:
    """Group findings, the most severe first, then by resource. Within these, groups with less protection come first."""
    by_rule: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in findings:
        by_rule.setdefault((finding["severity"], finding["rule_id"], resource_of(finding)), []).append(finding)
    groups = [_group(members, anchors) for members in by_rule.values()]
    resources = in_order({group.resource for group in groups})
    groups.sort(
        key=lambda group: (
            SEVERITIES.index(group.finding["severity"]),
            resources.index(group.resource),
            not group.direction.startswith("less"),
            -len(group.findings),
        )
    )
    return [group._replace(anchor=f"{prefix}{number}") for number, group in enumerate(groups)]


def _group(findings: list[Finding], anchors: Mapping[Any, str]) -> Group:
    words, is_of_list = words_for(findings), is_about_list(findings[0])
    return Group(
        anchor="",
        findings=findings,
        resource=resource_of(findings[0]),
        count_text=pluralize(len(findings), words.one, words.many),
        subject=words.one.capitalize() if is_of_list else "Domain",
        # A list is corrected with the whole plan, which is the same for each of its entries.
        commands=next((_commands(finding["repair"]) for finding in findings if finding.get("repair")), ()) if is_of_list else (),
        direction=_DIRECTION_TEXT.get(findings[0]["direction"], "") if findings[0]["category"] == "drift" else "",
        has_fields=len({finding["field"] for finding in findings}) > 1,
        has_declared=any(value_parts(finding)[0] for finding in findings),
        has_live=any(value_parts(finding)[1] for finding in findings),
        has_changed=any(finding.get("modified_at") for finding in findings),
        anchors=anchors,
    )


def _row(finding: Finding, anchors: Mapping[Any, str]) -> Row:
    is_of_list = is_about_list(finding)
    declared, live = value_parts(finding)
    return Row(
        subject=subject_of(finding),
        anchor=anchors.get((resource_of(finding), finding.get("entry")) if is_of_list else str(finding["domain"]), ""),
        field=escape_invisible(finding["field"] or ""),
        declared=declared,
        live=live,
        since=finding["first_seen"],
        age=finding.get("age_days"),
        changed=_minute(str(finding.get("modified_at") or "")),
        is_new=finding["state"] == "new",
        note=escape_invisible(finding.get("note", "")),
        repair="" if is_of_list else finding.get("repair") or "",
    )


def _commands(apply: str | None) -> tuple[str, ...]:
    return (escape_invisible(check_command(apply)), escape_invisible(apply)) if apply else ()


def _minute(text: str) -> str:
    """A time stamp without its seconds."""
    return escape_invisible(text[:16].replace("T", " "))


def _blocks(groups: list[Group]) -> list[Block]:
    """The groups of one severity by resource, in their order."""
    by_resource: dict[str, list[Group]] = {}
    for group in groups:
        by_resource.setdefault(group.resource, []).append(group)
    return [Block(name, escape_invisible(resource_title(name)), members) for name, members in by_resource.items()]


def _anchor_of(groups: list[Group]) -> dict[tuple[str, str, str], str]:
    """The ids of the groups, by severity, rule and resource."""
    return {(group.finding["severity"], group.finding["rule_id"], group.resource): group.anchor for group in groups}


def _first_of(groups: list[Group]) -> dict[str, str]:
    """The id of the first group of each resource."""
    first: dict[str, str] = {}
    for group in groups:
        first.setdefault(group.resource, group.anchor)
    return first


def _domain_rows(document: Document, groups: list[Group]) -> Iterator[Markup]:
    anchor_of = _anchor_of(groups)
    of_domains = [finding for finding in document["findings"] if not finding["waived"] and not is_about_list(finding)]
    return domain_rows(document["domains"], ((finding, anchor_of[finding["severity"], finding["rule_id"], DOMAINS]) for finding in of_domains))


def _rules(document: Document, groups: list[Group]) -> list[CheckedRule]:
    """All rules, with what was found."""
    checked, off = set(document["rules"]), set(document["rules_off"])
    rules = []
    for rule in rules_on(resources_read(document) | lists_audited(document)):
        matching = [group for group in groups if group.finding["rule_id"] == rule.id]
        count = sum(len(group.findings) for group in matching)
        result = pluralize(count, "finding") if count else "none" if rule.id in checked else "off" if rule.id in off else "not checked"
        rules.append(CheckedRule(rule.id, rule.title, rule.why, rule.remedy, result, matching[0].anchor if matching else ""))
    return rules


def _trend(history: list[Entry]) -> Trend | None:
    """The chart of the last audits; None if there is only one."""
    if len(history) < _MIN_AUDITS:
        return None
    most = max(1, *(sum(entry["counts"].values()) for entry in history))
    bars = []
    for number, entry in enumerate(history):
        parts, offset = [], float(_CHART_HEIGHT)
        for severity in SEVERITIES:
            height = round(entry["counts"][severity] / most * _CHART_HEIGHT, 2)
            offset = round(offset - height, 2)
            parts.append((severity, offset, height))
        bars.append(Bar(number * _BAR_STEP, parts))
    first, last = history[0], history[-1]
    totals = [sum(entry["counts"].values()) for entry in (first, last)]
    description = (
        f"Findings of the last {len(history)} audits, from {totals[0]} on {format_day(first['audited_at'])} to {totals[1]} on {format_day(last['audited_at'])}"
    )
    return Trend(bars, description)
