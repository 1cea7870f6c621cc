"""Entries of the lists for the benchmark: declared, and as the server has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from plays import Control

ACCOUNT_MODULE = "mailops.cloudflare.email_security_account"
SENDER_MODULE = "mailops.cloudflare.email_security_block_sender"
Entry = dict[str, Any]


def senders(count: int, first: int = 0) -> list[Entry]:
    """Declared blocked senders: domains, addresses and networks, every fifth with a comment."""
    kinds = ("bad-{0:05}.example", "spam-{0:05}@sender.example", "2001:db8:{0:x}::/48")
    return [
        {"pattern": kinds[number % 3].format(number), **({"comments": f"Ticket {number}"} if number % 5 == 0 else {})} for number in range(first, first + count)
    ]


def live_senders(entries: Sequence[Entry]) -> list[Entry]:
    """The same entries as the server has them."""
    return [{"is_regex": False, "comments": None, **entry} for entry in entries]


def people(count: int) -> list[Entry]:
    return [{"email": f"person-{number:04}@example.com", "name": f"Person {number}"} for number in range(count)]


def state(lists: Mapping[str, Sequence[Entry]], *, habits: Mapping[str, Any] | None = None) -> list[Control]:
    """The control calls that give the simulator exactly these lists and habits, and no domains."""
    names = (
        "allow_policies",
        "block_senders",
        "trusted_domains",
        "content_policies",
        "impersonation_registry",
        "sending_domain_restrictions",
        "url_ignore_patterns",
    )
    whole = {"domains": [], "lists": {name: list(lists.get(name, ())) for name in names}}
    return [("PUT", "state", whole), ("DELETE", "habits", None), ("POST", "habits", dict(habits or {}))]
