# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Applies the desired state of one object: finds it, sends its change and verifies the result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..api.errors import ApiError
from ..resources.base import LiveObject
from ..resources.collection import Effect, Removal, ResourceCollection
from .change import Change, DirectionOf, change_result, unknown_direction
from .desired import DesiredObject

if TYPE_CHECKING:
    from .operation import Operation

# How a user confirms the removal of an object that is in use.
_FORCE = "force: true"


def apply_one(collection: ResourceCollection, desired: DesiredObject, *, check_mode: bool, direction_of: DirectionOf = unknown_direction) -> dict[str, Any]:
    """Bring one object to its desired state, or in check mode report what would be done.

    Args:
        collection: the endpoints of the object.
        desired: the desired state.
        check_mode: whether nothing is written.
        direction_of: judges the changes of fields.

    Returns:
        What the module returns.

    Raises:
        ApiError: the state cannot be reached. After a write it is a `ChangeError`, whose `result` describes what is known of the state.
    """
    resource, client = desired.resource, collection.client
    live = desired.find(collection)
    read_at = client.requested_at
    change = desired.change(live)
    if (unsafe := desired.unsafe_error(change)) is not None:
        raise unsafe
    label = desired.label if live is None else collection.label(live)
    for warning in collection.warnings([Effect(desired.label, label, desired.settings, change.after, live)]):
        client.warn(warning)
    if change.action == "delete" and live is not None:
        _guard_removal(collection, Removal(label, live, change.before, desired.is_forced), check_mode=check_mode)
    key = resource.key_of(change.before)
    name = desired.name or (str(desired.object_id) if key is None else resource.display_name(key))
    if check_mode or change.action == "none":
        return change_result(resource, change, change.predict(resource, live), name, direction_of)
    done, after = apply_change(collection, change, live, read_at, direction_of)
    result = change_result(resource, done, after, name, direction_of)
    if done.action == "create" and after is not None:
        result |= collection.created_details(after)
    return result


def apply_change(
    collection: ResourceCollection,
    change: Change,
    live: LiveObject | None,
    read_at: float | None = None,
    direction_of: DirectionOf = unknown_direction,
    known_ids: frozenset[str] = frozenset(),
) -> tuple[Change, LiveObject | None]:
    """Send a change and verify it.

    Args:
        collection: the endpoints of the object.
        change: the change.
        live: the object that the change is based on, or None.
        read_at: when the object was read, by the clock of the client; by default now.
        direction_of: judges the changes of fields.
        known_ids: for an entry that is to be created, the ids of the live entries that have its key already, in lower case.

    Returns:
        What was done, and the live object afterwards (None if there is none).

    Raises:
        ApiError: the change failed. If something may have been changed it is a `ChangeError`, whose `result` describes what is known of the state.
    """
    # Imported only for writes: a packed module compiles each file that it imports, and most tasks change nothing.
    from .operation import Operation

    operation = Operation(collection.resource, change, live, now=collection.client.now, read_at=read_at, direction_of=direction_of, known_ids=known_ids)
    while operation.step != "end":
        if operation.step == "verify":
            _verify(collection, operation)
        elif _wait_before_retry(collection, operation):
            try:
                response = execute_write(collection, operation)
            except ApiError as error:
                operation.record_write_error(error)
            else:
                operation.record_write(response)
    if operation.failure is not None:
        raise operation.failure
    return operation.completed, operation.live


def execute_write(collection: ResourceCollection, operation: Operation) -> LiveObject | None:
    """Send the next write of an operation once, and return the object as the server then describes it.

    Raises:
        ApiError: the write failed, or its outcome is unknown.
        StaleReadingError: the write was not sent, because the object was read too long ago.
    """
    if operation.method == "create":
        return collection.create(operation.body, by=operation.write_by)
    live = operation.live or {}
    if operation.method == "update":
        return collection.update(live, operation.body, by=operation.write_by)
    collection.delete(live, by=operation.write_by)
    return None


def _wait_before_retry(collection: ResourceCollection, operation: Operation) -> bool:
    """Wait if the next write is a retry. Returns whether the write may be sent."""
    if operation.retry_reason is not None:
        client = collection.client
        delay = client.retry_delay(operation.retry_reason, operation.retries - 1)
        if not client.wait_before_retry(operation.retry_reason, delay):
            operation.fail(client.exhausted(operation.retry_reason, delay))
    return operation.step == "write"


def _verify(collection: ResourceCollection, operation: Operation) -> None:
    if operation.verify_delay and not collection.client.wait(operation.verify_delay):
        operation.give_up()
        return
    try:
        if operation.change.action == "create":
            found = operation.select_created(collection.list_by_keys([operation.key]), collection.client.redact)
        else:
            found = collection.get(operation.live_id)
    except ApiError as error:
        operation.record_failed_read(error)
    else:
        operation.record_live_state(found)


def _guard_removal(collection: ResourceCollection, removal: Removal, *, check_mode: bool) -> None:
    """Warn of the consequences of a removal.

    Raises:
        ApiError: the removal would be sent, and the user did not confirm it (unsafe).
    """
    if not check_mode and (refusal := collection.removal_refusal(removal, _FORCE)) is not None:
        raise refusal
    for warning in collection.removal_warnings([removal], _FORCE):
        collection.client.warn(warning)
