"""What the mutation tests asked for."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils import _fleet
from ansible_collections.mailops.cloudflare.plugins.module_utils._errors import CloudflareError, OptionError
from ansible_collections.mailops.cloudflare.plugins.module_utils._fleet import _is_batch_worth_it, fleet_from
from ansible_collections.mailops.cloudflare.plugins.module_utils._plan import plan_for
from ansible_collections.mailops.cloudflare.plugins.module_utils._report import report
from ansible_collections.mailops.cloudflare.plugins.module_utils._roster import Roster
from ansible_collections.mailops.cloudflare.tests.unit.support import DOMAINS, LIVE, client, listed, ok


def numbered(number, **differing):
    return {**LIVE, "id": f"5e0a4f6e-7b9d-4d0e-8a51-{number:012x}", "domain": f"d{number}.example", **differing}


def hops(*numbers):
    return [{"domain": f"d{number}.example", "lookback_hops": 2} for number in numbers]


def patched(script, *numbers):
    for number in numbers:
        script.expect("PATCH", f"{DOMAINS}/{numbered(number)['id']}", ok(numbered(number, lookback_hops=2)))


def run(*domains):
    return fleet_from({"domains": list(domains), "concurrency": 1}).bring_about(client(), check_mode=False)


def test_twenty_writes_are_looked_at_by_name_however_large_the_account():
    assert _is_batch_worth_it("auto", 20, 20)
    assert not _is_batch_worth_it("auto", 21, 20)


@pytest.mark.parametrize(("live", "in_a_batch"), [(3, True), (4, False)])
def test_a_page_that_is_not_full_is_a_page_to_be_read(script, monkeypatch, live, in_a_batch):
    """Three writes: one batch and one page are less, one batch and two pages are not."""
    monkeypatch.setattr(_fleet, "PER_PAGE", 3)
    monkeypatch.setattr(_fleet, "MOST_NAMES_IN_A_FILTER", 0)
    script.expect("GET", DOMAINS, listed(*(numbered(number) for number in range(live))))
    if in_a_batch:
        script.expect("POST", f"{DOMAINS}/batch", ok({})).expect("GET", DOMAINS, listed(*(numbered(number, lookback_hops=2) for number in range(3))))
    else:
        patched(script, 0, 1, 2)
    assert run(*hops(0, 1, 2))["summary"]["updated"] == 3


def test_a_domain_that_cannot_be_fails_beside_one_that_is_written(script):
    script.expect("GET", DOMAINS, listed(numbered(1)))
    patched(script, 1)
    result = run({"domain": "nowhere.example"}, *hops(1))
    assert (result["summary"]["failed"], result["summary"]["updated"]) == (1, 1)
    assert result["results"][0]["failure"]["kind"] == "not_found"


def test_what_is_not_said_is_as_documented():
    fleet = fleet_from({"domains": []})
    assert (fleet.batch, fleet.concurrency, fleet.expected_plan) == ("auto", 8, None)


def test_a_default_that_is_wrong_is_told_with_all_the_rest():
    with pytest.raises(OptionError) as caught:
        fleet_from({"domains": hops(1), "defaults": {"lookback_hops": 0}, "concurrency": 0})
    words = str(caught.value)
    assert words.startswith("defaults: lookback_hops is 0;")
    assert "concurrency is 0" in words


@pytest.mark.parametrize(("count", "end"), [(19, "from 1 to 20."), (20, "from 1 to 20."), (21, "from 1 to 20. And 1 more.")])
def test_twenty_mistakes_are_told(count, end):
    with pytest.raises(OptionError) as caught:
        fleet_from({"domains": [{"domain": f"d{number}.example", "lookback_hops": 0} for number in range(count)]})
    assert str(caught.value).endswith(f"lookback_hops is 0; it must be a whole number {end}")


def planned(*domains, live=()):
    roster = Roster(list(live), str)
    return plan_for(fleet_from({"domains": list(domains)}).wishes, roster), roster


@pytest.mark.parametrize(("count", "end"), [(3, "gone2.example in this account."), (4, "gone2.example in this account.")])
def test_three_failures_are_told(count, end):
    plan, roster = planned(*({"domain": f"gone{number}.example"} for number in range(count)))
    words = report(plan, roster, {}, None)["msg"]
    assert ("gone2.example" in words, "gone3.example" in words) == (True, False)
    assert (" And " in words.partition("gone2.example:")[2]) is (count > 3)


def test_what_is_as_declared_has_not_failed_where_all_is_stopped():
    plan, roster = planned(*hops(1), {"domain": "d2.example", "lookback_hops": 1}, live=[numbered(1), numbered(2)])
    result = report(plan, roster, {}, CloudflareError("auth", "no."))
    assert [entry["domain"] for entry in result["results"]] == ["d1.example"]
    assert (result["summary"]["not_reached"], result["summary"]["unchanged"]) == (1, 1)
