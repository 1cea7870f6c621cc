# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit of an account: how it differs from what is declared, in which direction, and how bad that is. Pure, but for one reading."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from ..api.errors import InvalidOptionError
from ..reconcile.bulk import bulk_from_options, in_scope, read_account
from ..reconcile.desired import DesiredObject
from ..reconcile.index import LiveIndex
from ..reconcile.plan import PlannedChange, make_plan, plan_digest, undeclared_names
from ..resources.domains import DOMAIN, Domains
from .domain_rules import CATEGORIES, DIRECTIONS, OFF, RULES, SEVERITIES
from .finding_text import finding_text
from .matching import RuleMatch, differences, find_matches, is_missing
from .waived import WAIVABLE_FIELDS, WaivedDifferences
from .waivers import Waiver, WaiverIndex, waivers_from_options

if TYPE_CHECKING:
    from ..api.client import Client

# One difference, for which the second rule says what applying the declaration would do: told instead of the first one, whose waivers cover it.
_DRIFT_OF_CLEARED, _ADVICE_ON_CLEARED = "ES-SCAN-005", "ES-ADVICE-009"
# So many mistakes are told at once; the rest would be of the same kind.
_MAX_MISTAKES_SHOWN = 20

Finding = dict[str, Any]


class Audit(NamedTuple):
    """What is declared, what of its differences is allowed, and how bad each kind of difference is held to be.

    `chosen` holds the declared domains that the audit is about; None means all of them, and all that is live besides.
    """

    desired_objects: list[DesiredObject]
    waivers: WaiverIndex
    severities: Mapping[str, str]
    chosen: list[DesiredObject] | None = None

    def of(self, client: Client, now: datetime) -> dict[str, Any]:
        """Read the account, and answer with what the module returns. Nothing is written."""
        return self.judge(read_account(Domains(client), self.desired_objects if self.chosen is None else self.chosen), now)

    def judge(self, live_index: LiveIndex, now: datetime) -> dict[str, Any]:
        """The same for an account that was read already."""
        today = now.date()
        whole = make_plan(self.desired_objects, live_index)
        plan = in_scope(whole, self.chosen)
        scope = None if self.chosen is None else sorted(planned.label for planned in plan)
        groups = find_matches(plan, whole, live_index, now, is_part=scope is not None)
        findings = sorted(self._findings(groups, plan, today, is_part=scope is not None), key=_worst_first)
        names = undeclared_names(whole, live_index)
        missing = [planned.label for planned in plan if is_missing(planned)]
        # Without what the waivers allow, as apply has it.
        to_do = make_plan([planned.desired for planned in plan], live_index, WaivedDifferences(self.waivers, today)) if self.waivers.all else plan
        return {
            "changed": False,
            "declared_ids": _declared_ids(plan, findings),
            "audited_at": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "scope": scope,
            "findings": findings,
            "summary": {**self._domain_counts(plan, today), **_summary(findings, live_index, names, missing)},
            "undeclared": names,
            "missing": missing,
            "rules_off": sorted(rule_id for rule_id, severity in self.severities.items() if severity == OFF),
            "plan": plan_digest(to_do, live_index.account_id),
        }

    def _findings(self, groups: Iterable[list[RuleMatch]], plan: list[PlannedChange], today: date, *, is_part: bool) -> Iterator[Finding]:
        used: set[Waiver] = set()
        for group in groups:
            counted = _without_said_twice([seen for seen in group if self._severity(seen) != OFF])
            for direction in DIRECTIONS:
                yield from self._of_direction([seen for seen in counted if RULES[seen.rule_id].direction == direction], today, used)
        names = {planned.desired.name for planned in plan}
        for waiver in self.waivers.all:
            # What a pattern covers in other domains is not known when only some were looked at.
            if is_part and waiver.domain not in names:
                continue
            rule_id = "ES-WAIVER-001" if waiver.has_expired(today) else "ES-WAIVER-002" if waiver not in used else None
            if rule_id:
                seen = RuleMatch(rule_id, waiver.domain, waiver.domain, None, waiver.about, None, RULES[rule_id].severity)
                if self._severity(seen) != OFF:
                    yield self._finding(seen)

    def _of_direction(self, group: list[RuleMatch], today: date, used: set[Waiver]) -> Iterator[Finding]:
        """What is told of one field of a domain in one direction.

        A difference is always told. What else is wrong with the field is told only if it is worse than the difference: where TLS is declared and not
        live, it need not be said again that TLS is not live. A difference that is waived hides nothing but what is waived as well.
        """
        differs = [seen for seen in group if RULES[seen.rule_id].category == "drift"]
        told = list(self._worst(differs, today, used))
        others = list(self._worst([seen for seen in group if seen not in differs], today, used))
        yield from told
        yield from (one for one in others if not any(_hides(finding, one) for finding in told))

    def _worst(self, group: list[RuleMatch], today: date, used: set[Waiver]) -> Iterator[Finding]:
        """The worst of a group, and where that is waived the next one, too: what is waived does not hide what is not."""
        is_told = False
        for seen in sorted(group, key=lambda seen: SEVERITIES.index(self._severity(seen))):
            covering = self._covering(seen)
            used.update(covering)
            if is_told:
                continue
            # The longest comes first.
            in_force = [waiver for waiver in covering if not waiver.has_expired(today)]
            waiver = next((waiver for waiver in in_force if waiver.permits(seen.live)), None)
            finding = self._finding(seen)
            if waiver is not None:
                finding |= {"waived": True, "waiver": waiver.told()}
            elif in_force:
                note = f"A waiver allows another live value, and not this one: {in_force[0].about}."
                finding |= {"message": f"{finding['message']} {note}", "note": note}
            yield finding
            is_told = waiver is None

    def _covering(self, seen: RuleMatch) -> list[Waiver]:
        """The waivers that are about it, expired or not, the longest first."""
        covering = self.waivers.covering(seen.name, seen.rule_id, seen.field)
        if seen.rule_id == _ADVICE_ON_CLEARED:
            covering += self.waivers.covering(seen.name, _DRIFT_OF_CLEARED, seen.field)
            covering = sorted(dict.fromkeys(covering), key=lambda waiver: waiver.expires, reverse=True)
        return covering

    def _domain_counts(self, plan: list[PlannedChange], today: date) -> dict[str, int]:
        """How many of the domains are as declared. It is counted from the comparison: a rule that is off makes no difference as declared."""
        counts = {"declared": len(plan), "as_declared": 0, "drifted": 0, "drift_waived": 0}
        for planned in plan:
            groups = list(differences([planned]))
            allowed = [self.waivers.allows(seen[0].name, [each.rule_id for each in seen], seen[0].field, seen[0].live, today) for seen in groups]
            counts["as_declared" if not groups else "drift_waived" if all(allowed) else "drifted"] += 1
        return counts

    def _finding(self, seen: RuleMatch) -> Finding:
        rule = RULES[seen.rule_id]
        return {
            "domain": seen.label,
            "field": seen.field,
            "declared": seen.declared,
            "live": seen.live,
            "direction": rule.direction,
            "severity": self._severity(seen),
            "rule_id": seen.rule_id,
            "category": rule.category,
            "message": finding_text(seen.rule_id, seen.label, seen.declared, seen.live),
            "remedy": rule.remedy,
            "waived": False,
        }

    def _severity(self, seen: RuleMatch) -> Any:
        return self.severities.get(seen.rule_id, seen.severity)


def _hides(difference: Finding, other: Finding) -> bool:
    """Whether another finding on the same field says no more than the difference does."""
    is_as_bad = SEVERITIES.index(difference["severity"]) <= SEVERITIES.index(other["severity"])
    return is_as_bad and (not difference["waived"] or other["waived"])


def _without_said_twice(group: list[RuleMatch]) -> list[RuleMatch]:
    """A group in which a declared end of an integration is told once."""
    is_advised = any(seen.rule_id == _ADVICE_ON_CLEARED for seen in group)
    return [seen for seen in group if not (is_advised and seen.rule_id == _DRIFT_OF_CLEARED)]


def audit_from_options(options: Mapping[str, Any]) -> Audit:
    """The audit in a module's options. Errors: OptionError, which names all that is wrong."""
    wrong: list[str] = []
    waivers = waivers_from_options(options.get("waivers") or (), WAIVABLE_FIELDS, wrong)
    severities = _severities(options.get("severities") or {}, wrong)
    more = [f"And {len(wrong) - _MAX_MISTAKES_SHOWN} more."] if len(wrong) > _MAX_MISTAKES_SHOWN else []
    wrong = [*wrong[:_MAX_MISTAKES_SHOWN], *more]
    try:
        fleet = bulk_from_options(DOMAIN, options)
    except InvalidOptionError as error:
        wrong.append(str(error))
    if wrong:
        raise InvalidOptionError(" ".join(wrong))
    return Audit(fleet.desired_objects, waivers, severities, fleet.selected)


def _severities(options: Mapping[str, Any], wrong: list[str]) -> dict[str, str]:
    for rule_id, severity in options.items():
        if rule_id not in RULES:
            wrong.append(f"severities holds {rule_id!r}, which is no rule: they are listed in the documentation of the rules.")
        # YAML reads a bare off as false.
        elif severity is not False and severity not in (*SEVERITIES, OFF):
            wrong.append(f"severities holds {severity!r} for {rule_id}; the choices are {', '.join((*SEVERITIES, OFF))}.")
    return {rule_id: OFF if severity is False else str(severity) for rule_id, severity in options.items()}


def _summary(findings: list[Finding], live_index: LiveIndex, names: list[str], missing: list[str]) -> dict[str, Any]:
    """How many of what; findings that are waived count only as such."""
    counted = [finding for finding in findings if not finding["waived"]]
    by_severity: dict[str, int] = {severity: sum(finding["severity"] == severity for finding in counted) for severity in SEVERITIES}
    by_category: dict[str, int] = {category: sum(finding["category"] == category for finding in counted) for category in CATEGORIES}
    return {
        "live": len(live_index.all),
        "missing": len(missing),
        "undeclared": len(names),
        "findings": len(counted),
        "waived": len(findings) - len(counted),
        **by_severity,
        **by_category,
        "worst": next((severity for severity, count in by_severity.items() if count), None),
    }


def _declared_ids(plan: list[PlannedChange], findings: list[Finding]) -> list[dict[str, str]]:
    """Name the ids of the domains with drift that are declared by their id: a finding calls them by their live name, which the policy may not hold."""
    drifted = {finding["domain"] for finding in findings if finding["category"] == "drift"}
    return [{"domain": planned.label, "domain_id": planned.desired.object_id} for planned in plan if planned.desired.object_id and planned.label in drifted]


def _worst_first(finding: Finding) -> tuple[Any, ...]:
    """In one order, whatever that of the options and of the account."""
    values = json.dumps([finding["field"], finding["declared"], finding["live"]])
    return SEVERITIES.index(finding["severity"]), finding["domain"], finding["rule_id"], values
