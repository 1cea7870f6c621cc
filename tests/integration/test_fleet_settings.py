"""Many domains in one task: looked up, compared, changed, onboarded and removed. Settings of an entry override the defaults.

check_invariants compares the result of each domain, and what is stored of it, with an independent expectation.
"""

from __future__ import annotations

from typing import Any

import pytest
from integration.support.fleet_step import (
    CREATE_FIELDS,
    PREDICTED_KEYS,
    Domain,
    desired_for_all,
    fleet,
    fleet_check_run_rerun,
    id_of,
    make_domain,
    make_domains,
    result_of,
    writes,
)
from integration.support.step import Outcome, Step

INTEGRATION = "5e1c1f0a-4d6b-4c53-9a83-0f2d6a1b7c11"
BUECHER = make_domain("xn--bcher-kva.example", 77)
LIVE: list[Domain] = [
    *make_domains(5, lookback_hops=1),
    make_domain("d6.example", lookback_hops=9),
    BUECHER,
    make_domain("d8.example"),
    make_domain("d9.example"),
]
NEW = {**CREATE_FIELDS, "domain": "New.Example.", "lookback_hops": 3, "ip_restrictions": ["192.0.2.10"]}
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
MISSING = ["missing.example", id_of(99)]


def assert_check_predicts_run(check: Outcome, run: Outcome) -> None:
    for key in PREDICTED_KEYS:
        assert check.result[key] == run.result[key], key


def mixed(batch: str, concurrency: int) -> list[Step]:
    return fleet_check_run_rerun(MIXED, {"batch": batch, "concurrency": concurrency}, live=LIVE)


def assert_mixed(check: Outcome, run: Outcome, again: Outcome) -> None:
    assert_check_predicts_run(check, run)
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
    assert (again.failed, again.result["changed"], again.result["diff"]) == (True, False, [])
    assert again.result["summary"] == {"total": 11, "unchanged": 9, "created": 0, "updated": 0, "deleted": 0, "failed": 2, "not_reached": 0, "waived": 0}
    assert again.result["new_ids"] == {}


@pytest.mark.call(steps=mixed)
@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.parametrize("batch", ["auto", "always", "never"])
def test_mixed_changes_check_run_rerun(batch: str, concurrency: int, outcomes: list[Outcome]) -> None:
    assert_mixed(*outcomes)
    assert ("BATCH" in writes(outcomes[1])) is (batch != "never")


@pytest.mark.call(*fleet_check_run_rerun(desired_for_all(make_domains(5), lookback_hops=1, regions=["GLOBAL"]), live=LIVE))
def test_no_changes_write_nothing(outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        assert (outcome.failed, outcome.result["changed"], outcome.result["results"]) == (False, False, [])
        assert outcome.result["summary"]["unchanged"] == 5
        assert outcome.result["undeclared"] == ["d6.example", "d8.example", "d9.example", "xn--bcher-kva.example"]
        assert outcome.methods == ["GET"]


@pytest.mark.call(fleet([], live=LIVE), fleet([], live=[]), fleet(desired_for_all(make_domains(2), state="absent"), live=[]))
def test_empty_domains_report_the_account(outcomes: list[Outcome]) -> None:
    """An empty list, for example after filtering, is no error."""
    for outcome in outcomes:
        assert (outcome.failed, outcome.result["changed"], outcome.methods) == (False, False, ["GET"])
    assert len(outcomes[0].result["undeclared"]) == len(LIVE)


# Live settings, defaults, settings of the entry, and the body that is sent, or None.
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
    return fleet_check_run_rerun([{"domain": "d1.example", **own}], {"defaults": common}, live=[make_domain("d1.example", **live), make_domain("d2.example")])


@pytest.mark.call(steps=defaults)
@pytest.mark.parametrize("case", FOLDERS)
def test_entry_overrides_the_defaults(case: str, outcomes: list[Outcome]) -> None:
    body = FOLDERS[case][3]
    check, run, again = outcomes
    assert_check_predicts_run(check, run)
    assert run.bodies == ([body] if body else [])
    assert again.result["results"] == []


@pytest.mark.call(
    *fleet_check_run_rerun(
        [{"domain": "d1.example", "state": "absent"}, {"domain": "d2.example"}, {"domain": "d3.example", "regions": ["AU"]}],
        {"defaults": {**CREATE_FIELDS, "lookback_hops": 3}, "batch": "never"},
        live=[make_domain("d1.example"), make_domain("d2.example", lookback_hops=3, regions=["US"])],
    )
)
def test_defaults_apply_to_creations_and_not_to_removals(outcomes: list[Outcome]) -> None:
    check, run, again = outcomes
    assert_check_predicts_run(check, run)
    assert sorted(writes(run)) == ["DELETE", "POST"]
    assert {**CREATE_FIELDS, "domain": "d3.example", "lookback_hops": 3, "regions": ["AU"]} in run.bodies
    assert again.result["results"] == []


def renaming(setting: str, batch: str) -> list[Step]:
    declared = [{"domain_id": id_of(1), "domain": "Renamed.Example", "lookback_hops": 5}, {"domain": "d2.example", "lookback_hops": 5}]
    return fleet_check_run_rerun(declared, {"batch": batch, "max_wait": 4}, live=make_domains(2), settings={"domain_patch": setting})


@pytest.mark.call(steps=renaming)
@pytest.mark.parametrize("batch", ["always", "never"])
@pytest.mark.parametrize("setting", ["accept", "ignore", "refuse"])
def test_rename_is_sent_before_other_settings(setting: str, batch: str, outcomes: list[Outcome]) -> None:
    check, run, again = outcomes
    assert check.result["summary"]["updated"] == 2
    assert run.stored("d2.example")["lookback_hops"] == 5
    # A refused name could fail a whole batch.
    assert not [patch for body in run.bodies for patch in body.get("patches", ()) if "domain" in patch]
    if setting == "accept":
        assert (run.failed, run.stored(id_of(1))["domain"]) == (False, "renamed.example")
        assert again.result["results"] == []
    else:
        [failed] = [result for result in run.result["results"] if "failure" in result]
        assert failed["failure"]["kind"] == {"ignore": "not_applied", "refuse": "invalid"}[setting]
        # The new name is sent alone and first. If it is refused, no setting is sent.
        assert failed["changes"] == {}
        assert run.stored("d1.example").get("lookback_hops") != 5


@pytest.mark.call(
    steps=lambda fields, batch: fleet_check_run_rerun(
        desired_for_all(make_domains(3), lookback_hops=5, folder="Inbox"), {"batch": batch, "max_wait": 8}, live=make_domains(3), habits={"not_applied": fields}
    )
)
@pytest.mark.parametrize("batch", ["always", "never"])
@pytest.mark.parametrize("fields", [["folder"], ["folder", "lookback_hops"]], ids="+".join)
def test_setting_that_the_server_does_not_store_fails_as_not_applied(fields: list[str], batch: str, outcomes: list[Outcome]) -> None:
    _check, run, _again = outcomes
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


@pytest.mark.call(steps=lambda habits, batch: fleet_check_run_rerun([*MIXED[:5], *MIXED[6:9]], {"batch": batch}, live=LIVE, habits=habits))
@pytest.mark.parametrize("batch", ["auto", "never"])
@pytest.mark.parametrize("habits", HABITS, ids="+".join)
def test_unusual_server_ends_as_desired(habits: dict[str, Any], batch: str, outcomes: list[Outcome]) -> None:
    check, run, again = outcomes
    assert_check_predicts_run(check, run)
    assert not run.failed, run.message
    assert (run.result["summary"]["updated"], run.result["summary"]["created"], run.result["summary"]["deleted"]) == (3, 1, 2)
    assert again.result["results"] == []


@pytest.mark.call(
    steps=lambda batch: fleet_check_run_rerun(
        [{"domain_id": 1001, "lookback_hops": 5}, {"domain": "d2.example", "lookback_hops": 5}, {"domain_id": "1003", "state": "absent"}],
        {"batch": batch},
        live=make_domains(3),
        habits={"integer_ids": True},
    )
)
@pytest.mark.parametrize("batch", ["always", "never"])
def test_integer_ids_of_2025_are_accepted(batch: str, outcomes: list[Outcome]) -> None:
    check, run, again = outcomes
    assert_check_predicts_run(check, run)
    assert not run.failed, run.message
    assert [(each["domain"], each.get("lookback_hops")) for each in run.after] == [("d1.example", 5), ("d2.example", 5)]
    assert again.result["results"] == []


@pytest.mark.call(
    *fleet_check_run_rerun(
        [{"domain": "d1.example", "lookback_hops": 5}, {"domain": "d2.example", "state": "absent"}, {**CREATE_FIELDS, "domain": "d3.example"}],
        live=make_domains(2),
        settings={"shape": "early2026"},
    )
)
def test_early_2026_server_updates_and_removes_but_cannot_onboard(outcomes: list[Outcome]) -> None:
    _check, run, _again = outcomes
    assert (run.result["summary"]["updated"], run.result["summary"]["deleted"], run.result["summary"]["failed"]) == (1, 1, 1)
    assert result_of(run, "d3.example")["failure"]["status"] == 405
