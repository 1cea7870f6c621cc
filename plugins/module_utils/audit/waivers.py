# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waivers: approved exceptions, with scope and expiry date. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from fnmatch import translate
from typing import Any, NamedTuple

from ..api.texts import printable
from ..reconcile.shell_pattern import shell_pattern
from ..resources.domain_names import normalize_name
from ..resources.field_types import reject_mask
from ..resources.registry import LIST_NAMES
from .registry import RULES, ResourceAudit, find_rule, where_rules_are

# The resource that waivers with `domain` are about.
DOMAINS = "domains"
_WILDCARDS = set("*?[")
# In a pattern of entries, brackets are literal: regular expressions contain them.
_ENTRY_WILDCARDS = set("*?")
# Read-only fields whose value is one word. A waiver cannot name a live value of the others, which are objects.
_STATUS_FIELDS = ("status", "dmarc_status", "spf_status")
_MASK = "********"
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_BOOLEANS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


class Waiver(NamedTuple):
    """One approved exception.

    Attributes:
        domain: a name or a pattern of domains; empty if the waiver is about entries of lists.
        rule: the rule that is waived. If `field` is given as well, both must match.
        field: the field that is waived.
        expires: the last day on which it is in force, in UTC.
        live: the only live value that it permits, in its normal form as JSON; None if it permits any.
        entry: the key of an entry, or a pattern of keys; None if the waiver is about domains.
        resource: the list of the entry; None for every list.
    """

    domain: str
    rule: str | None
    field: str | None
    reason: str
    owner: str
    expires: date
    live: str | None = None
    entry: str | None = None
    resource: str | None = None

    @property
    def subject(self) -> str:
        """What it is about: the name or pattern of domains, or the key or pattern of entries."""
        return self.domain if self.entry is None else self.entry

    @property
    def resources(self) -> frozenset[str]:
        """The resources that it is about."""
        if self.entry is None:
            return frozenset((DOMAINS,))
        from .lists.registry import list_of_rule

        own = self.resource or list_of_rule(self.rule or "")
        return frozenset((own,) if own else LIST_NAMES)

    def has_expired(self, today: date) -> bool:
        return today > self.expires

    def permits(self, live: Any) -> bool:
        """Whether it permits a live value."""
        if self.live is None:
            return True
        permitted = json.loads(self.live)
        if self.entry is not None:
            # The finding of a rule may describe the entry rather than show a field.
            return bool(permitted == live) or _value_text(permitted) == _value_text(live)
        return _is_equal(_field_of(self.rule, self.field), permitted, live)

    @property
    def description(self) -> str:
        """What it covers, until when, and who approved it.

        The fingerprint of a finding about a waiver contains this text: rewording it would make every such finding a new one.
        """
        value = f" with the live value {_value_text(json.loads(self.live))}" if self.live is not None else ""
        scope = " and ".join(filter(None, (self.rule, self.field))) + (f" in {self.resource}" if self.resource else "")
        return f"{scope}{value} until {self.expires.isoformat()}, allowed by {self.owner} ({self.reason})"

    def to_result(self) -> dict[str, str]:
        """What a waived finding returns of it."""
        return {"reason": self.reason, "owner": self.owner, "expires": self.expires.isoformat()}


class WaiverIndex:
    """All waivers, each once. Indexed by rule, field and resource, because there may be thousands of waivers and findings."""

    def __init__(self, waivers: Iterable[Waiver]) -> None:
        self.all = sorted(set(waivers), key=_longest_valid_first)
        self._by_name: dict[tuple[str | None, ...], list[Waiver]] = {}
        self._patterns: dict[tuple[str | None, ...], list[tuple[re.Pattern[str], Waiver]]] = {}
        for waiver in self.all:
            if waiver.entry is not None:
                self._add_entry(waiver, waiver.entry.casefold())
            elif _is_pattern(waiver.domain):
                self._patterns.setdefault(_scope(waiver, DOMAINS), []).append((re.compile(translate(waiver.domain)), waiver))
            else:
                self._by_name.setdefault((*_scope(waiver, DOMAINS), waiver.domain), []).append(waiver)

    def _add_entry(self, waiver: Waiver, text: str) -> None:
        scope = _scope(waiver, waiver.resource)
        # A key that is a regular expression contains wildcards itself: it matches as a text, too.
        self._by_name.setdefault((*scope, text), []).append(waiver)
        if _ENTRY_WILDCARDS & set(text):
            self._patterns.setdefault(scope, []).append((shell_pattern(text), waiver))

    def find_covering(self, name: str, rule_id: str, field: str | None, resource: str = DOMAINS, label: str | None = None) -> list[Waiver]:
        """Find the waivers that cover a finding, expired or not, in descending order of expiry.

        Args:
            name: the name of the domain, or the first part of the key of the entry.
            rule_id: the rule of the finding.
            field: its field.
            resource: the resource of the finding.
            label: for an entry, what results call it. A waiver may name it in the same way.
        """
        if not self.all:
            return []
        is_domain = resource == DOMAINS
        names = (name.lower(),) if is_domain else tuple(dict.fromkeys((name.casefold(), (label or name).casefold())))
        found: dict[Waiver, None] = {}
        for scope in dict.fromkeys(((rule_id, field), (rule_id, None), (None, field))):
            for of_resource in (resource,) if is_domain else (resource, None):
                for each in names:
                    found |= dict.fromkeys(self._by_name.get((*scope, of_resource, each), ()))
                    found |= dict.fromkeys(waiver for pattern, waiver in self._patterns.get((*scope, of_resource), ()) if pattern.match(each))
        return sorted(found, key=_longest_valid_first)

    def find_permitting(
        self, name: str, rule_ids: Iterable[str], field: str | None, live: Any, today: date, resource: str = DOMAINS, label: str | None = None
    ) -> Waiver | None:
        """Find the waiver that permits a difference.

        Args:
            name: the name of the object.
            rule_ids: all rules that the difference matches. Each of them must be waived.
            field: the field that differs; None if the object differs as a whole.
            live: the live value in its normal form.
            today: the day in UTC.
            resource: the resource of the object.
            label: as for `find_covering`.

        Returns:
            The waiver that expires first, if several are needed; None if the difference is not permitted.
        """
        needed = []
        for rule_id in rule_ids:
            candidates = self.find_covering(name, rule_id, field, resource, label)
            waiver = next((candidate for candidate in candidates if not candidate.has_expired(today) and candidate.permits(live)), None)
            if waiver is None:
                return None
            needed.append(waiver)
        return min(needed, key=lambda waiver: waiver.expires, default=None)


def waivers_from_options(options: Iterable[Mapping[str, Any]], resource_audit: ResourceAudit, mistakes: list[str]) -> WaiverIndex:
    """Create the waivers that a module's option gives.

    Args:
        options: the entries of the option.
        resource_audit: the rules and fields that can be waived.
        mistakes: the list that a message is added to for each mistake.
    """
    waivers = []
    for number, entry in enumerate(options):
        found = _find_mistakes(entry, resource_audit)
        mistakes += [f"waivers[{number}] ({_shown(entry)}): {mistake}" for mistake in found]
        if not found:
            waivers.append(_waiver(entry, resource_audit))
    return WaiverIndex(waivers)


def _scope(waiver: Waiver, resource: str | None) -> tuple[str | None, ...]:
    return waiver.rule, waiver.field, resource


def _shown(entry: Mapping[str, Any]) -> Any:
    """What a message calls a waiver."""
    return entry.get("domain") if entry.get("entry") is None else printable(str(entry["entry"]))


def _longest_valid_first(waiver: Waiver) -> tuple[Any, ...]:
    # All attributes, so that the order does not depend on that of the options.
    return (-waiver.expires.toordinal(), *map(str, waiver))


def _waiver(entry: Mapping[str, Any], resource_audit: ResourceAudit) -> Waiver:
    common = {
        "rule": entry.get("rule"),
        "field": entry.get("field"),
        "reason": entry["reason"].strip(),
        "owner": entry["owner"].strip(),
        "expires": _parse_date(entry["expires"]),
    }
    if entry.get("entry") is not None:
        from .lists.entry_waivers import parse_entry_live

        return Waiver(domain="", **common, live=parse_entry_live(entry), entry=entry["entry"].strip(), resource=entry.get("resource"))
    return Waiver(
        domain=_parse_pattern(entry["domain"]),
        **common,
        live=None if entry.get("live") is None else json.dumps(_parse_live(_field_of(entry.get("rule"), entry.get("field")), entry["live"], resource_audit)),
    )


def _field_of(rule_id: str | None, field: str | None) -> str | None:
    """The field whose live value a waiver is about, if it is about one field."""
    rule = RULES.get(rule_id or "")
    return field or (rule.field if rule else None)


def _parse_live(field: str | None, value: Any, resource_audit: ResourceAudit) -> Any:
    """Return the normal form of the live value that a waiver permits.

    Raises:
        ValueError: the value cannot be permitted; the text is the end of a sentence that begins with the name of the option.
    """
    items = value if isinstance(value, list) else [value]
    # Dropping an item that a template left empty could leave an empty list, which for ip_restrictions means anywhere.
    if not items or any(item is None or str(item).strip() in ("", _MASK) for item in items):
        raise ValueError("is empty or has an empty item; omit it to allow any live value")
    if any(isinstance(item, (dict, list)) for item in items):
        raise ValueError("must be a value or a list of values")
    if field in _STATUS_FIELDS:
        if len(items) > 1:
            raise ValueError("must be one word")
        return str(items[0]).strip().upper()
    field_type = next((item.type for item in resource_audit.resource.fields if item.name == field), None)
    if field_type is None:
        raise ValueError(f"cannot be given for {field}" if field else "can only be given with field, or with a rule that is about one field")
    option_type = field_type.option_spec()["type"]
    if option_type != "list" and len(items) > 1:
        raise ValueError("must be one value")
    converted = [_convert(item, option_type) for item in items]
    return field_type.parse(converted if option_type == "list" else converted[0])


def _convert(value: Any, option_type: str) -> Any:
    """Convert a value to the type of its field: templates turn numbers into texts, and YAML reads some texts as numbers."""
    text = str(value).strip()
    if option_type == "int":
        return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else value
    if option_type == "bool":
        return _BOOLEANS.get(text.lower(), value)
    return text


def _is_equal(field: str | None, permitted: Any, live: Any) -> bool:
    if field in _STATUS_FIELDS:
        return isinstance(live, str) and live.upper() == permitted
    if field == "ip_restrictions" and isinstance(live, list):
        from ..resources.address_space import is_same_space

        return is_same_space(permitted, live)
    return bool(permitted == live)


def _value_text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value).lower() if isinstance(value, bool) else str(value)


def _find_mistakes(entry: Mapping[str, Any], resource_audit: ResourceAudit) -> list[str]:
    is_entry = entry.get("entry") is not None
    # Ansible accepts null for a required suboption.
    empty = [name for name in ("entry" if is_entry else "domain", "reason", "owner", "expires") if not (entry.get(name) or "").strip()]
    mistakes = [f"{name} is empty." for name in empty]
    for name in ("reason", "owner"):
        try:
            reject_mask(entry.get(name))
        except ValueError as error:
            mistakes.append(f"{name} {error}.")
    if entry.get("rule") is None and entry.get("field") is None:
        mistakes.append("one of rule and field is required.")
    if is_entry:
        # Imported only for entries: a packed module compiles each file that it imports.
        from .lists.entry_waivers import find_entry_mistakes

        mistakes += find_entry_mistakes(entry)
    else:
        mistakes += _mistakes_in_scope(entry, resource_audit)
    if "expires" not in empty:
        mistakes += _mistakes_in(entry["expires"], _parse_date, "expires", "must be a date such as 2027-01-31, the last day on which the waiver is in force")
    if "domain" not in empty and not is_entry:
        mistakes += _mistakes_in(entry["domain"], _parse_pattern, "domain", "must be a domain name or a pattern such as *.example.com")
    return mistakes


def _mistakes_in_scope(entry: Mapping[str, Any], resource_audit: ResourceAudit) -> list[str]:
    """What is wrong with the rule, the field and the live value of a waiver for domains."""
    mistakes = []
    rule, field = entry.get("rule"), entry.get("field")
    if entry.get("resource") not in (None, DOMAINS):
        mistakes.append(f"domain is given, and resource is {entry['resource']}: name entries of lists with entry.")
    if rule is not None and (rule not in RULES or RULES[rule].category == "waiver"):
        if find_rule(str(rule)) is None or rule in RULES:
            waivable = [each.id for each in resource_audit.rules]
            mistakes.append(f"rule is {rule!r}, which is not a rule that can be waived. {where_rules_are(rule, waivable)}")
        else:
            mistakes.append(f"rule is {rule!r}, which is about lists: name the entries with entry.")
    if field is not None and field not in resource_audit.waivable_fields:
        # Imported only after a mistake: a packed module compiles each file that it imports.
        from ..api.mistakes import suggest

        choices = sorted(resource_audit.waivable_fields)
        mistakes.append(f"field is {field!r}; the choices are {', '.join(choices)}.{suggest(field, choices)}")
    if entry.get("live") is not None:
        mistakes += _mistakes_in_live(entry, resource_audit)
    return mistakes


def _mistakes_in(value: str, parse: Callable[[str], Any], name: str, requirement: str) -> list[str]:
    try:
        parse(value)
    except ValueError as error:
        return [f"{name} is {value!r}; it {requirement}: {error}."]
    return []


def _mistakes_in_live(entry: Mapping[str, Any], resource_audit: ResourceAudit) -> list[str]:
    rule = RULES.get(entry.get("rule") or "")
    if rule is not None and rule.category == "advice":
        return [f"live is given, but {rule.id} is about the declaration: omit live."]
    try:
        _parse_live(_field_of(entry.get("rule"), entry.get("field")), entry["live"], resource_audit)
    except ValueError as error:
        return [f"live {error}."]
    return []


def _parse_date(text: str) -> date:
    # Newer Python versions accept more formats than older ones.
    if not _DATE.fullmatch(text.strip()):
        raise ValueError("it does not have the form YYYY-MM-DD")
    return date.fromisoformat(text.strip())


def _parse_pattern(text: str) -> str:
    """Return a name in its normal form. In a pattern, the labels without wildcards are normalized."""
    # As a pattern, the asterisks of a mask would match every domain.
    reject_mask(text)
    lowercase = text.strip().lower().removesuffix(".")
    if not _is_pattern(lowercase):
        return normalize_name(lowercase)
    return ".".join(label if label.isascii() or _is_pattern(label) else normalize_name(label) for label in lowercase.split("."))


def _is_pattern(text: str) -> bool:
    return bool(_WILDCARDS & set(text))
