"""The whole account in one task, on the simulator: most cases in this process, some in playbooks, in the process of the task and packed."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from integration.support.call_module import call
from integration.support.invariants import check_task_invariants
from integration.support.run_playbook import PlaybookRunner
from integration.support.step import Outcome, Step
from simulator import Simulator

MODULE = "mailops.cloudflare.email_security_account"
LISTS = (
    "allow_policies",
    "block_senders",
    "trusted_domains",
    "impersonation_registry",
    "content_policies",
    "sending_domain_restrictions",
    "url_ignore_patterns",
)
# The same interpreter by another name, so that Ansible starts a process for the module.
SAME_PYTHON = str(Path(sys.executable).with_name("python" if Path(sys.executable).name == "python3" else "python3"))
WAYS = {"direct": {}, "packed": {"ANSIBLE_PYTHON_INTERPRETER": SAME_PYTHON}}
# What check mode must predict.
SAME = ("changed", "results", "summary", "undeclared", "duplicates", "expired", "kept", "skipped_resources", "directions", "plan", "diff")
PAST = "2020-01-31"


NOT_ENTITLED = [{"do": "status", "status": 403, "code": 10010, "message": "not_entitled", "match": {"path": "/content_policies"}, "times": None}]

EVERYTHING: dict[str, Any] = {
    "allow_policies": [
        {"pattern": "news.partner.example", "is_acceptable_sender": True, "comments": "SEC-311", "expires": "2999-01-31"},
        {"pattern": "old.partner.example", "is_acceptable_sender": True, "expires": PAST},
    ],
    "block_senders": [
        {"pattern": "evil.example"},
        {"pattern": "Büro.example"},
        {"pattern": r".*@lure\.example", "is_regex": True},
        {"pattern": "203.0.113.0/24", "comments": "scanner"},
        {"pattern": "gone.example", "state": "absent"},
    ],
    "trusted_domains": [{"pattern": "example-events.example", "is_similarity": True}],
    "impersonation_registry": [{"email": "ceo@example.com", "name": "Ann Lee"}, {"email": "ann@home.example", "name": "Ann Lee"}],
    "content_policies": [{"name": "Gift cards", "pattern": r"(?i)gift\s?card", "targets": ["SUBJECT", "BODY"]}],
    "sending_domain_restrictions": [{"domain": "bank.example", "exclude": ["news.bank.example"]}],
    "url_ignore_patterns": [{"pattern": r"^https://intranet\.example\.com/"}],
}
LIVE: dict[str, list[dict[str, Any]]] = {
    "allow_policies": [{"pattern": "old.partner.example", "is_acceptable_sender": True}, {"pattern": "forgotten.example", "is_trusted_sender": True}],
    "block_senders": [{"pattern": "EVIL.example."}, {"pattern": "203.0.113.0/24"}, {"pattern": "gone.example"}, {"pattern": "undeclared.example"}],
    "impersonation_registry": [
        {"email": "ceo@example.com", "name": "Anne Lee"},
        {"email": "synced@example.com", "name": "Sam", "provenance": "SNOOPY-OFFICE_365", "directory_id": 7},
    ],
    "sending_domain_restrictions": [{"domain": "bank.example", "exclude": []}],
}


def task(args: Mapping[str, Any], **more: Any) -> Step:
    return Step(args, MODULE, **more)


def blocked(count: int, start: int = 0, **more: Any) -> list[dict[str, Any]]:
    return [{"pattern": f"b{number}.example", **more} for number in range(start, start + count)]


def run(simulator: Simulator, args: Mapping[str, Any], **more: Any) -> Outcome:
    """Run one task, and check what holds for every task."""
    [outcome] = call(simulator, [task(args, **more)])
    assert outcome.violations == []
    check_task_invariants(outcome)
    return outcome


def patterns(outcome: Outcome, name: str = "block_senders") -> set[str]:
    return {entry["pattern"] for entry in outcome.lists_after[name]}


def written(outcome: Outcome) -> list[str]:
    """The lists that were written to, in the order of the requests."""
    return list(dict.fromkeys(entry["path"].partition("/settings/")[2].partition("/")[0] for entry in outcome.journal if entry["method"] != "GET"))


@pytest.fixture(scope="module")
def whole_lives(playbook_runner: PlaybookRunner) -> dict[str, list[Outcome]]:
    """A task over all lists, by way: in check mode, run, run once more, and without a list that the account is not entitled to."""
    args = {**EVERYTHING, "domains": [{"domain": "example.com", "lookback_hops": 3}], "purge": ["all"]}
    domains = [{"domain": "example.com", "lookback_hops": 1}]
    steps = [task(args, check=True, lists=LIVE, domains=domains, keywords={"diff": True}), task(args, keep_state=True), task(args, keep_state=True)]
    steps.append(task({"block_senders": blocked(1), "content_policies": []}, faults=NOT_ENTITLED))
    return {way: playbook_runner.run_steps(steps, environment=environment) for way, environment in WAYS.items()}


@pytest.mark.parametrize("way", WAYS)
class TestWholeAccount:
    def test_every_task_succeeds(self, whole_lives: dict[str, list[Outcome]], way: str) -> None:
        for outcome in whole_lives[way]:
            assert outcome.state == "ok", outcome.message
            assert outcome.violations == []
            check_task_invariants(outcome)

    def test_list_that_is_skipped_is_no_skipped_task(self, whole_lives: dict[str, list[Outcome]], way: str) -> None:
        """Ansible uses some keys of a result for itself, others in a release for modules that are packed."""
        result = whole_lives[way][3].result
        assert (result["skipped_resources"], result["changed"], list(result["results"])) == (
            {"content_policies": "not_entitled"},
            True,
            ["block_senders", "content_policies"],
        )
        assert not {"skipped", "ansible_module_results", "results_by_resource"} & set(result)
        assert "warnings" not in result
        assert "Found internal" not in whole_lives[way][3].output

    def test_check_mode_equals_the_run(self, whole_lives: dict[str, list[Outcome]], way: str) -> None:
        check, ran = whole_lives[way][:2]
        assert set(check.methods) == {"GET"}
        assert {key: check.result[key] for key in SAME} == {key: ran.result[key] for key in SAME}

    def test_everything_is_as_declared(self, whole_lives: dict[str, list[Outcome]], way: str) -> None:
        ran, again = whole_lives[way][1:3]
        assert (again.result["changed"], set(again.methods)) == (False, {"GET"})
        assert again.result["plan"] != ran.result["plan"]
        assert len(again.methods) == 1 + len(LISTS)
        assert patterns(ran) == {"EVIL.example.", "xn--bro-hoa.example", r".*@lure\.example", "203.0.113.0/24"}
        assert patterns(ran, "allow_policies") == {"news.partner.example"}
        assert {entry["name"] for entry in ran.lists_after["impersonation_registry"]} == {"Ann Lee", "Sam"}
        assert ran.stored("example.com")["lookback_hops"] == 3

    def test_result_describes_it(self, whole_lives: dict[str, list[Outcome]], way: str) -> None:
        result = whole_lives[way][1].result
        assert result["results"]["allow_policies"]["deleted"] == result["expired"]["allow_policies"] == ["old.partner.example"]
        assert result["results"]["block_senders"]["purged"] == ["undeclared.example"]
        assert [entry["name"] for entry in result["results"]["block_senders"]["updated"]] == ["203.0.113.0/24"]
        assert (result["summary"]["impersonation_registry"]["synced"], result["undeclared"]["impersonation_registry"]) == (1, [])
        assert result["summary"]["domains"]["updated"] == 1
        assert not any(counts["failed"] or counts["not_reached"] for counts in result["summary"].values())


class TestCosts:
    """Exact numbers of requests."""

    def test_check_of_all_lists(self, simulator: Simulator) -> None:
        outcome = run(simulator, {name: [] for name in LISTS} | {"domains": []}, check=True, lists=LIVE)
        assert outcome.methods == ["GET"] * 8

    def test_5000_with_nothing_to_do(self, simulator: Simulator) -> None:
        outcome = run(simulator, {"block_senders": blocked(5000)}, lists={"block_senders": blocked(5000)})
        assert outcome.methods == ["GET"] * 5

    def test_5000_for_the_first_time(self, simulator: Simulator) -> None:
        outcome = run(simulator, {"block_senders": blocked(5000)})
        assert len(outcome.methods) <= 10
        assert len(outcome.lists_after["block_senders"]) == 5000
        assert len(outcome.result["results"]["block_senders"]["created"]) == 5000
        assert len(json.dumps({key: value for key, value in outcome.result.items() if key != "invocation"})) < 640_000
        assert len(json.dumps(outcome.result)) < 700_000

    def test_5000_with_additions_removals_and_changes(self, simulator: Simulator) -> None:
        live = [*blocked(20, comments="old"), *blocked(4930, 20), *blocked(50, 9000)]
        outcome = run(
            simulator,
            {"block_senders": blocked(5050), "purge": ["all"]} | {"block_senders": [*blocked(20, comments="new"), *blocked(5030, 20)]},
            lists={"block_senders": live},
        )
        summary = outcome.result["summary"]["block_senders"]
        assert (summary["created"], summary["updated"], summary["purged"]) == (100, 20, 50)
        assert outcome.methods == [*["GET"] * 5, "POST"]

    def test_500_people_for_the_first_time(self, simulator: Simulator) -> None:
        people = [{"email": f"p{number}@example.com", "name": f"Person {number}"} for number in range(500)]
        outcome = run(simulator, {"impersonation_registry": people})
        assert len(outcome.methods) == 501
        assert {entry["status"] for entry in outcome.journal} == {200, 201}

    @pytest.mark.parametrize(("no_pointer", "writes"), [(False, 2), (True, 21)])
    def test_1000_of_which_one_is_refused(self, simulator: Simulator, no_pointer: bool, writes: int) -> None:
        """Somebody else adds one of them between the reading and the batch, and the server refuses a second one."""
        outcome = run(
            simulator,
            {"block_senders": blocked(1000, comments="ours")},
            faults=[{"do": "add", "resource": "block_senders", "values": {"pattern": "b717.example", "comments": "theirs"}, "match": {"method": "POST"}}],
            habits={"no_pointer": True} if no_pointer else {},
            settings={"list_duplicates": "refused"},
        )
        [failed] = outcome.result["results"]["block_senders"]["failed"]
        assert (failed["name"], failed["failure"]["kind"], failed["failure"]["status"]) == ("b717.example", "conflict", 409)
        assert outcome.result["summary"]["block_senders"]["created"] == 999
        assert outcome.methods.count("POST") <= writes
        assert len(outcome.lists_after["block_senders"]) == 1000

    def test_bad_credential(self, simulator: Simulator) -> None:
        outcome = run(simulator, EVERYTHING, environment={"CLOUDFLARE_API_TOKEN": "cfat_wrong-not-a-secret-0000"})
        # The code of the simulator's refusal is also one that comes and goes under load, so that the read is tried once more.
        assert (set(outcome.methods), outcome.kind) == ({"GET"}, "auth")
        assert outcome.result["api"]["requests"] - outcome.result["api"]["retries"] == 1
        assert all(counts["not_reached"] == counts["total"] for counts in outcome.result["summary"].values())
        assert list(outcome.result["summary"]) == list(LISTS)

    def test_read_only_credential_is_refused_one_write(self, simulator: Simulator) -> None:
        outcome = run(simulator, EVERYTHING, environment={"CLOUDFLARE_API_TOKEN": simulator.read_token})
        assert (outcome.kind, outcome.result["changed"]) == ("permission", False)
        # One for the batch, and one to see whether single writes are permitted.
        assert (outcome.methods[:7], outcome.methods.count("POST") <= 2, len(outcome.methods) <= 10) == (["GET"] * 7, True, True)
        assert {entry["status"] for entry in outcome.journal if entry["method"] == "POST"} == {403}


class TestGuard:
    LIVE = {"block_senders": blocked(100), "allow_policies": [{"pattern": "a.example", "is_acceptable_sender": True}]}

    @pytest.mark.parametrize("check", [True, False])
    @pytest.mark.parametrize(("declared", "limit"), [(89, "10%"), (0, "10%"), (0, 100), (99, 0)])
    def test_nothing_at_all_is_written(self, simulator: Simulator, declared: int, limit: Any, check: bool) -> None:
        args = {"block_senders": blocked(declared), "allow_policies": [{"pattern": "a.example", "state": "absent"}], "purge": ["block_senders"]}
        outcome = run(simulator, {**args, "max_removals": limit}, lists=self.LIVE, check=check)
        assert (outcome.kind, outcome.result["changed"], outcome.methods) == ("too_many_removals", False, ["GET", "GET"])
        assert len(outcome.result["results"]["block_senders"]["purged"]) == 100 - declared
        assert outcome.result["results"]["allow_policies"]["deleted"] == ["a.example"]
        assert outcome.result["diff"]

    @pytest.mark.parametrize(("declared", "limit"), [(90, "10%"), (89, 11), (0, "100%"), (95, "0%")])
    def test_what_is_permitted_is_removed(self, simulator: Simulator, declared: int, limit: Any) -> None:
        outcome = run(simulator, {"block_senders": blocked(declared), "purge": ["all"], "max_removals": limit}, lists=self.LIVE)
        assert (outcome.failed, len(outcome.lists_after["block_senders"])) == (False, declared)

    def test_approved_plan_outranks_the_guard(self, simulator: Simulator) -> None:
        args = {"block_senders": [], "purge": ["all"]}
        refused = run(simulator, args, lists=self.LIVE)
        outcome = run(simulator, {**args, "expected_plan": refused.result["plan"]}, lists=self.LIVE)
        # The ids of the simulator are drawn again, and are no part of the plan.
        assert (outcome.failed, outcome.lists_after["block_senders"]) == (False, [])

    def test_plan_of_another_state_is_refused(self, simulator: Simulator) -> None:
        args = {"block_senders": [], "purge": ["all"]}
        plan = run(simulator, args, lists=self.LIVE).result["plan"]
        outcome = run(simulator, {**args, "expected_plan": plan}, lists={"block_senders": blocked(101)})
        assert (outcome.kind, set(outcome.methods)) == ("conflict", {"GET"})

    def test_kept_and_synchronized_entries_stay(self, simulator: Simulator) -> None:
        lists = {
            "block_senders": [*blocked(3), {"pattern": "x.example", "comments": "owned by the SOC"}],
            "impersonation_registry": LIVE["impersonation_registry"],
        }
        args = {"block_senders": blocked(1), "impersonation_registry": [{"email": "ceo@example.com", "name": "Anne Lee"}], "purge": ["all"]}
        outcome = run(simulator, {**args, "keep": {"block_senders": ["comments:*SOC*", "b2.*"]}}, lists=lists)
        assert patterns(outcome) == {"b0.example", "b2.example", "x.example"}
        assert outcome.result["kept"]["block_senders"] == ["b2.example", "x.example"]
        assert len(outcome.lists_after["impersonation_registry"]) == 2


class TestOrder:
    ARGS: Mapping[str, Any] = {
        "domains": [{"domain": "example.com", "require_tls_inbound": True}],
        "allow_policies": [{"pattern": "new.example", "is_acceptable_sender": True}],
        "block_senders": [{"pattern": "evil.example"}],
        "trusted_domains": [{"pattern": "old.example", "state": "absent"}],
        "impersonation_registry": [{"email": "ceo@example.com", "name": "Ann Lee"}, {"email": "left@example.com", "state": "absent"}],
        "content_policies": [{"name": "Old", "state": "absent"}],
        "url_ignore_patterns": [{"pattern": "new"}, {"pattern": "old", "state": "absent"}],
    }
    LIVE: Mapping[str, Sequence[Mapping[str, Any]]] = {
        "trusted_domains": [{"pattern": "old.example"}],
        "impersonation_registry": [{"email": "left@example.com", "name": "Bob"}],
        "content_policies": [{"name": "Old", "pattern": "x", "targets": ["BODY"]}],
        "url_ignore_patterns": [{"pattern": "old"}],
    }
    # What only protects, what protects and exempts, what exempts and protects, what only exempts.
    WANTED = ["domains", "block_senders", "trusted_domains", "impersonation_registry", "url_ignore_patterns", "allow_policies", "content_policies"]
    DOMAINS = [{"domain": "example.com", "require_tls_inbound": False}]

    def test_what_protects_is_sent_first(self, simulator: Simulator) -> None:
        outcome = run(simulator, self.ARGS, lists=self.LIVE, domains=self.DOMAINS)
        assert not outcome.failed, outcome.message
        assert written(outcome) == self.WANTED

    @pytest.mark.parametrize("number", range(1, 7))
    def test_stop_leaves_the_account_more_protected(self, simulator: Simulator, number: int) -> None:
        """The credential is withdrawn after some writes."""
        fault = {"do": "status", "status": 401, "match": {"method": ["POST", "PATCH", "DELETE"], "nth": number + 1}, "times": None}
        outcome = run(simulator, {**self.ARGS, "batch": "never", "concurrency": 1}, lists=self.LIVE, domains=self.DOMAINS, faults=[fault])
        assert (outcome.kind, outcome.result["changed"]) == ("auth", True)
        succeeded = written(outcome)[:-1]
        assert succeeded == self.WANTED[: len(succeeded)]
        if "impersonation_registry" not in succeeded:
            assert not outcome.lists_after["allow_policies"]
            assert outcome.lists_after["content_policies"]


class TestFaults:
    """Nothing is lost or written twice without being said."""

    @pytest.mark.parametrize("apply", [True, False])
    @pytest.mark.parametrize("do", ["reset", "html", "truncate"])
    def test_lost_answer_of_a_batch(self, simulator: Simulator, do: str, apply: bool) -> None:
        args = {"block_senders": [*blocked(20), *blocked(5, 30, state="absent")], "purge": ["all"]}
        lists = {"block_senders": [*blocked(5, 30), *blocked(3, 40), *blocked(1, comments="x")]}
        outcome = run(simulator, args, lists=lists, faults=[{"do": do, "apply": apply, "match": {"method": "POST"}}])
        assert not outcome.failed, outcome.message
        stored = [entry["pattern"] for entry in outcome.lists_after["block_senders"]]
        assert sorted(stored) == sorted(entry["pattern"] for entry in blocked(20))
        summary = outcome.result["summary"]["block_senders"]
        assert (summary["created"], summary["updated"], summary["deleted"], summary["purged"]) == (19, 0, 5, 3)

    @pytest.mark.parametrize("status", [404, 405])
    def test_account_without_the_batch_endpoint(self, simulator: Simulator, status: int) -> None:
        outcome = run(simulator, EVERYTHING, lists=LIVE, settings={"list_batch": status})
        assert not outcome.failed, outcome.message
        assert not run(simulator, EVERYTHING, keep_state=True).result["changed"]

    def test_list_that_changes_while_it_is_read_is_not_purged(self, simulator: Simulator) -> None:
        changing = [
            {"do": "add", "resource": "block_senders", "values": {"pattern": f"a{number}.example"}, "match": {"method": "GET", "nth": number + 1}}
            for number in range(9)
        ]
        outcome = run(simulator, {"block_senders": blocked(1), "purge": ["all"], "max_removals": 9999}, lists={"block_senders": blocked(1500)}, faults=changing)
        assert (outcome.kind, set(outcome.methods)) == ("response", {"GET"})


class TestLists:
    def test_account_without_a_list(self, simulator: Simulator) -> None:
        """Content policies need another plan."""
        for entries, has_failed in (([], False), (EVERYTHING["content_policies"], True)):
            outcome = run(simulator, {"block_senders": blocked(1), "content_policies": entries}, faults=NOT_ENTITLED)
            assert (outcome.result["skipped_resources"], outcome.failed) == ({"content_policies": "not_entitled"}, has_failed)
            assert patterns(outcome) == {"b0.example"}

    @pytest.mark.parametrize("batch", ["auto", "never"])
    @pytest.mark.parametrize("name", LISTS)
    def test_each_list_alone(self, simulator: Simulator, name: str, batch: str) -> None:
        args = {name: EVERYTHING[name], "purge": ["all"], "batch": batch}
        check = run(simulator, args, lists=LIVE, check=True)
        ran = run(simulator, args, lists=LIVE)
        assert not ran.failed, ran.message
        assert {key: check.result[key] for key in SAME} == {key: ran.result[key] for key in SAME}
        again = run(simulator, args, keep_state=True)
        assert (again.result["changed"], again.methods) == (False, ["GET"])

    def test_equal_duplicates_are_removed_by_purge(self, simulator: Simulator) -> None:
        lists = {"block_senders": blocked(1) * 3}
        outcome = run(simulator, {"block_senders": blocked(1)}, lists=lists)
        assert (len(outcome.result["duplicates"]["block_senders"]), outcome.methods) == (2, ["GET"])
        outcome = run(simulator, {"block_senders": blocked(1), "purge": ["all"]}, lists=lists)
        assert (outcome.result["summary"]["block_senders"]["purged"], len(outcome.lists_after["block_senders"])) == (2, 1)

    def test_every_live_entry_of_an_absent_one_is_removed(self, simulator: Simulator) -> None:
        outcome = run(
            simulator, {"block_senders": blocked(1, state="absent"), "max_removals": 0}, lists={"block_senders": [*blocked(2), *blocked(1, comments="x")]}
        )
        assert (outcome.result["summary"]["block_senders"]["deleted"], patterns(outcome)) == (2, {"b1.example"})

    def test_refused_entry_does_not_stop_the_others(self, simulator: Simulator) -> None:
        outcome = run(
            simulator,
            {"block_senders": blocked(4), "batch": "never", "concurrency": 1},
            faults=[{"do": "status", "status": 400, "match": {"method": "POST", "nth": 2}}],
        )
        assert [entry["name"] for entry in outcome.result["results"]["block_senders"]["failed"]] == ["b1.example"]
        assert (outcome.result["summary"]["block_senders"]["created"], outcome.failed, outcome.kind) == (3, True, None)
