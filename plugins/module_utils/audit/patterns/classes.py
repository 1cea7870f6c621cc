# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a character class of Java's regular expressions: `[a-z]`, with nested classes, unions and intersections. Pure."""

from __future__ import annotations

from .character_sets import ANY_CHARACTER, NO_CHARACTER, CharacterSet, UnreadablePatternError, character_range, intersection, single, union
from .escapes import SET_ESCAPES, read_character, read_property


class _OpenClass:
    """A class whose end was not read yet.

    Attributes:
        is_negated: whether it begins with `^`.
        found: the characters after the last `&&`; None if there is nothing yet.
        before: the characters before the last `&&`; None without one.
    """

    __slots__ = ("before", "found", "is_negated")

    def __init__(self, is_negated: bool) -> None:
        self.is_negated = is_negated
        self.found: CharacterSet | None = None
        self.before: CharacterSet | None = None

    def add(self, characters: CharacterSet) -> None:
        self.found = union(self.found or NO_CHARACTER, characters)

    def intersect(self) -> None:
        self.before, self.found = self.content(), None

    def content(self) -> CharacterSet:
        if self.found is None and self.before is None:
            raise UnreadablePatternError("an intersection with nothing")
        if self.before is None or self.found is None:
            return self.before or self.found or NO_CHARACTER
        return intersection(self.before, self.found)

    def result(self) -> CharacterSet:
        # What is not in a set is not known, because a set may be described as wider than it is. Besides, Java 8 and 9 negate intersections differently.
        return ANY_CHARACTER if self.is_negated else self.content()


def read_class(pattern: str, position: int, ignores_space: bool) -> tuple[CharacterSet, int]:
    """Read the class that begins at the position.

    Args:
        ignores_space: whether the flag `x` is set. Java then ignores white space and comments here as well.

    Returns:
        Its characters, and the position after its end.

    Raises:
        UnreadablePatternError: Java refuses the class, or it uses what is not read here.
    """
    return _ClassReader(pattern, position, ignores_space).read()


class _ClassReader:
    def __init__(self, pattern: str, position: int, ignores_space: bool) -> None:
        self._pattern = pattern
        self._position = position
        self._ignores_space = ignores_space
        # Classes may be nested as deeply as the pattern is long.
        self._open: list[_OpenClass] = []

    def read(self) -> tuple[CharacterSet, int]:
        self._begin()
        while self._position < len(self._pattern):
            character = self._pattern[self._position]
            current = self._open[-1]
            if character == "[":
                self._begin()
            elif character == "]" and (current.found or current.before):
                self._position += 1
                result = self._open.pop().result()
                if not self._open:
                    return result, self._position
                self._open[-1].add(result)
            elif self._pattern.startswith("&&", self._position):
                if self._pattern.startswith("&", self._position + 2):
                    raise UnreadablePatternError("an intersection that versions of Java read differently")
                current.intersect()
                self._position += 2
            else:
                self._add_members(current)
        raise UnreadablePatternError("a character class that is not closed")

    def _begin(self) -> None:
        is_negated = self._pattern.startswith("^", self._position + 1)
        self._open.append(_OpenClass(is_negated))
        self._position += 2 if is_negated else 1

    def _add_members(self, current: _OpenClass) -> None:
        """Add a named set, quoted text, a range or one character."""
        if self._pattern.startswith("\\", self._position):
            letter = self._pattern[self._position + 1 : self._position + 2]
            if letter == "Q":
                self._add_quoted(current)
                return
            if letter in ("p", "P"):
                found, self._position = read_property(self._pattern, self._position)
                current.add(found)
                return
            if letter in SET_ESCAPES:
                self._position += 2
                current.add(SET_ESCAPES[letter])
                return
        first = self._character()
        # A "-" before the end of the class, or before a nested one, is literal.
        if self._pattern.startswith("-", self._position) and not self._pattern.startswith(("-]", "-["), self._position):
            self._position += 1
            current.add(character_range(first, self._character()))
        else:
            current.add(single(first))

    def _add_quoted(self, current: _OpenClass) -> None:
        start = self._position + 2
        end = self._pattern.find("\\E", start)
        if end == -1:
            raise UnreadablePatternError("a character class that is not closed")
        for character in self._pattern[start:end]:
            current.add(single(character))
        self._position = end + 2

    def _character(self) -> str:
        if self._position >= len(self._pattern):
            raise UnreadablePatternError("a character class that is not closed")
        character = self._pattern[self._position]
        if character == "\\":
            character, self._position = read_character(self._pattern, self._position)
            return character
        if self._ignores_space and (character.isspace() or character == "#"):
            raise UnreadablePatternError("white space in a character class")
        self._position += 1
        return character
