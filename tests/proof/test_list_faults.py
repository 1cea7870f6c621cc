"""Every fault at every request of tasks about lists: no entry is lost or written twice, and the account does not end less protected.

The cells are in list_cells.py. PROOF_CELL='500 | account | 6 | once | run' runs a single cell.
"""

from __future__ import annotations

import pytest
from fault_cells import explain
from fault_pool import judgments_of
from ledger import record
from list_cells import REQUESTS, run_list_cell, sampled_cells, undisturbed

CELLS = {f"{name}, {'check mode' if check else 'run'}": (name, found) for check in (False, True) for name, found in sampled_cells(check).items()}


@pytest.mark.parametrize("name", CELLS)
def test_fault_at_each_request(name: str) -> None:
    fault, cells = CELLS[name]
    found = judgments_of(run_list_cell, cells)
    # A cell that may have failed because the machine is slow is run once more.
    found = [judgments_of(run_list_cell, [each.cell])[0] if each.misses and not each.lies else each for each in found]
    wrong = [each for each in found if each.wrong]
    record("faults of lists", len(found), len(wrong), fault)
    assert not wrong, "\n\n".join(explain(each) for each in wrong)


def test_requests_of_each_task() -> None:
    """If a task sent one request more, every fault would silently move to another request."""
    wrong = [each for each in judgments_of(undisturbed, REQUESTS) if each.wrong]
    assert not wrong, "\n\n".join(explain(each) for each in wrong)
