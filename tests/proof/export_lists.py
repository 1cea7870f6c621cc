"""States of the seven lists, drawn from a `random.Random`, and the laws of their export: as variables, as tables, and as import blocks.

The states are what a server may hold and show: entries that somebody wrote in any spelling, equal ones, others with the same key, people from a
directory, and any value in any field.
"""

from __future__ import annotations

import re
from random import Random
from typing import Any

import law_entries
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.desired import desired_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.base import Resource
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.registry import LIST_NAMES, RESOURCES
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.export.entries_csv import TABLES, entries_csv
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.export.list_policy import build_list_policy
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.export.policy_yaml import account_yaml
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.export.read_entries import read_entries
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.export.terraform import TYPES, account_imports
from bodies import VALUES, made_up
from export import FORMULAS, ODD_NAMES, SIGNS, TRAPS, is_formula
from list_law import Live, assert_law, assert_nothing_changes, plans_of

TEXTS = [
    *FORMULAS,
    *SIGNS,
    *TRAPS,
    *ODD_NAMES,
    "x\n- pattern: evil.example",
    "#jinja2: variable_start_string:'[%'",
    "---",
    "'=1",
    "''",
    "' a",
    "a\rb",
    "\0",
    "\u202e",
]
COMMENTS = [*TEXTS, *law_entries.COMMENTS, None, "x" * 1025, "\ud800", "********", "SEC-311 (until 2027-01-31)"]
TYPES_SHOWN = ["EMAIL", "DOMAIN", "IP", "UNKNOWN", "email", "ASN", None]
PROVENANCES = ["A1S_INTERNAL", None, "SNOOPY-CASB_OFFICE_365", "SNOOPY-OKTA"]
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9]{1,19}", re.IGNORECASE)


def account(random: Random) -> dict[str, list[Live]]:
    """What was read of an account: one list or several."""
    names = random.sample(LIST_NAMES, random.choice((1, 1, 2, 7)))
    return {name: rows(random, RESOURCES[name]().resource) for name in LIST_NAMES if name in names}


def rows(random: Random, resource: Resource) -> list[Live]:
    pool = [_stored(random, resource) for _each in range(random.choice((0, 1, 2, 4, 6)))]
    live = [_shown(random, resource, stored, number) for number, stored in enumerate(pool)]
    for _each in range(random.choice((0, 0, 1, 3)) if pool else 0):
        # Another entry with the same key: equal, or not.
        again = _shown(random, resource, random.choice(pool), len(live))
        live.append(again if random.random() < 0.5 else {**again, **_odd_value(random, resource)})
    for one in live:
        one["id"] = _id(random, one["id"])
    random.shuffle(live)
    return [_odd(random, resource, one) for one in live]


def _shown(random: Random, resource: Resource, stored: tuple[Live, Live], number: int) -> Live:
    options, odd = stored
    return {**law_entries.shown(random, resource, options, number), **odd}


def _stored(random: Random, resource: Resource) -> tuple[Live, Live]:
    """An entry as somebody left it, and what of it is written in one way only."""
    options = law_entries.entry(random, resource)
    odd = {resource.key_fields[0]: random.choice(TEXTS)} if random.random() < 0.15 else {}
    for field in resource.fields:
        if field.name in ("comments", "notes") and random.random() < 0.5:
            odd[field.name] = random.choice(COMMENTS)
        if field.name in ("pattern_type", "is_exempt_recipient") and random.random() < 0.7:
            odd[field.name] = random.choice(TYPES_SHOWN if field.name == "pattern_type" else (True, False))
    return options, odd


def _id(random: Random, number: str) -> Any:
    dice = random.random()
    if dice < 0.85:
        return f"5e0a4f6e-7b9d-4d0e-8a51-{int(number):012x}"
    return random.choice((int(number), "7", "../x", None, f"5E0A4F6E-7B9D-4D0E-8A51-{int(number):012X}"))


def _odd(random: Random, resource: Resource, one: Live) -> Live:
    if resource.name == "impersonation_registry" and random.random() < 0.4:
        one = {**one, "provenance": random.choice(PROVENANCES), "directory_id": random.choice((None, None, 7))}
    return {**one, **_odd_value(random, resource)} if random.random() < 0.15 else one


def _odd_value(random: Random, resource: Resource) -> Live:
    field = random.choice(resource.fields).name
    return {field: random.choice((random.choice(VALUES), random.choice(TEXTS), made_up(random, None)))}


def exported_lists_are_as_they_are(random: Random) -> None:
    """All laws, on one state."""
    live = account(random)
    text = assert_law(live)
    stirred = {name: random.sample(entries, len(entries)) for name, entries in live.items()}
    assert account_yaml(stirred) == text, "another order is another file"
    assert all(line.isprintable() for line in text.split("\n"))
    for name in TABLES:
        if name in live:
            assert entries_csv(stirred[name], name) == entries_csv(live[name], name)
            table_is_read_back(live, name)
    blocks_are_whole(live)


def table_is_read_back(live: dict[str, list[Live]], name: str) -> None:
    """What is read from a table means what the file of variables says, except for the entries that only the file can declare."""
    resource = RESOURCES[name]().resource
    table = entries_csv(live[name], name)
    read = read_entries(table, resource.key_fields[0])
    policy = build_list_policy(resource, live[name])
    [plan] = plans_of(live, {name: read}).values()
    assert_nothing_changes(plan, name)
    in_file = {_identity(resource, entry.options): desired_from_options(resource, entry.options).settings for entry in policy.entries if not entry.object_id}
    in_table = {_identity(resource, entry): desired_from_options(resource, entry).settings for entry in read}
    assert len(in_table) == len(read)
    for identity, settings in in_table.items():
        assert settings.items() >= in_file[identity].items(), (identity, settings, in_file[identity])
    missing = in_file.keys() - in_table.keys()
    assert all("\0" in "".join(map(str, in_file[identity].values())) or re.search(r"[\s,;]", str(identity[0])) for identity in missing), missing
    cells = [cell for row in _rows(table) for cell in row]
    assert not [cell for cell in cells if is_formula(cell)]


def _rows(table: str) -> list[list[str]]:
    import csv
    import io

    return list(csv.reader(io.StringIO(table.removeprefix("\ufeff").replace("\0", ""))))


def _identity(resource: Resource, options: Live) -> tuple[Any, ...]:
    desired = desired_from_options(resource, options)
    return (*(desired.key or ()), *(str(desired.settings.get(field)).casefold() for field in resource.variant_fields))


def blocks_are_whole(live: dict[str, list[Live]]) -> None:
    """Each entry that Terraform can have is one block, with a label of its own and without text of the server."""
    blocks = account_imports(live)
    lines = blocks.split("\n")
    assert all(line == "" or line.startswith(("#", "import {", "  to = cloudflare_email_security_", "  id = ", "}")) for line in lines)
    assert all(line.isascii() for line in lines if not line.startswith("#"))
    targets = [line for line in lines if line.startswith("  to = ")]
    assert all(re.fullmatch(r"  to = cloudflare_[a-z_]+\.[a-z][a-z0-9_]*", line) for line in targets)
    expected = [
        f'  id = "${{var.cloudflare_account_id}}/{str(one["id"]).lower()}"'
        for name in TYPES
        for one in live.get(name, [])
        if ID.fullmatch(str(one["id"])) and RESOURCES[name]().resource.read_only_reason(one) is None
    ]
    found = [line for line in lines if line.startswith("  id = ")]
    assert set(found) == set(expected)
    assert len(targets) == len(found)
