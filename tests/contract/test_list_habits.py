"""Each habit of the lists does what it says, changes what is shown and not what is stored, and can be switched off again."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from conftest import ENTRIES, KEYS, UNKNOWN, Api
from simulator import Simulator

Lists = Callable[[str], Api]
ALLOW, BLOCK, PEOPLE, URLS = "allow_policies", "block_senders", "impersonation_registry", "url_ignore_patterns"
RESTRICTIONS, CONTENT, TRUSTED = "sending_domain_restrictions", "content_policies", "trusted_domains"


def blocked(pattern: str, **more: Any) -> dict[str, Any]:
    return {**ENTRIES[BLOCK], "pattern": pattern, **more}


def patterns(api: Api, **params: Any) -> list[str]:
    return [row["pattern"] for row in api.rows(**params)]


# Habit, its value, list, stored fields, and how they are shown.
ROWS: list[tuple[str, Any, str, dict[str, Any], dict[str, Any]]] = [
    ("entry_case_folded", True, BLOCK, {"pattern": "Evil.Example"}, {"pattern": "evil.example"}),
    ("entry_case_folded", True, PEOPLE, {"email": "Ada@Example.com", "name": "Ada"}, {"email": "ada@example.com", "name": "Ada"}),
    ("entry_case_folded", True, PEOPLE, {"email": "Ada@.*", "is_email_regex": True}, {"email": "Ada@.*"}),
    ("entry_case_folded", True, URLS, {"pattern": "https://Host/.*"}, {"pattern": "https://Host/.*"}),
    ("entry_case_folded", True, CONTENT, {"name": "Gift Cards"}, {"name": "Gift Cards"}),
    ("entry_case_folded", True, RESTRICTIONS, {"domain": "Bank.example", "exclude": ["Fax.bank.example"]}, {"exclude": ["fax.bank.example"]}),
    ("entry_a_labels", True, BLOCK, {"pattern": "Bücher.example"}, {"pattern": "xn--bcher-kva.example"}),
    ("entry_a_labels", True, ALLOW, {"pattern": "Ada@bücher.example"}, {"pattern": "Ada@xn--bcher-kva.example"}),
    ("entry_u_labels", True, BLOCK, {"pattern": "xn--bcher-kva.example"}, {"pattern": "bücher.example"}),
    ("entry_prefix_added", True, BLOCK, {"pattern": "192.0.2.7"}, {"pattern": "192.0.2.7/32"}),
    ("entry_prefix_added", True, BLOCK, {"pattern": "2001:DB8::7"}, {"pattern": "2001:db8::7/128"}),
    ("entry_prefix_added", True, BLOCK, {"pattern": "evil.example"}, {"pattern": "evil.example"}),
    ("entry_prefix_dropped", True, BLOCK, {"pattern": "192.0.2.7/32"}, {"pattern": "192.0.2.7"}),
    ("entry_prefix_dropped", True, BLOCK, {"pattern": "2001:db8::7/128"}, {"pattern": "2001:db8::7"}),
    ("entry_prefix_dropped", True, BLOCK, {"pattern": "192.0.2.0/24"}, {"pattern": "192.0.2.0/24"}),
    ("entry_spaces_joined", True, PEOPLE, {"name": " Ada  Lovelace ", "comments": "a  b"}, {"name": "Ada Lovelace", "comments": "a b"}),
    ("null_booleans", True, ALLOW, {"verify_sender": False, "is_trusted_sender": True}, {"verify_sender": None, "is_trusted_sender": True}),
    ("unknown_fields", True, URLS, {}, {"x_future_flag": True}),
    ("unknown_values", True, BLOCK, {}, {"pattern_type": "ASN"}),
    ("unknown_values", True, PEOPLE, {}, {"provenance": "SNOOPY-OKTA"}),
    ("unknown_values", True, CONTENT, {}, {"targets": ["SUBJECT", "HEADERS"]}),
    ("other_types", True, ALLOW, {"is_trusted_sender": True}, {"is_trusted_sender": 1, "is_regex": 0, "pattern_type": "domain"}),
    ("other_types", True, CONTENT, {}, {"targets": ["subject"], "enabled": 1}),
]


@pytest.mark.parametrize(("habit", "value", "resource", "stored", "expected"), ROWS)
def test_habit_changes_the_shown_fields(
    sim: Simulator, lists: Lists, habit: str, value: Any, resource: str, stored: dict[str, Any], expected: dict[str, Any]
) -> None:
    entry = sim.add_entry(resource, **stored)
    api = lists(resource)
    api.rows()
    sim.habit(**{habit: value})
    row = api.one(entry["id"])
    assert api.rows() == [row]
    assert {name: row[name] for name in expected} == expected
    assert sim.entries(resource) == [entry]
    sim.habit(**{habit: False})
    assert api.rows() == [api.one(entry["id"])] == [entry]


@pytest.mark.parametrize(
    ("habits", "query", "expected"),
    [
        ({}, "Evil.example", ["Evil.example"]),
        ({}, "evil.example", []),
        ({"list_filter_folded": True}, "evil.EXAMPLE", ["Evil.example"]),
        ({"list_filter_folded": True}, "vil.example", []),
        ({"list_filter_fuzzy": True}, "VIL.ex", ["Evil.example"]),
        ({"list_filter_fuzzy": True}, "absent", []),
        ({"list_filter_ignored": True}, "absent", ["Evil.example", "other.example"]),
        ({"entry_case_folded": True}, "Evil.example", []),
        ({"entry_case_folded": True}, "evil.example", ["evil.example"]),
    ],
)
def test_filter_by_the_key_compares_as_the_habit_says(sim: Simulator, lists: Lists, habits: dict[str, Any], query: str, expected: list[str]) -> None:
    sim.add_entry(BLOCK, pattern="Evil.example")
    sim.add_entry(BLOCK, pattern="other.example")
    sim.habit(**habits)
    assert patterns(lists(BLOCK), pattern=query) == expected
    assert patterns(lists(BLOCK), pattern=query, pattern_type="IP") == []


def test_ignored_filter_is_that_of_the_name_of_content_policies_too(sim: Simulator, lists: Lists) -> None:
    sim.add_entry(CONTENT, name="One")
    sim.habit(list_filter_ignored=True)
    assert len(lists(CONTENT).rows(name="Two")) == 1


@pytest.mark.parametrize(
    ("habits", "query", "total"),
    [
        ({}, {"pattern": "a.example"}, 1),
        ({"total_unfiltered": True}, {"pattern": "a.example"}, 3),
        ({"total_of_page": True}, {"per_page": 2}, 2),
        ({"total_too_high": 3}, {}, 6),
    ],
)
def test_total_habit_changes_the_total(sim: Simulator, lists: Lists, habits: dict[str, Any], query: dict[str, Any], total: int) -> None:
    for name in "abc":
        sim.add_entry(BLOCK, pattern=f"{name}.example")
    sim.habit(**habits)
    assert lists(BLOCK)("GET", params=query).json()["result_info"]["total_count"] == total


@pytest.mark.parametrize("resource", ENTRIES)
def test_integer_ids_are_accepted_everywhere(sim: Simulator, lists: Lists, resource: str) -> None:
    sim.habit(integer_ids=True)
    api = lists(resource)
    id_ = api("POST", json=ENTRIES[resource]).json()["result"]["id"]
    assert isinstance(id_, int)
    note = "notes" if resource == CONTENT else "comments"
    assert api("PATCH", f"/{id_}", json={note: "x"}).json()["result"]["id"] == id_
    if resource == PEOPLE:
        assert api("DELETE", f"/{id_}").json()["result"] == {"id": id_}
    else:
        assert api("POST", "/batch", json={"deletes": [{"id": id_}], "patches": [], "puts": [], "posts": []}).json()["result"]["deletes"] == [{"id": id_}]
    assert sim.violations == []
    assert sim.entries(resource) == []


def test_absent_nulls_and_missing_fields_leave_fields_out(sim: Simulator, lists: Lists) -> None:
    sim.add_entry(BLOCK)
    api = lists(BLOCK)
    assert "comments" in api.rows()[0]
    sim.habit(absent_nulls=True, missing_fields=["created_at", "is_regex"])
    assert set(api.rows()[0]) == {"id", "modified_at", "pattern", "pattern_type"}
    assert set(api("POST", json=ENTRIES[BLOCK]).json()["result"]) == {"id", "modified_at", "pattern", "pattern_type"}


def test_shuffle_lists_changes_the_order_within_lists(sim: Simulator, lists: Lists) -> None:
    sim.habit(shuffle_lists=True)
    entry = sim.add_entry(CONTENT, targets=["SUBJECT", "BODY"])
    seen = [lists(CONTENT).one(entry["id"])["targets"] for _turn in range(4)]
    assert all(before != after for before, after in pairwise(seen))
    assert all(sorted(each) == ["BODY", "SUBJECT"] for each in seen)


def test_shuffle_pages_changes_the_order_of_a_list_without_an_order(sim: Simulator, lists: Lists) -> None:
    for _entry in range(40):
        sim.add_entry(URLS)
    api = lists(URLS)
    assert patterns(api, per_page=40) == patterns(api, per_page=40)
    sim.habit(shuffle_pages=True)
    assert patterns(api, per_page=40) != patterns(api, per_page=40)
    assert sorted(patterns(api, per_page=40)) == sorted(entry["pattern"] for entry in sim.entries(URLS))


def test_shifting_pages_omit_an_entry(sim: Simulator, lists: Lists) -> None:
    for number in range(4):
        sim.add_entry(URLS, pattern=f"p{number}")
    sim.habit(shifting_pages=True)
    assert [patterns(lists(URLS), per_page=2, page=page) for page in (1, 2, 3)] == [["p0", "p1"], ["p3"], []]
    assert len(patterns(lists(URLS), per_page=1000)) == 4


def test_stale_reads_and_lists_show_the_old_state(sim: Simulator, lists: Lists) -> None:
    api = lists(BLOCK)
    entry = sim.add_entry(BLOCK, comments="old")
    sim.habit(stale_reads=2)
    api("PATCH", f"/{entry['id']}", json={"comments": "new"})
    assert [api.one(entry["id"])["comments"], api.rows()[0]["comments"], api.one(entry["id"])["comments"]] == ["old", "old", "new"]
    sim.clear_habits()
    sim.habit(stale_lists=1)
    made = api("POST", json=ENTRIES[BLOCK]).json()["result"]
    assert api.one(made["id"]) == made
    assert [len(api.rows()), len(api.rows())] == [1, 2]


def test_not_applied_echo_only_and_delete_ignored_store_nothing(sim: Simulator, lists: Lists) -> None:
    api = lists(ALLOW)
    entry = sim.add_entry(ALLOW)
    sim.habit(not_applied=["is_trusted_sender"])
    assert api("PATCH", f"/{entry['id']}", json={"is_trusted_sender": True}).json()["result"]["is_trusted_sender"] is False
    assert api("POST", json={**ENTRIES[ALLOW], "is_trusted_sender": True}).json()["result"]["is_trusted_sender"] is False
    sim.clear_habits()
    before = sim.entries(ALLOW)
    sim.habit(echo_only=True, delete_ignored=True)
    assert api("PATCH", f"/{entry['id']}", json={"comments": "new"}).json()["result"]["comments"] == "new"
    assert api.batch(patches=[{"id": entry["id"], "comments": "new"}]).json()["result"]["patches"][0]["comments"] == "new"
    assert api("DELETE", f"/{entry['id']}").json()["result"] == {"id": entry["id"]}
    assert sim.entries(ALLOW) == before


def test_partial_answer_has_only_what_was_sent(sim: Simulator, lists: Lists) -> None:
    sim.habit(partial_answer=True)
    api = lists(BLOCK)
    assert set(api("POST", json=ENTRIES[BLOCK]).json()["result"]) == {"id", *ENTRIES[BLOCK]}
    id_ = sim.entries(BLOCK)[0]["id"]
    assert api("PATCH", f"/{id_}", json={"comments": "x"}).json()["result"] == {"id": id_, "comments": "x"}
    assert api.batch(patches=[{"id": id_, "comments": "y"}]).json()["result"]["patches"] == [{"id": id_, "comments": "y"}]


def test_post_status_200(sim: Simulator, lists: Lists) -> None:
    sim.habit(post_status_200=True)
    assert lists(BLOCK)("POST", json=ENTRIES[BLOCK]).status_code == 200


@pytest.mark.parametrize(
    ("value", "arrays"),
    [(True, {"deletes"}), ("empty", {"posts"}), (["posts"], {"deletes", "patches", "puts"}), (["deletes", "posts", "patches", "puts"], set())],
)
def test_batch_answer_incomplete_lacks_arrays(sim: Simulator, lists: Lists, value: Any, arrays: set[str]) -> None:
    sim.habit(batch_answer_incomplete=value)
    answer = lists(BLOCK).batch(posts=[ENTRIES[BLOCK]])
    assert (answer.status_code, set(answer.json()["result"])) == (200, arrays)
    assert len(sim.entries(BLOCK)) == 1


@pytest.mark.parametrize(("habits", "expected"), [({}, "/posts/1/pattern"), ({"no_pointer": True}, None), ({"item_pointer": True}, "/posts/1")])
def test_pointer_follows_the_habit(sim: Simulator, lists: Lists, habits: dict[str, Any], expected: str | None) -> None:
    sim.habit(**habits)
    api = lists(BLOCK)
    error = api.batch(posts=[blocked("a.example"), blocked("a b")]).json()["errors"][0]
    assert error.get("source") == (None if expected is None else {"pointer": expected})
    alone = api("POST", json=blocked("a b")).json()["errors"][0]
    assert alone.get("source") == (None if expected is None else {"pointer": "/pattern"})
    gone = api.batch(deletes=[{"id": UNKNOWN}])
    assert (gone.status_code, gone.json()["errors"][0].get("source")) == (404, None if expected is None else {"pointer": "/deletes/0"})
    assert api("POST", json={}).json()["errors"][0]["source"] is not None, "a violation is always shown as it is"


@pytest.mark.parametrize(("mode", "stored"), [("atomic", []), ("partial", ["a.example", "c.example"])])
def test_batch_names_all_refused_items(sim: Simulator, lists: Lists, mode: str, stored: list[str]) -> None:
    sim.habit(batch_names_all=True)
    sim.configure(list_batch=mode)
    posts = [blocked(pattern) for pattern in ("a.example", "b b", "c.example", "d@d")]
    answer = lists(BLOCK).batch(deletes=[{"id": UNKNOWN}], posts=posts)
    pointers = [error["source"]["pointer"] for error in answer.json()["errors"]]
    assert (answer.status_code, pointers) == (404, ["/deletes/0", "/posts/1/pattern", "/posts/3/pattern"])
    assert [entry["pattern"] for entry in sim.entries(BLOCK)] == stored
    sim.habit(no_pointer=True)
    assert [error.get("source") for error in lists(BLOCK).batch(posts=posts).json()["errors"]] == [None, None]


@pytest.mark.parametrize(("value", "status"), [(["bad.example", ".*"], 400), ({"bad.example": 422, ".*": 422}, 422)])
def test_refused_pattern_is_refused_in_every_write(sim: Simulator, lists: Lists, value: Any, status: int) -> None:
    sim.habit(refused_patterns=value)
    api = lists(BLOCK)
    entry = sim.add_entry(BLOCK)
    answers = [
        api("POST", json=blocked("bad.example")),
        api("PATCH", f"/{entry['id']}", json={"pattern": ".*", "is_regex": True}),
        lists(CONTENT)("POST", json={**ENTRIES[CONTENT], "pattern": ".*"}),
    ]
    assert [(answer.status_code, answer.json()["errors"][0]["source"]["pointer"]) for answer in answers] == [(status, "/pattern")] * 3
    answer = api.batch(posts=[blocked(f"p{number}.example") for number in range(17)] + [blocked("bad.example")])
    assert (answer.status_code, answer.json()["errors"][0]["source"]["pointer"]) == (status, "/posts/17/pattern")
    assert sim.entries(BLOCK) == [entry]
    assert api.batch(posts=[blocked(f"p{number}.example") for number in range(17)]).status_code == 200


@pytest.mark.parametrize(("expression", "status"), [("(", 400), ("a)", 400), ("[a", 400), ("a\\", 400), (r"\(", 201), ("[(]", 201), ("(a|b){2}[)]", 201)])
@pytest.mark.parametrize("resource", [BLOCK, PEOPLE, CONTENT, URLS])
def test_regexes_validated_refuses_unbalanced_brackets(sim: Simulator, lists: Lists, resource: str, expression: str, status: int) -> None:
    field = "email" if resource == PEOPLE else "pattern"
    flag = {BLOCK: {"is_regex": True}, PEOPLE: {"is_email_regex": True}}.get(resource, {})
    body = {**ENTRIES[resource], **flag, field: expression}
    assert lists(resource)("POST", json=body).status_code == 201
    sim.habit(regexes_validated=True)
    answer = lists(resource)("POST", json=body)
    assert answer.status_code == status
    if status == 400:
        assert answer.json()["errors"][0]["source"] == {"pointer": f"/{field}"}


def test_provenance_null(sim: Simulator, lists: Lists) -> None:
    api = lists(PEOPLE)
    assert api("POST", json=ENTRIES[PEOPLE]).json()["result"]["provenance"] == "A1S_INTERNAL"
    sim.habit(provenance_null=True)
    row = api("POST", json=ENTRIES[PEOPLE]).json()["result"]
    assert row["provenance"] is None
    assert api("DELETE", f"/{row['id']}").status_code == 200
    assert "provenance" not in lists(BLOCK)("POST", json=ENTRIES[BLOCK]).json()["result"]


def test_delete_bare_404_and_get_404_auth(sim: Simulator, lists: Lists) -> None:
    entry = sim.add_entry(BLOCK)
    sim.habit(delete_bare_404=True, get_404_auth=True)
    for answer in (lists(BLOCK)("DELETE", f"/{entry['id']}"), lists(BLOCK).batch(deletes=[{"id": entry["id"]}])):
        assert (answer.status_code, answer.json()["errors"]) == (404, [])
    assert lists(BLOCK)("GET", f"/{entry['id']}").json()["errors"][0]["code"] == 10000
    assert sim.entries(BLOCK) == [entry]


def test_early_2026_shape_shows_last_modified_and_has_no_batch(sim: Simulator, lists: Lists) -> None:
    entry = sim.add_entry(BLOCK)
    sim.configure(shape="early2026")
    assert lists(BLOCK).rows() == [{**entry, "last_modified": entry["modified_at"]}]
    assert lists(BLOCK)("POST", json=ENTRIES[BLOCK]).status_code == 201
    assert lists(BLOCK).batch().status_code == 404


@pytest.mark.parametrize("resource", ENTRIES)
def test_habits_of_domains_leave_entries_as_they_are(sim: Simulator, lists: Lists, resource: str) -> None:
    entry = sim.add_entry(resource, **{KEYS[resource]: "x.example"})
    sim.habit(upper_case_names=True, networks_rewritten=True, lower_case_status=True, trailing_dot_names=True)
    assert lists(resource).rows() == [entry]
