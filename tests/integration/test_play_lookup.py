"""Which live domain is meant: by name in any spelling, by id of any kind, and never the wrong one."""

from __future__ import annotations

from typing import Any

import pytest
from integration.support.step import Outcome, Step, check_run_rerun, info, manage

IDN_NAME = "xn--fa-hia.de"
INTEGER_ID = "1001"  # the id of the first stored domain on a server of 2025
LIVE: list[dict[str, Any]] = [
    {"id": "0d3f1c55-7a0b-4a59-9c3e-52f3f7c1b001", "domain": "mail.example", "lookback_hops": 2},
    {"id": "0d3f1c55-7a0b-4a59-9c3e-52f3f7c1b002", "domain": "sub.mail.example", "lookback_hops": 4},
    {"id": "0d3f1c55-7a0b-4a59-9c3e-52f3f7c1b003", "domain": "mail.example.org", "lookback_hops": 5},
    {"id": "0d3f1c55-7a0b-4a59-9c3e-52f3f7c1b004", "domain": IDN_NAME, "lookback_hops": 6},
]
ID, IDN_ID = LIVE[0]["id"], LIVE[3]["id"]
SPELLINGS = {
    **dict.fromkeys(["mail.example", "MAIL.Example", "mail.example.", " Mail.Example. ", "ｍａｉｌ．ｅｘａｍｐｌｅ", "mail。example"], ID),
    **dict.fromkeys(["faß.de", "FAẞ.DE", "Faß.De.", "xn--fa-hia.de", "XN--FA-HIA.DE", "ｆａß．ｄｅ"], IDN_ID),
}
HABITS: list[dict[str, Any]] = [
    {"fuzzy_name_filter": True},
    {"ignored_name_filter": True},
    {"unicode_names": True},
    {"upper_case_names": True},
    {"trailing_dot_names": True},
    {"unicode_names": True, "trailing_dot_names": True, "ignored_name_filter": True, "shuffle_pages": "always"},
    {"no_result_info": True, "fuzzy_name_filter": True},
    {"no_total": True},
]


@pytest.mark.call(steps=lambda spelling: [manage({"domain": spelling, "lookback_hops": 9}, domains=LIVE)])
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_name_in_any_spelling_finds_the_domain(spelling: str, outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert outcome.changed_fields() == {SPELLINGS[spelling]: {"lookback_hops"}}
    assert outcome.result["domain"]["lookback_hops"] == 9


@pytest.mark.play(steps=lambda spelling: [manage({"domain": spelling, "lookback_hops": 9}, domains=LIVE)])
@pytest.mark.parametrize("spelling", ["MAIL.Example", "mail.example.", "faß.de", "ｍａｉｌ．ｅｘａｍｐｌｅ"])
def test_playbook_name_in_any_spelling_finds_the_domain(spelling: str, outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert outcome.changed_fields() == {SPELLINGS[spelling]: {"lookback_hops"}}


@pytest.mark.call(
    steps=lambda name, habits: [
        manage({"name": name, "lookback_hops": 9}, domains=LIVE, habits=habits),
        manage({"domain": name, "lookback_hops": 9}, keep_state=True),
    ]
)
@pytest.mark.parametrize("name", ["mail.example", "faß.de"])
@pytest.mark.parametrize("habits", HABITS, ids="+".join)
def test_name_is_found_with_any_filter_and_spelling_of_the_server(name: str, habits: dict[str, Any], outcomes: list[Outcome]) -> None:
    run, again = outcomes
    assert run.changed_fields() == {IDN_ID if name == "faß.de" else ID: {"lookback_hops"}}
    assert run.bodies == [{"lookback_hops": 9}]
    assert again.result["action"] == "none"


@pytest.mark.call(steps=lambda domain_id: check_run_rerun({"domain_id": domain_id, "lookback_hops": 9}, domains=LIVE))
@pytest.mark.parametrize("domain_id", [ID, ID.upper(), f" {ID} "])
def test_id_in_any_spelling_finds_the_domain_with_one_request(domain_id: str, outcomes: list[Outcome]) -> None:
    check, run, again = outcomes
    assert (check.methods, run.methods, again.methods) == (["GET"], ["GET", "PATCH"], ["GET"])
    assert run.journal[0]["path"].endswith(f"/domains/{ID}")
    assert run.changed_fields() == {ID: {"lookback_hops"}}


@pytest.mark.call(steps=lambda chosen: check_run_rerun({**chosen, "lookback_hops": 9}, domains=LIVE, habits={"integer_ids": True}))
@pytest.mark.parametrize("chosen", [{"domain_id": INTEGER_ID}, {"domain_id": int(INTEGER_ID)}, {"domain": "mail.example"}], ids=str)
def test_integer_id_of_2025_finds_the_domain(chosen: dict[str, Any], outcomes: list[Outcome]) -> None:
    check, run, again = outcomes
    assert not run.failed, run.message
    assert run.journal[-1]["path"].endswith(f"/domains/{INTEGER_ID}")
    assert run.changed_fields() == {ID: {"lookback_hops"}}
    assert (check.result["action"], again.result["action"]) == ("update", "none")
    assert again.result["domain"]["id"] == int(INTEGER_ID)


@pytest.mark.play(
    manage({"domain": "mail.example", "state": "absent"}, domains=LIVE, habits={"integer_ids": True}),
    info({"domain_id": 1002, "verification": True}, keep_state=True),
)
def test_integer_id_of_2025_is_deleted_and_read(outcomes: list[Outcome]) -> None:
    removed, read = outcomes
    assert (removed.result["action"], removed.journal[-1]["path"].rpartition("/")[2]) == ("delete", INTEGER_ID)
    assert [domain["id"] for domain in read.result["domains"]] == [1002]


DUPLICATES = [LIVE[0], {**LIVE[1], "domain": "mail.example"}]


@pytest.mark.play(
    manage({"domain": "mail.example", "lookback_hops": 9}, domains=DUPLICATES, check=True),
    manage({"domain": "Mail.example", "lookback_hops": 9}, domains=DUPLICATES),
    manage({"domain": "mail.example", "state": "absent"}, domains=DUPLICATES),
    manage({"domain_id": ID, "lookback_hops": 9}, domains=DUPLICATES),
    info({"domain": ["mail.example"]}, domains=DUPLICATES),
)
def test_duplicate_live_name_is_a_conflict_without_an_id(outcomes: list[Outcome]) -> None:
    *refused, by_id, read = outcomes
    for outcome in refused:
        assert (outcome.kind, outcome.methods) == ("conflict", ["GET"])
        assert ID in outcome.message
        assert LIVE[1]["id"] in outcome.message
        assert "domain_id" in outcome.message
    assert by_id.changed_fields() == {ID: {"lookback_hops"}}
    assert {domain["id"] for domain in read.result["domains"]} == {ID, LIVE[1]["id"]}


@pytest.mark.call(
    steps=lambda state: [
        manage(
            {"domain_id": ID, "domain": "sub.mail.example", "state": state} | ({"lookback_hops": 9} if state == "present" else {}), domains=LIVE, check=check
        )
        for check in (True, False)
    ]
)
@pytest.mark.parametrize("state", ["absent", "present"])
def test_id_with_the_name_of_another_domain_removes_nothing(state: str, outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        if state == "absent":
            assert outcome.failed, "the wrong domain was removed"
            assert (outcome.kind, outcome.methods) == ("conflict", ["GET"])
            assert "mail.example" in outcome.message
    assert [domain["domain"] for domain in outcomes[-1].after] == [domain["domain"] for domain in LIVE]


@pytest.mark.play(
    manage({"domain": "mail.example", "domain_id": ID, "state": "absent"}, domains=LIVE),
    manage({"domain": "mail.example", "domain_id": ID, "state": "absent"}, keep_state=True),
)
def test_id_with_its_own_name_removes_the_domain(outcomes: list[Outcome]) -> None:
    removed, again = outcomes
    assert [domain["domain"] for domain in removed.after] == [domain["domain"] for domain in LIVE[1:]]
    assert (again.result["changed"], again.result["action"], again.methods) == (False, "none", ["GET"] * 3), "by id, by name, and in the whole list"


MISSING = ["allowed_delivery_modes", "drop_dispositions", "ip_restrictions", "regions"]


def missing_domain_steps(args: dict[str, Any]) -> list[Step]:
    return [manage(args, domains=LIVE, check=check) for check in (True, False)]


@pytest.mark.call(steps=missing_domain_steps)
@pytest.mark.parametrize(
    "args",
    [
        {"domain": "absent.example"},
        {"domain": "absent.example", "lookback_hops": 3},
        {"domain": "absent.example", "regions": ["US"], "ip_restrictions": []},
        {"domain": "absent.example", "allowed_delivery_modes": ["API"], "drop_dispositions": [], "regions": ["US"]},
    ],
    ids="+".join,
)
def test_missing_domain_names_the_settings_that_onboarding_needs(args: dict[str, Any], outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        assert (outcome.kind, outcome.methods) == ("not_found", ["GET", "GET"])
        assert "absent.example" in outcome.message
        for name in MISSING:
            assert (name in outcome.message) is (name not in args), name


@pytest.mark.call(steps=missing_domain_steps)
@pytest.mark.parametrize(
    "args", [{"domain_id": "0d3f1c55-7a0b-4a59-9c3e-52f3f7c1bfff", "lookback_hops": 3}, {"domain_id": "99999", "clear": ["folder"]}], ids=str
)
def test_unknown_id_is_not_found(args: dict[str, Any], outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        assert (outcome.kind, outcome.methods) == ("not_found", ["GET"])
        assert args["domain_id"] in outcome.message
        assert "domain_id" in outcome.message
