"""The execution of many changes: outdated readings, errors that stop everything, interruptions."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import ApiError, ApiMessage, Request
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.responses import Response
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile import executor as executor_module
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.bulk import bulk_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.change import plan_absent, plan_present
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.executor import (
    MAX_CONSECUTIVE_FAILURES,
    BulkExecutor,
    _is_from_edge,
    is_endpoint_missing,
)
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.operation import Operation
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN, Domains
from ansible_collections.mailops.cloudflare.plugins.modules import email_security_domains
from ansible_collections.mailops.cloudflare.tests.unit.support import (
    ACCOUNT,
    DOMAINS,
    TOKEN,
    Clock,
    client,
    listed,
    lost,
    numbered,
    ok,
    refused,
    run_module,
)

BATCH = f"{DOMAINS}/batch"


def one(number):
    return f"{DOMAINS}/{numbered(number)['id']}"


def done(number):
    return numbered(number, lookback_hops=2)


def hops(*numbers):
    return [{"domain": f"d{number}.example", "lookback_hops": 2} for number in numbers]


def listing(script, *rows):
    return script.expect("GET", DOMAINS, listed(*rows))


def applied(clock, *domains, batch="never", max_wait=330):
    options = {"domains": list(domains), "concurrency": 1, "batch": batch}
    return bulk_from_options(DOMAIN, options).apply(Domains(client(clock, max_wait=max_wait)), check_mode=False)


class TestStaleReading:
    """A write is not based on a reading that is older than ten seconds."""

    def late(self, script, number):
        """The server delays a write until its reading is outdated."""
        return script.expect("PATCH", one(number), refused(429, retry_after="60"))

    def test_pending_operations_share_one_listing(self, script):
        rows = [numbered(number) for number in range(4)]
        self.late(listing(script, *rows), 0)
        listing(script, *rows)
        for number in range(4):
            script.expect("PATCH", one(number), ok(done(number)))
        result = applied(Clock(), *hops(0, 1, 2, 3))
        assert result["summary"]["updated"] == 4

    def test_edited_object_fails_and_the_others_are_written(self, script):
        rows = [numbered(number) for number in range(3)]
        self.late(listing(script, *rows), 0)
        listing(script, rows[0], numbered(1, lookback_hops=9), rows[2])
        for number in (0, 2):
            script.expect("PATCH", one(number), ok(done(number)))
        result = applied(Clock(), *hops(0, 1, 2))
        [conflict] = [entry for entry in result["results"] if "failure" in entry]
        assert (conflict["domain"], conflict["failure"]["kind"], result["summary"]["updated"]) == ("d1.example", "conflict", 2)
        states = conflict["failure"]["states"]
        assert [states["before"]["lookback_hops"], states["asked"]["lookback_hops"], states["found"]["lookback_hops"]] == [1, 2, 9]

    def test_undeclared_fields_are_ignored(self, script):
        self.late(listing(script, numbered(0)), 0)
        listing(script, numbered(0, regions=["AU"], transport="mx.other.example"))
        script.expect("PATCH", one(0), ok(done(0)), body={"lookback_hops": 2})
        assert applied(Clock(), *hops(0))["summary"]["updated"] == 1

    def test_other_spelling_of_the_server_is_no_edit(self, script):
        """Other types, other case and joined networks are not an edit."""
        networks = ["192.0.2.0/25", "192.0.2.128/25"]
        desired = {"domain": "d0.example", "lookback_hops": 2, "ip_restrictions": ["198.51.100.0/24"]}
        self.late(listing(script, numbered(0, ip_restrictions=networks)), 0)
        listing(script, numbered(0, ip_restrictions=["192.0.2.0/24"], lookback_hops=1.0))
        script.expect("PATCH", one(0), ok(numbered(0, **desired)))
        listing(script, numbered(0, **desired))
        assert applied(Clock(), desired)["summary"]["updated"] == 1

    def test_object_already_as_desired_is_not_written(self, script):
        self.late(listing(script, numbered(0), numbered(1)), 0)
        listing(script, done(0), numbered(1))
        script.expect("PATCH", one(1), ok(done(1)))
        assert applied(Clock(), *hops(0, 1))["summary"]["updated"] == 1

    def test_batch_is_preceded_by_a_new_reading(self, script):
        rows = [numbered(number) for number in range(3)]
        listing(script, *rows).expect("POST", BATCH, refused(429, retry_after="60"))
        listing(script, rows[0], numbered(1, lookback_hops=9), rows[2])
        patches = [{"id": numbered(number)["id"], "lookback_hops": 2} for number in (0, 2)]
        script.expect("POST", BATCH, ok({}), body={"deletes": [], "patches": patches, "puts": [], "posts": []})
        listing(script, done(0), numbered(1, lookback_hops=9), done(2))
        result = applied(Clock(), *hops(0, 1, 2), batch="always")
        assert (result["summary"]["updated"], result["summary"]["failed"]) == (2, 1)

    def test_failed_reading_stops_writing(self, script):
        self.late(listing(script, numbered(0), numbered(1)), 0)
        script.expect("GET", DOMAINS, refused(401))
        result = applied(Clock(), *hops(0, 1))
        assert (result["changed"], result["summary"]["failed"]) == (False, 2)

    def test_fresh_reading_costs_no_request(self, script):
        clock, rows = Clock(), [numbered(number) for number in range(3)]
        listing(script, *rows)
        for number in range(3):
            script.expect("PATCH", one(number), ok(done(number)))
        send = script.send

        def send_slowly(*request):
            clock.sleep(3)
            return send(*request)

        script.send = send_slowly
        assert applied(clock, *hops(0, 1, 2))["summary"]["updated"] == 3


class Slow:
    """A connection that answers some writes, and the others only after `release` is set."""

    def __init__(self, script, answered=(), *, rows=20):
        self.sent, self._answered, self._first = [], set(answered), script.send
        self.release, self.reached = threading.Event(), threading.Event()
        self._rows = [numbered(number) for number in range(rows)]
        script.send = self.send

    def send(self, request, body):
        if request.method == "GET":
            return listed(*self._rows)
        number = -1 if request.path == BATCH else int(request.path[-12:], 16)
        self.sent.append(number)
        if number not in self._answered:
            self.reached.set()
            assert self.release.wait(30)
        return ok(done(number))


class TimeLimitError(BaseException):
    """Like TaskTimeoutError of Ansible."""


def ended_by(kind, server, run):
    """The result if a signal arrives as soon as a write hangs."""

    def end(*_signal_and_frame):
        raise kind

    before = signal.signal(signal.SIGALRM, end)

    def strike():
        assert server.reached.wait(30)
        time.sleep(0.1)
        os.kill(os.getpid(), signal.SIGALRM)

    threading.Thread(target=strike, daemon=True).start()
    try:
        return run()
    finally:
        signal.signal(signal.SIGALRM, before)
        server.release.set()


def module(*domains, **options):
    return run_module(email_security_domains.main, {"account_id": ACCOUNT, "api_token": TOKEN, "domains": list(domains), "batch": "never", **options})


@pytest.mark.parametrize("kind", [TimeLimitError, KeyboardInterrupt, SystemExit])
class TestEnd:
    """The result of an interrupted task says what was changed, what is unknown and what was not reached."""

    def test_concurrent_writes_are_reported_as_unknown(self, script, monkeypatch, kind):
        monkeypatch.setattr(executor_module, "GRACE_SECONDS", 0.2)
        server = Slow(script, answered=range(4))
        began = time.monotonic()
        result = ended_by(kind, server, lambda: module(*hops(*range(20)), concurrency=2))
        assert time.monotonic() - began < 5
        assert (result["failed"], result["changed"], result["failure"]["kind"]) == (True, True, "network")
        unknown = [entry for entry in result["results"] if "failure" in entry and not entry.get("not_reached")]
        assert {entry["domain"] for entry in unknown} <= {"d4.example", "d5.example"}
        assert 1 <= len(unknown) <= 2
        assert all("is unknown" in entry["msg"] and "in flight when the task was ended" in entry["msg"] for entry in unknown)
        assert (result["summary"]["updated"], result["summary"]["not_reached"]) == (4, 16 - len(unknown))
        assert result["msg"].startswith("4 changed: d0.example, d1.example, d2.example, d3.example. Then the task was stopped: ")
        assert f"{len(unknown)} may have been changed: d" in result["msg"]
        assert f" Not reached: {16 - len(unknown)}. See results." in result["msg"]
        assert result["plan"]
        assert result["api"]["requests"]

    def test_nothing_is_sent_afterwards(self, script, monkeypatch, kind):
        monkeypatch.setattr(executor_module, "GRACE_SECONDS", 0.2)
        server = Slow(script, answered=range(4))
        ended_by(kind, server, lambda: module(*hops(*range(20)), concurrency=2))
        server.release.set()
        time.sleep(0.3)
        assert len(server.sent) <= 6

    def test_response_within_the_grace_period_counts(self, script, monkeypatch, kind):
        server = Slow(script, answered=range(4))
        monkeypatch.setattr(executor_module, "GRACE_SECONDS", 5)
        cancel = BulkExecutor.cancel

        def cancel_and_release(executor):
            cancel(executor)
            server.release.set()

        monkeypatch.setattr(BulkExecutor, "cancel", cancel_and_release)
        result = ended_by(kind, server, lambda: module(*hops(*range(20)), concurrency=2))
        assert result["summary"]["updated"] == len(server.sent)
        assert "May have been changed" not in result["msg"]

    def test_first_write_is_alone(self, script, kind):
        server = Slow(script)
        result = ended_by(kind, server, lambda: module(*hops(0, 1, 2)))
        assert (result["changed"], result["summary"]["failed"], result["summary"]["not_reached"]) == (True, 3, 2)
        assert result["results"][0]["changes"] == {"lookback_hops": {"before": 1, "after": 2}}

    def test_batch_is_reported_as_unknown(self, script, kind):
        server = Slow(script)
        result = ended_by(kind, server, lambda: module(*hops(0, 1, 2), batch="always"))
        assert (result["changed"], result["summary"]["failed"], result["summary"]["not_reached"]) == (True, 3, 0)
        assert (server.sent, "3 may have been changed: d0.example, d1.example, d2.example." in result["msg"]) == ([-1], True)


def test_cancel_waiting_write_is_not_sent(script):
    listing(script, numbered(0))
    made = client()
    made.list_all(Request("GET", DOMAINS, "list"))
    made.cancel()
    with pytest.raises(ApiError, match="it was not sent, because the task was ended") as ended:
        made.send_write(Request("PATCH", one(0), "try"), {})
    assert ended.value.kind == "network"


def test_end_waiting_writes_are_not_sent(script):
    operation = Operation(DOMAIN, plan_present(DOMAIN, {"lookback_hops": 2}, numbered(0)), numbered(0))
    made_client = client()
    made = BulkExecutor(Domains(made_client), [operation], 1)
    made.end(KeyboardInterrupt())
    assert (made.stop.kind, operation.step) == ("network", "write")
    with pytest.raises(Exception, match="it was not sent"):
        made_client.send_write(Request("PATCH", one(0), "try"), {})


def test_end_after_a_batch_believes_what_its_response_confirms():
    operations = [Operation(DOMAIN, plan_present(DOMAIN, {"lookback_hops": 2}, numbered(number)), numbered(number)) for number in range(2)]
    made = BulkExecutor(Domains(client()), operations, 1)
    # The response to the batch shows the first one only, and the account was not read again.
    made._outcomes.extend([(operations[0], None, done(0)), (operations[1], None, None)])
    made.end(KeyboardInterrupt())
    assert [operation.step for operation in operations] == ["end", "end"]
    assert (operations[0].failure, operations[0].completed.action) == (None, "update")
    assert operations[1].failure.result["changed"]


def test_send_individually_parent_process_gone_stops(script, monkeypatch):
    operations = [Operation(DOMAIN, plan_present(DOMAIN, {"lookback_hops": 2}, numbered(number)), numbered(number)) for number in range(3)]
    made = BulkExecutor(Domains(client()), operations, 1)
    script.expect("PATCH", one(0), ok(done(0)))
    parents = iter([1, 1, 1])
    monkeypatch.setattr(os, "getppid", lambda: next(parents))
    made._parent = 1
    monkeypatch.setattr(BulkExecutor, "_count", lambda self, _operation: monkeypatch.setattr(os, "getppid", lambda: 2))
    made.send_individually()
    assert (made.stop.kind, [operation.step for operation in operations]) == ("network", ["end", "write", "write"])


NOT_ENTITLED = refused(403, 1, "not available in the current subscription")


# Cloudflare's edge or a proxy does not let the request through to the API.
BLOCKED = Response(403, {"content-type": "text/html"}, b"<html>Access denied</html>")


def executor(count, *, concurrency=1, **more):
    """An executor with the same change of several domains."""
    operations = [Operation(DOMAIN, plan_present(DOMAIN, {"lookback_hops": 2}, numbered(number)), numbered(number)) for number in range(count)]
    return BulkExecutor(Domains(client(**more)), operations, concurrency), operations


def patched(script, number, reply=None):
    return script.expect("PATCH", one(number), reply or ok(done(number)))


def no_connection():
    error = lost()
    error.outcome_unknown, error.max_retries = False, 0
    return error


def test_limits_have_documented_values():
    assert (Domains.max_batch_items, MAX_CONSECUTIVE_FAILURES, executor_module.GRACE_SECONDS) == (1000, 20, 1.0)


@pytest.mark.parametrize(("kind", "status", "is_edge"), [("response", 403, True), ("permission", 403, False), ("response", 502, False)])
def test_is_from_edge_is_a_403_that_is_not_from_the_api(kind, status, is_edge):
    assert _is_from_edge(ApiError(kind, "no.", status=status)) is is_edge


@pytest.mark.parametrize(("status", "code", "missing"), [(404, 7003, True), (404, 1, False), (405, 1, True), (400, 7003, False), (403, 1, False)])
def testis_endpoint_missing_tells_endpoint_from_object(status, code, missing):
    kind = "not_found" if status == 404 else "invalid"
    assert is_endpoint_missing(ApiError(kind, "no.", status=status, errors=(ApiMessage(code, "no"),))) is missing


@pytest.mark.parametrize("stop", [refused(401), refused(429, retry_after="600"), no_connection()])
def test_verify_unreachable_server_sends_no_read(script, stop):
    made, operations = executor(3)
    patched(script, 0)
    patched(script, 1, lost())
    patched(script, 2, stop)
    made.send_individually()
    assert made.stop is not None
    assert operations[1].failure.message == operations[1].unknown_outcome.message
    assert "is unknown" in str(operations[1].failure)


@pytest.mark.parametrize("refusal", [refused(403, 9109), NOT_ENTITLED, BLOCKED])
def test_send_individually_first_write_forbidden_stops(script, refusal):
    made, operations = executor(3)
    patched(script, 0, refusal)
    made.send_individually()
    assert made.stop is operations[0].failure
    assert [operation.step for operation in operations] == ["end", "write", "write"]


@pytest.mark.parametrize("refusal", [refused(403, 9109), NOT_ENTITLED, BLOCKED])
def test_send_in_batches_forbidden_batch_does_not_stop_single_writes(script, refusal):
    made, operations = executor(2)
    script.expect("POST", BATCH, refusal).expect("GET", DOMAINS, listed(numbered(0), numbered(1)))
    patched(script, 0)
    patched(script, 1)
    made.send_in_batches()
    made.send_individually()
    assert (made.stop, [operation.failure for operation in operations]) == (None, [None, None])


@pytest.mark.parametrize("first", [0, 1])
def test_send_individually_forbidden_after_success_fails_alone(script, first):
    """A write was permitted before: in a batch, or individually."""
    made, operations = executor(3)
    script.expect("POST", BATCH, ok({})).expect("GET", DOMAINS, listed(*(numbered(number) for number in range(3))))
    for number in range(3):
        patched(script, number, refused(403, 9109) if number == first else None)
    made.send_in_batches()
    made.send_individually()
    assert made.stop is None
    assert [operation.failure and operation.failure.kind for operation in operations] == ["permission" if number == first else None for number in range(3)]


def test_send_individually_blocked_after_success_fails_alone(script):
    made, operations = executor(3)
    for number in range(3):
        patched(script, number, BLOCKED if number == 1 else None)
    made.send_individually()
    assert made.stop is None
    assert [operation.failure and operation.failure.kind for operation in operations] == [None, "response", None]


def test_send_individually_blocked_host_stops(script):
    made, operations = executor(MAX_CONSECUTIVE_FAILURES + 5)
    patched(script, 0)
    for number in range(1, MAX_CONSECUTIVE_FAILURES + 1):
        patched(script, number, BLOCKED)
    made.send_individually()
    assert (made.stop.kind, made.stop.status) == ("response", 403)
    assert [operation.step for operation in operations[MAX_CONSECUTIVE_FAILURES:]] == ["end"] + ["write"] * 4


def test_send_in_batches_fatal_error_sends_no_other_batch(script, monkeypatch):
    monkeypatch.setattr(Domains, "max_batch_items", 1)
    made, operations = executor(2)
    script.expect("POST", BATCH, refused(401))
    made.send_in_batches()
    assert (made.stop.kind, [operation.step for operation in operations]) == ("auth", ["write", "write"])


def test_send_individually_out_of_time_two_consecutive_failures_stop(script):
    made, operations = executor(4, max_wait=0)
    patched(script, 0)
    patched(script, 1, refused(500))
    patched(script, 2, refused(503))
    script.expect("GET", DOMAINS, listed(numbered(1), numbered(2)))
    made.send_individually()
    assert made.stop is operations[2].failure
    assert [operation.failure and operation.failure.status for operation in operations] == [None, 500, 503, None]
    assert operations[3].step == "write"


def test_send_individually_out_of_time_failure_among_successes_does_not_stop(script):
    made, operations = executor(5, max_wait=0)
    for number in range(5):
        patched(script, number, refused(500 + number) if number in (1, 3) else None)
    script.expect("GET", DOMAINS, listed(numbered(1), numbered(3)))
    made.send_individually()
    assert made.stop is None
    # Each is reported its own error, although the same lack of time has ended both.
    assert [operation.failure and operation.failure.status for operation in operations] == [None, 501, None, 503, None]


def test_send_individually_out_of_time_single_domain_fails(script):
    made, operations = executor(1, max_wait=0.1)
    patched(script, 0, refused(500)).expect("GET", DOMAINS, listed(numbered(0)))
    made.send_individually()
    assert (made.stop, operations[0].failure.status) == (None, 500)


def first_write_succeeds(send_other):
    """A connection whose first write succeeds; `send_other` sends the others."""

    def send(request, _body):
        number = int(request.path[-12:], 16)
        return ok(done(number)) if number == 0 else send_other(number)

    return send


def test_send_individually_two_connections_are_used(script):
    both = threading.Barrier(2, timeout=5)
    made, operations = executor(3, concurrency=2)

    def wait_for_the_other(number):
        both.wait()
        return ok(done(number))

    script.send = first_write_succeeds(wait_for_the_other)
    made.send_individually()
    assert [operation.failure for operation in operations] == [None, None, None]


def test_send_individually_exception_of_a_thread_is_raised(script):
    made, _operations = executor(3, concurrency=2)

    def fail(_number):
        raise ZeroDivisionError

    script.send = first_write_succeeds(fail)
    with pytest.raises(ZeroDivisionError):
        made.send_individually()


def test_end_reports_an_unverified_removal_as_unknown(script):
    operation = Operation(DOMAIN, plan_absent(DOMAIN, numbered(0)), numbered(0))
    operation.record_write(None)
    BulkExecutor(Domains(client()), [operation], 1).end(KeyboardInterrupt())
    assert (operation.step, operation.failure.kind, operation.failure.result["changed"]) == ("end", "network", True)
    assert "The change was sent; whether it was made is unknown." in str(operation.failure)


def test_steps_count_operations_by_what_is_known(script):
    it, operations = executor(4)
    assert it.steps() == ("changed", 4, 0, 0, 0)
    # The last one is not reached.
    for number, reply in enumerate((None, refused(400), lost("PATCH"))):
        patched(script, number, reply)
        it._send(operations[number])
    assert it.steps() == ("changed", 4, 1, 1, 1)


def test_steps_of_a_batch_are_unverified_until_it_is_read():
    it, operations = executor(2)
    it._outcomes += [(operation, None, None) for operation in operations]
    assert it.steps() == ("changed", 2, 0, 0, 2)


def test_steps_are_what_the_client_shows():
    it, _operations = executor(2)
    assert it._client.progress.steps() == it.steps()
