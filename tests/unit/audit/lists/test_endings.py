"""How a declaration ends an entry."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.endings import end_of
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
