# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The values of the variables of a playbook or a role, and how messages describe them. Pure.

Ansible's variable `omit` is an object since ansible-core 2.19, and a text before. A value that is equal to it was omitted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

# What Ansible shows instead of a secret.
MASK = "********"
NUMBER_OF_DAYS = re.compile(r"[1-9][0-9]*\Z")


class Variables:
    """The variables that are checked. One that is missing counts as not given, as an empty text does.

    Args:
        values: the variables by name.
        omit: Ansible's variable of this name.
    """

    def __init__(self, values: Mapping[str, Any], omit: Any) -> None:
        self._values, self._omit = values, omit

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def __getitem__(self, name: str) -> Any:
        return self._values.get(name, "")

    def is_empty(self, name: str) -> bool:
        """Whether an optional variable was not given: YAML reads a name without a value as null, and an unanswered question of a survey is an empty text."""
        return self[name] is None or (isinstance(self[name], str) and self[name] == "")

    def is_omitted(self, name: str) -> bool:
        return self.is_omit(self[name])

    def is_omit(self, value: Any) -> bool:
        # A long list is not compared: all of its items would be evaluated.
        return not _is_container(value) and value == self._omit

    def describe(self, name: str) -> str:
        """Name the type of a value, or show a value that is neither a text nor a container."""
        value = self[name]
        if value is None:
            return "null"
        if _is_container(value):
            return "a mapping" if isinstance(value, Mapping) else "a list"
        if self.is_omit(value):
            return "omitted"
        if not isinstance(value, str):
            return str(value)
        if not value:
            return "an empty string"
        # Before ansible-core 2.19, a template turns a list that contains a date into a text.
        return 'a string with a date that is not quoted (write it as "2027-01-31")' if "datetime.date(" in value else "a string"

    def describe_unless_mappings(self, name: str) -> str:
        """Describe a value that is not a list of mappings; empty if it is one."""
        if not is_list(self[name]):
            return self.describe(name)
        return next((f"a list with an item that is not a mapping ({name}[{number}])" for number, _item in find_non_mappings(self[name])), "")

    def show(self, name: str) -> str:
        return "omitted" if self.is_omitted(name) else str(self[name])


def is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _is_container(value: Any) -> bool:
    return isinstance(value, Mapping) or is_list(value)


def is_blank(value: Any) -> bool:
    """Whether the value is a text of spaces."""
    return isinstance(value, str) and not value.strip()


def find_non_mappings(items: Sequence[Any]) -> list[tuple[int, Any]]:
    """Return the items of a list that are not mappings, with their positions.

    Since ansible-core 2.19, a list evaluates an item when it is read. The base class returns it as it was written, and a mapping stays one. A policy
    has thousands of them.
    """
    written = list.__iter__(items) if isinstance(items, list) else iter(items)
    others = [number for number, item in enumerate(written) if not isinstance(getattr(item, "value", item), Mapping)]
    return [(number, items[number]) for number in others if not isinstance(items[number], Mapping)]


def in_one_line(messages: Iterable[str]) -> list[str]:
    """Return each message on one line: a value that is quoted may have several lines."""
    return [" ".join(message.split()) for message in messages]
