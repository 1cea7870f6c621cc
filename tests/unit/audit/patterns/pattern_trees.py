"""Generated regular expressions whose answers are known: each is built together with its matches and with what all of them contain."""

from __future__ import annotations

import re
import string
from collections.abc import Callable
from random import Random
from typing import NamedTuple

from hypothesis import strategies as st

CHARACTERS = "abcxyzABZ0189.-@ /_>:"
# The characters that mean something else in a pattern, outside and within a class.
SPECIAL = frozenset(".^$*+?()[]{}|\\#&-")


class Tree(NamedTuple):
    """A pattern.

    Attributes:
        source: its text.
        minimum: the least number of literal letters and digits.
        has_at: whether every match contains a literal @.
        sample: draws a match.
        is_python: whether Python's engine gives it the same meaning, and matches it in a short time.
        largest: the largest number of a repetition that is written with braces.
        is_repeated: whether a part of it is repeated.
    """

    source: str
    minimum: int
    has_at: bool
    sample: Callable[[Random], str]
    is_python: bool = True
    largest: int = 0
    is_repeated: bool = False


def escaped(character: str) -> str:
    return "\\" + character if character in SPECIAL else character


def spellings(character: str) -> list[tuple[str, bool]]:
    """The ways to write one literal character, and whether Python knows them."""
    code = ord(character)
    return [
        (escaped(character), True),
        (f"\\x{code:02x}", True),
        (f"\\u{code:04X}", True),
        (f"[{escaped(character)}]", True),
        (f"\\x{{{code:x}}}", False),
        (f"\\0{code:o}", False),
        (f"\\Q{character}\\E", False),
        (f"[\\Q{character}\\E]", False),
    ]


@st.composite
def literals(draw: st.DrawFn) -> Tree:
    text = draw(st.text(CHARACTERS, min_size=1, max_size=6))
    written = [draw(st.sampled_from(spellings(character)[: draw(st.sampled_from((1, 1, 8)))])) for character in text]
    return Tree(
        "".join(source for source, _known in written), sum(map(str.isalnum, text)), "@" in text, lambda _random: text, all(known for _source, known in written)
    )


@st.composite
def letters_in_both_cases(draw: st.DrawFn) -> Tree:
    letter = draw(st.sampled_from(string.ascii_lowercase))
    return Tree(f"[{letter}{letter.upper()}]", 1, False, lambda random: random.choice((letter, letter.upper())))


CLASSES = [
    ("[a-z]", string.ascii_lowercase, True),
    ("[^@]", "ab.- ", True),
    (r"\d", string.digits, True),
    (r"\w", "aZ_9", True),
    (r"\s", " ", True),
    (r"[a-c[x-z]]", "abcxyz", False),
    ("[a-z&&[^b]]", "acz", False),
    (r"\p{Lu}", "ABZ", False),
    (r"\h", " ", False),
    ("[@.]", "@.", True),
    ("[abc]", "abc", True),
    ("[ >]", " >", True),
    (".", "aZ0.-@ ", True),
]


@st.composite
def classes(draw: st.DrawFn) -> Tree:
    source, characters, is_python = draw(st.sampled_from(CLASSES))
    return Tree(source, 0, False, lambda random: random.choice(characters), is_python)


@st.composite
def places(draw: st.DrawFn) -> Tree:
    """What matches the empty text."""
    source, is_python = draw(
        st.sampled_from([("()", True), ("(?:)", True), ("(?i)", False), (r"\b{g}", False), ("(?=)", True), ("(?<!x{3}y)", False), (r"\Q\E", False)])
    )
    # A look-behind is one of a text that no match contains.
    return Tree(source, 0, False, lambda _random: "", is_python, 3 if "{3}" in source else 0)


def group(tree: Tree, opening: str) -> Tree:
    return tree._replace(source=f"{opening}{tree.source})", is_python=tree.is_python and opening in ("(", "(?:"))


@st.composite
def alternations(draw: st.DrawFn, inner: st.SearchStrategy[Tree]) -> Tree:
    trees = draw(st.lists(inner, min_size=1, max_size=3))
    sources = [tree.source for tree in trees] + [""] * draw(st.integers(0, 1))
    samples = [tree.sample for tree in trees] + [lambda _random: ""] * (len(sources) - len(trees))
    is_whole = len(sources) == len(trees)
    tree = Tree(
        "|".join(sources),
        min(tree.minimum for tree in trees) if is_whole else 0,
        all(tree.has_at for tree in trees) and is_whole,
        lambda random: random.choice(samples)(random),
        all(tree.is_python for tree in trees),
        max(tree.largest for tree in trees),
        any(tree.is_repeated for tree in trees),
    )
    return group(tree, draw(st.sampled_from(["(", "(?:", "(?>", "(?i:", f"(?<n{draw(st.integers(0, 10**9))}>"])))


@st.composite
def repetitions(draw: st.DrawFn, inner: st.SearchStrategy[Tree]) -> Tree:
    tree = group(draw(inner), "(?:")
    least, largest = draw(st.tuples(st.integers(0, 3), st.integers(0, 3)).map(sorted))
    written, number = draw(
        st.sampled_from([(f"{{{least},{largest}}}", largest), (f"{{{least},}}", least), (f"{{{least}}}", least), ("?", 0), ("*", 0), ("+", 0)])
    )
    bounds = {"?": (0, 1), "*": (0, 3), "+": (1, 3)}
    low, high = bounds.get(written) or ((least, least) if "," not in written else (least, least + 2 if written.endswith(",}") else largest))
    suffix = draw(st.sampled_from(["", "?", "+"]))
    return Tree(
        tree.source + written + suffix,
        tree.minimum * low,
        tree.has_at and low > 0,
        lambda random: "".join(tree.sample(random) for _time in range(random.randint(low, high))),
        tree.is_python and suffix != "+" and not tree.is_repeated,
        max(number, tree.largest),
        True,
    )


@st.composite
def sequences(draw: st.DrawFn, inner: st.SearchStrategy[Tree]) -> Tree:
    trees = draw(st.lists(inner, min_size=1, max_size=4))
    return Tree(
        "".join(tree.source for tree in trees),
        sum(tree.minimum for tree in trees),
        any(tree.has_at for tree in trees),
        lambda random: "".join(tree.sample(random) for tree in trees),
        all(tree.is_python for tree in trees),
        max(tree.largest for tree in trees),
        any(tree.is_repeated for tree in trees),
    )


LEAVES = st.one_of(literals(), literals(), letters_in_both_cases(), classes(), places())
_GROUP_NAME = re.compile(r"\(\?<(n\d+)>")


def has_different_names(tree: Tree) -> bool:
    """Whether no two groups have the same name, which no engine accepts."""
    names = _GROUP_NAME.findall(tree.source)
    return len(names) == len(set(names))


TREES = st.recursive(LEAVES, lambda inner: st.one_of(alternations(inner), repetitions(inner), sequences(inner)), max_leaves=8).filter(has_different_names)
