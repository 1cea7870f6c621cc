"""Runs cells in a few processes in parallel, because most of the time of a cell is waiting."""

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
from fault_cells import Cell, Judgment, World, run_cell
from ledger import SIZE

Judge = Callable[[World, Any], Judgment]
# More than there are cores, because cells wait; fewer for a small run. At least two, because some cases need two processes.
WORKERS = max(2, int(os.environ.get("PROOF_WORKERS") or (8 if SIZE >= 0.5 else 3)))
IMPORTED = [f"ansible_collections.mailops.cloudflare.plugins.{name}" for name in ("modules.email_security_domain", "modules.email_security_domains")]
_world: World | None = None


def _start_worker() -> None:
    global _world
    _world = World(Path(tempfile.mkdtemp(prefix="proof-")))


def _run_in_worker(judge: Judge, case: Any) -> Judgment:
    assert _world is not None
    return judge(_world, case)


@lru_cache(maxsize=1)
def _pool() -> ProcessPoolExecutor:
    # Workers are forked from a process that has imported everything.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["fault_cells", "fault_call", *IMPORTED])
    pool = ProcessPoolExecutor(WORKERS, mp_context=context, initializer=_start_worker)
    atexit.register(pool.shutdown, cancel_futures=True)
    return pool


def judgments_of(judge: Judge, cases: Iterable[Any]) -> list[Judgment]:
    """The judgments of a judge, in the order of the cases."""
    return [future.result() for future in [_pool().submit(_run_in_worker, judge, case) for case in cases]]


def names_of(request: pytest.FixtureRequest) -> list[str]:
    """The faults of the tests in this file that are selected."""
    return [item.callspec.params["name"] for item in request.session.items if item.path == request.path and hasattr(item, "callspec")]


def submit(cells: Iterable[Cell]) -> dict[Cell, Future[Judgment]]:
    return {cell: _pool().submit(_run_in_worker, run_cell, cell) for cell in cells}


def judgment_of(future: Future[Judgment]) -> Judgment:
    """The judgment of a cell. A cell that may have failed because the machine is slow is run once more."""
    first = future.result()
    if first.misses and not first.lies:
        return _pool().submit(_run_in_worker, run_cell, first.cell).result()
    return first


def run_in_parallel(work: Callable[[World, Any], Any], jobs: Iterable[Any]) -> list[Any]:
    """The results of a few jobs that run at the same time, each in a process of its own."""
    return [future.result(timeout=120) for future in [_pool().submit(_run_in_worker, work, job) for job in jobs]]
