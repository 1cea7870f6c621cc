# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A finding in words. Pure: whoever has rule, domain and values can say it again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..resources.address_space import is_anywhere, uncovered_networks
from .direction import BENIGN_DISPOSITIONS
from .domain_rules import RULES
from .health import MALICIOUS, MICROSOFT_ONLY, shared_networks, wide_networks

_LONGEST_VALUE = 300
_MOST_LISTED = 10
# What mail these dispositions are given to, because the words alone read as if they named bad mail, or none.
_EXPLAINED = {
    "ENCRYPTED": "ENCRYPTED (encrypted mail)",
    "EXTERNAL": "EXTERNAL (mail from outside the company)",
    "NONE": "NONE (ordinary mail)",
    "UNKNOWN": "UNKNOWN (mail without another disposition)",
}
# Of a live list, that part which a rule is about.
_NAMED: dict[str, Callable[[list[Any]], list[Any]]] = {
    "ES-HEALTH-015": lambda live: sorted(MALICIOUS - set(live)),
    "ES-HEALTH-020": lambda live: [word for word in live if word in BENIGN_DISPOSITIONS],
    "ES-HEALTH-022": lambda live: [word for word in live if word in MICROSOFT_ONLY],
    "ES-HEALTH-027": wide_networks,
    "ES-HEALTH-028": shared_networks,
}
# What the empty list or no value means, where it is not nothing.
_EMPTY = {
    "allowed_delivery_modes": "no mode",
    "domain": "without a name",
    "drop_dispositions": "no disposition",
    "folder": "no folder",
    "ip_restrictions": "anywhere",
    "lookback_hops": "not told",
    "regions": "a region that is not told",
    "transport": "a host that is not told",
}


def finding_text(rule_id: str, domain: str, declared: Any, live: Any) -> str:
    """A finding in words. C(declared) and C(live) are those of the finding."""
    rule = RULES[rule_id]
    # Whatever it is written like, a list that covers every address restricts nothing. How it is written is what ES-IP-004 is about.
    if rule.field == "ip_restrictions" and rule_id != "ES-IP-004":
        declared, live = (_anywhere_is_empty(value) for value in (declared, live))
    lost, gained = _beyond(rule.field, declared, live), _beyond(rule.field, live, declared)
    named = _NAMED[rule_id](live) if rule_id in _NAMED and isinstance(live, list) else live
    values = {"declared": declared, "live": live, "lost": lost, "gained": gained, "named": named}
    return rule.summary.format(domain=_printable(domain), **{name: _shown(rule.field, value) for name, value in values.items()})


def _anywhere_is_empty(value: Any) -> Any:
    return [] if isinstance(value, list) and is_anywhere(value) else value


def _beyond(field: str | None, some: Any, others: Any) -> list[str] | None:
    """What of a list is not in the other one."""
    if not (isinstance(some, list) and isinstance(others, list)):
        return None
    return uncovered_networks(some, others) if field == "ip_restrictions" else [one for one in some if one not in others]


def _shown(field: str | None, value: Any) -> str:
    """A value in a sentence."""
    if field == "drop_dispositions" and isinstance(value, list):
        value = [_EXPLAINED.get(part, part) if isinstance(part, str) else part for part in value]
    return _plain(value) or _EMPTY.get(str(field), "an empty text" if isinstance(value, str) else "nothing")


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return _listed([f"{name} {_shown(None, part)}" for name, part in sorted(value.items()) if part is not None])
    if isinstance(value, list):
        return _listed([str(part) or "an empty text" for part in value])
    return _printable(str(value).lower() if isinstance(value, bool) else str(value))


def _listed(parts: list[str]) -> str:
    more = f" and {len(parts) - _MOST_LISTED} more" if len(parts) > _MOST_LISTED else ""
    return _printable(", ".join(parts[:_MOST_LISTED])) + more


def _printable(text: str) -> str:
    """The same in one line, and not too long."""
    printable = text if text.isprintable() else "".join(character if character.isprintable() else " " for character in text)
    visible = " ".join(printable.split())
    return visible if len(visible) <= _LONGEST_VALUE else visible[: _LONGEST_VALUE - 1] + "…"
