"""Stored records of one resource of an account: its mail domains, or the entries of one of its lists.

A record is never changed in place; a write replaces it. So a batch can be rolled back by keeping the old table, a stale read can show the old record,
and the JSON of a row can be cached as long as the record exists.
"""

from __future__ import annotations

import copy
import uuid
from collections.abc import Hashable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any, Generic, TypeVar

FIRST_CREATED = datetime(2025, 1, 1, tzinfo=timezone.utc)
Self = TypeVar("Self", bound="Record")


def timestamp(moment: datetime) -> str:
    """RFC 3339 with microseconds, so that two successive writes never have the same `modified_at`."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def now() -> str:
    """The current time as the server writes it."""
    return timestamp(datetime.now(timezone.utc))


def later_than(previous: str | None) -> str:
    """The current time, or a microsecond after the previous write if the clock has not moved on."""
    present = now()
    if previous and present <= previous:
        moment = datetime.strptime(previous, "%Y-%m-%dT%H:%M:%S.%fZ") + timedelta(microseconds=1)
        return timestamp(moment)
    return present


def clone(value: Any) -> Any:
    """A deep copy of JSON data, several times faster than `copy.deepcopy`, which matters for 1000 records."""
    if isinstance(value, dict):
        return {key: clone(item) for key, item in value.items()}
    if isinstance(value, list):
        return [clone(item) for item in value]
    return value


class Record:
    """A stored object. `fields` are what a response may show.

    `resource` is the name of the resource in the API. `key` is what identifies the object for a person, in the form in which keys are compared.
    `number` is the id that this object would have had in 2025. `row` is its JSON, once it has been shown.
    """

    def __init__(self, resource: str, fields: dict[str, Any], number: int, key: Hashable) -> None:
        self.resource = resource
        self.fields = fields
        self.number = number
        self.key = key
        self.row: bytes | None = None
        self.id: str = fields["id"]

    def copy(self) -> dict[str, Any]:
        """The fields, safe to hand out."""
        copied: dict[str, Any] = clone(self.fields)
        return copied

    def with_fields(self: Self, fields: dict[str, Any]) -> Self:
        """The same record with other fields, for an answer that shows what is not stored."""
        other = copy.copy(self)
        other.fields, other.row = fields, None
        return other


R = TypeVar("R", bound=Record)


class Store(Generic[R]):
    """The records of one resource, in the order of their creation."""

    first_number = 1001

    def __init__(self, resource: str) -> None:
        self.resource = resource
        self.records: dict[str, R] = {}
        self.keys: dict[Hashable, tuple[str, ...]] = {}
        self.numbers: dict[int, str] = {}

    def __iter__(self) -> Iterator[R]:
        return iter(self.records.values())

    def __len__(self) -> int:
        return len(self.records)

    def add(self, given: dict[str, Any]) -> R:
        """Store a record from partial fields. Nothing is checked: a test may store what no client could write."""
        raise NotImplementedError

    def edit(self, record: R, values: dict[str, Any]) -> R:
        """Store new values. Every write changes `modified_at`, even if nothing else changes."""
        raise NotImplementedError

    def clear(self) -> None:
        """Forget every record, and start again with the first number."""
        self.records, self.keys, self.numbers = {}, {}, {}

    def key_of(self, name: str) -> Hashable:
        """The key of a name that a test gives."""
        return name

    def snapshot(self: StoreOf) -> StoreOf:
        """The state to restore when an atomic batch fails."""
        kept = copy.copy(self)
        kept.records, kept.keys, kept.numbers = dict(self.records), dict(self.keys), dict(self.numbers)
        return kept

    def resolve(self, id_: str) -> str:
        """The UUID for an id of either kind: a UUID, or the digits of 2025."""
        if id_.isascii() and id_.isdigit():
            return self.numbers.get(int(id_), "")
        return id_.lower()

    def get(self, id_: str) -> R | None:
        """The record of an id, if the account has it."""
        return self.records.get(self.resolve(id_))

    def find(self, name_or_id: str | int) -> R | None:
        """A record by id or by key, for tests."""
        return self.get(str(name_or_id)) or next(iter(self.having(self.key_of(str(name_or_id)))), None)

    def having(self, key: Hashable) -> list[R]:
        """The records of a key, the oldest first."""
        return [self.records[id_] for id_ in self.keys.get(key, ())]

    def put(self, record: R) -> R:
        """Store a record in place of the one with its id, if there is one."""
        old = self.records.get(record.id)
        if old is not None and old.key != record.key:
            self._forget_key(old)
        if old is None or old.key != record.key:
            self.keys[record.key] = (*self.keys.get(record.key, ()), record.id)
        self.records[record.id] = record
        self.numbers[record.number] = record.id
        return record

    def remove(self, record: R) -> None:
        """Remove a record. Its number is not used again."""
        self._forget_key(self.records.pop(record.id))

    def _forget_key(self, record: R) -> None:
        left = tuple(id_ for id_ in self.keys[record.key] if id_ != record.id)
        if left:
            self.keys[record.key] = left
        else:
            del self.keys[record.key]

    def _born(self, given: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """The number of the next record, and what the server gives to each one, unless it is given."""
        number = self.first_number + len(self.numbers)
        if {"id", "created_at", "modified_at"} <= given.keys():
            return number, {}
        born = timestamp(FIRST_CREATED + timedelta(minutes=number))
        return number, {"id": str(uuid.uuid4()), "created_at": born, "modified_at": born}


StoreOf = TypeVar("StoreOf", bound="Store[Any]")
