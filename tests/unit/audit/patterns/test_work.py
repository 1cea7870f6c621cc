"""The limit of alternatives: generous at first, small for a pattern that took much work."""

from __future__ import annotations

import os.path

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.patterns.work import (
    FEW_ALTERNATIVES,
    MAX_ALTERNATIVES,
    Work,
    common_beginning,
)
from hypothesis import given
from hypothesis import strategies as st


def test_alternatives_are_permitted_until_there_was_much_work():
    work = Work()
    assert work.permits(MAX_ALTERNATIVES)
    assert not work.permits(MAX_ALTERNATIVES + 1)
    assert work.steps == MAX_ALTERNATIVES + 1
    work.steps = 10**6
    assert work.permits(FEW_ALTERNATIVES)
    assert not work.permits(FEW_ALTERNATIVES + 1)
    assert work.steps == 10**6 + FEW_ALTERNATIVES + 1


@pytest.mark.parametrize(
    ("steps", "alternatives", "is_permitted"),
    [(0, 1024, True), (0, 1025, False), (19_999, 1024, True), (19_999, 1025, False), (20_000, 5, False), (20_000, 4, True)],
)
def test_permits_at_a_limit_depends_on_the_work_so_far(steps, alternatives, is_permitted):
    work = Work()
    work.steps = steps
    assert work.permits(alternatives) is is_permitted
    assert work.steps == steps + (alternatives if is_permitted else 1)


@given(st.lists(st.text("ab", max_size=5), min_size=1, max_size=5))
def test_the_common_beginning_is_the_longest_one(texts):
    assert common_beginning(texts) == os.path.commonprefix(texts)  # noqa: RUF071
