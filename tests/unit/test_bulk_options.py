"""The options by which many domains are declared."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible_collections.mailops.cloudflare.plugins.doc_fragments.policy import ModuleDocFragment
from ansible_collections.mailops.cloudflare.plugins.module_utils.bulk_options import ONLY_OPTION, WAIVERS_OPTION, bulk_option_spec, drop_unset_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN
from ansible_collections.mailops.cloudflare.plugins.modules import email_security_audit, email_security_domains


def test_drop_unset_options_removes_unset_suboptions():
    filled_in = {"name": "a.example", "domain": "a.example", "state": "present", "regions": None}
    filled_in |= {"purge_regions": None}
    written = {"domain": "b.example", "state": "absent", "regions": [], "purge_regions": True}
    options = {"domains": [filled_in, written], "defaults": {"regions": None, "lookback_hops": 1}}
    drop_unset_options(DOMAIN, options)
    assert options == {
        "domains": [{"domain": "a.example"}, {"domain": "b.example", "state": "absent", "regions": [], "purge_regions": True}],
        "defaults": {"lookback_hops": 1},
    }


def test_drop_unset_options_without_defaults_passes():
    options = {"domains": [], "defaults": None}
    drop_unset_options(DOMAIN, options)
    assert options == {"domains": [], "defaults": None}


def comparable(options: dict[str, Any], inner: str) -> dict[str, Any]:
    keys = ("type", "elements", "choices", "default", "aliases", "required")
    return {
        name: {key: option[key] for key in keys if key in option} | {"options": comparable(option.get(inner) or {}, inner)} for name, option in options.items()
    }


def test_bulk_option_spec_equals_documentation():
    documented = yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"]
    assert comparable(documented, "suboptions") == comparable(bulk_option_spec(DOMAIN), "options")
    assert bulk_option_spec(DOMAIN)["domains"]["required_one_of"] == [("domain", "domain_id")]


@pytest.mark.parametrize("module", [email_security_audit, email_security_domains])
def test_waivers_and_only_are_documented_as_they_are(module):
    documented = yaml.safe_load(module.DOCUMENTATION)["options"]
    taken = {"waivers": WAIVERS_OPTION, "only": ONLY_OPTION}
    assert comparable({name: documented[name] for name in taken}, "suboptions") == comparable(taken, "options")
