# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Applies the changes of several resources one after the other: those first that only make the account more protected.

Imported only for writes: a packed module compiles each file that it imports.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from ..api.errors import UNREACHABLE_KINDS, ApiError
from ..resources.base import Resource
from ..resources.collection import ResourceCollection
from .account_plan import ListPlan
from .bulk import is_batch_worthwhile
from .change import Direction
from .entry_plan import entry_direction
from .executor import can_be_batched
from .list_executor import ListExecutor, sending_order
from .operation import Operation

# Sends the changes of one resource. Returns its operations, what stopped all of them, and what ended the task from outside.
Send = Callable[[], tuple[Sequence[Operation], "ApiError | None", "BaseException | None"]]


class Step(NamedTuple):
    """The pending changes of one resource.

    Attributes:
        name: the name of the resource.
        resource: the resource.
        directions: the numbers of its pending changes by their directions.
        send: sends them.
    """

    name: str
    resource: Resource
    directions: Mapping[Direction, int]
    send: Send


class Execution(NamedTuple):
    """What became of the changes.

    Attributes:
        stops: why changes of a resource were not sent, by its name.
        stop: what stopped the whole task.
        ended: what ended the task from outside, such as a signal.
    """

    stops: dict[str, ApiError]
    stop: ApiError | None
    ended: BaseException | None


def execution_rank(resource: Resource, directions: Mapping[Direction, int]) -> int:
    """When the changes of a resource are sent, lowest first.

    A resource whose changes make the account both more and less protected is sent as a whole, because its batch is atomic: one that protects
    before one that exempts.
    """
    if not directions["weaker"]:
        return 0
    if not directions["stronger"]:
        return 3
    return 2 if resource.if_created == "weaker" else 1


def execute(steps: Sequence[Step], incomplete: str | None = None) -> Execution:
    """Apply the changes of several resources.

    If a resource could not be completed, nothing is sent that makes the account less protected: it must end more protected rather than less.

    Args:
        steps: the resources with changes.
        incomplete: a resource that cannot be completed, because it could not be read.
    """
    stops: dict[str, ApiError] = {}
    has_succeeded = False
    for number, step in enumerate(ordered := sorted(steps, key=lambda step: execution_rank(step.resource, step.directions))):
        if incomplete is not None and step.directions["weaker"]:
            stops[step.name] = _held_error(step.name, incomplete)
            continue
        operations, stop, ended = step.send()
        has_succeeded |= any(operation.step == "end" and operation.failure is None and operation.completed.action != "none" for operation in operations)
        if stop is None:
            continue
        stops[step.name] = stop
        incomplete = incomplete or step.name
        # A credential that may not write at all is refused once, not once for each list.
        if ended is not None or stop.kind in UNREACHABLE_KINDS or not has_succeeded or len(ordered) == 1:
            return Execution({**stops, **{later.name: stop for later in ordered[number + 1 :]}}, stop, ended)
    return Execution(stops, None, None)


def send_list(
    collection: ResourceCollection, plan: ListPlan, operations: Mapping[int, Operation], batch: str, concurrency: int
) -> tuple[Sequence[Operation], ApiError | None, BaseException | None]:
    """Send the changes of a list, in batches if that saves requests.

    Args:
        collection: the endpoints of the list.
        plan: the plan for the list.
        operations: the operations of the plan, see `list_operations`.
        batch: when batches are used.
        concurrency: how many single requests are sent at the same time.
    """
    pending = list(operations.values())
    executor = ListExecutor(collection, pending, concurrency, pages=plan.live_index.pages)
    batched = sum(can_be_batched(operation) and operation.change.action in collection.batch_actions for operation in pending)
    ended = executor.run(in_batches=is_batch_worthwhile(collection, batch, batched, plan.live_index.pages))
    return pending, executor.stop, ended


def list_operations(collection: ResourceCollection, plan: ListPlan) -> dict[int, Operation]:
    """The operations of a list, by the identity of their planned change, in the order in which they are sent."""
    resource, live_index, now = collection.resource, plan.live_index, collection.client.now
    direction_of = entry_direction(resource)
    pending = sorted(
        (planned for planned in plan.changes if planned.change.action != "none"), key=lambda planned: sending_order(resource, planned.change, direction_of)
    )
    return {
        id(planned): Operation(
            resource,
            planned.change,
            planned.live,
            now=now,
            read_at=live_index.read_at,
            direction_of=direction_of,
            known_ids=frozenset(str(live.get("id")).lower() for live in live_index.all_by_key(planned.desired.key)),
        )
        for planned in pending
    }


def _held_error(name: str, incomplete: str) -> ApiError:
    return ApiError(
        "conflict",
        f"The changes of {name} were not sent, because those of {incomplete} could not be completed: some of them make the account less protected, "
        "and come after what protects it.",
        "Correct the failure and run again.",
    )
