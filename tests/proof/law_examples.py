"""What the pure laws are tried with: wishes, live values, spellings and fleets, drawn from a C(random.Random), at microseconds an example.

The field table is read: a field of a new kind fails here until it is told what to try.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from functools import cache
from random import Random
from typing import Any

import idna
from bodies import VALUES
from generated import FIELDS, HOSTS, NETWORKS, ODDITIES, UUIDS, is_address, is_cleared

Live = dict[str, Any]
Options = dict[str, Any]

KINDS = {name: type(item.type).__name__ for name, item in FIELDS.items()}
LABELS = ["mail", "a", "x1", "a-b", "bücher", "faß", "例え", "почта", "münchen", "xn--bcher-kva", "d" * 63, "1", "ελλάδα", "ß", "ÆØÅ", "日本語"]
ENDINGS = ["example", "de", "com", "example.org", "рф", "みんな"]
ALPHABET = "abz09-._ .@/\\*ABZßüÄİıſ例。．\u200b\u200d\u0301\u00ad\u202e\x00\n٣१５ꟻ💩"

# What a user may want, by kind, as he may write it.
DESIRED: dict[str, Callable[[Random, Any], Any]] = {
    "ChoiceSet": lambda random, kind: random.sample(kind.choices, random.randint(kind.min_items, min(4, len(kind.choices)))),
    "NetworkSet": lambda random, _kind: [network(random) for _each in range(random.randrange(4))],
    "Choice": lambda random, kind: random.choice(kind.choices),
    "Boolean": lambda random, _kind: random.random() < 0.5,
    "IntegerRange": lambda random, kind: random.choice((kind.lowest, kind.highest, random.randint(kind.lowest, kind.highest))),
    "Uuid": lambda random, _kind: random.choice(UUIDS),
    "HostName": lambda random, _kind: random.choice((*HOSTS, host(random))),
}


def network(random: Random) -> str:
    if random.random() < 0.5:
        return random.choice(NETWORKS)
    bits, make = (32, ipaddress.IPv4Network) if random.random() < 0.6 else (128, ipaddress.IPv6Network)
    prefix = random.choice((0, 1, bits // 4, bits // 2, bits - 1, bits, random.randint(0, bits)))
    return str(make((random.getrandbits(bits) >> (bits - prefix) << (bits - prefix), prefix)))


def host(random: Random) -> str:
    return ".".join([*(random.choice(LABELS) for _each in range(random.randint(1, 2))), random.choice(ENDINGS)])


def name(random: Random) -> str:
    """The name of a mail domain, in its normal form."""
    return normal(f"{random.choice(LABELS)}.{random.choice(ENDINGS)}")


@cache
def normal(title: str) -> str:
    """By the library itself. Kept, because its tables are slow: there are few names and many examples."""
    return str(idna.encode(title.rstrip("."), uts46=True).decode().lower())


@cache
def with_its_letters(title: str) -> str:
    return str(idna.decode(title))


def text(random: Random) -> str:
    """Any text at all."""
    if random.random() < 0.3:
        return random.choice([value for value in VALUES if isinstance(value, str)])
    return "".join(random.choice(ALPHABET) for _each in range(random.randrange(12)))


def repeated(random: Random, items: list[Any]) -> list[Any]:
    """The same set, in another order, with repetitions."""
    again = [*items, *random.choices(items, k=random.randrange(3))] if items else []
    random.shuffle(again)
    return again


def cased(random: Random, word: str) -> str:
    return random.choice((word, word.upper(), word.title())) if word.isascii() else word


def respelled_host(random: Random, written: str) -> str:
    """The same host: with its letters or as A-labels, which mean the same."""
    return random.choice((cased(random, written), normal(written), with_its_letters(normal(written)))) + random.choice(("", "."))


def respelled_network(random: Random, written: str) -> str:
    parsed = ipaddress.ip_network(written)
    forms = [str(parsed)]
    forms += [parsed.with_netmask] if parsed.version == 4 else [f"{parsed.network_address.exploded}/{parsed.prefixlen}", str(parsed).upper()]
    forms += [str(parsed.network_address)] if parsed.num_addresses == 1 else []
    return random.choice(forms)


# The same wish in another spelling.
SPELLINGS: dict[str, Callable[[Random, Any], Any]] = {
    "ChoiceSet": repeated,
    "NetworkSet": lambda random, value: [respelled_network(random, item) for item in repeated(random, value)],
    "Choice": lambda _random, value: value,
    "Boolean": lambda _random, value: value,
    "IntegerRange": lambda _random, value: value,
    "Uuid": lambda random, value: random.choice((value, value.upper())),
    "HostName": lambda random, value: value if is_address(value) else respelled_host(random, value),
}


def respelled_name(random: Random, title: str) -> str:
    return random.choice((cased(random, title), with_its_letters(title))) + random.choice(("", "."))


def desired_of(random: Random, field: str) -> Any:
    return DESIRED[KINDS[field]](random, FIELDS[field].type)


def live_of(random: Random, field: str) -> Any:
    """What a server may hold: mostly something that could be wished for, in any spelling, and now and then anything."""
    dice = random.random()
    if dice < 0.65:
        return SPELLINGS[KINDS[field]](random, desired_of(random, field))
    return random.choice(ODDITIES[KINDS[field]]) if dice < 0.9 else random.choice(VALUES)


# What the document says that a field holds: of other types the independent judge cannot speak.
TYPES: dict[str, type] = {"ChoiceSet": list, "NetworkSet": list, "Choice": str, "Boolean": bool, "IntegerRange": int, "Uuid": str, "HostName": str}


def is_typed(field: str, value: Any) -> bool:
    """Whether a value is of the type that the document gives the field, or null."""
    if isinstance(value, list) and not all(isinstance(item, str) for item in value):
        return False
    return value is None or (isinstance(value, TYPES[KINDS[field]]) and isinstance(value, bool) is (KINDS[field] == "Boolean"))


def typed(row: Live) -> Live:
    """The same domain, without the fields that are of no type of the document's."""
    return {key: value for key, value in row.items() if key not in FIELDS or is_typed(key, value)}


def live(random: Random, number: int = 1, title: str | None = None) -> Live:
    """A live domain; now and then it lacks fields, and has some that nobody knows."""
    fields = {field: live_of(random, field) for field in FIELDS if random.random() < 0.95}
    shown = respelled_name(random, title or name(random))
    return {"id": f"5e0a4f6e-7b9d-4d0e-8a51-{number:012x}", "domain": shown, **fields, "x_unknown": random.choice(VALUES)}


def desired_objects(random: Random, most: int = len(FIELDS)) -> dict[str, Any]:
    """Any subset of the settings; None where it is to be cleared."""
    chosen = random.sample(sorted(FIELDS), random.randint(0, most))
    return {field: None if FIELDS[field].is_clearable and random.random() < 0.4 else desired_of(random, field) for field in chosen}


def options_of(random: Random, desired: Mapping[str, Any]) -> Options:
    """The wish as somebody writes it."""
    given = {field: SPELLINGS[KINDS[field]](random, value) for field, value in desired.items() if not is_cleared(field, value)}
    cleared = repeated(random, [field for field, value in desired.items() if is_cleared(field, value)])
    return {**given, "clear": cleared} if cleared else given


def respelled(random: Random, entry: Options) -> Options:
    """An entry of a fleet that says the same."""
    plain = {key: value.rstrip(".") if isinstance(value, str) else value for key, value in entry.items()}
    other = {key: SPELLINGS[KINDS[key]](random, value) if key in KINDS else value for key, value in plain.items()}
    if "domain" in entry:
        other["domain"] = respelled_name(random, normal(entry["domain"]))
    return dict(random.sample(list(other.items()), len(other)))


def fleet(random: Random) -> tuple[list[Live], Options]:
    """A server with up to five domains, of which two may have one name, and a fleet of up to five."""
    names = list(dict.fromkeys(name(random) for _each in range(6)))
    rows = [live(random, number, title) for number, title in enumerate(names[: random.randrange(6)])]
    if rows and random.random() < 0.1:
        rows.append({**live(random, 99), "domain": rows[0]["domain"]})
    defaults = desired_objects(random, 4) if random.random() < 0.6 else {}
    options = {"domains": [entry(random, rows, title, defaults) for title in random.sample(names, random.randint(0, len(names)))]}
    return rows, {**options, "defaults": options_of(random, defaults)} if defaults else options


def entry(random: Random, rows: list[Live], title: str, defaults: Mapping[str, Any]) -> Options:
    removes = random.random() < 0.2
    desired = {} if removes else desired_objects(random)
    known = {normal(row["domain"]): row for row in rows}
    if title not in known and not removes and random.random() < 0.8:
        desired |= {field: desired_of(random, field) for field, item in FIELDS.items() if item.is_required and field not in defaults}
    given = options_of(random, desired) | ({"state": "absent"} if removes else {})
    if title in known and random.random() < 0.3:
        return {"domain_id": cased(random, known[title]["id"]), **given}
    return {"domain": respelled_name(random, title), **given}
