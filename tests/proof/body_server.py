"""A server in memory in place of the transport. It is correct except for the answers that are to be spoilt, and knows whether its state has changed."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from typing import Any

from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import Request
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.responses import Response
from bodies import Body, encoded
from support import ACCOUNT, DOMAINS

Domain = dict[str, Any]
# All requests that a client of one account's mail domains may send.
OURS = re.compile(
    rf"/accounts/{ACCOUNT}/email-security/settings/domains(/batch|/([0-9a-fA-F]{{8}}(-[0-9a-fA-F]{{4}}){{3}}-[0-9a-fA-F]{{12}}|[0-9]{{1,19}})(/verification)?)?"
)
METHODS = {"": {"GET", "POST"}, "batch": {"POST"}, "verification": {"GET"}, "one": {"GET", "PATCH", "DELETE"}}
NEW_ID = "7a1b2c3d-0000-4000-8000-0000000000{:02x}"
LIMITED = (b"971", b"10100", b"ore than 1200 requests")

Spoil = Callable[[int, dict[str, Any]], Body]


class Server:
    """A server.

    Args:
        spoil: makes another answer of a good one.
        spoils: which answers are spoilt, given the method and whether it is a verification of a write.
        applies: whether a write is carried out if its answer does not say so.
        times: number of answers that are spoilt.
    """

    def __init__(self, domains: list[Domain], spoil: Spoil, spoils: Callable[[str, bool], bool], *, applies: bool = True, times: int = 1) -> None:
        self.domains = {domain["id"]: domain for domain in domains}
        self.requests: list[tuple[str, str]] = []
        self.foreign: list[str] = []
        self.accepted = 0
        self.spoilt: list[Body] = []
        self._spoil, self._spoils, self._applies, self._times = spoil, spoils, applies, times
        self._has_written = False
        self._lock = threading.Lock()

    def transport(self, _connection: object, _agent: str) -> Server:
        return self

    def close(self) -> None:
        pass

    def send(self, request: Request, body: bytes | None) -> Response:
        with self._lock:
            self.requests.append((request.method, request.path))
            kind = self._kind(request)
            before, accepted = dict(self.domains), self.accepted
            status, envelope = self._answer(request, kind, list(request.query), json.loads(body) if body else None)
            if len(self.spoilt) < self._times and self._spoils(request.method, self._has_written):
                bad = self._spoil(status, envelope)
                self.spoilt.append(bad)
                if not self._takes_place(bad):
                    self.domains, self.accepted = before, accepted
                answer = Response(bad.status, bad.headers, bad.raw)
            else:
                answer = Response(status, {"content-type": "application/json"}, encoded(envelope))
            self._has_written |= request.method != "GET"
            return answer

    def _takes_place(self, bad: Body) -> bool:
        """Whether the write is carried out. An honest server reports success or refusal truthfully; all other answers may be either."""
        if bad.status < 300:
            try:
                said = json.loads(bad.raw)
            except (ValueError, RecursionError):
                said = None
            if bad.status == 204 or (isinstance(said, dict) and said.get("success") is True):
                return True
            return self._applies and not any(words in bad.raw for words in LIMITED)
        return self._applies and (bad.status >= 500 or bad.status == 408)

    def _kind(self, request: Request) -> str:
        match = OURS.fullmatch(request.path)
        ending = request.path.removeprefix(DOMAINS).strip("/")
        kind = ending if ending in METHODS else "verification" if ending.endswith("/verification") else "one"
        if match is None or request.method not in METHODS[kind]:
            self.foreign.append(f"{request.method} {request.path}")
        return kind

    def _answer(self, request: Request, kind: str, query: list[tuple[str, str]], body: Any) -> tuple[int, dict[str, Any]]:
        if kind == "":
            return self._list(query) if request.method == "GET" else self._create(body)
        if kind == "batch":
            return self._batch(body)
        live_id = request.path.removeprefix(DOMAINS + "/").partition("/")[0].lower()
        if live_id not in self.domains:
            return refused(404, "there is no such domain")
        if kind == "verification":
            return good({"status": "PENDING", "txt_record_name": "_cf.example.com", "txt_record_value": "cf-verify=1", "last_checked_at": None})
        if request.method == "GET":
            return good(self.domains[live_id])
        return self._edit(live_id, body) if request.method == "PATCH" else self._delete(live_id)

    def _list(self, query: list[tuple[str, str]]) -> tuple[int, dict[str, Any]]:
        names = {value for key, value in query if key == "domain"}
        page = next(int(value) for key, value in query if key == "page")
        rows = [domain for domain in self.domains.values() if not names or domain["domain"] in names]
        info = {"page": page, "per_page": 1000, "count": len(rows), "total_count": len(rows), "total_pages": 1}
        return good(rows if page == 1 else [], result_info=info)

    def _create(self, body: Domain) -> tuple[int, dict[str, Any]]:
        if any(domain["domain"] == body["domain"] for domain in self.domains.values()):
            return refused(409, "the domain already exists")
        live_id = NEW_ID.format(len(self.requests))
        self.domains[live_id] = {"lookback_hops": 1, "transport": "", **body, "id": live_id, "status": "PENDING"}
        self.accepted += 1
        return good(self.domains[live_id], 201)

    def _edit(self, live_id: str, body: Domain) -> tuple[int, dict[str, Any]]:
        self.domains[live_id] = {**self.domains[live_id], **body}
        self.accepted += 1
        return good(self.domains[live_id])

    def _delete(self, live_id: str) -> tuple[int, dict[str, Any]]:
        del self.domains[live_id]
        self.accepted += 1
        return good({"id": live_id})

    def _batch(self, body: dict[str, list[Domain]]) -> tuple[int, dict[str, Any]]:
        before, accepted = dict(self.domains), self.accepted
        steps = [("deletes", lambda item: self._delete(item["id"])), ("patches", lambda item: self._edit(item["id"], item)), ("posts", self._create)]
        result: dict[str, list[Any]] = {"puts": []}
        for name, act in steps:
            result[name] = []
            for item in body[name]:
                status, envelope = act(item) if name == "posts" or item["id"] in self.domains else refused(404, "there is no such domain")
                if status >= 400:
                    self.domains, self.accepted = before, accepted
                    return status, envelope
                result[name].append(envelope["result"])
        return good(result)


def good(result: Any, status: int = 200, **more: Any) -> tuple[int, dict[str, Any]]:
    return status, {"success": True, "errors": [], "messages": [], "result": result, **more}


def refused(status: int, message: str) -> tuple[int, dict[str, Any]]:
    return status, {"success": False, "errors": [{"code": 1000 + status, "message": message}], "messages": [], "result": None}
