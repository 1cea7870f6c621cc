"""Responses that Cloudflare, its edge and proxies were seen to send: the bodies are those of public reports."""

from __future__ import annotations

import json

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api import responses as responses_module
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.api_errors import ErrorFactory
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import UNLIMITED, ApiError, Request
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.redaction import Redactor
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.responses import Response
from ansible_collections.mailops.cloudflare.tests.unit.support import TOKEN, answer, refused

ERRORS = ErrorFactory(Redactor([TOKEN]), "Cloud Email Security")
GET = Request("GET", "/accounts/x/thing", "read the thing")
PATCH = Request("PATCH", "/accounts/x/thing", "change the thing")
HTML = {"content_type": "text/html; charset=UTF-8", "cf_ray": "8f1a-FRA"}
PAGE = b"<html><head><title>x</title></head><body>Bad gateway</body></html>"
DOMAINS = "/accounts/0123456789abcdef0123456789abcdef/email-security/settings/domains"
ONE = f"{DOMAINS}/1a2b3c4d-0000-4000-8000-5e6f70819203"
CHALLENGE = Response(
    403, {"content-type": "text/html", "cf-mitigated": "challenge"}, b"<html><title>Just a moment...</title><h1>Verify that you are human</h1>"
)
BANNED = Response(403, {"content-type": "application/problem+json"}, b'{"status": 403, "error_code": 1010, "title": "Access denied"}')


def failure(reply: Response, request: Request = GET) -> ApiError:
    assert responses_module.parse_success(reply) is None
    return ERRORS.from_response(request, reply)


def many(status: int, *errors: dict, **headers: str) -> Response:
    return answer(status, {"success": False, "errors": list(errors), "messages": [], "result": None}, **headers)


def explained(reply: Response, method: str = "PATCH", path: str = ONE) -> ApiError:
    return ErrorFactory(str, "Cloud Email Security").from_response(Request(method, path, "try it"), reply)


@pytest.mark.parametrize(
    ("reply", "kind", "advice"),
    [
        (refused(403, 9109, "Invalid access token"), "auth", "Check the credential"),
        (refused(403, 9109, "Cannot use the access token from location: 198.51.100.7"), "auth", "client IP address filter"),
        (refused(403, 9109, "Unauthorized to access requested resource"), "permission", "Give the token the permission"),
        (refused(403, 9109, ""), "permission", "Give the token the permission"),
        (refused(403, 10000, "Authentication error"), "auth", "Check the credential"),
        (refused(403, 10010, "email_security.api.not_entitled"), "not_entitled", "plan"),
        (refused(403, 10010, ""), "not_entitled", "plan"),
        (refused(403, 1, "This account is not entitled to use it"), "not_entitled", "plan"),
        (refused(403, 1, "something else"), "permission", "Give the token the permission"),
        (refused(400, 9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers"), "auth", "proxy in between may remove the header"),
        (refused(400, 9107, "Missing X-Auth-Key, X-Auth-Email or Authorization headers"), "auth", "proxy in between may remove the header"),
        (refused(403, 9103, "Unknown X-Auth-Key or X-Auth-Email"), "auth", "Check the credential"),
        (refused(400, 10010, "a value"), "invalid", "Correct the value"),
        (CHALLENGE, "response", "address and the user agent"),
        (BANNED, "response", "address and the user agent"),
        (Response(401, {"content-type": "text/html"}, b"<html>Log in</html>"), "auth", "Check the credential"),
        (Response(401, {}, b""), "auth", "Check the credential"),
        (Response(401, {"cf-mitigated": "challenge"}, b"<html>wait</html>"), "response", "address and the user agent"),
        (Response(503, {"content-type": "text/html", "cf-mitigated": "challenge"}, b"<html>wait</html>"), "response", "address and the user agent"),
        (Response(503, {"content-type": "text/html"}, b"<html>wait</html>"), "server", "Cloudflare's side"),
    ],
)
def test_from_response_of_a_reported_response_has_kind_and_hint_of_its_cause(reply, kind, advice):
    error = explained(reply)
    assert error.kind == kind
    assert advice in error.hint


@pytest.mark.parametrize("reply", [CHALLENGE, BANNED, refused(403, 9109, "Invalid access token"), refused(403, 10010), refused(400, 9106, "Missing headers")])
@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_from_response_of_a_permanent_failure_allows_no_retry(reply, method):
    error = explained(reply, method)
    assert (error.max_retries, error.outcome_unknown) == (0, False)


def test_from_response_with_a_message_in_the_error_chain_uses_it_for_the_kind():
    chained = {"code": 1, "message": "no", "error_chain": [{"code": 9109, "message": "Invalid access token"}]}
    assert explained(answer(403, {"success": False, "errors": [chained]})).kind == "auth"


@pytest.mark.parametrize("path", [DOMAINS, f"{DOMAINS}/batch"])
def test_from_response_of_404_for_a_list_does_not_suggest_a_removal(path):
    error = explained(refused(404), "GET", path)
    assert error.kind == "not_found"
    assert "removed" not in error.hint
    assert "base_url and account_id" in error.hint


def test_from_response_of_404_for_a_list_names_the_path_of_the_api():
    assert "this address is wrong" in explained(refused(404), "GET", DOMAINS).hint
    assert "as in https://api.cloudflare.com/client/v4." in explained(refused(404), "GET", DOMAINS).hint


@pytest.mark.parametrize("code", [6103, 6111])
def test_from_response_of_a_malformed_credential_says_what_to_leave_out(code):
    error = explained(answer(400, {"success": False, "errors": [{"code": 6003, "message": "no", "error_chain": [{"code": code, "message": "no"}]}]}))
    assert error.kind == "auth"
    assert "without quotation marks around it, and without the word Bearer" in error.hint


@pytest.mark.parametrize("path", [ONE, f"{ONE}/verification", f"{DOMAINS}/7"])
def test_from_response_of_404_for_an_object_suggests_a_removal(path):
    assert "It may have been removed meanwhile" in explained(refused(404), "GET", path).hint


def test_from_response_with_a_routing_code_suggests_base_url():
    assert "base_url" in explained(refused(404, 7003), "GET", DOMAINS).hint


@pytest.mark.parametrize(
    ("status", "code", "message", "kind"),
    [
        (400, 6003, "Invalid request headers", "auth"),
        (400, 6103, "Invalid format for X-Auth-Key header", "auth"),
        (400, 6111, "Invalid format for Authorization header", "auth"),
        (401, 10000, "Authentication error", "auth"),
        (401, 9109, "Unauthorized to access requested resource", "auth"),
        (403, 10000, "Authentication error", "auth"),
        (403, 10001, "Unable to authenticate request", "auth"),
        (403, 9109, "Unauthorized to access requested resource", "permission"),
        (403, 1, "Forbidden", "permission"),
        (403, 1, "Email Security is Not Available in the current subscription", "not_entitled"),
        (400, 7003, "Could not route to /x, perhaps your object identifier is invalid?", "invalid"),
        (404, 7003, "Could not route to /x, perhaps your object identifier is invalid?", "not_found"),
        (404, 1, "not found", "not_found"),
        (410, 1, "gone", "not_found"),
        (400, 1, "no", "invalid"),
        (422, 1, "no", "invalid"),
        (405, 1, "no", "invalid"),
        (409, 1, "exists", "conflict"),
        (408, 1, "slow", "server"),
        (429, 971, "Please wait", "rate_limited"),
        (429, 10000, "Please wait", "rate_limited"),
        (500, 1, "oops", "server"),
        (500, 10000, "Authentication error", "server"),
        (503, 1, "oops", "server"),
        (530, 1, "oops", "server"),
        (200, 10000, "Authentication error", "auth"),
        (200, 9109, "Unauthorized", "permission"),
        (200, 971, "slow down", "rate_limited"),
        (200, 10100, "slow down", "rate_limited"),
        (200, 1, "More than 1200 requests per 300 seconds", "rate_limited"),
        (400, 971, "slow down", "invalid"),
        (200, 7000, "No route for that URI", "invalid"),
        (200, 1, "no", "response"),
    ],
)
def test_from_response_with_status_and_code_returns_kind_and_failure(status, code, message, kind):
    error = failure(refused(status, code, message))
    assert error.kind == kind
    assert error.status == status
    assert error.ray_id == "8f00-FRA"
    assert message in str(error)
    assert f"code {code}" in str(error)
    assert error.failure() == {
        "kind": kind,
        "status": status,
        "errors": [{"code": code, "message": message, "pointer": None}],
        "ray_id": "8f00-FRA",
        "method": "GET",
        "path": "/accounts/x/thing",
    }


def test_from_response_of_200_with_a_pointer_is_invalid():
    assert failure(refused(200, 1, "no", "/lookback_hops")).kind == "invalid"


def test_from_response_of_400_that_reports_success_is_an_error():
    assert failure(answer(400, {"success": True, "errors": [], "messages": [], "result": {}})).kind == "invalid"


def test_from_response_with_a_pointer_has_a_complete_message():
    error = failure(refused(400, 1001, "must be between 1 and 20", "/lookback_hops"), PATCH)
    assert str(error) == (
        "Could not change the thing: PATCH /accounts/x/thing was answered 400 Bad Request: "
        '"must be between 1 and 20" (code 1001, at /lookback_hops) (ray id 8f00-FRA). Correct the value that the server names, and run again.'
    )
    assert error.errors[0].as_dict() == {"code": 1001, "message": "must be between 1 and 20", "pointer": "/lookback_hops"}


def test_from_response_with_an_error_chain_returns_the_chain():
    error = failure(
        many(400, {"code": 6003, "message": "Invalid request headers", "error_chain": [{"code": 6111, "message": "Invalid format for Authorization header"}]})
    )
    assert 'because "Invalid format for Authorization header" (code 6111)' in str(error)
    assert error.failure()["errors"] == [
        {
            "code": 6003,
            "message": "Invalid request headers",
            "pointer": None,
            "chain": [{"code": 6111, "message": "Invalid format for Authorization header", "pointer": None}],
        }
    ]


def test_from_response_with_a_code_in_the_error_chain_uses_it_for_the_kind():
    assert failure(many(400, {"code": 1, "message": "x", "error_chain": [{"code": 6103, "message": "y"}]})).kind == "auth"


@pytest.mark.parametrize("errors", [None, [], {}, "text", [None], [{}], [{"code": "x", "message": None}], [{"code": True, "source": "x"}]])
def test_from_response_with_errors_of_another_type_ignores_them(errors):
    error = failure(answer(400, {"success": False, "errors": errors}))
    assert error.kind == "invalid"
    assert all(words.code is None for words in error.errors)


def test_from_response_without_errors_says_so():
    assert "no error details" in str(failure(many(400)))


def test_from_response_of_missing_permission_names_the_permission():
    assert '"Cloud Email Security: Read"' in str(failure(refused(403, 9109)))
    assert '"Cloud Email Security: Write"' in str(failure(refused(403, 9109), PATCH))
    assert '"Cloud Email Security: Read"' in str(failure(refused(401, 10000)))
    assert "account_id" in str(failure(refused(404, 7003)))


@pytest.mark.parametrize(
    ("status", "code", "gone"), [(404, 1, True), (410, 1, True), (404, 7003, False), (404, 7000, False), (400, 1, False), (403, 9109, False)]
)
def test_is_gone_requires_an_error_code_of_the_api(status, code, gone):
    assert failure(refused(status, code)).is_gone is gone


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (200, b"", "response", "an empty body"),
        (200, b" \n", "response", "an empty body"),
        (200, b"{", "response", "broken JSON"),
        (200, b'{"success": true, "result": NaN}', "response", "broken JSON"),
        (200, b'{"success": true, "result": 1e999}', "response", "broken JSON"),
        (200, b'{"success": true, "result": -Infinity}', "response", "broken JSON"),
        (200, b'{"success": true, "result": "\xff"}', "response", "broken JSON"),
        (200, b'{"success": true, "result": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "response", "broken JSON"),
        (200, b'{"success": true, "result": ' + b"9" * 5000 + b"}", "response", "broken JSON"),
        (200, b'{"success": false, "success": true, "result": {}}', "response", "JSON with a duplicate key"),
        (200, b'{"success": true, "result": {"transport": "mx.a.example", "transport": "mx.b.example"}}', "response", "JSON with a duplicate key"),
        (200, b"[]", "response", "not Cloudflare's envelope"),
        (200, b'"text"', "response", "not Cloudflare's envelope"),
        (200, b"{}", "response", "not Cloudflare's envelope"),
        (404, b'{"detail": "nothing here"}', "response", "nothing here"),
        (401, b"{}", "auth", "not Cloudflare's envelope"),
        (403, b"", "response", "an empty body"),
        (429, b"", "rate_limited", "an empty body"),
        (500, b"", "server", "an empty body"),
        (408, b"", "server", "an empty body"),
    ],
)
def test_from_response_of_an_unreadable_body_describes_it(status, body, kind, words):
    error = failure(Response(status, {"content-type": "application/json"}, body))
    assert error.kind == kind
    assert words in str(error)
    assert len(str(error)) < 1000


def test_from_response_with_success_as_text_is_an_error():
    assert failure(answer(200, {"success": "true", "result": 1})).kind == "response"


def test_from_response_of_a_page_of_the_edge_quotes_it():
    error = failure(answer(502, PAGE, **HTML))
    assert (error.kind, error.ray_id, error.max_retries, error.outcome_unknown) == ("server", "8f1a-FRA", UNLIMITED, False)
    assert '502 Bad Gateway with something that is not JSON: "Bad gateway" (ray id 8f1a-FRA)' in str(error)
    assert failure(answer(520, PAGE, **HTML)).message.startswith("GET /accounts/x/thing was answered 520 with")


def test_from_response_with_another_content_type_is_unreadable():
    error = failure(answer(200, {"success": True, "result": 1}, content_type="text/plain"))
    assert (error.kind, error.max_retries) == ("response", 1)


def test_is_gone_of_a_404_page_is_false():
    error = failure(answer(404, PAGE, **HTML))
    assert error.kind == "response"
    assert not error.is_gone


@pytest.mark.parametrize("deep", [b"[" * 5000 + b"]" * 5000, b'{"a":' * 5000 + b"1" + b"}" * 5000, b"[" * 60 + b"]" * 60])
def test_from_response_of_deeply_nested_json_is_unreadable(deep):
    error = failure(answer(200, b'{"success": true, "result": ' + deep + b"}"))
    assert (error.kind, error.status) == ("response", 200)


def test_from_response_with_many_errors_keeps_the_first_20():
    errors = [{"code": 1, "message": f"m{number}"} for number in range(100_000)]
    assert len(failure(answer(400, {"success": False, "errors": errors})).errors) == 20


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
def test_from_response_of_a_redirect_names_its_target(status):
    error = failure(answer(status, b"", location=f"https://evil.example/?{TOKEN}"), PATCH)
    assert (error.kind, error.outcome_unknown, error.max_retries) == ("response", status == 303, 0)
    assert "https://evil.example/?********" in str(error)
    assert "base_url" in str(error)
    assert "an unnamed place" in str(failure(answer(status, b"")))


@pytest.mark.parametrize(
    ("status", "uncertain", "repeats"),
    [
        (200, True, 0),
        (400, False, 0),
        (404, False, 0),
        (408, True, UNLIMITED),
        (409, False, 0),
        (429, False, UNLIMITED),
        (500, True, UNLIMITED),
        (503, True, UNLIMITED),
    ],
)
def test_from_response_of_a_rejected_write_sets_outcome_and_retries(status, uncertain, repeats):
    error = failure(refused(status), PATCH)
    assert (error.outcome_unknown, error.max_retries) == (uncertain, repeats)
    assert not failure(refused(status), GET).outcome_unknown


@pytest.mark.parametrize(
    ("status", "uncertain", "repeats"), [(200, True, 1), (201, True, 1), (400, False, 0), (403, False, 0), (429, False, UNLIMITED), (502, True, UNLIMITED)]
)
def test_from_response_of_an_unreadable_response_to_a_write_sets_outcome_and_retries(status, uncertain, repeats):
    error = failure(answer(status, PAGE, **HTML), PATCH)
    assert (error.outcome_unknown, error.max_retries) == (uncertain, repeats)
    assert not failure(answer(status, PAGE, **HTML), GET).outcome_unknown


def test_from_response_of_200_with_rate_limit_code_was_not_applied():
    error = failure(refused(200, 971), PATCH)
    assert (error.kind, error.outcome_unknown, error.max_retries) == ("rate_limited", False, UNLIMITED)


@pytest.mark.parametrize(("code", "repeats"), [(10000, 1), (10001, 1), (6003, 0)])
def test_from_response_with_a_transient_authentication_code_allows_one_retry(code, repeats):
    assert failure(refused(403, code)).max_retries == repeats


def test_from_response_with_an_invalid_ray_id_ignores_it():
    assert failure(answer(500, PAGE, content_type="text/html", cf_ray="no\nray")).ray_id is None


def test_from_response_with_a_secret_in_messages_masks_it():
    error = failure(many(400, {"code": 1, "message": f"bad {TOKEN}", "source": {"pointer": f"/{TOKEN}"}}))
    assert TOKEN not in str(error)
    assert TOKEN not in json.dumps(error.failure())
    assert TOKEN not in str(failure(answer(502, PAGE + TOKEN.encode(), **HTML)))


def test_unexpected_response_redacts_and_allows_one_retry():
    error = ERRORS.unexpected_response(PATCH, f"a thing with {TOKEN}", outcome_unknown=True)
    assert str(error).startswith("Could not change the thing: PATCH /accounts/x/thing was answered with a thing with ********.")
    assert (error.kind, error.outcome_unknown, error.max_retries) == ("response", True, 1)


def test_from_response_with_retry_after_sets_the_seconds():
    assert failure(refused(429, retry_after="12")).retry_after == 12.0
    assert failure(answer(503, PAGE, **HTML, retry_after="12")).retry_after == 12.0
    assert failure(refused(429)).retry_after is None


def test_unexpected_response_by_default_has_a_known_outcome():
    error = ErrorFactory(str, "Cloud Email Security").unexpected_response(Request("GET", "/thing", "read the thing"), "a list")
    assert (error.kind, error.outcome_unknown) == ("response", False)


def test_from_response_of_an_empty_body_quotes_nothing():
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
def test_from_response_of_each_kind_has_a_hint(reply, kind, advice):
    error = ErrorFactory(str, "Cloud Email Security").from_response(Request("PATCH", "/accounts/a/things/1", "change the thing"), reply)
    assert (error.kind, error.hint[: len(advice)]) == (kind, advice)


@pytest.mark.parametrize("entry", [{"code": 7}, {"code": 7, "message": None}, {"code": 7, "message": ""}])
def test_from_response_with_an_error_without_message_says_so(entry):
    reply = answer(400, {"success": False, "errors": [entry]})
    error = ErrorFactory(str, "Cloud Email Security").from_response(Request("GET", "/thing", "read the thing"), reply)
    assert (error.errors[0].message, str(error.errors[0])) == ("", "no message (code 7)")
