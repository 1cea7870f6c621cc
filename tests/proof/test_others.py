"""Edits by another client at any moment: declared settings are written, undeclared ones keep the other client's value, and in doubt nothing is
overwritten.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from fault_cells import Judgment, World, explain
from fault_pool import judgments_of
from ledger import SEED, record, scaled
from world_others import VALUES, WAYS, concurrent_writes, edits, planned_edits, run_concurrent_write, run_edit, run_plan

PART = "someone else writes"


def sample(cases: Iterable[Any]) -> list[Any]:
    every = list(cases)
    count = min(len(every), scaled(len(every)))
    return every if count == len(every) else random.Random(SEED).sample(every, count)


def assert_all_hold(judge: Callable[[World, Any], Judgment], cases: list[Any], note: str) -> None:
    wrong = [judgment for judgment in judgments_of(judge, cases) if judgment.wrong]
    record(PART, len(cases), len(wrong), note)
    assert not wrong, "\n\n".join(explain(each) for each in wrong)


EDITS = sample(edits())


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("field", VALUES)
def test_concurrent_edit_of_a_field(field: str, way: str) -> None:
    if cases := [edit for edit in EDITS if (edit.field, edit.way) == (field, way)]:
        assert_all_hold(run_edit, cases, f"{field}, {way}")


def test_concurrent_edit_after_the_approval_of_a_plan() -> None:
    assert_all_hold(run_plan, sample(planned_edits()), "expected_plan")


def test_concurrent_creation_and_removal() -> None:
    assert_all_hold(run_concurrent_write, sample(concurrent_writes()), "onboarded and removed")
