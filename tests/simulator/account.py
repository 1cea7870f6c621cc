"""One account: its domains, and what each call does to them."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from . import listing, rules
from .call import Call
from .domains import DEFAULTS, SETTINGS, Domains, Record, now
from .envelope import Answer, BareRefusal, Refusal, good, good_rows, not_found, refused
from .habits import Presenter
from .names import canonical, is_mail_domain
from .settings import Settings


@dataclass
class Stale:
    """What reads still show of a domain that was just written: its old record, or None if there was none."""

    old: Record | None
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


@dataclass
class Account:
    """An account and the state of its mail domains."""

    id: str
    entitled: bool = True
    domains: Domains = field(default_factory=Domains)
    stale: dict[str, Stale] = field(default_factory=dict)
    unlisted: dict[str, int] = field(default_factory=dict)

    def list_(self, call: Call, ways: Ways) -> Answer:
        """`GET /domains`."""
        every = self._listed()
        records = listing.matching(every, call, ways.habits)
        records = listing.ordered(records, call, ways.habits, ways.rng)
        records, info = listing.page_of(records, call, ways.settings, ways.habits, len(every))
        return good_rows([ways.presenter.bytes(record, ways.settings, ways.habits) for record in records], info)

    def get(self, id_: str, ways: Ways) -> Answer:
        """`GET /domains/{id}`."""
        if "get_404_auth" in ways.habits:
            raise Refusal(404, 10000, "Authentication error")
        return good(ways.show(self._visible_record(id_)))

    def verification(self, id_: str, ways: Ways) -> Answer:
        """`GET /domains/{id}/verification`: 204 if no DNS proof is needed, as the document of July 2026 said."""
        record = self._visible_record(id_)
        if refusal := ways.habits.get("verification_refused"):
            raise Refusal(404 if refusal is True else refusal, 1404, "This domain needs no verification")
        if "verification_status_only" in ways.habits:
            return good({"status": (record.verification or record.fields).get("status")})
        return good(record.verification) if record.verification else Answer(204)

    def edit(self, id_: str, body: dict[str, Any], ways: Ways) -> Answer:
        """`PATCH /domains/{id}`."""
        record = self._edit(id_, body, ways)
        row = ways.show(record)
        if "partial_answer" in ways.habits:
            row = {name: value for name, value in row.items() if name == "id" or name in body}
        return good(row)

    def update(self, id_: str, body: dict[str, Any], ways: Ways) -> Answer:
        """`PUT /domains/{id}`."""
        return good(ways.show(self._update(id_, body, ways)))

    def create(self, body: dict[str, Any], ways: Ways) -> Answer:
        """`POST /domains`."""
        return good(ways.show(self._create(body, ways)), 201)

    def delete(self, id_: str, ways: Ways) -> Answer:
        """`DELETE /domains/{id}`."""
        return good({"id": self._delete(id_, ways)})

    def batch(self, body: dict[str, Any], ways: Ways) -> Answer:
        """`POST /domains/batch`: deletes, patches, puts, posts, in this order.

        Whether the real batch is atomic is not known. With the setting 'atomic' a refused item undoes all items; with 'partial' the items before it
        stay; with 'skip' it is left out of an answer that is otherwise good.
        """
        kept, kept_stale, kept_unlisted = self.domains.snapshot(), dict(self.stale), dict(self.unlisted)
        answer: dict[str, list[Any]] = {"deletes": [], "patches": [], "posts": [], "puts": []}
        for kind, act in self._batch_acts(ways):
            for index, item in enumerate(body[kind]):
                try:
                    answer[kind].append(act(item))
                except Refusal as refusal:
                    if ways.settings.batch == "skip":
                        continue
                    if ways.settings.batch == "atomic":
                        self.domains, self.stale, self.unlisted = kept, kept_stale, kept_unlisted
                    raise refusal.under(f"/{kind}/{index}") from None
        return good(answer)

    def _batch_acts(self, ways: Ways) -> list[tuple[str, Callable[[dict[str, Any]], Any]]]:
        def settings(item: dict[str, Any]) -> dict[str, Any]:
            return {name: value for name, value in item.items() if name != "id"}

        return [
            ("deletes", lambda item: {"id": self._delete(str(item["id"]), ways)}),
            ("patches", lambda item: ways.show(self._edit(str(item["id"]), settings(item), ways))),
            ("puts", lambda item: ways.show(self._update(str(item["id"]), settings(item), ways))),
            ("posts", lambda item: ways.show(self._create(item, ways))),
        ]

    def _edit(self, id_: str, body: dict[str, Any], ways: Ways) -> Record:
        record = self._stored(id_)
        values = dict(body)
        if "domain" in values:
            name = values.pop("domain")
            if ways.settings.patches_domain == "refuse":
                raise refused("domain cannot be changed", "/domain")
            if ways.settings.patches_domain == "accept":
                values["domain"] = self._new_name(name, record)
        return self._write(record, values, ways, is_patch=True)

    def _update(self, id_: str, body: dict[str, Any], ways: Ways) -> Record:
        return self._write(self._stored(id_), {**DEFAULTS, **given(body)}, ways)

    def _write(self, record: Record, values: dict[str, Any], ways: Ways, *, is_patch: bool = False) -> Record:
        self._check(record.name, values, ways, any_length=is_patch and "long_lists" in ways.habits)
        applied = without_skipped(values, ways)
        if is_patch and "echo_only" in ways.habits:
            return replace(record, fields={**record.fields, **applied}, row=None)
        self._leave_stale(record.id, record, ways)
        return self.domains.edit(record, applied)

    def _create(self, body: dict[str, Any], ways: Ways) -> Record:
        name = self._new_name(body["domain"], None, duplicates="takes_duplicates" in ways.habits)
        values = given({key: value for key, value in body.items() if key != "domain"})
        self._check(name, values, ways)
        applied = without_skipped(values, ways)
        born = now()
        proof = ways.settings.verification
        record = self.domains.add(
            {
                **applied,
                "id": str(uuid.uuid4()),
                "domain": name,
                "status": "PENDING",
                "dmarc_status": None,
                "spf_status": None,
                "created_at": born,
                "modified_at": born,
                "verification": proof,
            }
        )
        self._leave_stale(record.id, None, ways)
        self.unlisted[record.id] = int(ways.habits.get("stale_lists", 0))
        return record

    def _delete(self, id_: str, ways: Ways) -> str | int:
        record = self._stored(id_)
        if "delete_bare_404" in ways.habits:
            raise BareRefusal(404)
        if "delete_ignored" not in ways.habits:
            self._leave_stale(record.id, record, ways)
            self.domains.remove(record)
        return record.number if "integer_ids" in ways.habits else record.id

    def _check(self, name: str, values: dict[str, Any], ways: Ways, *, any_length: bool = False) -> None:
        rules.check(values, any_length=any_length)
        for wanted, fields in ways.habits.get("refused_fields", {}).items():
            for field_name in fields:
                if canonical(wanted) == name and field_name in values:
                    raise refused(f"{field_name} cannot be changed for this domain", f"/{field_name}")

    def _new_name(self, text: str, record: Record | None, *, duplicates: bool = False) -> str:
        name = canonical(text)
        if not is_mail_domain(name):
            raise refused("domain is not a valid domain name", "/domain")
        if not duplicates and self.domains.has_name(name) and (record is None or record.name != name):
            raise Refusal(409, 1409, "The domain already exists", pointer="/domain")
        return name

    def _stored(self, id_: str) -> Record:
        record = self.domains.get(id_)
        if record is None:
            raise not_found()
        return record

    def _leave_stale(self, id_: str, old: Record | None, ways: Ways) -> None:
        habit = ways.habits.get("stale_reads")
        if habit is None:
            return
        asked = habit if isinstance(habit, dict) else {"reads": habit}
        until = time.monotonic() + asked["seconds"] if "seconds" in asked else float("inf")
        self.stale[id_] = Stale(old, asked.get("reads", float("inf")), until)

    def _stale_record(self, id_: str) -> Stale | None:
        stale = self.stale.get(id_)
        if stale is None or stale.shows():
            return stale
        del self.stale[id_]
        return None

    def _visible_record(self, id_: str) -> Record:
        record = self.domains.get(id_)
        stale = self._stale_record(self.domains.resolve(id_))
        if stale is not None:
            record = stale.old
        if record is None:
            raise not_found()
        return record

    def _listed(self) -> list[Record]:
        """What a list shows: what reads by id would show, without domains that were onboarded too recently (habit `stale_lists`)."""
        hidden = {id_ for id_, lists in self.unlisted.items() if lists > 0}
        self.unlisted = {id_: lists - 1 for id_, lists in self.unlisted.items() if lists > 1}
        return [record for record in self._visible_records() if record.id not in hidden]

    def _visible_records(self) -> list[Record]:
        records = dict(self.domains.records)
        for id_ in list(self.stale):
            stale = self._stale_record(id_)
            if stale is not None and stale.old is None:
                records.pop(id_, None)
            elif stale is not None and stale.old is not None:
                records[id_] = stale.old
        return list(records.values())


def given(body: dict[str, Any]) -> dict[str, Any]:
    """The settings of a body. In POST and PUT, null stands for the default of a field that cannot be null."""
    return {name: DEFAULTS[name] if value is None else value for name, value in body.items() if name in SETTINGS}


def without_skipped(values: dict[str, Any], ways: Ways) -> dict[str, Any]:
    """The values that a write stores: the habit `not_applied` silently leaves fields out."""
    skipped = frozenset(ways.habits.get("not_applied", ()))
    return {name: value for name, value in values.items() if name not in skipped} if skipped else values
