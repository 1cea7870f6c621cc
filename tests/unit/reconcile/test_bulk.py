"""Many declared objects: their options, the listing of the account, and the changes."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import InvalidOptionError
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.audit import audit_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.bulk import bulk_from_options, is_batch_worthwhile, read_account
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN, Domains
from ansible_collections.mailops.cloudflare.tests.unit.support import DOMAINS, LIVE, Clock, client, listed, numbered, ok, refused


def desired_objects(*entries, **options):
    return bulk_from_options(DOMAIN, {"domains": list(entries), **options}).desired_objects


def refusal(*entries, problems=(), **options):
    with pytest.raises(InvalidOptionError) as caught:
        bulk_from_options(DOMAIN, {"domains": list(entries), **options}, problems=problems)
    return str(caught.value)


class TestBulkFromOptions:
    def test_defaults_apply_to_domains_without_the_setting(self):
        [first, second] = desired_objects(
            {"domain": "d1.example"}, {"domain": "d2.example", "lookback_hops": 5}, defaults={"lookback_hops": 2, "regions": ["DE"]}
        )
        assert first.settings == {"domain": "d1.example", "lookback_hops": 2, "regions": ["DE"]}
        assert second.settings == {"domain": "d2.example", "lookback_hops": 5, "regions": ["DE"]}

    def test_clear_takes_precedence_over_a_default_and_the_reverse(self):
        assert desired_objects({"domain": "d1.example", "clear": ["folder"]}, defaults={"folder": "Inbox"})[0].settings["folder"] is None
        assert desired_objects({"domain": "d1.example", "folder": "Inbox"}, defaults={"clear": ["folder"]})[0].settings["folder"] == "Inbox"

    def test_cleared_list_takes_precedence_over_a_default_and_the_reverse(self):
        network = ["192.0.2.0/24"]
        [cleared] = desired_objects({"domain": "d1.example", "clear": ["ip_restrictions"]}, defaults={"ip_restrictions": network})
        [given] = desired_objects({"domain": "d1.example", "ip_restrictions": network}, defaults={"clear": ["ip_restrictions"]})
        [inherited] = desired_objects({"domain": "d1.example"}, defaults={"clear": ["ip_restrictions"]})
        # Said with the domain, so it was not the clear of the defaults that emptied it.
        [emptied] = desired_objects({"domain": "d1.example", "ip_restrictions": []}, defaults={"clear": ["ip_restrictions"]})
        assert [desired.settings["ip_restrictions"] for desired in (cleared, given, inherited, emptied)] == [[], network, [], []]
        assert [desired.cleared for desired in (cleared, given, inherited, emptied)] == [{"ip_restrictions"}, set(), {"ip_restrictions"}, set()]

    def test_purge_of_a_domain_takes_precedence_over_the_defaults(self):
        network = {"ip_restrictions": ["192.0.2.0/24"]}
        defaults = {**network, "purge_ip_restrictions": False}
        [inherited, own_list, replacing, cleared] = desired_objects(
            {"domain": "d1.example"},
            {"domain": "d2.example", "ip_restrictions": ["198.51.100.0/24"]},
            {"domain": "d3.example", "purge_ip_restrictions": True},
            {"domain": "d4.example", "clear": ["ip_restrictions"]},
            defaults=defaults,
        )
        assert [bool(desired.additive) for desired in (inherited, own_list, replacing, cleared)] == [True, True, False, False]
        [added] = desired_objects({"domain": "d1.example", "purge_ip_restrictions": False}, defaults=network)
        assert (added.additive, added.settings["ip_restrictions"]) == ({"ip_restrictions"}, ["192.0.2.0/24"])
        assert cleared.settings["ip_restrictions"] == []

    def test_list_that_the_defaults_clear_and_a_domain_adds_to_is_refused(self):
        words = refusal({"domain": "d1.example", "purge_ip_restrictions": False}, defaults={"clear": ["ip_restrictions", "folder"]})
        assert words == "domains[0] (d1.example): defaults: clear contains ip_restrictions, and purge_ip_restrictions is false here: leave out one of the two."
        # A value of its own takes precedence over the clear of the defaults.
        entry = {"domain": "d1.example", "ip_restrictions": ["192.0.2.1"], "purge_ip_restrictions": False}
        assert desired_objects(entry, defaults={"clear": ["ip_restrictions"]})[0].additive == {"ip_restrictions"}

    def test_purge_is_refused_for_a_domain_that_is_to_be_removed(self):
        assert "state is 'absent', together with purge_regions" in refusal({"domain": "d1.example", "state": "absent", "purge_regions": False})

    def test_absent_domain_has_no_settings(self):
        assert desired_objects({"domain": "d1.example", "state": "absent"}, defaults={"lookback_hops": 2})[0].settings == {"domain": "d1.example"}

    def test_wrong_default_is_reported_once(self):
        assert refusal({"domain": "d1.example"}, {"domain": "d2.example"}, defaults={"lookback_hops": 0}).count("lookback_hops") == 1

    def test_all_problems_are_reported_entry_by_entry(self):
        words = refusal(
            {"domain": "d1.example", "lookback_hops": 99}, {"domain": "fine.example"}, {"domain_id": "no"}, expected_plan=" ", problems=["concurrency is 11."]
        )
        for part in ("domains[0] (d1.example): lookback_hops is 99", "domains[2] (no): domain_id", "concurrency is 11", "expected_plan is empty"):
            assert part in words
        assert "fine.example" not in words

    def test_thousand_problems_are_cut_off(self):
        words = refusal(*({"domain": f"d{number}.example", "lookback_hops": 0} for number in range(1000)))
        assert "domains[19]" in words
        assert "domains[20]" not in words
        assert words.endswith("And 980 more.")

    @pytest.mark.parametrize("copied", ["EXAMPLE.com", "example.com.", " example.com"])
    def test_duplicate_name_is_refused(self, copied):
        assert "example.com is declared more than once" in refusal({"domain": "example.com"}, {"domain": copied})

    def test_duplicate_id_is_refused(self):
        assert "7 is declared more than once" in refusal({"domain_id": "7"}, {"domain_id": "7", "domain": "other.example"})

    def test_different_ids_and_names_are_accepted(self):
        assert len(desired_objects({"domain": "d1.example"}, {"domain_id": "7"}, {"domain_id": "8"}, {"domain": "d2.example"})) == 4

    @pytest.mark.parametrize("mode", ["auto", "always", "never"])
    def test_batch_mode_and_plan_are_kept(self, mode):
        fleet = bulk_from_options(DOMAIN, {"domains": [], "batch": mode, "expected_plan": f" {'AB' * 32} ", "concurrency": 1})
        assert (fleet.batch, fleet.expected_plan, fleet.concurrency) == (mode, "ab" * 32, 1)


@pytest.mark.parametrize(
    ("mode", "writes", "pages", "wanted"),
    [
        ("auto", 0, 1, False),
        ("auto", 1, 1, False),
        ("auto", 2, 1, False),
        ("auto", 3, 1, True),
        ("auto", 3, 50, True),
        ("auto", 21, 20, False),
        ("auto", 21, 19, True),
        ("auto", 1001, 1, True),
        ("always", 1, 50, True),
        ("never", 1000, 1, False),
    ],
)
def test_is_batch_worthwhile_cases(mode, writes, pages, wanted):
    assert is_batch_worthwhile(Domains, mode, writes, pages) is wanted


def test_bulk_from_options_state_defaults_to_present():
    assert [desired.state for desired in desired_objects({"domain": "a.example"}, {"domain": "b.example", "state": "absent"})] == ["present", "absent"]


def hops(*numbers):
    return [{"domain": f"d{number}.example", "lookback_hops": 2} for number in numbers]


def patched(script, *numbers):
    for number in numbers:
        script.expect("PATCH", f"{DOMAINS}/{numbered(number)['id']}", ok(numbered(number, lookback_hops=2)))


def run(*domains):
    return bulk_from_options(DOMAIN, {"domains": list(domains), "concurrency": 1}).apply(Domains(client()), check_mode=False)


def test_is_batch_worthwhile_twenty_writes_are_verified_by_name():
    assert is_batch_worthwhile(Domains, "auto", 20, 20)
    assert not is_batch_worthwhile(Domains, "auto", 21, 20)


@pytest.mark.parametrize(("live", "in_a_batch"), [(3, True), (4, False)])
def test_apply_counts_pages_as_they_were_read(script, monkeypatch, live, in_a_batch):
    """Three writes: one batch and one page are fewer requests, one batch and two pages are not."""
    monkeypatch.setattr(Domains, "max_keys_in_filter", 0)
    rows = [numbered(number) for number in range(live)]
    for begin in range(0, live, 3):
        script.expect("GET", DOMAINS, listed(*rows[begin : begin + 3], total=live))
    if in_a_batch:
        script.expect("POST", f"{DOMAINS}/batch", ok({})).expect("GET", DOMAINS, listed(*(numbered(number, lookback_hops=2) for number in range(3))))
    else:
        patched(script, 0, 1, 2)
    assert run(*hops(0, 1, 2))["summary"]["updated"] == 3


def test_apply_failing_domain_does_not_stop_the_others(script):
    script.expect("GET", DOMAINS, listed(numbered(1)))
    patched(script, 1)
    result = run({"domain": "nowhere.example"}, *hops(1))
    assert (result["summary"]["failed"], result["summary"]["updated"]) == (1, 1)
    assert result["results"][0]["failure"]["kind"] == "not_found"


def test_bulk_from_options_left_out_options_have_documented_defaults():
    fleet = bulk_from_options(DOMAIN, {"domains": []})
    assert (fleet.batch, fleet.concurrency, fleet.expected_plan) == ("auto", 8, None)


def test_bulk_from_options_wrong_default_is_reported_with_other_problems():
    with pytest.raises(InvalidOptionError) as caught:
        bulk_from_options(DOMAIN, {"domains": hops(1), "defaults": {"lookback_hops": 0}}, problems=["concurrency is 0."])
    words = str(caught.value)
    assert words.startswith("defaults: lookback_hops is 0;")
    assert "concurrency is 0" in words


@pytest.mark.parametrize(("count", "end"), [(19, "from 1 to 20."), (20, "from 1 to 20."), (21, "from 1 to 20. And 1 more.")])
def test_bulk_from_options_twenty_problems_are_shown(count, end):
    with pytest.raises(InvalidOptionError) as caught:
        bulk_from_options(DOMAIN, {"domains": [{"domain": f"d{number}.example", "lookback_hops": 0} for number in range(count)]})
    assert str(caught.value).endswith(f"lookback_hops is 0; it must be an integer {end}")


class TestShiftingList:
    """Between two pages one row is removed and another one added at the end: a live domain is on neither page."""

    first, second = (0, 1, 2), (4, 5, 9)

    def pages(self, script):
        for numbers in (self.first, self.second):
            script.expect("GET", DOMAINS, listed(*(numbered(number) for number in numbers), total=6))

    def read(self, *domains):
        made = client()
        return read_account(Domains(made), bulk_from_options(DOMAIN, {"domains": list(domains)}).desired_objects), made

    def test_missing_domain_is_looked_up_by_name(self, script):
        self.pages(script)
        script.expect("GET", DOMAINS, listed(numbered(3)), query={"domain": "d3.example"})
        live_index, made = self.read(*hops(3), *hops(4))
        assert live_index.find(("d3.example",)) == numbered(3)
        assert (live_index.pages, len(live_index.all), made.statistics()["requests"]) == (2, 7, 3)

    def test_domain_to_remove_is_looked_up_before_it_counts_as_absent(self, script):
        self.pages(script)
        script.expect("GET", DOMAINS, listed(numbered(3)), query={"domain": "d3.example"})
        script.expect("DELETE", f"{DOMAINS}/{numbered(3)['id']}", ok({"id": numbered(3)["id"]}))
        script.expect("GET", f"{DOMAINS}/{numbered(3)['id']}", refused(404))
        assert run({"domain": "d3.example", "state": "absent"})["summary"]["deleted"] == 1

    def test_domain_is_looked_up_before_it_is_onboarded(self, script):
        self.pages(script)
        script.expect("GET", DOMAINS, listed(numbered(3)), query={"domain": "d3.example"})
        four = {"allowed_delivery_modes": ["DIRECT"], "drop_dispositions": ["SPAM", "MALICIOUS"], "ip_restrictions": ["192.0.2.10"], "regions": ["GLOBAL"]}
        assert run({"domain": "d3.example", **four})["changed"] is False

    def test_domain_with_an_id_is_read_by_id(self, script):
        self.pages(script)
        script.expect("GET", f"{DOMAINS}/{numbered(3)['id']}", ok(numbered(3)))
        live_index, _made = self.read({"domain_id": numbered(3)["id"]})
        assert live_index.get(numbered(3)["id"]) == numbered(3)

    def test_name_beside_an_id_is_looked_up(self, script):
        """If another live domain has the name, the id is wrong; otherwise the name is new."""
        self.pages(script)
        script.expect("GET", DOMAINS, listed(numbered(3)), query={"domain": "d3.example"})
        result = run({"domain": "d3.example", "domain_id": numbered(1)["id"], "lookback_hops": 2})
        assert result["results"][0]["failure"]["kind"] == "conflict"

    @pytest.mark.parametrize("domains", [[{"domain": f"gone{number}.example"} for number in range(21)], [{"domain_id": str(number)} for number in (7, 8, 9)]])
    def test_many_missing_domains_read_the_list_again(self, script, domains):
        self.pages(script)
        for numbers in ((0, 1, 2), (3, 4, 5, 9)):
            script.expect("GET", DOMAINS, listed(*(numbered(number) for number in numbers), total=7))
        live_index, _made = self.read(*domains)
        assert len(live_index.all) == 7

    def test_undeclared_domains_are_not_looked_up(self, script):
        self.pages(script)
        _live_index, made = self.read(*hops(0, 9))
        assert made.statistics()["requests"] == 2

    def test_unselected_domains_are_not_looked_up(self, script):
        self.pages(script)
        fleet = bulk_from_options(DOMAIN, {"domains": [*hops(3), {"domain": "d4.example", "lookback_hops": 1}], "only": ["d4.example"]})
        result = fleet.apply(Domains(client()), check_mode=True)
        assert (result["scope"], result["results"]) == (["d4.example"], [])

    def test_single_page_needs_no_look_up(self, script):
        script.expect("GET", DOMAINS, listed(numbered(0)))
        _live_index, made = self.read(*hops(3))
        assert made.statistics()["requests"] == 1

    def test_retried_request_is_not_a_second_page(self, script):
        script.expect("GET", DOMAINS, refused(503)).expect("GET", DOMAINS, listed(numbered(0)))
        live_index, made = self.read(*hops(3))
        assert (live_index.pages, made.statistics()["requests"]) == (1, 2)

    def test_audit_looks_up_missing_domains(self, script):
        self.pages(script)
        script.expect("GET", DOMAINS, listed(numbered(3)), query={"domain": "d3.example"})
        result = audit_from_options({"domains": [{"domain": "d3.example", "lookback_hops": 1}]}).run(client(), datetime(2026, 11, 28, tzinfo=timezone.utc))
        assert (result["missing"], result["summary"]["live"]) == ([], 7)


def test_read_account_is_as_old_as_its_request(script):
    clock = Clock()
    clock.now = 100.0
    script.expect("GET", DOMAINS, listed(LIVE))
    send = script.send
    script.send = lambda *request: (clock.sleep(3), send(*request))[1]
    assert read_account(Domains(client(clock)), []).read_at == 100.0
