"""The last day of an entry."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import InvalidOptionError
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.desired import desired_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.expiry import is_over, parse_day
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.block_senders import BLOCK_SENDER
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN
from hypothesis import given
from hypothesis import strategies as st


@given(st.dates())
def test_parse_day_accepts_every_day(day):
    assert parse_day(f" {day.isoformat()}\n") == day.isoformat()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2027-02-29",
        "2027-13-01",
        "2027-1-31",
        "31.01.2027",
        "20270131",
        "2027-01-31T00:00:00Z",
        "2027-W04-7",
        "0000-01-01",
        "٢٠٢٧-٠١-٣١",
        "2027-01-31 x",
    ],
)
def test_parse_day_refuses_anything_else(text):
    with pytest.raises(InvalidOptionError) as caught:
        parse_day(text)
    assert str(caught.value) == f"expires is {text!r}; it must be the last day on which the entry is wanted, as in 2027-01-31."


@given(st.dates(), st.dates())
def test_is_over_from_the_next_day_on(last, today):
    assert is_over(last.isoformat(), today) is (today > last)


def test_is_over_by_the_clock_in_utc():
    today = datetime.now(timezone.utc).date()
    assert not is_over((today + timedelta(days=1)).isoformat())
    assert is_over((today - timedelta(days=2)).isoformat())


@pytest.mark.parametrize(("day", "state", "is_expired"), [("2000-01-31", "absent", True), ("9999-12-31", "present", False)])
def test_an_expired_entry_is_absent(day, state, is_expired):
    desired = desired_from_options(BLOCK_SENDER, {"pattern": "evil.example", "comments": "x", "expires": day})
    assert (desired.state, desired.expires, desired.is_expired) == (state, day, is_expired)
    assert ("comments" in desired.settings) is not is_expired


def test_an_absent_entry_stays_absent_whatever_its_last_day_is():
    assert desired_from_options(BLOCK_SENDER, {"pattern": "evil.example", "state": "absent", "expires": "9999-12-31"}).state == "absent"


def test_domains_have_no_last_day():
    assert desired_from_options(DOMAIN, {"domain": "example.com", "expires": "2000-01-01"}).state == "present"
