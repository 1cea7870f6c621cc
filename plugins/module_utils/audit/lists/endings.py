# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a declaration or a comment ends an entry that is still live. Pure."""

from __future__ import annotations

import re
from datetime import date

from .entry import Entry

# The server has no field for the last day of an entry, so it may be a part of the comment.
_UNTIL = re.compile(r"\(until ([0-9]{4}-[0-9]{2}-[0-9]{2})\)", re.IGNORECASE)


def end_of(entry: Entry) -> str:
    """The declaration of an unwanted entry: absent, or the last day on which it was wanted."""
    desired = entry.planned.desired if entry.planned else None
    return f"until {desired.expires}" if desired is not None and desired.is_expired else "absent"


def last_day_of(entry: Entry) -> str | None:
    """The last day of an entry: as declared, or else as its comment says. None if neither names one."""
    declared = entry.planned.desired.expires if entry.planned is not None else None
    return declared or end_in_comment(str(entry.settings.get("comments") or ""))


def end_in_comment(comment: str) -> str | None:
    """The last day that a comment names: `(until 2027-01-31)`. Of several the latest, because the comment of a prolonged exemption can name both."""
    return max(filter(_is_day, _UNTIL.findall(comment)), default=None)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
