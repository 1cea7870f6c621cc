# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Applies the changes of many objects, in batches if that is wanted, otherwise with concurrent single requests.

Work is done in rounds. Each round sends what is pending, and then one listing of the account verifies all of it. So an object that fails
again and again waits for the others, and they do not wait for it.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from collections import deque
from typing import Union

from ..api.errors import UNREACHABLE_KINDS, ApiError, StaleReadingError
from ..api.progress import Steps
from ..resources.base import Key, LiveObject
from ..resources.collection import BatchAnswer, ResourceCollection
from .apply_one import execute_write
from .errors import ChangeError
from .index import LiveIndex
from .operation import Operation

# A round is aborted after this many consecutive failures of the server: it is down, and must not get a thousand requests.
MAX_CONSECUTIVE_FAILURES = 20
# When a task is ended, responses to what was already sent are awaited for this long. Whoever ended it does not wait for long.
GRACE_SECONDS = 1.0
# Up to this many objects are read by their ids in the last verification, because a list may lag behind.
MAX_FINAL_READS = 100

Responses = dict[Union[Key, str, None], LiveObject]


class BulkExecutor:
    """Executes the operations of one task.

    Attributes:
        stop: what stopped everything. Operations that have not ended then were not reached.
    """

    def __init__(self, collection: ResourceCollection, operations: list[Operation], concurrency: int, *, pages: int = 1) -> None:
        """Prepare to execute operations.

        Args:
            collection: the endpoints of the objects.
            operations: the operations, in the order of the declaration.
            concurrency: how many single requests are sent at the same time.
            pages: how many requests one listing of the account takes.
        """
        self._collection, self._client = collection, collection.client
        self._operations, self._concurrency, self._pages = operations, concurrency, pages
        self.stop: ApiError | None = None
        self._lock = threading.Lock()
        self._successes = self._consecutive_failures = self._rounds_without_progress = 0
        self._last_server_error: ApiError | None = None
        self._is_cancelled = self._is_reported = False
        # What is being sent: one operation by each thread, and those of a batch.
        self._in_flight: dict[int, Operation] = {}
        self._batched: list[Operation] = []
        self._outcomes: deque[tuple[Operation, ApiError | None, LiveObject | None]] = deque()
        self._parent = os.getppid()
        self._client.progress.steps = self.steps

    def steps(self) -> Steps:
        """Count the operations by what is known of them."""
        ended = self._pending("end")
        failed = sum(operation.failure is not None for operation in ended)
        unverified = len(self._pending("verify")) + len(self._outcomes)
        return Steps("changed", len(self._operations), len(ended) - failed, failed, unverified)

    def send_in_batches(self) -> None:
        """Send what can be sent in batches, and verify it. What is not as desired then stays pending."""
        waiting = [operation for operation in self._operations if can_be_batched(operation)]
        while waiting and not self._is_stopped():
            chunk = waiting[: self._collection.max_batch_items]
            self._batched = chunk
            try:
                responses, error = self._send_batch(chunk)
            except StaleReadingError as stale:
                # Not sent: read everything again, and continue with what nobody else has changed in the meantime.
                for operation in waiting:
                    operation.record_write_error(stale)
                self._batched = []
                self._verify()
                waiting = [operation for operation in waiting if operation.step == "write"]
                continue
            if self.stop is None or self.stop.outcome_unknown:
                self._outcomes += [(operation, error, _response_for(operation, responses)) for operation in chunk]
            self._batched, waiting = [], waiting[self._collection.max_batch_items :]
            if self.stop is not None or (error is not None and is_endpoint_missing(error)):
                break
        if self._outcomes:
            self._verify_batches()

    def send_individually(self) -> None:
        """Send what is pending, until every operation has ended or everything is stopped."""
        while self.stop is None and (writing := self._pending("write")):
            successes = self._successes
            if not self._wait_before_retries([operation for operation in writing if operation.retry_reason]):
                break
            # New operations first, so that one that keeps failing does not delay the others.
            self._write(sorted(self._pending("write"), key=lambda operation: operation.retry_reason is not None))
            self._verify()
            self._rounds_without_progress = self._rounds_without_progress + 1 if self._successes == successes else 0
            if self._should_stop() and self._pending("write"):
                self.stop = self.stop or self._last_server_error
        self._fail_retries()

    def run(self, *, in_batches: bool) -> BaseException | None:
        """Execute everything.

        Args:
            in_batches: whether batches are sent first.

        Returns:
            What ended the task from outside, such as a signal: its time limit, or Ctrl-C. What was done must be reported all the same.
        """
        try:
            if in_batches:
                self.send_in_batches()
            self.send_individually()
        except Exception:
            self.cancel()
            raise
        except BaseException as ended:  # noqa: BLE001 - see above
            self.end(ended)
            return ended
        return None

    def cancel(self) -> None:
        """Send nothing more."""
        self._is_cancelled = True
        self._client.cancel()

    def end(self, ended: BaseException) -> None:
        """Stop everything at once, and record what is known of each operation. Nothing is read: there is no time left.

        Args:
            ended: what the handler of a signal raised in the main thread.
        """
        from .interruption import interruption_error

        self.stop = error = interruption_error(ended)
        self.cancel()
        until = time.monotonic() + GRACE_SECONDS
        while any(thread != threading.get_ident() for thread in list(self._in_flight)) and time.monotonic() < until:
            time.sleep(0.01)
        with self._lock:
            # Later responses change nothing of what is reported now.
            self._is_reported = True
            in_flight = [*self._in_flight.values(), *self._batched]
        for operation in in_flight:
            operation.unknown_outcome = ApiError("network", f"The change of {operation.name} was in flight when the task was ended.")
            operation.record_failed_read(error)
        for operation, refusal, response in self._outcomes:
            if operation.step != "end":
                operation.record_batch_response_only(refusal, response, error)
        for operation in self._pending("verify"):
            self._record_failed_read(operation, error)
        self._fail_retries()

    def _fail_retries(self) -> None:
        for operation in self._pending("write"):
            if operation.retry_reason is not None:
                operation.fail(operation.retry_reason)

    def _pending(self, step: str) -> list[Operation]:
        return [operation for operation in self._operations if operation.step == step]

    def _send_batch(self, chunk: list[Operation]) -> tuple[Responses, ApiError | None]:
        """Send a batch. Returns the objects of the response by id and by key, or why the batch failed."""
        try:
            responses = self._request_batch(chunk).objects
        except StaleReadingError:
            raise
        except ApiError as error:
            # A batch that the permission does not cover, or that a firewall blocks, proves nothing of single writes.
            if self._stops_all(error) and error.kind not in ("permission", "not_entitled", "response"):
                self.stop = error
            return {}, error
        self._successes += 1
        by_key: Responses = {self._collection.resource.live_key(live): live for live in responses}
        return {**by_key, **{str(live.get("id")).lower(): live for live in responses}}, None

    def _request_batch(self, chunk: list[Operation]) -> BatchAnswer:
        return self._collection.batch(
            deletes=[operation.live or {} for operation in chunk if operation.change.action == "delete"],
            patches=[(operation.live or {}, operation.body) for operation in chunk if operation.change.action == "update"],
            posts=[operation.body for operation in chunk if operation.change.action == "create"],
            by=min((operation.write_by for operation in chunk if operation.write_by is not None), default=None),
        )

    def _verify_batches(self) -> None:
        try:
            live_index = self._read([operation for operation, _error, _response in self._outcomes])
        except ApiError as error:
            self.stop = error
            while self._outcomes:
                operation, refusal, response = self._outcomes.popleft()
                operation.record_batch_response_only(refusal, response, error)
            return
        while self._outcomes:
            operation, refusal, response = self._outcomes.popleft()
            try:
                found = self._find(live_index, operation)
            except ApiError as error:
                operation.record_failed_read(error)
            else:
                operation.record_live_state_after_batch(found, refusal, response)
        self._verify()

    def _wait_before_retries(self, retried: list[Operation]) -> bool:
        """Wait before operations are retried. If max_wait does not permit that, they fail; and everything fails, if nothing else succeeds either."""
        if not retried or (first := retried[0].retry_reason) is None:
            return True
        delay = self._client.retry_delay(first, self._rounds_without_progress)
        if not self._client.wait_before_retry(first, delay, len(retried)):
            error = self._client.exhausted(first, delay)
            retried[0].fail(error)
            for operation in retried[1:]:
                operation.fail(operation.retry_reason or error)
            if self._rounds_without_progress and self._pending("write"):
                self.stop = error
        return self.stop is None

    def _write(self, writing: list[Operation]) -> None:
        waiting = deque(writing)
        self._consecutive_failures = 0
        if waiting and not self._successes:
            # Alone: if the credential has no permission to write, one refusal is enough.
            self._send(waiting.popleft())
        self._send_concurrently(waiting)

    def _send_concurrently(self, waiting: deque[Operation]) -> None:
        """Send over several connections. The threads are daemons: one that waits for a response does not keep the process from ending."""
        worker_count = min(self._concurrency, len(waiting))
        if worker_count <= 1:
            self._send_all(waiting)
            return
        finished: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()

        def work() -> None:
            fault: BaseException | None = None
            try:
                self._send_all(waiting)
            except BaseException as error:  # noqa: BLE001 - raised again in the main thread
                fault = error
            finished.put(fault)

        for _number in range(worker_count):
            threading.Thread(target=work, daemon=True).start()
        faults = [finished.get() for _number in range(worker_count)]
        for fault in faults:
            if fault is not None:
                raise fault

    def _send_all(self, waiting: deque[Operation]) -> None:
        while not self._is_stopped() and self._consecutive_failures < MAX_CONSECUTIVE_FAILURES and not self._should_stop():
            try:
                operation = waiting.popleft()
            except IndexError:
                return
            self._send(operation)

    def _send(self, operation: Operation) -> None:
        thread = threading.get_ident()
        self._in_flight[thread] = operation
        response: LiveObject | None = None
        error: ApiError | None = None
        try:
            response = execute_write(self._collection, operation)
        except ApiError as caught:
            error = caught
        with self._lock:
            if self._is_reported:
                return
            # Operations are changed only under the lock, because whoever ends the task reports their states.
            if error is None:
                operation.record_write(response)
            else:
                operation.record_write_error(error)
            self._count(operation)
            del self._in_flight[thread]

    def _count(self, operation: Operation) -> None:
        error = operation.failure or operation.unknown_outcome
        if operation.is_stale:
            # Not sent: it must be read again first.
            return
        if error is None:
            self._successes, self._consecutive_failures = self._successes + 1, 0
        elif self._stops_all(error):
            self.stop = self.stop or error
            if error.kind == "rate_limited" and operation.failure is not None:
                operation.reset_to_pending()
        elif error.outcome_unknown or _is_from_edge(error):
            self._consecutive_failures, self._last_server_error = self._consecutive_failures + 1, error

    def _is_stopped(self) -> bool:
        """Whether nothing more may be sent, for example because the process that started the task has ended (ansible-playbook, with its terminal)."""
        if self.stop is None and os.getppid() != self._parent:
            self.stop = ApiError("network", "The process that started the task has ended.", "Nothing more was sent.")
        return self._is_cancelled or self.stop is not None

    def _stops_all(self, error: ApiError) -> bool:
        """Whether the other objects would fail, too."""
        if error.kind in ("permission", "not_entitled"):
            return not self._successes
        if _is_from_edge(error):
            # After a success it may be caused by the values of one object; so many consecutive ones are not.
            return not self._successes or self._consecutive_failures + 1 >= MAX_CONSECUTIVE_FAILURES
        return error.kind in ("auth", "rate_limited") or (error.kind == "network" and not error.outcome_unknown)

    def _should_stop(self) -> bool:
        """Whether max_wait is exhausted, and not because of a single object among others that succeed."""
        return self._client.is_out_of_time and self._consecutive_failures >= (2 if self._successes else 1)

    def _verify(self) -> None:
        while unverified := self._pending("verify"):
            delayed = [operation for operation in unverified if operation.verify_delay]
            if delayed and not self._client.wait(max(operation.verify_delay for operation in delayed)):
                for operation in delayed:
                    operation.give_up()
                continue
            self._verify_together(unverified)

    def _verify_together(self, unverified: list[Operation]) -> None:
        try:
            if self.stop is not None and self.stop.kind in UNREACHABLE_KINDS and not self.stop.outcome_unknown:
                raise self.stop
            # What the last verification shows is reported.
            last = [operation for operation in unverified if operation.is_last_verification and operation.change.action != "create"]
            is_conclusive = len(last) <= MAX_FINAL_READS
            by_id = last if is_conclusive else []
            listed = [operation for operation in unverified if operation not in by_id]
            live_index = self._read(listed) if listed else self._index([])
        except ApiError as caught:
            for operation in unverified:
                self._record_failed_read(operation, caught)
            return
        for operation in unverified:
            try:
                found = self._collection.get(operation.live_id) if operation in by_id else self._find(live_index, operation)
            except ApiError as error:
                operation.record_failed_read(error)
            else:
                operation.record_live_state(found, is_conclusive=is_conclusive)

    def _record_failed_read(self, operation: Operation, error: ApiError) -> None:
        operation.record_failed_read(error)
        if self.stop is not None and operation.is_stale and operation.failure is not None and not isinstance(operation.failure, ChangeError):
            # It had to be read again before its write, and nothing of it was sent.
            operation.reset_to_pending()

    def _read(self, operations: list[Operation]) -> LiveIndex:
        """Read the objects of operations: those of a few only, of many the whole account.

        That a filter finds nothing proves nothing: the server may store another spelling of the key. So removed objects are read by id, or in the
        whole list, whichever takes fewer requests. The same applies to objects that may have another key by now, or not exist yet.
        """
        by_id = [operation for operation in operations if operation.change.action == "delete" or operation.is_rename]
        keys = {operation.key for operation in operations if operation not in by_id}
        may_be_missing = any(operation.change.action != "update" for operation in operations) or bool(by_id)
        is_filter_too_long = len(keys) > self._collection.max_keys_in_filter
        if () in keys or is_filter_too_long or (may_be_missing and len(by_id) + bool(keys) >= self._pages):
            return self._index(self._collection.list_objects())
        live: list[LiveObject] = list(self._collection.list_by_keys(keys)) if keys else []
        live += [found for operation in by_id if (found := self._collection.get(operation.live_id)) is not None]
        return self._index(live)

    def _find(self, live_index: LiveIndex, operation: Operation) -> LiveObject | None:
        if operation.change.action != "create":
            return live_index.get(operation.live_id)
        return operation.select_created(live_index.all_by_key(operation.key), self._client.redact)

    def _index(self, live: list[LiveObject] | list[dict[str, object]]) -> LiveIndex:
        return LiveIndex(self._collection.resource, live, self._client.redact)


def can_be_batched(operation: Operation) -> bool:
    """Not if a fixed key is to be changed: the server refuses that, and one refused item may cost the whole batch."""
    return operation.step == "write" and not (operation.is_rename and operation.resource.is_key_fixed)


def is_endpoint_missing(error: ApiError) -> bool:
    """Whether the endpoint does not exist, rather than an object."""
    return error.status == 405 or (error.status == 404 and not error.is_gone)


def _is_from_edge(error: ApiError) -> bool:
    """Whether something in front of the API refused the request, such as a firewall that blocks the address of this host."""
    return error.kind == "response" and error.status == 403


def _response_for(operation: Operation, responses: Responses) -> LiveObject | None:
    return responses.get(operation.key if operation.change.action == "create" else operation.live_id.lower())
