"""The playbook open: it opens the named domains in an emergency, and shows how to restore them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from integration.support.fleet_step import make_domain
from integration.support.run_playbook import CommandResult, PlaybookRunner
from simulator import Simulator

GATEWAY = ["192.0.2.0/24", "2001:db8:25::/48"]
CLOSED = {"ip_restrictions": GATEWAY, "lookback_hops": 2, "require_tls_inbound": True, "require_tls_outbound": True, "drop_dispositions": ["MALICIOUS"]}
LIVE = [
    make_domain("closed.example", 1, **CLOSED),
    make_domain("xn--mller-kva.example", 2, **{**CLOSED, "ip_restrictions": [], "require_tls_outbound": False}),
    make_domain("other.example", 3, **CLOSED),
    # The API may show false as null.
    make_domain("opened.example", 4, **{**CLOSED, "ip_restrictions": [], "require_tls_inbound": None, "require_tls_outbound": None}),
]
OPENED = {"ip_restrictions": [], "require_tls_inbound": False, "require_tls_outbound": False}
RESTORED = re.compile(r"^TASK \[The way back.*?=>\s*(.*?)\n\nTASK ", re.MULTILINE | re.DOTALL)


@pytest.fixture
def account(simulator: Simulator) -> Simulator:
    simulator.clear_domains()
    for live in LIVE:
        simulator.add_domain(**live)
    return simulator


def run_open(playbook_runner: PlaybookRunner, folder: Path, names: Any, again: Any = None, *arguments: str, **environment: str) -> CommandResult:
    answers = {"email_security_open": names, "email_security_open_again": names if again is None else again}
    return playbook_runner.run_playbook(folder, "mailops.cloudflare.open", "-e", json.dumps(answers), *arguments, environment=environment)


def changed_settings(account: Simulator) -> dict[str, dict[str, Any]]:
    """The settings of each domain that have changed."""
    before = {live["domain"]: live for live in LIVE}
    found = {}
    for live in account.domains:
        fields = {name: live[name] for name in CLOSED if live[name] != before[live["domain"]][name]}
        found |= {live["domain"]: fields} if fields else {}
    return found


def restore(playbook_runner: PlaybookRunner, folder: Path, output: str, ending: str = "yml") -> CommandResult:
    """Do what the playbook says: save and apply the printed variables."""
    [way_back] = RESTORED.findall(output)
    (folder / f"restore.{ending}").write_text(way_back, encoding="utf-8")
    return playbook_runner.run_playbook(folder, "mailops.cloudflare.apply", "-e", f"@restore.{ending}")


@pytest.mark.parametrize("result_format", ["json", "yaml"])
@pytest.mark.first_cases(1)
def test_open_changes_the_named_domains_and_can_be_undone(playbook_runner: PlaybookRunner, account: Simulator, tmp_path: Path, result_format: str) -> None:
    done = run_open(
        playbook_runner, tmp_path, " Closed.example,müller.example ", "MÜLLER.example, closed.example", ANSIBLE_CALLBACK_RESULT_FORMAT=result_format
    )
    assert done.code == 0, done.output
    assert changed_settings(account) == {"closed.example": OPENED, "xn--mller-kva.example": {"require_tls_inbound": False}}
    assert "closed.example: ip_restrictions, require_tls_inbound, require_tls_outbound" in done.output
    restored = restore(playbook_runner, tmp_path, done.output)
    assert restored.code == 0, restored.output
    assert changed_settings(account) == {}


def test_open_in_check_mode_shows_the_same_and_writes_nothing(playbook_runner: PlaybookRunner, account: Simulator, tmp_path: Path) -> None:
    account.configure(refuse_writes=True)
    done = run_open(playbook_runner, tmp_path, ["closed.example"], None, "--check")
    assert done.code == 0, done.output
    assert changed_settings(account) == {}
    assert yaml.safe_load(RESTORED.findall(done.output)[0]) == {
        "email_security_domains": [{"domain": "closed.example", "ip_restrictions": GATEWAY, "require_tls_inbound": True, "require_tls_outbound": True}]
    }
    assert "closed.example: ip_restrictions, require_tls_inbound, require_tls_outbound" in done.output


def test_open_of_an_open_domain_succeeds_without_a_write(playbook_runner: PlaybookRunner, account: Simulator, tmp_path: Path) -> None:
    done = run_open(playbook_runner, tmp_path, "opened.example")
    assert done.code == 0, done.output
    assert "Nothing had to be changed" in done.output
    assert RESTORED.findall(done.output) == []
    assert {entry["method"] for entry in account.journal} == {"GET"}


@pytest.mark.parametrize(
    ("names", "again", "says"),
    [
        ("closed.example", "close.example", "email_security_open: closed.example. email_security_open_again: close.example."),
        ("closed.example", "closed.example,other.example", "email_security_open_again: closed.example, other.example."),
        ("", "", "email_security_open: no name. email_security_open_again: no name."),
        (" , ", " , ", "email_security_open: no name."),
        (None, None, "email_security_open: no name."),
        ("closed.example", "", "email_security_open_again: no name."),
    ],
)
@pytest.mark.first_cases(1)
def test_open_refuses_names_that_are_missing_or_differ(
    playbook_runner: PlaybookRunner, account: Simulator, tmp_path: Path, names: Any, again: Any, says: str
) -> None:
    answers = json.dumps({"email_security_open": names, "email_security_open_again": again})
    done = playbook_runner.run_playbook(tmp_path, "mailops.cloudflare.open", "-e", answers)
    assert done.code == 2
    assert says in done.output
    assert account.journal == []


def test_open_without_a_terminal_and_names_is_refused(playbook_runner: PlaybookRunner, account: Simulator, tmp_path: Path) -> None:
    done = playbook_runner.run_playbook(tmp_path, "mailops.cloudflare.open")
    assert done.code == 2
    assert "email_security_open: no name." in done.output
    assert account.journal == []


@pytest.mark.parametrize("name", ["*", "*.example", "closed.exampl?", "all"])
@pytest.mark.first_cases(1)
def test_open_refuses_a_pattern(playbook_runner: PlaybookRunner, account: Simulator, tmp_path: Path, name: str) -> None:
    done = run_open(playbook_runner, tmp_path, name)
    assert done.code == 2
    assert "which is not a domain name" in done.output
    assert account.journal == []


def test_open_with_failures_names_them_and_can_be_undone(playbook_runner: PlaybookRunner, account: Simulator, tmp_path: Path) -> None:
    """One name is mistyped, the server refuses one domain, and one is opened."""
    account.habit(refused_fields={"other.example": ["require_tls_inbound"]})
    done = run_open(playbook_runner, tmp_path, "closed.example,other.example,typo.example")
    assert done.code == 2
    assert changed_settings(account) == {"closed.example": OPENED}
    assert "typo.example" not in [live["domain"] for live in account.domains]
    assert re.search(r"typo\.example.*not_found|not_found.*typo\.example", done.output, re.DOTALL)
    shown = done.output.rpartition("TASK [Show what was changed")[2]
    assert "closed.example: ip_restrictions" in shown
    assert "other.example" not in shown
    account.clear_habits()
    restored = restore(playbook_runner, tmp_path, done.output)
    assert restored.code == 0, restored.output
    assert changed_settings(account) == {}


def test_open_with_a_policy_is_refused(playbook_runner: PlaybookRunner, account: Simulator, tmp_path: Path) -> None:
    """The variables of the policy would have precedence over the printed ones."""
    (tmp_path / "policy.yml").write_text("email_security_domains: [{domain: closed.example, lookback_hops: 2}]\n", encoding="utf-8")
    done = run_open(playbook_runner, tmp_path, "closed.example", None, "-e", "@policy.yml")
    assert done.code == 2
    assert "This playbook takes no policy" in done.output
    assert changed_settings(account) == {}
