"""The costs of a task, and of many domains in one task. README.md explains the method."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from pathlib import Path

SECTIONS = ("task", "counters", "uri", "sdk", "ratelimit", "memory", "start", "audit", "reports", "inventory", "lists", "lists_audit")


def main() -> None:
    given = _arguments()
    sys.path.insert(0, str(Path(__file__).parents[1]))
    for name in given.only:
        section = importlib.import_module(f"sections.{name}")
        print(f"\n== {name}: {section.__doc__.splitlines()[0]}", flush=True)
        section.run(given.repetitions)
        sys.stdout.flush()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=SECTIONS, metavar="SECTION", help=f"some of: {' '.join(SECTIONS)}")
    parser.add_argument("--repetitions", type=int, help="of what is timed (default: each section has its own)")
    given = parser.parse_args()
    if not os.environ.get("ANSIBLE_COLLECTIONS_PATH"):
        parser.error("ANSIBLE_COLLECTIONS_PATH is to say where the collection is installed: see the target bench of the Makefile")
    return given


if __name__ == "__main__":
    main()
