"""Every fault at every request: nothing false is reported, and every task ends in time. The matrix is in faults.py.

PROOF_CELL='500 | PATCH | once | run' runs a single cell.
"""

from __future__ import annotations

from concurrent.futures import Future

import pytest
from fault_cells import Cell, Judgment, check_position, explain, sampled_cells
from fault_pool import judgment_of, judgments_of, names_of, submit
from faults import POSITIONS
from ledger import record

CELLS = sampled_cells(check=False)


@pytest.fixture(scope="module")
def judgments(request: pytest.FixtureRequest) -> dict[Cell, Future[Judgment]]:
    """The cells of all selected tests, which run in parallel."""
    return submit(cell for name in names_of(request) for cell in CELLS[name])


@pytest.mark.parametrize("name", CELLS)
def test_fault_at_each_position(name: str, judgments: dict[Cell, Future[Judgment]]) -> None:
    found = [judgment_of(judgments[cell]) for cell in CELLS[name]]
    wrong = [each for each in found if each.wrong]
    record("faults", len(found), len(wrong), name)
    assert not wrong, "\n\n".join(explain(each) for each in wrong)


def test_position_is_the_request_of_its_name() -> None:
    """If a task sent one request more, every fault would silently move to another request."""
    wrong = [each for each in judgments_of(check_position, POSITIONS) if each.wrong]
    assert not wrong, "\n\n".join(explain(each) for each in wrong)
