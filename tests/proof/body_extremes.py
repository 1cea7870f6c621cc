"""Answers that are extreme in one respect, one on each line: so deep, long or many that naive code would not end."""

from __future__ import annotations

from collections.abc import Callable

from bodies import Body
from support import ID

JSON = {"content-type": "application/json"}
MB = 10**6


def nest(depth: int, opening: bytes = b"[", closing: bytes = b"]") -> bytes:
    return opening * depth + closing * depth


def chain(depth: int) -> bytes:
    return nest(depth, b'[{"code":1,"message":"no","error_chain":', b"}]").replace(b":}", b":[]}")


def text(size: int, piece: bytes = b"x") -> bytes:
    return b'"' + piece * (size // len(piece)) + b'"'


def many(count: int, item: bytes) -> bytes:
    return b"[" + b",".join([item] * count) + b"]"


def field(name: str, value: bytes) -> Callable[[bool], Body]:
    """A good answer about one domain, with this value in this field."""

    def body(is_list: bool) -> Body:
        fields = {"id": f'"{ID}"'.encode(), "domain": b'"example.com"', "lookback_hops": b"2", "transport": b'"mx2.example.com"', name: value}
        row = b"{" + b",".join(b'"' + key.encode() + b'":' + raw for key, raw in fields.items()) + b"}"
        return good(b"[" + row + b"]" if is_list else row)

    return body


def good(result: bytes, more: bytes = b'"result_info":{"total_count":1}', **headers: str) -> Body:
    raw = b'{"success":true,"errors":[],"result":' + result + b"," + more + b"}"
    return Body(200, {**JSON, **headers}, raw, ())


def rows(count: int) -> Callable[[bool], Body]:
    listed = b",".join(b'{"id":"5e0a4f6e-7b9d-4d0e-8a51-%012x","domain":"d%d.example"}' % (number, number) for number in range(count))
    return lambda _is_list: good(b"[" + listed + b"]", b'"result_info":{"total_count":%d}' % count)


def refused(errors: bytes, status: int = 400, **headers: str) -> Callable[[bool], Body]:
    return lambda _is_list: Body(status, {**JSON, **headers}, b'{"success":false,"messages":[],"result":null,"errors":' + errors + b"}", ())


def page(raw: bytes, status: int = 502) -> Callable[[bool], Body]:
    return lambda _is_list: Body(status, {"content-type": "text/html"}, raw, ())


def headed(**headers: str) -> Callable[[bool], Body]:
    """A good answer with these headers. `_` in a name stands for a hyphen."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda is_list: field("x", b"1")(is_list)._replace(headers={**JSON, **named})


# Made on demand, because together they have some hundred MB.
EXTREMES: dict[str, Callable[[], Callable[[bool], Body]]] = {
    **{f"unknown field, {depth} deep": lambda depth=depth: field("x", nest(depth)) for depth in (100, 400, 900, 1500, 3000, 6000, 9000, 100_000)},
    **{
        f"unknown field, {depth} objects deep": lambda depth=depth: field("x", nest(depth, b'{"a":', b"}").replace(b":}", b":1}", 1))
        for depth in (400, 3000, 9000)
    },
    **{
        f"{name}, {depth} deep": lambda name=name, depth=depth: field(name, nest(depth))
        for name in ("lookback_hops", "transport", "ip_restrictions", "id", "domain")
        for depth in (400, 6000)
    },
    **{f"errors, a chain {depth} deep": lambda depth=depth: refused(chain(depth)) for depth in (10, 200, 400, 800, 2000, 5000)},
    **{f"messages, a chain {depth} deep": lambda depth=depth: lambda _is_list: good(b"[]", b'"messages":' + chain(depth)) for depth in (200, 800, 5000)},
    "errors, 6000 deep": lambda: refused(nest(6000)),
    "result_info, 6000 deep": lambda: lambda _is_list: good(b"[]", b'"result_info":{"total_count":' + nest(6000) + b"}"),
    "the envelope, 100000 deep": lambda: lambda _is_list: Body(200, JSON, nest(100_000), ()),
    "10 MB in an unknown field": lambda: field("x", text(10 * MB)),
    "10 MB in the transport": lambda: field("transport", text(10 * MB)),
    "10 MB in the name": lambda: field("domain", text(10 * MB)),
    "10 MB of letters that IDNA looks at": lambda: field("domain", text(10 * MB, "ü".encode())),
    "10 MB in the id": lambda: field("id", text(10 * MB)),
    "10 MB of surrogates": lambda: field("x", text(10 * MB, b"\\ud800")),
    "10 MB in an error": lambda: refused(b'[{"code":1,"message":' + text(10 * MB) + b"}]"),
    "10 MB in a pointer": lambda: refused(b'[{"code":1,"source":{"pointer":' + text(10 * MB) + b"}}]"),
    "10 MB in a message": lambda: lambda _is_list: good(b"[]", b'"messages":[{"message":' + text(10 * MB) + b"}]"),
    "10 MB of a page": lambda: page(b"busy " * (2 * MB)),
    "10 MB of open comments": lambda: page(b"<!--" * (MB * 5 // 2)),
    "10 MB of open scripts": lambda: page(b"<script" * (MB * 10 // 7)),
    "10 MB of open tags": lambda: page(b"<a" * (5 * MB)),
    "10 MB of white space": lambda: page(b" " * (10 * MB), 200),
    "a whole number of 4000 digits": lambda: field("lookback_hops", b"9" * 4000),
    "a whole number of 1000000 digits": lambda: field("lookback_hops", b"9" * MB),
    "an unknown whole number of 4000 digits": lambda: field("x", b"9" * 4000),
    "a fraction of 1000000 digits": lambda: field("x", b"0." + b"9" * MB),
    "a total of 4000 digits": lambda: lambda _is_list: good(b"[]", b'"result_info":{"total_count":' + b"9" * 4000 + b"}"),
    "100000 networks": lambda: field("ip_restrictions", many(100_000, b'"192.0.2.1/24"')),
    "100000 regions": lambda: field("regions", many(100_000, b'"EU"')),
    "20000 domains": lambda: rows(20_000),
    "20 errors of open comments": lambda: refused(many(20, b'{"code":1,"message":' + text(20_000, b"<!--") + b"}")),
    "1000 long errors": lambda: refused(many(1000, b'{"code":1,"message":' + text(20_000, b"word ") + b"}")),
    "100000 errors": lambda: refused(many(100_000, b'{"code":1,"message":"no"}')),
    "1000000 errors that are numbers": lambda: refused(many(MB, b"0")),
    "100000 messages": lambda: lambda _is_list: good(b"[]", b'"messages":' + b"[" + b",".join(b'"%d"' % number for number in range(100_000)) + b"]"),
    "100000 keys": lambda: lambda _is_list: good(b"[{" + b",".join(b'"k%d":1' % number for number in range(100_000)) + b"}]"),
    "ratelimit, 100 spaces": lambda: headed(ratelimit="a" + " " * 100 + "a"),
    "ratelimit, 1900 spaces": lambda: headed(ratelimit="a" + " " * 1900 + "a"),
    "ratelimit, 60000 letters": lambda: headed(ratelimit="a" * 60_000),
    "ratelimit, 1900 parameters": lambda: headed(ratelimit='"a"' + ";r=1" * 480 + " x"),
    "ratelimit-policy, 1900 spaces": lambda: headed(ratelimit='"a";r=5;t=5', ratelimit_policy="a" + " " * 1900 + "a"),
    "content-type, 60000 letters": lambda: headed(content_type="application/" + "a+" * 30_000 + "json"),
    "content-type, 60000 spaces": lambda: headed(content_type="application/json" + " " * 60_000 + "x"),
    "cf-ray, 60000 letters": lambda: refused(b"[]", cf_ray="a" * 60_000),
    "location, 60000 letters": lambda: lambda _is_list: Body(302, {**JSON, "location": "https://a" + "<!--" * 15_000}, b"", ()),
    "retry-after, 60000 digits": lambda: refused(b"[]", 429, **{"retry-after": "9" * 60_000}),
    "retry-after, 60000 spaces": lambda: refused(b"[]", 503, **{"retry-after": "Mon," + " " * 60_000 + "1"}),
    "retry-after, a date of 60000 letters": lambda: refused(b"[]", 503, **{"retry-after": "Mon, " + "(" * 60_000}),
}
