"""The registered resources."""

from __future__ import annotations

from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.collection import ResourceCollection
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.registry import RESOURCES


def test_resources_are_collections_by_the_name_of_their_list():
    assert RESOURCES["domains"].resource is DOMAIN
    assert all(issubclass(collection, ResourceCollection) and collection.resource.name == name for name, collection in RESOURCES.items())


def test_resources_have_paths_of_their_own():
    paths = [collection.path for collection in RESOURCES.values()]
    assert len(set(paths)) == len(paths)
    assert all(path[0] == "email-security" for path in paths)
