# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options by which many domains are declared, for the modules that compare them with an account. Pure."""

from __future__ import annotations

from typing import Any

from .resources.domains import DOMAIN

_SETTINGS = {name: spec for name, spec in DOMAIN.arguments().items() if name != DOMAIN.title}
_DECLARED = {
    **_SETTINGS,
    "domain": {"type": "str", "aliases": ["name"]},
    "domain_id": {"type": "str"},
    "force": {"type": "bool", "default": False},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}
BULK_OPTIONS: dict[str, Any] = {
    "domains": {"type": "list", "elements": "dict", "required": True, "options": _DECLARED, "required_one_of": [("domain", "domain_id")]},
    "defaults": {"type": "dict", "options": _SETTINGS},
}
# What is allowed to differ, and which of the declared domains a task is about.
WAIVERS_OPTION: dict[str, Any] = {
    "type": "list",
    "elements": "dict",
    "default": [],
    "options": {
        "domain": {"type": "str", "required": True},
        "rule": {"type": "str"},
        "field": {"type": "str"},
        "reason": {"type": "str", "required": True},
        "owner": {"type": "str", "required": True},
        "expires": {"type": "str", "required": True},
        "live": {"type": "raw"},
    },
}
ONLY_OPTION: dict[str, Any] = {"type": "list", "elements": "str"}


def drop_unset_options(options: dict[str, Any]) -> None:
    """Take out what the user did not write: Ansible fills in every suboption, and prints them all with the invocation."""
    for waiver in options.get("waivers") or ():
        for name in [name for name, value in waiver.items() if value is None]:
            del waiver[name]
    for suboptions in (*options["domains"], options["defaults"] or {}):
        for name in list(suboptions):
            if suboptions[name] is None or name not in _DECLARED or suboptions[name] == _DECLARED[name].get("default"):
                del suboptions[name]
