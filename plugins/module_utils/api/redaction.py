# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's words, made safe and short enough to show. Pure."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Container, Iterable, Iterator
from typing import Any
from urllib.parse import quote

MASK = "********"
LONGEST_QUOTATION = 300
# What is looked at before cleaning: an edge's error page has its words far above this.
LONGEST_LOOK = 20_000
# A credential that shines through in a run of this many characters is masked, too: a server may quote half of it.
MIN_FRAGMENT_LENGTH = 8
# In the fields of a live object a longer one: ids and networks are short, and to hide a part of them by chance would be a lie.
SHORTEST_PIECE_IN_DATA = 12

_INVISIBLE_ELEMENTS = re.compile(r"<(script|style|head)\b.*?(</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_TAGS = re.compile(r"<!--.*?(?:-->|\Z)|</?[a-zA-Z!][^<>]*>", re.DOTALL)


class Redactor:
    """Cleans text that came from outside: no credential, no control character, no mark-up, not too long.

    Arguments: C(credentials), masked in whole, in pieces and in the usual encodings; C(identities) (an e-mail address,
    whose pieces are ordinary words), masked in whole and in the usual encodings.
    """

    def __init__(self, credentials: Iterable[str] = (), identities: Iterable[str] = ()) -> None:
        forms = [(form, False) for secret in credentials for form in _forms(secret)] + [(form, True) for secret in identities for form in _forms(secret)]
        self._pieces = _pieces(forms, MIN_FRAGMENT_LENGTH)
        self._pieces_in_data = _pieces(forms, SHORTEST_PIECE_IN_DATA)

    def __call__(self, text: str, limit: int = LONGEST_QUOTATION) -> str:
        visible = _TAGS.sub(" ", _INVISIBLE_ELEMENTS.sub(" ", text[:LONGEST_LOOK]))
        printable = "".join(character if character.isprintable() else " " for character in visible)
        clean = self.mask(" ".join(printable.split()))
        return clean if len(clean) <= limit else clean[: limit - 1] + "…"

    def mask(self, text: str) -> str:
        """Replace whatever of a credential stands in the text, and leave the rest as it is."""
        return _masked(text, self._pieces)

    def mask_data(self, value: Any) -> Any:
        """The same for all that a task returns: every text in it, and every key."""
        return _masked_within(value, self._pieces_in_data, {})

    def mask_data_except(self, value: Any, settings: Container[str], by_name: Container[str] = ()) -> tuple[Any, list[str]]:
        """The same, but for settings: to mask a part of one would make another one of it, which somebody may read back as the truth.

        Arguments: C(settings), the keys whose texts, or lists of texts, are settings; C(by_name), the keys of dictionaries whose own keys are names,
        and count as settings, too. Returns the value without those settings that hold a credential, and the places where they stood.
        """
        altered: list[str] = []
        return self._unless(value, settings, by_name, ("", False), {}, altered), [self(place.lstrip(".")) for place in altered]

    def _unless(self, value: Any, settings: Container[str], by_name: Container[str], at: tuple[str, bool], known: dict[str, str], altered: list[str]) -> Any:
        place, has_names = at
        if isinstance(value, dict):
            kept = {}
            for key, item in value.items():
                here = f"{place}.{key}"
                shown_key = _masked_within(key, self._pieces_in_data, known)
                is_setting = (key in settings or has_names) and not _holds_objects(item)
                shown = (
                    _masked_within(item, self._pieces_in_data, known)
                    if is_setting
                    else self._unless(item, settings, by_name, (here, key in by_name), known, altered)
                )
                if (is_setting and shown != item) or (has_names and shown_key != key):
                    altered.append(here)
                else:
                    kept[shown_key] = shown
            return kept
        if isinstance(value, list):
            return [self._unless(item, settings, by_name, (f"{place}[{_label(item, number)}]", False), known, altered) for number, item in enumerate(value)]
        return _masked_within(value, self._pieces_in_data, known)


def _label(item: Any, number: int) -> str:
    """How an item of a list is found again: by its name, or where it stands."""
    name = item.get("domain") if isinstance(item, dict) else None
    return name if isinstance(name, str) else str(number)


def _holds_objects(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value))


def _masked_within(value: Any, pieces: dict[int, set[str]], known: dict[str, str]) -> Any:
    if isinstance(value, str):
        if value not in known:
            known[value] = _masked(value, pieces)
        return known[value]
    if isinstance(value, dict):
        return {_masked_within(key, pieces, known): _masked_within(item, pieces, known) for key, item in value.items()}
    return [_masked_within(item, pieces, known) for item in value] if isinstance(value, list) else value


def _pieces(forms: list[tuple[str, bool]], shortest: int) -> dict[int, set[str]]:
    """By length, the pieces of that length whose sight gives a form away. Some forms are given away by the whole only."""
    found: dict[int, set[str]] = {}
    for form, is_whole in forms:
        size = len(form) if is_whole else min(len(form), shortest)
        found.setdefault(size, set()).update(form[at : at + size] for at in range(len(form) - size + 1))
    return found


def _masked(text: str, by_length: dict[int, set[str]]) -> str:
    hidden = bytearray(len(text))
    for size, pieces in by_length.items():
        for at in range(len(text) - size + 1):
            if text[at : at + size] in pieces:
                hidden[at : at + size] = b"\x01" * size
    return "".join(_without(text, hidden)) if any(hidden) else text


def _without(text: str, hidden: bytearray) -> Iterator[str]:
    for at, character in enumerate(text):
        if not hidden[at]:
            yield character
        elif at == 0 or not hidden[at - 1]:
            yield MASK


def _forms(secret: str) -> set[str]:
    """The secret as it may come back: plain, in one case, quoted for JSON, Python or a URL, in hex, in base64 at each of its three alignments."""
    raw = secret.encode("utf-8", "replace")
    forms = {secret, secret.lower(), secret.upper(), json.dumps(secret)[1:-1], repr(secret)[1:-1], quote(secret, safe=""), raw.hex(), raw.hex().upper()}
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + raw).decode("ascii").rstrip("=")
        # The characters at both ends also hold bits of the neighbours and so differ from case to case.
        body = encoded[-(-8 * shift // 6) : -1]
        forms |= {body, body.replace("+", "-").replace("/", "_")}
    # A piece of base64 that stands for two or three bytes says nothing and would mask ordinary words.
    return {form for form in forms if form and (len(form) >= MIN_FRAGMENT_LENGTH or form == secret)}
