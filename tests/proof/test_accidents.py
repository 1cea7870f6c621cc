"""Accidents: an option that is undefined, empty or masked is as if it was not given, or refused. Nothing is written that nobody asked for.

The cells are in accident_cells.py and accident_plays.py; those of all modules are one run of ansible-playbook with each ansible-core, and so are
those of all playbooks. PROOF_CELL='email_security_domain | change | transport' tries the cells with that in their names.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from accident_cells import Cell, module_cells, sampled
from accident_plays import NEEDS_AWX, play_cells
from accident_run import Seen, run, wrong_with
from integration_conftest import COLLECTIONS_PATH
from leak_plays import core_of, pythons
from ledger import record

PART = "accidents"
COLLECTION = Path(COLLECTIONS_PATH.split(os.pathsep)[0], "ansible_collections/mailops/cloudflare")
KINDS = {"modules": module_cells, "playbooks": lambda: play_cells(COLLECTION)}
CELLS = {name: sampled(cells(), os.environ.get("PROOF_CELL")) for name, cells in KINDS.items()}

Runs = dict[tuple[str, str], Future[tuple[dict[Cell, Seen], list[str]]]]


def oldest_and_newest() -> list[str]:
    """The interpreters of the oldest and the newest ansible-core that is final, by the name of the core."""
    known = {tuple(map(int, core.split(".")[:2])): python for python in pythons() for core in [core_of(python)] if core.replace(".", "").isdigit()}
    return list(dict.fromkeys([known[min(known)], sys.executable]))


PYTHONS = {core_of(python): python for python in oldest_and_newest()}
ASKED = [(kind, core) for kind in CELLS for core in PYTHONS if CELLS[kind]]


@pytest.fixture(scope="session")
def runs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    """All that a test asks for, two at a time."""
    root = tmp_path_factory.mktemp("accidents")
    asked = dict.fromkeys((item.callspec.params["kind"], item.callspec.params["core"]) for item in request.session.items if hasattr(item, "callspec"))
    with ThreadPoolExecutor(2) as pool:
        yield {(kind, core): pool.submit(run, with_references(CELLS[kind]), PYTHONS[core], root / f"{kind}-{core}", COLLECTIONS_PATH) for kind, core in asked}


def with_references(cells: Sequence[Cell]) -> list[Cell]:
    return list(dict.fromkeys([*(Cell(cell.base) for cell in cells), *(cell.without for cell in cells), *cells]))


@pytest.mark.parametrize(("kind", "core"), ASKED)
def test_accidents(kind: str, core: str, runs: Runs) -> None:
    seen, strange = runs[kind, core].result()
    wrong = {}
    for cell in CELLS[kind]:
        if found := wrong_with(cell, seen[cell], seen[cell.without]):
            wrong[str(cell)] = [*found, seen[cell].message[:200]]
    record(PART, len(CELLS[kind]), len(wrong), f"{kind} with ansible-core {core}")
    reported = "\n".join(f"PROOF_CELL={name!r}: {words}" for name, words in wrong.items())
    assert not wrong, f"ansible-core {core}: {len(wrong)} of {len(CELLS[kind])}\n{reported}"
    assert not strange, f"nobody is known to have asked for {strange}"


@pytest.mark.parametrize(("kind", "core"), ASKED)
def test_what_is_right_works(kind: str, core: str, runs: Runs) -> None:
    """With everything given as it should be, each task does what it is for; else the cells prove nothing."""
    seen, _strange = runs[kind, core].result()
    for cell, found in seen.items():
        if not cell.option:
            assert found.journal or found.files, f"{cell}: {found}"


def test_what_cannot_be_run() -> None:
    record(PART, 0, 0, f"not run: {NEEDS_AWX}")
    if len(PYTHONS) == 1:
        record(PART, 0, 0, "not run: the oldest ansible-core, which is not among PROOF_PYTHONS")
