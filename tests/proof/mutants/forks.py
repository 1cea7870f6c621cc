"""Work in many processes that are forked from this one, each of which finds imported what this one has imported."""

from __future__ import annotations

import os
import resource
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeVar

Job = TypeVar("Job")

_BETWEEN_LOOKS = 0.01
# Bytes, and seconds of a processor, whatever else the machine does: a loop without end may gather something.
_MOST_MEMORY = 4 * 1024**3
_MOST_WORK = 20


class End(NamedTuple):
    """How a process ended: its exit code, or None if it was ended because it took too long or too much work."""

    code: int | None
    seconds: float


def each(jobs: Iterable[Job], work: Callable[[Job], int], *, at_once: int, longest: float, output: str = os.devnull) -> Iterator[tuple[Job, End]]:
    """Do the work for each job in a process of its own, and tell how each ended, as it ends. `longest`: seconds for one."""
    running: dict[int, tuple[Job, float]] = {}
    waiting = iter(jobs)
    is_over = False
    while running or not is_over:
        while not is_over and len(running) < at_once:
            try:
                job = next(waiting)
            except StopIteration:
                is_over = True
            else:
                running[_forked(work, job, output)] = job, time.monotonic()
        time.sleep(_BETWEEN_LOOKS)
        for process, (job, began) in list(running.items()):
            seconds = time.monotonic() - began
            ended, status = os.waitpid(process, os.WNOHANG)
            if not ended and seconds > longest:
                os.killpg(process, signal.SIGKILL)
                os.waitpid(process, 0)
            elif not ended:
                continue
            del running[process]
            code = os.waitstatus_to_exitcode(status) if ended else None
            yield job, End(None if code == -signal.SIGXCPU else code, seconds)


def _forked(work: Callable[[Job], int], job: Job, output: str) -> int:
    process = os.fork()
    if process:
        return process
    code = 70
    try:
        # A group of its own, so that whatever it starts ends with it.
        os.setsid()
        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (_MOST_WORK, _MOST_WORK + 5))
        words = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        for stream in (1, 2):
            os.dup2(words, stream)
        code = work(job)
    finally:
        os._exit(code)
