"""A credential goes to one host only, over an encrypted connection or inside of this machine, whatever server, user or environment say."""

from __future__ import annotations

import datetime
import ipaddress
import itertools
import json
import random
import socket
import ssl
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import requests
import trustme
from leak_calls import connection_to, run_module_in
from leak_hosts import ESTABLISHED, REFUSAL, Listener
from leak_server import HospitableSimulator
from ledger import SEED, SIZE, record, scaled
from outcomes import ALL, CHANGE, DOMAIN, FLEET, MANAGING, WRITES
from searching import Searcher

PART = "hosts"
TOKEN, EMAIL, KEY = "cfat_GoesToOneHostOnly7Qx4Zb9Kd", "hosts.canary@example.org", "cfk_GoesToOneHostOnly3Vn8Yt5Lw"
SCHEMES: dict[str, dict[str, str]] = {"token": {"api_token": TOKEN}, "key": {"api_email": EMAIL, "api_key": KEY}}
SECRETS = Searcher([("token", TOKEN), ("key", KEY)], [("email", EMAIL)])
LIMITS = {"timeout": 20, "max_wait": 0}
pytestmark = pytest.mark.filterwarnings("ignore:Unverified HTTPS request")


def sample_of(fewest: int = 3, **tables: Iterable[Any]) -> pytest.MarkDecorator:
    """A sample of all combinations, of the size of this run."""
    cells = list(itertools.product(*tables.values()))
    return pytest.mark.parametrize(tuple(tables), random.Random(f"{SEED} {list(tables)}").sample(cells, min(len(cells), max(fewest, scaled(len(cells))))))


def record_cell(holds: bool, said: str) -> None:
    """Record a cell, and fail if it is wrong."""
    record(PART, wrong=int(not holds))
    assert holds, f"PROOF_SEED={SEED} PROOF_SIZE={SIZE:g}: {said}"


def run_module_without_leaks(module: str, options: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """The result of the module, which shows no credential."""
    printed = run_module_in(environment, module, {**CHANGE[module], **LIMITS, **options})
    shown = SECRETS.hits(printed)
    record_cell(not shown, f"{shown} in {printed}")
    result: dict[str, Any] = json.loads(printed)
    return result


def kind_of(result: Mapping[str, Any]) -> str | None:
    """The kind of the first failure: of the whole task, otherwise of a single domain."""
    failures = [each["failure"]["kind"] for each in (result, *result.get("results", ())) if "failure" in each]
    return failures[0] if failures else None


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def bundle(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("authority") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture(scope="module")
def other_bundle(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("other-authority") / "ca.pem"
    trustme.CA().cert_pem.write_to_path(str(path))
    return str(path)


def context(authority: trustme.CA, *names: str, **more: Any) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names, **more).configure_cert(made)
    return made


@pytest.fixture(scope="module")
def plain_server() -> Iterator[HospitableSimulator]:
    with HospitableSimulator() as running:
        yield running


@pytest.fixture(scope="module")
def secure_server(authority: trustme.CA) -> Iterator[HospitableSimulator]:
    with HospitableSimulator(tls=context(authority, "127.0.0.1", "api.example.org")) as running:
        yield running


@pytest.fixture(autouse=True)
def _first_state(plain_server: HospitableSimulator, secure_server: HospitableSimulator) -> None:
    for server in (plain_server, secure_server):
        server.reset()
        server.seen.clear()
        server.configure(ratelimit=None)


PLACES = {
    "http, another port": "http://127.0.0.1:{plain}/client/v4/",
    "http, another name": "http://localhost:{plain}/client/v4/",
    "https, another port": "https://127.0.0.1:{secure}/client/v4/",
    "no scheme": "//127.0.0.1:{plain}/client/v4/",
    "a user and a password": "http://user:word@127.0.0.1:{plain}/",
}
REDIRECTIONS = [(module, ["GET"]) for module in ALL] + [(module, WRITES) for module in MANAGING]


@sample_of(status=(301, 302, 303, 307, 308), place=PLACES, scheme=SCHEMES, tried=REDIRECTIONS)
def test_redirection_reaches_no_second_host(
    status: int, place: str, scheme: str, tried: tuple[str, list[str]], plain_server: HospitableSimulator, authority: trustme.CA, bundle: str
) -> None:
    module, methods = tried
    with Listener() as plain, Listener(tls=context(authority, "127.0.0.1")) as secure:
        location = PLACES[place].format(plain=plain.port, secure=secure.port)
        plain_server.fault("redirect", method=methods, status=status, location=location, times=None)
        result = run_module_without_leaks(module, {**SCHEMES[scheme], "ca_path": bundle}, connection_to(plain_server))
        redirected = [entry["method"] for entry in plain_server.journal if "redirect" in entry["faults"]]
        held = plain.connections + secure.connections == 0 and redirected != [] and kind_of(result) == "response"
        record_cell(held, f"{plain.connections + secure.connections} connections after {redirected}, {kind_of(result)}")


class Networks:
    """Replaces name resolution: records the names, and connects to loopback only."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._resolve = socket.getaddrinfo

    def resolve(self, host: Any, *more: Any, **others: Any) -> Any:
        self.asked.append(host.decode() if isinstance(host, bytes) else str(host))
        if not is_loopback(self.asked[-1]):
            raise socket.gaierror(socket.EAI_NONAME, "not in this test")
        return self._resolve(host, *more, **others)

    @property
    def foreign(self) -> list[str]:
        return [host for host in self.asked if not is_loopback(host)]


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


CLEAR_TEXT_URLS = [
    "http://api.cloudflare.com/client/v4",
    "HTTP://API.CLOUDFLARE.COM/client/v4",
    "http://192.0.2.1/client/v4",
    "http://10.0.0.1:8080/client/v4",
    "http://0.0.0.0/client/v4",
    "http://[2001:db8::1]/client/v4",
    "http://[::ffff:192.0.2.1]/client/v4",
    "http://[::]/client/v4",
    "http://127.0.0.1.example.org/client/v4",
    "http://localhost.example.org/client/v4",
    "http://localhost./client/v4",
    "http://2130706433/client/v4",
    "http://0x7f.1/client/v4",
    "http://127.1/client/v4",
    "http://\u0661\u0662\u0667.0.0.1/client/v4",
    "http://loc\u0430lhost/client/v4",
    "http://localhost%2eexample.org/client/v4",
    " http://example.org/client/v4 ",
    "ftp://127.0.0.1/client/v4",
    "ws://127.0.0.1/client/v4",
    "file:///etc/hosts",
    "//127.0.0.1/client/v4",
    "127.0.0.1/client/v4",
    "http:///client/v4",
    "http://127.0.0.1@example.org/client/v4",
    "http://localhost:80@example.org/client/v4",
    "http://127.0.0.1\\@example.org/client/v4",
    "http:\\\\example.org/client/v4",
    "http://example.org\\@127.0.0.1/client/v4",
    "http://127.0.0.1#@example.org/client/v4",
    "http://127.0.0.1?@example.org/client/v4",
    "http://127.0.0.1\t.example.org/client/v4",
    "http://127.0.0.1\n.example.org/client/v4",
    "http://example.org#127.0.0.1",
    "http://[::1]@example.org/client/v4",
    "http://127.0.0.1/../../example.org",
]


@sample_of(url=CLEAR_TEXT_URLS, module=ALL, place=["option", "environment"])
def test_http_url_is_refused_or_stays_on_the_machine(url: str, module: str, place: str) -> None:
    networks = Networks()
    options = {"base_url": url} if place == "option" else {}
    environment = {"CLOUDFLARE_ACCOUNT_ID": "a0" * 16, "CLOUDFLARE_BASE_URL": url if place == "environment" else ""}
    with mock.patch("socket.getaddrinfo", networks.resolve), mock.patch("socket.socket.connect") as connect:
        result = run_module_without_leaks(module, {**SCHEMES["token"], **options}, environment)
    record_cell(
        kind_of(result) == "invalid" and not networks.asked and not connect.called,
        f"{kind_of(result)}, asked {networks.asked}: {result['msg']}",
    )


UNUSUAL_URLS = [
    "http://127.0.0.1:{port}",
    "http://localhost:{port}",
    "http://LOCALHOST:{port}",
    "http://127.9.9.9:{port}",
    "http://[::1]:{port}",
    "http://[::1%25lo]:{port}",
    "http://[::1%2elo]:{port}",
    "http://127.0.0.1:{port}//example.org",
    "http://127.0.0.1:{port}/;@example.org",
    "http://127.0.0.1:{port}/@example.org",
    "http://127.0.0.1:{port}/%2e%2e/@example.org",
    "http://127.0.0.1:0{port}/",
    "http://127.0.0.1:",
    "http:/127.0.0.1:{port}/",
    "http:127.0.0.1:{port}/",
    "http://127.0.0.1;.example.org:{port}/",
    "http://127.0.0.1,example.org:{port}/",
    "http://127.0.0.1&@example.org:{port}/",
    "http://[127.0.0.1]:{port}/",
    "http://[v1.x]:{port}/",
    "http://[::1].example.org:{port}/",
    "http://[::1]example.org:{port}/",
    "http://[::1]:{port}.example.org/",
]


@sample_of(url=UNUSUAL_URLS, module=ALL)
def test_unusual_url_is_refused_or_stays_on_the_machine(url: str, module: str, plain_server: HospitableSimulator) -> None:
    """Different parsers take different parts of it for the host."""
    networks = Networks()
    port = plain_server.base_url.split(":")[2].split("/")[0]
    with mock.patch("socket.getaddrinfo", networks.resolve):
        result = run_module_without_leaks(module, {**SCHEMES["token"], "base_url": url.format(port=port)}, {"CLOUDFLARE_ACCOUNT_ID": "a0" * 16})
    record_cell(not networks.foreign, f"{networks.foreign} was asked for: {result.get('msg')}")


NETRC = "machine 127.0.0.1 login someone password else-of-netrc\ndefault login anyone password else-of-netrc\n"


@sample_of(place=["NETRC", "HOME"], scheme=SCHEMES, encrypted=[False, True], module=ALL)
def test_netrc_does_not_replace_the_credential(
    place: str, scheme: str, encrypted: bool, module: str, plain_server: HospitableSimulator, secure_server: HospitableSimulator, bundle: str, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text(NETRC, encoding="utf-8")
    (tmp_path / ".netrc").chmod(0o600)
    server = secure_server if encrypted else plain_server
    environment = {**connection_to(server), "HOME": str(tmp_path), "REQUESTS_CA_BUNDLE": bundle}
    if place == "NETRC":
        environment |= {"NETRC": str(tmp_path / ".netrc"), "HOME": "/nonexistent"}
    result = run_module_without_leaks(module, SCHEMES[scheme], environment)
    schemes = {name for entry in server.journal for name in ("authorization", "x-auth-key") if name in entry["headers"]}
    right = ({TOKEN, ""}, {"authorization"}) if scheme == "token" else ({KEY, ""}, {"x-auth-key"})
    record_cell(kind_of(result) is None and (server.seen, schemes) == right, f"{kind_of(result)}, {schemes}, {len(server.seen)} credentials")


PROXY_VARIABLES = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")


@sample_of(variable=PROXY_VARIABLES, scheme=SCHEMES, module=ALL)
def test_proxy_gets_no_plain_http(variable: str, scheme: str, module: str, plain_server: HospitableSimulator) -> None:
    with Listener() as proxy:
        environment = {**connection_to(plain_server), variable: f"http://127.0.0.1:{proxy.port}"}
        result = run_module_without_leaks(module, SCHEMES[scheme], environment)
        record_cell(kind_of(result) is None and proxy.connections == 0, f"{kind_of(result)}, {proxy.connections} connections to the proxy")


@sample_of(variable=["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"], scheme=SCHEMES, module=ALL)
def test_https_proxy_sees_no_credential(variable: str, scheme: str, module: str, secure_server: HospitableSimulator, bundle: str) -> None:
    """It sees the name of the host only. The rest is encrypted and arrives."""
    port = int(secure_server.base_url.split(":")[2].split("/")[0])
    with Listener(target=port) as proxy:
        environment = {
            "CLOUDFLARE_BASE_URL": "https://api.example.org/client/v4",
            "CLOUDFLARE_ACCOUNT_ID": secure_server.account_id,
            variable: f"http://127.0.0.1:{proxy.port}",
        }
        result = run_module_without_leaks(module, {**SCHEMES[scheme], "ca_path": bundle}, environment)
        heard = proxy.heard.decode("latin-1")
        arrived = {TOKEN, KEY} & secure_server.seen == {SCHEMES[scheme].get("api_token", KEY)}
        held = kind_of(result) is None and heard.startswith("CONNECT api.example.org:443 ") and not SECRETS.hits(heard) and arrived
        record_cell(held, f"{kind_of(result)}, arrived: {arrived}, heard {heard[:200]!r}, {result.get('msg')}")


PROXY_ANSWERS = {
    "403": REFUSAL,
    "407": b'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n',
    "redirect": b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
    "200 and clear text": ESTABLISHED + b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "nothing": b"",
    "not HTTP": b"hello\r\n\r\n",
}
PROXY_PASSWORD = "WordOfTheProxy5Hm2Rc8Jp"


@sample_of(answer=PROXY_ANSWERS, scheme=SCHEMES, module=ALL)
def test_refusing_proxy_gets_no_credential(answer: str, scheme: str, module: str, bundle: str) -> None:
    with Listener(PROXY_ANSWERS[answer]) as proxy:
        environment = {
            "CLOUDFLARE_BASE_URL": "https://api.example.org/client/v4",
            "CLOUDFLARE_ACCOUNT_ID": "a0" * 16,
            "HTTPS_PROXY": f"http://user:{PROXY_PASSWORD}@127.0.0.1:{proxy.port}",
        }
        result = run_module_without_leaks(module, {**SCHEMES[scheme], "ca_path": bundle}, environment)
        heard = proxy.heard.decode("latin-1")
        own = Searcher([("password", PROXY_PASSWORD)]).hits(json.dumps(result))
        held = kind_of(result) == "network" and heard.startswith("CONNECT ") and not SECRETS.hits(heard) and not own
        record_cell(held, f"{kind_of(result)}, heard {heard[:200]!r}, {own}, {result.get('msg')}")


@sample_of(scheme=SCHEMES, module=ALL)
def test_no_proxy_is_obeyed(scheme: str, module: str, secure_server: HospitableSimulator, bundle: str) -> None:
    with Listener() as proxy:
        environment = {**connection_to(secure_server), "HTTPS_PROXY": f"http://127.0.0.1:{proxy.port}", "NO_PROXY": "127.0.0.1"}
        result = run_module_without_leaks(module, {**SCHEMES[scheme], "ca_path": bundle}, environment)
        record_cell(kind_of(result) is None and proxy.connections == 0, f"{kind_of(result)}, {proxy.connections} connections to the proxy")


# Options and environment. <own> is the CA that signed the server's certificate, <other> another one.
TRUSTED: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "ca_path": ({"ca_path": "<own>"}, {}),
    "REQUESTS_CA_BUNDLE": ({}, {"REQUESTS_CA_BUNDLE": "<own>"}),
    "CURL_CA_BUNDLE": ({}, {"CURL_CA_BUNDLE": "<own>"}),
    "ca_path outranks REQUESTS_CA_BUNDLE": ({"ca_path": "<own>"}, {"REQUESTS_CA_BUNDLE": "<other>"}),
    "ca_path outranks a file that is not there": ({"ca_path": "<own>"}, {"REQUESTS_CA_BUNDLE": "/nonexistent/ca.pem"}),
    "validate_certs: false": ({"validate_certs": False}, {}),
    "validate_certs: false outranks REQUESTS_CA_BUNDLE": ({"validate_certs": False}, {"REQUESTS_CA_BUNDLE": "<other>"}),
    "validate_certs: false outranks CURL_CA_BUNDLE": ({"validate_certs": False}, {"CURL_CA_BUNDLE": "<other>"}),
    "validate_certs: false outranks ca_path": ({"validate_certs": False, "ca_path": "<other>"}, {}),
}
NOT_TRUSTED: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "nobody says so": ({}, {}),
    "another CA in ca_path": ({"ca_path": "<other>"}, {}),
    "another CA in ca_path, although the environment knows it": ({"ca_path": "<other>"}, {"REQUESTS_CA_BUNDLE": "<own>"}),
    "another CA in REQUESTS_CA_BUNDLE": ({}, {"REQUESTS_CA_BUNDLE": "<other>"}),
    "an empty REQUESTS_CA_BUNDLE": ({}, {"REQUESTS_CA_BUNDLE": ""}),
    "a REQUESTS_CA_BUNDLE that is not there": ({}, {"REQUESTS_CA_BUNDLE": "/nonexistent/ca.pem"}),
    "validate_certs: true": ({"validate_certs": True}, {"PYTHONHTTPSVERIFY": "0"}),
}


def filled(given: Mapping[str, Any], own: str, other: str) -> dict[str, Any]:
    return {name: {"<own>": own, "<other>": other}.get(value, value) for name, value in given.items()}


@sample_of(case=TRUSTED, module=ALL)
def test_trusted_certificate_is_accepted(case: str, module: str, secure_server: HospitableSimulator, bundle: str, other_bundle: str) -> None:
    options, environment = (filled(given, bundle, other_bundle) for given in TRUSTED[case])
    result = run_module_without_leaks(module, {**SCHEMES["token"], **options}, {**connection_to(secure_server), **environment})
    record_cell(kind_of(result) is None and TOKEN in secure_server.seen, f"{kind_of(result)}: {result.get('msg')}")


@sample_of(case=NOT_TRUSTED, scheme=SCHEMES, module=ALL)
def test_untrusted_certificate_is_refused(case: str, scheme: str, module: str, secure_server: HospitableSimulator, bundle: str, other_bundle: str) -> None:
    options, environment = (filled(given, bundle, other_bundle) for given in NOT_TRUSTED[case])
    result = run_module_without_leaks(module, {**SCHEMES[scheme], **options}, {**connection_to(secure_server), **environment})
    record_cell(kind_of(result) == "network" and secure_server.journal == [], f"{kind_of(result)}, {len(secure_server.journal)} requests: {result.get('msg')}")


LONG_AGO = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
# The CA is trusted, but the certificate is invalid.
SPOILT: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "expired": (("127.0.0.1",), {"not_before": LONG_AGO, "not_after": LONG_AGO + datetime.timedelta(days=30)}),
    "not valid yet": (("127.0.0.1",), {"not_before": datetime.datetime(2090, 1, 1, tzinfo=datetime.timezone.utc)}),
    "another's address": (("192.0.2.1",), {}),
    "another's name": (("api.example.org",), {}),
    "the address as a name": ((), {"common_name": "127.0.0.1"}),
}


@sample_of(case=SPOILT, scheme=SCHEMES, module=ALL)
def test_invalid_certificate_is_refused(case: str, scheme: str, module: str, authority: trustme.CA, bundle: str) -> None:
    names, more = SPOILT[case]
    with HospitableSimulator(tls=context(authority, *names, **more)) as server:
        result = run_module_without_leaks(module, {**SCHEMES[scheme], "ca_path": bundle}, connection_to(server))
        record_cell(kind_of(result) == "network" and server.journal == [], f"{kind_of(result)}, {len(server.journal)} requests: {result.get('msg')}")


@sample_of(scheme=SCHEMES, module=[DOMAIN, FLEET])
def test_certificate_exchanged_before_the_write_gets_no_credential(scheme: str, module: str, authority: trustme.CA, bundle: str) -> None:
    """The read goes to the right host. When the write comes, another one listens there."""
    foreign = context(trustme.CA(), "127.0.0.1")
    shown = context(authority, "127.0.0.1")
    handshakes: list[int] = []

    def show_certificate(connection: ssl.SSLObject, _name: str, _context: ssl.SSLContext) -> None:
        handshakes.append(1)
        if len(handshakes) > 1:
            connection.context = foreign

    shown.sni_callback = show_certificate
    with HospitableSimulator(tls=shown) as server:
        with mock.patch("requests.Session.request", on_new_connections(requests.Session.request)):
            result = run_module_without_leaks(module, {**SCHEMES[scheme], "ca_path": bundle}, connection_to(server))
        methods = {entry["method"] for entry in server.journal}
        record_cell(kind_of(result) == "network" and methods == {"GET"}, f"{kind_of(result)}, {methods}, {len(handshakes)} handshakes: {result.get('msg')}")


def on_new_connections(request: Callable[..., Any]) -> Callable[..., Any]:
    """As with a server, or something in between, that keeps no connection."""

    def wrapped(session: requests.Session, *arguments: Any, **more: Any) -> Any:
        for adapter in session.adapters.values():
            adapter.poolmanager.clear()  # type: ignore[attr-defined]
        return request(session, *arguments, **more)

    return wrapped
