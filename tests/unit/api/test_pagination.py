"""Pagination with servers that number, cap and count their pages differently."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api import pagination as pagination_module
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import Request
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.pagination import UnexpectedPageError, collect_pages, is_filter
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.responses import ApiResult
from ansible_collections.mailops.cloudflare.tests.unit.support import ACCOUNT, client, ok
from hypothesis import given
from hypothesis import strategies as st

THINGS = f"/accounts/{ACCOUNT}/things"
FILTER = [("search", "x"), ("order", "domain")]


def rows(*ids: Any) -> list[dict[str, Any]]:
    return [{"id": str(one)} for one in ids]


def read(script, *pages, query=(), **more):
    for number, (page, info) in enumerate(pages, start=1):
        script.expect("GET", THINGS, ok(page, result_info=info), query={"page": str(number), "per_page": "1000"})
    it = client()

    def fetch_page(number):
        return it.get(Request("GET", THINGS, "read", (*query, ("page", str(number)), ("per_page", "1000"))))

    return collect_pages(fetch_page, is_filtered=is_filtered(query), **more)


def is_filtered(query):
    return any(is_filter(name) for name, _value in query)


class Server:
    """A list of so many rows, in the habits of a server."""

    def __init__(self, count: int, *, cap: int = 1000, states_size: Any = "cap", total: str = "true") -> None:
        self.rows, self.cap, self.states_size, self.total = rows(*range(count)), cap, states_size, total
        self.requests = 0

    def page(self, number: int) -> ApiResult:
        size = min(1000, self.cap)
        self.requests += 1
        page = self.rows[(number - 1) * size : number * size]
        info: dict[str, Any] = {"count": len(page), "page": number}
        if self.states_size:
            info["per_page"] = size if self.states_size == "cap" else 1000
        totals = {"true": len(self.rows), "unfiltered": 3 * len(self.rows) + 7, "of the page": len(page), "too high": len(self.rows) + 1, "none": None}
        if totals[self.total] is not None:
            info["total_count"] = totals[self.total]
        return ApiResult(page, info, None)


def asked(server: Server, query=(), **more):
    reading = collect_pages(server.page, is_filtered=is_filtered(query), **more)
    return len(reading.rows), reading.is_whole, server.requests


def test_constants_have_the_documented_values():
    assert (pagination_module.MAX_PAGES, pagination_module.PER_PAGE) == (10_000, 1000)


def test_collect_pages_with_too_many_pages_raises(script, monkeypatch):
    monkeypatch.setattr(pagination_module, "MAX_PAGES", 2)
    with pytest.raises(UnexpectedPageError, match="more than 2 pages"):
        read(script, (rows("1"), {"total_count": 9}), (rows("2"), {"total_count": 9}))


@pytest.mark.parametrize(
    ("server", "requests"),
    [
        # The cost that is promised: one request for each 1000 domains.
        ({"count": 0}, 1),
        ({"count": 45}, 1),
        ({"count": 999}, 1),
        ({"count": 1000}, 1),
        ({"count": 1001}, 2),
        ({"count": 3000}, 3),
        # A cap that is stated: a full page may have another behind it, whatever the total says.
        ({"count": 45, "cap": 20}, 3),
        ({"count": 40, "cap": 20}, 3),
        ({"count": 45, "cap": 20, "total": "of the page"}, 3),
        ({"count": 40, "cap": 20, "total": "of the page"}, 3),
        ({"count": 20, "cap": 20, "total": "of the page"}, 2),
        ({"count": 45, "cap": 20, "total": "none"}, 3),
        ({"count": 45, "total": "of the page"}, 1),
        ({"count": 45, "total": "none"}, 1),
        ({"count": 1000, "total": "none"}, 2),
        # A cap that is not stated: only an empty page ends the list.
        ({"count": 45, "states_size": None}, 2),
        ({"count": 45, "cap": 20, "states_size": None}, 4),
        ({"count": 45, "cap": 20, "states_size": None, "total": "of the page"}, 4),
        ({"count": 45, "cap": 20, "states_size": None, "total": "none"}, 4),
        # The server states the size that was asked for, and sends less.
        ({"count": 45, "cap": 20, "states_size": "asked"}, 3),
    ],
)
def test_collect_pages_without_filter_reads_all_rows_with_few_requests(server, requests):
    assert asked(Server(**server)) == (server["count"], True, requests)
    assert asked(Server(**server), [("order", "domain"), ("direction", "asc")]) == (server["count"], True, requests)


@pytest.mark.parametrize(
    ("server", "requests"),
    [
        ({"count": 1}, 1),
        ({"count": 0}, 1),
        ({"count": 1, "total": "unfiltered"}, 1),
        ({"count": 0, "total": "unfiltered"}, 1),
        ({"count": 1, "total": "too high"}, 1),
        ({"count": 1, "total": "of the page"}, 1),
        ({"count": 1000, "total": "true"}, 2),
        ({"count": 45, "cap": 20, "total": "true"}, 3),
        ({"count": 40, "cap": 20, "total": "true"}, 3),
        ({"count": 45, "cap": 20, "total": "unfiltered"}, 3),
        ({"count": 45, "cap": 20, "total": "of the page"}, 3),
        ({"count": 45, "cap": 20, "total": "none"}, 3),
        ({"count": 45, "states_size": None}, 1),
        ({"count": 45, "states_size": None, "total": "unfiltered"}, 2),
        ({"count": 45, "states_size": None, "total": "none"}, 2),
        ({"count": 45, "cap": 20, "states_size": None, "total": "true"}, 3),
        ({"count": 45, "cap": 20, "states_size": None, "total": "none"}, 4),
    ],
)
def test_collect_pages_with_a_filter_reads_all_rows_with_few_requests(server, requests):
    assert asked(Server(**server), FILTER) == (server["count"], True, requests)


@pytest.mark.parametrize("states_size", ["cap", None, "asked"])
@pytest.mark.parametrize("total", ["true", "unfiltered", "of the page", "too high", "none"])
def test_collect_pages_of_one_expected_row_sends_one_request(total, states_size):
    assert asked(Server(1, total=total, states_size=states_size), FILTER, expected=1) == (1, True, 1)


@given(
    count=st.integers(0, 70),
    cap=st.integers(1, 25),
    states_size=st.sampled_from(["cap", None]),
    total=st.sampled_from(["true", "of the page", "none", "too high"]),
    query=st.sampled_from([[], FILTER]),
)
def test_collect_pages_of_any_server_never_omits_rows(count, cap, states_size, total, query):
    if query and total == "of the page" and states_size is None:
        return  # the one server with a filter that cannot be seen through
    found, is_whole, _requests = asked(Server(count, cap=cap, states_size=states_size, total=total), query)
    assert found == count
    assert is_whole is (total != "too high" or bool(query))


def test_collect_pages_with_a_total_too_high_is_not_whole():
    assert asked(Server(45, total="too high")) == (45, False, 2)


def test_collect_pages_without_trusting_totals_is_whole():
    assert asked(Server(45, cap=20, total="too high"), trust_totals=False) == (45, True, 3)


def test_collect_pages_with_rows_but_a_total_of_zero_is_whole(script):
    assert read(script, (rows("1"), {"total_count": 0, "per_page": 1000})).is_whole


@pytest.mark.parametrize("odd", [-1, True, "1", 1.0, None])
def test_collect_pages_with_an_invalid_total_ignores_it(script, odd):
    assert read(script, (rows("1"), {"total_count": odd}), ([], {})).is_whole


@pytest.mark.parametrize("odd", [0, -1, True, "20", 20.0, None, 1001])
def test_collect_pages_with_an_invalid_page_size_ignores_it(script, odd):
    assert read(script, (rows("1"), {"total_count": 1, "per_page": odd}), ([], {"total_count": 1})).is_whole


def test_collect_pages_with_more_rows_than_the_page_size_counts_as_a_full_page(script):
    assert read(script, (rows("1", "2", "3"), {"per_page": 2}), ([], {"per_page": 2})).rows == rows("1", "2", "3")


@pytest.mark.parametrize("second", [3, 4])
def test_collect_pages_with_a_changing_total_is_not_whole(script, second):
    pages = [(rows("1", "2"), {"total_count": 5}), (rows("3", "4", "5"), {"total_count": second})]
    reading = read(script, *pages)
    assert (reading.is_whole, reading.is_complete) == (False, False)


def test_collect_pages_with_a_duplicate_row_is_not_whole(script):
    reading = read(script, (rows("1", "1"), {"total_count": 2, "per_page": 1000}))
    assert (reading.is_whole, reading.is_consistent) == (False, False)


def test_collect_pages_with_a_filter_and_a_duplicate_row_is_not_whole(script):
    assert not read(script, (rows("1", "1"), {"total_count": 2, "per_page": 1000}), query=FILTER).is_whole


def test_collect_pages_with_fewer_rows_than_the_total_is_not_whole(script):
    reading = read(script, (rows("1"), {"total_count": 2}), ([], {"total_count": 2}))
    assert (reading.is_whole, reading.is_consistent) == (False, True)


def test_collect_pages_of_a_server_without_pages_is_whole(script):
    info = {"total_count": 2}
    assert read(script, (rows("1", "2"), info), (rows("2", "1"), info))._replace(counts=()) == read_pages_of(rows("1", "2"), [2])


def test_collect_pages_with_a_repeated_page_below_the_total_raises(script):
    info = {"total_count": 4}
    with pytest.raises(UnexpectedPageError, match="the same page again as page 2"):
        read(script, (rows("1", "2"), info), (rows("2", "1"), info))


def read_pages_of(found, totals):
    return pagination_module.Reading(found, totals, is_whole=True)


def test_reading_equals_compares_rows_and_totals():
    one = pagination_module.Reading(rows("1", "2"), [3], is_whole=False)
    assert one.equals(pagination_module.Reading([{"id": "1", "more": 1}, {"id": "2"}], [3], is_whole=False))
    # A server that answers in another order each time has the same rows.
    assert one.equals(pagination_module.Reading(rows("2", "1"), [3], is_whole=False))
    assert not one.equals(pagination_module.Reading(rows("1", "3"), [3], is_whole=False))
    assert not one.equals(pagination_module.Reading(rows("1", "2", "2"), [3], is_whole=False))
    assert not one.equals(pagination_module.Reading(rows("1", "2"), [4], is_whole=False))


@pytest.mark.parametrize(("counts", "breaks"), [((), []), ((3,), []), ((2, 1), [2]), ((2, 1, 0), [2]), ((1, 1, 1), [1, 2]), ((0,), [])])
def test_page_breaks_are_where_another_page_begins(counts, breaks):
    assert pagination_module.Reading(rows(*range(sum(counts))), [], is_whole=True, counts=counts).page_breaks == breaks
