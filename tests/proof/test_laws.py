"""The properties of the heart and of the fleet, on many examples: pure laws by a seeded generator and by hypothesis, and the laws on the simulator.

PROOF_EXAMPLE=NUMBER runs that example alone, with the PROOF_SEED that it was found with.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

import hypothesis
import law_heart
import law_time
import pytest
from hypothesis import strategies as st
from ledger import SEED, record, scaled
from simulator import Simulator

Law = Callable[[Random], None]
ONLY = os.environ.get("PROOF_EXAMPLE")

# How many examples each is tried on by the seeded generator.
SEEDED: dict[Law, int] = {
    law_heart.a_normal_form_is_its_own: 15_000,
    law_heart.a_host_name_that_is_taken_is_its_own: 4_000,
    law_heart.spelling_does_not_count: 12_000,
    law_heart.white_space_around_does_not_count: 5_000,
    law_heart.what_differs_is_told_apart: 14_000,
    law_heart.reading_never_fails: 16_000,
    law_heart.a_domain_is_as_it_is: 4_000,
    law_heart.order_and_repetition_do_not_count: 3_000,
    law_heart.a_change_brings_about_what_was_asked: 4_000,
    law_heart.a_change_touches_nothing_else: 4_000,
    law_heart.what_is_not_there_is_made_of_the_desired_alone: 2_000,
    law_heart.settings_are_the_judges: 2_500,
    law_heart.names_have_one_normal_form: 3_000,
    law_heart.any_text_is_a_name_or_refused: 5_000,
    law_heart.defaults_are_said_by_each: 1_500,
    law_heart.an_entry_is_refused_alone_as_in_a_fleet: 1_500,
    law_heart.a_plan_is_as_the_judge_expects: 1_500,
    law_heart.order_does_not_count_in_a_plan: 1_000,
    law_heart.two_plans_are_one_exactly_if_they_do_the_same: 1_500,
    law_heart.a_result_is_short_enough_and_counts_are_true: 500,
    law_time.no_schedule_goes_over_the_quota: 1_500,
    law_time.no_schedule_waits_for_longer_than_max_wait: 8_000,
}
# And by hypothesis, which is slower, looks in the corners, and makes what it finds small.
BY_HYPOTHESIS = 100
# The laws on the simulator, by hypothesis as well; each example of a fleet is some tasks.
ON_THE_SIMULATOR = {"test_laws": 150, "test_fleet_laws": 40}


def named(law: Law) -> str:
    return law.__name__


@pytest.mark.parametrize("law", SEEDED, ids=named)
def test_seeded(law: Law) -> None:
    numbers = range(scaled(SEEDED[law])) if ONLY is None else [int(ONLY)]
    wrong = []
    for number in numbers:
        try:
            law(Random(SEED * 1_000_003 + number))
        except Exception as error:  # noqa: BLE001 - an exception breaks the law as well
            wrong.append(f"PROOF_SEED={SEED} PROOF_EXAMPLE={number} pytest tests/proof/test_laws.py -k {named(law)}: {type(error).__name__} {error}"[:1500])
    record("laws", checked=len(numbers), wrong=len(wrong), note="seeded")
    assert not wrong, "\n".join([f"{len(wrong)} of {len(numbers)}", *wrong[:4]])


@pytest.mark.parametrize("law", SEEDED, ids=named)
def test_by_hypothesis(law: Law) -> None:
    @hypothesis.given(random=st.randoms(use_true_random=False))
    def holds(random: Any) -> None:
        law(random)

    counted("laws", holds, scaled(BY_HYPOTHESIS), "hypothesis")


def _laws_of(file: str) -> ModuleType:
    """The laws of the integration tests; by another name, because this file has one of theirs."""
    path = Path(__file__).parents[1] / "integration" / file
    spec = importlib.util.spec_from_file_location(f"integration_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SIMULATED = {
    f"{module.__name__.removeprefix('integration_')}: {name}": law
    for module in map(_laws_of, ("test_laws.py", "test_fleet_laws.py"))
    for name, law in vars(module).items()
    if name.startswith("test_") and hasattr(law, "hypothesis")
}


@pytest.mark.parametrize("name", SIMULATED)
def test_on_the_simulator(name: str, running_simulator: Simulator) -> None:
    counted("laws", SIMULATED[name], scaled(ON_THE_SIMULATOR[name.partition(":")[0]]), "simulator, hypothesis", running_simulator=running_simulator)
    running_simulator.reset()


def counted(part: str, law: Any, examples: int, note: str, **fixtures: Any) -> None:
    """Run a law of hypothesis on so many examples, and record those that were carried through."""
    inner, done = law.hypothesis.inner_test, 0

    def counting(*args: Any, **kwargs: Any) -> None:
        nonlocal done
        inner(*args, **kwargs)
        done += 1

    law.hypothesis.inner_test = counting
    broken = 1
    try:
        hypothesis.seed(SEED)(
            hypothesis.settings(max_examples=examples, database=None, deadline=None, suppress_health_check=list(hypothesis.HealthCheck))(law)
        )(**fixtures)
        broken = 0
    finally:
        law.hypothesis.inner_test = inner
        record(part, checked=done + broken, wrong=broken, note=note)
