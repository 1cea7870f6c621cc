# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the pattern of a content policy matches ordinary mail, or may match nothing. Pure."""

from __future__ import annotations

from ..patterns.reading import PatternReading, read_regex
from .entry import Account, Entry, EntryMatch, Matches
from .reach import MAX_HARDLY, pattern_of, reach_of, reading_of

# The documented limit of a repetition: the sources in content_policy_rules.py.
_MAX_REPETITION = 50
# A pattern is searched for, so that these add nothing.
_ANYTHING = (".*?", ".*", ".+")
# Words that are in ordinary mail between companies every day, and also in fraud: nobody would notice the fraud among the mail that they block. Each is
# also a part of other words, so that without \b it matches even more (`order` in `border`). Only words that alone say nothing about a message; words
# that are rare in ordinary mail, such as `bitcoin`, are left out.
COMMON_WORDS = frozenset(
    (
        # Buying and paying.
        *("account", "bank", "bill", "billing", "contract", "delivery", "discount", "invoice", "offer", "order", "package", "payment", "payroll", "price"),
        *("purchase", "quotation", "quote", "receipt", "refund", "remittance", "salary", "shipment", "shipping", "statement", "subscription", "transfer"),
        # Working together.
        *("agreement", "application", "approval", "attached", "attachment", "calendar", "confidential", "document", "important", "invitation", "meeting"),
        *("message", "project", "proposal", "reminder", "report", "request", "review", "schedule", "shared", "signature", "urgent", "voicemail"),
        # Signing in.
        *("confirm", "confirmation", "expired", "login", "password", "security", "support", "update", "verification", "verify"),
        # The same in languages of many customers: German, French, Spanish.
        *("angebot", "auftrag", "bestellung", "konto", "lieferung", "passwort", "rechnung", "vertrag", "zahlung"),
        *("commande", "contrat", "facture", "livraison", "paiement"),
        *("contrato", "factura", "pago", "pedido"),
    )
)


def check_pattern(entry: Entry, account: Account) -> Matches:
    """Judge what an enabled policy blocks. A disabled one blocks nothing."""
    reading = reading_of(entry)
    if entry.settings.get("enabled") is not True or reading is None:
        return
    words = _common_words(pattern_of(entry))
    if reading.minimum == 0:
        yield EntryMatch("ES-CONTENT-101", live="every message")
    elif words:
        yield EntryMatch("ES-CONTENT-101", "medium", live=f"each message with the word {' or '.join(words)}, also inside other words")
    # A common word is judged as a word, however short it is: with a boundary it may be meant.
    elif words is None and reading.minimum <= MAX_HARDLY:
        yield EntryMatch("ES-CONTENT-101", "high", live=reach_of(entry).text)


def check_syntax(entry: Entry, account: Account) -> Matches:
    """Report syntax that the documentation of blocked content does not mention."""
    reading = reading_of(entry)
    if reading is None:
        return
    found = {
        "look-around": reading.has_lookaround,
        "a back reference": reading.has_back_reference,
        f"a repetition of more than {_MAX_REPETITION}": reading.max_repetition > _MAX_REPETITION,
    }
    used = [name for name, is_used in found.items() if is_used]
    if used:
        yield EntryMatch("ES-CONTENT-102", live=" and ".join(used))


def _common_words(pattern: str) -> list[str] | None:
    """The common words each of which alone makes a message match.

    Returns:
        The words without an anchor or a word boundary; None if no alternative of the pattern is a common word and nothing else.
    """
    found = [(word, reading) for text in _alternatives(pattern) if (reading := read_regex(text)) and (word := _word_of(reading))]
    if not found:
        return None
    return [word for word, reading in found if not _is_bounded(reading)]


def _word_of(reading: PatternReading) -> str | None:
    word = (reading.literal or "").strip().casefold()
    return word if word in COMMON_WORDS or word.removesuffix("s") in COMMON_WORDS else None


def _is_bounded(reading: PatternReading) -> bool:
    return reading.is_anchored_start or reading.end == "anchored" or reading.has_word_boundary


def _alternatives(pattern: str) -> list[str]:
    """The alternatives of a pattern without `.*` at their ends, as far as that is clear without reading groups and sets."""
    text = _without_anything(pattern.removeprefix("(?i)"))
    inner = text[1:-1] if text[:1] == "(" and text[-1:] == ")" else text
    is_plain = not set("()[]\\") & set(inner.replace("\\b", ""))
    return [_without_anything(part) for part in inner.split("|")] if is_plain else [text]


def _without_anything(text: str) -> str:
    for anything in _ANYTHING:
        text = text.removeprefix(anything).removesuffix(anything)
    return text
