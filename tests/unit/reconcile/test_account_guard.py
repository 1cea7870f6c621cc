"""The guard of purge."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.account_guard import permitted_removals, too_many_removals
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.account_options import MaxRemovals
from ansible_collections.mailops.cloudflare.tests.unit.lists import PAST, blocked, list_plan, synced
from hypothesis import given
from hypothesis import strategies as st

PERCENT = MaxRemovals(10, is_percentage=True)
EVERYTHING = MaxRemovals(100, is_percentage=True)


def plan(declared, live, name="block_senders", **options):
    return list_plan(name, [{"pattern": f"b{number}.example"} for number in range(declared)], [blocked(number) for number in range(live)], **options)


def purge(declared, live, **options):
    return plan(declared, live, purge=["all"], **options)


@pytest.mark.parametrize(
    ("limit", "removable", "permitted"),
    [
        (PERCENT, 0, 5),
        (PERCENT, 59, 5),
        (PERCENT, 60, 6),
        (PERCENT, 69, 6),
        (PERCENT, 5000, 500),
        (MaxRemovals(0, is_percentage=True), 5000, 5),
        (EVERYTHING, 7, 7),
        (MaxRemovals(0), 5000, 0),
        (MaxRemovals(3), 5000, 3),
        (MaxRemovals(7000), 5000, 7000),
    ],
)
def test_permitted_removals(limit, removable, permitted):
    assert permitted_removals(limit, removable) == permitted


@given(st.integers(0, 100), st.integers(0, 10**6))
def test_percentage_permits_at_least_five_and_at_most_its_share(percentage, removable):
    permitted = permitted_removals(MaxRemovals(percentage, is_percentage=True), removable)
    assert permitted >= 5
    assert permitted == 5 or permitted <= removable * percentage / 100 < permitted + 1


@pytest.mark.parametrize(
    ("declared", "live", "limit", "is_refused"),
    [
        (95, 100, PERCENT, False),
        (90, 100, PERCENT, False),
        (89, 100, PERCENT, True),
        (5, 10, PERCENT, False),
        (4, 10, PERCENT, True),
        (4, 10, MaxRemovals(6), False),
        (4, 10, MaxRemovals(5), True),
        (9, 10, MaxRemovals(0), True),
        (10, 10, MaxRemovals(0), False),
        (1, 100, EVERYTHING, False),
    ],
)
def test_purge_beyond_the_limit_is_refused(declared, live, limit, is_refused):
    error = too_many_removals([purge(declared, live)], limit)
    assert (error is not None) is is_refused


def test_message_names_every_list_and_the_figures():
    error = too_many_removals([purge(80, 100), purge(10, 10), purge(1, 20)], PERCENT)
    assert error.kind == "too_many_removals"
    assert error.message == (
        "Nothing was written. block_senders: purge would remove 20 of 100 entries, and max_removals (10%) permits 10. "
        "block_senders: purge would remove 19 of 20 entries, and max_removals (10%) permits 5."
    )
    assert "expected_plan" in error.hint


class TestEmptyList:
    @pytest.mark.parametrize("limit", [PERCENT, MaxRemovals(99, is_percentage=True), MaxRemovals(100), MaxRemovals(0)])
    def test_it_is_refused_however_few_entries_are_live(self, limit):
        error = too_many_removals([purge(0, 1)], limit)
        assert "no entry is declared, and purge would remove 1 of 1 entries. Only max_removals: 100% permits that." in error.message

    def test_100_percent_permits_it(self):
        assert too_many_removals([purge(0, 100)], EVERYTHING) is None

    def test_nothing_live_is_no_removal(self):
        assert too_many_removals([purge(0, 0)], PERCENT) is None
        assert too_many_removals([list_plan("impersonation_registry", [], [synced(1)], purge=["all"])], PERCENT) is None
        assert too_many_removals([purge(0, 9, keep={"block_senders": ["*"]})], PERCENT) is None

    def test_without_purge_it_is_accepted(self):
        assert too_many_removals([plan(0, 100)], MaxRemovals(0)) is None


class TestWhatCounts:
    def test_absent_and_expired_entries_do_not_count(self):
        entries = [{"pattern": f"b{number}.example", "state": "absent"} for number in range(10)]
        entries += [{"pattern": f"b{number}.example", "expires": PAST} for number in range(10, 20)]
        found = list_plan("block_senders", entries, [blocked(number) for number in range(20)], purge=["all"])
        assert too_many_removals([found], MaxRemovals(0)) is None

    def test_duplicates_count(self):
        live = [blocked(number, pattern="b0.example") for number in range(3)]
        found = list_plan("block_senders", [{"pattern": "b0.example"}], live, purge=["all"])
        assert too_many_removals([found], MaxRemovals(1)) is not None
        assert too_many_removals([found], MaxRemovals(2)) is None

    def test_kept_entries_are_no_part_of_the_percentage(self):
        # 60 of 100 are kept, so that 10 % are 4, and 5 are permitted.
        keep = {"block_senders": [f"b{number}.example" for number in range(40, 100)]}
        assert too_many_removals([purge(34, 100, keep=keep)], PERCENT) is not None
        assert too_many_removals([purge(35, 100, keep=keep)], PERCENT) is None
