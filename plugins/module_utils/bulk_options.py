# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that declare many objects, for the modules that compare them with the account. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .reconcile.bulk import DEFAULT_CONCURRENCY
from .resources.base import Resource
from .resources.field_types import IntegerRange
from .resources.registry import RESOURCES

# Waivers: differences that are allowed, of domains or of entries of lists.
WAIVERS_OPTION: dict[str, Any] = {
    "type": "list",
    "elements": "dict",
    "default": [],
    "required_one_of": [("domain", "entry")],
    "options": {
        "domain": {"type": "str"},
        "entry": {"type": "str"},
        "resource": {"type": "str", "choices": [*RESOURCES]},
        "rule": {"type": "str"},
        "field": {"type": "str"},
        "reason": {"type": "str", "required": True},
        "owner": {"type": "str", "required": True},
        "expires": {"type": "str", "required": True},
        "live": {"type": "raw"},
    },
}
# Which of the declared objects a task is limited to.
ONLY_OPTION: dict[str, Any] = {"type": "list", "elements": "str"}
CONCURRENCY_OPTION: dict[str, Any] = {"type": "int", "default": DEFAULT_CONCURRENCY}
_CONCURRENCY = IntegerRange(1, 10)


def bulk_option_spec(resource: Resource) -> dict[str, Any]:
    """The argument spec of the declared objects and their defaults."""
    return {
        resource.name: {
            "type": "list",
            "elements": "dict",
            "required": True,
            "options": _entry_spec(resource),
            "required_one_of": [(resource.key_fields[0], resource.id_option)],
        },
        "defaults": {"type": "dict", "options": _settings_spec(resource)},
    }


def concurrency_problems(options: Mapping[str, Any]) -> list[str]:
    """Describe what is wrong with the option `concurrency`; empty if it is valid."""
    try:
        _CONCURRENCY.parse(options.get("concurrency", DEFAULT_CONCURRENCY))
    except ValueError as error:
        return [f"concurrency {error}."]
    return []


def drop_unset_options(resource: Resource, options: dict[str, Any]) -> None:
    """Remove what the user did not write: Ansible fills in every suboption, and prints them all with the invocation."""
    for waiver in options.get("waivers") or ():
        for name in [name for name, value in waiver.items() if value is None]:
            del waiver[name]
    spec = _entry_spec(resource)
    for suboptions in (*(options[resource.name] or ()), options["defaults"] or {}):
        for name in list(suboptions):
            if suboptions[name] is None or name not in spec or suboptions[name] == spec[name].get("default"):
                del suboptions[name]


def _settings_spec(resource: Resource) -> dict[str, Any]:
    return {name: spec for name, spec in resource.option_spec().items() if name not in resource.key_fields}


def _entry_spec(resource: Resource) -> dict[str, Any]:
    return {
        **_settings_spec(resource),
        **{name: spec for name, spec in resource.option_spec().items() if name in resource.key_fields},
        resource.key_fields[0]: {"type": "str", "aliases": ["name"]},
        resource.id_option: {"type": "str"},
        "force": {"type": "bool", "default": False},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    }
