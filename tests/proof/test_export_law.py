"""The law of the export, on many states of an account.

PROOF_EXAMPLE=NUMBER runs that state alone, with the PROOF_SEED that it was found with.
"""

from __future__ import annotations

import os
from random import Random
from typing import Any

import hypothesis
import pytest
from export import FORMULAS, exported_is_as_it_is, is_formula
from export_lists import exported_lists_are_as_they_are
from hypothesis import strategies as st
from ledger import SEED, record, scaled

BATCHES, OF_A_BATCH = 20, 500
BY_HYPOTHESIS = 500
ONLY = os.environ.get("PROOF_EXAMPLE")


def numbers(batch: int) -> list[int]:
    if ONLY is not None:
        return [int(ONLY)] if int(ONLY) // OF_A_BATCH == batch else []
    return [batch * OF_A_BATCH + number for number in range(scaled(OF_A_BATCH))]


@pytest.mark.parametrize("batch", range(BATCHES))
def test_seeded(batch: int) -> None:
    wrong = []
    for number in numbers(batch):
        try:
            exported_is_as_it_is(Random(SEED * 1_000_003 + number))
        except Exception as error:  # noqa: BLE001 - an exception breaks the law as well
            wrong.append(f"PROOF_SEED={SEED} PROOF_EXAMPLE={number} pytest tests/proof/test_export_law.py: {type(error).__name__} {error}"[:1500])
    record("export", checked=len(numbers(batch)), wrong=len(wrong), note="seeded")
    assert not wrong, "\n".join([f"{len(wrong)} wrong", *wrong[:4]])


@pytest.mark.parametrize("batch", range(BATCHES))
def test_lists_seeded(batch: int) -> None:
    wrong = []
    for number in numbers(batch):
        try:
            exported_lists_are_as_they_are(Random(SEED * 1_000_003 + number))
        except Exception as error:  # noqa: BLE001 - an exception breaks the law as well
            wrong.append(f"PROOF_SEED={SEED} PROOF_EXAMPLE={number} pytest tests/proof/test_export_law.py: {type(error).__name__} {error}"[:1500])
    record("export", checked=len(numbers(batch)), wrong=len(wrong), note="lists")
    assert not wrong, "\n".join([f"{len(wrong)} wrong", *wrong[:4]])


def test_what_is_taken_for_a_formula() -> None:
    """The law is worth no more than this: a number may be negative, and nothing else may begin like one."""
    texts = [*FORMULAS, "-1+1", "-1-1", "-1|x", "-1,2", "-1\n", "-\uff11", "-", "-.5", "-inf"]
    assert [text for text in texts if not is_formula(text)] == []
    assert [text for text in texts if text != "-1" and not is_formula(text, set(texts))] == []
    assert not any(is_formula(text, {"-1", "-1.5", "-1e+300"}) for text in ("-1", "-1.5", "-1e+300", "'-1", "1-1", "a=1", ""))


def test_by_hypothesis() -> None:
    done = 0

    @hypothesis.settings(max_examples=scaled(BY_HYPOTHESIS), suppress_health_check=list(hypothesis.HealthCheck))
    @hypothesis.given(random=st.randoms(use_true_random=False))
    def holds(random: Any) -> None:
        nonlocal done
        exported_is_as_it_is(random)
        done += 1

    broken = 1
    try:
        holds()
        broken = 0
    finally:
        record("export", checked=done + broken, wrong=broken, note="hypothesis")
