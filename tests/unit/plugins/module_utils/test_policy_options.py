"""The options by which many domains are declared."""

from __future__ import annotations

from ansible_collections.mailops.cloudflare.plugins.module_utils._policy import prune


def test_suboptions_that_nobody_wrote_are_taken_out():
    filled_in = {"name": "a.example", "domain": "a.example", "state": "present", "regions": None}
    written = {"domain": "b.example", "state": "absent", "regions": []}
    options = {"domains": [filled_in, written], "defaults": {"regions": None, "lookback_hops": 1}}
    prune(options)
    assert options == {"domains": [{"domain": "a.example"}, {"domain": "b.example", "state": "absent", "regions": []}], "defaults": {"lookback_hops": 1}}


def test_defaults_may_be_missing():
    options = {"domains": [], "defaults": None}
    prune(options)
    assert options == {"domains": [], "defaults": None}
