"""Each case four ways: nothing to do, check mode, run, error."""

from __future__ import annotations

from ansible_collections.mailops.cloudflare.tests.unit.modules.entry_module import EntryModule


class TestBlockSender(EntryModule):
    name = "block_sender"
    resource = "block_senders"
    live = {"pattern": "Evil.example.", "pattern_type": "DOMAIN", "is_regex": False, "comments": None}
    normal = {"pattern": "evil.example", "is_regex": False, "pattern_type": "DOMAIN", "comments": ""}
    key = {"pattern": "EVIL.example"}
    other_key = {"pattern": "Worse.example"}
    new = {"pattern": "Worse.example", "comments": "SEC-402"}
    body = {"pattern": "worse.example", "is_regex": False, "pattern_type": "DOMAIN", "comments": "SEC-402"}
    update = ("comments", "SEC-402", "SEC-402")
