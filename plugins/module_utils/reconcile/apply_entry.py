# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Applies the desired state of one entry of a list: finds the live entries with its key, changes or removes them, and verifies the result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..api.errors import ApiError
from ..api.texts import list_names
from ..resources.collection import ResourceCollection
from .apply_one import apply_change
from .change import change_result
from .desired import DesiredObject
from .entry_plan import entry_direction, plan_entries, with_changed_duplicates
from .index import LiveIndex
from .plan import PlannedChange

if TYPE_CHECKING:
    from .errors import ChangeError

# A warning lists at most this many ids.
_MAX_IDS = 5

Result = dict[str, Any]


def apply_entry(collection: ResourceCollection, desired: DesiredObject, *, check_mode: bool) -> Result:
    """Bring one entry to its desired state, or in check mode report what would be done.

    Args:
        collection: the endpoints of the list.
        desired: the desired state.
        check_mode: whether nothing is written.

    Returns:
        What the module returns. If several live entries are removed or changed, `changes` and `diff` are lists, with an item for each of them.

    Raises:
        ApiError: the state cannot be reached. After a write it is a `ChangeError`, whose `result` describes what is known of the state.
    """
    live_index = read_entries(collection, desired)
    plan = plan_entries([desired], live_index)
    for planned in plan:
        if planned.failure is not None:
            raise planned.failure
        if planned.duplicates:
            collection.client.warn(duplicates_warning(collection, planned))
    plan = [change for planned in plan for change in with_changed_duplicates(planned, live_index)]
    results: list[Result] = []
    for planned in plan:
        try:
            results.append(_apply(collection, planned, live_index, check_mode=check_mode))
        except ApiError as error:
            if not results:
                raise
            raise _partly_done(error, results, len(plan)) from None
    return _merged(results)


def read_entries(collection: ResourceCollection, desired: DesiredObject) -> LiveIndex:
    """Read the live entries that a declared one may be about.

    Every entry with the key is removed, so that the whole list is read for a removal: a filter may find some of them only.
    """
    client = collection.client
    if desired.object_id is not None:
        found = collection.get(desired.object_id)
        live = [] if found is None else [found]
        if desired.key is not None and (found is None or collection.resource.live_key(found) != desired.key):
            # Whether another entry has the key decides what is done.
            live += [one for one in collection.list_by_keys([desired.key]) if str(one.get("id")).lower() != desired.object_id]
    elif desired.key is not None and desired.state == "present":
        live = list(collection.list_by_keys([desired.key]))
    else:
        live = list(collection.list_objects())
    return LiveIndex(collection.resource, live, client.redact, read_at=client.requested_at or client.now())


def duplicates_warning(collection: ResourceCollection, planned: PlannedChange) -> str:
    """Warn of live entries that are equal to another one."""
    ids = list_names([collection.label({"id": live.get("id")}) for live in planned.duplicates], _MAX_IDS)
    count = len(planned.duplicates) + 1
    return f"{planned.desired.label} is live {count} times, with the same settings. The others are {ids}: remove them with id and state: absent."


def _apply(collection: ResourceCollection, planned: PlannedChange, live_index: LiveIndex, *, check_mode: bool) -> Result:
    resource, change, live = collection.resource, planned.change, planned.live
    direction_of = entry_direction(resource)
    if check_mode or change.action == "none":
        return change_result(resource, change, change.predict(resource, live), planned.label, direction_of)
    known_ids = frozenset(str(one.get("id")).lower() for one in live_index.all_by_key(planned.desired.key))
    retries = collection.client.statistics()["retries"]
    done, after = apply_change(collection, change, live, live_index.read_at, direction_of, known_ids)
    if done.action == "create" and collection.client.statistics()["retries"] > retries:
        _warn_of_second_entry(collection, planned)
    return change_result(resource, done, after, planned.label, direction_of)


def _warn_of_second_entry(collection: ResourceCollection, planned: PlannedChange) -> None:
    """A request of unknown outcome was repeated after the list had not shown the entry: the server may have executed the first one late."""
    key = planned.desired.key
    found = collection.list_by_keys([key]) if key is not None else []
    if len(found) > 1:
        ids = list_names([collection.label({"id": live.get("id")}) for live in found], _MAX_IDS)
        collection.client.warn(f"{planned.desired.label} was created {len(found)} times, because the server executed a request late: {ids}. Remove the others.")


def _partly_done(error: ApiError, results: list[Result], count: int) -> ChangeError:
    """The error of a removal, or of the change of an equal entry, after others with the same key."""
    # Imported only for failures: a packed module compiles each file that it imports.
    from .errors import ChangeError

    of_error = error.result if isinstance(error, ChangeError) else {}
    done = _merged([*results, *([of_error] if "changes" in of_error else [])])
    verb = "removed" if results[0]["action"] == "delete" else "changed"
    before = f"{len(results)} of {count} live entries with this key {'was' if len(results) == 1 else 'were'} {verb} before."
    return ChangeError(error.with_hint(before), {**done, **{key: value for key, value in of_error.items() if key not in done}, "changed": True})


def _merged(results: list[Result]) -> Result:
    """The result of one or several live entries."""
    if len(results) == 1:
        return results[0]
    changed = [result for result in results if result["changed"]] or results
    return {**changed[0], **{key: [result[key] for result in changed] for key in ("changes", "diff")}}
