"""Answers that no server should give: good ones, spoilt in every way that one line of a table can express, and some made up.

Everything is drawn from one `random.Random`, so the number of a case and the seed identify it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple

Value = Any


class Body(NamedTuple):
    """An answer on the wire, and the names of the ways in which it was spoilt."""

    status: int
    headers: dict[str, str]
    raw: bytes
    names: tuple[str, ...]


# Values that may replace any other: wrong types, values of a later version, paths, and what confuses parsers.
VALUES: tuple[Value, ...] = (
    None,
    True,
    False,
    0,
    1,
    -1,
    7,
    20,
    21,
    2**53 + 1,
    -(2**63),
    10**400,
    0.1,
    1e308,
    -0.0,
    5e-324,
    "",
    " ",
    "null",
    "true",
    "2",
    "QUANTUM",
    "direct",
    "example.com",
    "EXAMPLE.COM.",
    "xn--a.example",
    "bücher.example",
    "..",
    "../../../user/tokens",
    "%2e%2e%2f%2e%2e",
    "%252e%252e",
    "/accounts",
    "batch",
    "5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c01/../../..",
    "5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c01?x=1",
    "5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c01#",
    "5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c01\n",
    "5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c01\r\nX-Evil: 1",
    "5E0A4F6E-7B9D-4D0E-8A51-0C1F2A3B4C01",
    "00000000-0000-0000-0000-000000000000",
    "１２３",
    "99999999999999999999",
    "\x00",
    "\x1b[2J\x07",
    "\u202eevil\u2066",
    "\u200b\ufeff",
    "a\u0301\u0301\u0301",
    "\U0001f4a9",
    "{{ 1 + 1 }}",
    "{% raw %}",
    "<script>alert(1)</script>",
    "<!--",
    "192.0.2.1/24",
    "192.0.2.0/24",
    "0.0.0.0/0",
    "::/0",
    "2001:DB8::1/128",
    "fe80::1%eth0",
    "More than 1200 requests per 300 seconds reached",
    "not available in the current subscription",
    "x" * 2000,
    [],
    {},
    [[]],
    [None],
    [{}],
    [1, "1", True],
    {"id": "batch"},
    {"": ""},
    {"id": None, "domain": None},
    {"__proto__": {"success": True}},
)
KEYS = ("id", "domain", "success", "errors", "result", "transport", "lookback_hops", "ip_restrictions", "", "__class__", "\u202e", "x" * 300)
CODES = (971, 1001, 6003, 7000, 7003, 9109, 10000, 10001, 10100, "10000", None, 10**30)
WORDS = ("no", "", None, 5, "<html><b>no</b>", "More than 1200 requests", "not available in the current subscription", "{{ 1 + 1 }}", "\x1b[31m", "x" * 3000)
STATUSES = (
    200,
    200,
    200,
    200,
    201,
    202,
    203,
    204,
    206,
    207,
    226,
    300,
    301,
    302,
    304,
    307,
    308,
    400,
    401,
    402,
    403,
    404,
    405,
    408,
    409,
    410,
    413,
    418,
    422,
    425,
)
STATUSES += (429, 451, 499, 500, 501, 502, 503, 504, 520, 521, 522, 524, 525, 530, 599)
HEADERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "content-type",
        (
            "",
            "text/html",
            "application/json; charset=utf-16",
            "application/problem+json",
            "APPLICATION/JSON;",
            "application/jsonp",
            ";;",
            "application/json\x00",
        ),
    ),
    (
        "retry-after",
        ("0", "1", "0.001", "-1", "nan", "inf", "1e999", "soon", "१", "99999999", "Wed, 21 Oct 2015 07:28:00 GMT", "Fri, 31 Dec 9999 23:59:59 -9999"),
    ),
    ("date", ("", "yesterday", "Wed, 21 Oct 2015 07:28:00 GMT", "Wed, 21 Oct 2015 07:28:00 -0000", "Thu, 01 Jan 0001 00:00:00 +2359")),
    (
        "ratelimit",
        ('"default";r=0;t=1', '"default";r=5;t=300', "default;r=0", '";r=-1', '"a";r=0;t=99999999999', "r", '"x";t=1', ";" * 50, '"d";r=' + "9" * 40),
    ),
    ("ratelimit-policy", ('"default";q=1200;w=300', '"default";q=0;w=0', "default", '"a";q=1', "q=1;w=" + "9" * 30)),
    ("cf-ray", ("", "8f1a2b3c4d5e6f70-FRA", "a b", "../..", "x" * 100, "\x1b[2J")),
    ("location", ("https://evil.example/", "//evil.example", "\r\nX: 1", "javascript:0", "x" * 5000)),
)
RAW = (
    b"\xff",
    b"\xed\xa0\x80",
    b"\x00",
    b"\xc0\xaf",
    b"\xef\xbb\xbf",
    b"\\ud800",
    b"\\u0000",
    b"\\",
    b'"',
    b"{",
    b"]",
    b",",
    b"NaN",
    b"\n",
    b"\xe2\x80\xa8",
    b"//",
    b"'",
)
LITERALS = (
    b"NaN",
    b"Infinity",
    b"-Infinity",
    b"1e999",
    b"-1e999",
    b"1E400",
    b"01",
    b"+1",
    b"0x10",
    b"1.",
    b"True",
    b"None",
    b"undefined",
    b"'a'",
    b"9" * 4000,
    b"9" * 5000,
)
WHOLE = (
    b"",
    b" ",
    b"null",
    b"[]",
    b"{}",
    b"0",
    b'""',
    b"<html><body>busy</body></html>",
    b"\x1f\x8b\x08\x00",
    b"success",
    b"{" * 50,
    b"[" * 50 + b"]" * 50,
    b"\xff\xfe{\x00}\x00",
)


def other(random: Random, _value: Value) -> Value:
    return random.choice(VALUES)


def mistyped(random: Random, value: Value) -> Value:
    return random.choice((str(value), [value], {"value": value}, bool(value), repr(value)))


def nested(random: Random, value: Value) -> Value:
    as_list = random.random() < 0.5
    for _level in range(random.choice((1, 2, 10, 60))):
        value = [value] if as_list else {"x": value}
    return value


def made_up(random: Random, _value: Value, depth: int = 3) -> Value:
    kind = random.randrange(6 if depth else 4)
    if kind < 3:
        return random.choice(VALUES)
    if kind == 3:
        return "".join(
            chr(random.choice((random.randrange(32, 127), random.randrange(0x3000), random.randrange(0xE000, 0x11000))))
            for _each in range(random.randrange(12))
        )
    items = [made_up(random, None, depth - 1) for _each in range(random.randrange(4))]
    return items if kind == 4 else {random.choice(KEYS): item for item in items}


def without(random: Random, value: Value) -> Value:
    if isinstance(value, dict) and value:
        gone = random.choice(list(value))
        return {key: item for key, item in value.items() if key != gone}
    return value[:-1] if isinstance(value, (list, str)) else None


def with_more(random: Random, value: Value) -> Value:
    if isinstance(value, dict):
        return {**value, random.choice(KEYS): random.choice(VALUES)}
    return [*value, random.choice(VALUES)] if isinstance(value, list) else random.choice(VALUES)


def twice(random: Random, value: Value) -> Value:
    return value + value[: random.choice((1, len(value)))] if isinstance(value, list) and value else [value, value]


def swapped(random: Random, value: Value) -> Value:
    if not isinstance(value, dict) or not value:
        return value[::-1] if isinstance(value, (list, str)) else value
    one, another = random.choice(list(value)), random.choice(list(value))
    return {**value, one: value[another], another: value[one]}


def renamed(random: Random, value: Value) -> Value:
    if not isinstance(value, dict) or not value:
        return value
    chosen = random.choice(list(value))
    return {(random.choice((key.upper(), f"{key} ", *KEYS)) if key == chosen else key): item for key, item in value.items()}


# Changes of any part of an answer, at any depth.
PARTS: dict[str, Callable[[Random, Value], Value]] = {
    "other": other,
    "mistyped": mistyped,
    "null": lambda _random, _value: None,
    "nested": nested,
    "made up": made_up,
    "without": without,
    "with more": with_more,
    "twice": twice,
    "swapped": swapped,
    "renamed": renamed,
}


def entries(random: Random, depth: int = 2) -> list[Value]:
    """Possible values of `errors` and `messages`."""
    found: list[Value] = []
    for _each in range(random.randrange(3)):
        entry: dict[str, Value] = {"code": random.choice(CODES), "message": random.choice(WORDS)}
        if depth and random.random() < 0.4:
            entry["error_chain"] = random.choice((entries(random, depth - 1), random.choice(VALUES)))
        if random.random() < 0.4:
            entry["source"] = random.choice(({"pointer": random.choice(("/lookback_hops", "", 5, None, "x" * 400))}, random.choice(VALUES)))
        found.append(entry if random.random() < 0.8 else random.choice(VALUES))
    return found


def with_another_id(random: Random, value: Value) -> Value:
    """One of its objects gets another id."""
    if isinstance(value, list) and value:
        at = random.randrange(len(value))
        return [*value[:at], with_another_id(random, value[at]), *value[at + 1 :]]
    if isinstance(value, dict) and isinstance(value.get("result"), (dict, list)):
        return {**value, "result": with_another_id(random, value["result"])}
    return {**value, "id": random.choice(VALUES)} if isinstance(value, dict) else value


# Changes of the envelope.
ENVELOPES: dict[str, Callable[[Random, dict[str, Value]], Value]] = {
    "success": lambda random, envelope: {**envelope, "success": random.choice((False, None, "true", 1, [], {}))},
    "errors": lambda random, envelope: {**envelope, "success": random.random() < 0.3, "errors": entries(random)},
    "messages": lambda random, envelope: {**envelope, "messages": entries(random)},
    "result": lambda random, envelope: {**envelope, "result": random.choice(VALUES)},
    "result in a list": lambda _random, envelope: {**envelope, "result": [envelope.get("result")]},
    "result unwrapped": lambda _random, envelope: envelope.get("result"),
    "result_info": lambda random, envelope: {**envelope, "result_info": random.choice(VALUES)},
    "totals": lambda random, envelope: {
        **envelope,
        "result_info": {random.choice(("total_count", "total_pages", "count", "page")): random.choice((-1, 0, 1, 2, 5, 10**20, 1.5, True, None, "3", []))},
    },
    "another id": with_another_id,
    "no envelope": lambda random, _envelope: random.choice(VALUES),
    "made up": lambda random, _envelope: {"success": True, "result": made_up(random, None), "result_info": made_up(random, None, 1)},
}


def flipped(random: Random, raw: bytes) -> bytes:
    at = random.randrange(len(raw)) if raw else 0
    return raw[:at] + bytes([raw[at] ^ (1 << random.randrange(8))]) + raw[at + 1 :] if raw else b"\x01"


def put_in(random: Random, raw: bytes, what: bytes) -> bytes:
    at = random.randrange(len(raw) + 1)
    return raw[:at] + what + raw[at:]


def said_twice(random: Random, raw: bytes) -> bytes:
    key = random.choice((b"success", b"result", b"id", b"errors", b"lookback_hops"))
    pair = b'"' + key + b'":' + random.choice((b"true", b"false", b"null", b"[]", b"7", b'"x"'))
    places = [at for at, byte in enumerate(raw) if byte == 0x7B]  # the opening braces
    at = random.choice(places) + 1 if places else len(raw)
    return raw[:at] + pair + b"," + raw[at:]


def literal(random: Random, raw: bytes) -> bytes:
    """Replace one word or number of the text with one that is no JSON, or that no number type can hold."""
    words = [word for word in (b"true", b"null", b"1", b"[]", b'"example.com"') if word in raw]
    return raw.replace(random.choice(words), random.choice(LITERALS), 1) if words else random.choice(LITERALS)


# Changes of the bytes.
BYTES: dict[str, Callable[[Random, bytes], bytes]] = {
    "flipped": flipped,
    "flipped often": lambda random, raw: flipped(random, flipped(random, flipped(random, raw))),
    "cut": lambda random, raw: raw[: random.randrange(len(raw) + 1)],
    "cut in front": lambda random, raw: raw[random.randrange(len(raw) + 1) :],
    "put in": lambda random, raw: put_in(random, raw, random.choice(RAW)),
    "said twice": said_twice,
    "literal": literal,
    "more at the end": lambda random, raw: raw + random.choice((b"x", b"{}", b"\x00", b" ", raw)),
    "more in front": lambda random, raw: random.choice((b"\xef\xbb\xbf", b"\n\n", b")]}',\n", b"//")) + raw,
    "encoded": lambda random, raw: raw.decode("utf-8", "replace").encode(random.choice(("utf-16", "utf-32", "utf-7", "cp037")), "replace"),
    "something else": lambda random, _raw: random.choice(WHOLE),
}


def changed_somewhere(random: Random, value: Value, change: Callable[[Random, Value], Value]) -> Value:
    """The value with one part changed, at any depth. Unchanged parts are shared."""
    if isinstance(value, dict) and value and random.random() < 0.85:
        key = random.choice(list(value))
        return {**value, key: changed_somewhere(random, value[key], change)}
    if isinstance(value, list) and value and random.random() < 0.75:
        at = random.randrange(len(value))
        return [*value[:at], changed_somewhere(random, value[at], change), *value[at + 1 :]]
    return change(random, value)


def spoilt(random: Random, status: int, envelope: dict[str, Value]) -> Body:
    """The answer with one to three changes."""
    names: list[str] = []
    value: Value = envelope
    headers = {"content-type": "application/json", "cf-ray": "8f1a2b3c4d5e6f70-FRA"}
    spoilers: list[Callable[[Random, bytes], bytes]] = []
    for _each in range(random.choice((1, 1, 1, 2, 3))):
        where = random.random()
        if where < 0.5:
            name, part = random.choice(_PARTS)
            value = changed_somewhere(random, value, part)
        elif where < 0.7 and isinstance(value, dict):
            name, whole = random.choice(_ENVELOPES)
            value = whole(random, value)
        elif where < 0.85:
            name, spoil = random.choice(_BYTES)
            spoilers.append(spoil)
        elif where < 0.93:
            name, status = "status", random.choice(STATUSES)
        else:
            name, values = random.choice(HEADERS)
            headers[name] = random.choice(values)
        names.append(name)
    raw = encoded(value)
    for spoil in spoilers:
        raw = spoil(random, raw)
    return Body(status, headers, raw, tuple(names))


def encoded(value: Value) -> bytes:
    return json.dumps(value).encode()


_PARTS, _ENVELOPES, _BYTES = list(PARTS.items()), list(ENVELOPES.items()), list(BYTES.items())
