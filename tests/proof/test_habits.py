"""Ways in which the service may behave: each task has the same outcome with all of them, and false answers are detected.

The habits and tasks are in habit_cells.py. PROOF_CELL='echo | transport | run' runs a single cell.
"""

from __future__ import annotations

import os

import pytest
from fault_cells import explain
from fault_pool import judgments_of
from habit_cells import run_habit_cell, sampled_cells
from ledger import record

CELLS = sampled_cells(os.environ.get("PROOF_CELL"))


@pytest.mark.parametrize("name", CELLS)
def test_habit_with_each_task(name: str) -> None:
    found = judgments_of(run_habit_cell, CELLS[name])
    wrong = [each for each in found if each.wrong]
    record("habits", len(found), len(wrong), name)
    assert not wrong, "\n\n".join(explain(each) for each in wrong)
