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


def test_pauses_are_slept_and_charged():
    clock = Clock()
    spent = budget(clock=clock)
    assert [spent.pause(4.0), spent.pause(6.0)] == [True, True]
    assert (clock.slept, spent.spent, spent.waited, spent.remaining) == ([4.0, 6.0], 10.0, 10.0, 0.0)


def test_a_pause_that_does_not_fit_is_not_begun():
    clock = Clock()
    spent = budget(clock=clock)
    spent.pause(4.0)
    assert spent.pause(6.1) is False
    assert (clock.slept, spent.remaining) == ([4.0], 6.0)


def test_a_pause_of_nothing_always_fits():
    assert budget(0.0).pause(0.0) is True


def test_failed_attempts_are_charged_and_are_no_waiting():
    spent = budget()
    spent.charge(1.0, 3.0)
    assert (spent.spent, spent.waited, spent.remaining) == (2.0, 0.0, 8.0)


def test_what_is_left_is_never_below_zero():
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
def test_what_several_lose_at_once_is_charged_once(intervals, charged):
    spent = budget(100.0)
    for began, ended in intervals:
        spent.charge(began, ended)
    assert spent.spent == charged


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)).map(sorted), max_size=20))
def test_charged_is_the_time_in_which_something_failed(intervals):
    spent = budget(1000.0)
    for began, ended in intervals:
        spent.charge(began, ended)
    assert spent.spent == len({second for began, ended in intervals for second in range(began, ended)})


def test_threads_that_pause_together_share_the_pause():
    """Three threads sleep from the same moment on: for 3, 5 and 2 seconds."""
    everyone_sleeps = threading.Barrier(3)
    spent = WaitBudget(10.0, lambda: 7.0, lambda _seconds: everyone_sleeps.wait(timeout=10))
    threads = [threading.Thread(target=spent.pause, args=(seconds,)) for seconds in (3.0, 5.0, 2.0)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)
    assert (spent.spent, spent.waited) == (5.0, 5.0)


def test_a_pause_after_the_others_counts_anew():
    spent = WaitBudget(10.0, lambda: 7.0, lambda _seconds: None)
    assert [spent.pause(4.0), spent.pause(4.0), spent.pause(4.0)] == [True, True, False]
