# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A filter that selects domains by the result of an audit. It is documented in the YAML file with its name.

What it needs is imported when it is called: Ansible loads all filters of a collection when a task uses one, in the process of each task.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError


class FilterModule:
    """The class that Ansible loads."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"drifted_domains": _drifted_domains}


def _drifted_domains(audit: Any, severity: Any = "low") -> list[str]:
    from ..module_utils.audit.rule import SEVERITIES

    if severity not in SEVERITIES:
        raise AnsibleFilterError(f"mailops.cloudflare.drifted_domains: severity is {severity}; the choices are {', '.join(SEVERITIES)}.")
    result = _complete(audit)
    selected = SEVERITIES[: SEVERITIES.index(severity) + 1]
    drifted = dict.fromkeys(
        finding["domain"] for finding in result["findings"] if finding["category"] == "drift" and not finding["waived"] and finding["severity"] in selected
    )
    # A finding has the live name. A domain that is declared by its id may have another one in the policy, or none.
    ids = {entry["domain"]: entry["domain_id"] for entry in result.get("declared_ids") or ()}
    return [*(name for name in drifted if name not in ids), *(ids[name] for name in drifted if name in ids)]


def _complete(audit: Any) -> dict[str, Any]:
    """The result with all findings, as plain data."""
    from ..plugin_utils.complete_result import plain_result

    if not isinstance(audit, Mapping) or "findings" not in audit:
        raise AnsibleFilterError("mailops.cloudflare.drifted_domains expects the result of email_security_audit.")
    try:
        result: dict[str, Any] = plain_result(audit)
    except ValueError as error:
        raise AnsibleFilterError(f"mailops.cloudflare.drifted_domains cannot read its input: {error}.") from None
    # A finding that was left out could be that of a domain to select.
    if len(result["findings"]) < sum(result["summary"][count] for count in ("findings", "waived")):
        raise AnsibleFilterError(
            "mailops.cloudflare.drifted_domains: the result does not contain all findings. Give the audit the option shorten: false, or evaluate its result in "
            "the same run of Ansible."
        )
    return result
