# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Types of fields: how options and live values become one normal form that can be compared, shown and sent. Pure.

An option is what the user wrote; an implausible one is refused. A live value comes from the server; normalizing it never fails, and what is
not understood is kept as it is. Two values are equal if their comparable forms are: for most types that is the normal form, but networks
are compared as the addresses that they cover, and sent and shown as they are declared.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Union

from ..api.texts import quoted
from .domain_names import known_name, normalize_live_name, public_name, spellings

Normal = Any  # a JSON value: a string, a number, a boolean, None or a sorted list of strings

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
Network = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]

# The masks of secrets: of Ansible and this collection, of Ansible for a whole value, and of AWX.
_MASKS = ("********", "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER", "$encrypted$")
_WHOLE = re.compile(r"-?[0-9]{1,18}(\.0{1,18})?")
# A wider network is not suggested in place of one with host bits set: to accept the suggestion would let in most of the world.
_WIDEST_PROPOSAL = {4: 8, 6: 16}


class FieldType:
    """The type of a field.

    Attributes:
        is_set: whether a value is a set, to which values can be added without removing others.
    """

    is_set = False

    def option_spec(self) -> dict[str, Any]:
        """The option in Ansible's argument spec."""
        return {"type": "str"}

    def parse(self, value: Any) -> Normal:
        """Bring an option into its normal form.

        Raises:
            ValueError: says what is wrong and what would be right.
        """
        raise NotImplementedError

    def normalize(self, value: Any) -> Normal:
        """Bring a live value into its normal form. Never fails."""
        raise NotImplementedError

    def parse_among(self, value: Any, options: Mapping[str, Any]) -> Normal:
        """Bring an option into its normal form, which may depend on other options of the object. Raises ValueError as `parse` does."""
        return self.parse(value)

    def normalize_among(self, value: Any, live: Mapping[str, Any]) -> Normal:
        """Bring a live value into its normal form, which may depend on other values of the object. Never fails."""
        return self.normalize(value)

    def to_api(self, normal: Normal) -> Any:
        """The value as a request sends it."""
        return normal

    def comparable(self, normal: Normal) -> Normal:
        """A form that is equal for two normal forms exactly if they mean the same."""
        return normal

    def with_added(self, live: Normal, added: Normal) -> Normal:
        """A live set with the declared values added that it does not contain."""
        raise NotImplementedError

    def spellings(self, normal: Normal) -> list[str]:
        """The texts that mean a normal form and that a server may store in its place."""
        return [str(normal)]

    def is_equal(self, one: Normal, other: Normal) -> bool:
        """Whether two normal forms mean the same."""
        return bool(one == other or self.comparable(one) == self.comparable(other))


class ChoiceSet(FieldType):
    """A set of words out of several; order and duplicates are ignored."""

    is_set = True

    def __init__(self, choices: tuple[str, ...], min_items: int = 0) -> None:
        self.choices = choices
        self.min_items = min_items

    def option_spec(self) -> dict[str, Any]:
        return {"type": "list", "elements": "str", "choices": list(self.choices)}

    def parse(self, value: Any) -> Normal:
        words = sorted(set(value))
        unknown = [word for word in words if word not in self.choices]
        if unknown:
            # Imported only after a mistake: a packed module compiles each file that it imports.
            from ..api.mistakes import did_you_mean

            words = [f"{quoted(word)}{did_you_mean(word, self.choices)}" for word in unknown]
            raise ValueError(f"contains {', '.join(words)}; the choices are {', '.join(self.choices)}")
        if len(words) < self.min_items:
            raise ValueError(f"is empty; it needs at least {self.min_items} of {', '.join(self.choices)}")
        return words

    def normalize(self, value: Any) -> Normal:
        return sorted({_known_word(word, self.choices) for word in live_set(value)})

    def with_added(self, live: Normal, added: Normal) -> Normal:
        return sorted({*live, *added})


class NetworkSet(FieldType):
    """A set of IPv4 and IPv6 networks; an address is a network of one address.

    The number is not limited here: the API documents a limit for creation only, and names it in its error.
    """

    is_set = True

    def option_spec(self) -> dict[str, Any]:
        return {"type": "list", "elements": "str"}

    def parse(self, value: Any) -> Normal:
        return sorted({_declared_network(text) for text in value})

    def normalize(self, value: Any) -> Normal:
        return sorted({_live_network(text) for text in live_set(value)})

    def comparable(self, normal: Normal) -> Normal:
        """The fewest networks that cover the same addresses: a server may join adjacent ones, or leave out what others cover.

        The empty list stays empty, although it admits as many senders as all networks do: the two are written for different reasons.
        """
        return _collapsed(tuple(normal)) if isinstance(normal, list) and normal else normal

    def with_added(self, live: Normal, added: Normal) -> Normal:
        """Live networks with the declared ones added that they do not cover. The empty list covers none, although it admits every sender."""
        wider = [network for network in map(_known_network, _collapsed(tuple(live))) if network is not None]
        return sorted({*live, *(text for text in added if not _is_covered(_known_network(text), wider))})


class Choice(FieldType):
    """One word out of several, or null."""

    def __init__(self, choices: tuple[str, ...]) -> None:
        self.choices = choices

    def option_spec(self) -> dict[str, Any]:
        return {"type": "str", "choices": list(self.choices)}

    def parse(self, value: Any) -> Normal:
        if value not in self.choices:
            from ..api.mistakes import did_you_mean

            raise ValueError(f"is {quoted(value)}{did_you_mean(value, self.choices)}; the choices are {', '.join(self.choices)}")
        return value

    def normalize(self, value: Any) -> Normal:
        text = live_text(value)
        return text if text is None else _known_word(text, self.choices)


class Boolean(FieldType):
    """True or false. Live null, absent, 0 and "false" are false; 1 and "true" are true."""

    def option_spec(self) -> dict[str, Any]:
        return {"type": "bool"}

    def parse(self, value: Any) -> Normal:
        if not isinstance(value, bool):
            raise ValueError(f"is {quoted(value)}; it must be true or false")
        return value

    def normalize(self, value: Any) -> Normal:
        if value is None or isinstance(value, bool):
            return bool(value)
        if isinstance(value, (int, float)):
            return bool(value) if value in (0, 1) else json.dumps(value)
        text = str(live_text(value))
        return {"true": True, "false": False}.get(text.lower(), text)


class IntegerRange(FieldType):
    """An integer within bounds."""

    def __init__(self, lowest: int, highest: int) -> None:
        self.lowest = lowest
        self.highest = highest

    def option_spec(self) -> dict[str, Any]:
        return {"type": "int"}

    def parse(self, value: Any) -> Normal:
        if not isinstance(value, int) or isinstance(value, bool) or not self.lowest <= value <= self.highest:
            raise ValueError(f"is {quoted(value)}; it must be an integer from {self.lowest} to {self.highest}")
        return value

    def normalize(self, value: Any) -> Normal:
        if isinstance(value, float) and value.is_integer():
            return int(value)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        text = str(live_text(value))
        return int(text.partition(".")[0]) if _WHOLE.fullmatch(text) else text


class Uuid(FieldType):
    """A UUID, ignoring case; null if there is none."""

    def parse(self, value: Any) -> Normal:
        if not UUID.fullmatch(value.strip()):
            raise ValueError(f"is {quoted(value)}; it must be a UUID such as 1a2b3c4d-0000-4000-8000-5e6f70819203")
        return value.strip().lower()

    def normalize(self, value: Any) -> Normal:
        text = live_text(value)
        return text.lower() if text else text


class HostName(FieldType):
    """A host that receives mail: a domain name in its normal form, or an IP address without brackets."""

    def parse(self, value: Any) -> Normal:
        text = value.strip()
        if not text:
            raise ValueError(f"is {quoted(value)}; it must be a host name. Leave the option out to keep the live value: the API cannot clear it")
        try:
            return str(_address(text))
        except ValueError:
            pass
        try:
            return public_name(text)
        except ValueError as error:
            reason = str(error)
        raise ValueError(f"is {quoted(value)}; it must be a host name or an IP address and nothing else: {_likely_mistake(text) or reason}")

    def normalize(self, value: Any) -> Normal:
        text = live_text(value)
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
            raise ValueError(f"is {quoted(value)}, which is not a domain name: {error}") from None

    def normalize(self, value: Any) -> Normal:
        return normalize_live_name(value)

    def spellings(self, normal: Normal) -> list[str]:
        return spellings(normal)


def reject_mask(value: object) -> None:
    """Refuse a text, or a list with a text, that contains the mask of a secret: a host or network with a mask in it would lose mail.

    Raises:
        ValueError: says where such a text comes from.
    """
    for text in value if isinstance(value, list) else [value]:
        for mask in _MASKS:
            if isinstance(text, str) and mask in text:
                raise ValueError(f"contains {mask!r}, which replaces a secret in masked output: take the value from a source that is not masked")


def _declared_network(text: str) -> str:
    """The normal form of a declared network. Host bits are refused, because dropping them would silently widen a security list."""
    text = text.strip()
    try:
        return normal_network(text)
    except ValueError:
        pass
    try:
        likely = parse_network(text, strict=False)
    except ValueError as error:
        raise ValueError(f"contains {quoted(text)}, which is neither an address nor a network: {error}") from None
    address = parse_network(text.partition("/")[0])
    if likely.prefixlen < _WIDEST_PROPOSAL[likely.version]:
        raise ValueError(
            f"contains {quoted(text)}, which has host bits set, and whose mask covers a large part of all addresses: "
            f"write {address} for the single address, or correct the mask. To accept mail from anywhere, use the option clear"
        )
    raise ValueError(f"contains {quoted(text)}, which has host bits set: write {likely} for the network, or {address} for the single address")


def _live_network(text: str) -> str:
    try:
        return normal_network(text.strip())
    except ValueError:
        return text


def _known_network(text: str) -> Network | None:
    try:
        return parse_network(text)
    except ValueError:
        return None


def _is_covered(network: Network | None, others: list[Network]) -> bool:
    return network is not None and any(network.version == other.version and network.subnet_of(other) for other in others)  # type: ignore[arg-type]


# Most domains of an account have the same few lists.
@lru_cache(maxsize=1024)
def _collapsed(texts: tuple[str, ...]) -> tuple[str, ...]:
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
    networks: tuple[Network, ...] = (*collapse(four), *collapse(six))
    return (*map(str, networks), *sorted(rest))


def collapse(networks: list[Any]) -> Iterable[Any]:
    """The fewest networks of one IP version that cover the same addresses."""
    return ipaddress.collapse_addresses(networks) if len(networks) > 1 else networks


# A network is parsed as declared, as live, and for each comparison of address spaces.
@lru_cache(maxsize=16384)
def parse_network(text: str, *, strict: bool = True) -> Network:
    """Parse a network.

    A wildcard mask is refused because it reads as a netmask of the opposite meaning: 0.0.0.255 for 255.255.255.0.

    Raises:
        ValueError: it is not a network, has an interface scope or has a wildcard mask. Python alone accepts the latter two.
    """
    if "%" in text:
        raise ValueError("the scope of an interface has no meaning on other hosts")
    # Not ip_network: it tries both families, so its error does not say what is wrong.
    if ":" in text:
        return ipaddress.IPv6Network(text, strict)
    network = ipaddress.IPv4Network(text, strict)
    mask = text.partition("/")[2]
    if "." in mask and ipaddress.IPv4Address(mask) != network.netmask:
        raise ValueError(f"{mask} is a wildcard mask. Write the prefix length, or the netmask")
    return network


# Writing an IPv6 network takes as long as parsing it.
@lru_cache(maxsize=16384)
def normal_network(text: str) -> str:
    """The normal form of a network. Raises ValueError as `parse_network` does."""
    return str(parse_network(text))


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    if "%" in text:
        raise ValueError("the scope of an interface has no meaning on other hosts")
    plain = text.removesuffix(".")
    # Most texts are names, and the exception of ip_address takes longer than everything else.
    if ":" not in plain and not plain[-1:].isdigit():
        raise ValueError("this is not an IP address")
    return ipaddress.ip_address(plain)


def _without_brackets(text: str) -> str:
    return text[1:-1] if text[:1] == "[" and text[-1:] == "]" else text


def _likely_mistake(text: str) -> str:
    """Explain what a text that is not a host probably is; empty if that is not clear."""
    if "://" in text:
        return "this is a URL. Write only the host"
    if "@" in text:
        return "this is a mail address. Write only the host"
    if text.startswith("["):
        return "write an IP address without brackets, and without a port"
    if re.search(r":[0-9]+\Z", text):
        return "a port cannot be given. Write only the host"
    if "/" in text:
        return "this has a path or a prefix length. Write only the host"
    if "_" in text:
        return "host names contain no underscore"
    return ""


def _known_word(word: str, choices: tuple[str, ...]) -> str:
    """The word as the API documents it, whatever case the server uses; unknown words are kept."""
    return word if word in choices else next((choice for choice in choices if choice.lower() == word.lower()), word)


def live_set(value: Any) -> list[str]:
    """A list of texts. Null and absent are the empty list; any other value is a list of one."""
    items = [] if value is None else value if isinstance(value, list) else [value]
    return sorted({item if isinstance(item, str) else json.dumps(item, sort_keys=True) for item in items})


def live_text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, sort_keys=True)
