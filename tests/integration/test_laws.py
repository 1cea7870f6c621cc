"""Laws that hold whatever is live, whatever is wanted, and whatever goes wrong.

HYPOTHESIS_EXAMPLES sets how many examples each law tries.
"""

from __future__ import annotations

import time
from typing import Any

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.client import Client
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.connection import connection_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import ApiError
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.apply_one import apply_one
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.desired import desired_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN, Domains
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.registry import PERMISSION_GROUP
from generated import FIELDS, NAMES, World, failures, worlds
from hypothesis import assume, event, given
from hypothesis import strategies as st
from normal_forms import account, form, settings
from simulator import Simulator

TIMEOUT = 0.75
Result = dict[str, Any]


def client(simulator: Simulator) -> Client:
    """A client that waits for nobody: pauses are counted and not made."""
    options = {"account_id": simulator.account_id, "api_token": simulator.token, "base_url": simulator.base_url, "timeout": TIMEOUT, "max_wait": 60}
    return Client(connection_from_options(options, {}), user_agent="laws", permission_group=PERMISSION_GROUP, sleep=lambda _seconds: None)


def prepared(simulator: Simulator, world: World) -> dict[str, dict[str, Any]]:
    """The simulator in the state of that world. Answers with what is stored, in normal forms."""
    simulator.reset()
    simulator.configure(ratelimit=None, **world.settings)
    simulator.clear_domains()
    for domain in world.domains:
        simulator.add_domain(**domain)
    simulator.habit(**world.habits)
    for fault in world.faults:
        simulator.fault(**{**fault["match"], **{key: value for key, value in fault.items() if key != "match"}})
    return account(simulator.domains)


def run(simulator: Simulator, options: dict[str, Any], *, check_mode: bool = False) -> Result:
    """The module's result, or what it returns of an error. The journal holds this run alone."""
    simulator.clear_journal()
    simulator.configure(refuse_writes=check_mode)
    with client(simulator) as conversation:
        try:
            result = apply_one(Domains(conversation), desired_from_options(DOMAIN, options), check_mode=check_mode)
        except ApiError as error:
            result = {"failed": True, "msg": str(error), "failure": error.failure(), "changed": False} | error.result
    assert simulator.violations == []
    return result


def writes(simulator: Simulator) -> list[dict[str, Any]]:
    return [entry for entry in simulator.journal if entry["method"] != "GET"]


def asked(world: World, before: dict[str, dict[str, Any]]) -> dict[str, Any] | None:
    """The settings that the domain should end with, in normal forms; None where it should not exist."""
    if world.is_absent:
        return None
    parsed = {name: form(name, value) for name, value in world.desired.items()}
    return {**before.get(world.target or "", settings({"domain": world.name, "lookback_hops": 1, "transport": ""})), **parsed}


def is_sound(world: World) -> bool:
    """Whether there is something to do, or nothing, but no reason to refuse: a domain that is not there needs what onboards it."""
    return world.is_absent or world.target is not None or all(name in world.desired for name, item in FIELDS.items() if item.is_required)


@given(world=worlds())
def test_check_mode_says_exactly_what_the_run_does(running_simulator: Simulator, world: World) -> None:
    assume(is_sound(world))
    before = prepared(running_simulator, world)
    checked = run(running_simulator, world.options, check_mode=True)
    assert {entry["method"] for entry in running_simulator.journal} == {"GET"}
    assert account(running_simulator.domains) == before
    done = run(running_simulator, world.options)
    event(f"action {done.get('action')}")
    for key in ("changed", "action", "changes", "diff", "failed"):
        assert checked.get(key) == done.get(key), key


def most_requests(world: World) -> int:
    """One where there is nothing to do. What a filter does not find is looked for in the whole list; without a page size, that takes another."""
    is_confirmed = world.is_absent or "exact_stored_filter" in world.habits
    return 1 if not is_confirmed else 3 if "no_result_info" in world.habits else 2


@given(world=worlds())
def test_the_second_run_does_nothing(running_simulator: Simulator, world: World) -> None:
    assume(is_sound(world))
    prepared(running_simulator, world)
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
def test_order_repetition_and_spelling_do_not_matter(running_simulator: Simulator, world: World) -> None:
    assume(is_sound(world))
    outcomes = []
    for options in (world.options, world.respelled):
        prepared(running_simulator, world)
        result = run(running_simulator, options)
        bodies = [entry["body"] for entry in writes(running_simulator)]
        outcomes.append(({key: result.get(key) for key in ("changed", "action", "changes", "diff", "failed")}, bodies))
    assert outcomes[0] == outcomes[1]


@given(world=worlds())
def test_the_server_ends_as_asked_and_nothing_else_moves(running_simulator: Simulator, world: World) -> None:
    assume(is_sound(world))
    before = prepared(running_simulator, world)
    result = run(running_simulator, world.options)
    assert not result.get("failed"), result
    after = account(running_simulator.domains)
    assert result["changed"] is (before != after)
    assert {key: value for key, value in after.items() if value["domain"] != world.name} == {
        key: value for key, value in before.items() if value["domain"] != world.name
    }
    found = next((value for value in after.values() if value["domain"] == world.name), None)
    assert found == asked(world, before)


@given(world=worlds())
def test_what_is_sent_was_both_declared_and_different(running_simulator: Simulator, world: World) -> None:
    assume(is_sound(world) and world.target is not None and not world.is_absent)
    before = prepared(running_simulator, world)
    raw = {domain["id"]: domain for domain in running_simulator.domains}
    result = run(running_simulator, world.options)
    differing = {name for name, value in world.desired.items() if before[world.target][name] != form(name, value)}
    sent = [entry["body"] for entry in writes(running_simulator)]
    assert [set(body) for body in sent] == ([differing] if differing else [])
    assert set(result["changes"]) == differing
    for live_id, domain in {domain["id"]: domain for domain in running_simulator.domains}.items():
        undeclared = set(domain) - {"modified_at"} - (differing if live_id == world.target else set())
        assert {name: domain[name] for name in undeclared} == {name: raw[live_id][name] for name in undeclared}


@given(world=worlds(), other=st.integers(1, 2**32))
def test_two_domains_of_one_name_are_never_written(running_simulator: Simulator, world: World, other: int) -> None:
    assume(world.target is not None)
    target = next(domain for domain in world.domains if domain["id"] == world.target)
    added = f"{other:08x}-0000-4000-8000-000000000000"
    assume(added not in {domain["id"] for domain in world.domains})
    world.domains.append({**target, "id": added})
    before = prepared(running_simulator, world)
    result = run(running_simulator, world.options)
    assert result["failure"]["kind"] == "conflict"
    assert writes(running_simulator) == []
    assert account(running_simulator.domains) == before


@given(world=worlds(), name=st.sampled_from(sorted(name for name, item in FIELDS.items() if item.if_emptied)), checks=st.booleans())
def test_a_list_is_never_emptied_by_accident(running_simulator: Simulator, world: World, name: str, checks: bool) -> None:
    """Where it has values an empty list is refused, unless it is said with C(clear); where it has none there is nothing to empty."""
    assume(world.target is not None and not world.is_absent and name not in world.desired)
    before = prepared(running_simulator, world)
    result = run(running_simulator, {**world.options, name: []}, check_mode=checks)
    if before[world.target][name]:
        assert result["failure"]["kind"] == "unsafe"
        assert name in result["msg"]
        assert writes(running_simulator) == []
        assert account(running_simulator.domains) == before
    else:
        assert not result.get("failed"), result


def has_struck_a_look(simulator: Simulator) -> bool:
    """Whether the fault was in the look that verifies an acknowledged write."""
    struck = next((number for number, entry in enumerate(simulator.journal) if entry["faults"]), 0)
    return bool(struck) and simulator.journal[struck]["method"] == "GET" and any(entry["method"] != "GET" for entry in simulator.journal[:struck])


@given(world=worlds(), fault=failures())
def test_one_fault_anywhere(running_simulator: Simulator, world: World, fault: dict[str, Any]) -> None:
    """As asked, or as before with an error that says so; never in between, never a lie."""
    assume(is_sound(world))
    world.faults = [fault]
    before = prepared(running_simulator, world)
    wanted = asked(world, before)
    result = run(running_simulator, world.options)
    if fault["do"] == "hang":
        time.sleep(0.05)  # the server carries out late what it hung on
    after = account(running_simulator.domains)
    event(f"{fault['do']}: {result['failure']['kind'] if result.get('failed') else result['action']}")
    assert {key: value for key, value in after.items() if value["domain"] != world.name} == {
        key: value for key, value in before.items() if value["domain"] != world.name
    }
    found = [value for value in after.values() if value["domain"] == world.name]
    as_asked = found == ([] if wanted is None else [wanted])
    if result.get("failed"):
        assert after == before or as_asked, "in between"
        assert result["failure"]["kind"] in {"auth", "permission", "invalid", "conflict", "server", "response", "network", "rate_limited", "not_found"}
    else:
        assert as_asked
    assert result["changed"] is (after != before), result
    if not has_struck_a_look(running_simulator):
        assert "is unknown" not in result.get("msg", ""), "one fault leaves nothing unknown: the look afterwards is not disturbed"


@given(world=worlds(), lost=st.sampled_from(["reset", "close", "html", "invalid_json"]), theirs=st.data())
def test_somebody_else_writes_while_the_outcome_is_unknown(running_simulator: Simulator, world: World, lost: str, theirs: st.DataObject) -> None:
    """Our write is lost, and theirs arrives first: it is not overwritten, unless it changes nothing or does what was asked."""
    assume(world.target is not None and world.desired and not world.is_absent)
    name = theirs.draw(st.sampled_from(["lookback_hops", "transport", "folder"]), label="field")
    value = theirs.draw(st.sampled_from({"lookback_hops": [1, 2, 7], "transport": ["mx.example.com", "theirs.example.com"], "folder": ["Inbox", None]}[name]))
    world.faults = [
        {"do": "edit", "domain": world.target, "values": {name: value}, "match": {"method": "PATCH"}, "times": 1},
        {"do": lost, "match": {"method": "PATCH"}, "times": 1},
    ]
    before = prepared(running_simulator, world)
    mine = asked(world, before)
    result = run(running_simulator, world.options)
    after = account(running_simulator.domains)[world.target]
    assume(writes(running_simulator))
    theirs_alone = {**before[world.target], name: form(name, value)}
    if theirs_alone == before[world.target]:
        assert (result["action"], after) == ("update", mine)
    elif all(theirs_alone[key] == form(key, wanted) for key, wanted in world.desired.items()):
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
def test_a_list_is_complete_or_an_error(running_simulator: Simulator, count: int, cap: int, habits: list[str]) -> None:
    running_simulator.reset()
    running_simulator.clear_domains()
    running_simulator.configure(per_page_cap=cap, ratelimit=None)
    running_simulator.habit(**{habit: "always" if habit == "shuffle_pages" else True for habit in habits})
    names = {running_simulator.add_domain(domain=f"d{number}.example")["domain"] for number in range(count)}
    failure = None
    with client(running_simulator) as conversation:
        try:
            found = [live["domain"] for live in Domains(conversation).list_objects()]
        except ApiError as error:
            failure = error
    assert running_simulator.violations == []
    if failure is None:
        assert sorted(found) == sorted(names)
    else:
        assert failure.kind == "response"
        assert {"shuffle_pages", "page_ignored"} & set(habits), "nothing was wrong with this list"


@given(count=st.integers(4, 12), cap=st.integers(1, 5), page=st.integers(2, 4), who=st.integers(0, 11), does=st.sampled_from(["remove", "add"]))
def test_a_list_that_changes_while_it_is_read_misses_nobody(running_simulator: Simulator, count: int, cap: int, page: int, who: int, does: str) -> None:
    running_simulator.reset()
    running_simulator.clear_domains()
    running_simulator.configure(per_page_cap=cap, ratelimit=None)
    names = [running_simulator.add_domain(domain=f"d{number:02}.example")["domain"] for number in range(count)]
    chosen = names[who % count]
    what = {"domain": chosen} if does == "remove" else {"values": {"domain": f"{chosen[:3]}a.example"}}
    running_simulator.fault(does, method="GET", nth=page, **what)
    with client(running_simulator) as conversation:
        found = {live["domain"] for live in Domains(conversation).list_objects()}
    missed = set(names) - found - ({chosen} if does == "remove" else set())
    assert missed == set(), "somebody who was there all the time is not in the list"


def test_the_names_of_the_laws_are_normal() -> None:
    assert [form("domain", name) for name in NAMES] == NAMES


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_every_field_of_the_table_is_tried(name: str) -> None:
    """A new field is covered by its kind; a new kind is not, and fails in generated.py."""
    from generated import DESIRED, ODDITIES, SPELLINGS

    kind = type(FIELDS[name].type).__name__
    assert kind in DESIRED
    assert kind in SPELLINGS
    assert kind in ODDITIES
