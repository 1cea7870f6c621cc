# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with the variables of lists, in a policy and in the role audit. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .values import describe, find_non_mappings, is_list


def list_mistakes(lists: Mapping[str, Any], advice: str, omit: Any) -> Iterator[str]:
    """Say which of the variables is no list of mappings.

    Args:
        lists: the value of each variable of a list.
        advice: when to leave a variable out.
        omit: Ansible's variable of this name.
    """
    for variable, value in lists.items():
        if what := _describe_list(variable, value, omit):
            yield f"{variable} is {what}, and must be a list of mappings, one for each entry. For a list without entries, write []. {advice}"


def _describe_list(variable: str, value: Any, omit: Any) -> str:
    if not is_list(value):
        return describe(value, omit)
    return next((f"a list with an item that is not a mapping ({variable}[{number}])" for number, _item in find_non_mappings(value)), "")
