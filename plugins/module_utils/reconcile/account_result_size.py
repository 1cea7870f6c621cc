# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the result of a task over an account small enough for a controller. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .result_size import MAX_RESULT_CHARACTERS, json_size, shorten_list

# The rest is for the message, which is another one in check mode, and for what says what was left out.
MAX_ACCOUNT_RESULT_CHARACTERS = MAX_RESULT_CHARACTERS - 20_000

_DOMAINS = "domains"
# A new id, its quotes and the punctuation around it.
_ID_SIZE = 44


def shorten_account_result(names: Iterable[str], result: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    """Shorten a result if necessary.

    What says least is left out first: the options, then the diff, which repeats the results, then values in the results, then the labels of
    undeclared entries and the like, and labels in the results last. The summary always counts everything.

    Args:
        names: the names of all resources.
        result: the result of the module.
        options: the options of the module, which Ansible prints with the result. They are shortened, too.

    Returns:
        The result. If something was left out, `shortened` says what.
    """
    shortened: list[str] = []
    # Without the message: check mode must show what the run will show.
    room = MAX_ACCOUNT_RESULT_CHARACTERS - json_size({key: value for key, value in result.items() if key != "msg"}) - _missing_size_of_ids(result)
    for name in (*names, "waivers", "keep", "own_domains"):
        size = json_size(options[name]) if options.get(name) else 0
        if size and room < size:
            options[name] = f"{len(options[name])} {name}, left out to keep the result small"
            shortened.append(f"invocation: {name} is left out")
            size = json_size(options[name])
        room -= size
    for shorten in _steps(result):
        if room >= 0:
            break
        room += shorten(room, shortened)
    return {**result, "shortened": shortened} if shortened else result


def _steps(result: dict[str, Any]) -> Iterable[Callable[[int, list[str]], int]]:
    yield lambda room, shortened: _shorten_diff(result, room, shortened)
    yield lambda room, shortened: _shorten_changes(result["results"], room, shortened)
    for key in ("expired", "kept", "duplicates", "undeclared"):
        yield lambda room, shortened, key=key: _shorten_lists(result[key], room, shortened, key)  # type: ignore[misc]
    yield lambda room, shortened: shorten_list(result, "waived", room, shortened)
    if _DOMAINS in result["results"]:
        yield lambda room, shortened: shorten_list(result, "scope", room, shortened)
        yield lambda room, shortened: _drop_ids(result, shortened)
    for name, found in result["results"].items():
        yield lambda room, shortened, name=name, found=found: _shorten_lists(found, room, shortened, f"results: {name}")  # type: ignore[misc]


def _missing_size_of_ids(result: Mapping[str, Any]) -> int:
    """The size of the new ids, less what is counted already. Check mode, which does not know them, counts the same, so that it shows what the run will show."""
    if "new_ids" not in result:
        return 0
    created = result["results"][_DOMAINS]["created"]
    return (sum(len(label) + _ID_SIZE for label in created) or 2) - json_size(result["new_ids"])


def _drop_ids(result: dict[str, Any], shortened: list[str]) -> int:
    gained = _missing_size_of_ids(result) + json_size(result["new_ids"])
    result["new_ids"] = {}
    shortened.append("new_ids: left out, the info module reads them by name")
    return gained


def _shorten_diff(result: dict[str, Any], room: int, shortened: list[str]) -> int:
    """Leave out the last parts of the diff, and say so in the last one. Returns by how many characters the result is shorter."""
    diffs: list[dict[str, str]] = result["diff"]
    if not diffs:
        return 0
    # Imported only if needed: a packed module compiles each file that it imports.
    from .diff import omission_note

    def note(left_out: int) -> dict[str, str]:
        return omission_note(f"{left_out} of {len(diffs)} parts are left out of the diff, or shortened; see results")

    before = json_size(diffs)
    kept: list[dict[str, str]] = []
    # The room for the parts that are kept.
    left = before + room - json_size([note(len(diffs))])
    for diff in diffs:
        part, size = _fitting(diff, left)
        if part is None:
            break
        kept.append(part)
        left -= size
        if part is not diff:
            break
    left_out = len(diffs) - sum(part is diff for part, diff in zip(kept, diffs, strict=False))
    result["diff"] = [*kept, note(left_out)]
    shortened.append(f"diff: {left_out} of {len(diffs)} parts are left out or shortened, see results")
    return before - json_size(result["diff"])


def _fitting(diff: dict[str, str], room: int) -> tuple[dict[str, str] | None, int]:
    """A part of the diff, or the first lines of it that fit; None if none do."""
    size = json_size(diff) + 2
    if size <= room:
        return diff, size
    left = room - json_size({**diff, "before": "", "after": ""}) - 2
    texts = {}
    for side in ("before", "after"):
        lines: list[str] = []
        for line in diff[side].splitlines(keepends=True):
            left -= json_size(line) - 2
            if left < 0:
                break
            lines.append(line)
        texts[side] = "".join(lines)
    if not any(texts.values()):
        return None, 0
    part = {**diff, **texts}
    return part, json_size(part) + 2


def _shorten_changes(results: Mapping[str, dict[str, Any]], room: int, shortened: list[str]) -> int:
    """Keep only the names of the fields, and the kind of the failure, of the last entries."""
    gained = count = 0
    for found in reversed(list(results.values())):
        for entry in reversed([*found["updated"], *found["failed"]]):
            if room + gained >= 0:
                break
            before = json_size(entry)
            if "changes" in entry:
                entry["fields"] = sorted(entry.pop("changes"))
            if "failure" in entry:
                entry["failure"] = {"kind": entry["failure"]["kind"]}
                entry.pop("msg", None)
            gained += before - json_size(entry)
            count += 1
    if count:
        shortened.append(f"results: values and messages are left out for the last {count} entries")
    return gained


def _shorten_lists(lists: dict[str, Any], room: int, shortened: list[str], place: str) -> int:
    """Leave out the last items of several lists, the longest list first. Returns by how many characters the result is shorter."""
    gained = 0
    found: list[str] = []
    for key in sorted((key for key, value in lists.items() if isinstance(value, list)), key=lambda key: -len(lists[key])):
        if room + gained < 0:
            gained += shorten_list(lists, key, room + gained, found)
    shortened += [f"{place}: {text}" for text in found]
    return gained
