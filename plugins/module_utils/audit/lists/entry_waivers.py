# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waivers for entries of lists: what their options may be. Pure.

Imported only for such waivers: a packed module compiles each file that it imports.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ...api.texts import quoted
from ...resources.base import Field
from ...resources.field_types import Boolean, reject_mask
from ...resources.registry import LIST_NAMES, RESOURCES
from ..registry import find_rule, where_rules_are
from ..waiver import BOOLEAN_WORDS, DOMAINS, live_items
from .registry import list_of_rule, list_rules


def find_entry_mistakes(waiver: Mapping[str, Any]) -> list[str]:
    """What is wrong with the key, the list, the rule, the field and the live value of a waiver for entries."""
    return list(_mistakes(waiver))


def parse_entry_live(waiver: Mapping[str, Any]) -> str | None:
    """The normal form of the live value that a waiver permits, as JSON; None if it permits any.

    Raises:
        ValueError: the value cannot be permitted; the text is the end of a sentence that begins with the name of the option.
    """
    value = waiver.get("live")
    if value is None:
        return None
    reject_mask(value)
    live_items(value)
    return json.dumps(_normal_form(_field_of(waiver), value))


def _mistakes(waiver: Mapping[str, Any]) -> Iterator[str]:
    if waiver.get("domain") is not None:
        yield "domain and entry are both given: a waiver is about domains or about entries."
    try:
        # As a pattern, the asterisks of a mask would match every entry.
        reject_mask(waiver.get("entry"))
    except ValueError as error:
        yield f"entry {error}."
    resource, rule_id, field = waiver.get("resource"), waiver.get("rule"), waiver.get("field")
    if resource == DOMAINS:
        yield "entry is given, and resource is domains: name domains with domain."
        return
    if rule_id is not None:
        yield from _mistakes_in_rule(str(rule_id), resource)
    names = _field_names(resource)
    if field is not None and field not in names:
        from ...api.mistakes import suggest

        yield f"field is {quoted(field)}; the choices are {', '.join(names)}.{suggest(field, names)}"
    try:
        parse_entry_live(waiver)
    except ValueError as error:
        yield f"live {error}."


def _mistakes_in_rule(rule_id: str, resource: str | None) -> Iterator[str]:
    rule, own, on_lists = find_rule(rule_id), list_of_rule(rule_id), list_rules()
    if rule is None or rule.category == "waiver":
        yield f"rule is {quoted(rule_id)}, which is not a rule that can be waived. {where_rules_are(rule_id, on_lists)}"
    elif rule_id not in on_lists:
        yield f"rule is {quoted(rule_id)}, which is about domains: name them with domain."
    elif resource is not None and own not in (None, resource):
        yield f"rule is {quoted(rule_id)}, which is about {own}, and resource is {resource}: leave out one of the two."


def _field_names(resource: str | None) -> list[str]:
    return sorted({field.name for name in ([resource] if resource else LIST_NAMES) for field in RESOURCES[name]().resource.fields})


def _field_of(waiver: Mapping[str, Any]) -> Field | None:
    """The field whose live value a waiver is about, if it is about one field: of its list, or of the first list that has such a field."""
    rule_id = str(waiver.get("rule") or "")
    rule = find_rule(rule_id) if rule_id else None
    name = waiver.get("field") or (rule.field if rule else None)
    resource = waiver.get("resource") or list_of_rule(rule_id)
    fields = (field for each in ([resource] if resource in LIST_NAMES else LIST_NAMES) for field in RESOURCES[each]().resource.fields)
    return next((field for field in fields if field.name == name), None)


def _normal_form(field: Field | None, value: Any) -> Any:
    """A value as a finding shows it: templates turn flags into texts."""
    if field is None:
        return value
    if isinstance(field.type, Boolean):
        single = value[0] if isinstance(value, list) and len(value) == 1 else value
        return BOOLEAN_WORDS.get(str(single).strip().lower(), single)
    if field.type.is_set:
        return field.type.normalize(value if isinstance(value, list) else [value])
    single = value[0] if isinstance(value, list) and len(value) == 1 else value
    return field.type.normalize(str(single)) if not isinstance(single, list) else single
