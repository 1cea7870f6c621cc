"""Each case four ways: nothing to do, check mode, run, error."""

from __future__ import annotations

from ansible_collections.mailops.cloudflare.tests.unit.modules.entry_module import EntryModule

FLAGS = {"is_trusted_sender": False, "is_exempt_recipient": False, "is_acceptable_sender": True, "verify_sender": True}


class TestAllowPolicy(EntryModule):
    name = "allow_policy"
    resource = "allow_policies"
    live = {"pattern": "Partner.example", "pattern_type": "DOMAIN", "is_regex": False, **FLAGS, "is_trusted_sender": None, "comments": None}
    normal = {"pattern": "partner.example", "is_regex": False, "pattern_type": "DOMAIN", **FLAGS, "comments": ""}
    key = {"pattern": "PARTNER.example"}
    other_key = {"pattern": "News.example"}
    new = {"pattern": "News.example", "is_acceptable_sender": True, "comments": ""}
    body = {**normal, "pattern": "news.example"}
    update = ("is_trusted_sender", True, True)
    if_created = "weaker"
    if_updated = "weaker"

    def as_live(self):
        return {"is_acceptable_sender": True}
