# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit of an account: how it differs from the declaration, in which direction, and how severe that is. Pure, except for one reading."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from ..api.errors import InvalidOptionError
from ..reconcile.bulk import bulk_from_options, in_scope, read_account
from ..reconcile.change import DIRECTIONS
from ..reconcile.desired import DesiredObject
from ..reconcile.index import LiveIndex
from ..reconcile.plan import PlannedChange, make_plan, plan_digest, reject_unsafe, undeclared_names, undeclared_objects
from ..reconcile.results import count_directions, planned_entries
from ..resources.registry import RESOURCES
from .finding_text import finding_text
from .matching import RuleMatch, Subject, find_drift, find_matches, is_missing
from .overview import overview_of
from .registry import DOMAIN_AUDIT, RULES, ResourceAudit
from .rule import CATEGORIES, OFF, SEVERITIES
from .waived_differences import WaivedDifferences
from .waivers import Waiver, WaiverIndex, waivers_from_options, where_rules_are

if TYPE_CHECKING:
    from ..api.client import Client

Finding = dict[str, Any]


class Audit(NamedTuple):
    """The declaration, the waivers and the severities that an account is audited with.

    Attributes:
        severities: severities that override those of the rules, by the ids of rules.
        selected: the declared objects that are audited; None if all of them are, and all other live objects.
    """

    desired_objects: list[DesiredObject]
    waivers: WaiverIndex
    severities: Mapping[str, str]
    selected: list[DesiredObject] | None = None
    resource_audit: ResourceAudit = DOMAIN_AUDIT

    def run(self, client: Client, now: datetime) -> dict[str, Any]:
        """Read the account and return the result of the module. Nothing is written."""
        collection = RESOURCES[self.resource_audit.resource.name]()(client)
        return self.evaluate(read_account(collection, self.desired_objects if self.selected is None else self.selected), now)

    def evaluate(self, live_index: LiveIndex, now: datetime) -> dict[str, Any]:
        """Return the result of the module for an account that was read."""
        today = now.date()
        whole_plan = make_plan(self.desired_objects, live_index)
        plan = in_scope(whole_plan, self.selected)
        is_partial = self.selected is not None
        groups = find_matches(self.resource_audit, plan, whole_plan, live_index, now, is_partial=is_partial)
        findings = _worst_first(self._findings(groups, plan, today, is_partial=is_partial))
        undeclared = undeclared_names(whole_plan, live_index)
        missing = [planned.label for planned in plan if is_missing(planned)]
        states = [self._domain_state(planned, today) for planned in plan]
        # The digest is that of email_security_domains with the same options, which leaves waived differences unchanged.
        to_apply = make_plan([planned.desired for planned in plan], live_index, self._waived_differences(today)) if self.waivers.all else plan
        possible, direction_of = reject_unsafe(to_apply), self.resource_audit.direction_of
        result_key = self.resource_audit.resource.result_key
        return {
            "changed": False,
            "account_id": live_index.account_id,
            "declared_ids": _declared_ids(plan, findings),
            "audited_at": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "scope": sorted(planned.label for planned in plan) if is_partial else None,
            "findings": findings,
            "summary": {**_domain_counts(states), **_summary(findings, live_index, undeclared, missing)},
            "undeclared": undeclared,
            "missing": missing,
            "rules_off": sorted(rule_id for rule_id, severity in self.severities.items() if severity == OFF),
            "plan": plan_digest(to_apply, live_index.account_id),
            "planned_changes": sorted(planned_entries(possible, direction_of), key=lambda entry: (str(entry[result_key]), str(entry["id"]))),
            "directions": count_directions(possible, direction_of),
            "domains": overview_of(self.resource_audit, plan, states, () if is_partial else undeclared_objects(whole_plan, live_index), live_index),
        }

    def _waived_differences(self, today: date) -> WaivedDifferences:
        return WaivedDifferences(self.waivers, today, self.resource_audit)

    def _findings(self, groups: Iterable[list[RuleMatch]], plan: list[PlannedChange], today: date, *, is_partial: bool) -> Iterator[Finding]:
        used_waivers: set[Waiver] = set()
        for group in groups:
            enabled = self._without_superseded([match for match in group if self._severity(match) != OFF])
            for direction in DIRECTIONS:
                if matches := [match for match in enabled if RULES[match.rule_id].direction == direction]:
                    yield from self._findings_in_direction(matches, today, used_waivers)
        audited_names = {planned.desired.name for planned in plan}
        for waiver in self.waivers.all:
            # A partial audit does not know what a pattern covers in other domains.
            if is_partial and waiver.domain not in audited_names:
                continue
            rule_id = "ES-WAIVER-001" if waiver.has_expired(today) else "ES-WAIVER-002" if waiver not in used_waivers else None
            if rule_id:
                match = RuleMatch(rule_id, Subject(waiver.domain, waiver.domain), None, waiver.description, None, RULES[rule_id].severity)
                if self._severity(match) != OFF:
                    yield self._finding(match)

    def _without_superseded(self, group: list[RuleMatch]) -> list[RuleMatch]:
        """Drop the drift rules that an advice in the same group replaces: the advice says what applying the declaration would do."""
        matching = {match.rule_id for match in group}
        return [match for match in group if self.resource_audit.superseded_by.get(match.rule_id) not in matching]

    def _findings_in_direction(self, group: list[RuleMatch], today: date, used_waivers: set[Waiver]) -> Iterator[Finding]:
        """The findings about one field in one direction.

        Drift is always reported, and so is advice that replaces a drift rule. Health and other advice on the same field are reported only if they
        are more severe: where TLS is declared but not live, a second finding that TLS is not live adds nothing. Waived drift hides only what is
        waived as well.
        """
        replacements = self.resource_audit.superseded_by.values()
        drift = [match for match in group if RULES[match.rule_id].category == "drift" or match.rule_id in replacements]
        drift_findings = list(self._worst_unwaived(drift, today, used_waivers))
        other_findings = list(self._worst_unwaived([match for match in group if match not in drift], today, used_waivers))
        yield from drift_findings
        yield from (other for other in other_findings if not any(_hides(finding, other) for finding in drift_findings))

    def _worst_unwaived(self, group: list[RuleMatch], today: date, used_waivers: set[Waiver]) -> Iterator[Finding]:
        """The worst finding that is not waived, after the waived ones that are at least as bad."""
        is_complete = False
        for match in sorted(group, key=lambda match: SEVERITIES.index(self._severity(match))):
            covering = self._covering_waivers(match)
            used_waivers.update(covering)
            if is_complete:
                continue
            in_force = [waiver for waiver in covering if not waiver.has_expired(today)]
            waiver = next((waiver for waiver in in_force if waiver.permits(match.live)), None)
            finding = self._finding(match)
            if waiver is not None:
                finding |= {"waived": True, "waiver": waiver.to_result()}
            elif in_force:
                note = f"A waiver allows another live value, but not this one: {in_force[0].description}."
                finding |= {"message": f"{finding['message']} {note}", "note": note}
            yield finding
            is_complete = waiver is None

    def _covering_waivers(self, match: RuleMatch) -> list[Waiver]:
        """The waivers that cover a match, expired or not, in descending order of expiry."""
        name = match.subject.name
        covering = self.waivers.find_covering(name, match.rule_id, match.field)
        superseded = [rule_id for rule_id, advice in self.resource_audit.superseded_by.items() if advice == match.rule_id]
        for rule_id in superseded:
            covering += self.waivers.find_covering(name, rule_id, match.field)
        return sorted(dict.fromkeys(covering), key=lambda waiver: waiver.expires, reverse=True) if superseded else covering

    def _domain_state(self, planned: PlannedChange, today: date) -> str:
        """The state of a declared domain, from the comparison: a domain that differs counts as such even if the rule is off."""
        groups = list(find_drift(self.resource_audit, [planned]))
        are_waived = all(self._is_waived(group, today) for group in groups)
        return "as_declared" if not groups else "drift_waived" if are_waived else "drifted"

    def _is_waived(self, group: list[RuleMatch], today: date) -> bool:
        first = group[0]
        return self.waivers.find_permitting(first.subject.name, [match.rule_id for match in group], first.field, first.live, today) is not None

    def _finding(self, match: RuleMatch) -> Finding:
        rule = RULES[match.rule_id]
        return {
            "domain": match.subject.label,
            "field": match.field,
            "declared": match.declared,
            "live": match.live,
            "direction": rule.direction,
            "severity": self._severity(match),
            "rule_id": rule.id,
            "category": rule.category,
            "message": finding_text(rule.id, match.subject.label, match.declared, match.live),
            "remedy": rule.remedy,
            "waived": False,
        }

    def _severity(self, match: RuleMatch) -> Any:
        return self.severities.get(match.rule_id, match.severity)


def _hides(drift: Finding, other: Finding) -> bool:
    """Whether another finding on the same field adds nothing to a drift finding."""
    is_as_bad = SEVERITIES.index(drift["severity"]) <= SEVERITIES.index(other["severity"])
    return is_as_bad and (not drift["waived"] or other["waived"])


def audit_from_options(options: Mapping[str, Any], resource_audit: ResourceAudit = DOMAIN_AUDIT) -> Audit:
    """Create the audit that a module's options describe.

    Raises:
        InvalidOptionError: options are invalid; the message names all mistakes.
    """
    mistakes: list[str] = []
    waivers = waivers_from_options(options.get("waivers") or (), resource_audit, mistakes)
    severities = _severities(options.get("severities") or {}, mistakes)
    message = _joined(mistakes)
    try:
        declaration = bulk_from_options(resource_audit.resource, options)
    except InvalidOptionError as error:
        raise InvalidOptionError(" ".join(filter(None, (message, str(error))))) from None
    if message:
        raise InvalidOptionError(message)
    return Audit(declaration.desired_objects, waivers, severities, declaration.selected, resource_audit)


def _joined(mistakes: list[str]) -> str:
    if not mistakes:
        return ""
    # Imported only after a mistake: a packed module compiles each file that it imports.
    from ..api.mistakes import join_mistakes

    return join_mistakes(mistakes)


def _severities(options: Mapping[str, Any], mistakes: list[str]) -> dict[str, str]:
    for rule_id, severity in options.items():
        if rule_id not in RULES:
            mistakes.append(f"severities: {rule_id!r} is not a rule. {where_rules_are(rule_id, RULES)}")
        # YAML reads an unquoted off as false.
        elif severity is not False and severity not in (*SEVERITIES, OFF):
            from ..api.mistakes import suggest

            choices = (*SEVERITIES, OFF)
            mistakes.append(f"severities: {severity!r} for {rule_id} is not a severity; the choices are {', '.join(choices)}.{suggest(severity, choices)}")
    return {rule_id: OFF if severity is False else str(severity) for rule_id, severity in options.items()}


def _domain_counts(states: list[str]) -> dict[str, int]:
    """Count the declared domains by their state."""
    return {"declared": len(states), **{state: states.count(state) for state in ("as_declared", "drifted", "drift_waived")}}


def _summary(findings: list[Finding], live_index: LiveIndex, undeclared: list[str], missing: list[str]) -> dict[str, Any]:
    """Count objects and findings. A waived finding counts only in `waived`."""
    counted = [finding for finding in findings if not finding["waived"]]
    by_severity: dict[str, int] = {severity: sum(finding["severity"] == severity for finding in counted) for severity in SEVERITIES}
    by_category: dict[str, int] = {category: sum(finding["category"] == category for finding in counted) for category in CATEGORIES}
    return {
        "live": len(live_index.all),
        "missing": len(missing),
        "undeclared": len(undeclared),
        "findings": len(counted),
        "waived": len(findings) - len(counted),
        **by_severity,
        **by_category,
        "worst": next((severity for severity, count in by_severity.items() if count), None),
    }


def _declared_ids(plan: list[PlannedChange], findings: list[Finding]) -> list[dict[str, str]]:
    """List the domains with drift that are declared by id. A finding names them by their live name, which the policy may not contain."""
    drifted = {finding["domain"] for finding in findings if finding["category"] == "drift"}
    return [{"domain": planned.label, "domain_id": planned.desired.object_id} for planned in plan if planned.desired.object_id and planned.label in drifted]


def _worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Sort findings by all distinguishing members, so that the order does not depend on that of the options and of the account."""
    groups = groupby(sorted(findings, key=_rank), key=_rank)
    return [finding for _rank_of_group, group in groups for finding in _by_values(list(group))]


def _rank(finding: Finding) -> tuple[Any, ...]:
    return SEVERITIES.index(finding["severity"]), finding["domain"], finding["rule_id"]


def _by_values(findings: list[Finding]) -> list[Finding]:
    # Most groups have one finding, and its values need not be written.
    return findings if len(findings) == 1 else sorted(findings, key=lambda found: json.dumps([found["field"], found["declared"], found["live"]]))
