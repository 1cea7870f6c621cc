"""The documents, and functions to read them, for the tests of links and commands."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GUIDES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")),
    *sorted(path for path in (ROOT / "docs").rglob("*.md") if path.parent.name != "site"),
    *sorted(ROOT.glob("roles/*/README.md")),
    *sorted(ROOT.glob("tests/*/README.md")),
]
FENCE = re.compile(r"^( *)(```+)(\w*)\n(.*?)^\1\2$\n?", re.MULTILINE | re.DOTALL)


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def prose_of(text: str) -> str:
    """The text without its code blocks."""
    return FENCE.sub("", text)


def blocks_of(text: str, language: str) -> list[str]:
    """The code blocks in a language."""
    return [found[4] for found in FENCE.finditer(text) if found[3] == language]
