"""What the mutation tests asked for."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.client import Client
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.connection import ConnectionSettings, Credential
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import ApiError, Request
from ansible_collections.mailops.cloudflare.tests.unit.support import ACCOUNT, TOKEN, Clock, client, listed, ok

THINGS = f"/accounts/{ACCOUNT}/things"
READ, LIST, CHANGE, CREATE = (Request(method, THINGS, purpose) for method, purpose in (("GET", "read"), ("GET", "list"), ("PATCH", "change"), ("POST", "make")))


def test_a_client_needs_nobody_to_warn_and_no_clock(script):
    script.expect("GET", THINGS, ok(1, messages=[{"code": 1, "message": "soon"}]))
    made = Client(ConnectionSettings(ACCOUNT, Credential(token=TOKEN)), user_agent="unit", permission_group="Cloud Email Security")
    assert made.get(READ).result == 1


def test_what_was_written_is_known(script):
    script.expect("GET", THINGS, ok(1)).expect("POST", THINGS, ok(1))
    it = client()
    it.get(READ)
    assert it.has_written is False
    it.send_write(CREATE)
    assert it.has_written is True


def test_the_connections_are_closed_at_the_end(script):
    closed = []
    script.close = lambda: closed.append(True)
    with client():
        assert closed == []
    assert closed == [True]


def test_seconds_are_told_to_the_thousandth():
    it = client()
    it.wait(0.12345)
    assert it.statistics()["waited"] == 0.123


def test_a_body_is_utf_8_and_json(script):
    sent = []
    script.send = lambda _request, body: sent.append(body) or ok(1)
    it = client()
    it.send_write(CREATE, {"name": "grün"})
    it.send_write(CREATE)
    assert sent == ['{"name": "grün"}'.encode(), None]
    with pytest.raises(ValueError, match="JSON"):
        it.send_write(CREATE, {"hops": float("nan")})


def test_a_query_that_can_be_gone_through_once_is_sent_with_every_page(script):
    for page in ("1", "2"):
        script.expect("GET", THINGS, ok([{"id": page}], result_info={"total_count": 2}), query={"search": "x", "page": page})
    assert client().list_all(READ._replace(query=(("search", "x"),))) == [{"id": "1"}, {"id": "2"}]


def test_a_list_that_cannot_be_read_is_a_failed_reading(script):
    clock = Clock()
    for _time in range(4):
        script.expect("GET", THINGS, listed({"id": "1"}, {"id": "1"}))
    with pytest.raises(ApiError) as caught:
        client(clock).list_all(READ)
    assert str(caught.value).startswith(f"Could not read: GET {THINGS} was answered with a list that changed while its pages were read, 4 times.")
    assert (caught.value.failure()["method"], caught.value.outcome_unknown) == ("GET", False)
