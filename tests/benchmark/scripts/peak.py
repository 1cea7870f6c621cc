"""Runs a command, and writes the peak of its memory, in KiB, as the last line to stderr.

It is a small process of its own, because a child starts with the memory of its parent counted as its own.
"""

from __future__ import annotations

import resource
import subprocess
import sys

if __name__ == "__main__":
    done = subprocess.run(sys.argv[1:], check=False)
    print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
    raise SystemExit(done.returncode)
