"""What the mutation tests asked for."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import ApiError, InvalidOptionError
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.audit import audit_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile import bulk as bulk_module
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.bulk import _is_batch_worth_it, bulk_from_options, read_account
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.index import LiveIndex
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.plan import make_plan
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.results import bulk_result
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import Domains
from ansible_collections.mailops.cloudflare.tests.unit.support import DOMAINS, LIVE, Clock, client, listed, ok, refused


def numbered(number, **differing):
    return {**LIVE, "id": f"5e0a4f6e-7b9d-4d0e-8a51-{number:012x}", "domain": f"d{number}.example", **differing}


def hops(*numbers):
    return [{"domain": f"d{number}.example", "lookback_hops": 2} for number in numbers]


def patched(script, *numbers):
    for number in numbers:
        script.expect("PATCH", f"{DOMAINS}/{numbered(number)['id']}", ok(numbered(number, lookback_hops=2)))


def run(*domains):
    return bulk_from_options({"domains": list(domains), "concurrency": 1}).apply(client(), check_mode=False)


def test_twenty_writes_are_looked_at_by_name_however_large_the_account():
    assert _is_batch_worth_it("auto", 20, 20)
    assert not _is_batch_worth_it("auto", 21, 20)


@pytest.mark.parametrize(("live", "in_a_batch"), [(3, True), (4, False)])
def test_a_page_that_is_not_full_is_a_page_to_be_read(script, monkeypatch, live, in_a_batch):
    """Three writes: one batch and one page are less, one batch and two pages are not."""
    monkeypatch.setattr(bulk_module, "MAX_NAMES_IN_FILTER", 0)
    rows = [numbered(number) for number in range(live)]
    for begin in range(0, live, 3):
        script.expect("GET", DOMAINS, listed(*rows[begin : begin + 3], total=live))
    if in_a_batch:
        script.expect("POST", f"{DOMAINS}/batch", ok({})).expect("GET", DOMAINS, listed(*(numbered(number, lookback_hops=2) for number in range(3))))
    else:
        patched(script, 0, 1, 2)
    assert run(*hops(0, 1, 2))["summary"]["updated"] == 3


def test_a_reading_is_as_old_as_its_request(script):
    clock = Clock()
    clock.now = 100.0
    script.expect("GET", DOMAINS, listed(LIVE))
    send = script.send
    script.send = lambda *request: (clock.sleep(3), send(*request))[1]
    assert read_account(Domains(client(clock)), []).read_at == 100.0


def test_a_domain_that_cannot_be_fails_beside_one_that_is_written(script):
    script.expect("GET", DOMAINS, listed(numbered(1)))
    patched(script, 1)
    result = run({"domain": "nowhere.example"}, *hops(1))
    assert (result["summary"]["failed"], result["summary"]["updated"]) == (1, 1)
    assert result["results"][0]["failure"]["kind"] == "not_found"


def test_what_is_not_said_is_as_documented():
    fleet = bulk_from_options({"domains": []})
    assert (fleet.batch, fleet.concurrency, fleet.expected_plan) == ("auto", 8, None)


def test_a_default_that_is_wrong_is_told_with_all_the_rest():
    with pytest.raises(InvalidOptionError) as caught:
        bulk_from_options({"domains": hops(1), "defaults": {"lookback_hops": 0}, "concurrency": 0})
    words = str(caught.value)
    assert words.startswith("defaults: lookback_hops is 0;")
    assert "concurrency is 0" in words


@pytest.mark.parametrize(("count", "end"), [(19, "from 1 to 20."), (20, "from 1 to 20."), (21, "from 1 to 20. And 1 more.")])
def test_twenty_mistakes_are_told(count, end):
    with pytest.raises(InvalidOptionError) as caught:
        bulk_from_options({"domains": [{"domain": f"d{number}.example", "lookback_hops": 0} for number in range(count)]})
    assert str(caught.value).endswith(f"lookback_hops is 0; it must be a whole number {end}")


def planned(*domains, live=()):
    live_index = LiveIndex(list(live), str)
    return make_plan(bulk_from_options({"domains": list(domains)}).desired_objects, live_index), live_index


@pytest.mark.parametrize(("count", "end"), [(3, "gone2.example in this account."), (4, "gone2.example in this account.")])
def test_three_failures_are_told(count, end):
    plan, live_index = planned(*({"domain": f"gone{number}.example"} for number in range(count)))
    words = bulk_result(plan, live_index, {}, None)["msg"]
    assert ("gone2.example" in words, "gone3.example" in words) == (True, False)
    assert (" And " in words.partition("gone2.example:")[2]) is (count > 3)


def test_what_is_as_declared_has_not_failed_where_all_is_stopped():
    plan, live_index = planned(*hops(1), {"domain": "d2.example", "lookback_hops": 1}, live=[numbered(1), numbered(2)])
    result = bulk_result(plan, live_index, {}, ApiError("auth", "no."))
    assert [entry["domain"] for entry in result["results"]] == ["d1.example"]
    assert (result["summary"]["not_reached"], result["summary"]["unchanged"]) == (1, 1)


class TestAListThatShifts:
    """Between two pages one row leaves and another joins at the end: a live domain is on neither page (A13)."""

    first, second = (0, 1, 2), (4, 5, 9)

    def pages(self, script):
        for numbers in (self.first, self.second):
            script.expect("GET", DOMAINS, listed(*(numbered(number) for number in numbers), total=6))

    def read(self, *domains):
        made = client()
        return read_account(Domains(made), bulk_from_options({"domains": list(domains)}).desired_objects), made

    def test_a_declared_domain_is_looked_up_before_it_is_called_missing(self, script):
        self.pages(script)
        script.expect("GET", DOMAINS, listed(numbered(3)), query={"domain": "d3.example"})
        live_index, made = self.read(*hops(3), *hops(4))
        assert live_index.find("d3.example") == numbered(3)
        assert (live_index.pages, len(live_index.all), made.statistics()["requests"]) == (2, 7, 3)

    def test_so_it_is_before_it_is_called_absent(self, script):
        self.pages(script)
        script.expect("GET", DOMAINS, listed(numbered(3)), query={"domain": "d3.example"})
        script.expect("DELETE", f"{DOMAINS}/{numbered(3)['id']}", ok({"id": numbered(3)["id"]}))
        script.expect("GET", f"{DOMAINS}/{numbered(3)['id']}", refused(404))
        assert run({"domain": "d3.example", "state": "absent"})["summary"]["deleted"] == 1

    def test_and_before_it_is_onboarded(self, script):
        self.pages(script)
        script.expect("GET", DOMAINS, listed(numbered(3)), query={"domain": "d3.example"})
        four = {"allowed_delivery_modes": ["DIRECT"], "drop_dispositions": ["SPAM", "MALICIOUS"], "ip_restrictions": ["192.0.2.10"], "regions": ["GLOBAL"]}
        assert run({"domain": "d3.example", **four})["changed"] is False

    def test_one_declared_by_its_id_is_read_by_it(self, script):
        self.pages(script)
        script.expect("GET", f"{DOMAINS}/{numbered(3)['id']}", ok(numbered(3)))
        live_index, _made = self.read({"domain_id": numbered(3)["id"]})
        assert live_index.read(numbered(3)["id"]) == numbered(3)

    def test_a_name_beside_an_id_counts_too(self, script):
        """Whether another live domain has the name decides whether it is a new name or a wrong id."""
        self.pages(script)
        script.expect("GET", DOMAINS, listed(numbered(3)), query={"domain": "d3.example"})
        result = run({"domain": "d3.example", "domain_id": numbered(1)["id"], "lookback_hops": 2})
        assert result["results"][0]["failure"]["kind"] == "conflict"

    @pytest.mark.parametrize("domains", [[{"domain": f"gone{number}.example"} for number in range(21)], [{"domain_id": str(number)} for number in (7, 8, 9)]])
    def test_of_many_the_list_is_read_once_more(self, script, domains):
        self.pages(script)
        for numbers in ((0, 1, 2), (3, 4, 5, 9)):
            script.expect("GET", DOMAINS, listed(*(numbered(number) for number in numbers), total=7))
        live_index, _made = self.read(*domains)
        assert len(live_index.all) == 7

    def test_what_is_not_declared_is_not_looked_for(self, script):
        self.pages(script)
        _roster, made = self.read(*hops(0, 9))
        assert made.statistics()["requests"] == 2

    def test_only_what_the_task_is_about_is_looked_for(self, script):
        self.pages(script)
        fleet = bulk_from_options({"domains": [*hops(3), {"domain": "d4.example", "lookback_hops": 1}], "only": ["d4.example"]})
        result = fleet.apply(client(), check_mode=True)
        assert (result["scope"], result["results"]) == (["d4.example"], [])

    def test_one_page_proves_itself(self, script):
        script.expect("GET", DOMAINS, listed(numbered(0)))
        _roster, made = self.read(*hops(3))
        assert made.statistics()["requests"] == 1

    def test_a_repeated_request_is_no_second_page(self, script):
        script.expect("GET", DOMAINS, refused(503)).expect("GET", DOMAINS, listed(numbered(0)))
        live_index, made = self.read(*hops(3))
        assert (live_index.pages, made.statistics()["requests"]) == (1, 2)

    def test_an_audit_looks_in_the_same_way(self, script):
        self.pages(script)
        script.expect("GET", DOMAINS, listed(numbered(3)), query={"domain": "d3.example"})
        result = audit_from_options({"domains": [{"domain": "d3.example", "lookback_hops": 1}]}).run(client(), datetime(2026, 11, 28, tzinfo=timezone.utc))
        assert (result["missing"], result["summary"]["live"]) == ([], 7)


@pytest.mark.parametrize("message", ["d1.example: Cloudflare did not.", "Cloudflare did not."])
@pytest.mark.parametrize("label", ["d1.example", "d1.example (7)"])
def test_a_message_says_its_label_once(message, label):
    plan, live_index = planned(*hops(1), live=[numbered(1)])
    plan = [plan[0]._replace(label=label, failure=ApiError("not_applied", message))]
    assert f"declared. {label}: Cloudflare did not. See" in bulk_result(plan, live_index, {}, None)["msg"]
