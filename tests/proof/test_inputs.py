"""Whatever a user gives: it is refused in plain words before any request, or it is sent exactly as its normal form; and it never leaves its path."""

from __future__ import annotations

import ipaddress
import json
import re
import socket
import traceback
from collections.abc import Callable, Iterator
from random import Random
from typing import Any, NamedTuple
from unittest import mock
from urllib.parse import urlsplit

import pytest
from ansible.module_utils.common import warnings
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.client import Client
from ansible_collections.mailops.cloudflare.plugins.modules import email_security_domain, email_security_domain_info, email_security_domains
from hostile import BASE_URLS, TEXTS, VALUES
from integration.support.reference_equality import normal_form
from integration.support.run_playbook import PlaybookRunner
from integration.support.step import DOMAIN_MODULE, FLEET_MODULE, INFO_MODULE, Outcome, Step
from integration.support.strategies import FIELDS
from ledger import SEED, record, scaled
from simulator import Simulator
from support import run_module

OURS = re.compile(
    r"/client/v4/accounts/([0-9a-f]{32})/email-security/settings/domains(?:/(batch|[0-9]{1,19}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:/verification)?)?"
)
HEADERS = {"host", "user-agent", "accept", "accept-encoding", "connection", "content-length", "content-type", "authorization", "x-auth-email", "x-auth-key"}
FOUR = {"allowed_delivery_modes": ["DIRECT"], "drop_dispositions": ["SPAM"], "ip_restrictions": ["192.0.2.0/24"], "regions": ["DE"]}
BY_ANSIBLE = "broke off by Ansible's own exception"
MODULES = {"domain": email_security_domain, "info": email_security_domain_info, "fleet": email_security_domains}

Options = dict[str, Any]


class Reported(NamedTuple):
    """What a task came to."""

    result: dict[str, Any]
    journal: list[dict[str, Any]]
    violations: list[dict[str, Any]]
    hosts: list[str]

    @property
    def kind(self) -> str | None:
        failures = [self.result.get("failure"), *(each.get("failure") for each in self.result.get("results", ()))]
        return next((failure["kind"] for failure in failures if failure), None)

    @property
    def requests(self) -> int:
        """Those that were sent. A line of more than 8 KiB is refused by the simulator's web server, and is in no journal."""
        return int(self.result.get("api", {}).get("requests", 0))

    @property
    def only_read(self) -> bool:
        return all(entry["method"] == "GET" for entry in self.journal)

    def queries(self, name: str) -> list[str]:
        return [value for entry in self.journal for key, value in entry["query"] if key == name]

    def bodies(self) -> list[dict[str, Any]]:
        """The bodies of all writes, those of a batch one by one."""
        bodies = [entry["body"] for entry in self.journal if entry["body"] is not None]
        return [item for body in bodies for item in ([*body["patches"], *body["posts"]] if "patches" in body else [body])]

    def segments(self, number: int) -> set[str]:
        """The account's ids (1) or the domains' (2) in the paths that were asked for."""
        found = [OURS.fullmatch(entry["path"]) for entry in self.journal]
        return {match[number] for match in found if match and match[number] not in (None, "batch")}


Judge = Callable[[Any, Reported], bool]


class Slot(NamedTuple):
    """One option of one module. `place` puts a value there; `is_sent` says whether what was sent is the normal form of it."""

    name: str
    module: str
    place: Callable[[Any], Options]
    is_sent: Judge
    environment: bool = False


def read_as_text(value: Any) -> str:
    """As Ansible hands it to an option of the type str."""
    return value if isinstance(value, str) else str(value)


def read_as_list(value: Any) -> list[str]:
    items = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else [value]
    return [read_as_text(item) for item in items]


def name_is_sent(value: Any, reported: Reported) -> bool:
    """In the filter of the list, and in the body of the creation. Of a fleet the result names it as well."""
    wanted = normal_form("domain", read_as_text(value).strip())
    sent = [body["domain"] for body in reported.bodies() if "domain" in body] + [each["domain"] for each in reported.result.get("results", ())]
    asked = reported.queries("domain")
    return bool(sent or asked) and set(sent) <= {wanted} and {normal_form("domain", each) for each in asked} <= {wanted} and wanted.isascii()


def id_is_sent(value: Any, reported: Reported) -> bool:
    """Of a fleet in no path: it asks for the list."""
    wanted = read_as_text(value).strip().lower()
    results = reported.result.get("results", [])
    return reported.segments(2) <= {wanted} and (bool(reported.segments(2)) or {each["id"] for each in results} <= {wanted})


def names_are_sent(value: Any, reported: Reported) -> bool:
    wanted = {normal_form("domain", item.strip()) for item in read_as_list(value)}
    return {normal_form("domain", each) for each in reported.queries("domain")} <= wanted and all(each.isascii() for each in wanted)


def in_query(option: str, read: Callable[[str], str] = str) -> Judge:
    return lambda value, reported: set(reported.queries(option)) <= {read(read_as_text(value))}


EQUAL: dict[str, Callable[[Any, Any], bool]] = {
    "ChoiceSet": lambda value, sent: sent == sorted(set(read_as_list(value))),
    "NetworkSet": lambda value, sent: (
        {ipaddress.ip_network(item) for item in sent} == {ipaddress.ip_network(item.strip()) for item in read_as_list(value)}
        and sent == sorted({str(ipaddress.ip_network(item)) for item in sent})
    ),
    "Choice": lambda value, sent: sent == value,
    "Boolean": lambda value, sent: sent is (str(value).strip().lower() in {"true", "yes", "on", "1", "y", "t", "1.0"}),
    "IntegerRange": lambda value, sent: isinstance(sent, int) and not isinstance(sent, bool) and sent == float(value) and 1 <= sent <= 20,
    "Uuid": lambda value, sent: sent == read_as_text(value).strip().lower() and len(sent) == 36,
    "HostName": lambda value, sent: sent == normal_form("transport", read_as_text(value).strip()) and sent.isascii(),
}
# What the simulator's example.com is like.
LIVE = {
    "allowed_delivery_modes": ["DIRECT"],
    "drop_dispositions": ["MALICIOUS", "MALICIOUS-BEC", "SPAM"],
    "ip_restrictions": [],
    "lookback_hops": 1,
    "regions": ["GLOBAL"],
    "require_tls_inbound": True,
    "require_tls_outbound": True,
}
# Where such a list has values, an empty one does not take them away: it is refused as unsafe, after the live one was read.
KEPT = {"drop_dispositions", "ip_restrictions"}


def in_body(field: str) -> Judge:
    """In a write's body; or nowhere, because it is live already, or would empty a list without `clear`."""
    equal, live = EQUAL[type(FIELDS[field].type).__name__], LIVE.get(field)

    def is_sent(value: Any, reported: Reported) -> bool:
        if reported.kind == "unsafe" or (value == [] and field in KEPT and live):
            return reported.kind == "unsafe" and value == [] and field in KEPT and bool(live) and reported.only_read
        sent = [body[field] for body in reported.bodies() if field in body]
        if sent:
            return all(equal(value, each) for each in sent)
        return not reported.bodies() and field in LIVE and equal(value, live)

    return is_sent


def account_is_sent(value: Any, reported: Reported) -> bool:
    return reported.segments(1) <= {read_as_text(value).strip().lower()} or not read_as_text(value).strip()


def nothing_is_written(_value: Any, reported: Reported) -> bool:
    return not reported.bodies()


def as_it_is(_value: Any, _reported: Reported) -> bool:
    """Nothing of it goes over the wire, or only as a header whose form is looked at with all others."""
    return True


def domain(**more: Any) -> Options:
    return {"domain": "example.com", **more}


def fleet(entry: Options, **more: Any) -> Options:
    return {"domains": [entry], **more}


def every_module(option: str, is_sent: Judge, environment: str = "") -> Iterator[Slot]:
    """An option of the connection."""
    bases: dict[str, Options] = {"domain": domain(lookback_hops=9), "info": {}, "fleet": fleet(domain(lookback_hops=9))}
    for module, base in bases.items():
        yield Slot(f"{module}: {option}", module, lambda value, base=base: {**base, option: value}, is_sent)
    if environment:
        yield Slot(
            f"environment: {environment}", "domain", lambda value: {"environment": {environment: value}, **domain(lookback_hops=9)}, is_sent, environment=True
        )


def settings() -> Iterator[Slot]:
    """Each setting of a domain, in the three places where it can stand; of a list both an item and the whole."""
    for field, item in FIELDS.items():
        is_list = type(item.type).__name__.endswith("Set")
        for what, wrapped in [
            ("", (lambda value: [value]) if is_list else (lambda value: value)),
            *([(" as a whole", lambda value: value)] if is_list else []),
        ]:

            def judge(value: Any, reported: Reported, field: str = field, wrapped: Callable[[Any], Any] = wrapped) -> bool:
                return in_body(field)(wrapped(value), reported)

            def place(value: Any, field: str = field, wrapped: Callable[[Any], Any] = wrapped) -> Options:
                return {field: wrapped(value)}

            yield Slot(f"domain: {field}{what}", "domain", lambda value, place=place: domain(**place(value)), judge)
            yield Slot(f"fleet, entry: {field}{what}", "fleet", lambda value, place=place: fleet(domain(**place(value))), judge)
            yield Slot(f"fleet, defaults: {field}{what}", "fleet", lambda value, place=place: fleet(domain(), defaults=place(value)), judge)


SLOTS: list[Slot] = [
    Slot("domain: domain", "domain", lambda value: {"domain": value, **FOUR}, name_is_sent),
    Slot("domain: name", "domain", lambda value: {"name": value, "state": "absent"}, name_is_sent),
    Slot("domain: domain_id", "domain", lambda value: {"domain_id": value, "lookback_hops": 9}, id_is_sent),
    Slot("domain: domain_id, to be removed", "domain", lambda value: {"domain_id": value, "state": "absent"}, id_is_sent),
    Slot("domain: state", "domain", lambda value: domain(state=value), as_it_is),
    Slot("domain: clear", "domain", lambda value: domain(clear=[value]), nothing_is_written),
    Slot("info: domain", "info", lambda value: {"domain": [value]}, lambda value, reported: names_are_sent([value], reported)),
    Slot("info: domain as a whole", "info", lambda value: {"domain": value}, names_are_sent),
    Slot("info: domain_id", "info", lambda value: {"domain_id": value, "verification": True}, id_is_sent),
    Slot("info: integration_id", "info", lambda value: {"integration_id": value}, in_query("integration_id", lambda text: text.strip().lower())),
    Slot("info: search", "info", lambda value: {"search": value}, in_query("search")),
    *(
        Slot(f"info: {option}", "info", lambda value, option=option: {option: value}, in_query(option))
        for option in ("status", "allowed_delivery_mode", "active_delivery_mode", "order", "direction")
    ),
    Slot("info: verification", "info", lambda value: {"verification": value}, as_it_is),
    Slot("fleet, entry: domain", "fleet", lambda value: fleet({"domain": value, **FOUR}, batch="never"), name_is_sent),
    Slot("fleet, entry: domain, in a batch", "fleet", lambda value: fleet({"domain": value, **FOUR}, batch="always"), name_is_sent),
    Slot("fleet, entry: domain_id", "fleet", lambda value: fleet({"domain_id": value, "lookback_hops": 9}), id_is_sent),
    Slot("fleet, entry: state", "fleet", lambda value: fleet(domain(state=value)), as_it_is),
    Slot("fleet, entry: clear", "fleet", lambda value: fleet(domain(clear=[value])), nothing_is_written),
    Slot("fleet: an entry", "fleet", lambda value: {"domains": [value]}, nothing_is_written),
    Slot("fleet: domains", "fleet", lambda value: {"domains": value}, nothing_is_written),
    Slot("fleet: defaults", "fleet", lambda value: fleet(domain(), defaults=value), nothing_is_written),
    Slot("fleet: batch", "fleet", lambda value: fleet(domain(), batch=value), nothing_is_written),
    Slot("fleet: concurrency", "fleet", lambda value: fleet(domain(), concurrency=value), nothing_is_written),
    Slot("fleet: expected_plan", "fleet", lambda value: fleet(domain(lookback_hops=9), expected_plan=value), nothing_is_written),
    *settings(),
    *every_module("account_id", account_is_sent, "CLOUDFLARE_ACCOUNT_ID"),
    *every_module("api_token", as_it_is, "CLOUDFLARE_API_TOKEN"),
    *every_module("timeout", as_it_is),
    *every_module("max_wait", as_it_is),
    Slot("domain: api_email", "domain", lambda value: domain(api_email=value, api_key="cfk_simulator-key-not-a-secret"), as_it_is),
    Slot("domain: api_key", "domain", lambda value: domain(api_email="robot@example.com", api_key=value), as_it_is),
    Slot("domain: ca_path", "domain", lambda value: domain(ca_path=value), as_it_is),
    Slot("domain: validate_certs", "domain", lambda value: domain(validate_certs=value), as_it_is),
]


class Wall:
    """Lets nothing out of this machine, and knows who would have been asked."""

    def __init__(self) -> None:
        self.hosts: list[str] = []
        self._connect, self._getaddrinfo = socket.socket.connect, socket.getaddrinfo

    def getaddrinfo(self, host: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else str(host)
        self.hosts.append(name)
        if name != "localhost" and not _is_loopback(name):
            raise socket.gaierror(socket.EAI_NONAME, "behind the wall")
        return self._getaddrinfo(host, *args, **kwargs)

    def connect(self, endpoint: socket.socket, address: Any) -> Any:
        if not _is_loopback(str(address[0])):
            self.hosts.append(str(address[0]))
            raise ConnectionRefusedError("behind the wall")
        return self._connect(endpoint, address)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    built = Wall()
    monkeypatch.setattr(socket, "getaddrinfo", built.getaddrinfo)

    def connect(endpoint: socket.socket, address: Any) -> Any:
        return built.connect(endpoint, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(Client.__init__, "__kwdefaults__", {**Client.__init__.__kwdefaults__, "sleep": lambda _seconds: None})
    return built


def asked(simulator: Simulator, wall: Wall, module: str, options: Options, **environ: str) -> Reported:
    """Run the module as a task would."""
    simulator.reset()
    warnings._global_warnings.clear()
    wall.hosts.clear()
    known = {"CLOUDFLARE_BASE_URL": simulator.base_url, "CLOUDFLARE_ACCOUNT_ID": simulator.account_id, "CLOUDFLARE_API_TOKEN": simulator.token}
    options = dict(options)
    environment = {"PATH": "", "HOME": "/nonexistent", **known, **environ, **options.pop("environment", {})}
    with mock.patch.dict("os.environ", environment, clear=True):
        try:
            result = run_module(MODULES[module].main, {"max_wait": 0, "timeout": 5, **options})
        except Exception as error:  # noqa: BLE001 - whatever it is, the cell is wrong, unless it is not ours
            result = of_ansible(error)
    return Reported(result, simulator.journal, simulator.violations, list(wall.hosts))


def of_ansible(error: Exception) -> dict[str, Any]:
    """Ansible itself breaks on a few values: on `inf` and on thousands of digits for an int, on a fraction for a dict with suboptions."""
    place = traceback.extract_tb(error.__traceback__)[-1].filename
    words = f"{type(error).__name__} {error} in {place}"
    if "/ansible/module_utils/" not in place:
        return {"failed": True, "msg": f"Traceback: {words}"}
    return {"failed": True, "msg": words, "failure": {"kind": "invalid"}, BY_ANSIBLE: True}


def broken_laws(reported: Reported, simulator: Simulator) -> list[str]:
    """What is true of every task, whatever it was given."""
    words = json.dumps(reported.result)
    wrong = [f"a foreign path: {entry['path']}" for entry in reported.journal if not OURS.fullmatch(entry["path"])]
    wrong += [f"a foreign header: {set(entry['headers']) - HEADERS}" for entry in reported.journal if not set(entry["headers"]) <= HEADERS]
    wrong += [f"a foreign host: {host}" for host in reported.hosts if not simulator.base_url.startswith(f"http://{host}:")]
    wrong += [f"a violation: {violation['message']}" for violation in reported.violations]
    wrong += ["a defect is reported"] if "defect of the collection" in words or "Traceback" in words else []
    if reported.kind == "invalid" and not reported.journal:
        message = reported.result.get("msg")
        if not isinstance(message, str) or len(message.strip()) < 10:
            wrong.append(f"no words: {message!r}")
    elif reported.result.get("failed") and not reported.journal and (not reported.requests or reported.kind == "network"):
        wrong.append(f"refused as {reported.kind} before any request: {reported.result.get('msg')!r}")
    return wrong


def is_refused(reported: Reported) -> bool:
    return reported.kind == "invalid" and not reported.journal


def sample(values: list[Any]) -> list[Any]:
    """All of them, or as many as the size of the proof asks for."""
    count = scaled(len(values))
    return values if count >= len(values) else Random(SEED).sample(values, count)


@pytest.mark.parametrize("slot", SLOTS, ids=lambda slot: slot.name)
def test_inputs(slot: Slot, simulator: Simulator, wall: Wall) -> None:
    inputs = sample([value for value in TEXTS if not slot.environment or _fits_into_an_environment(value)] + ([] if slot.environment else VALUES))
    wrong, by_ansible = {}, 0
    for value in inputs:
        reported = asked(simulator, wall, slot.module, slot.place(value))
        by_ansible += BY_ANSIBLE in reported.result
        laws = broken_laws(reported, simulator)
        if not is_refused(reported) and not laws and bool(reported.journal) and not slot.is_sent(value, reported):
            sent = [(entry["method"], entry["path"], entry["query"], entry["body"]) for entry in reported.journal]
            laws = [f"neither refused ({reported.kind}) nor sent as it is: {sent}"]
        if laws:
            wrong[repr(value)[:200]] = [law[:600] for law in laws]
    simulator.reset()
    record("inputs", checked=len(inputs), wrong=len(wrong), note=f"{by_ansible} {BY_ANSIBLE}" if by_ansible else "")
    assert not wrong, "\n".join([f"{slot.name}: {len(wrong)} of {len(inputs)}", *(f"{value}: {laws}" for value, laws in list(wrong.items())[:8])])


def _fits_into_an_environment(value: str) -> bool:
    return "\x00" not in value


@pytest.mark.parametrize("place", ["option", "environment"])
def test_base_urls(place: str, simulator: Simulator, wall: Wall) -> None:
    """Only the host that a person reads in it is asked, and only below the path that stands there."""
    port = urlsplit(simulator.base_url).port
    inputs = sample([url for url in BASE_URLS if place == "option" or _fits_into_an_environment(url)])
    wrong = {}
    for url in inputs:
        expected, base = BASE_URLS[url], url.replace("{port}", str(port))
        options = {"base_url": base} if place == "option" else {"environment": {"CLOUDFLARE_BASE_URL": base}}
        if not base and place == "environment":
            # An empty variable is an unset one, an empty option is refused.
            expected = "api.cloudflare.com"
        reported = asked(simulator, wall, "domain", domain(lookback_hops=9, **options))
        path = (expected and urlsplit(base.strip()).path.rstrip("/")) or "/client/v4"
        laws = [f"asked {reported.hosts}"] if {host.lower() for host in reported.hosts} - {expected} else []
        laws += [f"a foreign path: {entry['path']}" for entry in reported.journal if not OURS.fullmatch(entry["path"].replace(path, "/client/v4", 1))]
        laws += ["a defect is reported"] if "defect of the collection" in json.dumps(reported.result) else []
        laws += [f"refused: {reported.result['msg']}"] if expected and is_refused(reported) else []
        laws += [f"not refused: {reported.kind}"] if expected is None and not is_refused(reported) else []
        if laws:
            wrong[url] = laws
    simulator.reset()
    record("inputs", checked=len(inputs), wrong=len(wrong))
    assert not wrong, wrong


# Words of a server that are a template to whoever does not look; the last one would leave a file behind.
SUM, LOOP = "{{1+1}}", "{% for x in [1, 2] %}{{ x }}{% endfor %}"
EVIL = {
    "domain": "evil.example",
    "transport": SUM,
    "folder": LOOP,
    "status": "{{ 1 + 1 }}",
    "x_note": "{{ lookup('ansible.builtin.pipe', 'touch evaluated') }}",
    "x_more": [{"{{ 1 + 1 }}": "{{ 2 + 2 }}"}],
}
ECHO = "{{ item.transport }}|{{ item.folder }}|{{ item.status }}|{{ item.x_note }}|{{ item.x_more }}"


def templates_steps() -> list[Step]:
    live = [EVIL, {"domain": "plain.example"}]
    error = {"do": "status", "status": 400, "message": "{{ 1 + 1 }} {{ lookup('ansible.builtin.pipe', 'touch evaluated') }}", "match": {"method": "PATCH"}}
    return [
        Step({}, INFO_MODULE, domains=live),
        Step({"msg": ECHO.replace("item.", "evil.")}, "ansible.builtin.debug", keep_state=True, keywords={"vars": {"evil": "{{ step_0.domains[0] }}"}}),
        Step({"evil": "{{ step_0.domains | first }}", "cacheable": False}, "ansible.builtin.set_fact", keep_state=True),
        Step({"msg": ECHO.replace("item.", "evil.")}, "ansible.builtin.debug", keep_state=True),
        Step({"domain": "plain.example", "transport": "{{ evil.transport }}"}, DOMAIN_MODULE, keep_state=True),
        Step({"domains": [{"domain": "plain.example", "transport": "x{{ step_0.domains[0].transport }}"}]}, FLEET_MODULE, keep_state=True),
        Step({"domain": "evil.example", "lookback_hops": 3}, DOMAIN_MODULE, keep_state=True),
        Step({"msg": "{{ step_6.domain.status }}|{{ step_6.diff.before }}"}, "ansible.builtin.debug", keep_state=True),
        Step({"domain": "plain.example", "lookback_hops": 4}, DOMAIN_MODULE, keep_state=True, faults=[error]),
        Step({"msg": "{{ step_8.msg }}|{{ step_8.failure.errors }}"}, "ansible.builtin.debug", keep_state=True),
    ]


def test_templates_of_a_server_are_never_evaluated(playbook_runner: PlaybookRunner) -> None:
    """Registered, printed, kept as a fact and used in later tasks of a real run of ansible-playbook."""
    info, shown, _fact, again, single, fleet_, update, of_update, refused, of_refused = playbook_runner.run_steps(templates_steps())
    assert info.result["domains"][0]["status"] == "{{ 1 + 1 }}"
    echoed = [SUM, LOOP, "{{ 1 + 1 }}", EVIL["x_note"], "{{ 2 + 2 }}"]
    checks: dict[str, bool] = {
        **{f"printed: {text}": text in _message(shown) and text in _message(again) for text in echoed},
        "used in a task": single.kind == "invalid" and repr(SUM) in single.message and not single.journal,
        "used in a fleet": fleet_.kind == "invalid" and repr(f"x{SUM}") in fleet_.message and not fleet_.journal,
        "printed after an update": _message(of_update).startswith("{{ 1 + 1 }}|") and f"transport: {SUM}\n" in _message(of_update),
        "an update beside it": update.result["changed"] is True and update.stored("evil.example")["transport"] == SUM,
        "in an error": "{{ 1 + 1 }}" in refused.result["msg"] and "touch evaluated" in _message(of_refused),
        "nothing ran": not list(playbook_runner._folder.rglob("evaluated")),
        "no violation": all(outcome.violations == [] for outcome in (info, single, fleet_, update)),
    }
    wrong = [what for what, is_so in checks.items() if not is_so]
    record("inputs", checked=len(checks), wrong=len(wrong), note="ansible-playbook")
    assert not wrong, (wrong, _message(shown), _message(of_update), _message(of_refused))


def _message(outcome: Outcome) -> str:
    return str(outcome.result["msg"])
