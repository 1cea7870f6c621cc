"""What the tests of the seven modules for one entry share: each case four ways, namely nothing to do, check mode, run and error."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.change_text import setting_lines
from ansible_collections.mailops.cloudflare.tests.unit.support import ACCOUNT, TOKEN, Script, listed, lost, ok, refused, run_module

ID = "5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c02"
OTHER_ID = "5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c03"
CONNECTION = {"account_id": ACCOUNT, "api_token": TOKEN}
PAST, FUTURE = "2026-01-31", "2999-12-31"


def as_text(settings: Mapping[str, Any]) -> str:
    return "".join(f"{line}\n" for line in setting_lines(settings))


class EntryModule:
    """The shared tests. A subclass describes its module.

    Attributes:
        name: the module without its prefix, which is also the key of the entry in the result.
        resource: the name of the list in the API.
        live: an entry as the server describes it, without its id.
        normal: its settings in their normal forms.
        key: the options that find it.
        other_key: options that find no live entry.
        new: options of a new entry.
        body: its settings in their normal forms.
        update: an option, what is declared, and its normal form.
        has_filter: whether entries can be found by a filter.
        if_created: whether the account is less protected with the entry.
        if_updated: whether it is less protected after the update.
    """

    name: str
    resource: str
    live: dict[str, Any]
    normal: dict[str, Any]
    key: dict[str, Any]
    other_key: dict[str, Any]
    new: dict[str, Any]
    body: dict[str, Any]
    update: tuple[str, Any, Any]
    has_filter: bool = True
    if_created: str = "stronger"
    if_updated: str = ""

    @property
    def path(self) -> str:
        return f"/accounts/{ACCOUNT}/email-security/settings/{self.resource}"

    @property
    def one(self) -> str:
        return f"{self.path}/{ID}"

    @property
    def sent(self) -> dict[str, Any]:
        """What is sent of a new entry."""
        return {field: None if value == "" else value for field, value in self.body.items()}

    @property
    def key_field(self) -> str:
        return next(iter(self.key))

    @property
    def title(self) -> str:
        return str(self.normal[self.key_field])

    def entry(self, live_id: str = ID, **differing: Any) -> dict[str, Any]:
        return {"id": live_id, **self.live, "created_at": "2026-11-01T00:00:00Z", **differing}

    def run(self, options: dict[str, Any], *, check: bool = False) -> dict[str, Any]:
        module = importlib.import_module(f"ansible_collections.mailops.cloudflare.plugins.modules.email_security_{self.name}")
        return run_module(module.main, {**CONNECTION, **options}, check=check)

    def found(self, script: Script, *rows: dict[str, Any]) -> Script:
        """Expect the look-up of an entry that shall be present: with the filter, and without it if that finds nothing."""
        if self.has_filter:
            script.expect("GET", self.path, listed(*rows), query={self.key_field: self.normal[self.key_field]})
            return script if rows else script.expect("GET", self.path, listed())
        return script.expect("GET", self.path, listed(*rows))

    def missing(self, script: Script, *others: dict[str, Any]) -> Script:
        """Expect the look-up of an entry that is not there."""
        if self.has_filter:
            script.expect("GET", self.path, listed(), query={self.key_field: str(self.body[self.key_field])})
        return script.expect("GET", self.path, listed(*others))

    def wanted(self) -> dict[str, Any]:
        """Options that describe the live entry, apart from the one that is updated."""
        return {**self.key, **self.as_live()}

    def as_live(self) -> dict[str, Any]:
        """Options with compared defaults, and required ones, as the live entry has them."""
        return {}

    def reads(self) -> int:
        """The requests before a creation."""
        return 2 if self.has_filter else 1

    def weaker(self, direction: str, field: str) -> list[str]:
        return [field] if direction == "weaker" else []

    # An entry that is as declared.

    @pytest.mark.parametrize("check", [True, False])
    def test_equal_entry_is_unchanged(self, script, check):
        self.found(script, self.entry())
        result = self.run(self.wanted(), check=check)
        assert (result["changed"], result["operation"], result["action"]) == (False, "none", "none")
        assert (result["changes"], result["weaker"], result[self.name]) == ({}, [], self.entry())
        assert result["diff"]["before"] == result["diff"]["after"] == as_text(self.normal)
        assert result["diff"]["before_header"] == self.title
        assert result["api"] == {"requests": 1, "retries": 0, "waited": 0.0}
        assert "warnings" not in result

    def test_live_value_is_unchanged(self, script):
        option, given, _normal = self.update
        self.found(script, self.entry(**{option: given}))
        assert self.run({**self.wanted(), option: given})["changed"] is False

    # An update.

    def is_the_update(self, result: dict[str, Any]) -> None:
        option, _given, normal = self.update
        assert (result["changed"], result["operation"]) == (True, "update")
        assert result["changes"] == {option: {"before": self.normal[option], "after": normal}}
        assert result["weaker"] == self.weaker(self.if_updated, option)
        note = {"weaker": f" (less protected: {option})", "stronger": f" (more protected: {option})"}.get(self.if_updated, "")
        assert result["diff"] == {
            "before": as_text(self.normal),
            "after": as_text({**self.normal, option: normal}),
            "before_header": f"{self.title}{note}",
            "after_header": f"{self.title}{note}",
        }
        assert result[self.name] == self.entry(**{option: normal if normal != "" else None})

    def test_check_mode_predicts_an_update(self, script):
        option, given, _normal = self.update
        self.found(script, self.entry())
        result = self.run({**self.wanted(), option: given}, check=True)
        self.is_the_update(result)
        assert result["api"]["requests"] == 1

    def test_run_sends_the_differing_field(self, script):
        option, given, normal = self.update
        self.found(script, self.entry()).expect("PATCH", self.one, ok(self.entry(**{option: normal})), body={option: normal})
        result = self.run({**self.wanted(), option: given})
        self.is_the_update(result)
        assert result["api"]["requests"] == 2

    def test_refused_update_fails(self, script):
        option, given, _normal = self.update
        self.found(script, self.entry()).expect("PATCH", self.one, refused(400, 1001, "no such thing", f"/{option}"))
        result = self.run({**self.wanted(), option: given})
        assert (result["failed"], result["changed"], result["failure"]["kind"]) == (True, False, "invalid")
        assert "no such thing" in result["msg"]
        assert str(self.live[self.key_field]) in result["msg"]
        assert (result["failure"]["method"], result["failure"]["path"]) == ("PATCH", self.one)

    def test_field_that_is_not_stored_is_an_error(self, script):
        option, given, normal = self.update
        self.found(script, self.entry()).expect("PATCH", self.one, ok(self.entry()), body={option: normal})
        for _verification in range(5):
            script.expect("GET", self.one, ok(self.entry()))
        result = self.run({**self.wanted(), option: given})
        assert (result["failure"]["kind"], result["changed"]) == ("not_applied", False)
        assert f"did not store {option}" in result["msg"]

    # A creation.

    def is_the_creation(self, result: dict[str, Any]) -> None:
        assert (result["changed"], result["operation"]) == (True, "create")
        assert result["changes"] == {field: {"before": None, "after": value} for field, value in self.body.items()}
        assert result["weaker"] == self.weaker(self.if_created, self.key_field)
        note = {"weaker": "less", "stronger": "more"}[self.if_created]
        assert (result["diff"]["before"], result["diff"]["after"]) == ("", as_text(self.body))
        assert result["diff"]["after_header"].endswith(f"(new, {note} protected)")

    def test_check_mode_predicts_a_creation(self, script):
        self.missing(script, self.entry())
        result = self.run(self.new, check=True)
        self.is_the_creation(result)
        assert result[self.name] == self.sent

    def test_run_creates_the_entry(self, script):
        created = self.entry(OTHER_ID, **self.sent)
        self.missing(script, self.entry()).expect("POST", self.path, ok(created, 201), body=self.sent)
        result = self.run(self.new)
        self.is_the_creation(result)
        assert result[self.name] == created
        assert result["api"]["requests"] == self.reads() + 1

    @pytest.mark.parametrize(("status", "kind"), [(400, "invalid"), (401, "auth"), (403, "permission"), (409, "conflict"), (422, "invalid")])
    def test_refused_creation_fails(self, script, status, kind):
        self.missing(script).expect("POST", self.path, refused(status, 1001, "no such thing"))
        result = self.run(self.new)
        assert (result["failure"]["kind"], result["failure"]["status"], result["changed"]) == (kind, status, False)
        assert "no such thing" in result["msg"]

    def test_creation_of_unknown_outcome_is_looked_up(self, script):
        created = self.entry(OTHER_ID, **self.body)
        self.missing(script).expect("POST", self.path, lost("POST"))
        script.expect("GET", self.path, listed(created))
        result = self.run(self.new)
        assert (result["changed"], result["operation"], result[self.name]) == (True, "create", created)

    # A removal.

    def is_the_removal(self, result: dict[str, Any]) -> None:
        assert (result["changed"], result["operation"], result[self.name]) == (True, "delete", None)
        assert result["changes"] == {field: {"before": value, "after": None} for field, value in self.normal.items()}
        assert result["weaker"] == self.weaker({"weaker": "stronger", "stronger": "weaker"}[self.if_created], self.key_field)
        assert (result["diff"]["before"], result["diff"]["after"]) == (as_text(self.normal), "")
        assert result["diff"]["before_header"].startswith(f"{self.title} (removed, ")

    @pytest.mark.parametrize("ending", [{"state": "absent"}, {"expires": PAST}, {"state": "absent", "expires": FUTURE}])
    @pytest.mark.parametrize("check", [True, False])
    def test_removal_ignores_the_settings(self, script, ending, check):
        script.expect("GET", self.path, listed(self.entry()))
        if not check:
            script.expect("DELETE", self.one, ok({"id": ID})).expect("GET", self.one, refused(404, 1404))
        option, given, _normal = self.update
        self.is_the_removal(self.run({**self.wanted(), option: given, **ending}, check=check))

    @pytest.mark.parametrize("check", [True, False])
    def test_absent_entry_is_unchanged(self, script, check):
        script.expect("GET", self.path, listed())
        result = self.run({**self.key, "state": "absent"}, check=check)
        assert (result["changed"], result["operation"], result[self.name], result["changes"]) == (False, "none", None, {})

    @pytest.mark.parametrize("check", [True, False])
    def test_removal_removes_every_entry_of_the_key(self, script, check):
        script.expect("GET", self.path, listed(self.entry(), self.entry(OTHER_ID)))
        if not check:
            for live_id in (ID, OTHER_ID):
                path = f"{self.path}/{live_id}"
                script.expect("DELETE", path, ok({"id": live_id})).expect("GET", path, refused(404, 1404))
        result = self.run({**self.key, "state": "absent"}, check=check)
        assert (result["changed"], result["operation"], result[self.name]) == (True, "delete", None)
        assert [len(result["changes"]), len(result["diff"])] == [2, 2]

    def test_refused_removal_fails(self, script):
        script.expect("GET", self.path, listed(self.entry())).expect("DELETE", self.one, refused(403, 9109, "Unauthorized to access requested resource"))
        result = self.run({**self.key, "state": "absent"})
        assert (result["failure"]["kind"], result["changed"]) == ("permission", False)

    # The id.

    def test_id_alone_selects_an_entry(self, script):
        script.expect("GET", self.one, ok(self.entry()))
        result = self.run({"id": ID.upper(), **self.as_live()})
        assert (result["changed"], result["api"]["requests"]) == (False, 1)

    def test_id_gives_the_entry_another_key(self, script):
        renamed = {name: value for name, value in self.body.items() if name in self.other_key}
        script.expect("GET", self.one, ok(self.entry()))
        self.missing(script, self.entry())
        script.expect("PATCH", self.one, ok(self.entry(**renamed)), body=renamed)
        result = self.run({"id": ID, **self.other_key, **self.as_live()})
        assert (result["operation"], result["changes"]) == (
            "update",
            {field: {"before": self.normal[field], "after": value} for field, value in renamed.items()},
        )

    def test_id_and_the_key_of_another_entry_is_a_conflict(self, script):
        script.expect("GET", self.one, ok(self.entry()))
        other = self.entry(OTHER_ID, **self.body)
        script.expect("GET", self.path, listed(other))
        result = self.run({"id": ID, **self.other_key, **self.as_live()})
        assert (result["failure"]["kind"], result["changed"]) == ("conflict", False)
        assert OTHER_ID in result["msg"]

    def test_id_of_no_entry_is_not_found(self, script):
        script.expect("GET", self.one, refused(404, 1404))
        result = self.run({"id": ID, **self.as_live()})
        assert (result["failure"]["kind"], result["changed"]) == ("not_found", False)

    def test_absent_id_is_unchanged(self, script):
        script.expect("GET", self.one, refused(404, 1404))
        assert self.run({"id": ID, "state": "absent"})["changed"] is False

    def test_id_removes_one_of_several_entries(self, script):
        script.expect("GET", self.one, ok(self.entry()))
        script.expect("DELETE", self.one, ok({"id": ID})).expect("GET", self.one, refused(404, 1404))
        self.is_the_removal(self.run({"id": ID, **self.key, "state": "absent"}))

    # Wrong options: no request is sent.

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"id": "7f"}, "id is '7f'; it must be a UUID"),
            ({"id": ""}, "id is ''; it must be a UUID"),
            ({"id": ID, "expires": "tomorrow"}, "expires is 'tomorrow'; it must be the last day"),
            ({"id": ID, "expires": "2026-02-30"}, "expires is '2026-02-30'; it must be the last day"),
            ({"id": ID, "expires": ""}, "expires is ''; it must be the last day"),
            ({"id": None}, "Neither"),
            ({}, "one of the following is required"),
            ({"id": ID, "state": "gone"}, "state"),
            ({"id": ID, "purge": True}, "purge is not an option"),
        ],
    )
    def test_wrong_option_is_refused(self, script, options, message):
        result = self.run(options)
        assert (result["failure"]["kind"], result["changed"]) == ("invalid", False)
        assert message.lower() in result["msg"].lower()

    @pytest.mark.parametrize("value", ["", "  ", "********", "$encrypted$"])
    @pytest.mark.parametrize("state", ["present", "absent"])
    def test_empty_or_masked_key_is_refused(self, script, value, state):
        result = self.run({**self.new, self.key_field: value, "state": state})
        assert result["failure"]["kind"] == "invalid"
        assert self.key_field in result["msg"]
