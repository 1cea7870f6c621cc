# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write values as YAML that Ansible reads back exactly, each on one line. Pure.

A dumper of PyYAML takes seconds for the entries of a long list, and cannot choose the quotes of one value.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from ...module_utils.api.texts import printable, truncate

MAX_COMMENT_LENGTH = 300
# Ansible evaluates a text that contains one of these, or that begins with settings of Jinja.
_TEMPLATE_MARKS = ("{{", "{%", "{#")
_TEMPLATE_HEADER = "#jinja2:"
# Texts that no reader of YAML takes for anything else, except for the words below. None of them ends with a colon or contains a comment.
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./@+-]*( [A-Za-z0-9_(][A-Za-z0-9_./@+,()-]*)*|[0-9]{1,3}(\.[0-9]{1,3}){3}(/[0-9]{1,2})?")
_WORDS = frozenset(("null", "true", "false", "yes", "no", "on", "off", "y", "n"))
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}


def yaml_mapping(values: Mapping[str, Any], indent: str = "", quoted: Collection[str] = ()) -> str:
    """Write a mapping of flags, texts and lists of texts: a line for each value.

    Args:
        values: the mapping.
        indent: the spaces before each line.
        quoted: the names of texts that are never plain.
    """
    return "".join(f"{indent}{name}:{_value(value, indent, name in quoted)}\n" for name, value in values.items())


def yaml_comments(lines: list[str], indent: str = "") -> str:
    """Write comments. No text in them can end its line."""
    return "".join(f"{indent}# {truncate(printable(line), MAX_COMMENT_LENGTH)}\n" for line in lines)


def yaml_text(text: str, *, is_quoted: bool = False) -> str:
    """Write a text: plain if it is a word or a name, otherwise in single quotes exactly as it is, and with escapes only if it cannot be printed.

    Args:
        text: the text.
        is_quoted: whether it is never plain.
    """
    if not is_quoted and _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    tag = "!unsafe " if text.startswith(_TEMPLATE_HEADER) or any(mark in text for mark in _TEMPLATE_MARKS) else ""
    if text.isprintable():
        return f"{tag}'{_doubled(text)}'"
    return f'{tag}"{"".join(map(_escaped, text))}"'


def _value(value: Any, indent: str, is_quoted: bool) -> str:
    if isinstance(value, bool):
        return " true" if value else " false"
    if isinstance(value, list):
        return "".join(f"\n{indent}  - {yaml_text(item)}" for item in value) or " []"
    return f" {yaml_text(value, is_quoted=is_quoted)}"


def _doubled(text: str) -> str:
    return text.replace("'", "''")


def _escaped(letter: str) -> str:
    if letter in _ESCAPES:
        return _ESCAPES[letter]
    code = ord(letter)
    if letter.isprintable():
        return letter
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
