from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import ApiError
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.apply_one import apply_change
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.change import plan_absent, plan_present
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN, Domains
from ansible_collections.mailops.cloudflare.tests.unit.support import DOMAINS, ID, LIVE, ONE, SETTINGS, Clock, answer, client, listed, live, lost, ok, refused

UPDATE = plan_present(DOMAIN, {"lookback_hops": 2, "require_tls_inbound": True}, LIVE)
ASKED = {"lookback_hops": 2, "require_tls_inbound": True}
DONE = live(**ASKED)
NEW = {"domain": "example.com", "allowed_delivery_modes": ["DIRECT"], "drop_dispositions": [], "ip_restrictions": [], "regions": ["GLOBAL"]}
CREATE = plan_present(DOMAIN, NEW, None)
CREATED = live(**NEW)
DELETE = plan_absent(DOMAIN, LIVE)
NO_CODE = answer(404, {"success": False, "errors": [], "messages": [], "result": None})


def missing(script, times=1):
    """Expect look-ups by name that find nothing: with the filter, and without it."""
    for _time in range(times):
        script.expect("GET", DOMAINS, listed(), query={"domain": "example.com"}).expect("GET", DOMAINS, listed())
    return script


def update(clock=None, **more):
    return apply_change(Domains(client(clock, **more)), UPDATE, LIVE)


def create(clock=None, **more):
    return apply_change(Domains(client(clock, **more)), CREATE, None)


def delete(clock=None, **more):
    return apply_change(Domains(client(clock, **more)), DELETE, LIVE)


def fails(call, *arguments, **more) -> ApiError:
    with pytest.raises(ApiError) as caught:
        call(*arguments, **more)
    assert caught.value.__context__ is None
    return caught.value


def test_apply_change_no_change_sends_nothing(script):
    change = plan_present(DOMAIN, {}, LIVE)
    assert apply_change(Domains(client()), change, LIVE) == (change, LIVE)


class TestUpdate:
    def test_response_as_desired_ends(self, script):
        script.expect("PATCH", ONE, ok(DONE), body=ASKED)
        change, after = update()
        assert after == DONE
        assert change.after == SETTINGS | ASKED

    def test_response_leaves_fields_out_keeps_them(self, script):
        script.expect("PATCH", ONE, ok({"id": ID, **ASKED}))
        assert update()[1] == DONE

    def test_response_with_other_changes_reports_them(self, script):
        script.expect("PATCH", ONE, ok(live(**ASKED, regions=["DE"])))
        change, _after = update()
        assert change.after["regions"] == ["DE"]
        assert set(change.changes) == set(ASKED)

    @pytest.mark.parametrize("reads", [1, 3, 5])
    def test_read_lags_behind_is_repeated(self, script, reads):
        clock = Clock()
        script.expect("PATCH", ONE, ok(LIVE))
        for _time in range(reads - 1):
            script.expect("GET", ONE, ok(LIVE))
        script.expect("GET", ONE, ok(DONE))
        assert update(clock)[1] == DONE
        assert clock.slept == [0.5, 1.0, 2.0, 4.0][: reads - 1]

    def test_declared_field_edited_in_the_meantime_is_written_again(self, script):
        desired = plan_present(DOMAIN, {"lookback_hops": 2, "regions": ["GLOBAL"]}, LIVE)
        script.expect("PATCH", ONE, ok(live(lookback_hops=2, regions=["DE"], folder="Inbox")), body={"lookback_hops": 2})
        script.expect("PATCH", ONE, ok(live(lookback_hops=2, folder="Inbox")), body={"regions": ["GLOBAL"]})
        change, after = apply_change(Domains(client()), desired, LIVE)
        assert change.changes == {"lookback_hops": {"before": 1, "after": 2}}
        assert after["folder"] == "Inbox"

    def test_declared_field_edited_repeatedly_fails(self, script):
        desired = plan_present(DOMAIN, {"lookback_hops": 2, "folder": "Inbox"}, live(folder="Inbox"))
        script.expect("PATCH", ONE, ok(live(lookback_hops=2, folder="AllItems")), body={"lookback_hops": 2})
        script.expect("PATCH", ONE, ok(live(lookback_hops=5, folder="Inbox")), body={"folder": "Inbox"})
        script.expect("PATCH", ONE, ok(live(lookback_hops=2, folder="AllItems")), body={"lookback_hops": 2})
        error = fails(apply_change, Domains(client()), desired, live(folder="Inbox"))
        assert error.kind == "conflict"
        assert "folder was written 3 times" in str(error)
        assert error.result["changes"] == {"folder": {"before": "Inbox", "after": "AllItems"}, "lookback_hops": {"before": 1, "after": 2}}

    def test_edit_after_lost_response_is_a_conflict(self, script):
        desired = plan_present(DOMAIN, {"lookback_hops": 2, "regions": ["GLOBAL"]}, LIVE)
        script.expect("PATCH", ONE, lost()).expect("GET", ONE, ok(live(lookback_hops=2, regions=["DE"])))
        error = fails(apply_change, Domains(client()), desired, LIVE)
        assert error.kind == "conflict"
        assert error.states["found"]["regions"] == ["DE"]

    def test_networks_joined_by_the_server_are_reported_as_requested(self, script):
        split, joined = ["192.0.2.0/25", "192.0.2.128/25"], ["192.0.2.0/24"]
        desired = plan_present(DOMAIN, {"ip_restrictions": split}, LIVE)
        script.expect("PATCH", ONE, ok(live(ip_restrictions=joined)), body={"ip_restrictions": split})
        script.expect("GET", ONE, ok(live(ip_restrictions=joined)))
        change, after = apply_change(Domains(client()), desired, LIVE)
        assert change == desired
        assert after["ip_restrictions"] == joined

    def test_undeclared_networks_joined_by_the_server_are_no_change(self, script):
        split, joined = ["192.0.2.0/25", "192.0.2.128/25"], ["192.0.2.0/24"]
        desired = plan_present(DOMAIN, {"ip_restrictions": split, "lookback_hops": 2}, live(ip_restrictions=split))
        script.expect("PATCH", ONE, ok(live(ip_restrictions=joined, lookback_hops=2)), body={"lookback_hops": 2})
        change, _after = apply_change(Domains(client()), desired, live(ip_restrictions=split))
        assert change.changes == {"lookback_hops": {"before": 1, "after": 2}}
        assert change.after == desired.after

    def test_networks_declared_in_other_form_are_no_change(self, script):
        split, joined = ["192.0.2.0/25", "192.0.2.128/25"], live(ip_restrictions=["192.0.2.0/24"])
        desired = plan_present(DOMAIN, {"ip_restrictions": split, "lookback_hops": 2}, joined)
        script.expect("PATCH", ONE, ok({**joined, "lookback_hops": 2}), body={"lookback_hops": 2})
        change, _after = apply_change(Domains(client()), desired, joined)
        assert change.changes == {"lookback_hops": {"before": 1, "after": 2}}

    def test_networks_read_in_joined_form_are_no_edit(self, script):
        before = live(ip_restrictions=["192.0.2.0/25", "192.0.2.128/25"])
        desired = plan_present(DOMAIN, {"lookback_hops": 2}, before)
        script.expect("PATCH", ONE, lost()).expect("GET", ONE, ok(live(ip_restrictions=["192.0.2.0/24"])))
        script.expect("PATCH", ONE, ok(live(ip_restrictions=["192.0.2.0/24"], lookback_hops=2.0)))
        change, _after = apply_change(Domains(client()), desired, before)
        assert change.changes == {"lookback_hops": {"before": 1, "after": 2}}

    def test_list_filled_by_someone_else_is_not_emptied(self, script):
        open_to_all = live(ip_restrictions=[])
        desired = plan_present(DOMAIN, {"lookback_hops": 2, "ip_restrictions": []}, open_to_all)
        script.expect("PATCH", ONE, ok(live(lookback_hops=2, ip_restrictions=["192.0.2.0/24"])), body={"lookback_hops": 2})
        error = fails(apply_change, Domains(client()), desired, open_to_all)
        assert error.kind == "unsafe"
        assert error.result["changed"] is True
        assert error.result["domain"]["ip_restrictions"] == ["192.0.2.0/24"]

    def test_cleared_list_filled_by_someone_else_is_emptied_again(self, script):
        open_to_all = live(ip_restrictions=[])
        desired = plan_present(DOMAIN, {"lookback_hops": 2, "ip_restrictions": []}, open_to_all, frozenset({"ip_restrictions"}))
        script.expect("PATCH", ONE, ok(live(lookback_hops=2)), body={"lookback_hops": 2})
        script.expect("PATCH", ONE, ok(live(lookback_hops=2, ip_restrictions=[])), body={"ip_restrictions": []})
        script.expect("GET", ONE, ok(live(lookback_hops=2, ip_restrictions=[])))
        assert apply_change(Domains(client()), desired, open_to_all)[1]["ip_restrictions"] == []

    def test_field_not_stored_fails(self, script):
        kept = live(lookback_hops=2)
        script.expect("PATCH", ONE, ok(kept))
        for _time in range(5):
            script.expect("GET", ONE, ok(kept))
        error = fails(update)
        assert error.kind == "not_applied"
        assert "example.com: Cloudflare accepted the request but did not store require_tls_inbound (requested True, live False)." in str(error)
        assert error.result["changed"] is True
        assert error.result["changes"] == {"lookback_hops": {"before": 1, "after": 2}}
        assert error.result["domain"] == kept
        assert "lookback_hops: 2\n" in error.result["diff"]["after"]

    def test_no_field_stored_fails(self, script):
        script.expect("PATCH", ONE, ok(LIVE)).expect("GET", ONE, ok(LIVE))
        error = fails(update, max_wait=0)
        assert (error.kind, error.result["changed"], error.result["changes"]) == ("not_applied", False, {})

    def test_fixed_name_not_stored_says_so(self, script):
        rename = plan_present(DOMAIN, {"domain": "other.example"}, LIVE)
        script.expect("PATCH", ONE, ok(LIVE), body={"domain": "other.example"}).expect("GET", ONE, ok(LIVE))
        error = fails(apply_change, Domains(client(max_wait=0)), rename, LIVE)
        assert "The server keeps the old name: domain cannot be changed after creation." in str(error)

    def test_failed_verification_reports_the_change(self, script):
        script.expect("PATCH", ONE, ok(LIVE)).expect("GET", ONE, refused(403, 9109))
        error = fails(update)
        assert (error.kind, error.result["changed"]) == ("permission", True)
        assert "The change was sent and accepted" in str(error)

    def test_object_gone_at_verification_fails(self, script):
        script.expect("PATCH", ONE, ok(LIVE))
        for _time in range(5):
            script.expect("GET", ONE, refused(404))
        assert fails(update).kind == "not_applied"

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
    def test_refused_write_fails(self, script, status):
        script.expect("PATCH", ONE, refused(status))
        error = fails(update)
        assert error.status == status
        assert not error.as_result().get("changed")

    @pytest.mark.parametrize(
        "fault", [lost(), refused(500), refused(502), refused(408), answer(200, b"<html>"), refused(200), ok([]), ok(None), ok(live(id="7"))]
    )
    def test_unknown_outcome_and_applied_succeeds(self, script, fault):
        script.expect("PATCH", ONE, fault).expect("GET", ONE, ok(DONE))
        change, after = update()
        assert (after, change.has_changes, change.action) == (DONE, True, "update")

    @pytest.mark.parametrize("fault", [lost(), refused(500), answer(200, b"<html>"), ok(None)])
    def test_unknown_outcome_and_not_applied_is_retried(self, script, fault):
        clock = Clock()
        script.expect("PATCH", ONE, fault).expect("GET", ONE, ok(LIVE)).expect("PATCH", ONE, ok(DONE), body=ASKED)
        assert update(clock)[1] == DONE
        assert clock.slept == [0.5]

    def test_error_with_status_200_and_not_applied_fails(self, script):
        script.expect("PATCH", ONE, refused(200, 1, "no", "/lookback_hops")).expect("GET", ONE, ok(LIVE))
        error = fails(update)
        assert error.kind == "invalid"
        assert not error.as_result().get("changed")

    def test_unreadable_responses_fail(self, script):
        page = answer(200, b"<html>")
        script.expect("PATCH", ONE, page).expect("GET", ONE, ok(LIVE)).expect("PATCH", ONE, page).expect("GET", ONE, ok(LIVE))
        assert fails(update).kind == "response"

    def test_unknown_outcomes_end_with_max_wait(self, script):
        for _time in range(3):
            script.expect("PATCH", ONE, lost()).expect("GET", ONE, ok(LIVE))
        error = fails(update, max_wait=2)
        assert error.kind == "network"
        assert "Gave up" in str(error)
        assert not error.as_result().get("changed")

    @pytest.mark.parametrize("found", [live(lookback_hops=3), live(lookback_hops=2), live(transport="other.example"), None])
    def test_edit_of_someone_else_is_a_conflict(self, script, found):
        script.expect("PATCH", ONE, lost()).expect("GET", ONE, ok(found) if found else refused(404))
        error = fails(update)
        now = DOMAIN.normalize(found)
        assert error.kind == "conflict"
        assert error.states == {"before": SETTINGS, "asked": ASKED, "found": now}
        assert error.failure()["states"] == error.states
        assert error.result["changed"] is True
        assert error.result["domain"] == found
        assert ("it no longer exists" in str(error)) == (found is None)

    def test_edit_of_someone_else_is_named(self, script):
        script.expect("PATCH", ONE, lost()).expect("GET", ONE, ok(live(lookback_hops=3)))
        assert "lookback_hops was 1 and is 3" in str(fails(update))

    def test_unknown_outcome_and_failed_verification_reports_both(self, script):
        script.expect("PATCH", ONE, lost()).expect("GET", ONE, refused(403, 9109))
        error = fails(update)
        assert error.kind == "network"
        assert error.result["changed"] is True
        assert "Whether the change was made is unknown" in str(error)
        assert "9109" in str(error)


MAIL = plan_present(DOMAIN, {"transport": "mx.new.example", "lookback_hops": 2}, LIVE)
MOVED = live(transport="mx.new.example", lookback_hops=2)


class TestVerifiedFields:
    """A change of `transport` or `ip_restrictions` is read back: the response to the write is not sufficient."""

    def test_one_read_suffices(self, script):
        script.expect("PATCH", ONE, ok(MOVED)).expect("GET", ONE, ok(MOVED))
        assert apply_change(Domains(client()), MAIL, LIVE)[1] == MOVED

    @pytest.mark.parametrize("desired", [{"transport": "mx.new.example"}, {"ip_restrictions": ["198.51.100.0/24"]}])
    def test_echoing_response_is_not_sufficient(self, script, desired):
        script.expect("PATCH", ONE, ok(live(**desired)))
        for _time in range(5):
            script.expect("GET", ONE, ok(LIVE))
        error = fails(apply_change, Domains(client()), plan_present(DOMAIN, desired, LIVE), LIVE)
        assert (error.kind, error.result["changed"], error.result["domain"]) == ("not_applied", False, LIVE)

    def test_read_lags_behind_is_repeated(self, script):
        script.expect("PATCH", ONE, ok(MOVED)).expect("GET", ONE, ok(LIVE)).expect("GET", ONE, ok(MOVED))
        assert apply_change(Domains(client()), MAIL, LIVE)[1] == MOVED

    def test_removal_by_someone_else_is_a_conflict(self, script):
        script.expect("PATCH", ONE, ok(MOVED))
        for _time in range(5):
            script.expect("GET", ONE, refused(404))
        error = fails(apply_change, Domains(client()), MAIL, LIVE)
        assert (error.kind, "no longer found the domain" in str(error)) == ("conflict", True)
        assert error.states["found"] == {}

    def test_edit_by_someone_else_is_a_conflict(self, script):
        theirs = live(transport="mx.other.example", lookback_hops=3)
        script.expect("PATCH", ONE, ok(MOVED))
        for _time in range(5):
            script.expect("GET", ONE, ok(theirs))
        error = fails(apply_change, Domains(client()), MAIL, LIVE)
        assert (error.kind, error.result["changed"], error.result["domain"]) == ("conflict", True, theirs)
        values = "lookback_hops (requested 2, live 3), transport (requested 'mx.new.example', live 'mx.other.example')"
        assert f"matches neither the previous nor the desired state: {values}" in str(error)
        assert [error.states[name]["transport"] for name in ("before", "asked", "found")] == ["mx.example.com", "mx.new.example", "mx.other.example"]

    def test_response_and_read_equal_is_no_edit(self, script):
        other = live(transport="mx.other.example", lookback_hops=2)
        script.expect("PATCH", ONE, ok(other))
        for _time in range(5):
            script.expect("GET", ONE, ok(other))
        error = fails(apply_change, Domains(client()), MAIL, LIVE)
        assert (error.kind, error.result["changed"]) == ("not_applied", True)

    def test_no_time_for_more_reads_reports_a_possible_change(self, script):
        script.expect("PATCH", ONE, ok(MOVED)).expect("GET", ONE, ok(LIVE))
        error = fails(apply_change, Domains(client(max_wait=0)), MAIL, LIVE)
        assert (error.kind, error.result["changed"], set(error.result["changes"])) == ("not_applied", True, {"transport", "lookback_hops"})
        assert "Whether it was made is unknown" in str(error)

    def test_lost_response_needs_no_second_read(self, script):
        script.expect("PATCH", ONE, lost()).expect("GET", ONE, ok(MOVED))
        assert apply_change(Domains(client()), MAIL, LIVE)[1] == MOVED

    def test_other_fields_need_no_read(self, script):
        assert [item.name for item in DOMAIN.fields if item.is_verified] == ["domain", "ip_restrictions", "transport"]
        script.expect("PATCH", ONE, ok(DONE))
        update()


class TestRename:
    rename = plan_present(DOMAIN, {"domain": "new.example", "lookback_hops": 2, "regions": ["DE"]}, LIVE)
    renamed = live(domain="new.example")
    settings = {"lookback_hops": 2, "regions": ["DE"]}

    def apply_change(self, **more):
        return apply_change(Domains(client(**more)), self.rename, LIVE)

    def test_name_is_sent_first_and_alone(self, script):
        done = live(domain="new.example", **self.settings)
        script.expect("PATCH", ONE, ok(self.renamed), body={"domain": "new.example"}).expect("GET", ONE, ok(self.renamed))
        script.expect("PATCH", ONE, ok(done), body=self.settings)
        change, after = self.apply_change()
        assert (after, set(change.changes)) == (done, {"domain", "lookback_hops", "regions"})

    @pytest.mark.parametrize("reply", [LIVE, live(domain="new.example")])
    def test_name_not_stored_stops_the_settings(self, script, reply):
        script.expect("PATCH", ONE, ok(reply), body={"domain": "new.example"})
        for _time in range(5):
            script.expect("GET", ONE, ok(LIVE))
        error = fails(self.apply_change)
        assert (error.kind, error.result["changed"]) == ("not_applied", False)
        assert "The server keeps the old name" in str(error)
        assert "No other setting was sent." in str(error)

    def test_name_refused_fails(self, script):
        script.expect("PATCH", ONE, refused(400), body={"domain": "new.example"})
        assert fails(self.apply_change).kind == "invalid"

    def test_lost_response_to_the_name_is_verified(self, script):
        done = live(domain="new.example", **self.settings)
        script.expect("PATCH", ONE, lost(), body={"domain": "new.example"}).expect("GET", ONE, ok(self.renamed))
        script.expect("PATCH", ONE, ok(done), body=self.settings)
        assert self.apply_change()[1] == done

    def test_settings_refused_after_the_name_fail(self, script):
        script.expect("PATCH", ONE, ok(self.renamed)).expect("GET", ONE, ok(self.renamed)).expect("PATCH", ONE, refused(400), body=self.settings)
        error = fails(self.apply_change)
        assert (error.kind, error.result["changed"]) == ("invalid", True)
        assert error.result["changes"] == {"domain": {"before": "example.com", "after": "new.example"}}

    def test_edits_after_the_name_have_three_rounds(self, script):
        script.expect("PATCH", ONE, ok(self.renamed)).expect("GET", ONE, ok(self.renamed))
        script.expect("PATCH", ONE, ok(live(domain="new.example", lookback_hops=2, regions=["DE"])), body=self.settings)
        assert self.apply_change()[0].has_changes


class TestStaleReading:
    """A write that had to wait is preceded by a new reading."""

    busy = refused(429, retry_after="20")

    def test_unchanged_object_is_written(self, script):
        script.expect("PATCH", ONE, self.busy).expect("GET", ONE, ok(LIVE)).expect("PATCH", ONE, ok(DONE), body=ASKED)
        assert update()[1] == DONE

    def test_short_wait_needs_no_read(self, script):
        script.expect("PATCH", ONE, refused(429, retry_after="9")).expect("PATCH", ONE, ok(DONE), body=ASKED)
        assert update()[1] == DONE

    @pytest.mark.parametrize("read_at", [None, 0.0])
    def test_age_counts_from_the_reading(self, script, read_at):
        clock = Clock()
        clock.now = 11.0
        if read_at is not None:
            script.expect("GET", ONE, ok(LIVE))
        script.expect("PATCH", ONE, ok(DONE))
        assert apply_change(Domains(client(clock)), UPDATE, LIVE, read_at)[1] == DONE

    def test_edit_of_a_managed_field_is_a_conflict(self, script):
        theirs = live(lookback_hops=7)
        script.expect("PATCH", ONE, self.busy).expect("GET", ONE, ok(theirs))
        error = fails(update)
        assert (error.kind, error.states) == ("conflict", {"before": SETTINGS, "asked": ASKED, "found": DOMAIN.normalize(theirs)})
        assert "example.com was changed by someone else after it was read, and before the write could be sent: lookback_hops was 1 and is 7." in str(error)
        assert not error.as_result().get("changed")

    def test_edit_of_another_field_is_kept(self, script):
        script.expect("PATCH", ONE, self.busy).expect("GET", ONE, ok(live(regions=["DE"])))
        script.expect("PATCH", ONE, ok(live(**ASKED, regions=["DE"])), body=ASKED)
        assert update()[1]["regions"] == ["DE"]

    def test_field_already_as_desired_is_not_sent(self, script):
        script.expect("PATCH", ONE, self.busy).expect("GET", ONE, ok(live(lookback_hops=2)))
        script.expect("PATCH", ONE, ok(DONE), body={"require_tls_inbound": True})
        assert update()[1] == DONE

    def test_object_already_as_desired_ends(self, script):
        script.expect("PATCH", ONE, self.busy).expect("GET", ONE, ok(DONE))
        change, after = update()
        assert (change.action, change.has_changes, after) == ("none", False, DONE)

    def test_object_removed_is_a_conflict(self, script):
        script.expect("PATCH", ONE, self.busy).expect("GET", ONE, refused(404))
        error = fails(update)
        assert (error.kind, "it no longer exists" in str(error)) == ("conflict", True)

    def test_second_wait_reads_again(self, script):
        script.expect("PATCH", ONE, self.busy).expect("GET", ONE, ok(LIVE)).expect("PATCH", ONE, self.busy).expect("GET", ONE, ok(LIVE))
        script.expect("PATCH", ONE, ok(DONE))
        assert update()[1] == DONE

    def test_failed_read_sends_nothing(self, script):
        script.expect("PATCH", ONE, self.busy).expect("GET", ONE, refused(403, 9109))
        error = fails(update)
        assert (error.kind, error.as_result().keys()) == ("permission", {"msg", "failure"})
        assert "The change was not sent: the settings had been read more than 10 s before" in str(error)

    def test_create_of_an_existing_object_is_a_conflict(self, script):
        script.expect("POST", DOMAINS, self.busy).expect("GET", DOMAINS, listed(live(lookback_hops=7)))
        assert fails(create).kind == "conflict"

    def test_create_of_an_object_as_desired_ends(self, script):
        script.expect("POST", DOMAINS, self.busy).expect("GET", DOMAINS, listed(CREATED))
        assert create()[0].action == "none"

    def test_create_of_a_missing_object_is_sent(self, script):
        missing(script.expect("POST", DOMAINS, self.busy)).expect("POST", DOMAINS, ok(CREATED), body=NEW)
        assert create()[0].action == "create"

    def test_delete_of_an_existing_object_is_sent(self, script):
        script.expect("DELETE", ONE, self.busy).expect("GET", ONE, ok(live(regions=["DE"]))).expect("DELETE", ONE, ok({"id": ID}))
        script.expect("GET", ONE, refused(404))
        assert delete()[0].action == "delete"

    def test_delete_of_a_missing_object_ends(self, script):
        script.expect("DELETE", ONE, self.busy).expect("GET", ONE, refused(404))
        assert delete()[0].action == "none"

    def test_delete_of_a_renamed_object_is_a_conflict(self, script):
        script.expect("DELETE", ONE, self.busy).expect("GET", ONE, ok(live(domain="other.example")))
        assert fails(delete).kind == "conflict"

    def test_write_that_arrived_late_is_recognized(self, script):
        script.expect("PATCH", ONE, lost()).expect("GET", ONE, ok(LIVE)).expect("PATCH", ONE, self.busy).expect("GET", ONE, ok(DONE))
        change, _after = update()
        assert (change.action, change.has_changes) == ("update", True)


class TestCreate:
    def test_response_as_desired_ends(self, script):
        script.expect("POST", DOMAINS, ok(CREATED, 201), body=NEW)
        assert create() == (CREATE, CREATED)

    def test_response_without_fields_is_verified(self, script):
        script.expect("POST", DOMAINS, ok({"id": ID}, 201)).expect("GET", DOMAINS, listed(CREATED), query={"domain": "example.com"})
        assert create()[1] == CREATED

    def test_field_not_stored_fails(self, script):
        missing(script.expect("POST", DOMAINS, ok(live(**NEW | {"regions": ["DE"]}), 201)))
        error = fails(create, max_wait=0)
        assert (error.kind, error.result["changed"], error.result["action"]) == ("not_applied", True, "create")
        assert "regions" in str(error)

    @pytest.mark.parametrize("fault", [lost("POST"), refused(502), answer(201, b"")])
    def test_unknown_outcome_and_applied_succeeds(self, script, fault):
        script.expect("POST", DOMAINS, fault).expect("GET", DOMAINS, listed(CREATED))
        assert create() == (CREATE, CREATED)

    def test_unknown_outcome_and_not_applied_is_retried(self, script):
        clock = Clock()
        missing(script.expect("POST", DOMAINS, lost("POST")), 5).expect("POST", DOMAINS, ok(CREATED), body=NEW)
        assert create(clock)[1] == CREATED
        assert clock.slept == [0.5, 1.0, 2.0, 4.0, 0.5]

    @pytest.mark.parametrize("looks", [1, 4])
    def test_unknown_outcome_and_lagging_list_is_verified_again(self, script, looks):
        missing(script.expect("POST", DOMAINS, lost("POST")), looks).expect("GET", DOMAINS, listed(CREATED))
        assert create()[1] == CREATED

    def test_unknown_outcome_and_no_time_fails(self, script):
        missing(script.expect("POST", DOMAINS, lost("POST")))
        assert fails(create, max_wait=0).kind == "network"

    def test_applied_late_succeeds(self, script):
        missing(script.expect("POST", DOMAINS, lost("POST")), 5)
        script.expect("POST", DOMAINS, refused(409)).expect("GET", DOMAINS, listed(CREATED))
        assert create()[1] == CREATED

    def test_applied_and_visible_late_succeeds(self, script):
        clock = Clock()
        missing(script.expect("POST", DOMAINS, lost("POST")), 5)
        missing(script.expect("POST", DOMAINS, refused(409)), 2).expect("GET", DOMAINS, listed(CREATED))
        assert create(clock)[1] == CREATED
        assert clock.slept == [0.5, 1.0, 2.0, 4.0, 0.5, 0.5, 1.0]

    @pytest.mark.parametrize(("max_wait", "looks"), [(330, 5), (8.1, 1)])
    def test_never_visible_is_not_created_twice(self, script, max_wait, looks):
        missing(script.expect("POST", DOMAINS, lost("POST")), 5)
        missing(script.expect("POST", DOMAINS, refused(409)), looks)
        assert fails(create, max_wait=max_wait).kind == "conflict"

    def test_no_time_for_more_reads_reports_a_possible_change(self, script):
        missing(script.expect("POST", DOMAINS, lost("POST")))
        error = fails(create, max_wait=0)
        assert (error.kind, error.result["changed"], error.result["action"]) == ("network", True, "create")
        assert "Whether it was onboarded is unknown" in str(error)

    def test_refused_retry_fails(self, script):
        missing(script.expect("POST", DOMAINS, lost("POST")), 5)
        missing(script.expect("POST", DOMAINS, refused(422)))
        assert fails(create).kind == "invalid"

    def test_object_of_someone_else_is_a_conflict(self, script):
        script.expect("POST", DOMAINS, lost("POST")).expect("GET", DOMAINS, listed(LIVE))
        error = fails(create)
        assert error.kind == "conflict"
        assert error.states["before"] == {}

    def test_refused_write_fails(self, script):
        script.expect("POST", DOMAINS, refused(409, 1, "exists"))
        assert fails(create).kind == "conflict"


class TestDelete:
    def test_gone_at_verification_succeeds(self, script):
        script.expect("DELETE", ONE, ok({"id": ID})).expect("GET", ONE, refused(404))
        assert delete() == (DELETE, None)

    @pytest.mark.parametrize(
        ("reply", "words"),
        [(ok({"id": ID}), "accepted the removal"), (refused(404), "answered the removal with 404"), (NO_CODE, "answered the removal with 404")],
    )
    def test_still_existing_fails(self, script, reply, words):
        clock = Clock()
        script.expect("DELETE", ONE, reply)
        for _time in range(5):
            script.expect("GET", ONE, ok(LIVE))
        error = fails(delete, clock)
        assert (error.kind, error.result["changed"], error.result["domain"]) == ("not_applied", False, LIVE)
        assert f"example.com: Cloudflare {words}" in str(error)
        assert "it still exists" in str(error)
        assert "Reads may lag behind" in str(error)
        assert clock.slept == [0.5, 1.0, 2.0, 4.0]

    def test_visible_late_succeeds(self, script):
        script.expect("DELETE", ONE, ok({"id": ID})).expect("GET", ONE, ok(LIVE)).expect("GET", ONE, refused(404))
        assert delete() == (DELETE, None)

    def test_max_wait_zero_verifies_once(self, script):
        script.expect("DELETE", ONE, ok({"id": ID})).expect("GET", ONE, ok(LIVE))
        error = fails(delete, max_wait=0)
        assert (error.kind, error.result["changed"], error.result["action"]) == ("not_applied", True, "delete")
        assert "Whether it was made is unknown" in str(error)

    def test_404_and_still_existing_changes_nothing(self, script):
        script.expect("DELETE", ONE, refused(404)).expect("GET", ONE, ok(LIVE))
        error = fails(delete, max_wait=0)
        assert (error.kind, error.result["changed"]) == ("not_applied", False)
        assert "unknown" not in str(error)

    @pytest.mark.parametrize("reply", [ok({"id": ID}), refused(404)])
    def test_failed_verification_reports_a_possible_change(self, script, reply):
        script.expect("DELETE", ONE, reply).expect("GET", ONE, refused(404, 10000)).expect("GET", ONE, refused(404, 10000))
        error = fails(delete)
        assert (error.kind, error.result["changed"], error.result["action"]) == ("auth", True, "delete")
        assert set(error.result["changes"]) == set(SETTINGS) - {"folder", "integration_id"}
        assert "whether it was made is unknown" in str(error)

    @pytest.mark.parametrize("reply", [ok(None), answer(204, b""), ok([]), ok({}), ok({"id": "7"})])
    def test_response_without_an_id_is_verified(self, script, reply):
        script.expect("DELETE", ONE, reply).expect("GET", ONE, refused(404))
        assert delete() == (DELETE, None)

    def test_response_without_an_id_and_still_existing_fails(self, script):
        for _time in range(2):
            script.expect("DELETE", ONE, ok(None)).expect("GET", ONE, ok(LIVE))
        error = fails(delete)
        assert (error.kind, bool(error.as_result().get("changed"))) == ("response", False)

    def test_removed_by_someone_else_is_no_change(self, script):
        script.expect("DELETE", ONE, refused(404)).expect("GET", ONE, refused(404))
        change, after = delete()
        assert (change.action, change.has_changes, after) == ("none", False, None)

    def test_404_without_a_code_is_verified(self, script):
        script.expect("DELETE", ONE, NO_CODE).expect("GET", ONE, NO_CODE).expect("GET", DOMAINS, listed())
        assert delete()[0].action == "none"

    def test_404_for_the_account_fails(self, script):
        script.expect("DELETE", ONE, refused(404, 7003))
        assert fails(delete).kind == "not_found"

    @pytest.mark.parametrize("fault", [lost("DELETE"), refused(502), answer(200, b"")])
    def test_unknown_outcome_and_applied_succeeds(self, script, fault):
        script.expect("DELETE", ONE, fault).expect("GET", ONE, refused(404))
        assert delete() == (DELETE, None)

    def test_unknown_outcome_and_not_applied_is_retried(self, script):
        script.expect("DELETE", ONE, lost("DELETE")).expect("GET", ONE, ok(LIVE)).expect("DELETE", ONE, ok({"id": ID}))
        script.expect("GET", ONE, refused(404))
        assert delete() == (DELETE, None)

    def test_applied_late_succeeds(self, script):
        script.expect("DELETE", ONE, lost("DELETE")).expect("GET", ONE, ok(LIVE))
        script.expect("DELETE", ONE, refused(404)).expect("GET", ONE, refused(404))
        assert delete() == (DELETE, None)

    def test_edit_of_someone_else_is_a_conflict(self, script):
        script.expect("DELETE", ONE, lost("DELETE")).expect("GET", ONE, ok(live(lookback_hops=9)))
        error = fails(delete)
        assert (error.kind, error.states["asked"]) == ("conflict", {})

    def test_refused_write_fails(self, script):
        script.expect("DELETE", ONE, refused(403, 9109))
        assert fails(delete).kind == "permission"
