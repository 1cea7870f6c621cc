# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shorten the result of an audit so that an automation controller does not drop it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..api.errors import InvalidOptionError
from ..reconcile.result_size import MAX_RESULT_CHARACTERS, json_size, shorten_list
from ..resources.registry import LIST_NAMES

# Options of unlimited length, which Ansible repeats in the result, with their names in messages.
_LONG_OPTIONS = {
    "domains": "declared domains",
    **{name: f"declared {name}" for name in LIST_NAMES},
    "waivers": "waivers",
    "only": "names of only",
    "keep": "patterns of keep",
    "own_domains": "names of own_domains",
}
_ITEM_NAMES = {"only": "names"}
# What `shortened` says of seven lists.
_NOTES_ON_LISTS = 4_000
# Enough for what is never left out, such as the counts.
_MIN_RESULT_CHARACTERS = 20_000


def result_limit(options: Mapping[str, Any]) -> int:
    """Return how long the result may be, in characters of its JSON.

    Raises:
        InvalidOptionError: max_result_characters is too small.
    """
    limit = options.get("max_result_characters")
    if limit is None:
        return MAX_RESULT_CHARACTERS
    if limit < _MIN_RESULT_CHARACTERS:
        raise InvalidOptionError(f"max_result_characters is {limit}; it must be at least {_MIN_RESULT_CHARACTERS}. Omit it for the limit of AWX.")
    return int(limit)


def shorten_audit_result(result: dict[str, Any], options: dict[str, Any], size: int | None = None) -> dict[str, Any]:
    """Shorten a result that is too long, and say in `shortened` what is left out.

    What the reports show from the complete result is left out first: the overview of the domains, the register of exemptions, and the planned changes.
    Then the texts of findings, which follow from the rule and the values, then names, and last the least severe findings. `summary` still counts all of
    them.

    Args:
        result: the result of the module.
        options: the options of the module, which Ansible prints with it. Long ones are replaced here. One of them is how long the result may be.
        size: the size of the result in characters of JSON, if it is known.

    Returns:
        The result, shortened if necessary.
    """
    shortened: list[str] = []
    room = result_limit(options) - (json_size(result) if size is None else size) - (_NOTES_ON_LISTS if result.get("lists") else 0)
    sizes = {name: json_size(options[name]) for name in _LONG_OPTIONS if options.get(name)}
    for name in sizes:
        if room < sum(sizes.values()):
            options[name] = f"{len(options[name])} {_ITEM_NAMES.get(name, name)}, left out to keep the result small"
            sizes[name] = json_size(options[name])
            shortened.append(f"invocation: the {_LONG_OPTIONS[name]} are left out")
    room -= sum(sizes.values())
    room += shorten_list(result, "domains", room, shortened)
    room += shorten_list(result, "exemptions", room, shortened)
    if room < 0 and result.get("planned_changes"):
        room += _shorten_planned_changes(result["planned_changes"], room, shortened)
    room += shorten_list(result, "planned_changes", room, shortened)
    for member in ("remedy", "message"):
        if room < 0:
            room += _remove_texts(result["findings"], member)
            shortened.append(f"findings: {member} is left out, it follows from the rule")
    room += _shorten_lists(result.get("lists") or {}, room, shortened)
    for member in ("undeclared", "missing", "scope"):
        room += shorten_list(result, member, room, shortened)
    shorten_list(result, "findings", room, shortened)
    return {**result, "shortened": shortened} if shortened else result


def _remove_texts(findings: list[dict[str, Any]], member: str) -> int:
    """Remove a member of each finding. Returns by how many characters the result is shorter."""
    texts = [finding.pop(member) for finding in findings]
    # In a finding, each text has its name, two quotation marks, a colon, a comma and two spaces; in the list, it has a comma and a space.
    return json_size(texts) + len(texts) * (len(member) + 4) if texts else 0


def _shorten_planned_changes(entries: list[dict[str, Any]], room: int, shortened: list[str]) -> int:
    """Keep only the names of the fields of the last entries. Returns by how many characters the result is shorter."""
    gained = count = 0
    while count < len(entries) and room + gained < 0:
        count += 1
        entry = entries[-count]
        before = json_size(entry)
        entry["fields"] = sorted(entry.pop("changes"))
        gained += before - json_size(entry)
    what = "changes" if any(entry.get("resource") for entry in entries) else "domains"
    shortened.append(f"planned_changes: values are left out for the last {count} of {len(entries)} {what}")
    return gained


def _shorten_lists(lists: dict[str, dict[str, Any]], room: int, shortened: list[str]) -> int:
    """Leave out the last labels of lists, of undeclared entries first. Returns by how many characters the result is shorter."""
    gained = 0
    for member in ("undeclared", "missing"):
        for name, labels in lists.items():
            found: list[str] = []
            gained += shorten_list(labels, member, room + gained, found)
            shortened += [f"lists: {name}: {text}" for text in found]
    return gained
