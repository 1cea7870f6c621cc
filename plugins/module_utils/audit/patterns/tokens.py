# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Splits a regular expression of Java's dialect into tokens, from left to right, without running it. Pure.

The syntax is that of `java.util.regex.Pattern`: https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/util/regex/Pattern.html.
What Java refuses is refused. What differs between versions of Java is described as the wider of both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple, Union

from .character_sets import ANY_CHARACTER, WHITE_SPACE, CharacterSet, UnreadablePatternError
from .classes import read_class
from .escapes import SET_ESCAPES, read_character, read_property

# Java's limit of a repetition.
_MAX_REPETITION = 2**31 - 1
_PLAIN = re.compile(r"[^\\\[().|^$?*+{#\s]+")
_REPETITION = re.compile(r"\{([0-9]{1,10})(,([0-9]{1,10})?)?\}")
_FLAGS = re.compile(r"\(\?([idmsuxU]*)(-[idmsuxU]*)?([:)])")
_NAME = re.compile(r"<([A-Za-z][A-Za-z0-9]*)>")
_LOOK_AROUND = ("(?=", "(?!", "(?<=", "(?<!")


class Mark(Enum):
    """A token without a value."""

    ANY = "any character"
    START = "start of the text"
    END = "end of the text"
    WORD_BOUNDARY = "word boundary"
    NOTHING = "matches the empty text in some places"
    BACK_REFERENCE = "back reference"
    OPEN = "start of a group"
    OPEN_LOOK_AROUND = "start of a look-around"
    CLOSE = "end of a group"
    OR = "start of another alternative"


class Repetition(NamedTuple):
    """How often the element before it may occur; `largest` is None without a limit, `number` the largest number that is written there."""

    least: int
    largest: int | None
    number: int = 0


# A text is literal characters. A repetition refers to the last one of them.
Token = Union[str, CharacterSet, Repetition, Mark]

_SIMPLE_REPETITIONS = {"?": Repetition(0, 1), "*": Repetition(0, None), "+": Repetition(1, None)}
_SIMPLE_MARKS = {".": Mark.ANY, "^": Mark.START, "$": Mark.END, "|": Mark.OR}
# Grapheme boundaries and the end of the last match are places that are not distinguished here.
_ESCAPED_MARKS = {"A": Mark.START, "z": Mark.END, "Z": Mark.END, "b": Mark.WORD_BOUNDARY, "B": Mark.NOTHING, "G": Mark.NOTHING}
_ESCAPED_SETS = {"R": WHITE_SPACE, "X": ANY_CHARACTER}


class Tokenizer:
    """Reads the tokens of one pattern.

    Attributes:
        position: the place that was read up to.
    """

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self.position = 0
        # Whether white space and comments are ignored: now, and around each open group.
        self._ignores_space = False
        self._outer: list[bool] = []
        self._groups = 0
        self._names: set[str] = set()

    def tokens(self) -> Iterator[Token]:
        """Read all tokens.

        Raises:
            UnreadablePatternError: Java refuses the pattern, or it uses what is not read here.
        """
        while self.position < len(self._pattern):
            token = self._next()
            if token is not None:
                yield token
        if self._outer:
            raise UnreadablePatternError("a group that is not closed")

    def _next(self) -> Token | None:
        plain = _PLAIN.match(self._pattern, self.position)
        if plain:
            self.position = plain.end()
            return plain.group()
        character = self._pattern[self.position]
        if character == "\\":
            return self._escape()
        if character == "[":
            found, self.position = read_class(self._pattern, self.position, self._ignores_space)
            return found
        if character == "(":
            return self._open()
        if character == ")":
            return self._close()
        if character in _SIMPLE_REPETITIONS or character == "{":
            return self._repetition(character)
        self.position += 1
        if self._ignores_space and (character == "#" or character.isspace()):
            self._skip_comment(character)
            return None
        return _SIMPLE_MARKS.get(character, character)

    def _skip_comment(self, character: str) -> None:
        if character == "#":
            end = self._pattern.find("\n", self.position)
            self.position = len(self._pattern) if end == -1 else end + 1

    def _open(self) -> Token | None:
        start = self.position
        following = self._pattern[start + 1 : start + 2]
        if self._ignores_space and (following.isspace() or following == "#"):
            raise UnreadablePatternError("white space within the start of a group")
        mark = Mark.OPEN
        outer = self._ignores_space
        if following != "?":
            self._groups += 1
            self.position += 1
        elif self._pattern.startswith(_LOOK_AROUND, start):
            mark = Mark.OPEN_LOOK_AROUND
            self.position += 4 if self._pattern[start + 2] == "<" else 3
        elif self._pattern.startswith("(?>", start):
            self.position += 3
        elif self._pattern.startswith("(?<", start):
            self._groups += 1
            self.position += 2
            name = self._name()
            if name in self._names:
                raise UnreadablePatternError("two groups of one name")
            self._names.add(name)
        elif not self._read_flags():
            return None
        self._outer.append(outer)
        return mark

    def _read_flags(self) -> bool:
        """Read the start of a group with flags; False if it has flags only."""
        found = _FLAGS.match(self._pattern, self.position)
        if not found:
            raise UnreadablePatternError("an unknown kind of group")
        self.position = found.end()
        if "x" in found[1]:
            self._ignores_space = True
        if "x" in (found[2] or ()):
            self._ignores_space = False
        return found[3] == ":"

    def _name(self) -> str:
        found = _NAME.match(self._pattern, self.position)
        if not found:
            raise UnreadablePatternError("a bad name of a group")
        self.position = found.end()
        return found[1]

    def _close(self) -> Token:
        if not self._outer:
            raise UnreadablePatternError("the end of a group without its start")
        self._ignores_space = self._outer.pop()
        self.position += 1
        return Mark.CLOSE

    def _repetition(self, character: str) -> Repetition:
        if character in _SIMPLE_REPETITIONS:
            found = _SIMPLE_REPETITIONS[character]
            self.position += 1
        else:
            written = _REPETITION.match(self._pattern, self.position)
            if not written:
                raise UnreadablePatternError("a bad repetition")
            least = int(written[1])
            largest = least if written[2] is None else None if written[3] is None else int(written[3])
            found = Repetition(least, largest, least if largest is None else largest)
            if found.number > _MAX_REPETITION or (largest is not None and largest < least):
                raise UnreadablePatternError("a bad repetition")
            self.position = written.end()
        # Lazy and possessive repetitions match nothing that greedy ones do not match.
        if self._pattern.startswith(("?", "+"), self.position):
            self.position += 1
        return found

    def _escape(self) -> Token:
        letter = self._pattern[self.position + 1 : self.position + 2]
        if letter == "Q":
            return self._quoted()
        if letter in "123456789" and letter:
            return self._numbered_reference()
        if letter == "k":
            self.position += 2
            if self._name() not in self._names:
                raise UnreadablePatternError("a reference to an unknown group")
            return Mark.BACK_REFERENCE
        if letter in _ESCAPED_MARKS:
            return self._escaped_mark(letter)
        if letter in ("p", "P"):
            found, self.position = read_property(self._pattern, self.position)
            return found
        named = SET_ESCAPES.get(letter) or _ESCAPED_SETS.get(letter)
        if named:
            self.position += 2
            return named
        text, self.position = read_character(self._pattern, self.position)
        return text

    def _escaped_mark(self, letter: str) -> Mark:
        self.position += 2
        if letter == "b" and self._pattern.startswith("{", self.position):
            if not self._pattern.startswith("{g}", self.position):
                raise UnreadablePatternError("an unknown boundary")
            self.position += 3
            return Mark.NOTHING
        return _ESCAPED_MARKS[letter]

    def _quoted(self) -> str:
        start = self.position + 2
        end = self._pattern.find("\\E", start)
        if end == -1:
            self.position = end = len(self._pattern)
        else:
            self.position = end + 2
        return self._pattern[start:end]

    def _numbered_reference(self) -> Mark:
        # Java reads a further digit only if that many groups have begun; other digits are literal.
        number = 0
        self.position += 1
        while self._pattern[self.position : self.position + 1] in tuple("0123456789"):
            longer = number * 10 + int(self._pattern[self.position])
            if number and longer > self._groups:
                break
            number = longer
            self.position += 1
        return Mark.BACK_REFERENCE
