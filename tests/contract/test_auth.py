"""Credentials and permissions, and how the gateway and the service refuse a request."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import EXAMPLE, Api
from simulator import Simulator
from simulator.scenario import EMAIL, KEY, NO_PERMISSION_TOKEN, READ_TOKEN, WRITE_TOKEN

BEARER = {"Authorization": f"Bearer {WRITE_TOKEN}"}
PAIR = {"X-Auth-Email": EMAIL, "X-Auth-Key": KEY}


@pytest.mark.parametrize(
    ("headers", "status", "code", "chain"),
    [
        ({}, 400, 9106, None),
        ({"Authorization": "Bearer mal formed"}, 400, 6003, 6111),
        ({"Authorization": "Bearer short"}, 400, 6003, 6111),
        ({"Authorization": "Bearer"}, 400, 6003, 6111),
        ({"Authorization": f"Basic {WRITE_TOKEN}"}, 400, 6003, 6111),
        ({"Authorization": f"Bearer {KEY}"}, 400, 6003, 6111),
        ({"X-Auth-Email": EMAIL, "X-Auth-Key": WRITE_TOKEN}, 400, 6003, 6103),
        ({"X-Auth-Email": EMAIL}, 400, 6003, 6103),
        ({"X-Auth-Key": KEY}, 400, 6003, 6102),
        ({**BEARER, **PAIR}, 400, 6003, 6106),
        ({**BEARER, "X-Auth-Email": EMAIL}, 400, 6003, 6106),
        ({"Authorization": "Bearer wrong-but-well-formed"}, 401, 10000, None),
        ({"X-Auth-Email": EMAIL, "X-Auth-Key": "0123456789abcdef0123456789abcdef01234"}, 401, 10000, None),
        ({"X-Auth-Email": "other@example.com", "X-Auth-Key": KEY}, 401, 10000, None),
        ({"Authorization": f"Bearer {NO_PERMISSION_TOKEN}"}, 403, 9109, None),
    ],
)
def test_bad_credential_is_refused_with_its_codes(api: Api, headers: dict[str, str], status: int, code: int, chain: int | None) -> None:
    answer = api("GET", auth_headers=headers)
    error = answer.json()["errors"][0]
    assert (answer.status_code, error["code"]) == (status, code)
    assert [link["code"] for link in error.get("error_chain", [])] == ([] if chain is None else [chain])
    assert answer.json()["success"] is False
    assert "source" not in error


def test_wrong_credential_status_403_is_returned(sim: Simulator, api: Api) -> None:
    sim.configure(wrong_credential_status=403)
    answer = api("GET", auth_headers={"Authorization": "Bearer wrong-but-well-formed"})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (403, 10000)


@pytest.mark.parametrize("headers", [BEARER, PAIR, {"authorization": f"bearer {WRITE_TOKEN}"}])
def test_token_and_key_can_read_and_write(sim: Simulator, api: Api, headers: dict[str, str]) -> None:
    assert api("GET", auth_headers=headers).status_code == 200
    assert api("PATCH", f"/{EXAMPLE}", json={"lookback_hops": 8}, auth_headers=headers).status_code == 200


def test_read_only_token_cannot_write(sim: Simulator, api: Api) -> None:
    reader = {"Authorization": f"Bearer {READ_TOKEN}"}
    assert api("GET", auth_headers=reader).status_code == 200
    for method, path, body in (("PATCH", f"/{EXAMPLE}", {}), ("DELETE", f"/{EXAMPLE}", None)):
        answer = api(method, path, json=body, auth_headers=reader)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (403, 9109)
    assert len(sim.domains) == 4


@pytest.mark.parametrize(
    ("account_id", "status", "code", "words"),
    [
        ("c2" * 16, 403, None, "not available in the current subscription"),
        ("d3" * 16, 404, 7003, "Could not route to"),
        ("nobody", 400, 7003, "Could not route to"),
        ("b1" * 16, 403, 9109, "Unauthorized"),
    ],
)
def test_wrong_account_is_refused(api: Api, account_id: str, status: int, code: int | None, words: str) -> None:
    answer = api("GET", account_id=account_id)
    error: dict[str, Any] = answer.json()["errors"][0]
    assert answer.status_code == status
    assert code is None or error["code"] == code
    assert words in error["message"]
    if code == 7003:
        assert error["error_chain"][0]["code"] == 7000


def test_simulator_properties_give_the_credentials(sim: Simulator) -> None:
    assert (sim.token, sim.read_token, sim.email, sim.key) == (WRITE_TOKEN, READ_TOKEN, EMAIL, KEY)
    assert sim.account_id == "a0" * 16
