"""What the mutation tests asked for."""

from __future__ import annotations

import threading

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import ApiError, ApiMessage
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.responses import Response
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile import executor as executor_module
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.executor import MAX_BATCH_ITEMS, MOST_IN_A_ROW, BulkExecutor, _is_missing
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.operation import Operation
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN, Domains
from ansible_collections.mailops.cloudflare.tests.unit.support import DOMAINS, LIVE, client, listed, lost, ok, refused

BATCH = f"{DOMAINS}/batch"
NOT_ENTITLED = refused(403, 1, "not available in the current subscription")
# Cloudflare's edge or a proxy does not let the request through to the API.
BLOCKED = Response(403, {"content-type": "text/html"}, b"<html>Access denied</html>")


def numbered(number, **differing):
    return {**LIVE, "id": f"5e0a4f6e-7b9d-4d0e-8a51-{number:012x}", "domain": f"d{number}.example", **differing}


def one(number):
    return f"{DOMAINS}/{numbered(number)['id']}"


def done(number):
    return numbered(number, lookback_hops=2)


def executor(count, *, concurrency=1, **more):
    """The same change of so many domains."""
    operations = [Operation(DOMAIN, DOMAIN.to_present({"lookback_hops": 2}, numbered(number)), numbered(number)) for number in range(count)]
    return BulkExecutor(Domains(client(**more)), operations, concurrency), operations


def patched(script, number, reply=None):
    return script.expect("PATCH", one(number), reply or ok(done(number)))


def no_connection():
    return lost(max_retries=0, outcome_unknown=False)


def test_how_many_at_once_and_how_many_failures_in_a_row():
    assert (MAX_BATCH_ITEMS, MOST_IN_A_ROW) == (1000, 20)


@pytest.mark.parametrize(("status", "code", "missing"), [(404, 7003, True), (404, 1, False), (405, 1, True), (400, 7003, False), (403, 1, False)])
def test_an_endpoint_that_is_not_there_is_no_domain_that_is_not_there(status, code, missing):
    kind = "not_found" if status == 404 else "invalid"
    assert _is_missing(ApiError(kind, "no.", status=status, errors=(ApiMessage(code, "no"),))) is missing


@pytest.mark.parametrize("stop", [refused(401), refused(429, retry_after="600"), no_connection()])
def test_a_server_that_would_not_hear_is_not_asked_for_a_look(script, stop):
    made, operations = executor(3)
    patched(script, 0)
    patched(script, 1, lost())
    patched(script, 2, stop)
    made.send_individually()
    assert made.stop is not None
    assert operations[1].failure.message == operations[1].unknown_outcome.message
    assert "is not known" in str(operations[1].failure)


@pytest.mark.parametrize("refusal", [refused(403, 9109), NOT_ENTITLED, BLOCKED])
def test_a_first_write_that_is_forbidden_is_the_last(script, refusal):
    made, operations = executor(3)
    patched(script, 0, refusal)
    made.send_individually()
    assert made.stop is operations[0].failure
    assert [operation.next for operation in operations] == ["end", "write", "write"]


@pytest.mark.parametrize("refusal", [refused(403, 9109), NOT_ENTITLED, BLOCKED])
def test_a_batch_that_is_forbidden_says_nothing_of_single_writes(script, refusal):
    made, operations = executor(2)
    script.expect("POST", BATCH, refusal).expect("GET", DOMAINS, listed(numbered(0), numbered(1)))
    patched(script, 0)
    patched(script, 1)
    made.send_in_batches()
    made.send_individually()
    assert (made.stop, [operation.failure for operation in operations]) == (None, [None, None])


@pytest.mark.parametrize("first", [0, 1])
def test_where_a_write_was_permitted_another_that_is_not_stands_alone(script, first):
    """Whether it was permitted in a batch, or singly after one."""
    made, operations = executor(3)
    script.expect("POST", BATCH, ok({})).expect("GET", DOMAINS, listed(*(numbered(number) for number in range(3))))
    for number in range(3):
        patched(script, number, refused(403, 9109) if number == first else None)
    made.send_in_batches()
    made.send_individually()
    assert made.stop is None
    assert [operation.failure and operation.failure.kind for operation in operations] == ["permission" if number == first else None for number in range(3)]


def test_where_a_write_passed_one_that_is_blocked_stands_alone(script):
    made, operations = executor(3)
    for number in range(3):
        patched(script, number, BLOCKED if number == 1 else None)
    made.send_individually()
    assert made.stop is None
    assert [operation.failure and operation.failure.kind for operation in operations] == [None, "response", None]


def test_a_host_that_is_blocked_on_the_way_does_not_go_on(script):
    made, operations = executor(MOST_IN_A_ROW + 5)
    patched(script, 0)
    for number in range(1, MOST_IN_A_ROW + 1):
        patched(script, number, BLOCKED)
    made.send_individually()
    assert (made.stop.kind, made.stop.status) == ("response", 403)
    assert [operation.next for operation in operations[MOST_IN_A_ROW:]] == ["end"] + ["write"] * 4


def test_after_a_batch_that_stops_all_no_other_is_sent(script, monkeypatch):
    monkeypatch.setattr(executor_module, "MAX_BATCH_ITEMS", 1)
    made, operations = executor(2)
    script.expect("POST", BATCH, refused(401))
    made.send_in_batches()
    assert (made.stop.kind, [operation.next for operation in operations]) == ("auth", ["write", "write"])


def test_when_time_is_up_two_failures_in_a_row_are_enough(script):
    made, operations = executor(4, max_wait=0)
    patched(script, 0)
    patched(script, 1, refused(500))
    patched(script, 2, refused(503))
    script.expect("GET", DOMAINS, listed(numbered(1), numbered(2)))
    made.send_individually()
    assert made.stop is operations[2].failure
    assert [operation.failure and operation.failure.status for operation in operations] == [None, 500, 503, None]
    assert operations[3].next == "write"


def test_when_time_is_up_a_failure_among_successes_is_not(script):
    made, operations = executor(5, max_wait=0)
    for number in range(5):
        patched(script, number, refused(500 + number) if number in (1, 3) else None)
    script.expect("GET", DOMAINS, listed(numbered(1), numbered(3)))
    made.send_individually()
    assert made.stop is None
    # Each is told its own error, although the same lack of time has ended both.
    assert [operation.failure and operation.failure.status for operation in operations] == [None, 501, None, 503, None]


def test_a_single_domain_for_which_no_time_is_left_has_failed(script):
    made, operations = executor(1, max_wait=0.1)
    patched(script, 0, refused(500)).expect("GET", DOMAINS, listed(numbered(0)))
    made.send_individually()
    assert (made.stop, operations[0].failure.status) == (None, 500)


class Sending:
    """Stands in for the connection: the first write is answered at once, and the others do what they are told."""

    def __init__(self, script, others):
        self._script, self._others, self._first = script, others, True

    def send(self, request, _body):
        number = int(request.path[-12:], 16)
        return ok(done(number)) if number == 0 else self._others(number)


def test_two_connections_are_used_at_the_same_time(script):
    both = threading.Barrier(2, timeout=5)
    made, operations = executor(3, concurrency=2)
    script.send = Sending(script, lambda number: both.wait() in (0, 1) and ok(done(number))).send
    made.send_individually()
    assert [operation.failure for operation in operations] == [None, None, None]


def test_a_defect_in_a_thread_is_not_swallowed(script):
    made, _operations = executor(3, concurrency=2)
    script.send = Sending(script, lambda number: 1 // 0).send
    with pytest.raises(ZeroDivisionError):
        made.send_individually()
