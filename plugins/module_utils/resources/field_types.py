# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds of field: how a wish and a live value become one normal form that can be compared, shown and sent. Pure.

A wish is what the user wrote; it is refused if it cannot be meant. A live value is what the server says; reading it never
fails, and what is not understood stands for itself. Two values are equal exactly if their comparable forms are: for most
kinds that is the normal form, but networks are compared as the addresses that they cover, and sent and shown as they are declared.
"""

from __future__ import annotations

import ipaddress
import json
import re
from functools import lru_cache
from typing import Any, Union

from .domain_names import known_name, normalize_live_name, public_name

Normal = Any  # what JSON can hold: a text, a number, a boolean, None or a sorted list of texts

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
Network = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]

_WHOLE = re.compile(r"-?[0-9]{1,18}(\.0{1,18})?")
# A network wider than this is not proposed in place of one with host bits set: who takes the proposal over would let in most of the world.
_WIDEST_PROPOSAL = {4: 8, 6: 16}


class FieldType:
    """One kind of field."""

    def argument(self) -> dict[str, Any]:
        """How Ansible's argument spec declares it."""
        return {"type": "str"}

    def parse(self, value: Any) -> Normal:
        """The normal form of what the user wrote. Errors: ValueError that says what is wrong and what would be right."""
        raise NotImplementedError

    def live(self, value: Any) -> Normal:
        """The normal form of what the server says."""
        raise NotImplementedError

    def comparable(self, normal: Normal) -> Normal:
        """A form that is equal for two normal forms exactly if they mean the same."""
        return normal

    def same(self, one: Normal, other: Normal) -> bool:
        """Whether two normal forms mean the same."""
        return bool(one == other or self.comparable(one) == self.comparable(other))


class ChoiceSet(FieldType):
    """Some of several words; order and repetition do not count."""

    def __init__(self, choices: tuple[str, ...], min_items: int = 0) -> None:
        self.choices = choices
        self.min_items = min_items

    def argument(self) -> dict[str, Any]:
        return {"type": "list", "elements": "str", "choices": list(self.choices)}

    def parse(self, value: Any) -> Normal:
        words = sorted(set(value))
        unknown = [word for word in words if word not in self.choices]
        if unknown:
            raise ValueError(f"holds {', '.join(map(repr, unknown))}; the choices are {', '.join(self.choices)}")
        if len(words) < self.min_items:
            raise ValueError(f"is empty; it needs at least {self.min_items} of {', '.join(self.choices)}")
        return words

    def live(self, value: Any) -> Normal:
        return sorted({_known_word(word, self.choices) for word in _live_set(value)})


class NetworkSet(FieldType):
    """IPv4 and IPv6 networks; an address is a network of one.

    The number is not limited here: the API documents a limit for creations only, and names it in its refusal.
    """

    def argument(self) -> dict[str, Any]:
        return {"type": "list", "elements": "str"}

    def parse(self, value: Any) -> Normal:
        return sorted({str(_network(text)) for text in value})

    def live(self, value: Any) -> Normal:
        return sorted({_live_network(text) for text in _live_set(value)})

    def comparable(self, normal: Normal) -> Normal:
        """The fewest networks that cover the same addresses: a server may join adjoining ones, or leave out what others cover.

        The empty list stays empty, although it lets in as many as all networks do: the two are written for different reasons.
        """
        return _fewest(tuple(normal)) if isinstance(normal, list) and normal else normal


class Choice(FieldType):
    """One of several words, or null."""

    def __init__(self, choices: tuple[str, ...]) -> None:
        self.choices = choices

    def argument(self) -> dict[str, Any]:
        return {"type": "str", "choices": list(self.choices)}

    def parse(self, value: Any) -> Normal:
        if value not in self.choices:
            raise ValueError(f"is {value!r}; the choices are {', '.join(self.choices)}")
        return value

    def live(self, value: Any) -> Normal:
        text = _live_text(value)
        return text if text is None else _known_word(text, self.choices)


class Boolean(FieldType):
    """True or false; null and absent are false, and so is 0; 1 is true, and so is the word."""

    def argument(self) -> dict[str, Any]:
        return {"type": "bool"}

    def parse(self, value: Any) -> Normal:
        if not isinstance(value, bool):
            raise ValueError(f"is {value!r}; it must be true or false")
        return value

    def live(self, value: Any) -> Normal:
        if value is None or isinstance(value, bool):
            return bool(value)
        if isinstance(value, (int, float)):
            return bool(value) if value in (0, 1) else json.dumps(value)
        text = str(_live_text(value))
        return {"true": True, "false": False}.get(text.lower(), text)


class IntegerRange(FieldType):
    """A whole number within bounds."""

    def __init__(self, lowest: int, highest: int) -> None:
        self.lowest = lowest
        self.highest = highest

    def argument(self) -> dict[str, Any]:
        return {"type": "int"}

    def parse(self, value: Any) -> Normal:
        if not isinstance(value, int) or isinstance(value, bool) or not self.lowest <= value <= self.highest:
            raise ValueError(f"is {value!r}; it must be a whole number from {self.lowest} to {self.highest}")
        return value

    def live(self, value: Any) -> Normal:
        if isinstance(value, float) and value.is_integer():
            return int(value)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        text = str(_live_text(value))
        return int(text.partition(".")[0]) if _WHOLE.fullmatch(text) else text


class Uuid(FieldType):
    """A UUID; case does not count. Null where there is none."""

    def parse(self, value: Any) -> Normal:
        if not UUID.fullmatch(value.strip()):
            raise ValueError(f"is {value!r}; it must be a UUID such as 1a2b3c4d-0000-4000-8000-5e6f70819203")
        return value.strip().lower()

    def live(self, value: Any) -> Normal:
        text = _live_text(value)
        return text.lower() if text else text


class HostName(FieldType):
    """A host that mail goes to: a name in the normal form of domain names, or an IP address without brackets."""

    def parse(self, value: Any) -> Normal:
        text = value.strip()
        if not text:
            raise ValueError(f"is {value!r}; it must be a host name. Leave the option out to keep what is live: the API has no way to clear it")
        try:
            return str(_address(text))
        except ValueError:
            pass
        try:
            return public_name(text)
        except ValueError as error:
            words = str(error)
        raise ValueError(f"is {value!r}; it must be a host name or an IP address, without anything around it: {_likely_mistake(text) or words}")

    def live(self, value: Any) -> Normal:
        text = _live_text(value)
        if not text:
            return text
        try:
            return str(_address(_without_brackets(text.strip())))
        except ValueError:
            pass
        try:
            return known_name(text)
        except ValueError:
            return text.lower().removesuffix(".")


class DomainName(FieldType):
    """The name of a mail domain, in A-labels."""

    def parse(self, value: Any) -> Normal:
        try:
            return public_name(value)
        except ValueError as error:
            raise ValueError(f"is {value!r}, which is no domain name: {error}") from None

    def live(self, value: Any) -> Normal:
        return normalize_live_name(value)


def _network(text: str) -> Network:
    """A network as the user means it. Host bits are refused, because dropping them would widen a security list in silence."""
    text = text.strip()
    try:
        likely = parse_network(text, strict=False)
    except ValueError as error:
        raise ValueError(f"holds {text!r}, which is neither an address nor a network: {error}") from None
    try:
        return parse_network(text)
    except ValueError:
        pass
    address = parse_network(text.partition("/")[0])
    if likely.prefixlen < _WIDEST_PROPOSAL[likely.version]:
        raise ValueError(
            f"holds {text!r}, which has host bits set, and whose mask covers a great part of all addresses: "
            f"write {address} for the one address, or correct the mask. If mail from anywhere is meant, say so with the option clear"
        )
    raise ValueError(f"holds {text!r}, which has host bits set: write {likely} for the network, or {address} for the one address")


def _live_network(text: str) -> str:
    try:
        return str(parse_network(text.strip()))
    except ValueError:
        return text


# Most domains of a fleet have the same few lists.
@lru_cache(maxsize=1024)
def _fewest(texts: tuple[str, ...]) -> tuple[str, ...]:
    four: list[ipaddress.IPv4Network] = []
    six: list[ipaddress.IPv6Network] = []
    rest: list[str] = []
    for text in texts:
        try:
            network = parse_network(text)
        except ValueError:
            rest.append(text)
            continue
        if isinstance(network, ipaddress.IPv4Network):
            four.append(network)
        else:
            six.append(network)
    networks: tuple[Network, ...] = (*ipaddress.collapse_addresses(four), *ipaddress.collapse_addresses(six))
    return (*map(str, networks), *sorted(rest))


def parse_network(text: str, *, strict: bool = True) -> Network:
    """A network. Errors: ValueError, also for what Python alone takes: the scope of an interface, and a wildcard mask.

    A wildcard mask is refused because it reads as a netmask of the opposite meaning: 0.0.0.255 for 255.255.255.0.
    """
    if "%" in text:
        raise ValueError("an interface's scope means nothing to another host")
    # Not ip_network, which tries both families and so cannot say what is wrong.
    if ":" in text:
        return ipaddress.IPv6Network(text, strict)
    network = ipaddress.IPv4Network(text, strict)
    mask = text.partition("/")[2]
    if "." in mask and ipaddress.IPv4Address(mask) != network.netmask:
        raise ValueError(f"{mask} is a wildcard mask. Write the prefix length, or the netmask")
    return network


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    if "%" in text:
        raise ValueError("an interface's scope means nothing to another host")
    plain = text.removesuffix(".")
    # Most texts are names, and to have them refused takes longer than all else.
    if ":" not in plain and not plain[-1:].isdigit():
        raise ValueError("this is not an IP address")
    return ipaddress.ip_address(plain)


def _without_brackets(text: str) -> str:
    return text[1:-1] if text[:1] == "[" and text[-1:] == "]" else text


def _likely_mistake(text: str) -> str:
    """What was probably meant by a text that is not a host; empty if that is not to be seen."""
    if "://" in text:
        return "this is a URL. Write the host alone"
    if "@" in text:
        return "this is a mail address. Write the host alone"
    if text.startswith("["):
        return "write an IP address without brackets, and without a port"
    if re.search(r":[0-9]+\Z", text):
        return "a port cannot be given. Write the host alone"
    if "/" in text:
        return "this has a path or a prefix length. Write the host alone"
    if "_" in text:
        return "the name of a host has no underscore"
    return ""


def _known_word(word: str, choices: tuple[str, ...]) -> str:
    """The word as the API documents it, in whatever case the server writes it; an unknown one as it is."""
    return word if word in choices else next((choice for choice in choices if choice.lower() == word.lower()), word)


def _live_set(value: Any) -> list[str]:
    """Null, absent and the empty list are equal; what is no list stands for one."""
    items = [] if value is None else value if isinstance(value, list) else [value]
    return sorted({item if isinstance(item, str) else json.dumps(item, sort_keys=True) for item in items})


def _live_text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, sort_keys=True)
