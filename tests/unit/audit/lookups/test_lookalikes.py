"""Labels that look alike, and labels that differ by a few edits."""

from __future__ import annotations

from functools import cache

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lookups.lookalikes import edit_distance, max_edits, shortened, skeleton
from hypothesis import given
from hypothesis import strategies as st

LABELS = st.text("abrn1l", min_size=1, max_size=14)


def naive_distance(one: str, other: str) -> int:
    """The definition, without a limit: the last letters are equal, or edited in one of four ways."""

    @cache
    def distance(i: int, j: int) -> int:
        if not i or not j:
            return i + j
        ways = [distance(i - 1, j) + 1, distance(i, j - 1) + 1, distance(i - 1, j - 1) + (one[i - 1] != other[j - 1])]
        if i > 1 and j > 1 and one[i - 2 : i] == other[j - 2 : j][::-1]:
            ways.append(distance(i - 2, j - 2) + 1)
        return min(ways)

    return distance(len(one), len(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("paypal", "paypa1"),
        ("micro", "MICR0"),
        ("modern", "modem"),
        ("west", "vvest"),
        ("bücher", "bucher"),
        ("example", "ехаmple"),  # Cyrillic
        ("google", "gοοgle"),  # Greek
        ("bill", "biil"),
        ("łódź", "lodz"),
        ("straße", "strasse"),
    ],
)
def test_labels_with_one_skeleton(one, other):
    assert one != other
    assert skeleton(one) == skeleton(other)


@pytest.mark.parametrize(("one", "other"), [("paypal", "paypai2"), ("bank", "blank"), ("rm", "nn"), ("müller", "mueller")])
def test_labels_with_different_skeletons(one, other):
    assert skeleton(one) != skeleton(other)


# By letter, the other letters that look like it: some are written in two alphabets, some have a stroke.
ALIKE = {
    "a": "\N{CYRILLIC SMALL LETTER A}\N{GREEK SMALL LETTER ALPHA}",
    "b": "\N{CYRILLIC SMALL LETTER VE}\N{CYRILLIC SMALL LETTER SOFT SIGN}\N{GREEK SMALL LETTER BETA}",
    "c": "\N{CYRILLIC SMALL LETTER ES}",
    "d": "\N{CYRILLIC SMALL LETTER KOMI DE}\N{LATIN SMALL LETTER D WITH STROKE}",
    "e": "\N{CYRILLIC SMALL LETTER IE}\N{CYRILLIC SMALL LETTER UKRAINIAN IE}\N{GREEK SMALL LETTER EPSILON}",
    "h": "\N{CYRILLIC SMALL LETTER SHHA}\N{CYRILLIC SMALL LETTER EN}\N{LATIN SMALL LETTER H WITH STROKE}",
    "j": "\N{CYRILLIC SMALL LETTER JE}",
    "k": "\N{CYRILLIC SMALL LETTER KA}\N{GREEK SMALL LETTER KAPPA}",
    "l": "1i\N{LATIN SMALL LETTER DOTLESS I}\N{CYRILLIC SMALL LETTER BYELORUSSIAN-UKRAINIAN I}\N{GREEK SMALL LETTER IOTA}"
    "\N{CYRILLIC SMALL LETTER PALOCHKA}\N{LATIN SMALL LETTER L WITH STROKE}",
    "m": "\N{CYRILLIC SMALL LETTER EM}",
    "n": "\N{GREEK SMALL LETTER ETA}",
    "o": "0\N{CYRILLIC SMALL LETTER O}\N{GREEK SMALL LETTER OMICRON}\N{GREEK SMALL LETTER SIGMA}\N{ARMENIAN SMALL LETTER OH}"
    "\N{LATIN SMALL LETTER O WITH STROKE}",
    "p": "\N{CYRILLIC SMALL LETTER ER}\N{GREEK SMALL LETTER RHO}",
    "r": "\N{CYRILLIC SMALL LETTER GHE}",
    "s": "\N{CYRILLIC SMALL LETTER DZE}",
    "t": "\N{CYRILLIC SMALL LETTER TE}\N{GREEK SMALL LETTER TAU}\N{LATIN SMALL LETTER T WITH STROKE}",
    "u": "\N{GREEK SMALL LETTER UPSILON}",
    "v": "\N{CYRILLIC SMALL LETTER IZHITSA}\N{GREEK SMALL LETTER NU}",
    "w": "\N{CYRILLIC SMALL LETTER WE}\N{GREEK SMALL LETTER OMEGA}",
    "x": "\N{CYRILLIC SMALL LETTER HA}\N{GREEK SMALL LETTER CHI}",
    "y": "\N{CYRILLIC SMALL LETTER U}\N{GREEK SMALL LETTER GAMMA}",
}


@pytest.mark.parametrize("letter", ALIKE)
def test_skeleton_of_each_letter_that_looks_alike_is_the_plain_letter(letter):
    # The letters between them are no part of a pair.
    assert skeleton("-".join(ALIKE[letter])) == "-".join(letter * len(ALIKE[letter]))
    assert skeleton(letter) == letter


@pytest.mark.parametrize(
    ("label", "plain"),
    [
        ("\N{LATIN SMALL LETTER AE}x", "aex"),
        ("\N{LATIN SMALL LIGATURE OE}x", "oex"),
        ("corn", "com"),
        ("vvv", "wv"),
        ("nr", "nr"),
        ("g", "g"),
        ("q", "q"),
        ("z", "z"),
        ("fqz2-9", "fqz2-9"),
        ("", ""),
    ],
)
def test_skeleton_has_one_spelling_of_pairs_and_keeps_other_letters(label, plain):
    assert skeleton(label) == plain


@pytest.mark.parametrize(("lengths", "edits"), [((3, 9), 0), ((4, 9), 1), ((5, 5), 1), ((6, 5), 1), ((6, 6), 2), ((63, 63), 2), ((6, 7, 8, 3), 0)])
def test_max_edits(lengths, edits):
    assert max_edits(*lengths) == edits


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [("partner", "partner", 0), ("partner", "patrner", 1), ("partner", "aprtner", 1), ("ab", "ba", 1), ("partner", "partners", 1), ("partner", "oartnen", 2)],
)
def test_edit_distance(one, other, distance):
    assert edit_distance(one, other, 2) == distance


@pytest.mark.parametrize(
    ("one", "other", "limit", "distance"),
    [
        ("abc", "xyz", 1, 2),
        ("abc", "xyz", 2, 3),
        ("abc", "xyz", 3, 3),
        ("a", "abcd", 1, 2),
        ("a", "abc", 2, 2),
        ("abcd", "abcx", 0, 1),
        ("abxxcd", "abyycd", 2, 2),
        ("abxxcd", "bayycd", 2, 3),
        # The first letter cannot be exchanged with a letter before it, such as the last one.
        ("xyzbzxyz", "bxyz", 4, 4),
        ("bxyz", "xyzbzxyz", 4, 4),
    ],
)
def test_edit_distance_beyond_the_limit_is_the_limit_and_one_more(one, other, limit, distance):
    assert edit_distance(one, other, limit) == distance


@given(LABELS, LABELS, st.integers(0, 3))
def test_edit_distance_is_the_least_number_of_edits_up_to_a_limit(one, other, limit):
    distance = naive_distance(one, other)
    found = edit_distance(one, other, limit)
    assert found == min(distance, limit + 1)


@given(st.text("abc", min_size=1, max_size=30), st.data())
def test_labels_within_the_limit_have_a_shortened_form_in_common(label, data):
    letters = list(label)
    for _edit in range(max_edits(len(label))):
        place = data.draw(st.integers(0, len(letters)))
        letters[place : place + data.draw(st.integers(0, 1))] = data.draw(st.text("abc", max_size=1))
    other = "".join(letters)
    if edit_distance(label, other, max_edits(len(label), len(other))) <= max_edits(len(label), len(other)):
        assert set(shortened(label)) & set(shortened(other))


def test_a_long_label_has_few_shortened_forms():
    assert len(list(shortened("a" * 63))) == 37


@pytest.mark.parametrize(
    ("label", "texts"),
    [
        ("abc", {"abc"}),
        ("abcd", {"abcd", "abc", "abd", "acd", "bcd"}),
        # Of a long label, the first eight letters count.
        ("abcdefghij", {"abcdefgh"} | {"abcdefgh".replace(letter, "") for letter in "abcdefgh"}),
    ],
)
def test_shortened_leaves_out_as_many_letters_as_may_be_edited(label, texts):
    found = set(shortened(label))
    assert {text for text in found if len(text) >= min(len(label), 8) - 1} == texts
