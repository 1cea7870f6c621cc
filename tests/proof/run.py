"""Runs the parts of the proof, and prints a table of goals and figures. See README.md.

    run.py                    all parts
    run.py faults leaks       these parts
    run.py --short            the parts that `make test` runs

PROOF_SIZE and PROOF_SEED set size and seed. The output of the parts is in .build/proof.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FOLDER = ROOT / ".build" / "proof"
sys.path.insert(0, str(HERE))

from cores import CORES  # noqa: E402 - from the path above
from goals import GOALS, Goal  # noqa: E402 - from the path above
from ledger import SEED, SIZE, scaled  # noqa: E402 - from the path above

NOT_RUN, IN_CHECK_MODE = "not run: ", ", in check mode"
LINES_OF_A_FAILURE = 60


class Run(NamedTuple):
    """A finished part."""

    goal: Goal
    code: int
    seconds: float

    @property
    def folder(self) -> Path:
        return FOLDER / "parts" / self.goal.name.replace(" ", "-")


class Result(NamedTuple):
    """The result of a part.

    Args:
        kinds: number of different notes.
        missing: what could not be run here, and why.
    """

    run: Run
    checked: int
    wrong: int
    kinds: int
    missing: list[str]

    @property
    def goal(self) -> Goal:
        return self.run.goal

    @property
    def complaint(self) -> str:
        """Why the goal is missed. Empty if it is reached."""
        least = scaled(self.goal.least) if self.goal.is_scaled else self.goal.least
        if self.checked < max(1, least):
            return f"checked {self.checked:,} of {least:,}" if self.checked else "NOTHING WAS CHECKED"
        if self.wrong > self.goal.wrong * self.checked:
            return f"{self.wrong:,} WRONG"
        # A sample of the matrix does not have all kinds.
        if self.kinds < self.goal.kinds and SIZE >= 1:
            return f"{self.kinds} of {self.goal.kinds} kinds"
        return f"FAILED, exit code {self.run.code}" if self.run.code else ""

    @property
    def figure(self) -> str:
        kinds = f"{self.kinds} kinds, " if self.goal.kinds else ""
        right = (self.checked - self.wrong) / self.checked if self.checked else 0.0
        share = "100 %" if right == 1.0 else f"{min(right, 0.9999):.2%}"
        return f"{kinds}{self.checked:,} checked, {self.wrong:,} wrong ({share})"


def main() -> int:
    """Run the selected parts. Returns 0 if each of their goals is reached."""
    options = _options()
    unknown = set(options.parts) - {goal.name for goal in GOALS}
    if unknown:
        sys.exit(f"there is no part named {', '.join(sorted(unknown))}")
    chosen = [goal for goal in GOALS if (goal.name in options.parts if options.parts else goal.short or not options.short)]
    shutil.rmtree(FOLDER / "parts", ignore_errors=True)
    began = time.monotonic()
    runs = sorted(_runs(chosen, options.jobs), key=lambda run: GOALS.index(run.goal))
    # A part may record cells of another: the check mode part runs the matrix of faults, too.
    records = [record for run in runs for record in _records(run)]
    results = [_result(run, records) for run in runs]
    print(f"\nproof: seed {SEED}, size {SIZE:g}, {time.monotonic() - began:.0f} s, Python {sys.version.split()[0]}\n")
    print(_table(results))
    for result in results:
        for reason in result.missing:
            print(f"  not run, {result.goal.name}: {reason}")
    missed = [result for result in results if result.complaint]
    print(f"\n{len(results) - len(missed)} of {len(results)} goals reached" + ("" if SIZE >= 1 else ", as far as this size goes"))
    return 1 if missed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="The proof: what is promised, counted.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(goal.name for goal in GOALS))
    parser.add_argument("--short", action="store_true", help="the parts that `make test` runs")
    parser.add_argument("--jobs", type=int, default=(os.cpu_count() or 1) + 1, metavar="N", help="so many parts at a time; each waits now and then")
    return parser.parse_args()


def _runs(goals: list[Goal], jobs: int) -> Iterator[Run]:
    """The parts in parallel, the longest first, and then one by one those that measure time."""
    together = sorted((goal for goal in goals if not goal.alone), key=lambda goal: -goal.seconds)
    with ThreadPoolExecutor(jobs) as pool:
        for ended in as_completed([pool.submit(_run, goal) for goal in together]):
            yield _reported(ended.result())
    for goal in goals:
        if goal.alone:
            yield _reported(_run(goal))


def _run(goal: Goal) -> Run:
    folder = Run(goal, 0, 0.0).folder
    folder.mkdir(parents=True)
    began = time.monotonic()
    with (folder / "log").open("w", encoding="utf-8") as output:
        done = subprocess.run(
            [sys.executable, *_command(goal, folder)],
            cwd=ROOT,
            env=_environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    return Run(goal, done.returncode, time.monotonic() - began)


def _command(goal: Goal, folder: Path) -> list[str]:
    [name, *arguments] = goal.run
    if not name.startswith("test_"):
        return [str(HERE / name), *arguments]
    switches = ["-q", "--no-header", "-o", f"cache_dir={folder / 'cache'}", f"--basetemp={folder / 'temp'}"]
    return ["-m", "pytest", *switches, str(HERE / name), *arguments]


def _environment(folder: Path) -> dict[str, str]:
    pythons = [str(core.python) for core in CORES if core.python.exists()]
    return {
        **os.environ,
        "PROOF_LEDGER": str(folder / "ledger.jsonl"),
        "PROOF_SEED": str(SEED),
        "PROOF_SIZE": str(SIZE),
        "PROOF_PYTHONS": os.environ.get("PROOF_PYTHONS", os.pathsep.join(pythons)),
        "HYPOTHESIS_STORAGE_DIRECTORY": str(folder / "hypothesis"),
    }


def _records(run: Run) -> list[dict[str, Any]]:
    ledger = run.folder / "ledger.jsonl"
    return [json.loads(line) for line in ledger.read_text(encoding="utf-8").splitlines()] if ledger.exists() else []


def _result(run: Run, records: list[dict[str, Any]]) -> Result:
    records = [record for record in records if record["part"] == run.goal.name]
    notes = {record["note"] for record in records if record["note"] and (record["checked"] or record["note"].startswith(NOT_RUN))}
    return Result(
        run,
        checked=sum(record["checked"] for record in records),
        wrong=sum(record["wrong"] for record in records),
        kinds=len({note.removesuffix(IN_CHECK_MODE) for note in notes}),
        missing=sorted(note.removeprefix(NOT_RUN) for note in notes if note.startswith(NOT_RUN)),
    )


def _reported(run: Run) -> Run:
    """Report how the part ended, with its output if it failed."""
    result = _result(run, _records(run))
    bad = run.code or result.wrong > run.goal.wrong * result.checked or not result.checked
    print(f"{run.goal.name}: {'FAILED' if bad else 'done'}: {result.figure}, {run.seconds:.0f} s", flush=True)
    if bad:
        words = (run.folder / "log").read_text(encoding="utf-8", errors="replace").splitlines()
        print(textwrap.indent("\n".join(words[-LINES_OF_A_FAILURE:]), "    "), flush=True)
    return run


def _table(results: list[Result]) -> str:
    rows = [("part", "goal", "figure", "seconds", "")]
    rows += [(result.goal.name, result.goal.goal, result.figure, f"{result.run.seconds:.0f}", result.complaint or "reached") for result in results]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    lines = ["  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "  " + "  ".join("-" * width for width in widths[:4]), *lines[1:]])


if __name__ == "__main__":
    sys.exit(main())
