"""Accidents: an option that is undefined, empty or masked is as if it was not given, or refused. Nothing is written that nobody asked for.

The cells are in accident_cells.py; the tasks of one module are one run of ansible-playbook. PROOF_CELL='email_security_domain | transport | masked'
tries one cell alone.
"""

from __future__ import annotations

import os
import random

import pytest
from accident_cells import BASES, AccidentCell, cells, wrong_with
from ledger import SEED, record, scaled
from playing import Player


def chosen() -> dict[str, list[AccidentCell]]:
    every = cells()
    if wanted := os.environ.get("PROOF_CELL"):
        every = [cell for cell in every if str(cell) == wanted]
    count = min(len(every), scaled(len(every)))
    sample = every if count == len(every) else random.Random(SEED).sample(every, count)
    return {module: found for module in BASES if (found := [cell for cell in sample if cell.module == module])}


CELLS = chosen()


@pytest.mark.parametrize("module", CELLS)
def test_accidents(module: str, player: Player) -> None:
    asked = CELLS[module]
    options = list(dict.fromkeys((cell.place, cell.option) for cell in asked))
    references = [AccidentCell(module, place, option, "undefined").step(without=True) for place, option in options]
    outcomes = player.play([*references, *(cell.step() for cell in asked)])
    without = dict(zip(options, outcomes, strict=False))
    wrong = {}
    for cell, outcome in zip(asked, outcomes[len(references) :], strict=True):
        if found := wrong_with(cell, outcome, without[cell.place, cell.option]):
            wrong[str(cell)] = [*found, str(outcome.result.get("msg"))[:200]]
    record("accidents", len(asked), len(wrong), module)
    assert not wrong, "\n".join(f"PROOF_CELL={name!r}: {words}" for name, words in wrong.items())
