"""Each fault does what it says: to the answer, to the connection, and to the stored state."""

from __future__ import annotations

import contextlib
import errno
import http.client
import json
import math
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from conftest import ENTRIES, EXAMPLE, Api
from simulator import Simulator
from simulator.faults import FAULTS

CUT_CONNECTIONS = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)


def patch(api: Api, **more: Any) -> requests.Response:
    return api("PATCH", f"/{EXAMPLE}", json={"lookback_hops": 9}, **more)


def is_applied(sim: Simulator) -> bool:
    return bool(sim.domain(EXAMPLE)["lookback_hops"] == 9)


def envelope(answer: requests.Response) -> dict[str, Any]:
    body: dict[str, Any] = answer.json()
    return body


# Fault, parameters, and the expected answer to a PATCH. `apply` is tested with both values below.
ANSWERED: list[tuple[str, dict[str, Any], Callable[[requests.Response], bool]]] = [
    ("status", {}, lambda a: a.status_code == 500 and envelope(a)["success"] is False),
    ("status", {"status": 418, "body": {"a": [1]}}, lambda a: a.status_code == 418 and a.json() == {"a": [1]}),
    ("status", {"status": 530, "body": "error code: 1016", "content_type": "text/plain"}, lambda a: a.text == "error code: 1016"),
    ("status", {"headers": {"x-more": "1"}}, lambda a: a.headers["x-more"] == "1"),
    ("html", {}, lambda a: a.status_code == 502 and "<h1>" in a.text and a.headers["Content-Type"].startswith("text/html")),
    ("html", {"status": 524}, lambda a: a.status_code == 524),
    ("empty", {}, lambda a: a.status_code == 200 and a.content == b""),
    ("empty", {"status": 503}, lambda a: a.status_code == 503 and a.content == b""),
    ("invalid_json", {}, lambda a: a.status_code == 200 and not is_json(a)),
    ("result_null", {}, lambda a: envelope(a)["success"] is True and envelope(a)["result"] is None),
    ("success_false", {}, lambda a: a.status_code == 200 and envelope(a)["success"] is False),
    ("success_false", {"errors": [{"code": 971, "message": "x"}]}, lambda a: envelope(a)["errors"][0]["code"] == 971),
    ("redirect", {}, lambda a: (a.status_code, a.headers["Location"]) == (302, "https://elsewhere.example/")),
    ("redirect", {"status": 308, "location": "/x"}, lambda a: (a.status_code, a.headers["Location"]) == (308, "/x")),
    ("retry_after", {}, lambda a: (a.status_code, a.headers["Retry-After"]) == (429, "1")),
    (
        "retry_after",
        {"status": 503, "value": "Sun, 22 Nov 2026 10:00:00 GMT"},
        lambda a: a.status_code == 503 and a.headers["Retry-After"].endswith("GMT"),
    ),
    ("deep", {"depth": 5000}, lambda a: a.content.count(b"[") > 5000),
    ("big", {"mib": 2}, lambda a: len(a.content) > 2 * 1024 * 1024),
]
# The good answer with a change. The write is always applied.
GOOD_BUT: list[tuple[str, dict[str, Any], Callable[[requests.Response], bool]]] = [
    ("wrong_content_type", {}, lambda a: a.headers["Content-Type"].startswith("text/plain") and envelope(a)["success"]),
    ("wrong_content_type", {"content_type": "text/html"}, lambda a: a.headers["Content-Type"] == "text/html"),
    ("nan", {}, lambda a: "NaN" in a.text),
    ("duplicate_keys", {}, lambda a: a.text.count('"success"') == 2 and envelope(a)["success"] is False),
    ("messages", {}, lambda a: envelope(a)["messages"][0]["message"] and envelope(a)["result"]["id"] == EXAMPLE),
    ("messages", {"messages": [{"code": 1001, "message": "hi"}]}, lambda a: envelope(a)["messages"][0]["code"] == 1001),
    ("amend", {"envelope": {"result": [1]}}, lambda a: envelope(a)["result"] == [1]),
    ("slow", {"seconds": 0.2}, lambda a: a.elapsed.total_seconds() >= 0.2 and envelope(a)["success"]),
    ("edit", {"domain": "gateway.example", "values": {"lookback_hops": 3}}, lambda a: envelope(a)["success"]),
    ("remove", {"domain": "gateway.example"}, lambda a: envelope(a)["success"]),
    ("add", {"values": {"domain": "more.example"}}, lambda a: envelope(a)["success"]),
    ("drip", {"seconds": 0}, lambda a: envelope(a)["result"]["id"] == EXAMPLE),
    ("drip", {"seconds": 0, "part": "headers"}, lambda a: envelope(a)["result"]["id"] == EXAMPLE),
]
# Faults without a complete answer: fault, parameters, and the exception of requests.
CUT: list[tuple[str, dict[str, Any], Any]] = [
    ("hang", {"seconds": 0.1}, CUT_CONNECTIONS),
    ("hang", {}, requests.Timeout),
    ("reset", {}, CUT_CONNECTIONS),
    ("close", {}, CUT_CONNECTIONS),
    ("truncate", {}, CUT_CONNECTIONS),
]


def is_json(answer: requests.Response) -> bool:
    try:
        answer.json()
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(("do", "params", "holds"), ANSWERED)
def test_fault_with_an_answer_sends_it(sim: Simulator, api: Api, do: str, params: dict[str, Any], holds: Any) -> None:
    sim.fault(do, **params)
    answer = patch(api)
    assert holds(answer)
    assert "cf-ray" in answer.headers
    assert not is_applied(sim)
    assert sim.journal[-1]["status"] == answer.status_code
    assert sim.journal[-1]["faults"] == [do]
    assert patch(api).status_code == 200


@pytest.mark.parametrize("do", ["status", "html", "empty", "invalid_json", "result_null", "success_false", "redirect", "retry_after", "deep", "big"])
def test_fault_with_an_answer_applies_the_write_if_set(sim: Simulator, api: Api, do: str) -> None:
    sim.fault(do, apply=True)
    patch(api)
    assert is_applied(sim)


@pytest.mark.parametrize(("do", "params", "holds"), GOOD_BUT)
def test_fault_that_changes_the_good_answer_applies_the_write(sim: Simulator, api: Api, do: str, params: dict[str, Any], holds: Any) -> None:
    sim.fault(do, **params)
    assert holds(patch(api))
    assert is_applied(sim)


@pytest.mark.parametrize(("do", "params", "raises"), CUT)
@pytest.mark.parametrize("apply", [True, False])
def test_fault_that_cuts_the_connection_raises(sim: Simulator, api: Api, do: str, params: dict[str, Any], raises: Any, apply: bool) -> None:
    sim.fault(do, apply=apply, **params)
    with pytest.raises(raises):
        patch(api, timeout=0.3)
    assert is_applied(sim) is apply
    assert patch(api).status_code == 200


def test_tables_have_every_fault() -> None:
    assert {do for do, *_rest in [*ANSWERED, *GOOD_BUT, *CUT]} == set(FAULTS)


def test_hang_with_apply_after_writes_when_the_client_has_gone(sim: Simulator, api: Api) -> None:
    """While the client waits, the old state is live."""
    sim.fault("hang", method="PATCH", apply="after")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(patch, api, timeout=2)
        time.sleep(0.3)
        assert not is_applied(sim)
        with pytest.raises(requests.Timeout):
            waiting.result()
    wait_for(lambda: is_applied(sim))


def test_hang_ends_when_the_client_has_gone(sim: Simulator, api: Api) -> None:
    sim.fault("hang", apply="after")
    with pytest.raises(requests.Timeout):
        patch(api, timeout=0.1)
    wait_for(lambda: is_applied(sim))


def wait_for(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def open_raw_get(sim: Simulator) -> socket.socket:
    """A connection on which one GET has been sent."""
    address = urlsplit(sim.base_url)
    connection = socket.create_connection((str(address.hostname), address.port or 0), timeout=3)
    path = f"{address.path}/accounts/{sim.account_id}/email-security/settings/domains"
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {sim.token}\r\n\r\n".encode())
    return connection


def test_reset_and_close_differ_on_the_wire(sim: Simulator) -> None:
    sim.fault("reset")
    sim.fault("close")
    with open_raw_get(sim) as connection, pytest.raises(ConnectionResetError) as caught:
        connection.recv(1000)
    assert caught.value.errno == errno.ECONNRESET
    with open_raw_get(sim) as connection:
        assert connection.recv(1000) == b""


def test_truncate_sends_less_than_content_length(sim: Simulator) -> None:
    sim.fault("truncate", missing=50)
    with open_raw_get(sim) as connection:
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        with pytest.raises(http.client.IncompleteRead) as caught:
            answer.read()
    assert caught.value.expected == 50


@pytest.mark.parametrize("part", ["body", "headers"])
def test_drip_sends_byte_by_byte(sim: Simulator, part: str) -> None:
    sim.fault("drip", seconds=0.05, part=part)
    started = time.monotonic()
    with open_raw_get(sim) as connection:
        first = connection.recv(10_000)
        if part == "body":
            assert b"\r\n\r\n" in first
            connection.recv(10)
        assert len(connection.recv(10)) <= 2
        assert time.monotonic() - started > 0.05


def test_big_answer_can_be_abandoned(sim: Simulator, api: Api) -> None:
    sim.fault("big", mib=200)
    with api.session.get(api.url(""), headers=api.auth, stream=True, timeout=5) as answer:
        assert len(answer.raw.read(100_000)) == 100_000
        assert "Content-Length" not in answer.headers
    assert api("GET").status_code == 200


def test_deep_exceeds_the_recursion_limit_and_nan_is_a_number(sim: Simulator, api: Api) -> None:
    sim.fault("deep")
    with pytest.raises(RecursionError):
        json.loads(api("GET").text)
    sim.fault("nan")
    count = api("GET").json()["result_info"]["count"]
    assert math.isnan(count)


def test_edit_changes_the_domain_before_the_request(sim: Simulator, api: Api) -> None:
    sim.fault("edit", method="PATCH", domain="example.com", values={"transport": "mx.theirs.example"})
    before = api.one()
    patch(api)
    after = sim.domain(EXAMPLE)
    assert (before["transport"], after["transport"], after["lookback_hops"]) == ("mx.example.com", "mx.theirs.example", 9)


def test_remove_deletes_the_domain_before_the_request(sim: Simulator, api: Api) -> None:
    sim.fault("remove", method="PATCH", domain=EXAMPLE)
    assert api("GET", f"/{EXAMPLE}").status_code == 200
    assert patch(api).status_code == 404


def test_another_client_edits_removes_and_adds_entries(sim: Simulator, lists: Callable[[str], Api]) -> None:
    blocked = lists("block_senders")
    entry = sim.add_entry("block_senders", pattern="evil.example")
    sim.fault("edit", method="GET", resource="block_senders", id="EVIL.example", values={"comments": "theirs"})
    sim.fault("add", method="GET", resource="block_senders", values={"pattern": "more.example"})
    assert [(row["pattern"], row["comments"]) for row in blocked.rows()] == [("evil.example", "theirs"), ("more.example", None)]
    sim.fault("remove", method="PATCH", resource="block_senders", id=entry["id"])
    assert blocked("PATCH", f"/{entry['id']}", json={"comments": "x"}).status_code == 404
    assert [each["pattern"] for each in sim.entries("block_senders")] == ["more.example"]
    assert len(sim.domains) == 4


@pytest.mark.parametrize("do", ["reset", "html", "hang"])
@pytest.mark.parametrize("apply", [True, False])
def test_apply_says_whether_an_entry_is_stored(sim: Simulator, lists: Callable[[str], Api], do: str, apply: bool) -> None:
    params = {"seconds": 0.05} if do == "hang" else {}
    sim.fault(do, method="POST", path="/block_senders$", apply=apply, **params)
    with contextlib.suppress(requests.ConnectionError):
        assert lists("block_senders")("POST", json=ENTRIES["block_senders"]).status_code == 502
    assert len(sim.entries("block_senders")) == apply


@pytest.mark.parametrize(
    ("match", "statuses"),
    [
        ({}, [500, 200, 200, 200]),
        ({"times": 2}, [500, 500, 200, 200]),
        ({"times": None}, [500, 500, 500, 500]),
        ({"nth": 3}, [200, 200, 500, 200]),
        ({"nth": 2, "times": 2}, [200, 500, 500, 200]),
        ({"method": "PATCH"}, [200, 200, 200, 200]),
        ({"method": ["PATCH", "GET"]}, [500, 200, 200, 200]),
        ({"path": r"/domains$"}, [500, 200, 200, 200]),
        ({"path": r"/domains/"}, [200, 200, 200, 200]),
    ],
)
def test_match_selects_the_requests(sim: Simulator, api: Api, match: dict[str, Any], statuses: list[int]) -> None:
    sim.fault("status", **match)
    assert [api("GET").status_code for _call in range(4)] == statuses


def test_faults_are_used_in_order(sim: Simulator, api: Api) -> None:
    sim.fault("status", status=503)
    sim.fault("html", status=520)
    sim.fault("slow", seconds=0.01)
    assert [api("GET").status_code for _call in range(4)] == [503, 520, 200, 200]
    assert [entry["faults"] for entry in sim.journal] == [["status"], ["html"], ["slow"], []]


def test_passing_fault_combines_with_an_answering_one(sim: Simulator, api: Api) -> None:
    sim.fault("edit", domain="example.com", values={"lookback_hops": 4})
    sim.fault("status", status=503)
    assert api("GET").status_code == 503
    assert sim.domain(EXAMPLE)["lookback_hops"] == 4


@pytest.mark.parametrize(
    "bad", [{"do": "explode"}, {"do": "status", "match": {"header": "x"}}, {"do": "reset", "aply": True}, {"do": "edit"}, {"do": "add", "resource": "lists"}]
)
def test_fault_with_a_mistake_is_refused_with_a_message(sim: Simulator, bad: dict[str, Any]) -> None:
    answer = requests.post(f"{sim.control_url}/faults", json=bad, timeout=5)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_simulator_stops_during_a_hang() -> None:
    with Simulator() as sim:
        sim.fault("hang")
        with open_raw_get(sim):
            wait_for(lambda: len(sim.journal) == 1)
            started = time.monotonic()
            sim.stop()
            assert time.monotonic() - started < 2
