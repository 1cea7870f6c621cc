"""What the endpoints of the seven lists have in common, and their tables against the API document."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.base import Field
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.list_collection import MAX_BATCH_ITEMS, ListCollection
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.registry import LIST_NAMES, RESOURCES, SETTING_NAMES
from ansible_collections.mailops.cloudflare.tests.unit.support import ACCOUNT, client, listed, ok

LISTS = [RESOURCES[name]() for name in LIST_NAMES]
FIRST = {"allow_policies": "pattern", "block_senders": "pattern", "trusted_domains": "pattern", "content_policies": "name"}


@pytest.mark.parametrize("collection", LISTS, ids=LIST_NAMES)
def test_every_list_is_a_table_of_its_own(collection):
    resource = collection.resource
    assert issubclass(collection, ListCollection)
    assert resource.is_list
    assert collection.is_batch_atomic
    assert collection.path == ("email-security", "settings", resource.name)
    assert collection.max_batch_items in (0, MAX_BATCH_ITEMS)
    assert collection.key_filter == FIRST.get(resource.name, "")
    assert collection.max_keys_in_filter == bool(collection.key_filter)
    assert set(resource.key_fields) <= {field.name for field in resource.fields} <= SETTING_NAMES
    assert resource.if_not_removed.endswith(".")
    assert resource.if_created in ("weaker", "stronger")


@pytest.mark.parametrize("collection", LISTS, ids=LIST_NAMES)
def test_no_list_has_the_options_of_domains(collection):
    assert not {"clear", "force"} & set(collection.resource.option_spec())
    assert collection.resource.purge_options() == {}
    assert not any(isinstance(field, Field) and (field.is_clearable or field.if_emptied) for field in collection.resource.fields)


@pytest.mark.parametrize("collection", LISTS, ids=LIST_NAMES)
def test_list_objects_reads_in_order(script, collection):
    resource = collection.resource
    script.expect("GET", f"/accounts/{ACCOUNT}/email-security/settings/{resource.name}", listed({"id": "7"}), query=dict(collection.list_order))
    assert collection(client()).list_objects() == [{"id": "7"}]
    assert collection.list_order in ({}, {"order": resource.key_fields[0], "direction": "asc"})


@pytest.mark.parametrize("name", FIRST)
def test_the_filter_takes_the_first_part_of_the_key(script, name):
    collection = RESOURCES[name]()
    key = ("x", *[True for _part in collection.resource.key_fields[1:]])
    row = {"id": "7", **dict(zip(collection.resource.key_fields, key, strict=True))}
    script.expect("GET", f"/accounts/{ACCOUNT}/email-security/settings/{name}", listed(row), query={FIRST[name]: "x"})
    assert collection(client()).list_by_keys([key]) == [row]


@pytest.mark.parametrize("collection", LISTS, ids=LIST_NAMES)
def test_one_entry_has_its_own_path(script, collection):
    path = f"/accounts/{ACCOUNT}/email-security/settings/{collection.resource.name}/7"
    entries = collection(client())
    comment = "notes" if collection.resource.name == "content_policies" else "comments"
    script.expect("GET", path, ok({"id": "7"})).expect("PATCH", path, ok({"id": "7"}), body={comment: None}).expect("DELETE", path, ok({"id": "7"}))
    assert entries.get("7") == {"id": "7"}
    assert entries.update({"id": "7"}, {comment: ""}) == {"id": "7"}
    entries.delete({"id": "7"})
