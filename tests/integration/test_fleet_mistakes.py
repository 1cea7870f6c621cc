"""Mistakes of a user in a task for many domains: all of them are refused at once, before any request, and each message names the entry."""

from __future__ import annotations

from typing import Any

import pytest
from integration.support.fleet_step import CREATE_FIELDS, Domain, desired_for_all, fleet, id_of, make_domain, make_domains, result_of
from integration.support.step import FLEET_MODULE, Outcome, Step

LIVE = make_domains(4)
HOPS = {"lookback_hops": 9}
# Entries, further options, and parts of the expected message.
MISTAKES: dict[str, tuple[list[Any], dict[str, Any], tuple[str, ...]]] = {
    "twice": ([{"domain": "d1.example"}, {"domain": "d2.example"}, {"domain": "d1.example"}], {}, ("d1.example",)),
    "twice in another case": ([{"domain": "d1.example"}, {"domain": "D1.Example"}], {}, ("d1.example",)),
    "twice with a trailing dot": ([{"domain": "d1.example."}, {"domain": "d1.example"}], {}, ("d1.example",)),
    "twice by its alias": ([{"name": "d1.example"}, {"domain": "d1.example"}], {}, ("d1.example",)),
    "twice in letters and in A-labels": ([{"domain": "bücher.example"}, {"domain": "xn--bcher-kva.example"}], {}, ("xn--bcher-kva.example",)),
    "twice by id": ([{"domain_id": id_of(1)}, {"domain_id": id_of(1)}], {}, (id_of(1),)),
    "twice by id in another case": ([{"domain_id": id_of(1)}, {"domain_id": id_of(1).upper()}], {}, (id_of(1),)),
    "present and absent": ([{"domain": "d1.example", **HOPS}, {"domain": "d1.example", "state": "absent"}], {}, ("d1.example",)),
    "two things twice": ([{"domain": name} for name in ("d1.example", "d2.example") * 2], {}, ("d1.example", "d2.example")),
    "a wrong number": ([{"domain": "d1.example"}, {"domain": "d2.example", "lookback_hops": 99}], {}, ("domains[1]", "d2.example", "lookback_hops", "99")),
    "a wrong network": ([{"domain": "d1.example", "ip_restrictions": ["192.0.2.1/24"]}], {}, ("domains[0]", "ip_restrictions", "192.0.2.1/24", "192.0.2.0/24")),
    "by id": ([{"domain_id": id_of(1), "lookback_hops": 0}], {}, ("domains[0]", id_of(1), "lookback_hops")),
    "mistakes in three domains": (
        [
            {"domain": "d1.example", "lookback_hops": 99},
            {"domain": "d2.example"},
            {"domain": "d3.example", "regions": []},
            {"domain": "a..b", "transport": " "},
        ],
        {},
        ("domains[0]", "99", "domains[2]", "regions", "domains[3]", "a..b"),
    ),
    "mistakes of both sorts": (
        [{"domain": "d1.example", "lookback_hops": 99}, {"domain": "d2.example"}, {"domain": "d2.example"}],
        {},
        ("domains[0]", "99", "d2.example"),
    ),
    "an unknown mode": ([{"domain": "d1.example", "allowed_delivery_modes": ["PIGEON"]}], {}, ("allowed_delivery_modes", "PIGEON", "RETRO_SCAN")),
    "a bad name": ([{"domain": "d1.example"}, {"domain": "☃️.example"}], {}, ("domains[1]", "IDNA")),
    "a bad id": ([{"domain": "d1.example"}, {"domain_id": "../../user"}], {}, ("domains[1]", "domain_id", "../../user")),
    "absent with settings": ([{"domain": "d1.example"}, {"domain": "d2.example", "state": "absent", **HOPS}], {}, ("domains[1]", "absent", "lookback_hops")),
    "value and clear": ([{"domain": "d1.example", "folder": "Inbox", "clear": ["folder"]}], {}, ("domains[0]", "clear", "folder")),
    "neither name nor id": ([{"domain": "d1.example"}, {"lookback_hops": 2}], {}, ("domain", "domain_id", "domains")),
    "an empty entry": ([{}], {}, ("domain", "domain_id")),
    "a misspelt setting": ([{"domain": "d1.example", "lookback_hop": 2}], {}, ("lookback_hop", "lookback_hops", "domains")),
    "a text as an entry": (["d1.example"], {}, ("dict",)),
    "a wrong default": ([{"domain": "d1.example"}], {"defaults": {"lookback_hops": 99}}, ("defaults", "lookback_hops", "99")),
    "a wrong default that nobody takes": ([{"domain": "d1.example", **HOPS}], {"defaults": {"lookback_hops": 99}}, ("defaults", "lookback_hops", "99")),
    "a wrong default and nobody at all": ([], {"defaults": {"lookback_hops": 99}}, ("defaults", "lookback_hops", "99")),
    "a default in two ways": ([{"domain": "d1.example"}], {"defaults": {"folder": "Inbox", "clear": ["folder"]}}, ("defaults", "clear", "folder")),
    "a name as a default": ([{"domain": "d1.example"}], {"defaults": {"domain": "d2.example"}}, ("defaults", "domain")),
    "a state as a default": ([{"domain": "d1.example"}], {"defaults": {"state": "absent"}}, ("defaults", "state")),
    "no domains": (None, {}, ("domains", "required")),  # type: ignore[dict-item]
    "an unknown batch": ([{"domain": "d1.example"}], {"batch": "sometimes"}, ("batch", "sometimes", "auto")),
    "concurrency 0": ([{"domain": "d1.example"}], {"concurrency": 0}, ("concurrency", "0", "1", "10")),
    "concurrency 11": ([{"domain": "d1.example"}], {"concurrency": 11}, ("concurrency", "11", "10")),
    "concurrency -1": ([{"domain": "d1.example"}], {"concurrency": -1}, ("concurrency", "-1")),
    "concurrency in words": ([{"domain": "d1.example"}], {"concurrency": "many"}, ("concurrency", "int")),
    "an empty plan": ([{"domain": "d1.example"}], {"expected_plan": ""}, ("expected_plan",)),
    "a blank plan": ([{"domain": "d1.example"}], {"expected_plan": "  "}, ("expected_plan",)),
    "an unknown option": ([{"domain": "d1.example"}], {"domain": "d1.example"}, ("domain", "domains")),
    "max_wait": ([{"domain": "d1.example"}], {"max_wait": -1}, ("max_wait", "-1", "seconds")),
    "account": ([{"domain": "d1.example"}], {"account_id": "abc"}, ("account_id", "32")),
}


def steps(mistake: str) -> list[Step]:
    declared, options, _words = MISTAKES[mistake]
    args = {**({} if declared is None else {"domains": declared}), **options}
    return [Step(args, FLEET_MODULE, domains=LIVE, check=check) for check in (True, False)]


@pytest.mark.call(steps=steps)
@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake_is_refused_before_any_request(mistake: str, outcomes: list[Outcome]) -> None:
    words = MISTAKES[mistake][2]
    for outcome in outcomes:
        assert outcome.failed, "it was not refused"
        assert (outcome.kind, outcome.journal, outcome.result["changed"]) == ("invalid", [], False)
        missing = [word for word in words if word not in outcome.message]
        assert not missing, f"{outcome.message!r} does not hold {missing}"


@pytest.mark.call(
    steps=lambda count: [fleet([{"domain": f"d{number}.example", "lookback_hops": 99} for number in range(count)], live=[])],
)
@pytest.mark.parametrize("count", [3000])
def test_3000_mistakes_give_a_short_message(count: int, outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert (outcome.kind, outcome.journal) == ("invalid", [])
    assert "domains[0]" in outcome.message
    assert len(outcome.output) < 700_000


SAME_DOMAIN_TWICE: dict[str, list[Domain]] = {
    "name and id": [{"domain": "d1.example", **HOPS}, {"domain": "d2.example", **HOPS}, {"domain_id": id_of(1), "lookback_hops": 8}],
    "the same settings": [{"domain": "d1.example", **HOPS}, {"domain_id": id_of(1), **HOPS}],
    "nothing to do": [{"domain": "d1.example"}, {"domain_id": id_of(1)}],
    "id and removal": [{"domain_id": id_of(1), "state": "absent"}, {"domain": "d1.example", **HOPS}],
    "a new name for one and the name of another": [{"domain_id": id_of(1), "domain": "d2.example"}, {"domain": "d2.example", **HOPS}],
}


@pytest.mark.call(steps=lambda case: [fleet(SAME_DOMAIN_TWICE[case], live=LIVE, check=check) for check in (True, False)])
@pytest.mark.parametrize("case", [case for case in SAME_DOMAIN_TWICE if not case.startswith("a new name")])
def test_one_live_domain_by_name_and_by_id_is_refused_before_any_write(case: str, outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        assert outcome.kind == "invalid"
        assert set(outcome.methods) <= {"GET"}
        assert outcome.before == outcome.after
        assert outcome.result["changed"] is False
        assert "d1.example" in outcome.message
        assert id_of(1) in outcome.message


@pytest.mark.call(steps=lambda case: [fleet(SAME_DOMAIN_TWICE[case], live=LIVE, check=check) for check in (True, False)])
@pytest.mark.parametrize("case", [case for case in SAME_DOMAIN_TWICE if case.startswith("a new name")])
def test_rename_to_the_name_of_another_entry_is_refused(case: str, outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        assert (outcome.kind, outcome.journal) == ("invalid", [])


LIVE_WITH_DUPLICATE = [*LIVE, make_domain("D1.example", 11)]


@pytest.mark.call(
    steps=lambda state, batch: [
        fleet(
            [
                {"domain": "d1.example", "state": state, **(HOPS if state == "present" else {})},
                *desired_for_all(LIVE[1:], **HOPS),
                {"domain": "new.example", **CREATE_FIELDS},
            ],
            {"batch": batch},
            live=LIVE_WITH_DUPLICATE,
            check=check,
        )
        for check in (True, False)
    ]
)
@pytest.mark.parametrize("batch", ["auto", "never"])
@pytest.mark.parametrize("state", ["present", "absent"])
def test_duplicate_live_name_fails_alone(state: str, batch: str, outcomes: list[Outcome]) -> None:
    check, run = outcomes
    for outcome in outcomes:
        failed = result_of(outcome, "d1.example")
        assert failed["failure"]["kind"] == "conflict"
        assert all(word in failed["msg"] for word in (id_of(1), LIVE_WITH_DUPLICATE[-1]["id"], "domain_id"))
        assert outcome.result["summary"] == {"total": 5, "unchanged": 0, "created": 1, "updated": 3, "deleted": 0, "failed": 1, "not_reached": 0, "waived": 0}
    assert check.result["results"] == run.result["results"]
    assert [run.stored(f"d{number}.example")["lookback_hops"] for number in (2, 3, 4)] == [9, 9, 9]


@pytest.mark.call(fleet([{"domain_id": id_of(1), **HOPS}, {"domain_id": LIVE_WITH_DUPLICATE[-1]["id"], "lookback_hops": 8}], live=LIVE_WITH_DUPLICATE))
def test_duplicate_live_names_are_distinguished_by_id(outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert not outcome.failed, outcome.message
    assert [outcome.stored(each)["lookback_hops"] for each in (id_of(1), LIVE_WITH_DUPLICATE[-1]["id"])] == [9, 8]


@pytest.mark.call(fleet([{"domain_id": id_of(1), "domain": "d2.example", "state": "absent"}, {"domain": "d3.example", **HOPS}], live=LIVE))
def test_absent_with_the_name_of_another_domain_removes_nothing(outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert outcome.result["summary"]["failed"] == 1
    assert [each["failure"]["kind"] for each in outcome.result["results"] if "failure" in each] == ["conflict"]
    assert len(outcome.after) == len(LIVE)
    assert outcome.stored("d3.example")["lookback_hops"] == 9
