# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exceptions that somebody has allowed: what they cover, and until when. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date
from fnmatch import translate
from typing import Any, NamedTuple

from ..resources.domain_names import normalize_name
from ..resources.domains import DOMAIN
from ..resources.field_types import reject_mask
from .domain_rules import RULES

_WILD = set("*?[")
_KINDS = {field.name: field.type for field in DOMAIN.fields}
# Read-only fields that are one word. Of the others (a consent, a count) no one value can be named.
_WORDS = ("status", "dmarc_status", "spf_status")
_MASKED = "********"
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_BOOLEANS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


class Waiver(NamedTuple):
    """One exception.

    `domain` is a name or a pattern. `rule` or `field`, or both, say what of it is allowed. `live` is the one live value that is allowed, in its normal
    form and as JSON; without it every value is. It holds to the end of `expires`.
    """

    domain: str
    rule: str | None
    field: str | None
    reason: str
    owner: str
    expires: date
    live: str | None = None

    def has_expired(self, today: date) -> bool:
        return today > self.expires

    def permits(self, live: Any) -> bool:
        """Whether the live value is one that it allows."""
        return self.live is None or _is_equal(str(self.about_field), json.loads(self.live), live)

    @property
    def about_field(self) -> str | None:
        """The field whose live value it is about, if that is one field."""
        return self.field or (RULES[self.rule].field if self.rule else None)

    @property
    def about(self) -> str:
        """What it is about, in words."""
        value = f" with the live value {_in_words(json.loads(self.live))}" if self.live is not None else ""
        what = " and ".join(filter(None, (self.rule, self.field)))
        return f"{what}{value} until {self.expires.isoformat()}, allowed by {self.owner} ({self.reason})"

    def told(self) -> dict[str, str]:
        """What a finding says of the waiver that covers it."""
        return {"reason": self.reason, "owner": self.owner, "expires": self.expires.isoformat()}


class WaiverIndex:
    """All exceptions, each once. Found by what they are about, because thousands of them may meet thousands of findings."""

    def __init__(self, waivers: Iterable[Waiver]) -> None:
        self.all = sorted(set(waivers), key=_longest_first)
        self._named: dict[tuple[str | None, ...], list[Waiver]] = {}
        self._patterns: dict[tuple[str | None, ...], list[tuple[re.Pattern[str], Waiver]]] = {}
        for waiver in self.all:
            about = (waiver.rule, waiver.field)
            if _is_pattern(waiver.domain):
                self._patterns.setdefault(about, []).append((re.compile(translate(waiver.domain)), waiver))
            else:
                self._named.setdefault((*about, waiver.domain), []).append(waiver)

    def covering(self, name: str, rule: str, field: str | None) -> list[Waiver]:
        """Those that are about such a finding, expired or not, the longest first."""
        plain = name.lower()
        found: list[Waiver] = []
        for about in dict.fromkeys(((rule, field), (rule, None), (None, field))):
            found += self._named.get((*about, plain), ())
            found += [waiver for pattern, waiver in self._patterns.get(about, ()) if pattern.match(plain)]
        return sorted(found, key=_longest_first)

    def allows(self, name: str, rule_ids: Iterable[str], field: str | None, live: Any, today: date) -> Waiver | None:
        """The waiver because of which a difference is left as it is, or None if it is not allowed.

        Args:
            name: the name of the domain.
            rule_ids: all rules that the difference breaks, as `_difference.rules_for` gives them. Each of them must be allowed.
            field: the field that differs; None if the domain as a whole does.
            live: its live value, in its normal form.
            today: the day in UTC.

        Returns:
            Of the waivers that are needed for it the one that ends first.
        """
        needed = []
        for rule_id in rule_ids:
            waiver = next((one for one in self.covering(name, rule_id, field) if not one.has_expired(today) and one.permits(live)), None)
            if waiver is None:
                return None
            needed.append(waiver)
        return min(needed, key=lambda waiver: waiver.expires, default=None)


def waivers_from_options(options: Iterable[Mapping[str, Any]], fields: Iterable[str], wrong: list[str]) -> WaiverIndex:
    """The waivers in a module's options. What is wrong with one is added to C(wrong), in words."""
    known = set(fields)
    waivers = []
    for index, entry in enumerate(options):
        mistakes = _mistakes(entry, known)
        wrong += [f"waivers[{index}] ({entry.get('domain')}): {mistake}" for mistake in mistakes]
        if not mistakes:
            waivers.append(_waiver(entry))
    return WaiverIndex(waivers)


def _longest_first(waiver: Waiver) -> tuple[Any, ...]:
    # In one order, whatever that of the options.
    return (-waiver.expires.toordinal(), *map(str, waiver))


def _waiver(entry: Mapping[str, Any]) -> Waiver:
    return Waiver(
        domain=_pattern(entry["domain"]),
        rule=entry.get("rule"),
        field=entry.get("field"),
        reason=entry["reason"].strip(),
        owner=entry["owner"].strip(),
        expires=_date(entry["expires"]),
        live=None if entry.get("live") is None else json.dumps(_live(_about_field(entry), entry["live"])),
    )


def _about_field(entry: Mapping[str, Any]) -> str | None:
    rule = RULES.get(entry.get("rule") or "")
    return entry.get("field") or (rule.field if rule else None)


def _live(field: str | None, value: Any) -> Any:
    """The normal form of the live value that is allowed. Errors: ValueError that says what is wrong."""
    items = value if isinstance(value, list) else [value]
    # An item that a template left out must not make the list an empty one, which for ip_restrictions means anywhere.
    if not items or any(item is None or str(item).strip() in ("", _MASKED) for item in items):
        raise ValueError("is empty, or has an item that is; leave it out to allow any live value")
    if any(isinstance(item, (dict, list)) for item in items):
        raise ValueError("must be a value or a list of values")
    if field in _WORDS:
        if len(items) > 1:
            raise ValueError("must be one word")
        return str(items[0]).strip().upper()
    kind = _KINDS.get(str(field))
    if kind is None:
        raise ValueError(f"cannot be given for {field}" if field else "needs field, or a rule that is about one field")
    wanted = kind.option_spec()["type"]
    if wanted != "list" and len(items) > 1:
        raise ValueError("must be one value")
    texts = [_typed(wanted, item) for item in items]
    return kind.parse(texts if wanted == "list" else texts[0])


def _typed(wanted: str, value: Any) -> Any:
    """A value in the type that its field has: templates make texts of numbers, and YAML makes numbers of texts."""
    text = str(value).strip()
    if wanted == "int":
        return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else value
    if wanted == "bool":
        return _BOOLEANS.get(text.lower(), value)
    return text


def _is_equal(field: str, allowed: Any, live: Any) -> bool:
    if field in _WORDS:
        return isinstance(live, str) and live.upper() == allowed
    if field == "ip_restrictions" and isinstance(live, list):
        from ..resources.address_space import is_same_space

        return is_same_space(allowed, live)
    return bool(allowed == live)


def _in_words(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value).lower() if isinstance(value, bool) else str(value)


def _mistakes(entry: Mapping[str, Any], fields: set[str]) -> list[str]:
    # Ansible takes a required suboption that is null for given.
    empty = [name for name in ("domain", "reason", "owner", "expires") if not (entry.get(name) or "").strip()]
    mistakes = [f"{name} is empty." for name in empty]
    for name in ("reason", "owner"):
        try:
            reject_mask(entry.get(name))
        except ValueError as error:
            mistakes.append(f"{name} {error}.")
    rule, field = entry.get("rule"), entry.get("field")
    if rule is None and field is None:
        mistakes.append("one of rule and field must say what is allowed.")
    if rule is not None and (rule not in RULES or RULES[rule].category == "waiver"):
        mistakes.append(f"rule is {rule!r}, which is no rule that can be waived: they are listed in the documentation of the rules.")
    if field is not None and field not in fields:
        mistakes.append(f"field is {field!r}; the choices are {', '.join(sorted(fields))}.")
    if entry.get("live") is not None:
        mistakes += _refusal_of_live(entry)
    if "expires" not in empty:
        mistakes += _refusal(_date, entry["expires"], "expires", "must be a date such as 2027-01-31, the last day on which the exception is allowed")
    if "domain" not in empty:
        mistakes += _refusal(_pattern, entry["domain"], "domain", "must be a domain name or a pattern such as *.example.com")
    return mistakes


def _refusal(read: Any, value: str, name: str, needed: str) -> list[str]:
    try:
        read(value)
    except ValueError as error:
        return [f"{name} is {value!r}; it {needed}: {error}."]
    return []


def _refusal_of_live(entry: Mapping[str, Any]) -> list[str]:
    rule = RULES.get(entry.get("rule") or "")
    if rule is not None and rule.category == "advice":
        return [f"live is given, and {rule.id} is about what is declared: leave live out."]
    try:
        _live(_about_field(entry), entry["live"])
    except ValueError as error:
        return [f"live {error}."]
    return []


def _date(text: str) -> date:
    # Newer Pythons take more ways to write a date than older ones.
    if not _DATE.fullmatch(text.strip()):
        raise ValueError("it is not of the form YYYY-MM-DD")
    return date.fromisoformat(text.strip())


def _pattern(text: str) -> str:
    """A name in its normal form; of a pattern only the labels that are whole."""
    # As a pattern, the asterisks of a mask would match every domain.
    reject_mask(text)
    plain = text.strip().lower().removesuffix(".")
    if not _is_pattern(plain):
        return normalize_name(plain)
    return ".".join(label if label.isascii() or _is_pattern(label) else normalize_name(label) for label in plain.split("."))


def _is_pattern(text: str) -> bool:
    return bool(_WILD & set(text))
