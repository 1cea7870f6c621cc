"""The lines that show how far a long task is."""

from __future__ import annotations

import threading

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.progress import Progress, Steps
from ansible_collections.mailops.cloudflare.plugins.plugin_utils import progress_lines as progress_lines_module
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.progress_lines import ProgressLines, show_progress


class Task:
    """A task with a clock of its own. `at` looks at the progress once a second until then, and returns what is shown."""

    def __init__(self, now: float = 1000.0) -> None:
        self.began = self.now = now
        self.progress = Progress()
        self.lines = ProgressLines(self.progress, now)

    def at(self, seconds: float) -> list[tuple[float, str]]:
        shown = []
        while self.now < self.began + seconds:
            self.now += 1.0
            if (line := self.lines.next_line(self.now)) is not None:
                shown.append((self.now - self.began, line))
        return shown

    def changed(self, done: int, total: int = 2000, **more: int) -> None:
        self.progress.steps = lambda: Steps("changed", total, done, **more)

    def waits(self, seconds: float, *, is_rate_limit: bool = True) -> None:
        self.progress.wait(seconds, self.now + seconds, is_rate_limit=is_rate_limit)


def test_constants_have_documented_values() -> None:
    assert (progress_lines_module.INTERVAL_SECONDS, progress_lines_module.POLL_SECONDS) == (15.0, 1.0)


def test_short_task_shows_nothing() -> None:
    task = Task()
    task.changed(10)
    assert task.at(14) == []


def test_long_task_shows_a_line_every_15_seconds() -> None:
    task = Task()
    task.changed(0)
    assert task.at(10) == []
    task.changed(100)
    assert task.at(15) == [(15, "100 of 2000 changed, about 4 min left")]
    task.changed(400, failed=3)
    # 403 of 2000 in 29 seconds leave 115 seconds.
    assert task.at(44) == [(30, "400 of 2000 changed, 3 failed, about 2 min left")]
    task.changed(1900, failed=3)
    assert task.at(60) == [(45, "1900 of 2000 changed, 3 failed, about 10 s left"), (60, "1900 of 2000 changed, 3 failed, about 10 s left")]


def test_changes_without_a_rate_have_no_estimate() -> None:
    task = Task()
    task.changed(400)
    assert task.at(15) == [(15, "400 of 2000 changed")]
    task.changed(2000)
    assert task.at(30) == [(30, "2000 of 2000 changed")]


def test_rate_of_the_last_seconds_alone_has_no_estimate() -> None:
    task = Task()
    task.at(11)
    task.changed(1)
    task.at(12)
    task.changed(100)
    assert task.at(15) == [(15, "100 of 2000 changed")]


def test_batches_are_sent_before_they_are_verified() -> None:
    task = Task()
    task.changed(0)
    task.at(1)
    task.changed(0, unverified=1000)
    assert task.at(15) == [(15, "0 of 2000 changed, 1000 sent and not verified yet, about 10 s left")]


def test_reading_shows_domains_and_the_rate() -> None:
    task = Task()
    task.progress.count_page(1, [{}] * 1000, 40_000)
    task.at(1)
    for number in range(2, 13):
        task.progress.count_page(number, [{}] * 1000, 40_000)
    assert task.at(15) == [(15, "12,000 of 40,000 domains read, about 40 s left")]
    for number in range(13, 41):
        task.progress.count_page(number, [{}] * 1000, 40_000)
    assert task.at(30) == [(30, "40,000 domains read")]


@pytest.mark.parametrize(("rows", "line"), [(1, "1 domain read"), (1000, "1000 domains read"), (0, "waiting for the first response")])
def test_reading_without_a_total_shows_what_was_read(rows: int, line: str) -> None:
    task = Task()
    task.progress.count_page(1, [{}] * rows, None)
    assert task.at(15) == [(15, line)]


def test_change_after_reading_has_its_own_rate() -> None:
    task = Task()
    task.progress.count_page(1, [{}] * 1000, 2000)
    task.at(1)
    task.progress.count_page(2, [{}] * 1000, 2000)
    task.at(14)
    task.changed(0)
    assert task.at(15) == [(15, "0 of 2000 changed")]
    task.changed(1000)
    assert task.at(30) == [(30, "1000 of 2000 changed, about 20 s left")]


def test_long_wait_is_shown_at_once_and_counts_down() -> None:
    task = Task()
    task.changed(0)
    task.at(1)
    task.changed(400, failed=3)
    task.at(3)
    task.waits(88)
    assert task.at(34) == [
        (4, "400 of 2000 changed, 3 failed; rate limit reached, continuing in 87 s"),
        (19, "400 of 2000 changed, 3 failed; rate limit reached, continuing in 72 s"),
        (34, "400 of 2000 changed, 3 failed; rate limit reached, continuing in 57 s"),
    ]


def test_wait_that_other_threads_share_is_shown_once() -> None:
    task = Task()
    task.waits(60)
    assert len(task.at(1)) == 1
    task.waits(60)
    assert task.at(2) == []
    task.waits(90)
    assert task.at(3) == [(3, "rate limit reached, continuing in 89 s")]


@pytest.mark.parametrize("seconds", [2.0, 15.0])
def test_short_wait_is_not_shown_at_once(seconds: float) -> None:
    task = Task()
    task.waits(seconds)
    assert task.at(14) == []


def test_short_wait_is_shown_with_a_line_that_is_due() -> None:
    task = Task()
    task.at(14)
    task.waits(10, is_rate_limit=False)
    assert task.at(15) == [(15, "no success yet, next attempt in 9 s")]


def test_wait_that_has_ended_is_not_shown() -> None:
    task = Task()
    task.changed(5)
    task.waits(5)
    assert task.at(15) == [(15, "5 of 2000 changed")]


def test_show_progress_shows_lines_until_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress_lines_module, "INTERVAL_SECONDS", 0.0)
    monkeypatch.setattr(progress_lines_module, "POLL_SECONDS", 0.001)
    shown: list[str] = []
    has_shown = threading.Event()

    def show(line: str) -> None:
        shown.append(line)
        has_shown.set()

    with show_progress(show) as progress:
        progress.count_page(1, [{}], None)
        has_shown.clear()
        assert has_shown.wait(60)
    count = len(shown)
    assert shown[-1] == "1 domain read"
    assert not any(thread.name.startswith("progress") for thread in threading.enumerate())
    assert len(shown) == count


def test_show_progress_without_a_thread_runs_the_task(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", fail)
    with show_progress(print) as progress:
        assert progress.rows == 0
