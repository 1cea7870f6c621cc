# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries out the changes of many mail domains: in batches where that is wanted, and singly over a few connections.

Work goes in waves. Each wave writes what is to be written, and then one reading of the account answers for all whose outcome
is open. So a domain that fails again and again waits for the others, and never they for it.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from ._converge import sent
from ._domains import DOMAIN, Domains
from ._errors import CloudflareError
from ._names import live_name
from ._operation import Operation
from ._resource import Live
from ._roster import Roster

MOST_IN_A_BATCH = 1000
# A wave is broken off after so many failures of the server in a row: it is down, and must not be asked a thousand times.
MOST_IN_A_ROW = 20
# After these the server would not be heard in a look either.
_DEAF = {"auth", "rate_limited", "network"}


class Waves:
    """The changes of one task, on their way.

    C(stop): what stopped all of it. An operation that has not ended then was not reached.
    """

    def __init__(self, domains: Domains, operations: list[Operation], concurrency: int) -> None:
        self._domains, self._client = domains, domains.client
        self._operations, self._concurrency = operations, concurrency
        self.stop: CloudflareError | None = None
        self._lock = threading.Lock()
        self._successes = self._in_a_row = self._fruitless = 0
        self._trouble: CloudflareError | None = None

    def send_in_batches(self) -> None:
        """Send what can be sent together, look, and leave what is not as asked to be sent singly."""
        outcomes: list[tuple[Operation, CloudflareError | None, Live | None]] = []
        for chunk in _chunks([operation for operation in self._operations if may_be_batched(operation)], MOST_IN_A_BATCH):
            answers, error = self._batch(chunk)
            if self.stop is not None and not self.stop.uncertain:
                break
            outcomes += [(operation, error, _answer_for(operation, answers)) for operation in chunk]
            if self.stop is not None or (error is not None and _is_missing(error)):
                break
        if outcomes:
            self._look_after_batches(outcomes)

    def send_singly(self) -> None:
        """Write what is still to be written, until every operation has ended or all of it is stopped."""
        while self.stop is None and (writing := self._that_must("write")):
            successes = self._successes
            if not self._may_go_on([operation for operation in writing if operation.again]):
                break
            # Those that were not tried yet first: what fails again and again must not be in their way.
            self._write(sorted(self._that_must("write"), key=lambda operation: operation.again is not None))
            self._look()
            self._fruitless = self._fruitless + 1 if self._successes == successes else 0
            if self._is_hopeless() and self._that_must("write"):
                self.stop = self.stop or self._trouble
        for operation in self._that_must("write"):
            if operation.again is not None:
                operation.fail(operation.again)

    def _that_must(self, step: str) -> list[Operation]:
        return [operation for operation in self._operations if operation.next == step]

    def _batch(self, chunk: list[Operation]) -> tuple[dict[str, Live], CloudflareError | None]:
        """The objects of the answer by id and by name, or why there is none."""
        try:
            answers = self._domains.batch(
                deletes=[operation.live or {} for operation in chunk if operation.change.action == "delete"],
                patches=[(operation.live or {}, operation.body) for operation in chunk if operation.change.action == "update"],
                posts=[operation.body for operation in chunk if operation.change.action == "create"],
            )
        except CloudflareError as error:
            # A batch that the permission does not cover proves nothing of single writes.
            if self._stops(error) and error.kind not in ("permission", "not_entitled"):
                self.stop = error
            return {}, error
        self._successes += 1
        names = {live_name(live.get("domain")): live for live in answers}
        return {**{name: live for name, live in names.items() if name}, **{str(live.get("id")).lower(): live for live in answers}}, None

    def _look_after_batches(self, outcomes: list[tuple[Operation, CloudflareError | None, Live | None]]) -> None:
        try:
            roster = self._read([operation for operation, _error, _answer in outcomes])
        except CloudflareError as error:
            self.stop = error
            for operation, refusal, answer in outcomes:
                operation.see_blindly_after_batch(refusal, answer, error)
            return
        for operation, refusal, answer in outcomes:
            try:
                found = _found(roster, operation)
            except CloudflareError as error:
                operation.cannot_see(error)
            else:
                operation.see_after_batch(found, refusal, answer)
        self._look()

    def _may_go_on(self, repeated: list[Operation]) -> bool:
        """Wait before these are repeated. Where max_wait does not hold that, they have failed; so has all, if nothing else succeeds either."""
        if not repeated or repeated[0].again is None:
            return True
        try:
            self._client.pause(repeated[0].again, self._fruitless, len(repeated))
        except CloudflareError as error:
            for operation in repeated:
                operation.fail(operation.again or error)
            if self._fruitless and self._that_must("write"):
                self.stop = error
        return self.stop is None

    def _write(self, writing: list[Operation]) -> None:
        waiting = deque(writing)
        self._in_a_row = 0
        if waiting and not self._successes:
            # Alone: if the credential may not write, one refusal is enough.
            self._send(waiting.popleft())
        crew = min(self._concurrency, len(waiting))
        if crew <= 1:
            self._work(waiting)
            return
        with ThreadPoolExecutor(crew) as pool:
            for worker in [pool.submit(self._work, waiting) for _number in range(crew)]:
                worker.result()

    def _work(self, waiting: deque[Operation]) -> None:
        while self.stop is None and self._in_a_row < MOST_IN_A_ROW and not self._is_hopeless():
            try:
                operation = waiting.popleft()
            except IndexError:
                return
            self._send(operation)

    def _send(self, operation: Operation) -> None:
        operation.write(lambda operation: sent(self._domains, operation))
        error = operation.failure or operation.doubt
        if operation.is_stale:
            # Not sent: it is to be read again first.
            return
        with self._lock:
            if error is None:
                self._successes, self._in_a_row = self._successes + 1, 0
            elif self._stops(error):
                self.stop = self.stop or error
                if error.kind == "rate_limited" and operation.failure is not None:
                    operation.take_back()
            elif error.uncertain:
                self._in_a_row, self._trouble = self._in_a_row + 1, error

    def _stops(self, error: CloudflareError) -> bool:
        """Whether no other domain would fare better."""
        if error.kind in ("permission", "not_entitled"):
            return not self._successes
        return error.kind in ("auth", "rate_limited") or (error.kind == "network" and not error.uncertain)

    def _is_hopeless(self) -> bool:
        """Whether max_wait is used up, and not by a single bad domain among good ones."""
        return self._client.is_out_of_time and self._in_a_row >= (2 if self._successes else 1)

    def _look(self) -> None:
        while looking := self._that_must("look"):
            late = [operation for operation in looking if operation.pause]
            if late and not self._client.wait(max(operation.pause for operation in late)):
                for operation in late:
                    operation.give_up()
                continue
            self._look_at(looking)

    def _look_at(self, looking: list[Operation]) -> None:
        try:
            if self.stop is not None and self.stop.kind in _DEAF and not self.stop.uncertain:
                raise self.stop
            roster = self._read(looking)
        except CloudflareError as caught:
            for operation in looking:
                operation.cannot_see(caught)
            return
        for operation in looking:
            try:
                found = _found(roster, operation)
            except CloudflareError as error:
                operation.cannot_see(error)
            else:
                operation.see(found)

    def _read(self, operations: list[Operation]) -> Roster:
        """The live domains that these operations are about. Of a few only those are read, of many the whole account."""
        changes = [operation.change for operation in operations]
        names = {settings[DOMAIN.title] for change in changes for settings in (change.before, change.wanted) if DOMAIN.title in settings}
        live = self._domains.all() if None in names else self._domains.named(names)
        return Roster(live, self._client.quoted)


def may_be_batched(operation: Operation) -> bool:
    """Not a renaming: the API of today refuses that, and a refused entry may cost the whole batch."""
    return operation.next == "write" and (operation.change.action != "update" or DOMAIN.title not in operation.body)


def _is_missing(error: CloudflareError) -> bool:
    """Whether there is no such endpoint, rather than no such domain."""
    return error.status == 405 or (error.status == 404 and not error.is_gone)


def _found(roster: Roster, operation: Operation) -> Live | None:
    return roster.find(operation.title) if operation.change.action == "create" else roster.read(operation.live_id)


def _answer_for(operation: Operation, answers: dict[str, Live]) -> Live | None:
    return answers.get(operation.title if operation.change.action == "create" else operation.live_id.lower())


def _chunks(operations: list[Operation], size: int) -> Iterator[list[Operation]]:
    for begin in range(0, len(operations), size):
        yield operations[begin : begin + size]
