# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One HTTP exchange over C(requests): it ends in time, goes to one host only, and fails in words that hold no secret."""

from __future__ import annotations

import os
import queue
import socket
import ssl
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
from ._errors import FOR_EVER, NEVER, CloudflareError, Request

LARGEST_ANSWER = 32 * 1024 * 1024
# A host that cannot be reached is more often a wrong name than a short outage: minutes of trying would hide it.
CONNECT_REPEATS = 4
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
        raise _error(result, request, timeout)

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
                timeout=self._connection.timeout,
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


class AnswerTooLarge(Exception):
    """The body went on past LARGEST_ANSWER."""


def _body(chunks: Iterator[bytes], given_up: threading.Event) -> bytes:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > LARGEST_ANSWER or given_up.is_set():
            raise AnswerTooLarge
    return bytes(body)


def _error(cause: Exception, request: Request, timeout: float) -> CloudflareError:
    """What an exception means. Its own words stay behind: C(requests) quotes headers and URLs in them."""
    unreadable = _unreadable(cause)
    if unreadable:
        return CloudflareError(
            "response",
            f"{request.method} {request.path} was answered with {unreadable}.",
            "Cloudflare's API does not answer so: check base_url and any proxy between.",
            request=request,
            uncertain=request.writes,
        )
    said, advice, was_sent, repeats = _diagnosis(cause, timeout)
    return CloudflareError(
        "network",
        f"{request.method} {request.path} {said}.",
        advice,
        request=request,
        uncertain=was_sent and request.writes,
        repeats=repeats,
    )


def _unreadable(cause: Exception) -> str | None:
    if isinstance(cause, AnswerTooLarge):
        return f"more than {LARGEST_ANSWER // 1024**2} MiB"
    if any(type(error).__name__ in ("DecodeError", "ContentDecodingError") for error in _chain(cause)):
        return "a body that cannot be decompressed"
    return None


def _diagnosis(cause: Exception, timeout: float) -> tuple[str, str, bool, float]:
    """What happened, what to do about it, whether the request may have reached the server, how often to try again."""
    chain = list(_chain(cause))
    names = {kind.__name__ for error in chain for kind in type(error).__mro__}

    def first(kind: type[BaseException]) -> Any:
        return next((error for error in chain if isinstance(error, kind)), None)

    refused_certificate = first(ssl.SSLCertVerificationError)
    reason = _reason(chain)
    if refused_certificate is not None:
        words = getattr(refused_certificate, "verify_message", "") or "it cannot be verified"
        return f"was not sent: the server's certificate is refused ({words})", _CERTIFICATE_ADVICE, False, NEVER
    if "ProxyError" in names:
        return f"was not sent: the proxy failed ({reason})", "Check HTTPS_PROXY and NO_PROXY in the environment.", False, CONNECT_REPEATS
    if "NameResolutionError" in names or first(socket.gaierror) is not None:
        return "was not sent: the host name cannot be resolved", "Check base_url and the name servers.", False, CONNECT_REPEATS
    # Before the time-out: in urllib3 the one is a kind of the other.
    if "NewConnectionError" in names:
        return f"was not sent: no connection ({reason})", "Check base_url, the firewall and HTTPS_PROXY.", False, CONNECT_REPEATS
    if "ConnectTimeoutError" in names:
        return f"was not sent: no connection within {timeout:g} s", "Check base_url, the firewall and HTTPS_PROXY.", False, CONNECT_REPEATS
    if isinstance(cause, TimeoutError) or "ReadTimeoutError" in names or "Timeout" in names:
        return f"was not answered in full within {timeout:g} s", "Run again later; raise timeout if the way is slow.", True, FOR_EVER
    if "InvalidURL" in names or "InvalidSchema" in names or "LocationParseError" in names:
        return "was not sent: base_url or the proxy's URL cannot be used", "Check base_url and HTTPS_PROXY.", False, NEVER
    if "SSLError" in names:
        return f"broke off in TLS ({reason})", "Check base_url and any proxy between.", True, CONNECT_REPEATS
    if isinstance(cause, OSError) and "RequestException" not in names:
        path = "a file named by ca_path, REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE cannot be used"
        return f"was not sent: {path} ({reason})", "Name a readable file or folder of CA certificates.", False, NEVER
    if names & {"HTTPException", "HTTPError", "RequestException"}:
        return f"broke off ({reason})", "Run again later.", True, FOR_EVER
    return f"failed ({type(cause).__name__})", "Please report this.", True, NEVER


_CERTIFICATE_ADVICE = (
    "If a proxy of your own signs it, name its CA in ca_path. validate_certs=false would let anyone on the way read the credential and change the settings."
)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The exception and all that it wraps: urllib3 keeps its causes in C(args) and C(reason)."""
    waiting, seen = [error], set()
    while waiting:
        current = waiting.pop(0)
        if isinstance(current, BaseException) and id(current) not in seen:
            seen.add(id(current))
            yield current
            waiting += [*current.args, getattr(current, "reason", None), current.__cause__, current.__context__]


def _reason(chain: list[BaseException]) -> str:
    """Words of the operating system where there are any, the innermost exception's name otherwise."""
    for error in chain:
        if isinstance(error, OSError) and isinstance(error.errno, int) and not isinstance(error, ssl.SSLError):
            return os.strerror(error.errno)
    for error in chain:
        if isinstance(error, ssl.SSLError) and error.reason:
            return str(error.reason).replace("_", " ").lower()
    return type(chain[-1]).__name__
