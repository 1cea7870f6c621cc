"""Properties of email_security_domain for any live domain, declaration and fault, by hypothesis.

HYPOTHESIS_EXAMPLES sets the number of examples.
"""

from __future__ import annotations

import time
from typing import Any

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.client import Client
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import ApiError, CollectionError
from ansible_collections.mailops.cloudflare.plugins.module_utils.connection_options import connection_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.apply_one import apply_one
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.desired import desired_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN, Domains
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.registry import PERMISSION_GROUP
from hypothesis import assume, event, given
from hypothesis import strategies as st
from integration.support.reference_equality import normal_account, normal_form, normal_settings
from integration.support.strategies import DOMAIN_NAMES, FIELDS, World, single_fault, worlds
from simulator import Simulator

TIMEOUT = 0.75
Result = dict[str, Any]


def client(simulator: Simulator) -> Client:
    """A client that counts its waits and does not make them."""
    options = {"account_id": simulator.account_id, "api_token": simulator.token, "base_url": simulator.base_url, "timeout": TIMEOUT, "max_wait": 60}
    return Client(connection_from_options(options, {}), user_agent="laws", permission_group=PERMISSION_GROUP, sleep=lambda _seconds: None)


def prepare(simulator: Simulator, world: World) -> dict[str, dict[str, Any]]:
    """Bring the simulator into the state of a world. Returns the stored settings in normal form."""
    simulator.reset()
    simulator.configure(ratelimit=None, **world.settings)
    simulator.clear_domains()
    for domain in world.domains:
        simulator.add_domain(**domain)
    simulator.habit(**world.habits)
    for fault in world.faults:
        simulator.fault(**{**fault["match"], **{key: value for key, value in fault.items() if key != "match"}})
    return normal_account(simulator.domains)


def run(simulator: Simulator, options: dict[str, Any], *, check_mode: bool = False) -> Result:
    """The result of the module, or its failure. The journal has the requests of this run only."""
    simulator.clear_journal()
    simulator.configure(refuse_writes=check_mode)
    with client(simulator) as connected:
        try:
            result = apply_one(Domains(connected), desired_from_options(DOMAIN, options), check_mode=check_mode)
        except CollectionError as error:
            result = {"failed": True, "changed": False} | error.as_result()
    assert simulator.violations == []
    return result


def writes(simulator: Simulator) -> list[dict[str, Any]]:
    return [entry for entry in simulator.journal if entry["method"] != "GET"]


def expected_settings(world: World, before: dict[str, dict[str, Any]]) -> dict[str, Any] | None:
    """The settings, in normal form, that the domain should end with. None if it should not exist."""
    if world.is_absent:
        return None
    desired = {name: normal_form(name, value) for name, value in world.desired.items()}
    return {**before.get(world.target or "", normal_settings({"domain": world.name, "lookback_hops": 1, "transport": ""})), **desired}


def can_be_applied(world: World) -> bool:
    """Whether the declaration can be applied: a domain that is not live needs the settings that onboarding requires."""
    return world.is_absent or world.target is not None or all(name in world.desired for name, item in FIELDS.items() if item.is_required)


@given(world=worlds())
def test_check_mode_predicts_the_run(running_simulator: Simulator, world: World) -> None:
    assume(can_be_applied(world))
    before = prepare(running_simulator, world)
    checked = run(running_simulator, world.options, check_mode=True)
    assert {entry["method"] for entry in running_simulator.journal} == {"GET"}
    assert normal_account(running_simulator.domains) == before
    done = run(running_simulator, world.options)
    event(f"action {done.get('action')}")
    for key in ("changed", "action", "operation", "changes", "weaker", "diff", "failed"):
        assert checked.get(key) == done.get(key), key


def most_requests(world: World) -> int:
    """The most requests of a run without changes: one.

    If a filter finds nothing, the whole list is read. This takes another request without a page size, and two more if its total is wrong.
    """
    is_confirmed = world.is_absent or "exact_stored_filter" in world.habits
    if not is_confirmed:
        return 1
    return 4 if "total_too_high" in world.habits else 3 if "no_result_info" in world.habits else 2


@given(world=worlds())
def test_second_run_changes_nothing(running_simulator: Simulator, world: World) -> None:
    assume(can_be_applied(world))
    prepare(running_simulator, world)
    first = run(running_simulator, world.options)
    assert not first.get("failed"), first
    stored = running_simulator.domains
    for options in (world.options, world.respelled):
        again = run(running_simulator, options)
        assert (again["changed"], again["action"], again["changes"]) == (False, "none", {})
        assert again["diff"]["before"] == again["diff"]["after"]
        assert len(running_simulator.journal) <= most_requests(world)
        assert writes(running_simulator) == []
    assert running_simulator.domains == stored


@given(world=worlds())
def test_order_repetition_and_spelling_change_nothing(running_simulator: Simulator, world: World) -> None:
    assume(can_be_applied(world))
    outcomes = []
    for options in (world.options, world.respelled):
        prepare(running_simulator, world)
        result = run(running_simulator, options)
        bodies = [entry["body"] for entry in writes(running_simulator)]
        outcomes.append(({key: result.get(key) for key in ("changed", "action", "operation", "changes", "weaker", "diff", "failed")}, bodies))
    assert outcomes[0] == outcomes[1]


@given(world=worlds())
def test_run_ends_as_desired_and_changes_no_other_domain(running_simulator: Simulator, world: World) -> None:
    assume(can_be_applied(world))
    before = prepare(running_simulator, world)
    result = run(running_simulator, world.options)
    assert not result.get("failed"), result
    after = normal_account(running_simulator.domains)
    assert result["changed"] is (before != after)
    assert {key: value for key, value in after.items() if value["domain"] != world.name} == {
        key: value for key, value in before.items() if value["domain"] != world.name
    }
    found = next((value for value in after.values() if value["domain"] == world.name), None)
    assert found == expected_settings(world, before)


@given(world=worlds())
def test_body_has_exactly_the_declared_fields_that_differ(running_simulator: Simulator, world: World) -> None:
    assume(can_be_applied(world) and world.target is not None and not world.is_absent)
    before = prepare(running_simulator, world)
    raw = {domain["id"]: domain for domain in running_simulator.domains}
    result = run(running_simulator, world.options)
    differing = {name for name, value in world.desired.items() if before[world.target][name] != normal_form(name, value)}
    sent = [entry["body"] for entry in writes(running_simulator)]
    assert [set(body) for body in sent] == ([differing] if differing else [])
    assert set(result["changes"]) == differing
    for live_id, domain in {domain["id"]: domain for domain in running_simulator.domains}.items():
        undeclared = set(domain) - {"modified_at"} - (differing if live_id == world.target else set())
        assert {name: domain[name] for name in undeclared} == {name: raw[live_id][name] for name in undeclared}


@given(world=worlds(), other=st.integers(1, 2**32))
def test_duplicate_live_name_is_never_written(running_simulator: Simulator, world: World, other: int) -> None:
    assume(world.target is not None)
    target = next(domain for domain in world.domains if domain["id"] == world.target)
    added = f"{other:08x}-0000-4000-8000-000000000000"
    assume(added not in {domain["id"] for domain in world.domains})
    world.domains.append({**target, "id": added})
    before = prepare(running_simulator, world)
    result = run(running_simulator, world.options)
    assert result["failure"]["kind"] == "conflict"
    assert writes(running_simulator) == []
    assert normal_account(running_simulator.domains) == before


@given(world=worlds(), name=st.sampled_from(sorted(name for name, item in FIELDS.items() if item.if_emptied)), checks=st.booleans())
def test_empty_list_without_clear_is_refused(running_simulator: Simulator, world: World, name: str, checks: bool) -> None:
    """An empty list is no change if the live list is empty, too."""
    assume(world.target is not None and not world.is_absent and name not in world.desired)
    before = prepare(running_simulator, world)
    result = run(running_simulator, {**world.options, name: []}, check_mode=checks)
    if before[world.target][name]:
        assert result["failure"]["kind"] == "unsafe"
        assert name in result["msg"]
        assert writes(running_simulator) == []
        assert normal_account(running_simulator.domains) == before
    else:
        assert not result.get("failed"), result


def has_hit_a_verification(simulator: Simulator) -> bool:
    """Whether the fault was in the read that verifies an acknowledged write."""
    struck = next((number for number, entry in enumerate(simulator.journal) if entry["faults"]), 0)
    return bool(struck) and simulator.journal[struck]["method"] == "GET" and any(entry["method"] != "GET" for entry in simulator.journal[:struck])


@given(world=worlds(), fault=single_fault())
def test_single_fault_ends_as_desired_or_as_before_with_a_failure(running_simulator: Simulator, world: World, fault: dict[str, Any]) -> None:
    """Never in between, and the report is true."""
    assume(can_be_applied(world))
    world.faults = [fault]
    before = prepare(running_simulator, world)
    wanted = expected_settings(world, before)
    result = run(running_simulator, world.options)
    if fault["do"] == "hang":
        time.sleep(0.05)  # the server carries out the request after the client has gone
    after = normal_account(running_simulator.domains)
    event(f"{fault['do']}: {result['failure']['kind'] if result.get('failed') else result['action']}")
    assert {key: value for key, value in after.items() if value["domain"] != world.name} == {
        key: value for key, value in before.items() if value["domain"] != world.name
    }
    found = [value for value in after.values() if value["domain"] == world.name]
    is_as_desired = found == ([] if wanted is None else [wanted])
    if result.get("failed"):
        assert after == before or is_as_desired, "in between"
        assert result["failure"]["kind"] in {"auth", "permission", "invalid", "conflict", "server", "response", "network", "rate_limited", "not_found"}
    else:
        assert is_as_desired
    assert result["changed"] is (after != before), result
    if not has_hit_a_verification(running_simulator):
        assert "is unknown" not in result.get("msg", ""), "one fault leaves nothing unknown, because the verification is not disturbed"


@given(world=worlds(), lost=st.sampled_from(["reset", "close", "html", "invalid_json"]), theirs=st.data())
def test_concurrent_edit_during_a_lost_write_is_not_overwritten(running_simulator: Simulator, world: World, lost: str, theirs: st.DataObject) -> None:
    """Unless the edit changes nothing or sets what was desired."""
    assume(world.target is not None and world.desired and not world.is_absent)
    name = theirs.draw(st.sampled_from(["lookback_hops", "transport", "folder"]), label="field")
    value = theirs.draw(st.sampled_from({"lookback_hops": [1, 2, 7], "transport": ["mx.example.com", "theirs.example.com"], "folder": ["Inbox", None]}[name]))
    world.faults = [
        {"do": "edit", "domain": world.target, "values": {name: value}, "match": {"method": "PATCH"}, "times": 1},
        {"do": lost, "match": {"method": "PATCH"}, "times": 1},
    ]
    before = prepare(running_simulator, world)
    mine = expected_settings(world, before)
    result = run(running_simulator, world.options)
    after = normal_account(running_simulator.domains)[world.target]
    assume(writes(running_simulator))
    theirs_alone = {**before[world.target], name: normal_form(name, value)}
    if theirs_alone == before[world.target]:
        assert (result["action"], after) == ("update", mine)
    elif all(theirs_alone[key] == normal_form(key, wanted) for key, wanted in world.desired.items()):
        assert not result.get("failed")
        assert after == theirs_alone
    else:
        assert result["failure"]["kind"] == "conflict"
        assert set(result["failure"]["states"]) == {"before", "asked", "found"}
        assert after == theirs_alone, "theirs was overwritten"


@given(
    count=st.integers(0, 12),
    cap=st.integers(1, 5),
    habits=st.lists(st.sampled_from(["no_result_info", "no_total", "shuffle_pages", "page_ignored", "integer_ids"]), unique=True),
)
def test_list_is_complete_or_an_error(running_simulator: Simulator, count: int, cap: int, habits: list[str]) -> None:
    running_simulator.reset()
    running_simulator.clear_domains()
    running_simulator.configure(per_page_cap=cap, ratelimit=None)
    running_simulator.habit(**{habit: "always" if habit == "shuffle_pages" else True for habit in habits})
    names = {running_simulator.add_domain(domain=f"d{number}.example")["domain"] for number in range(count)}
    failure = None
    with client(running_simulator) as connected:
        try:
            found = [live["domain"] for live in Domains(connected).list_objects()]
        except ApiError as error:
            failure = error
    assert running_simulator.violations == []
    if failure is None:
        assert sorted(found) == sorted(names)
    else:
        assert failure.kind == "response"
        assert {"shuffle_pages", "page_ignored"} & set(habits), "nothing was wrong with this list"


@given(count=st.integers(4, 12), cap=st.integers(1, 5), page=st.integers(2, 4), who=st.integers(0, 11), does=st.sampled_from(["remove", "add"]))
def test_list_that_changes_while_it_is_read_has_every_lasting_domain(
    running_simulator: Simulator, count: int, cap: int, page: int, who: int, does: str
) -> None:
    running_simulator.reset()
    running_simulator.clear_domains()
    running_simulator.configure(per_page_cap=cap, ratelimit=None)
    names = [running_simulator.add_domain(domain=f"d{number:02}.example")["domain"] for number in range(count)]
    chosen = names[who % count]
    what = {"domain": chosen} if does == "remove" else {"values": {"domain": f"{chosen[:3]}a.example"}}
    running_simulator.fault(does, method="GET", nth=page, **what)
    with client(running_simulator) as connected:
        found = {live["domain"] for live in Domains(connected).list_objects()}
    missed = set(names) - found - ({chosen} if does == "remove" else set())
    assert missed == set(), "a domain that existed all the time is not in the list"


def test_domain_names_of_the_strategies_are_in_normal_form() -> None:
    assert [normal_form("domain", name) for name in DOMAIN_NAMES] == DOMAIN_NAMES


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_strategies_have_values_for_every_field(name: str) -> None:
    """A new field of a known type is covered. A new type needs values in strategies.py."""
    from integration.support.strategies import DESIRED_VALUES, SPELLINGS, UNEXPECTED_VALUES

    kind = type(FIELDS[name].type).__name__
    assert kind in DESIRED_VALUES
    assert kind in SPELLINGS
    assert kind in UNEXPECTED_VALUES
