# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of an entry of a list: of the module for one entry, and of the entries of the account module. Pure."""

from __future__ import annotations

from typing import Any

from .resources.base import Resource


def entry_option_spec(resource: Resource, *, has_defaults: bool = True) -> dict[str, Any]:
    """The argument spec of an entry.

    Args:
        resource: the resource of the entry.
        has_defaults: whether options have the defaults that are compared. Without them, Ansible does not print them with each entry of a list. The
            key has none, because with an id it may be left out.
    """
    spec = resource.option_spec()
    if has_defaults:
        for field in resource.fields:
            if field.default is not None and not callable(field.default) and field.name not in resource.key_fields:
                spec[field.name] = {**spec[field.name], "default": field.default}
    return {
        **spec,
        "id": {"type": "str"},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "expires": {"type": "str"},
    }
