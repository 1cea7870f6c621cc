# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The changes of an account, its domains and its lists, as lines that a person reviews. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from ..module_utils.api.texts import printable, truncate
from ..module_utils.reconcile.change_text import change_lines
from ..module_utils.reconcile.entry_plan import entry_direction
from ..module_utils.resources.registry import RESOURCES
from .plan_text import MAX_LINES, Entry, lines_of_entry

_DOMAINS = "domains"
# The keys of a result with names of entries: what was done, and whether the entry is new.
_VERBS = {"created": ("created", True), "deleted": ("deleted", False), "purged": ("removed by purge", False)}
_MAX_LABEL_LENGTH = 200
_PARENTHESIS = re.compile(r" \(")

Line = tuple[int, str, str]


def account_lines(result: Mapping[str, Any], limit: int = MAX_LINES, rest: str = "") -> list[str]:
    """Describe the changes of an account with one line for each entry of a list, and for each field of a domain or of a changed entry.

    Args:
        result: the result of the module email_security_account.
        limit: how many changes are described. A last line counts the others.
        rest: where the others are, the end of that line.

    Returns:
        The lines: first the changes that make the account less protected, then the others, then what failed.
    """
    texts = _entry_texts(result)
    ordered = sorted((line for name, of_name in result["results"].items() for line in _lines(name, of_name, texts)), key=lambda line: line[0])
    lines = [text for _order, _name, text in ordered[:limit]]
    if more := ordered[limit:]:
        counts = Counter(name for _order, name, _text in more)
        lines.append(f"And {len(more)} more: {', '.join(f'{count} of {name}' for name, count in counts.items())}.{' ' if rest else ''}{rest}")
    return lines


def _lines(name: str, result: Mapping[str, Any], texts: Mapping[tuple[str, str], str]) -> Iterator[Line]:
    """The lines of a resource: their places in the order (0 for less protected, 1 for other changes, 2 for failures), its name, the texts."""
    if name == _DOMAINS:
        for entry in _domain_entries(result):
            yield from ((order, name, text) for order, _domain, text in lines_of_entry(entry))
    else:
        yield from _list_lines(name, result, texts)
    if "failure" in result:
        yield 2, name, f"{name}: failed ({result['failure'].get('kind')})"


def _list_lines(name: str, result: Mapping[str, Any], texts: Mapping[tuple[str, str], str]) -> Iterator[Line]:
    resource = RESOURCES[name]().resource if name in RESOURCES else None
    for key, (verb, is_new) in _VERBS.items():
        existence = (None, "") if is_new else ("", None)
        is_weaker = resource is not None and entry_direction(resource)(resource.key_fields[0], *existence) == "weaker"
        for label in result.get(key) or ():
            text = f"{name}: {_on_one_line(texts.get((name, label), str(label)))}: {verb}"
            yield (0, name, f"{text} (less protected)") if is_weaker else (1, name, text)
    for entry in result.get("updated") or ():
        yield from _update_lines(name, entry)
    for entry in result.get("failed") or ():
        if entry.get("changes"):
            note = f" (may have been changed; failed: {_kind(entry)})"
            yield from ((order, of, f"{text}{note}") for order, of, text in _update_lines(name, entry))
        else:
            yield 2, name, f"{name}: {_on_one_line(str(entry.get('name')))}: failed ({_kind(entry)})"


def _update_lines(name: str, entry: Entry) -> Iterator[Line]:
    label, weaker = f"{name}: {_on_one_line(str(entry.get('name')))}", list(entry.get("weaker") or ())
    # If the result had to be shortened, only the names of the fields are left.
    for field in entry.get("fields") or ():
        yield 1 - (field in weaker), name, f"{label}: {field}{' (less protected)' if field in weaker else ''}"
    for field, pair in (entry.get("changes") or {}).items():
        [text] = change_lines(label, "update", {field: pair}, weaker)
        yield 1 - (field in weaker), name, text


def _domain_entries(result: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The domains in the form in which the module for domains returns them."""
    for entry in result.get("updated") or ():
        yield {**entry, "domain": entry.get("name"), "action": "update"}
    for label in result.get("created") or ():
        yield {"domain": label, "action": "create"}
    for label in result.get("deleted") or ():
        yield {"domain": label, "action": "delete", "weaker": ["domain"]}
    for entry in result.get("failed") or ():
        yield {**entry, "domain": entry.get("name")}


def _entry_texts(result: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    """The texts of new and removed entries with their settings, by the name of their list and their label.

    They are in the diff only, and missing if the result had to be shortened.
    """
    labels = {name: {label for key in _VERBS for label in of_name.get(key) or ()} for name, of_name in result["results"].items() if name != _DOMAINS}
    texts: dict[tuple[str, str], str] = {}
    for part in result.get("diff") or ():
        for side in ("before", "after"):
            for line in str(part.get(side, "")).splitlines():
                name, _colon, text = line.partition(": ")
                found = [start for start in (text, *(text[: match.start()] for match in _PARENTHESIS.finditer(text))) if start in labels.get(name, ())]
                # One label may begin with another one.
                if found:
                    texts[name, max(found, key=len)] = text
    return texts


def _kind(entry: Entry) -> Any:
    return (entry.get("failure") or {}).get("kind")


def _on_one_line(text: str) -> str:
    return truncate(printable(text), _MAX_LABEL_LENGTH)
