"""What the mutation tests asked for."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.api_errors import ErrorFactory
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import Request
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.responses import Response
from ansible_collections.mailops.cloudflare.tests.unit.support import answer, refused


def test_an_unexpected_answer_leaves_no_doubt_unless_it_is_said():
    error = ErrorFactory(str, "Cloud Email Security").unexpected(Request("GET", "/thing", "read the thing"), "a list")
    assert (error.kind, error.outcome_unknown) == ("response", False)


def test_an_answer_without_words_is_told_without_quotation():
    error = ErrorFactory(str, "Cloud Email Security").from_response(Request("GET", "/thing", "read the thing"), Response(500, {}, b""))
    assert error.message == "GET /thing was answered 500 Internal Server Error with an empty body."


@pytest.mark.parametrize(
    ("reply", "kind", "advice"),
    [
        (refused(403, 1, "not available in the current subscription"), "not_entitled", "The account's plan does not include Email Security"),
        (refused(404), "not_found", "It may have been removed meanwhile"),
        (refused(429), "rate_limited", "All tools of this user share 1200 requests in 5 minutes"),
        (refused(409), "conflict", "Another object has the same value"),
        (refused(500), "server", "The failure is on Cloudflare's side"),
        (refused(200), "response", "The response did not come from Cloudflare's API"),
        (answer(200, b""), "response", "The response did not come from Cloudflare's API"),
    ],
)
def test_whatever_was_refused_what_to_do_is_said(reply, kind, advice):
    error = ErrorFactory(str, "Cloud Email Security").from_response(Request("PATCH", "/accounts/a/things/1", "change the thing"), reply)
    assert (error.kind, error.hint[: len(advice)]) == (kind, advice)


@pytest.mark.parametrize("entry", [{"code": 7}, {"code": 7, "message": None}, {"code": 7, "message": ""}])
def test_an_error_without_words_has_none(entry):
    reply = answer(400, {"success": False, "errors": [entry]})
    error = ErrorFactory(str, "Cloud Email Security").from_response(Request("GET", "/thing", "read the thing"), reply)
    assert (error.errors[0].message, str(error.errors[0])) == ("", "no message (code 7)")
