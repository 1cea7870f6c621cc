"""The properties of comparison, plan and result on many examples, by a seeded generator and by hypothesis, and the properties on the simulator.

PROOF_EXAMPLE=NUMBER runs a single example, with the PROOF_SEED with which it was found.
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
import law_entries
import law_heart
import law_time
import pytest
from hypothesis import strategies as st
from ledger import SEED, record, scaled
from simulator import Simulator

Law = Callable[[Random], None]
ONLY = os.environ.get("PROOF_EXAMPLE")

# Number of examples of the seeded generator.
SEEDED: dict[Law, int] = {
    law_heart.normal_form_of_a_normal_form_is_itself: 15_000,
    law_heart.normal_form_of_a_host_name_is_itself: 4_000,
    law_heart.spelling_does_not_change_the_normal_form: 12_000,
    law_heart.white_space_around_does_not_change_the_normal_form: 5_000,
    law_heart.normal_forms_are_equal_exactly_if_the_oracle_says_so: 14_000,
    law_heart.any_json_value_has_a_normal_form: 16_000,
    law_heart.live_domain_has_no_differences_from_itself: 4_000,
    law_heart.order_and_repetition_do_not_change_the_normal_form: 3_000,
    law_heart.change_leads_to_the_desired_settings: 4_000,
    law_heart.change_has_only_declared_fields: 4_000,
    law_heart.creation_has_only_the_desired_settings: 2_000,
    law_heart.settings_after_a_change_agree_with_the_oracle: 2_500,
    law_heart.spellings_of_a_name_have_one_normal_form: 3_000,
    law_heart.any_text_is_a_valid_name_or_refused: 5_000,
    law_heart.defaults_equal_settings_in_each_entry: 1_500,
    law_heart.entry_is_refused_exactly_if_the_single_module_refuses_it: 1_500,
    law_heart.plan_agrees_with_the_oracle: 1_500,
    law_heart.order_does_not_change_the_plan: 1_000,
    law_heart.plans_are_equal_exactly_if_the_changes_are: 1_500,
    law_heart.shortened_result_is_below_the_limit_and_its_counts_are_true: 500,
    law_entries.entry_spelled_differently_is_the_same: 5_000,
    law_entries.entry_in_normal_form_is_itself: 3_000,
    law_entries.keys_are_equal_exactly_if_the_oracle_says_so: 5_000,
    law_entries.live_entry_that_equals_the_declared_one_is_no_change: 4_000,
    law_entries.refused_value_is_refused_with_the_name_of_its_option: 5_000,
    law_entries.any_live_entry_has_a_normal_form_and_a_plan: 2_000,
    law_entries.regular_expression_is_never_touched: 5_000,
    law_entries.after_the_plan_a_second_run_changes_nothing: 3_000,
    law_entries.order_of_entries_does_not_change_their_plan: 1_500,
    law_time.no_schedule_exceeds_the_quota: 1_500,
    law_time.no_schedule_waits_longer_than_max_wait: 8_000,
}
# Number of examples of hypothesis, which is slower, tries edge cases, and minimizes what it finds.
BY_HYPOTHESIS = 100
# Number of examples on the simulator. Each example for many domains is several tasks.
ON_THE_SIMULATOR = {"test_laws": 150, "test_fleet_laws": 40}


def named(law: Law) -> str:
    return law.__name__


@pytest.mark.parametrize("law", SEEDED, ids=named)
def test_law_with_seeded_examples(law: Law) -> None:
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
def test_law_by_hypothesis(law: Law) -> None:
    @hypothesis.given(random=st.randoms(use_true_random=False))
    def holds(random: Any) -> None:
        law(random)

    run_and_count("laws", holds, scaled(BY_HYPOTHESIS), "hypothesis")


def _load_laws(file: str) -> ModuleType:
    """The properties of the integration tests. Loaded under another name, because this file has the name of one of theirs."""
    path = Path(__file__).parents[1] / "integration" / file
    spec = importlib.util.spec_from_file_location(f"integration_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SIMULATED = {
    f"{module.__name__.removeprefix('integration_')}: {name}": law
    for module in map(_load_laws, ("test_laws.py", "test_fleet_laws.py"))
    for name, law in vars(module).items()
    if name.startswith("test_") and hasattr(law, "hypothesis")
}


@pytest.mark.parametrize("name", SIMULATED)
def test_law_on_the_simulator(name: str, running_simulator: Simulator) -> None:
    run_and_count("laws", SIMULATED[name], scaled(ON_THE_SIMULATOR[name.partition(":")[0]]), "simulator, hypothesis", running_simulator=running_simulator)
    running_simulator.reset()


def run_and_count(part: str, law: Any, examples: int, note: str, **fixtures: Any) -> None:
    """Run a hypothesis test with so many examples, and record those that were completed."""
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
