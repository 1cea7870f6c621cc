# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The name of a mail domain in its one normal form: lower case, no trailing dot, A-labels (IDNA 2008 after UTS 46). Pure."""

from __future__ import annotations

import ipaddress
import re

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_LONGEST_NAME = 253


# What stands in place of a secret: written by Ansible and this collection, by Ansible for a whole value, and by AWX.
_MASKS = ("********", "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER", "$encrypted$")


def refuse_mask(value: object) -> None:
    """Refuse a text, or a list with one, that holds the mask of a secret.

    Errors: ValueError that says where such a text comes from. It is never meant, and a host or network that is sent with it loses mail.
    """
    for text in value if isinstance(value, list) else [value]:
        for mask in _MASKS:
            if isinstance(text, str) and mask in text:
                raise ValueError(f"holds {mask!r}, which stands in place of a secret in masked output: take the value from where it is not masked")


def normalize_name(name: str) -> str:
    """The name in A-labels.

    An A-label that IDNA 2008 does not know (an emoji domain) is taken as it is: such domains exist.
    Errors: ValueError that says what is wrong with it.
    """
    text = name.strip()
    ascii_name = text.lower() if text.isascii() else _to_ascii(text)
    ascii_name = ascii_name.removesuffix(".")
    if not ascii_name:
        raise ValueError("it is empty")
    if len(ascii_name) > _LONGEST_NAME:
        raise ValueError(f"it is longer than {_LONGEST_NAME} characters")
    for label in ascii_name.split("."):
        if not _LABEL.fullmatch(label):
            raise ValueError(f"the label {label!r} is not 1 to 63 letters, digits and hyphens, with no hyphen at either end")
        if label.startswith("xn--") and _decoded(label) is None:
            raise ValueError(f"the label {label!r} begins with xn-- and is not a valid A-label")
    return ascii_name


def public_name(name: str) -> str:
    """The normal form of a name that can be that of a mail domain, or of a host that takes mail from the Internet.

    Errors: ValueError that says what is wrong with it.
    """
    text = name.strip()
    if _is_address(text):
        raise ValueError("it is an IP address")
    normal = normalize_name(text)
    _rest, dot, last = normal.rpartition(".")
    if not dot:
        yaml = ". YAML reads no, off and false without quotes as false, and yes, on and true as true" if normal in ("false", "true") else ""
        raise ValueError(f"it is a single label, and needs at least two, such as example.com{yaml}")
    if last.isdigit():
        raise ValueError(f"its last label {last!r} is a number. It may be a number in YAML, or part of an address")
    return normal


def normalize_live_name(name: object) -> str | None:
    """The normal form of a name from the server, which is never refused: what is not a name stands for itself."""
    if not isinstance(name, str):
        return None
    try:
        return known_name(name)
    except ValueError:
        return name.strip().lower().removesuffix(".")


def known_name(name: str) -> str:
    """The normal form, also of letters that IDNA 2008 does not allow: a server may show an emoji domain so. Errors: ValueError."""
    try:
        return normalize_name(name)
    except ValueError:
        if name.isascii():
            raise
    return normalize_name(_beyond_idna(name))


def spellings(normal: str) -> list[str]:
    """The normal form, and the one with the letters that a person sees, where they differ: a server may hold either."""
    if "xn--" not in normal:
        return [normal]
    return [normal, ".".join((_decoded(label) or label) if label.startswith("xn--") else label for label in normal.split("."))]


def _to_ascii(text: str) -> str:
    # Comes with requests. Imported late: its tables cost milliseconds, and most names are ASCII.
    import idna

    try:
        return idna.encode(text, uts46=True, std3_rules=True).decode("ascii").lower()
    except idna.IDNAError as error:
        words = str(error)
    raise ValueError(f"IDNA 2008 does not allow it: {words}. If the domain exists, as emoji domains do, write its A-label (xn--...)")


def _beyond_idna(text: str) -> str:
    """The A-labels of a name, by UTS 46 alone: also of letters that IDNA 2008 does not allow. Errors: ValueError."""
    import idna

    labels = idna.uts46_remap(text.strip(), std3_rules=True).split(".")
    return ".".join(label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii") for label in labels)


def _decoded(label: str) -> str | None:
    """What a person sees of an A-label, or None if it is not the A-label of that."""
    try:
        letters = label[4:].encode("ascii").decode("punycode")
        return letters if _beyond_idna(letters) == label else None
    except ValueError:
        return None


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True
