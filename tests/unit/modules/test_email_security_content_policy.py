"""Each case four ways: nothing to do, check mode, run, error."""

from __future__ import annotations

from ansible_collections.mailops.cloudflare.tests.unit.modules.entry_module import EntryModule


class TestContentPolicy(EntryModule):
    name = "content_policy"
    resource = "content_policies"
    live = {"name": "Gift cards", "pattern": r"gift\s+card", "targets": ["SUBJECT", "BODY"], "enabled": True, "notes": None}
    normal = {"name": "Gift cards", "pattern": r"gift\s+card", "targets": ["BODY", "SUBJECT"], "enabled": True, "notes": ""}
    key = {"name": "Gift  cards"}
    other_key = {"name": "Parcels"}
    new = {"name": "Parcels", "pattern": "your parcel", "targets": ["SUBJECT"], "notes": "SEC-410"}
    body = {"name": "Parcels", "pattern": "your parcel", "targets": ["SUBJECT"], "enabled": True, "notes": "SEC-410"}
    update = ("targets", ["BODY"], ["BODY"])
    if_updated = "weaker"
