# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with the variables of lists, in a policy and in the role audit. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .values import Variables


def list_mistakes(lists: Mapping[str, Any], advice: str, omit: Any) -> Iterator[str]:
    """Say which of the variables is no list of mappings.

    Args:
        lists: the value of each variable of a list.
        advice: when to leave a variable out.
        omit: Ansible's variable of this name.
    """
    variables = Variables(lists, omit)
    for name in lists:
        if what := variables.describe_unless_mappings(name):
            yield f"{name} is {what}, and must be a list of mappings, one for each entry. For a list without entries, write []. {advice}"
