"""The errors of changes: what they contain, and that each message names its object once."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.api_errors import ErrorFactory
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import ApiError, Request, StaleReadingError
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.network_errors import from_exception
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile import errors
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.desired import DesiredObject
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.errors import ChangeError, with_label
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.collection import Removal, require_single_match
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.removal import removal_refusal
from ansible_collections.mailops.cloudflare.tests.unit.support import answer, live, refused

CAUSE = ApiError("network", "no.", "Ask.", request=Request("PATCH", "/x", "change x"), outcome_unknown=True, max_retries=2)


def test_change_error_takes_over_its_cause():
    error = ChangeError(CAUSE, {"changed": True})
    assert (str(error), error.kind, error.outcome_unknown, error.max_retries) == ("Could not change x: no. Ask.", "network", True, 2)


def test_change_error_as_result_contains_result_and_states():
    states = {"before": {}, "asked": {}, "found": {}}
    error = ChangeError(CAUSE, {"changed": True, "action": "update"}, states)
    assert error.failure() == {**CAUSE.failure(), "states": states}
    assert error.as_result() == {"msg": str(CAUSE), "failure": error.failure(), "changed": True, "action": "update"}


def test_change_error_without_states_has_none_in_its_failure():
    assert "states" not in ChangeError(CAUSE, {}).failure()


def test_change_error_with_hint_keeps_result():
    error = ChangeError(CAUSE, {"changed": True}).with_hint("Wait.")
    assert (type(error), error.result, error.hint) == (ChangeError, {"changed": True}, "Ask. Wait.")


NAME = "d1.example"
BEFORE = {"domain": NAME, "lookback_hops": 1, "ip_restrictions": ["192.0.2.10/32"]}
AFTER = {**BEFORE, "lookback_hops": 2}
EMPTIED = [field for field in DOMAIN.fields if field.name == "ip_restrictions"]
FACTORY = ErrorFactory(str, "Cloud Email Security")
PURPOSES = {"PATCH": f"change {NAME}", "POST": f"onboard {NAME}", "GET": f"look up {NAME}", "DELETE": f"remove {NAME}"}
REPLIES = [refused(status) for status in (200, 302, 400, 401, 403, 404, 409, 410, 429, 500)] + [answer(status, b"<p>no</p>") for status in (200, 403, 502)]
REMOVAL = Removal(NAME, live(emails_processed={"total_emails_processed": 7, "timestamp": "2026-11-22T03:00:00Z"}), {"allowed_delivery_modes": ["DIRECT"]})


def failures_of_one_object():
    """An error of each kind that an object can fail with."""
    yield from (FACTORY.from_response(Request(method, "/x", purpose), reply) for method, purpose in PURPOSES.items() for reply in REPLIES)
    yield from (from_exception(TimeoutError(), Request(method, "/x", purpose), 1.0) for method, purpose in PURPOSES.items())
    change = Request("PATCH", "/x", PURPOSES["PATCH"])
    yield StaleReadingError(change)
    yield errors.emptied_lists_error(NAME, EMPTIED, BEFORE)
    for cause in (None, FACTORY.from_response(change, refused(500))):
        yield errors.edit_conflict(NAME, BEFORE, AFTER, ["lookback_hops"], AFTER, cause=cause, result={})
        yield errors.edit_conflict(NAME, BEFORE, {}, [], AFTER, cause=cause, result={})
    yield errors.repeated_edit_conflict(DOMAIN, NAME, ["lookback_hops"], 3, {})
    for others in (["lookback_hops"], []):
        yield errors.overwritten_error(DOMAIN, NAME, BEFORE, AFTER, others, AFTER, {})
    for is_key_kept in (True, False):
        yield errors.not_stored_error(DOMAIN, NAME, ["lookback_hops"], AFTER, BEFORE, {}, is_key_kept=is_key_kept, has_more=True)
    for is_accepted in (True, False):
        yield errors.not_removed_error(DOMAIN, NAME, is_accepted=is_accepted, result={})
    yield errors.unconfirmed_batch_error(DOMAIN, NAME)
    yield removal_refusal(REMOVAL, datetime(2026, 11, 22, 4, tzinfo=timezone.utc), "force: true")
    for may_create in (True, False):
        with pytest.raises(ApiError) as caught:
            DesiredObject(DOMAIN, None, "present", {"domain": NAME}, may_create=may_create).change(None)
        yield caught.value
    with pytest.raises(ApiError) as caught:
        require_single_match(DOMAIN, [live(id=1), live(id=2)], NAME, str)
    yield caught.value
    yield FACTORY.from_response(change, refused(500)).with_hint(errors.UNVERIFIED.format(message=FACTORY.from_response(change, refused(500)).message))


FAILURES = list(failures_of_one_object())


@pytest.mark.parametrize("failure", FAILURES, ids=[f"{number}-{failure.kind}" for number, failure in enumerate(FAILURES)])
@pytest.mark.parametrize("label", [NAME, f"{NAME} (1a2b3c4d-0000-4000-8000-5e6f70819203)"])
def test_message_of_a_failure_names_its_object_once(failure, label):
    assert with_label(label, str(failure)).count(NAME) == 1


@pytest.mark.parametrize("message", ["No such transport.", f"mail.{NAME} is no host.", f"{NAME}.net is another domain.", f"x-{NAME} is another domain."])
def test_with_label_of_a_message_that_does_not_name_the_object(message):
    assert with_label(NAME, message) == f"{NAME}: {message}"
