"""Cells are tried in a few processes at a time: most of a cell is waiting."""

from __future__ import annotations

import atexit
import multiprocessing
import os
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from fault_cells import Cell, Verdict, World, tried
from ledger import SIZE

Judge = Callable[[World, Any], Verdict]
# More than there are cores, because they wait; fewer where there is little to do. Two at least: some cases take two processes.
WORKERS = max(2, int(os.environ.get("PROOF_WORKERS") or (8 if SIZE >= 0.5 else 3)))
IMPORTED = [f"ansible_collections.mailops.cloudflare.plugins.{name}" for name in ("modules.email_security_domain", "modules.email_security_domains")]
_world: World | None = None


def _begin() -> None:
    global _world
    _world = World(Path(tempfile.mkdtemp(prefix="proof-")))


def _try(judge: Judge, case: Any) -> Verdict:
    assert _world is not None
    return judge(_world, case)


@lru_cache(maxsize=1)
def _pool() -> ProcessPoolExecutor:
    # Forked from a process that has imported everything already.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["fault_cells", "fault_call", *IMPORTED])
    pool = ProcessPoolExecutor(WORKERS, mp_context=context, initializer=_begin)
    atexit.register(pool.shutdown, cancel_futures=True)
    return pool


def judged(judge: Judge, cases: Iterable[Any]) -> list[Verdict]:
    """The verdicts of any judge, in the order of the cases."""
    return [future.result() for future in [_pool().submit(_try, judge, case) for case in cases]]


def names_of(request: pytest.FixtureRequest) -> list[str]:
    """The faults whose tests in this file are to run."""
    return [item.callspec.params["name"] for item in request.session.items if item.path == request.path and hasattr(item, "callspec")]


def submitted(cells: Iterable[Cell]) -> dict[Cell, Future[Verdict]]:
    return {cell: _pool().submit(_try, tried, cell) for cell in cells}


def verdict(future: Future[Verdict]) -> Verdict:
    """A cell that may have suffered from the machine is tried once more."""
    first = future.result()
    if first.misses and not first.lies:
        return _pool().submit(_try, tried, first.cell).result()
    return first


def at_once(work: Callable[[World, Any], Any], jobs: Iterable[Any]) -> list[Any]:
    """What became of a few jobs, each in a process of its own at the same time."""
    return [future.result(timeout=120) for future in [_pool().submit(_try, work, job) for job in jobs]]
