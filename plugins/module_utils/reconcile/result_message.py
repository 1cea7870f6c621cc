# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The message of a task over many objects: what was changed first, then what failed, then what was not reached. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..api.errors import CollectionError
from ..api.texts import list_names
from ..resources.base import Resource
from .errors import with_label

_DONE = {"update": "changed", "create": "created", "delete": "deleted"}
_PLANNED = {"update": "change", "create": "create", "delete": "delete"}
# A message names at most this many objects of a kind, and describes at most this many failures; the others are in the results.
_MAX_NAMES = 10
_MAX_FAILURES_SHOWN = 3

ResultEntry = Mapping[str, Any]


def result_message(
    resource: Resource, results: Sequence[ResultEntry], summary: Mapping[str, int], stop: CollectionError | None, *, check_mode: bool = False
) -> str:
    """Describe a result in sentences.

    Args:
        resource: the resource of the objects.
        results: the entries of the objects that were changed, or failed.
        summary: the counts of the result.
        stop: what stopped the whole task, if something did.
        check_mode: whether the changes would be made, and were not.
    """
    failed = [entry for entry in results if "failure" in entry]
    reached = [entry for entry in failed if "not_reached" not in entry]
    sentences = _change_sentences(resource, [entry for entry in results if "failure" not in entry], check_mode=check_mode)
    if not failed and stop is None:
        return " ".join(sentences) or _unchanged_sentence(resource, summary)
    if stop is not None:
        sentences.append(f"Then the task was stopped: {stop}" if sentences else str(stop))
        if unknown := [entry for entry in reached if entry["changes"]]:
            sentences.append(f"{len(unknown)} may have been changed: {_names(resource, unknown)}.")
        reached = [entry for entry in reached if not entry["changes"]]
    elif not sentences:
        sentences.append(f"No {resource.singular} would be changed." if check_mode else f"No {resource.singular} was changed.")
    if reached:
        shown = " ".join(with_label(_name(resource, entry), entry["msg"]) for entry in reached[:_MAX_FAILURES_SHOWN])
        more = f" And {len(reached) - _MAX_FAILURES_SHOWN} more." if len(reached) > _MAX_FAILURES_SHOWN else ""
        sentences.append(f"{len(reached)} failed: {shown}{more}")
    if stop is not None:
        sentences.append(f"Not reached: {summary['not_reached']}.")
    return " ".join([*sentences, "See results."])


def _change_sentences(resource: Resource, entries: Sequence[ResultEntry], *, check_mode: bool) -> list[str]:
    sentences = []
    for action, done in _DONE.items():
        if of_action := [entry for entry in entries if entry["action"] == action]:
            count = f"Would {_PLANNED[action]} {len(of_action)}" if check_mode else f"{len(of_action)} {done}"
            sentences.append(f"{count}: {_names(resource, of_action)}.")
    return sentences


def _unchanged_sentence(resource: Resource, summary: Mapping[str, int]) -> str:
    waived = summary["waived"]
    as_declared = summary["total"] - waived
    differ = f"{waived} {'differs' if waived == 1 else 'differ'}, as waivers allow" if waived else ""
    same = f"{as_declared} {resource.singular if as_declared == 1 else resource.plural} {'is' if as_declared == 1 else 'are'} as declared"
    return f"Nothing to change. {same}{'; ' if differ else ''}{differ}."


def _names(resource: Resource, entries: Sequence[ResultEntry]) -> str:
    return list_names([_name(resource, entry) for entry in entries], _MAX_NAMES)


def _name(resource: Resource, entry: ResultEntry) -> str:
    return str(entry[resource.result_key])
