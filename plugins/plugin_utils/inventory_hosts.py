# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From live domains to hosts of an inventory. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..module_utils.api.errors import ApiError
from ..module_utils.resources.base import LiveObject
from ..module_utils.resources.collection import label_of, require_single_match
from ..module_utils.resources.domain_names import normalize_live_name, public_name
from ..module_utils.resources.domains import DOMAIN

# More of them in one message help nobody.
MOST_NAMED = 20

Hosts = dict[str, LiveObject]


def build_hosts(found: Iterable[LiveObject], quote: Callable[[str], str]) -> tuple[Hosts, list[str]]:
    """By its name, each live domain that can be a host; and what stands in the way of the others."""
    by_name: dict[str, list[LiveObject]] = {}
    obstacles: list[str] = []
    for live in found:
        try:
            by_name.setdefault(_host_name(live), []).append(live)
        except ValueError as error:
            obstacles.append(f"The live domain {label_of(DOMAIN, live, quote)} (id {quote(str(live.get('id')))}) cannot be a host: {quote(str(error))}.")
    hosts: Hosts = {}
    for name, namesakes in by_name.items():
        try:
            hosts[name] = require_single_match(DOMAIN, namesakes, name, quote) or {}
        except ApiError as error:
            obstacles.append(f"{error.said} One host cannot stand for all of them.")
    return hosts, obstacles


def summarize_problems(obstacles: list[str]) -> str:
    """All of it in one message."""
    more = len(obstacles) - MOST_NAMED
    words = obstacles[:MOST_NAMED] + ([f"And {more} more."] if more > 0 else [])
    return " ".join([*words, "Manage such a domain by its domain_id, on a host of your own."])


def _host_name(live: LiveObject) -> str:
    """Errors: ValueError for what Ansible would take for something else: a pattern, a range, an address, itself, or one of its groups."""
    name = normalize_live_name(live.get("domain"))
    if name is None:
        raise ValueError("it has no name")
    try:
        return public_name(name)
    except ValueError as error:
        words = str(error)
    raise ValueError(f"its name is not that of a mail domain: {words}")
