# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with what a person answered in the playbooks for one sender. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from .values import in_one_line

DEFAULT_MAX_DAYS = 30
# With what the playbooks add, the server stores at most 1024 characters.
MAX_REASON_LENGTH = 900
_NUMBER = re.compile(r"[1-9][0-9]{0,3}\Z")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")


def find_sender_mistakes(answers: Mapping[str, Any], today: str) -> list[str]:
    """Return what is wrong with the answers, in sentences. The module reports what is wrong with a sender that is one text.

    Args:
        answers: the variables by name. Only the playbook allow_sender asks for email_security_last_day, and for email_security_allow_max_days.
        today: the day in UTC, as in 2027-01-31.
    """
    mistakes = [*_sender_mistakes(answers.get("email_security_sender")), *_comment_mistakes(answers.get("email_security_comment"))]
    if "email_security_last_day" in answers:
        mistakes += _last_day_mistakes(answers["email_security_last_day"], answers.get("email_security_allow_max_days"), today)
    return in_one_line(mistakes)


def _sender_mistakes(sender: Any) -> Iterator[str]:
    if not isinstance(sender, str) or not sender.strip():
        yield f"email_security_sender is {_empty_or_no_text(sender)}; it must be one address, domain, IP address or network."


def _comment_mistakes(comment: Any) -> Iterator[str]:
    # The number of a ticket is a number in YAML.
    is_text = isinstance(comment, str) or (isinstance(comment, int) and not isinstance(comment, bool))
    reason = " ".join(str(comment or "").split())
    if not is_text or not reason:
        yield f"email_security_comment is {_empty_or_no_text(comment)}; it must say why, for example with the number of a ticket."
    if len(reason) > MAX_REASON_LENGTH:
        yield f"email_security_comment has {len(reason)} characters; at most {MAX_REASON_LENGTH} are allowed."


def _empty_or_no_text(value: Any) -> str:
    return "empty" if not value or isinstance(value, str) else "not a text"


def _last_day_mistakes(last_day: Any, max_days: Any, today: str) -> Iterator[str]:
    days, day = str(DEFAULT_MAX_DAYS if max_days in ("", None) else max_days).strip(), str(last_day or "").strip()
    if not _NUMBER.match(days):
        yield f"email_security_allow_max_days is {days}; it must be a number of days from 1 to 9999."
        return
    latest = (date.fromisoformat(today) + timedelta(days=int(days))).isoformat()
    if not (_DAY.match(day) and today <= day <= latest):
        yield (
            f"email_security_last_day is {day or 'empty'}; it must be the last day on which the sender is allowed, from {today} to {latest} "
            f"(at most {days} days ahead), as in {latest}."
        )
