"""Each case four ways: nothing to do, check mode, run, error."""

from __future__ import annotations

from ansible_collections.mailops.cloudflare.tests.unit.modules.entry_module import EntryModule


class TestTrustedDomain(EntryModule):
    name = "trusted_domain"
    resource = "trusted_domains"
    live = {"pattern": "labs.example", "is_regex": None, "is_recent": True, "is_similarity": False, "comments": "SEC-320"}
    normal = {"pattern": "labs.example", "is_regex": False, "is_recent": True, "is_similarity": False, "comments": "SEC-320"}
    key = {"pattern": "labs.example."}
    other_key = {"pattern": r"^labs[0-9]\.example$", "is_regex": True}
    new = {"pattern": r"^labs[0-9]\.example$", "is_regex": True, "is_similarity": True}
    body = {"pattern": r"^labs[0-9]\.example$", "is_regex": True, "is_recent": False, "is_similarity": True}
    update = ("is_similarity", True, True)
    if_created = "weaker"
    if_updated = "weaker"

    def as_live(self):
        return {"is_recent": True}
