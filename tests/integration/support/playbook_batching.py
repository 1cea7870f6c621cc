"""Run the steps of many tests as one playbook, because a run of ansible-playbook costs a second and a task half of one.

    test file                                    one playbook
    @pytest.mark.play(step A)       def test_1   task A  -> outcome A -> test_1
    @pytest.mark.play(step B, C)    def test_2   task B  -> outcome B -> test_2
    @pytest.mark.play(steps=...)    def test_3   task C  -> outcome C -> test_2
                                                 task D  -> outcome D -> test_3

The first test of a file that needs its outcomes runs the steps of all collected tests of that file. The outcomes are put on the tests (`item.stash`),
where the others find them. Each step resets the simulator, unless it says keep_state, so the tests do not depend on each other.

If the playbook does not run to its end, all tests of the file fail with the same error. Run the test alone to see whether its own steps are the cause.
Tests with other arguments of ansible-playbook, as in @pytest.mark.play(..., arguments=["--check"]), are in a playbook of their own.
"""

from __future__ import annotations

from typing import Any

import pytest
from integration.support.run_playbook import PlaybookRunner
from integration.support.step import Outcome, Step

_OUTCOMES = pytest.StashKey["list[Outcome] | AssertionError"]()


def batched_outcomes(item: Any, playbook_runner: PlaybookRunner) -> list[Outcome]:
    """The outcomes of a test that is marked `play`. Runs the steps of the whole file, if that has not happened yet.

    Raises:
        AssertionError: the playbook did not run to its end.
    """
    if _OUTCOMES not in item.stash:
        _run_batch(item, playbook_runner)
    outcomes = item.stash[_OUTCOMES]
    if isinstance(outcomes, AssertionError):
        raise outcomes
    return outcomes


def steps_of(item: Any, marker: pytest.Mark) -> list[Step]:
    """The steps of a test: the arguments of its marker, or what the marker's `steps` makes of the parameters of the test."""
    make_steps = marker.kwargs.get("steps")
    if make_steps is None:
        return list(marker.args)
    return list(make_steps(**(item.callspec.params if hasattr(item, "callspec") else {})))


def _run_batch(item: Any, playbook_runner: PlaybookRunner) -> None:
    arguments = _arguments_of(item.get_closest_marker("play"))
    marked = [(other, other.get_closest_marker("play")) for other in item.session.items if other.path == item.path]
    batch = [(other, steps_of(other, marker)) for other, marker in marked if marker is not None and _arguments_of(marker) == arguments]
    try:
        outcomes = iter(playbook_runner.run_steps([step for _other, steps in batch for step in steps], *arguments))
    except AssertionError as error:
        for other, _steps in batch:
            other.stash[_OUTCOMES] = error
    else:
        for other, steps in batch:
            other.stash[_OUTCOMES] = [next(outcomes) for _step in steps]


def _arguments_of(marker: pytest.Mark) -> tuple[str, ...]:
    """The arguments of ansible-playbook."""
    return tuple(marker.kwargs.get("arguments", ()))
