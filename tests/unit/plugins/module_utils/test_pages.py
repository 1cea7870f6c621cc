"""The pages of a list, as odd servers number and count them."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils import _pages
from ansible_collections.mailops.cloudflare.plugins.module_utils._errors import CloudflareError, Request
from ansible_collections.mailops.cloudflare.plugins.module_utils._pages import read_pages
from ansible_collections.mailops.cloudflare.tests.unit.support import ACCOUNT, client, ok

THINGS = f"/accounts/{ACCOUNT}/things"
REQUEST = Request("GET", THINGS, "read")


def rows(*ids: str) -> list[dict[str, Any]]:
    return [{"id": one} for one in ids]


def read(script, *pages):
    for number, (page, info) in enumerate(pages, start=1):
        script.expect("GET", THINGS, ok(page, result_info=info), query={"page": str(number), "per_page": "1000"})
    return read_pages(client(), REQUEST, [])


def test_ten_thousand_pages_of_a_thousand_are_the_most():
    assert (_pages.MOST_PAGES, _pages.PER_PAGE) == (10_000, 1000)


def test_more_pages_than_any_account_has(script, monkeypatch):
    monkeypatch.setattr(_pages, "MOST_PAGES", 2)
    with pytest.raises(CloudflareError, match="more than 2 pages"):
        read(script, (rows("1"), {"total_count": 9}), (rows("2"), {"total_count": 9}))


def test_a_total_of_nothing_is_the_last_page(script):
    assert read(script, ([], {"total_count": 0})) == ([], True)
    assert read(script, (rows("1"), {"total_count": 0})) == (rows("1"), True)


def test_without_any_total_an_empty_page_is_the_last(script):
    assert read(script, (rows("1"), {}), ([], {})) == (rows("1"), True)
    assert read(script, ([], {})) == ([], True)


@pytest.mark.parametrize("odd", [-1, True, "1", 1.0, None])
def test_a_total_that_is_no_number_of_rows_says_nothing(script, odd):
    assert read(script, (rows("1"), {"total_count": odd}), ([], {})) == (rows("1"), True)


def test_the_number_of_pages_stands_in_for_the_total(script):
    assert read(script, (rows("1"), {"total_pages": 2}), (rows("2"), {"total_pages": 2})) == (rows("1", "2"), True)


@pytest.mark.parametrize("second", [3, 4])
def test_a_total_that_changes_on_the_way_is_no_whole_list(script, second):
    pages = [(rows("1", "2"), {"total_count": 5}), (rows("3", "4", "5"), {"total_count": second})]
    assert read(script, *pages) == (rows("1", "2", "3", "4", "5"), False)


def test_a_row_twice_is_no_whole_list(script):
    assert read(script, (rows("1", "1"), {"total_count": 2})) == (rows("1", "1"), False)


def test_fewer_rows_than_said_are_no_whole_list(script):
    assert read(script, (rows("1"), {"total_count": 2}), ([], {"total_count": 2})) == (rows("1"), False)
