# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What there is to do in an account so that it is as declared, and the digest by which that can be approved. Pure."""

from __future__ import annotations

import hashlib
import json
from typing import NamedTuple

from ._domains import DOMAIN
from ._errors import CloudflareError, OptionError
from ._fields import Normal
from ._names import live_name
from ._resource import NOTHING, Change, Live
from ._roster import Roster
from ._wish import Wish


class Planned(NamedTuple):
    """One declared domain against the account: a change to make, or why there can be none.

    C(label): what to call the domain, the id included where its name alone would not tell which it is.
    """

    wish: Wish
    label: str
    live: Live | None
    change: Change
    failure: CloudflareError | None


def plan_for(wishes: list[Wish], roster: Roster) -> list[Planned]:
    """What each wish takes, in their order. Errors: OptionError if two wishes mean one live domain."""
    plan = [_planned(wish, roster) for wish in wishes]
    seen: dict[str, Planned] = {}
    for planned in plan:
        live_id = (planned.live or {}).get("id")
        if live_id is None:
            continue
        if str(live_id) in seen:
            raise OptionError(f"{seen[str(live_id)].wish.label} and {planned.wish.label} are one live domain, {planned.label}: leave one of the entries out.")
        seen[str(live_id)] = planned
    return plan


def refuse_unsafe(plan: list[Planned]) -> list[Planned]:
    """The plan of a task that writes: a change that would empty a list by accident is a failure. An audit compares it as any other."""
    return [planned if (unsafe := planned.wish.unsafe(planned.change)) is None else planned._replace(change=NOTHING, failure=unsafe) for planned in plan]


def digest_of(plan: list[Planned]) -> str:
    """A digest of exactly what would be done, whatever the order in which it was declared, and how the server writes what is live."""
    doings = sorted(
        [planned.label, planned.change.action, name, _digested(name, pair["before"]), _digested(name, pair["after"])]
        for planned in refuse_unsafe(plan)
        for name, pair in planned.change.changes.items()
    )
    return hashlib.sha256(json.dumps(doings).encode()).hexdigest()


def _digested(name: str, value: Normal) -> str:
    return json.dumps(DOMAIN.comparable(name, value))


def _planned(wish: Wish, roster: Roster) -> Planned:
    try:
        live = wish.find(roster)
        change = wish.change(live)
    except CloudflareError as error:
        return Planned(wish, str(wish.name or wish.domain_id), None, NOTHING, error)
    return Planned(wish, _label(wish, live, roster), live, change, None)


def _label(wish: Wish, live: Live | None, roster: Roster) -> str:
    name = wish.name if live is None else live_name(live.get(DOMAIN.title))
    if not name:
        return str(wish.domain_id)
    return f"{name} ({(live or {}).get('id')})" if len(roster.named(name)) > 1 else name
