"""Mail domain names, and the one form in which they are compared.

The service stores A-labels in lower case. Habits may show a name in another way, and clients may send another spelling. Both sides of a comparison
are put through `canonical`.
"""

from __future__ import annotations

import re

import idna

LABEL = re.compile(r"^(?!-)[a-z0-9_-]{1,63}(?<!-)$")


def canonical(name: str) -> str:
    """The name in lower case, without a trailing dot, as A-labels. A name that IDNA refuses is compared as it is."""
    name = name.strip().rstrip(".")
    if not name.isascii():
        try:
            return idna.encode(name, uts46=True).decode()
        except idna.IDNAError:
            pass
    return name.lower()


def unicode_form(name: str) -> str:
    """The name with U-labels, as the dashboard shows it."""
    try:
        return idna.decode(name)
    except idna.IDNAError:
        return name


def is_mail_domain(name: str) -> bool:
    """Whether a canonical name can be a mail domain: two labels or more, each valid in a host name."""
    labels = name.split(".")
    return len(labels) >= 2 and len(name) <= 253 and all(LABEL.match(label) for label in labels)
