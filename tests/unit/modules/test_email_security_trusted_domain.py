"""Each case four ways: nothing to do, check mode, run, error."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.tests.unit.modules.entry_module import EntryModule
from ansible_collections.mailops.cloudflare.tests.unit.support import listed, ok


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

    def test_flag_that_was_switched_on_is_switched_off(self, script):
        self.found(script, self.entry(is_similarity=True)).expect("PATCH", self.one, ok(self.entry()), body={"is_similarity": False})
        assert self.run(self.wanted())["diff"]["before_header"] == "labs.example (more protected: is_similarity)"

    def test_flags_left_out_are_switched_off(self, script):
        self.found(script, self.entry())
        assert self.run(self.key, check=True)["changes"] == {"is_recent": {"before": True, "after": False}}

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"pattern": "ann@labs.example"}, "is an address; it must be a domain"),
            ({"pattern": "*.labs.example"}, "write labs.example"),
            ({"pattern": "192.0.2.1"}, "neither a domain name nor an IP address"),
            ({"pattern": "labs.example", "pattern_type": "DOMAIN"}, "pattern_type is not an option"),
        ],
    )
    def test_refused_value_sends_no_request(self, script, options, message):
        result = self.run(options)
        assert (result["failure"]["kind"], message.lower() in result["msg"].lower()) == ("invalid", True), result["msg"]

    def test_regular_expression_is_found_by_its_text(self, script):
        live = self.entry(pattern=r"^Labs[0-9]", is_regex=True)
        script.expect("GET", self.path, listed(live), query={"pattern": r"^Labs[0-9]"})
        assert self.run({"pattern": r"^Labs[0-9]", "is_regex": True, "is_recent": True})["changed"] is False
