# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Render reports into files of a temporary folder, long ones in two processes at a time."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from multiprocessing import get_context
from pathlib import Path
from typing import Any

# Returns the text of a report, or yields its parts.
Renderer = Callable[[], "str | Iterable[str]"]

# Each process has its own copy of much of the report, so more of them would need more memory.
MAX_PROCESSES = 2


def usable_processes() -> int:
    """How many processes render at a time on this machine. Only Linux can fork a process of Ansible safely."""
    return min(MAX_PROCESSES, len(os.sched_getaffinity(0))) if sys.platform == "linux" else 1


def render_files(renderers: Mapping[str, Renderer], folder: Path, processes: int = 1) -> dict[str, Path]:
    """Render reports into files.

    Args:
        renderers: what renders each report, by its name. If there are several processes, the slowest should be first.
        folder: an empty folder.
        processes: how many processes render at a time. With one, this process renders.

    Returns:
        The files by the names of the reports.

    Raises:
        OSError: a file cannot be written.
    """
    files = {name: folder / name for name in renderers}
    if processes > 1:
        _render_in_processes([(renderers[name], file) for name, file in files.items()], processes)
    for name, file in files.items():
        # What another process could not render is rendered here, so that its error is reported as usual.
        if not file.exists():
            _render(renderers[name], file)
    return files


def _render_in_processes(tasks: Sequence[tuple[Renderer, Path]], processes: int) -> None:
    context = get_context("fork")
    # Each byte of it is the number of a report, and is read once.
    waiting, end = os.pipe()
    os.write(end, bytes(range(len(tasks))))
    os.close(end)
    started: list[Any] = []
    try:
        while len(started) < min(processes, len(tasks)):
            process = context.Process(target=_render_waiting, args=(tasks, waiting))
            process.start()
            started.append(process)
        for process in started:
            process.join()
    finally:
        os.close(waiting)
        # After a time limit or Ctrl-C. Not with SIGTERM: they have Ansible's handler for it, which would end the process of the task as well.
        for process in started:
            process.kill()
            process.join()


def _render_waiting(tasks: Sequence[tuple[Renderer, Path]], waiting: int) -> None:
    """Render the reports that no other process renders.

    After an error there is no file: the process that waits for it renders the report again, and reports the error.
    """
    while number := os.read(waiting, 1):
        with contextlib.suppress(Exception):
            _render(*tasks[number[0]])


def _render(renderer: Renderer, file: Path) -> None:
    """Render a report. There is no file of this name before it is complete."""
    unfinished = file.with_name(f"{file.name}.unfinished")
    with unfinished.open("w", encoding="utf-8", newline="") as opened:
        opened.writelines(_parts(renderer()))
    unfinished.rename(file)


def _parts(rendered: str | Iterable[str]) -> Iterable[str]:
    return [rendered] if isinstance(rendered, str) else rendered
