# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Guards the removal of domains: whether a domain still processes mail, and what is refused or warned of because of it. Pure.

Imported only for removals: a packed module compiles each file that it imports.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..api.errors import ApiError
from ..api.texts import list_names
from .collection import Removal
from .mail_flow import is_inline, recent_mail

# A warning names at most this many domains.
MAX_NAMED = 5

_CONSEQUENCE = "While the MX records point at Cloudflare, mail is rejected after the removal."
_ORDER = "Open the mail server for other senders, point the MX records at it and wait until no mail is processed. Then remove the domain."


def removal_refusal(removal: Removal, now: datetime, how: str) -> ApiError | None:
    """Why a domain must not be removed unless the user confirms it.

    Args:
        removal: the planned removal.
        now: the time, with its zone.
        how: how to confirm it.

    Returns:
        A failure of the kind `unsafe` if mail is delivered through the domain; None if it may be removed.
    """
    count = recent_mail(removal.live, now)
    if removal.is_intended or count is None or not is_inline(removal.settings):
        return None
    return ApiError(
        "unsafe",
        f"{removal.label}: Nothing was removed. The domain is inline and processed {_messages(count)} within the last day. {_CONSEQUENCE}",
        f"{_ORDER} If the removal is intended all the same, confirm it with {how}.",
    )


def removal_warnings(removals: Sequence[Removal], now: datetime, how: str) -> list[str]:
    """Warn that domains that are to be removed still process mail.

    Args:
        removals: the planned removals.
        now: the time, with its zone.
        how: how to confirm the removal of an inline domain.

    Returns:
        One warning for inline domains and one for the others, each naming the first ones with their counts. Empty if none of them processed
        mail within the last day.
    """
    busy = [(removal, count) for removal in removals if (count := recent_mail(removal.live, now)) is not None]
    inline = [(removal, count) for removal, count in busy if is_inline(removal.settings)]
    others = [(removal, count) for removal, count in busy if not is_inline(removal.settings)]
    warnings = []
    if inline:
        refused = sum(not removal.is_intended for removal, _count in inline)
        which = "this" if len(inline) == 1 else "these" if refused == len(inline) else f"{refused} of these"
        refusal = f" A run refuses {which} (unsafe), unless it is confirmed with {how}." if refused else ""
        warnings.append(f"To be removed, although inline and with mail within the last day: {_named(inline)}. {_CONSEQUENCE} {_ORDER}{refusal}")
    if others:
        warnings.append(
            f"To be removed, although mail was processed within the last day: {_named(others)}. After the removal this mail is not scanned. "
            "If copies are sent to Email Security (BCC, JOURNAL), disable the rule that sends them first."
        )
    return warnings


def _named(busy: Sequence[tuple[Removal, int]]) -> str:
    return list_names([f"{removal.label} ({_messages(count)})" for removal, count in busy], MAX_NAMED)


def _messages(count: int) -> str:
    return f"{count} message{'s' if count != 1 else ''}"
