"""What the service refuses in an entry although the OpenAPI document allows it: values that do not fit the type of the pattern.

Whether the service validates regular expressions is not known, and no user's expression is ever compiled here: the habit `regexes_validated` only
counts brackets.
"""

from __future__ import annotations

import ipaddress
from typing import Any

from .envelope import Refusal, refused
from .lists import List
from .names import LABEL, canonical

PRIVATE: list[ipaddress.IPv4Network | ipaddress.IPv6Network] = [
    *map(ipaddress.IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")),
    ipaddress.IPv6Network("fc00::/7"),
]
BROADCAST = ipaddress.IPv4Address("255.255.255.255")
KINDS = {"impersonation_registry": "EMAIL", "trusted_domains": "DOMAIN", "sending_domain_restrictions": "DOMAIN"}
CLOSING = {")": "(", "]": "["}


def check(table: List, fields: dict[str, Any], values: dict[str, Any], habits: dict[str, Any]) -> None:
    """Raise the refusal of the first invalid value. `fields` is the entry as it would be stored, `values` what the write sent."""
    _check_listed(table, values, habits)
    if values.get("pattern_type") == "UNKNOWN":
        raise refused("pattern_type UNKNOWN cannot be used when creating or updating", "/pattern_type")
    expression = table.expression(fields)
    if expression in values and "regexes_validated" in habits and not is_balanced(values[expression]):
        raise refused("this is not a valid regular expression", f"/{expression}")
    if expression is None and {table.key, "pattern_type", table.regex} & set(values):
        _check_literal(table, fields)
    for index, name in enumerate(values.get("exclude", ())):
        if not_a_domain(name):
            raise refused(f"{name} is not a valid domain name", f"/exclude/{index}")


def _check_literal(table: List, fields: dict[str, Any]) -> None:
    """What a literal key has to be: of the type that the list has, or that the entry says. An old entry may be of type UNKNOWN, and is anything."""
    kind = KINDS.get(table.name) or fields.get("pattern_type")
    text = table.text(fields)
    wrong = CHECKS[kind](text) if kind in CHECKS else None
    if wrong is not None:
        raise refused(f"{text} {wrong}", f"/{table.key}")


def _check_listed(table: List, values: dict[str, Any], habits: dict[str, Any]) -> None:
    """The habit `refused_patterns`: a list of keys and patterns that are refused, or a mapping from them to the status."""
    listed = habits.get("refused_patterns", ())
    for name in (table.key, "pattern"):
        if name in values and values[name] in listed:
            status = listed[values[name]] if isinstance(listed, dict) else 400
            raise Refusal(status, 1422, f"this {name} is not accepted", pointer=f"/{name}")


def not_an_address(text: str) -> str | None:
    """What is wrong with a mail address."""
    local, at, domain = text.rpartition("@")
    if not at or not local or any(letter.isspace() for letter in text) or "@" in local or not_a_domain(domain):
        return "is not a valid email address"
    return None


def not_a_domain(text: str) -> str | None:
    """What is wrong with a domain name. One label is enough, because a rule may be about a whole top-level domain, but it is not a number."""
    name = canonical(text)
    labels = name.split(".")
    if text != text.strip() or len(name) > 253 or labels[-1].isdigit() or not all(LABEL.match(label) for label in labels):
        return "is not a valid domain name"
    return None


def not_a_network(text: str) -> str | None:
    """What is wrong with an address or network."""
    try:
        network = ipaddress.ip_network(text)
    except ValueError:
        return "is not a valid IP address or network"
    mapped = network.network_address.ipv4_mapped if isinstance(network, ipaddress.IPv6Network) else None
    address = network.network_address
    private = any(address in each for each in PRIVATE)
    if private or mapped is not None or address.is_loopback or address.is_link_local or address.is_unspecified or address == BROADCAST:
        return "is not a public IP address or network"
    return None


CHECKS = {"EMAIL": not_an_address, "DOMAIN": not_a_domain, "IP": not_a_network}


def is_balanced(pattern: str) -> bool:
    """Whether the brackets of a regular expression are closed, as far as a scan can tell."""
    open_: list[str] = []
    escaped = False
    for letter in pattern:
        if escaped:
            escaped = False
        elif letter == "\\":
            escaped = True
        elif open_ and open_[-1] == "[" and letter != "]":
            continue
        elif letter in "([":
            open_.append(letter)
        elif letter in CLOSING:
            if open_ and open_[-1] == CLOSING[letter]:
                open_.pop()
            elif letter == ")":
                return False
    return not open_ and not escaped
