"""One domain on servers whose answers differ from what the documentation suggests. The result is true on each."""

from __future__ import annotations

from typing import Any

import pytest
from integration.support.step import Outcome, Step, info, manage

EXAMPLE = "11111111-1111-4111-8111-111111111111"
NEW: dict[str, Any] = {"domain": "new.example", "allowed_delivery_modes": ["DIRECT"], "drop_dispositions": [], "ip_restrictions": [], "regions": ["US"]}
DESIRED: dict[str, dict[str, Any]] = {
    "nothing to do": {"domain": "example.com"},
    "update": {"domain": "example.com", "lookback_hops": 9},
    "create": NEW,
    "delete": {"domain": "example.com", "state": "absent"},
}
TOTALS: list[dict[str, Any]] = [{"total_unfiltered": True}, {"total_of_page": True}, {"total_too_high": True}, {"total_pages": True}, {}]
CAPS: list[dict[str, Any]] = [{}, {"per_page_cap": 2}, {"per_page_cap": 1}]


def step_for(desired: str, habits: dict[str, Any], settings: dict[str, Any]) -> list[Step]:
    return [manage(DESIRED[desired], habits=habits, settings=settings)]


@pytest.mark.call(steps=step_for)
@pytest.mark.parametrize("settings", CAPS, ids=str)
@pytest.mark.parametrize("habits", TOTALS, ids=str)
@pytest.mark.parametrize("desired", DESIRED)
def test_any_total_of_the_list_ends_as_desired(desired: str, habits: dict[str, Any], settings: dict[str, Any], outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert not outcome.failed, outcome.message
    assert outcome.result["action"] == (desired if desired != "nothing to do" else "none")
    assert len(outcome.changed_fields()) == (desired != "nothing to do")
    if desired in ("nothing to do", "update") and not settings:
        assert outcome.methods == {"nothing to do": ["GET"], "update": ["GET", "PATCH"]}[desired]


@pytest.mark.call(steps=lambda habits, settings: [info({}, habits=habits, settings=settings), info({"status": "ACTIVE"}, habits=habits, settings=settings)])
@pytest.mark.parametrize("settings", CAPS, ids=str)
@pytest.mark.parametrize("habits", TOTALS, ids=str)
def test_any_total_of_the_list_reads_all_domains(habits: dict[str, Any], settings: dict[str, Any], outcomes: list[Outcome]) -> None:
    everything, active = outcomes
    assert len(everything.result["domains"]) == len(everything.after)
    assert len(active.result["domains"]) == len([domain for domain in active.after if domain["status"] == "ACTIVE"])
    if "total_too_high" in habits:
        assert any("total is assumed to be wrong" in str(warning) for warning in everything.result["warnings"])


STORED = [{"domain": "Example.COM", "id": EXAMPLE, "lookback_hops": 2}]


@pytest.mark.play(
    manage({"domain": "example.com", "lookback_hops": 9}, domains=STORED, habits={"exact_stored_filter": True}),
    manage({**NEW, "domain": "example.com"}, domains=STORED, habits={"exact_stored_filter": True}),
    manage({"domain": "example.com", "state": "absent"}, domains=STORED, habits={"exact_stored_filter": True}),
    info({"domain": ["example.com"]}, domains=STORED, habits={"exact_stored_filter": True}),
)
def test_case_sensitive_name_filter_finds_the_domain(outcomes: list[Outcome]) -> None:
    changed, present, removed, read = outcomes
    assert (changed.result["action"], present.result["action"], removed.result["action"]) == ("update", "update", "delete")
    assert (len(changed.after), len(present.after), len(removed.after)) == (1, 1, 0)
    assert [domain["id"] for domain in read.result["domains"]] == [EXAMPLE]


@pytest.mark.call(steps=lambda habit, chosen: [manage({**chosen, "state": "absent"}, habits={habit: True})])
@pytest.mark.parametrize("chosen", [{"domain": "example.com"}, {"domain_id": EXAMPLE}], ids=str)
@pytest.mark.parametrize("habit", ["delete_ignored", "delete_bare_404", "get_404_auth"])
def test_removal_that_cannot_be_verified_fails(habit: str, chosen: dict[str, Any], outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert outcome.kind == ("auth" if habit == "get_404_auth" else "not_applied"), outcome.message
    if habit != "get_404_auth":
        assert outcome.result["changed"] is False
        assert outcome.changed_fields() == {}


@pytest.mark.call(steps=lambda desired: [manage({"domain": "example.com", **desired}, habits={"echo_only": True})])
@pytest.mark.parametrize("desired", [{"transport": "mx.new.example"}, {"ip_restrictions": ["198.51.100.0/24"]}], ids=str)
def test_acknowledged_setting_that_is_not_stored_fails(desired: dict[str, Any], outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert (outcome.kind, outcome.result["changed"], outcome.changed_fields()) == ("not_applied", False, {})


@pytest.mark.call(
    manage(NEW, habits={"stale_lists": 3, "takes_duplicates": True}, faults=[{"do": "reset", "match": {"method": "POST"}, "apply": True, "times": 1}])
)
def test_creation_with_a_lost_answer_and_stale_lists_is_not_repeated(outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert (outcome.result["action"], outcome.methods.count("POST")) == ("create", 1)
    assert len([domain for domain in outcome.after if domain["domain"] == "new.example"]) == 1


@pytest.mark.call(
    info({"verification": True}, habits={"verification_refused": True}),
    info({"verification": True}, habits={"verification_refused": 403}),
    info({"verification": True}, habits={"verification_status_only": True}),
)
def test_dns_proof_that_is_refused_or_incomplete_is_no_failure(outcomes: list[Outcome]) -> None:
    *refused, alone = outcomes
    for outcome in refused:
        assert {domain["verification"] for domain in outcome.result["domains"]} == {None}
        assert "DNS proof" in str(outcome.result["warnings"])
    assert {tuple(domain["verification"]) for domain in alone.result["domains"]} == {("status",)}


@pytest.mark.play(
    *(
        manage({"domain": "example.com", "domain_id": "22222222-2222-4222-8222-222222222222", "transport": "mx.example.com"}, check=check)
        for check in (True, False)
    )
)
def test_id_of_another_domain_is_a_conflict(outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        assert (outcome.kind, outcome.changed_fields(), outcome.methods) == ("conflict", {}, ["GET", "GET"])


@pytest.mark.play(*(manage({**NEW, "onboard": False}, check=check) for check in (True, False)))
def test_onboard_false_refuses_a_new_domain(outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        assert (outcome.kind, outcome.changed_fields()) == ("not_found", {})
        assert "email_security_onboard" in outcome.message
