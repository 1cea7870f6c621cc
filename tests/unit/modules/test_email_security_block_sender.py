"""Each case four ways: nothing to do, check mode, run, error."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from ansible_collections.mailops.cloudflare.tests.unit.modules.entry_module import ID, OTHER_ID, EntryModule
from ansible_collections.mailops.cloudflare.tests.unit.support import answer, listed, lost, ok, refused

BY_KEY_OR_ID = [{"pattern": "evil.example"}, {"pattern": "evil.example", "state": "absent"}, {"id": ID}]
FAILED_READINGS = [
    (refused(401, 10000, "Authentication error"), "auth"),
    (refused(403, 9109, "Unauthorized to access requested resource"), "permission"),
    (refused(403, 10010, "not_entitled"), "not_entitled"),
    (refused(429, 971, "More than 1200 requests"), "rate_limited"),
    (answer(503, b"<html>", content_type="text/html"), "server"),
]


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

    # What the server may store in place of what was sent.

    @pytest.mark.parametrize(
        ("declared", "live"),
        [
            ("ann@example.com", "Ann@EXAMPLE.com"),
            ("m\u00fcller.example", "xn--mller-kva.example"),
            ("xn--mller-kva.example", "M\u00dcLLER.example"),
            ("192.0.2.10", "192.0.2.10/32"),
            ("192.0.2.10/32", "192.0.2.10"),
            ("2001:db8:0::/48", "2001:DB8::/48"),
            ("evil.example", " evil.example. "),
        ],
    )
    def test_other_spelling_is_no_difference(self, script, declared, live):
        script.expect("GET", self.path, listed(self.entry(pattern=live)))
        assert self.run({"pattern": declared})["changed"] is False

    def test_other_spelling_that_no_filter_finds_is_found_in_the_list(self, script):
        script.expect("GET", self.path, listed(), query={"pattern": "192.0.2.10"}).expect("GET", self.path, listed(self.entry(pattern="192.0.2.10/32")))
        result = self.run({"pattern": "192.0.2.10"})
        assert (result["changed"], result["api"]["requests"]) == (False, 2)

    def test_regular_expression_is_another_entry(self, script):
        script.expect("GET", self.path, listed(self.entry())).expect("GET", self.path, listed(self.entry()))
        result = self.run({"pattern": "evil.example", "is_regex": True}, check=True)
        assert (result["operation"], result["diff"]["after_header"]) == ("create", "evil.example (is_regex) (new, more protected)")

    def test_empty_comment_is_sent_as_null(self, script):
        self.found(script, self.entry(comments="old")).expect("PATCH", self.one, ok(self.entry()), body={"comments": None})
        result = self.run({**self.key, "comments": ""})
        assert result["changes"] == {"comments": {"before": "old", "after": ""}}
        assert 'comments: ""\n' in result["diff"]["after"]

    def test_comment_of_nobody_is_not_managed(self, script):
        self.found(script, self.entry(comments="by hand", pattern_type="EMAIL"))
        assert self.run(self.key)["changed"] is False

    @pytest.mark.parametrize("expires", [datetime.now(timezone.utc).date().isoformat(), "2999-12-31"])
    def test_entry_is_wanted_on_its_last_day(self, script, expires):
        self.found(script, self.entry())
        assert self.run({**self.key, "expires": expires})["changed"] is False

    # Several live entries with one key.

    @pytest.mark.parametrize("check", [True, False])
    def test_equal_duplicates_are_a_warning(self, script, check):
        script.expect("GET", self.path, listed(self.entry(), self.entry(OTHER_ID, pattern="evil.example")))
        result = self.run(self.key, check=check)
        assert result["changed"] is False
        assert result["warnings"] == [
            f"evil.example is live 2 times, with the same settings. The others are {OTHER_ID}: remove them with id and state: absent."
        ]

    @pytest.mark.parametrize("check", [True, False])
    def test_different_duplicates_are_a_conflict(self, script, check):
        script.expect("GET", self.path, listed(self.entry(), self.entry(OTHER_ID, comments="another")))
        result = self.run(self.key, check=check)
        assert (result["failure"]["kind"], result["changed"]) == ("conflict", False)
        assert ID in result["msg"]
        assert OTHER_ID in result["msg"]

    def test_removal_that_stops_half_way_says_what_was_removed(self, script):
        script.expect("GET", self.path, listed(self.entry(), self.entry(OTHER_ID, comments="another")))
        script.expect("DELETE", self.one, ok({"id": ID})).expect("GET", self.one, refused(404, 1404))
        script.expect("DELETE", f"{self.path}/{OTHER_ID}", refused(403, 9109, "Unauthorized to access requested resource"))
        result = self.run({**self.key, "state": "absent"})
        assert (result["failure"]["kind"], result["changed"], result["operation"]) == ("permission", True, "delete")
        assert "1 of 2 live entries with this key was removed before." in result["msg"]

    def test_removal_that_stops_half_way_with_an_unknown_outcome(self, script):
        script.expect("GET", self.path, listed(self.entry(), self.entry(OTHER_ID)))
        script.expect("DELETE", self.one, ok({"id": ID})).expect("GET", self.one, refused(404, 1404))
        script.expect("DELETE", f"{self.path}/{OTHER_ID}", ok({"id": OTHER_ID}))
        script.expect("GET", f"{self.path}/{OTHER_ID}", refused(403, 9109, "Unauthorized to access requested resource"))
        result = self.run({**self.key, "state": "absent"})
        assert (result["changed"], len(result["diff"]), len(result["changes"])) == (True, 2, 2)
        assert "whether it was made is unknown" in result["msg"]

    # Errors.

    @pytest.mark.parametrize(
        ("options", "reply", "kind"),
        [
            *((options, reply, kind) for options in BY_KEY_OR_ID for reply, kind in FAILED_READINGS),
            # With an id, this would be an entry that does not exist.
            *((options, refused(404, 7003, "Could not route to the path"), "not_found") for options in BY_KEY_OR_ID if "id" not in options),
        ],
    )
    def test_failed_reading_fails(self, script, options, reply, kind):
        path = self.one if "id" in options else self.path
        for _attempt in range(2 if kind == "auth" else 1):
            script.expect("GET", path, reply)
        result = self.run({**options, "max_wait": 0 if kind != "auth" else 330})
        assert (result["failure"]["kind"], result["changed"]) == (kind, False)

    @pytest.mark.parametrize("reply", [refused(429, 971, "More than 1200 requests", retry_after="1"), answer(503, b"<html>", content_type="text/html")])
    def test_rate_limit_and_server_error_are_waited_for(self, script, reply):
        script.expect("GET", self.path, reply)
        self.found(script, self.entry())
        result = self.run(self.key)
        assert (result["changed"], result["api"]["requests"], result["api"]["retries"]) == (False, 2, 1)

    # Writes of unknown outcome.

    def looks(self, script, *rows):
        """Expect the look-ups before a creation is repeated."""
        for _look in range(5):
            script.expect("GET", self.path, listed(*rows))
            if not rows:
                script.expect("GET", self.path, listed())
        return script

    def test_creation_that_was_not_made_is_repeated_after_the_list_was_read(self, script):
        created = self.entry(OTHER_ID, **self.body)
        self.looks(self.missing(script).expect("POST", self.path, lost("POST"))).expect("POST", self.path, ok(created, 201))
        script.expect("GET", self.path, listed(created))
        result = self.run(self.new)
        assert (result["operation"], result["block_sender"]["id"]) == ("create", OTHER_ID)
        assert "warnings" not in result

    def test_creation_that_was_made_late_is_reported(self, script):
        created = self.entry(OTHER_ID, **self.body)
        self.looks(self.missing(script).expect("POST", self.path, lost("POST"))).expect("POST", self.path, ok(created, 201))
        script.expect("GET", self.path, listed(self.entry(**self.body), created))
        result = self.run(self.new)
        assert "worse.example was created 2 times" in result["warnings"][0]
        assert ID in result["warnings"][0]

    def test_creation_that_somebody_else_made_with_other_settings_is_a_conflict(self, script):
        self.missing(script).expect("POST", self.path, lost("POST")).expect("GET", self.path, listed(self.entry(**{**self.body, "comments": "another"})))
        assert self.run(self.new)["failure"]["kind"] == "conflict"

    def test_update_of_unknown_outcome_is_looked_up(self, script):
        self.found(script, self.entry()).expect("PATCH", self.one, lost()).expect("GET", self.one, ok(self.entry(comments="SEC-402")))
        assert self.run({**self.key, "comments": "SEC-402"})["changed"] is True

    def test_update_of_unknown_outcome_that_was_not_made_is_repeated(self, script):
        self.found(script, self.entry()).expect("PATCH", self.one, lost()).expect("GET", self.one, ok(self.entry()))
        script.expect("PATCH", self.one, ok(self.entry(comments="SEC-402")))
        assert self.run({**self.key, "comments": "SEC-402"})["api"]["retries"] == 1

    def test_update_of_an_entry_that_is_gone_fails(self, script):
        self.found(script, self.entry()).expect("PATCH", self.one, refused(404, 1404))
        result = self.run({**self.key, "comments": "SEC-402"})
        assert (result["failure"]["kind"], result["changed"]) == ("not_found", False)

    def test_removal_of_unknown_outcome_is_looked_up(self, script):
        script.expect("GET", self.path, listed(self.entry())).expect("DELETE", self.one, lost("DELETE")).expect("GET", self.one, refused(404, 1404))
        assert self.run({**self.key, "state": "absent"})["changed"] is True

    def test_entry_that_somebody_else_removed_meanwhile_is_unchanged(self, script):
        script.expect("GET", self.path, listed(self.entry()))
        script.expect("DELETE", self.one, refused(404, 1404)).expect("GET", self.one, refused(404, 1404))
        assert self.run({**self.key, "state": "absent"})["changed"] is False

    # The id together with the key.

    @pytest.mark.parametrize("options", [{"pattern": "other.example"}, {"pattern": "evil.example", "is_regex": True}])
    def test_id_of_another_entry_is_not_removed(self, script, options):
        script.expect("GET", self.one, ok(self.entry()))
        script.expect("GET", self.path, listed()).expect("GET", self.path, listed(self.entry()))
        result = self.run({"id": ID, **options, "state": "absent"})
        assert (result["failure"]["kind"], result["changed"]) == ("conflict", False)
        assert "Nothing was removed" in result["msg"]

    def test_id_of_no_entry_with_the_key_of_one_is_a_conflict(self, script):
        script.expect("GET", f"{self.path}/{OTHER_ID}", refused(404, 1404)).expect("GET", self.path, listed(self.entry()))
        result = self.run({"id": OTHER_ID, **self.key, "state": "absent"})
        assert (result["failure"]["kind"], result["changed"]) == ("conflict", False)
        assert ID in result["msg"]

    def test_id_selects_one_of_several_entries(self, script):
        live = self.entry(OTHER_ID, comments="another")
        path = f"{self.path}/{OTHER_ID}"
        script.expect("GET", path, ok(live)).expect("PATCH", path, ok({**live, "comments": "SEC-402"}), body={"comments": "SEC-402"})
        assert self.run({"id": OTHER_ID, **self.key, "comments": "SEC-402"})["api"]["requests"] == 2
