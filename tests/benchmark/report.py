"""Medians and tables."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence


def median_and_spread(values: Sequence[float]) -> tuple[float, float]:
    """The median and the width of the middle half."""
    if len(values) < 2:
        return values[0], 0.0
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return middle, high - low


def max_items(figure: float, limit: float) -> str:
    return _goal(f"at most {limit:g}", figure <= limit)


def min_items(figure: float, limit: float) -> str:
    return _goal(f"at least {limit:g}", figure >= limit)


def _goal(words: str, is_kept: bool) -> str:
    return words if is_kept else f"{words}: MISSED"


def counts(values: Iterable[int]) -> str:
    """An exact count, or several if the runs did not agree."""
    return "/".join(map(str, sorted(set(values))))


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table with the first column left-aligned, the others right-aligned."""
    columns = list(zip(headings, *rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    print()
    for row in (headings, *rows):
        cells = [text.ljust(width) if index == 0 else text.rjust(width) for index, (text, width) in enumerate(zip(row, widths, strict=True))]
        print("  " + "  ".join(cells).rstrip())
