"""What a task records of its progress."""

from __future__ import annotations

from ansible_collections.mailops.cloudflare.plugins.module_utils.api.progress import Pause, Progress


def test_count_page_adds_pages_and_starts_over_with_the_first():
    progress = Progress()
    progress.count_page(1, [{}] * 1000, 2500)
    progress.count_page(2, [{}] * 1000, 2500)
    assert (progress.rows, progress.rows_total) == (2000, 2500)
    progress.count_page(1, [{}] * 7, None)
    assert (progress.rows, progress.rows_total) == (7, None)


def test_count_page_of_an_unexpected_response_counts_nothing():
    progress = Progress()
    progress.count_page(1, {"domain": "example.com"}, "many")
    assert (progress.rows, progress.rows_total) == (0, None)


def test_wait_of_several_threads_is_the_longest():
    progress = Progress()
    assert progress.pause is None
    progress.wait(87.0, 187.0, is_rate_limit=True)
    progress.wait(30.0, 131.0, is_rate_limit=False)
    assert progress.pause == Pause(87.0, 187.0, is_rate_limit=True)
    progress.wait(20.0, 220.0, is_rate_limit=False)
    assert progress.pause == Pause(20.0, 220.0, is_rate_limit=False)
