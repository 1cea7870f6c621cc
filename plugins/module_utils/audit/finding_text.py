# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The message of a finding, made from its rule, subject and values. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from ..api.texts import truncate
from ..resources.address_space import is_anywhere, uncovered_networks
from .registry import audit_of_rule, find_rule

_MAX_VALUE_LENGTH = 300
_MAX_ITEMS = 10
# The names of these dispositions alone would read as if they stood for bad mail, or for no mail.
_EXPLAINED_DISPOSITIONS = {
    "ENCRYPTED": "ENCRYPTED (encrypted mail)",
    "EXTERNAL": "EXTERNAL (mail from outside the company)",
    "NONE": "NONE (ordinary mail)",
    "UNKNOWN": "UNKNOWN (mail without another disposition)",
}


def finding_text(rule_id: str, subject: str, declared: Any, live: Any) -> str:
    """Return the message of a finding.

    Args:
        rule_id: the rule.
        subject: the label of what the finding is about, see `subject_of`.
        declared: the declared value of the finding.
        live: the live value of the finding.

    Raises:
        KeyError: there is no such rule.
    """
    rule = find_rule(rule_id)
    if rule is None:
        raise KeyError(rule_id)
    # Only what the summary contains, because thousands of findings may be reported.
    shown = _placeholders(rule.summary)
    # However it is written, a list of all addresses restricts nothing. ES-IP-004 is about how it is written.
    if rule.field == "ip_restrictions" and rule_id != "ES-IP-004" and shown:
        declared, live = (_empty_if_anywhere(value) for value in (declared, live))
    values = {name: value for name, value in (("declared", declared), ("live", live)) if name in shown}
    if "lost" in shown:
        values["lost"] = _items_missing_in(live, declared, rule.field)
    if "gained" in shown:
        values["gained"] = _items_missing_in(declared, live, rule.field)
    if "affected" in shown:
        values["affected"] = _affected_items(rule_id, live)
    return rule.summary.format(subject=_printable(subject), **{name: _value_text(rule_id, rule.field, value) for name, value in values.items()})


def subject_of(finding: Mapping[str, Any]) -> str:
    """The label of what a finding is about: a domain, an entry of a list, or a list as a whole."""
    return next((str(finding[key]) for key in ("domain", "entry", "resource") if finding.get(key) is not None), "")


def empty_value_text(rule_id: str, field: str | None, default: str) -> str:
    """The text for an empty list or no value of a field. It depends on the field what that means: no networks stands for anywhere."""
    resource_audit = audit_of_rule(rule_id)
    return resource_audit.empty_value_text.get(str(field), default) if resource_audit else default


@cache
def _placeholders(summary: str) -> frozenset[str]:
    """The placeholders in the summary of a rule, except `subject`."""
    return frozenset(name for name in ("declared", "live", "lost", "gained", "affected") if f"{{{name}}}" in summary)


def _empty_if_anywhere(value: Any) -> Any:
    return [] if isinstance(value, list) and is_anywhere(value) else value


def _affected_items(rule_id: str, live: Any) -> Any:
    """Return the items of a live list that a rule is about."""
    resource_audit = audit_of_rule(rule_id)
    return resource_audit.affected_items[rule_id](live) if resource_audit and isinstance(live, list) else live


def _items_missing_in(items: Any, others: Any, field: str | None) -> list[str] | None:
    """Return the items of `others` that are not in `items`; None if one of the two is not a list."""
    if not (isinstance(items, list) and isinstance(others, list)):
        return None
    return uncovered_networks(others, items) if field == "ip_restrictions" else [item for item in others if item not in items]


def _value_text(rule_id: str, field: str | None, value: Any) -> str:
    if field == "drop_dispositions" and isinstance(value, list):
        value = [_EXPLAINED_DISPOSITIONS.get(item, item) if isinstance(item, str) else item for item in value]
    return _plain_text(value) or empty_value_text(rule_id, field, _empty_text(value))


def _plain_text(value: Any) -> str:
    """A value as text; no value and an empty value are the empty text."""
    if value is None:
        return ""
    if isinstance(value, dict):
        return _join([f"{name} {_plain_text(item) or _empty_text(item)}" for name, item in sorted(value.items()) if item is not None])
    if isinstance(value, list):
        return _join([str(item) or "an empty text" for item in value])
    return _printable(str(value).lower() if isinstance(value, bool) else str(value))


def _empty_text(value: Any) -> str:
    return "an empty text" if isinstance(value, str) else "nothing"


def _join(items: list[str]) -> str:
    more = f" and {len(items) - _MAX_ITEMS} more" if len(items) > _MAX_ITEMS else ""
    return _printable(", ".join(items[:_MAX_ITEMS])) + more


def _printable(text: str) -> str:
    """The text on one line, without unprintable characters, truncated."""
    printable = text if text.isprintable() else "".join(character if character.isprintable() else " " for character in text)
    return truncate(" ".join(printable.split()), _MAX_VALUE_LENGTH)
