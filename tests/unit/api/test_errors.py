from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import (
    NO_RETRIES,
    ApiError,
    ApiMessage,
    CollectionError,
    InvalidOptionError,
    MissingOptionError,
    Request,
    StaleReadingError,
)

GET = Request("GET", "/things", "list the things")
NOTHING_KNOWN = {"status": None, "errors": [], "ray_id": None, "method": None, "path": None}


def test_with_hint_returns_a_new_error_and_keeps_the_original():
    original = ApiError("server", "no.", "Ask.", request=GET, status=500, max_retries=3, outcome_unknown=True)
    changed = original.with_hint("Wait.")
    assert str(original) == "Could not list the things: no. Ask."
    assert str(changed) == "Could not list the things: no. Ask. Wait."
    assert (changed.status, changed.max_retries, changed.outcome_unknown, changed.args) == (500, 3, True, ("no.",))


@pytest.mark.parametrize("error", [InvalidOptionError("no."), MissingOptionError("no."), StaleReadingError(GET), ApiError("auth", "no.")])
def test_with_hint_keeps_the_class(error):
    assert type(error.with_hint("Wait.")) is type(error)


def test_failure_of_an_option_error_has_all_keys():
    error = InvalidOptionError("no.")
    assert error.failure() == {"kind": "invalid", **NOTHING_KNOWN}
    assert error.as_result() == {"msg": "no.", "failure": error.failure()}


def test_failure_of_an_api_error_without_request_has_all_keys():
    error = ApiError("conflict", "no.")
    assert error.failure() == {"kind": "conflict", **NOTHING_KNOWN}
    assert (error.max_retries, error.outcome_unknown, error.retry_after) == (NO_RETRIES, False, None)


def test_stale_reading_error_is_a_conflict_of_its_request():
    assert StaleReadingError(GET).failure() == {"kind": "conflict", **NOTHING_KNOWN, "method": "GET", "path": "/things"}


@pytest.mark.parametrize(
    ("kind", "codes", "is_gone", "may_be_gone"),
    [("not_found", [1], True, True), ("not_found", [], False, True), ("not_found", [7003], False, False), ("invalid", [1], False, False)],
)
def test_is_gone_and_may_be_gone_depend_on_kind_and_codes(kind, codes, is_gone, may_be_gone):
    error = ApiError(kind, "no.", errors=tuple(ApiMessage(code, "no") for code in codes))
    assert (error.is_gone, error.may_be_gone) == (is_gone, may_be_gone)


@pytest.mark.parametrize(("method", "is_write"), [("GET", False), ("POST", True), ("PATCH", True), ("DELETE", True)])
def test_request_is_write_unless_it_is_a_get(method, is_write):
    assert Request(method, "/things", "try").is_write is is_write


def test_collection_error_without_hint_ends_with_its_message():
    assert str(CollectionError("unsafe", "no.")) == "no."
