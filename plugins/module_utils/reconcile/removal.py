# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guard before a domain is removed: whether it still has mail, and what is said or refused because of it. Pure.

Loaded for a removal only: each line of module_utils is compiled anew for each task.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from ..api.errors import ApiError
from ..resources.base import LiveObject
from ..resources.domains import DOMAIN
from ..resources.mail_flow import is_inline, recent_mail

# So many domains are named in one warning.
MOST_NAMED = 5
# How a user says that a removal is meant although mail is flowing.
FORCE = "force: true"
FORCE_OR_PLAN = "force: true with the domain, or its plan as expected_plan"


class Removal(NamedTuple):
    """One live domain that is to be removed.

    `label` is what to call it. `on_purpose` is true if the removal was forced, or approved as a part of a plan.
    """

    label: str
    live: LiveObject
    on_purpose: bool = False

    @property
    def is_inline(self) -> bool:
        """Whether mail is delivered through Email Security, so that the removal stops it."""
        return is_inline(DOMAIN.settings(self.live))

    def refusal(self, now: datetime, how: str) -> ApiError | None:
        """Why the domain must not be removed unless that is said on purpose.

        Args:
            now: the time, with its zone.
            how: how to say it on purpose.

        Returns:
            A failure of the kind `unsafe` if mail is delivered through the domain; None if it may be removed.
        """
        count = recent_mail(self.live, now)
        if self.on_purpose or count is None or not self.is_inline:
            return None
        return ApiError(
            "unsafe",
            f"{self.label}: Nothing was removed. The domain is inline and processed {_messages(count)} within the last day. {_REFUSED}",
            f"{_ORDER} If the removal is meant all the same, say so with {how}.",
        )


_REFUSED = "Mail is refused from then on while the MX records still point at Cloudflare."
_ORDER = "Open the mail server for others, move the MX records and wait until the count of mail is 0. Then remove the domain."


def warnings_of_mail(removals: Sequence[Removal], now: datetime, how: str) -> list[str]:
    """Warn that domains that are to be removed still process mail.

    Args:
        removals: the domains that are to be removed.
        now: the time, with its zone.
        how: how to say on purpose that an inline domain is to be removed.

    Returns:
        One warning for the inline domains and one for the others, each naming the first ones with their counts. Empty if none has processed
        mail within the last day.
    """
    busy = [(removal, count) for removal in removals if (count := recent_mail(removal.live, now)) is not None]
    inline = [(removal, count) for removal, count in busy if removal.is_inline]
    others = [(removal, count) for removal, count in busy if not removal.is_inline]
    warnings = []
    if inline:
        refused = sum(not removal.on_purpose for removal, _count in inline)
        which = "this" if len(inline) == 1 else "these" if refused == len(inline) else f"{refused} of these"
        refusal = f" A run refuses {which} (unsafe), unless it is said with {how}." if refused else ""
        warnings.append(f"To be removed, although inline and with mail within the last day: {_named(inline)}. {_REFUSED} {_ORDER}{refusal}")
    if others:
        warnings.append(
            f"To be removed, although mail was processed within the last day: {_named(others)}. After the removal this mail is not scanned. "
            "Where copies are sent (BCC, JOURNAL), switch off the rule that sends them first."
        )
    return warnings


def _named(busy: Sequence[tuple[Removal, int]]) -> str:
    named = ", ".join(f"{removal.label} ({_messages(count)})" for removal, count in busy[:MOST_NAMED])
    return f"{named} and {len(busy) - MOST_NAMED} more" if len(busy) > MOST_NAMED else named


def _messages(count: int) -> str:
    return f"{count} message{'s' if count != 1 else ''}"
