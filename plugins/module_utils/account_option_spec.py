# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that declare the lists of an account, for the modules that compare them with it. Pure."""

from __future__ import annotations

from typing import Any

# First, because it changes how the other files are imported.
from . import packed_imports  # noqa: F401  # pylint: disable=unused-import
from .entry_options import entry_option_spec
from .reconcile.purge_options import ALL_LISTS, DEFAULT_MAX_REMOVALS
from .resources.registry import LIST_NAMES, RESOURCES

# What purge may remove from the lists.
PURGE_OPTIONS: dict[str, Any] = {
    "purge": {"type": "list", "elements": "str", "choices": [*LIST_NAMES, ALL_LISTS], "default": []},
    # A text, because it is a number or a percentage.
    "max_removals": {"type": "str", "default": DEFAULT_MAX_REMOVALS},
    "keep": {"type": "dict", "default": {}},
}
# Domains of the organization besides those that are live in the account.
OWN_DOMAINS_OPTION: dict[str, Any] = {"type": "list", "elements": "str", "default": []}


def list_option_specs() -> dict[str, Any]:
    """The argument spec of each list. Entries have no defaults, which Ansible would print with each entry."""
    return {name: _list_spec(name) for name in LIST_NAMES}


def drop_unset_entry_options(options: dict[str, Any]) -> None:
    """Remove from the entries what the user did not write: Ansible fills in every suboption, and prints them all with the invocation."""
    for name in LIST_NAMES:
        for entry in options.get(name) or ():
            for option in [option for option, value in entry.items() if value is None or (option == "state" and value == "present")]:
                del entry[option]


def _list_spec(name: str) -> dict[str, Any]:
    resource = RESOURCES[name]().resource
    return {
        "type": "list",
        "elements": "dict",
        "options": entry_option_spec(resource, has_defaults=False),
        "required_one_of": [(resource.key_fields[0], resource.id_option)],
    }
