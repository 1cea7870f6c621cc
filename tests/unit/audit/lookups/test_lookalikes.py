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


@pytest.mark.parametrize(("lengths", "edits"), [((3, 9), 0), ((4, 9), 1), ((5, 5), 1), ((6, 5), 1), ((6, 6), 2), ((63, 63), 2), ((6, 7, 8, 3), 0)])
def test_max_edits(lengths, edits):
    assert max_edits(*lengths) == edits


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [("partner", "partner", 0), ("partner", "patrner", 1), ("partner", "aprtner", 1), ("ab", "ba", 1), ("partner", "partners", 1), ("partner", "oartnen", 2)],
)
def test_edit_distance(one, other, distance):
    assert edit_distance(one, other, 2) == distance


@given(LABELS, LABELS, st.integers(0, 3))
def test_edit_distance_is_the_least_number_of_edits_up_to_a_limit(one, other, limit):
    distance = naive_distance(one, other)
    found = edit_distance(one, other, limit)
    assert found == distance if distance <= limit else found > limit


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
    assert len(list(shortened("a" * 63))) <= 37
