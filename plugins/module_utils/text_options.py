# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds options that must be texts but are lists or mappings. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def find_non_text_options(spec: Mapping[str, Any], options: Mapping[str, Any], place: str = "") -> Iterator[str]:
    """Yield the names of options and suboptions that must be texts but are lists or mappings.

    Ansible converts such values to texts, for example a list whose only item is undefined to `[]`, which would then be used as a credential or a file name.

    Args:
        spec: the argument spec.
        options: the options as they were given, before Ansible converts their types.
        place: a prefix of their names, such as `waivers[0].`.
    """
    for name, option in spec.items():
        for spelling in (name, *option.get("aliases", ())):
            value = options.get(spelling)
            if option.get("type", "str") in ("str", "path"):
                if isinstance(value, (list, dict)):
                    yield place + spelling
            elif "options" in option:
                items = [(f"{spelling}.", value)] if isinstance(value, dict) else []
                items += [(f"{spelling}[{index}].", item) for index, item in enumerate(value) if isinstance(item, dict)] if isinstance(value, list) else []
                for inner, item in items:
                    yield from find_non_text_options(option["options"], item, place + inner)
