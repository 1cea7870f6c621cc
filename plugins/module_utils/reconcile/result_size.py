# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the result of a task small enough for a controller. Pure.

AWX silently drops the data of an event beyond 700,000 characters (its setting MAX_EVENT_RES_DATA).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..resources.base import Resource

# The rest is for what Ansible adds: warnings, the other options, the event around the result.
MAX_RESULT_CHARACTERS = 640_000


def shorten_bulk_result(resource: Resource, result: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    """Shorten a result if necessary.

    What says least is left out first: the options, then the diff, which repeats the results, then parts of the results, and whole entries last.
    The summary always counts everything.

    Args:
        resource: the resource of the result.
        result: the result of the module.
        options: the options of the module, which Ansible prints with the result. They are shortened, too.

    Returns:
        The result. If something was left out, `shortened` says what.
    """
    shortened: list[str] = []
    # The message differs in check mode, which must show what the run will show. It is short, and the reserve has room for it.
    counted = {key: value for key, value in result.items() if key != "msg"}
    room = MAX_RESULT_CHARACTERS - json_size(counted) - _size_of_ids(resource, result)
    for name, what in ((resource.name, f"declared {resource.plural}"), ("waivers", "waivers")):
        if options.get(name) and room < json_size(options[name]):
            options[name] = f"{len(options[name])} {name}, left out to keep the result small"
            shortened.append(f"invocation: the {what} are left out")
        room -= json_size(options[name]) if options.get(name) else 0
    if room < 0:
        room += _shorten_diff(resource, result, room, shortened)
    if room < 0:
        room += _shorten_changes(resource, result["results"], room, shortened)
    if room < 0:
        room += shorten_list(result, "undeclared", room, shortened)
    if room < 0:
        room += shorten_list(result, "waived", room, shortened)
    if room < 0 and result.get("scope"):
        room += shorten_list(result, "scope", room, shortened)
    if room < 0:
        room += _size_of_ids(resource, result) + json_size(result["new_ids"])
        result["new_ids"] = {}
        shortened.append("new_ids: left out, the info module reads them by name")
    if room < 0:
        shorten_list(result, "results", room, shortened)
    return {**result, "shortened": shortened} if shortened else result


def json_size(value: Any) -> int:
    return len(json.dumps(value))


def shorten_list(result: dict[str, Any], key: str, room: int, shortened: list[str]) -> int:
    """Leave out the last items. Returns by how many characters the result is shorter."""
    items = result.get(key) or []
    if room >= 0 or not items:
        return 0
    # Those that are kept are counted: of a list that is much too long, they are few. Each item takes two characters more, in brackets and commas. There
    # is no room for all of them, so the loop ends before the list does.
    left, kept = json_size(items) + room, 0
    while (item_size := json_size(items[kept]) + 2) <= left:
        left -= item_size
        kept += 1
    result[key] = items[:kept]
    shortened.append(f"{key}: {len(items) - kept} of {len(items)} are left out")
    return left - room


def _size_of_ids(resource: Resource, result: Mapping[str, Any]) -> int:
    """The size of the new ids. Check mode, which does not know them, counts the same, so that it shows what the run will show."""
    ids = sum(len(entry[resource.result_key]) + 44 for entry in result["results"] if entry["action"] == "create")
    return (ids or 2) - json_size(result["new_ids"])


def _shorten_diff(resource: Resource, result: dict[str, Any], room: int, shortened: list[str]) -> int:
    """Leave out the last objects, and say so in the last entry. Returns by how many characters the result is shorter."""
    diffs = result["diff"]
    if not diffs:
        return 0
    # Imported only if needed: a packed module compiles each file that it imports.
    from .diff import omission_note

    def note(left_out: int) -> dict[str, str]:
        return omission_note(f"{left_out} of {len(diffs)} {resource.plural} are left out of the diff; see results")

    gained, kept = -json_size(note(len(diffs))) - 2, len(diffs)
    while kept and room + gained < 0:
        kept -= 1
        gained += json_size(diffs[kept]) + 2
    left_out = len(diffs) - kept
    result["diff"] = [*diffs[:kept], note(left_out)]
    shortened.append(f"diff: {left_out} of {len(diffs)} {resource.plural} are left out, see results")
    return gained


def _shorten_changes(resource: Resource, results: list[dict[str, Any]], room: int, shortened: list[str]) -> int:
    """Keep only the names of the fields, and the kind of the failure, of the last objects."""
    gained = count = 0
    for entry in reversed(results):
        if room + gained >= 0:
            break
        before = json_size(entry)
        entry["fields"] = sorted(entry.pop("changes"))
        if "failure" in entry:
            entry["failure"] = {"kind": entry["failure"]["kind"]}
            entry.pop("msg", None)
        gained += before - json_size(entry)
        count += 1
    shortened.append(f"results: values and messages are left out for the last {count} {resource.plural}")
    return gained
