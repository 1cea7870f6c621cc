"""Check mode with a read-only token, through the whole matrix of faults: no write is ever sent."""

from __future__ import annotations

from concurrent.futures import Future

import pytest
from fault_cells import Cell, Judgment, explain, sampled_cells
from fault_pool import judgment_of, names_of, submit
from ledger import record

CELLS = sampled_cells(check=True)


@pytest.fixture(scope="module")
def judgments(request: pytest.FixtureRequest) -> dict[Cell, Future[Judgment]]:
    return submit(cell for name in names_of(request) for cell in CELLS[name])


@pytest.mark.parametrize("name", CELLS)
def test_check_mode_with_a_fault_never_writes(name: str, judgments: dict[Cell, Future[Judgment]]) -> None:
    found = [judgment_of(judgments[cell]) for cell in CELLS[name]]
    wrong = [each for each in found if each.wrong]
    met = [each for each in found if each.cell.is_met]
    record("check mode", len(found), len(wrong), name)
    record("faults", len(met), sum(bool(each.wrong) for each in met), f"{name}, in check mode")
    assert not wrong, "\n\n".join(explain(each) for each in wrong)
