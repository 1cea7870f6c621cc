# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What breaks a rule, on what is declared and what is live. Which of it is told, and how bad it is held to be, is decided elsewhere. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from ..reconcile.index import LiveIndex
from ..reconcile.plan import PlannedChange, undeclared_objects
from ..resources.base import LiveObject, Settings
from ..resources.domains import DOMAIN
from ..resources.mail_flow import recent_mail, removes_mail
from .advice import advice_rules
from .direction import drift_rules
from .domain_rules import RULES, Circumstances, Severity
from .health import health_matches


class RuleMatch(NamedTuple):
    """A rule that is broken: where, by which values, and how bad that is under these circumstances.

    `label` is what to call the domain, `name` what a waiver calls it.
    """

    rule_id: str
    label: str
    name: str
    field: str | None
    declared: Any
    live: Any
    severity: Severity


def find_matches(plan: list[PlannedChange], whole: list[PlannedChange], live_index: LiveIndex, now: datetime, *, is_part: bool) -> Iterator[list[RuleMatch]]:
    """All that is observed of the domains in `plan`, in groups: those of a group are about one field of one domain.

    `whole` is all that is declared. An audit of a part looks at nothing besides its domains.
    """
    looked_at = _meant(plan, live_index) if is_part else live_index.all
    with_dmarc = frozenset(_live_name(live) for live in live_index.all if str(live.get("dmarc_status")).upper() == "GOOD")
    known = {id(planned.live): planned.change.before for planned in plan if planned.live is not None}
    signs = {id(live): _signs(live, known.get(id(live)) or DOMAIN.normalize(live), live_index, now, with_dmarc) for live in looked_at}
    for planned in plan:
        about = signs.pop(id(planned.live), []) if planned.live is not None else []
        yield from _by_field([*(seen for group in differences([planned]) for seen in group), *about, *_advice(planned, now)])
    if not is_part:
        yield from _strangers(whole, live_index)
    for rest in signs.values():
        yield from _by_field(rest)


def _by_field(seen: Iterable[RuleMatch]) -> Iterable[list[RuleMatch]]:
    """In groups by field. What is about a domain as a whole stands alone."""
    groups: dict[Any, list[RuleMatch]] = {}
    for each in seen:
        groups.setdefault(each.field or each.rule_id, []).append(each)
    return groups.values()


def is_missing(planned: PlannedChange) -> bool:
    """Whether a declared domain is not there."""
    return planned.change.action == "create" or (planned.failure is not None and planned.failure.kind == "not_found")


def differences(plan: Iterable[PlannedChange]) -> Iterator[list[RuleMatch]]:
    """Of each declared domain what is not as declared: the rules that are broken, field by field."""
    for planned in plan:
        name = _name_of(planned)
        whole = _of_existence(planned)
        if whole:
            yield [RuleMatch(whole, planned.label, name, None, planned.desired.state, _what_is_there(planned), RULES[whole].severity)]
            continue
        settings = planned.change.before
        for field, pair in planned.change.changes.items():
            declared, live = pair["after"], pair["before"]
            seen = Circumstances(settings, settings, declared, live)
            rule_ids = drift_rules(field, declared, live)
            yield [RuleMatch(rule_id, planned.label, name, field, declared, live, RULES[rule_id].severity_in(seen)) for rule_id in rule_ids]


def _of_existence(planned: PlannedChange) -> str | None:
    """The rule that is broken by a domain as a whole, if one is."""
    if is_missing(planned):
        return "ES-DOMAIN-001"
    if planned.failure is not None:
        return "ES-DOMAIN-005"
    return "ES-DOMAIN-003" if planned.change.action == "delete" else None


def _what_is_there(planned: PlannedChange) -> str | None:
    if is_missing(planned):
        return None
    return "present" if planned.failure is None else planned.failure.said


def _name_of(planned: PlannedChange) -> str:
    return planned.desired.name or DOMAIN.live_name(planned.live or {}) or planned.label


def _strangers(plan: list[PlannedChange], live_index: LiveIndex) -> Iterator[list[RuleMatch]]:
    for live in undeclared_objects(plan, live_index):
        name = _live_name(live)
        yield [RuleMatch("ES-DOMAIN-002", _title(live, live_index), name, None, None, "present", RULES["ES-DOMAIN-002"].severity)]


def _meant(plan: Iterable[PlannedChange], live_index: LiveIndex) -> list[LiveObject]:
    """The live domains that these declared ones are about; all of a name, if it is not known which one is meant."""
    meant: dict[int, LiveObject] = {}
    for planned in plan:
        found = [planned.live] if planned.live is not None else live_index.all_by_key(planned.desired.key)
        meant.update((id(live), live) for live in found)
    return list(meant.values())


def _signs(live: LiveObject, settings: Settings, live_index: LiveIndex, now: datetime, with_dmarc: frozenset[str]) -> list[RuleMatch]:
    """What the fields of a live domain say, declared or not."""
    name, title = _live_name(live), _title(live, live_index)
    labels = name.split(".")
    has_good_parent = any(".".join(labels[start:]) in with_dmarc for start in range(1, len(labels)))
    return [
        RuleMatch(
            *(sign.rule_id, title, name, RULES[sign.rule_id].field, None, sign.live),
            severity=RULES[sign.rule_id].severity_in(Circumstances(settings, settings, None, sign.live, has_good_parent)),
        )
        for sign in health_matches(live, now, settings)
    ]


def _live_name(live: LiveObject) -> str:
    return DOMAIN.live_name(live) or str(live.get("id"))


def _title(live: LiveObject, live_index: LiveIndex) -> str:
    return live_index.unique_name(live) or _live_name(live)


def _advice(planned: PlannedChange, now: datetime) -> list[RuleMatch]:
    declared, live = planned.desired.settings, planned.live
    # Of a domain that is to be removed no setting can be declared.
    if planned.desired.state == "absent":
        if live is None or planned.change.action != "delete" or not removes_mail({}, live, now):
            return []
        told = {"total_emails_processed": recent_mail(live, now)}
        return [RuleMatch("ES-ADVICE-007", planned.label, _name_of(planned), None, "absent", told, RULES["ES-ADVICE-007"].severity)]
    # Of a domain that could not be compared nothing is known: that is not the same as one that does not exist.
    settings: Settings | None = None if is_missing(planned) else planned.change.before
    circumstances = Circumstances(settings or {}, {**(settings or {}), **declared})
    observed = []
    for rule_id in advice_rules(declared, settings):
        rule = RULES[rule_id]
        value = declared.get(rule.field) if rule.field else None
        # Only one of these rules is about what is live as well.
        is_live = (settings or {}).get("integration_id") if rule_id == "ES-ADVICE-009" else None
        observed.append(RuleMatch(rule_id, planned.label, _name_of(planned), rule.field, value, is_live, rule.severity_in(circumstances)))
    return observed
