# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds of field: how a wish and a live value become one normal form that can be compared, shown and sent. Pure.

A wish is what the user wrote; it is refused if it cannot be meant. A live value is what the server says; reading it never
fails, and what is not understood stands for itself. Two values are equal exactly if their normal forms are.
"""

from __future__ import annotations

import ipaddress
import json
import re
from typing import Any

from ._names import live_name, normal_name

Normal = Any  # what JSON can hold: a text, a number, a boolean, None or a sorted list of texts

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_SPACE_OR_CONTROL = re.compile(r"[\s\x00-\x1f\x7f]")


class Kind:
    """One kind of field."""

    def argument(self) -> dict[str, Any]:
        """How Ansible's argument spec declares it."""
        return {"type": "str"}

    def wish(self, value: Any) -> Normal:
        """The normal form of what the user wrote. Errors: ValueError that says what is wrong and what would be right."""
        raise NotImplementedError

    def live(self, value: Any) -> Normal:
        """The normal form of what the server says."""
        raise NotImplementedError


class ChoiceSet(Kind):
    """Some of several words; order and repetition do not count."""

    def __init__(self, choices: tuple[str, ...], at_least: int = 0) -> None:
        self.choices = choices
        self.at_least = at_least

    def argument(self) -> dict[str, Any]:
        return {"type": "list", "elements": "str", "choices": list(self.choices)}

    def wish(self, value: Any) -> Normal:
        words = sorted(set(value))
        unknown = [word for word in words if word not in self.choices]
        if unknown:
            raise ValueError(f"holds {', '.join(map(repr, unknown))}; the choices are {', '.join(self.choices)}")
        if len(words) < self.at_least:
            raise ValueError(f"is empty; it needs at least {self.at_least} of {', '.join(self.choices)}")
        return words

    def live(self, value: Any) -> Normal:
        return _live_set(value)


class NetworkSet(Kind):
    """IPv4 and IPv6 networks; an address is a network of one."""

    def __init__(self, at_most: int) -> None:
        self.at_most = at_most

    def argument(self) -> dict[str, Any]:
        return {"type": "list", "elements": "str"}

    def wish(self, value: Any) -> Normal:
        networks = sorted({str(_network(text)) for text in value})
        if len(networks) > self.at_most:
            raise ValueError(f"holds {len(networks)} networks; the API takes at most {self.at_most}")
        return networks

    def live(self, value: Any) -> Normal:
        return sorted({_live_network(text) for text in _live_set(value)})


class Choice(Kind):
    """One of several words, or null."""

    def __init__(self, choices: tuple[str, ...]) -> None:
        self.choices = choices

    def argument(self) -> dict[str, Any]:
        return {"type": "str", "choices": list(self.choices)}

    def wish(self, value: Any) -> Normal:
        if value not in self.choices:
            raise ValueError(f"is {value!r}; the choices are {', '.join(self.choices)}")
        return value

    def live(self, value: Any) -> Normal:
        return _live_text(value)


class Flag(Kind):
    """True or false; null and absent are false."""

    def argument(self) -> dict[str, Any]:
        return {"type": "bool"}

    def wish(self, value: Any) -> Normal:
        if not isinstance(value, bool):
            raise ValueError(f"is {value!r}; it must be true or false")
        return value

    def live(self, value: Any) -> Normal:
        return False if value is None else value if isinstance(value, bool) else json.dumps(value)


class Whole(Kind):
    """A whole number within bounds."""

    def __init__(self, lowest: int, highest: int) -> None:
        self.lowest = lowest
        self.highest = highest

    def argument(self) -> dict[str, Any]:
        return {"type": "int"}

    def wish(self, value: Any) -> Normal:
        if not isinstance(value, int) or isinstance(value, bool) or not self.lowest <= value <= self.highest:
            raise ValueError(f"is {value!r}; it must be a whole number from {self.lowest} to {self.highest}")
        return value

    def live(self, value: Any) -> Normal:
        return value if value is None or (isinstance(value, int) and not isinstance(value, bool)) else json.dumps(value)


class Uuid(Kind):
    """A UUID; case does not count. Null where there is none."""

    def wish(self, value: Any) -> Normal:
        if not UUID.fullmatch(value.strip()):
            raise ValueError(f"is {value!r}; it must be a UUID such as 1a2b3c4d-0000-4000-8000-5e6f70819203")
        return value.strip().lower()

    def live(self, value: Any) -> Normal:
        text = _live_text(value)
        return text.lower() if text else text


class HostName(Kind):
    """A host that mail goes to; case and a trailing dot do not count."""

    def wish(self, value: Any) -> Normal:
        host = self.live(value.strip())
        if not host or host.endswith(".") or _SPACE_OR_CONTROL.search(host):
            raise ValueError(f"is {value!r}; it must be a host name. Leave the option out to keep what is live: the API has no way to clear it")
        return host

    def live(self, value: Any) -> Normal:
        text = _live_text(value)
        return text.lower().removesuffix(".") if text else text


class DomainName(Kind):
    """The name of a mail domain, in A-labels."""

    def wish(self, value: Any) -> Normal:
        try:
            return normal_name(value)
        except ValueError as error:
            raise ValueError(f"is {value!r}, which is no domain name: {error}") from None

    def live(self, value: Any) -> Normal:
        return live_name(value)


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """A network as the user means it. Host bits are refused, because dropping them would widen a security list in silence."""
    text = text.strip()
    try:
        return parsed_network(text)
    except ValueError as error:
        words = str(error)
    try:
        likely = parsed_network(text, strict=False)
    except ValueError:
        raise ValueError(f"holds {text!r}, which is neither an address nor a network: {words}") from None
    address = parsed_network(text.partition("/")[0])
    raise ValueError(f"holds {text!r}, which has host bits set: write {likely} for the network, or {address} for the one address")


def _live_network(text: str) -> str:
    try:
        return str(parsed_network(text.strip()))
    except ValueError:
        return text


def parsed_network(text: str, *, strict: bool = True) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    if "%" in text:
        raise ValueError("an interface's scope means nothing to another host")
    # Not ip_network, which tries both families and so cannot say what is wrong.
    return ipaddress.IPv6Network(text, strict) if ":" in text else ipaddress.IPv4Network(text, strict)


def _live_set(value: Any) -> list[str]:
    """Null, absent and the empty list are equal; what is no list stands for one."""
    items = [] if value is None else value if isinstance(value, list) else [value]
    return sorted({item if isinstance(item, str) else json.dumps(item, sort_keys=True) for item in items})


def _live_text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, sort_keys=True)
