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


def test_without_a_word_of_the_server_nothing_waits():
    assert send(limiter(Clock()), Clock()) == 0


def test_as_many_as_remain_may_go_and_no_more():
    clock = Clock()
    made = limiter(clock, headers(3, 60))
    assert [made.reserve() for _request in range(3)] == [0, 0, 0]
    assert made.reserve() == 60 + ROUNDING_SECONDS


def test_those_in_flight_are_taken_off_what_an_answer_says():
    clock = Clock()
    made = limiter(clock, headers(100, 60))
    for _request in range(5):
        made.reserve()
    made.release(headers(6, 60))  # the server had not seen the other four yet
    assert [made.reserve() for _request in range(2)] == [0, 0]
    assert made.reserve() > 0


def test_answers_that_overtake_one_another_never_add():
    clock = Clock()
    made = limiter(clock, headers(10, 60))
    for _request in range(2):
        made.reserve()
    made.release(headers(0, 60))
    made.release(headers(1, 60))
    assert made.reserve() > 0


def test_after_the_window_one_goes_ahead():
    clock = Clock()
    made = limiter(clock, headers(0, 60))
    clock.now = 60 + ROUNDING_SECONDS
    assert made.reserve() == 0
    assert 0 < made.reserve() < 1
    made.release(headers(99, 60))
    assert made.reserve() == 0


def test_one_that_went_ahead_and_broke_lets_another_go():
    clock = Clock()
    made = limiter(clock, headers(0, 60))
    clock.now = 60 + ROUNDING_SECONDS
    made.reserve()
    made.release({})
    assert made.reserve() == 0


def test_seconds_that_the_server_rounded_down_do_not_end_the_window_early():
    clock = Clock()
    made = limiter(clock, headers(0, 0))
    assert made.reserve() == ROUNDING_SECONDS


def test_of_several_policies_the_tightest_counts():
    clock = Clock()
    made = limiter(clock, {"ratelimit": '"default";r=1000;t=300, "burst";r=0;t=4', "ratelimit-policy": '"default";q=1200;w=300, "burst";q=10;w=5'})
    assert made.reserve() == 4 + ROUNDING_SECONDS


def test_the_length_of_the_policy_stands_in_for_an_untold_end():
    assert limiter(Clock(), {"ratelimit": '"a";r=0', "ratelimit-policy": '"a";q=5;w=9'}).reserve() == 9 + ROUNDING_SECONDS


@pytest.mark.parametrize("odd", ["", ";;;", "r=5", '"default"', '"default";t=5', '"default";r=many;t=5', '"default";r=-1', "default=5", '"default";r=5.5.5'])
def test_what_is_no_header_of_this_kind_is_passed_over(odd):
    assert limiter(Clock(), {"ratelimit": odd, "ratelimit-policy": odd}).reserve() == 0


@pytest.mark.parametrize("form", ['"default";r=0;t=5', "default;r=0;t=5", '"default" ; r=0 ; t=5', '"default";t=5;r=0', '"DEFAULT";R=0;T=5'])
def test_spellings_of_the_header(form):
    assert limiter(Clock(), {"ratelimit": form}).reserve() == 5 + ROUNDING_SECONDS


def test_closed_for_all_for_as_long_as_the_server_said():
    clock = Clock()
    made = limiter(clock, headers(50, 10))
    made.block_for(30)
    assert made.reserve() == 30
    clock.now = 30
    assert made.reserve() == 0
    assert 0 < made.reserve() < 1  # one goes ahead


def test_what_gets_scarce_is_spread_over_the_rest_of_the_window():
    clock = Clock()
    made = limiter(clock, headers(SPREAD_AFTER_REQUESTS + 10, 99, quota=1000))
    waited = [send(made, clock) for _request in range(SPREAD_AFTER_REQUESTS + 10)]
    assert waited[:SPREAD_AFTER_REQUESTS] == [0] * SPREAD_AFTER_REQUESTS
    assert all(8 < pause < 12 for pause in waited[SPREAD_AFTER_REQUESTS:])
    assert clock() < 99 + ROUNDING_SECONDS


def test_what_is_plenty_is_not_spread():
    clock = Clock()
    made = limiter(clock, headers(180, 100, quota=200))
    assert [send(made, clock) for _request in range(160)] == [0] * 160


def test_no_more_in_a_second_than_one_address_may():
    clock = Clock()
    made = limiter(clock, headers(100_000, 300, quota=100_000))
    assert [send(made, clock) for _request in range(MAX_REQUESTS_PER_SECOND)] == [0] * MAX_REQUESTS_PER_SECOND
    assert send(made, clock) == 1.0


@given(st.data())
def test_no_order_of_sending_and_answering_goes_over_the_limit(data):
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


def test_a_slow_answer_is_not_that_of_another_window():
    """It tells of a later end, because it was under way for long."""
    clock = Clock()
    made = limiter(clock, headers(2, 10))
    assert [made.reserve() for _request in range(2)] == [0, 0]
    clock.now = 5
    made.release(headers(1, 10), 0)
    assert made.reserve() > 0


def test_an_answer_from_the_window_before_does_not_tell_what_this_one_allows():
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


def test_numbers_that_nobody_would_live_to_see_are_passed_over():
    assert limiter(Clock(), {"ratelimit": '"a";r=0;t=9999999999'}).reserve() == ROUNDING_SECONDS
    assert limiter(Clock(), {"ratelimit": '"a";r=0;t=999999999'}).reserve() == 999999999 + ROUNDING_SECONDS


def test_the_very_end_of_a_window_belongs_to_the_next():
    clock = Clock()
    made = limiter(clock, headers(0, 10))
    clock.now = 10 + ROUNDING_SECONDS
    made.update_from_headers(headers(5, 0), clock())
    assert made.reserve() == 0


def test_the_limits_of_cloudflare_and_ours():
    assert (MAX_REQUESTS_PER_SECOND, SPREAD_AFTER_REQUESTS, ROUNDING_SECONDS) == (200, 20, 1.0)


def test_the_pause_is_what_is_left_of_the_window():
    clock = Clock()
    made = limiter(clock, headers(0, 60))
    clock.now = 7
    assert made.reserve() == 53 + ROUNDING_SECONDS


def test_of_the_very_end_of_a_window_all_belongs_to_the_next():
    clock = Clock()
    made = limiter(clock, headers(0, 10))
    clock.now = 10 + ROUNDING_SECONDS
    made.update_from_headers(headers(5, 0), clock())
    assert [made.reserve() for _request in range(5)] == [0] * 5
    assert made.reserve() > 0


@pytest.mark.parametrize(("seconds", "is_renewed"), [(12, False), (13, True)])
def test_an_end_that_moved_by_more_than_rounding_is_that_of_another_window(seconds, is_renewed):
    made = limiter(Clock(), headers(0, 10), headers(50, seconds))
    assert (made.reserve() == 0) is is_renewed


def test_the_requests_of_the_last_second_count():
    clock = Clock()
    made = limiter(clock)
    send(made, clock)
    clock.now = 0.75
    for _request in range(MAX_REQUESTS_PER_SECOND - 1):
        send(made, clock)
    assert made.burst_delay() == 0.25


def test_a_tenth_of_the_quota_is_not_scarce_and_less_is():
    clock = Clock()
    made = limiter(clock, headers(SPREAD_AFTER_REQUESTS + 10, 99, quota=100))
    assert [send(made, clock) for _request in range(SPREAD_AFTER_REQUESTS + 1)] == [0] * (SPREAD_AFTER_REQUESTS + 1)
    # Nine, at equal distances from one another and from both ends of the 100 seconds.
    assert send(made, clock) == 10


def test_the_tightest_policy_counts_wherever_it_stands():
    assert limiter(Clock(), {"ratelimit": '"burst";r=0;t=4, "default";r=1000;t=300'}).reserve() == 4 + ROUNDING_SECONDS


@pytest.mark.parametrize(("blanks", "seconds"), [(0, 5), (1, 0)])
def test_of_a_header_without_end_the_beginning_is_read(blanks, seconds):
    told = '"a";r=0;t=5'
    header = " " * (1000 - len(told) + blanks) + told
    assert limiter(Clock(), {"ratelimit": header}).reserve() == seconds + ROUNDING_SECONDS
