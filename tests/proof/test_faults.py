"""What can go wrong, wherever it can: nothing is said that is not so, and everything ends in time. The matrix is in faults.py.

PROOF_CELL='500 | PATCH | once | run' tries one cell alone.
"""

from __future__ import annotations

from concurrent.futures import Future

import pytest
from fault_cells import Cell, Verdict, chosen, misplaced, told
from fault_pool import judged, names_of, submitted, verdict
from faults import POSITIONS
from ledger import record

CELLS = chosen(check=False)


@pytest.fixture(scope="module")
def verdicts(request: pytest.FixtureRequest) -> dict[Cell, Future[Verdict]]:
    """The cells of all the tests that are to run, on their way at once."""
    return submitted(cell for name in names_of(request) for cell in CELLS[name])


@pytest.mark.parametrize("name", CELLS)
def test_a_fault(name: str, verdicts: dict[Cell, Future[Verdict]]) -> None:
    found = [verdict(verdicts[cell]) for cell in CELLS[name]]
    wrong = [each for each in found if each.wrong]
    record("faults", len(found), len(wrong), name)
    assert not wrong, "\n\n".join(told(each) for each in wrong)


def test_each_position_is_the_request_that_it_is_named_after() -> None:
    """Else a task that learns to ask once more moves every fault to another request, and nobody sees it."""
    wrong = [each for each in judged(misplaced, POSITIONS) if each.wrong]
    assert not wrong, "\n\n".join(told(each) for each in wrong)
