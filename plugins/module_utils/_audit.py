# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit of an account: how it differs from what is declared, in which direction, and how bad that is. Pure, but for one reading."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from ._domains import DOMAIN, Domains
from ._errors import OptionError
from ._fleet import fleet_from, read_account
from ._message import message_of
from ._observations import Observation, is_missing, observations
from ._plan import Planned, digest_of, plan_for
from ._report import undeclared
from ._roster import Roster
from ._rules import CATEGORIES, OFF, RULES, SEVERITIES
from ._waivers import Waiver, Waivers, waivers_from
from ._wish import Wish

if TYPE_CHECKING:
    from ._client import Client

READ_ONLY_FIELDS = tuple(dict.fromkeys(rule.field for rule in RULES.values() if rule.category == "health" and rule.field))
WAIVABLE_FIELDS = (*(field.name for field in DOMAIN.fields), *READ_ONLY_FIELDS)
# So many mistakes are told at once; the rest would be of the same kind.
_MOST_TOLD = 20

Finding = dict[str, Any]


class Audit(NamedTuple):
    """What is declared, what of its differences is allowed, and how bad each kind of difference is held to be."""

    wishes: list[Wish]
    waivers: Waivers
    severities: Mapping[str, str]

    def of(self, client: Client, now: datetime) -> dict[str, Any]:
        """Read the account, and answer with what the module returns. Nothing is written."""
        return self.judge(read_account(Domains(client), self.wishes), now)

    def judge(self, roster: Roster, now: datetime) -> dict[str, Any]:
        """The same for an account that was read already."""
        plan = plan_for(self.wishes, roster)
        findings = sorted(self._findings(observations(plan, roster, now), now.date()), key=_worst_first)
        names = undeclared(plan, roster)
        missing = [planned.label for planned in plan if is_missing(planned)]
        return {
            "changed": False,
            "audited_at": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "findings": findings,
            "summary": _summary(findings, plan, roster, names, missing),
            "undeclared": names,
            "missing": missing,
            "plan": digest_of(plan, roster.account_id),
        }

    def _findings(self, groups: Iterable[list[Observation]], today: date) -> Iterator[Finding]:
        used: set[Waiver] = set()
        for group in groups:
            yield from self._of_group(group, today, used)
        for waiver in self.waivers.all:
            rule_id = "ES-WAIVER-001" if waiver.has_expired(today) else "ES-WAIVER-002" if waiver not in used else None
            if rule_id and self._severity(rule_id) != OFF:
                yield self._finding(Observation(rule_id, waiver.domain, waiver.domain, None, waiver.about, None))

    def _of_group(self, group: list[Observation], today: date, used: set[Waiver]) -> Iterator[Finding]:
        """The worst of a group, and where that is waived the next one, too: what is waived does not hide what is not."""
        counted = [seen for seen in group if self._severity(seen.rule_id) != OFF]
        is_told = False
        for seen in sorted(counted, key=lambda seen: SEVERITIES.index(self._severity(seen.rule_id))):
            covering = self.waivers.covering(seen.name, seen.rule_id, seen.field)
            used.update(covering)
            if is_told:
                continue
            # The longest comes first.
            is_waived = bool(covering) and not covering[0].has_expired(today)
            yield self._finding(seen) | ({"waived": True, "waiver": covering[0].told()} if is_waived else {})
            is_told = not is_waived

    def _finding(self, seen: Observation) -> Finding:
        rule = RULES[seen.rule_id]
        return {
            "domain": seen.label,
            "field": seen.field,
            "declared": seen.declared,
            "live": seen.live,
            "direction": rule.direction,
            "severity": self._severity(seen.rule_id),
            "rule_id": seen.rule_id,
            "category": rule.category,
            "message": message_of(seen.rule_id, seen.label, seen.declared, seen.live),
            "remedy": rule.remedy,
            "waived": False,
        }

    def _severity(self, rule_id: str) -> Any:
        return self.severities.get(rule_id, RULES[rule_id].severity)


def audit_from(options: Mapping[str, Any]) -> Audit:
    """The audit in a module's options. Errors: OptionError, which names all that is wrong."""
    wrong: list[str] = []
    waivers = waivers_from(options.get("waivers") or (), WAIVABLE_FIELDS, wrong)
    severities = _severities(options.get("severities") or {}, wrong)
    more = [f"And {len(wrong) - _MOST_TOLD} more."] if len(wrong) > _MOST_TOLD else []
    wrong = [*wrong[:_MOST_TOLD], *more]
    try:
        wishes = fleet_from(options).wishes
    except OptionError as error:
        wrong.append(str(error))
    if wrong:
        raise OptionError(" ".join(wrong))
    return Audit(wishes, waivers, severities)


def _severities(options: Mapping[str, Any], wrong: list[str]) -> dict[str, str]:
    for rule_id, severity in options.items():
        if rule_id not in RULES:
            wrong.append(f"severities holds {rule_id!r}, which is no rule: they are listed in the documentation of the rules.")
        # YAML reads a bare off as false.
        elif severity is not False and severity not in (*SEVERITIES, OFF):
            wrong.append(f"severities holds {severity!r} for {rule_id}; the choices are {', '.join((*SEVERITIES, OFF))}.")
    return {rule_id: OFF if severity is False else str(severity) for rule_id, severity in options.items()}


def _summary(findings: list[Finding], plan: list[Planned], roster: Roster, names: list[str], missing: list[str]) -> dict[str, Any]:
    """How many of what; findings that are waived count only as such."""
    counted = [finding for finding in findings if not finding["waived"]]
    differing = {finding["domain"] for finding in counted if finding["category"] == "drift"} & {planned.label for planned in plan}
    by_severity: dict[str, int] = {severity: sum(finding["severity"] == severity for finding in counted) for severity in SEVERITIES}
    by_category: dict[str, int] = {category: sum(finding["category"] == category for finding in counted) for category in CATEGORIES}
    return {
        "declared": len(plan),
        "live": len(roster.all),
        "as_declared": len(plan) - len(differing),
        "drifted": len(differing),
        "missing": len(missing),
        "undeclared": len(names),
        "findings": len(counted),
        "waived": len(findings) - len(counted),
        **by_severity,
        **by_category,
        "worst": next((severity for severity, count in by_severity.items() if count), None),
    }


def _worst_first(finding: Finding) -> tuple[Any, ...]:
    """In one order, whatever that of the options and of the account."""
    values = json.dumps([finding["field"], finding["declared"], finding["live"]])
    return SEVERITIES.index(finding["severity"]), finding["domain"], finding["rule_id"], values
