# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Warnings of settings that stop mail. Pure.

Loaded where there may be something to say only: each line of module_utils is compiled anew for each task.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..resources.base import LiveObject, Settings
from ..resources.mail_flow import stops_mail

# So many domains are named, and so many warnings given.
MAX_NAMED = 5


def warnings_of_stopped_mail(afterwards: Iterable[tuple[str, Settings, LiveObject | None]], is_waived: Callable[[str, str], bool] | None = None) -> list[str]:
    """Warn of domains whose settings stop their mail.

    Args:
        afterwards: of each domain what to call it, its settings after the change, and what is live before it.
        is_waived: says of a domain and a rule whether somebody has allowed it; by default nobody has.

    Returns:
        One warning for all domains in the same state, which names the first ones. No domain is in two of them.
    """
    alike: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for label, settings, live in afterwards:
        found = tuple((rule_id, words) for rule_id, words in stops_mail(settings, live) if is_waived is None or not is_waived(label, rule_id))
        if found:
            alike.setdefault(found, []).append(label)
    warnings = []
    for states, labels in alike.items():
        rules = ", ".join(rule_id for rule_id, _words in states)
        warnings.append(f"{_named(labels)}: {' '.join(words for _rule_id, words in states)} ({rules})")
    left_out = sum(map(len, list(alike.values())[MAX_NAMED:]))
    more = [f"Settings that stop mail, of {left_out} more domain{'s' if left_out != 1 else ''}: see the findings of an audit."] if left_out else []
    return warnings[:MAX_NAMED] + more


def _named(labels: list[str]) -> str:
    named = ", ".join(labels[:MAX_NAMED])
    return f"{named} and {len(labels) - MAX_NAMED} more" if len(labels) > MAX_NAMED else named
