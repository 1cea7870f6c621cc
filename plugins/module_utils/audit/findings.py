# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the rules that match to findings: the severities and waivers of an audit are applied here. Pure."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from itertools import groupby
from typing import Any

from ..api.texts import quoted
from ..reconcile.change import DIRECTIONS
from ..resources.registry import RESOURCES
from .finding_text import finding_text
from .matching import RuleMatch, Subject
from .registry import RULES, all_rules, find_rule, where_rules_are
from .rule import CATEGORIES, OFF, SEVERITIES, Rule
from .waiver import DOMAINS, Waiver, WaiverIndex

Finding = dict[str, Any]

# In the order of the registry; a waiver for every list comes last.
_RANKS: dict[str | None, int] = {name: rank for rank, name in enumerate([*RESOURCES, None])}


class FindingMaker:
    """Makes the findings of one audit.

    Args:
        waivers: the waivers.
        severities: severities that override those of the rules, by the ids of rules.
        today: the day in UTC.
        superseded_by: by the id of a drift rule on domains, the advice that is reported in its place.
    """

    def __init__(self, waivers: WaiverIndex, severities: Mapping[str, str], today: date, superseded_by: Mapping[str, str]) -> None:
        self._waivers, self._severities, self._today, self._superseded_by = waivers, severities, today, superseded_by
        self._used: set[Waiver] = set()

    def of_groups(self, groups: Iterable[list[RuleMatch]]) -> Iterator[Finding]:
        """The findings of groups of matches, each about one field of one object."""
        for group in groups:
            enabled = self._without_superseded([match for match in group if self._severity(match) != OFF])
            # Most groups. A single match has one direction, and nothing that it could hide.
            if len(enabled) == 1:
                yield from self._worst_unwaived(enabled)
                continue
            for direction in DIRECTIONS:
                if matches := [match for match in enabled if _rule(match).direction == direction]:
                    yield from self._findings_in_direction(matches)

    def of_matches(self, matches: Iterable[RuleMatch]) -> Iterator[Finding]:
        """A finding for each match: none of them says what another one says."""
        for match in matches:
            if self._severity(match) != OFF:
                yield from self._worst_unwaived([match])

    def of_waivers(self, resources: Collection[str], audited: Collection[str | None] | None = None) -> Iterator[Finding]:
        """The findings about the waivers that have expired, or that covered nothing. To be called last.

        A waiver that may be about something that was not audited makes no finding.

        Args:
            resources: the names of the audited resources.
            audited: the names of the domains of a partial audit, which does not know what a pattern covers in other domains.
        """
        for waiver in self._waivers.all:
            if not waiver.resources <= set(resources) or (audited is not None and waiver.domain not in audited):
                continue
            rule_id = "ES-WAIVER-001" if waiver.has_expired(self._today) else "ES-WAIVER-002" if waiver not in self._used else None
            if rule_id:
                about = sorted(waiver.resources)
                subject = Subject(waiver.subject, waiver.subject, about[0] if len(about) == 1 else None)
                match = RuleMatch(rule_id, subject, None, waiver.description, None, RULES[rule_id].severity)
                if self._severity(match) != OFF:
                    yield self._finding(match)

    def permits(self, matches: Collection[RuleMatch]) -> bool:
        """Whether waivers in force permit a difference: each of the rules that it matches is waived."""
        first = next(iter(matches))
        name, label, resource = first.subject.name, first.subject.label, str(first.subject.resource)
        rule_ids = [match.rule_id for match in matches]
        return self._waivers.find_permitting(name, rule_ids, first.field, first.live, self._today, resource, label) is not None

    def _without_superseded(self, group: list[RuleMatch]) -> list[RuleMatch]:
        """Drop the drift rules that an advice in the same group replaces: the advice says what applying the declaration would do."""
        matching = {match.rule_id for match in group}
        return [match for match in group if self._superseded_by.get(match.rule_id) not in matching]

    def _findings_in_direction(self, group: list[RuleMatch]) -> Iterator[Finding]:
        """The findings about one field in one direction.

        Drift is always reported, and so is advice that replaces a drift rule. Health and other advice on the same field are reported only if they
        are more severe: where TLS is declared but not live, a second finding that TLS is not live adds nothing. Waived drift hides only what is
        waived as well.
        """
        replacements = self._superseded_by.values()
        drift = [match for match in group if _rule(match).category == "drift" or match.rule_id in replacements]
        drift_findings = list(self._worst_unwaived(drift))
        other_findings = list(self._worst_unwaived([match for match in group if match not in drift]))
        yield from drift_findings
        yield from (other for other in other_findings if not any(_hides(finding, other) for finding in drift_findings))

    def _worst_unwaived(self, group: list[RuleMatch]) -> Iterator[Finding]:
        """The worst finding that is not waived, after the waived ones that are at least as bad."""
        # Most audits have no waivers: nothing has to be looked up for thousands of matches.
        if not self._waivers.all:
            yield from (self._finding(match) for match in self._worst_first(group)[:1])
            return
        is_complete = False
        for match in self._worst_first(group):
            covering = self._covering_waivers(match)
            self._used.update(covering)
            if is_complete:
                continue
            in_force = [waiver for waiver in covering if not waiver.has_expired(self._today)]
            waiver = next((waiver for waiver in in_force if waiver.permits(match.live)), None)
            finding = self._finding(match)
            if waiver is not None:
                finding |= {"waived": True, "waiver": waiver.to_result()}
            elif in_force:
                note = f"A waiver allows another live value, but not this one: {in_force[0].description}."
                finding |= {"message": f"{finding['message']} {note}", "note": note}
            yield finding
            is_complete = waiver is None

    def _worst_first(self, group: list[RuleMatch]) -> list[RuleMatch]:
        """The matches, the most severe first."""
        return sorted(group, key=lambda match: SEVERITIES.index(self._severity(match))) if len(group) > 1 else group

    def _covering_waivers(self, match: RuleMatch) -> list[Waiver]:
        """The waivers that cover a match, expired or not, in descending order of expiry."""
        subject = match.subject
        resource = str(subject.resource)
        covering = self._waivers.find_covering(subject.name, match.rule_id, match.field, resource, subject.label)
        superseded = [rule_id for rule_id, advice in self._superseded_by.items() if advice == match.rule_id]
        for rule_id in superseded:
            covering += self._waivers.find_covering(subject.name, rule_id, match.field, resource, subject.label)
        return sorted(dict.fromkeys(covering), key=lambda waiver: waiver.expires, reverse=True) if superseded else covering

    def _finding(self, match: RuleMatch) -> Finding:
        rule, subject = _rule(match), match.subject
        is_domain = subject.resource == DOMAINS
        return {
            "domain": subject.label if is_domain else None,
            "resource": subject.resource,
            "entry": None if is_domain or subject.is_whole else subject.label,
            "field": match.field,
            "declared": match.declared,
            "live": match.live,
            "direction": match.direction or rule.direction,
            "severity": self._severity(match),
            "rule_id": rule.id,
            "category": rule.category,
            "message": finding_text(rule.id, subject.label, match.declared, match.live),
            "remedy": rule.remedy,
            "waived": False,
        }

    def _severity(self, match: RuleMatch) -> Any:
        return self._severities.get(match.rule_id, match.severity)


def count_findings(findings: Iterable[Finding]) -> dict[str, Any]:
    """Count findings by severity and category. A waived one counts only in `waived`."""
    findings = list(findings)
    counted = [finding for finding in findings if not finding["waived"]]
    by_severity: dict[str, int] = {severity: sum(finding["severity"] == severity for finding in counted) for severity in SEVERITIES}
    by_category: dict[str, int] = {category: sum(finding["category"] == category for finding in counted) for category in CATEGORIES}
    return {
        "findings": len(counted),
        "waived": len(findings) - len(counted),
        **by_severity,
        **by_category,
        "worst": next((severity for severity, count in by_severity.items() if count), None),
    }


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Sort findings by all distinguishing members, so that the order does not depend on that of the options and of the account."""
    groups = groupby(sorted(findings, key=_rank), key=_rank)
    return [finding for _rank_of_group, group in groups for finding in _by_values(list(group))]


def severities_from_options(options: Mapping[str, Any], mistakes: list[str]) -> dict[str, str]:
    """Validate the option `severities`.

    Args:
        options: severities by the ids of rules.
        mistakes: the list that a message is added to for each mistake.
    """
    for rule_id, severity in options.items():
        if find_rule(rule_id) is None:
            mistakes.append(f"severities: {quoted(rule_id)} is not a rule. {where_rules_are(rule_id, all_rules())}")
        # YAML reads an unquoted off as false.
        elif severity is not False and severity not in (*SEVERITIES, OFF):
            from ..api.mistakes import suggest

            choices = (*SEVERITIES, OFF)
            mistakes.append(
                f"severities: {quoted(severity)} for {rule_id} is not a severity; the choices are {', '.join(choices)}.{suggest(severity, choices)}"
            )
    return {rule_id: OFF if severity is False else str(severity) for rule_id, severity in options.items()}


def _rule(match: RuleMatch) -> Rule:
    rule = find_rule(match.rule_id)
    if rule is None:
        raise KeyError(match.rule_id)
    return rule


def _hides(drift: Finding, other: Finding) -> bool:
    """Whether another finding on the same field adds nothing to a drift finding."""
    is_as_bad = SEVERITIES.index(drift["severity"]) <= SEVERITIES.index(other["severity"])
    return is_as_bad and (not drift["waived"] or other["waived"])


def _rank(finding: Finding) -> tuple[Any, ...]:
    return SEVERITIES.index(finding["severity"]), _RANKS.get(finding["resource"], len(_RANKS)), finding["domain"] or finding["entry"] or "", finding["rule_id"]


def _by_values(findings: list[Finding]) -> list[Finding]:
    # Most groups have one finding, and its values need not be written.
    return findings if len(findings) == 1 else sorted(findings, key=lambda found: json.dumps([found["field"], found["declared"], found["live"]]))
