"""The ledger, in which the parts of the proof record what was checked and how much of it was wrong. See README.md."""

from __future__ import annotations

import json
import os
from pathlib import Path

SEED = int(os.environ.get("PROOF_SEED") or 0)
SIZE = float(os.environ.get("PROOF_SIZE") or 1)


def scaled(count: int) -> int:
    """The share of `count` for a run of this size, at least one."""
    return max(1, round(count * SIZE))


def record(part: str, checked: int = 1, wrong: int = 0, note: str = "") -> None:
    """Add a line to the ledger of the run, if there is one."""
    ledger = os.environ.get("PROOF_LEDGER")
    if not ledger:
        return
    line = json.dumps({"part": part, "checked": checked, "wrong": wrong, "note": note})
    with Path(ledger).open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
