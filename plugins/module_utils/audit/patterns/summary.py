# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Joins the tokens of a regular expression to a description of all its matches. Pure.

Groups are kept in a list instead of being read by recursion, so that no nesting is too deep.
"""

from __future__ import annotations

from typing import NamedTuple, Union

from . import parts
from .character_sets import CharacterSet, UnreadablePatternError
from .parts import Part
from .tokens import Mark, Repetition, Tokenizer
from .work import Work

# So many alternatives are joined at once.
_MAX_SEPARATE_ALTERNATIVES = 100


class Summary(NamedTuple):
    """What was found in a pattern.

    Attributes:
        part: the description of all matches.
        marks: the kinds of token that occur.
        max_repetition: the largest number of a repetition such as `{2,10}`; 0 without one.
        steps: the work that it took.
    """

    part: Part
    marks: frozenset[Mark]
    max_repetition: int
    steps: int


_PARTS = {
    Mark.ANY: parts.ANY_CHARACTER,
    Mark.START: parts.TEXT_START,
    Mark.END: parts.TEXT_END,
    Mark.WORD_BOUNDARY: parts.EMPTY,
    Mark.NOTHING: parts.EMPTY,
    Mark.BACK_REFERENCE: parts.ANYTHING,
}


class _Group:
    """A group whose end was not read yet, or the whole pattern.

    Attributes:
        is_look_around: whether it only looks at the text around.
        alternatives: the alternatives that are complete.
        sequence: the elements of this alternative that no repetition can refer to any more.
        element: the last element; None if there is nothing that can be repeated.
    """

    __slots__ = ("alternatives", "element", "is_look_around", "sequence")

    def __init__(self, is_look_around: bool) -> None:
        self.is_look_around = is_look_around
        self.alternatives: list[Part] = []
        self.sequence = parts.EMPTY
        # Literal characters are collected: they are described once instead of one by one.
        self.element: Union[Part, list[str], None] = None

    def add(self, element: Part, work: Work) -> None:
        self.complete_element(work)
        self.element = element

    def add_text(self, text: str, work: Work) -> None:
        if not text:
            return
        if isinstance(self.element, list):
            self.element.append(text)
        else:
            self.complete_element(work)
            self.element = [text]

    def repeat(self, repetition: Repetition, work: Work) -> None:
        if self.element is None:
            raise UnreadablePatternError("a repetition of nothing")
        element = self.element
        if isinstance(element, list):
            # Only the last character is repeated.
            before, element = element[-1][:-1], parts.of_text(element.pop()[-1])
            self.add_text(before, work)
            self.complete_element(work)
        self.sequence = parts.join(self.sequence, parts.repeat(element, repetition, work), work)
        self.element = None

    def complete_element(self, work: Work) -> None:
        if isinstance(self.element, list):
            self.element = parts.of_text("".join(self.element))
        if self.element is not None:
            self.sequence = parts.join(self.sequence, self.element, work)
        self.element = None

    def complete_alternative(self, work: Work) -> None:
        self.complete_element(work)
        self.alternatives.append(self.sequence)
        self.sequence = parts.EMPTY
        if len(self.alternatives) > _MAX_SEPARATE_ALTERNATIVES:
            self.alternatives = [parts.either(self.alternatives, work)]

    def complete(self, work: Work) -> Part:
        self.complete_alternative(work)
        return parts.either(self.alternatives, work)


def summarize(pattern: str) -> Summary:
    """Describe all matches of a pattern.

    Raises:
        UnreadablePatternError: Java refuses the pattern, or it uses what is not read here.
    """
    work = Work()
    marks: set[Mark] = set()
    max_repetition = 0
    groups = [_Group(is_look_around=False)]
    for token in Tokenizer(pattern).tokens():
        work.steps += 1
        if isinstance(token, Mark):
            marks.add(token)
            _add_mark(groups, token, work)
        elif isinstance(token, Repetition):
            max_repetition = max(max_repetition, token.number)
            groups[-1].repeat(token, work)
        else:
            _add_characters(groups[-1], token, work)
    return Summary(groups[0].complete(work), frozenset(marks), max_repetition, work.steps)


def _add_mark(groups: list[_Group], mark: Mark, work: Work) -> None:
    if mark in (Mark.OPEN, Mark.OPEN_LOOK_AROUND):
        groups.append(_Group(mark is Mark.OPEN_LOOK_AROUND))
    elif mark is Mark.CLOSE:
        group = groups.pop()
        content = group.complete(work)
        groups[-1].add(parts.LOOK_AROUND if group.is_look_around else content, work)
    elif mark is Mark.OR:
        groups[-1].complete_alternative(work)
    else:
        groups[-1].add(_PARTS[mark], work)


def _add_characters(group: _Group, characters: str | CharacterSet, work: Work) -> None:
    if isinstance(characters, str):
        group.add_text(characters, work)
    else:
        group.add(parts.of_class(characters), work)
