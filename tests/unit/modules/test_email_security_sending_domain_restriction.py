"""Each case four ways: nothing to do, check mode, run, error."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.tests.unit.modules.entry_module import EntryModule
from ansible_collections.mailops.cloudflare.tests.unit.support import ok


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

    def test_exemptions_that_are_not_given_are_not_managed(self, script):
        self.found(script, self.entry(exclude=["x.partner.example"]))
        assert self.run(self.key)["changed"] is False

    @pytest.mark.parametrize("check", [True, False])
    def test_empty_exemptions_replace_the_live_ones(self, script, check):
        self.found(script, self.entry())
        if not check:
            script.expect("PATCH", self.one, ok(self.entry(exclude=[])), body={"exclude": []})
        result = self.run({**self.key, "exclude": []}, check=check)
        assert result["weaker"] == []
        assert "exclude: []\n" in result["diff"]["after"]

    def test_exemption_that_replaces_another_is_less_protected(self, script):
        after = ["a.partner.example", "c.partner.example"]
        self.found(script, self.entry()).expect("PATCH", self.one, ok(self.entry(exclude=after)), body={"exclude": after})
        assert self.run({**self.key, "exclude": ["C.partner.example", "a.partner.example"]})["weaker"] == ["exclude"]

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"domain": "@partner.example"}, "write partner.example"),
            ({"domain": "*.partner.example"}, "write partner.example"),
            ({"domain": "ann@partner.example"}, "is an address; it must be a domain"),
            ({"domain": "192.0.2.1"}, "neither a domain name nor an IP address"),
            ({"domain": "no such name"}, "not a domain name"),
            ({"exclude": [".partner.example"]}, "exclude contains '.partner.example'; a domain is written without '.'"),
            ({"exclude": [""]}, "exclude contains ''"),
            ({"exclude": ["********"]}, "replaces a secret"),
        ],
    )
    def test_refused_value_sends_no_request(self, script, options, message):
        result = self.run({**self.key, **options})
        assert (result["failure"]["kind"], message in result["msg"]) == ("invalid", True), result["msg"]
