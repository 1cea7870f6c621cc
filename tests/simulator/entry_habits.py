"""Habits of showing the entries of the lists. A new one is one function below.

The habits that change how a key is spelled are functions of its text, because the filter by the key compares with what is shown.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Any

from .lists import Entry
from .names import canonical, unicode_form

Row = dict[str, Any]
Spell = Callable[[str], str]
Show = Callable[[Row, Any, Entry, int], Row]

SPELLED: dict[str, Spell] = {}
SHOWN: dict[str, Show] = {}
UNKNOWN_VALUES = {"pattern_type": "ASN", "provenance": "SNOOPY-OKTA"}


def spells(name: str) -> Callable[[Spell], Spell]:
    """Register a habit of spelling a literal key. Regular expressions are never rewritten."""

    def register(function: Spell) -> Spell:
        SPELLED[name] = function
        return function

    return register


def shows(name: str) -> Callable[[Show], Show]:
    """Register a habit of showing an entry. They are applied in the order of this file."""

    def register(function: Show) -> Show:
        SHOWN[name] = function
        return function

    return register


def respelled(text: str, habits: dict[str, Any]) -> str:
    """A literal key as the habits spell it."""
    for name, spell in SPELLED.items():
        if name in habits:
            text = spell(text)
    return text


def spelled(entry: Entry, habits: dict[str, Any]) -> str:
    """The key of an entry as it is shown."""
    text = entry.table.text(entry.fields)
    if entry.table.is_regex(entry.fields) or entry.table.key == "name":
        return text
    return respelled(text, habits)


def row(entry: Entry, habits: dict[str, Any], showing: int) -> Row:
    """An entry as one answer shows it. Stored lists are shared, so a habit makes new ones instead of changing them."""
    made = dict(entry.fields)
    if any(name in habits for name in SPELLED):
        made[entry.table.key] = spelled(entry, habits)
        if "exclude" in made:
            made["exclude"] = [respelled(name, habits) for name in made["exclude"] or []]
    for name, show in SHOWN.items():
        if name in habits:
            made = show(made, habits[name], entry, showing)
    return made


def domain_part(text: str, form: Spell) -> str:
    """A domain, or an address with its domain, in another form."""
    local, at, domain = text.rpartition("@")
    return local + at + form(domain)


@spells("entry_case_folded")
def entry_case_folded(text: str) -> str:
    """Lower case."""
    return text.lower()


@spells("entry_a_labels")
def entry_a_labels(text: str) -> str:
    """Domains as A-labels."""
    return text if text.isascii() else domain_part(text, canonical)


@spells("entry_u_labels")
def entry_u_labels(text: str) -> str:
    """Domains as U-labels."""
    return domain_part(text, unicode_form)


@spells("entry_prefix_added")
def entry_prefix_added(text: str) -> str:
    """`192.0.2.10` is shown as `192.0.2.10/32`."""
    try:
        return str(ipaddress.ip_network(text))
    except ValueError:
        return text


@spells("entry_prefix_dropped")
def entry_prefix_dropped(text: str) -> str:
    """A network of one address is shown without its prefix length."""
    return text.removesuffix("/128") if ":" in text else text.removesuffix("/32")


@shows("entry_spaces_joined")
def entry_spaces_joined(row: Row, _value: Any, _entry: Entry, _showing: int) -> Row:
    """Names and comments without spaces around them, and with single ones inside."""
    return {**row, **{name: " ".join(row[name].split()) for name in ("name", "comments", "notes") if isinstance(row.get(name), str)}}


@shows("unknown_values")
def unknown_values(row: Row, _value: Any, _entry: Entry, _showing: int) -> Row:
    """Unknown types, provenances and targets."""
    known = {name: new for name, new in UNKNOWN_VALUES.items() if name in row}
    return {**row, **known, **({"targets": [*(row["targets"] or []), "HEADERS"]} if "targets" in row else {})}


@shows("other_types")
def other_types(row: Row, _value: Any, _entry: Entry, _showing: int) -> Row:
    """Values of other JSON types: 1 for true, and choices in lower case."""
    flags = {name: int(value) for name, value in row.items() if isinstance(value, bool)}
    choices = {name: row[name].lower() for name in ("pattern_type", "provenance") if row.get(name)}
    return {**row, **flags, **choices, **({"targets": [word.lower() for word in row["targets"] or []]} if "targets" in row else {})}


@shows("shuffle_lists")
def shuffle_lists(row: Row, _value: Any, _entry: Entry, showing: int) -> Row:
    """Targets and exemptions are in another order each time they are shown."""
    turned = {}
    for name in ("targets", "exclude"):
        items = row.get(name) or []
        if items:
            start = showing % len(items)
            turned[name] = items[start:] + items[:start]
    return {**row, **turned}


@shows("integer_ids")
def integer_ids(row: Row, _value: Any, entry: Entry, _showing: int) -> Row:
    """Integer ids, as in 2025."""
    return {**row, "id": entry.number}


@shows("unknown_fields")
def unknown_fields(row: Row, _value: Any, _entry: Entry, _showing: int) -> Row:
    """Unknown fields, one of them an object."""
    return {**row, "x_future_flag": True, "x_future_setting": {"level": 3, "zones": ["a", "b"]}}


@shows("null_booleans")
def null_booleans(row: Row, _value: Any, _entry: Entry, _showing: int) -> Row:
    """False is shown as null."""
    return {name: None if value is False else value for name, value in row.items()}


@shows("absent_nulls")
def absent_nulls(row: Row, _value: Any, _entry: Entry, _showing: int) -> Row:
    """Null fields are left out."""
    return {name: value for name, value in row.items() if value is not None}


@shows("missing_fields")
def missing_fields(row: Row, value: Any, _entry: Entry, _showing: int) -> Row:
    """The given fields are in no answer."""
    return {name: shown for name, shown in row.items() if name not in value}
