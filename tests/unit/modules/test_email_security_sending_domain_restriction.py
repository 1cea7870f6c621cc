"""Each case four ways: nothing to do, check mode, run, error."""

from __future__ import annotations

from ansible_collections.mailops.cloudflare.tests.unit.modules.entry_module import EntryModule


class TestSendingDomainRestriction(EntryModule):
    name = "sending_domain_restriction"
    resource = "sending_domain_restrictions"
    live = {"domain": "Partner.example", "exclude": ["B.partner.example", "a.partner.example."], "comments": None}
    normal = {"domain": "partner.example", "exclude": ["a.partner.example", "b.partner.example"], "comments": ""}
    key = {"domain": "partner.EXAMPLE."}
    other_key = {"domain": "bank.example"}
    new = {"domain": "bank.example"}
    body = {"domain": "bank.example", "exclude": []}
    update = ("exclude", ["A.partner.example"], ["a.partner.example"])
    has_filter = False
    if_updated = "stronger"
