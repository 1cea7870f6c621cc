"""Whatever a server answers: no exception but ours, no false C(changed), no foreign path, and an end.

PROOF_CASE=NUMBER runs that case alone, with the PROOF_SEED that it was found with.
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
from body_ways import WAYS, Case, broken_laws, case_of, given
from ledger import SEED, SIZE, record, scaled

BATCHES, OF_A_BATCH = 40, 5000
# One answer of 32 MiB at most, understood, compared and told. Of the processor's time: a busy machine proves nothing.
SECONDS = 5.0
ONLY = os.environ.get("PROOF_CASE")


def numbers(batch: int) -> list[int]:
    if ONLY is not None:
        return [int(ONLY)] if int(ONLY) // OF_A_BATCH == batch else []
    return [batch * OF_A_BATCH + number for number in range(scaled(OF_A_BATCH))]


@pytest.mark.parametrize("batch", range(BATCHES))
def test_spoilt_answers(batch: int) -> None:
    cases = numbers(batch)
    wrong = [(case, laws) for case in map(case_of, cases) if (laws := broken_laws(case))]
    if cases:
        record("world", checked=len(cases), wrong=len(wrong))
    assert not wrong, "\n".join([f"{len(wrong)} of {len(cases)}", *(told(case, laws) for case, laws in wrong[:5])])


def told(case: Case, laws: list[str]) -> str:
    bodies = [f"{body.status} {body.headers} {body.raw[:700]!r} ({', '.join(body.names)})" for body in case.server.spoilt[:2]]
    return "\n".join(
        [
            f"PROOF_SEED={SEED} PROOF_CASE={case.number} pytest tests/proof/test_world.py",
            f"  {case.way.name}, spoilt {case.spoils}: {'; '.join(laws)}",
            *(f"  {body}" for body in bodies),
        ]
    )


# What is spoilt on the way of which module; a part of them where the proof is small.
EXTREME_WAYS = [("info module", "reads"), ("domain module", "reads"), ("domain module", "writes"), ("domains module", "reads"), ("domains module", "writes")]


class TooLong(BaseException):
    """Not an Exception: the modules catch those."""


@contextmanager
def broken_off(seconds: float) -> Iterator[None]:
    def ring(_signal: int, _frame: object) -> None:
        raise TooLong

    before = signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


@pytest.mark.parametrize("name", EXTREMES if SIZE >= 1 else Random(SEED).sample(list(EXTREMES), max(12, scaled(len(EXTREMES)))))
def test_extremes(name: str) -> None:
    """Each as an answer to a read and to a write of each module, through its main()."""
    ways = {way.name: way for way in WAYS}
    chosen = EXTREME_WAYS if SIZE >= 1 else EXTREME_WAYS[:2]
    wrong = {}
    for way, spoils in chosen:
        began = time.process_time()
        try:
            with broken_off(SECONDS):
                laws = broken_laws(given(ways[way], EXTREMES[name]()(spoils == "reads" or way == "info module"), spoils))
        except TooLong:
            laws = [f"not done within {time.process_time() - began:.0f} s of the processor's time"]
        except Exception as error:  # noqa: BLE001 - printed by a module without being caught
            laws = [f"{type(error).__name__}: {error}"[:300]]
        if laws:
            wrong[f"{way}, spoilt {spoils}"] = laws
    record("world", checked=len(chosen), wrong=len(wrong))
    assert not wrong, f"{name}: {wrong}"
