from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api import responses as responses_module
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.api_errors import ErrorFactory
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import Request
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.redaction import Redactor
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.responses import ApiResult, Response, decode_json
from ansible_collections.mailops.cloudflare.tests.unit.support import TOKEN, answer, ok

ERRORS = ErrorFactory(Redactor([TOKEN]), "Cloud Email Security")
GET = Request("GET", "/accounts/x/thing", "read the thing")
PATCH = Request("PATCH", "/accounts/x/thing", "change the thing")
HTML = {"content_type": "text/html; charset=UTF-8", "cf_ray": "8f1a-FRA"}
PAGE = b"<html><head><title>x</title></head><body>Bad gateway</body></html>"


def good(reply: Response) -> ApiResult:
    envelope = responses_module.parse_success(reply)
    assert envelope is not None
    return envelope


def test_parse_success_of_a_success_returns_result_and_messages():
    envelope = good(ok({"a": 1}, result_info={"page": 1}, messages=[{"code": 1000, "message": "<b>Soon</b> gone"}, "plain"]))
    assert (envelope.result, envelope.result_info) == ({"a": 1}, {"page": 1})
    assert [str(words) for words in ERRORS.parse_messages(envelope.messages)] == ['"Soon gone" (code 1000)', '"plain"']


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON", "application/problem+json", ""])
def test_parse_success_with_any_json_content_type_reads_it(content_type):
    assert good(answer(200, {"success": True, "result": []}, content_type=content_type)).result == []


def test_parse_success_of_204_returns_no_result():
    assert good(Response(204, {}, b"")).result is None


@pytest.mark.parametrize("odd", [None, [], "x", 7])
def test_parse_success_with_other_types_ignores_them(odd):
    envelope = good(answer(200, {"success": True, "result": 1, "result_info": odd, "messages": odd if odd != [] else {}}))
    assert (envelope.result_info, ERRORS.parse_messages(envelope.messages)) == ({}, ())


def test_parse_success_with_half_a_surrogate_pair_replaces_it():
    result = good(answer(200, b'{"success": true, "result": ["\\ud83d\\ude00", "\\ud800", "\\\\ud800"]}')).result
    assert result == ["😀", "?", "\\ud800"]


@pytest.mark.parametrize(("lists", "is_read"), [(49, True), (50, False)])
def test_parse_success_of_nested_json_reads_at_most_50_levels(lists, is_read):
    reply = answer(200, b'{"success": true, "result": ' + b"[" * lists + b"]" * lists + b"}")
    assert (responses_module.parse_success(reply) is not None) is is_read


def test_parse_success_without_content_type_reads_json():
    assert good(Response(200, {}, b'{"success": true, "result": 7}')).result == 7


@pytest.mark.parametrize(("status", "is_read"), [(199, False), (200, True), (299, True), (300, False)])
def test_parse_success_requires_a_2xx_status(status, is_read):
    assert (responses_module.parse_success(answer(status, {"success": True, "result": 7})) is not None) is is_read


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_decode_json_refuses_numbers_that_are_not_json(constant):
    body, description = decode_json(Response(200, {"content-type": "application/json"}, f'{{"success": true, "a": {constant}}}'.encode()))
    assert (body, description) == ({}, "broken JSON")
