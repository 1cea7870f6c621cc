# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The message of a task over an account: what was changed first, then what failed, then what was not reached. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..api.errors import ApiError
from ..api.texts import list_names, truncate
from .errors import with_label

# The words for what was done, and for what would be done.
_VERBS = {
    "created": ("created", "create"),
    "updated": ("changed", "change"),
    "deleted": ("deleted", "delete"),
    "purged": ("removed by purge", "remove by purge"),
}
# A message names at most this many entries of a kind, and describes at most this many failures of a resource; the others are in the results.
_MAX_NAMES = 5
_MAX_FAILURES_SHOWN = 3
_MAX_NAME_LENGTH = 120

Results = Mapping[str, Mapping[str, Any]]
Summary = Mapping[str, Mapping[str, int]]


def account_message(results: Results, summary: Summary, unread: Mapping[str, ApiError], stop: ApiError | None, *, is_refused: bool, check_mode: bool) -> str:
    """Describe a result in sentences.

    Args:
        results: what was changed or failed, by the name of the resource.
        summary: the counts.
        unread: why resources could not be read, by name.
        stop: what stopped the whole task, or why it was refused.
        is_refused: whether nothing was written. The changes are then those that would be made.
        check_mode: whether the changes would be made, and were not.
    """
    if is_refused:
        return f"{stop} See results for what would be changed."
    changes = [sentence for name in results if (sentence := _changes(name, results[name], check_mode=check_mode))]
    failures = [sentence for name in results if (sentence := _failures(name, results[name], str(stop)))]
    skipped = [f"{name} was skipped: {error}" for name, error in unread.items() if error.kind == "not_entitled" and "msg" not in results[name]]
    not_reached = {name: counts["not_reached"] for name, counts in summary.items() if counts["not_reached"]}
    if stop is None and not failures and not not_reached:
        return " ".join([*(changes or [_unchanged(summary)]), *skipped])
    sentences = [*changes]
    if stop is not None:
        sentences.append(f"Then the task was stopped: {stop}" if changes else str(stop))
    sentences += [*failures, *skipped]
    if not_reached:
        sentences.append(f"Not reached: {', '.join(f'{count} of {name}' for name, count in not_reached.items())}.")
    return " ".join([*sentences, "See results."])


def _changes(name: str, result: Mapping[str, Any], *, check_mode: bool) -> str:
    parts = []
    for key, (done, planned) in _VERBS.items():
        labels = [truncate(entry if isinstance(entry, str) else entry["name"], _MAX_NAME_LENGTH) for entry in result[key]]
        if labels:
            count = f"{planned} {len(labels)}" if check_mode else f"{len(labels)} {done}"
            parts.append(f"{count} ({list_names(labels, _MAX_NAMES)})")
    return f"{name}: {'would ' if check_mode else ''}{', '.join(parts)}." if parts else ""


def _failures(name: str, result: Mapping[str, Any], stop_text: str) -> str:
    failed: Sequence[Mapping[str, Any]] = result["failed"]
    sentences = [f"{name}: {result['msg']}"] if result.get("msg") not in (None, stop_text) else []
    if failed:
        shown = " ".join(with_label(str(entry["name"]), str(entry["msg"])) for entry in failed[:_MAX_FAILURES_SHOWN])
        more = f" And {len(failed) - _MAX_FAILURES_SHOWN} more." if len(failed) > _MAX_FAILURES_SHOWN else ""
        sentences.append(f"{name}: {len(failed)} failed: {shown}{more}")
    return " ".join(sentences)


def _unchanged(summary: Summary) -> str:
    counts = [f"{counts['unchanged']} {name}" for name, counts in summary.items() if counts["unchanged"]]
    return f"Nothing to change. As declared: {', '.join(counts)}." if counts else "Nothing to change."
