# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Applies the changes of a list in atomic batches.

The API documents that a batch of a list is executed as a whole or not at all, so an answer that shows an entry as requested is believed. If one
item is refused, it is taken out, and the rest is sent again: the item that the error names, or else the batch is halved until it is found.

Imported only for writes: a packed module compiles each file that it imports.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import NamedTuple

from ..api.errors import ApiError, StaleReadingError
from ..resources.base import LiveObject
from ..resources.collection import BatchAnswer
from .executor import BulkExecutor, is_endpoint_missing
from .operation import Operation

# The array of a batch that holds the items of an action.
_ARRAYS = {"delete": "deletes", "update": "patches", "create": "posts"}
# As in `/posts/17/pattern`.
_ITEM = re.compile(r"(?<![a-z])(deletes|patches|posts)[/.\[]([0-9]{1,4})(?![0-9])")
# After these kinds of errors, single requests may still succeed: the permission may not cover the batch, or a firewall may block it.
_KINDS_OF_BATCHES = {"permission", "not_entitled", "response"}


class Part(NamedTuple):
    """A batch that is to be sent, or a part of one that was refused.

    Attributes:
        operations: its operations.
        is_half: whether it is one half of a refused batch.
        is_first: whether it is the first half. If it is accepted, the second half contains the refused item.
        is_refused: whether it is known to contain a refused item, so that it need not be sent as a whole.
    """

    operations: list[Operation]
    is_half: bool = False
    is_first: bool = False
    is_refused: bool = False


class ListExecutor(BulkExecutor):
    """Executes the operations of a list."""

    _has_looked_again = _was_repeated = _has_warned = False

    def send_in_batches(self) -> None:
        """Send what can be sent in batches. What then stays pending is sent with single requests."""
        batched = [operation for operation in self._pending("write") if operation.change.action in self._collection.batch_actions]
        waiting = [Part(operations) for operations in reversed(split_batches(batched, self._collection.max_batch_items))]
        while waiting and not self._is_stopped():
            part = waiting.pop()
            part = part._replace(operations=[operation for operation in part.operations if operation.step == "write"])
            if not part.operations:
                continue
            if part.is_half and len(part.operations) == 1:
                # A single request, so that its error is about the entry.
                self._send(part.operations[0])
                error = part.operations[0].failure
                is_accepted = error is None
            elif part.is_refused:
                waiting += _halves(part.operations)
                continue
            else:
                error = self._send_chunk(part.operations)
                is_accepted = error is None
            if is_accepted and part.is_first and waiting:
                waiting.append(waiting.pop()._replace(is_refused=True))
            if error is not None and not (part.is_half and len(part.operations) == 1) and not self._continue_after(error, part, waiting):
                break
        if self._outcomes:
            self._verify_batches()
        # What was sent singly while a refused item was looked for: nothing else would verify it if no write is left.
        self._verify()

    def _send_chunk(self, chunk: list[Operation]) -> ApiError | None:
        """Send a batch. Returns why it failed; None if it was accepted: what its answer does not confirm is looked at afterwards."""
        self._batched = chunk
        try:
            answer = self._request_batch(chunk)
        except ApiError as error:
            return error
        finally:
            self._batched = []
        self._successes += 1
        self._outcomes += [(operation, None, response) for operation, response in record_answer(chunk, answer)]
        return None

    def _continue_after(self, error: ApiError, part: Part, waiting: list[Part]) -> bool:
        """Decide what follows a batch that failed. Returns whether batches are of any use."""
        chunk = part.operations
        if isinstance(error, StaleReadingError):
            self._read_again([*chunk, *(operation for other in waiting for operation in other.operations)], error)
            waiting.append(part)
        elif error.outcome_unknown:
            self._look_again(chunk, error)
            if self._stops_all(error):
                self.stop = error
            elif not self._was_repeated and self._client.wait_before_retry(error, self._client.retry_delay(error, 0), len(chunk)):
                # What was not done, once more; after another failure with single requests.
                self._was_repeated = True
                waiting.append(part)
        elif error.kind in _KINDS_OF_BATCHES or (is_endpoint_missing(error) and not named_items(chunk, error)):
            return False
        elif self._stops_all(error):
            self.stop = error
        else:
            self._take_out_refused(part, error, waiting)
        return True

    def _take_out_refused(self, part: Part, error: ApiError, waiting: list[Part]) -> None:
        """Continue without the refused items of a batch."""
        refused = named_items(part.operations, error)
        if error.status == HTTPStatus.CONFLICT and not self._has_looked_again:
            # Something is live that was not when the list was read: someone else made it, or the server executes batches in part.
            self._has_looked_again = True
            self._look_again(part.operations, error)
        if not self._has_warned and any(operation.change.action == "create" for operation in part.operations):
            self._has_warned = True
            self._client.warn(
                f"A batch of {len(part.operations)} {self._collection.resource.plural} was refused because of some of them, and the others were sent "
                "again: the API documents that a refused batch changes nothing. Should a later run report entries that are live twice, remove them "
                "with purge."
            )
        for operation, own_error in refused:
            if operation.step == "write":
                operation.record_write_error(own_error)
        if refused:
            waiting.append(part._replace(is_half=False, is_first=False))
        else:
            waiting += _halves(part.operations)

    def _read_again(self, operations: Iterable[Operation], error: StaleReadingError) -> None:
        """The list was read too long ago: read it, and continue with what nobody else has changed in the meantime."""
        for operation in operations:
            if operation.step == "write":
                operation.record_write_error(error)
        self._verify()

    def _look_again(self, chunk: list[Operation], error: ApiError) -> None:
        """Read the list, and see which changes of a batch were made although it failed, or may have."""
        self._outcomes += [(operation, error, None) for operation in chunk]
        self._verify_batches()


def _halves(operations: list[Operation]) -> list[Part]:
    """The halves of a batch, the first one last, because it is sent next."""
    if len(operations) == 1:
        return [Part(operations, is_half=True)]
    middle = (len(operations) + 1) // 2
    return [Part(operations[middle:], is_half=True), Part(operations[:middle], is_half=True, is_first=True)]


def split_batches(operations: Sequence[Operation], max_items: int) -> list[list[Operation]]:
    """Split operations into batches of which each array holds at most so many items. The order within an array stays."""
    batches: list[list[Operation]] = []
    counts: list[dict[str, int]] = []
    first_with_room = dict.fromkeys(_ARRAYS, 0)
    for operation in operations:
        action = operation.change.action
        number = first_with_room[action]
        if number == len(batches):
            batches.append([])
            counts.append(dict.fromkeys(_ARRAYS, 0))
        batches[number].append(operation)
        counts[number][action] += 1
        if counts[number][action] == max_items:
            first_with_room[action] += 1
    return batches


def record_answer(chunk: Sequence[Operation], answer: BatchAnswer) -> list[tuple[Operation, LiveObject | None]]:
    """Record what an accepted batch confirms.

    Returns:
        The operations that it does not confirm, with the object that it shows in their place.
    """
    deleted = {str(live.get("id")).lower() for live in answer.deletes}
    patched = {str(live.get("id")).lower(): live for live in answer.patches}
    posted: dict[object, list[LiveObject]] = {}
    for live in answer.posts:
        if chunk:
            posted.setdefault(chunk[0].resource.live_key(live), []).append(live)
    unconfirmed: list[tuple[Operation, LiveObject | None]] = []
    for operation in chunk:
        if operation.change.action == "delete" and operation.live_id.lower() in deleted:
            operation.record_confirmed_removal()
            continue
        of_key = posted.get(operation.key, [])
        created = of_key.pop(0) if operation.change.action == "create" and of_key else None
        response = patched.get(operation.live_id.lower()) if operation.change.action == "update" else created
        if response is None or not operation.record_confirmed_write(response):
            unconfirmed.append((operation, response))
    return unconfirmed


def named_items(chunk: Sequence[Operation], error: ApiError) -> list[tuple[Operation, ApiError]]:
    """The operations of a refused batch that its error names, each with its own error."""
    arrays: dict[str, list[Operation]] = {name: [] for name in _ARRAYS.values()}
    for operation in chunk:
        arrays[_ARRAYS[operation.change.action]].append(operation)
    found: dict[int, tuple[Operation, ApiError]] = {}
    for entry in error.errors:
        named = _ITEM.search(entry.pointer or "")
        if named is None or int(named[2]) >= len(items := arrays[named[1]]):
            continue
        operation = items[int(named[2])]
        own = [other for other in error.errors if (match := _ITEM.search(other.pointer or "")) is not None and match.groups() == named.groups()]
        found.setdefault(id(operation), (operation, error.about_item(f"{_verb(operation)} {operation.name}", tuple(own))))
    return list(found.values())


def _verb(operation: Operation) -> str:
    return {"create": operation.resource.create_verb, "update": "change"}.get(operation.method, "remove")
