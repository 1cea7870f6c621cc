"""The web side: turns requests of the framework into calls of the simulation, and answers into responses."""

from __future__ import annotations

import asyncio
import itertools
import json
import weakref
from typing import Any

from aiohttp import web

from . import control
from .call import Call
from .envelope import dumps
from .faults import CUT, FAULTS, MIB, STOPPING, FaultContext, response
from .simulation import Simulation

CONTROL = "/_control/"


class Handler:
    """The only handler of the server. It numbers connections, plays faults, and otherwise lets the simulation answer."""

    def __init__(self, simulation: Simulation, latency: float) -> None:
        self.simulation = simulation
        self.latency = latency
        self._connections: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()
        self._numbers = itertools.count(1)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Any request. The raw path is used: what a client sends must not be tidied up before it is judged."""
        connection = self._connection(request)
        path = request.raw_path.partition("?")[0]
        body = await request.read()
        if path.startswith(CONTROL):
            return self._control(request, path.removeprefix(CONTROL), body)
        call = Call(request.method, path, list(request.query.items()), request.headers, body)
        entry, faults = self.simulation.register_request(call, connection)
        if self.latency:
            await asyncio.sleep(self.latency)
        for fault in faults:
            answer = await FAULTS[fault.do](FaultContext(self.simulation, request, call, fault))
            if answer is not None:
                entry["status"] = None if CUT in answer.headers else answer.status
                return answer
        sent = self.simulation.answer(call)
        entry["status"] = sent.status
        return response(sent)

    def _connection(self, request: web.Request) -> int:
        transport = request.transport
        if transport is None:
            return 0
        if transport not in self._connections:
            self._connections[transport] = next(self._numbers)
        return self._connections[transport]

    def _control(self, request: web.Request, name: str, body: bytes) -> web.Response:
        try:
            data = json.loads(body) if body else None
        except ValueError as error:
            return web.Response(status=400, body=dumps({"error": str(error)}), content_type="application/json")
        status, answer = control.act(self.simulation, request.method, name, data, request.query.get("account_id"))
        return web.Response(status=status, body=dumps(answer), content_type="application/json")


def make_app(simulation: Simulation, latency: float) -> web.Application:
    """The application, with one handler for every path, so that the simulation answers wrong paths, too."""
    app = web.Application(client_max_size=64 * MIB)
    app[STOPPING] = asyncio.Event()
    app.router.add_route("*", "/{path:.*}", Handler(simulation, latency).handle)
    return app
