# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters that export live objects, and one that compares texts. Each is documented in the YAML file with its name.

What they need is imported when they are called: Ansible loads all filters of a collection when a task uses one, in the process of each task.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

Objects = list[dict[str, Any]]
_DOMAINS = "a list of live domains, as email_security_domain_info returns it under `domains`"


class FilterModule:
    """The class that Ansible loads."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {
            "policy_yaml": _policy_yaml,
            "terraform_imports": _terraform_imports,
            "domains_csv": _domains_csv,
            "entries_csv": _entries_csv,
            "unified_diff": _compare,
        }


def _policy_yaml(live: Any) -> str:
    from ..module_utils.resources.registry import RESOURCES
    from ..plugin_utils.export.policy_yaml import account_yaml, policy_yaml

    name = "policy_yaml"
    if isinstance(live, Mapping):
        account = _account(name, live)
        skipped = live.get("skipped_resources") or ()
        return _write(name, lambda: account_yaml(account, [resource for resource in RESOURCES if resource in skipped]))
    domains = _objects(name, live, _DOMAINS)
    return _write(name, lambda: policy_yaml(domains))


def _terraform_imports(live: Any) -> str:
    from ..plugin_utils.export.terraform import account_imports, terraform_imports

    name = "terraform_imports"
    if isinstance(live, Mapping):
        account = _account(name, live)
        return _write(name, lambda: account_imports(account))
    domains = _objects(name, live, _DOMAINS)
    return _write(name, lambda: terraform_imports(domains))


def _domains_csv(live: Any) -> str:
    from ..plugin_utils.export.domains_csv import domains_csv

    domains = _objects("domains_csv", live, _DOMAINS)
    return _write("domains_csv", lambda: domains_csv(domains))


def _entries_csv(live: Any, resource: Any = None) -> str:
    from ..module_utils.api.mistakes import did_you_mean, quote_value
    from ..plugin_utils.export.entries_csv import TABLES, entries_csv

    name = "entries_csv"
    if not isinstance(resource, str) or resource not in TABLES:
        known = f"one of {', '.join(TABLES)}; it is {quote_value(resource)}{did_you_mean(resource, TABLES)}"
        raise AnsibleFilterError(f"mailops.cloudflare.{name} needs the name of the list, {known}.")
    entries = _objects(name, live, _entries_of(resource))
    return _write(name, lambda: entries_csv(entries, str(resource)))


def _account(name: str, live: Mapping[str, Any]) -> dict[str, Objects]:
    """The resources in the result of email_security_account_info."""
    from ..module_utils.resources.registry import RESOURCES

    return {resource: _objects(name, live[resource], _entries_of(resource)) for resource in RESOURCES if resource in live}


def _entries_of(resource: str) -> str:
    return f"a list of live entries, as email_security_account_info returns it under `{resource}`"


def _objects(name: str, live: Any, expected: str) -> Objects:
    from ..plugin_utils.plain_data import to_plain_data

    if not isinstance(live, (list, tuple)):
        raise AnsibleFilterError(f"mailops.cloudflare.{name} expects {expected}.")
    try:
        plain = to_plain_data(live)
    except ValueError as error:
        what = "domains" if expected == _DOMAINS else "entries"
        raise AnsibleFilterError(f"mailops.cloudflare.{name} cannot read the {what}: {error}.") from None
    return [one if isinstance(one, dict) else {} for one in plain]


def _write(name: str, writer: Callable[[], str]) -> str:
    try:
        return writer()
    except ImportError as error:
        raise AnsibleFilterError(f"mailops.cloudflare.{name} needs the Python library {error.name} where Ansible runs.") from None


def _compare(before: Any, after: Any, name: Any = "text") -> list[str]:
    from ..plugin_utils.export.unified_diff import unified_diff
    from ..plugin_utils.plain_data import to_plain_data

    if not isinstance(before, str) or not isinstance(after, str):
        raise AnsibleFilterError("mailops.cloudflare.unified_diff compares two texts.")
    return unified_diff(to_plain_data(before), to_plain_data(after), str(to_plain_data(name)))
