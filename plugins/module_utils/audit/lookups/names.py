# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Domain names, the domains above them, and lists of names. All names are in their normal form. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterator


def with_parents(name: str) -> Iterator[str]:
    """Yield a name and all domains above it, the longest first: a.b.example, b.example, example."""
    while name:
        yield name
        name = name.partition(".")[2]


def find_listed(name: str, names: Container[str]) -> str | None:
    """The listed name that a name is, or is below: `docusign.net` for `eu.docusign.net`. None if there is none."""
    return next((parent for parent in with_parents(name) if parent in names), None)
