# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build inventory hosts from live domains. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..module_utils.api.errors import ApiError
from ..module_utils.resources.base import LiveObject
from ..module_utils.resources.collection import label_of, require_single_match
from ..module_utils.resources.domain_names import normalize_live_name, public_name
from ..module_utils.resources.domains import DOMAIN

# Problems beyond this number are only counted.
MAX_PROBLEMS_SHOWN = 20

Hosts = dict[str, LiveObject]


def build_hosts(live_domains: Iterable[LiveObject], quote: Callable[[str], str]) -> tuple[Hosts, list[str]]:
    """Build the hosts of an inventory.

    Args:
        live_domains: the live domains.
        quote: redacts text from the server.

    Returns:
        The live domains by host name, and a message for each problem with the others.
    """
    by_name: dict[str, list[LiveObject]] = {}
    problems: list[str] = []
    for live in live_domains:
        try:
            by_name.setdefault(_host_name(live), []).append(live)
        except ValueError as error:
            problems.append(f"The live domain {label_of(DOMAIN, live, quote)} (id {quote(str(live.get('id')))}) cannot be a host: {quote(str(error))}.")
    hosts: Hosts = {}
    for name, candidates in by_name.items():
        try:
            hosts[name] = require_single_match(DOMAIN, candidates, name, quote) or {}
        except ApiError as error:
            problems.append(f"{error.message} They cannot share one host.")
    return hosts, problems


def summarize_problems(problems: list[str]) -> str:
    """Join the messages of problems, with the number of those that are not shown and what to do."""
    more = len(problems) - MAX_PROBLEMS_SHOWN
    texts = problems[:MAX_PROBLEMS_SHOWN] + ([f"And {more} more."] if more > 0 else [])
    return " ".join([*texts, "Manage such a domain by its domain_id, on a host that you define."])


def _host_name(live: LiveObject) -> str:
    """Return the host name of a live domain.

    Raises:
        ValueError: Ansible would read the name as something else: a pattern, a range, an address, localhost or a group.
    """
    name = normalize_live_name(live.get("domain"))
    if name is None:
        raise ValueError("it has no name")
    try:
        return public_name(name)
    except ValueError as error:
        reason = str(error)
    raise ValueError(f"its name is not that of a mail domain: {reason}")
