"""Runs a command, and writes the most memory that it held, in KiB, as the last line to stderr.

A process of its own, because a child counts what its parent held when it was started as held by itself: this one is small.
"""

from __future__ import annotations

import resource
import subprocess
import sys

if __name__ == "__main__":
    done = subprocess.run(sys.argv[1:], check=False)
    print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
    raise SystemExit(done.returncode)
