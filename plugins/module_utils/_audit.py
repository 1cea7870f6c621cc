# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit of an account: how it differs from what is declared, in which direction, and how bad that is. Pure, but for one reading."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from ._advice import advice_for
from ._difference import rules_for
from ._domains import DOMAIN, Domains
from ._errors import OptionError
from ._fleet import fleet_from
from ._health import signs_of
from ._names import live_name
from ._plan import Planned, digest_of, plan_for
from ._report import undeclared
from ._resource import Live
from ._roster import Roster
from ._rules import OFF, RULES, SEVERITIES
from ._waivers import Waiver, waivers_from
from ._wish import Wish

if TYPE_CHECKING:
    from ._client import Client

READ_ONLY_FIELDS = tuple(dict.fromkeys(rule.field for rule in RULES.values() if rule.category == "health" and rule.field))
WAIVABLE_FIELDS = (*(field.name for field in DOMAIN.fields), *READ_ONLY_FIELDS)
_LONGEST_VALUE = 300
# What an empty list or no value means, where it is not nothing.
_EMPTY = {"ip_restrictions": "anywhere"}

Finding = dict[str, Any]


class Observation(NamedTuple):
    """A rule that is broken: where, and by which values. C(label): what to call the domain; C(name): what a waiver calls it."""

    rule_id: str
    label: str
    name: str
    field: str | None
    declared: Any
    live: Any


class Audit(NamedTuple):
    """What is declared, what of its differences is allowed, and how bad each kind of difference is held to be."""

    wishes: list[Wish]
    waivers: list[Waiver]
    severities: Mapping[str, str]

    def of(self, client: Client, now: datetime) -> dict[str, Any]:
        """Read the account, and answer with what the module returns. Nothing is written."""
        roster = Roster(Domains(client).all(), client.quoted)
        return self.judge(roster, now)

    def judge(self, roster: Roster, now: datetime) -> dict[str, Any]:
        """The same for an account that was read already."""
        plan = plan_for(self.wishes, roster)
        groups = [*_differences(plan), *_strangers(plan, roster), *_signs(roster, now), *_advice(plan)]
        findings, used = self._findings(groups, now.date())
        findings += [self._of_waiver(waiver, rule_id) for waiver, rule_id in _idle(self.waivers, used, now.date()) if self._severity(rule_id) != OFF]
        findings.sort(key=_worst_first)
        names = undeclared(plan, roster)
        missing = [planned.label for planned in plan if _is_missing(planned)]
        return {
            "changed": False,
            "audited_at": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "findings": findings,
            "summary": _summary(findings, plan, roster, names, missing),
            "undeclared": names,
            "missing": missing,
            "plan": digest_of(plan),
        }

    def _findings(self, groups: Iterable[list[Observation]], today: date) -> tuple[list[Finding], set[Waiver]]:
        """Of each group the worst, and the waivers that cover anything. What is waived does not hide what is not, and stays in the list."""
        findings: list[Finding] = []
        used: set[Waiver] = set()
        for group in groups:
            ranked = sorted((seen for seen in group if self._severity(seen.rule_id) != OFF), key=lambda seen: SEVERITIES.index(self._severity(seen.rule_id)))
            is_told = False
            for seen in ranked:
                covering = [waiver for waiver in self.waivers if waiver.covers(seen.name, seen.rule_id, seen.field)]
                used.update(covering)
                valid = [waiver for waiver in covering if not waiver.has_expired(today)]
                if not is_told:
                    findings.append(self._finding(seen) | ({"waived": True, "waiver": valid[0].told()} if valid else {}))
                is_told = is_told or not valid
        return findings, used

    def _of_waiver(self, waiver: Waiver, rule_id: str) -> Finding:
        return self._finding(Observation(rule_id, waiver.domain, waiver.domain, None, waiver.about, None))

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
    try:
        wishes = fleet_from(options).wishes
    except OptionError as error:
        wrong.append(str(error))
    if wrong:
        raise OptionError(" ".join(wrong))
    return Audit(wishes, waivers, severities)


def message_of(rule_id: str, domain: str, declared: Any, live: Any) -> str:
    """A finding in words."""
    field = RULES[rule_id].field
    return RULES[rule_id].summary.format(domain=domain, declared=_shown(field, declared), live=_shown(field, live))


def _severities(options: Mapping[str, Any], wrong: list[str]) -> dict[str, str]:
    for rule_id, severity in options.items():
        if rule_id not in RULES:
            wrong.append(f"severities holds {rule_id!r}, which is no rule: they are listed in the documentation of the rules.")
        # YAML reads a bare off as false.
        elif severity is not False and severity not in (*SEVERITIES, OFF):
            wrong.append(f"severities holds {severity!r} for {rule_id}; the choices are {', '.join((*SEVERITIES, OFF))}.")
    return {rule_id: OFF if severity is False else str(severity) for rule_id, severity in options.items()}


def _idle(waivers: Iterable[Waiver], used: set[Waiver], today: date) -> Iterator[tuple[Waiver, str]]:
    """The waivers that allow nothing, or not any more, and the rules that say so."""
    for waiver in dict.fromkeys(waivers):
        if waiver.has_expired(today):
            yield waiver, "ES-WAIVER-001"
        elif waiver not in used:
            yield waiver, "ES-WAIVER-002"


def _differences(plan: Iterable[Planned]) -> Iterator[list[Observation]]:
    """Of each declared domain what is not as declared: the rules that are broken, field by field."""
    for planned in plan:
        name = _name_of(planned)
        whole = _of_existence(planned)
        if whole:
            yield [Observation(whole, planned.label, name, None, planned.wish.state, _what_is_there(planned))]
            continue
        for field, pair in planned.change.changes.items():
            declared, live = pair["after"], pair["before"]
            yield [Observation(rule_id, planned.label, name, field, declared, live) for rule_id in rules_for(field, declared, live)]


def _of_existence(planned: Planned) -> str | None:
    """The rule that is broken by a domain as a whole, if one is."""
    if _is_missing(planned):
        return "ES-DOMAIN-001"
    if planned.failure is not None:
        return "ES-DOMAIN-005"
    return "ES-DOMAIN-003" if planned.change.action == "delete" else None


def _name_of(planned: Planned) -> str:
    return planned.wish.name or live_name((planned.live or {}).get(DOMAIN.title)) or planned.label


def _what_is_there(planned: Planned) -> str | None:
    if planned.failure is not None and not _is_missing(planned):
        return str(planned.failure)
    return None if planned.live is None else "present"


def _is_missing(planned: Planned) -> bool:
    return planned.change.action == "create" or (planned.failure is not None and planned.failure.kind == "not_found")


def _strangers(plan: list[Planned], roster: Roster) -> Iterator[list[Observation]]:
    for name in undeclared(plan, roster):
        yield [Observation("ES-DOMAIN-002", name, name, None, None, "present")]


def _signs(roster: Roster, now: datetime) -> Iterator[list[Observation]]:
    """Of every live domain what its read-only fields say, declared or not."""
    for live in roster.all:
        name = live_name(live.get(DOMAIN.title)) or str(live.get("id"))
        for sign in signs_of(live, now):
            yield [Observation(sign.rule_id, _title(live, name, roster), name, RULES[sign.rule_id].field, None, sign.live)]


def _title(live: Live, name: str, roster: Roster) -> str:
    return f"{name} ({live.get('id')})" if len(roster.named(name)) > 1 else name


def _advice(plan: Iterable[Planned]) -> Iterator[list[Observation]]:
    for planned in plan:
        declared = planned.wish.settings
        for rule_id in advice_for(declared):
            field = str(RULES[rule_id].field)
            yield [Observation(rule_id, planned.label, _name_of(planned), field, declared.get(field), None)]


def _summary(findings: list[Finding], plan: list[Planned], roster: Roster, names: list[str], missing: list[str]) -> dict[str, Any]:
    """How many of what; findings that are waived count only as such."""
    counted = [finding for finding in findings if not finding["waived"]]
    differing = {finding["domain"] for finding in counted if finding["category"] == "drift"} & {planned.label for planned in plan}
    by_severity: dict[str, int] = {severity: sum(finding["severity"] == severity for finding in counted) for severity in SEVERITIES}
    by_category: dict[str, int] = {category: sum(finding["category"] == category for finding in counted) for category in ("drift", "health", "advice", "waiver")}
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
    return SEVERITIES.index(finding["severity"]), finding["domain"], finding["rule_id"], finding["field"] or ""


def _shown(field: str | None, value: Any) -> str:
    """A value in a sentence."""
    if value is None or value == []:
        return _EMPTY.get(str(field), "nothing")
    if isinstance(value, dict):
        return _printable(", ".join(f"{name} {_shown(None, part)}" for name, part in sorted(value.items()) if part is not None))
    if isinstance(value, list):
        return _printable(", ".join(str(part) for part in value))
    return _printable(str(value).lower() if isinstance(value, bool) else str(value))


def _printable(text: str) -> str:
    visible = "".join(character if character.isprintable() else " " for character in text)
    return visible if len(visible) <= _LONGEST_VALUE else visible[: _LONGEST_VALUE - 1] + "…"
