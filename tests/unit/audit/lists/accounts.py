"""Accounts and live entries for the tests of the rules on lists."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone
from itertools import count
from typing import Any

from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.entry import Account, Entry, LiveDomain
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.base import Resource
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.registry import LIST_NAMES, RESOURCES

NOW = datetime(2026, 11, 28, 3, tzinfo=timezone.utc)
LIST_RESOURCES: dict[str, Resource] = {name: RESOURCES[name]().resource for name in LIST_NAMES}
_NUMBERS = count(1)


def entry(list_name: str, /, **live: Any) -> Entry:
    """A live entry of a list. Its label is its name, as that of an entry whose key is unique."""
    resource = LIST_RESOURCES[list_name]
    full = {"id": f"7e0a4f6e-7b9d-4d0e-8a51-{next(_NUMBERS):012x}", **live}
    return Entry(resource, str(resource.live_name(full) or full["id"]), full, resource.normalize(full))


def allowed(pattern: str, **live: Any) -> Entry:
    return entry("allow_policies", pattern=pattern, **{"is_regex": False, "verify_sender": True, **live})


def blocked(pattern: str, **live: Any) -> Entry:
    return entry("block_senders", pattern=pattern, **{"is_regex": False, **live})


def trusted(pattern: str, **live: Any) -> Entry:
    return entry("trusted_domains", pattern=pattern, **{"is_regex": False, **live})


def person(email: str, name: str = "Ann Lee", **live: Any) -> Entry:
    return entry("impersonation_registry", email=email, name=name, **{"is_email_regex": False, **live})


def url(pattern: str, **live: Any) -> Entry:
    return entry("url_ignore_patterns", pattern=pattern, **live)


def restriction(domain: str, **live: Any) -> Entry:
    return entry("sending_domain_restrictions", domain=domain, **live)


def content(name: str, pattern: str, **live: Any) -> Entry:
    return entry("content_policies", name=name, pattern=pattern, **{"enabled": True, "targets": ["SUBJECT"], **live})


def live_domain(name: str, **settings: Any) -> LiveDomain:
    """A live domain; by default inline, and open to everybody."""
    return LiveDomain(name, {"domain": name}, {"domain": name, "allowed_delivery_modes": ["DIRECT"], "ip_restrictions": [], **settings})


def account_of(*entries: Entry, domains: Sequence[LiveDomain] | None = (), read: Sequence[str] = (), **more: Any) -> Account:
    """An account with these entries. Lists that are read and empty are named."""
    lists: dict[str, list[Entry]] = {name: [] for name in read}
    for each in entries:
        lists.setdefault(each.resource.name, []).append(each)
    names = frozenset(domain.name for domain in domains or ())
    return Account(**{"now": NOW, "own_domains": names, "domains": None if domains is None else tuple(domains), "entries": lists, **more})
