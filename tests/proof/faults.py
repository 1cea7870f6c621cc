"""The matrix of the proof, as data: what can go wrong with a request, and at which requests.

A new fault or position is one line here. The expectations come from the guides of the collection, not from its code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Read = Literal["again", "final"]
Write = Literal["again", "refused", "done", "undone"]
Does = Mapping[str, Any]

# Set by the runner: a listener that the client must never contact, and HTTP dates relative to now.
ELSEWHERE, DATE = "ELSEWHERE", "DATE"


@dataclass(frozen=True)
class Fault:
    """One kind of fault.

    Args:
        do: the fault of the simulator, or the name of one in wire.py.
        kind: kind of the failure if it does not go away. None if it is no fault.
        read: whether a client repeats a read.
        write: the outcome of a write. A client may take `again` and `refused` for not done; `done` and `undone` it cannot know.
        settles: whether a write that was found undone is sent again.
        slow: only the timeout of the client ends it.
        gone: the API itself reports that there is no such domain.
        wait: the least max_wait that is enough for it once.
    """

    name: str
    kind: str | None
    do: Does | str
    read: Read = "final"
    write: Write = "refused"
    settles: bool = True
    slow: bool = False
    gone: bool = False
    wait: float = 0.0
    timeout: float = 2.0

    @property
    def is_of_the_wire(self) -> bool:
        return isinstance(self.do, str)


def status(
    name: str, kind: str, number: int, code: int = 1001, message: str = "No", *, source: str | None = None, chain: int | None = None, **more: Any
) -> Fault:
    """An answer in Cloudflare's envelope."""
    error: dict[str, Any] = {"code": code, "message": message}
    error |= {"source": {"pointer": source}} if source else {}
    error |= {"error_chain": [{"code": chain, "message": "Invalid format"}]} if chain else {}
    body = {"success": False, "errors": [error], "messages": [], "result": None}
    applied = {"apply": True} if more.get("write") == "done" else {}
    return Fault(name, kind, {"do": "status", "status": number, "body": body, **applied}, **more)


def raw(name: str, number: int, body: str, kind: str = "response", **more: Any) -> Fault:
    """An answer of any other form."""
    answer = {key: more.pop(key) for key in ("headers", "content_type") if key in more}
    applied = {"apply": True} if more.get("write") == "done" else {}
    return Fault(name, kind, {"do": "status", "status": number, "body": body, **answer, **applied}, **more)


def limited(name: str, value: Any, **more: Any) -> Fault:
    return Fault(name, "rate_limited", {"do": "retry_after", "value": value}, **{"read": "again", "write": "again", **more})


def lost(do: str, write: Write, kind: str = "network", **more: Any) -> Fault:
    params = {key: more.pop(key) for key in ("status", "part", "seconds", "errors", "envelope", "apply", "mib") if key in more}
    applied = {"apply": True} if write == "done" and do not in AS_THE_SERVER_ANSWERS else {}
    name = more.pop("name", " ".join(map(str, (do, *params.values(), "after" if write == "done" else "before", "the work"))))
    return Fault(name, kind, {"do": do, **applied, **params}, read=more.pop("read", "again"), write=write, **more)


def odd(name: str, envelope: Does) -> Fault:
    """A good answer with an unusual part."""
    return lost("amend", "done", "response", name=name, envelope=envelope, read="final")


# These execute the request and then spoil the answer.
AS_THE_SERVER_ANSWERS = {"wrong_content_type", "drip", "nan", "duplicate_keys", "amend", "messages"}
NO_PLAN = "Email Security is not available in the current subscription"
MANY = [{"code": 10100, "message": "More than 1200 requests per 300 seconds reached"}]
NOT_KNOWN = [{"code": 10000, "message": "Authentication error"}]
OTHER_ID = "0d3f1c55-7a0b-4a59-9c3e-00000000ffff"
LOGIN = "<!DOCTYPE html><title>Sign in</title>"
BANNED = '{"type":"https://developers.cloudflare.com/errors/1010/","title":"Error 1010: Access denied","status":403,"error_code":1010}'
OK = '"errors":[],"messages":[],"success":true'

REFUSALS = [
    status("400", "invalid", 400),
    status("400 that points at a field", "invalid", 400, source="/lookback_hops"),
    status("400 with 6003", "auth", 400, 6003, "Invalid request headers"),
    status("400 with 6103", "auth", 400, 6103, "Invalid format for X-Auth-Key header"),
    status("400 with 6003 because of 6103", "auth", 400, 6003, "Invalid request headers", chain=6103),
    status("400 with 9106", "auth", 400, 9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers"),
    status("401", "auth", 401),
    status("401 with 1000", "auth", 401, 1000, "Invalid API Token"),
    status("401 with 10000", "auth", 401, 10000, "Authentication error", read="again", write="again"),
    raw("401 in HTML", 401, LOGIN, "auth", content_type="text/html"),
    status("403 with 10000", "auth", 403, 10000, "Authentication error", read="again", write="again"),
    status("403 with 9109", "permission", 403, 9109, "Unauthorized to access requested resource"),
    status("403 with 9109, another token", "auth", 403, 9109, "Invalid access token"),
    status("403 with 9109, another place", "auth", 403, 9109, "Cannot use the access token from location: 192.0.2.1"),
    status("403 with 10010", "not_entitled", 403, 10010, "email_security.api.not_entitled"),
    status("403 with 10010, in words", "not_entitled", 403, 10010, "This account is not entitled to use this feature"),
    status("403 without a plan", "not_entitled", 403, 1403, NO_PLAN),
    status("400 without a plan", "not_entitled", 400, 1403, NO_PLAN),
    raw("403 in HTML", 403, "<h1>Sorry, you have been blocked</h1>", content_type="text/html"),
    raw("403 as a challenge", 403, "<title>Just a moment...</title>", content_type="text/html", headers={"cf-mitigated": "challenge"}),
    raw("403 as a problem", 403, BANNED, content_type="application/problem+json"),
    status("404", "not_found", 404, 1404, "Not found", gone=True),
    status("404 with 7003", "not_found", 404, 7003, "Could not route to the resource, perhaps your object identifier is invalid?"),
    status("404 with 7000", "not_found", 404, 7000, "No route for that URI"),
    status("404 with 10000", "auth", 404, 10000, "Authentication error", read="again", write="again"),
    raw("404 in HTML", 404, "<h1>Not Found</h1>", content_type="text/html"),
    raw("404 with an empty body", 404, ""),
    status("405", "invalid", 405, 7001, "Method not allowed"),
    raw("405 in HTML", 405, "<h1>Method Not Allowed</h1>", content_type="text/html"),
    status("409", "conflict", 409, 1409, "The domain already exists"),
    status("410", "not_found", 410, 1410, "Gone", gone=True),
    raw("413 in HTML", 413, "<h1>Too Large</h1>", content_type="text/html"),
    status("415", "invalid", 415),
    status("418", "invalid", 418),
    status("422", "invalid", 422, source="/ip_restrictions/0"),
]
LIMITS = [
    status("429", "rate_limited", 429, 10100, "Too many", read="again", write="again"),
    raw("429 in HTML", 429, "<h1>Too many</h1>", "rate_limited", content_type="text/html", read="again", write="again"),
    limited("429, Retry-After: 1", 1, wait=2.5),
    limited("429, Retry-After: 0", 0),
    limited("429, Retry-After: 0.1", "0.1"),
    limited("429, Retry-After: -5", -5),
    limited("429, Retry-After: soon", "soon"),
    limited("429, Retry-After: 1e999", "1e999"),
    limited("429, Retry-After: nan", "nan"),
    limited("429, Retry-After: an hour", 3600, read="final", write="refused"),
    limited("429, Retry-After: a date of the past", "Wed, 21 Oct 2015 07:28:00 GMT"),
    limited("429, Retry-After: a date in a second", (DATE, 1), wait=2.5),
    limited("429, Retry-After: a date in an hour", (DATE, 3600), read="final", write="refused"),
    limited("429, Retry-After: an invalid date", "Wed, 99 Oct 2015 99:28:00 GMT"),
    lost("success_false", "again", "rate_limited", name="200 with 10100", errors=MANY),
    lost("success_false", "again", "rate_limited", name="200 with 971", errors=[{"code": 971, "message": "Please wait"}]),
]
FAILURES = [
    status("408", "server", 408, read="again", write="undone"),
    status("408 after the work", "server", 408, read="again", write="done"),
    status("500", "server", 500, read="again", write="undone"),
    status("500 after the work", "server", 500, read="again", write="done"),
    status("502", "server", 502, read="again", write="undone"),
    status("503", "server", 503, read="again", write="undone"),
    Fault("503, Retry-After: 1", "server", {"do": "retry_after", "status": 503, "value": 1}, "again", "undone", wait=2.5),
    status("504 after the work", "server", 504, read="again", write="done"),
    status("530 with 1016", "server", 530, 1016, "Origin DNS error", read="again", write="undone"),
    raw("500 with an empty body", 500, "", "server", read="again", write="undone"),
    raw("502 with broken JSON", 502, '{"success"', "server", read="again", write="done"),
    lost("html", "undone", "server", status=500),
    *(lost("html", write, "server", status=number) for number in (502, 504) for write in ("undone", "done")),
    *(lost("html", "done" if number % 2 else "undone", "server", status=number) for number in range(520, 528)),
    lost("html", "undone", "server", status=530),
]
BROKEN = [
    *(lost(do, write) for do in ("reset", "close", "truncate") for write in ("undone", "done")),
    lost("hang", "undone", slow=True),
    lost("hang", "done", slow=True),
    lost("hang", "undone", name="hang, and the work at its end", apply="after", slow=True),
    lost("drip", "done", part="body", seconds=0.02, slow=True),
    lost("drip", "done", part="headers", seconds=0.02, slow=True),
    *(lost(do, write, "response") for do in ("empty", "invalid_json") for write in ("undone", "done")),
    lost("html", "undone", "response", status=200),
    lost("html", "done", "response", status=200),
    lost("wrong_content_type", "done", "response"),
    lost("nan", "done", "response"),
    lost("duplicate_keys", "done", "response"),
    lost("deep", "undone", "response"),
    lost("result_null", "undone", "response", read="final"),
    lost("result_null", "done", "response", read="final"),
    lost("big", "undone", "response", read="final", settles=False, timeout=10.0),
    lost("success_false", "undone", "response", errors=[{"code": 1234, "message": "No idea"}], read="final", settles=False, name="success: false at 200"),
    lost("success_false", "done", "response", errors=[{"code": 1234, "message": "No idea"}], read="final", name="success: false at 200 after the work"),
    lost("success_false", "undone", "response", errors=[], read="final", settles=False, name="success: false without a word"),
    lost(
        "success_false",
        "undone",
        "invalid",
        errors=[{"code": 1001, "message": "No", "source": {"pointer": "/folder"}}],
        read="final",
        settles=False,
        name="success: false at 200 that points at a field",
    ),
    lost("success_false", "undone", "auth", errors=NOT_KNOWN, name="success: false at 200 with 10000"),
    lost("success_false", "done", "auth", errors=NOT_KNOWN, name="success: false at 200 with 10000 after the work"),
    odd('success: "true"', {"success": "true"}),
    odd("success: null", {"success": None}),
    odd("success: 1", {"success": 1}),
    odd("a result that is text", {"result": "x"}),
    odd("a result that is a number", {"result": 1}),
    odd("a result of numbers", {"result": [1]}),
    odd("a result with another id", {"result": {"id": OTHER_ID}}),
    raw("JSON that is an array", 200, "[]", read="again", write="undone"),
    raw("JSON that is null", 200, "null", read="again", write="undone"),
    raw("JSON without success", 200, '{"result": []}', read="again", write="done"),
    raw("Infinity", 200, f'{{{OK},"result":Infinity}}', read="again", write="undone"),
    raw("a number that is too large", 200, f'{{{OK},"result":1e999}}', read="again", write="undone"),
    raw("a number of 5000 digits", 200, f'{{{OK},"result":{"1" * 5000}}}', read="again", write="undone"),
    raw("half a surrogate pair", 200, f'{{{OK},"result":"\\ud800"}}', read="final", write="undone"),
    raw("an object 50000 deep", 200, f'{{{OK},"result":{"[{}]".replace("{}", "[" * 50000)}', read="again", write="undone"),
    raw("invalid gzip", 200, f'{{{OK},"result":[]}}', headers={"Content-Encoding": "gzip"}, read="final", write="undone", settles=False),
    raw("204", 204, "", read="final", write="undone"),
]
REDIRECTS = [
    *(Fault(f"redirect {number}", "response", {"do": "redirect", "status": number, "location": ELSEWHERE}) for number in (300, 301, 302, 303, 304, 307, 308)),
    Fault("redirect 307 without a scheme", "response", {"do": "redirect", "status": 307, "location": f"//{ELSEWHERE}"}),
    Fault("redirect 303 after the work", "response", {"do": "redirect", "status": 303, "location": ELSEWHERE, "apply": True}, write="done"),
]
BENIGN_DISPOSITIONS = [
    Fault("slow, and in time", None, {"do": "slow", "seconds": 0.05}),
    Fault("messages", None, {"do": "messages"}),
    Fault("invalid messages", None, {"do": "messages", "messages": [1, {"code": "x"}, None, {"message": ["y"]}]}),
    Fault("messages that are text", None, {"do": "messages", "messages": "z"}),
]


def wire(name: str, read: Read = "again", write: Write = "undone", **more: Any) -> Fault:
    return Fault(name, more.pop("kind", "network"), name, read, write, **more)


# The names are defined in wire.py.
WIRE = [
    wire("connection refused", write="again"),
    wire("connection never made", write="again", slow=True),
    wire("name not found", write="again"),
    wire("name server silent", slow=True),
    wire("reset before any byte"),
    wire("closed before any byte"),
    wire("reset after the request"),
    wire("closed after the request"),
    wire("half a status line"),
    wire("not HTTP"),
    wire("accepted and never answered", slow=True),
    wire("headers without end"),
    wire("100 Continue without end", slow=True),
    wire("a byte now and then", write="done", slow=True),
    wire("answer cut in its headers", write="done", kind="response"),
    wire("answer reset in its body", write="done"),
    wire("answer that never ends", write="done", slow=True),
    wire("TLS: expired", read="final", write="refused"),
    wire("TLS: foreign CA", read="final", write="refused"),
    wire("TLS: wrong host name", read="final", write="refused"),
    wire("TLS: not yet valid", read="final", write="refused"),
    wire("TLS: spoken to in clear text"),
    wire("TLS: closed in the handshake"),
    wire("TLS: reset in the handshake"),
    wire("TLS: silent in the handshake", slow=True),
    wire("TLS: answer lost", write="done"),
    wire("TLS: answer cut in its headers", write="done", kind="response"),
    wire("proxy: answer lost", write="done"),
    wire("proxy: answer cut in its headers", write="done", kind="response"),
    wire("proxy: connection refused", write="again"),
    wire("proxy: name not found", write="again"),
    wire("proxy: 407", write="again"),
    wire("proxy: 502", write="again"),
    wire("proxy: closed", write="again"),
    wire("proxy: reset", write="again"),
    wire("proxy: not HTTP", write="again"),
    wire("proxy: silent", slow=True),
]
FAULTS = {fault.name: fault for fault in (*REFUSALS, *LIMITS, *FAILURES, *BROKEN, *REDIRECTS, *BENIGN_DISPOSITIONS, *WIRE)}
# The faults that are tried at unusual positions.
TYPICAL = {"400", "401", "403 with 9109", "404", "404 with 7003", "409", "429", "429, Retry-After: an hour", "500", "500 after the work", "redirect 302"} | {
    "html 502 before the work",
    "reset before the work",
    "reset after the work",
    "hang before the work",
    "invalid_json before the work",
    "success: false at 200",
    "connection refused",
    "accepted and never answered",
    "TLS: expired",
}

Place = Literal["read", "write", "look", "batch", "relist", "proof", "verify"]
LIVE: list[dict[str, Any]] = [
    {"id": f"0d3f1c55-7a0b-4a59-9c3e-{number:012x}", "domain": f"d{number}.example", "lookback_hops": 1, "transport": "mx.example.com", "folder": "Inbox"}
    for number in range(1, 6)
]
IDS = [each["id"] for each in LIVE]
CREATE_FIELDS: dict[str, Any] = {"allowed_delivery_modes": ["DIRECT"], "drop_dispositions": [], "ip_restrictions": [], "regions": ["US"]}
NEW = {"domain": "new.example", **CREATE_FIELDS}
UPDATE = {"domain": "d1.example", "lookback_hops": 9}
NEXT_HOP = {"domain": "d1.example", "transport": "mx2.example.com"}
UPDATE_BY_ID = {"domain_id": IDS[0], "lookback_hops": 9}
DELETE = {"domain": "d1.example", "state": "absent"}
FLEET = {"domains": [*({"domain": f"d{number}.example", "lookback_hops": 9} for number in (1, 2, 3)), {"domain": "d4.example", "state": "absent"}, NEW]}
SINGLY = {**FLEET, "batch": "never"}
BATCH = {**FLEET, "batch": "always"}
TWO_PAGES = {"per_page_cap": 3}
LIST, ONE = "domains$", "domains/[0-9a-f-]{36}$"


def at(method: str, path: str = "", nth: int = 1) -> dict[str, Any]:
    return {"method": method, "path": path, "nth": nth}


def losing(method: str, path: str = "", *, apply: bool = True) -> dict[str, Any]:
    """A write whose outcome is then verified."""
    return {"do": "reset", "apply": apply, "match": at(method, path), "times": 1}


@dataclass(frozen=True)
class Position:
    """One request of one task.

    Args:
        match: how the simulator finds it.
        number: which request of the task it is.
        first: faults that lead to it.
        kind: kind of the failure that these stand for, if the fault keeps the task from finding out.
        of: the domain that it is about, among many.
        unusual: whether only typical faults are tried.
    """

    name: str
    place: Place
    args: Does
    match: Does
    number: int
    of: str | None = None
    first: tuple[Does, ...] = ()
    settings: Does = field(default_factory=dict)
    habits: Does = field(default_factory=dict)
    unusual: bool = False
    every: bool = False

    @property
    def is_of_a_fleet(self) -> bool:
        return "domains" in self.args


def of_a_fleet(name: str, place: Place, args: Does, match: Does, number: int, **more: Any) -> Position:
    return Position(f"fleet: {name}", place, args, match, number, settings=TWO_PAGES, **more)


# Before a domain is onboarded, a name on no page is confirmed with a filter, and a filter without a match with the whole list.
# test_faults.py compares `match` and `number` with the requests of a task without a fault.
POSITIONS = [
    Position("lookup", "read", UPDATE, at("GET", LIST), 1),
    Position("read by id", "read", UPDATE_BY_ID, at("GET", ONE), 1),
    Position("list that confirms a look-up", "read", NEW, at("GET", LIST, 2), 2, unusual=True),
    Position("PATCH", "write", UPDATE, at("PATCH"), 2),
    Position("POST", "write", NEW, at("POST"), 3),
    Position("DELETE", "write", DELETE, at("DELETE"), 2),
    Position("look after PATCH", "look", UPDATE, at("GET", ONE), 3, first=(losing("PATCH"),)),
    of_a_fleet("page 1", "read", FLEET, at("GET"), 1),
    of_a_fleet("page 2", "read", FLEET, at("GET", nth=2), 2),
    of_a_fleet("look for a name that is on no page", "read", FLEET, at("GET", nth=3), 3, unusual=True),
    of_a_fleet("list that confirms a look-up", "read", FLEET, at("GET", nth=4), 4, unusual=True),
    of_a_fleet("batch", "batch", BATCH, at("POST", "batch$"), 6),
    of_a_fleet("list after the batch", "relist", BATCH, at("GET", nth=6), 7),
    of_a_fleet("PATCH", "write", SINGLY, at("PATCH", IDS[1]), 7, of="d2.example"),
    of_a_fleet("look after PATCH", "look", SINGLY, at("GET", nth=6), 11, of="d2.example", first=(losing("PATCH", IDS[1]),)),
    # Unusual positions.
    Position("PATCH by id", "write", UPDATE_BY_ID, at("PATCH"), 2, unusual=True),
    Position("look after POST", "look", NEW, at("GET", LIST, 3), 4, first=(losing("POST"),), unusual=True),
    Position("look after a transport", "verify", NEXT_HOP, at("GET", ONE), 3, unusual=True),
    Position("look after a removal", "verify", DELETE, at("GET", ONE), 3, unusual=True),
    Position("look after DELETE", "look", DELETE, at("GET", ONE), 3, first=(losing("DELETE"),), unusual=True),
    Position("look after PATCH that was not done", "look", UPDATE, at("GET", ONE), 3, first=(losing("PATCH", apply=False),), unusual=True),
    Position(
        "look after PATCH that does not show",
        "look",
        UPDATE,
        at("GET", ONE),
        3,
        first=({"do": "amend", "envelope": {"result": {"lookback_hops": 1}}, "match": at("PATCH"), "times": 1},),
        unusual=True,
    ),
    Position("proof after POST", "proof", NEW, at("GET", "verification"), 4, unusual=True),
    of_a_fleet("POST", "write", SINGLY, at("POST", LIST), 10, of="new.example", unusual=True),
    of_a_fleet("DELETE", "write", SINGLY, at("DELETE", IDS[3]), 9, of="d4.example", unusual=True),
    of_a_fleet("first PATCH", "write", SINGLY, at("PATCH", IDS[0]), 6, of="d1.example", unusual=True),
    of_a_fleet("every write", "write", SINGLY, at(["PATCH", "POST", "DELETE"]), 6, every=True, unusual=True),
    of_a_fleet("look after a lost batch", "relist", BATCH, at("GET", nth=6), 7, first=(losing("POST", "batch$"),), unusual=True),
]
