"""The registered resources."""

from __future__ import annotations

from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.collection import ResourceCollection
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.registry import (
    LIST_NAMES,
    RESOURCES,
    SETTING_NAMES,
)


def test_resources_are_collections_by_the_name_of_their_list():
    assert RESOURCES["domains"]().resource is DOMAIN
    assert all(issubclass(load(), ResourceCollection) and load().resource.name == name for name, load in RESOURCES.items())


def test_resources_have_paths_of_their_own():
    paths = [load().path for load in RESOURCES.values()]
    assert len(set(paths)) == len(paths)
    assert all(path[0] == "email-security" for path in paths)


def test_list_names_are_those_of_the_lists():
    assert tuple(name for name, load in RESOURCES.items() if load().resource.is_list) == LIST_NAMES
    assert len(LIST_NAMES) == 7


def test_setting_names_are_the_fields_of_all_resources():
    assert {field.name for load in RESOURCES.values() for field in load().resource.fields} == SETTING_NAMES
