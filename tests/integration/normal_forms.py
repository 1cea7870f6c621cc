"""The normal forms of the design, written a second time and in another way: what the tests hold the collection's own against.

Reads the field table, so that a new kind of field fails here until it is told what equality means for it.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

import idna
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def _choices(value: Any) -> Any:
    """The words of the API are in capitals; a server that writes them otherwise means the same."""
    return frozenset(_text(item).upper() for item in value or ())


def _networks(value: Any) -> Any:
    """The addresses that are covered, however they are cut into networks; what is no network is compared as it is."""
    found = frozenset(map(_network, value or ()))
    covered = {
        version: ipaddress.collapse_addresses(item for item in found if getattr(item, "version", None) == version)  # type: ignore[type-var]
        for version in (4, 6)
    }
    return frozenset(covered[4]) | frozenset(covered[6]) | {item for item in found if not hasattr(item, "version")}


@lru_cache(maxsize=10_000)
def _network(value: Any) -> Any:
    try:
        return ipaddress.ip_network(value)
    except ValueError:
        return value


@lru_cache(maxsize=10_000)
def _name(value: Any) -> Any:
    if value is None:
        return None
    try:
        return idna.encode(value.rstrip("."), uts46=True).decode().lower()
    except idna.IDNAError:
        return _beyond_idna(value.rstrip("."))


def _beyond_idna(name: str) -> str:
    """An emoji domain, say: the letters as UTS 46 writes them, in punycode."""
    try:
        labels = idna.uts46_remap(name).split(".")
    except idna.IDNAError:
        return name.lower()
    plain = ".".join(label if label.isascii() else f"xn--{label.encode('punycode').decode()}" for label in labels)
    return plain if re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*", plain) else name.lower()


def _host(value: Any) -> Any:
    plain = value.strip().rstrip(".")
    try:
        return str(ipaddress.ip_address(plain))
    except ValueError:
        return _name(plain)


def _flag(value: Any) -> bool:
    return str(value).lower() in ("true", "1", "1.0")


FORMS: dict[str, Callable[[Any], Any]] = {
    "ChoiceSet": _choices,
    "NetworkSet": _networks,
    "Choice": lambda value: value,
    "Boolean": _flag,
    "IntegerRange": lambda value: value,
    "Uuid": lambda value: value and value.lower(),
    "HostName": lambda value: value and _host(value),
    "DomainName": _name,
}
KINDS = {item.name: type(item.type).__name__ for item in DOMAIN.fields}


def form(field: str, value: Any) -> Any:
    """The normal form of one field's value, live or wished for."""
    return FORMS[KINDS[field]](value)


def settings(domain: Mapping[str, Any]) -> dict[str, Any]:
    """The normal forms of all that can be set of one domain."""
    return {item.name: form(item.name, domain.get(item.name)) for item in DOMAIN.fields}


def account(domains: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """The same of every domain, by id."""
    return {domain["id"]: settings(domain) for domain in domains}
