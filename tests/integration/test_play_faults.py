"""What goes wrong on the way, at the read, at the write, at the look afterwards: what is said of it, what is stored, and that it ends."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

import pytest
from steps import Outcome, Step, info, manage

NEW: dict[str, Any] = {"domain": "new.example", "allowed_delivery_modes": ["DIRECT"], "drop_dispositions": [], "ip_restrictions": [], "regions": ["US"]}
DESIRED: dict[str, dict[str, Any]] = {
    "PATCH": {"domain": "example.com", "lookback_hops": 9},
    "POST": NEW,
    "DELETE": {"domain": "example.com", "state": "absent"},
}
ACTION = {"PATCH": "update", "POST": "create", "DELETE": "delete"}
WRITES = sorted(DESIRED)
# The requests before the write. What a search by name does not find is looked for in the whole list, too.
BEFORE = {"PATCH": ["GET"], "POST": ["GET", "GET"], "DELETE": ["GET"]}
PATIENCE = {"timeout": 0.6, "max_wait": 3}
LITTLE = {"timeout": 0.6, "max_wait": 0.7}


def fault(do: str, method: str | None = None, *, nth: int = 1, times: int | None = 1, **more: Any) -> dict[str, Any]:
    return {"do": do, "match": {"method": method, "nth": nth}, "times": times, **more}


def name_of(given: dict[str, Any]) -> str:
    return " ".join(str(value) for key, value in given.items() if key not in ("match", "times"))


# A passing fault of a read is not noticed but for the figures.
PASSING: list[dict[str, Any]] = [
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


@pytest.mark.call(steps=lambda passing: [manage({**DESIRED["PATCH"], **PATIENCE}, faults=[{**passing, "match": {"method": "GET"}}])])
@pytest.mark.parametrize("passing", PASSING, ids=name_of)
def test_a_read_is_repeated(passing: dict[str, Any], played: list[Outcome]) -> None:
    [outcome] = played
    assert not outcome.failed, outcome.message
    assert outcome.methods == ["GET", "GET", "PATCH"]
    assert outcome.result["api"]["requests"] == 3
    assert outcome.result["api"]["retries"] == 1
    assert outcome.result["api"]["waited"] > 0
    assert outcome.changed_fields() == {outcome.stored("example.com")["id"]: {"lookback_hops"}}


# A fault that stays is told: its kind, and words that the message holds.
STAYING: list[tuple[dict[str, Any], str, int | None, tuple[str, ...]]] = [
    (fault("hang", times=None), "network", None, ("0.6 s",)),
    (fault("reset", times=None), "network", None, ("Connection reset",)),
    (fault("close", times=None), "network", None, ("broke off",)),
    (fault("truncate", times=None), "network", None, ("broke off",)),
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


@pytest.mark.call(steps=lambda staying: [manage({**DESIRED["PATCH"], **LITTLE}, faults=[staying[0]])])
@pytest.mark.parametrize("staying", STAYING, ids=lambda staying: name_of(staying[0]))
def test_a_fault_that_stays_is_told(staying: tuple[dict[str, Any], str, int | None, tuple[str, ...]], played: list[Outcome]) -> None:
    _fault, kind, status, words = staying
    [outcome] = played
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


# A write whose outcome is not known, carried out or not.
UNCLEAR: list[dict[str, Any]] = [
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
        manage({**DESIRED[method], **PATIENCE}, faults=[{**unclear, "match": {"method": method}, "times": 1}]),
        manage(DESIRED[method], again=True),
    ]
)
@pytest.mark.parametrize("unclear", UNCLEAR, ids=name_of)
@pytest.mark.parametrize("method", WRITES)
@pytest.mark.first_cases(9)
def test_a_write_without_a_clear_answer(method: str, unclear: dict[str, Any], played: list[Outcome]) -> None:
    outcome, again = played
    sent = [entry for entry in outcome.methods if entry == method]
    if unclear["do"] == "big" or (unclear["do"] == "success_false" and not unclear["apply"]):
        # Not worth a second write: the answer is an error, and the account as it was.
        assert outcome.failed or len(sent) == 2
    else:
        assert not outcome.failed, outcome.message
    if not outcome.failed:
        assert (outcome.result["action"], outcome.result["changed"]) == (ACTION[method], True)
        assert again.result["action"] == "none"
    # Looked at first, written again only where nothing had happened.
    assert outcome.methods.index(method) < len(outcome.methods) - 1, "there was no look"
    assert "GET" in outcome.methods[outcome.methods.index(method) + 1 :]
    assert len(sent) <= 2
    if unclear.get("apply") is True or unclear["do"] in ("drip", "wrong_content_type"):
        assert len(sent) == 1, "it was written twice"
    if method == "POST":
        assert len([domain for domain in outcome.after if domain["domain"] == "new.example"]) <= 1


@pytest.mark.call(
    steps=lambda method, apply: [
        manage(
            {**DESIRED[method], **LITTLE},
            faults=[fault("reset", method, apply=apply), fault("html", "GET", nth=len(BEFORE[method]) + 1, times=None, status=502)],
        )
    ]
)
@pytest.mark.parametrize("apply", [True, False])
@pytest.mark.parametrize("method", WRITES)
def test_nothing_can_be_seen_afterwards(method: str, apply: bool, played: list[Outcome]) -> None:
    [outcome] = played
    assert outcome.failed
    assert "is unknown" in outcome.message
    assert (outcome.result["changed"], outcome.result["action"]) == (True, ACTION[method])
    assert outcome.kind == "network"
    assert outcome.methods.count(method) == 1


@pytest.mark.call(steps=lambda method, refusal: [manage({**DESIRED[method], **PATIENCE}, faults=[fault("status", method, **refusal)])])
@pytest.mark.parametrize(
    "refusal", [{"status": 400}, {"status": 403, "code": 9109}, {"status": 405}, {"status": 409}, {"status": 422}, {"status": 402}], ids=str
)
@pytest.mark.parametrize("method", WRITES)
def test_a_refused_write_is_not_repeated(method: str, refusal: dict[str, Any], played: list[Outcome]) -> None:
    [outcome] = played
    assert outcome.kind == {403: "permission", 409: "conflict"}.get(refusal["status"], "invalid")
    assert outcome.methods == [*BEFORE[method], method]
    assert not outcome.result.get("changed")
    assert outcome.result["failure"]["status"] == refusal["status"]
    assert outcome.result["failure"]["ray_id"]


@pytest.mark.call(steps=lambda method: [manage({**DESIRED[method], **PATIENCE}, faults=[fault("retry_after", method, value=1)])])
@pytest.mark.parametrize("method", WRITES)
def test_a_rate_limited_write_was_not_carried_out_and_is_repeated(method: str, played: list[Outcome]) -> None:
    [outcome] = played
    assert not outcome.failed, outcome.message
    assert outcome.methods[: len(BEFORE[method]) + 2] == [*BEFORE[method], method, method]
    assert outcome.result["api"]["waited"] >= 1


@pytest.mark.call(steps=lambda method: [manage({**DESIRED[method], **PATIENCE}, faults=[fault("redirect", method, location="https://elsewhere.example/")])])
@pytest.mark.parametrize("method", WRITES)
def test_a_redirect_of_a_write_is_not_followed(method: str, played: list[Outcome]) -> None:
    [outcome] = played
    assert (outcome.kind, outcome.methods) == ("response", [*BEFORE[method], method])
    assert "https://elsewhere.example/" in outcome.message


def in_seconds(seconds: float) -> str:
    return format_datetime(datetime.now(timezone.utc) + timedelta(seconds=seconds), usegmt=True)


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
def test_retry_after_in_any_form(value: Any, played: list[Outcome]) -> None:
    [outcome] = played
    assert not outcome.failed, outcome.message
    low, high = (1, 3) if callable(value) else {1: (1, 1), "2": (2, 2)}.get(value, (0, 0.5))
    assert low <= outcome.result["api"]["waited"] <= high


@pytest.mark.call(
    steps=lambda value: [
        manage({**DESIRED["PATCH"], "timeout": 5, "max_wait": 20}, faults=[fault("retry_after", "GET", value=value() if callable(value) else value)])
    ]
)
@pytest.mark.parametrize("value", [21600, lambda: in_seconds(21600), 1e300], ids=["six hours", "a date in six hours", "for ever"])
def test_a_wait_beyond_max_wait_ends_the_task_at_once(value: Any, played: list[Outcome]) -> None:
    [outcome] = played
    assert outcome.kind == "rate_limited"
    assert "max_wait" in outcome.message
    assert outcome.seconds < 5
    assert outcome.methods == ["GET"]


@pytest.mark.call(steps=lambda shown: [manage({**DESIRED["PATCH"], "max_wait": 10}, habits={"stale_reads": shown, "partial_answer": True})])
@pytest.mark.parametrize("shown", [1, 2, 3])
def test_stale_reads_after_an_update_do_not_matter(shown: int, played: list[Outcome]) -> None:
    [outcome] = played
    assert (outcome.failed, outcome.result["action"]) == (False, "update")
    assert outcome.methods == ["GET", "PATCH"]


@pytest.mark.call(
    steps=lambda method: [
        manage({**DESIRED[method], "timeout": 2, "max_wait": 10}, faults=[fault("invalid_json", method, apply=True)], habits={"stale_reads": 1})
    ]
)
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_stale_look_after_a_lost_answer(method: str, played: list[Outcome]) -> None:
    """The look shows the state before, so the same is written again: that does no harm, and it ends as asked."""
    [outcome] = played
    assert (outcome.failed, outcome.result["changed"], outcome.result["action"]) == (False, True, ACTION[method])


@pytest.mark.call(
    steps=lambda fields: [manage({"domain": "example.com", "lookback_hops": 9, "folder": "Inbox", "max_wait": 8}, habits={"not_applied": fields})]
)
@pytest.mark.parametrize("fields", [["lookback_hops"], ["lookback_hops", "folder"]], ids="+".join)
def test_a_setting_that_the_server_does_not_keep(fields: list[str], played: list[Outcome]) -> None:
    [outcome] = played
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
def test_the_info_module_reads_all_or_fails(played: list[Outcome]) -> None:
    repeated, gone, half, impatient = played
    assert (len(repeated.result["domains"]), repeated.result["api"]["retries"]) == (4, 1)
    assert (gone.kind, half.kind, impatient.kind) == ("server", "network", "server")
    assert "domains" not in half.result
    assert len(impatient.methods) == 1


@pytest.mark.call(
    manage({"domain": "example.com"}, settings={"ratelimit": {"limit": 1, "window": 1.0, "block": 1.0}}), manage({"domain": "gateway.example"}, again=True)
)
def test_the_rate_limit_of_the_account_is_outlived(played: list[Outcome]) -> None:
    for outcome in played:
        assert not outcome.failed, outcome.message


SAMPLE: dict[str, Step] = {
    "a repeated read": manage({**DESIRED["PATCH"], **PATIENCE}, faults=[fault("html", "GET", status=502)]),
    "an applied write": manage({**DESIRED["PATCH"], **PATIENCE}, faults=[fault("reset", "PATCH", apply=True)]),
    "a lost write": manage({**DESIRED["POST"], **PATIENCE, "max_wait": 12}, faults=[fault("hang", "POST")]),
    "a redirect": manage({**DESIRED["DELETE"], **PATIENCE}, faults=[fault("redirect", "GET")]),
    "a dripping body": manage({**DESIRED["PATCH"], "timeout": 1, "max_wait": 0}, faults=[fault("drip", seconds=0.03, times=None)]),
    "something that was not applied": manage({**DESIRED["PATCH"], "max_wait": 2}, habits={"not_applied": ["lookback_hops"]}),
}
SAMPLE_KINDS = {"a redirect": "response", "a dripping body": "network", "something that was not applied": "not_applied"}


@pytest.mark.play(steps=lambda case: [SAMPLE[case]])
@pytest.mark.parametrize("case", SAMPLE)
def test_the_same_in_a_playbook(case: str, played: list[Outcome]) -> None:
    [outcome] = played
    assert outcome.kind == SAMPLE_KINDS.get(case), outcome.message


@pytest.mark.play(manage({"domain": "example.com"}, faults=[fault("messages", messages=[{"code": 1000, "message": "This setting will be retired"}])]))
def test_what_the_server_says_is_a_warning(played: list[Outcome]) -> None:
    [outcome] = played
    assert any("This setting will be retired" in str(warning) for warning in outcome.result["warnings"])
    assert "This setting will be retired" in outcome.output


@pytest.mark.call(manage({**DESIRED["PATCH"], **LITTLE, "base_url": "http://127.0.0.1:9/client/v4"}))
def test_a_host_that_does_not_answer(played: list[Outcome]) -> None:
    [outcome] = played
    assert outcome.kind == "network"
    assert "Connection refused" in outcome.message
    assert outcome.result["api"]["requests"] >= 2
