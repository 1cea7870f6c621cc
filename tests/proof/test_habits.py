"""Ways in which the service may behave for all that is known: each task comes to the same with all of them, and a lie is found out.

The habits and tasks are in habit_cells.py. PROOF_CELL='echo | transport | run' tries one cell alone.
"""

from __future__ import annotations

import os

import pytest
from fault_cells import told
from fault_pool import judged
from habit_cells import chosen, tried_habit
from ledger import record

CELLS = chosen(os.environ.get("PROOF_CELL"))


@pytest.mark.parametrize("name", CELLS)
def test_a_habit(name: str) -> None:
    found = judged(tried_habit, CELLS[name])
    wrong = [each for each in found if each.wrong]
    record("habits", len(found), len(wrong), name)
    assert not wrong, "\n\n".join(told(each) for each in wrong)
