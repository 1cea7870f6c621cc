"""What each call to a list does."""

from __future__ import annotations

import uuid
from typing import Any

from . import entry_habits, entry_rules
from .call import Call
from .envelope import Answer, Refusal, good
from .lists import Entries, Entry, is_synced
from .operations import Operations, Ways, without_skipped
from .store import now

PAGING = frozenset({"page", "per_page", "order", "direction", "search"})
TRUTH = {"true": True, "false": False}


class EntryOperations(Operations[Entry]):
    """The calls to one list of an account."""

    store: Entries

    def __init__(self, store: Entries) -> None:
        super().__init__(store)
        self.table = store.table
        self.noun = store.table.noun

    def create(self, body: dict[str, Any], ways: Ways) -> Answer:
        """`POST /{resource}`."""
        record = self._create(body, ways)
        return good(self._written(record, body, ways), 200 if "post_status_200" in ways.habits else 201)

    def _matching(self, records: list[Entry], call: Call, ways: Ways) -> list[Entry]:
        for name, value in call.query:
            if name not in PAGING:
                records = self._filtered(records, name, value, ways)
        search = (call.one("search") or "").lower()
        if search:
            records = [each for each in records if any(search in str(each.fields.get(name) or "").lower() for name in self.table.texts)]
        return records

    def _filtered(self, records: list[Entry], name: str, value: str, ways: Ways) -> list[Entry]:
        """The entries that pass one filter. How the filter by the key compares is not known for every list; it is exact by default."""
        if name != self.table.key:
            wanted = TRUTH.get(value, value)
            return [each for each in records if (each.fields.get(name) or False if wanted is False else each.fields.get(name)) == wanted]
        if "list_filter_ignored" in ways.habits:
            return records
        folded = value.lower()
        if "list_filter_fuzzy" in ways.habits:
            return [each for each in records if folded in each.folded]
        if "list_filter_folded" in ways.habits:
            return [each for each in records if each.folded == folded]
        if entry_habits.SPELLED.keys() & ways.habits.keys():
            return [each for each in records if entry_habits.spelled(each, ways.habits) == value]
        return [each for each in records if each.fields.get(name) == value]

    def _edit(self, id_: str, body: dict[str, Any], ways: Ways) -> Entry:
        return self._change(self._stored(id_), body, ways, is_patch=True)

    def _update(self, id_: str, body: dict[str, Any], ways: Ways) -> Entry:
        return self._change(self._stored(id_), {**self.table.optional, **body}, ways, is_patch=False)

    def _change(self, record: Entry, values: dict[str, Any], ways: Ways, *, is_patch: bool) -> Entry:
        if is_synced(record.fields):
            raise synced(ways)
        fields = {**record.fields, **values}
        entry_rules.check(self.table, fields, values, ways.habits)
        is_renamed = not self.table.same(fields, record.fields)
        if is_renamed and self._duplicates(ways) == "refused" and self.store.same(fields, but=record.id):
            raise self._taken()
        return self._store(record, values, ways, is_patch=is_patch)

    def _create(self, body: dict[str, Any], ways: Ways) -> Entry:
        entry_rules.check(self.table, body, body, ways.habits)
        duplicates = self._duplicates(ways)
        known = None if duplicates == "stored" else self.store.same(body)
        if known is not None and duplicates == "refused":
            raise self._taken()
        if known is not None:
            return self._change(known, body, ways, is_patch=False)
        limit = ways.settings.limit_of(self.table.name)
        if limit is not None and len(self.store) >= limit:
            raise Refusal(400, 1424, f"The limit of {limit} entries is reached")
        born = now()
        fields = {**without_skipped(body, ways), "id": str(uuid.uuid4()), "created_at": born, "modified_at": born}
        if "provenance_null" in ways.habits and "provenance" in self.table.optional:
            fields["provenance"] = None
        return self._add(fields, ways)

    def _removable(self, record: Entry, ways: Ways) -> None:
        if is_synced(record.fields) and "synced_deletable" not in ways.habits:
            raise synced(ways)

    def _duplicates(self, ways: Ways) -> str:
        return ways.settings.duplicates_of(self.table.name)

    def _taken(self) -> Refusal:
        return Refusal(409, 1409, f"The {self.table.noun} already exists", pointer=f"/{self.table.key}")

    def _batch_row(self, record: Entry, item: dict[str, Any], ways: Ways) -> dict[str, Any]:
        return self._written(record, item, ways)

    def _batch_answer(self, answer: dict[str, list[Any]], ways: Ways) -> dict[str, list[Any]]:
        if self.table.name == "sending_domain_restrictions":
            return {"deletes": answer["deletes"]}
        missing = ways.habits.get("batch_answer_incomplete", ())
        if missing is True:
            missing = ("patches", "puts", "posts")
        elif missing == "empty":
            missing = [kind for kind, rows in answer.items() if not rows]
        return {kind: rows for kind, rows in answer.items() if kind not in missing}


def synced(ways: Ways) -> Refusal:
    """The refusal of a write to a person who is synchronised from a directory."""
    return Refusal(ways.settings.synced_status, 1423, "Entries that are synchronised from a directory cannot be changed")
