"""A domain is onboarded, verified, renamed and removed, on a current server and on one of early 2026."""

from __future__ import annotations

from typing import Any

import pytest
from integration.support.invariants import assert_shows_settings
from integration.support.step import Outcome, Step, check_run_rerun, info, manage

EXAMPLE = "11111111-1111-4111-8111-111111111111"
NEW: dict[str, Any] = {
    "domain": "New.Example.",
    "allowed_delivery_modes": ["DIRECT", "DIRECT"],
    "drop_dispositions": ["SPAM", "MALICIOUS"],
    "ip_restrictions": ["192.0.2.10", "2001:DB8::/32"],
    "regions": ["US", "DE"],
}
BODY: dict[str, Any] = {
    "domain": "new.example",
    "allowed_delivery_modes": ["DIRECT"],
    "drop_dispositions": ["MALICIOUS", "SPAM"],
    "ip_restrictions": ["192.0.2.10/32", "2001:db8::/32"],
    "regions": ["DE", "US"],
}
MORE: dict[str, Any] = {
    "folder": "Inbox",
    "integration_id": "5e1c1f0a-4d6b-4c53-9a83-0f2d6a1b7c11",
    "lookback_hops": 3,
    "require_tls_inbound": True,
    "require_tls_outbound": False,
    "transport": "mx.new.example",
}


@pytest.mark.play(steps=lambda more: check_run_rerun({**NEW, **more}))
@pytest.mark.parametrize("more", [{}, MORE], ids=["the four lists", "everything"])
def test_onboarding_creates_the_domain_and_returns_the_proof(more: dict[str, Any], outcomes: list[Outcome]) -> None:
    check, run, again = outcomes
    for outcome in (check, run):
        assert not outcome.failed, outcome.message
        assert (outcome.result["changed"], outcome.result["action"]) == (True, "create")
        assert outcome.result["diff"]["before"] == ""
        assert_shows_settings(outcome.result["diff"]["after"], {**BODY, **more})
        assert outcome.result["changes"] == {name: {"before": None, "after": value} for name, value in {**BODY, **more}.items()}
    # The filter may have missed the domain, so the whole list is read, too.
    assert check.methods == ["GET", "GET"]
    assert check.result["domain"] == {**BODY, **more}
    assert run.bodies == [{**BODY, **more}]
    assert run.methods == ["GET", "GET", "POST", "GET"]
    assert len(run.changed_fields()) == 1
    stored = run.stored("new.example")
    assert run.result["domain"]["id"] == stored["id"]
    proof = run.result["verification"]
    assert proof["txt_record_name"].endswith(".new.example")
    assert proof["txt_record_value"]
    assert (again.result["changed"], again.result["action"], again.methods) == (False, "none", ["GET"])
    assert "verification" not in again.result


@pytest.mark.call(manage(NEW, settings={"verification": False}))
def test_onboarding_without_a_required_proof_returns_none(outcomes: list[Outcome]) -> None:
    [run] = outcomes
    assert run.result["action"] == "create"
    assert run.result["verification"] is None


@pytest.mark.play(manage({**NEW, "max_wait": 2, "timeout": 5}, faults=[{"match": {"path": "verification"}, "do": "html", "status": 503, "times": None}]))
def test_onboarding_with_an_unreadable_proof_warns(outcomes: list[Outcome]) -> None:
    [run] = outcomes
    assert (run.failed, run.result["action"], run.result["changed"]) == (False, "create", True)
    assert run.result["verification"] is None
    assert any("onboarded" in str(warning) for warning in run.result["warnings"])


@pytest.mark.call(steps=lambda chosen: check_run_rerun({**chosen, "state": "absent"}))
@pytest.mark.parametrize("chosen", [{"domain": "EXAMPLE.com."}, {"domain_id": EXAMPLE}, {"domain": "example.com", "domain_id": EXAMPLE}], ids="+".join)
def test_absent_removes_the_domain(chosen: dict[str, Any], outcomes: list[Outcome]) -> None:
    check, run, again = outcomes
    for outcome in (check, run):
        assert (outcome.result["changed"], outcome.result["action"], outcome.result["domain"]) == (True, "delete", None)
        assert "transport: mx.example.com\n" in outcome.result["diff"]["before"]
        assert (outcome.result["diff"]["after"], outcome.result["weaker"]) == ("", ["domain"])
    assert check.methods == ["GET"]
    assert run.methods == ["GET", "DELETE", "GET"]
    assert run.journal[-1]["path"].endswith(f"/domains/{EXAMPLE}")
    assert set(run.changed_fields()) == {EXAMPLE}
    assert (again.result["changed"], again.result["action"], again.result["domain"]) == (False, "none", None)
    # One request by id. If the name filter finds nothing, the whole list is read.
    assert again.methods == ["GET"] * {("domain",): 2, ("domain_id",): 1}.get(tuple(chosen), 3)


@pytest.mark.call(manage({**NEW, "state": "absent"}), manage({"domain": "example.com", "state": "absent", "clear": ["folder"]}))
def test_absent_with_settings_is_refused(outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        assert (outcome.kind, outcome.methods) == ("invalid", [])
        assert "absent" in outcome.message
    assert all(name in outcomes[0].message for name in BODY if name != "domain")
    assert "clear" in outcomes[1].message


def rename_steps(settings: dict[str, Any]) -> list[Step]:
    return check_run_rerun({"domain_id": EXAMPLE, "domain": "Renamed.Example", "lookback_hops": 5}, settings=settings)


@pytest.mark.call(steps=rename_steps)
@pytest.mark.parametrize("settings", [{"domain_patch": "accept"}, {"shape": "early2026"}], ids=str)
def test_rename_is_sent_before_other_settings(settings: dict[str, Any], outcomes: list[Outcome]) -> None:
    check, run, again = outcomes
    assert check.result["changes"] == run.result["changes"]
    assert run.result["changes"]["domain"] == {"before": "example.com", "after": "renamed.example"}
    assert run.bodies == [{"domain": "renamed.example"}, {"lookback_hops": 5}]
    assert run.changed_fields() == {EXAMPLE: {"domain", "lookback_hops"}}
    assert again.result["action"] == "none"


@pytest.mark.call(steps=rename_steps)
@pytest.mark.parametrize("settings", [{"domain_patch": "ignore"}, {"domain_patch": "refuse"}], ids=str)
def test_rename_that_the_server_ignores_or_refuses_fails(settings: dict[str, Any], outcomes: list[Outcome]) -> None:
    check, run, _again = outcomes
    assert check.result["action"] == "update"
    assert run.failed
    if settings["domain_patch"] == "ignore":
        assert run.kind == "not_applied"
        assert "keeps the old name" in run.message
        # The name was sent alone, so no setting was sent to what may be the wrong domain.
        assert run.bodies == [{"domain": "renamed.example"}]
        assert "No other setting was sent" in run.message
        assert run.result["changed"] is False
        assert run.changed_fields() == {}
    else:
        assert (run.kind, run.result["failure"]["status"]) == ("invalid", 400)
        assert run.result["failure"]["errors"][0]["pointer"] == "/domain"
        assert run.result["changed"] is False


@pytest.mark.play(*check_run_rerun({"domain": "xn--bcher-kva.example", "lookback_hops": 4, "require_tls_inbound": True}, settings={"shape": "early2026"}))
def test_early_2026_server_is_updated(outcomes: list[Outcome]) -> None:
    check, run, again = outcomes
    assert check.result["changes"] == run.result["changes"]
    assert run.bodies == [{"lookback_hops": 4, "require_tls_inbound": True}]
    assert run.result["domain"]["status"] == "pending"
    assert "last_modified" in run.result["domain"]
    assert again.result["action"] == "none"


@pytest.mark.play(
    manage({"domain": "example.com", "state": "absent"}, settings={"shape": "early2026"}),
    manage(NEW, settings={"shape": "early2026"}),
    info({"status": "PENDING"}, settings={"shape": "early2026"}),
    info({"status": "PENDING"}, habits={"lower_case_status": True}),
)
def test_early_2026_server_removes_and_lists_but_cannot_onboard(outcomes: list[Outcome]) -> None:
    removed, created, listed, listed_new = outcomes
    assert removed.result["action"] == "delete"
    assert (created.failed, created.result["failure"]["status"], created.result["changed"]) == (True, 405, False)
    for outcome in (listed, listed_new):
        assert [(domain["domain"], domain["status"]) for domain in outcome.result["domains"]] == [("xn--bcher-kva.example", "pending")]


ODD = {"unknown_values": "read_only", "unknown_fields": True, "null_booleans": True, "absent_nulls": True, "shuffle_lists": True, "networks_rewritten": "upper"}


@pytest.mark.play(
    *check_run_rerun(
        {"domain": "gateway.example", "ip_restrictions": ["2001:db8::/32", "192.0.2.0/24", "198.51.100.9"], "require_tls_inbound": False},
        habits={**ODD, "partial_answer": True},
    )
)
def test_unusual_server_is_updated_once(outcomes: list[Outcome]) -> None:
    check, run, again = outcomes
    assert not run.failed, run.message
    assert run.bodies == [{"ip_restrictions": ["192.0.2.0/24", "198.51.100.9/32", "2001:db8::/32"]}]
    for outcome in (check, run, again):
        # Unknown fields are returned as they are.
        assert outcome.result["domain"]["x_future_setting"] == {"level": 3, "zones": ["a", "b"]}
        assert outcome.result["domain"]["dmarc_status"] == "strict"
    assert again.result["action"] == "none"


@pytest.mark.call(
    manage({"domain": "gateway.example", "regions": ["GLOBAL"]}, habits={"unknown_values": "lists"}),
    manage({"domain": "gateway.example", "lookback_hops": 3}, habits={"unknown_values": "lists"}),
)
def test_unknown_list_value_that_stays_fails_as_not_applied(outcomes: list[Outcome]) -> None:
    kept, not_asked = outcomes
    # The server keeps MARS in the list. That is an error, not a change in every run.
    assert kept.kind == "not_applied"
    assert "MARS" in kept.message
    assert (not_asked.result["action"], list(not_asked.result["changes"])) == ("update", ["lookback_hops"])
