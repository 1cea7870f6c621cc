"""The state machine of one write."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import ApiError
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.apply_one import apply_change
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.change import plan_absent, plan_present
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.diff import text_diff
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.operation import VERIFY_DELAYS_SECONDS, Operation
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN, Domains
from ansible_collections.mailops.cloudflare.tests.unit.support import ID, LIVE, ONE, Clock, client, live, lost, ok, refused

HOPS = plan_present(DOMAIN, {"lookback_hops": 2}, LIVE)


HOPS_AND_REGIONS = plan_present(DOMAIN, {"lookback_hops": 2, "regions": ["GLOBAL"]}, LIVE)


DONE = live(lookback_hops=2)


def after_batch(change, found, error=None, answer=None):
    operation = Operation(DOMAIN, change, LIVE)
    operation.record_live_state_after_batch(found, error, answer)
    return operation


def record(operation, reply):
    """Record the outcome of a write."""
    if isinstance(reply, ApiError):
        operation.record_write_error(reply)
    else:
        operation.record_write(reply)


def refusal(kind="invalid"):
    return ApiError(kind, "no.")


def test_possible_result_unknown_outcome_reports_the_whole_change(script):
    change = plan_present(DOMAIN, {"lookback_hops": 2}, LIVE)
    script.expect("PATCH", ONE, lost()).expect("GET", ONE, refused(403, 9109))
    with pytest.raises(ApiError) as caught:
        apply_change(Domains(client()), change, LIVE)
    described = {"action": "update", "operation": "update", "weaker": []}
    assert caught.value.result == {**described, "changed": True, "changes": change.changes, "diff": text_diff("example.com", change.before, change.after)}


def test_record_write_second_write_restarts_verification(script):
    clock = Clock()
    script.expect("PATCH", ONE, ok(LIVE)).expect("GET", ONE, ok(LIVE)).expect("GET", ONE, ok(live(lookback_hops=2, regions=["DE"])))
    script.expect("PATCH", ONE, ok(live(lookback_hops=2, regions=["DE"])), body={"regions": ["GLOBAL"]}).expect("GET", ONE, ok(DONE))
    assert apply_change(Domains(client(clock)), HOPS_AND_REGIONS, LIVE)[1] == DONE
    assert clock.slept == [0.5]


def test_retry_reason_second_write_is_no_retry(script):
    clock = Clock()
    script.expect("PATCH", ONE, lost()).expect("GET", ONE, ok(LIVE)).expect("PATCH", ONE, ok(live(lookback_hops=2, regions=["DE"])))
    script.expect("PATCH", ONE, ok(DONE), body={"regions": ["GLOBAL"]})
    assert apply_change(Domains(client(clock)), HOPS_AND_REGIONS, LIVE)[1] == DONE
    assert clock.slept == [0.5]


def test_record_write_error_after_accepted_write_is_final(script):
    script.expect("PATCH", ONE, lost()).expect("GET", ONE, ok(LIVE)).expect("PATCH", ONE, ok(live(lookback_hops=2, regions=["DE"])))
    script.expect("PATCH", ONE, refused(400), body={"regions": ["GLOBAL"]})
    with pytest.raises(ApiError) as caught:
        apply_change(Domains(client()), HOPS_AND_REGIONS, LIVE)
    assert caught.value.kind == "invalid"


def test_overwritten_twice_by_someone_else_is_a_conflict_and_not_blamed_on_the_server():
    """The value that is live at the end is the one that the last write was based on, and not the one that was planned on."""
    theirs, ours = live(transport="theirs.example.com"), live(transport="mx.new.example")
    operation = after_batch(plan_present(DOMAIN, {"transport": "mx.new.example"}, LIVE), theirs)
    record(operation, ours)
    while operation.step == "verify":
        operation.record_live_state(theirs)
    assert (operation.step, operation.failure.kind) == ("end", "conflict")
    assert "theirs.example.com" in str(operation.failure)


@pytest.mark.parametrize("error", [None, lost()])
def test_record_live_state_after_batch_refused_update_is_final(error):
    operation = after_batch(HOPS, LIVE, error)
    record(operation, refusal())
    assert (operation.step, operation.failure.kind) == ("end", "invalid")


@pytest.mark.parametrize("error", [None, lost()])
def test_record_live_state_after_batch_delete_of_missing_object_is_a_change(error):
    operation = after_batch(plan_absent(DOMAIN, LIVE), LIVE, error)
    record(operation, ApiError("not_found", "gone."))
    assert (operation.failure, operation.completed.action) == (None, "delete")


def test_record_live_state_after_batch_edit_of_other_field_is_no_conflict():
    theirs = live(folder="Inbox")
    operation = after_batch(HOPS, theirs)
    record(operation, lost())
    operation.record_live_state(theirs)
    assert (operation.step, operation.failure) == ("write", None)


def test_record_batch_response_only_complete_response_ends():
    operation = Operation(DOMAIN, HOPS_AND_REGIONS, LIVE)
    operation.record_batch_response_only(None, {"id": ID, "lookback_hops": 2}, refusal("permission"))
    assert (operation.failure, operation.live) == (None, DONE)


def test_record_failed_read_shared_error_is_copied():
    other = plan_present(DOMAIN, {"folder": "Inbox"}, live(domain="other.example"))
    one, two = Operation(DOMAIN, HOPS, LIVE), Operation(DOMAIN, other, live(domain="other.example"))
    shared = ApiError("permission", "no.", "Ask.", status=403)
    for operation in (one, two):
        record(operation, {})
        operation.record_failed_read(shared)
    words = "no. Ask. The change was sent and accepted; whether the server stored all of it is unknown."
    assert [(str(operation.failure), operation.failure.kind, operation.failure.status) for operation in (one, two)] == [(words, "permission", 403)] * 2
    assert [operation.failure.result["diff"]["before_header"] for operation in (one, two)] == ["example.com", "other.example"]
    assert str(shared) == "no. Ask."


def test_reset_to_pending_is_written_again():
    operation = Operation(DOMAIN, HOPS, LIVE)
    operation.fail(refusal("rate_limited"))
    operation.reset_to_pending()
    assert (operation.step, operation.failure) == ("write", None)


def test_edit_conflict_describes_the_values():
    operation = Operation(DOMAIN, HOPS, LIVE)
    record(operation, ApiError("network", "it broke off at MX.", outcome_unknown=True))
    operation.record_live_state(live(lookback_hops=3))
    assert str(operation.failure) == (
        "the write ended without a clear response (it broke off at MX), and the live state matches neither the previous nor the desired state: "
        "lookback_hops was 1 and is 3. "
        "Someone else changed it in the meantime. Their change was not overwritten: see failure.states, and run again."
    )


def test_repeated_edit_conflict_names_the_fields():
    operation = Operation(DOMAIN, HOPS_AND_REGIONS, LIVE)
    for answer in (live(lookback_hops=2, regions=["DE"]), live(lookback_hops=3), live(lookback_hops=2, regions=["DE"])):
        record(operation, answer)
    assert str(operation.failure).startswith("example.com: regions was written 3 times, and each time someone else")


@pytest.mark.parametrize(
    ("change", "before", "words"),
    [
        (HOPS, LIVE, "lookback_hops (requested 2, live 1). Check in Cloudflare's dashboard whether this domain can have these settings"),
        (plan_present(DOMAIN, {"domain": "new.example"}, None), None, "domain (requested 'new.example', live None). Check in Cloudflare's dashboard"),
        (plan_present(DOMAIN, {"domain": "new.example"}, LIVE), LIVE, "domain (requested 'new.example', live 'example.com'). The server keeps the old name"),
    ],
)
def test_not_stored_error_says_what_to_do(change, before, words):
    operation = Operation(DOMAIN, change, before)
    record(operation, {})
    operation.give_up()
    assert words in str(operation.failure)


def test_creation_that_is_lost_again_after_a_batch_ends():
    operation = Operation(DOMAIN, plan_present(DOMAIN, {"domain": "new.example"}, None), None)
    operation.record_live_state_after_batch(None, refusal("server"), None)
    for _attempt in VERIFY_DELAYS_SECONDS:
        record(operation, ApiError("network", "lost.", outcome_unknown=True, max_retries=0))
        while operation.step == "verify":
            operation.record_live_state(None)
    assert (operation.step, str(operation.failure)) == ("end", "lost.")


NETWORKS = {"ip_restrictions": ["198.51.100.0/24"]}
ADD_NETWORK = plan_present(DOMAIN, NETWORKS, LIVE, additive=NETWORKS)
OURS, THEIRS = "198.51.100.0/24", "203.0.113.0/24"


class TestAddedValues:
    """Someone else edits a list that values are added to."""

    def test_network_that_someone_else_adds_after_the_write_stays(self, script):
        found = live(ip_restrictions=["192.0.2.10", OURS, THEIRS])
        script.expect("PATCH", ONE, ok(live(ip_restrictions=["192.0.2.10", OURS])), body={"ip_restrictions": ["192.0.2.10/32", OURS]})
        script.expect("GET", ONE, ok(found))
        done, after = apply_change(Domains(client()), ADD_NETWORK, LIVE)
        assert (after, done.changes["ip_restrictions"]["after"]) == (found, ["192.0.2.10/32", OURS, THEIRS])

    def test_network_that_someone_else_adds_before_the_write_stays(self):
        operation = Operation(DOMAIN, ADD_NETWORK, LIVE)
        operation.is_stale = True
        operation.record_live_state(live(ip_restrictions=["192.0.2.10", THEIRS]))
        assert (operation.step, operation.body) == ("write", {"ip_restrictions": ["192.0.2.10/32", OURS, THEIRS]})

    @pytest.mark.parametrize("found", [[], [THEIRS]])
    def test_network_that_someone_else_removes_before_the_write_is_a_conflict(self, found):
        operation = Operation(DOMAIN, ADD_NETWORK, LIVE)
        operation.is_stale = True
        operation.record_live_state(live(ip_restrictions=found))
        assert (operation.step, operation.failure.kind) == ("end", "conflict")

    def test_network_that_someone_else_adds_too_is_no_change_of_ours(self):
        operation = Operation(DOMAIN, ADD_NETWORK, LIVE)
        operation.is_stale = True
        operation.record_live_state(live(ip_restrictions=["192.0.2.10", OURS, THEIRS]))
        assert (operation.step, operation.failure, operation.completed.action) == ("end", None, "none")

    def test_value_that_is_not_stored_is_an_error(self, script):
        script.expect("PATCH", ONE, ok(LIVE))
        for _verification in VERIFY_DELAYS_SECONDS:
            script.expect("GET", ONE, ok(LIVE))
        with pytest.raises(ApiError, match="did not store ip_restrictions") as caught:
            apply_change(Domains(client()), ADD_NETWORK, LIVE)
        assert caught.value.kind == "not_applied"

    def test_live_value_that_is_lost_with_the_write_is_an_error(self, script):
        lost_one = live(ip_restrictions=[OURS])
        script.expect("PATCH", ONE, ok(lost_one))
        for _verification in VERIFY_DELAYS_SECONDS:
            script.expect("GET", ONE, ok(lost_one))
        with pytest.raises(ApiError):
            apply_change(Domains(client()), ADD_NETWORK, LIVE)

    def test_list_that_someone_else_extends_during_another_write_is_left_as_it_is(self, script):
        change = plan_present(DOMAIN, {"lookback_hops": 2, "regions": ["GLOBAL"]}, LIVE, additive=["regions"])
        script.expect("PATCH", ONE, ok(live(lookback_hops=2, regions=["DE", "GLOBAL"])), body={"lookback_hops": 2})
        assert apply_change(Domains(client()), change, LIVE)[0].changes["regions"]["after"] == ["DE", "GLOBAL"]

    def test_declared_value_that_someone_else_removes_is_added_to_what_is_live_then(self, script):
        change = plan_present(DOMAIN, {"lookback_hops": 2, "regions": ["GLOBAL"]}, LIVE, additive=["regions"])
        script.expect("PATCH", ONE, ok(live(lookback_hops=2, regions=["DE"])), body={"lookback_hops": 2})
        script.expect("PATCH", ONE, ok(live(lookback_hops=2, regions=["DE", "GLOBAL"])), body={"regions": ["DE", "GLOBAL"]})
        apply_change(Domains(client()), change, LIVE)

    def test_new_object_may_have_more_values(self):
        new = {"domain": "example.com", "allowed_delivery_modes": ["DIRECT"], "drop_dispositions": [], "ip_restrictions": [], "regions": ["GLOBAL"]}
        for additive, step in ((["regions"], "end"), ([], "verify")):
            operation = Operation(DOMAIN, plan_present(DOMAIN, new, None, additive=additive), None)
            operation.record_write(live(**{**new, "regions": ["DE", "GLOBAL"]}))
            assert (operation.step, operation.failure) == (step, None)

    def test_batch_adds_to_what_is_live_then(self):
        operation = after_batch(ADD_NETWORK, live(ip_restrictions=["192.0.2.10", THEIRS]))
        assert operation.body == {"ip_restrictions": ["192.0.2.10/32", OURS, THEIRS]}
        assert after_batch(ADD_NETWORK, live(ip_restrictions=["192.0.2.10", OURS, THEIRS])).step == "end"

    def test_rejected_batch_adds_to_what_is_live_then(self):
        operation = after_batch(ADD_NETWORK, live(ip_restrictions=["192.0.2.10", THEIRS]), error=refusal())
        assert (operation.step, operation.body) == ("write", {"ip_restrictions": ["192.0.2.10/32", OURS, THEIRS]})
