"""Faults at the read, at the write and at the verification: what is reported, what is stored, and that the task ends."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

import pytest
from integration.support.step import Outcome, Step, info, manage

NEW: dict[str, Any] = {"domain": "new.example", "allowed_delivery_modes": ["DIRECT"], "drop_dispositions": [], "ip_restrictions": [], "regions": ["US"]}
DESIRED: dict[str, dict[str, Any]] = {
    "PATCH": {"domain": "example.com", "lookback_hops": 9},
    "POST": NEW,
    "DELETE": {"domain": "example.com", "state": "absent"},
}
ACTION = {"PATCH": "update", "POST": "create", "DELETE": "delete"}
WRITES = sorted(DESIRED)
# If the name filter finds nothing, the whole list is read, too.
REQUESTS_BEFORE_WRITE = {"PATCH": ["GET"], "POST": ["GET", "GET"], "DELETE": ["GET"]}
LONG_WAIT = {"timeout": 0.6, "max_wait": 3}
SHORT_WAIT = {"timeout": 0.6, "max_wait": 0.7}


def fault(do: str, method: str | None = None, *, nth: int = 1, times: int | None = 1, **more: Any) -> dict[str, Any]:
    return {"do": do, "match": {"method": method, "nth": nth}, "times": times, **more}


def name_of(given: dict[str, Any]) -> str:
    return " ".join(str(value) for key, value in given.items() if key not in ("match", "times"))


# Temporary faults of a read. Only the statistics show them.
TEMPORARY_FAULTS: list[dict[str, Any]] = [
    fault("hang"),
    fault("reset"),
    fault("close"),
    fault("truncate"),
    fault("html", status=502),
    fault("html", status=524),
    fault("status", status=500),
    fault("status", status=408),
    fault("invalid_json"),
    fault("empty"),
    fault("wrong_content_type"),
    fault("retry_after", value=1),
    fault("retry_after", status=503, value=1),
    fault("success_false", errors=[{"code": 10100, "message": "More than 1200 requests per 300 seconds reached"}]),
    fault("success_false", errors=[{"code": 971, "message": "Please wait"}]),
    fault("status", status=403, code=10000, message="Authentication error"),
    fault("drip", part="headers", seconds=0.03),
    fault("drip", part="body", seconds=0.03),
]


@pytest.mark.call(steps=lambda passing: [manage({**DESIRED["PATCH"], **LONG_WAIT}, faults=[{**passing, "match": {"method": "GET"}}])])
@pytest.mark.parametrize("passing", TEMPORARY_FAULTS, ids=name_of)
def test_read_with_a_temporary_fault_is_repeated(passing: dict[str, Any], outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert not outcome.failed, outcome.message
    assert outcome.methods == ["GET", "GET", "PATCH"]
    assert outcome.result["api"]["requests"] == 3
    assert outcome.result["api"]["retries"] == 1
    assert outcome.result["api"]["waited"] > 0
    assert outcome.changed_fields() == {outcome.stored("example.com")["id"]: {"lookback_hops"}}


# Lasting faults of a read, with kind, status, and parts of the message.
LASTING_FAULTS: list[tuple[dict[str, Any], str, int | None, tuple[str, ...]]] = [
    (fault("hang", times=None), "network", None, ("0.6 s",)),
    (fault("reset", times=None), "network", None, ("Connection reset",)),
    (fault("close", times=None), "network", None, ("was interrupted",)),
    (fault("truncate", times=None), "network", None, ("was interrupted",)),
    (fault("html", status=502, times=None), "server", 502, ("502", "Error 502", "ray id")),
    (fault("html", status=530, times=None), "server", 530, ("530", "ray id")),
    (fault("status", status=500, times=None, message="Internal error"), "server", 500, ("500", "Internal error")),
    (fault("retry_after", value=1, times=None), "rate_limited", 429, ("max_wait", "1200 requests")),
    (fault("invalid_json", times=None), "response", 200, ("broken JSON",)),
    (fault("empty", times=None), "response", 200, ("empty body",)),
    (fault("empty", status=200, times=None), "response", 200, ("empty body",)),
    (fault("wrong_content_type", times=None), "response", 200, ("not JSON",)),
    (fault("result_null", times=None), "response", None, ("list",)),
    (fault("nan", times=None), "response", 200, ("broken JSON",)),
    (fault("deep", times=None), "response", 200, ("broken JSON",)),
    (fault("big", times=None), "response", None, ("32 MiB",)),
    (fault("redirect", location="https://elsewhere.example/x", times=None), "response", 302, ("302", "https://elsewhere.example/x", "base_url")),
    (fault("redirect", status=301, times=None), "response", 301, ("redirect",)),
    (fault("drip", part="headers", seconds=0.03, times=None), "network", None, ("0.6 s",)),
    (fault("drip", part="body", seconds=0.03, times=None), "network", None, ("0.6 s",)),
    (fault("success_false", times=None, errors=[{"code": 1234, "message": "No idea"}]), "response", 200, ("No idea", "1234")),
    (fault("status", status=404, times=None, code=7003, message="Could not route"), "not_found", 404, ("account_id", "7003")),
    (fault("status", status=418, times=None, message="teapot"), "invalid", 418, ("teapot",)),
]


@pytest.mark.call(steps=lambda staying: [manage({**DESIRED["PATCH"], **SHORT_WAIT}, faults=[staying[0]])])
@pytest.mark.parametrize("staying", LASTING_FAULTS, ids=lambda staying: name_of(staying[0]))
def test_read_with_a_lasting_fault_fails_with_kind_and_message(
    staying: tuple[dict[str, Any], str, int | None, tuple[str, ...]], outcomes: list[Outcome]
) -> None:
    _fault, kind, status, words = staying
    [outcome] = outcomes
    assert outcome.failed
    assert outcome.kind == kind, outcome.message
    assert outcome.result["failure"]["status"] == status
    assert outcome.result["failure"]["method"] == "GET"
    assert outcome.result["failure"]["path"].endswith("/email-security/settings/domains")
    assert not outcome.result.get("changed")
    missing = [word for word in words if word not in outcome.message]
    assert not missing, f"{outcome.message!r} does not hold {missing}"
    assert set(outcome.methods) == {"GET"}
    assert outcome.before == outcome.after


# Answers from which the outcome of a write is not known, whether or not it was carried out.
UNCLEAR_ANSWERS: list[dict[str, Any]] = [
    *({"do": do, "apply": apply} for do in ("hang", "reset", "close", "truncate", "invalid_json", "empty", "result_null") for apply in (True, False)),
    {"do": "hang", "apply": "after"},
    *({"do": "html", "status": status, "apply": apply} for status in (502, 524) for apply in (True, False)),
    *({"do": "status", "status": 500, "apply": apply} for apply in (True, False)),
    *({"do": "success_false", "apply": apply} for apply in (True, False)),
    {"do": "drip", "part": "headers", "seconds": 0.03},
    {"do": "drip", "part": "body", "seconds": 0.03},
    {"do": "wrong_content_type"},
    {"do": "big"},
]


@pytest.mark.call(
    steps=lambda method, unclear: [
        manage({**DESIRED[method], **LONG_WAIT}, faults=[{**unclear, "match": {"method": method}, "times": 1}]),
        manage(DESIRED[method], keep_state=True),
    ]
)
@pytest.mark.parametrize("unclear", UNCLEAR_ANSWERS, ids=name_of)
@pytest.mark.parametrize("method", WRITES)
@pytest.mark.first_cases(9)
def test_write_without_a_clear_answer_is_looked_up_before_it_is_repeated(method: str, unclear: dict[str, Any], outcomes: list[Outcome]) -> None:
    outcome, again = outcomes
    sent = [entry for entry in outcome.methods if entry == method]
    if unclear["do"] == "big" or (unclear["do"] == "success_false" and not unclear["apply"]):
        # A second write is allowed, but not required: the answer is an error and the account unchanged.
        assert outcome.failed or len(sent) == 2
    else:
        assert not outcome.failed, outcome.message
    if not outcome.failed:
        assert (outcome.result["action"], outcome.result["changed"]) == (ACTION[method], True)
        assert again.result["action"] == "none"
    # First a read; a second write only if the first one had not been carried out.
    assert outcome.methods.index(method) < len(outcome.methods) - 1, "the outcome was not verified"
    assert "GET" in outcome.methods[outcome.methods.index(method) + 1 :]
    assert len(sent) <= 2
    if unclear.get("apply") is True or unclear["do"] in ("drip", "wrong_content_type"):
        assert len(sent) == 1, "it was written twice"
    if method == "POST":
        assert len([domain for domain in outcome.after if domain["domain"] == "new.example"]) <= 1


@pytest.mark.call(
    steps=lambda method, apply: [
        manage(
            {**DESIRED[method], **SHORT_WAIT},
            faults=[fault("reset", method, apply=apply), fault("html", "GET", nth=len(REQUESTS_BEFORE_WRITE[method]) + 1, times=None, status=502)],
        )
    ]
)
@pytest.mark.parametrize("apply", [True, False])
@pytest.mark.parametrize("method", WRITES)
def test_unreadable_account_after_a_lost_write_is_reported_as_unknown(method: str, apply: bool, outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert outcome.failed
    assert "is unknown" in outcome.message
    assert (outcome.result["changed"], outcome.result["action"]) == (True, ACTION[method])
    assert outcome.kind == "network"
    assert outcome.methods.count(method) == 1


@pytest.mark.call(steps=lambda method, refusal: [manage({**DESIRED[method], **LONG_WAIT}, faults=[fault("status", method, **refusal)])])
@pytest.mark.parametrize(
    "refusal", [{"status": 400}, {"status": 403, "code": 9109}, {"status": 405}, {"status": 409}, {"status": 422}, {"status": 402}], ids=str
)
@pytest.mark.parametrize("method", WRITES)
def test_refused_write_is_not_repeated(method: str, refusal: dict[str, Any], outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert outcome.kind == {403: "permission", 409: "conflict"}.get(refusal["status"], "invalid")
    assert outcome.methods == [*REQUESTS_BEFORE_WRITE[method], method]
    assert not outcome.result.get("changed")
    assert outcome.result["failure"]["status"] == refusal["status"]
    assert outcome.result["failure"]["ray_id"]


@pytest.mark.call(steps=lambda method: [manage({**DESIRED[method], **LONG_WAIT}, faults=[fault("retry_after", method, value=1)])])
@pytest.mark.parametrize("method", WRITES)
def test_rate_limited_write_is_repeated_without_a_read(method: str, outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert not outcome.failed, outcome.message
    assert outcome.methods[: len(REQUESTS_BEFORE_WRITE[method]) + 2] == [*REQUESTS_BEFORE_WRITE[method], method, method]
    assert outcome.result["api"]["waited"] >= 1


@pytest.mark.call(steps=lambda method: [manage({**DESIRED[method], **LONG_WAIT}, faults=[fault("redirect", method, location="https://elsewhere.example/")])])
@pytest.mark.parametrize("method", WRITES)
def test_redirect_of_a_write_is_not_followed(method: str, outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert (outcome.kind, outcome.methods) == ("response", [*REQUESTS_BEFORE_WRITE[method], method])
    assert "https://elsewhere.example/" in outcome.message


def in_seconds(seconds: float) -> str:
    return format_datetime(datetime.now(timezone.utc) + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.first_cases(2)
@pytest.mark.call(
    steps=lambda value: [
        manage({**DESIRED["PATCH"], "timeout": 5, "max_wait": 20}, faults=[fault("retry_after", "GET", value=value() if callable(value) else value)])
    ]
)
@pytest.mark.parametrize(
    "value",
    [1, "2", lambda: in_seconds(3), "Wed, 21 Oct 2015 07:28:00 GMT", "soon", "-5", "inf"],
    ids=["1", "2", "a date", "a past date", "words", "negative", "inf"],
)
def test_retry_after_in_any_form_is_obeyed(value: Any, outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert not outcome.failed, outcome.message
    low, high = (1, 3) if callable(value) else {1: (1, 1), "2": (2, 2)}.get(value, (0, 0.5))
    assert low <= outcome.result["api"]["waited"] <= high


@pytest.mark.call(
    steps=lambda value: [
        manage({**DESIRED["PATCH"], "timeout": 5, "max_wait": 20}, faults=[fault("retry_after", "GET", value=value() if callable(value) else value)])
    ]
)
@pytest.mark.parametrize("value", [21600, lambda: in_seconds(21600), 1e300], ids=["six hours", "a date in six hours", "beyond any date"])
def test_retry_after_beyond_max_wait_fails_at_once(value: Any, outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert outcome.kind == "rate_limited"
    assert "max_wait" in outcome.message
    assert outcome.seconds < 5
    assert outcome.methods == ["GET"]


@pytest.mark.call(steps=lambda shown: [manage({**DESIRED["PATCH"], "max_wait": 10}, habits={"stale_reads": shown, "partial_answer": True})])
@pytest.mark.parametrize("shown", [1, 2, 3])
def test_stale_reads_after_an_update_are_no_failure(shown: int, outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert (outcome.failed, outcome.result["action"]) == (False, "update")
    assert outcome.methods == ["GET", "PATCH"]


@pytest.mark.call(
    steps=lambda method: [
        manage({**DESIRED[method], "timeout": 2, "max_wait": 10}, faults=[fault("invalid_json", method, apply=True)], habits={"stale_reads": 1})
    ]
)
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_stale_read_after_a_lost_answer_repeats_the_write(method: str, outcomes: list[Outcome]) -> None:
    """The read shows the old state. Repeating the same write is harmless."""
    [outcome] = outcomes
    assert (outcome.failed, outcome.result["changed"], outcome.result["action"]) == (False, True, ACTION[method])


@pytest.mark.call(
    steps=lambda fields: [manage({"domain": "example.com", "lookback_hops": 9, "folder": "Inbox", "max_wait": 8}, habits={"not_applied": fields})]
)
@pytest.mark.parametrize("fields", [["lookback_hops"], ["lookback_hops", "folder"]], ids="+".join)
def test_setting_that_the_server_does_not_store_fails_as_not_applied(fields: list[str], outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert outcome.kind == "not_applied"
    assert outcome.methods.count("PATCH") == 1
    for name in ("lookback_hops", "folder"):
        assert (name in outcome.message) is (name in fields)
    assert outcome.result["changed"] is (fields == ["lookback_hops"])
    assert set(outcome.result["changes"]) == {"lookback_hops", "folder"} - set(fields)


@pytest.mark.call(
    info({"timeout": 1, "max_wait": 2}, faults=[fault("html", status=520)]),
    info({"timeout": 1, "max_wait": 1}, faults=[fault("html", status=520, times=None)]),
    info({"timeout": 1, "max_wait": 2}, faults=[fault("reset", nth=2, times=None)], settings={"per_page_cap": 2}),
    info({"timeout": 1, "max_wait": 0}, faults=[fault("html", status=520)]),
)
def test_info_returns_all_domains_or_fails(outcomes: list[Outcome]) -> None:
    repeated, gone, half, impatient = outcomes
    assert (len(repeated.result["domains"]), repeated.result["api"]["retries"]) == (4, 1)
    assert (gone.kind, half.kind, impatient.kind) == ("server", "network", "server")
    assert "domains" not in half.result
    assert len(impatient.methods) == 1


@pytest.mark.call(
    manage({"domain": "example.com"}, settings={"ratelimit": {"limit": 1, "window": 1.0, "block": 1.0}}), manage({"domain": "gateway.example"}, keep_state=True)
)
def test_rate_limit_of_the_account_is_waited_for(outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        assert not outcome.failed, outcome.message


SAMPLE: dict[str, Step] = {
    "a repeated read": manage({**DESIRED["PATCH"], **LONG_WAIT}, faults=[fault("html", "GET", status=502)]),
    "an applied write": manage({**DESIRED["PATCH"], **LONG_WAIT}, faults=[fault("reset", "PATCH", apply=True)]),
    "a lost write": manage({**DESIRED["POST"], **LONG_WAIT, "max_wait": 12}, faults=[fault("hang", "POST")]),
    "a redirect": manage({**DESIRED["DELETE"], **LONG_WAIT}, faults=[fault("redirect", "GET")]),
    "a dripping body": manage({**DESIRED["PATCH"], "timeout": 1, "max_wait": 0}, faults=[fault("drip", seconds=0.03, times=None)]),
    "something that was not applied": manage({**DESIRED["PATCH"], "max_wait": 2}, habits={"not_applied": ["lookback_hops"]}),
}
SAMPLE_KINDS = {"a redirect": "response", "a dripping body": "network", "something that was not applied": "not_applied"}


@pytest.mark.play(steps=lambda case: [SAMPLE[case]])
@pytest.mark.parametrize("case", SAMPLE)
def test_playbook_fault_has_the_same_kind(case: str, outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert outcome.kind == SAMPLE_KINDS.get(case), outcome.message


@pytest.mark.play(manage({"domain": "example.com"}, faults=[fault("messages", messages=[{"code": 1000, "message": "This setting will be retired"}])]))
def test_server_message_is_a_warning(outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert any("This setting will be retired" in str(warning) for warning in outcome.result["warnings"])
    assert "This setting will be retired" in outcome.output


@pytest.mark.call(manage({**DESIRED["PATCH"], **SHORT_WAIT, "base_url": "http://127.0.0.1:9/client/v4"}))
def test_refused_connection_is_a_network_failure(outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert outcome.kind == "network"
    assert "Connection refused" in outcome.message
    assert outcome.result["api"]["requests"] >= 2
