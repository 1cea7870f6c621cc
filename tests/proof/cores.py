"""Runs the unit tests with each supported ansible-core; with the oldest and the newest all of them, and some integration tests.

    cores.py                runs them
    cores.py --prepare      makes the virtual environments, and prints their interpreters, one on each line
    cores.py --whole 2.16   runs all unit and integration tests of one core

A core without a suitable Python, or that cannot be installed, is reported as not run, and is a failure if it was named. `make core` and
`make cores` run all tests, and ansible-test sanity.
"""

from __future__ import annotations

import argparse
import os
import runpy
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
BUILD = ROOT / ".build"
sys.path.insert(0, str(HERE))

from ledger import record  # noqa: E402 - from the path above

UNIT = "tests/unit"
# Pure code behaves the same on every release, so releases between the oldest and the newest run only what uses Ansible. `make cores` runs everything.
MEETS_ANSIBLE = " ".join(
    f"tests/unit/{path}"
    for path in ("modules", "action", "filter", "inventory", "test_ansible_module.py", "test_consistency.py", "test_in_process.py", "test_time_limit.py")
)
WHOLE = (UNIT, "tests/integration")
PLAYED = ("tests/unit", "tests/integration/test_play_access.py", "tests/integration/test_play_mistakes.py", "tests/integration/test_direct.py")
TESTED = runpy.run_path(str(ROOT / "plugins/plugin_utils/tested_cores.py"))
SIMULATOR = BUILD / "proof" / "requirements-simulator.txt"


class Core(NamedTuple):
    """A release of ansible-core, the Pythons that it may run on, the preferred one first, and the tests to run with it: paths for each run of pytest."""

    release: str
    pythons: str
    tests: tuple[str, ...] = (MEETS_ANSIBLE,)

    @property
    def venv(self) -> Path:
        # The newest is in the general environment.
        return BUILD / (f"venv-proof-{self.release}" if self.pythons else "venv")

    @property
    def python(self) -> Path:
        return self.venv / "bin" / "python"


def _cores() -> tuple[Core, ...]:
    """All tested releases, the newest final one last. Playbooks are run with that one, the oldest, and pre-releases."""
    releases_for_playbooks = {min(TESTED["TESTED_CORES"], key=lambda release: tuple(map(int, release.split(".")))), *TESTED["PRERELEASES"]}
    others = {release: pythons for release, pythons in TESTED["TESTED_CORES"].items() if release != TESTED["NEWEST"]}
    tests = {release: PLAYED if release in releases_for_playbooks else (MEETS_ANSIBLE,) for release in others}
    return (*(Core(release, " ".join(pythons), tests[release]) for release, pythons in others.items()), Core("newest", "", PLAYED))


CORES = _cores()


class NotRun(Exception):
    """The tests of a core cannot be run here. The message says why."""


def prepared(core: Core) -> Path:
    """The interpreter of the core's environment, which is made if needed.

    Raises:
        NotRun: there is no Python for it, or it cannot be installed.
    """
    if core.pythons:
        SIMULATOR.parent.mkdir(parents=True, exist_ok=True)
        demo = (ROOT / "tests/requirements-demo.txt").read_text(encoding="utf-8").splitlines(keepends=True)
        SIMULATOR.write_text("".join(line for line in demo if not line.startswith("ansible-core")), encoding="utf-8")
        own, simulator = f"tests/requirements-core-{core.release}.txt", str(SIMULATOR.relative_to(ROOT))
        requirements = [own, "tests/unit/requirements.txt", "tests/integration/requirements.txt", simulator]
        made = subprocess.run(
            ["tools/venv", str(core.venv.relative_to(ROOT)), core.pythons, *requirements],
            cwd=ROOT,
            env={name: value for name, value in os.environ.items() if name != "PYTHON"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            raise NotRun(f"{(made.stdout + made.stderr).strip().splitlines()[-1]}")
    return core.python


def run(core: Core, tests: tuple[str, ...], *options: str) -> bool:
    """Run tests with the core, and record the result.

    Args:
        core: the core.
        tests: paths of the tests.
        options: options of pytest.

    Returns:
        Whether no test failed.

    Raises:
        NotRun: the core cannot be run here.
    """
    began = time.monotonic()
    python = prepared(core)
    title = _versions(python)
    folder = BUILD / "proof" / f"core-{core.release}"
    done = [_pytest(python, folder / test.replace("/", "-").replace(" ", "_")[:80], test, *options) for test in tests]
    count, wrong = sum(one.tests for one in done), sum(one.wrong for one in done)
    print(f"{title}: {count} tests, {wrong} failed, {time.monotonic() - began:.0f} s", flush=True)
    record("cores", count, wrong, title)
    for one in done:
        if one.wrong:
            print(one.output[-6000:])
    return not wrong


class _Done(NamedTuple):
    tests: int
    wrong: int
    output: str


def _pytest(python: Path, folder: Path, tests: str, *options: str) -> _Done:
    folder.mkdir(parents=True, exist_ok=True)
    results = folder / "results.xml"
    results.unlink(missing_ok=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "PROOF_", "CLOUDFLARE_"))}
    if "integration" not in tests:
        environment.pop("ANSIBLE_COLLECTIONS_PATH", None)
    done = subprocess.run(
        # Without --basetemp: Ansible puts sockets there, whose paths must be short.
        [python, "-m", "pytest", "-q", f"--junitxml={results}", "-o", f"cache_dir={folder / 'cache'}", *options, *tests.split()],
        cwd=ROOT,
        env={**environment, "HYPOTHESIS_STORAGE_DIRECTORY": str(folder / "hypothesis"), "HYPOTHESIS_RANDOM": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    suites = list(ElementTree.parse(results).getroot().iter("testsuite")) if results.exists() else []
    counted = {name: sum(int(suite.get(name, 0)) for suite in suites) for name in ("tests", "failures", "errors", "skipped")}
    wrong = counted["failures"] + counted["errors"]
    # A bad exit code without a failed test means that the run did not happen.
    return _Done(counted["tests"] - counted["skipped"], wrong or int(done.returncode != 0), done.stdout)


def _versions(python: Path) -> str:
    said = "import platform, ansible.release; print(f'ansible-core {ansible.release.__version__} on Python {platform.python_version()}')"
    return subprocess.run([python, "-c", said], check=True, capture_output=True, text=True).stdout.strip()


def prepare(chosen: list[Core]) -> int:
    """Make the environments, and print their interpreters. A core that is not available is no failure."""
    for core in chosen:
        try:
            print(prepared(core), flush=True)
        except NotRun as why:
            print(f"not run: ansible-core {core.release}: {why}", file=sys.stderr)
    return 0


def main() -> int:
    """Run the selected tests. Returns the number of cores that failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("releases", nargs="*", metavar="CORE", help="all that can be had, if none is named")
    parser.add_argument("--prepare", action="store_true", help="only make the virtual environments")
    parser.add_argument("--whole", action="store_true", help="all unit and integration tests, two files at a time")
    given = parser.parse_args()
    chosen = [core for core in CORES if not given.releases or core.release in given.releases]
    if unknown := set(given.releases) - {core.release for core in CORES}:
        parser.error(f"there is no ansible-core {', '.join(map(repr, sorted(unknown)))} here, but {', '.join(core.release for core in CORES)}")
    if given.prepare:
        return prepare(chosen)
    failed = 0
    for core in chosen:
        try:
            failed += not (run(core, WHOLE, "--numprocesses=2", "--dist=loadfile") if given.whole else run(core, core.tests))
        except NotRun as why:
            print(f"ansible-core {core.release}: not run: {why}", flush=True)
            record("cores", 0, 0, f"not run: ansible-core {core.release}: {why}")
            # A core that was named has to be run.
            failed += bool(given.releases)
    return failed


if __name__ == "__main__":
    sys.exit(main())
