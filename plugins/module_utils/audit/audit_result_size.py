# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the result of an audit small enough for a controller. Pure."""

from __future__ import annotations

from typing import Any

from ..reconcile.result_size import MAX_RESULT_CHARACTERS, json_size, shorten_list

# What the user wrote without a limit, and how it is called.
_WRITTEN = {"domains": "declared domains", "waivers": "waivers", "only": "names of only"}
_COUNTED = {"only": "names"}


def shorten_audit_result(result: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    """The result, shortened where it must be; C(shortened) then says what is left out. C(options) are printed along with it.

    First the words go, which follow from the rule and the values, and the least findings last. C(summary) counts all of them.
    """
    shortened: list[str] = []
    room = MAX_RESULT_CHARACTERS - json_size(result)
    for name, words in _WRITTEN.items():
        if options.get(name) and room < _size_of_written(options):
            options[name] = f"{len(options[name])} {_COUNTED.get(name, name)}, left out to keep the result small"
            shortened.append(f"invocation: the {words} are left out")
    room -= _size_of_written(options)
    for words in ("remedy", "message"):
        if room < 0:
            room += sum(json_size({words: finding.pop(words)}) for finding in result["findings"])
            shortened.append(f"findings: {words} is left out, it follows from the rule")
    for names in ("undeclared", "missing", "scope", "findings"):
        if result.get(names):
            room += shorten_list(result, names, room, shortened)
    return {**result, "shortened": shortened} if shortened else result


def _size_of_written(options: dict[str, Any]) -> int:
    return sum(json_size(options[name]) for name in _WRITTEN if options.get(name))
