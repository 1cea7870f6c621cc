# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One HTTP exchange over C(requests): it ends in time, goes to one host only, and fails in words that hold no secret."""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
import warnings
from collections.abc import Iterator
from functools import cache
from typing import Any

try:
    # What requests warns of, such as a version of chardet that it does not know, would be printed amid the output of ansible-playbook.
    with warnings.catch_warnings():
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
    """One request and its answer, which the waiting side may give up.

    A request is either begun to be sent, or given up, never both: a request that was given up before is not sent at all. After it was begun,
    giving up ends its connection, and whether the server has it is not known.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connection: Any = None
        self.is_begun = False
        self.is_given_up = False

    def check(self) -> None:
        """Errors: NotSentError if the request was given up."""
        if self.is_given_up:
            raise NotSentError

    def begin(self, connection: Any) -> None:
        """The next bytes of the request are about to be sent over the connection. Errors: NotSentError if it was given up."""
        with self._lock:
            self.check()
            self.is_begun, self._connection = True, connection

    def give_up(self) -> bool:
        """End it. Returns whether any of it may have been sent."""
        with self._lock:
            self.is_given_up = True
            if self.is_begun:
                _shut_down(getattr(self._connection, "sock", None))
            return self.is_begun


# Each exchange has a thread of its own, and its connection finds it there.
_current = threading.local()


class _Guarded:
    """Makes a connection of urllib3 ask its exchange before it sends: looking up a name and connecting may take longer than anyone waits."""

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
            # What is sent while connecting asks a proxy for a tunnel, and holds nothing of the request.
            exchange.check() if self._is_connecting else exchange.begin(self)
        return super().send(data)  # type: ignore[misc]


def _guard(manager: Any) -> Any:
    """Let all connections of a pool manager, be it one of a proxy, ask before they send. Any version of urllib3."""
    manager.pool_classes_by_scheme = {scheme: _guarded(pool) for scheme, pool in manager.pool_classes_by_scheme.items()}
    return manager


@cache
def _guarded(pool: Any) -> Any:
    if issubclass(pool.ConnectionCls, _Guarded):
        return pool
    connection = type(pool.ConnectionCls.__name__, (_Guarded, pool.ConnectionCls), {})
    return type(pool.__name__, (pool,), {"ConnectionCls": connection})


def _adapter(connections: int) -> Any:
    adapter = HTTPAdapter(max_retries=0, pool_maxsize=connections)
    _guard(adapter.poolmanager)
    of_proxy = adapter.proxy_manager_for
    adapter.proxy_manager_for = lambda proxy, **more: _guard(of_proxy(proxy, **more))  # type: ignore[method-assign]
    return adapter


def _shut_down(sock: Any) -> None:
    """End a connection that another thread may be using, so that this one stops waiting for it.

    Below TLS: SSLSocket.shutdown would first forget its encryption, and what the other thread is just sending would leave in the clear.
    """
    while sock is not None and not isinstance(sock, socket.socket):
        sock = getattr(sock, "socket", None)
    if sock is not None:
        with contextlib.suppress(OSError):
            socket.socket.shutdown(sock, socket.SHUT_RDWR)


class Transport:
    """Sends requests over kept-alive connections, one answer for each, and never repeats one by itself.

    Arguments: C(connection); C(user_agent), to which the version of C(requests) is added; C(connections), how many are kept.
    """

    def __init__(self, connection: ConnectionSettings, user_agent: str, connections: int = 10) -> None:
        self._connection = connection
        self._session = requests.Session()
        self._session.headers["User-Agent"] = f"{user_agent} requests/{requests.__version__}"  # type: ignore[attr-defined]
        # Without the environment there is no proxy: plain http, allowed for loopback alone, must not leave the machine through one.
        self._session.trust_env = connection.is_encrypted
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, _adapter(connections))

    def close(self) -> None:
        self._session.close()

    def send(self, request: Request, body: bytes | None) -> Response:
        """Send one request, and answer with all of its answer, within C(timeout) seconds in total.

        Errors: CloudflareError of kind C(network) or C(response).
        """
        timeout = self._connection.timeout
        outcome: queue.SimpleQueue[Response | Exception] = queue.SimpleQueue()
        exchange = Exchange()
        # In a thread, because only a wait from outside ends in time whatever hangs: name resolution, several addresses
        # tried in turn, headers or a body that arrive a byte a second. A daemon, so that it never keeps the process alive.
        threading.Thread(target=self._exchange, args=(request, body, outcome, exchange), daemon=True).start()
        try:
            result = outcome.get(timeout=timeout)
        except queue.Empty:
            result = TimeoutError() if exchange.give_up() else NotSentError()
        except BaseException:
            # A signal ends the task.
            exchange.give_up()
            raise
        if isinstance(result, Response):
            return result
        # Loaded when the first exchange breaks: most runs see none.
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
                # Connecting gets less than all of it, so that it fails by itself and says that nothing was sent.
                timeout=(0.9 * self._connection.timeout, self._connection.timeout),
                verify=self._connection.verify,
                allow_redirects=False,
                stream=True,
            ) as response:
                headers = {name.lower(): value for name, value in response.headers.items()}
                outcome.put(Response(response.status_code, headers, _body(response.iter_content(_CHUNK), exchange)))
        except Exception as error:  # noqa: BLE001 - whatever it is, the waiting side must hear of it
            outcome.put(error)

    def _authenticate(self, prepared: Any) -> Any:
        """An auth object, because C(requests) lets a .netrc replace a plain header."""
        prepared.headers.update(self._connection.credential.headers())
        return prepared


def _body(chunks: Iterator[bytes], exchange: Exchange) -> bytes:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > MAX_RESPONSE_BYTES or exchange.is_given_up:
            raise ResponseTooLargeError(MAX_RESPONSE_BYTES)
    return bytes(body)
