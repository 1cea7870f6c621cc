# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters that write live domains down, and one that compares what was written. Each is documented in the YAML file of its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ..plugin_utils.export.domains_csv import domains_csv
from ..plugin_utils.export.policy_yaml import policy_yaml
from ..plugin_utils.export.terraform import terraform_imports
from ..plugin_utils.export.unified_diff import unified_diff

Writer = Callable[[list[dict[str, Any]]], str]


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        writers = {writer.__name__: _filter(writer) for writer in (policy_yaml, terraform_imports, domains_csv)}
        return {**writers, "unified_diff": _compare}


def _filter(writer: Writer) -> Callable[[Any], str]:
    def written(domains: Any) -> str:
        if not isinstance(domains, (list, tuple)):
            raise AnsibleFilterError(
                f"mailops.cloudflare.{writer.__name__} takes a list of live domains, as email_security_domain_info returns it under `domains`."
            )
        plain = [_plain(domain) for domain in domains]
        try:
            return writer([domain if isinstance(domain, dict) else {} for domain in plain])
        except ImportError as error:
            raise AnsibleFilterError(f"mailops.cloudflare.{writer.__name__} needs the Python library {error.name} where Ansible runs.") from None

    return written


def _compare(before: Any, after: Any, name: Any = "text") -> list[str]:
    if not isinstance(before, str) or not isinstance(after, str):
        raise AnsibleFilterError("mailops.cloudflare.unified_diff compares two texts.")
    return unified_diff(_plain_text(before), _plain_text(after), _plain_text(name))


def _plain(value: Any) -> Any:
    """Without what Ansible has put on top of a value: it marks texts as unsafe or tagged, and makes containers that are read late."""
    if isinstance(value, Mapping):
        return {_plain_text(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, bool):
        return value
    return value + 0 if isinstance(value, (int, float)) else _plain_text(value)


def _plain_text(value: Any) -> str:
    # Not str() for a text: before ansible-core 2.19 that is unsafe again.
    return str.__str__(value) if isinstance(value, str) else str(value)
