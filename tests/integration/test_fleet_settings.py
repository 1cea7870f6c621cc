"""A fleet in one task: found, compared, changed, onboarded, removed; what a domain says outranks what all have in common.

What is reported of each domain, and what is stored of it afterwards, expected_result.py holds against an expectation of its own in every test.
"""

from __future__ import annotations

from typing import Any

import pytest
from integration.support.expected_result import FOUR, PREDICTED, Domain, domain, every, fleet, fleet_checked_twice, id_of, many, result_of, writes
from integration.support.step import Outcome, Step

INTEGRATION = "5e1c1f0a-4d6b-4c53-9a83-0f2d6a1b7c11"
BUECHER = domain("xn--bcher-kva.example", 77)
LIVE: list[Domain] = [*many(5, lookback_hops=1), domain("d6.example", lookback_hops=9), BUECHER, domain("d8.example"), domain("d9.example")]
NEW = {**FOUR, "domain": "New.Example.", "lookback_hops": 3, "ip_restrictions": ["192.0.2.10"]}
MIXED: list[Domain] = [
    {"name": "D2.Example.", "lookback_hops": 9},
    {"domain_id": id_of(1).upper(), "regions": ["US", "DE", "US"], "clear": ["folder"]},
    NEW,
    {"domain": "d3.example", "state": "absent"},
    {"domain_id": id_of(4), "domain": "d4.example", "state": "absent"},
    {"domain": "missing.example", "lookback_hops": 2},
    {"domain": "bücher.example", "require_tls_inbound": True, "transport": "MX2.example.com."},
    {"domain": "d6.example", "lookback_hops": 9},
    {"domain": "gone.example", "state": "absent"},
    {"domain_id": id_of(99), "lookback_hops": 2},
    {"domain": "d5.example"},
]
FAILED = ["missing.example", id_of(99)]


def assert_predicted(check: Outcome, run: Outcome) -> None:
    for key in PREDICTED:
        assert check.result[key] == run.result[key], key


def mixed(batch: str, concurrency: int) -> list[Step]:
    return fleet_checked_twice(MIXED, {"batch": batch, "concurrency": concurrency}, live=LIVE)


def assert_mixed(check: Outcome, run: Outcome, again: Outcome) -> None:
    assert_predicted(check, run)
    assert (check.methods, again.methods) == (["GET"], ["GET"])
    for outcome in (check, run):
        assert outcome.failed
        assert (outcome.kind, outcome.result["changed"]) == (None, True)
        assert outcome.result["summary"] == {"total": 11, "unchanged": 3, "created": 1, "updated": 3, "deleted": 2, "failed": 2, "not_reached": 0, "waived": 0}
        assert [(result["domain"] or result["id"], result["action"]) for result in outcome.result["results"]] == [
            ("d2.example", "update"),
            ("d1.example", "update"),
            ("new.example", "create"),
            ("d3.example", "delete"),
            ("d4.example", "delete"),
            ("missing.example", "none"),
            ("xn--bcher-kva.example", "update"),
            (id_of(99), "none"),
        ]
        assert outcome.result["undeclared"] == ["d8.example", "d9.example"]
        assert "missing.example" in outcome.message
        assert all(name in result_of(outcome, "missing.example")["msg"] for name in ("allowed_delivery_modes", "ip_restrictions"))
    assert run.stored("d2.example")["lookback_hops"] == 9
    assert run.stored("xn--bcher-kva.example")["transport"] == "mx2.example.com"
    assert list(run.result["new_ids"]) == ["new.example"]
    assert (again.failed, again.result["changed"], again.result["diff"]["before"], again.result["diff"]["after"]) == (True, False, {}, {})
    assert again.result["summary"] == {"total": 11, "unchanged": 9, "created": 0, "updated": 0, "deleted": 0, "failed": 2, "not_reached": 0, "waived": 0}
    assert again.result["new_ids"] == {}


@pytest.mark.call(steps=mixed)
@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.parametrize("batch", ["auto", "always", "never"])
def test_a_mixed_fleet(batch: str, concurrency: int, played: list[Outcome]) -> None:
    assert_mixed(*played)
    assert ("BATCH" in writes(played[1])) is (batch != "never")


@pytest.mark.call(*fleet_checked_twice(every(many(5), lookback_hops=1, regions=["GLOBAL"]), live=LIVE))
def test_nothing_to_do(played: list[Outcome]) -> None:
    for outcome in played:
        assert (outcome.failed, outcome.result["changed"], outcome.result["results"]) == (False, False, [])
        assert outcome.result["summary"]["unchanged"] == 5
        assert outcome.result["undeclared"] == ["d6.example", "d8.example", "d9.example", "xn--bcher-kva.example"]
        assert outcome.methods == ["GET"]


@pytest.mark.call(fleet([], live=LIVE), fleet([], live=[]), fleet(every(many(2), state="absent"), live=[]))
def test_no_domains_declared_and_none_live(played: list[Outcome]) -> None:
    """A list that was filtered down to nothing is an audit of what is there, and no error."""
    for outcome in played:
        assert (outcome.failed, outcome.result["changed"], outcome.methods) == (False, False, ["GET"])
    assert len(played[0].result["undeclared"]) == len(LIVE)


# What is live, what all have in common, what the domain says, and the body that is sent for it: None, where nothing is.
FOLDERS: dict[str, tuple[Domain, Domain, Domain, Domain | None]] = {
    "the default is for those that do not say": ({}, {"lookback_hops": 4}, {"regions": ["US"]}, {"lookback_hops": 4, "regions": ["US"]}),
    "the domain's value outranks the default": ({}, {"lookback_hops": 4}, {"lookback_hops": 5}, {"lookback_hops": 5}),
    "also where it is what is live": ({"lookback_hops": 2}, {"lookback_hops": 4}, {"lookback_hops": 2}, None),
    "false outranks true": ({}, {"require_tls_inbound": True}, {"require_tls_inbound": False}, None),
    "an empty list outranks a full one": ({}, {"ip_restrictions": ["192.0.2.0/24"]}, {"ip_restrictions": []}, None),
    "a list replaces the default's": ({}, {"regions": ["US", "DE"]}, {"regions": ["AU"]}, {"regions": ["AU"]}),
    "the domain's clear outranks the default": ({"folder": "AllItems"}, {"folder": "Inbox"}, {"clear": ["folder"]}, {"folder": None}),
    "the domain's value outranks the default's clear": ({}, {"clear": ["folder"]}, {"folder": "Inbox"}, {"folder": "Inbox"}),
    "the default's clear": ({"folder": "Inbox"}, {"clear": ["folder"]}, {}, {"folder": None}),
    "both clear": (
        {"folder": "Inbox", "integration_id": INTEGRATION},
        {"clear": ["folder"]},
        {"clear": ["integration_id"]},
        {"folder": None, "integration_id": None},
    ),
    "one clears and the other gives": (
        {"folder": "Inbox"},
        {"clear": ["folder"], "integration_id": INTEGRATION},
        {"folder": "AllItems", "clear": ["integration_id"]},
        {"folder": "AllItems"},
    ),
    "null says nothing": ({}, {"lookback_hops": 4}, {"lookback_hops": None}, {"lookback_hops": 4}),
    "an empty clear says nothing": ({"folder": "Inbox"}, {"clear": ["folder"]}, {"clear": []}, {"folder": None}),
    "the default in another spelling of what is live": ({"transport": "MX.Example.com"}, {"transport": "mx.example.com."}, {}, None),
}


def defaults(case: str) -> list[Step]:
    live, common, own, _body = FOLDERS[case]
    return fleet_checked_twice([{"domain": "d1.example", **own}], {"defaults": common}, live=[domain("d1.example", **live), domain("d2.example")])


@pytest.mark.call(steps=defaults)
@pytest.mark.parametrize("case", FOLDERS)
def test_defaults(case: str, played: list[Outcome]) -> None:
    body = FOLDERS[case][3]
    check, run, again = played
    assert_predicted(check, run)
    assert run.bodies == ([body] if body else [])
    assert again.result["results"] == []


@pytest.mark.call(
    *fleet_checked_twice(
        [{"domain": "d1.example", "state": "absent"}, {"domain": "d2.example"}, {"domain": "d3.example", "regions": ["AU"]}],
        {"defaults": {**FOUR, "lookback_hops": 3}, "batch": "never"},
        live=[domain("d1.example"), domain("d2.example", lookback_hops=3, regions=["US"])],
    )
)
def test_absent_does_without_the_defaults_and_onboarding_takes_them(played: list[Outcome]) -> None:
    check, run, again = played
    assert_predicted(check, run)
    assert sorted(writes(run)) == ["DELETE", "POST"]
    assert {**FOUR, "domain": "d3.example", "lookback_hops": 3, "regions": ["AU"]} in run.bodies
    assert again.result["results"] == []


def renaming(setting: str, batch: str) -> list[Step]:
    declared = [{"domain_id": id_of(1), "domain": "Renamed.Example", "lookback_hops": 5}, {"domain": "d2.example", "lookback_hops": 5}]
    return fleet_checked_twice(declared, {"batch": batch, "max_wait": 4}, live=many(2), settings={"domain_patch": setting})


@pytest.mark.call(steps=renaming)
@pytest.mark.parametrize("batch", ["always", "never"])
@pytest.mark.parametrize("setting", ["accept", "ignore", "refuse"])
def test_renaming(setting: str, batch: str, played: list[Outcome]) -> None:
    check, run, again = played
    assert check.result["summary"]["updated"] == 2
    assert run.stored("d2.example")["lookback_hops"] == 5
    # A name in a batch may cost all of it.
    assert not [patch for body in run.bodies for patch in body.get("patches", ()) if "domain" in patch]
    if setting == "accept":
        assert (run.failed, run.stored(id_of(1))["domain"]) == (False, "renamed.example")
        assert again.result["results"] == []
    else:
        [failed] = [result for result in run.result["results"] if "failure" in result]
        assert failed["failure"]["kind"] == {"ignore": "not_applied", "refuse": "invalid"}[setting]
        # A new name goes alone and first: where it is not taken, no setting is sent.
        assert failed["changes"] == {}
        assert run.stored("d1.example").get("lookback_hops") != 5


@pytest.mark.call(
    steps=lambda fields, batch: fleet_checked_twice(
        every(many(3), lookback_hops=5, folder="Inbox"), {"batch": batch, "max_wait": 8}, live=many(3), habits={"not_applied": fields}
    )
)
@pytest.mark.parametrize("batch", ["always", "never"])
@pytest.mark.parametrize("fields", [["folder"], ["folder", "lookback_hops"]], ids="+".join)
def test_a_setting_that_the_server_does_not_keep(fields: list[str], batch: str, played: list[Outcome]) -> None:
    _check, run, _again = played
    for result in run.result["results"]:
        assert result["failure"]["kind"] == "not_applied"
        assert set(result["changes"]) == {"lookback_hops", "folder"} - set(fields)
        assert "folder" in result["msg"]
    assert run.result["summary"]["failed"] == 3


ODD = {"unknown_values": "read_only", "unknown_fields": True, "null_booleans": True, "absent_nulls": True, "shuffle_lists": True, "networks_rewritten": "upper"}
HABITS: list[dict[str, Any]] = [
    {**ODD, "partial_answer": True},
    {"unicode_names": True, "trailing_dot_names": True, "networks_bare": True},
    {"upper_case_names": True, "lower_case_status": True},
    {"no_result_info": True, "ignored_name_filter": True},
    {"no_total": True, "fuzzy_name_filter": True, "shuffle_pages": "always"},
]


@pytest.mark.call(steps=lambda habits, batch: fleet_checked_twice([*MIXED[:5], *MIXED[6:9]], {"batch": batch}, live=LIVE, habits=habits))
@pytest.mark.parametrize("batch", ["auto", "never"])
@pytest.mark.parametrize("habits", HABITS, ids="+".join)
def test_a_server_with_odd_habits(habits: dict[str, Any], batch: str, played: list[Outcome]) -> None:
    check, run, again = played
    assert_predicted(check, run)
    assert not run.failed, run.message
    assert (run.result["summary"]["updated"], run.result["summary"]["created"], run.result["summary"]["deleted"]) == (3, 1, 2)
    assert again.result["results"] == []


@pytest.mark.call(
    steps=lambda batch: fleet_checked_twice(
        [{"domain_id": 1001, "lookback_hops": 5}, {"domain": "d2.example", "lookback_hops": 5}, {"domain_id": "1003", "state": "absent"}],
        {"batch": batch},
        live=many(3),
        habits={"integer_ids": True},
    )
)
@pytest.mark.parametrize("batch", ["always", "never"])
def test_integer_ids_as_in_2025(batch: str, played: list[Outcome]) -> None:
    check, run, again = played
    assert_predicted(check, run)
    assert not run.failed, run.message
    assert [(each["domain"], each.get("lookback_hops")) for each in run.after] == [("d1.example", 5), ("d2.example", 5)]
    assert again.result["results"] == []


@pytest.mark.call(
    *fleet_checked_twice(
        [{"domain": "d1.example", "lookback_hops": 5}, {"domain": "d2.example", "state": "absent"}, {**FOUR, "domain": "d3.example"}],
        live=many(2),
        settings={"shape": "early2026"},
    )
)
def test_the_shape_of_early_2026_has_no_batch_and_cannot_onboard(played: list[Outcome]) -> None:
    _check, run, _again = played
    assert (run.result["summary"]["updated"], run.result["summary"]["deleted"], run.result["summary"]["failed"]) == (1, 1, 1)
    assert result_of(run, "d3.example")["failure"]["status"] == 405
