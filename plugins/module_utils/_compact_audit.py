# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the result of an audit small enough for a controller. Pure."""

from __future__ import annotations

from typing import Any

from ._compact import LARGEST, shorten_list, size


def compact_audit(result: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    """The result, shortened where it must be; C(shortened) then says what is left out. C(options) are printed along with it.

    First the words go, which follow from the rule and the values, and the least findings last. C(summary) counts all of them.
    """
    shortened: list[str] = []
    room = LARGEST - size(result)
    if room < size(options.get("domains")):
        options["domains"] = f"{len(options['domains'])} domains, left out to keep the result small"
        shortened.append("invocation: the declared domains are left out")
    room -= size(options.get("domains"))
    for words in ("remedy", "message"):
        if room < 0:
            room += sum(size({words: finding.pop(words)}) for finding in result["findings"])
            shortened.append(f"findings: {words} is left out, it follows from the rule")
    for names in ("undeclared", "missing", "findings"):
        if room < 0:
            room += shorten_list(result, names, room, shortened)
    return {**result, "shortened": shortened} if shortened else result
