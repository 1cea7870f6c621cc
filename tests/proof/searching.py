"""Finds secrets in text: whole, in parts, and in the encodings in which they may come back. An independent oracle."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

PIECE = 12


@dataclass(frozen=True)
class Hit:
    """A secret that shows. `form` is the encoding, `at` the position in the text."""

    owner: str
    form: str
    at: int


def forms(secret: str) -> Iterator[tuple[str, str]]:
    """Names and texts of the ways in which a secret may be written."""
    raw = secret.encode()
    yield "plain", secret
    yield "lower case", secret.lower()
    yield "upper case", secret.upper()
    yield "JSON", json.dumps(secret)[1:-1]
    yield "JSON, not escaped to ASCII", json.dumps(secret, ensure_ascii=False)[1:-1]
    yield "JSON in JSON", json.dumps(json.dumps(secret))[3:-3]
    yield "repr", repr(secret)[1:-1]
    yield "repr of bytes", repr(raw)[2:-1]
    yield "URL", quote(secret, safe="")
    yield "URL path", quote(secret)
    yield "URL query", quote_plus(secret)
    yield "mark-up", html.escape(secret)
    yield "hex", raw.hex()
    yield "HEX", raw.hex().upper()
    for shift in range(3):
        body = base64_body(raw, shift)
        yield f"base64, alignment {shift}", body
        yield f"base64 for URLs, alignment {shift}", body.replace("+", "-").replace("/", "_")


def base64_body(raw: bytes, shift: int) -> str:
    """The part of the Base64 text that is the same for any neighbours, if the bytes start `shift` bytes after a boundary."""
    encoded = base64.b64encode(b"\0" * shift + raw).decode()
    first = -(-8 * shift // 6)
    return encoded[first : (8 * (shift + len(raw))) // 6]


class Searcher:
    """Searches for many secrets at once: for every run of 12 characters in each of their forms.

    A secret of less than 12 characters is searched as a whole. So is an identity (an email address), in each of its forms.
    """

    def __init__(self, secrets: Iterable[tuple[str, str]], identities: Iterable[tuple[str, str]] = ()) -> None:
        """Both arguments are pairs of an owner and a text. A text that several owners have is no secret."""
        self._pieces: dict[str, tuple[str, str]] = {}
        self._common: set[str] = set()
        self._wholes: dict[str, tuple[str, str]] = {}
        for owner, secret in secrets:
            self._wholes.setdefault(secret, (owner, "plain"))
            for form, text in forms(secret) if len(secret) >= PIECE else ():
                self._add(owner, form, text)
        for owner, identity in identities:
            for form, text in forms(identity):
                self._wholes.setdefault(text, (owner, form))
        for piece in self._common:
            del self._pieces[piece]

    def _add(self, owner: str, form: str, text: str) -> None:
        for at in range(len(text) - PIECE + 1):
            piece = text[at : at + PIECE]
            if self._pieces.setdefault(piece, (owner, form))[0] != owner:
                self._common.add(piece)

    def hits(self, text: str) -> list[Hit]:
        """Each secret and form that shows, once, at its first position."""
        found: dict[tuple[str, str], int] = {}
        pieces = self._pieces
        for at in range(len(text) - PIECE + 1):
            if text[at : at + PIECE] in pieces:
                found.setdefault(pieces[text[at : at + PIECE]], at)
        for whole, known in self._wholes.items():
            if whole in text:
                found.setdefault(known, text.index(whole))
        return [Hit(owner, form, at) for (owner, form), at in found.items()]


def excerpt(text: str, at: int) -> str:
    """The context of a hit, for people."""
    return text[max(0, at - 120) : at + 80]
