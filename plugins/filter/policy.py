# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A filter that checks a policy. It is documented in the YAML file with its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError


class FilterModule:
    """The class that Ansible loads."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"non_mappings": _non_mappings}


def _non_mappings(items: Any) -> list[Any]:
    if not isinstance(items, (list, tuple)):
        raise AnsibleFilterError("mailops.cloudflare.non_mappings expects a list.")
    if not isinstance(items, list):
        return [item for item in items if not isinstance(item, Mapping)]
    # Since ansible-core 2.19, a list evaluates an item when it is read. The base class reads it as it was written: a mapping stays one.
    written = enumerate(list.__iter__(items))
    return [items[number] for number, item in written if not _is_mapping(item) and not isinstance(items[number], Mapping)]


def _is_mapping(item: Any) -> bool:
    return isinstance(item, Mapping) or isinstance(getattr(item, "value", None), Mapping)
