# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The last day of an entry: the server has no such field, so the declaration is the record. Pure."""

from __future__ import annotations

import re
from datetime import date, datetime, timezone

from ..api.errors import InvalidOptionError
from ..api.texts import quoted

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def parse_day(text: str) -> str:
    """Check a day.

    Raises:
        InvalidOptionError: it is not a day of the calendar, written as in 2027-01-31.
    """
    day = str(text).strip()
    if _DAY.fullmatch(day):
        try:
            date.fromisoformat(day)
        except ValueError:
            pass
        else:
            return day
    raise InvalidOptionError(f"expires is {quoted(text)}; it must be the last day on which the entry is wanted, as in 2027-01-31.")


def is_over(day: str, today: date | None = None) -> bool:
    """Whether a day has ended, in UTC.

    Args:
        day: the day, as in 2027-01-31.
        today: the current day; by default that of the clock.
    """
    return day < (today or datetime.now(timezone.utc).date()).isoformat()
