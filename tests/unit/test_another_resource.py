"""A resource that exists only here: a table, a class of endpoints and a registration suffice to plan, create, update and remove its objects."""

from __future__ import annotations

import ast
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import ApiError, InvalidOptionError
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit import registry
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.audit import audit_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.registry import ExistenceRules, ResourceAudit
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.rule import Rule
from ansible_collections.mailops.cloudflare.plugins.module_utils.bulk_options import bulk_option_spec, drop_unset_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.account import account_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.apply_entry import apply_entry
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.apply_one import apply_one
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.bulk import bulk_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.desired import desired_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.listing import listing_from_options, read_objects
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.base import Field, Resource
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.collection import ResourceCollection
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.field_types import Boolean, ChoiceSet, FieldType
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.list_collection import ListCollection
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.registry import RESOURCES
from ansible_collections.mailops.cloudflare.tests.unit.support import ACCOUNT, client, listed, ok, refused

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
LIST = f"/accounts/{ACCOUNT}/email-security/settings/trusted_senders"
BATCH = f"{LIST}/batch"


class Text(FieldType):
    """A text; null is empty."""

    def parse(self, value: Any) -> Any:
        return value.strip()

    def normalize(self, value: Any) -> Any:
        return str(value or "")


# The table: a composite key, a flag whose default is compared, and a list that new objects get by default.
SENDER = Resource(
    name="trusted_senders",
    singular="trusted sender",
    plural="trusted senders",
    result_key="trusted_sender",
    key_fields=("pattern", "is_regex"),
    fields=(
        Field("pattern", Text(), is_required=True),
        Field("is_regex", Boolean(), default=False),
        Field("is_recent", Boolean(), default=False),
        Field("scopes", ChoiceSet(("IN", "OUT")), create_default=[]),
        Field("comments", Text()),
    ),
)


class TrustedSenders(ResourceCollection):
    """The endpoints. The list has no filter for keys."""

    resource = SENDER
    path = ("email-security", "settings", "trusted_senders")
    max_batch_items = 1000


@pytest.fixture(autouse=True)
def _registered(monkeypatch):
    monkeypatch.setitem(RESOURCES, SENDER.name, lambda: TrustedSenders)


def sender(number: int, pattern: str = "", **differing: Any) -> dict[str, Any]:
    """A live object, as the server describes it."""
    row = {"id": str(number), "pattern": pattern or f"s{number}.example", "is_regex": False, "is_recent": None, "scopes": ["IN"], "comments": None}
    return {**row, "created_at": "2026-11-28T00:00:00Z", **differing}


def path_of(number: int) -> str:
    return f"{LIST}/{number}"


def collection(**more: Any) -> ResourceCollection:
    return RESOURCES["trusted_senders"]()(client(**more))


def apply(options: dict[str, Any], *, check_mode: bool = False) -> dict[str, Any]:
    return apply_one(collection(), desired_from_options(SENDER, options), check_mode=check_mode)


def apply_all(*entries: dict[str, Any], check_mode: bool = False, **options: Any) -> dict[str, Any]:
    declaration = bulk_from_options(SENDER, {"trusted_senders": list(entries), "concurrency": 1, **options})
    return declaration.apply(collection(), check_mode=check_mode)


class TestApplyOne:
    def test_missing_object_is_created_with_the_defaults(self, script):
        body = {"pattern": "new.example", "is_regex": False, "is_recent": False, "scopes": []}
        script.expect("GET", LIST, listed(sender(1))).expect("POST", LIST, ok(sender(2, **body)), body=body)
        result = apply({"pattern": "new.example"})
        assert (result["changed"], result["action"], result["trusted_sender"]["id"]) == (True, "create", "2")
        assert result["changes"]["is_recent"] == {"before": None, "after": False}

    def test_flag_that_was_switched_on_is_switched_off(self, script):
        script.expect("GET", LIST, listed(sender(1, is_recent=True)))
        script.expect("PATCH", path_of(1), ok(sender(1)), body={"is_recent": False})
        result = apply({"pattern": "s1.example"})
        assert result["changes"] == {"is_recent": {"before": True, "after": False}}
        assert result["diff"]["before_header"] == "s1.example"

    def test_equal_object_is_unchanged_and_fields_without_a_default_are_not_managed(self, script):
        script.expect("GET", LIST, listed(sender(1, comments="by hand")))
        assert apply({"pattern": "s1.example"})["changed"] is False

    def test_objects_are_reported_apart_by_the_whole_key(self, script):
        script.expect("GET", LIST, listed(sender(1), sender(2, "s1.example", is_regex=True)))
        script.expect("DELETE", path_of(2), ok({"id": "2"})).expect("GET", path_of(2), refused(404))
        result = apply({"pattern": "s1.example", "is_regex": True, "state": "absent"})
        assert (result["action"], result["diff"]["before_header"]) == ("delete", "s1.example (is_regex) (removed)")

    def test_id_selects_an_object_and_the_key_can_be_changed(self, script):
        renamed = sender(1, "other.example", comments="moved")
        script.expect("GET", path_of(1), ok(sender(1))).expect("GET", LIST, listed(sender(1)))
        script.expect("PATCH", path_of(1), ok(renamed), body={"pattern": "other.example", "comments": "moved"})
        assert apply({"id": "1", "pattern": "other.example", "comments": "moved"})["changed"] is True

    def test_several_objects_of_a_key_are_a_conflict_that_names_them(self, script):
        script.expect("GET", LIST, listed(sender(1), sender(2, "s1.example")))
        with pytest.raises(ApiError, match="2 live trusted senders are named s1.example: 1, 2. Select one of them with id.") as caught:
            apply({"pattern": "s1.example"})
        assert caught.value.kind == "conflict"

    def test_field_that_is_not_stored_is_reported_with_the_words_of_the_resource(self, script):
        script.expect("GET", LIST, listed(sender(1))).expect("PATCH", path_of(1), ok(sender(1)))
        for _verification in range(5):
            script.expect("GET", path_of(1), ok(sender(1)))
        with pytest.raises(ApiError, match="s1.example: Cloudflare accepted the request but did not store comments .* whether this trusted sender can"):
            apply({"pattern": "s1.example", "comments": "new"})

    def test_check_mode_sends_no_write(self, script):
        script.expect("GET", LIST, listed())
        assert apply({"pattern": "new.example"}, check_mode=True)["trusted_sender"] == {
            "pattern": "new.example",
            "is_regex": False,
            "is_recent": False,
            "scopes": [],
        }


class TestOptions:
    def test_missing_key_is_refused(self):
        with pytest.raises(InvalidOptionError, match="Neither pattern nor id is given, or both are null: one of them must select the trusted sender."):
            desired_from_options(SENDER, {"is_regex": True})

    def test_absent_object_has_a_key_and_no_other_default(self):
        assert desired_from_options(SENDER, {"pattern": "a", "state": "absent"}).settings == {"pattern": "a", "is_regex": False}
        assert desired_from_options(SENDER, {"id": "1", "state": "absent"}).settings == {}

    def test_defaults_of_the_task_outrank_those_of_the_table(self):
        declaration = bulk_from_options(SENDER, {"trusted_senders": [{"pattern": "a"}, {"pattern": "b", "is_recent": False}], "defaults": {"is_recent": True}})
        assert [desired.settings["is_recent"] for desired in declaration.desired_objects] == [True, False]

    def test_spec_follows_from_the_table(self):
        spec = bulk_option_spec(SENDER)["trusted_senders"]
        assert {"pattern", "is_regex", "is_recent", "scopes", "comments", "clear", "id", "state"} <= set(spec["options"])
        assert spec["required_one_of"] == [("pattern", "id")]
        options = {"trusted_senders": [{"pattern": "a", "is_recent": None, "state": "present"}], "defaults": None}
        drop_unset_options(SENDER, options)
        assert options["trusted_senders"] == [{"pattern": "a"}]

    def test_wrong_entry_is_named(self):
        with pytest.raises(InvalidOptionError, match=r"trusted_senders\[0\] \(a\): scopes contains 'UP'; .* b is declared more than once"):
            bulk_from_options(SENDER, {"trusted_senders": [{"pattern": "a", "scopes": ["UP"]}, {"pattern": "b"}, {"pattern": "b"}]})

    def test_equal_patterns_of_two_kinds_are_two_objects(self):
        declaration = bulk_from_options(SENDER, {"trusted_senders": [{"pattern": "a"}, {"pattern": "a", "is_regex": True}]})
        assert [desired.name for desired in declaration.desired_objects] == ["a", "a (is_regex)"]


ENTRIES = (
    {"pattern": "new.example", "comments": "SEC-1"},
    {"pattern": "s1.example", "comments": "SEC-2"},
    {"pattern": "s2.example", "state": "absent"},
    {"pattern": "s3.example"},
)
BODY = {"pattern": "new.example", "is_regex": False, "is_recent": False, "scopes": [], "comments": "SEC-1"}
BEFORE = (sender(1), sender(2), sender(3), sender(4))
AFTER = (sender(9, **BODY), sender(1, comments="SEC-2"), sender(3), sender(4))


class TestBulk:
    def test_changes_are_planned(self, script):
        script.expect("GET", LIST, listed(*BEFORE))
        result = apply_all(*ENTRIES, check_mode=True)
        assert [(entry["trusted_sender"], entry["action"]) for entry in result["results"]] == [
            ("new.example", "create"),
            ("s1.example", "update"),
            ("s2.example", "delete"),
        ]
        assert (result["undeclared"], result["summary"]["unchanged"]) == (["s4.example"], 1)
        assert [each["before_header"] for each in result["diff"]] == ["new.example (new)", "s1.example", "s2.example (removed)"]
        assert result["directions"] == {"weaker": 0, "stronger": 0, "neutral": 3}

    def test_changes_are_sent_in_a_batch(self, script):
        batch = {"deletes": [{"id": "2"}], "patches": [{"id": "1", "comments": "SEC-2"}], "puts": [], "posts": [BODY]}
        answer = {"deletes": [sender(2)], "patches": [AFTER[1]], "puts": [], "posts": [AFTER[0]]}
        script.expect("GET", LIST, listed(*BEFORE)).expect("POST", BATCH, ok(answer), body=batch).expect("GET", LIST, listed(*AFTER))
        result = apply_all(*ENTRIES)
        summary = {name: count for name, count in result["summary"].items() if count}
        assert summary == {"total": 4, "unchanged": 1, "created": 1, "updated": 1, "deleted": 1}
        assert result["new_ids"] == {"new.example": "9"}

    def test_refused_batch_is_sent_one_by_one(self, script):
        script.expect("GET", LIST, listed(*BEFORE)).expect("POST", BATCH, refused(400)).expect("GET", LIST, listed(*BEFORE))
        script.expect("POST", LIST, ok(AFTER[0]), body=BODY).expect("PATCH", path_of(1), ok(AFTER[1]), body={"comments": "SEC-2"})
        script.expect("DELETE", path_of(2), ok({"id": "2"})).expect("GET", LIST, listed(*AFTER))
        result = apply_all(*ENTRIES)
        assert (result["summary"]["failed"], result["changed"]) == (0, True)

    def test_collection_without_a_batch_endpoint_is_changed_one_by_one(self, script, monkeypatch):
        monkeypatch.setattr(TrustedSenders, "max_batch_items", 0)
        script.expect("GET", LIST, listed(*BEFORE)).expect("PATCH", path_of(1), ok(AFTER[1]))
        assert apply_all(ENTRIES[1], batch="always")["summary"]["updated"] == 1

    def test_approved_plan_is_applied(self, script):
        script.expect("GET", LIST, listed(*BEFORE))
        plan = apply_all(*ENTRIES, check_mode=True)["plan"]
        script.expect("GET", LIST, listed(*BEFORE)).expect("POST", BATCH, ok({})).expect("GET", LIST, listed(*AFTER))
        result = apply_all(*ENTRIES, expected_plan=plan)
        assert (result["changed"], result["plan"], result["summary"]["failed"]) == (True, plan, 0)

    def test_plan_of_something_else_is_refused(self, script):
        script.expect("GET", LIST, listed(*BEFORE))
        result = apply_all(*ENTRIES, expected_plan="0" * 64)
        assert (result["failure"]["kind"], "the selection of trusted senders" in result["msg"]) == ("conflict", True)

    def test_selection_limits_the_task(self, script):
        script.expect("GET", LIST, listed(*BEFORE)).expect("PATCH", path_of(1), ok(AFTER[1]))
        result = apply_all(*ENTRIES, only=["s1.*"])
        assert (result["scope"], result["summary"]["updated"], result["undeclared"]) == (["s1.example"], 1, ["s4.example"])

    def test_one_failure_is_described_with_the_words_of_the_resource(self, script):
        script.expect("GET", LIST, listed(*BEFORE)).expect("PATCH", path_of(1), refused(400, message="too long"))
        result = apply_all(ENTRIES[1], ENTRIES[3])
        assert result["msg"].startswith("No trusted sender was changed. 1 failed: s1.example: ")


def rule(rule_id: str, category: str, field: str | None, severity: str, direction: str, summary: str) -> Rule:
    return Rule(rule_id, category, field, severity, direction, "A title", summary, "A reason.", "A remedy.")


# The rules, with one check of a field of which the domains have one of the same name as well.
SENDER_RULES = (
    rule("ES-SENDER-001", "drift", None, "high", "weaker", "{subject} is missing."),
    rule("ES-SENDER-002", "drift", None, "high", "weaker", "{subject} is not declared."),
    rule("ES-SENDER-003", "drift", None, "high", "weaker", "{subject} exists."),
    rule("ES-SENDER-004", "drift", None, "medium", "neutral", "{subject} is ambiguous: {live}."),
    rule("ES-SENDER-005", "drift", None, "low", "neutral", "{subject} differs."),
    rule("ES-SENDER-006", "drift", "is_recent", "medium", "stronger", "{subject} warns about recent domains."),
    rule("ES-SENDER-007", "health", "comments", "low", "neutral", "{subject} has no comment."),
)
SENDER_AUDIT = ResourceAudit(
    resource=SENDER,
    rules=SENDER_RULES,
    existence_rules=ExistenceRules("ES-SENDER-001", "ES-SENDER-002", "ES-SENDER-003", "ES-SENDER-004"),
    other_drift="ES-SENDER-005",
    drift_checks={"is_recent": lambda _declared, live: ["ES-SENDER-006"] if live else []},
    health_checks=(lambda live, _settings, _now: {} if live.get("comments") else {"ES-SENDER-007": ""},),
)


class TestAudit:
    @pytest.fixture(autouse=True)
    def _audited(self, monkeypatch):
        monkeypatch.setitem(registry.AUDITS, SENDER.name, SENDER_AUDIT)
        for each in SENDER_RULES:
            monkeypatch.setitem(registry.RULES, each.id, each)

    def findings(self, script, *entries: dict[str, Any], **options: Any) -> dict[str, Any]:
        live = (sender(1, is_recent=True, comments="SEC-1"), sender(2, comments="SEC-2"), sender(3), sender(4, comments="SEC-4"))
        script.expect("GET", LIST, listed(*live))
        audit = audit_from_options({"trusted_senders": list(entries), **options}, SENDER_AUDIT)
        return audit.run(client(), datetime(2026, 11, 28, tzinfo=timezone.utc))

    def test_differences_and_health_are_found_with_one_request(self, script):
        result = self.findings(script, {"pattern": "s1.example"}, {"pattern": "s2.example", "comments": "SEC-9"}, {"pattern": "s3.example"}, *ENTRIES[:1])
        assert [(finding["rule_id"], finding["domain"], finding["field"]) for finding in result["findings"]] == [
            ("ES-SENDER-001", "new.example", None),
            ("ES-SENDER-002", "s4.example", None),
            ("ES-SENDER-006", "s1.example", "is_recent"),
            ("ES-SENDER-005", "s2.example", "comments"),
            ("ES-SENDER-007", "s3.example", "comments"),
        ]
        assert (result["missing"], result["undeclared"]) == (["new.example"], ["s4.example"])

    def test_waiver_covers_a_finding(self, script):
        waiver = {"domain": "s1.example", "rule": "ES-SENDER-006", "reason": "a test", "owner": "ops", "expires": "2026-12-31"}
        result = self.findings(script, {"pattern": "s1.example"}, waivers=[waiver])
        assert {finding["rule_id"]: finding["waived"] for finding in result["findings"]}["ES-SENDER-006"] is True


class TestEntriesOfAList:
    """The same table as a list: its entries have an end, may be live several times, and are sent in atomic batches."""

    class Senders(ListCollection):
        resource = SENDER._replace(is_list=True, if_created="weaker")
        path = ("email-security", "settings", "trusted_senders")
        max_batch_items = 1000

    def apply_account(self, entries, *, check_mode=False, **options):
        resources = {"domains": RESOURCES["domains"], "trusted_senders": lambda: self.Senders}
        return account_from_options(resources, {"trusted_senders": entries, **options}).apply(client(), check_mode=check_mode)

    def test_one_entry_is_created_and_removed_after_its_last_day(self, script):
        body = {"pattern": "new.example", "is_regex": False, "is_recent": False, "scopes": []}
        script.expect("GET", LIST, listed(sender(1))).expect("POST", LIST, ok(sender(9, **body)), body=body)
        desired = desired_from_options(self.Senders.resource, {"pattern": "new.example", "expires": "2999-01-31"})
        assert apply_entry(self.Senders(client()), desired, check_mode=False)["operation"] == "create"
        script.expect("GET", LIST, listed(sender(9, **body))).expect("DELETE", path_of(9), ok({"id": "9"})).expect("GET", path_of(9), refused(404))
        desired = desired_from_options(self.Senders.resource, {"pattern": "new.example", "expires": "2020-01-31"})
        assert apply_entry(self.Senders(client()), desired, check_mode=False)["operation"] == "delete"

    def test_account_sends_one_batch_and_purges(self, script):
        batch = {"deletes": [{"id": "2"}, {"id": "4"}], "patches": [{"id": "1", "comments": "SEC-2"}], "puts": [], "posts": [BODY]}
        answer = {"deletes": [{"id": "2"}, {"id": "4"}], "patches": [AFTER[1]], "puts": [], "posts": [AFTER[0]]}
        script.expect("GET", LIST, listed(*BEFORE)).expect("POST", BATCH, ok(answer), body=batch)
        result = self.apply_account(ENTRIES, purge=["trusted_senders"])
        counts = {name: count for name, count in result["summary"]["trusted_senders"].items() if count}
        assert counts == {"total": 4, "unchanged": 1, "created": 1, "updated": 1, "deleted": 1, "purged": 1}
        assert result["directions"] == {"weaker": 1, "stronger": 2, "neutral": 1}

    def test_check_mode_plans_the_same(self, script):
        script.expect("GET", LIST, listed(*BEFORE))
        result = self.apply_account(ENTRIES, purge=["trusted_senders"], check_mode=True)
        assert result["results"]["trusted_senders"]["created"] == ["new.example"]
        assert result["results"]["trusted_senders"]["purged"] == ["s4.example"]


def test_objects_are_listed_by_key_and_by_id(script):
    script.expect("GET", LIST, listed(*BEFORE)).expect("GET", path_of(3), ok(sender(3)))
    by_key = listing_from_options(TrustedSenders, {"pattern": ["s2.example", "nowhere.example"]})
    assert [live["id"] for live in read_objects(collection(), by_key)] == ["2"]
    assert [live["id"] for live in read_objects(collection(), listing_from_options(TrustedSenders, {"id": "3"}))] == ["3"]


def test_list_by_keys_of_no_key_finds_nothing(script):
    script.expect("GET", LIST, listed(sender(1)))
    assert collection().list_by_keys([]) == []


def test_layers_below_know_no_resource():
    """The files of api/ and reconcile/ import only what all resources share."""
    # The account has all resources, by the names that they are registered under.
    shared = {"base", "collection", "field_types", "registry"}
    for path in [*(PLUGINS / "module_utils/reconcile").glob("*.py"), *(PLUGINS / "module_utils/api").glob("*.py")]:
        modules = [str(node.module) for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.ImportFrom)]
        assert {module.removeprefix("resources.") for module in modules if module.startswith("resources.")} <= shared, path
