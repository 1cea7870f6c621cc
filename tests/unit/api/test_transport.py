"""Against real sockets: what a fault looks like to requests cannot be guessed."""

from __future__ import annotations

import contextlib
import gzip
import importlib.util
import queue
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator
from unittest import mock

import pytest
import trustme
from ansible_collections.mailops.cloudflare.plugins.module_utils.api import transport as transport_module
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.client import Client
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.connection import ConnectionSettings, Credential
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import UNLIMITED, ApiError, NotSentError, Request
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.transport import Exchange, Transport, _GuardedConnection
from pytest_httpserver import HTTPServer
from werkzeug import Request as Asked
from werkzeug import Response

TOKEN = "cfut_transport-canary-0123456789"
GET = Request("GET", "/thing", "read the thing")
PATCH = Request("PATCH", "/thing", "change the thing")
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch):
    for variable in (*PROXIES, "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(variable, raising=False)


def transport(base_url: str, *, timeout: float = 5.0, **more) -> Transport:
    return Transport(ConnectionSettings("0" * 32, Credential(token=TOKEN), base_url=base_url, timeout=timeout, **more), "agent/1")


def fails(it: Transport, request: Request = PATCH) -> ApiError:
    with pytest.raises(ApiError) as caught:
        it.send(request, None)
    assert TOKEN not in str(caught.value)
    assert caught.value.__context__ is None
    return caught.value


@contextlib.contextmanager
def scripted_server(speak: Callable[[socket.socket], None], asked: list[bytes] | None = None) -> Iterator[str]:
    """A server that reads one request and then calls a function with the connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)

        def serve() -> None:
            try:
                while True:
                    connection, _address = listener.accept()
                    with connection:
                        request = connection.recv(65536)
                        if asked is not None:
                            asked.append(request)
                        speak(connection)
            except OSError:
                return

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def raise_it(error: Exception) -> None:
    raise error


def drip(connection: socket.socket, text: bytes) -> None:
    for at in range(len(text)):
        connection.sendall(text[at : at + 1])
        time.sleep(0.05)


def test_send_sends_query_body_headers_and_credential(httpserver: HTTPServer):
    asked: list[Asked] = []

    def answer(request: Asked) -> Response:
        request.get_data()
        asked.append(request)
        return Response(b"body", 201, {"CF-Ray": "8f-FRA", "Content-Type": "text/plain"})

    httpserver.expect_request("/base/thing").respond_with_handler(answer)
    it = transport(httpserver.url_for("/base"))
    reply = it.send(PATCH._replace(query=(("a", "1"), ("a", "ä b"))), b'{"x": 1}')
    assert (reply.status, reply.headers["cf-ray"], reply.body) == (201, "8f-FRA", b"body")
    it.close()
    one = asked[0]
    assert (one.method, one.data, one.args.getlist("a")) == ("PATCH", b'{"x": 1}', ["1", "ä b"])
    assert one.headers["Authorization"] == f"Bearer {TOKEN}"
    assert one.headers["Content-Type"] == "application/json"
    assert one.headers["User-Agent"].startswith("agent/1 requests/")
    assert "X-Auth-Key" not in one.headers


def test_send_twice_reuses_the_connection():
    opened = []

    def speak(connection: socket.socket) -> None:
        opened.append(connection)
        for _time in range(2):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            connection.recv(65536)

    with scripted_server(speak) as url:
        it = transport(url)
        assert [it.send(GET, None).body for _time in range(2)] == [b"ok", b"ok"]
    assert len(opened) == 1


def test_send_with_email_and_key_sends_both_headers(httpserver: HTTPServer):
    httpserver.expect_request("/thing", headers={"X-Auth-Email": "a@b.example", "X-Auth-Key": "key"}).respond_with_data("x")
    it = Transport(ConnectionSettings("0" * 32, Credential(email="a@b.example", key="key"), base_url=httpserver.url_for("")), "agent/1")
    assert it.send(GET, None).status == 200
    assert "Authorization" not in httpserver.log[0][0].headers


def test_send_with_a_netrc_file_keeps_the_credential(httpserver: HTTPServer, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    httpserver.expect_request("/thing").respond_with_data("x")
    transport(httpserver.url_for("")).send(GET, None)
    assert httpserver.log[0][0].headers["Authorization"] == f"Bearer {TOKEN}"


def test_send_with_a_redirect_does_not_follow_it(httpserver: HTTPServer):
    httpserver.expect_request("/thing").respond_with_data("", 302, {"Location": httpserver.url_for("/other")})
    assert transport(httpserver.url_for("")).send(GET, None).status == 302
    assert len(httpserver.log) == 1


def test_send_over_plain_http_ignores_proxies(httpserver: HTTPServer, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    httpserver.expect_request("/thing").respond_with_data("x")
    assert transport(httpserver.url_for("")).send(GET, None).status == 200


def test_send_to_a_closed_port_was_not_sent():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    error = fails(transport(f"http://127.0.0.1:{port}"))
    assert (error.kind, error.outcome_unknown, error.max_retries) == ("network", False, 4)
    assert "PATCH /thing was not sent: no connection (Connection refused)." in str(error)


def test_send_to_an_unknown_host_was_not_sent():
    error = fails(transport("https://nowhere.invalid"))
    assert (error.kind, error.outcome_unknown, error.max_retries) == ("network", False, 4)
    assert "the host name cannot be resolved" in str(error)


def test_send_with_an_unreachable_proxy_was_not_sent(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:canary@127.0.0.1:{closed.getsockname()[1]}")
    error = fails(transport("https://api.example"))
    assert (error.kind, error.outcome_unknown, error.max_retries) == ("network", False, 4)
    assert "the proxy failed (Connection refused)" in str(error)
    assert "canary" not in str(error)


def test_send_with_a_proxy_in_the_environment_uses_it(secure_server: HTTPServer, bundle: str, monkeypatch):
    asked = []

    def tunnel(connection: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", secure_server.port)) as server:
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            threading.Thread(target=pump, args=(server, connection), daemon=True).start()
            pump(connection, server)

    def pump(source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)

    with scripted_server(tunnel, asked) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        # The name is one that only the proxy can reach; the certificate is checked all the same.
        assert fails(transport("https://api.example", verify=bundle)).message.startswith("PATCH /thing was not sent: the server's certificate was rejected")
        assert transport(secure_server.url_for(""), verify=bundle).send(GET, None).status == 200
    assert asked[0].startswith(b"CONNECT api.example:443 ")
    assert asked[1].startswith(b"CONNECT 127.0.0.1:")
    assert TOKEN.encode() not in b"".join(asked)


def test_send_with_an_invalid_proxy_url_was_not_sent(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "gopher://127.0.0.1:1")
    error = fails(transport("https://api.example"))
    assert (error.kind, error.outcome_unknown) == ("network", False)


@pytest.mark.parametrize("request_", [GET, PATCH])
def test_send_without_response_in_time_has_an_unknown_outcome(request_):
    with scripted_server(lambda _connection: time.sleep(1)) as url:
        error = fails(transport(url, timeout=0.2), request_)
    assert (error.kind, error.outcome_unknown, error.max_retries) == ("network", request_.method == "PATCH", UNLIMITED)
    assert "was not answered completely within 0.2 s" in str(error)


@pytest.mark.parametrize(
    "speak",
    [
        lambda connection: drip(connection, b"HTTP/1.1 200 OK\r\n" + b"X-Slow: 1\r\n" * 100),
        lambda connection: drip(connection, b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"x" * 1000),
    ],
    ids=["headers", "body"],
)
def test_send_with_a_slow_response_ends_after_timeout(speak):
    began = time.monotonic()
    with scripted_server(speak) as url:
        error = fails(transport(url, timeout=0.5))
        # Not a measurement: the server needs fifty seconds and more for its answer.
        assert time.monotonic() - began < 5
    assert (error.kind, error.outcome_unknown) == ("network", True)


def test_send_with_a_hanging_connect_was_not_sent(monkeypatch):
    monkeypatch.setattr(socket.socket, "connect", lambda *_arguments: raise_it(TimeoutError("timed out")))
    error = fails(transport("https://192.0.2.1"))
    assert (error.kind, error.outcome_unknown, error.max_retries) == ("network", False, 4)
    assert "no connection within 5 s" in str(error)


@pytest.mark.parametrize(
    "speak",
    [
        lambda _connection: None,
        lambda connection: connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0"),
        lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nshort"),
        lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\nshort"),
        lambda connection: connection.sendall(b"I am no HTTP server\r\n\r\n"),
        lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n"),
    ],
    ids=["closed", "reset", "short", "short-chunk", "no-http", "many-headers"],
)
def test_send_with_an_interrupted_connection_has_an_unknown_outcome(speak):
    with scripted_server(speak) as url:
        error = fails(transport(url))
        assert (error.kind, error.outcome_unknown, error.max_retries) == ("network", True, UNLIMITED)
        assert "PATCH /thing failed: the connection was interrupted (" in str(error)
        assert not fails(transport(url), GET).outcome_unknown


def test_send_with_a_contradictory_header_is_a_network_error():
    with scripted_server(lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5, 7\r\n\r\nshort")) as url:
        assert fails(transport(url)).kind == "network"


@pytest.mark.parametrize("body", [b"x" * 100, gzip.compress(b"x" * 100)], ids=["plain", "compressed"])
def test_send_with_a_large_response_is_a_response_error(httpserver: HTTPServer, monkeypatch, body):
    monkeypatch.setattr(transport_module, "MAX_RESPONSE_BYTES", 99)
    encoding = {"Content-Encoding": "gzip"} if body[0] == 0x1F else {}
    httpserver.expect_request("/thing").respond_with_data(body, headers=encoding)
    error = fails(transport(httpserver.url_for("")))
    assert (error.kind, error.outcome_unknown, error.max_retries) == ("response", True, 0)
    assert "more than 0 MiB" in str(error)
    assert not fails(transport(httpserver.url_for("")), GET).outcome_unknown


def test_send_with_an_endless_response_stops_at_the_limit(monkeypatch):
    monkeypatch.setattr(transport_module, "MAX_RESPONSE_BYTES", 1_000_000)

    def pour(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)

    with scripted_server(pour) as url:
        assert fails(transport(url, timeout=30)).kind == "response"


def test_max_response_bytes_is_32_mib():
    assert transport_module.MAX_RESPONSE_BYTES == 33_554_432


def test_send_with_a_response_of_exactly_the_limit_returns_it(httpserver: HTTPServer, monkeypatch):
    monkeypatch.setattr(transport_module, "MAX_RESPONSE_BYTES", 100)
    httpserver.expect_request("/thing").respond_with_data(b"x" * 100)
    assert transport(httpserver.url_for("")).send(GET, None).body == b"x" * 100


def test_send_with_a_broken_compression_is_a_response_error(httpserver: HTTPServer):
    httpserver.expect_request("/thing").respond_with_data(b"no gzip", headers={"Content-Encoding": "gzip"})
    error = fails(transport(httpserver.url_for("")))
    assert (error.kind, error.outcome_unknown) == ("response", True)
    assert "cannot be decompressed" in str(error)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def secure_server(authority: trustme.CA) -> Iterator[HTTPServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server = HTTPServer(host="127.0.0.1", ssl_context=context)
    server.start()
    server.expect_request("/thing").respond_with_data("x")
    yield server
    server.stop()


@pytest.fixture
def bundle(authority: trustme.CA, tmp_path) -> str:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def test_send_with_an_untrusted_certificate_allows_no_retry(secure_server: HTTPServer):
    error = fails(transport(secure_server.url_for("")))
    assert (error.kind, error.outcome_unknown, error.max_retries) == ("network", False, 0)
    assert "the server's certificate was rejected (" in str(error)
    assert "ca_path" in str(error)
    assert secure_server.log == []


def test_send_with_a_certificate_of_another_host_is_rejected(secure_server: HTTPServer, bundle: str):
    error = fails(transport(f"https://localhost:{secure_server.port}", verify=bundle))
    assert "not valid for 'localhost'" in str(error)


def test_send_with_ca_path_verifies_with_it(secure_server: HTTPServer, bundle: str, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere")
    assert transport(secure_server.url_for(""), verify=bundle).send(GET, None).status == 200


def test_send_with_a_bundle_in_the_environment_verifies_with_it(secure_server: HTTPServer, bundle: str, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", bundle)
    assert transport(secure_server.url_for("")).send(GET, None).status == 200


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_send_without_verification_ignores_a_bundle_in_the_environment(secure_server: HTTPServer, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere")
    assert transport(secure_server.url_for(""), verify=False).send(GET, None).status == 200


def test_send_with_a_missing_bundle_was_not_sent(secure_server: HTTPServer, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere")
    error = fails(transport(secure_server.url_for("")))
    assert (error.kind, error.outcome_unknown, error.max_retries) == ("network", False, 0)
    assert "REQUESTS_CA_BUNDLE" in str(error)


def test_send_to_a_server_without_tls_names_tls():
    with scripted_server(lambda connection: connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as url:
        error = fails(transport(url.replace("http:", "https:")))
    assert (error.kind, error.outcome_unknown, error.max_retries) == ("network", False, 4)
    assert "failed in TLS (" in str(error)


def test_send_with_an_unknown_exception_asks_for_a_report(monkeypatch):
    it = transport("https://127.0.0.1:1")
    monkeypatch.setattr(it._session, "request", lambda *_arguments, **_named: raise_it(ZeroDivisionError(TOKEN)))
    error = fails(it)
    assert (error.kind, error.outcome_unknown, error.max_retries) == ("network", True, 0)
    assert "failed (ZeroDivisionError)" in str(error)


def test_send_with_an_invalid_base_url_was_not_sent(monkeypatch):
    import requests

    it = transport("https://127.0.0.1:1")
    monkeypatch.setattr(it._session, "request", lambda *_arguments, **_named: raise_it(requests.exceptions.InvalidURL(TOKEN)))
    error = fails(it)
    assert (error.kind, error.outcome_unknown, error.max_retries) == ("network", False, 0)


def test_import_without_requests_keeps_the_error(monkeypatch):
    monkeypatch.setitem(sys.modules, "requests", None)
    spec = importlib.util.spec_from_file_location(f"{transport_module.__package__}._without_requests", transport_module.__file__)
    without = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(without)
    assert isinstance(without.REQUESTS_IMPORT_ERROR, ImportError)
    assert transport_module.REQUESTS_IMPORT_ERROR is None


def test_send_allows_less_time_for_connecting(monkeypatch):
    """So that it fails by itself, and says that nothing was sent."""
    for timeout in (0.5, 30.0):
        it = transport("https://127.0.0.1:1", timeout=timeout)
        failing = mock.Mock(side_effect=OSError(5, "x"))
        monkeypatch.setattr(it._session, "request", failing)
        fails(it)
        connect, whole = failing.call_args.kwargs["timeout"]
        assert whole / 2 < connect < whole == timeout


def test_close_ends_all_connections():
    heard: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def speak(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        heard.put(connection.recv(1))

    with scripted_server(speak) as url:
        it = transport(url)
        assert it.send(GET, None).body == b"ok"
        assert heard.empty()
        it.close()
        assert heard.get(timeout=10) == b""


def test_send_with_a_hanging_exchange_does_not_keep_the_process_alive():
    over, during = threading.Event(), set()

    def hang(_connection: socket.socket) -> None:
        during.update(threading.enumerate())
        over.wait(10)

    with scripted_server(hang) as url:
        before = set(threading.enumerate())
        fails(transport(url, timeout=1))
        [exchange] = during - before
        assert exchange.daemon
        over.set()


def test_send_after_timeout_reads_no_more():
    hung_up = threading.Event()

    def pour(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
        try:
            while True:
                connection.sendall(b"x" * 65536)
                time.sleep(0.05)
        except OSError:
            hung_up.set()

    with scripted_server(pour) as url:
        assert fails(transport(url, timeout=0.2)).kind == "network"
        assert hung_up.wait(10)


class SlowNameResolution:
    """Name resolution that is slow for the first look-ups, and may return another address first."""

    def __init__(self, monkeypatch, pause: float, *, times: int = 1, first: tuple[str, int] | None = None) -> None:
        self._pause, self._left, self._first, self._real = pause, times, first, socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self)

    def __call__(self, host: str, port: int, *more: object, **named: object) -> list:
        found = self._real(host, port, *more, **named)
        if self._left:
            self._left -= 1
            time.sleep(self._pause)
            if self._first:
                found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", self._first), *found]
        return found


@contextlib.contextmanager
def unresponsive_address() -> Iterator[tuple[str, int]]:
    """An address that neither accepts nor rejects a connection, because its queue is full."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _one in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener.getsockname()


def wait_for_threads() -> None:
    """Wait until each abandoned exchange has ended."""
    until = time.monotonic() + 10
    while any("_exchange" in thread.name for thread in threading.enumerate()) and time.monotonic() < until:
        time.sleep(0.02)


def is_not_sent(error: ApiError, seconds: str) -> bool:
    assert f"PATCH /thing was not sent: no connection within {seconds} s, so it was abandoned." in str(error)
    return (error.kind, error.outcome_unknown, error.max_retries) == ("network", False, 4)


class TestAbandon:
    """A request that is abandoned before sending began is never sent."""

    def test_send_abandoned_during_name_resolution_is_never_sent(self, httpserver: HTTPServer, monkeypatch):
        httpserver.expect_request("/thing").respond_with_data("x")
        SlowNameResolution(monkeypatch, 0.6)
        it = transport(httpserver.url_for(""), timeout=0.2)
        assert is_not_sent(fails(it), "0.2")
        wait_for_threads()
        assert httpserver.log == []
        assert it.send(PATCH, None).status == 200

    def test_send_abandoned_at_the_first_address_is_never_sent(self, httpserver: HTTPServer, monkeypatch):
        httpserver.expect_request("/thing").respond_with_data("x")
        with unresponsive_address() as address:
            SlowNameResolution(monkeypatch, 0.15, first=address)
            assert is_not_sent(fails(transport(httpserver.url_for(""), timeout=0.5)), "0.5")
            wait_for_threads()
        assert httpserver.log == []

    def test_send_abandoned_during_the_tls_handshake_is_never_sent(self, secure_server: HTTPServer, bundle: str, monkeypatch):
        SlowNameResolution(monkeypatch, 0.6)
        assert is_not_sent(fails(transport(secure_server.url_for(""), timeout=0.2, verify=bundle)), "0.2")
        wait_for_threads()
        assert secure_server.log == []

    @pytest.mark.parametrize("pause", [0.6, 0.0])
    def test_send_abandoned_in_the_tunnel_of_a_proxy_is_never_sent(self, secure_server: HTTPServer, bundle: str, monkeypatch, pause):
        def tunnel(connection: socket.socket) -> None:
            time.sleep(pause)
            with socket.create_connection(("127.0.0.1", secure_server.port)) as server:
                connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                threading.Thread(target=pump, args=(server, connection), daemon=True).start()
                pump(connection, server)

        def pump(source: socket.socket, target: socket.socket) -> None:
            with contextlib.suppress(OSError):
                while data := source.recv(65536):
                    target.sendall(data)

        with scripted_server(tunnel) as proxy:
            monkeypatch.setenv("HTTPS_PROXY", proxy)
            it = transport(secure_server.url_for(""), timeout=0.3 if pause else 5, verify=bundle)
            if pause:
                assert not fails(it).outcome_unknown
                wait_for_threads()
                assert secure_server.log == []
            else:
                assert it.send(PATCH, None).status == 200

    def test_send_write_abandoned_and_retried_arrives_once(self, httpserver: HTTPServer, monkeypatch):
        httpserver.expect_request("/thing").respond_with_data('{"success": true, "result": {}}', content_type="application/json")
        SlowNameResolution(monkeypatch, 0.6)
        connection = ConnectionSettings("0" * 32, Credential(token=TOKEN), base_url=httpserver.url_for(""), timeout=0.2)
        with Client(connection, user_agent="agent/1", permission_group="x", sleep=lambda _seconds: None) as client:
            client.send_write(Request("POST", "/thing", "onboard it"), {})
        wait_for_threads()
        assert [request.method for request, _answer in httpserver.log] == ["POST"]
        assert client.statistics()["retries"] == 1

    def test_exchange_abandoned_before_its_thread_runs_is_never_sent(self, httpserver: HTTPServer):
        httpserver.expect_request("/thing").respond_with_data("x")
        it, exchange, outcome = transport(httpserver.url_for("")), Exchange(), queue.SimpleQueue()
        assert exchange.abandon() is False
        it._exchange(PATCH, None, outcome, exchange)
        assert isinstance(outcome.get_nowait(), NotSentError)
        assert httpserver.log == []

    def test_exchange_abandoned_before_reusing_a_connection_is_never_sent(self, httpserver: HTTPServer):
        httpserver.expect_request("/thing").respond_with_data("x")
        it, exchange = transport(httpserver.url_for("")), Exchange()
        assert it.send(GET, None).status == 200
        send = it._session.send

        def abandon_and_send(*arguments, **named):
            exchange.abandon()
            return send(*arguments, **named)

        it._session.send = abandon_and_send
        it._exchange(PATCH, None, queue.SimpleQueue(), exchange)
        assert [request.method for request, _answer in httpserver.log] == ["GET"]

    def test_abandon_after_sending_began_ends_the_connection(self):
        hung_up = threading.Event()

        def wait(connection: socket.socket) -> None:
            if connection.recv(1) == b"":
                hung_up.set()

        with scripted_server(wait) as url:
            error = fails(transport(url, timeout=0.3))
            assert hung_up.wait(5)
        assert error.outcome_unknown
        assert "was not answered completely" in str(error)

    def test_send_interrupted_by_a_signal_abandons_the_exchange(self, monkeypatch):
        ends: list[Exchange] = []
        monkeypatch.setattr(Exchange, "abandon", lambda self: ends.append(self) or False)

        class Interrupted:
            def get(self, timeout: float) -> None:
                raise KeyboardInterrupt

            def put(self, _outcome: object) -> None:
                return

        monkeypatch.setattr(transport_module.queue, "SimpleQueue", Interrupted)
        with pytest.raises(KeyboardInterrupt):
            transport("http://127.0.0.1:1").send(PATCH, None)
        assert len(ends) == 1

    def test_begin_and_abandon_exclude_each_other(self):
        """Many times, in two threads: the connection is used if and only if abandoning reports that it may have been."""
        for _time in range(300):
            exchange, begun = Exchange(), []
            together = threading.Barrier(2)

            def begin(exchange: Exchange, begun: list[bool], together: threading.Barrier) -> None:
                together.wait()
                with contextlib.suppress(NotSentError):
                    exchange.begin(None)
                    begun.append(True)

            thread = threading.Thread(target=begin, args=(exchange, begun, together))
            thread.start()
            together.wait()
            may_be_sent = exchange.abandon()
            thread.join()
            assert may_be_sent == bool(begun)

    def test_shut_down_of_a_tls_connection_sends_nothing_in_clear_text(self, secure_server: HTTPServer, bundle: str):
        """Or what another thread is sending at that moment would leave in the clear."""
        context = ssl.create_default_context(cafile=bundle)
        with socket.create_connection(("127.0.0.1", secure_server.port)) as plain, context.wrap_socket(plain, server_hostname="127.0.0.1") as secure:
            exchange = Exchange()
            exchange.begin(type("C", (), {"sock": type("Wrapper", (), {"socket": secure})()})())
            assert exchange.abandon()
            assert secure._sslobj is not None
            with pytest.raises(OSError, match=r"EOF|Broken pipe|closed|reset"):
                secure.sendall(b"x")


def test_adapter_guards_all_pools():
    adapter = transport("https://127.0.0.1:1")._session.get_adapter("https://x")
    for manager in (adapter.poolmanager, adapter.proxy_manager_for("http://127.0.0.1:1"), adapter.proxy_manager_for("http://127.0.0.1:1")):
        assert all(issubclass(pool.ConnectionCls, _GuardedConnection) for pool in manager.pool_classes_by_scheme.values())
        for pool in manager.pool_classes_by_scheme.values():
            assert pool.ConnectionCls.__mro__.count(_GuardedConnection) == 1


@pytest.mark.parametrize("content", ["", "garbage", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"], ids=["empty", "garbage", "broken"])
@pytest.mark.parametrize("source", ["ca_path", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_send_with_a_bundle_without_certificates_names_the_file(secure_server: HTTPServer, tmp_path, monkeypatch, source, content):
    path = tmp_path / "ca.pem"
    path.write_text(content)
    if source != "ca_path":
        monkeypatch.setenv(source, str(path))
    error = fails(transport(secure_server.url_for(""), verify=str(path) if source == "ca_path" else True))
    assert (error.kind, error.outcome_unknown, error.max_retries) == ("network", False, 0)
    assert f"was not sent: the file {source} = {path} contains no CA certificate" in str(error)
    assert "Name a readable file or folder of CA certificates." in str(error)


def test_send_with_a_folder_without_certificates_names_the_folder(secure_server: HTTPServer, tmp_path, bundle):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "ca.pem").write_text("no name that OpenSSL would look for")
    error = fails(transport(secure_server.url_for(""), verify=str(tmp_path / "folder")))
    assert (error.kind, error.outcome_unknown, error.max_retries) == ("network", False, 0)
    assert "openssl rehash" in str(error)


def test_send_with_a_folder_of_other_certificates_rejects_the_certificate(secure_server: HTTPServer, tmp_path):
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "0a1b2c3d.0"))
    assert "the server's certificate was rejected" in str(fails(transport(secure_server.url_for(""), verify=str(tmp_path))))


@pytest.mark.parametrize("variable", ["ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy"])
@pytest.mark.parametrize("scheme", ["socks5", "socks5h", "socks4"])
def test_send_with_a_socks_proxy_without_pysocks_says_how_to_install_it(monkeypatch, variable, scheme):
    import requests.adapters

    def missing(*_arguments: object, **_named: object) -> None:
        raise requests.exceptions.InvalidSchema("Missing dependencies for SOCKS support.")

    monkeypatch.setattr(requests.adapters, "SOCKSProxyManager", missing)
    monkeypatch.setenv(variable, f"{scheme}://127.0.0.1:1")
    error = fails(transport("https://api.example"))
    assert (error.kind, error.outcome_unknown, error.max_retries) == ("network", False, 0)
    assert f"was not sent: {variable} names a SOCKS proxy, but the Python package PySocks is not installed." in str(error)
    assert "pip install PySocks" in str(error)


@pytest.mark.parametrize(
    "failure", [ImportError("No module named 'idna'"), AttributeError("module 'lib' has no attribute 'X509_V_FLAG'"), OSError(5, "x"), RuntimeError("x")]
)
def test_import_with_a_broken_requests_keeps_the_error(monkeypatch, failure):
    class Broken:
        def find_spec(self, name: str, *_more: object) -> None:
            if name == "requests":
                raise failure

    for name in [name for name in sys.modules if name.partition(".")[0] == "requests"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Broken(), *sys.meta_path])
    spec = importlib.util.spec_from_file_location(f"{transport_module.__package__}._broken_requests", transport_module.__file__)
    without = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(without)
    assert without.REQUESTS_IMPORT_ERROR is failure


def test_import_hides_warnings_of_requests(monkeypatch, tmp_path, recwarn):
    (tmp_path / "requests").mkdir()
    (tmp_path / "requests" / "__init__.py").write_text("import warnings\nwarnings.warn('a version that I do not know')\n")
    (tmp_path / "requests" / "adapters.py").write_text("class HTTPAdapter:\n    pass\n")
    for name in [name for name in sys.modules if name.partition(".")[0] == "requests"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(str(tmp_path))
    spec = importlib.util.spec_from_file_location(f"{transport_module.__package__}._warning_requests", transport_module.__file__)
    without = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(without)
    assert without.REQUESTS_IMPORT_ERROR is None
    assert not recwarn.list
