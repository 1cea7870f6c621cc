"""Each habit does what it says, changes what is shown and not what is stored, and is off again when switched off."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import Any

import pytest
from conftest import EXAMPLE, NEW, Api
from simulator import Simulator
from simulator.habits import OTHERS, SHOWN

GATEWAY = "gateway.example"


def shown(sim: Simulator, api: Api, name: str, **stored: Any) -> dict[str, Any]:
    """A stored domain as LIST and GET show it, which must agree."""
    record = sim.add_domain(domain=name, **stored)
    listed = api.rows(search=name)[0]
    got = api.one(str(listed["id"]))
    assert got == listed
    assert sim.domain(record["id"]) == record
    return got


# habit, its value, the stored fields, what is shown of them.
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
    ("upper_case_names", True, {}, {"domain": "HABIT.EXAMPLE"}),
    ("trailing_dot_names", True, {}, {"domain": "habit.example."}),
]


@pytest.mark.parametrize(("habit", "value", "stored", "expected"), ROWS)
def test_a_row_is_shown_otherwise(sim: Simulator, api: Api, habit: str, value: Any, stored: dict[str, Any], expected: dict[str, Any]) -> None:
    sim.habit(**{habit: value})
    row = shown(sim, api, "habit.example", **stored)
    assert {name: row[name] for name in expected} == expected
    sim.habit(**{habit: False})
    assert api.one(row["id"]) == sim.domain(row["id"])


def test_unicode_names(sim: Simulator, api: Api) -> None:
    sim.habit(unicode_names=True)
    assert api.names(domain="xn--bcher-kva.example") == api.names(domain="bücher.example") == ["bücher.example"]


def test_absent_nulls(sim: Simulator, api: Api) -> None:
    sim.habit(absent_nulls=True, null_booleans=True)
    row = shown(sim, api, "habit.example")
    assert None not in row.values()
    assert not {"folder", "integration_id", "require_tls_inbound", "authorization"} & set(row)


def test_integer_ids_are_integers_everywhere(sim: Simulator, api: Api) -> None:
    sim.habit(integer_ids=True)
    id_ = api("POST", json=NEW).json()["result"]["id"]
    assert isinstance(id_, int)
    assert api.one(str(id_))["domain"] == "new.example"
    assert api("GET", f"/{id_}/verification").status_code == 200


def test_shuffle_lists(sim: Simulator, api: Api) -> None:
    sim.habit(shuffle_lists=True)
    record = sim.add_domain(drop_dispositions=["SPAM", "BULK", "SPOOF"], ip_restrictions=["192.0.2.1", "192.0.2.2"])
    calls = [api.one(record["id"]) if turn % 2 else api.rows(domain=record["domain"])[0] for turn in range(6)]
    for name in ("drop_dispositions", "ip_restrictions"):
        seen = [row[name] for row in calls]
        assert all(before != after for before, after in pairwise(seen))
        assert all(sorted(each) == sorted(record[name]) for each in seen)


def test_shuffle_pages(sim: Simulator, api: Api) -> None:
    for number in range(40):
        sim.add_domain(domain=f"d{number:02}.example")
    sim.habit(shuffle_pages=True)
    assert api.names(per_page=44) != api.names(per_page=44)
    assert sorted(api.names(per_page=44)) == api.names(per_page=44, order="domain")
    sim.habit(shuffle_pages="always")
    assert api.names(per_page=44, order="domain") != api.names(per_page=44, order="domain")


@pytest.mark.parametrize(("habit", "names"), [("fuzzy_name_filter", 4), ("ignored_name_filter", 4)])
def test_name_filters_that_find_more(sim: Simulator, api: Api, habit: str, names: int) -> None:
    sim.habit(**{habit: True})
    assert len(api.names(domain="example")) == names
    sim.habit(**{habit: False})
    assert api.names(domain="example") == []


def test_a_fuzzy_filter_still_filters(sim: Simulator, api: Api) -> None:
    sim.habit(fuzzy_name_filter=True)
    assert api.names(domain="way.ex") == [GATEWAY]


@pytest.mark.parametrize(
    ("habit", "expected"),
    [
        ("no_result_info", None),
        ("no_total", {"count": 2, "page": 2, "per_page": 2}),
        ("page_ignored", {"count": 2, "page": 1, "per_page": 2, "total_count": 4, "total_pages": 2}),
    ],
)
def test_paging_habits(sim: Simulator, api: Api, habit: str, expected: Any) -> None:
    sim.habit(**{habit: True})
    answer = api("GET", params={"page": 2, "per_page": 2}).json()
    assert answer.get("result_info") == expected
    first = answer["result"][0]["domain"]
    assert first == ("example.com" if habit == "page_ignored" else "mailbox.example")


@pytest.mark.parametrize("value", [2, {"reads": 2}])
def test_stale_reads_by_count(sim: Simulator, api: Api, value: Any) -> None:
    sim.habit(stale_reads=value)
    answer = api("PATCH", f"/{EXAMPLE}", json={"lookback_hops": 9})
    assert answer.json()["result"]["lookback_hops"] == 9
    assert sim.domain(EXAMPLE)["lookback_hops"] == 9
    assert [api.one()["lookback_hops"], api.rows(domain="example.com")[0]["lookback_hops"]] == [1, 1]
    assert [api.one()["lookback_hops"], api.one()["lookback_hops"]] == [9, 9]


def test_stale_reads_by_time(sim: Simulator, api: Api) -> None:
    sim.habit(stale_reads={"seconds": 0.3})
    api("PATCH", f"/{EXAMPLE}", json={"lookback_hops": 9})
    assert [api.one()["lookback_hops"] for _read in range(3)] == [1, 1, 1]
    time.sleep(0.35)
    assert api.one()["lookback_hops"] == 9


@pytest.mark.parametrize("integers", [False, True])
def test_stale_reads_of_creation_and_deletion(sim: Simulator, api: Api, integers: bool) -> None:
    sim.habit(stale_reads=2, integer_ids=integers)
    id_ = api("POST", json=NEW).json()["result"]["id"]
    assert api("GET", f"/{id_}").status_code == 404
    assert api.names(domain="new.example") == []
    assert api.names(domain="new.example") == ["new.example"]
    assert api("DELETE", f"/{id_}").status_code == 200
    assert api.names(domain="new.example") == ["new.example"]
    assert api("GET", f"/{id_}").status_code == 200
    assert api("GET", f"/{id_}").status_code == 404


def test_not_applied(sim: Simulator, api: Api) -> None:
    sim.habit(not_applied=["transport"])
    row = api("PATCH", f"/{EXAMPLE}", json={"transport": "mx2.example.com", "lookback_hops": 9}).json()["result"]
    assert (row["transport"], row["lookback_hops"]) == ("mx.example.com", 9)
    assert sim.domain(EXAMPLE)["transport"] == "mx.example.com"
    created = api("POST", json={**NEW, "transport": "mx.new.example"}).json()["result"]
    assert created["transport"] == ""


def test_refused_fields(sim: Simulator, api: Api) -> None:
    sim.habit(refused_fields={"Example.com": ["transport"]})
    answer = api("PATCH", f"/{EXAMPLE}", json={"transport": "mx2.example.com", "lookback_hops": 9})
    assert (answer.status_code, answer.json()["errors"][0]["source"]) == (400, {"pointer": "/transport"})
    assert sim.domain(EXAMPLE)["lookback_hops"] == 1
    assert api("PATCH", f"/{EXAMPLE}", json={"lookback_hops": 9}).status_code == 200
    assert api("PATCH", f"/{sim.domain(GATEWAY)['id']}", json={"transport": "mx2.example.com"}).status_code == 200


def test_partial_answer(sim: Simulator, api: Api) -> None:
    sim.habit(partial_answer=True)
    answer = api("PATCH", f"/{EXAMPLE}", json={"lookback_hops": 9})
    assert answer.json()["result"] == {"id": EXAMPLE, "lookback_hops": 9}


def test_habits_go_together(sim: Simulator, api: Api) -> None:
    switches = dict.fromkeys(SHOWN, True)
    sim.habit(**switches)
    row = shown_name = api.rows(domain="bücher.example")[0]
    assert isinstance(row["id"], int)
    assert shown_name["domain"] == "BÜCHER.EXAMPLE."
    assert row["status"] == "quarantined_by_policy"
    sim.clear_habits()
    assert api.rows()[3] == sim.domain("xn--bcher-kva.example")


def test_no_habit_is_on_at_first(sim: Simulator, api: Api) -> None:
    assert api.rows() == sim.domains


def test_a_mistaken_habit_is_told(sim: Simulator) -> None:
    with pytest.raises(ValueError, match="no such habit: shuffel"):
        sim.habit(shuffel=True)


def test_every_habit_is_named_in_the_readme() -> None:
    from pathlib import Path

    import simulator

    readme = Path(str(simulator.__file__)).with_name("README.md").read_text(encoding="utf-8")
    for name in [*SHOWN, *OTHERS]:
        assert f"`{name}`" in readme, name
