"""Writes that are based on an old reading, and a task that is ended by a signal while it writes."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import ApiError, Request
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile import executor as executor_module
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.bulk import bulk_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.executor import BulkExecutor
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.interruption import error_of, failed_result, with_result
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.operation import Operation
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN, Domains
from ansible_collections.mailops.cloudflare.plugins.modules import email_security_domains
from ansible_collections.mailops.cloudflare.tests.unit.support import ACCOUNT, DOMAINS, LIVE, TOKEN, Clock, client, listed, ok, refused, run_module

BATCH = f"{DOMAINS}/batch"


def numbered(number, **differing):
    return {**LIVE, "id": f"5e0a4f6e-7b9d-4d0e-8a51-{number:012x}", "domain": f"d{number}.example", **differing}


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
    return bulk_from_options(options).apply(client(clock, max_wait=max_wait), check_mode=False)


class TestOldReading:
    """A write is not based on a reading that is older than ten seconds (F28)."""

    def late(self, script, number):
        """The server puts a write off for so long that its reading is old by then."""
        return script.expect("PATCH", one(number), refused(429, retry_after="60"))

    def test_one_reading_of_the_list_for_all_that_is_left(self, script):
        rows = [numbered(number) for number in range(4)]
        self.late(listing(script, *rows), 0)
        listing(script, *rows)
        for number in range(4):
            script.expect("PATCH", one(number), ok(done(number)))
        result = applied(Clock(), *hops(0, 1, 2, 3))
        assert result["summary"]["updated"] == 4

    def test_an_edit_that_was_made_meanwhile_is_not_overwritten_and_the_others_go_on(self, script):
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

    def test_fields_that_are_not_declared_are_not_looked_at(self, script):
        self.late(listing(script, numbered(0)), 0)
        listing(script, numbered(0, regions=["AU"], transport="mx.other.example"))
        script.expect("PATCH", one(0), ok(done(0)), body={"lookback_hops": 2})
        assert applied(Clock(), *hops(0))["summary"]["updated"] == 1

    def test_a_server_that_writes_the_same_otherwise_is_not_someone_else(self, script):
        """Types, case and joined networks are no edit."""
        networks = ["192.0.2.0/25", "192.0.2.128/25"]
        desired = {"domain": "d0.example", "lookback_hops": 2, "ip_restrictions": ["198.51.100.0/24"]}
        self.late(listing(script, numbered(0, ip_restrictions=networks)), 0)
        listing(script, numbered(0, ip_restrictions=["192.0.2.0/24"], lookback_hops=1.0))
        script.expect("PATCH", one(0), ok(numbered(0, **desired)))
        listing(script, numbered(0, **desired))
        assert applied(Clock(), desired)["summary"]["updated"] == 1

    def test_somebody_else_has_done_it(self, script):
        self.late(listing(script, numbered(0), numbered(1)), 0)
        listing(script, done(0), numbered(1))
        script.expect("PATCH", one(1), ok(done(1)))
        assert applied(Clock(), *hops(0, 1))["summary"]["updated"] == 1

    def test_a_batch_waits_for_a_new_reading_too(self, script):
        rows = [numbered(number) for number in range(3)]
        listing(script, *rows).expect("POST", BATCH, refused(429, retry_after="60"))
        listing(script, rows[0], numbered(1, lookback_hops=9), rows[2])
        patches = [{"id": numbered(number)["id"], "lookback_hops": 2} for number in (0, 2)]
        script.expect("POST", BATCH, ok({}), body={"deletes": [], "patches": patches, "puts": [], "posts": []})
        listing(script, done(0), numbered(1, lookback_hops=9), done(2))
        result = applied(Clock(), *hops(0, 1, 2), batch="always")
        assert (result["summary"]["updated"], result["summary"]["failed"]) == (2, 1)

    def test_where_it_cannot_be_read_again_nothing_more_is_written(self, script):
        self.late(listing(script, numbered(0), numbered(1)), 0)
        script.expect("GET", DOMAINS, refused(401))
        result = applied(Clock(), *hops(0, 1))
        assert (result["changed"], result["summary"]["failed"]) == (False, 2)

    def test_what_is_quick_costs_nothing_more(self, script):
        clock, rows = Clock(), [numbered(number) for number in range(3)]
        listing(script, *rows)
        for number in range(3):
            script.expect("PATCH", one(number), ok(done(number)))
        send = script.send
        script.send = lambda *request: (clock.sleep(3), send(*request))[1]
        assert applied(clock, *hops(0, 1, 2))["summary"]["updated"] == 3


class Slow:
    """Stands in for the connection: one write after the other is answered, or is not until it is told."""

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
    """As Ansible's TaskTimeoutError."""


def ended_by(kind, server, run):
    """The result, when a signal is handled in the main thread as soon as a write hangs."""

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
class TestEnded:
    """F27: what was changed, what is not known and what was not reached."""

    def test_several_at_once(self, script, monkeypatch, kind):
        monkeypatch.setattr(executor_module, "GRACE_SECONDS", 0.2)
        server = Slow(script, answered=range(4))
        began = time.monotonic()
        result = ended_by(kind, server, lambda: module(*hops(*range(20)), concurrency=2))
        assert time.monotonic() - began < 5
        assert (result["failed"], result["changed"], result["failure"]["kind"]) == (True, True, "network")
        unknown = [entry for entry in result["results"] if "failure" in entry and not entry.get("not_reached")]
        assert {entry["domain"] for entry in unknown} <= {"d4.example", "d5.example"}
        assert 1 <= len(unknown) <= 2
        assert all("is not known" in entry["msg"] and "on its way when the task was ended" in entry["msg"] for entry in unknown)
        assert (result["summary"]["updated"], result["summary"]["not_reached"]) == (4, 16 - len(unknown))
        assert f"Changed before that: 4. May have been changed: {len(unknown)}. Not reached: {16 - len(unknown)}." in result["msg"]
        assert result["plan"]
        assert result["api"]["requests"]

    def test_no_more_is_sent_afterwards(self, script, monkeypatch, kind):
        monkeypatch.setattr(executor_module, "GRACE_SECONDS", 0.2)
        server = Slow(script, answered=range(4))
        ended_by(kind, server, lambda: module(*hops(*range(20)), concurrency=2))
        server.release.set()
        time.sleep(0.3)
        assert len(server.sent) <= 6

    def test_an_answer_that_comes_at_once_still_counts(self, script, monkeypatch, kind):
        server = Slow(script, answered=range(4))
        monkeypatch.setattr(executor_module, "GRACE_SECONDS", 5)
        cancel = BulkExecutor.cancel
        monkeypatch.setattr(BulkExecutor, "cancel", lambda self: (cancel(self), server.release.set()))
        result = ended_by(kind, server, lambda: module(*hops(*range(20)), concurrency=2))
        assert result["summary"]["updated"] == len(server.sent)
        assert "May have been changed" not in result["msg"]

    def test_the_first_goes_alone(self, script, kind):
        server = Slow(script)
        result = ended_by(kind, server, lambda: module(*hops(0, 1, 2)))
        assert (result["changed"], result["summary"]["failed"], result["summary"]["not_reached"]) == (True, 3, 2)
        assert result["results"][0]["changes"] == {"lookback_hops": {"before": 1, "after": 2}}

    def test_a_batch(self, script, kind):
        server = Slow(script)
        result = ended_by(kind, server, lambda: module(*hops(0, 1, 2), batch="always"))
        assert (result["changed"], result["summary"]["failed"], result["summary"]["not_reached"]) == (True, 3, 0)
        assert (server.sent, "May have been changed: 3." in result["msg"]) == ([-1], True)


def test_a_write_that_waits_for_its_turn_is_not_sent_when_the_task_was_ended(script):
    listing(script, numbered(0))
    made = client()
    made.list_all(Request("GET", DOMAINS, "list"))
    made.cancel()
    with pytest.raises(ApiError, match="it was not sent, because the task was ended") as ended:
        made.send_write(Request("PATCH", one(0), "try"), {})
    assert ended.value.kind == "network"


def test_an_end_reaches_the_writes_that_wait_for_their_turn(script):
    operation = Operation(DOMAIN, DOMAIN.to_present({"lookback_hops": 2}, numbered(0)), numbered(0))
    made_client = client()
    made = BulkExecutor(Domains(made_client), [operation], 1)
    made.end(KeyboardInterrupt())
    assert (made.stop.kind, operation.next) == ("network", "write")
    with pytest.raises(Exception, match="it was not sent"):
        made_client.send_write(Request("PATCH", one(0), "try"), {})


def test_what_was_still_to_be_looked_at_is_told_as_not_known(script):
    operation = Operation(DOMAIN, DOMAIN.to_absent(numbered(0)), numbered(0))
    operation.write(lambda _operation: None)
    BulkExecutor(Domains(client()), [operation], 1).end(KeyboardInterrupt())
    assert (operation.next, operation.failure.kind, operation.failure.result["changed"]) == ("end", "network", True)
    assert "The change was sent; whether it was made is not known." in str(operation.failure)


def test_writes_stop_when_the_process_that_started_the_task_has_ended(script, monkeypatch):
    operations = [Operation(DOMAIN, DOMAIN.to_present({"lookback_hops": 2}, numbered(number)), numbered(number)) for number in range(3)]
    made = BulkExecutor(Domains(client()), operations, 1)
    script.expect("PATCH", one(0), ok(done(0)))
    parents = iter([1, 1, 1])
    monkeypatch.setattr(os, "getppid", lambda: next(parents))
    made._parent = 1
    monkeypatch.setattr(BulkExecutor, "_count", lambda self, _operation: monkeypatch.setattr(os, "getppid", lambda: 2))
    made.send_individually()
    assert (made.stop.kind, [operation.next for operation in operations]) == ("network", ["end", "write", "write"])


@pytest.mark.parametrize(
    ("ended", "words"), [(TimeLimitError("no"), "by a signal (TimeLimitError)"), (KeyboardInterrupt(), "Ctrl-C"), (SystemExit(1), "by a signal (SystemExit)")]
)
def test_what_ended_it(ended, words):
    assert words in str(error_of(ended))


def test_the_time_limit_of_ansible():
    kind = type("TaskTimeoutError", (BaseException,), {})
    assert "the keyword timeout" in str(error_of(kind()))


@pytest.mark.parametrize("has_written", [True, False])
def test_a_result_without_a_fleet(has_written):
    result = failed_result(KeyboardInterrupt(), has_written=has_written)
    assert (result["changed"], "is not known" in result["msg"], result["failure"]["kind"]) == (has_written, has_written, "network")


def test_a_result_with_one():
    ended = with_result(KeyboardInterrupt(), {"changed": False, "msg": "so far", "summary": {}})
    assert failed_result(ended, has_written=True) | {"failure": None} == {"changed": False, "msg": "so far", "summary": {}, "failure": None}
