"""The options of an entry."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.entry_options import entry_option_spec
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.registry import LIST_NAMES, RESOURCES

COMMON = {
    "id": {"type": "str"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "expires": {"type": "str"},
}
DEFAULTS = {
    "allow_policies": {"is_trusted_sender": False, "is_exempt_recipient": False, "is_acceptable_sender": False},
    "trusted_domains": {"is_recent": False, "is_similarity": False},
    "content_policies": {"enabled": True},
}


@pytest.mark.parametrize("name", LIST_NAMES)
def test_an_entry_has_the_fields_of_its_table_and_the_common_options(name):
    resource = RESOURCES[name]().resource
    assert entry_option_spec(resource, has_defaults=False) == {**resource.option_spec(), **COMMON}


@pytest.mark.parametrize("name", LIST_NAMES)
def test_compared_defaults_are_those_of_the_options_except_for_the_key_and_what_depends_on_other_options(name):
    resource = RESOURCES[name]().resource
    spec = entry_option_spec(resource)
    assert {option: one["default"] for option, one in spec.items() if "default" in one and option != "state"} == DEFAULTS.get(name, {})
    assert {
        option: {key: value for key, value in one.items() if key != "default"} for option, one in spec.items() if option not in COMMON
    } == resource.option_spec()


@pytest.mark.parametrize("name", LIST_NAMES)
def test_the_table_is_not_changed(name):
    resource = RESOURCES[name]().resource
    before = resource.option_spec()
    entry_option_spec(resource)["state"]["default"] = "absent"
    assert resource.option_spec() == before
    assert entry_option_spec(resource)["state"]["default"] == "present"
