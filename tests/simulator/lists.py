"""The table of the seven lists, and their stored entries.

What the OpenAPI document says of a list (its paths, filters, orders and constraints) is not repeated here: `contract.py` validates each request
against the document before it reaches the list.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from .store import Record, Store, clone, later_than

OWN = "A1S_INTERNAL"


@dataclass(frozen=True)
class List:
    """One list.

    `key` is the field by which people call an entry; its exact value can be a filter. `regex` is the flag that says whether the key is a regular
    expression: None if it never is, true if it always is. `identity` are the fields in which two entries of one thing agree. `optional` are the
    fields that a write may leave out, with what they become then. `texts` are the fields that `search` looks at.
    """

    name: str
    noun: str
    key: str
    regex: str | bool | None
    identity: tuple[str, ...]
    harmless: Mapping[str, Any]
    optional: Mapping[str, Any]
    texts: tuple[str, ...]
    has_batch: bool = True

    def text(self, fields: Mapping[str, Any]) -> str:
        """The key of an entry."""
        return str(fields.get(self.key) or "")

    def is_regex(self, fields: Mapping[str, Any]) -> bool:
        """Whether the key of an entry is a regular expression."""
        return bool(fields.get(self.regex)) if isinstance(self.regex, str) else bool(self.regex)

    def expression(self, fields: Mapping[str, Any]) -> str | None:
        """The field of an entry that has a regular expression."""
        if self.name == "content_policies":
            return "pattern"
        return self.key if self.is_regex(fields) else None

    def same(self, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
        """Whether two entries are about the same thing. The case of a literal key does not matter."""
        literal = not self.is_regex(one)
        return all(
            one.get(name) == other.get(name) or (literal and name == self.key and self.text(one).lower() == self.text(other).lower()) for name in self.identity
        )


COMMENTS = {"comments": None}
LISTS: Mapping[str, List] = MappingProxyType(
    {
        each.name: each
        for each in (
            List(
                name="allow_policies",
                noun="allow policy",
                key="pattern",
                regex="is_regex",
                identity=("pattern", "is_regex"),
                harmless={
                    "pattern": "partner-{number}.example",
                    "pattern_type": None,
                    "is_regex": False,
                    "is_trusted_sender": False,
                    "is_exempt_recipient": False,
                    "is_acceptable_sender": False,
                    "verify_sender": True,
                },
                optional=COMMENTS,
                texts=("pattern", "comments"),
            ),
            List(
                name="block_senders",
                noun="blocked sender",
                key="pattern",
                regex="is_regex",
                identity=("pattern", "is_regex"),
                harmless={"pattern": "sender-{number}.example", "pattern_type": None, "is_regex": False},
                optional=COMMENTS,
                texts=("pattern", "comments"),
            ),
            List(
                name="trusted_domains",
                noun="trusted domain",
                key="pattern",
                regex="is_regex",
                identity=("pattern", "is_regex"),
                harmless={"pattern": "trusted-{number}.example", "is_regex": False, "is_recent": False, "is_similarity": False},
                optional=COMMENTS,
                texts=("pattern", "comments"),
            ),
            List(
                name="content_policies",
                noun="content policy",
                key="name",
                regex=None,
                identity=("name",),
                harmless={"name": "Policy {number}", "pattern": "offer-{number}", "targets": ["SUBJECT"], "enabled": True},
                optional={"notes": None},
                texts=("name", "pattern"),
            ),
            List(
                name="impersonation_registry",
                noun="impersonation registry entry",
                key="email",
                regex="is_email_regex",
                identity=("email", "is_email_regex", "name"),
                harmless={"name": "Person {number}", "email": "person-{number}@example.com", "is_email_regex": False},
                optional={**COMMENTS, "provenance": OWN, "directory_id": None, "directory_node_id": None},
                texts=("name", "email"),
                has_batch=False,
            ),
            List(
                name="sending_domain_restrictions",
                noun="sending domain restriction",
                key="domain",
                regex=None,
                identity=("domain",),
                harmless={"domain": "partner-{number}.example", "exclude": []},
                optional=COMMENTS,
                texts=("domain", "comments"),
            ),
            List(
                name="url_ignore_patterns",
                noun="URL ignore pattern",
                key="pattern",
                regex=True,
                identity=("pattern",),
                harmless={"pattern": r"https://www\.host-{number}\.example/.*"},
                optional=COMMENTS,
                texts=("pattern", "comments"),
            ),
        )
    }
)


def pattern_type(pattern: str, is_regex: bool) -> str:
    """The type of a pattern that a test did not give."""
    if is_regex or "@" in pattern:
        return "EMAIL"
    try:
        ipaddress.ip_network(pattern, strict=False)
    except ValueError:
        return "DOMAIN"
    return "IP"


def is_synced(fields: Mapping[str, Any]) -> bool:
    """Whether a person of the registry is synchronised from a directory."""
    return fields.get("provenance") not in (None, OWN) or fields.get("directory_id") is not None


class Entry(Record):
    """A stored entry of a list."""

    def __init__(self, table: List, fields: dict[str, Any], number: int) -> None:
        self.table = table
        self.folded = table.text(fields).lower()
        super().__init__(table.name, fields, number, self.folded)


class Entries(Store[Entry]):
    """The entries of one list of an account, in the order of their creation."""

    def __init__(self, table: List) -> None:
        super().__init__(table.name)
        self.table = table

    def key_of(self, name: str) -> str:
        """A key in lower case."""
        return name.lower()

    def add(self, given: dict[str, Any]) -> Entry:
        """Store an entry from partial fields. Missing fields are those of a harmless entry."""
        number, born = self._born(given)
        harmless = {name: value.format(number=number) if isinstance(value, str) else clone(value) for name, value in self.table.harmless.items()}
        whole = {**born, **harmless, **self.table.optional, **clone(given)}
        whole["id"] = str(whole["id"]).lower()
        if "pattern_type" in whole and "pattern_type" not in given:
            whole["pattern_type"] = pattern_type(self.table.text(whole), self.table.is_regex(whole))
        return self.put(Entry(self.table, whole, number))

    def edit(self, record: Entry, values: dict[str, Any]) -> Entry:
        """Store new values. Every write changes `modified_at`, even if nothing else changes."""
        fields = {**record.fields, "modified_at": later_than(record.fields.get("modified_at")), **clone(values)}
        return self.put(Entry(self.table, fields, record.number))

    def same(self, fields: dict[str, Any], but: str | None = None) -> Entry | None:
        """The oldest entry about the same thing, if there is one. `but` is the id of an entry that does not count."""
        found = self.having(self.table.text(fields).lower())
        return next((entry for entry in found if entry.id != but and self.table.same(fields, entry.fields)), None)
