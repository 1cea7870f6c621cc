# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Domain names in their normal form: lower case, no trailing dot, A-labels (IDNA 2008 with UTS 46 mapping). Pure."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache

from ..api.texts import quoted

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_MAX_NAME_LENGTH = 253


# A bulk task needs the names of its domains several times.
@lru_cache(maxsize=16384)
def normalize_name(name: str) -> str:
    """Write a name in A-labels.

    An A-label that IDNA 2008 does not allow (an emoji domain) is kept: such domains exist.

    Raises:
        ValueError: says what is wrong with the name.
    """
    text = name.strip()
    ascii_name = text.lower() if text.isascii() else _to_ascii(text)
    ascii_name = ascii_name.removesuffix(".")
    if not ascii_name:
        raise ValueError("it is empty")
    if len(ascii_name) > _MAX_NAME_LENGTH:
        raise ValueError(f"it is longer than {_MAX_NAME_LENGTH} characters")
    for label in ascii_name.split("."):
        if not _LABEL.fullmatch(label):
            raise ValueError(f"the label {quoted(label)} is not 1 to 63 letters, digits and hyphens, without a hyphen at either end")
        if label.startswith("xn--") and _decoded(label) is None:
            raise ValueError(f"the label {quoted(label)} begins with xn-- and is not a valid A-label")
    return ascii_name


def public_name(name: str) -> str:
    """The normal form of a name that can belong to a mail domain, or to a host that receives mail from the Internet.

    Raises:
        ValueError: says what is wrong with the name.
    """
    text = name.strip()
    if _is_address(text):
        raise ValueError("it is an IP address")
    normal = normalize_name(text)
    _rest, dot, last = normal.rpartition(".")
    if not dot:
        yaml = ". Without quotes, YAML reads no, off and false as false, and yes, on and true as true" if normal in ("false", "true") else ""
        raise ValueError(f"it is a single label, and at least two are needed, as in example.com{yaml}")
    if last.isdigit():
        raise ValueError(f"its last label {quoted(last)} is a number. The value may be a number in YAML, or part of an address")
    return normal


def normalize_live_name(name: object) -> str | None:
    """The normal form of a name from the server. Never fails: what is not a name is kept, in lower case."""
    if not isinstance(name, str):
        return None
    try:
        return known_name(name)
    except ValueError:
        return name.strip().lower().removesuffix(".")


def known_name(name: str) -> str:
    """The normal form, also of letters that IDNA 2008 does not allow: a server may show an emoji domain in letters.

    Raises:
        ValueError: it is not a domain name.
    """
    try:
        return normalize_name(name)
    except ValueError:
        if name.isascii():
            raise
    return normalize_name(_beyond_idna(name))


def spellings(normal: str) -> list[str]:
    """The normal form, and the name in Unicode letters if it differs: a server may store either."""
    if "xn--" not in normal:
        return [normal]
    return [normal, ".".join((_decoded(label) or label) if label.startswith("xn--") else label for label in normal.split("."))]


def _to_ascii(text: str) -> str:
    # A dependency of requests. Imported late: its tables cost milliseconds, and most names are ASCII.
    import idna

    try:
        return idna.encode(text, uts46=True, std3_rules=True).decode("ascii").lower()
    except idna.IDNAError as error:
        reason = str(error)
    raise ValueError(f"IDNA 2008 does not allow it: {reason}. If the domain exists, as emoji domains do, write its A-label (xn--...)")


def _beyond_idna(text: str) -> str:
    """Write a name in A-labels with UTS 46 mapping only: also letters that IDNA 2008 does not allow.

    Raises:
        ValueError: UTS 46 does not allow it either.
    """
    import idna

    labels = idna.uts46_remap(text.strip(), std3_rules=True).split(".")
    return ".".join(label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii") for label in labels)


def _decoded(label: str) -> str | None:
    """The Unicode letters of an A-label, or None if the A-label is invalid."""
    try:
        letters = label[4:].encode("ascii").decode("punycode")
        return letters if _beyond_idna(letters) == label else None
    except ValueError:
        return None


def _is_address(text: str) -> bool:
    text = text.removeprefix("[").removesuffix("]")
    # Most texts are names, and the exception of ip_address takes longer than everything else.
    if ":" not in text and not text[-1:].isdigit():
        return False
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
