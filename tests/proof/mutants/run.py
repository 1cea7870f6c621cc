"""Breaks the collection's code in small ways, one at a time, and sees whether the unit tests notice. See ../README.md.

    run.py                     a sample, drawn by PROOF_SEED, of PROOF_SIZE
    run.py --all               every mutant
    run.py --only pagination   every mutant whose name holds this word
    run.py --only account --sample 100   so many of these, drawn by PROOF_SEED
    run.py --list              name them, and run none

Nothing in the checkout is changed: the tests run in a copy in a temporary folder, and a mutant is only in the memory of its own process.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from functools import cache
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, settings

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
UTILS = "plugins/module_utils"
sys.path[:0] = [str(HERE), str(HERE.parent)]

from catalogue import EQUIVALENT, LEFT_OUT, tests_of  # noqa: E402 - from the path above
from forks import End, each  # noqa: E402 - from the path above
from ledger import SEED, record, scaled  # noqa: E402 - from the path above
from operators import Mutant, compiled, mutants_of  # noqa: E402 - from the path above
from reach import CAN_WATCH, Only, Watcher, tests_that_run  # noqa: E402 - from the path above

SAMPLE = 200
KILLED_AT_LEAST = 0.95
# Fewer are a mistake in how they are looked for, or a removal of code after which these figures are to be lowered.
FILES_AT_LEAST, MUTANTS_AT_LEAST = 140, 12_000
# The tests of one file take some seconds, on a busy machine more: what takes longer will not end.
LONGEST_RUN = 120.0
# All that takes long to import and that no mutant changes: the processes of the mutants find it imported.
PRELOADED = (
    *("ansible.module_utils.basic", "cloudflare", "concurrent.futures.thread", "cryptography.x509", "hypothesis.strategies", "idna", "openapi_core"),
    *("pytest_httpserver.pytest_plugin", "requests", "responses", "trustme", "urllib3", "werkzeug.serving", "yaml"),
)
# An error in a mutant's import is a failed test, too: the tests cannot be collected.
FAILED = (pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR)


class Attempt(NamedTuple):
    """Test files to run, with one mutant or with none."""

    tests: tuple[str, ...]
    mutant: Mutant | None


class Bench:
    """A copy of the collection in which tests are run."""

    def __init__(self, folder: Path) -> None:
        made = subprocess.run([ROOT / "tools" / "tree", folder / "tree"], cwd=ROOT, check=True, capture_output=True, text=True)
        self.collection = Path(made.stdout.strip())
        self.settings = folder / "pytest.ini"
        self.settings.write_text("[pytest]\n", encoding="utf-8")
        self.log = str(folder / "log")

    def test(self, attempt: Attempt) -> int:
        """The exit code of pytest. Changes this process, and so is called in one of its own."""
        os.chdir(self.collection)
        if attempt.mutant is not None:
            path = self.collection / UTILS / attempt.mutant.file
            _plant(str(path), compiled(path.read_text(encoding="utf-8"), str(path), attempt.mutant))
        # File by file: most mutants do not live beyond the first, and so no other has to be imported.
        for name in attempt.tests:
            code = self._pytest(name, attempt.mutant)
            if code != pytest.ExitCode.OK:
                return code
        return pytest.ExitCode.OK

    def _pytest(self, name: str, mutant: Mutant | None) -> int:
        notes = self.settings.parent / f"{name.replace('/', '-')}.json"
        plugins: list[object] = []
        if mutant is not None:
            tests = tests_that_run(notes, mutant.file, mutant.lines)
            if tests is not None and not tests:
                return pytest.ExitCode.OK
            plugins = [] if tests is None else [Only(tests)]
        elif CAN_WATCH and not notes.exists():
            watcher = Watcher(self.collection / UTILS, notes)
            watcher.watch()
            plugins = [watcher]
        switches = ["-x", "-q", "--tb=line", "--assert=plain", "-p", "no:cacheprovider", "-p", "no:faulthandler", "-p", "pytest_httpserver.pytest_plugin"]
        return pytest.main([*switches, "-c", str(self.settings), "--rootdir", str(self.collection), f"tests/unit/{name}"], plugins)


def main() -> int:
    """Run what was asked for, and say which mutants are alive."""
    options = _options()
    mutants = _chosen(options)
    untested = {f"{mutant.file}: tests/unit/{name}" for mutant in _every() for name in tests_of(mutant.file) if not (ROOT / "tests/unit" / name).exists()}
    if untested:
        sys.exit("\n".join(["these tests are not there; name others in catalogue.py:", *sorted(untested)]))
    if options.list:
        print(*(f"{mutant.lines.start:4} {mutant.key}" for mutant in mutants), sep="\n")
        return 0
    _prepare()
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        bench = Bench(Path(folder))
        # Before and after: what fails without a mutant proves nothing of one.
        untouched = [Attempt((name,), None) for name in sorted({name for mutant in mutants for name in tests_of(mutant.file)})]
        began = time.monotonic()
        ends: list[tuple[Attempt, End]] = []
        for attempts in (untouched, [Attempt(tests_of(mutant.file), mutant) for mutant in mutants], untouched):
            for attempt, end in each(attempts, bench.test, at_once=options.jobs, longest=LONGEST_RUN, output=bench.log):
                ends.append((attempt, end))
                if attempt.mutant is not None and end.code in (pytest.ExitCode.OK, None):
                    word = "did not end" if end.code is None else "alive"
                    print(f"{word}: {attempt.mutant.key} (line {attempt.mutant.lines.start})", flush=True)
        return _report(ends, time.monotonic() - began, bench)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Mutation tests of plugins/module_utils.")
    parser.add_argument("--all", action="store_true", help="every mutant, not a sample")
    parser.add_argument("--only", metavar="WORD", nargs="+", help="every mutant whose name holds one of these words")
    parser.add_argument("--sample", type=int, metavar="N", help="at most so many of the mutants that --only selects")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="so many at a time")
    parser.add_argument("--list", action="store_true", help="name them, and run none")
    return parser.parse_args()


def _chosen(options: argparse.Namespace) -> list[Mutant]:
    every = [mutant for mutant in _every() if mutant.key not in EQUIVALENT]
    if options.only:
        every = [mutant for mutant in every if any(word in mutant.key for word in options.only)]
        return every if options.sample is None else random.Random(SEED).sample(every, min(len(every), options.sample))
    return every if options.all else random.Random(SEED).sample(every, min(len(every), scaled(SAMPLE)))


@cache
def _every() -> list[Mutant]:
    """Of all files below module_utils: one that were not found would be counted as tested."""
    files = {path.relative_to(ROOT / UTILS).as_posix(): path for path in sorted((ROOT / UTILS).rglob("*.py"))}
    found = [mutant for name, path in files.items() if name not in LEFT_OUT for mutant in mutants_of(name, path.read_text(encoding="utf-8"))]
    if len(files) < FILES_AT_LEAST or len(found) < MUTANTS_AT_LEAST:
        sys.exit(f"only {len(files)} files and {len(found)} mutants were found, of at least {FILES_AT_LEAST} and {MUTANTS_AT_LEAST}: see run.py")
    return found


def _prepare() -> None:
    """Import what all need. The tests draw less at random than usual, and always the same: a mutant is not to live or die by luck."""
    for name in PRELOADED:
        importlib.import_module(name)
    settings.register_profile(
        "mutants",
        max_examples=40,
        derandomize=True,
        database=None,
        deadline=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    settings.load_profile("mutants")
    # The copy's test files are compiled once.
    sys.dont_write_bytecode = False
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    for name in ("ANSIBLE_COLLECTIONS_PATH", "PYTEST_ADDOPTS"):
        os.environ.pop(name, None)
    gc.freeze()


def _plant(path: str, code: CodeType) -> None:
    """From now on, importing that file gives that code."""
    get_code = SourceFileLoader.get_code
    SourceFileLoader.get_code = lambda loader, name: code if loader.path == path else get_code(loader, name)  # type: ignore[method-assign]


def _report(ends: Sequence[tuple[Attempt, End]], seconds: float, bench: Bench) -> int:
    sham = [attempt.tests[0] for attempt, end in ends if attempt.mutant is None and end.code != pytest.ExitCode.OK]
    if sham:
        print(Path(bench.log).read_text(encoding="utf-8", errors="replace")[-4000:])
        print(f"{', '.join(sorted(set(sham)))} fail without any mutant: nothing can be said.")
        return 1
    fates = [(attempt.mutant, end) for attempt, end in ends if attempt.mutant is not None]
    alive = [mutant for mutant, end in fates if end.code == pytest.ExitCode.OK]
    odd = [mutant for mutant, end in fates if end.code not in (pytest.ExitCode.OK, None, *FAILED)]
    endless = sum(end.code is None for _mutant, end in fates)
    for mutant in odd:
        print(f"ended in no way that tests end: {mutant.key}")
    stale = sorted(set(EQUIVALENT) - {mutant.key for mutant in _every()})
    for key in stale:
        print(f"explained in catalogue.py, and no mutant any more: {key}")
    count = Counter(mutant.file for mutant in alive)
    killed = len(fates) - len(alive)
    print(*(f"{name}: {number} alive" for name, number in count.most_common()), sep="\n")
    print(
        f"{len(fates)} mutants, {killed} killed ({killed / max(1, len(fates)):.1%}; {endless} of them because they did not end), "
        f"{len(EQUIVALENT)} equivalent ones left out, {seconds:.0f} s; of {len(_every())} mutants of {len({mutant.file for mutant in _every()})} files"
    )
    record("mutation", len(fates), len(alive), f"of {len(_every())}; {len(EQUIVALENT)} equivalent ones left out")
    return 1 if odd or stale or killed < KILLED_AT_LEAST * len(fates) else 0


if __name__ == "__main__":
    sys.exit(main())
