# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exceptions that somebody has allowed: what they cover, and until when. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from ._names import normal_name
from ._rules import RULES

_WILD = set("*?[")


class Waiver(NamedTuple):
    """One exception. C(domain) is a name or a pattern; C(rule) or C(field), or both, say what of it is allowed; it holds to the end of C(expires)."""

    domain: str
    rule: str | None
    field: str | None
    reason: str
    owner: str
    expires: date

    def covers(self, name: str, rule: str, field: str | None) -> bool:
        """Whether it is about such a finding, expired or not."""
        is_meant = self.rule in (None, rule) and self.field in (None, field)
        return is_meant and fnmatchcase(name.lower(), self.domain)

    def has_expired(self, today: date) -> bool:
        return today > self.expires

    @property
    def about(self) -> str:
        """What it is about, in words."""
        return f"{' and '.join(filter(None, (self.rule, self.field)))} until {self.expires.isoformat()}, allowed by {self.owner} ({self.reason})"

    def told(self) -> dict[str, str]:
        """What a finding says of the waiver that covers it."""
        return {"reason": self.reason, "owner": self.owner, "expires": self.expires.isoformat()}


def waivers_from(options: Iterable[Mapping[str, Any]], fields: Iterable[str], wrong: list[str]) -> list[Waiver]:
    """The waivers in a module's options. What is wrong with one is added to C(wrong), in words."""
    known = set(fields)
    waivers = []
    for index, entry in enumerate(options):
        mistakes = _mistakes(entry, known)
        wrong += [f"waivers[{index}] ({entry.get('domain')}): {mistake}" for mistake in mistakes]
        if not mistakes:
            waivers.append(_waiver(entry))
    return waivers


def _waiver(entry: Mapping[str, Any]) -> Waiver:
    return Waiver(
        domain=_pattern(entry["domain"]),
        rule=entry.get("rule"),
        field=entry.get("field"),
        reason=entry["reason"].strip(),
        owner=entry["owner"].strip(),
        expires=date.fromisoformat(entry["expires"].strip()),
    )


def _mistakes(entry: Mapping[str, Any], fields: set[str]) -> list[str]:
    mistakes = [f"{name} is empty." for name in ("domain", "reason", "owner") if not entry[name].strip()]
    rule, field = entry.get("rule"), entry.get("field")
    if rule is None and field is None:
        mistakes.append("one of rule and field must say what is allowed.")
    if rule is not None and (rule not in RULES or RULES[rule].category == "waiver"):
        mistakes.append(f"rule is {rule!r}, which is no rule that can be waived: they are listed in the documentation of the rules.")
    if field is not None and field not in fields:
        mistakes.append(f"field is {field!r}; the choices are {', '.join(sorted(fields))}.")
    try:
        date.fromisoformat(entry["expires"].strip())
    except ValueError:
        mistakes.append(f"expires is {entry['expires']!r}; it must be a date such as 2027-01-31, the last day on which the exception is allowed.")
    try:
        _pattern(entry["domain"])
    except ValueError as error:
        mistakes.append(f"domain is {entry['domain']!r}, which is neither a pattern nor a domain name: {error}.")
    return mistakes


def _pattern(text: str) -> str:
    plain = text.strip().lower()
    return plain.removesuffix(".") if _WILD & set(plain) else normal_name(plain)
