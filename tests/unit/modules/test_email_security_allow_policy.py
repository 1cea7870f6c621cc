"""Each case four ways: nothing to do, check mode, run, error."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.tests.unit.modules.entry_module import EntryModule
from ansible_collections.mailops.cloudflare.tests.unit.support import listed, ok

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

    @pytest.mark.parametrize(
        ("flags", "verified"),
        [
            ({}, True),
            ({"is_exempt_recipient": True}, False),
            ({"is_exempt_recipient": True, "is_trusted_sender": True}, True),
            ({"is_exempt_recipient": True, "is_acceptable_sender": True}, True),
            ({"is_exempt_recipient": True, "verify_sender": True}, True),
            ({"is_trusted_sender": True, "verify_sender": False}, False),
        ],
    )
    @pytest.mark.parametrize("check", [True, False])
    def test_senders_are_verified_unless_only_recipients_are_exempt(self, script, flags, verified, check):
        body = {"pattern": "abuse@example.com", "is_regex": False, "pattern_type": "EMAIL", **dict.fromkeys(FLAGS, False), **flags, "verify_sender": verified}
        script.expect("GET", self.path, listed()).expect("GET", self.path, listed())
        if not check:
            script.expect("POST", self.path, ok({"id": "7", **body}, 201), body=body)
        assert self.run({"pattern": "abuse@example.com", **flags}, check=check)["changes"]["verify_sender"]["after"] is verified

    def test_flag_that_was_switched_on_is_switched_off(self, script):
        self.found(script, self.entry(is_exempt_recipient=True, verify_sender=False))
        body = {"is_exempt_recipient": False, "verify_sender": True}
        script.expect("PATCH", self.one, ok(self.entry()), body=body)
        result = self.run(self.wanted())
        assert result["diff"]["before_header"] == "partner.example (more protected: is_exempt_recipient, verify_sender)"

    @pytest.mark.parametrize("options", [{"pattern": "Partner.example"}, {"pattern": "192.0.2.1"}, {"pattern": "198.51.100.0/24"}])
    def test_exempt_recipient_is_no_domain_and_no_ip(self, script, options):
        result = self.run({**options, "is_exempt_recipient": True})
        assert result["failure"]["kind"] == "invalid"
        assert "a recipient is an address, or a regular expression with is_regex: true" in result["msg"]

    @pytest.mark.parametrize(
        ("options", "sent"),
        [
            ({"pattern": "Ann@Example.com"}, ("ann@example.com", False, "EMAIL")),
            ({"pattern": "Example.com."}, ("example.com", False, "DOMAIN")),
            ({"pattern": "m\u00fcller.example"}, ("xn--mller-kva.example", False, "DOMAIN")),
            ({"pattern": "192.0.2.1/32"}, ("192.0.2.1", False, "IP")),
            ({"pattern": "192.0.2.0/255.255.255.0"}, ("192.0.2.0/24", False, "IP")),
            ({"pattern": "2001:DB8::/32"}, ("2001:db8::/32", False, "IP")),
            ({"pattern": r".*@Example\.com", "is_regex": True}, (r".*@Example\.com", True, "EMAIL")),
            ({"pattern": r"Example\.com", "is_regex": True, "pattern_type": "DOMAIN"}, (r"Example\.com", True, "DOMAIN")),
        ],
    )
    def test_pattern_is_sent_in_its_normal_form_and_its_type_is_inferred(self, script, options, sent):
        script.expect("GET", self.path, listed(), query={"pattern": sent[0]}).expect("GET", self.path, listed())
        changes = self.run(options, check=True)["changes"]
        assert tuple(changes[field]["after"] for field in ("pattern", "is_regex", "pattern_type")) == sent

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"pattern": "ann@example.com", "pattern_type": "DOMAIN"}, "is an address; it must be a domain"),
            ({"pattern": "example.com", "pattern_type": "EMAIL"}, "is not an address: it contains no @"),
            ({"pattern": "example.com", "pattern_type": "IP"}, "neither an IP address nor a network"),
            ({"pattern": "192.0.2.1/24"}, "host bits set: write 192.0.2.0/24 for the network, or 192.0.2.1 for the single address"),
            ({"pattern": "192.0.2.256"}, "neither an IP address nor a network"),
            ({"pattern": "192.0.2.0/33"}, "neither an IP address nor a network"),
            ({"pattern": "fe80::1%eth0"}, "neither an IP address nor a network"),
            ({"pattern": "10.1.0.0/16"}, "is private"),
            ({"pattern": "@example.com"}, "For all addresses of the domain, write example.com"),
            ({"pattern": "*@example.com"}, "For all addresses of the domain, write example.com"),
            ({"pattern": "*.example.com"}, "write example.com. To match subdomains only, use a regular expression"),
            ({"pattern": "http://example.com"}, "not a domain name"),
            ({"pattern": " ^a", "is_regex": True}, "white space"),
            ({"pattern": "a\nb", "is_regex": True}, "line break"),
            ({"pattern": "a" * 1025, "is_regex": True}, "1025 characters"),
            ({"pattern": "a.example", "comments": "x" * 1025}, "1025 characters"),
            ({"pattern": "a.example", "comments": "by ********"}, "replaces a secret"),
            ({"pattern": "a.example", "pattern_type": "UNKNOWN"}, "pattern_type is 'UNKNOWN'"),
        ],
    )
    def test_refused_value_sends_no_request(self, script, options, message):
        result = self.run(options)
        assert (result["failure"]["kind"], message in result["msg"]) == ("invalid", True), result["msg"]

    def test_type_follows_a_new_pattern(self, script):
        script.expect("GET", self.one, ok(self.entry()))
        script.expect("GET", self.path, listed()).expect("GET", self.path, listed(self.entry()))
        body = {"pattern": "ann@partner.example", "pattern_type": "EMAIL"}
        script.expect("PATCH", self.one, ok(self.entry(**body)), body=body)
        result = self.run({"id": self.entry()["id"], "pattern": "Ann@partner.example", **self.as_live()})
        assert set(result["changes"]) == {"pattern", "pattern_type"}

    def test_type_that_somebody_chose_is_kept_with_a_new_pattern(self, script):
        live = self.entry(pattern="a.*", is_regex=True, pattern_type="DOMAIN")
        script.expect("GET", self.one, ok(live)).expect("GET", self.path, listed()).expect("GET", self.path, listed(live))
        script.expect("PATCH", self.one, ok({**live, "pattern": "b.*"}), body={"pattern": "b.*"})
        assert self.run({"id": live["id"], "pattern": "b.*", "is_regex": True, **self.as_live()})["operation"] == "update"
