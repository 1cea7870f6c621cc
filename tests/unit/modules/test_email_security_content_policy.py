"""Each case four ways: nothing to do, check mode, run, error."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.tests.unit.modules.entry_module import EntryModule
from ansible_collections.mailops.cloudflare.tests.unit.support import listed, ok, refused


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

    @pytest.mark.parametrize("check", [True, False])
    @pytest.mark.parametrize(
        ("options", "missing"),
        [
            ({}, "pattern, targets must"),
            ({"pattern": "a"}, "targets must"),
            ({"targets": ["BODY"]}, "pattern must"),
            ({"enabled": False}, "pattern, targets must"),
        ],
    )
    def test_policy_that_does_not_exist_cannot_be_created_without_pattern_and_targets(self, script, options, missing, check):
        self.missing(script)
        result = self.run({"name": "Parcels", **options}, check=check)
        assert (result["failure"]["kind"], result["changed"]) == ("not_found", False)
        assert f"To create it, {missing} be given" in result["msg"]

    def test_policy_that_was_switched_off_is_switched_on(self, script):
        self.found(script, self.entry(enabled=False)).expect("PATCH", self.one, ok(self.entry()), body={"enabled": True})
        assert self.run(self.key)["diff"]["before_header"] == "Gift cards (more protected: enabled)"

    def test_target_that_replaces_another_is_less_protected(self, script):
        self.found(script, self.entry(targets=["SUBJECT"])).expect("PATCH", self.one, ok(self.entry(targets=["BODY"])), body={"targets": ["BODY"]})
        result = self.run({**self.key, "targets": ["BODY"]})
        assert result["weaker"] == ["targets"]

    def test_empty_notes_are_sent_as_null(self, script):
        self.found(script, self.entry(notes="old")).expect("PATCH", self.one, ok(self.entry()), body={"notes": None})
        assert self.run({**self.key, "notes": ""})["changes"] == {"notes": {"before": "old", "after": ""}}

    @pytest.mark.parametrize(("code", "message"), [(10010, "not_entitled"), (1403, "not available in the current subscription")])
    def test_account_without_the_list_is_not_entitled(self, script, code, message):
        script.expect("GET", self.path, refused(403, code, message))
        result = self.run(self.key)
        assert (result["failure"]["kind"], result["changed"]) == ("not_entitled", False)

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"targets": []}, "targets is empty; it needs at least 1 of BODY, SUBJECT"),
            ({"targets": ["HEADER"]}, "targets contains 'HEADER'"),
            ({"pattern": ""}, "pattern is empty"),
            ({"pattern": "a\nb"}, "line break"),
            ({"pattern": "a" * 2049}, "2049 characters"),
            ({"notes": "a" * 4097}, "4097 characters"),
            ({"name": "a" * 257}, "257 characters"),
            ({"name": "a\tb"}, "control character"),
        ],
    )
    def test_refused_value_sends_no_request(self, script, options, message):
        result = self.run({**self.key, **options})
        assert (result["failure"]["kind"], message in result["msg"]) == ("invalid", True), result["msg"]

    def test_live_name_with_other_spaces_is_found_in_the_list(self, script):
        script.expect("GET", self.path, listed(), query={"name": "Gift cards"}).expect("GET", self.path, listed(self.entry(name="Gift  cards ")))
        assert self.run(self.key)["changed"] is False
