from __future__ import annotations

import math

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.rate_limit import (
    MAX_REQUESTS_PER_SECOND,
    ROUNDING_SECONDS,
    SPREAD_AFTER_REQUESTS,
    RateLimiter,
)
from ansible_collections.mailops.cloudflare.tests.unit.support import Clock
from hypothesis import given
from hypothesis import strategies as st


def headers(remaining, seconds, quota=None, window=300, name="default"):
    policy = {} if quota is None else {"ratelimit-policy": f'"{name}";q={quota};w={window}'}
    return {"ratelimit": f'"{name}";r={remaining};t={seconds}', **policy}


def limiter(clock, *answers):
    made = RateLimiter(clock)
    for answer in answers:
        made.update_from_headers(answer, clock())
    return made


def send(made, clock):
    """Send one request, after as much waiting as it takes. Answers with the seconds waited."""
    began = clock()
    while pause := made.burst_delay() or made.reserve():
        clock.sleep(pause)
    return clock() - began


def test_reserve_without_rate_limit_headers_does_not_wait():
    assert send(limiter(Clock()), Clock()) == 0


def test_reserve_allows_the_remaining_requests_only():
    clock = Clock()
    made = limiter(clock, headers(3, 60))
    assert [made.reserve() for _request in range(3)] == [0, 0, 0]
    assert made.reserve() == 60 + ROUNDING_SECONDS


def test_release_subtracts_requests_in_flight_from_the_quota():
    clock = Clock()
    made = limiter(clock, headers(100, 60))
    for _request in range(5):
        made.reserve()
    made.release(headers(6, 60))  # the server had not seen the other four yet
    assert [made.reserve() for _request in range(2)] == [0, 0]
    assert made.reserve() > 0


def test_release_with_late_responses_never_raises_the_quota():
    clock = Clock()
    made = limiter(clock, headers(10, 60))
    for _request in range(2):
        made.reserve()
    made.release(headers(0, 60))
    made.release(headers(1, 60))
    assert made.reserve() > 0


def test_reserve_after_the_window_lets_one_request_go_ahead():
    clock = Clock()
    made = limiter(clock, headers(0, 60))
    clock.now = 60 + ROUNDING_SECONDS
    assert made.reserve() == 0
    assert 0 < made.reserve() < 1
    made.release(headers(99, 60))
    assert made.reserve() == 0


def test_release_of_a_failed_request_lets_another_go_ahead():
    clock = Clock()
    made = limiter(clock, headers(0, 60))
    clock.now = 60 + ROUNDING_SECONDS
    made.reserve()
    made.release({})
    assert made.reserve() == 0


def test_reserve_waits_for_the_rounding_of_the_server():
    clock = Clock()
    made = limiter(clock, headers(0, 0))
    assert made.reserve() == ROUNDING_SECONDS


def test_reserve_with_several_policies_waits_for_the_longest():
    clock = Clock()
    made = limiter(clock, {"ratelimit": '"default";r=1000;t=300, "burst";r=0;t=4', "ratelimit-policy": '"default";q=1200;w=300, "burst";q=10;w=5'})
    assert made.reserve() == 4 + ROUNDING_SECONDS


def test_reserve_without_reset_time_uses_the_length_of_the_policy():
    assert limiter(Clock(), {"ratelimit": '"a";r=0', "ratelimit-policy": '"a";q=5;w=9'}).reserve() == 9 + ROUNDING_SECONDS


@pytest.mark.parametrize("odd", ["", ";;;", "r=5", '"default"', '"default";t=5', '"default";r=many;t=5', '"default";r=-1', "default=5", '"default";r=5.5.5'])
def test_update_from_headers_with_other_values_ignores_them(odd):
    assert limiter(Clock(), {"ratelimit": odd, "ratelimit-policy": odd}).reserve() == 0


@pytest.mark.parametrize("form", ['"default";r=0;t=5', "default;r=0;t=5", '"default" ; r=0 ; t=5', '"default";t=5;r=0', '"DEFAULT";R=0;T=5'])
def test_update_from_headers_accepts_all_spellings(form):
    assert limiter(Clock(), {"ratelimit": form}).reserve() == 5 + ROUNDING_SECONDS


def test_block_for_blocks_all_requests_for_that_long():
    clock = Clock()
    made = limiter(clock, headers(50, 10))
    made.block_for(30)
    assert made.reserve() == 30
    clock.now = 30
    assert made.reserve() == 0
    assert 0 < made.reserve() < 1  # one goes ahead


def test_reserve_with_a_low_quota_spreads_the_requests():
    clock = Clock()
    made = limiter(clock, headers(SPREAD_AFTER_REQUESTS + 10, 99, quota=1000))
    waited = [send(made, clock) for _request in range(SPREAD_AFTER_REQUESTS + 10)]
    assert waited[:SPREAD_AFTER_REQUESTS] == [0] * SPREAD_AFTER_REQUESTS
    assert all(8 < pause < 12 for pause in waited[SPREAD_AFTER_REQUESTS:])
    assert clock() < 99 + ROUNDING_SECONDS


def test_reserve_with_enough_quota_does_not_wait():
    clock = Clock()
    made = limiter(clock, headers(180, 100, quota=200))
    assert [send(made, clock) for _request in range(160)] == [0] * 160


def test_burst_delay_keeps_the_limit_per_second():
    clock = Clock()
    made = limiter(clock, headers(100_000, 300, quota=100_000))
    assert [send(made, clock) for _request in range(MAX_REQUESTS_PER_SECOND)] == [0] * MAX_REQUESTS_PER_SECOND
    assert send(made, clock) == 1.0


@given(st.data())
def test_reserve_in_any_order_of_requests_keeps_the_limit(data):
    """A server that counts in fixed windows, several requests in flight, answers in any order: none is one too many."""
    clock, quota, window = Clock(), data.draw(st.integers(1, 12)), data.draw(st.integers(1, 5))
    made, count, ends, in_flight = RateLimiter(clock), 0, float(window), []
    for _step in range(60):
        if in_flight and data.draw(st.booleans()):
            made.release(*in_flight.pop(data.draw(st.integers(0, len(in_flight) - 1))))
            continue
        if not in_flight and count == 0:
            made.update_from_headers(headers(quota, window, quota, window), clock())
        if pause := made.reserve():
            clock.sleep(pause)
            if clock() >= ends and in_flight:
                made.release(*in_flight.pop())
            continue
        if clock() >= ends:
            count, ends = 0, clock() + window
        count += 1
        assert count <= quota
        rounded = data.draw(st.sampled_from([math.floor, math.ceil]))
        in_flight.append((headers(quota - count, rounded(ends - clock()), quota, window), clock()))


def test_release_with_a_slow_response_keeps_the_window():
    """It tells of a later end, because it was under way for long."""
    clock = Clock()
    made = limiter(clock, headers(2, 10))
    assert [made.reserve() for _request in range(2)] == [0, 0]
    clock.now = 5
    made.release(headers(1, 10), 0)
    assert made.reserve() > 0


def test_release_with_a_response_of_the_previous_window_is_ignored():
    clock = Clock()
    made = limiter(clock, headers(100, 10))
    assert [made.reserve() for _request in range(2)] == [0, 0]
    clock.now = 10 + ROUNDING_SECONDS
    made.release(headers(99, 10), 0)
    made.release({}, 0)
    assert made.reserve() == 0  # one goes ahead
    assert made.reserve() > 0
    made.release(headers(7, 10), clock.now)
    assert [made.reserve() for _request in range(7)] == [0] * 7
    assert made.reserve() > 0


def test_update_from_headers_with_ten_digits_ignores_them():
    assert limiter(Clock(), {"ratelimit": '"a";r=0;t=9999999999'}).reserve() == ROUNDING_SECONDS
    assert limiter(Clock(), {"ratelimit": '"a";r=0;t=999999999'}).reserve() == 999999999 + ROUNDING_SECONDS


def test_reserve_at_the_end_of_a_window_belongs_to_the_next():
    clock = Clock()
    made = limiter(clock, headers(0, 10))
    clock.now = 10 + ROUNDING_SECONDS
    made.update_from_headers(headers(5, 0), clock())
    assert made.reserve() == 0


def test_constants_have_the_documented_values():
    assert (MAX_REQUESTS_PER_SECOND, SPREAD_AFTER_REQUESTS, ROUNDING_SECONDS) == (200, 20, 1.0)


def test_reserve_waits_for_the_rest_of_the_window():
    clock = Clock()
    made = limiter(clock, headers(0, 60))
    clock.now = 7
    assert made.reserve() == 53 + ROUNDING_SECONDS


def test_release_at_the_end_of_a_window_starts_the_next():
    clock = Clock()
    made = limiter(clock, headers(0, 10))
    clock.now = 10 + ROUNDING_SECONDS
    made.update_from_headers(headers(5, 0), clock())
    assert [made.reserve() for _request in range(5)] == [0] * 5
    assert made.reserve() > 0


@pytest.mark.parametrize(("seconds", "is_renewed"), [(12, False), (13, True)])
def test_update_from_headers_with_a_later_end_than_rounding_renews_the_window(seconds, is_renewed):
    made = limiter(Clock(), headers(0, 10), headers(50, seconds))
    assert (made.reserve() == 0) is is_renewed


def test_burst_delay_counts_the_last_second():
    clock = Clock()
    made = limiter(clock)
    send(made, clock)
    clock.now = 0.75
    for _request in range(MAX_REQUESTS_PER_SECOND - 1):
        send(made, clock)
    assert made.burst_delay() == 0.25


def test_reserve_spreads_below_a_tenth_of_the_quota():
    clock = Clock()
    made = limiter(clock, headers(SPREAD_AFTER_REQUESTS + 10, 99, quota=100))
    assert [send(made, clock) for _request in range(SPREAD_AFTER_REQUESTS + 1)] == [0] * (SPREAD_AFTER_REQUESTS + 1)
    # Nine, at equal distances from one another and from both ends of the 100 seconds.
    assert send(made, clock) == 10


def test_reserve_with_several_policies_ignores_their_order():
    assert limiter(Clock(), {"ratelimit": '"burst";r=0;t=4, "default";r=1000;t=300'}).reserve() == 4 + ROUNDING_SECONDS


@pytest.mark.parametrize(("blanks", "seconds"), [(0, 5), (1, 0)])
def test_update_from_headers_with_a_long_header_reads_its_beginning(blanks, seconds):
    limit = '"a";r=0;t=5'
    header = " " * (1000 - len(limit) + blanks) + limit
    assert limiter(Clock(), {"ratelimit": header}).reserve() == seconds + ROUNDING_SECONDS
