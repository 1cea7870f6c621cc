from __future__ import annotations

import random
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import UNLIMITED
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.retry import (
    CONNECT_RETRIES,
    MAX_BACKOFF_SECONDS,
    UNREADABLE_RETRIES,
    Rejection,
    classify,
    parse_retry_after,
    retry_delay,
    retry_policy,
)


def test_constants_have_the_documented_values():
    assert (CONNECT_RETRIES, MAX_BACKOFF_SECONDS, UNREADABLE_RETRIES) == (4, 30.0, 1)


@pytest.mark.parametrize(
    ("status", "codes", "text", "kind"),
    [
        (429, (), "", "rate_limited"),
        (200, (971,), "", "rate_limited"),
        (200, (10100,), "", "rate_limited"),
        (200, (), "more than 1200 requests per 300 seconds", "rate_limited"),
        (400, (971,), "more than 1200 requests", "invalid"),
        (408, (), "", "server"),
        (500, (), "", "server"),
        (999, (10000,), "", "server"),
        (400, (), "not available in the current subscription", "not_entitled"),
        (400, (), "email_security.api.not_entitled", "not_entitled"),
        (403, (10010,), "", "not_entitled"),
        (400, (10010,), "", "invalid"),
        (403, (9109,), "invalid access token", "auth"),
        (403, (9109,), "cannot use the access token from location: 198.51.100.7", "auth"),
        (403, (9109,), "unauthorized", "permission"),
        (403, (1,), "invalid access token", "permission"),
        (401, (), "", "auth"),
        (402, (), "", "invalid"),
        *[(400, (code,), "", "auth") for code in (6003, 6103, 6111, 9103, 9106, 9107, 10000, 10001)],
        (409, (10000,), "", "conflict"),
        (403, (), "", "permission"),
        (200, (9109,), "", "permission"),
        (404, (), "", "not_found"),
        (410, (), "", "not_found"),
        (409, (), "", "conflict"),
        (400, (), "", "invalid"),
        (405, (), "", "invalid"),
        (411, (), "", "invalid"),
        (430, (), "", "invalid"),
        (499, (), "", "invalid"),
        (200, (7000,), "", "invalid"),
        (200, (7003,), "", "invalid"),
        (200, (1,), "", "response"),
    ],
)
def test_classify_status_codes_and_text_returns_kind(status, codes, text, kind):
    assert classify(Rejection(status, frozenset(codes), text)) == kind


def test_classify_rejected_field_with_status_of_success_is_invalid():
    assert classify(Rejection(200, has_pointer=True)) == "invalid"
    assert classify(Rejection(200)) == "response"


@pytest.mark.parametrize(
    ("kind", "status", "code", "policy"),
    [
        ("rate_limited", 429, 1, (UNLIMITED, False)),
        ("rate_limited", 200, 971, (UNLIMITED, False)),
        ("server", 408, 1, (UNLIMITED, True)),
        ("server", 500, 1, (UNLIMITED, True)),
        ("auth", 401, 10000, (1, False)),
        ("auth", 403, 10001, (1, False)),
        ("auth", 200, 10000, (1, True)),
        ("auth", 403, 6003, (0, False)),
        ("permission", 403, 10000, (0, False)),
        ("invalid", 200, 1, (0, True)),
        ("response", 303, 1, (0, True)),
        ("response", 304, 1, (0, False)),
        ("invalid", 400, 1, (0, False)),
        ("conflict", 409, 1, (0, False)),
    ],
)
def test_retry_policy_of_a_rejection_returns_retries_and_whether_a_write_may_be_applied(kind, status, code, policy):
    assert retry_policy(kind, Rejection(status, frozenset({code}))) == policy


@pytest.mark.parametrize(("status", "policy"), [(200, (1, True)), (299, (1, True)), (400, (0, False)), (502, (UNLIMITED, True))])
def test_retry_policy_of_an_unreadable_response_allows_one_retry_after_success(status, policy):
    assert retry_policy("response", Rejection(status), is_readable=False) == policy


def test_retry_delay_grows_exponentially_with_jitter(monkeypatch):
    monkeypatch.setattr(random, "uniform", lambda low, _high: low)
    assert [retry_delay(attempt) for attempt in (0, 1, 2, 6, 1000)] == [0.25, 0.5, 1.0, 15.0, 15.0]
    monkeypatch.setattr(random, "uniform", lambda _low, high: high)
    assert [retry_delay(attempt) for attempt in (0, 1, 2, 6, 1000)] == [0.5, 1.0, 2.0, 30.0, 30.0]


@pytest.mark.parametrize(("seconds", "delay"), [(7.0, 7.0), (0.1, 0.5), (21600.0, 21600.0)])
def test_retry_delay_with_retry_after_is_what_the_server_asks_but_never_shorter_than_the_first_delay(seconds, delay):
    assert retry_delay(3, seconds) == delay


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
def test_parse_retry_after_of_a_number_or_date_returns_seconds(value, seconds):
    assert parse_retry_after({"retry-after": value, "date": "Sun, 22 Nov 2026 04:00:00 GMT"}) == seconds


@pytest.mark.parametrize("date", ["", "yesterday"])
def test_parse_retry_after_without_server_time_uses_our_clock(date):
    until = format_datetime(datetime.now(timezone.utc) + timedelta(seconds=100), usegmt=True)
    seconds = parse_retry_after({"retry-after": until, "date": date})
    assert seconds is not None
    assert 95 < seconds <= 100


def test_parse_retry_after_without_header_returns_none():
    assert parse_retry_after({}) is None
