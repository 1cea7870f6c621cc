"""The output of tasks, and which of their secrets are in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from leak_cells import Cell, kinds_of, searcher
from searching import excerpt


@dataclass(frozen=True)
class TaskOutputs:
    """Tasks that were run.

    Args:
        channels: everything they wrote, by channel.
        results: the results, by number of the task.
        rewrites_data: whether Ansible changed some secrets before the module received them.
    """

    name: str
    cells: Sequence[Cell]
    channels: dict[str, str] = field(repr=False)
    results: dict[int, dict[str, Any]] = field(repr=False)
    seen: set[str] = field(repr=False)
    rewrites_data: bool = False

    @property
    def checked(self) -> int:
        return len(self.cells) * len(self.channels)

    def leaks(self) -> list[str]:
        """One line for each secret in each channel, with its context."""
        search = searcher(self.cells)
        found: dict[tuple[str, str], str] = {}
        for channel, text in self.channels.items():
            for hit in search.hits(text):
                found.setdefault((channel, hit.owner), f"{self.name}, {channel}: {hit.owner} shows ({hit.form}): {excerpt(text, hit.at)!r}")
        return list(found.values())

    def untrue(self) -> list[str]:
        """Tasks that did not have the intended outcome, so the absence of a leak would prove nothing."""
        wrong = []
        for number, cell in enumerate(self.cells):
            if self.rewrites_data and cell.canary.may_be_rewritten:
                continue
            kinds = set(kinds_of(self.results.get(number, {"failure": {"kind": "no result"}})))
            if cell.expected not in kinds:
                wrong.append(f"{self.name}: {cell.owner} came to {kinds}, not {cell.expected}: {self.results.get(number, {}).get('msg')}")
            if cell.reaches_the_server and cell.canary.sent not in self.seen:
                wrong.append(f"{self.name}: {cell.owner}: the credential was not sent")
        return wrong
