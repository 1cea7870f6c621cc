"""Which live domain is meant: by name in any spelling, by id of any age, and never a wrong one."""

from __future__ import annotations

from typing import Any

import pytest
from integration.support.step import Outcome, Step, check_run_rerun, info, manage

STRASSE = "xn--fa-hia.de"
NUMBER = "1001"  # the id that the first domain stored had in 2025
LIVE: list[dict[str, Any]] = [
    {"id": "0d3f1c55-7a0b-4a59-9c3e-52f3f7c1b001", "domain": "mail.example", "lookback_hops": 2},
    {"id": "0d3f1c55-7a0b-4a59-9c3e-52f3f7c1b002", "domain": "sub.mail.example", "lookback_hops": 4},
    {"id": "0d3f1c55-7a0b-4a59-9c3e-52f3f7c1b003", "domain": "mail.example.org", "lookback_hops": 5},
    {"id": "0d3f1c55-7a0b-4a59-9c3e-52f3f7c1b004", "domain": STRASSE, "lookback_hops": 6},
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
def test_a_name_in_any_spelling(spelling: str, outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert outcome.changed_fields() == {SPELLINGS[spelling]: {"lookback_hops"}}
    assert outcome.result["domain"]["lookback_hops"] == 9


@pytest.mark.play(steps=lambda spelling: [manage({"domain": spelling, "lookback_hops": 9}, domains=LIVE)])
@pytest.mark.parametrize("spelling", ["MAIL.Example", "mail.example.", "faß.de", "ｍａｉｌ．ｅｘａｍｐｌｅ"])
def test_a_name_written_in_a_playbook(spelling: str, outcomes: list[Outcome]) -> None:
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
def test_whatever_the_servers_filter_and_spelling(name: str, habits: dict[str, Any], outcomes: list[Outcome]) -> None:
    run, again = outcomes
    assert run.changed_fields() == {IDN_ID if name == "faß.de" else ID: {"lookback_hops"}}
    assert run.bodies == [{"lookback_hops": 9}]
    assert again.result["action"] == "none"


@pytest.mark.call(steps=lambda domain_id: check_run_rerun({"domain_id": domain_id, "lookback_hops": 9}, domains=LIVE))
@pytest.mark.parametrize("domain_id", [ID, ID.upper(), f" {ID} "])
def test_by_id(domain_id: str, outcomes: list[Outcome]) -> None:
    check, run, again = outcomes
    assert (check.methods, run.methods, again.methods) == (["GET"], ["GET", "PATCH"], ["GET"])
    assert run.journal[0]["path"].endswith(f"/domains/{ID}")
    assert run.changed_fields() == {ID: {"lookback_hops"}}


@pytest.mark.call(steps=lambda chosen: check_run_rerun({**chosen, "lookback_hops": 9}, domains=LIVE, habits={"integer_ids": True}))
@pytest.mark.parametrize("chosen", [{"domain_id": NUMBER}, {"domain_id": int(NUMBER)}, {"domain": "mail.example"}], ids=str)
def test_an_integer_id_as_in_2025(chosen: dict[str, Any], outcomes: list[Outcome]) -> None:
    check, run, again = outcomes
    assert not run.failed, run.message
    assert run.journal[-1]["path"].endswith(f"/domains/{NUMBER}")
    assert run.changed_fields() == {ID: {"lookback_hops"}}
    assert (check.result["action"], again.result["action"]) == ("update", "none")
    assert again.result["domain"]["id"] == int(NUMBER)


@pytest.mark.play(
    manage({"domain": "mail.example", "state": "absent"}, domains=LIVE, habits={"integer_ids": True}),
    info({"domain_id": 1002, "verification": True}, keep_state=True),
)
def test_an_integer_id_is_deleted_and_read(outcomes: list[Outcome]) -> None:
    removed, read = outcomes
    assert (removed.result["action"], removed.journal[-1]["path"].rpartition("/")[2]) == ("delete", NUMBER)
    assert [domain["id"] for domain in read.result["domains"]] == [1002]


TWINS = [LIVE[0], {**LIVE[1], "domain": "mail.example"}]


@pytest.mark.play(
    manage({"domain": "mail.example", "lookback_hops": 9}, domains=TWINS, check=True),
    manage({"domain": "Mail.example", "lookback_hops": 9}, domains=TWINS),
    manage({"domain": "mail.example", "state": "absent"}, domains=TWINS),
    manage({"domain_id": ID, "lookback_hops": 9}, domains=TWINS),
    info({"domain": ["mail.example"]}, domains=TWINS),
)
def test_two_live_domains_of_one_name(outcomes: list[Outcome]) -> None:
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
def test_an_id_and_the_name_of_another_domain(state: str, outcomes: list[Outcome]) -> None:
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
def test_an_id_and_its_own_name(outcomes: list[Outcome]) -> None:
    removed, again = outcomes
    assert [domain["domain"] for domain in removed.after] == [domain["domain"] for domain in LIVE[1:]]
    assert (again.result["changed"], again.result["action"], again.methods) == (False, "none", ["GET"] * 3), "by id, by name, and in the whole list"


MISSING = ["allowed_delivery_modes", "drop_dispositions", "ip_restrictions", "regions"]


def not_there(args: dict[str, Any]) -> list[Step]:
    return [manage(args, domains=LIVE, check=check) for check in (True, False)]


@pytest.mark.call(steps=not_there)
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
def test_a_domain_that_is_not_there_and_too_little_to_create_it(args: dict[str, Any], outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        assert (outcome.kind, outcome.methods) == ("not_found", ["GET", "GET"])
        assert "absent.example" in outcome.message
        for name in MISSING:
            assert (name in outcome.message) is (name not in args), name


@pytest.mark.call(steps=not_there)
@pytest.mark.parametrize(
    "args", [{"domain_id": "0d3f1c55-7a0b-4a59-9c3e-52f3f7c1bfff", "lookback_hops": 3}, {"domain_id": "99999", "clear": ["folder"]}], ids=str
)
def test_an_id_that_is_not_there(args: dict[str, Any], outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        assert (outcome.kind, outcome.methods) == ("not_found", ["GET"])
        assert args["domain_id"] in outcome.message
        assert "domain_id" in outcome.message
