"""The stored domains: one record for each mail domain of an account."""

from __future__ import annotations

import uuid
from typing import Any

from .names import canonical
from .store import Record as StoredRecord
from .store import Store, clone, later_than

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


class Record(StoredRecord):
    """A stored domain. Its key is its name in canonical form.

    `active_delivery_mode` can be filtered by, but is in no response. `verification` is the answer of the verification call, None if no DNS proof is
    needed.
    """

    def __init__(self, fields: dict[str, Any], number: int, active_delivery_mode: str | None = None) -> None:
        self.name = canonical(fields.get("domain") or "")
        super().__init__("domains", fields, number, self.name)
        self.active_delivery_mode = active_delivery_mode
        self.verification: dict[str, Any] | None = None


class Domains(Store[Record]):
    """The domains of one account, in the order they were onboarded."""

    def __init__(self) -> None:
        super().__init__("domains")

    def key_of(self, name: str) -> str:
        """A name in canonical form."""
        return canonical(name)

    def has_name(self, name: str) -> bool:
        """Whether a domain has this canonical name."""
        return name in self.keys

    def add(self, given: dict[str, Any]) -> Record:
        """Store a domain from partial fields. Missing fields are those of a healthy inline domain.

        Nothing is checked: a test may store what no client could write. `verification` may be true (the server requires a DNS proof), false, or the
        record itself.
        """
        fields = clone(given)
        active = fields.pop("active_delivery_mode", None)
        proof = fields.pop("verification", None)
        number, born = self._born(fields)
        whole = {"domain": f"domain-{number}.example", **clone(DEFAULTS), **READ_ONLY, **born, **fields}
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


def verification(record: Record) -> dict[str, Any]:
    """The DNS proof that the server requires for a new domain."""
    return {
        "status": "PENDING",
        "txt_record_name": f"_cf-email-security.{record.name}",
        "txt_record_value": f"cf-verify={uuid.uuid5(uuid.NAMESPACE_DNS, record.name)}",
        "last_checked_at": None,
    }
