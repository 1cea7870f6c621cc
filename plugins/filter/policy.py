# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters that check the variables of playbooks and roles. Each is documented in the YAML file with its name.

What they need is imported when they are called: Ansible loads all filters of a collection when a task uses one, in the process of each task.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError


class FilterModule:
    """The class that Ansible loads."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"audit_role_mistakes": _audit_role_mistakes, "policy_mistakes": _policy_mistakes, "sender_mistakes": _sender_mistakes}


def _policy_mistakes(values: Any, **given: Any) -> list[str]:
    from ..plugin_utils.variables.policy_mistakes import find_policy_mistakes

    return find_policy_mistakes(_require_mapping(values, "policy_mistakes"), **given)


def _audit_role_mistakes(values: Any, **given: Any) -> list[str]:
    from ..plugin_utils.variables.audit_role_mistakes import find_audit_role_mistakes

    return find_audit_role_mistakes(_require_mapping(values, "audit_role_mistakes"), **given)


def _sender_mistakes(values: Any, today: str) -> list[str]:
    from ..plugin_utils.variables.sender_mistakes import find_sender_mistakes

    return find_sender_mistakes(_require_mapping(values, "sender_mistakes"), today)


def _require_mapping(values: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(values, Mapping):
        raise AnsibleFilterError(f"mailops.cloudflare.{name} expects a mapping of variables to their values.")
    return values
