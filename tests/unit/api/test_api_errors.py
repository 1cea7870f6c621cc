"""What Cloudflare, its edge and proxies were seen to say: the bodies are those of public reports."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.api_errors import ErrorFactory
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import ApiError, Request
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.responses import Response
from ansible_collections.mailops.cloudflare.tests.unit.support import answer, refused

DOMAINS = "/accounts/0123456789abcdef0123456789abcdef/email-security/settings/domains"
ONE = f"{DOMAINS}/1a2b3c4d-0000-4000-8000-5e6f70819203"
CHALLENGE = Response(
    403, {"content-type": "text/html", "cf-mitigated": "challenge"}, b"<html><title>Just a moment...</title><h1>Verify that you are human</h1>"
)
BANNED = Response(403, {"content-type": "application/problem+json"}, b'{"status": 403, "error_code": 1010, "title": "Access denied"}')


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
def test_a_refusal_has_the_name_of_its_cause(reply, kind, advice):
    error = explained(reply)
    assert error.kind == kind
    assert advice in error.hint


@pytest.mark.parametrize("reply", [CHALLENGE, BANNED, refused(403, 9109, "Invalid access token"), refused(403, 10010), refused(400, 9106, "Missing headers")])
@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_what_will_not_pass_is_not_repeated(reply, method):
    error = explained(reply, method)
    assert (error.max_retries, error.outcome_unknown) == (0, False)


def test_words_behind_other_words_count():
    chained = {"code": 1, "message": "no", "error_chain": [{"code": 9109, "message": "Invalid access token"}]}
    assert explained(answer(403, {"success": False, "errors": [chained]})).kind == "auth"


@pytest.mark.parametrize("path", [DOMAINS, f"{DOMAINS}/batch"])
def test_a_list_was_not_removed_meanwhile(path):
    error = explained(refused(404), "GET", path)
    assert error.kind == "not_found"
    assert "removed" not in error.hint
    assert "base_url and account_id" in error.hint


@pytest.mark.parametrize("path", [ONE, f"{ONE}/verification", f"{DOMAINS}/7"])
def test_a_single_thing_may_have_been(path):
    assert "It may have been removed meanwhile" in explained(refused(404), "GET", path).hint


def test_a_path_that_the_gateway_does_not_know_may_be_one_of_base_url():
    assert "base_url" in explained(refused(404, 7003), "GET", DOMAINS).hint
