"""The seven lists: what each call does, what is refused and what is a violation, and the settings of the lists."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
import requests
from conftest import ENTRIES, KEYS, UNKNOWN, WITH_BATCH, Api
from simulator import Simulator

Lists = Callable[[str], Api]
ALLOW, BLOCK, PEOPLE, URLS = "allow_policies", "block_senders", "impersonation_registry", "url_ignore_patterns"
RESTRICTIONS, CONTENT, TRUSTED = "sending_domain_restrictions", "content_policies", "trusted_domains"


def keys(sim: Simulator, resource: str) -> list[str]:
    return [entry[KEYS[resource]] for entry in sim.entries(resource)]


def shown_keys(api: Api, **params: Any) -> list[str]:
    return [row[KEYS[api.resource]] for row in api.rows(**params)]


def blocked(pattern: str, **more: Any) -> dict[str, Any]:
    return {**ENTRIES[BLOCK], "pattern": pattern, **more}


def pointer(answer: requests.Response) -> str | None:
    found: str | None = answer.json()["errors"][0].get("source", {}).get("pointer")
    return found


@pytest.mark.parametrize("resource", ENTRIES)
def test_entry_is_created_read_changed_and_deleted(sim: Simulator, lists: Lists, resource: str) -> None:
    api = lists(resource)
    assert api.rows() == []
    answer = api("POST", json=ENTRIES[resource])
    row = answer.json()["result"]
    assert answer.status_code == 201
    assert ENTRIES[resource].items() <= row.items()
    assert {"id", "created_at", "modified_at"} <= set(row)
    assert api.rows() == [row] == sim.entries(resource)
    assert api.one(row["id"]) == row == sim.entry(resource, row["id"]) == sim.entry(resource, row[KEYS[resource]])
    note = "notes" if resource == CONTENT else "comments"
    assert row[note] is None
    changed = api("PATCH", f"/{row['id']}", json={note: "why"}).json()["result"]
    assert changed == {**row, note: "why", "modified_at": changed["modified_at"]}
    assert changed["modified_at"] > row["modified_at"]
    assert api("DELETE", f"/{row['id']}").json()["result"] == {"id": row["id"]}
    assert api("DELETE", f"/{row['id']}").status_code == api("GET", f"/{row['id']}").status_code == 404
    assert sim.entries(resource) == []
    assert sim.violations == []


@pytest.mark.parametrize("resource", [ALLOW, BLOCK, TRUSTED])
def test_put_resets_what_is_left_out(sim: Simulator, lists: Lists, resource: str) -> None:
    entry = sim.add_entry(resource, comments="why", **ENTRIES[resource])
    answer = lists(resource)("PUT", f"/{entry['id']}", json=ENTRIES[resource])
    assert (answer.status_code, answer.json()["result"]["comments"]) == (200, None)
    assert sim.violations == []


@pytest.mark.parametrize("resource", [CONTENT, PEOPLE, RESTRICTIONS, URLS])
def test_put_that_does_not_exist_is_a_violation(sim: Simulator, lists: Lists, resource: str) -> None:
    entry = sim.add_entry(resource)
    assert lists(resource)("PUT", f"/{entry['id']}", json=ENTRIES[resource]).status_code == 400
    assert len(sim.violations) == 1


@pytest.mark.parametrize("resource", WITH_BATCH)
def test_batch_runs_deletes_patches_puts_posts_in_this_order(sim: Simulator, lists: Lists, resource: str) -> None:
    note = "notes" if resource == CONTENT else "comments"
    first, second, third = (sim.add_entry(resource)["id"] for _entry in range(3))
    answer = lists(resource).batch(
        deletes=[{"id": first}], patches=[{"id": second, note: "why"}], puts=[{"id": third, **ENTRIES[resource]}], posts=[ENTRIES[resource]]
    )
    assert answer.status_code == 200
    result = answer.json()["result"]
    assert result["deletes"] == [{"id": first}]
    assert [each["id"] for each in (*result["patches"], *result["puts"], *result["posts"])] == [each["id"] for each in sim.entries(resource)]
    assert [*result["patches"], *result["puts"], *result["posts"]] == sim.entries(resource)
    assert sim.entry(resource, second)[note] == "why"
    assert lists(resource).batch(deletes=[{"id": second}], patches=[{"id": second, note: "gone"}]).status_code == 404
    assert sim.violations == []


def test_registry_has_no_batch(sim: Simulator, lists: Lists) -> None:
    answer = lists(PEOPLE).batch()
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, 7003)
    assert len(sim.violations) == 1


@pytest.mark.parametrize("arrays", [{}, {"patches": [], "puts": [], "posts": []}])
def test_restrictions_batch_takes_deletes(sim: Simulator, lists: Lists, arrays: dict[str, Any]) -> None:
    entry = sim.add_entry(RESTRICTIONS)
    answer = lists(RESTRICTIONS)("POST", "/batch", json={"deletes": [{"id": entry["id"]}], **arrays})
    assert answer.json()["result"] == {"deletes": [{"id": entry["id"]}]}
    assert sim.entries(RESTRICTIONS) == []
    assert sim.violations == []


VIOLATIONS: dict[str, tuple[str, Callable[[Api], requests.Response]]] = {
    "unknown key": (BLOCK, lambda api: api("POST", json={**ENTRIES[BLOCK], "comment": "x"})),
    "missing key": (BLOCK, lambda api: api("POST", json={"pattern": "evil.example", "is_regex": False})),
    "old name of a flag": (ALLOW, lambda api: api("POST", json={**ENTRIES[ALLOW], "is_sender": True})),
    "old name of a flag in PATCH": (ALLOW, lambda api: api("PATCH", f"/{UNKNOWN}", json={"is_recipient": True})),
    "old name of a flag in a batch": (ALLOW, lambda api: api.batch(patches=[{"id": UNKNOWN, "is_spoof": True}])),
    "id of a directory": (PEOPLE, lambda api: api("POST", json={**ENTRIES[PEOPLE], "external_directory_node_id": "7"})),
    "provenance": (PEOPLE, lambda api: api("PATCH", f"/{UNKNOWN}", json={"provenance": "A1S_INTERNAL"})),
    "nothing in PATCH": (BLOCK, lambda api: api("PATCH", f"/{UNKNOWN}", json={})),
    "nothing in a patch": (BLOCK, lambda api: api.batch(patches=[{"id": UNKNOWN}])),
    "a patch without id": (BLOCK, lambda api: api.batch(patches=[{"comments": "x"}])),
    "a put without id": (BLOCK, lambda api: api.batch(puts=[ENTRIES[BLOCK]])),
    "a put without a flag": (ALLOW, lambda api: api.batch(puts=[{"id": UNKNOWN, "pattern": "evil.example"}])),
    "three arrays": (BLOCK, lambda api: api("POST", "/batch", json={"deletes": [], "patches": [], "puts": []})),
    "1001 deletes": (BLOCK, lambda api: api.batch(deletes=[{"id": UNKNOWN}] * 1001)),
    "1001 posts": (URLS, lambda api: api.batch(posts=[ENTRIES[URLS]] * 1001)),
    "a post of a restriction in a batch": (RESTRICTIONS, lambda api: api.batch(posts=[ENTRIES[RESTRICTIONS]])),
    "no target in a batch": (CONTENT, lambda api: api.batch(posts=[{**ENTRIES[CONTENT], "targets": []}])),
    "unknown target": (CONTENT, lambda api: api("POST", json={**ENTRIES[CONTENT], "targets": ["HEADERS"]})),
    "a pattern of 1025 characters": (BLOCK, lambda api: api("POST", json=blocked("a" * 1025))),
    "an empty pattern": (BLOCK, lambda api: api("POST", json=blocked(""))),
    "comments of 1025 characters": (BLOCK, lambda api: api("POST", json=blocked("evil.example", comments="c" * 1025))),
    "a name of 257 characters": (CONTENT, lambda api: api("POST", json={**ENTRIES[CONTENT], "name": "n" * 257})),
    "a flag that is null": (ALLOW, lambda api: api("PATCH", f"/{UNKNOWN}", json={"verify_sender": None})),
    "a filter of another list": (BLOCK, lambda api: api("GET", params={"is_recent": "true"})),
    "a filter of a list without filters": (URLS, lambda api: api("GET", params={"pattern": "x"})),
    "an order of a list without order": (URLS, lambda api: api("GET", params={"order": "created_at"})),
    "a flag that is neither true nor false": (ALLOW, lambda api: api("GET", params={"verify_sender": "True"})),
    "two values of a filter": (BLOCK, lambda api: api("GET", params={"pattern": ["a.example", "b.example"]})),
    "a body with DELETE": (BLOCK, lambda api: api("DELETE", f"/{UNKNOWN}", json={})),
    "a body with GET": (BLOCK, lambda api: api("GET", json={})),
    "DELETE without an id": (BLOCK, lambda api: api("DELETE")),
    "an invalid id": (BLOCK, lambda api: api("GET", "/evil.example")),
    "an unknown list": ("block_domains", lambda api: api("GET")),
    "verification of an entry": (BLOCK, lambda api: api("GET", f"/{UNKNOWN}/verification")),
}


@pytest.mark.parametrize("name", VIOLATIONS)
def test_violation_is_recorded_and_refused(sim: Simulator, lists: Lists, name: str) -> None:
    resource, send = VIOLATIONS[name]
    answer = send(lists(resource))
    assert 400 <= answer.status_code < 500
    assert [bool(each["message"]) for each in sim.violations] == [True]
    assert not any(sim.entries(resource) for resource in ENTRIES)


def test_refuse_writes_makes_every_write_a_violation(sim: Simulator, lists: Lists) -> None:
    entry = sim.add_entry(BLOCK)
    sim.configure(refuse_writes=True)
    api = lists(BLOCK)
    writes = [
        api("PATCH", f"/{entry['id']}", json={"comments": "x"}),
        api("POST", json=ENTRIES[BLOCK]),
        api("DELETE", f"/{entry['id']}"),
        api.batch(),
        api("PUT", f"/{entry['id']}", json=ENTRIES[BLOCK]),
    ]
    assert [answer.status_code for answer in writes] == [403] * 5
    assert len(sim.violations) == 5
    assert api.rows() == [entry] == sim.entries(BLOCK)


# List, changed fields of a POST, pointer of the refusal.
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    (ALLOW, {"pattern_type": "UNKNOWN"}, "/pattern_type"),
    (BLOCK, {"pattern_type": "UNKNOWN"}, "/pattern_type"),
    (BLOCK, {"pattern": "evil.example", "pattern_type": "EMAIL"}, "/pattern"),
    (BLOCK, {"pattern": "a b@evil.example", "pattern_type": "EMAIL"}, "/pattern"),
    (BLOCK, {"pattern": "a@b@evil.example", "pattern_type": "EMAIL"}, "/pattern"),
    (BLOCK, {"pattern": "@evil.example"}, "/pattern"),
    (BLOCK, {"pattern": "*.evil.example"}, "/pattern"),
    (BLOCK, {"pattern": " evil.example"}, "/pattern"),
    *((BLOCK, {"pattern": text, "pattern_type": "IP"}, "/pattern") for text in ("evil.example", "192.0.2.1/24", "192.0.2.0/33", "2001:db8::1/32")),
    *(
        (BLOCK, {"pattern": text, "pattern_type": "IP"}, "/pattern")
        for text in (
            *("10.1.2.3", "172.16.0.0/12", "192.168.1.0/24", "127.0.0.1", "169.254.1.1", "0.0.0.0", "0.0.0.0/0", "255.255.255.255"),
            *("fd00::1", "::1", "fe80::1", "::", "::ffff:10.0.0.1", "::ffff:192.0.2.1"),
        )
    ),
    (TRUSTED, {"pattern": "a@young.example"}, "/pattern"),
    (PEOPLE, {"email": "ada"}, "/email"),
    (RESTRICTIONS, {"domain": "*.bank.example"}, "/domain"),
    (RESTRICTIONS, {"exclude": ["fax.bank.example", "*.bank.example"]}, "/exclude/1"),
]


@pytest.mark.parametrize(("resource", "fields", "where"), REFUSED)
def test_invalid_value_is_refused_with_its_pointer(sim: Simulator, lists: Lists, resource: str, fields: dict[str, Any], where: str) -> None:
    answer = lists(resource)("POST", json={**ENTRIES[resource], **fields})
    assert (answer.status_code, pointer(answer)) == (400, where)
    entry = sim.add_entry(resource, **ENTRIES[resource])
    answer = lists(resource)("PATCH", f"/{entry['id']}", json=fields)
    assert (answer.status_code, pointer(answer)) == (400, where)
    assert sim.entries(resource) == [entry]
    assert sim.violations == []


@pytest.mark.parametrize(
    ("resource", "fields"),
    [
        *((BLOCK, {"pattern": text, "pattern_type": "IP"}) for text in ("192.0.2.7", "198.51.100.0/24", "2001:db8::/32", "2606:4700:4700::1111")),
        (BLOCK, {"pattern": "user@evil.example", "pattern_type": "EMAIL"}),
        (BLOCK, {"pattern": "Bücher.example"}),
        (BLOCK, {"pattern": "com"}),
        (BLOCK, {"pattern": ".*@evil(", "pattern_type": "EMAIL", "is_regex": True}),
        (PEOPLE, {"email": ".*", "is_email_regex": True}),
        (CONTENT, {"pattern": "(((", "targets": ["BODY", "SUBJECT"]}),
        (URLS, {"pattern": "[", "comments": ""}),
    ],
)
def test_valid_value_is_stored_as_sent(sim: Simulator, lists: Lists, resource: str, fields: dict[str, Any]) -> None:
    assert lists(resource)("POST", json={**ENTRIES[resource], **fields}).status_code == 201
    assert fields.items() <= sim.entries(resource)[0].items()


@pytest.mark.parametrize(
    ("stored", "fields"),
    [
        ({"pattern": "evil.example"}, {"pattern_type": "EMAIL"}),
        ({"pattern": "192.0.2.7"}, {"pattern_type": "DOMAIN", "comments": "x"}),
        ({"pattern": ".*@evil(", "is_regex": True}, {"is_regex": False}),
    ],
)
def test_type_that_does_not_fit_the_stored_pattern_is_refused(sim: Simulator, lists: Lists, stored: dict[str, Any], fields: dict[str, Any]) -> None:
    entry = sim.add_entry(BLOCK, **stored)
    answer = lists(BLOCK)("PATCH", f"/{entry['id']}", json=fields)
    assert (answer.status_code, pointer(answer)) == (400, "/pattern")
    assert sim.entries(BLOCK) == [entry]


def test_entry_of_an_unknown_type_can_be_changed_otherwise(sim: Simulator, lists: Lists) -> None:
    entry = sim.add_entry(BLOCK, pattern="whatever it is", pattern_type="UNKNOWN")
    assert lists(BLOCK)("PATCH", f"/{entry['id']}", json={"comments": "old"}).json()["result"]["pattern_type"] == "UNKNOWN"
    assert lists(BLOCK)("PATCH", f"/{entry['id']}", json={"pattern_type": "DOMAIN"}).status_code == 400


@pytest.fixture
def policies(sim: Simulator) -> None:
    sim.add_entry(ALLOW, pattern="b.example", is_trusted_sender=True, verify_sender=False, comments="Contract 7")
    sim.add_entry(ALLOW, pattern="A.example", is_acceptable_sender=True)
    sim.add_entry(ALLOW, pattern="192.0.2.0/24", is_acceptable_sender=None)
    sim.add_entry(ALLOW, pattern="boss@c.example", is_exempt_recipient=True)


@pytest.mark.usefixtures("policies")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["b.example", "A.example", "192.0.2.0/24", "boss@c.example"]),
        ({"pattern": "b.example"}, ["b.example"]),
        ({"pattern": "B.example"}, []),
        ({"pattern": "example"}, []),
        ({"pattern_type": "IP"}, ["192.0.2.0/24"]),
        ({"pattern_type": "EMAIL"}, ["boss@c.example"]),
        ({"is_trusted_sender": "true"}, ["b.example"]),
        ({"verify_sender": "false"}, ["b.example"]),
        ({"is_acceptable_sender": "false"}, ["b.example", "192.0.2.0/24", "boss@c.example"]),
        ({"search": "a.EX"}, ["A.example"]),
        ({"search": "contract"}, ["b.example"]),
        ({"order": "pattern"}, ["192.0.2.0/24", "A.example", "b.example", "boss@c.example"]),
        ({"order": "created_at", "direction": "desc", "per_page": 3}, ["boss@c.example", "192.0.2.0/24", "A.example"]),
        ({"per_page": 3, "page": 2}, ["boss@c.example"]),
        ({"pattern": "b.example", "is_trusted_sender": "false"}, []),
    ],
)
def test_filters_and_order_select_the_rows(sim: Simulator, lists: Lists, query: dict[str, Any], expected: list[str]) -> None:
    assert shown_keys(lists(ALLOW), **query) == expected
    assert sim.violations == []


def test_each_list_has_its_filters(sim: Simulator, lists: Lists) -> None:
    sim.add_entry(PEOPLE, name="Grace", email="z@example.com")
    sim.add_entry(PEOPLE, name="Ada", email="y@example.com", provenance="SNOOPY-OFFICE_365", directory_id=7)
    sim.add_entry(CONTENT, name="One", enabled=False)
    sim.add_entry(CONTENT, name="Two")
    sim.add_entry(TRUSTED, pattern="young.example", is_recent=True)
    sim.add_entry(TRUSTED, pattern="exarnple.example", is_similarity=True)
    assert [shown_keys(lists(PEOPLE), **query) for query in ({"provenance": "SNOOPY-OFFICE_365"}, {"order": "name"}, {"search": "grace"})] == [
        ["y@example.com"],
        ["y@example.com", "z@example.com"],
        ["z@example.com"],
    ]
    assert [shown_keys(lists(CONTENT), **query) for query in ({"enabled": "false"}, {"name": "Two"}, {"name": "two"})] == [["One"], ["Two"], []]
    assert [shown_keys(lists(TRUSTED), **query) for query in ({"is_recent": "true"}, {"is_similarity": "true"})] == [["young.example"], ["exarnple.example"]]


BAD_SECOND = [blocked("one.example"), blocked("two example"), blocked("three.example")]


@pytest.mark.parametrize("form", ["all", "one"])
@pytest.mark.parametrize(
    ("mode", "status", "stored"),
    [
        ("atomic", 400, []),
        ("partial", 400, ["one.example"]),
        ("skip", 200, ["one.example", "three.example"]),
        (404, 404, []),
        (405, 405, []),
    ],
)
def test_batch_with_a_refused_item_follows_the_setting(sim: Simulator, lists: Lists, mode: Any, status: int, stored: list[str], form: str) -> None:
    sim.configure(list_batch=mode if form == "all" else {BLOCK: mode})
    answer = lists(BLOCK).batch(posts=BAD_SECOND)
    assert answer.status_code == status
    assert keys(sim, BLOCK) == stored
    if status == 400:
        assert pointer(answer) == "/posts/1/pattern"
    elif status == 200:
        assert [row["pattern"] for row in answer.json()["result"]["posts"]] == stored
    else:
        assert pointer(answer) is None
    assert lists(TRUSTED).batch(posts=[ENTRIES[TRUSTED]]).status_code == (status if form == "all" and status > 400 else 200)
    assert lists("domains").batch().status_code == 200
    assert sim.violations == []


def test_atomic_batch_undoes_a_key(sim: Simulator, lists: Lists) -> None:
    sim.configure(list_duplicates="refused")
    api = lists(BLOCK)
    assert api.batch(posts=[blocked("a.example"), blocked("b b")]).status_code == 400
    assert api("POST", json=blocked("a.example")).status_code == 201
    entry = sim.entry(BLOCK, "a.example")
    assert api.batch(deletes=[{"id": entry["id"]}], posts=[blocked("b b")]).status_code == 400
    assert api("POST", json=blocked("a.example")).status_code == 409


def test_batch_names_an_item_that_is_gone(sim: Simulator, lists: Lists) -> None:
    entry = sim.add_entry(BLOCK)
    answer = lists(BLOCK).batch(deletes=[{"id": entry["id"]}, {"id": UNKNOWN}], posts=[ENTRIES[BLOCK]])
    assert (answer.status_code, answer.json()["errors"][0]["code"], pointer(answer)) == (404, 1404, "/deletes/1")
    assert sim.entries(BLOCK) == [entry]


@pytest.mark.parametrize("resource", ENTRIES)
@pytest.mark.parametrize(("mode", "status", "count"), [("stored", 201, 2), ("refused", 409, 1), ("merged", 201, 1)])
def test_duplicate_follows_the_setting(sim: Simulator, lists: Lists, resource: str, mode: str, status: int, count: int) -> None:
    sim.configure(list_duplicates={resource: mode})
    entry = sim.add_entry(resource, **ENTRIES[resource])
    note = "notes" if resource == CONTENT else "comments"
    answer = lists(resource)("POST", json={**ENTRIES[resource], note: "again"})
    assert answer.status_code == status
    assert len(sim.entries(resource)) == count
    if mode == "refused":
        assert pointer(answer) == f"/{KEYS[resource]}"
    if mode == "merged":
        assert (answer.json()["result"]["id"], answer.json()["result"][note]) == (entry["id"], "again")


def test_duplicate_is_of_the_same_kind(sim: Simulator, lists: Lists) -> None:
    sim.configure(list_duplicates="refused")
    api, people = lists(BLOCK), lists(PEOPLE)
    bodies = [blocked("evil.example"), blocked("EVIL.example"), blocked("evil.example", is_regex=True), blocked("EVIL.example", is_regex=True)]
    assert [api("POST", json=body).status_code for body in bodies] == [201, 409, 201, 201]
    persons = [ENTRIES[PEOPLE], {**ENTRIES[PEOPLE], "name": "Countess Lovelace"}, {**ENTRIES[PEOPLE], "email": "ADA@example.com"}]
    assert [people("POST", json=body).status_code for body in persons] == [201, 201, 409]
    second = sim.add_entry(BLOCK, pattern="second.example")
    assert api("PATCH", f"/{second['id']}", json={"pattern": "evil.example"}).status_code == 409
    assert api("PATCH", f"/{second['id']}", json={"pattern": "SECOND.example"}).status_code == 200
    assert api.batch(posts=[blocked("x.example"), blocked("X.example")]).status_code == 409
    duplicate = sim.add_entry(BLOCK, pattern="evil.example")
    assert api("PATCH", f"/{duplicate['id']}", json={"pattern": "evil.example", "comments": "x"}).status_code == 200, "it was there before"
    assert api.batch(deletes=[{"id": second["id"]}], posts=[blocked("second.example")]).status_code == 200


@pytest.mark.parametrize("limit", [2, {BLOCK: 2}])
def test_list_limit_refuses_more_entries(sim: Simulator, lists: Lists, limit: Any) -> None:
    sim.configure(list_limit=limit)
    sim.add_entry(BLOCK)
    api = lists(BLOCK)
    answer = api.batch(posts=[blocked("a.example"), blocked("b.example")])
    assert (answer.status_code, answer.json()["errors"][0]["code"], pointer(answer)) == (400, 1424, "/posts/1")
    assert [api("POST", json=blocked(f"{name}.example")).status_code for name in "ab"] == [201, 400]
    assert api.batch(deletes=[{"id": sim.entries(BLOCK)[0]["id"]}], posts=[blocked("b.example")]).status_code == 200


def test_resource_that_is_not_in_the_plan_is_refused(sim: Simulator, lists: Lists) -> None:
    sim.configure(not_entitled=[CONTENT])
    answer = lists(CONTENT)("GET")
    assert (answer.status_code, answer.json()["errors"][0]["message"]) == (403, "content_policies is not available in the current subscription")
    assert lists(CONTENT)("POST", json=ENTRIES[CONTENT]).status_code == 403
    assert lists(BLOCK).rows() == []
    sim.habit(not_entitled_10010=True)
    error = lists(CONTENT)("GET").json()["errors"][0]
    assert error["code"] == 10010
    assert "not_entitled" in error["message"]


def test_resource_without_permission_is_refused(sim: Simulator, lists: Lists) -> None:
    sim.configure(no_permission=[ALLOW], no_write_permission=[BLOCK])
    answers = [lists(ALLOW)("GET"), lists(ALLOW)("POST", json=ENTRIES[ALLOW]), lists(BLOCK)("POST", json=ENTRIES[BLOCK])]
    assert [(answer.status_code, answer.json()["errors"][0]["code"]) for answer in answers] == [(403, 9109)] * 3
    assert lists(BLOCK).rows() == []
    assert lists("domains")("GET").status_code == 200


@pytest.mark.parametrize("fields", [{"provenance": "SNOOPY-OFFICE_365"}, {"provenance": "SNOOPY-OKTA"}, {"directory_id": 7}])
def test_person_of_a_directory_is_read_only(sim: Simulator, lists: Lists, fields: dict[str, Any]) -> None:
    api = lists(PEOPLE)
    synced = sim.add_entry(PEOPLE, **fields)
    sim.configure(list_duplicates="merged")
    same = {name: synced[name] for name in ENTRIES[PEOPLE]}
    assert api("POST", json=same).status_code == 400
    calls = [lambda: api("PATCH", f"/{synced['id']}", json={"name": "Ada"}), lambda: api("DELETE", f"/{synced['id']}")]
    assert [call().status_code for call in calls] == [400, 400]
    sim.configure(synced_status=403)
    assert [call().status_code for call in calls] == [403, 403]
    assert sim.entries(PEOPLE) == [synced]
    sim.habit(synced_deletable=True)
    assert [call().status_code for call in calls] == [403, 200]
    assert sim.entries(PEOPLE) == []


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"list_batch": "atomically"}, "list_batch is one of"),
        ({"list_batch": {"lists": 404}}, "no such resource: lists"),
        ({"list_duplicates": {BLOCK: "kept"}}, "list_duplicates is one of"),
        ({"not_entitled": ["content"]}, "no such resource: content"),
        ({"list_limit": {"content": 1}}, "no such resource: content"),
        ({"no_permission": "allow_policies"}, "is a list"),
    ],
)
def test_setting_with_a_mistake_is_refused(sim: Simulator, settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        sim.configure(**settings)


def test_lists_of_20000_are_served_quickly(sim: Simulator, lists: Lists) -> None:
    """A slow server would hide how fast a client is."""
    for number in range(20_000):
        sim.add_entry(BLOCK, pattern=f"sender-{number:05}.example")
    api = lists(BLOCK)
    api("GET", params={"per_page": 1000, "page": 1, "order": "created_at"})
    started = time.process_time()
    names = [name for page in range(1, 21) for name in shown_keys(api, per_page=1000, page=page, order="created_at")]
    seconds = time.process_time() - started
    assert names == keys(sim, BLOCK)
    assert seconds < 3
    started = time.process_time()
    assert api.batch(posts=[blocked(f"new-{number}.example") for number in range(1000)]).status_code == 200
    assert time.process_time() - started < 1
    assert len(sim.entries(BLOCK)) == 21_000


def test_accounts_have_their_own_lists(sim: Simulator, lists: Lists) -> None:
    other = "b1" * 16
    sim.add_entry(BLOCK, pattern="elsewhere.example", account_id=other)
    answer = lists(BLOCK)("GET", account_id=other, auth_headers={"Authorization": f"Bearer {sim.read_token}"})
    assert [row["pattern"] for row in answer.json()["result"]] == ["elsewhere.example"]
    assert (sim.entries(BLOCK), len(sim.entries(BLOCK, account_id=other))) == ([], 1)


def test_read_only_token_cannot_write(sim: Simulator, lists: Lists) -> None:
    reader = {"Authorization": f"Bearer {sim.read_token}"}
    assert lists(BLOCK)("GET", auth_headers=reader).status_code == 200
    assert lists(BLOCK)("POST", json=ENTRIES[BLOCK], auth_headers=reader).status_code == 403


def test_half_of_a_surrogate_pair_is_escaped(sim: Simulator, lists: Lists) -> None:
    sim.add_entry(BLOCK, pattern="evil.example", comments="a\udfffb")
    assert [row["comments"] for row in lists(BLOCK).rows()] == ["a\udfffb"]
