# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects of one resource in an account: their endpoints, and the interface for looking objects up."""

from __future__ import annotations

from abc import ABC
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol

from ..api.errors import ApiError, Request
from .base import Key, LiveObject, Resource, Settings, is_id

if TYPE_CHECKING:
    from ..api.client import Client
    from ..api.pagination import Reading
    from ..api.responses import ApiResult

# A purpose names at most this many objects.
_MAX_NAMED = 3


class Effect(NamedTuple):
    """What a planned change does to one object, as warnings need it.

    Attributes:
        declared_label: what the declaration calls the object.
        label: what to call it, once it was looked up.
        declared: the declared settings.
        after: the settings after the change.
        live: the object before the change, or None.
    """

    declared_label: str
    label: str
    declared: Settings
    after: Settings
    live: LiveObject | None


class Removal(NamedTuple):
    """A planned removal.

    Attributes:
        label: what to call the object.
        live: the object.
        settings: its settings.
        is_intended: whether the user forced the removal, or approved it as a part of a plan.
    """

    label: str
    live: LiveObject
    settings: Settings
    is_intended: bool = False


class BatchAnswer(NamedTuple):
    """The objects in the response to a batch, by the array of the request that they answer."""

    deletes: list[LiveObject]
    patches: list[LiveObject]
    posts: list[LiveObject]

    @property
    def objects(self) -> list[LiveObject]:
        return [*self.deletes, *self.patches, *self.posts]


class Lookup(Protocol):
    """Looks objects up: on the server, or among those that one listing returned."""

    resource: Resource

    def get(self, live_id: str) -> LiveObject | None:
        """The object with this id, or None."""

    def find(self, key: Key) -> LiveObject | None:
        """The object with this key, or None. Raises ApiError (conflict) if there are several."""

    def label(self, live: LiveObject) -> str:
        """What to call an object in messages."""


class ResourceCollection(ABC):
    """The endpoints of one resource. A subclass names the resource and its path; it overrides what its endpoints do otherwise.

    A live object is always the server's own, including fields that are not in the table of the resource.

    Attributes:
        resource: the table of the resource.
        path: the path of the list below the account, in segments.
        list_order: query parameters that give the list a stable order.
        filters: query parameters that leave objects out.
        max_batch_items: how many items a batch may hold; 0 if there is no batch endpoint.
        batch_actions: what a batch may contain.
        is_batch_atomic: whether the API documents that a batch is executed as a whole or not at all, so that its answer can be believed.
        max_keys_in_filter: how many keys the filter of the list takes; 0 if keys cannot be filtered. Then the whole list is read.
    """

    resource: Resource
    path: ClassVar[tuple[str, ...]]
    list_order: ClassVar[Mapping[str, str]] = {}
    filters: ClassVar[tuple[str, ...]] = ()
    max_batch_items: ClassVar[int] = 0
    batch_actions: ClassVar[tuple[str, ...]] = ("delete", "update", "create")
    is_batch_atomic: ClassVar[bool] = False
    max_keys_in_filter: ClassVar[int] = 0

    def __init__(self, client: Client) -> None:
        self.client = client

    def get(self, live_id: str) -> LiveObject | None:
        request = Request("GET", self._path(live_id), f"read the {self.resource.singular} with the id {live_id}")
        try:
            # Every field of a response is optional, and without its id the object could not be changed.
            return {"id": live_id, **self._object(request, self.client.get(request), live_id)}
        except ApiError as error:
            if error.is_gone:
                return None
            if not error.may_be_gone:
                raise
        # A 404 without an error code may come from any gateway on the way, so the list decides.
        return next((live for live in self.list_objects(purpose=request.purpose) if str(live.get("id")).lower() == live_id.lower()), None)

    def find(self, key: Key) -> LiveObject | None:
        return require_single_match(self.resource, self.list_by_keys([key]), self.resource.display_name(key), self.client.redact)

    def list_objects(self, filters: Mapping[str, str] | None = None, *, purpose: str = "") -> list[dict[str, Any]]:
        """Read all objects that pass the filters."""
        return self._fetch(self._query(filters), purpose)

    def list_by_keys(self, keys: Iterable[Key], filters: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
        """Read the objects with these keys.

        That a filter finds nothing proves nothing: whether it matches exactly, and how the server spells a key, is not documented. Keys
        that the filter does not find are looked up in the whole list: one request if all are found, two or more if not.
        """
        wanted = set(keys)
        names = sorted(map(self.resource.display_name, wanted))
        purpose = f"look up {', '.join(names[:_MAX_NAMED])}{' and others' if len(names) > _MAX_NAMED else ''}"
        found: list[dict[str, Any]] = []
        if len(wanted) <= self.max_keys_in_filter:
            query = [*self._key_filter(sorted(wanted)), *self._query(filters)]
            found = self._with_keys(wanted, self._fetch(query, purpose, expected=len(wanted)))
            if {self.resource.live_key(live) for live in found} == wanted:
                return found
        listed = self._with_keys(wanted, self.list_objects(filters, purpose=purpose))
        ids = {str(live.get("id")) for live in listed}
        # A list of several pages can shift while it is read, and then lacks an object that the filter found.
        return listed + [live for live in found if str(live.get("id")) not in ids]

    def create(self, body: Settings, *, by: float | None = None) -> LiveObject:
        """Create an object, and return it as the server then describes it."""
        name = self.resource.display_name(tuple(body[name] for name in self.resource.key_fields))
        request = Request("POST", self._path(), f"{self.resource.create_verb} {name}")
        return self._object(request, self.client.send_write(request, self.resource.request_body(body), deadline=by))

    def update(self, live: LiveObject, body: Settings, *, by: float | None = None) -> LiveObject:
        """Send the fields of `body`, and return the object as the server then describes it."""
        live_id = self._id(live)
        request = Request("PATCH", self._path(live_id), f"change {self.label(live)}")
        return self._object(request, self.client.send_write(request, self.resource.request_body(body), deadline=by), live_id)

    def delete(self, live: LiveObject, *, by: float | None = None) -> None:
        """Delete an object."""
        live_id = self._id(live)
        request = Request("DELETE", self._path(live_id), f"remove {self.label(live)}")
        deleted = self._object(request, self.client.send_write(request, deadline=by), live_id)
        # The response names what was deleted. One that does not may come from anywhere: the error makes the caller check.
        if "id" not in deleted:
            raise self.client.unexpected_response(request, "an object that does not name what was deleted", outcome_unknown=True)

    def batch(
        self, deletes: Iterable[LiveObject], patches: Iterable[tuple[LiveObject, Settings]], posts: Iterable[Settings], *, by: float | None = None
    ) -> BatchAnswer:
        """Send many writes in one request; the server executes them in this order.

        Returns:
            The objects in the response. Nothing guarantees that it is complete.
        """
        body = {
            "deletes": [{"id": self._raw_id(live)} for live in deletes],
            "patches": [{"id": self._raw_id(live), **self.resource.request_body(settings)} for live, settings in patches],
            "puts": [],
            "posts": [self.resource.request_body(settings) for settings in posts],
        }
        count = sum(len(items) for items in body.values())
        request = Request("POST", self._path("batch"), f"change {count} {self.resource.plural} in one batch")
        result = self.client.send_write(request, body, deadline=by).result
        arrays = result if isinstance(result, dict) else {}
        return BatchAnswer(*(_objects(arrays.get(name)) for name in BatchAnswer._fields))

    def label(self, live: LiveObject) -> str:
        """What to call an object in messages."""
        return label_of(self.resource, live, self.client.redact)

    def warnings(self, effects: Sequence[Effect], is_waived: Callable[[str, str], bool] | None = None) -> list[str]:
        """Warn of the consequences of changes, except removals.

        Args:
            effects: the planned changes.
            is_waived: whether a waiver allows the state that a rule describes, by the label of the object and the id of the rule.
        """
        return []

    def removal_refusal(self, removal: Removal, how: str) -> ApiError | None:
        """Why an object must not be removed; None if it may be. `how` says how to confirm that the removal is intended."""
        return None

    def removal_warnings(self, removals: Sequence[Removal], how: str) -> list[str]:
        """Warn of the consequences of removals."""
        return []

    def created_details(self, live: LiveObject) -> dict[str, Any]:
        """What a module returns of a new object besides the object."""
        return {}

    def _key_filter(self, keys: Sequence[Key]) -> list[tuple[str, str]]:
        """The query parameters that filter the list by keys."""
        return []

    def _query(self, filters: Mapping[str, str] | None) -> list[tuple[str, str]]:
        return list({**self.list_order, **(filters or {})}.items())

    def _fetch(self, query: Sequence[tuple[str, str]], purpose: str = "", *, expected: int = 0) -> list[dict[str, Any]]:
        """Read a list to its end. `expected`: how many rows there are at most, if that is known."""
        request = Request("GET", self._path(), purpose or f"list the {self.resource.plural}", tuple(query))
        return self.client.list_all(request, expected=expected, needs_second=self._needs_second_reading)

    def _needs_second_reading(self, reading: Reading) -> bool:
        """Whether a reading of the list is believed only if a second one finds the same objects."""
        return False

    def _with_keys(self, keys: set[Key], rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        return [live for live in rows if self.resource.live_key(live) in keys]

    def _path(self, *segments: str) -> str:
        return self.client.path(*self.path, *segments)

    def _id(self, live: LiveObject) -> str:
        """The id for a path. It is checked, so that a write never goes to whatever else a server puts there."""
        live_id = str(live.get("id"))
        if not is_id(live_id):
            request = Request("GET", self._path(), f"use the id of {self.label(live)}")
            raise self.client.unexpected_response(request, f"a {self.resource.singular} whose id is {live_id!r}")
        return live_id

    def _raw_id(self, live: LiveObject) -> Any:
        """The id as the server wrote it: in 2025 a number."""
        self._id(live)
        return live.get("id")

    def _object(self, request: Request, api_result: ApiResult, live_id: str | None = None) -> LiveObject:
        live = api_result.result
        if not isinstance(live, dict):
            raise self.client.unexpected_response(request, "a result that is not an object", outcome_unknown=request.is_write)
        if live_id is not None and str(live.get("id", live_id)).lower() != live_id.lower():
            raise self.client.unexpected_response(request, f"another {self.resource.singular}, {live.get('id')}", outcome_unknown=request.is_write)
        return live


def _objects(array: Any) -> list[LiveObject]:
    return [live for live in array if isinstance(live, dict)] if isinstance(array, list) else []


def require_single_match(resource: Resource, found: Sequence[LiveObject], name: str, redact: Callable[[str], str]) -> LiveObject | None:
    """The only object of a name, or None.

    Raises:
        ApiError: there are several (conflict).
    """
    if len(found) > 1:
        ids = ", ".join(sorted(redact(str(live.get("id"))) for live in found))
        raise ApiError("conflict", f"{len(found)} live {resource.plural} are named {name}: {ids}.", f"Select one of them with {resource.id_option}.")
    return found[0] if found else None


def label_of(resource: Resource, live: LiveObject, redact: Callable[[str], str]) -> str:
    """What to call an object in messages, redacted."""
    return redact(resource.label(live))
