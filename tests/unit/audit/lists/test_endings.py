"""How a declaration or a comment ends an entry."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.endings import end_in_comment, end_of, last_day_of
from ansible_collections.mailops.cloudflare.tests.unit.audit.lists.judging import World
from ansible_collections.mailops.cloudflare.tests.unit.lists import PAST, blocked


@pytest.mark.parametrize(
    ("options", "end"),
    [({"state": "absent"}, "absent"), ({"expires": PAST}, f"until {PAST}"), ({"state": "absent", "expires": PAST}, f"until {PAST}")],
)
def test_end_of_an_unwanted_entry(options, end):
    world = World({"block_senders": [blocked(1)]}, {"block_senders": [{"pattern": "b1.example", **options}]})
    [entry] = world.account().entries["block_senders"]
    assert end_of(entry) == end
    # Nothing is known of an entry without a declaration.
    assert end_of(entry._replace(planned=None)) == "absent"


@pytest.mark.parametrize(
    ("comment", "end"),
    [
        ("SEC-311, marketing (until 2027-01-31)", "2027-01-31"),
        ("(Until 2027-01-31) SEC-311", "2027-01-31"),
        ("(until 2027-01-31), prolonged (until 2027-03-31)", "2027-03-31"),
        ("(until 2027-03-31), not (until 2027-01-31)", "2027-03-31"),
        ("(until 2027-02-30), rather (until 2027-02-28)", "2027-02-28"),
        ("(until 2027-02-30)", None),
        ("(until 2027-1-1)", None),
        ("(until tomorrow)", None),
        ("until 2027-01-31", None),
        ("", None),
    ],
)
def test_end_in_a_comment(comment, end):
    assert end_in_comment(comment) == end


@pytest.mark.parametrize(
    ("expires", "comment", "last_day"),
    [("2027-01-31", "(until 2026-12-31)", "2027-01-31"), (None, "(until 2026-12-31)", "2026-12-31"), (None, "SEC-311", None), (None, None, None)],
)
def test_last_day_is_the_declared_one_or_that_of_the_comment(expires, comment, last_day):
    declared = {"pattern": "b1.example", **({"expires": expires} if expires else {})}
    world = World({"block_senders": [blocked(1, comments=comment)]}, {"block_senders": [declared]})
    [entry] = world.account().entries["block_senders"]
    assert last_day_of(entry) == last_day
    assert last_day_of(entry._replace(planned=None)) == end_in_comment(comment or "")
