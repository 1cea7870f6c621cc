"""The state of one entry of a list, against a scripted server."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import ApiError
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.apply_entry import apply_entry
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.desired import desired_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.errors import ChangeError
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.block_senders import BlockSenders
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.impersonation_registry import ImpersonationRegistry
from ansible_collections.mailops.cloudflare.tests.unit.support import ACCOUNT, client, listed, lost, ok, refused

SETTINGS = f"/accounts/{ACCOUNT}/email-security/settings"
SENDERS = f"{SETTINGS}/block_senders"
PEOPLE = f"{SETTINGS}/impersonation_registry"
FILTER = {"pattern": "evil.example"}
EVIL = {"id": "7", "pattern": "evil.example", "is_regex": False, "pattern_type": "DOMAIN", "comments": None}
NEW = {"pattern": "evil.example", "is_regex": False, "pattern_type": "DOMAIN"}


def apply(collection=BlockSenders, *, check_mode=False, warnings=None, **options):
    it = client(warn=[].append if warnings is None else warnings.append)
    return apply_entry(collection(it), desired_from_options(collection.resource, options), check_mode=check_mode)


def failure(**options) -> ApiError:
    with pytest.raises(ApiError) as caught:
        apply(**options)
    return caught.value


@pytest.mark.parametrize("check_mode", [True, False])
def test_an_entry_that_is_present_takes_one_request(script, check_mode):
    script.expect("GET", SENDERS, listed(EVIL), query=FILTER)
    result = apply(pattern="Evil.example", check_mode=check_mode)
    assert (result["changed"], result["action"], result["block_sender"], result["changes"]) == (False, "none", EVIL, {})


def test_an_update_sends_the_differing_fields(script):
    script.expect("GET", SENDERS, listed(EVIL), query=FILTER)
    script.expect("PATCH", f"{SENDERS}/7", ok({**EVIL, "comments": "x"}), body={"comments": "x"})
    result = apply(pattern="evil.example", comments="x")
    assert (result["changed"], result["action"], result["changes"]) == (True, "update", {"comments": {"before": "", "after": "x"}})


def test_a_comment_is_cleared_with_null(script):
    script.expect("GET", SENDERS, listed({**EVIL, "comments": "x"}), query=FILTER)
    script.expect("PATCH", f"{SENDERS}/7", ok(EVIL), body={"comments": None})
    assert apply(pattern="evil.example", comments="")["changes"] == {"comments": {"before": "x", "after": ""}}


def test_a_creation_looks_in_the_whole_list_before_it(script):
    script.expect("GET", SENDERS, listed(), query=FILTER).expect("GET", SENDERS, listed())
    script.expect("POST", SENDERS, ok(EVIL, 201), body=NEW)
    result = apply(pattern="evil.example")
    assert (result["changed"], result["action"], result["block_sender"]) == (True, "create", EVIL)


def test_check_mode_predicts_a_creation_and_sends_only_get(script):
    script.expect("GET", SENDERS, listed(), query=FILTER).expect("GET", SENDERS, listed())
    result = apply(pattern="evil.example", check_mode=True)
    assert (result["changed"], result["action"], result["block_sender"]) == (True, "create", NEW)


def test_a_creation_of_unknown_outcome_is_looked_at_and_not_repeated(script):
    script.expect("GET", SENDERS, listed(), query=FILTER).expect("GET", SENDERS, listed())
    script.expect("POST", SENDERS, refused(502)).expect("GET", SENDERS, listed(EVIL))
    assert apply(pattern="evil.example")["action"] == "create"


def test_every_entry_with_the_key_is_removed_and_the_whole_list_is_read_for_it(script):
    others = [{**EVIL, "id": "8", "pattern": "EVIL.example"}, {**EVIL, "id": "9", "pattern": "b.example"}]
    script.expect("GET", SENDERS, listed(EVIL, *others))
    script.expect("DELETE", f"{SENDERS}/7", ok({"id": "7"})).expect("GET", f"{SENDERS}/7", refused(404))
    script.expect("DELETE", f"{SENDERS}/8", ok({"id": "8"})).expect("GET", f"{SENDERS}/8", refused(404))
    result = apply(pattern="evil.example", state="absent")
    assert (result["changed"], result["action"], result["block_sender"]) == (True, "delete", None)
    assert [changes["pattern"] for changes in result["changes"]] == [{"before": "evil.example", "after": None}] * 2
    assert len(result["diff"]) == 2


def test_one_removal_has_one_diff(script):
    script.expect("GET", SENDERS, listed(EVIL)).expect("DELETE", f"{SENDERS}/7", ok({"id": "7"})).expect("GET", f"{SENDERS}/7", refused(404))
    result = apply(pattern="evil.example", state="absent")
    assert result["changes"]["pattern"] == {"before": "evil.example", "after": None}


@pytest.mark.parametrize("check_mode", [True, False])
def test_an_entry_that_is_absent_is_one_request(script, check_mode):
    script.expect("GET", SENDERS, listed({**EVIL, "pattern": "b.example"}))
    assert apply(pattern="evil.example", state="absent", check_mode=check_mode)["changed"] is False


def test_an_expired_entry_is_removed(script):
    script.expect("GET", SENDERS, listed(EVIL)).expect("DELETE", f"{SENDERS}/7", ok({"id": "7"})).expect("GET", f"{SENDERS}/7", refused(404))
    assert apply(pattern="evil.example", comments="x", expires="2000-01-01")["action"] == "delete"


def test_a_second_removal_that_fails_says_that_the_first_took_place(script):
    script.expect("GET", SENDERS, listed(EVIL, {**EVIL, "id": "8"}))
    script.expect("DELETE", f"{SENDERS}/7", ok({"id": "7"})).expect("GET", f"{SENDERS}/7", refused(404)).expect("DELETE", f"{SENDERS}/8", refused(403, 9109))
    error = failure(pattern="evil.example", state="absent")
    assert isinstance(error, ChangeError)
    assert (error.kind, error.result["changed"]) == ("permission", True)


def test_a_first_removal_that_fails_changed_nothing(script):
    script.expect("GET", SENDERS, listed(EVIL, {**EVIL, "id": "8"})).expect("DELETE", f"{SENDERS}/7", refused(403, 9109))
    error = failure(pattern="evil.example", state="absent")
    assert (error.kind, getattr(error, "result", {}).get("changed", False)) == ("permission", False)


def test_equal_duplicates_are_a_warning(script):
    script.expect("GET", SENDERS, listed(EVIL, {**EVIL, "id": "8"}), query=FILTER)
    warnings: list[str] = []
    assert apply(pattern="evil.example", warnings=warnings)["changed"] is False
    assert warnings == ["evil.example is live 2 times, with the same settings. The others are 8: remove them with id and state: absent."]


def test_equal_duplicates_are_changed_alike_so_that_the_next_run_does_not_find_that_they_differ(script):
    script.expect("GET", SENDERS, listed(EVIL, {**EVIL, "id": "8"}), query=FILTER)
    for live_id in ("7", "8"):
        script.expect("PATCH", f"{SENDERS}/{live_id}", ok({**EVIL, "id": live_id, "comments": "x"}), body={"comments": "x"})
    result = apply(pattern="evil.example", comments="x")
    assert (result["action"], result["changes"]) == ("update", [{"comments": {"before": "", "after": "x"}}] * 2)


def test_a_change_of_the_second_of_two_equal_entries_that_fails_says_what_was_changed(script):
    script.expect("GET", SENDERS, listed(EVIL, {**EVIL, "id": "8"}), query=FILTER)
    script.expect("PATCH", f"{SENDERS}/7", ok({**EVIL, "comments": "x"})).expect("PATCH", f"{SENDERS}/8", refused(403, 9109))
    error = failure(pattern="evil.example", comments="x")
    assert (error.kind, error.result["changed"], "1 of 2 live entries with this key was changed before." in str(error)) == ("permission", True, True)


def test_differing_duplicates_are_a_conflict(script):
    script.expect("GET", SENDERS, listed(EVIL, {**EVIL, "id": "8", "comments": "x"}), query=FILTER)
    error = failure(pattern="evil.example")
    assert (error.kind, "7, 8" in str(error)) == ("conflict", True)


def test_the_id_selects_one_of_them(script):
    script.expect("GET", f"{SENDERS}/8", ok({**EVIL, "id": "8", "comments": "x"})).expect(
        "PATCH", f"{SENDERS}/8", ok({**EVIL, "id": "8"}), body={"comments": None}
    )
    assert apply(id="8", pattern="evil.example", comments="")["action"] == "update"


def test_with_an_id_another_key_is_a_new_value(script):
    script.expect("GET", f"{SENDERS}/7", ok(EVIL)).expect("GET", SENDERS, listed(), query={"pattern": "new.example"}).expect("GET", SENDERS, listed(EVIL))
    script.expect("PATCH", f"{SENDERS}/7", ok({**EVIL, "pattern": "new.example"}), body={"pattern": "new.example"})
    result = apply(id="7", pattern="new.example")
    assert result["changes"] == {"pattern": {"before": "evil.example", "after": "new.example"}}


def test_an_id_of_nothing_is_not_found_or_absent_already(script):
    script.expect("GET", f"{SENDERS}/7", refused(404)).expect("GET", f"{SENDERS}/7", refused(404))
    assert failure(id="7", comments="x").kind == "not_found"
    assert apply(id="7", state="absent")["changed"] is False


@pytest.mark.parametrize("options", [{"name": "Ann L."}, {"state": "absent"}])
def test_a_synchronized_person_is_a_conflict_before_any_write(script, options):
    script.expect("GET", PEOPLE, listed({"id": "7", "email": "ceo@example.com", "name": "Ann Lee", "provenance": "SNOOPY-OFFICE_365"}))
    error = failure(collection=ImpersonationRegistry, email="ceo@example.com", **options)
    assert (error.kind, "provenance SNOOPY-OFFICE_365" in str(error)) == ("conflict", True)


def test_a_person_with_another_name_is_renamed(script):
    live = {"id": "7", "email": "ceo@example.com", "name": "Ann Lee"}
    script.expect("GET", PEOPLE, listed(live)).expect("PATCH", f"{PEOPLE}/7", ok({**live, "name": "Ann Moss"}), body={"name": "Ann Moss"})
    assert apply(ImpersonationRegistry, email="CEO@example.com", name="Ann Moss")["changes"] == {"name": {"before": "Ann Lee", "after": "Ann Moss"}}


@pytest.mark.parametrize("is_late", [True, False])
def test_a_second_entry_of_a_request_that_was_executed_late_is_a_warning(script, is_late):
    script.expect("GET", SENDERS, listed(), query=FILTER).expect("GET", SENDERS, listed())
    script.expect("POST", SENDERS, lost("POST"))
    for _look in range(5):
        script.expect("GET", SENDERS, listed(), query=FILTER).expect("GET", SENDERS, listed())
    script.expect("POST", SENDERS, ok({**EVIL, "id": "8"}, 201))
    script.expect("GET", SENDERS, listed(*[EVIL] * is_late, {**EVIL, "id": "8"}), query=FILTER)
    warnings: list[str] = []
    assert apply(pattern="evil.example", warnings=warnings)["block_sender"]["id"] == "8"
    message = "evil.example was created 2 times, because the server executed a request late: 7, 8. Remove the others."
    assert warnings == [message] * is_late


def test_a_failed_removal_returns_the_removals_before_it(script):
    script.expect("GET", SENDERS, listed(EVIL, {**EVIL, "id": "8", "comments": "x"}))
    script.expect("DELETE", f"{SENDERS}/7", ok({"id": "7"})).expect("GET", f"{SENDERS}/7", refused(404, 1404))
    script.expect("DELETE", f"{SENDERS}/8", refused(409, 1001, "locked"))
    error = failure(pattern="evil.example", state="absent")
    assert isinstance(error, ChangeError)
    assert (error.result["changed"], error.result["action"], error.result["changes"]["pattern"]) == (True, "delete", {"before": "evil.example", "after": None})
    assert error.hint.endswith("1 of 2 live entries with this key was removed before.")


def test_an_entry_that_somebody_else_removed_is_not_among_the_changes(script):
    script.expect("GET", SENDERS, listed(EVIL, {**EVIL, "id": "8"}))
    script.expect("DELETE", f"{SENDERS}/7", ok({"id": "7"})).expect("GET", f"{SENDERS}/7", refused(404))
    script.expect("DELETE", f"{SENDERS}/8", refused(404)).expect("GET", f"{SENDERS}/8", refused(404))
    result = apply(pattern="evil.example", state="absent")
    assert (result["changed"], len(result["changes"]), len(result["diff"])) == (True, 1, 1)
