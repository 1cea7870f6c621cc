"""Jobs as a controller runs them, by ansible-runner: audit, approval, apply; what it stores of them; and what goes wrong there alone."""

from __future__ import annotations

import os
import socket
import threading
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from integration.support.awx_runner import Job, Runner
from integration.support.expected_result import Domain, every, many
from integration.support.run_playbook import Player
from simulator import Simulator
from test_audit_journey import LIVE, POLICY
from test_controller_configuration import HIDDEN

# A controller drops the result in an event that is longer.
LONGEST = 700_000
DRIFTED: list[Domain] = [{**LIVE[0], "ip_restrictions": []}, {**LIVE[1], "require_tls_inbound": False}]
NEVER = {"audit_fail_on": "never"}

Begin = Callable[..., Runner]


@pytest.fixture
def begin(player: Player, simulator: Simulator, tmp_path: Path) -> Begin:
    """A project and an account. The variables are those of the credential type, and the two that others may have set."""

    def begin(live: list[Domain], policy: Any = None) -> Runner:
        simulator.clear_domains()
        for fields in live:
            simulator.add_domain(**fields)
        environment = {
            "CLOUDFLARE_ACCOUNT_ID": simulator.account_id,
            "CLOUDFLARE_API_TOKEN": simulator.token,
            "CLOUDFLARE_BASE_URL": simulator.base_url,
            "CLOUDFLARE_EMAIL": "",
            "CLOUDFLARE_API_KEY": "",
        }
        return Runner(player, tmp_path, environment, policy or POLICY)

    return begin


def methods(simulator: Simulator) -> set[str]:
    found = {entry["method"] for entry in simulator.journal}
    simulator.clear_journal()
    return found


def assert_that_no_credential_is_stored(job: Job, token: str) -> None:
    assert not [path for path in job.files() if token in path.read_text(encoding="utf-8", errors="replace")]
    assert not [name for name, value in job.environment().items() if token in value and not HIDDEN.search(name)]


def test_from_audit_by_approval_to_apply(begin: Begin, simulator: Simulator) -> None:
    runner = begin(DRIFTED)
    audit = runner.job("audit", node=NEVER)
    assert (audit.status, methods(simulator)) == ("successful", {"GET"})
    handed_on = audit.artifacts
    assert handed_on["email_security_audit"]["summary"]["drifted"] == 2

    shown = runner.run("apply.yml", ["--check", "--diff"], handed_on).result("email_security_domains")
    assert methods(simulator) == {"GET"}
    apply = runner.job("apply", artifacts=handed_on)
    assert (apply.status, methods(simulator)) == ("successful", {"GET", "PATCH"})
    done = apply.result("email_security_domains")
    assert (done["changed"], done["plan"]) == (True, handed_on["email_security_plan"])
    assert done["diff"]["before"] == {"d1.example": {"ip_restrictions": []}, "d2.example": {"require_tls_inbound": False}}
    assert (shown["changed"], shown["diff"]) == (True, done["diff"])

    for job in (audit, apply):
        assert_that_no_credential_is_stored(job, simulator.token)
    assert runner.job("audit").status == "successful"


def test_the_workflow_asks_for_domains_once(begin: Begin, simulator: Simulator) -> None:
    runner = begin(DRIFTED)
    answers = {"email_security_only": "d1.*"}
    audit = runner.job("audit", node=NEVER, answers=answers)
    apply = runner.job("apply", artifacts=audit.artifacts, answers=answers)
    assert (audit.status, apply.status) == ("successful", "successful")
    assert apply.result("email_security_domains")["summary"]["updated"] == 1
    assert [domain["require_tls_inbound"] for domain in simulator.domains] == [True, False]


def test_the_first_aid_is_a_job(begin: Begin, simulator: Simulator) -> None:
    """Its survey is all that it asks: there is no terminal for the questions of the playbook."""
    answers = dict.fromkeys(("email_security_open", "email_security_open_again"), "d1.example")
    job = begin(LIVE).job("open", answers=answers)
    assert job.status == "successful"
    assert [(domain["ip_restrictions"], domain["require_tls_inbound"]) for domain in simulator.domains] == [([], False), (["192.0.2.0/24"], True)]


def test_an_audit_that_failed_hands_no_plan_on(begin: Begin, simulator: Simulator) -> None:
    failed = begin(DRIFTED).job("audit", node=NEVER, CLOUDFLARE_API_TOKEN="a-token-that-is-not-the-accounts")
    assert failed.status == "failed"
    assert "email_security_plan" not in failed.artifacts
    assert failed.artifacts["email_security_audit"]["status"] == "error"
    assert_that_no_credential_is_stored(failed, "a-token-that-is-not-the-accounts")


def test_a_fleet_that_has_drifted_fits_into_an_event(begin: Begin, simulator: Simulator) -> None:
    live = many(3000)
    policy = {"email_security_domains": every(live, require_tls_inbound=True)}
    job = begin(live, policy).run("apply.yml", ["--check", "--diff"], {})
    assert job.status == "successful"
    result = job.result("email_security_domains")
    assert (result["changed"], result["summary"]["updated"]) == (True, 3000)
    assert 0 < len(result["diff"]["after"]) < 3000
    assert job.longest_result < LONGEST


OWN = """
- hosts: localhost
  gather_facts: false
  tasks:
    - mailops.cloudflare.email_security_domain_info:
        max_wait: 0
"""


def test_a_playbook_of_ones_own_runs_with_the_python_of_the_inventory(begin: Begin, simulator: Simulator, tmp_path: Path) -> None:
    runner = begin(DRIFTED)
    (runner.project / "own.yml").write_text(OWN, encoding="utf-8")
    assert runner.run("own.yml", [], {}).status == "successful"

    # As a controller's own `localhost`, whose Python is one that Ansible finds somewhere.
    bare = tmp_path / "bare"
    venv.create(bare, with_pip=False, symlinks=os.name == "posix")
    runner.host({"ansible_connection": "local", "ansible_python_interpreter": str(bare / "bin/python")})
    failed = runner.run("own.yml", [], {})
    assert failed.status == "failed"
    message = failed.result("email_security_domain_info")["msg"]
    assert f"{bare}/bin/python -m pip install 'requests>=2.32.4'" in message
    assert "set ansible_python_interpreter to {{ ansible_playbook_python }} for localhost" in message


def test_a_base_url_that_is_empty_is_cloudflares_own(begin: Begin) -> None:
    """Seen at a proxy on this machine, which lets nothing through."""
    runner = begin([])
    (runner.project / "own.yml").write_text(OWN, encoding="utf-8")
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as proxy:

        def refuse() -> None:
            connection, _address = proxy.accept()
            with connection:
                asked.append(connection.recv(4096).split(b"\r\n")[0])
                connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

        threading.Thread(target=refuse, daemon=True).start()
        address = f"http://127.0.0.1:{proxy.getsockname()[1]}"
        failed = runner.run("own.yml", [], {}, CLOUDFLARE_BASE_URL="", HTTPS_PROXY=address, https_proxy=address, NO_PROXY="", no_proxy="")
    assert failed.result("email_security_domain_info")["failure"]["kind"] == "network"
    assert [line.split()[:2] for line in asked] == [[b"CONNECT", b"api.cloudflare.com:443"]]
