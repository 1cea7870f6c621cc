# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said before a domain is removed. Pure.

Loaded for a removal only: each line of module_utils is compiled anew for each task.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ._mail_flow import recent_mail
from ._resource import Live

# So many domains are named in one warning.
MOST_NAMED = 5


def warning_of_mail(removed: Iterable[tuple[str, Live]], now: datetime) -> str | None:
    """Warn that domains that are to be removed still process mail.

    Args:
        removed: what to call each domain that is to be removed, and the domain as the server describes it.
        now: the time, with its zone.

    Returns:
        One warning for all of them, which names the first ones with their counts; None if none has processed mail within the last day.
    """
    busy = [(label, count) for label, live in removed if (count := recent_mail(live, now)) is not None]
    if not busy:
        return None
    named = ", ".join(f"{label} ({count} messages)" for label, count in busy[:MOST_NAMED])
    more = f" and {len(busy) - MOST_NAMED} more" if len(busy) > MOST_NAMED else ""
    return (
        f"To be removed from Email Security, although mail was processed within the last day: {named}{more}. "
        "After the removal this mail is not scanned, and is lost if the MX records still name Cloudflare. Change the MX records first."
    )
