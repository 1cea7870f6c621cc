# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries out the changes of many mail domains: in batches where that is wanted, and singly over a few connections.

Work goes in waves. Each wave writes what is to be written, and then one reading of the account answers for all whose outcome
is open. So a domain that fails again and again waits for the others, and never they for it.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from collections import deque
from collections.abc import Callable

from ..api.errors import ApiError, StaleReadingError
from ..resources.base import LiveObject
from ..resources.domain_names import normalize_live_name
from ..resources.domains import DOMAIN, MAX_NAMES_IN_FILTER, Domains
from .apply_one import execute_write
from .errors import ChangeError
from .index import LiveIndex
from .operation import Operation

MAX_BATCH_ITEMS = 1000
# A wave is broken off after so many failures of the server in a row: it is down, and must not be asked a thousand times.
MOST_IN_A_ROW = 20
# When a task is ended, answers to what was sent already are waited for so long. Whoever ended it does not wait for long.
GRACE_SECONDS = 1.0
# A last look at no more than so many domains is a read of each by its id: a list may lag behind.
MOST_LAST_LOOKS = 100
# After these the server would not be heard in a look either.
UNREACHABLE_KINDS = {"auth", "rate_limited", "network"}


class BulkExecutor:
    """The changes of one task, on their way.

    C(stop): what stopped all of it. An operation that has not ended then was not reached.
    `pages`: how many requests one reading of the whole account takes.
    """

    def __init__(self, domains: Domains, operations: list[Operation], concurrency: int, *, pages: int = 1) -> None:
        self._domains, self._client = domains, domains.client
        self._operations, self._concurrency, self._pages = operations, concurrency, pages
        self.stop: ApiError | None = None
        self._lock = threading.Lock()
        self._successes = self._consecutive_failures = self._rounds_without_progress = 0
        self._last_server_error: ApiError | None = None
        self._is_cancelled = self._is_told = False
        # What is being sent: by each thread one operation, and those of a batch.
        self._in_flight: dict[int, Operation] = {}
        self._batched: list[Operation] = []
        self._outcomes: deque[tuple[Operation, ApiError | None, LiveObject | None]] = deque()
        self._parent = os.getppid()

    def send_in_batches(self) -> None:
        """Send what can be sent together, look, and leave what is not as asked to be sent singly."""
        waiting = [operation for operation in self._operations if can_be_batched(operation)]
        while waiting and not self._is_stopped():
            chunk = waiting[:MAX_BATCH_ITEMS]
            self._batched = chunk
            try:
                answers, error = self._batch(chunk)
            except StaleReadingError as stale:
                # Not sent: read all of it again first, and go on with what nobody else has changed meanwhile.
                for operation in waiting:
                    operation.write(_returning(None, stale))
                self._batched = []
                self._look()
                waiting = [operation for operation in waiting if operation.next == "write"]
                continue
            if self.stop is None or self.stop.outcome_unknown:
                self._outcomes += [(operation, error, _answer_for(operation, answers)) for operation in chunk]
            self._batched, waiting = [], waiting[MAX_BATCH_ITEMS:]
            if self.stop is not None or (error is not None and _is_missing(error)):
                break
        if self._outcomes:
            self._look_after_batches()

    def send_individually(self) -> None:
        """Write what is still to be written, until every operation has ended or all of it is stopped."""
        while self.stop is None and (writing := self._pending("write")):
            successes = self._successes
            if not self._wait_before_retries([operation for operation in writing if operation.again]):
                break
            # Those that were not tried yet first: what fails again and again must not be in their way.
            self._write(sorted(self._pending("write"), key=lambda operation: operation.again is not None))
            self._look()
            self._rounds_without_progress = self._rounds_without_progress + 1 if self._successes == successes else 0
            if self._should_stop() and self._pending("write"):
                self.stop = self.stop or self._last_server_error
        self._give_up_repeating()

    def cancel(self) -> None:
        """Send nothing more."""
        self._is_cancelled = True
        self._client.cancel()

    def end(self, ended: BaseException) -> None:
        """Stop everything at once, and tell of each operation what is known. Nothing is looked at: there is no time left.

        Args:
            ended: what a signal's handler raised in the main thread.
        """
        from .interruption import error_of

        self.stop = error = error_of(ended)
        self.cancel()
        until = time.monotonic() + GRACE_SECONDS
        while any(thread != threading.get_ident() for thread in list(self._in_flight)) and time.monotonic() < until:
            time.sleep(0.01)
        with self._lock:
            # An answer that comes later changes nothing of what is told now.
            self._is_told = True
            under_way = [*self._in_flight.values(), *self._batched]
        for operation in under_way:
            operation.unknown_outcome = ApiError("network", f"The change of {operation.title} was on its way when the task was ended.")
            operation.record_failed_read(error)
        for operation, refusal, answer in self._outcomes:
            if operation.next != "end":
                operation.record_batch_response_only(refusal, answer, error)
        for operation in self._pending("look"):
            self._cannot_see(operation, error)
        self._give_up_repeating()

    def _give_up_repeating(self) -> None:
        for operation in self._pending("write"):
            if operation.again is not None:
                operation.fail(operation.again)

    def _pending(self, step: str) -> list[Operation]:
        return [operation for operation in self._operations if operation.next == step]

    def _batch(self, chunk: list[Operation]) -> tuple[dict[str, LiveObject], ApiError | None]:
        """The objects of the answer by id and by name, or why there is none."""
        try:
            answers = self._domains.batch(
                deletes=[operation.live or {} for operation in chunk if operation.change.action == "delete"],
                patches=[(operation.live or {}, operation.body) for operation in chunk if operation.change.action == "update"],
                posts=[operation.body for operation in chunk if operation.change.action == "create"],
                by=min((operation.write_by for operation in chunk if operation.write_by is not None), default=None),
            )
        except StaleReadingError:
            raise
        except ApiError as error:
            # A batch that the permission does not cover, or that a firewall's rule stops, proves nothing of single writes.
            if self._stops(error) and error.kind not in ("permission", "not_entitled", "response"):
                self.stop = error
            return {}, error
        self._successes += 1
        names = {normalize_live_name(live.get("domain")): live for live in answers}
        return {**{name: live for name, live in names.items() if name}, **{str(live.get("id")).lower(): live for live in answers}}, None

    def _look_after_batches(self) -> None:
        try:
            live_index = self._read([operation for operation, _error, _answer in self._outcomes])
        except ApiError as error:
            self.stop = error
            while self._outcomes:
                operation, refusal, answer = self._outcomes.popleft()
                operation.record_batch_response_only(refusal, answer, error)
            return
        while self._outcomes:
            operation, refusal, answer = self._outcomes.popleft()
            try:
                found = _found(live_index, operation)
            except ApiError as error:
                operation.record_failed_read(error)
            else:
                operation.record_live_state_after_batch(found, refusal, answer)
        self._look()

    def _wait_before_retries(self, repeated: list[Operation]) -> bool:
        """Wait before these are repeated. Where max_wait does not hold that, they have failed; so has all, if nothing else succeeds either."""
        if not repeated or (first := repeated[0].again) is None:
            return True
        delay = self._client.retry_delay(first, self._rounds_without_progress)
        if not self._client.wait_before_retry(first, delay, len(repeated)):
            error = self._client.exhausted(first, delay)
            repeated[0].fail(error)
            for operation in repeated[1:]:
                operation.fail(operation.again or error)
            if self._rounds_without_progress and self._pending("write"):
                self.stop = error
        return self.stop is None

    def _write(self, writing: list[Operation]) -> None:
        waiting = deque(writing)
        self._consecutive_failures = 0
        if waiting and not self._successes:
            # Alone: if the credential may not write, one refusal is enough.
            self._send(waiting.popleft())
        self._work_together(waiting)

    def _work_together(self, waiting: deque[Operation]) -> None:
        """Send over several connections at once. The threads are daemons: one that waits for an answer does not keep the process from ending."""
        worker_count = min(self._concurrency, len(waiting))
        if worker_count <= 1:
            self._work(waiting)
            return
        finished: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()

        def work() -> None:
            fault: BaseException | None = None
            try:
                self._work(waiting)
            except BaseException as error:  # noqa: BLE001 - raised again in the main thread
                fault = error
            finished.put(fault)

        for _number in range(worker_count):
            threading.Thread(target=work, daemon=True).start()
        faults = [finished.get() for _number in range(worker_count)]
        for fault in faults:
            if fault is not None:
                raise fault

    def _work(self, waiting: deque[Operation]) -> None:
        while not self._is_stopped() and self._consecutive_failures < MOST_IN_A_ROW and not self._should_stop():
            try:
                operation = waiting.popleft()
            except IndexError:
                return
            self._send(operation)

    def _send(self, operation: Operation) -> None:
        thread = threading.get_ident()
        self._in_flight[thread] = operation
        answer: LiveObject | None = None
        error: ApiError | None = None
        try:
            answer = execute_write(self._domains, operation)
        except ApiError as caught:
            error = caught
        with self._lock:
            if self._is_told:
                return
            # The operation is touched under the lock alone: whoever ends the task tells what became of it.
            operation.write(_returning(answer, error))
            self._count(operation)
            del self._in_flight[thread]

    def _count(self, operation: Operation) -> None:
        error = operation.failure or operation.unknown_outcome
        if operation.is_stale:
            # Not sent: it is to be read again first.
            return
        if error is None:
            self._successes, self._consecutive_failures = self._successes + 1, 0
        elif self._stops(error):
            self.stop = self.stop or error
            if error.kind == "rate_limited" and operation.failure is not None:
                operation.reset_to_pending()
        elif error.outcome_unknown or _is_of_edge(error):
            self._consecutive_failures, self._last_server_error = self._consecutive_failures + 1, error

    def _is_stopped(self) -> bool:
        """Whether nothing more may be sent, as when the process that started the task has ended (ansible-playbook, with its terminal)."""
        if self.stop is None and os.getppid() != self._parent:
            self.stop = ApiError("network", "The process that started the task has ended.", "Nothing more was sent.")
        return self._is_cancelled or self.stop is not None

    def _stops(self, error: ApiError) -> bool:
        """Whether no other domain would fare better."""
        if error.kind in ("permission", "not_entitled"):
            return not self._successes
        if _is_of_edge(error):
            # After a success it may be about one domain's values. So many in a row are not.
            return not self._successes or self._consecutive_failures + 1 >= MOST_IN_A_ROW
        return error.kind in ("auth", "rate_limited") or (error.kind == "network" and not error.outcome_unknown)

    def _should_stop(self) -> bool:
        """Whether max_wait is used up, and not by a single bad domain among good ones."""
        return self._client.is_out_of_time and self._consecutive_failures >= (2 if self._successes else 1)

    def _look(self) -> None:
        while looking := self._pending("look"):
            late = [operation for operation in looking if operation.pause]
            if late and not self._client.wait(max(operation.pause for operation in late)):
                for operation in late:
                    operation.give_up()
                continue
            self._look_at(looking)

    def _look_at(self, looking: list[Operation]) -> None:
        try:
            if self.stop is not None and self.stop.kind in UNREACHABLE_KINDS and not self.stop.outcome_unknown:
                raise self.stop
            # Of these it is told what the look shows.
            last = [operation for operation in looking if operation.is_last_look and operation.change.action != "create"]
            is_proof = len(last) <= MOST_LAST_LOOKS
            by_id = last if is_proof else []
            listed = [operation for operation in looking if operation not in by_id]
            live_index = self._read(listed) if listed else LiveIndex([], self._client.redact)
        except ApiError as caught:
            for operation in looking:
                self._cannot_see(operation, caught)
            return
        for operation in looking:
            try:
                found = self._domains.read(operation.live_id) if operation in by_id else _found(live_index, operation)
            except ApiError as error:
                operation.record_failed_read(error)
            else:
                operation.see(found, is_proof=is_proof)

    def _cannot_see(self, operation: Operation, error: ApiError) -> None:
        operation.record_failed_read(error)
        if self.stop is not None and operation.is_stale and operation.failure is not None and not isinstance(operation.failure, ChangeError):
            # It was to be read again before its write, and nothing of it was sent.
            operation.reset_to_pending()

    def _read(self, operations: list[Operation]) -> LiveIndex:
        """The live domains that these operations are about. Of a few only those are read, of many the whole account.

        That a filter by name finds nothing proves nothing: the server may hold another spelling of the name. So what is to be gone is read by id, or in
        the whole list, whichever takes fewer requests. The same goes for what may not have its name any more, or not yet.
        """
        by_id = [operation for operation in operations if operation.change.action == "delete" or _is_renaming(operation)]
        names = {_name_of(operation) for operation in operations if operation not in by_id}
        may_be_missing = any(operation.change.action != "update" for operation in operations) or bool(by_id)
        if None in names or len(names) > MAX_NAMES_IN_FILTER or (may_be_missing and len(by_id) + bool(names) >= self._pages):
            return LiveIndex(self._domains.all(), self._client.redact)
        live: list[LiveObject] = list(self._domains.named(name for name in names if name)) if names else []
        live += [found for operation in by_id if (found := self._domains.read(operation.live_id)) is not None]
        return LiveIndex(live, self._client.redact)


def can_be_batched(operation: Operation) -> bool:
    """Not a renaming: the API of today refuses that, and a refused entry may cost the whole batch."""
    return operation.next == "write" and not _is_renaming(operation)


def _is_renaming(operation: Operation) -> bool:
    change = operation.change
    return change.action == "update" and DOMAIN.title in change.body


def _name_of(operation: Operation) -> str | None:
    """The name by which the server finds it; None if it has none."""
    change = operation.change
    return (change.body if change.action == "create" else change.before).get(DOMAIN.title)


def _is_missing(error: ApiError) -> bool:
    """Whether there is no such endpoint, rather than no such domain."""
    return error.status == 405 or (error.status == 404 and not error.is_gone)


def _is_of_edge(error: ApiError) -> bool:
    """Whether something in front of the API refused the request, such as a firewall that does not let this host's address pass."""
    return error.kind == "response" and error.status == 403


def _found(live_index: LiveIndex, operation: Operation) -> LiveObject | None:
    return live_index.find(operation.title) if operation.change.action == "create" else live_index.read(operation.live_id)


def _answer_for(operation: Operation, answers: dict[str, LiveObject]) -> LiveObject | None:
    return answers.get(operation.title if operation.change.action == "create" else operation.live_id.lower())


def _returning(answer: LiveObject | None, error: ApiError | None) -> Callable[[Operation], LiveObject | None]:
    """What was sent already, as an operation expects it."""

    def send(_operation: Operation) -> LiveObject | None:
        if error is not None:
            raise error
        return answer

    return send
