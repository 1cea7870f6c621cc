"""Hosts that record what a module sends: one that it should never contact, and a proxy."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from types import TracebackType

REFUSAL = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"


class Listener:
    """Records every byte that it receives, over any number of connections, and gives all the same answer.

    Args:
        target: port of this machine to which it connects as a proxy.
        tls: the certificate that it shows.
    """

    def __init__(self, answer: bytes = REFUSAL, *, target: int | None = None, tls: ssl.SSLContext | None = None) -> None:
        self._answer, self._target, self._tls = answer, target, tls
        self.heard = bytearray()
        self.connections = 0

    def __enter__(self) -> Listener:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        # Wakes up the accepting thread, which closing the socket would not.
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _address = self._socket.accept()
                self.connections += 1
                threading.Thread(target=self._speak, args=(connection,), daemon=True).start()

    def _speak(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            connection.settimeout(5)
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
            self.heard += connection.recv(65536)
            if self._target is None:
                connection.sendall(self._answer)
                return
            connection.sendall(ESTABLISHED)
            with socket.create_connection(("127.0.0.1", self._target)) as beyond:
                back = threading.Thread(target=self._pump, args=(beyond, connection), daemon=True)
                back.start()
                self._pump(connection, beyond, listening=True)
                back.join(5)

    def _pump(self, source: socket.socket, sink: socket.socket, *, listening: bool = False) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if listening:
                    self.heard += data
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
