"""Whatever a server answers: no foreign exception, no false `changed`, no foreign path, and the task ends.

PROOF_CASE=NUMBER runs a single case, with the PROOF_SEED with which it was found.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

import pytest
from body_extremes import EXTREMES
from body_ways import WAYS, Case, broken_properties, case_of, case_with_body
from ledger import SEED, SIZE, record, scaled

BATCHES, BATCH_SIZE = 40, 5000
# For one answer of at most 32 MiB. CPU time, so that a busy machine does not matter.
MAX_CPU_SECONDS = 5.0
ONLY = os.environ.get("PROOF_CASE")


def case_numbers(batch: int) -> list[int]:
    if ONLY is not None:
        return [int(ONLY)] if int(ONLY) // BATCH_SIZE == batch else []
    return [batch * BATCH_SIZE + number for number in range(scaled(BATCH_SIZE))]


@pytest.mark.parametrize("batch", range(BATCHES))
def test_spoilt_answers_break_no_property(batch: int) -> None:
    cases = case_numbers(batch)
    wrong = [(case, laws) for case in map(case_of, cases) if (laws := broken_properties(case))]
    if cases:
        record("world", checked=len(cases), wrong=len(wrong))
    assert not wrong, "\n".join([f"{len(wrong)} of {len(cases)}", *(explain(case, laws) for case, laws in wrong[:5])])


def explain(case: Case, laws: list[str]) -> str:
    bodies = [f"{body.status} {body.headers} {body.raw[:700]!r} ({', '.join(body.names)})" for body in case.server.spoilt[:2]]
    return "\n".join(
        [
            f"PROOF_SEED={SEED} PROOF_CASE={case.number} pytest tests/proof/test_world.py",
            f"  {case.way.name}, spoilt {case.spoils}: {'; '.join(laws)}",
            *(f"  {body}" for body in bodies),
        ]
    )


# Modules and which of their answers are spoilt. A small run uses the first two.
EXTREME_WAYS = [("info module", "reads"), ("domain module", "reads"), ("domain module", "writes"), ("domains module", "reads"), ("domains module", "writes")]


class TimeLimitError(BaseException):
    """Derived from BaseException, because the modules catch Exception."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    def ring(_signal: int, _frame: object) -> None:
        raise TimeLimitError

    before = signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


@pytest.mark.parametrize("name", EXTREMES if SIZE >= 1 else Random(SEED).sample(list(EXTREMES), max(12, scaled(len(EXTREMES)))))
def test_extreme_answer_breaks_no_property(name: str) -> None:
    """As the answer to a read and to a write, through main() of each module."""
    ways = {way.name: way for way in WAYS}
    chosen = EXTREME_WAYS if SIZE >= 1 else EXTREME_WAYS[:2]
    wrong = {}
    for way, spoils in chosen:
        began = time.process_time()
        try:
            with time_limit(MAX_CPU_SECONDS):
                laws = broken_properties(case_with_body(ways[way], EXTREMES[name]()(spoils == "reads" or way == "info module"), spoils))
        except TimeLimitError:
            laws = [f"not done within {time.process_time() - began:.0f} s of the processor's time"]
        except Exception as error:  # noqa: BLE001 - printed by a module without being caught
            laws = [f"{type(error).__name__}: {error}"[:300]]
        if laws:
            wrong[f"{way}, spoilt {spoils}"] = laws
    record("world", checked=len(chosen), wrong=len(wrong))
    assert not wrong, f"{name}: {wrong}"
