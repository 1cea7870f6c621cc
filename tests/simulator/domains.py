"""The stored domains: one record for each mail domain of an account.

A record is never changed in place; a write replaces it. So a batch can be rolled back by keeping the old table, a stale read can show the old record,
and the JSON of a row can be cached as long as the record exists.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from .names import canonical

LISTS = ("allowed_delivery_modes", "drop_dispositions", "ip_restrictions", "regions")
SETTINGS = (
    "allowed_delivery_modes",
    "drop_dispositions",
    "folder",
    "integration_id",
    "ip_restrictions",
    "lookback_hops",
    "regions",
    "require_tls_inbound",
    "require_tls_outbound",
    "transport",
)
DEFAULTS: dict[str, Any] = {
    "allowed_delivery_modes": ["DIRECT"],
    "drop_dispositions": [],
    "folder": None,
    "integration_id": None,
    "ip_restrictions": [],
    "lookback_hops": 1,
    "regions": ["GLOBAL"],
    "require_tls_inbound": False,
    "require_tls_outbound": False,
    "transport": "",
}
READ_ONLY: dict[str, Any] = {
    "authorization": None,
    "dmarc_status": "good",
    "emails_processed": None,
    "inbox_provider": None,
    "o365_tenant_id": None,
    "spf_status": "good",
    "status": "ACTIVE",
}
FIRST_CREATED = datetime(2025, 1, 1, tzinfo=timezone.utc)


def timestamp(moment: datetime) -> str:
    """RFC 3339 with microseconds, so that two successive writes never have the same `modified_at`."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def now() -> str:
    """The current time as the server writes it."""
    return timestamp(datetime.now(timezone.utc))


def clone(value: Any) -> Any:
    """A deep copy of JSON data, several times faster than `copy.deepcopy`, which matters for 1000 domains."""
    if isinstance(value, dict):
        return {key: clone(item) for key, item in value.items()}
    if isinstance(value, list):
        return [clone(item) for item in value]
    return value


@dataclass(eq=False)
class Record:
    """A stored domain. `fields` are what a response may show.

    `active_delivery_mode` can be filtered by, but is in no response. `verification` is the answer of the verification call, None if no DNS proof is
    needed. `number` is the id that this domain would have had in 2025.
    """

    fields: dict[str, Any]
    number: int
    active_delivery_mode: str | None = None
    verification: dict[str, Any] | None = None
    row: bytes | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self.id: str = self.fields["id"]
        self.name = canonical(self.fields.get("domain") or "")

    def copy(self) -> dict[str, Any]:
        """The fields, safe to hand out."""
        copied: dict[str, Any] = clone(self.fields)
        return copied


@dataclass
class Domains:
    """The domains of one account, in the order they were onboarded."""

    records: dict[str, Record] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    numbers: dict[int, str] = field(default_factory=dict)
    first_number: int = 1001

    def __iter__(self) -> Iterator[Record]:
        return iter(self.records.values())

    def __len__(self) -> int:
        return len(self.records)

    def snapshot(self) -> Domains:
        """The state to restore when an atomic batch fails."""
        return Domains(dict(self.records), dict(self.names), dict(self.numbers))

    def resolve(self, id_: str) -> str:
        """The UUID for an id of either kind: a UUID, or the digits of 2025."""
        if id_.isascii() and id_.isdigit():
            return self.numbers.get(int(id_), "")
        return id_.lower()

    def get(self, id_: str) -> Record | None:
        """The record of an id, if the account has it."""
        return self.records.get(self.resolve(id_))

    def find(self, name_or_id: str | int) -> Record | None:
        """A record by id or by name, for tests."""
        wanted = canonical(str(name_or_id))
        return self.get(str(name_or_id)) or next((record for record in self if record.name == wanted), None)

    def put(self, record: Record) -> Record:
        """Store a record in place of the one with its id, if there is one."""
        old = self.records.get(record.id)
        if old is not None:
            self._forget_name(old)
        self.records[record.id] = record
        self.names[record.name] = self.names.get(record.name, 0) + 1
        self.numbers[record.number] = record.id
        return record

    def remove(self, record: Record) -> None:
        """Remove a record. Its number is not used again."""
        self._forget_name(self.records.pop(record.id))

    def has_name(self, name: str) -> bool:
        """Whether a domain has this canonical name."""
        return self.names.get(name, 0) > 0

    def add(self, given: dict[str, Any]) -> Record:
        """Store a domain from partial fields. Missing fields are those of a healthy inline domain.

        Nothing is checked: a test may store what no client could write. `verification` may be true (the server requires a DNS proof), false, or the
        record itself.
        """
        fields = clone(given)
        active = fields.pop("active_delivery_mode", None)
        proof = fields.pop("verification", None)
        number = self.first_number + len(self.numbers)
        born = timestamp(FIRST_CREATED + timedelta(minutes=number))
        whole = {
            "id": str(uuid.uuid4()),
            "domain": f"domain-{number}.example",
            **clone(DEFAULTS),
            **READ_ONLY,
            "created_at": born,
            "modified_at": born,
            **fields,
        }
        whole["id"] = str(whole["id"]).lower()
        modes = whole["allowed_delivery_modes"]
        record = Record(whole, number, active or (modes[0] if modes else None))
        record.verification = verification(record) if proof is True else (proof or None)
        return self.put(record)

    def edit(self, record: Record, values: dict[str, Any]) -> Record:
        """Store new values. Every write changes `modified_at`, even if nothing else changes."""
        values = clone(values)
        active = values.pop("active_delivery_mode", record.active_delivery_mode)
        proof = values.pop("verification", record.verification)
        fields = {**record.fields, "modified_at": later_than(record.fields.get("modified_at")), **values}
        new = Record(fields, record.number, active)
        new.verification = verification(new) if proof is True else (proof or None)
        return self.put(new)

    def _forget_name(self, record: Record) -> None:
        self.names[record.name] -= 1


def later_than(previous: str | None) -> str:
    """The current time, or a microsecond after the previous write if the clock has not moved on."""
    present = now()
    if previous and present <= previous:
        moment = datetime.strptime(previous, "%Y-%m-%dT%H:%M:%S.%fZ") + timedelta(microseconds=1)
        return timestamp(moment)
    return present


def verification(record: Record) -> dict[str, Any]:
    """The DNS proof that the server requires for a new domain."""
    return {
        "status": "PENDING",
        "txt_record_name": f"_cf-email-security.{record.name}",
        "txt_record_value": f"cf-verify={uuid.uuid5(uuid.NAMESPACE_DNS, record.name)}",
        "last_checked_at": None,
    }
