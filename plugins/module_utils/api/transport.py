# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One HTTP exchange with `requests`: it ends in time, goes to one host only, and its errors contain no secrets."""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
import warnings
from collections.abc import Iterator
from functools import cache
from typing import Any

from ..garbage_collection import rare_garbage_collection

try:
    # Warnings of requests, such as one of an unknown version of chardet, would appear in the output of ansible-playbook.
    with warnings.catch_warnings(), rare_garbage_collection():
        warnings.simplefilter("ignore")
        import requests
        from requests.adapters import HTTPAdapter
except Exception as failed:  # noqa: BLE001 - a broken installation raises anything: AttributeError (pyOpenSSL), ImportError (idna), OSError
    REQUESTS_IMPORT_ERROR: Exception | None = failed
else:
    REQUESTS_IMPORT_ERROR = None

from .connection import ConnectionSettings
from .errors import NotSentError, Request, ResponseTooLargeError
from .responses import Response

MAX_RESPONSE_BYTES = 32 * 1024 * 1024
_CHUNK = 64 * 1024


class Exchange:
    """One request and its response, which the waiting thread may abandon.

    A request that is abandoned before sending begins is never sent. Abandoning it later ends its connection, and whether the server has received
    the request is not known.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connection: Any = None
        self.is_begun = False
        self.is_abandoned = False

    def check(self) -> None:
        """Raise NotSentError if the request was abandoned."""
        if self.is_abandoned:
            raise NotSentError

    def begin(self, connection: Any) -> None:
        """Record that sending over the connection begins.

        Raises:
            NotSentError: the request was abandoned.
        """
        with self._lock:
            self.check()
            self.is_begun, self._connection = True, connection

    def abandon(self) -> bool:
        """End the exchange, and return whether any of the request may have been sent."""
        with self._lock:
            self.is_abandoned = True
            if self.is_begun:
                _shut_down(getattr(self._connection, "sock", None))
            return self.is_begun


# Each exchange runs in its own thread, where its connection finds it.
_current = threading.local()


class _GuardedConnection:
    """Makes a connection of urllib3 check before it sends whether its exchange was abandoned, as name resolution and connecting may take long."""

    sock: Any
    auto_open: int
    _is_connecting = False

    def connect(self) -> Any:
        self._is_connecting = True
        try:
            return super().connect()  # type: ignore[misc]
        finally:
            self._is_connecting = False

    def send(self, data: Any) -> Any:
        exchange: Exchange | None = getattr(_current, "exchange", None)
        if self.sock is None and self.auto_open:
            self.connect()
        if exchange is not None:
            # While connecting, only a proxy is asked for a tunnel: that contains nothing of the request.
            exchange.check() if self._is_connecting else exchange.begin(self)
        return super().send(data)  # type: ignore[misc]


def _guard(manager: Any) -> Any:
    """Guard all connections of a pool manager, also of one for a proxy. Works with any version of urllib3."""
    manager.pool_classes_by_scheme = {scheme: _guarded_pool(pool) for scheme, pool in manager.pool_classes_by_scheme.items()}
    return manager


@cache
def _guarded_pool(pool: Any) -> Any:
    if issubclass(pool.ConnectionCls, _GuardedConnection):
        return pool
    connection = type(pool.ConnectionCls.__name__, (_GuardedConnection, pool.ConnectionCls), {})
    return type(pool.__name__, (pool,), {"ConnectionCls": connection})


def _adapter(connections: int) -> Any:
    adapter = HTTPAdapter(max_retries=0, pool_maxsize=connections)
    _guard(adapter.poolmanager)
    make_proxy_manager = adapter.proxy_manager_for
    adapter.proxy_manager_for = lambda proxy, **options: _guard(make_proxy_manager(proxy, **options))  # type: ignore[method-assign]
    return adapter


def _shut_down(sock: Any) -> None:
    """End a connection that another thread may be using, so that this thread stops waiting.

    Below TLS, because SSLSocket.shutdown first drops its encryption, and data that the other thread is sending would leave in clear text.
    """
    while sock is not None and not isinstance(sock, socket.socket):
        sock = getattr(sock, "socket", None)
    if sock is not None:
        with contextlib.suppress(OSError):
            socket.socket.shutdown(sock, socket.SHUT_RDWR)


class Transport:
    """Sends requests over persistent connections, without retries.

    Args:
        connection: where to send them, and the credential.
        user_agent: the version of `requests` is added to it.
        connections: how many connections are kept.
    """

    def __init__(self, connection: ConnectionSettings, user_agent: str, connections: int = 10) -> None:
        self._connection = connection
        self._session = requests.Session()
        self._session.headers["User-Agent"] = f"{user_agent} requests/{requests.__version__}"  # type: ignore[attr-defined]
        # Proxies come from the environment. Plain http, which only loopback addresses may use, must not leave the machine through one.
        self._session.trust_env = connection.is_encrypted
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, _adapter(connections))

    def close(self) -> None:
        self._session.close()

    def send(self, request: Request, body: bytes | None) -> Response:
        """Send one request and return its complete response, within `timeout` seconds in total.

        Raises:
            ApiError: of kind `network` or `response`.
        """
        timeout = self._connection.timeout
        outcome: queue.SimpleQueue[Response | Exception] = queue.SimpleQueue()
        exchange = Exchange()
        # In a thread, because only a wait from outside ends in time whatever is slow: name resolution, several addresses
        # in turn, or a response that arrives byte by byte. A daemon thread, so that it never keeps the process alive.
        threading.Thread(target=self._exchange, args=(request, body, outcome, exchange), daemon=True).start()
        try:
            result = outcome.get(timeout=timeout)
        except queue.Empty:
            result = TimeoutError() if exchange.abandon() else NotSentError()
        except BaseException:
            # A signal ends the task.
            exchange.abandon()
            raise
        if isinstance(result, Response):
            return result
        # Loaded with the first failed exchange: most tasks have none.
        from .network_errors import from_exception

        raise from_exception(result, request, timeout, self._connection.verify, was_begun=exchange.is_begun)

    def _exchange(
        self,
        request: Request,
        body: bytes | None,
        outcome: queue.SimpleQueue[Response | Exception],
        exchange: Exchange,
    ) -> None:
        _current.exchange = exchange
        try:
            exchange.check()
            with self._session.request(
                request.method,
                self._connection.base_url + request.path,
                params=list(request.query),
                data=body,
                headers={"Content-Type": "application/json"} if body is not None else None,
                auth=self._authenticate,
                # Less time for connecting, so that this fails by itself, with the result that nothing was sent.
                timeout=(0.9 * self._connection.timeout, self._connection.timeout),
                verify=self._connection.verify,
                allow_redirects=False,
                stream=True,
            ) as response:
                headers = {name.lower(): value for name, value in response.headers.items()}
                outcome.put(Response(response.status_code, headers, _read_body(response.iter_content(_CHUNK), exchange)))
        except Exception as error:  # noqa: BLE001 - any exception must reach the waiting thread
            outcome.put(error)

    def _authenticate(self, prepared: Any) -> Any:
        """Add the credential. An auth object, because `requests` lets a .netrc file replace a plain header."""
        prepared.headers.update(self._connection.credential.headers())
        return prepared


def _read_body(chunks: Iterator[bytes], exchange: Exchange) -> bytes:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > MAX_RESPONSE_BYTES or exchange.is_abandoned:
            raise ResponseTooLargeError(MAX_RESPONSE_BYTES)
    return bytes(body)
