# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Warnings of settings that stop mail. Pure.

Imported only if there may be something to warn of: a packed module compiles each file that it imports.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..api.texts import list_names
from .base import LiveObject, Settings
from .mail_flow import stops_mail

# At most this many domains are named in a warning, and at most this many warnings are given.
MAX_NAMED = 5


def stopped_mail_warnings(domains: Iterable[tuple[str, Settings, LiveObject | None]], is_waived: Callable[[str, str], bool] | None = None) -> list[str]:
    """Warn of domains whose settings stop their mail.

    Args:
        domains: for each domain what to call it, its settings after the change, and the live domain before it.
        is_waived: whether a waiver allows the state that a rule describes, by the label of the domain and the id of the rule.

    Returns:
        One warning for all domains in the same state, which names the first ones. No domain is in two of them.
    """
    labels_by_states: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for label, settings, live in domains:
        states = tuple((rule_id, text) for rule_id, text in stops_mail(settings, live) if is_waived is None or not is_waived(label, rule_id))
        if states:
            labels_by_states.setdefault(states, []).append(label)
    warnings = []
    for states, labels in labels_by_states.items():
        rules = ", ".join(rule_id for rule_id, _text in states)
        warnings.append(f"{list_names(labels, MAX_NAMED)}: {' '.join(text for _rule_id, text in states)} ({rules})")
    left_out = sum(map(len, list(labels_by_states.values())[MAX_NAMED:]))
    more = [f"{left_out} more domain{'s have' if left_out != 1 else ' has'} settings that stop mail: run an audit to see them."] if left_out else []
    return warnings[:MAX_NAMED] + more
