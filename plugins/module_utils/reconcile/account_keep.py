# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The option `keep`: shell patterns of the undeclared entries that purge does not remove. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..resources.base import COMMENT_FIELDS, LiveObject, Resource
from ..resources.field_types import reject_mask
from .shell_pattern import shell_pattern

# Begins a pattern of comments rather than of the key.
_COMMENTS = "comments:"


class KeepPatterns(NamedTuple):
    """Patterns of one list.

    Attributes:
        of_key: patterns of the first part of the key.
        of_comments: patterns of the comments.
    """

    of_key: tuple[re.Pattern[str], ...] = ()
    of_comments: tuple[re.Pattern[str], ...] = ()

    def matches(self, resource: Resource, live: LiveObject) -> bool:
        """Whether a pattern matches a live entry. Case is ignored."""
        key = resource.live_key(live) if self.of_key else None
        if key is not None and _matches(self.of_key, key[0]):
            return True
        return bool(self.of_comments) and any(_matches(self.of_comments, live.get(field)) for field in COMMENT_FIELDS)


def keep_patterns(option: Mapping[str, Any], names: Sequence[str], problems: list[str]) -> dict[str, KeepPatterns]:
    """Validate the option.

    Args:
        option: patterns by the name of the list.
        names: the names of all lists.
        problems: gets a sentence for each mistake.
    """
    found = {}
    for name, patterns in option.items():
        if name not in names:
            problems.append(_unknown_list(name, names))
            continue
        listed = [patterns] if isinstance(patterns, str) else patterns
        if not isinstance(listed, list) or not all(isinstance(pattern, str) for pattern in listed):
            problems.append(f"keep: {name} is not a list of texts: write shell patterns such as '*.partner.example' or 'comments:*SOC*'.")
            continue
        found[name] = _compiled(name, listed, problems)
    return found


def _compiled(name: str, patterns: list[str], problems: list[str]) -> KeepPatterns:
    of_key: list[re.Pattern[str]] = []
    of_comments: list[re.Pattern[str]] = []
    for number, pattern in enumerate(patterns):
        is_comment = pattern.startswith(_COMMENTS)
        text = pattern.removeprefix(_COMMENTS).strip()
        try:
            # As a pattern, the mask of a secret matches every entry.
            reject_mask(text)
        except ValueError as error:
            problems.append(f"keep: {name}[{number}] {error}.")
            continue
        if not text:
            problems.append(f"keep: {name}[{number}] is empty: leave it out.")
            continue
        (of_comments if is_comment else of_key).append(shell_pattern(text.casefold()))
    return KeepPatterns(tuple(of_key), tuple(of_comments))


def _matches(patterns: tuple[re.Pattern[str], ...], value: object) -> bool:
    return isinstance(value, str) and any(pattern.match(value.casefold()) for pattern in patterns)


def _unknown_list(name: object, names: Sequence[str]) -> str:
    # Imported only after a mistake: a packed module compiles each file that it imports.
    from ..api.mistakes import did_you_mean, quote_name

    return f"keep: {quote_name(name)} is not a list{did_you_mean(name, names)}; the lists are {', '.join(names)}."
