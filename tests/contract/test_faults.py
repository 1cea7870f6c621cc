"""Each fault does what it says: to the answer, to the connection, and to the stored state."""

from __future__ import annotations

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
from conftest import EXAMPLE, Api
from simulator import Simulator
from simulator.faults import FAULTS

BROKEN = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)


def patch(api: Api, **more: Any) -> requests.Response:
    return api("PATCH", f"/{EXAMPLE}", json={"lookback_hops": 9}, **more)


def applied(sim: Simulator) -> bool:
    return bool(sim.domain(EXAMPLE)["lookback_hops"] == 9)


def envelope(answer: requests.Response) -> dict[str, Any]:
    body: dict[str, Any] = answer.json()
    return body


# kind, parameters, what the answer to a PATCH must be; `apply` is tried both ways further down.
ANSWERED: list[tuple[str, dict[str, Any], Callable[[requests.Response], bool]]] = [
    ("status", {}, lambda a: a.status_code == 500 and envelope(a)["success"] is False),
    ("status", {"status": 418, "body": {"a": [1]}}, lambda a: a.status_code == 418 and a.json() == {"a": [1]}),
    ("status", {"status": 530, "body": "error code: 1016", "content_type": "text/plain"}, lambda a: a.text == "error code: 1016"),
    ("status", {"headers": {"x-more": "1"}}, lambda a: a.headers["x-more"] == "1"),
    ("html", {}, lambda a: a.status_code == 502 and "<h1>" in a.text and a.headers["Content-Type"].startswith("text/html")),
    ("html", {"status": 524}, lambda a: a.status_code == 524),
    ("empty", {}, lambda a: a.status_code == 200 and a.content == b""),
    ("empty", {"status": 503}, lambda a: a.status_code == 503 and a.content == b""),
    ("invalid_json", {}, lambda a: a.status_code == 200 and not parses(a)),
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
# The good answer with something about it: the write is always applied.
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
# No whole answer comes: kind, parameters, what requests raises.
CUT: list[tuple[str, dict[str, Any], Any]] = [
    ("hang", {"seconds": 0.1}, BROKEN),
    ("hang", {}, requests.Timeout),
    ("reset", {}, BROKEN),
    ("close", {}, BROKEN),
    ("truncate", {}, BROKEN),
]


def parses(answer: requests.Response) -> bool:
    try:
        answer.json()
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(("do", "params", "holds"), ANSWERED)
def test_an_answered_fault(sim: Simulator, api: Api, do: str, params: dict[str, Any], holds: Any) -> None:
    sim.fault(do, **params)
    answer = patch(api)
    assert holds(answer)
    assert "cf-ray" in answer.headers
    assert not applied(sim)
    assert sim.journal[-1]["status"] == answer.status_code
    assert sim.journal[-1]["faults"] == [do]
    assert patch(api).status_code == 200


@pytest.mark.parametrize("do", ["status", "html", "empty", "invalid_json", "result_null", "success_false", "redirect", "retry_after", "deep", "big"])
def test_an_answered_fault_may_apply(sim: Simulator, api: Api, do: str) -> None:
    sim.fault(do, apply=True)
    patch(api)
    assert applied(sim)


@pytest.mark.parametrize(("do", "params", "holds"), GOOD_BUT)
def test_a_good_answer_with_something_about_it(sim: Simulator, api: Api, do: str, params: dict[str, Any], holds: Any) -> None:
    sim.fault(do, **params)
    assert holds(patch(api))
    assert applied(sim)


@pytest.mark.parametrize(("do", "params", "raises"), CUT)
@pytest.mark.parametrize("apply", [True, False])
def test_a_cut_answer(sim: Simulator, api: Api, do: str, params: dict[str, Any], raises: Any, apply: bool) -> None:
    sim.fault(do, apply=apply, **params)
    with pytest.raises(raises):
        patch(api, timeout=0.3)
    assert applied(sim) is apply
    assert patch(api).status_code == 200


def test_every_fault_is_tried_here() -> None:
    assert {do for do, *_rest in [*ANSWERED, *GOOD_BUT, *CUT]} == set(FAULTS)


def test_a_write_may_be_applied_after_the_hang(sim: Simulator, api: Api) -> None:
    """While the client waits the old state is live. Once it has gone, the write happens."""
    sim.fault("hang", method="PATCH", apply="after")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(patch, api, timeout=2)
        time.sleep(0.3)
        assert not applied(sim)
        with pytest.raises(requests.Timeout):
            waiting.result()
    wait_for(lambda: applied(sim))


def test_a_hang_ends_with_its_client(sim: Simulator, api: Api) -> None:
    sim.fault("hang", apply="after")
    with pytest.raises(requests.Timeout):
        patch(api, timeout=0.1)
    wait_for(lambda: applied(sim))


def wait_for(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def raw(sim: Simulator) -> socket.socket:
    """A connection with one GET sent."""
    address = urlsplit(sim.base_url)
    connection = socket.create_connection((str(address.hostname), address.port or 0), timeout=3)
    path = f"{address.path}/accounts/{sim.account_id}/email-security/settings/domains"
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {sim.token}\r\n\r\n".encode())
    return connection


def test_a_reset_is_a_reset_and_a_close_is_a_close(sim: Simulator) -> None:
    sim.fault("reset")
    sim.fault("close")
    with raw(sim) as connection, pytest.raises(ConnectionResetError) as caught:
        connection.recv(1000)
    assert caught.value.errno == errno.ECONNRESET
    with raw(sim) as connection:
        assert connection.recv(1000) == b""


def test_a_truncated_answer_promises_more_than_it_holds(sim: Simulator) -> None:
    sim.fault("truncate", missing=50)
    with raw(sim) as connection:
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        with pytest.raises(http.client.IncompleteRead) as caught:
            answer.read()
    assert caught.value.expected == 50


@pytest.mark.parametrize("part", ["body", "headers"])
def test_a_drip_comes_byte_by_byte(sim: Simulator, part: str) -> None:
    sim.fault("drip", seconds=0.05, part=part)
    started = time.monotonic()
    with raw(sim) as connection:
        first = connection.recv(10_000)
        if part == "body":
            assert b"\r\n\r\n" in first
            connection.recv(10)
        assert len(connection.recv(10)) <= 2
        assert time.monotonic() - started > 0.05


def test_a_big_answer_can_be_left(sim: Simulator, api: Api) -> None:
    sim.fault("big", mib=200)
    with api.session.get(api.url(""), headers=api.auth, stream=True, timeout=5) as answer:
        assert len(answer.raw.read(100_000)) == 100_000
        assert "Content-Length" not in answer.headers
    assert api("GET").status_code == 200


def test_deep_and_nan_are_what_they_should_be(sim: Simulator, api: Api) -> None:
    sim.fault("deep")
    with pytest.raises(RecursionError):
        json.loads(api("GET").text)
    sim.fault("nan")
    count = api("GET").json()["result_info"]["count"]
    assert math.isnan(count)


def test_someone_else_edits_between_read_and_write(sim: Simulator, api: Api) -> None:
    sim.fault("edit", method="PATCH", domain="example.com", values={"transport": "mx.theirs.example"})
    before = api.one()
    patch(api)
    after = sim.domain(EXAMPLE)
    assert (before["transport"], after["transport"], after["lookback_hops"]) == ("mx.example.com", "mx.theirs.example", 9)


def test_someone_else_deletes_between_read_and_write(sim: Simulator, api: Api) -> None:
    sim.fault("remove", method="PATCH", domain=EXAMPLE)
    assert api("GET", f"/{EXAMPLE}").status_code == 200
    assert patch(api).status_code == 404


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
def test_matching(sim: Simulator, api: Api, match: dict[str, Any], statuses: list[int]) -> None:
    sim.fault("status", **match)
    assert [api("GET").status_code for _call in range(4)] == statuses


def test_faults_stand_in_a_queue(sim: Simulator, api: Api) -> None:
    sim.fault("status", status=503)
    sim.fault("html", status=520)
    sim.fault("slow", seconds=0.01)
    assert [api("GET").status_code for _call in range(4)] == [503, 520, 200, 200]
    assert [entry["faults"] for entry in sim.journal] == [["status"], ["html"], ["slow"], []]


def test_a_passing_fault_goes_together_with_one_that_answers(sim: Simulator, api: Api) -> None:
    sim.fault("edit", domain="example.com", values={"lookback_hops": 4})
    sim.fault("status", status=503)
    assert api("GET").status_code == 503
    assert sim.domain(EXAMPLE)["lookback_hops"] == 4


@pytest.mark.parametrize("bad", [{"do": "explode"}, {"do": "status", "match": {"header": "x"}}, {"do": "reset", "aply": True}, {"do": "edit"}])
def test_a_mistaken_fault_is_told(sim: Simulator, bad: dict[str, Any]) -> None:
    answer = requests.post(f"{sim.control_url}/faults", json=bad, timeout=5)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_the_simulator_stops_with_a_hang_under_way() -> None:
    with Simulator() as sim:
        sim.fault("hang")
        with raw(sim):
            wait_for(lambda: len(sim.journal) == 1)
            started = time.monotonic()
            sim.stop()
            assert time.monotonic() - started < 2
