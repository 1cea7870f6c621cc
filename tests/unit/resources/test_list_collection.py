"""What the endpoints of the seven lists have in common, and their tables against the API document."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import ApiError
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.base import Field
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.list_collection import MAX_BATCH_ITEMS, ListCollection, _may_precede
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
    assert MAX_BATCH_ITEMS == 1000
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


def pages(script, name, *readings):
    """Expect readings of a list, each of them several pages of rows, given by the first part of their keys."""
    path = f"/accounts/{ACCOUNT}/email-security/settings/{name}"
    field = RESOURCES[name]().resource.key_fields[0]
    for reading in readings:
        count = sum(map(len, reading))
        for number, page in enumerate(reading, start=1):
            rows = [{"id": text, field: text} for text in page]
            # By the total, more rows follow each page but the last.
            script.expect("GET", path, ok(rows, result_info={"per_page": 1000, "total_count": count}), query={"page": str(number)})


class TestRowsThatMoveBetweenPages:
    """A list of several pages: what a reading shows by itself, and what needs a second one."""

    def read(self, name):
        it = client()
        rows = RESOURCES[name]()(it).list_objects()
        return [row["id"] for row in rows], it.statistics()["retries"]

    @pytest.mark.parametrize("name", [name for name in LIST_NAMES if name != "url_ignore_patterns"])
    def test_an_ordered_list_is_read_once(self, script, name):
        pages(script, name, ["ab", "cd", "e"])
        assert self.read(name) == (list("abcde"), 0)

    @pytest.mark.parametrize("name", LIST_NAMES)
    def test_one_page_is_read_once(self, script, name):
        pages(script, name, ["ba"])
        assert self.read(name) == (list("ba"), 0)

    def test_a_list_without_an_order_is_read_twice(self, script):
        pages(script, "url_ignore_patterns", ["ab", "c"], ["ca", "b"])
        assert self.read("url_ignore_patterns") == (list("cab"), 0)

    def test_two_readings_that_differ_are_followed_by_more(self, script):
        pages(script, "url_ignore_patterns", ["ab", "c"], ["bc", "d"], ["bc", "d"])
        assert self.read("url_ignore_patterns") == (list("bcd"), 1)

    def test_a_list_that_shrinks_to_one_page_is_believed(self, script):
        pages(script, "url_ignore_patterns", ["ab", "c"], ["ab"])
        assert self.read("url_ignore_patterns") == (list("ab"), 0)

    def test_a_list_that_never_stays_the_same_fails(self, script):
        pages(script, "url_ignore_patterns", ["ab", "c"], ["ab", "d"], ["ab", "e"], ["ab", "f"])
        with pytest.raises(ApiError) as caught:
            self.read("url_ignore_patterns")
        assert caught.value.kind == "response"
        assert "a list that changed while its pages were read, 4 times" in str(caught.value)

    def test_pages_that_are_not_in_order_are_read_again(self, script):
        pages(script, "block_senders", ["ce", "ab"], ["ab", "ce"])
        assert self.read("block_senders") == (list("abce"), 0)

    @pytest.mark.parametrize(("first", "second"), [("B", "a"), ("a", "B"), ("B", "a-"), ("a-z", "ab"), ("ab", "a-c"), ("_a", "-b"), ("Z", "a"), ("a", "Z")])
    def test_any_usual_order_of_letters_will_do(self, script, first, second):
        pages(script, "block_senders", [[first], [second]])
        assert self.read("block_senders") == ([first, second], 0)

    @pytest.mark.parametrize("pattern", ["a", "A"])
    def test_duplicates_at_the_end_of_a_page_are_in_order(self, script, pattern):
        path = f"/accounts/{ACCOUNT}/email-security/settings/block_senders"
        for live_id in ("1", "2"):
            script.expect("GET", path, ok([{"id": live_id, "pattern": pattern}], result_info={"per_page": 1000, "total_count": 2}))
        assert self.read("block_senders") == (["1", "2"], 0)

    def test_the_rows_next_to_the_page_break_are_compared(self, script):
        pages(script, "block_senders", ["ac", "bd"], ["ab", "cd"])
        assert self.read("block_senders") == (list("abcd"), 0)

    def test_without_a_total_a_second_reading_must_agree(self, script):
        path = f"/accounts/{ACCOUNT}/email-security/settings/block_senders"
        for _reading in range(2):
            for page in (["a"], ["b"], []):
                script.expect("GET", path, ok([{"id": text, "pattern": text} for text in page]))
        assert self.read("block_senders") == (["a", "b"], 0)

    def test_a_row_that_appears_twice_is_read_again(self, script):
        pages(script, "block_senders", ["ab", "bc"], ["ab", "cd"])
        assert self.read("block_senders") == (list("abcd"), 1)


def test_domains_are_read_once_whatever_their_order_is(script):
    path = f"/accounts/{ACCOUNT}/email-security/settings/domains"
    for number, page in enumerate((["b.example"], ["a.example"]), start=1):
        rows = [{"id": name, "domain": name} for name in page]
        script.expect("GET", path, ok(rows, result_info={"per_page": 1000, "total_count": 2}), query={"page": str(number)})
    assert len(RESOURCES["domains"]()(client()).list_objects()) == 2


@pytest.mark.parametrize(
    ("name", "required"),
    {
        "allow_policies": {"pattern", "is_regex"},
        "block_senders": {"pattern", "is_regex"},
        "trusted_domains": {"pattern", "is_regex"},
        "impersonation_registry": {"email", "is_email_regex", "name"},
        "content_policies": {"name", "pattern", "targets"},
        "sending_domain_restrictions": {"domain"},
        "url_ignore_patterns": {"pattern"},
    }.items(),
)
def test_what_a_new_entry_needs(name, required):
    assert {field.name for field in RESOURCES[name]().resource.fields if field.is_required} >= required


@pytest.mark.parametrize(("one", "other"), [("a.b", "a-b"), ("A.b", "a-b"), ("a-b", "a.b"), ("a.b", "a-c")])
def test_texts_of_the_same_letters_may_be_in_any_order(one, other):
    assert _may_precede({"pattern": one}, {"pattern": other}, "pattern")
