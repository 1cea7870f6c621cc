"""Each case four ways: nothing to do, check mode, run, error."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.tests.unit.modules.entry_module import ID, OTHER_ID, EntryModule
from ansible_collections.mailops.cloudflare.tests.unit.support import listed, ok, refused


class TestImpersonationRegistryEntry(EntryModule):
    name = "impersonation_registry_entry"
    resource = "impersonation_registry"
    live = {"name": "Ann Lee", "email": "Ann.Lee@Example.com", "is_email_regex": False, "comments": None, "provenance": "A1S_INTERNAL", "directory_id": None}
    normal = {"email": "ann.lee@example.com", "is_email_regex": False, "name": "Ann Lee", "comments": ""}
    key = {"email": "ann.lee@EXAMPLE.com"}
    other_key = {"email": "b.ortiz@example.com"}
    new = {"email": "b.ortiz@example.com", "name": "Bea  Ortiz"}
    body = {"email": "b.ortiz@example.com", "is_email_regex": False, "name": "Bea Ortiz"}
    update = ("name", "Ann Lee-Hill", "Ann Lee-Hill")
    has_filter = False

    def as_live(self):
        return {"name": "Ann Lee"}

    SYNCED = {"provenance": "SNOOPY-OFFICE_365", "directory_id": 7}

    @pytest.mark.parametrize("name", ["Ann Lee", "Ann  Lee ", "Ann\u00a0Lee"])
    def test_spaces_of_a_name_are_no_difference(self, script, name):
        self.found(script, self.entry())
        assert self.run({**self.key, "name": name})["changed"] is False

    def test_composed_and_decomposed_letters_are_no_difference(self, script):
        self.found(script, self.entry(name="Ren\u00e9 Roy"))
        assert self.run({**self.key, "name": "Rene\u0301 Roy"})["changed"] is False

    def test_case_of_a_name_is_a_difference(self, script):
        self.found(script, self.entry()).expect("PATCH", self.one, ok(self.entry(name="ANN LEE")), body={"name": "ANN LEE"})
        assert self.run({**self.key, "name": "ANN LEE"})["changed"] is True

    # A person with two display names.

    def two_names(self, **differing):
        return self.entry(), self.entry(OTHER_ID, name="Annabel Lee", **differing)

    @pytest.mark.parametrize("check", [True, False])
    @pytest.mark.parametrize("name", ["Ann Lee", "Annabel Lee"])
    def test_entry_with_the_declared_name_is_meant(self, script, name, check):
        self.found(script, *self.two_names())
        result = self.run({**self.key, "name": name}, check=check)
        assert (result["changed"], result["impersonation_registry_entry"]["name"]) == (False, name)
        assert "warnings" not in result

    def test_entry_with_the_declared_name_is_updated(self, script):
        self.found(script, *self.two_names())
        script.expect("PATCH", f"{self.path}/{OTHER_ID}", ok(self.two_names(comments="board")[1]), body={"comments": "board"})
        result = self.run({**self.key, "name": "annabel lee".title(), "comments": "board"})
        assert result["diff"]["before_header"] == "ann.lee@example.com (Annabel Lee)"

    @pytest.mark.parametrize("check", [True, False])
    def test_name_that_none_of_several_entries_has_is_a_conflict(self, script, check):
        self.found(script, *self.two_names())
        result = self.run({**self.key, "name": "Anna Lee"}, check=check)
        assert (result["failure"]["kind"], result["changed"]) == ("conflict", False)
        assert ID in result["msg"]
        assert OTHER_ID in result["msg"]

    @pytest.mark.parametrize("options", [{}, {"name": "Ann Lee"}, {"name": "Anna Lee"}])
    def test_removal_removes_all_names_of_the_address(self, script, options):
        script.expect("GET", self.path, listed(*self.two_names(), self.entry("9", email="c.adler@example.com")))
        for live_id in (ID, OTHER_ID):
            script.expect("DELETE", f"{self.path}/{live_id}", ok({"id": live_id})).expect("GET", f"{self.path}/{live_id}", refused(404, 1404))
        result = self.run({**self.key, **options, "state": "absent"})
        assert [diff["before_header"] for diff in result["diff"]] == [
            f"ann.lee@example.com ({name}) (removed, less protected)" for name in ("Ann Lee", "Annabel Lee")
        ]

    # A person who is synchronized from a directory.

    def test_synchronized_person_who_is_as_declared_is_unchanged(self, script):
        self.found(script, self.entry(**self.SYNCED))
        assert self.run({**self.key, "name": "Ann Lee"})["changed"] is False

    @pytest.mark.parametrize("check", [True, False])
    @pytest.mark.parametrize(
        ("options", "is_by_id"),
        [({"name": "Anna Lee"}, False), ({"name": "Ann Lee", "comments": "x"}, False), ({"name": "Anna Lee"}, True), ({"state": "absent"}, False)],
    )
    @pytest.mark.parametrize(
        ("synced", "named"),
        [
            (SYNCED, "provenance SNOOPY-OFFICE_365, directory 7"),
            ({"provenance": "SNOOPY-GOOGLE_DIRECTORY"}, "provenance SNOOPY-GOOGLE_DIRECTORY"),
            ({"directory_id": 7}, "directory 7"),
        ],
    )
    def test_synchronized_person_is_neither_changed_nor_removed(self, script, options, is_by_id, synced, named, check):
        if is_by_id:
            script.expect("GET", self.one, ok(self.entry(**synced)))
            options = {**options, "id": ID}
        else:
            script.expect("GET", self.path, listed(self.entry(**synced)))
        result = self.run({**self.key, **options}, check=check)
        assert (result["failure"]["kind"], result["changed"]) == ("conflict", False)
        assert named in result["msg"]
        assert "removed" in result["msg"] if options.get("state") == "absent" else "changed" in result["msg"]

    def test_nothing_is_removed_if_one_of_the_entries_is_synchronized(self, script):
        script.expect("GET", self.path, listed(self.entry(), self.entry(OTHER_ID, **self.SYNCED)))
        result = self.run({**self.key, "state": "absent"})
        assert (result["failure"]["kind"], result["changed"]) == ("conflict", False)

    @pytest.mark.parametrize("own", [{"provenance": None}, {"provenance": ""}, {"provenance": "a1s_internal"}, {"provenance": "A1S_INTERNAL"}])
    def test_own_entry_is_changed(self, script, own):
        self.found(script, self.entry(**own)).expect("PATCH", self.one, ok(self.entry(name="Anna Lee")), body={"name": "Anna Lee"})
        assert self.run({**self.key, "name": "Anna Lee"})["changed"] is True

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({}, "name is not given: it is the display name that is protected"),
            ({"name": ""}, "name is empty"),
            ({"name": "Ann\tLee"}, "control character"),
            ({"name": "x" * 1025}, "1025 characters"),
            ({"email": "example.com", "name": "Ann"}, "not an address"),
            ({"email": ".*", "is_email_regex": True}, "name is not given"),
        ],
    )
    def test_refused_value_sends_no_request(self, script, options, message):
        result = self.run({**self.key, **options})
        assert (result["failure"]["kind"], message in result["msg"]) == ("invalid", True), result["msg"]

    def test_regular_expression_is_compared_as_a_text(self, script):
        self.found(script, self.entry(email=r"Ann.*@Example\.com", is_email_regex=True))
        assert self.run({"email": r"Ann.*@Example\.com", "is_email_regex": True, "name": "Ann Lee"})["changed"] is False
