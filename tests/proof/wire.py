"""Faults below HTTP: names, connections, TLS and proxies. A path to the simulator on which a chosen connection fails.

Each connection has one request, so the number of a request is that of its connection, name lookup and handshake. Everything listens on loopback.
See `Wire`.
"""

from __future__ import annotations

import contextlib
import datetime
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import trustme

LOOPBACK = "127.0.0.1"
HOST = "api.simulated.test"
PATH = "/client/v4"
# How long a silent server waits for the client to disconnect.
LONGEST_SILENCE = 6.0
BUFFER = 65536

Serve = Callable[[socket.socket], None]


class Listener:
    """Accepts connections on a free port of loopback, counts them, and serves each in a thread."""

    def __init__(self, serve: Callable[[socket.socket, int], None]) -> None:
        self._serve = serve
        self._socket = socket.create_server((LOOPBACK, 0), backlog=64)
        self.port: int = self._socket.getsockname()[1]
        self.count = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _peer = self._socket.accept()
                self.count += 1
                threading.Thread(target=self._attend, args=(connection, self.count), daemon=True).start()

    def _attend(self, connection: socket.socket, number: int) -> None:
        with connection, contextlib.suppress(OSError):
            self._serve(connection, number)


def bystander() -> Listener:
    """A host that is not involved. Connections to it are counted."""
    return Listener(lambda connection, _number: connection.close())


def reset(connection: socket.socket) -> None:
    """Close with RST instead of FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def until_the_client_goes(connection: socket.socket) -> None:
    connection.settimeout(LONGEST_SILENCE)
    while connection.recv(BUFFER):
        pass


def request_from(connection: socket.socket) -> bytes:
    """One complete request, or what was received before the client disconnected."""
    received = b""
    while b"\r\n\r\n" not in received or len(received.partition(b"\r\n\r\n")[2]) < _length(received):
        more = connection.recv(BUFFER)
        if not more:
            break
        received += more
    return received


def _length(received: bytes) -> int:
    lines = received.partition(b"\r\n\r\n")[0].lower().split(b"\r\n")
    return next((int(line.partition(b":")[2]) for line in lines if line.startswith(b"content-length:")), 0)


def answered(request: bytes, port: int) -> bytes:
    """The complete answer of the simulator.

    Raises:
        OSError: the simulator breaks the connection.
    """
    head, _end, body = request.partition(b"\r\n\r\n")
    kept = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
    answer = b""
    with socket.create_connection((LOOPBACK, port)) as upstream:
        upstream.sendall(b"\r\n".join([*kept, b"Connection: close", b"", body]))
        while more := upstream.recv(BUFFER):
            answer += more
    return answer


class Relay:
    """Passes one request on, or makes it fail as requested."""

    def __init__(self, port: int) -> None:
        self._port = port

    def well(self, connection: socket.socket) -> None:
        request = request_from(connection)
        if not request:
            return
        try:
            answer = answered(request, self._port)
        except OSError:
            reset(connection)
            return
        if answer:
            connection.sendall(answer)

    def unanswered(self, connection: socket.socket) -> None:
        answered(request_from(connection), self._port)

    def byte_by_byte(self, connection: socket.socket) -> None:
        for byte in answered(request_from(connection), self._port):
            connection.sendall(bytes([byte]))
            time.sleep(0.05)

    def cut_in_its_headers(self, connection: socket.socket) -> None:
        connection.sendall(answered(request_from(connection), self._port)[:60])

    def reset_in_its_body(self, connection: socket.socket) -> None:
        connection.sendall(answered(request_from(connection), self._port)[:-2])
        time.sleep(0.05)  # what was sent has to arrive before the reset
        reset(connection)

    def without_its_end(self, connection: socket.socket) -> None:
        connection.sendall(answered(request_from(connection), self._port)[:-2])
        until_the_client_goes(connection)


def _after_the_request(connection: socket.socket, answer: bytes = b"") -> None:
    request_from(connection)
    connection.sendall(answer)


def _reset_after_the_request(connection: socket.socket) -> None:
    request_from(connection)
    reset(connection)


def _headers_without_end(connection: socket.socket) -> None:
    _after_the_request(connection, b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: more\r\n" % number for number in range(5000)))


def _continue_without_end(connection: socket.socket) -> None:
    request_from(connection)
    ends = time.monotonic() + LONGEST_SILENCE / 3
    while time.monotonic() < ends:
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        time.sleep(0.01)


def _silent(connection: socket.socket) -> None:
    until_the_client_goes(connection)


def plain_troubles(relay: Relay) -> dict[str, Serve]:
    return {
        "reset before any byte": reset,
        "closed before any byte": lambda connection: connection.close(),
        "reset after the request": _reset_after_the_request,
        "closed after the request": _after_the_request,
        "half a status line": lambda connection: _after_the_request(connection, b"HTTP/1.1 2"),
        "not HTTP": lambda connection: _after_the_request(connection, b"SSH-2.0-OpenSSH_9.9\r\n"),
        "accepted and never answered": _silent,
        "headers without end": _headers_without_end,
        "100 Continue without end": _continue_without_end,
        "a byte now and then": relay.byte_by_byte,
        "answer cut in its headers": relay.cut_in_its_headers,
        "answer reset in its body": relay.reset_in_its_body,
        "answer that never ends": relay.without_its_end,
    }


def encrypted_troubles(relay: Relay) -> dict[str, Serve]:
    """After a good handshake: the request has arrived and been carried out, and is not answered."""
    return {
        f"{way}: answer {ends}": trouble
        for way in ("TLS", "proxy")
        for ends, trouble in (("lost", relay.unanswered), ("cut in its headers", relay.cut_in_its_headers))
    }


# Instead of a handshake. The other TLS faults are certificates.
HANDSHAKES: dict[str, Serve] = {
    "TLS: spoken to in clear text": lambda connection: connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"),
    "TLS: closed in the handshake": lambda connection: connection.close(),
    "TLS: reset in the handshake": lambda connection: (connection.recv(10), reset(connection))[1],
    "TLS: silent in the handshake": _silent,
}
PROXIES: dict[str, Serve] = {
    "proxy: 407": lambda connection: _after_the_request(connection, b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"),
    "proxy: 502": lambda connection: _after_the_request(connection, b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\n\r\n<h1>Bad</h1>"),
    "proxy: closed": _after_the_request,
    "proxy: reset": _reset_after_the_request,
    "proxy: not HTTP": lambda connection: _after_the_request(connection, b"220 mail.example ESMTP\r\n"),
    "proxy: silent": _silent,
}
# On the path to the host or to the proxy.
LOOK_UPS = ("connection refused", "connection never made", "name not found", "name server silent", "proxy: connection refused", "proxy: name not found")


class Certificates:
    """The certificates of a server, by fault. `file` is the CA that a client should trust."""

    def __init__(self, folder: Path) -> None:
        ours, foreign = trustme.CA(), trustme.CA()
        now, day = datetime.datetime.now(datetime.timezone.utc), datetime.timedelta(days=1)
        self.file = folder / "ca.pem"
        ours.cert_pem.write_to_path(str(self.file))
        self.good = self._shown(ours.issue_cert(LOOPBACK, HOST))
        self.bad = {
            "TLS: expired": self._shown(ours.issue_cert(LOOPBACK, not_before=now - 9 * day, not_after=now - day)),
            "TLS: not yet valid": self._shown(ours.issue_cert(LOOPBACK, not_before=now + day)),
            "TLS: foreign CA": self._shown(foreign.issue_cert(LOOPBACK)),
            "TLS: wrong host name": self._shown(ours.issue_cert("elsewhere.example")),
        }

    @staticmethod
    def _shown(certificate: trustme.LeafCert) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        return context


class Wire:
    """A path to the simulator at `port`, in three forms: plain, over TLS, and through a proxy. One fault at a time."""

    def __init__(self, port: int, folder: Path) -> None:
        relay = Relay(port)
        self._well, self._plain, self._encrypted = relay.well, plain_troubles(relay), encrypted_troubles(relay)
        self.certificates = Certificates(folder)
        self._listeners = {"plain": Listener(self._speak_plainly), "TLS": Listener(self._speak_tls), "proxy": Listener(self._connect)}
        self._full = socket.create_server((LOOPBACK, 0), backlog=0)
        self._waiting = self._fill(self._full.getsockname())
        closed = socket.create_server((LOOPBACK, 0))
        self._closed_port: int = closed.getsockname()[1]
        closed.close()
        self._genuine = socket.getaddrinfo
        self._last_server_error, self._number, self._times = "", 1, None
        self._look_ups = 0
        self.acted = 0

    @contextlib.contextmanager
    def troubled(self, trouble: str, number: int, times: int | None) -> Iterator[tuple[dict[str, Any], dict[str, str]]]:
        """From this number on, so many connections meet the fault. Returns the options and the environment of the task."""
        assert trouble in {*self._plain, *self._encrypted, *HANDSHAKES, *PROXIES, *self.certificates.bad, *LOOK_UPS}, trouble
        self._last_server_error, self._number, self._times = trouble, number, times
        self._look_ups = self.acted = 0
        for listener in self._listeners.values():
            listener.count = 0
        with mock.patch.object(socket, "getaddrinfo", self._look_up):
            yield self._way(trouble)
        self._last_server_error = ""

    def _way(self, trouble: str) -> tuple[dict[str, Any], dict[str, str]]:
        ports = {name: listener.port for name, listener in self._listeners.items()}
        if trouble.startswith("proxy:"):
            name = "localhost" if trouble in LOOK_UPS else LOOPBACK
            environment = {"HTTPS_PROXY": f"http://{name}:{ports['proxy']}", "NO_PROXY": ""}
            return {"base_url": f"https://{HOST}:{ports['TLS']}{PATH}", "ca_path": str(self.certificates.file)}, environment
        if trouble.startswith("TLS:"):
            return {"base_url": f"https://{LOOPBACK}:{ports['TLS']}{PATH}", "ca_path": str(self.certificates.file)}, {"NO_PROXY": "*"}
        return {"base_url": f"http://{'localhost' if trouble in LOOK_UPS else LOOPBACK}:{ports['plain']}{PATH}"}, {"NO_PROXY": "*"}

    def _meets(self, number: int) -> bool:
        meets = number >= self._number and (self._times is None or number < self._number + self._times)
        self.acted += meets
        return meets

    def _speak_plainly(self, connection: socket.socket, number: int) -> None:
        trouble = self._plain.get(self._last_server_error)
        (trouble if trouble and self._meets(number) else self._well)(connection)

    def _speak_tls(self, connection: socket.socket, number: int) -> None:
        instead, certificate, later = (troubles.get(self._last_server_error) for troubles in (HANDSHAKES, self.certificates.bad, self._encrypted))
        meets = bool(instead or certificate or later) and self._meets(number)
        if meets and instead:
            instead(connection)
            return
        context = certificate if meets and certificate else self.certificates.good
        with context.wrap_socket(connection, server_side=True) as encrypted:
            (later if meets and later else self._well)(encrypted)

    def _connect(self, connection: socket.socket, number: int) -> None:
        """A proxy's request: CONNECT. Every target leads to the server with TLS."""
        trouble = PROXIES.get(self._last_server_error)
        if trouble and self._meets(number):
            trouble(connection)
            return
        request_from(connection)
        with socket.create_connection((LOOPBACK, self._listeners["TLS"].port)) as upstream:
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            there = threading.Thread(target=_pipe, args=(connection, upstream), daemon=True)
            there.start()
            _pipe(upstream, connection)
            there.join(LONGEST_SILENCE)

    def _look_up(self, host: Any, port: Any, *args: Any, **more: Any) -> Any:
        if host != "localhost" or self._last_server_error not in LOOK_UPS:
            return self._genuine(host, port, *args, **more)
        self._look_ups += 1
        if self._meets(self._look_ups):
            if "name" in self._last_server_error:
                time.sleep(LONGEST_SILENCE / 3 if "silent" in self._last_server_error else 0)
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
            port = self._closed_port if "refused" in self._last_server_error else self._full.getsockname()[1]
        return self._genuine(LOOPBACK, port, *args, **more)

    @staticmethod
    def _fill(address: Any) -> list[socket.socket]:
        """Connections to a listener that never accepts, until no other can be made."""
        waiting = []
        for _number in range(8):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(address)
            waiting.append(one)
        return waiting


def _pipe(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while more := source.recv(BUFFER):
            target.sendall(more)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
