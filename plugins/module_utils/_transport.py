# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One HTTP exchange over C(requests): it ends in time, goes to one host only, and fails in words that hold no secret."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from typing import Any

try:
    import requests
    from requests.adapters import HTTPAdapter
except ImportError as missing:
    REQUESTS_IMPORT_ERROR: ImportError | None = missing
else:
    REQUESTS_IMPORT_ERROR = None

from ._connection import Connection
from ._envelope import Answer
from ._errors import AnswerTooLarge, Request

LARGEST_ANSWER = 32 * 1024 * 1024
_CHUNK = 64 * 1024


class Transport:
    """Sends requests over kept-alive connections, one answer for each, and never repeats one by itself.

    Arguments: C(connection); C(user_agent), to which the version of C(requests) is added; C(connections), how many are kept.
    """

    def __init__(self, connection: Connection, user_agent: str, connections: int = 10) -> None:
        self._connection = connection
        self._session = requests.Session()
        self._session.headers["User-Agent"] = f"{user_agent} requests/{requests.__version__}"  # type: ignore[attr-defined]
        # Without the environment there is no proxy: plain http, allowed for loopback alone, must not leave the machine through one.
        self._session.trust_env = connection.is_encrypted
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=0, pool_maxsize=connections))

    def close(self) -> None:
        self._session.close()

    def send(self, request: Request, query: list[tuple[str, str]], body: bytes | None) -> Answer:
        """Send one request, and answer with all of its answer, within C(timeout) seconds in total.

        Errors: CloudflareError of kind C(network) or C(response).
        """
        timeout = self._connection.timeout
        outcome: queue.SimpleQueue[Answer | Exception] = queue.SimpleQueue()
        given_up = threading.Event()
        # In a thread, because only a wait from outside ends in time whatever hangs: name resolution, several addresses
        # tried in turn, headers or a body that arrive a byte a second. A daemon, so that it never keeps the process alive.
        threading.Thread(target=self._exchange, args=(request, query, body, outcome, given_up), daemon=True).start()
        try:
            result = outcome.get(timeout=timeout)
        except queue.Empty:
            given_up.set()
            result = TimeoutError()
        if isinstance(result, Answer):
            return result
        # Loaded when the first exchange breaks: most runs see none.
        from ._breakage import network_error

        raise network_error(result, request, timeout)

    def _exchange(
        self,
        request: Request,
        query: list[tuple[str, str]],
        body: bytes | None,
        outcome: queue.SimpleQueue[Answer | Exception],
        given_up: threading.Event,
    ) -> None:
        try:
            with self._session.request(
                request.method,
                self._connection.base_url + request.path,
                params=query,
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
                outcome.put(Answer(response.status_code, headers, _body(response.iter_content(_CHUNK), given_up)))
        except Exception as error:  # noqa: BLE001 - whatever it is, the waiting side must hear of it
            outcome.put(error)

    def _authenticate(self, prepared: Any) -> Any:
        """An auth object, because C(requests) lets a .netrc replace a plain header."""
        prepared.headers.update(self._connection.credential.headers())
        return prepared


def _body(chunks: Iterator[bytes], given_up: threading.Event) -> bytes:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > LARGEST_ANSWER or given_up.is_set():
            raise AnswerTooLarge(LARGEST_ANSWER)
    return bytes(body)
