# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Types of fields of list entries: patterns, names, comments and sets of names. Pure.

A pattern is an address, a domain, an IP address or network, or a regular expression. A regular expression is in Java's dialect: it is compared as
a text, and never compiled or run here.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Literal

from ..api.texts import MAX_QUOTED, quoted, truncate
from .domain_names import known_name, normalize_live_name
from .field_types import Boolean, FieldType, Network, Normal, live_set, live_text, parse_network

PatternType = Literal["EMAIL", "DOMAIN", "IP"]
PATTERN_TYPES: tuple[PatternType, ...] = ("EMAIL", "DOMAIN", "IP")
# The type of old entries. It is refused in a write, and the entry is compared as the text that it is.
UNKNOWN_TYPE = "UNKNOWN"
MAX_PATTERN_LENGTH = 1024
MAX_COMMENT_LENGTH = 1024
# A message quotes at most this much of a value.
# No top-level domains, and so no patterns, but what a template writes for a value that is missing.
_MISSING_VALUES = {"none", "null", "undefined", "nan"}
# A longer live text is not composed: the time for it can grow with the square of the length.
_MAX_COMPOSED_LENGTH = 4096
# What an address contains only in quotes. Most such texts are several addresses, or an address with a name or a scheme.
_NOT_IN_ADDRESSES = frozenset("<>()[]*,;:\\@")
_BOOLEAN = Boolean()
_SPACES = re.compile(r"\s+")
_IPV4_LETTERS = frozenset("0123456789.")
_IPV6_LETTERS = frozenset("0123456789abcdef.:")
_LINE_BREAKS = re.compile("[\n\r\v\f\x85\u2028\u2029]")
# The ranges that the API documents as refused. Not `is_private` of Python, which contains more.
_REFUSED_RANGES: tuple[tuple[Network, str], ...] = (
    (ipaddress.IPv4Network("0.0.0.0/32"), "the unspecified address"),
    (ipaddress.IPv4Network("10.0.0.0/8"), "private"),
    (ipaddress.IPv4Network("127.0.0.0/8"), "loopback"),
    (ipaddress.IPv4Network("169.254.0.0/16"), "link-local"),
    (ipaddress.IPv4Network("172.16.0.0/12"), "private"),
    (ipaddress.IPv4Network("192.168.0.0/16"), "private"),
    (ipaddress.IPv4Network("255.255.255.255/32"), "the broadcast address"),
    (ipaddress.IPv6Network("::/128"), "the unspecified address"),
    (ipaddress.IPv6Network("::1/128"), "loopback"),
    (ipaddress.IPv6Network("::ffff:0:0/96"), "IPv4-mapped"),
    (ipaddress.IPv6Network("fc00::/7"), "unique-local"),
    (ipaddress.IPv6Network("fe80::/10"), "link-local"),
)


class SenderPattern(FieldType):
    """An address, a domain, an IP address or network, or, if a flag of the entry says so, a regular expression."""

    def __init__(self, types: tuple[PatternType, ...] = PATTERN_TYPES, *, regex_flag: str = "is_regex") -> None:
        self.types = types
        self.regex_flag = regex_flag

    def parse(self, value: Any) -> Normal:
        return parse_literal(value, self._type_of(value))

    def parse_among(self, value: Any, options: Mapping[str, Any]) -> Normal:
        if options.get(self.regex_flag):
            return parse_regex(value, MAX_PATTERN_LENGTH)
        given = options.get("pattern_type")
        return parse_literal(value, given if given in self.types else self._type_of(value))

    def normalize(self, value: Any) -> Normal:
        text = live_text(value)
        return normalize_literal(text) if text else text

    def normalize_among(self, value: Any, live: Mapping[str, Any]) -> Normal:
        is_literal = _BOOLEAN.normalize(live.get(self.regex_flag)) is not True and live.get("pattern_type") != UNKNOWN_TYPE
        return self.normalize(value) if is_literal else live_text(value)

    def _type_of(self, value: str) -> PatternType:
        return self.types[0] if len(self.types) == 1 else infer_pattern_type(value)


class RegularExpression(FieldType):
    """A regular expression in Java's dialect: a text that is sent as it is written."""

    def __init__(self, max_length: int = MAX_PATTERN_LENGTH) -> None:
        self.max_length = max_length

    def parse(self, value: Any) -> Normal:
        return parse_regex(value, self.max_length)

    def normalize(self, value: Any) -> Normal:
        return live_text(value)


class Name(FieldType):
    """A name on one line. Unicode's composed form, single spaces."""

    def __init__(self, max_length: int) -> None:
        self.max_length = max_length

    def parse(self, value: Any) -> Normal:
        text = self.normalize(value)
        if not text:
            raise ValueError("is empty")
        if any(unicodedata.category(letter) == "Cc" for letter in value):
            raise ValueError(f"is {quoted(value)}, which contains a control character: write the name on one line, without tabs")
        _reject_unsendable(text, self.max_length)
        return text

    def normalize(self, value: Any) -> Normal:
        text = live_text(value)
        return text if text is None else _SPACES.sub(" ", _composed(text)).strip()


class Comment(FieldType):
    """A text of any form. Null is the empty text, which is sent as null."""

    def __init__(self, max_length: int | None = MAX_COMMENT_LENGTH) -> None:
        self.max_length = max_length

    def parse(self, value: Any) -> Normal:
        _reject_unsendable(value, self.max_length)
        return value

    def normalize(self, value: Any) -> Normal:
        return live_text(value) or ""

    def to_api(self, normal: Normal) -> Any:
        return normal or None


class NameSet(FieldType):
    """A set of domain names."""

    is_set = True

    def option_spec(self) -> dict[str, Any]:
        return {"type": "list", "elements": "str"}

    def parse(self, value: Any) -> Normal:
        return sorted({self._parse_name(name) for name in value})

    def normalize(self, value: Any) -> Normal:
        return sorted({str(normalize_live_name(name)) for name in live_set(value)})

    def with_added(self, live: Normal, added: Normal) -> Normal:
        return sorted({*live, *added})

    def _parse_name(self, name: str) -> str:
        try:
            return _parse_domain(name)
        except ValueError as error:
            raise ValueError(str(error).replace("is ", "contains ", 1)) from None


def infer_pattern_type(pattern: str) -> PatternType:
    """The type that a pattern that is no regular expression must have: an address, an IP address or network, or a domain."""
    if "@" in pattern:
        return "EMAIL"
    return "IP" if _is_meant_as_ip(pattern.strip()) else "DOMAIN"


def pattern_type_of(settings: Mapping[str, Normal]) -> PatternType:
    """The type that a new entry gets if none is declared. The API documents no rule for regular expressions: most are about addresses."""
    return "EMAIL" if settings.get("is_regex") else infer_pattern_type(str(settings["pattern"]))


def parse_literal(pattern: str, pattern_type: PatternType) -> str:
    """Bring a pattern that is no regular expression into its normal form.

    Args:
        pattern: the pattern, as the user wrote it.
        pattern_type: what it must be.

    Raises:
        ValueError: says what is wrong and what would be right.
    """
    text = pattern.strip()
    if not text:
        raise ValueError("is empty")
    _reject_unsendable(text, MAX_PATTERN_LENGTH)
    if pattern_type == "EMAIL":
        return _parse_address(text)
    return _parse_ip(text) if pattern_type == "IP" else _parse_domain(text)


def parse_regex(pattern: str, max_length: int) -> str:
    """Check a regular expression as far as that is possible without reading it. It is sent as it is written.

    Raises:
        ValueError: says what is wrong and what would be right.
    """
    if not pattern.strip():
        raise ValueError("is empty")
    if pattern != pattern.strip():
        raise ValueError(f"is {quoted(pattern)}, which begins or ends with white space: remove it. In YAML, write it between single quotes on one line")
    if _LINE_BREAKS.search(pattern):
        raise ValueError(f"is {quoted(pattern)}, which contains a line break: write it on one line")
    _reject_unsendable(pattern, max_length)
    return pattern


def normalize_literal(pattern: str) -> str:
    """Bring a live pattern that is no regular expression into its normal form. Never fails."""
    text = pattern.strip()
    if "@" in text:
        local, _at, domain = text.rpartition("@")
        return f"{_local_part(local)}@{normalize_live_name(domain)}"
    network = _live_network(text)
    return str(normalize_live_name(text)) if network is None else _network_text(network)


def _parse_address(text: str) -> str:
    local, at, domain = text.rpartition("@")
    if not at:
        raise ValueError(f"is {quoted(text)}, which is not an address: it contains no @")
    if any(letter.isspace() or unicodedata.category(letter) == "Cc" for letter in text):
        raise ValueError(f"is {quoted(text)}; an address contains no spaces and no control characters")
    if local in ("", "*"):
        raise ValueError(f"is {quoted(text)}, which is not an address. For all addresses of the domain, write {domain or 'the domain'}")
    is_quoted = len(local) > 2 and local[0] == local[-1] == '"'
    if not is_quoted and any(letter in _NOT_IN_ADDRESSES for letter in local):
        raise ValueError(f"is {quoted(text)}; write one address and nothing else, without wildcards")
    try:
        return f"{_local_part(local)}@{known_name(domain)}"
    except ValueError as error:
        reason = str(error)
    raise ValueError(f"is {quoted(text)}; after the @, it must have the name of a domain: {reason}")


def _parse_domain(text: str) -> str:
    text = text.strip()
    _reject_unsendable(text, MAX_PATTERN_LENGTH)
    for prefix in ("*@", "@", "*.", "."):
        if text.startswith(prefix) and len(text) > len(prefix):
            subdomains = ". To match subdomains only, use a regular expression" if prefix.endswith(".") else ""
            raise ValueError(f"is {quoted(text)}; a domain is written without {prefix!r}: write {truncate(text.removeprefix(prefix), MAX_QUOTED)}{subdomains}")
    if text.lower() in _MISSING_VALUES:
        raise ValueError(f"is {quoted(text)}, which is no domain, but what a template makes of a value that is missing: check where it comes from")
    if "@" in text:
        raise ValueError(f"is {quoted(text)}, which is an address; it must be a domain")
    try:
        name = known_name(text)
    except ValueError as error:
        raise ValueError(f"is {quoted(text)}, which is not a domain name: {error}") from None
    if name in ("false", "true"):
        raise ValueError(f"is {quoted(text)}. Without quotes, YAML reads no, off and false as false, and yes, on and true as true")
    if name.rpartition(".")[2].isdigit():
        raise ValueError(f"is {quoted(text)}, which is neither a domain name nor an IP address: its last label is a number")
    return name


def _parse_ip(text: str) -> str:
    try:
        likely = parse_network(text, strict=False)
    except ValueError as error:
        raise ValueError(f"is {quoted(text)}, which is neither an IP address nor a network: {error}") from None
    try:
        network = parse_network(text)
    except ValueError:
        address = parse_network(text.partition("/")[0])
        raise ValueError(
            f"is {quoted(text)}, which has host bits set: write {likely} for the network, or {address.network_address} for the single address"
        ) from None
    for refused, what in _REFUSED_RANGES:
        if network.version == refused.version and network.network_address in refused:
            which = "which is" if network.prefixlen >= refused.prefixlen else "whose first address is"
            raise ValueError(f"is {quoted(text)}, {which} {what}: the API accepts public addresses and networks only")
    return _network_text(network)


def _network_text(network: Network) -> str:
    """A network, or the address if it is a single one: the API asks for a single address without a prefix length."""
    return str(network.network_address) if network.prefixlen == network.max_prefixlen else str(network)


def _is_meant_as_ip(text: str) -> bool:
    """Whether a text must be meant as an IP address or network, even if it is none: the message then says what is wrong with it."""
    letters = frozenset(text.partition("/")[0].partition("%")[0].lower())
    return bool(letters - {"."}) and (letters <= _IPV4_LETTERS or (letters <= _IPV6_LETTERS and ":" in letters))


def _live_network(text: str) -> Network | None:
    # Most texts are names, and an exception takes longer than everything else.
    if ":" not in text and not text[:1].isdigit():
        return None
    try:
        return parse_network(text)
    except ValueError:
        return None


def _reject_unsendable(text: str, max_length: int | None) -> None:
    if max_length is not None and len(text) > max_length:
        raise ValueError(f"has {len(text)} characters; at most {max_length} are allowed")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        code_point = ord(text[error.start])
    else:
        return
    # Of a file that is not in UTF-8, or of half an emoji in an escape sequence.
    raise ValueError(f"contains U+{code_point:04X}, which is not a character: check that the source of the value is in UTF-8")


def _composed(text: str) -> str:
    """A live text in Unicode's composed form."""
    return text if len(text) > _MAX_COMPOSED_LENGTH else unicodedata.normalize("NFC", text)


def _local_part(local: str) -> str:
    # Once more after the change of case: the small form of a composed letter may be decomposed.
    return _composed(_composed(local).lower())
