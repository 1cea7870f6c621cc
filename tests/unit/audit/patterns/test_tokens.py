"""The tokens of a pattern, and that each character of it is looked at a few times only."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.patterns.character_sets import (
    ANY_CHARACTER,
    DIGITS,
    UnreadablePatternError,
    single,
)
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.patterns.tokens import Mark, Repetition, Tokenizer


def tokens(pattern):
    return list(Tokenizer(pattern).tokens())


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("", []),
        ("ab]}", ["ab]}"]),
        (r"a\.b", ["a", ".", "b"]),
        ("a|.", ["a", Mark.OR, Mark.ANY]),
        (r"^$\A\z\Z\G\B", [Mark.START, Mark.END, Mark.START, Mark.END, Mark.END, Mark.NOTHING, Mark.NOTHING]),
        (r"\b\b{g}", [Mark.WORD_BOUNDARY, Mark.NOTHING]),
        (r"[a]\d", [single("a"), DIGITS]),
        ("a?b*c+", ["a", Repetition(0, 1), "b", Repetition(0, None), "c", Repetition(1, None)]),
        ("a??b*?c++", ["a", Repetition(0, 1), "b", Repetition(0, None), "c", Repetition(1, None)]),
        ("a{2}b{3,}c{4,5}?", ["a", Repetition(2, 2, 2), "b", Repetition(3, None, 3), "c", Repetition(4, 5, 5)]),
        ("(a)(?:b)(?>c)", [Mark.OPEN, "a", Mark.CLOSE] + [Mark.OPEN, "b", Mark.CLOSE] + [Mark.OPEN, "c", Mark.CLOSE]),  # noqa: RUF005
        ("(?<n1>a)", [Mark.OPEN, "a", Mark.CLOSE]),
        ("(?=)(?!)", [Mark.OPEN_LOOK_AROUND, Mark.CLOSE] * 2),
        ("(?<=)(?<!)", [Mark.OPEN_LOOK_AROUND, Mark.CLOSE] * 2),
        ("(?i)a(?s-m:b)", ["a", Mark.OPEN, "b", Mark.CLOSE]),
        (r"\Qa.*\Eb", ["a.*", "b"]),
        (r"\Qa\\", ["a\\\\"]),
        (r"\Q\E", [""]),
        (r"\1a", [Mark.BACK_REFERENCE, "a"]),
        (r"(a)\11", [Mark.OPEN, "a", Mark.CLOSE, Mark.BACK_REFERENCE, "1"]),
        ("()" * 11 + r"\11", [Mark.OPEN, Mark.CLOSE] * 11 + [Mark.BACK_REFERENCE]),
        (r"(?<n>a)\k<n>", [Mark.OPEN, "a", Mark.CLOSE, Mark.BACK_REFERENCE]),
        ("a b#", ["a", " ", "b", "#"]),
        ("(?x)a b # c\nd #", ["a", "b", "d"]),
        (r"(?x)\ \#", [" ", "#"]),
        ("((?x)a )b c", [Mark.OPEN, "a", Mark.CLOSE, "b", " ", "c"]),
        ("(?x:a b)c d", [Mark.OPEN, "a", "b", Mark.CLOSE, "c", " ", "d"]),
        ("(?x)a (?-x)b c", ["a", "b", " ", "c"]),
        ("(?x)a +", ["a", Repetition(1, None)]),
        ("(?x)(a)", [Mark.OPEN, "a", Mark.CLOSE]),
        ("( a)(#)", [Mark.OPEN, " ", "a", Mark.CLOSE, Mark.OPEN, "#", Mark.CLOSE]),
        # Two names, and a reference to the first one.
        (r"(?<a>x)(?<b>y)\k<a>", [Mark.OPEN, "x", Mark.CLOSE, Mark.OPEN, "y", Mark.CLOSE, Mark.BACK_REFERENCE]),
        # A second digit belongs to a reference only if there are ten groups.
        ("()" * 9 + r"\10", [Mark.OPEN, Mark.CLOSE] * 9 + [Mark.BACK_REFERENCE, "0"]),
        ("()" * 10 + r"\10", [Mark.OPEN, Mark.CLOSE] * 10 + [Mark.BACK_REFERENCE]),
        ("(?:)" + "()" * 9 + r"\10", [Mark.OPEN, Mark.CLOSE] * 10 + [Mark.BACK_REFERENCE, "0"]),
        ("(?<a>)" + "()" * 8 + r"\10", [Mark.OPEN, Mark.CLOSE] * 9 + [Mark.BACK_REFERENCE, "0"]),
        ("(?<a>)" + "()" * 9 + r"\10", [Mark.OPEN, Mark.CLOSE] * 10 + [Mark.BACK_REFERENCE]),
        (r"\1X", [Mark.BACK_REFERENCE, "X"]),
        (r"\b{g}a\ba", [Mark.NOTHING, "a", Mark.WORD_BOUNDARY, "a"]),
        (r"\p{Digit}\P{Digit}x", [DIGITS, ANY_CHARACTER, "x"]),
        ("a{2,2}", ["a", Repetition(2, 2, 2)]),
        ("a{0,2147483647}", ["a", Repetition(0, 2147483647, 2147483647)]),
        # No number is written here.
        ("a?b*c+", ["a", (0, 1, 0), "b", (0, None, 0), "c", (1, None, 0)]),
        (r"\Q\Eb", ["", "b"]),
        (r"\Qa", ["a"]),
    ],
)
def test_tokens(pattern, found):
    assert tokens(pattern) == found


MORE_UNREADABLE = [
    *("(?x)( a)", "(?x)(#a)", "(?<a>b)(?<a>c)", r"(?<a>b)\k<c>", r"\k<a>(?<a>b)", r"\b{x}", r"\b{"),
    *("a{2147483648}", "a{1,2147483648}", "a{3,2}", "a{,2}", r"\p", r"\P{"),
]


def test_line_breaks_and_graphemes():
    line_break, grapheme = tokens(r"\R\X")
    assert (line_break.is_foreign, grapheme.is_foreign) == (True, False)


@pytest.mark.parametrize(
    "pattern", ["(", "a)", "())", "(?", "(?<a", "(?<a>b", "(?z)", r"\k<b>", "a{1", "a{1,0}", "a{99999999999}", "[a", "\\", *MORE_UNREADABLE]
)
def test_unreadable_patterns(pattern):
    with pytest.raises(UnreadablePatternError):
        tokens(pattern)


class CountingText(str):
    """A text that counts the characters that are read of it, except for those that the engine of our own constant patterns looks at."""

    read = 0

    def __getitem__(self, key):
        found = super().__getitem__(key)
        CountingText.read += len(found)
        return found

    def startswith(self, prefix, *args):
        CountingText.read += max(map(len, prefix)) if isinstance(prefix, tuple) else len(prefix)
        return super().startswith(prefix, *args)


UNITS = ["a", "(a+)+", "a.", "a|", r"\Qa\E", "a{2}", r"\d", "[a-c]", "[a[b&&c]]", "(?i)", r"\1", " ", "(?x)# a\n", r"\x{41}", "(?:a)", "(?<!a)", "[^]]"]


@pytest.mark.parametrize("unit", UNITS)
def test_each_character_is_read_a_few_times(unit):
    CountingText.read = 0
    pattern = unit * 3000
    found = sum(1 for _token in Tokenizer(CountingText(pattern)).tokens())
    assert found <= len(pattern)
    assert CountingText.read <= 25 * len(pattern)


@pytest.mark.parametrize("unit", ["(", "[", "[a&&", "(?:", "(a|", "[^", "a{", "(?<a", "\\p{"])
def test_each_character_of_an_unreadable_pattern_is_read_a_few_times(unit):
    CountingText.read = 0
    with pytest.raises(UnreadablePatternError):
        tokens(CountingText(unit * 3000))
    assert CountingText.read <= 25 * len(unit) * 3000
