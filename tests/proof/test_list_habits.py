"""Ways in which the service may behave towards lists: each task does the same with all of them, check mode predicts it, and a second run has nothing to do."""

from __future__ import annotations

from random import Random

import pytest
from fault_cells import explain
from fault_pool import judgments_of
from ledger import SEED, record, scaled
from list_habits import SINGLE, alone, combined, run_habits

ALONE = alone()
CHOSEN = Random(SEED).sample(ALONE, scaled(len(ALONE)))
BY_HABIT = {f"{name}: {value}": [case for case in CHOSEN if case[1] == {name: value}] for name, value in SINGLE}
TOGETHER = 1_000


@pytest.mark.parametrize("habit", [name for name, found in BY_HABIT.items() if found])
def test_each_habit(habit: str) -> None:
    found = judgments_of(run_habits, BY_HABIT[habit])
    wrong = [each for each in found if each.wrong]
    record("habits of lists", len(found), len(wrong), habit)
    assert not wrong, "\n\n".join(explain(each) for each in wrong)


def test_habits_together() -> None:
    found = judgments_of(run_habits, combined(Random(f"together {SEED}"), scaled(TOGETHER)))
    wrong = [each for each in found if each.wrong]
    record("habits of lists", len(found), len(wrong), "several at once")
    assert not wrong, f"{len(wrong)} of {len(found)}\n" + "\n\n".join(explain(each) for each in wrong[:8])
