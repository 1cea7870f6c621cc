"""The rate limit: 1200 calls in five minutes, then only 429 for a while, and the headers that report it."""

from __future__ import annotations

import re
import time

from conftest import Api
from simulator import Simulator


def test_default_limit_is_cloudflares(api: Api) -> None:
    answer = api("GET")
    assert re.fullmatch(r'"default";r=1199;t=(300|299)', answer.headers["Ratelimit"])
    assert answer.headers["Ratelimit-Policy"] == '"default";q=1200;w=300'


def test_every_answer_has_the_headers(api: Api) -> None:
    for answer in (api("GET"), api("GET", auth_headers={}), api("GET", "/99999999-9999-4999-8999-999999999999"), api("DELETE")):
        assert "Ratelimit" in answer.headers
        assert re.fullmatch(r"[0-9a-f]{16}-SIM", answer.headers["cf-ray"])
        assert answer.headers["Content-Type"] == "application/json"


def test_calls_over_the_limit_are_429_for_that_credential(sim: Simulator, api: Api) -> None:
    sim.configure(ratelimit={"limit": 3, "window": 300})
    answers = [api("GET") for _call in range(6)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429, 429]
    assert [re.findall(r"r=(\d+)", answer.headers["Ratelimit"])[0] for answer in answers] == list("210000")
    assert 290 < int(answers[-1].headers["Retry-After"]) <= 300
    assert "More than 3 requests" in answers[-1].json()["errors"][0]["message"]
    assert api("PATCH", "/11111111-1111-4111-8111-111111111111", json={"lookback_hops": 9}).status_code == 429
    assert sim.domain("example.com")["lookback_hops"] == 1
    other = {"Authorization": f"Bearer {sim.read_token}"}
    assert api("GET", auth_headers=other).status_code == 200


def test_block_ends(sim: Simulator, api: Api) -> None:
    sim.configure(ratelimit={"limit": 1, "window": 300, "block": 0.3})
    assert [api("GET").status_code for _call in range(3)] == [200, 429, 429]
    time.sleep(0.35)
    assert [api("GET").status_code for _call in range(2)] == [200, 429]


def test_window_ends(sim: Simulator, api: Api) -> None:
    sim.configure(ratelimit={"limit": 2, "window": 0.3})
    assert [api("GET").status_code for _call in range(2)] == [200, 200]
    time.sleep(0.35)
    assert [api("GET").status_code for _call in range(2)] == [200, 200]


def test_ratelimit_none_switches_it_off(sim: Simulator, api: Api) -> None:
    sim.configure(ratelimit=None)
    assert "Ratelimit" not in api("GET").headers
