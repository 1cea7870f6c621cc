"""The matrix: which credential, given in which way, meets which outcome in which module."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from canaries import SHAPES, WAYS, Canary, canary
from outcomes import OUTCOMES, Outcome
from searching import Searcher


@dataclass(frozen=True)
class Kind:
    """What a cell is about. Its secret is made when the run is known."""

    shape: str
    way: str
    outcome: str
    module: str

    @property
    def is_worth_it(self) -> bool:
        """Whether the combination shows anything new: a credential that cannot be sent is refused before any request."""
        usable = SHAPES[self.shape].sendable and not WAYS[self.way].misplaced
        outcome = OUTCOMES[self.outcome]
        if WAYS[self.way].shortest and (self.shape == "6 characters" or SHAPES[self.shape].is_data):
            return False
        if not usable and not outcome.local and self.outcome not in ("nothing to do", "change, check mode"):
            return False
        return "<email>" not in self.outcome or WAYS[self.way].has_email


ALL = [
    kind
    for name, outcome in OUTCOMES.items()
    for module in outcome.modules
    for shape in SHAPES
    for way in WAYS
    if (kind := Kind(shape, way, name, module)).is_worth_it
]


@dataclass(frozen=True)
class Cell:
    """A task. `owner` identifies it where its secret shows."""

    kind: Kind
    seed: object
    canary: Canary = field(repr=False)

    @property
    def owner(self) -> str:
        return f"{self.kind.shape!r} as {self.kind.way!r}: {self.kind.outcome!r} of {self.kind.module}"

    @property
    def outcome(self) -> Outcome:
        return OUTCOMES[self.kind.outcome]

    @property
    def expected(self) -> str | None:
        """The expected kind of failure. None for success."""
        return self.outcome.kind if self.canary.is_usable else "invalid"

    @property
    def is_logged(self) -> bool:
        """Whether Ansible logs the invocation: only if the module does not refuse its options."""
        return not self.outcome.local and not WAYS[self.kind.way].unknown

    @property
    def reaches_the_server(self) -> bool:
        return self.canary.is_usable and not self.outcome.local and self.outcome.breakage is None


def cells(kinds: Iterable[Kind], seed: object) -> list[Cell]:
    return [Cell(kind, seed, canary(kind.shape, kind.way, f"{kind} {seed}")) for kind in kinds]


def sample(kinds: Sequence[Kind], count: int, seed: object) -> list[Kind]:
    """So many different kinds. Every outcome of every module, and every pair of shape and way, is about equally frequent."""
    rng = random.Random(f"sample {seed}")
    by_outcome: dict[tuple[str, str], list[Kind]] = {}
    for kind in rng.sample(kinds, len(kinds)):
        by_outcome.setdefault((kind.outcome, kind.module), []).append(kind)
    used: dict[tuple[str, str], int] = {}
    chosen: list[Kind] = []
    while by_outcome and len(chosen) < count:
        for key in rng.sample(list(by_outcome), len(by_outcome)):
            left = by_outcome[key]
            at = min(range(len(left)), key=lambda at: used.get((left[at].shape, left[at].way), 0))
            kind = left.pop(at)
            used[kind.shape, kind.way] = used.get((kind.shape, kind.way), 0) + 1
            chosen.append(kind)
            if not left:
                del by_outcome[key]
            if len(chosen) == count:
                break
    return chosen


def searcher(tasks: Sequence[Cell]) -> Searcher:
    """A searcher for the secrets of these tasks, without the white space around them."""
    return Searcher(
        [(cell.owner, cell.canary.sent) for cell in tasks],
        [(cell.owner, cell.canary.email) for cell in tasks if WAYS[cell.kind.way].has_email],
    )


def kinds_of(result: dict[str, Any]) -> Iterator[str | None]:
    """The kinds of failure in a result, including those of single domains. None for success."""
    failures = [each["failure"]["kind"] for each in (result, *result.get("results", ())) if isinstance(each, dict) and "failure" in each]
    yield from failures or [None]
