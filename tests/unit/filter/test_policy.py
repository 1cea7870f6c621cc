"""The filters that check the variables of playbooks and roles: what they check is tested in tests/unit/variables."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.mailops.cloudflare.plugins.filter import policy
from ansible_collections.mailops.cloudflare.plugins.filter.policy import FilterModule

FILTERS = FilterModule().filters()
GIVEN: dict[str, Any] = {"omit": "omitted", "lists": {}, "list_names": [], "purged": []}


def test_policy_mistakes() -> None:
    found = FILTERS["policy_mistakes"]({"email_security_domains": [{}], "email_security_max_age": 0}, is_limited=False, **GIVEN)
    assert found == ["email_security_max_age is 0; it must be a number of days, at least 1. Leave it out for the limits of the rules."]


def test_audit_role_mistakes() -> None:
    values = {"audit_domains": [{}], "audit_directory": "reports", "audit_fail_on": "high", "audit_only": "omitted"}
    found = FILTERS["audit_role_mistakes"](values, resources=[], fail_conditions=["high"], **GIVEN)
    assert found == ["audit_only is omitted, and that does not name domains. Set it to null or an empty string for all domains."]


def test_sender_mistakes() -> None:
    found = FILTERS["sender_mistakes"]({"email_security_sender": "", "email_security_comment": 311}, today="2028-02-28")
    assert found == ["email_security_sender is empty; it must be one address, domain, IP address or network."]


@pytest.mark.parametrize(("name", "given"), [("policy_mistakes", {}), ("audit_role_mistakes", {}), ("sender_mistakes", {"today": "2028-02-28"})])
@pytest.mark.parametrize("value", [None, "example.com", [], 7])
def test_what_is_no_mapping_is_rejected(name: str, given: dict[str, Any], value: Any) -> None:
    with pytest.raises(AnsibleFilterError, match=f"mailops.cloudflare.{name} expects a mapping of variables to their values"):
        FILTERS[name](value, **given)


def test_filters_import_what_they_need_when_they_are_called() -> None:
    """Ansible loads all filters of a collection when a task uses one, in the process of each task."""
    folder = "ansible_collections.mailops.cloudflare.plugins"
    names = [path.stem for path in Path(policy.__file__).parent.glob("*.py") if path.stem != "__init__"]
    code = f"""
import importlib, sys
for name in {names!r}:
    importlib.import_module("{folder}.filter." + name)
print([name for name in sys.modules if name.startswith(("{folder}.module_utils", "{folder}.plugin_utils"))])
"""
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
