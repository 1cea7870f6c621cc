"""The options of the lists of an account: what Ansible accepts, and what is not printed."""

from __future__ import annotations

from ansible_collections.mailops.cloudflare.plugins.module_utils.account_option_spec import (
    OWN_DOMAINS_OPTION,
    PURGE_OPTIONS,
    drop_unset_entry_options,
    list_option_specs,
)
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.registry import LIST_NAMES, RESOURCES


def test_every_list_has_its_fields_and_the_common_options():
    specs = list_option_specs()
    assert tuple(specs) == LIST_NAMES
    for name, spec in specs.items():
        resource = RESOURCES[name]().resource
        assert set(spec["options"]) == {*(field.name for field in resource.fields), "id", "state", "expires"}
        assert (spec["type"], spec["elements"], "required" in spec, "default" in spec) == ("list", "dict", False, False)
        assert spec["required_one_of"] == [(resource.key_fields[0], "id")]


def test_only_the_state_of_an_entry_has_a_default():
    """Ansible would print a default with each entry."""
    for spec in list_option_specs().values():
        assert {name: option["default"] for name, option in spec["options"].items() if "default" in option} == {"state": "present"}


def test_purge_removes_nothing_by_default():
    assert {name: option["default"] for name, option in PURGE_OPTIONS.items()} == {"purge": [], "max_removals": "10%", "keep": {}}
    assert PURGE_OPTIONS["purge"]["choices"] == [*LIST_NAMES, "all"]
    assert {name: option["type"] for name, option in PURGE_OPTIONS.items()} == {"purge": "list", "max_removals": "str", "keep": "dict"}
    assert OWN_DOMAINS_OPTION == {"type": "list", "elements": "str", "default": []}


def test_options_that_are_not_set_are_removed():
    options = {
        "block_senders": [
            {"pattern": "a.example", "is_regex": None, "comments": "", "state": "present", "id": None},
            {"pattern": "b.example", "is_regex": False, "state": "absent"},
        ],
        "allow_policies": None,
        "trusted_domains": [],
        "domains": [{"domain": "c.example", "state": "present"}],
    }
    drop_unset_entry_options(options)
    assert options == {
        "block_senders": [{"pattern": "a.example", "comments": ""}, {"pattern": "b.example", "is_regex": False, "state": "absent"}],
        "allow_policies": None,
        "trusted_domains": [],
        "domains": [{"domain": "c.example", "state": "present"}],
    }
