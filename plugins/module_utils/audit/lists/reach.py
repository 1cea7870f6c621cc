# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the pattern of an entry covers. Regular expressions are read, never run: as if matching were a search, unless `^` or `$` anchors them. Pure."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from ...api.texts import printable, truncate
from ...resources.domain_names import known_name
from ...resources.entry_types import normalize_literal
from ..lookups.networks import network_of
from ..lookups.public_suffixes import is_listed_suffix, public_suffix_kind, registrable_domain
from .entry import Entry

if TYPE_CHECKING:
    from ..patterns.reading import PatternReading

ReachKind = Literal["anything", "hardly_anything", "public_suffix", "domain", "address", "network", "host", "text", "unreadable"]

# With so many letters and digits in common, or fewer, texts hardly have anything in common.
MAX_HARDLY = 5
_MAX_TEXT = 160
_PATTERN_FIELDS = ("pattern", "email", "domain")
_REGEX_FLAGS = ("is_regex", "is_email_regex")
# What the regular expressions of a list match, if it is not senders or recipients: one, and several of any origin.
_MATCHED = {"url_ignore_patterns": ("URL", "URLs of any host"), "content_policies": ("message", "messages")}
_MATCHED_SENDERS = ("address, domain and network", "addresses of any domain")


class Reach(NamedTuple):
    """What a pattern covers.

    Attributes:
        kind: `anything`; `hardly_anything` if a public suffix or only a few letters are fixed by a regular expression; `public_suffix` if a literal is
            one; `domain`, `address` or `network`; `host` of a URL pattern; `text` for a regular expression with more fixed letters and no fixed domain,
            and for literals of another form; `unreadable`.
        domains: the domains that are fixed: the literal, that of the address, or those that a regular expression demands at the end or, of a URL, at the
            beginning. For a regular expression, whether something else may stand before or after them is not said here.
        text: the same in words, on one line, for people.
    """

    kind: ReachKind
    domains: tuple[str, ...]
    text: str


def reach_of(entry: Entry) -> Reach:
    """What the pattern of a live entry covers, of any list."""
    pattern = _pattern_or_none(entry)
    if pattern is None or not (pattern or is_regex(entry)):
        return Reach("unreadable", (), "no pattern")
    return _reach_of_regex(pattern, entry.resource.name) if is_regex(entry) else _reach_of_literal(pattern)


def reading_of(entry: Entry) -> PatternReading | None:
    """The regular expression of an entry, read; None if it cannot be read, or is none. Cached for each pattern."""
    pattern = _pattern_or_none(entry)
    return _reading(pattern) if pattern is not None and is_regex(entry) else None


def pattern_of(entry: Entry) -> str:
    """The pattern, address or domain of an entry in its normal form; empty if there is none."""
    return _pattern_or_none(entry) or ""


def is_regex(entry: Entry) -> bool:
    """Whether the pattern of an entry is a regular expression: a flag says so, or the list has nothing else."""
    flag = next((name for name in _REGEX_FLAGS if name in entry.settings), None)
    return "domain" not in entry.settings if flag is None else entry.settings[flag] is True


def _pattern_or_none(entry: Entry) -> str | None:
    """The pattern of an entry. An empty one is a regular expression that matches everything."""
    value = next((entry.settings[field] for field in _PATTERN_FIELDS if field in entry.settings), None)
    return value if isinstance(value, str) else None


@lru_cache(maxsize=16384)
def _reading(pattern: str) -> PatternReading | None:
    # Imported only if there is a regular expression: a packed module compiles each file that it imports.
    from ..patterns.reading import read_regex

    return read_regex(pattern)


@lru_cache(maxsize=16384)
def _reach_of_literal(pattern: str) -> Reach:
    # Old entries of the type UNKNOWN are not in a normal form. They are judged as what they look like.
    literal = normalize_literal(pattern)
    network = network_of(literal)
    if network is not None:
        is_counted = network.version == 4 and network.prefixlen < network.max_prefixlen
        return Reach("network", (), f"{literal} ({network.num_addresses} addresses)" if is_counted else literal)
    local, at, domain = literal.rpartition("@")
    # Whether the server takes these forms for wildcards is not documented. The domain is judged, because it may.
    bare = domain.removeprefix("*").removeprefix(".")
    if not _is_name(bare):
        return Reach("text", (), _shown(literal))
    if local not in ("", "*"):
        return Reach("address", (bare,), _shown(literal)) if bare == domain else Reach("text", (bare,), _shown(literal))
    if at or bare != domain:
        return Reach("text", (bare,), f"{_shown(literal)} (what it covers is not documented)")
    kind = public_suffix_kind(domain)
    if kind:
        return Reach("public_suffix", (domain,), f"{_shown(domain)}, {'a public suffix' if kind == 'icann' else 'below which customers get names'}")
    return Reach("domain", (domain,), f"{_shown(domain)} (subdomains: not documented)")


@lru_cache(maxsize=16384)
def _reach_of_regex(pattern: str, list_name: str) -> Reach:
    reading = _reading(pattern)
    if reading is None:
        return Reach("unreadable", (), "a regular expression that could not be read")
    one, several = _MATCHED.get(list_name, _MATCHED_SENDERS)
    everything, letters = Reach("anything", (), f"every {one}"), reading.minimum
    if list_name == "url_ignore_patterns":
        if reading.url_hosts:
            return Reach("host", reading.url_hosts, f"URLs of {_names(reading.url_hosts)}")
        letters -= _scheme_letters(pattern) if reading.has_scheme else 0
    elif list_name != "content_policies" and not reading.is_ip_shaped:
        return _reach_of_senders(reading, everything)
    if letters <= 0:
        return everything
    if letters <= MAX_HARDLY:
        return Reach("hardly_anything", (), _few_letters(letters))
    if reading.is_ip_shaped:
        return Reach("network", (), f"IP addresses in which {letters} digits are fixed")
    return Reach("text", (), _fixed_letters(several, letters))


def _reach_of_senders(reading: PatternReading, everything: Reach) -> Reach:
    """What a regular expression for addresses or domains covers: that of its weakest alternative."""
    if reading.minimum == 0 or (reading.has_at and "" in reading.fixed_ends):
        return everything
    suffixes = [end for end in reading.fixed_ends if _is_suffix(end, reading)]
    if suffixes:
        return Reach("hardly_anything", (), f"every name below {_names(suffixes)}")
    domains = tuple(end for end in reading.fixed_ends if _is_whole_domain(end, reading))
    if domains and len(domains) == len(reading.fixed_ends):
        literal = reading.literal.lower() if reading.literal else ""
        if literal.partition("@")[0] and "@" in literal:
            is_whole = reading.is_anchored_start and reading.end == "anchored"
            return Reach("address", domains, _shown(literal) if is_whole else f"addresses with {_shown(literal)} in them")
        return Reach("domain", domains, _described(domains, reading))
    if reading.minimum <= MAX_HARDLY:
        return Reach("hardly_anything", domains, _few_letters(reading.minimum))
    return Reach("text", domains, _fixed_letters(_MATCHED_SENDERS[1], reading.minimum))


def _is_suffix(end: str, reading: PatternReading) -> bool:
    """Whether a fixed end is a public suffix. A single label is one only where it must be a whole label: `google` is a suffix, and part of many names."""
    is_whole = "." in end or reading.boundary == "dot" or reading.end == "anchored"
    return is_whole and is_listed_suffix(end)


def _is_whole_domain(end: str, reading: PatternReading) -> bool:
    """Whether a fixed end is a domain that somebody registered, or one below it, and not the end of many.

    Where anything may stand before it, `.*e\\.com`, a few letters are not enough, unless the domain is all that is written: `bmw\\.de`.
    """
    is_name = _is_name(end) and len(end.rpartition(".")[2]) > 1 and registrable_domain(end) is not None
    return is_name and (reading.boundary != "open" or reading.minimum > MAX_HARDLY or reading.literal is not None)


def _is_name(text: str) -> bool:
    try:
        return known_name(text) == text and not text.rpartition(".")[2].isdigit()
    except ValueError:
        return False


def _scheme_letters(pattern: str) -> int:
    """The letters of the scheme that every match begins with, as far as the text shows it."""
    return len("https") if "https:" in pattern.lower() else len("http")


def _described(domains: tuple[str, ...], reading: PatternReading) -> str:
    names = _names(domains)
    if reading.boundary == "open":
        names = f"names that end in {names}"
    elif reading.boundary == "dot":
        names = f"{names} and subdomains"
    return f"{names}, with anything after it" if reading.end == "open" else names


def _few_letters(letters: int) -> str:
    return f"almost everything: {letters} {'letter or digit is' if letters == 1 else 'letters and digits are'} fixed"


def _fixed_letters(matched: str, letters: int) -> str:
    return f"{matched} in which {letters} letters and digits are fixed"


def _names(names: tuple[str, ...] | list[str]) -> str:
    return _shown(", ".join(names))


def _shown(text: str) -> str:
    return truncate(printable(text[: _MAX_TEXT + 1]), _MAX_TEXT)
