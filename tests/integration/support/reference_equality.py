"""The normal form of each type of field: an independent oracle, written without the collection's own comparison.

The types are read from the field table, so a field of a new type fails here until its normal form is added.
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
    """The API writes choices in upper case. A server that writes them otherwise means the same."""
    return frozenset(_text(item).upper() for item in value or ())


def _networks(value: Any) -> Any:
    """The covered addresses, however they are split into networks. Values that are not networks are compared as they are."""
    networks = frozenset(map(_network, value or ()))
    covered = {
        version: ipaddress.collapse_addresses(item for item in networks if getattr(item, "version", None) == version)  # type: ignore[type-var]
        for version in (4, 6)
    }
    return frozenset(covered[4]) | frozenset(covered[6]) | {item for item in networks if not hasattr(item, "version")}


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
    """A name outside of IDNA 2008, such as an emoji domain: mapped by UTS 46 and encoded in punycode."""
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


def _boolean(value: Any) -> bool:
    return str(value).lower() in ("true", "1", "1.0")


NORMAL_FORMS: dict[str, Callable[[Any], Any]] = {
    "ChoiceSet": _choices,
    "NetworkSet": _networks,
    "Choice": lambda value: value,
    "Boolean": _boolean,
    "IntegerRange": lambda value: value,
    "Uuid": lambda value: value and value.lower(),
    "HostName": lambda value: value and _host(value),
    "DomainName": _name,
}
FIELD_TYPES = {item.name: type(item.type).__name__ for item in DOMAIN.fields}


def normal_form(field: str, value: Any) -> Any:
    """The normal form of a field's value, live or declared."""
    return NORMAL_FORMS[FIELD_TYPES[field]](value)


def normal_settings(domain: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a domain in normal form, by field."""
    return {item.name: normal_form(item.name, domain.get(item.name)) for item in DOMAIN.fields}


def normal_account(domains: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """The settings of all domains in normal form, by id."""
    return {domain["id"]: normal_settings(domain) for domain in domains}
