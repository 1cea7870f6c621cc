"""One account: its mail domains, its lists, and what each call to the domains does."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from . import listing, rules
from .call import Call
from .domains import DEFAULTS, SETTINGS, Domains, Record
from .entries import EntryOperations
from .envelope import Answer, Refusal, good, refused
from .lists import LISTS, Entries
from .names import canonical, is_mail_domain
from .operations import Operations, Ways, without_skipped
from .store import now


class DomainOperations(Operations[Record]):
    """The calls to the mail domains."""

    noun = "domain"
    store: Domains

    def verification(self, id_: str, ways: Ways) -> Answer:
        """`GET /domains/{id}/verification`: 204 if no DNS proof is needed, as the document of July 2026 said."""
        record = self._visible_record(id_)
        if refusal := ways.habits.get("verification_refused"):
            raise Refusal(404 if refusal is True else refusal, 1404, "This domain needs no verification")
        if "verification_status_only" in ways.habits:
            return good({"status": (record.verification or record.fields).get("status")})
        return good(record.verification) if record.verification else Answer(204)

    def _matching(self, records: list[Record], call: Call, ways: Ways) -> list[Record]:
        return listing.matching(records, call, ways.habits)

    def _sort_value(self, record: Record, order: str) -> str:
        return record.name if order == "domain" else super()._sort_value(record, order)

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
        return self._store(record, values, ways, is_patch=is_patch)

    def _create(self, body: dict[str, Any], ways: Ways) -> Record:
        name = self._new_name(body["domain"], None, duplicates="takes_duplicates" in ways.habits)
        values = given({key: value for key, value in body.items() if key != "domain"})
        self._check(name, values, ways)
        born = now()
        fields = {
            **without_skipped(values, ways),
            "id": str(uuid.uuid4()),
            "domain": name,
            "status": "PENDING",
            "dmarc_status": None,
            "spf_status": None,
            "created_at": born,
            "modified_at": born,
            "verification": ways.settings.verification,
        }
        return self._add(fields, ways)

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
        if not duplicates and self.store.has_name(name) and (record is None or record.name != name):
            raise Refusal(409, 1409, "The domain already exists", pointer="/domain")
        return name


@dataclass
class Account:
    """An account: its mail domains, its seven lists, and the lists that its plan does not include."""

    id: str
    entitled: bool = True
    not_entitled: frozenset[str] = frozenset()
    domain_calls: DomainOperations = field(default_factory=lambda: DomainOperations(Domains()))
    list_calls: dict[str, EntryOperations] = field(default_factory=lambda: {name: EntryOperations(Entries(table)) for name, table in LISTS.items()})

    @property
    def domains(self) -> Domains:
        """The stored domains."""
        return self.domain_calls.store

    def entries(self, resource: str) -> Entries:
        """The stored entries of a list.

        Raises:
            KeyError: there is no such list.
        """
        if resource not in self.list_calls:
            raise KeyError(f"there is no list {resource}; there are {', '.join(self.list_calls)}")
        return self.list_calls[resource].store

    def calls(self, resource: str) -> Operations[Any]:
        """The operations of a resource."""
        return self.domain_calls if resource == "domains" else self.list_calls[resource]


def given(body: dict[str, Any]) -> dict[str, Any]:
    """The settings of a body. In POST and PUT, null stands for the default of a field that cannot be null."""
    return {name: DEFAULTS[name] if value is None else value for name, value in body.items() if name in SETTINGS}
