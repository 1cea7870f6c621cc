"""Which lines of the collection each test runs, so that a mutant meets no test that cannot know of it. Needs Python 3.12."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from inspect import CO_OPTIMIZED
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

CAN_WATCH = hasattr(sys, "monitoring")
WHILE_IMPORTED = ""


class Watcher:
    """A plugin of pytest that writes down which test runs which line of the files in a folder."""

    def __init__(self, folder: Path, notes: Path) -> None:
        self._folder, self._notes = f"{folder}/", notes
        self._test = WHILE_IMPORTED
        self._tests: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))

    def watch(self) -> None:
        monitoring = sys.monitoring
        monitoring.use_tool_id(monitoring.COVERAGE_ID, "mutants")
        monitoring.register_callback(monitoring.COVERAGE_ID, monitoring.events.LINE, self._line)
        monitoring.set_events(monitoring.COVERAGE_ID, monitoring.events.LINE)

    def _line(self, code: CodeType, line: int) -> Any:
        if code.co_filename.startswith(self._folder):
            tests = self._tests[code.co_filename.removeprefix(self._folder)][line]
            # What stands outside of functions is run once, by whichever test is the first to import it, and holds for all of them.
            test = self._test if code.co_flags & CO_OPTIMIZED else WHILE_IMPORTED
            if test not in tests[-1:]:
                tests.append(test)
        return sys.monitoring.DISABLE

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        self._test = item.nodeid
        self._empty_caches()
        sys.monitoring.restart_events()

    def _empty_caches(self) -> None:
        """Without this, a function that remembers its results would be run by the first test alone of those that depend on it."""
        for module in list(sys.modules.values()):
            if (getattr(module, "__file__", None) or "").startswith(self._folder):
                for value in vars(module).values():
                    if callable(empty := getattr(value, "cache_clear", None)):
                        empty()

    def pytest_sessionfinish(self) -> None:
        self._notes.write_text(json.dumps(self._tests), encoding="utf-8")


class Only:
    """A plugin of pytest that leaves out all tests but these."""

    def __init__(self, tests: set[str]) -> None:
        self._tests = tests

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if item.nodeid in self._tests]


def tests_that_run(notes: Path, file: str, lines: range) -> set[str] | None:
    """The tests, by what a watcher noted, that run one of the lines; None if all of them may depend on it."""
    if not notes.exists():
        return None
    noted: dict[str, list[str]] = json.loads(notes.read_text(encoding="utf-8")).get(file, {})
    tests = {test for line in lines for test in noted.get(str(line), ())}
    return None if WHILE_IMPORTED in tests else tests
