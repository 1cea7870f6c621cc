# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What breaks a rule, on what is declared and what is live. Which of it is told, and how bad it is held to be, is decided elsewhere. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from ._advice import advice_for
from ._difference import rules_for
from ._domains import DOMAIN
from ._health import signs_of
from ._names import live_name
from ._plan import Planned
from ._report import strangers
from ._resource import Live
from ._roster import Roster
from ._rules import RULES


class Observation(NamedTuple):
    """A rule that is broken: where, and by which values. C(label): what to call the domain; C(name): what a waiver calls it."""

    rule_id: str
    label: str
    name: str
    field: str | None
    declared: Any
    live: Any


def observations(plan: list[Planned], whole: list[Planned], roster: Roster, now: datetime, *, is_part: bool) -> Iterator[list[Observation]]:
    """All that is observed of the domains in `plan`. Those of a group are about one field of one domain, and the worst of each direction says it all.

    `whole` is all that is declared. An audit of a part looks at nothing besides its domains.
    """
    yield from differences(plan)
    if not is_part:
        yield from _strangers(whole, roster)
    yield from _signs(_meant(plan, roster) if is_part else roster.all, roster, now)
    yield from _advice(plan)


def is_missing(planned: Planned) -> bool:
    """Whether a declared domain is not there."""
    return planned.change.action == "create" or (planned.failure is not None and planned.failure.kind == "not_found")


def differences(plan: Iterable[Planned]) -> Iterator[list[Observation]]:
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
    if is_missing(planned):
        return "ES-DOMAIN-001"
    if planned.failure is not None:
        return "ES-DOMAIN-005"
    return "ES-DOMAIN-003" if planned.change.action == "delete" else None


def _what_is_there(planned: Planned) -> str | None:
    if is_missing(planned):
        return None
    return "present" if planned.failure is None else planned.failure.said


def _name_of(planned: Planned) -> str:
    return planned.wish.name or live_name((planned.live or {}).get(DOMAIN.title)) or planned.label


def _strangers(plan: list[Planned], roster: Roster) -> Iterator[list[Observation]]:
    for live in strangers(plan, roster):
        name = _live_name(live)
        yield [Observation("ES-DOMAIN-002", _title(live, roster), name, None, None, "present")]


def _meant(plan: Iterable[Planned], roster: Roster) -> list[Live]:
    """The live domains that these declared ones are about; all of a name, if it is not known which one is meant."""
    meant: dict[int, Live] = {}
    for planned in plan:
        found = [planned.live] if planned.live is not None else roster.named(planned.wish.name) if planned.wish.name else []
        meant.update((id(live), live) for live in found)
    return list(meant.values())


def _signs(domains: Iterable[Live], roster: Roster, now: datetime) -> Iterator[list[Observation]]:
    """Of live domains what their read-only fields say, declared or not."""
    for live in domains:
        for sign in signs_of(live, now):
            yield [Observation(sign.rule_id, _title(live, roster), _live_name(live), RULES[sign.rule_id].field, None, sign.live)]


def _live_name(live: Live) -> str:
    return live_name(live.get(DOMAIN.title)) or str(live.get("id"))


def _title(live: Live, roster: Roster) -> str:
    name = _live_name(live)
    return f"{name} ({live.get('id')})" if len(roster.named(name)) > 1 else name


def _advice(plan: Iterable[Planned]) -> Iterator[list[Observation]]:
    for planned in plan:
        # Of a domain that is to be removed no setting can be declared.
        if planned.wish.state == "absent":
            continue
        declared = planned.wish.settings
        for rule_id in advice_for(declared):
            field = RULES[rule_id].field
            yield [Observation(rule_id, planned.label, _name_of(planned), field, declared.get(field) if field else None, None)]
