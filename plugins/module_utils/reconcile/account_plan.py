# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan for one list of an account: what is declared, undeclared, kept, and removed by purge. Pure, except for reading the list."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Protocol

from ..api.errors import ApiError, InvalidOptionError
from ..resources.base import LiveObject, Resource
from ..resources.collection import ResourceCollection
from .account_options import ListDeclaration
from .bulk import list_with_pages
from .change import Direction, plan_absent
from .desired import DesiredObject
from .entry_plan import entry_direction, is_synchronized, plan_entries, with_changed_duplicates
from .index import LiveIndex
from .plan import PlannedChange
from .results import count_directions


class ListPlan(NamedTuple):
    """The plan for a list that was read.

    Attributes:
        declaration: the declaration.
        live_index: the live entries.
        declared: the changes of the declared entries.
        purged: the removals by purge.
        undeclared: the labels of the undeclared entries, sorted. Synchronized ones are only counted.
        kept: the labels of those among them that a pattern keeps.
        duplicates: the labels of live entries that are equal to another one that is declared.
        synchronized: the number of undeclared entries that come from a directory.
        removable: the number of live entries that purge may remove.
        undeclared_live: the undeclared entries, those that come from a directory as well.
        waived: the differences that waivers allow. They are not part of the changes.
    """

    declaration: ListDeclaration
    live_index: LiveIndex
    declared: list[PlannedChange]
    purged: list[PlannedChange]
    undeclared: list[str]
    kept: list[str]
    duplicates: list[str]
    synchronized: int
    removable: int
    undeclared_live: Sequence[LiveObject] = ()
    waived: tuple[dict[str, Any], ...] = ()

    @property
    def changes(self) -> list[PlannedChange]:
        return [*self.declared, *self.purged]

    @property
    def has_changes(self) -> bool:
        return any(planned.change.action != "none" for planned in self.changes)

    def directions(self) -> dict[Direction, int]:
        """The numbers of pending changes by their directions."""
        return count_directions(self.changes, entry_direction(self.live_index.resource))


class AllowedEntries(Protocol):
    """What may differ from the declared lists. Implemented by audit/lists/waived_entries.py."""

    def without_allowed(self, plan: ListPlan) -> ListPlan:
        """Remove the allowed differences from the plan for a list."""


def read_list(collection: ResourceCollection) -> LiveIndex:
    """Read a list to its end. Nothing is looked up afterwards: a reading that is not consistent fails."""
    client = collection.client
    live, pages = list_with_pages(collection)
    read_at = client.requested_at or client.now()
    return LiveIndex(collection.resource, live, client.redact, account_id=client.connection.account_id, pages=pages, read_at=read_at)


def plan_list(declaration: ListDeclaration, live_index: LiveIndex, allowed: AllowedEntries | None = None) -> ListPlan:
    """Compare a declared list with the live one.

    Args:
        declaration: the declared list.
        live_index: the live entries.
        allowed: what may differ, and is left as it is.

    Raises:
        InvalidOptionError: two declarations are about the same live entry.
    """
    resource = live_index.resource
    try:
        declared = plan_entries(declaration.desired_objects, live_index)
    except InvalidOptionError as error:
        problem = error
    else:
        plan = _with_undeclared(declaration, live_index, resource, declared)
        return plan if allowed is None else allowed.without_allowed(plan)
    raise InvalidOptionError(f"{declaration.name}: {problem}")


def _with_undeclared(declaration: ListDeclaration, live_index: LiveIndex, resource: Resource, declared: list[PlannedChange]) -> ListPlan:
    duplicates = [live for planned in declared for live in planned.duplicates]
    if not declaration.is_purged:
        declared = [change for planned in declared for change in with_changed_duplicates(planned, live_index)]
    own = [live for live in live_index.all if not is_synchronized(resource, live)]
    undeclared = _undeclared(declared, duplicates, live_index)
    undeclared_own = [live for live in undeclared if not is_synchronized(resource, live)]
    kept = [live for live in undeclared_own if declaration.keep.matches(resource, live)]
    kept_objects = set(map(id, kept))
    to_purge = [live for live in [*undeclared_own, *duplicates] if id(live) not in kept_objects and not is_synchronized(resource, live)]
    return ListPlan(
        declaration,
        live_index,
        declared,
        purged=[_purge(live_index, live) for live in to_purge] if declaration.is_purged else [],
        undeclared=sorted(_label(live_index, live) for live in undeclared_own),
        kept=sorted(_label(live_index, live) for live in kept),
        duplicates=[_label(live_index, live) for live in duplicates],
        synchronized=len(undeclared) - len(undeclared_own),
        removable=len(own) - len(kept),
        undeclared_live=undeclared,
    )


def _undeclared(declared: Sequence[PlannedChange], duplicates: Sequence[LiveObject], live_index: LiveIndex) -> list[LiveObject]:
    """The live entries that no declaration is about: neither as the entry that it means, nor as one of several of which the meant one is unknown."""
    # By identity, too: an entry whose id the server left out has no id to compare.
    objects = {id(planned.live) for planned in declared if planned.live is not None} | {id(live) for live in duplicates}
    ids = {planned.desired.object_id for planned in declared}
    keys = {planned.desired.key for planned in declared if planned.failure is not None}
    others = [live for live in live_index.all if id(live) not in objects and str(live.get("id")).lower() not in ids]
    return [live for live in others if live_index.key(live) not in keys] if keys else others


def _purge(live_index: LiveIndex, live: LiveObject) -> PlannedChange:
    resource = live_index.resource
    change = plan_absent(resource, live)
    key = {name: change.before[name] for name in resource.key_fields}
    desired = DesiredObject(resource, None, "absent", key)
    return PlannedChange(desired, _label(live_index, live), live, change, None)


def _label(live_index: LiveIndex, live: LiveObject) -> str:
    return live_index.unique_name(live) or str(live.get("id"))


def account_digest(domains_digest: str, plans: Iterable[ListPlan], failures: Iterable[tuple[str, ApiError]]) -> str:
    """The digest of all pending changes of an account, and of what fails.

    Lists without pending changes do not count, so that an account of which only domains change has the digest of the plan for its domains.

    Args:
        domains_digest: the digest of the plan for the domains.
        plans: the plans for the lists.
        failures: the names of the resources that could not be read, and why.
    """
    parts = sorted([plan.declaration.name, rows] for plan in plans if (rows := _digest_rows(plan)))
    unread = sorted([name, error.kind] for name, error in failures)
    if not parts and not unread:
        return domains_digest
    return hashlib.sha256(json.dumps([domains_digest, parts, unread]).encode()).hexdigest()


def _digest_rows(plan: ListPlan) -> list[list[object]]:
    """One row for each change or failure, whatever their order in the declaration."""
    resource = plan.live_index.resource
    rows: list[list[object]] = []
    for planned in plan.changes:
        if planned.failure is not None:
            rows.append([planned.label, planned.failure.kind])
        elif planned.change.action != "none":
            fields = [
                [name, *(json.dumps(resource.comparable(name, pair[side])) for side in ("before", "after"))]
                for name, pair in sorted(planned.change.changes.items())
            ]
            rows.append([planned.label, planned.change.action, fields])
    return sorted(rows, key=json.dumps)
