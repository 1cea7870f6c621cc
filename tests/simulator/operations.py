"""What each call does to the records of one resource, as far as it is the same for mail domains and for the lists."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from . import listing
from .call import Call
from .envelope import Answer, BareRefusal, Refusal, good, good_rows, not_found
from .habits import Presenter
from .settings import Settings
from .store import Record, Store

R = TypeVar("R", bound=Record)


@dataclass
class Stale(Generic[R]):
    """What reads still show of a record that was just written: the old one, or None if there was none."""

    old: R | None
    reads: float
    until: float

    def shows(self) -> bool:
        """Whether this read still shows the old state. Counts the read."""
        self.reads -= 1
        return self.reads >= 0 and time.monotonic() < self.until


@dataclass
class Ways:
    """How the server behaves for this call: settings, habits and random numbers."""

    settings: Settings
    habits: dict[str, Any]
    presenter: Presenter
    rng: random.Random

    def show(self, record: Record) -> dict[str, Any]:
        """A record as an answer shows it."""
        return self.presenter.row(record, self.settings, self.habits)


class Operations(Generic[R]):
    """The calls to one resource of an account, and the state that they read and write."""

    noun = "entry"

    def __init__(self, store: Store[R]) -> None:
        self.store = store
        self.stale: dict[str, Stale[R]] = {}
        self.unlisted: dict[str, int] = {}

    def clear(self) -> None:
        """Delete every record."""
        self.store.clear()
        self.stale, self.unlisted = {}, {}

    def list_(self, call: Call, ways: Ways) -> Answer:
        """`GET /{resource}`."""
        every = self._listed()
        records = self._matching(every, call, ways)
        records = listing.ordered(records, call, ways.habits, ways.rng, self._sort_value)
        records, info = listing.page_of(records, call, ways.settings, ways.habits, len(every))
        return good_rows([ways.presenter.bytes(record, ways.settings, ways.habits) for record in records], info)

    def get(self, id_: str, ways: Ways) -> Answer:
        """`GET /{resource}/{id}`."""
        if "get_404_auth" in ways.habits:
            raise Refusal(404, 10000, "Authentication error")
        return good(ways.show(self._visible_record(id_)))

    def edit(self, id_: str, body: dict[str, Any], ways: Ways) -> Answer:
        """`PATCH /{resource}/{id}`."""
        return good(self._written(self._edit(id_, body, ways), body, ways))

    def update(self, id_: str, body: dict[str, Any], ways: Ways) -> Answer:
        """`PUT /{resource}/{id}`."""
        return good(ways.show(self._update(id_, body, ways)))

    def create(self, body: dict[str, Any], ways: Ways) -> Answer:
        """`POST /{resource}`."""
        record = self._create(body, ways)
        return good(ways.show(record), 200 if "post_status_200" in ways.habits else 201)

    def delete(self, id_: str, ways: Ways) -> Answer:
        """`DELETE /{resource}/{id}`."""
        return good({"id": self._delete(id_, ways)})

    def batch(self, body: dict[str, Any], ways: Ways) -> Answer:
        """`POST /{resource}/batch`: deletes, patches, puts, posts, in this order.

        With 'atomic', a refused item undoes all items; with 'partial' the items before it stay; with 'skip' it is left out of an answer that is
        otherwise good. The documentation calls the batches of the lists atomic, and says nothing of the domains' batch.
        """
        mode = ways.settings.batch_of(self.store.resource)
        kept, kept_stale, kept_unlisted = self.store.snapshot(), dict(self.stale), dict(self.unlisted)
        answer: dict[str, list[Any]] = {"deletes": [], "patches": [], "posts": [], "puts": []}
        refusals: list[Refusal] = []
        for kind, index, act in self._batch_acts(body, ways):
            try:
                answer[kind].append(act())
            except Refusal as refusal:
                if mode == "skip":
                    continue
                refusals.append(refusal.under(f"/{kind}/{index}"))
                if "batch_names_all" not in ways.habits:
                    break
        if refusals:
            if mode == "atomic":
                self.store, self.stale, self.unlisted = kept, kept_stale, kept_unlisted
            raise refusals[0].with_others(refusals[1:])
        return good(self._batch_answer(answer, ways))

    def _batch_acts(self, body: dict[str, Any], ways: Ways) -> Iterator[tuple[str, int, Callable[[], Any]]]:
        """The acts of a batch in their order, each with the name of its array and its place there."""

        def patch(item: dict[str, Any]) -> Any:
            return self._batch_row(self._edit(str(item["id"]), without_id(item), ways), item, ways)

        def put(item: dict[str, Any]) -> Any:
            return self._batch_row(self._update(str(item["id"]), without_id(item), ways), item, ways)

        def post(item: dict[str, Any]) -> Any:
            return self._batch_row(self._create(item, ways), item, ways)

        def delete(item: dict[str, Any]) -> Any:
            return {"id": self._delete(str(item["id"]), ways)}

        for kind, act in (("deletes", delete), ("patches", patch), ("puts", put), ("posts", post)):
            for index, item in enumerate(body.get(kind, ())):
                yield kind, index, partial(act, item)

    # What differs from resource to resource.

    def _batch_row(self, record: R, _item: dict[str, Any], ways: Ways) -> dict[str, Any]:
        return ways.show(record)

    def _batch_answer(self, answer: dict[str, list[Any]], _ways: Ways) -> dict[str, list[Any]]:
        return answer

    def _matching(self, records: list[R], call: Call, ways: Ways) -> list[R]:
        raise NotImplementedError

    def _sort_value(self, record: R, order: str) -> str:
        return str(record.fields.get(order) or "")

    def _edit(self, id_: str, body: dict[str, Any], ways: Ways) -> R:
        raise NotImplementedError

    def _update(self, id_: str, body: dict[str, Any], ways: Ways) -> R:
        raise NotImplementedError

    def _create(self, body: dict[str, Any], ways: Ways) -> R:
        raise NotImplementedError

    def _removable(self, record: R, ways: Ways) -> None:
        """Raise the refusal of a record that must not be removed."""

    # What is the same.

    def _delete(self, id_: str, ways: Ways) -> str | int:
        record = self._stored(id_)
        if "delete_bare_404" in ways.habits:
            raise BareRefusal(404)
        self._removable(record, ways)
        if "delete_ignored" not in ways.habits:
            self._leave_stale(record.id, record, ways)
            self.store.remove(record)
        return record.number if "integer_ids" in ways.habits else record.id

    def _store(self, record: R, values: dict[str, Any], ways: Ways, *, is_patch: bool) -> R:
        """Store checked values, or only acknowledge them (habit `echo_only`)."""
        applied = without_skipped(values, ways)
        if is_patch and "echo_only" in ways.habits:
            return record.with_fields({**record.fields, **applied})
        self._leave_stale(record.id, record, ways)
        return self.store.edit(record, applied)

    def _add(self, fields: dict[str, Any], ways: Ways) -> R:
        """Store a new record."""
        record = self.store.add(fields)
        self._leave_stale(record.id, None, ways)
        if lists := int(ways.habits.get("stale_lists", 0)):
            self.unlisted[record.id] = lists
        return record

    def _written(self, record: R, body: dict[str, Any], ways: Ways) -> dict[str, Any]:
        """A written record as the answer to a PATCH shows it."""
        row = ways.show(record)
        if "partial_answer" in ways.habits:
            row = {name: value for name, value in row.items() if name == "id" or name in body}
        return row

    def _stored(self, id_: str) -> R:
        record = self.store.get(id_)
        if record is None:
            raise not_found(self.noun)
        return record

    def _leave_stale(self, id_: str, old: R | None, ways: Ways) -> None:
        habit = ways.habits.get("stale_reads")
        if habit is None:
            return
        asked = habit if isinstance(habit, dict) else {"reads": habit}
        until = time.monotonic() + asked["seconds"] if "seconds" in asked else float("inf")
        self.stale[id_] = Stale(old, asked.get("reads", float("inf")), until)

    def _stale_record(self, id_: str) -> Stale[R] | None:
        stale = self.stale.get(id_)
        if stale is None or stale.shows():
            return stale
        del self.stale[id_]
        return None

    def _visible_record(self, id_: str) -> R:
        record = self.store.get(id_)
        stale = self._stale_record(self.store.resolve(id_))
        if stale is not None:
            record = stale.old
        if record is None:
            raise not_found(self.noun)
        return record

    def _listed(self) -> list[R]:
        """What a list shows: what reads by id would show, without records that were created too recently (habit `stale_lists`)."""
        if not self.unlisted:
            return self._visible_records()
        hidden = {id_ for id_, lists in self.unlisted.items() if lists > 0}
        self.unlisted = {id_: lists - 1 for id_, lists in self.unlisted.items() if lists > 1}
        return [record for record in self._visible_records() if record.id not in hidden]

    def _visible_records(self) -> list[R]:
        if not self.stale:
            return list(self.store)
        records = dict(self.store.records)
        for id_ in list(self.stale):
            stale = self._stale_record(id_)
            if stale is not None and stale.old is None:
                records.pop(id_, None)
            elif stale is not None and stale.old is not None:
                records[id_] = stale.old
        return list(records.values())


def without_id(item: dict[str, Any]) -> dict[str, Any]:
    """The settings of an item of a batch."""
    return {name: value for name, value in item.items() if name != "id"}


def without_skipped(values: dict[str, Any], ways: Ways) -> dict[str, Any]:
    """The values that a write stores: the habit `not_applied` silently leaves fields out."""
    skipped = frozenset(ways.habits.get("not_applied", ()))
    return {name: value for name, value in values.items() if name not in skipped} if skipped else values
