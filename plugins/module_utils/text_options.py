# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that must be texts. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def options_that_are_no_text(spec: Mapping[str, Any], options: Mapping[str, Any], place: str = "") -> Iterator[str]:
    """Name the options, and those within them, that must be texts and are lists or mappings.

    Ansible makes a text of them, such as `[]` of a list whose only item is undefined. That would then be a credential, a reason or the name of a file.

    Args:
        spec: the argument spec.
        options: the options as they were given, before Ansible has changed their types.
        place: what stands before their names, such as `waivers[0].`.
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
                    yield from options_that_are_no_text(option["options"], item, place + inner)
