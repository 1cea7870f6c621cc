# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Applies the changes of a list in atomic batches.

The API documents that a batch of a list is executed as a whole or not at all, so an answer that shows an entry as requested is believed. If one
item is refused, it is taken out, and the rest is sent again: the item that the error names, or else the one that is found by halving the batch.

Imported only for writes: a packed module compiles each file that it imports.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from itertools import groupby
from typing import NamedTuple

from ..api.errors import ApiError, StaleReadingError
from ..resources.base import LiveObject, Resource
from ..resources.collection import BatchAnswer
from .change import Change, Direction, DirectionOf, change_directions
from .entry_plan import entry_direction
from .executor import BulkExecutor, is_endpoint_missing
from .operation import Operation

# Within a list, what makes the account more protected is sent first.
_ORDER: tuple[Direction, ...] = ("stronger", "neutral", "weaker")

# The array of a batch that holds the items of an action.
_ARRAYS = {"delete": "deletes", "update": "patches", "create": "posts"}
# As in `/posts/17/pattern`.
_ITEM = re.compile(r"(?<![a-z])(deletes|patches|posts)[/.\[]([0-9]{1,4})(?![0-9])")
# After these kinds of errors, single requests may still succeed: the permission may not cover the batch, or a firewall may block it.
_SINGLE_REQUEST_KINDS = {"permission", "not_entitled", "response"}


class Part(NamedTuple):
    """Operations that are to be sent in one batch.

    Attributes:
        operations: the operations.
        is_refused: whether one of them is known to be refused. Then the half that contains it is looked for.
    """

    operations: list[Operation]
    is_refused: bool = False


class ListExecutor(BulkExecutor):
    """Executes the operations of a list."""

    _has_looked_again = _was_repeated = _has_warned = False

    def send_in_batches(self) -> None:
        """Send what can be sent in batches. What then stays pending is sent with single requests."""
        batched = [operation for operation in self._pending("write") if operation.change.action in self._collection.batch_actions]
        waiting = self._parts(batched)
        # The halves that need no search are sent together, after it.
        cleared: list[Operation] = []
        while waiting and not self._is_stopped():
            part = waiting.pop()
            chunk = [operation for operation in part.operations if operation.step == "write"]
            second: list[Operation] = []
            if part.is_refused:
                middle = (len(chunk) + 1) // 2
                chunk, second = chunk[:middle], chunk[middle:]
            error = self._send_part(chunk, is_search=part.is_refused) if chunk else None
            if error is None:
                # The first half was accepted, so the second one is refused.
                waiting += [Part(second, is_refused=True)] if second else []
            else:
                cleared += second
                if not self._continue_after(error, chunk, waiting):
                    break
            if not waiting:
                waiting, cleared = self._parts(cleared), []
        if self._outcomes:
            self._verify_batches()
        # What was sent in single requests while a refused item was looked for: nothing else would verify it if no write is left.
        self._verify()

    def _parts(self, operations: list[Operation]) -> list[Part]:
        """The batches for operations, the first one last, because it is taken first."""
        return [Part(chunk) for chunk in reversed(split_batches(operations, self._collection.max_batch_items))]

    def _send_part(self, chunk: list[Operation], *, is_search: bool) -> ApiError | None:
        """Send a batch, or at the end of a search a single request, so that its error is about the entry. Returns why a batch failed."""
        if not is_search or len(chunk) > 1:
            return self._send_chunk(chunk)
        self._send(chunk[0])
        return chunk[0].failure

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

    def _continue_after(self, error: ApiError, chunk: list[Operation], waiting: list[Part]) -> bool:
        """Decide what follows a batch that failed. Returns whether batches are of any use."""
        if isinstance(error, StaleReadingError):
            self._read_again([*chunk, *(operation for other in waiting for operation in other.operations)], error)
            waiting.append(Part(chunk))
        elif error.outcome_unknown:
            self._look_again(chunk, error)
            if self._stops_all(error):
                self.stop = error
            elif not self._was_repeated and self._client.wait_before_retry(error, self._client.retry_delay(error, 0), len(chunk)):
                # What was not done, once more; after another failure with single requests.
                self._was_repeated = True
                waiting.append(Part(chunk))
        elif chunk[0].failure is error:
            # The search has ended: the entry has failed.
            pass
        elif error.kind in _SINGLE_REQUEST_KINDS or (is_endpoint_missing(error) and not named_items(chunk, error)):
            return False
        elif self._stops_all(error):
            self.stop = error
        else:
            waiting += self._without_refused(chunk, error)
        return True

    def _without_refused(self, chunk: list[Operation], error: ApiError) -> list[Part]:
        """What to send of a batch that was refused because of some of its items. Those that the error names fail."""
        refused = named_items(chunk, error)
        has_creation = any(operation.change.action == "create" for operation in chunk)
        if (error.status == HTTPStatus.CONFLICT or (has_creation and not refused)) and not self._has_looked_again:
            # Something may be live that was not when the list was read: someone else made it, or the server executes batches in part. The second
            # sending of a creation would make a second entry.
            self._has_looked_again = True
            self._look_again(chunk, error)
        elif has_creation and refused and not self._has_looked_again and not self._has_warned:
            self._has_warned = True
            self._client.warn(
                f"A batch of {len(chunk)} {self._collection.resource.plural} was refused because of {len(refused)} of them, and the others were sent "
                "again: the API documents that a refused batch changes nothing. If a later run reports entries that are live twice, remove the "
                "duplicates with purge."
            )
        for operation, own_error in refused:
            if operation.step == "write":
                operation.record_write_error(own_error)
        return [Part(chunk, is_refused=not refused)]

    def _write(self, writing: list[Operation]) -> None:
        """Send single requests: those that make the account more protected to their end, before any other, because concurrent requests overtake each other."""
        resource = self._collection.resource
        direction_of = entry_direction(resource)

        def order(operation: Operation) -> int:
            return sending_order(resource, operation.change, direction_of)

        for _order, group in groupby(sorted(writing, key=order), key=order):
            operations = list(group)
            super()._write(operations)
            if any(operation.step == "write" for operation in operations):
                # Stopped.
                return

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


def sending_order(resource: Resource, change: Change, direction_of: DirectionOf) -> int:
    """When a change of a list is sent, lowest first: what makes the account less protected comes last."""
    return max(map(_ORDER.index, change_directions(resource, change.action, change.changes, direction_of).values()), default=0)


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
    for live in answer.posts if chunk else ():
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
