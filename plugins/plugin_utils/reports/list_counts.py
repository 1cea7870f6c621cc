# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The counts of the resources that an audit has read, and the lists that it could not read. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .audit_scope import counts_by_resource, has_lists
from .resource_names import in_order, resource_phrase, resource_title
from .text import escape_invisible, pluralize


class Counts(NamedTuple):
    """The counts of one resource.

    Attributes:
        failure: why a list could not be read; empty if it was read. The counts are then 0.
        differing: declared objects that differ from their declaration, without those that are missing, and with waived ones.
        synced: people that come from a directory.
    """

    name: str
    title: str
    failure: str = ""
    declared: int = 0
    live: int = 0
    as_declared: int = 0
    differing: int = 0
    missing: int = 0
    undeclared: int = 0
    synced: int = 0
    findings: int = 0


def resource_counts(document: Mapping[str, Any]) -> list[Counts]:
    """The counts of each resource of an audit of lists, and of the lists that could not be read; empty for an audit of domains alone."""
    if not has_lists(document):
        return []
    counts, unread = counts_by_resource(document), document["unread"]
    return [_counts(name, counts.get(name, {}), unread.get(name, "")) for name in in_order({*counts, *unread})]


def unread_text(document: Mapping[str, Any]) -> str:
    """Which lists could not be read, in a sentence; empty if all could."""
    unread = document["unread"]
    if not unread:
        return ""
    names = ", ".join(f"{escape_invisible(resource_phrase(name))} ({escape_invisible(unread[name])})" for name in in_order(unread))
    return f"Not read, so that nothing is known about {'it' if len(unread) == 1 else 'them'}: {names}."


def count_line(counts: Counts) -> str:
    """The counts of one resource on one line."""
    if counts.failure:
        return f"{counts.title}: could not be read ({counts.failure})."
    declared = [f"{counts.as_declared} of {counts.declared} declared entries as declared"] if counts.declared else []
    others = ((counts.differing, "different"), (counts.missing, "missing"), (counts.undeclared, "undeclared"), (counts.synced, "synchronized"))
    parts = [f"{counts.live} live", *declared, *(f"{count} {text}" for count, text in others if count), pluralize(counts.findings, "finding")]
    return f"{counts.title}: {', '.join(parts)}."


def _counts(name: str, counts: Mapping[str, Any], failure: str) -> Counts:
    numbers = {key: value for key, value in counts.items() if isinstance(value, int)}
    same = ("declared", "live", "as_declared", "missing", "undeclared", "synced", "findings")
    # A missing object counts as drifted as well.
    differing = max(0, numbers.get("drifted", 0) + numbers.get("drift_waived", 0) - numbers.get("missing", 0))
    return Counts(
        name,
        escape_invisible(resource_title(name)),
        escape_invisible(failure),
        differing=differing,
        **{key: numbers.get(key, 0) for key in same},
    )
