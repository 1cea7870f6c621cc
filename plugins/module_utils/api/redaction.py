# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Redacts and truncates text from outside before it is shown. Pure."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Container, Iterable, Iterator
from typing import Any, NamedTuple
from urllib.parse import quote

MASK = "********"
MAX_SHOWN_CHARACTERS = 300
# Only this much of a text is redacted: the message of an error page stands near its beginning.
MAX_READ_CHARACTERS = 20_000
# A part of a credential of this length is masked, too: a server may quote half of it.
MIN_FRAGMENT_LENGTH = 8
# The way to a value: an empty tuple, or the place of its container, and its key there; in a list, itself and its index. Most are never written as text.
Place = tuple[Any, ...]
# Longer in the fields of live objects, where short fragments would mask ids and networks by coincidence.
MIN_FRAGMENT_LENGTH_IN_DATA = 12

_INVISIBLE_ELEMENTS = re.compile(r"<(script|style|head)\b.*?(</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_TAGS = re.compile(r"<!--.*?(?:-->|\Z)|</?[a-zA-Z!][^<>]*>", re.DOTALL)


class Fragments(NamedTuple):
    """The texts to mask.

    Attributes:
        by_length: these texts, by their length.
        blocks: parts of them of half their length, by the length of the part. If a text is divided into blocks of that length, and none of the blocks is
            among these, the text contains nothing to mask. That is much faster to find out than what to mask, and true of nearly all texts.
    """

    by_length: dict[int, set[str]]
    blocks: dict[int, set[str]]

    def may_be_in(self, text: str) -> bool:
        """Whether the text must be searched."""
        return any(not blocks.isdisjoint([text[at : at + size] for at in range(0, len(text) - size + 1, size)]) for size, blocks in self.blocks.items())


class Redactor:
    """Removes credentials, control characters and mark-up from text, and truncates it.

    Args:
        credentials: are masked as a whole, in fragments and in the usual encodings.
        identities: such as an e-mail address, whose fragments are ordinary words: are masked as a whole and in the usual encodings.
    """

    def __init__(self, credentials: Iterable[str] = (), identities: Iterable[str] = ()) -> None:
        forms = [(form, False) for secret in credentials for form in _forms(secret)] + [(form, True) for secret in identities for form in _forms(secret)]
        self._fragments = _fragments_of(forms, MIN_FRAGMENT_LENGTH)
        self._data_fragments = _fragments_of(forms, MIN_FRAGMENT_LENGTH_IN_DATA)

    def __call__(self, text: str, limit: int = MAX_SHOWN_CHARACTERS) -> str:
        visible = _TAGS.sub(" ", _INVISIBLE_ELEMENTS.sub(" ", text[:MAX_READ_CHARACTERS]))
        printable = "".join(character if character.isprintable() else " " for character in visible)
        clean = self.mask(" ".join(printable.split()))
        return clean if len(clean) <= limit else clean[: limit - 1] + "…"

    def mask(self, text: str) -> str:
        """Replace each part of a credential in the text, and keep everything else."""
        return _mask_text(text, self._fragments)

    def mask_data(self, value: Any) -> Any:
        """Replace each part of a credential in all texts and keys of a value."""
        return _mask_within(value, self._data_fragments, {}) if self._has_credential(value) else value

    def mask_data_except(self, value: Any, settings: Container[str], by_name: Container[str] = ()) -> tuple[Any, list[str]]:
        """Mask a value, but remove settings that contain a credential: a masked setting could be taken for the real one.

        Args:
            value: any value of JSON.
            settings: keys whose texts, or lists of texts, are settings.
            by_name: keys of dictionaries whose own keys are names, which count as settings, too.

        Returns:
            The value, and the paths of the settings that were removed.
        """
        removed: list[Place] = []
        if not self._has_credential(value):
            return value, []
        return self._mask_except(value, settings, by_name, ((), False), {}, removed), [self(_path(place)) for place in removed]

    def _has_credential(self, value: Any) -> bool:
        """Whether a value contains a credential or a part of it. Most do not: then nothing needs to be copied."""
        return any(_mask_text(text, self._data_fragments) != text for text in _texts_in(value))

    def _mask_except(
        self, value: Any, settings: Container[str], by_name: Container[str], at: tuple[Place, bool], known: dict[str, str], removed: list[Place]
    ) -> Any:
        place, has_names = at
        if isinstance(value, dict):
            kept = {}
            for key, item in value.items():
                shown_key = known[key] if key in known else _mask_within(key, self._data_fragments, known)
                is_setting = (key in settings or has_names) and not _contains_objects(item)
                shown = (
                    _mask_within(item, self._data_fragments, known)
                    if is_setting
                    else self._mask_except(item, settings, by_name, ((place, key), key in by_name), known, removed)
                )
                if (is_setting and shown != item) or (has_names and shown_key != key):
                    removed.append((place, key))
                else:
                    kept[shown_key] = shown
            return kept
        if isinstance(value, list):
            return [self._mask_except(item, settings, by_name, ((place, (item, number)), False), known, removed) for number, item in enumerate(value)]
        return _mask_within(value, self._data_fragments, known)


def _path(place: Place) -> str:
    """Write a place as text, such as `findings[example.com].live`."""
    parts: list[str] = []
    while place:
        place, step = place
        parts.append(f"[{_label(*step)}]" if isinstance(step, tuple) else f".{step}")
    return "".join(reversed(parts)).lstrip(".")


def _label(item: Any, number: int) -> str:
    """Return what identifies an item of a list: its name, or its index."""
    name = item.get("domain") if isinstance(item, dict) else None
    return name if isinstance(name, str) else str(number)


def _contains_objects(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value))


def _texts_in(value: Any) -> set[str]:
    """All texts in a value of JSON, keys included, each once."""
    found: set[Any] = set()
    left = [value]
    while left:
        item = left.pop()
        if isinstance(item, str):
            found.add(item)
        elif isinstance(item, dict):
            found.update(item)
            left.extend(item.values())
        elif isinstance(item, list):
            left.extend(item)
    return {text for text in found if isinstance(text, str)}


def _mask_within(value: Any, fragments: Fragments, known: dict[str, str]) -> Any:
    if isinstance(value, str):
        if value not in known:
            # No credential has a line break in it, and most lines of a diff occur often.
            known[value] = _mask_text(value, fragments) if "\n" not in value else "\n".join(_mask_within(line, fragments, known) for line in value.split("\n"))
        return known[value]
    if isinstance(value, dict):
        return {_mask_within(key, fragments, known): _mask_within(item, fragments, known) for key, item in value.items()}
    return [_mask_within(item, fragments, known) for item in value] if isinstance(value, list) else value


def _fragments_of(forms: list[tuple[str, bool]], min_length: int) -> Fragments:
    """Return what to mask. `forms`: texts, and whether each is masked as a whole only."""
    by_length: dict[int, set[str]] = {}
    blocks: dict[int, set[str]] = {}
    for form, is_whole in forms:
        size = len(form) if is_whole else min(len(form), min_length)
        by_length.setdefault(size, set()).update(_parts(form, size))
        # Whatever the division of a text, a fragment of it contains a whole block of this length.
        half = (size + 1) // 2
        blocks.setdefault(half, set()).update(_parts(form, half))
    return Fragments(by_length, blocks)


def _parts(text: str, size: int) -> Iterator[str]:
    return (text[at : at + size] for at in range(len(text) - size + 1))


def _mask_text(text: str, fragments: Fragments) -> str:
    if not fragments.may_be_in(text):
        return text
    hidden = bytearray(len(text))
    for size, of_size in fragments.by_length.items():
        for at in range(len(text) - size + 1):
            if text[at : at + size] in of_size:
                hidden[at : at + size] = b"\x01" * size
    return "".join(_mask_hidden(text, hidden)) if any(hidden) else text


def _mask_hidden(text: str, hidden: bytearray) -> Iterator[str]:
    for at, character in enumerate(text):
        if not hidden[at]:
            yield character
        elif at == 0 or not hidden[at - 1]:
            yield MASK


def _forms(secret: str) -> set[str]:
    """Return the forms in which a server may quote a secret: plain, in one case, escaped for JSON, Python or a URL, in hex and in base64."""
    raw = secret.encode("utf-8", "replace")
    forms = {secret, secret.lower(), secret.upper(), json.dumps(secret)[1:-1], repr(secret)[1:-1], quote(secret, safe=""), raw.hex(), raw.hex().upper()}
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + raw).decode("ascii").rstrip("=")
        # Base64 has three alignments. The characters at both ends also depend on the bytes next to the secret.
        body = encoded[-(-8 * shift // 6) : -1]
        forms |= {body, body.replace("+", "-").replace("/", "_")}
    # Base64 of two or three bytes reveals nothing and would mask ordinary words.
    return {form for form in forms if form and (len(form) >= MIN_FRAGMENT_LENGTH or form == secret)}
