"""Runs the simulator: on loopback only, in the foreground or in a thread, with or without TLS."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
import threading
from pathlib import Path
from typing import Any

from aiohttp import web

from . import scenario as scenarios
from .app import make_app
from .domains import Domains, Record
from .faults import STOPPING
from .lists import LISTS, Entries, Entry
from .simulation import Simulation


def require_loopback(host: str) -> None:
    """Refuse to listen on an address that others can reach, because the control endpoint needs no password."""
    if host == "localhost":
        return
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise ValueError(f"the simulator listens on loopback only, not on {host}")


def tls_context(tls: ssl.SSLContext | tuple[str, str] | None) -> ssl.SSLContext | None:
    """A server context, given as such or as the paths of certificate and key."""
    if tls is None or isinstance(tls, ssl.SSLContext):
        return tls
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*tls)
    return context


class Listener:
    """The listening server inside of an event loop."""

    def __init__(self, simulation: Simulation, tls: ssl.SSLContext | tuple[str, str] | None, latency: float) -> None:
        self._simulation = simulation
        self._tls = tls_context(tls)
        self._latency = latency
        self.origin = ""

    async def start(self, host: str, port: int) -> None:
        """Listen; `origin` says where."""
        require_loopback(host)
        self._app = make_app(self._simulation, self._latency)
        self._runner = web.AppRunner(self._app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port, ssl_context=self._tls).start()
        shown = f"[{host}]" if ":" in host else host
        self.origin = f"{'https' if self._tls else 'http'}://{shown}:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Let hanging faults go, then close every connection."""
        self._app[STOPPING].set()
        await self._runner.cleanup()


class Simulator:
    """A simulator in a background thread, for tests in the same process.

    with Simulator() as sim:
        sim.add_domain(domain="example.net", lookback_hops=2)
        sim.fault("reset", method="PATCH", apply=True)
        ...
        assert sim.violations == []
    """

    def __init__(
        self,
        scenario: dict[str, Any] | str | Path | None = None,
        tls: ssl.SSLContext | tuple[str, str] | None = None,
        latency: float = 0.0,
        port: int = 0,
    ) -> None:
        self._simulation = Simulation(scenarios.load(scenario))
        self._listener = Listener(self._simulation, tls, latency)
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="simulator", daemon=True)

    def __enter__(self) -> Simulator:
        return self.start()

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    def start(self) -> Simulator:
        """Listen on loopback, on a free port unless one was given. Returns when requests are accepted.

        Raises:
            OSError: the port is in use.
        """
        self._thread.start()
        try:
            self._on_loop(self._listener.start("127.0.0.1", self._port))
        except OSError:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop listening and end the thread. Does nothing if it has stopped."""
        if self._loop.is_closed():
            return
        self._on_loop(self._listener.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _on_loop(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=10)

    @property
    def base_url(self) -> str:
        """The base URL of the API for a client."""
        return f"{self._listener.origin}/client/v4"

    @property
    def control_url(self) -> str:
        """The URL of the control endpoint."""
        return f"{self._listener.origin}/_control"

    @property
    def account_id(self) -> str:
        """The first account of the scenario, which is the default of the methods below."""
        return self._simulation.account().id

    @property
    def token(self) -> str:
        """A token with write permission in that account."""
        return self._token("write")

    @property
    def read_token(self) -> str:
        """A token with read permission in that account."""
        return self._token("read")

    @property
    def email(self) -> str:
        """The email of the first email and key of that account."""
        return self._email_and_key()[0]

    @property
    def key(self) -> str:
        """The key that belongs to `email`."""
        return self._email_and_key()[1]

    @property
    def domains(self) -> list[dict[str, Any]]:
        """The stored domains, without any habit."""
        with self._simulation.lock:
            return [record.copy() for record in self._domains(None)]

    def domain(self, name_or_id: str | int) -> dict[str, Any]:
        """A stored domain.

        Raises:
            KeyError: there is none.
        """
        with self._simulation.lock:
            return self._record(self._domains(None), name_or_id).copy()

    def add_domain(self, *, account_id: str | None = None, **fields: Any) -> dict[str, Any]:
        """Store a domain. Missing fields are those of a healthy inline domain. Nothing is checked."""
        with self._simulation.lock:
            return self._domains(account_id).add(fields).copy()

    def edit(self, name_or_id: str | int, *, account_id: str | None = None, **fields: Any) -> dict[str, Any]:
        """Change a stored domain, as another client would. Nothing is checked."""
        with self._simulation.lock:
            domains = self._domains(account_id)
            return domains.edit(self._record(domains, name_or_id), fields).copy()

    def remove(self, name_or_id: str | int, *, account_id: str | None = None) -> None:
        """Delete a stored domain, as another client would."""
        with self._simulation.lock:
            domains = self._domains(account_id)
            domains.remove(self._record(domains, name_or_id))

    def clear_domains(self) -> None:
        """Delete all stored domains of the account."""
        with self._simulation.lock:
            self._simulation.account().domain_calls.clear()

    def entries(self, resource: str, *, account_id: str | None = None) -> list[dict[str, Any]]:
        """The stored entries of a list, in the order of their creation, without any habit."""
        with self._simulation.lock:
            return [entry.copy() for entry in self._entries(resource, account_id)]

    def entry(self, resource: str, id_or_key: str | int, *, account_id: str | None = None) -> dict[str, Any]:
        """A stored entry. If several have the key, it is the oldest.

        Raises:
            KeyError: there is none.
        """
        with self._simulation.lock:
            return self._entry(self._entries(resource, account_id), id_or_key).copy()

    def add_entry(self, resource: str, /, *, account_id: str | None = None, **fields: Any) -> dict[str, Any]:
        """Store an entry of a list. Missing fields are those of a harmless entry. Nothing is checked."""
        with self._simulation.lock:
            return self._entries(resource, account_id).add(fields).copy()

    def edit_entry(self, resource: str, id_or_key: str | int, /, *, account_id: str | None = None, **fields: Any) -> dict[str, Any]:
        """Change a stored entry, as another client would. Nothing is checked."""
        with self._simulation.lock:
            entries = self._entries(resource, account_id)
            return entries.edit(self._entry(entries, id_or_key), fields).copy()

    def remove_entry(self, resource: str, id_or_key: str | int, /, *, account_id: str | None = None) -> None:
        """Delete a stored entry, as another client would."""
        with self._simulation.lock:
            entries = self._entries(resource, account_id)
            entries.remove(self._entry(entries, id_or_key))

    def clear_entries(self, resource: str | None = None, *, account_id: str | None = None) -> None:
        """Delete all entries of a list, or of every list."""
        with self._simulation.lock:
            account = self._simulation.account(account_id)
            for name in LISTS if resource is None else [resource]:
                account.entries(name)
                account.calls(name).clear()

    def fault(
        self,
        do: str,
        method: str | list[str] | None = None,
        path: str | None = None,
        nth: int = 1,
        times: int | None = 1,
        **params: Any,
    ) -> None:
        """Add a fault."""
        match = {"method": method, "path": path, "nth": nth}
        with self._simulation.lock:
            self._simulation.faults.add({"match": match, "times": times, "do": do, **params})

    def clear_faults(self) -> None:
        """Remove all faults."""
        with self._simulation.lock:
            self._simulation.faults.clear()

    def habit(self, **switches: Any) -> None:
        """Set habits. Others stay."""
        self._simulation.switch(switches)

    def clear_habits(self) -> None:
        """Switch every habit off."""
        self._simulation.habits = {}

    def configure(self, **settings: Any) -> None:
        """Change settings. Others stay."""
        self._simulation.configure(settings)

    @property
    def journal(self) -> list[dict[str, Any]]:
        """Every request since the start, or since `reset` or `clear_journal`."""
        with self._simulation.lock:
            return self._simulation.journal.entries()

    def clear_journal(self) -> None:
        """Remove all requests, and reset the count of connections."""
        with self._simulation.lock:
            self._simulation.journal.clear()

    @property
    def connections(self) -> int:
        """The number of TCP connections of the requests in the journal."""
        with self._simulation.lock:
            return self._simulation.journal.connections()

    @property
    def violations(self) -> list[dict[str, Any]]:
        """The recorded violations."""
        with self._simulation.lock:
            return list(self._simulation.violations)

    def reset(self) -> None:
        """Return to the scenario."""
        self._simulation.reset()

    def _domains(self, account_id: str | None) -> Domains:
        return self._simulation.account(account_id).domains

    def _record(self, domains: Domains, name_or_id: str | int) -> Record:
        record = domains.find(name_or_id)
        if record is None:
            raise KeyError(name_or_id)
        return record

    def _entries(self, resource: str, account_id: str | None) -> Entries:
        return self._simulation.account(account_id).entries(resource)

    def _entry(self, entries: Entries, id_or_key: str | int) -> Entry:
        entry = entries.find(id_or_key)
        if entry is None:
            raise KeyError(id_or_key)
        return entry

    def _token(self, permission: str) -> str:
        for token, credential in self._simulation.credentials.tokens.items():
            if credential.permissions.get(self.account_id) == permission:
                return token
        raise KeyError(f"the scenario has no token that may {permission}")

    def _email_and_key(self) -> tuple[str, str]:
        for pair, credential in self._simulation.credentials.keys.items():
            if self.account_id in credential.permissions:
                return pair
        raise KeyError("the scenario has no e-mail and key")
