"""The texts, comments and names of this repository use standard terms: none of the words and phrases below occurs in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Each with a plain alternative.
ODD_WORDS = {
    "a good many": "many",
    "anew": "again",
    "are none": "do not exist, are not",
    "astray": "drifted, wrong",
    "breath": "delay",
    "bring about": "apply",
    "brings about": "applies",
    "brought about": "applied",
    "by way of": "with, through",
    "came to the same": "had the same result",
    "can hardly be meant": "is probably mistaken",
    "carry out": "apply, run",
    "comes of it": "the result is",
    "comes to the same": "has the same result",
    "converge": "apply",
    "deaf": "unreachable",
    "for ever": "permanently, without a limit",
    "fruitless": "without progress",
    "held against": "compared with",
    "holds against": "compares with",
    "in one's own": "in its own",
    "kept back": "held",
    "made sure of": "verified",
    "make sure of": "verify",
    "makes sure of": "verifies",
    "mend": "fix",
    "mended": "fixed",
    "mends": "fixes",
    "nobody has": "is not",
    "not a word": "no details",
    "of one's own": "own",
    "portrait": "a domain as it can be declared",
    "put right": "correct",
    "puts right": "corrects",
    "reckoned": "computed",
    "roster": "index",
    "stands in the place of": "replaces",
    "strangers": "undeclared",
    "that is none": "that is not one",
    "told": "reported",
    "twin": "duplicate",
    "twins": "duplicates",
    "verdict": "disposition",
    "verdicts": "dispositions",
    "whatsoever": "any",
    "wave": "batch, executor",
    "waves": "batches, executor",
    "which is none": "which is not one",
    "wish": "desired state, declaration",
    "wished": "desired",
    "wishes": "declarations",
    "words of our own": "our own message",
}
# Molecule's step, and the word of the dashboard.
EXCEPTIONS = {
    "converge": ("extensions/molecule/",),
    "verdict": ("docs/glossary.md",),
}

FILES_AT_ROOT = ["CONTRIBUTING.md", "Makefile", "README.md", "SECURITY.md"]
FOLDERS = [".ci", "demo", "docs", "extensions", "playbooks", "plugins", "roles", "tests", "tools"]
# Generated, and for the locked versions hexadecimal digits, which spell words.
LEFT_OUT_FOLDERS = ("docs/reference/", "docs/images/", "tests/locked/")
SUFFIXES = {"", ".cfg", ".j2", ".md", ".py", ".sh", ".toml", ".txt", ".yaml", ".yml"}
# Not checked yet, except for READMEs. Remove a line when its files are clean.
NOT_YET = ("tests/",)
# A phrase may continue on the next line of a comment, and a name has underscores between its words.
GAP = r"(?:[\s#_]+)"


def pattern_of(words: str) -> re.Pattern[str]:
    """A pattern that finds the words in text and in names, in any case, but not as a part of other words."""
    return re.compile(rf"(?<![A-Za-z]){GAP.join(map(re.escape, words.split()))}(?![A-Za-z])", re.IGNORECASE)


PATTERNS = {words: pattern_of(words) for words in ODD_WORDS}


def text_files() -> Iterator[Path]:
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            name = path.relative_to(ROOT).as_posix()
            if path.is_file() and path.suffix in SUFFIXES and "__pycache__" not in name and not name.startswith(LEFT_OUT_FOLDERS):
                yield path
    for name in FILES_AT_ROOT:
        yield ROOT / name


def is_checked(path: Path) -> bool:
    return path != Path(__file__)


def odd_words_in(text: str, name: str = "") -> list[str]:
    """The odd words of a text, each with its line and an alternative."""
    found = []
    # Python finds a plain text much faster than a pattern.
    lower = text.lower()
    for words, pattern in PATTERNS.items():
        if not all(word in lower for word in words.split()):
            continue
        if name and name.startswith(EXCEPTIONS.get(words, ("//",))):
            continue
        found += [f"{name}:{text.count(chr(10), 0, match.start()) + 1}: '{words}' (write: {ODD_WORDS[words]})" for match in pattern.finditer(text)]
    return found


def test_text_files_finds_the_files():
    names = {path.relative_to(ROOT).as_posix() for path in text_files()}
    assert len(names) >= 200
    assert {"README.md", "docs/fleet.md", "roles/audit/tasks/main.yml", "plugins/modules/email_security_domain.py", "tools/run-parts"} <= names


def test_texts_and_names_use_plain_words():
    found = []
    for path in filter(is_checked, text_files()):
        found += odd_words_in(path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix())
    assert found == []


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("The wish of a user.", 1),
        ("def bring_about(wishes): ...", 2),
        ("# It is made\n# sure of.", 1),
        ("Told once, TOLD twice", 2),
        ("Wishbone, microwaves, retold and twinkle are other words.", 0),
        ("A list that is none.", 1),
    ],
)
def test_odd_words_in_finds_words_and_names(text, count):
    assert len(odd_words_in(text)) == count
