"""Someone else writes at the same time, wherever that can be: what is declared wins, what is not is theirs, and in doubt nothing is overwritten."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from fault_cells import Verdict, World, told
from fault_pool import judged
from ledger import SEED, record, scaled
from world_others import VALUES, WAYS, edits, meetings, planned_edits, tried_edit, tried_meeting, tried_plan

PART = "someone else writes"


def sample(cases: Iterable[Any]) -> list[Any]:
    every = list(cases)
    count = min(len(every), scaled(len(every)))
    return every if count == len(every) else random.Random(SEED).sample(every, count)


def hold(judge: Callable[[World, Any], Verdict], cases: list[Any], note: str) -> None:
    wrong = [verdict for verdict in judged(judge, cases) if verdict.wrong]
    record(PART, len(cases), len(wrong), note)
    assert not wrong, "\n\n".join(told(each) for each in wrong)


EDITS = sample(edits())


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("field", VALUES)
def test_a_field_is_edited(field: str, way: str) -> None:
    if cases := [edit for edit in EDITS if (edit.field, edit.way) == (field, way)]:
        hold(tried_edit, cases, f"{field}, {way}")


def test_what_was_approved_is_not_what_there_is_to_do() -> None:
    hold(tried_plan, sample(planned_edits()), "expected_plan")


def test_domains_come_and_go() -> None:
    hold(tried_meeting, sample(meetings()), "onboarded and removed")
