"""Mail domain names: one form to compare them in.

The service stores A-labels in lower case. Habits may present a name otherwise, and clients may ask otherwise; both
sides of a comparison go through `canonical`.
"""

from __future__ import annotations

import re

import idna

LABEL = re.compile(r"^(?!-)[a-z0-9_-]{1,63}(?<!-)$")


def canonical(name: str) -> str:
    """Lower case, no trailing dot, A-labels. A name that IDNA refuses is compared as it is."""
    name = name.strip().rstrip(".")
    if not name.isascii():
        try:
            return idna.encode(name, uts46=True).decode()
        except idna.IDNAError:
            pass
    return name.lower()


def unicode_form(name: str) -> str:
    """The name with U-labels, as a dashboard shows it."""
    try:
        return idna.decode(name)
    except idna.IDNAError:
        return name


def is_mail_domain(name: str) -> bool:
    """Whether a canonical name can be a mail domain: two labels or more, each a host name's."""
    labels = name.split(".")
    return len(labels) >= 2 and len(name) <= 253 and all(LABEL.match(label) for label in labels)
