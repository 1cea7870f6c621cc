"""Each habit does what it says, changes what is shown and not what is stored, and can be switched off again."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import Any

import pytest
from conftest import EXAMPLE, NEW, Api
from simulator import Simulator
from simulator.habits import OTHERS, SHOWN, SHOWN_OF_ENTRIES

GATEWAY = "gateway.example"


def shown(sim: Simulator, api: Api, name: str, **stored: Any) -> dict[str, Any]:
    """A domain as LIST and GET show it. They must agree."""
    record = sim.add_domain(domain=name, **stored)
    listed = api.rows(search=name)[0]
    got = api.one(str(listed["id"]))
    assert got == listed
    assert sim.domain(record["id"]) == record
    return got


# Habit, its value, stored fields, and how they are shown.
ROWS: list[tuple[str, Any, dict[str, Any], dict[str, Any]]] = [
    ("null_booleans", True, {"require_tls_inbound": True}, {"require_tls_inbound": True, "require_tls_outbound": None}),
    ("lower_case_status", True, {"status": "FAILED"}, {"status": "failed"}),
    ("lower_case_status", True, {"status": None}, {"status": None}),
    ("unknown_fields", True, {}, {"x_future_flag": True}),
    ("unknown_values", "read_only", {}, {"status": "QUARANTINED_BY_POLICY", "regions": ["GLOBAL"]}),
    ("unknown_values", "lists", {}, {"status": "ACTIVE", "regions": ["GLOBAL", "MARS"]}),
    ("unknown_values", True, {}, {"dmarc_status": "strict", "drop_dispositions": ["DEEPFAKE"]}),
    (
        "networks_rewritten",
        True,
        {"ip_restrictions": ["192.0.2.10", "2001:DB8::/32", "odd"]},
        {"ip_restrictions": ["192.0.2.10/32", "2001:db8::/32", "odd"]},
    ),
    ("networks_rewritten", "upper", {"ip_restrictions": ["2001:db8::1"]}, {"ip_restrictions": ["2001:DB8::1/128"]}),
    (
        "networks_bare",
        True,
        {"ip_restrictions": ["192.0.2.10/32", "2001:db8::1/128", "192.0.2.0/24", "2001:db8::/32"]},
        {"ip_restrictions": ["192.0.2.10", "2001:db8::1", "192.0.2.0/24", "2001:db8::/32"]},
    ),
    (
        "networks_joined",
        True,
        {"ip_restrictions": ["192.0.2.0/25", "192.0.2.128/25", "198.51.100.7", "198.51.100.0/24", "2001:db8::/33", "2001:db8:8000::/33", "odd"]},
        {"ip_restrictions": ["192.0.2.0/24", "198.51.100.0/24", "2001:db8::/32", "odd"]},
    ),
    (
        "networks_split",
        True,
        {"ip_restrictions": ["192.0.2.0/24", "198.51.100.7", "odd"]},
        {"ip_restrictions": ["192.0.2.0/25", "192.0.2.128/25", "198.51.100.7", "odd"]},
    ),
    (
        "other_types",
        True,
        {"lookback_hops": 2, "require_tls_inbound": True, "drop_dispositions": ["MALICIOUS-BEC"], "regions": ["DE"]},
        {
            "lookback_hops": 2.0,
            "require_tls_inbound": 1,
            "require_tls_outbound": 0,
            "drop_dispositions": ["malicious-bec"],
            "regions": ["de"],
            "allowed_delivery_modes": ["direct"],
        },
    ),
    ("other_types", True, {"lookback_hops": None, "require_tls_inbound": None}, {"lookback_hops": None, "require_tls_inbound": None}),
    ("upper_case_names", True, {}, {"domain": "HABIT.EXAMPLE"}),
    ("trailing_dot_names", True, {}, {"domain": "habit.example."}),
]


@pytest.mark.parametrize(("habit", "value", "stored", "expected"), ROWS)
def test_habit_changes_the_shown_fields(sim: Simulator, api: Api, habit: str, value: Any, stored: dict[str, Any], expected: dict[str, Any]) -> None:
    sim.habit(**{habit: value})
    row = shown(sim, api, "habit.example", **stored)
    assert {name: row[name] for name in expected} == expected
    sim.habit(**{habit: False})
    assert api.one(row["id"]) == sim.domain(row["id"])


def test_unicode_names_shows_u_labels(sim: Simulator, api: Api) -> None:
    sim.habit(unicode_names=True)
    assert api.names(domain="xn--bcher-kva.example") == api.names(domain="bücher.example") == ["bücher.example"]


def test_absent_nulls_leaves_out_nulls(sim: Simulator, api: Api) -> None:
    sim.habit(absent_nulls=True, null_booleans=True)
    row = shown(sim, api, "habit.example")
    assert None not in row.values()
    assert not {"folder", "integration_id", "require_tls_inbound", "authorization"} & set(row)


def test_integer_ids_shows_integers_everywhere(sim: Simulator, api: Api) -> None:
    sim.habit(integer_ids=True)
    id_ = api("POST", json=NEW).json()["result"]["id"]
    assert isinstance(id_, int)
    assert api.one(str(id_))["domain"] == "new.example"
    assert api("GET", f"/{id_}/verification").status_code == 200


def test_shuffle_lists_changes_the_order_within_lists(sim: Simulator, api: Api) -> None:
    sim.habit(shuffle_lists=True)
    record = sim.add_domain(drop_dispositions=["SPAM", "BULK", "SPOOF"], ip_restrictions=["192.0.2.1", "192.0.2.2"])
    calls = [api.one(record["id"]) if turn % 2 else api.rows(domain=record["domain"])[0] for turn in range(6)]
    for name in ("drop_dispositions", "ip_restrictions"):
        seen = [row[name] for row in calls]
        assert all(before != after for before, after in pairwise(seen))
        assert all(sorted(each) == sorted(record[name]) for each in seen)


def test_shuffle_pages_changes_the_order_of_rows(sim: Simulator, api: Api) -> None:
    for number in range(40):
        sim.add_domain(domain=f"d{number:02}.example")
    sim.habit(shuffle_pages=True)
    assert api.names(per_page=44) != api.names(per_page=44)
    assert sorted(api.names(per_page=44)) == api.names(per_page=44, order="domain")
    sim.habit(shuffle_pages="always")
    assert api.names(per_page=44, order="domain") != api.names(per_page=44, order="domain")


@pytest.mark.parametrize(("habit", "names"), [("fuzzy_name_filter", 4), ("ignored_name_filter", 4)])
def test_fuzzy_or_ignored_name_filter_finds_more(sim: Simulator, api: Api, habit: str, names: int) -> None:
    sim.habit(**{habit: True})
    assert len(api.names(domain="example")) == names
    sim.habit(**{habit: False})
    assert api.names(domain="example") == []


def test_fuzzy_name_filter_still_filters(sim: Simulator, api: Api) -> None:
    sim.habit(fuzzy_name_filter=True)
    assert api.names(domain="way.ex") == [GATEWAY]


@pytest.mark.parametrize(
    ("habit", "expected"),
    [
        ("no_result_info", None),
        ("no_total", {"count": 2, "page": 2, "per_page": 2}),
        ("page_ignored", {"count": 2, "page": 1, "per_page": 2, "total_count": 4}),
        ("total_pages", {"count": 2, "page": 2, "per_page": 2, "total_count": 4, "total_pages": 2}),
        ("total_too_high", {"count": 2, "page": 2, "per_page": 2, "total_count": 5}),
        ("total_of_page", {"count": 2, "page": 2, "per_page": 2, "total_count": 2}),
        ("total_unfiltered", {"count": 2, "page": 2, "per_page": 2, "total_count": 4}),
    ],
)
def test_paging_habit_changes_result_info(sim: Simulator, api: Api, habit: str, expected: Any) -> None:
    sim.habit(**{habit: True})
    answer = api("GET", params={"page": 2, "per_page": 2}).json()
    assert answer.get("result_info") == expected
    first = answer["result"][0]["domain"]
    assert first == ("example.com" if habit == "page_ignored" else "mailbox.example")


@pytest.mark.parametrize("value", [2, {"reads": 2}])
def test_stale_reads_number_shows_the_old_state_that_often(sim: Simulator, api: Api, value: Any) -> None:
    sim.habit(stale_reads=value)
    answer = api("PATCH", f"/{EXAMPLE}", json={"lookback_hops": 9})
    assert answer.json()["result"]["lookback_hops"] == 9
    assert sim.domain(EXAMPLE)["lookback_hops"] == 9
    assert [api.one()["lookback_hops"], api.rows(domain="example.com")[0]["lookback_hops"]] == [1, 1]
    assert [api.one()["lookback_hops"], api.one()["lookback_hops"]] == [9, 9]


def test_stale_reads_seconds_shows_the_old_state_that_long(sim: Simulator, api: Api) -> None:
    sim.habit(stale_reads={"seconds": 0.3})
    api("PATCH", f"/{EXAMPLE}", json={"lookback_hops": 9})
    assert [api.one()["lookback_hops"] for _read in range(3)] == [1, 1, 1]
    time.sleep(0.35)
    assert api.one()["lookback_hops"] == 9


@pytest.mark.parametrize("integers", [False, True])
def test_stale_reads_hides_creations_and_shows_deletions(sim: Simulator, api: Api, integers: bool) -> None:
    sim.habit(stale_reads=2, integer_ids=integers)
    id_ = api("POST", json=NEW).json()["result"]["id"]
    assert api("GET", f"/{id_}").status_code == 404
    assert api.names(domain="new.example") == []
    assert api.names(domain="new.example") == ["new.example"]
    assert api("DELETE", f"/{id_}").status_code == 200
    assert api.names(domain="new.example") == ["new.example"]
    assert api("GET", f"/{id_}").status_code == 200
    assert api("GET", f"/{id_}").status_code == 404


def test_not_applied_acknowledges_and_does_not_store(sim: Simulator, api: Api) -> None:
    sim.habit(not_applied=["transport"])
    row = api("PATCH", f"/{EXAMPLE}", json={"transport": "mx2.example.com", "lookback_hops": 9}).json()["result"]
    assert (row["transport"], row["lookback_hops"]) == ("mx.example.com", 9)
    assert sim.domain(EXAMPLE)["transport"] == "mx.example.com"
    created = api("POST", json={**NEW, "transport": "mx.new.example"}).json()["result"]
    assert created["transport"] == ""


def test_refused_fields_refuses_the_write(sim: Simulator, api: Api) -> None:
    sim.habit(refused_fields={"Example.com": ["transport"]})
    answer = api("PATCH", f"/{EXAMPLE}", json={"transport": "mx2.example.com", "lookback_hops": 9})
    assert (answer.status_code, answer.json()["errors"][0]["source"]) == (400, {"pointer": "/transport"})
    assert sim.domain(EXAMPLE)["lookback_hops"] == 1
    assert api("PATCH", f"/{EXAMPLE}", json={"lookback_hops": 9}).status_code == 200
    assert api("PATCH", f"/{sim.domain(GATEWAY)['id']}", json={"transport": "mx2.example.com"}).status_code == 200


def test_partial_answer_has_only_the_sent_fields(sim: Simulator, api: Api) -> None:
    sim.habit(partial_answer=True)
    answer = api("PATCH", f"/{EXAMPLE}", json={"lookback_hops": 9})
    assert answer.json()["result"] == {"id": EXAMPLE, "lookback_hops": 9}


def test_other_types_shows_other_json_types(sim: Simulator, api: Api) -> None:
    sim.habit(other_types=True)
    answer = api("GET", f"/{EXAMPLE}").text
    assert '"lookback_hops":1.0' in answer
    assert '"require_tls_inbound":1,' in answer


@pytest.mark.parametrize(
    ("habits", "query", "total"),
    [
        ({}, {"domain": "example.com"}, 1),
        ({"total_unfiltered": True}, {"domain": "example.com"}, 4),
        ({"total_unfiltered": True}, {"status": "PENDING"}, 4),
        ({"total_unfiltered": True, "total_too_high": True}, {"domain": "example.com"}, 5),
        ({"total_of_page": True}, {"per_page": 3}, 3),
        ({"total_of_page": True}, {"per_page": 3, "page": 2}, 1),
        ({"total_too_high": 3}, {}, 7),
    ],
)
def test_total_habit_changes_the_total(sim: Simulator, api: Api, habits: dict[str, Any], query: dict[str, Any], total: int) -> None:
    sim.habit(**habits)
    assert api("GET", params=query).json()["result_info"]["total_count"] == total


def test_total_too_high_is_constant(sim: Simulator, api: Api) -> None:
    sim.habit(total_too_high=True)
    assert [api("GET", params={"per_page": 3, "page": page}).json()["result_info"]["total_count"] for page in (1, 2, 1)] == [5, 5, 5]


def test_exact_stored_filter_compares_letter_by_letter(sim: Simulator, api: Api) -> None:
    sim.add_domain(domain="A.Example")
    assert api.names(domain="a.example") == ["A.Example"]
    sim.habit(exact_stored_filter=True)
    assert api.names(domain="a.example") == []
    assert api.names(domain="A.Example.") == []
    assert api.names(domain=["A.Example", "example.com"]) == ["example.com", "A.Example"]
    assert "A.Example" in api.names()


def test_shifting_pages_omit_a_row(sim: Simulator, api: Api) -> None:
    """The row at the boundary is on neither page, no row is on two, and the total is the same."""
    sim.habit(shifting_pages=True)
    before = sim.domains
    answers = [api("GET", params={"per_page": 2, "page": page, "order": "domain"}).json() for page in (1, 2, 3)]
    assert [[row["domain"] for row in each["result"]] for each in answers] == [["example.com", "gateway.example"], ["xn--bcher-kva.example"], []]
    assert {each["result_info"]["total_count"] for each in answers} == {3}
    assert len(api.names(per_page=1000)) == 4
    assert api.names(domain="mailbox.example", per_page=1) == ["mailbox.example"]
    assert sim.domains == before


def test_stale_lists_omits_a_new_domain(sim: Simulator, api: Api) -> None:
    sim.habit(stale_lists=2)
    id_ = api("POST", json=NEW).json()["result"]["id"]
    assert api.one(id_)["domain"] == "new.example"
    assert [api.names(domain="new.example"), api.names(), api.names(domain="new.example")] == [
        [],
        ["example.com", "gateway.example", "mailbox.example", "xn--bcher-kva.example"],
        ["new.example"],
    ]
    assert api.batch(posts=[{**NEW, "domain": "two.example"}]).status_code == 200
    assert "two.example" not in api.names()


def test_takes_duplicates_accepts_a_duplicate_name(sim: Simulator, api: Api) -> None:
    assert api("POST", json={**NEW, "domain": "example.com"}).status_code == 409
    sim.habit(takes_duplicates=True)
    assert api("POST", json={**NEW, "domain": "example.com"}).status_code == 201
    assert api.names(domain="example.com") == ["example.com", "example.com"]


def test_echo_only_answers_without_storing(sim: Simulator, api: Api) -> None:
    sim.habit(echo_only=True)
    before = sim.domains
    row = api("PATCH", f"/{EXAMPLE}", json={"transport": "mx2.example.com", "lookback_hops": 9}).json()["result"]
    assert (row["id"], row["transport"], row["lookback_hops"], row["regions"]) == (EXAMPLE, "mx2.example.com", 9, ["GLOBAL"])
    rows = api.batch(patches=[{"id": EXAMPLE, "lookback_hops": 8}]).json()["result"]["patches"]
    assert rows[0]["lookback_hops"] == 8
    assert api("PATCH", f"/{EXAMPLE}", json={"regions": []}).status_code == 400
    assert sim.domains == before
    assert api.one()["transport"] == "mx.example.com"


def test_delete_ignored_acknowledges_without_removing(sim: Simulator, api: Api) -> None:
    sim.habit(delete_ignored=True)
    before = sim.domains
    assert api("DELETE", f"/{EXAMPLE}").json()["result"] == {"id": EXAMPLE}
    assert api.batch(deletes=[{"id": EXAMPLE}]).json()["result"]["deletes"] == [{"id": EXAMPLE}]
    assert api("DELETE", "/99999999-9999-4999-8999-999999999999").status_code == 404
    assert sim.domains == before


def test_delete_bare_404_has_no_error(sim: Simulator, api: Api) -> None:
    sim.habit(delete_bare_404=True)
    before = sim.domains
    for answer in (api("DELETE", f"/{EXAMPLE}"), api.batch(deletes=[{"id": EXAMPLE}], posts=[NEW])):
        assert (answer.status_code, answer.json()) == (404, {"success": False, "errors": [], "messages": [], "result": None})
    assert sim.domains == before


def test_get_404_auth_answers_with_an_authentication_error(sim: Simulator, api: Api) -> None:
    sim.habit(get_404_auth=True)
    answer = api("GET", f"/{EXAMPLE}")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, 10000)
    assert "example.com" in api.names()
    assert api("PATCH", f"/{EXAMPLE}", json={"lookback_hops": 9}).status_code == 200


def test_verification_habit_changes_the_proof(sim: Simulator, api: Api) -> None:
    pending = "44444444-4444-4444-8444-444444444444"
    sim.habit(verification_status_only=True)
    assert [api("GET", f"/{id_}/verification").json()["result"] for id_ in (EXAMPLE, pending)] == [{"status": "ACTIVE"}, {"status": "PENDING"}]
    sim.habit(verification_refused=True)
    assert api("GET", f"/{pending}/verification").status_code == 404
    sim.habit(verification_refused=400)
    assert api("GET", f"/{EXAMPLE}/verification").status_code == 400
    assert api("GET", "/99999999-9999-4999-8999-999999999999/verification").status_code == 404


def test_long_lists_accepts_lists_of_any_length(sim: Simulator, api: Api) -> None:
    networks = [f"192.0.2.{number}" for number in range(101)]
    assert api("PATCH", f"/{EXAMPLE}", json={"ip_restrictions": networks}).status_code == 400
    sim.habit(long_lists=True)
    assert api("PATCH", f"/{EXAMPLE}", json={"ip_restrictions": networks}).status_code == 200
    assert api("PATCH", f"/{EXAMPLE}", json={"regions": []}).status_code == 400
    assert len(sim.domain(EXAMPLE)["ip_restrictions"]) == 101
    assert sim.violations == []


def test_pointers_and_the_status_of_post_follow_the_habit(sim: Simulator, api: Api) -> None:
    bad = {"patches": [{"id": EXAMPLE, "regions": []}]}
    sim.habit(item_pointer=True, post_status_200=True)
    assert api.batch(**bad).json()["errors"][0]["source"] == {"pointer": "/patches/0"}
    assert api("PATCH", f"/{EXAMPLE}", json={"ip_restrictions": ["x"]}).json()["errors"][0]["source"] == {"pointer": "/ip_restrictions/0"}
    sim.habit(no_pointer=True)
    assert "source" not in api.batch(**bad).json()["errors"][0]
    assert api("POST", json=NEW).status_code == 200


def test_habits_can_be_combined(sim: Simulator, api: Api) -> None:
    switches = dict.fromkeys(SHOWN, True)
    sim.habit(**switches)
    row = shown_name = api.rows(domain="bücher.example")[0]
    assert isinstance(row["id"], int)
    assert shown_name["domain"] == "BÜCHER.EXAMPLE."
    assert row["status"] == "quarantined_by_policy"
    sim.clear_habits()
    assert api.rows()[3] == sim.domain("xn--bcher-kva.example")


def test_no_habit_is_on_by_default(sim: Simulator, api: Api) -> None:
    assert api.rows() == sim.domains


def test_habit_with_a_mistake_is_refused_with_a_message(sim: Simulator) -> None:
    with pytest.raises(ValueError, match="no such habit: shuffel"):
        sim.habit(shuffel=True)


def test_readme_names_every_habit() -> None:
    from pathlib import Path

    import simulator

    readme = Path(str(simulator.__file__)).with_name("README.md").read_text(encoding="utf-8")
    for name in [*SHOWN, *SHOWN_OF_ENTRIES, *OTHERS]:
        assert f"`{name}`" in readme, name
