"""email_security_account_info: all resources, lists of many pages, lists that change meanwhile, and accounts without some of the lists."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from integration.support.run_playbook import PlaybookRunner
from integration.support.step import ACCOUNT_INFO_MODULE, Outcome, Step

LISTS: dict[str, list[dict[str, Any]]] = {
    "allow_policies": [{"pattern": "news.partner.example", "is_acceptable_sender": True}],
    "block_senders": [{"pattern": "evil.example"}, {"pattern": "b.example", "comments": "SEC-402"}],
    "trusted_domains": [{"pattern": "example-events.example", "is_similarity": True}],
    "impersonation_registry": [{"email": "ceo@example.com", "name": "Ann Lee", "provenance": "SNOOPY-OFFICE_365", "directory_id": 7}],
    "content_policies": [{"name": "Gift cards", "pattern": r"(?i)gift\s?card", "targets": ["SUBJECT"]}],
    "sending_domain_restrictions": [{"domain": "bank.example", "exclude": ["news.bank.example"]}],
    "url_ignore_patterns": [{"pattern": r"^https://intranet\.example\.com/"}, {"pattern": "x"}],
}
NAMES = ["domains", *LISTS]
# The same interpreter by another name, so that Ansible starts a process for the module.
SAME_PYTHON = str(Path(sys.executable).with_name("python" if Path(sys.executable).name == "python3" else "python3"))
WAYS = {"direct": {}, "packed": {"ANSIBLE_PYTHON_INTERPRETER": SAME_PYTHON}}
MANY = {"block_senders": [{"pattern": f"s{number:04}.example"} for number in range(2500)]}
FIRST = "5e0a4f6e-7b9d-4d0e-8a51-000000000000"
PATTERNS = {"url_ignore_patterns": [{"id": FIRST[:-2] + f"{number:02}", "pattern": f"p{number:02}"} for number in range(30)]}
SENDERS = {"block_senders": [{"id": FIRST[:-2] + f"{number:02}", "pattern": f"s{number:02}.example"} for number in range(30)]}


def info(*resources: str, **more: Any) -> Step:
    more = {"lists": LISTS, **more}
    return Step({"resources": list(resources)} if resources else {}, ACCOUNT_INFO_MODULE, **more)


def patterns(outcome: Outcome, name: str) -> list[str]:
    return [entry["pattern"] for entry in outcome.result[name]]


def assert_complete(outcome: Outcome, name: str) -> None:
    """Assert that a list is returned with every stored entry once."""
    stored = {entry["id"]: entry for entry in outcome.lists_after[name]}
    assert sorted(entry["id"] for entry in outcome.result[name]) == sorted(stored)
    assert {entry["pattern"] for entry in outcome.result[name]} == {entry["pattern"] for entry in stored.values()}


@pytest.mark.parametrize("way", WAYS)
def test_playbook_reads_everything_and_skips_what_the_account_does_not_have(way: str, playbook_runner: PlaybookRunner) -> None:
    steps = [info(), info(check=True), info(settings={"not_entitled": ["content_policies"]})]
    everything, checked, without = playbook_runner.run_steps(steps, environment=WAYS[way])
    for outcome in (everything, checked):
        assert outcome.state == "ok", outcome.message
        assert outcome.methods == ["GET"] * 8
        assert outcome.result["api"] == {"requests": 8, "retries": 0, "waited": 0.0}
        assert {name: len(outcome.result[name]) for name in NAMES} == {"domains": len(outcome.before)} | {name: len(rows) for name, rows in LISTS.items()}
        assert outcome.result["skipped_resources"] == {}
        for name, rows in LISTS.items():
            for row in rows:
                assert any(row.items() <= entry.items() for entry in outcome.result[name])
    assert without.state == "ok", without.message
    assert without.result["skipped_resources"] == {"content_policies": "not_entitled"}
    assert set(NAMES) - set(without.result) == {"content_policies"}


@pytest.mark.call(info("block_senders", lists=MANY), info("domains"))
def test_a_list_takes_one_request_for_each_1000_entries(outcomes: list[Outcome]) -> None:
    senders, domains = outcomes
    assert patterns(senders, "block_senders") == [entry["pattern"] for entry in MANY["block_senders"]]
    assert len(senders.journal) == 3
    assert (len(domains.journal), len(domains.result["domains"])) == (1, len(domains.before))


@pytest.mark.call(
    info("url_ignore_patterns", lists=PATTERNS, settings={"per_page_cap": 10}),
    info(
        "url_ignore_patterns",
        lists=PATTERNS,
        settings={"per_page_cap": 10},
        faults=[{"do": "remove", "resource": "url_ignore_patterns", "id": FIRST, "match": {"nth": 2}}],
    ),
    info(
        "url_ignore_patterns",
        lists=PATTERNS,
        settings={"per_page_cap": 10},
        faults=[{"do": "add", "resource": "url_ignore_patterns", "values": {"pattern": "new"}, "match": {"nth": 2}}],
    ),
    info("url_ignore_patterns", lists=PATTERNS, settings={"per_page_cap": 10}, habits={"no_total": True}),
    info("block_senders", lists=SENDERS, settings={"per_page_cap": 10}, habits={"no_total": True}),
    info(
        "block_senders", lists=SENDERS, settings={"per_page_cap": 10}, faults=[{"do": "remove", "resource": "block_senders", "id": FIRST, "match": {"nth": 2}}]
    ),
    without_waits=True,
)
def test_no_entry_is_missing_or_twice_when_a_list_changes_while_it_is_read(outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        assert not outcome.failed, outcome.message
        assert_complete(outcome, outcome.step.args["resources"][0])
    # Two readings of three pages and an empty one.
    assert len(outcomes[0].journal) == 8


@pytest.mark.call(
    info("url_ignore_patterns", "block_senders", lists={**PATTERNS, **SENDERS}, settings={"per_page_cap": 10}, habits={"shuffle_pages": True}),
    without_waits=True,
)
def test_a_list_that_never_stays_the_same_is_a_failure_of_that_list(outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert (outcome.kind, outcome.result["skipped_resources"]) == ("response", {"url_ignore_patterns": "response"})
    assert "url_ignore_patterns: Could not list the URL ignore patterns" in outcome.message
    assert_complete(outcome, "block_senders")


@pytest.mark.call(info(environment={"CLOUDFLARE_API_TOKEN": "cfat_no-such-token-anywhere"}))
def test_a_bad_credential_is_one_request(outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert outcome.kind == "auth"
    assert not set(outcome.result) & set(NAMES)


@pytest.mark.call(info(habits={"unknown_fields": True, "integer_ids": True}))
def test_what_the_server_returns_is_returned(outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert not outcome.failed, outcome.message
    assert all(isinstance(entry["id"], int) for name in LISTS for entry in outcome.result[name])
