# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether any domain holds or moves the mail that blocked senders and content policies block. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...resources.base import Resource
from ...resources.block_senders import BLOCK_SENDER
from ...resources.content_policies import CONTENT_POLICY
from ...resources.mail_flow import modes_of
from .entry import Account, EntryMatch, LiveDomain

_MALICIOUS = "MALICIOUS"
# Modes whose messages are not moved: inline mail is held before it is delivered, and a Retro Scan only reports. Sources: domain_rules.py.
_NOT_MOVED = {"DIRECT", "RETRO_SCAN"}


def ineffective_blocks(account: Account) -> EntryMatch | None:
    """The finding that senders or contents are blocked, and no live domain acts on their disposition. None as well if the domains were not read."""
    counts = [(BLOCK_SENDER, len(account.entries.get(BLOCK_SENDER.name, ()))), (CONTENT_POLICY, _count_enabled(account))]
    blocking = [_count_text(resource, count) for resource, count in counts if count]
    if not blocking or account.domains is None or any(map(acts_on_malicious, account.domains)):
        return None
    return EntryMatch("ES-BLOCK-104", live=" and ".join(blocking))


def acts_on_malicious(domain: LiveDomain) -> bool:
    """Whether a domain holds malicious mail, or may move it. A field that the server left out is unknown, and counts as doing so."""
    modes = modes_of(domain.settings)
    is_held = _is_so(domain, "drop_dispositions", lambda dispositions: _MALICIOUS in (dispositions or ()))
    is_moved = _is_so(domain, "integration_id", bool)
    if not modes:
        return is_held or is_moved
    return ("DIRECT" in modes and is_held) or (bool(modes - _NOT_MOVED) and is_moved)


def _is_so(domain: LiveDomain, field: str, condition: Callable[[Any], bool]) -> bool:
    return field not in domain.live or condition(domain.settings.get(field))


def _count_enabled(account: Account) -> int:
    return sum(entry.settings.get("enabled") is True for entry in account.entries.get(CONTENT_POLICY.name, ()))


def _count_text(resource: Resource, count: int) -> str:
    return f"{count} {resource.singular if count == 1 else resource.plural}"
