"""Playbooks with the installed collection against the simulator. See README.md for how a test is written."""

from __future__ import annotations

import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))

_link = None
if not os.environ.get("ANSIBLE_COLLECTIONS_PATH"):
    # Run by hand, without `make integration`: the checkout itself.
    _link = tempfile.TemporaryDirectory(prefix="collections-")
    namespace = Path(_link.name, "ansible_collections", "mailops")
    namespace.mkdir(parents=True)
    (namespace / "cloudflare").symlink_to(ROOT, target_is_directory=True)
COLLECTIONS_PATH = _link.name if _link else os.environ["ANSIBLE_COLLECTIONS_PATH"]
sys.path.insert(0, COLLECTIONS_PATH.split(os.pathsep)[0])

from integration.support.call_module import call, call_at_once  # noqa: E402 - from the paths above
from integration.support.expected_result import kept  # noqa: E402 - from the paths above
from integration.support.run_playbook import Player  # noqa: E402 - from the paths above
from integration.support.step import Outcome, Step  # noqa: E402 - from the paths above
from simulator import Simulator  # noqa: E402 - from the paths above

_PLAYED = pytest.StashKey["list[Outcome] | AssertionError"]()

# How many examples the laws try: HYPOTHESIS_EXAMPLES=1000 for a night, HYPOTHESIS_EXAMPLES=5 for a glance.
settings.register_profile(
    "integration",
    max_examples=int(os.environ.get("HYPOTHESIS_EXAMPLES", "15")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
    report_multiple_bugs=False,
)
settings.load_profile("integration")


def pytest_configure(config: pytest.Config) -> None:
    steps = "*steps, or steps=a function of the test's parameters"
    config.addinivalue_line("markers", f"play({steps}, arguments=for ansible-playbook): tasks of a playbook, whose outcomes the fixture `played` gives")
    more = "at_once=True to make no pauses, but count them"
    config.addinivalue_line("markers", f"call({steps}, {more}): the same, with the modules called in this process, which takes milliseconds")
    nightly = "nightly: more of a kind that other tests, or the cells of the proof, show as well. `make test` leaves it out, `make core` does not"
    config.addinivalue_line("markers", nightly)
    config.addinivalue_line("markers", "first_cases(count): the other cases of the test are nightly")


@pytest.hookimpl(tryfirst=True)  # before pytest chooses by markers
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the cases that a test's `first_cases` leaves to the night."""
    seen: Counter[tuple[Path, str]] = Counter()
    for item in items:
        mark = item.get_closest_marker("first_cases")
        if mark is None:
            continue
        test = (item.path, getattr(item, "originalname", item.name))
        if seen[test] >= mark.args[0]:
            item.add_marker(pytest.mark.nightly)
        seen[test] += 1


@pytest.fixture(scope="session")
def running_simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


@pytest.fixture
def simulator(running_simulator: Simulator) -> Iterator[Simulator]:
    """One server for all tests, in its first state for each. A test that makes a client do what it must never do fails."""
    running_simulator.reset()
    yield running_simulator
    violations = running_simulator.violations
    running_simulator.reset()
    assert violations == []


@pytest.fixture(scope="session")
def player(running_simulator: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Player:
    return Player(running_simulator, tmp_path_factory.mktemp("play"), COLLECTIONS_PATH)


@pytest.fixture
def played(request: pytest.FixtureRequest) -> list[Outcome]:
    """The outcomes of the test's steps, each of which kept what is promised of every task."""
    item = request.node
    called = item.get_closest_marker("call")
    if called is not None:
        by = call_at_once if called.kwargs.get("at_once") else call
        outcomes = by(request.getfixturevalue("simulator"), _steps(item, called))
    else:
        outcomes = _played_together(request, request.getfixturevalue("player"))
    return kept(outcomes)


def _played_together(request: pytest.FixtureRequest, player: Player) -> list[Outcome]:
    """All steps of a file that go with the same arguments are one playbook, played when the first test of it asks."""
    item = request.node
    if _PLAYED not in item.stash:
        marker = item.get_closest_marker("play")
        together = [(other, other.get_closest_marker("play")) for other in request.session.items if other.path == item.path]
        together = [(other, mark) for other, mark in together if mark is not None and _arguments(mark) == _arguments(marker)]
        steps = [(other, _steps(other, mark)) for other, mark in together]
        try:
            outcomes = iter(player.play([step for _other, its in steps for step in its], *_arguments(marker)))
        except AssertionError as broken:
            for other, _its in steps:
                other.stash[_PLAYED] = broken
        else:
            for other, its in steps:
                other.stash[_PLAYED] = [next(outcomes) for _step in its]
    played = item.stash[_PLAYED]
    if isinstance(played, AssertionError):
        raise played
    return played


def _arguments(marker: pytest.Mark) -> tuple[str, ...]:
    return tuple(marker.kwargs.get("arguments", ()))


def _steps(item: Any, marker: pytest.Mark) -> list[Step]:
    make = marker.kwargs.get("steps")
    if make is None:
        return list(marker.args)
    return list(make(**(item.callspec.params if hasattr(item, "callspec") else {})))
