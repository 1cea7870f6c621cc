"""Faults: what networks, edges and other clients do to a request. Each is data, matched in order, and used up.

    {"match": {"method": "PATCH", "path": "domains/", "nth": 2}, "times": 1, "do": "reset", "apply": true}

A fault is a small function below, registered under its name. It gets a `FaultContext` and returns the answer that is sent in place of the good one,
or None: then the next matching fault acts, and finally the server itself.

`apply` says whether the write is carried out although its answer is spoilt, which a client cannot see: true or "before" (before the fault),
"after" (after a hang), false (never).
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
import struct
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from .call import Call
from .envelope import JSON_TYPE, Answer, bad, dumps, ray_id
from .settings import RESOURCES
from .store import Store

if TYPE_CHECKING:
    from .simulation import Simulation

MIB = 1024 * 1024
POLL = 0.01
CUT = "x-simulator-cut"
STOPPING: web.AppKey[asyncio.Event] = web.AppKey("stopping", asyncio.Event)
EDGE_PAGE = "<!DOCTYPE html>\n<html><head><title>{status}</title></head><body><h1>Error {status}</h1></body></html>\n"


class Fault:
    """A fault, and how often it still acts."""

    def __init__(self, given: dict[str, Any]) -> None:
        given = dict(given)
        match = dict(given.pop("match", None) or {})
        self.do: str = given.pop("do")
        if self.do not in FAULTS:
            raise ValueError(f"no such fault: {self.do}; there are {', '.join(sorted(FAULTS))}")
        method = match.pop("method", None)
        self.methods = None if method is None else {method} if isinstance(method, str) else set(method)
        self.path = re.compile(match.pop("path", None) or "")
        self.nth: int = match.pop("nth", 1)
        if match:
            raise ValueError(f"a fault matches by method, path and nth, not by {', '.join(sorted(match))}")
        self.left: int | None = given.pop("times", 1)
        unknown = set(given) - PARAMS[self.do]
        if unknown:
            raise ValueError(f"the fault {self.do} has no parameter {', '.join(sorted(unknown))}")
        if given.get("resource", "domains") not in RESOURCES:
            raise ValueError(f"no such resource: {given['resource']}; there are {', '.join(RESOURCES)}")
        if self.do in ("edit", "remove") and not {"domain", "id"} & set(given):
            raise ValueError(f"the fault {self.do} needs a domain, or a resource and an id")
        self.params = given
        self.seen = 0

    def takes(self, call: Call) -> bool:
        """Count the request if it matches. Returns whether this fault acts on it."""
        if self.methods is not None and call.method not in self.methods:
            return False
        if not self.path.search(call.path):
            return False
        self.seen += 1
        return self.seen >= self.nth and self.left != 0

    def use(self) -> None:
        """Use the fault once."""
        if self.left is not None:
            self.left -= 1


class FaultList:
    """The active faults, in order."""

    def __init__(self, given: list[dict[str, Any]]) -> None:
        self._faults = [Fault(each) for each in given]

    def add(self, given: dict[str, Any]) -> None:
        """Add a fault.

        Raises:
            ValueError: there is no such fault.
        """
        self._faults.append(Fault(given))

    def clear(self) -> None:
        """Remove all faults."""
        self._faults.clear()

    def take(self, call: Call) -> list[Fault]:
        """The faults that act on this request: any that let it through, then at most one that answers it."""
        taken: list[Fault] = []
        answered = False
        for fault in self._faults:
            if not fault.takes(call) or answered:
                continue
            fault.use()
            taken.append(fault)
            answered = fault.do not in PASSING
        return taken


class FaultContext:
    """The request that a fault acts on."""

    def __init__(self, simulation: Simulation, request: web.Request, call: Call, fault: Fault) -> None:
        self.simulation = simulation
        self.request = request
        self.call = call
        self.params = fault.params

    def get(self, name: str, default: Any) -> Any:
        """A parameter of the fault."""
        return self.params.get(name, default)

    def good(self) -> Answer:
        """Execute the request. Returns the good answer."""
        return self.simulation.answer(self.call)

    def apply(self, when: str = "before") -> None:
        """Execute the request and discard the answer, if the fault is set to apply now."""
        wanted = {True: "before", False: None}.get(self.get("apply", False), self.get("apply", False))
        if wanted == when:
            self.good()

    async def wait(self, seconds: float | None) -> None:
        """Wait, but no longer than the client does, nor than the server lives."""
        loop = asyncio.get_running_loop()
        end = float("inf") if seconds is None else loop.time() + seconds
        stopping: asyncio.Event = self.request.app[STOPPING]
        while loop.time() < end and self.request.transport is not None and not stopping.is_set():
            await asyncio.sleep(min(POLL, max(0.0, end - loop.time())))


Act = Callable[[FaultContext], Awaitable["web.StreamResponse | None"]]
FAULTS: dict[str, Act] = {}
PARAMS: dict[str, frozenset[str]] = {}
PASSING: set[str] = set()


def fault(name: str, params: str = "", *, passing: bool = False) -> Callable[[Act], Act]:
    """Register a fault with the names of its parameters. A passing fault does its work and lets the request continue."""

    def register(function: Act) -> Act:
        FAULTS[name] = function
        PARAMS[name] = frozenset(params.split())
        if passing:
            PASSING.add(name)
        return function

    return register


def response(answer: Answer) -> web.Response:
    """An answer as a response of the framework."""
    headers = dict(answer.headers)
    if answer.body or answer.status != 204:
        headers["Content-Type"] = answer.content_type
    return web.Response(status=answer.status, body=answer.body, headers=headers)


def spoilt(status: int, body: bytes, content_type: str = JSON_TYPE, **headers: str) -> web.Response:
    """An answer that a fault made. It has a `cf-ray`, like every answer of the edge."""
    return response(Answer(status, body, {"cf-ray": ray_id(), **headers}, content_type))


def cut() -> web.Response:
    """What a handler returns after it has closed the connection. Nothing of it is sent."""
    return web.Response(status=500, headers={CUT: "1"})


@fault("status", "status body headers content_type code message apply")
async def status(context: FaultContext) -> web.StreamResponse:
    """`status` with `body` (data or text) and `headers`; without a body, the service's usual envelope."""
    context.apply()
    code = context.get("status", 500)
    body = context.get("body", None)
    if body is None:
        answer = bad(code, [{"code": context.get("code", 10000 + code), "message": context.get("message", "Simulated")}])
    else:
        answer = Answer(code, body.encode() if isinstance(body, str) else dumps(body))
    answer.content_type = context.get("content_type", JSON_TYPE)
    answer.headers = {"cf-ray": ray_id(), **context.get("headers", {})}
    return response(answer)


@fault("html", "status apply")
async def html(context: FaultContext) -> web.StreamResponse:
    """The edge's own error page, which is HTML."""
    context.apply()
    code = context.get("status", 502)
    return spoilt(code, EDGE_PAGE.format(status=code).encode(), "text/html; charset=UTF-8")


@fault("empty", "status apply")
async def empty(context: FaultContext) -> web.StreamResponse:
    """No body at all, with a good status by default."""
    context.apply()
    return spoilt(context.get("status", 200), b"")


@fault("hang", "seconds apply")
async def hang(context: FaultContext) -> web.StreamResponse | None:
    """No answer for `seconds`, or until the client disconnects; then the connection is closed."""
    context.apply("before")
    await context.wait(context.get("seconds", None))
    context.apply("after")
    return drop(context)


@fault("reset", "apply")
async def reset(context: FaultContext) -> web.StreamResponse:
    """The connection is reset: with SO_LINGER at 0 the kernel sends RST in place of FIN."""
    context.apply()
    transport = context.request.transport
    if transport is not None:
        endpoint = transport.get_extra_info("socket")
        endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return cut()


@fault("close", "apply")
async def close(context: FaultContext) -> web.StreamResponse:
    """The connection is closed normally, without an answer."""
    context.apply()
    return drop(context)


def drop(context: FaultContext) -> web.StreamResponse:
    """Close the connection without an answer."""
    if context.request.transport is not None:
        context.request.transport.close()
    return cut()


@fault("truncate", "missing apply")
async def truncate(context: FaultContext) -> web.StreamResponse:
    """Fewer bytes are sent than `Content-Length` says."""
    context.apply()
    answer = Answer(200, b'{"success":true,"errors":[],"messages":[],"result":{"id":"1111')
    stream = web.StreamResponse(headers={"Content-Type": JSON_TYPE, "cf-ray": ray_id()})
    stream.content_length = len(answer.body) + context.get("missing", 1000)
    await stream.prepare(context.request)
    await stream.write(answer.body)
    if context.request.transport is not None:
        context.request.transport.close()
    return stream


@fault("invalid_json", "status apply")
async def invalid_json(context: FaultContext) -> web.StreamResponse:
    """A body that is no valid JSON, with the content type of JSON."""
    context.apply()
    return spoilt(context.get("status", 200), b'{"success": true, "result": {"id": ]}')


@fault("wrong_content_type", "content_type")
async def wrong_content_type(context: FaultContext) -> web.StreamResponse:
    """The good answer with another `content_type`."""
    answer = context.good()
    answer.content_type = context.get("content_type", "text/plain; charset=utf-8")
    return response(answer)


@fault("result_null", "apply")
async def result_null(context: FaultContext) -> web.StreamResponse:
    """`success: true` and `result: null`."""
    context.apply()
    return spoilt(200, dumps({"success": True, "errors": [], "messages": [], "result": None}))


@fault("success_false", "status errors apply")
async def success_false(context: FaultContext) -> web.StreamResponse:
    """`success: false` with `errors` and a good status."""
    context.apply()
    errors = context.get("errors", [{"code": 10001, "message": "Internal error"}])
    answer = bad(context.get("status", 200), errors)
    return spoilt(answer.status, answer.body)


@fault("big", "mib apply")
async def big(context: FaultContext) -> web.StreamResponse:
    """An answer of `mib` MiB, streamed in chunks without a `Content-Length` until the client disconnects."""
    context.apply()
    stream = web.StreamResponse(headers={"Content-Type": JSON_TYPE, "cf-ray": ray_id()})
    await stream.prepare(context.request)
    chunk = b" " * 65536
    await stream.write(b'{"success":true,"errors":[],"messages":[],"result":"')
    for _chunk in range(context.get("mib", 33) * MIB // len(chunk)):
        await stream.write(chunk)
    await stream.write(b'"}')
    return stream


@fault("redirect", "status location apply")
async def redirect(context: FaultContext) -> web.StreamResponse:
    """A redirect to `location`."""
    context.apply()
    code = context.get("status", 302)
    return spoilt(code, b"", "text/html", Location=context.get("location", "https://elsewhere.example/"))


@fault("drip", "seconds part")
async def drip(context: FaultContext) -> web.StreamResponse:
    """The good answer, one byte every `seconds`: `part` 'body', or 'headers' (including the status line)."""
    answer = context.good()
    pause = context.get("seconds", 1.0)
    head = [f"HTTP/1.1 {answer.status} OK", f"Content-Type: {answer.content_type}"]
    head += [f"{name}: {value}" for name, value in answer.headers.items()]
    head += [f"Content-Length: {len(answer.body)}", "Connection: close", "", ""]
    headers = "\r\n".join(head).encode()
    quick, slow = (b"", headers + answer.body) if context.get("part", "body") == "headers" else (headers, answer.body)
    transport = context.request.transport
    if transport is not None:
        transport.write(quick)
    for byte in slow:
        await context.wait(pause)
        if context.request.transport is None or context.request.app[STOPPING].is_set():
            break
        context.request.transport.write(bytes([byte]))
    return drop(context)


@fault("retry_after", "status value apply")
async def retry_after(context: FaultContext) -> web.StreamResponse:
    """429 or 503 with a `Retry-After` of `value`: seconds, or an HTTP date."""
    context.apply()
    code = context.get("status", 429)
    errors = [{"code": 10100, "message": "More than 1200 requests per 300 seconds reached"}]
    return spoilt(code, bad(code, errors).body, **{"Retry-After": str(context.get("value", 1))})


@fault("nan")
async def nan(context: FaultContext) -> web.StreamResponse:
    """The good answer with NaN, which Python parses although JSON does not have it."""
    return amended(context, lambda body: body["result_info"].update(count=float("nan")), "result_info")


@fault("duplicate_keys")
async def duplicate_keys(context: FaultContext) -> web.StreamResponse:
    """The good answer with `success` twice: true, then false."""
    answer = context.good()
    answer.body = answer.body[:-1] + b',"success":false}'
    return response(answer)


@fault("deep", "depth apply")
async def deep(context: FaultContext) -> web.StreamResponse:
    """Arrays nested to `depth`, enough to exhaust a recursive parser."""
    context.apply()
    depth = context.get("depth", 100_000)
    return spoilt(200, b'{"success":true,"errors":[],"messages":[],"result":' + b"[" * depth + b"]" * depth + b"}")


@fault("messages", "messages")
async def messages(context: FaultContext) -> web.StreamResponse:
    """The good answer with `messages`."""
    said = context.get("messages", [{"code": 1000, "message": "This setting will be retired"}])
    return amended(context, lambda body: body.update(messages=said))


@fault("amend", "envelope")
async def amend(context: FaultContext) -> web.StreamResponse:
    """The good answer with keys of its `envelope` replaced, for cases without a fault of their own."""
    return amended(context, lambda body: body.update(context.get("envelope", {})))


def amended(context: FaultContext, change: Callable[[dict[str, Any]], None], needs: str = "success") -> web.Response:
    """The good answer with a change. A missing key is added as an empty object."""
    answer = context.good()
    body = answer.json()
    if isinstance(body, dict):
        body.setdefault(needs, {})
        change(body)
        answer.body = json.dumps(body).encode()
    return response(answer)


@fault("slow", "seconds", passing=True)
async def slow(context: FaultContext) -> None:
    """The request is processed after a delay of `seconds`."""
    await context.wait(context.get("seconds", 1.0))


@fault("edit", "domain resource id values account_id", passing=True)
async def edit(context: FaultContext) -> None:
    """Another client sets `values` of `domain` (name or id), or of the entry `id` (id or key) of `resource`, just before this request is processed."""
    with context.simulation.lock:
        store, record = stored(context)
        if record is not None:
            store.edit(record, context.get("values", {}))


@fault("remove", "domain resource id account_id", passing=True)
async def remove(context: FaultContext) -> None:
    """Another client deletes `domain` (name or id), or the entry `id` (id or key) of `resource`, just before this request is processed."""
    with context.simulation.lock:
        store, record = stored(context)
        if record is not None:
            store.remove(record)


@fault("add", "resource values account_id", passing=True)
async def add(context: FaultContext) -> None:
    """Another client onboards a domain, or adds an entry to `resource`, with `values`, just before this request is processed."""
    with context.simulation.lock:
        stored(context)[0].add(context.get("values", {}))


def stored(context: FaultContext) -> tuple[Store[Any], Any]:
    """What a fault is about: the records of its resource, and the one that it names."""
    store = context.simulation.account(context.get("account_id", None)).calls(context.get("resource", "domains")).store
    name = context.get("domain", context.get("id", None))
    return store, None if name is None else store.find(name)
