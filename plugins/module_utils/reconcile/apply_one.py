# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries out one change and makes sure of it. Works for any resource: it knows a C(Store), which reads and writes one kind of thing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ..api.errors import ApiError
from ..resources.base import Change, LiveObject, Resource, Settings
from .operation import Operation

if TYPE_CHECKING:
    from ..api.client import Client


class Store(Protocol):
    """The calls of one resource. A live object is always the server's own, with the fields that nobody here knows."""

    resource: Resource
    client: Client

    def read(self, live_id: str) -> LiveObject | None:
        """The live object, or None where the server says that there is none."""

    def find(self, title: str) -> LiveObject | None:
        """The live object of that title, or None."""

    def edit(self, live: LiveObject, body: Settings, *, by: float | None = None) -> LiveObject:
        """Send the fields of C(body), and answer with the object as the server then describes it. C(by): the deadline of Client.send_write."""

    def create(self, body: Settings, *, by: float | None = None) -> LiveObject:
        """Create the object, and answer with it as the server then describes it."""

    def delete(self, live: LiveObject, *, by: float | None = None) -> None:
        """Delete the object."""


def apply_change(store: Store, change: Change, live: LiveObject | None, read_at: float | None = None) -> tuple[Change, LiveObject | None]:
    """Make the change. Answers with what was done, and with the live object afterwards (None where there is none).

    C(read_at): when the live object was read, by the client's clock; left out, now.
    Errors: CloudflareError, whose C(result) tells what is known of the state afterwards.
    """
    operation = Operation(store.resource, change, live, now=store.client.now, read_at=read_at)
    while operation.next != "end":
        if operation.next == "look":
            _look(store, operation)
        elif _may_write(store.client, operation):
            operation.write(lambda operation: execute_write(store, operation))
    if operation.failure is not None:
        raise operation.failure
    return operation.done, operation.live


def execute_write(store: Store, operation: Operation) -> LiveObject | None:
    """Send the operation's write, once. Errors: CloudflareError; StaleReadingError if it would be sent too long after the last reading."""
    if operation.verb == "create":
        return store.create(operation.body, by=operation.write_by)
    live = operation.live or {}
    if operation.verb == "update":
        return store.edit(live, operation.body, by=operation.write_by)
    store.delete(live, by=operation.write_by)
    return None


def _may_write(client: Client, operation: Operation) -> bool:
    """Wait, where the write is a repetition."""
    if operation.again is not None:
        delay = client.retry_delay(operation.again, operation.repeats - 1)
        if not client.wait_before_retry(operation.again, delay):
            operation.fail(client.exhausted(operation.again, delay))
    return operation.next == "write"


def _look(store: Store, operation: Operation) -> None:
    if operation.pause and not store.client.wait(operation.pause):
        operation.give_up()
        return
    try:
        found = store.find(operation.title) if operation.change.action == "create" else store.read(operation.live_id)
    except ApiError as error:
        operation.record_failed_read(error)
    else:
        operation.see(found)
