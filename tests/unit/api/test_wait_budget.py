from __future__ import annotations

import threading

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.wait_budget import WaitBudget
from ansible_collections.mailops.cloudflare.tests.unit.support import Clock
from hypothesis import given
from hypothesis import strategies as st


def budget(seconds=10.0, clock=None):
    clock = clock or Clock()
    return WaitBudget(seconds, clock, clock.sleep)


def test_pause_within_the_budget_sleeps_and_is_charged():
    clock = Clock()
    spent = budget(clock=clock)
    assert [spent.pause(4.0), spent.pause(6.0)] == [True, True]
    assert (clock.slept, spent.spent, spent.waited, spent.remaining) == ([4.0, 6.0], 10.0, 10.0, 0.0)


def test_pause_beyond_the_budget_returns_false_without_sleeping():
    clock = Clock()
    spent = budget(clock=clock)
    spent.pause(4.0)
    assert spent.pause(6.1) is False
    assert (clock.slept, spent.remaining) == ([4.0], 6.0)


def test_pause_of_zero_seconds_is_always_possible():
    assert budget(0.0).pause(0.0) is True


def test_charge_of_a_failed_attempt_is_spent_but_not_waited():
    spent = budget()
    spent.charge(1.0, 3.0)
    assert (spent.spent, spent.waited, spent.remaining) == (2.0, 0.0, 8.0)


def test_remaining_is_never_negative():
    spent = budget()
    spent.charge(0.0, 30.0)
    assert spent.remaining == 0.0


@pytest.mark.parametrize(
    ("intervals", "charged"),
    [
        ([(0, 1), (2, 3)], 2),
        ([(0, 1), (1, 2)], 2),
        ([(0, 4), (1, 2)], 4),
        ([(1, 2), (0, 4)], 4),
        ([(5, 6), (0, 30)], 30),
        ([(0, 2), (4, 6), (1, 5)], 6),
    ],
)
def test_charge_of_overlapping_attempts_counts_the_time_once(intervals, charged):
    spent = budget(100.0)
    for began, ended in intervals:
        spent.charge(began, ended)
    assert spent.spent == charged


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)).map(sorted), max_size=20))
def test_charge_of_any_intervals_is_the_length_of_their_union(intervals):
    spent = budget(1000.0)
    for began, ended in intervals:
        spent.charge(began, ended)
    assert spent.spent == len({second for began, ended in intervals for second in range(began, ended)})


def test_pause_of_several_threads_at_once_is_charged_once():
    """Three threads sleep from the same moment on: for 3, 5 and 2 seconds."""
    everyone_sleeps = threading.Barrier(3)
    spent = WaitBudget(10.0, lambda: 7.0, lambda _seconds: everyone_sleeps.wait(timeout=10))
    threads = [threading.Thread(target=spent.pause, args=(seconds,)) for seconds in (3.0, 5.0, 2.0)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)
    assert (spent.spent, spent.waited) == (5.0, 5.0)


def test_pause_after_the_others_ended_is_charged_separately():
    spent = WaitBudget(10.0, lambda: 7.0, lambda _seconds: None)
    assert [spent.pause(4.0), spent.pause(4.0), spent.pause(4.0)] == [True, True, False]


def test_pause_is_announced_before_the_sleep_if_the_budget_allows_it():
    clock = Clock()
    spent, announced = budget(clock=clock), []
    assert spent.pause(4.0, lambda: announced.append(list(clock.slept))) is True
    assert spent.pause(6.1, lambda: announced.append("refused")) is False
    assert announced == [[]]
