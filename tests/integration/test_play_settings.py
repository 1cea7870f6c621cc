"""Each setting alone and all together: check mode, run, and run again."""

from __future__ import annotations

from typing import Any

import pytest
from integration.support.reference_equality import normal_form
from integration.support.step import Outcome, Step, check_run_rerun, manage

LIVE: dict[str, Any] = {
    "id": "0d3f1c55-7a0b-4a59-9c3e-52f3f7c1a001",
    "domain": "mail.example",
    "allowed_delivery_modes": ["DIRECT", "BCC"],
    "drop_dispositions": ["SPAM", "MALICIOUS"],
    "folder": "Inbox",
    "integration_id": "5e1c1f0a-4d6b-4c53-9a83-0f2d6a1b7c11",
    "ip_restrictions": ["192.0.2.0/24"],
    "lookback_hops": 1,
    "regions": ["GLOBAL"],
    "require_tls_inbound": False,
    "require_tls_outbound": True,
    "transport": "mx.mail.example",
}
NEIGHBOUR = {**LIVE, "id": "0d3f1c55-7a0b-4a59-9c3e-52f3f7c1a002", "domain": "neighbour.example"}
DESIRED: dict[str, Any] = {
    "allowed_delivery_modes": ["RETRO_SCAN", "API", "API"],
    "drop_dispositions": ["SPOOF", "MALICIOUS-BEC", "MALICIOUS"],
    "folder": "AllItems",
    "integration_id": "9C2F1A34-5B67-4C89-8D01-23456789ABCD",
    "ip_restrictions": ["2001:DB8::/32", "198.51.100.7", "192.0.2.0/255.255.255.0"],
    "lookback_hops": 20,
    "regions": ["US", "AU", "DE", "IN"],
    "require_tls_inbound": True,
    "require_tls_outbound": False,
    "transport": "MX2.mail.example.",
}
SENT: dict[str, Any] = {
    **DESIRED,
    "allowed_delivery_modes": ["API", "RETRO_SCAN"],
    "drop_dispositions": ["MALICIOUS", "MALICIOUS-BEC", "SPOOF"],
    "integration_id": "9c2f1a34-5b67-4c89-8d01-23456789abcd",
    "ip_restrictions": ["192.0.2.0/24", "198.51.100.7/32", "2001:db8::/32"],
    "regions": ["AU", "DE", "IN", "US"],
    "transport": "mx2.mail.example",
}


def steps_for(fields: tuple[str, ...]) -> list[Step]:
    return check_run_rerun({"domain": "mail.example"} | {name: DESIRED[name] for name in fields}, domains=[NEIGHBOUR, LIVE])


@pytest.mark.play(steps=steps_for)
@pytest.mark.parametrize("fields", [*((name,) for name in DESIRED), tuple(DESIRED)], ids="+".join)
def test_settings_check_run_rerun(fields: tuple[str, ...], outcomes: list[Outcome]) -> None:
    check, run, again = outcomes

    for outcome in (check, run):
        assert not outcome.failed, outcome.message
        assert (outcome.result["changed"], outcome.result["action"]) == (True, "update")
        assert set(outcome.result["changes"]) == set(fields)
    for name, change in run.result["changes"].items():
        assert normal_form(name, change["before"]) == normal_form(name, LIVE[name])
        assert change["after"] == SENT[name]
        assert normal_form(name, run.stored("mail.example")[name]) == normal_form(name, DESIRED[name])
        assert normal_form(name, check.result["domain"][name]) == normal_form(name, DESIRED[name])
    assert {key: check.result[key] for key in ("changed", "action", "operation", "changes", "weaker", "diff")} == {
        key: run.result[key] for key in ("changed", "action", "operation", "changes", "weaker", "diff")
    }

    assert check.methods == ["GET"]
    assert run.bodies == [{name: SENT[name] for name in fields}]
    assert run.changed_fields() == {LIVE["id"]: set(fields)}
    methods = ["GET", "PATCH", "GET"] if {"ip_restrictions", "transport"} & set(fields) else ["GET", "PATCH"]
    assert (run.methods, run.connections, run.result["api"]) == (methods, 1, {"requests": len(methods), "retries": 0, "waited": 0.0})

    assert (again.result["changed"], again.result["action"], again.result["changes"]) == (False, "none", {})
    assert (again.methods, again.connections, again.result["api"]) == (["GET"], 1, {"requests": 1, "retries": 0, "waited": 0.0})
    assert again.before == again.after
    assert again.result["diff"]["before"] == again.result["diff"]["after"] == run.result["diff"]["after"]


@pytest.mark.call(*check_run_rerun({"domain": "mail.example"} | {**DESIRED, "lookback_hops": 1, "regions": ["GLOBAL", "GLOBAL"]}, domains=[LIVE]))
def test_body_has_only_the_fields_that_differ(outcomes: list[Outcome]) -> None:
    _check, run, again = outcomes
    assert run.bodies == [{name: value for name, value in SENT.items() if name not in ("lookback_hops", "regions")}]
    assert again.bodies == []


def clear_steps(cleared: list[str]) -> list[Step]:
    return check_run_rerun({"domain_id": LIVE["id"], "clear": cleared}, domains=[LIVE, NEIGHBOUR])


@pytest.mark.play(steps=clear_steps)
@pytest.mark.parametrize("cleared", [["folder"], ["integration_id"], ["integration_id", "folder", "folder"]], ids="+".join)
def test_clear_sets_the_fields_to_null(cleared: list[str], outcomes: list[Outcome]) -> None:
    check, run, again = outcomes
    assert check.result["changes"] == run.result["changes"] == {name: {"before": LIVE[name], "after": None} for name in set(cleared)}
    assert run.bodies == [dict.fromkeys(cleared)]
    assert run.changed_fields() == {LIVE["id"]: set(cleared)}
    assert (again.result["changed"], again.methods) == (False, ["GET"])


EQUIVALENT_OPTIONS: list[dict[str, Any]] = [
    {"require_tls_inbound": False, "transport": "Mx.Mail.Example."},
    {"allowed_delivery_modes": ["BCC", "DIRECT", "BCC"], "drop_dispositions": ["MALICIOUS", "SPAM"]},
    {"ip_restrictions": [" 192.0.2.0/255.255.255.0"], "integration_id": "5E1C1F0A-4D6B-4C53-9A83-0F2D6A1B7C11"},
    {"folder": "Inbox", "clear": []},
    {},
]


@pytest.mark.call(steps=lambda same: [manage({"domain": "mail.example", **same}, domains=[LIVE], habits={"null_booleans": True})])
@pytest.mark.parametrize("same", EQUIVALENT_OPTIONS, ids=lambda same: "+".join(same) or "nothing")
def test_equivalent_options_change_nothing(same: dict[str, Any], outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert (outcome.result["changed"], outcome.result["action"], outcome.result["changes"]) == (False, "none", {})
    assert outcome.methods == ["GET"]


@pytest.mark.call(manage({"domain": "mail.example", "clear": ["drop_dispositions", "ip_restrictions"]}, domains=[LIVE]))
def test_clear_empties_lists(outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert outcome.bodies == [{"drop_dispositions": [], "ip_restrictions": []}]


@pytest.mark.play(manage({"domain": "mail.example", "ip_restrictions": ["{{ gateway | default(omit) }}"], "lookback_hops": 7}, domains=[LIVE]))
def test_omitted_list_item_does_not_empty_the_list(outcomes: list[Outcome]) -> None:
    """Ansible drops the item, and the module gets an empty list. Before ansible-core 2.19, it gets a placeholder, which is not a network."""
    [outcome] = outcomes
    is_dropped = "__omit_place_holder__" not in outcome.result["msg"]
    assert (outcome.failed, outcome.result["failure"]["kind"], outcome.methods) == (True, *(("unsafe", ["GET"]) if is_dropped else ("invalid", [])))
    assert ("mail would be accepted from anywhere" if is_dropped else "neither an address nor a network") in outcome.result["msg"]


@pytest.mark.play(manage({"domain": "mail.example", "lookback_hops": 3, "require_tls_inbound": True}, domains=[LIVE], check=True, keywords={"diff": True}))
def test_diff_shows_the_changed_lines(outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    title = "mail.example (more protected: require_tls_inbound)"
    assert set(outcome.result["diff"]) == {"before", "after", "before_header", "after_header"}
    for side in ("before", "after"):
        assert {line.partition(": ")[0] for line in outcome.result["diff"][side].splitlines()} == {name for name in LIVE if name != "id"}
        assert outcome.result["diff"][f"{side}_header"] == title
    for line in (f"--- before: {title}", f"+++ after: {title}", "-lookback_hops: 1", "+lookback_hops: 3", "+require_tls_inbound: true"):
        assert f"\n{line}\n" in outcome.output, outcome.output
