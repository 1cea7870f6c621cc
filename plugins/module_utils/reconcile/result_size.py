# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the result of a task small enough for a controller. Pure.

AWX drops the data of an event beyond 700,000 characters without a word (its setting MAX_EVENT_RES_DATA).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

# The rest is left to what Ansible adds: warnings, the other options, the event around the result.
MAX_RESULT_CHARACTERS = 640_000


def shorten_bulk_result(result: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    """The result, shortened where it must be; C(shortened) then says what is left out. C(options) are printed along with it.

    What says least is left out first: the user's own words, then the diff, which repeats C(results), then parts of those, and
    whole entries last. C(summary) counts all of them.
    """
    shortened: list[str] = []
    room = MAX_RESULT_CHARACTERS - json_size(result) - _size_of_ids(result)
    if room < json_size(options.get("domains")):
        options["domains"] = f"{len(options['domains'])} domains, left out to keep the result small"
        shortened.append("invocation: the declared domains are left out")
    room -= json_size(options.get("domains"))
    if options.get("waivers") and room < json_size(options["waivers"]):
        options["waivers"] = f"{len(options['waivers'])} waivers, left out to keep the result small"
        shortened.append("invocation: the waivers are left out")
    room -= json_size(options["waivers"]) if options.get("waivers") else 0
    if room < 0:
        room += _shorten_diff(result["diff"], room, shortened)
    if room < 0:
        room += _shorten_changes(result["results"], room, shortened)
    if room < 0:
        room += shorten_list(result, "undeclared", room, shortened)
    if room < 0:
        room += shorten_list(result, "waived", room, shortened)
    if room < 0 and result.get("scope"):
        room += shorten_list(result, "scope", room, shortened)
    if room < 0:
        room += _size_of_ids(result) + json_size(result["new_ids"])
        result["new_ids"] = {}
        shortened.append("new_ids: left out, email_security_domain_info reads them by name")
    if room < 0:
        shorten_list(result, "results", room, shortened)
    return {**result, "shortened": shortened} if shortened else result


def json_size(value: Any) -> int:
    return len(json.dumps(value))


def _size_of_ids(result: Mapping[str, Any]) -> int:
    """The same in check mode, where no ids are known yet, so that it shows what the run will show."""
    ids = sum(len(entry["domain"]) + 44 for entry in result["results"] if entry["action"] == "create")
    return (ids or 2) - json_size(result["new_ids"])


def _shorten_diff(diff: dict[str, Any], room: int, shortened: list[str]) -> int:
    """Leave out the last domains. Answers with how much shorter it is."""
    names = list(dict.fromkeys([*diff["before"], *diff["after"]]))
    gained, kept = 0, len(names)
    while kept and room + gained < 0:
        kept -= 1
        gained += sum(json_size({names[kept]: side.pop(names[kept])}) for side in (diff["before"], diff["after"]) if names[kept] in side)
    words = f"diff: {len(names) - kept} of {len(names)} domains are left out, see results"
    diff["before_header"] = diff["after_header"] = words
    shortened.append(words)
    return gained


def _shorten_changes(results: list[dict[str, Any]], room: int, shortened: list[str]) -> int:
    """Of the last domains name only the fields, and the kind of failure."""
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
    shortened.append(f"results: of the last {count} domains only the fields are named, without values and words")
    return gained


def shorten_list(result: dict[str, Any], key: str, room: int, shortened: list[str]) -> int:
    """Leave out the last items. Answers with how much shorter it is."""
    items, kept, gained = result.get(key) or [], len(result.get(key) or ()), 0
    while kept and room + gained < 0:
        kept -= 1
        gained += json_size(items[kept]) + 2
    if kept < len(items):
        result[key] = items[:kept]
        shortened.append(f"{key}: {len(items) - kept} of {len(items)} are left out")
    return gained
