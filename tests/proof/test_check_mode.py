"""Check mode with a token that may only read, through the whole matrix of faults: no write is ever sent."""

from __future__ import annotations

from concurrent.futures import Future

import pytest
from fault_cells import Cell, Verdict, chosen, told
from fault_pool import names_of, submitted, verdict
from ledger import record

CELLS = chosen(check=True)


@pytest.fixture(scope="module")
def verdicts(request: pytest.FixtureRequest) -> dict[Cell, Future[Verdict]]:
    return submitted(cell for name in names_of(request) for cell in CELLS[name])


@pytest.mark.parametrize("name", CELLS)
def test_check_mode_under_a_fault(name: str, verdicts: dict[Cell, Future[Verdict]]) -> None:
    found = [verdict(verdicts[cell]) for cell in CELLS[name]]
    wrong = [each for each in found if each.wrong]
    met = [each for each in found if each.cell.is_met]
    record("check mode", len(found), len(wrong), name)
    record("faults", len(met), sum(bool(each.wrong) for each in met), f"{name}, in check mode")
    assert not wrong, "\n\n".join(told(each) for each in wrong)
