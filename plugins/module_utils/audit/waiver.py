# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One waiver, and the index of all of them: which finding is covered, and until when. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import date
from fnmatch import translate
from typing import Any, NamedTuple

from ..reconcile.shell_pattern import shell_pattern
from ..resources.registry import LIST_NAMES
from .registry import RULES

# The resource that waivers with `domain` are about.
DOMAINS = "domains"
# Read-only fields whose value is one word. A waiver cannot name a live value of the others, which are objects.
STATUS_FIELDS = ("status", "dmarc_status", "spf_status")
# How templates and YAML write flags.
BOOLEAN_WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_MASK = "********"
_WILDCARDS = set("*?[")
# In a pattern of entries, brackets are literal: regular expressions contain them.
_ENTRY_WILDCARDS = set("*?")


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
        return _is_equal(field_of(self.rule, self.field), permitted, live)

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
            elif is_pattern(waiver.domain):
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


def field_of(rule_id: str | None, field: str | None) -> str | None:
    """The field whose live value a waiver is about, if it is about one field."""
    rule = RULES.get(rule_id) if rule_id else None
    return field or (rule.field if rule else None)


def live_items(value: Any) -> list[Any]:
    """The items of the live value that a waiver permits.

    Raises:
        ValueError: the value cannot be permitted; the text is the end of a sentence that begins with the name of the option.
    """
    items = value if isinstance(value, list) else [value]
    # Dropping an item that a template left empty could leave an empty list, which for ip_restrictions means anywhere.
    if not items or any(item is None or str(item).strip() in ("", _MASK) for item in items):
        raise ValueError("is empty or has an empty item; omit it to allow any live value")
    if any(isinstance(item, (dict, list)) for item in items):
        raise ValueError("must be a value or a list of values")
    return items


def is_pattern(text: str) -> bool:
    """Whether a waiver for domains names a pattern."""
    return bool(_WILDCARDS & set(text))


def _scope(waiver: Waiver, resource: str | None) -> tuple[str | None, ...]:
    return waiver.rule, waiver.field, resource


def _longest_valid_first(waiver: Waiver) -> tuple[Any, ...]:
    # All attributes, so that the order does not depend on that of the options.
    return (-waiver.expires.toordinal(), *map(str, waiver))


def _is_equal(field: str | None, permitted: Any, live: Any) -> bool:
    if field in STATUS_FIELDS:
        return isinstance(live, str) and live.upper() == permitted
    if field == "ip_restrictions" and isinstance(live, list):
        from ..resources.address_space import is_same_space

        return is_same_space(permitted, live)
    return bool(permitted == live)


def _value_text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value).lower() if isinstance(value, bool) else str(value)
