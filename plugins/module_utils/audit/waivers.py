# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The option `waivers`: approved exceptions, with scope and expiry date, validated. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from ..api.texts import printable, quoted
from ..resources.domain_names import normalize_name
from ..resources.field_types import reject_mask
from .registry import RULES, ResourceAudit, find_rule, where_rules_are
from .waiver import BOOLEAN_WORDS, DOMAINS, STATUS_FIELDS, Waiver, WaiverIndex, field_of, is_pattern, live_items

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


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


def _shown(entry: Mapping[str, Any]) -> Any:
    """What a message calls a waiver."""
    return entry.get("domain") if entry.get("entry") is None else printable(str(entry["entry"]))


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
        live=None if entry.get("live") is None else json.dumps(_parse_live(field_of(entry.get("rule"), entry.get("field")), entry["live"], resource_audit)),
    )


def _parse_live(field: str | None, value: Any, resource_audit: ResourceAudit) -> Any:
    """Return the normal form of the live value that a waiver permits.

    Raises:
        ValueError: the value cannot be permitted; the text is the end of a sentence that begins with the name of the option.
    """
    items = live_items(value)
    if field in STATUS_FIELDS:
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
        return BOOLEAN_WORDS.get(text.lower(), value)
    return text


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
            mistakes.append(f"rule is {quoted(rule)}, which is not a rule that can be waived. {where_rules_are(rule, waivable)}")
        else:
            mistakes.append(f"rule is {quoted(rule)}, which is about lists: name the entries with entry.")
    if field is not None and field not in resource_audit.waivable_fields:
        # Imported only after a mistake: a packed module compiles each file that it imports.
        from ..api.mistakes import suggest

        choices = sorted(resource_audit.waivable_fields)
        mistakes.append(f"field is {quoted(field)}; the choices are {', '.join(choices)}.{suggest(field, choices)}")
    if entry.get("live") is not None:
        mistakes += _mistakes_in_live(entry, resource_audit)
    return mistakes


def _mistakes_in(value: str, parse: Callable[[str], Any], name: str, requirement: str) -> list[str]:
    try:
        parse(value)
    except ValueError as error:
        return [f"{name} is {quoted(value)}; it {requirement}: {error}."]
    return []


def _mistakes_in_live(entry: Mapping[str, Any], resource_audit: ResourceAudit) -> list[str]:
    rule = RULES.get(entry.get("rule") or "")
    if rule is not None and rule.category == "advice":
        return [f"live is given, but {rule.id} is about the declaration: omit live."]
    try:
        _parse_live(field_of(entry.get("rule"), entry.get("field")), entry["live"], resource_audit)
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
    if not is_pattern(lowercase):
        return normalize_name(lowercase)
    return ".".join(label if label.isascii() or is_pattern(label) else normalize_name(label) for label in lowercase.split("."))
