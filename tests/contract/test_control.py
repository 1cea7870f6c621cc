"""The journal, the control endpoint and the scenario, by which tests and people control the simulator."""

from __future__ import annotations

import json
import ssl
from pathlib import Path
from typing import Any

import pytest
import requests
import trustme
from conftest import EXAMPLE, KEYS, NEW, Api
from simulator import Simulator, scenario, server
from simulator.faults import FAULTS
from simulator.settings import Settings


def control(sim: Simulator, method: str, name: str, body: Any = None) -> Any:
    answer = requests.request(method, f"{sim.control_url}/{name}", json=body, timeout=5)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_journal_has_the_requests_as_sent(sim: Simulator, api: Api) -> None:
    api("GET", params=[("domain", "a.example"), ("domain", "b.example"), ("page", 1)], headers={"User-Agent": "tests/1"})
    api("PATCH", f"/{EXAMPLE}", json={"lookback_hops": 2})
    api("PATCH", f"/{EXAMPLE}", data="{no", headers={"Content-Type": "application/json"})
    first, second, third = sim.journal
    assert (first["n"], first["method"], first["status"], first["body"]) == (1, "GET", 200, None)
    assert first["query"] == [["domain", "a.example"], ["domain", "b.example"], ["page", "1"]]
    assert first["path"].endswith("/email-security/settings/domains")
    assert first["headers"]["user-agent"] == "tests/1"
    assert second["body"] == {"lookback_hops": 2}
    assert (third["body"], third["status"]) == ("{no", 400)
    assert first["at"] <= second["at"] <= third["at"]


def test_journal_has_the_raw_path(sim: Simulator) -> None:
    import http.client
    from urllib.parse import urlsplit

    address = urlsplit(sim.base_url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=5)
    path = "/client/v4/accounts/../accounts/%2e%2e/email-security/settings/domains"
    connection.request("GET", path, headers={"Authorization": f"Bearer {sim.token}"})
    assert connection.getresponse().status == 404
    connection.close()
    assert sim.journal[0]["path"] == path
    assert len(sim.violations) == 1


def test_journal_has_no_credential(sim: Simulator, api: Api) -> None:
    pair = {"X-Auth-Email": sim.email, "X-Auth-Key": sim.key}
    api("GET")
    api("GET", auth_headers=pair)
    api("GET", auth_headers={**api.auth, **pair, "Cookie": "session=secret-cookie", "Proxy-Authorization": "Basic c2VjcmV0"})
    api("GET", auth_headers={"Authorization": "secret-without-scheme"})
    text = json.dumps(control(sim, "GET", "journal")) + json.dumps(sim.journal)
    for secret in (sim.token, sim.email, sim.key, "secret-cookie", "c2VjcmV0", "secret-without-scheme"):
        assert secret not in text
    schemes = [entry["headers"].get("authorization") for entry in sim.journal]
    assert schemes == ["<bearer>", None, "<bearer>", "<other>"]
    assert sim.journal[1]["headers"]["x-auth-key"] == "<x-auth-key>"


def test_connections_counts_tcp_connections(sim: Simulator, api: Api) -> None:
    for _call in range(3):
        api("GET")
    assert sim.connections == 1
    Api(sim)("GET")
    assert sim.connections == 2
    first, *_rest, last = [entry["connection"] for entry in sim.journal]
    assert first != last
    sim.clear_journal()
    assert (sim.journal, sim.connections) == ([], 0)


def test_control_endpoint_accepts_every_call(sim: Simulator, api: Api) -> None:
    api("GET")
    assert [entry["method"] for entry in control(sim, "GET", "journal")["journal"]] == ["GET"]
    assert control(sim, "GET", "journal")["connections"] == 1
    control(sim, "DELETE", "journal")
    assert sim.journal == []
    assert control(sim, "GET", "state")["domains"] == sim.domains
    control(sim, "PUT", "state", {"domains": [{"domain": "only.example", "regions": ["DE"]}]})
    assert [each["domain"] for each in sim.domains] == ["only.example"]
    control(sim, "POST", "faults", [{"do": "status", "status": 503}, {"do": "html"}])
    assert [api("GET").status_code for _call in range(3)] == [503, 502, 200]
    control(sim, "POST", "faults", {"do": "status", "times": None})
    control(sim, "DELETE", "faults")
    assert control(sim, "POST", "habits", {"upper_case_names": True})["habits"] == {"upper_case_names": True}
    control(sim, "POST", "habits", {"lower_case_status": True})
    assert api.names() == ["ONLY.EXAMPLE"]
    control(sim, "DELETE", "habits")
    assert api.names() == ["only.example"]
    control(sim, "POST", "settings", {"refuse_writes": True, "ratelimit": {"limit": 10, "window": 60}})
    assert api("POST", json=NEW).status_code == 403
    assert len(control(sim, "GET", "violations")["violations"]) == 1
    control(sim, "POST", "reset")
    assert (len(sim.domains), sim.violations, sim.journal) == (4, [], [])
    assert api("POST", json=NEW).status_code == 201


def test_state_has_the_lists(sim: Simulator) -> None:
    entry = sim.add_entry("block_senders", pattern="evil.example")
    state = control(sim, "GET", "state")
    assert state["lists"] == {**{key: [] for key in KEYS}, "block_senders": [entry]}
    lists = {"block_senders": [], "allow_policies": [{"pattern": "boss@partner.example", "is_trusted_sender": True}]}
    answer = control(sim, "PUT", "state", {"lists": lists})
    assert answer["domains"] == sim.domains == state["domains"]
    assert answer["lists"]["block_senders"] == sim.entries("block_senders") == []
    [policy] = sim.entries("allow_policies")
    assert (policy["pattern_type"], policy["is_trusted_sender"], policy["verify_sender"]) == ("EMAIL", True, True)
    control(sim, "PUT", "state", {"domains": []})
    assert (sim.domains, sim.entries("allow_policies")) == ([], [policy])


def test_control_endpoint_is_not_rate_limited(sim: Simulator) -> None:
    sim.configure(ratelimit={"limit": 0, "window": 60})
    for _call in range(3):
        control(sim, "GET", "violations")


@pytest.mark.parametrize(
    ("method", "name", "body", "status"),
    [
        ("GET", "nothing", None, 404),
        ("POST", "habits", {"nothing": True}, 400),
        ("POST", "settings", {"nothing": True}, 400),
        ("POST", "settings", {"shape": "2024"}, 400),
        ("POST", "settings", {"ratelimit": {"calls": 1}}, 400),
        ("PUT", "state", {}, 400),
        ("PUT", "state", {"lists": {"domains": []}}, 400),
        ("POST", "settings", {"list_batch": {"domains": "all"}}, 400),
        ("POST", "faults", {"status": 500}, 400),
    ],
)
def test_control_endpoint_refuses_a_mistake_with_a_message(sim: Simulator, method: str, name: str, body: Any, status: int) -> None:
    answer = requests.request(method, f"{sim.control_url}/{name}", json=body, timeout=5)
    assert (answer.status_code, bool(answer.json()["error"])) == (status, True)


def test_python_methods_control_the_simulator(sim: Simulator) -> None:
    made = sim.add_domain(domain="made.example", regions=["DE"])
    assert made == sim.domain("made.example") == sim.domain(made["id"]) == sim.domain("MADE.example.")
    made["regions"].append("US")
    assert sim.domain("made.example")["regions"] == ["DE"]
    edited = sim.edit("made.example", lookback_hops=3)
    assert edited["modified_at"] > made["modified_at"]
    sim.remove(made["id"])
    with pytest.raises(KeyError):
        sim.domain("made.example")
    sim.clear_domains()
    assert sim.domains == []
    sim.fault("status", times=None)
    sim.clear_faults()
    sim.reset()
    assert len(sim.domains) == 4


@pytest.mark.parametrize("resource", KEYS)
def test_python_methods_control_the_entries(sim: Simulator, resource: str) -> None:
    key = KEYS[resource]
    made, other = sim.add_entry(resource), sim.add_entry(resource)
    assert made[key] != other[key]
    assert made == sim.entry(resource, made[key].upper()) == sim.entry(resource, made["id"])
    note = "notes" if resource == "content_policies" else "comments"
    edited = sim.edit_entry(resource, made["id"], **{note: "x", "x_unknown": 1})
    assert edited == {**made, note: "x", "x_unknown": 1, "modified_at": edited["modified_at"]}
    assert edited["modified_at"] > made["modified_at"]
    assert sim.entries(resource) == [edited, other]
    sim.add_entry(resource, **{key: other[key]})
    assert [entry[key] for entry in sim.entries(resource)] == [made[key], other[key], other[key]]
    sim.remove_entry(resource, made["id"])
    with pytest.raises(KeyError):
        sim.entry(resource, made["id"])
    sim.clear_entries(resource)
    assert sim.entries(resource) == []
    sim.add_entry(resource)
    sim.clear_entries()
    assert sim.entries(resource) == []
    sim.add_entry(resource)
    sim.reset()
    assert sim.entries(resource) == []


def test_renamed_entry_is_found_by_its_new_key_only(sim: Simulator) -> None:
    entry = sim.add_entry("block_senders", pattern="old.example")
    sim.edit_entry("block_senders", "old.example", pattern="new.example")
    assert sim.entry("block_senders", "new.example")["id"] == entry["id"]
    with pytest.raises(KeyError):
        sim.entry("block_senders", "old.example")


def test_write_is_later_than_the_one_before_even_if_the_clock_is_not(sim: Simulator) -> None:
    entry = sim.add_entry("block_senders", modified_at="2099-12-31T23:59:59.999999Z")
    assert sim.edit_entry("block_senders", entry["id"])["modified_at"] == "2100-01-01T00:00:00.000000Z"


def test_copies_of_entries_are_safe_to_change(sim: Simulator) -> None:
    made = sim.add_entry("content_policies", targets=["SUBJECT"])
    made["targets"].append("BODY")
    sim.entries("content_policies")[0]["targets"].append("BODY")
    assert sim.entries("content_policies")[0]["targets"] == ["SUBJECT"]


@pytest.mark.parametrize(
    ("pattern", "is_regex", "expected"),
    [("a.example", False, "DOMAIN"), ("a@a.example", False, "EMAIL"), ("192.0.2.0/24", False, "IP"), ("2001:db8::1", False, "IP"), (".*", True, "EMAIL")],
)
def test_type_of_an_added_pattern_fits(sim: Simulator, pattern: str, is_regex: bool, expected: str) -> None:
    assert sim.add_entry("block_senders", pattern=pattern, is_regex=is_regex)["pattern_type"] == expected
    assert sim.add_entry("block_senders", pattern=pattern, is_regex=is_regex, pattern_type="UNKNOWN")["pattern_type"] == "UNKNOWN"


def test_unknown_list_is_refused_with_a_message(sim: Simulator) -> None:
    with pytest.raises(KeyError, match="there is no list allow_policy; there are allow_policies"):
        sim.entries("allow_policy")


def test_scenario_has_lists_and_what_is_not_in_the_plan() -> None:
    account = {**SCENARIO["accounts"][0], "lists": {"block_senders": [{"pattern": "evil.example"}]}, "not_entitled": ["content_policies"]}
    with Simulator(scenario={"accounts": [account]}) as sim:
        assert [entry["pattern"] for entry in sim.entries("block_senders")] == ["evil.example"]
        assert [Api(sim, resource)("GET").status_code for resource in ("block_senders", "content_policies")] == [200, 403]
        sim.clear_entries()
        sim.reset()
        assert len(sim.entries("block_senders")) == 1


@pytest.mark.parametrize("bad", [{"lists": {"blocked": []}}, {"not_entitled": ["content"]}])
def test_account_with_a_mistake_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises((KeyError, ValueError), match="there are"):
        Simulator(scenario={"accounts": [{**SCENARIO["accounts"][0], **bad}]})


SCENARIO: dict[str, Any] = {
    "accounts": [
        {
            "id": "e4" * 16,
            "credentials": [{"token": "fake-token-of-a-scenario", "permission": "write"}],
            "domains": [{"domain": "scenario.example", "lookback_hops": 5}],
        }
    ],
    "settings": {"shape": "early2026", "ratelimit": None},
    "habits": {"upper_case_names": True},
    "faults": [{"do": "html", "match": {"method": "GET"}}],
}


@pytest.mark.parametrize("form", ["dict", "json", "yml"])
def test_scenario_file_sets_the_first_state(form: str, tmp_path: Path) -> None:
    source: Any = SCENARIO
    if form != "dict":
        source = tmp_path / f"scenario.{form}"
        source.write_text(json.dumps(SCENARIO), encoding="utf-8")
    with Simulator(scenario=source) as sim:
        api = Api(sim)
        for _round in range(2):
            assert api("GET").status_code == 502
            row = api.rows()[0]
            assert (row["domain"], row["status"], row["lookback_hops"]) == ("SCENARIO.EXAMPLE", "active", 5)
            sim.reset()


@pytest.mark.parametrize("bad", [{"account": []}, {"accounts": []}, {"habits": {"x": 1}}, {"settings": {"x": 1}}, {"faults": [{"do": "x"}]}])
def test_scenario_with_a_mistake_is_refused_with_a_message(bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"no such|at least one"):
        Simulator(scenario=bad)


def test_default_scenario_is_not_changed_by_use(sim: Simulator, api: Api) -> None:
    before = json.dumps(scenario.DEFAULT)
    api("PATCH", f"/{EXAMPLE}", json={"drop_dispositions": []})
    sim.edit("gateway.example", ip_restrictions=[])
    assert json.dumps(scenario.DEFAULT) == before


def test_latency_delays_each_answer(sim: Simulator) -> None:
    with Simulator(latency=0.15) as slow:
        assert Api(slow)("GET").elapsed.total_seconds() >= 0.15


@pytest.mark.parametrize("form", ["context", "paths"])
def test_tls_serves_https(tmp_path: Path, form: str) -> None:
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    ca, cert, key = (str(tmp_path / name) for name in ("ca.pem", "cert.pem", "key.pem"))
    authority.cert_pem.write_to_path(ca)
    issued.private_key_pem.write_to_path(key)
    for blob in issued.cert_chain_pems:
        blob.write_to_path(cert, append=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    with Simulator(tls=context if form == "context" else (cert, key)) as sim:
        assert sim.base_url.startswith("https://")
        api = Api(sim)
        assert api("GET", verify=ca).status_code == 200
        sim.fault("reset")
        with pytest.raises(requests.ConnectionError):
            api("GET", verify=ca)
        with pytest.raises(requests.exceptions.SSLError):
            Api(sim)("GET")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.com", ""])
def test_listening_beyond_loopback_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match="loopback only"):
        server.require_loopback(host)


def test_readme_names_every_fault_setting_and_control_call() -> None:
    import dataclasses

    from simulator.control import ACTS

    readme = Path(server.__file__).with_name("README.md").read_text(encoding="utf-8")
    for name in [*FAULTS, *(item.name for item in dataclasses.fields(Settings))]:
        assert f"`{name}`" in readme, name
    for method, name in ACTS:
        assert f"`{method} {name}`" in readme, (method, name)
