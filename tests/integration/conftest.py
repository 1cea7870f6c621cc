"""Fixtures and markers of the integration tests. README.md explains how to write a test."""

from __future__ import annotations

import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))
# Last, because the unit tests have a module `support` as well.
sys.path.append(str(Path(__file__).parent))

_link = None
if not os.environ.get("ANSIBLE_COLLECTIONS_PATH"):
    # Without `make integration`, the tests use the checkout: a link gives it the path of an installed collection.
    _link = tempfile.TemporaryDirectory(prefix="collections-")
    namespace = Path(_link.name, "ansible_collections", "mailops")
    namespace.mkdir(parents=True)
    (namespace / "cloudflare").symlink_to(ROOT, target_is_directory=True)
COLLECTIONS_PATH = _link.name if _link else os.environ["ANSIBLE_COLLECTIONS_PATH"]
sys.path.insert(0, COLLECTIONS_PATH.split(os.pathsep)[0])

from integration.support.call_module import call, call_without_waits  # noqa: E402 - from the paths above
from integration.support.invariants import check_invariants  # noqa: E402 - from the paths above
from integration.support.playbook_batching import batched_outcomes, steps_of  # noqa: E402 - from the paths above
from integration.support.run_playbook import PlaybookRunner  # noqa: E402 - from the paths above
from integration.support.step import Outcome  # noqa: E402 - from the paths above
from simulator import Simulator  # noqa: E402 - from the paths above

# How many examples the property-based tests try: HYPOTHESIS_EXAMPLES=1000 for a night, HYPOTHESIS_EXAMPLES=5 for a quick look.
# They are the same in each run, so that a commit does not fail by chance. HYPOTHESIS_RANDOM=1, as in `make core`, tries others each time.
settings.register_profile(
    "integration",
    max_examples=int(os.environ.get("HYPOTHESIS_EXAMPLES", "15")),
    deadline=None,
    derandomize=not os.environ.get("HYPOTHESIS_RANDOM"),
    # Some tests need a rare kind of world, so they filter out most of the drawn ones.
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    print_blob=True,
    report_multiple_bugs=False,
)
settings.load_profile("integration")


def pytest_configure(config: pytest.Config) -> None:
    steps = "*steps, or steps=a function of the test's parameters"
    config.addinivalue_line("markers", f"play({steps}, arguments=for ansible-playbook): run the steps as tasks of a playbook; `outcomes` gives what they did")
    without_waits = "without_waits=True to count waits instead of making them"
    config.addinivalue_line("markers", f"call({steps}, {without_waits}): the same, but call the modules in this process, which takes milliseconds")
    nightly = "nightly: further cases of what other tests, or the cells of the proof, show as well. `make test` leaves them out, `make core` does not"
    config.addinivalue_line("markers", nightly)
    config.addinivalue_line("markers", "first_cases(count): the cases of the test after the first ones are nightly")


@pytest.hookimpl(tryfirst=True)  # before pytest selects by markers
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the cases after the `first_cases` of a test as nightly."""
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
    """The one simulator of all tests, in any state. Use `simulator`."""
    with Simulator() as running:
        yield running


@pytest.fixture
def simulator(running_simulator: Simulator) -> Iterator[Simulator]:
    """The simulator in its first state. A test fails if a client sends it a request that the contract forbids."""
    running_simulator.reset()
    yield running_simulator
    violations = running_simulator.violations
    running_simulator.reset()
    assert violations == []


@pytest.fixture(scope="session")
def playbook_runner(running_simulator: Simulator, tmp_path_factory: pytest.TempPathFactory) -> PlaybookRunner:
    return PlaybookRunner(running_simulator, tmp_path_factory.mktemp("play"), COLLECTIONS_PATH)


@pytest.fixture
def outcomes(request: pytest.FixtureRequest) -> list[Outcome]:
    """The outcomes of the test's steps, for which the invariants have been checked."""
    item = request.node
    call_marker = item.get_closest_marker("call")
    if call_marker is None:
        return check_invariants(batched_outcomes(item, request.getfixturevalue("playbook_runner")))
    call_steps = call_without_waits if call_marker.kwargs.get("without_waits") else call
    return check_invariants(call_steps(request.getfixturevalue("simulator"), steps_of(item, call_marker)))
