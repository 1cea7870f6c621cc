# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads whole resources of an account. One that cannot be read does not keep the others from being read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from ..api.client import Client
from ..api.errors import UNREACHABLE_KINDS, ApiError
from ..resources.registry import RESOURCES

# The account does not have the list. This is an answer, not a failure.
_NOT_ENTITLED = "not_entitled"


class ResourceReading(NamedTuple):
    """What was read.

    Attributes:
        rows: the live objects of each resource that was read completely, by its name.
        unread: why the others could not be read, by their names. Those after the error that ended the reading are not in it.
        stop: the error that ended the reading, because the next request would fail as well.
    """

    rows: dict[str, list[dict[str, Any]]]
    unread: dict[str, ApiError]
    stop: ApiError | None

    @property
    def failing(self) -> dict[str, ApiError]:
        """The failures. That the account does not have a list is one only if it has none of the resources."""
        if not self.rows:
            return self.unread
        return {name: error for name, error in self.unread.items() if error.kind != _NOT_ENTITLED}

    def as_result(self) -> dict[str, Any]:
        """What a module returns: the resources by their names, `skipped_resources`, and a failure if there is one."""
        skipped = {name: error.kind for name, error in self.unread.items()}
        # Not `skipped`: Ansible takes that key for a task that was not run, and since 2.19 converts its value to a boolean.
        result: dict[str, Any] = {"changed": False, **self.rows, "skipped_resources": skipped}
        failing = list(self.failing.items())
        if self.stop is None and not failing:
            return result
        texts = [f"{name}: {error}" for name, error in failing]
        first = failing[0][1] if self.stop is None else self.stop
        return {**result, "msg": " ".join([*texts, *([str(self.stop)] if self.stop is not None else [])]), "failure": first.failure()}


def read_resources(client: Client, names: Iterable[str]) -> ResourceReading:
    """Read resources completely, in this order.

    Args:
        client: the client.
        names: their names, as in the registry.
    """
    reading = ResourceReading({}, {}, None)
    for name in dict.fromkeys(names):
        try:
            reading.rows[name] = RESOURCES[name]()(client).list_objects()
        except ApiError as error:
            if error.kind in UNREACHABLE_KINDS:
                return reading._replace(stop=error)
            reading.unread[name] = error
    return reading
