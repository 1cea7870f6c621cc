from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api import responses as responses_module
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.api_errors import ErrorFactory
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import UNLIMITED, ApiError, Request
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.redaction import Redactor
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.responses import ApiResult, Response
from ansible_collections.mailops.cloudflare.tests.unit.support import TOKEN, answer, ok, refused

ERRORS = ErrorFactory(Redactor([TOKEN]), "Cloud Email Security")
GET = Request("GET", "/accounts/x/thing", "read the thing")
PATCH = Request("PATCH", "/accounts/x/thing", "change the thing")
HTML = {"content_type": "text/html; charset=UTF-8", "cf_ray": "8f1a-FRA"}
PAGE = b"<html><head><title>x</title></head><body>Bad gateway</body></html>"


def good(reply: Response) -> ApiResult:
    envelope = responses_module.parse_success(reply)
    assert envelope is not None
    return envelope


def failure(reply: Response, request: Request = GET) -> ApiError:
    assert responses_module.parse_success(reply) is None
    return ERRORS.from_response(request, reply)


def many(status: int, *errors: dict, **headers: str) -> Response:
    return answer(status, {"success": False, "errors": list(errors), "messages": [], "result": None}, **headers)


def test_a_good_answer():
    envelope = good(ok({"a": 1}, result_info={"page": 1}, messages=[{"code": 1000, "message": "<b>Soon</b> gone"}, "plain"]))
    assert (envelope.result, envelope.result_info) == ({"a": 1}, {"page": 1})
    assert [str(words) for words in ERRORS.parse_messages(envelope.messages)] == ['"Soon gone" (code 1000)', '"plain"']


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON", "application/problem+json", ""])
def test_json_by_any_name(content_type):
    assert good(answer(200, {"success": True, "result": []}, content_type=content_type)).result == []


def test_no_content_is_a_good_answer():
    assert good(Response(204, {}, b"")).result is None


@pytest.mark.parametrize("odd", [None, [], "x", 7])
def test_odd_parts_of_a_good_answer_are_passed_over(odd):
    envelope = good(answer(200, {"success": True, "result": 1, "result_info": odd, "messages": odd if odd != [] else {}}))
    assert (envelope.result_info, ERRORS.parse_messages(envelope.messages)) == ({}, ())


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
def test_kinds(status, code, message, kind):
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


def test_a_refused_value_at_200_is_invalid():
    assert failure(refused(200, 1, "no", "/lookback_hops")).kind == "invalid"


def test_success_with_an_error_status_is_an_error():
    assert failure(answer(400, {"success": True, "errors": [], "messages": [], "result": {}})).kind == "invalid"


def test_what_is_said_to_people():
    error = failure(refused(400, 1001, "must be between 1 and 20", "/lookback_hops"), PATCH)
    assert str(error) == (
        "Could not change the thing: PATCH /accounts/x/thing was answered 400 Bad Request: "
        '"must be between 1 and 20" (code 1001, at /lookback_hops) (ray id 8f00-FRA). Correct the value that the server names, and run again.'
    )
    assert error.errors[0].as_dict() == {"code": 1001, "message": "must be between 1 and 20", "pointer": "/lookback_hops"}


def test_the_gateways_chain_is_kept():
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


def test_a_code_in_the_chain_counts():
    assert failure(many(400, {"code": 1, "message": "x", "error_chain": [{"code": 6103, "message": "y"}]})).kind == "auth"


@pytest.mark.parametrize("errors", [None, [], {}, "text", [None], [{}], [{"code": "x", "message": None}], [{"code": True, "source": "x"}]])
def test_errors_of_any_shape_are_survived(errors):
    error = failure(answer(400, {"success": False, "errors": errors}))
    assert error.kind == "invalid"
    assert all(words.code is None for words in error.errors)


def test_no_word_why():
    assert "no error details" in str(failure(many(400)))


def test_the_permission_that_is_needed_is_named():
    assert '"Cloud Email Security: Read"' in str(failure(refused(403, 9109)))
    assert '"Cloud Email Security: Write"' in str(failure(refused(403, 9109), PATCH))
    assert '"Cloud Email Security: Read"' in str(failure(refused(401, 10000)))
    assert "account_id" in str(failure(refused(404, 7003)))


@pytest.mark.parametrize(
    ("status", "code", "gone"), [(404, 1, True), (410, 1, True), (404, 7003, False), (404, 7000, False), (400, 1, False), (403, 9109, False)]
)
def test_gone_is_what_the_api_itself_says(status, code, gone):
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
def test_an_unreadable_answer(status, body, kind, words):
    error = failure(Response(status, {"content-type": "application/json"}, body))
    assert error.kind == kind
    assert words in str(error)
    assert len(str(error)) < 1000


def test_success_must_be_true_itself():
    assert failure(answer(200, {"success": "true", "result": 1})).kind == "response"


def test_a_page_of_the_edge():
    error = failure(answer(502, PAGE, **HTML))
    assert (error.kind, error.ray_id, error.max_retries, error.outcome_unknown) == ("server", "8f1a-FRA", UNLIMITED, False)
    assert '502 Bad Gateway with something that is not JSON: "Bad gateway" (ray id 8f1a-FRA)' in str(error)
    assert failure(answer(520, PAGE, **HTML)).message.startswith("GET /accounts/x/thing was answered 520 with")


def test_a_wrong_content_type_is_not_read():
    error = failure(answer(200, {"success": True, "result": 1}, content_type="text/plain"))
    assert (error.kind, error.max_retries) == ("response", 1)


def test_a_page_is_no_proof_that_something_is_gone():
    error = failure(answer(404, PAGE, **HTML))
    assert error.kind == "response"
    assert not error.is_gone


@pytest.mark.parametrize("deep", [b"[" * 5000 + b"]" * 5000, b'{"a":' * 5000 + b"1" + b"}" * 5000, b"[" * 60 + b"]" * 60])
def test_what_is_nested_without_end_is_not_read(deep):
    error = failure(answer(200, b'{"success": true, "result": ' + deep + b"}"))
    assert (error.kind, error.status) == ("response", 200)


def test_of_endless_words_the_first_are_told():
    errors = [{"code": 1, "message": f"m{number}"} for number in range(100_000)]
    assert len(failure(answer(400, {"success": False, "errors": errors})).errors) == 20


def test_half_a_surrogate_pair_is_no_character():
    result = good(answer(200, b'{"success": true, "result": ["\\ud83d\\ude00", "\\ud800", "\\\\ud800"]}')).result
    assert result == ["😀", "?", "\\ud800"]


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
def test_a_redirect_is_an_error_that_says_where_to(status):
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
def test_what_is_known_of_a_write_that_was_refused(status, uncertain, repeats):
    error = failure(refused(status), PATCH)
    assert (error.outcome_unknown, error.max_retries) == (uncertain, repeats)
    assert not failure(refused(status), GET).outcome_unknown


@pytest.mark.parametrize(
    ("status", "uncertain", "repeats"), [(200, True, 1), (201, True, 1), (400, False, 0), (403, False, 0), (429, False, UNLIMITED), (502, True, UNLIMITED)]
)
def test_what_is_known_of_a_write_with_an_unreadable_answer(status, uncertain, repeats):
    error = failure(answer(status, PAGE, **HTML), PATCH)
    assert (error.outcome_unknown, error.max_retries) == (uncertain, repeats)
    assert not failure(answer(status, PAGE, **HTML), GET).outcome_unknown


def test_a_rate_limit_in_words_leaves_no_doubt():
    error = failure(refused(200, 971), PATCH)
    assert (error.kind, error.outcome_unknown, error.max_retries) == ("rate_limited", False, UNLIMITED)


@pytest.mark.parametrize(("code", "repeats"), [(10000, 1), (10001, 1), (6003, 0)])
def test_an_authentication_error_may_pass(code, repeats):
    assert failure(refused(403, code)).max_retries == repeats


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("12", 12.0),
        (" 0.5 ", 0.5),
        ("0", None),
        ("-1", None),
        ("soon", None),
        ("", None),
        ("inf", None),
        ("nan", None),
        ("Sun, 99 Nov 2026 99:00:00 GMT", None),
        ("Sun, 22 Nov 2026 04:00:30 GMT", 30.0),
        ("Sun, 22 Nov 2026 04:00:30 -0000", 30.0),
        ("Sun, 22 Nov 2026 03:59:00 GMT", None),
    ],
)
def test_retry_after(value, seconds):
    date = "Sun, 22 Nov 2026 04:00:00 GMT"
    assert failure(refused(429, retry_after=value, date=date)).retry_after == seconds
    assert failure(answer(503, PAGE, **HTML, retry_after=value, date=date)).retry_after == seconds


@pytest.mark.parametrize("date", ["", "yesterday"])
def test_retry_after_by_our_own_clock_where_the_server_has_none(date):
    until = format_datetime(datetime.now(timezone.utc) + timedelta(seconds=100), usegmt=True)
    assert 95 < failure(refused(429, retry_after=until, date=date)).retry_after <= 100


def test_a_ray_id_that_is_none_is_left_out():
    assert failure(answer(500, PAGE, content_type="text/html", cf_ray="no\nray")).ray_id is None


def test_a_secret_in_the_servers_words_is_masked():
    error = failure(many(400, {"code": 1, "message": f"bad {TOKEN}", "source": {"pointer": f"/{TOKEN}"}}))
    assert TOKEN not in str(error)
    assert TOKEN not in json.dumps(error.failure())
    assert TOKEN not in str(failure(answer(502, PAGE + TOKEN.encode(), **HTML)))


def test_unexpected():
    error = ERRORS.unexpected(PATCH, f"a thing with {TOKEN}", outcome_unknown=True)
    assert str(error).startswith("Could not change the thing: PATCH /accounts/x/thing was answered with a thing with ********.")
    assert (error.kind, error.outcome_unknown, error.max_retries) == ("response", True, 1)


@pytest.mark.parametrize(("lists", "is_read"), [(49, True), (50, False)])
def test_fifty_levels_are_read_and_no_more(lists, is_read):
    reply = answer(200, b'{"success": true, "result": ' + b"[" * lists + b"]" * lists + b"}")
    assert (responses_module.parse_success(reply) is not None) is is_read


def test_json_without_a_content_type_is_read():
    assert good(Response(200, {}, b'{"success": true, "result": 7}')).result == 7


@pytest.mark.parametrize(("status", "is_read"), [(199, False), (200, True), (299, True), (300, False)])
def test_success_is_a_matter_of_the_status_too(status, is_read):
    assert (responses_module.parse_success(answer(status, {"success": True, "result": 7})) is not None) is is_read
