"""Shared by the unit tests: a scripted server, its responses, a clock that does not wait, and a client that uses them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.client import Client
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.connection import ConnectionSettings, Credential
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import UNLIMITED, ApiError, Request
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.responses import Response
from run_module import run_main

ACCOUNT = "0123456789abcdef0123456789abcdef"
TOKEN = "cfut_unit-test-token-0123456789"
DOMAINS = f"/accounts/{ACCOUNT}/email-security/settings/domains"
ID = "5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c01"
ONE = f"{DOMAINS}/{ID}"

LIVE: dict[str, Any] = {
    "id": ID,
    "domain": "example.com",
    "allowed_delivery_modes": ["DIRECT"],
    "drop_dispositions": ["SPAM", "MALICIOUS"],
    "folder": None,
    "integration_id": None,
    "ip_restrictions": ["192.0.2.10"],
    "lookback_hops": 1,
    "regions": ["GLOBAL"],
    "require_tls_inbound": None,
    "require_tls_outbound": True,
    "transport": "MX.example.com.",
    "status": "ACTIVE",
    "x_new_field": {"of": "the server"},
}

SETTINGS: dict[str, Any] = {
    "domain": "example.com",
    "allowed_delivery_modes": ["DIRECT"],
    "drop_dispositions": ["MALICIOUS", "SPAM"],
    "folder": None,
    "integration_id": None,
    "ip_restrictions": ["192.0.2.10/32"],
    "lookback_hops": 1,
    "regions": ["GLOBAL"],
    "require_tls_inbound": False,
    "require_tls_outbound": True,
    "transport": "mx.example.com",
}


def live(**differing: Any) -> dict[str, Any]:
    return {**LIVE, **differing}


def numbered(number: int, **differing: Any) -> dict[str, Any]:
    """A live domain with an id and a name that contain a number."""
    return live(**{"id": f"5e0a4f6e-7b9d-4d0e-8a51-{number:012x}", "domain": f"d{number}.example", **differing})


def answer(status: int, body: Any, **headers: str) -> Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status, {"content-type": "application/json", **named}, raw)


def ok(result: Any, status: int = 200, **more: Any) -> Response:
    return answer(status, {"success": True, "errors": [], "messages": [], "result": result, **more})


def listed(*rows: dict[str, Any], total: int | None = None) -> Response:
    return ok(list(rows), result_info={"count": len(rows), "per_page": 1000, "total_count": len(rows) if total is None else total})


def refused(status: int, code: int = 1001, message: str = "no", pointer: str | None = None, **headers: str) -> Response:
    error: dict[str, Any] = {"code": code, "message": message}
    if pointer:
        error["source"] = {"pointer": pointer}
    return answer(status, {"success": False, "errors": [error], "messages": [], "result": None}, cf_ray="8f00-FRA", **headers)


def lost(method: str = "PATCH", max_retries: float = UNLIMITED, *, outcome_unknown: bool | None = None) -> ApiError:
    """The error of the transport if the connection is interrupted after the request was sent."""
    unknown = method != "GET" if outcome_unknown is None else outcome_unknown
    return ApiError("network", f"{method} was interrupted.", request=Request(method, ONE, "try"), outcome_unknown=unknown, max_retries=max_retries)


@dataclass
class Line:
    """One expected request, and its response."""

    method: str
    path: str
    answer: Response | ApiError
    query: dict[str, Any] | None = None
    body: Any = ...


@dataclass
class Script:
    """A transport that expects requests in a fixed order. Set it up with `expect`."""

    lines: list[Line] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    agents: list[str] = field(default_factory=list)

    def expect(self, method: str, path: str, reply: Response | ApiError, *, query: dict[str, Any] | None = None, body: Any = ...) -> Script:
        self.lines.append(Line(method, path, reply, query, body))
        return self

    def transport(self, _connection: ConnectionSettings, user_agent: str) -> Script:
        self.agents.append(user_agent)
        return self

    def close(self) -> None:
        pass

    def send(self, request: Request, body: bytes | None) -> Response:
        if not self.lines:
            return self._fail(f"one call too many: {request.method} {request.path} {request.query} {body!r}")
        line = self.lines.pop(0)
        if (request.method, request.path) != (line.method, line.path):
            return self._fail(f"expected {line.method} {line.path}, got {request.method} {request.path}")
        if line.query is not None and not line.query.items() <= set(request.query):
            return self._fail(f"expected the query {line.query}, got {request.query}")
        sent = None if body is None else json.loads(body)
        if line.body is not ... and sent != line.body:
            return self._fail(f"expected the body {line.body}, got {sent}")
        if isinstance(line.answer, Exception):
            raise line.answer
        return line.answer

    def _fail(self, problem: str) -> Response:
        self.faults.append(problem)
        raise AssertionError(problem)

    def assert_played(self) -> None:
        assert not self.faults
        assert not self.lines, f"never requested: {self.lines}"


class Clock:
    """A clock on which time passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def client(clock: Clock | None = None, *, max_wait: float = 330.0, warn: Callable[[str], None] = lambda _text: None) -> Client:
    clock = clock or Clock()
    return Client(
        ConnectionSettings(ACCOUNT, Credential(token=TOKEN), max_wait=max_wait),
        user_agent="unit",
        permission_group="Cloud Email Security",
        warn=warn,
        clock=clock,
        sleep=clock.sleep,
    )


def run_module(main: Callable[[], None], options: dict[str, Any], *, check: bool = False) -> dict[str, Any]:
    """The result of a module that runs in this process."""
    warnings: list[str] = []
    # Once a plugin of the controller is loaded in this process, Ansible takes a module's warnings for the controller's own.
    with mock.patch.object(AnsibleModule, "warn", lambda self, warning: warnings.append(warning)):
        output = run_main(main, {**options, "_ansible_check_mode": check})
    return json.loads(output) | ({"warnings": warnings} if warnings else {})
