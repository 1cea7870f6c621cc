from __future__ import annotations

from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import ApiError, Request
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.errors import ChangeError

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
