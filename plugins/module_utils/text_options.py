# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds options that must be texts but are lists or mappings. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

# Spellings of options, each with those of its suboptions; None for a text.
Checked = list[tuple[str, Any]]


def find_non_text_options(spec: Mapping[str, Any], options: Mapping[str, Any], place: str = "") -> Iterator[str]:
    """Yield the names of options and suboptions that must be texts but are lists or mappings.

    Ansible converts such values to texts, for example a list whose only item is undefined to `[]`, which would then be used as a credential or a file name.

    Args:
        spec: the argument spec.
        options: the options as they were given, before Ansible converts their types.
        place: a prefix of their names, such as `waivers[0].`.
    """
    yield from _find(_checked_options(spec), options, place)


def _checked_options(spec: Mapping[str, Any]) -> Checked:
    """The spellings of options that must be texts, with None, and of those with suboptions, with theirs."""
    found: Checked = []
    for name, option in spec.items():
        is_text = option.get("type", "str") in ("str", "path")
        if is_text or "options" in option:
            suboptions = None if is_text else _checked_options(option["options"])
            found += [(spelling, suboptions) for spelling in (name, *option.get("aliases", ()))]
    return found


def _find(checked: Checked, options: Mapping[str, Any], place: str) -> Iterator[str]:
    for spelling, suboptions in checked:
        value = options.get(spelling)
        if not isinstance(value, (list, dict)):
            continue
        if suboptions is None:
            yield place + spelling
        elif isinstance(value, dict):
            yield from _find(suboptions, value, f"{place}{spelling}.")
        else:
            for index, item in enumerate(value):
                if isinstance(item, dict):
                    yield from _find(suboptions, item, f"{place}{spelling}[{index}].")
