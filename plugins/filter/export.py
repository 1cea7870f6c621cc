# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters that export live domains, and one that compares texts. Each is documented in the YAML file with its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ..plugin_utils.export.domains_csv import domains_csv
from ..plugin_utils.export.policy_yaml import policy_yaml
from ..plugin_utils.export.terraform import terraform_imports
from ..plugin_utils.export.unified_diff import unified_diff
from ..plugin_utils.plain_data import to_plain_data

Writer = Callable[[list[dict[str, Any]]], str]


class FilterModule:
    """The class that Ansible loads."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        writers = {writer.__name__: _filter(writer) for writer in (policy_yaml, terraform_imports, domains_csv)}
        return {**writers, "unified_diff": _compare}


def _filter(writer: Writer) -> Callable[[Any], str]:
    name = f"mailops.cloudflare.{writer.__name__}"

    def run_writer(domains: Any) -> str:
        if not isinstance(domains, (list, tuple)):
            raise AnsibleFilterError(f"{name} expects a list of live domains, as email_security_domain_info returns it under `domains`.")
        try:
            plain_domains = to_plain_data(domains)
        except ValueError as error:
            raise AnsibleFilterError(f"{name} cannot read the domains: {error}.") from None
        try:
            return writer([domain if isinstance(domain, dict) else {} for domain in plain_domains])
        except ImportError as error:
            raise AnsibleFilterError(f"{name} needs the Python library {error.name} where Ansible runs.") from None

    return run_writer


def _compare(before: Any, after: Any, name: Any = "text") -> list[str]:
    if not isinstance(before, str) or not isinstance(after, str):
        raise AnsibleFilterError("mailops.cloudflare.unified_diff compares two texts.")
    return unified_diff(to_plain_data(before), to_plain_data(after), str(to_plain_data(name)))
