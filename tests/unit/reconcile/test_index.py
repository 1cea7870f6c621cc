"""The index of live objects: by id, by key and by name."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import ApiError
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.index import LiveIndex
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN
from ansible_collections.mailops.cloudflare.tests.unit.support import LIVE, live

DUPLICATE = live(id="7", domain="Example.COM.")
UNNAMED = live(id="8", domain=None)


def index_of(*rows):
    return LiveIndex(DOMAIN, rows, str)


def test_get_ignores_the_case_of_an_id():
    assert index_of(LIVE).get(LIVE["id"].upper()) is LIVE
    assert index_of(LIVE).get("9") is None


def test_all_by_key_finds_every_spelling_of_a_name():
    assert index_of(LIVE, DUPLICATE, UNNAMED).all_by_key(("example.com",)) == [LIVE, DUPLICATE]
    assert index_of(LIVE).all_by_key(("other.example",)) == []


def test_all_by_key_without_a_key_finds_nothing():
    assert index_of(LIVE, UNNAMED).all_by_key(None) == []


def test_all_by_name_finds_what_a_key_is_displayed_as():
    index = index_of(LIVE, DUPLICATE, UNNAMED)
    assert (index.all_by_name("example.com"), index.all_by_name("other.example")) == ([LIVE, DUPLICATE], [])


def test_find_returns_the_only_object_of_a_key():
    assert index_of(LIVE).find(("example.com",)) is LIVE
    assert index_of(LIVE).find(("other.example",)) is None


def test_find_with_two_objects_of_a_key_is_a_conflict():
    with pytest.raises(ApiError, match="example.com") as caught:
        index_of(LIVE, DUPLICATE).find(("example.com",))
    assert caught.value.kind == "conflict"


def test_names_are_the_normal_forms_or_else_the_ids_sorted():
    index = index_of(LIVE, DUPLICATE, UNNAMED)
    assert [index.name(row) for row in index.all] == ["example.com", "example.com", None]
    assert index.names(index.all) == ["8", "example.com", "example.com"]


@pytest.mark.parametrize(
    ("rows", "row", "name"),
    [
        ((LIVE,), LIVE, "example.com"),
        ((LIVE, DUPLICATE), DUPLICATE, "example.com (7)"),
        ((UNNAMED,), UNNAMED, None),
    ],
)
def test_unique_name_has_the_id_where_the_name_is_ambiguous(rows, row, name):
    assert index_of(*rows).unique_name(row) == name


def test_key_is_known_of_every_object():
    row = {"id": "1", "domain": "A.example."}
    assert index_of(row).key(row) == ("a.example",)
    assert index_of().key(row) == ("a.example",)
    assert index_of().key({"id": "1"}) is None
