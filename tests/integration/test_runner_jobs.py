"""Jobs as a controller runs them, with ansible-runner: audit, approval and apply; what is stored of them; errors that occur only there."""

from __future__ import annotations

import json
import os
import socket
import threading
import venv
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from integration.support.audit_journey import LIVE, POLICY
from integration.support.awx_runner import Job, JobRunner
from integration.support.fleet_step import Domain, desired_for_all, make_domains
from integration.support.run_playbook import PlaybookRunner
from simulator import Simulator
from test_controller_configuration import HIDDEN_VARIABLES

# A controller drops the result of a longer event.
MAX_EVENT_CHARACTERS = 700_000
# Whose findings do not fit into an event.
MANY = 600
DRIFTED: list[Domain] = [{**LIVE[0], "ip_restrictions": []}, {**LIVE[1], "require_tls_inbound": False}]
NEVER_FAIL = {"audit_fail_on": "never"}

StartRunner = Callable[..., JobRunner]


@pytest.fixture
def start_runner(playbook_runner: PlaybookRunner, simulator: Simulator, tmp_path: Path) -> StartRunner:
    """Makes a project and an account. The environment has the variables of the credential type, and two that other credentials may set."""

    def start_runner(live: list[Domain], policy: Any = None) -> JobRunner:
        simulator.clear_domains()
        for fields in live:
            simulator.add_domain(**fields)
        environment = {
            "ANSIBLE_COLLECTIONS_PATH": playbook_runner.collections_path,
            "CLOUDFLARE_ACCOUNT_ID": simulator.account_id,
            "CLOUDFLARE_API_TOKEN": simulator.token,
            "CLOUDFLARE_BASE_URL": simulator.base_url,
            "CLOUDFLARE_EMAIL": "",
            "CLOUDFLARE_API_KEY": "",
        }
        return JobRunner(tmp_path, environment, policy or POLICY)

    return start_runner


def take_methods(simulator: Simulator) -> set[str]:
    found = {entry["method"] for entry in simulator.journal}
    simulator.clear_journal()
    return found


def assert_that_no_credential_is_stored(job: Job, token: str) -> None:
    assert not [path for path in job.files() if token in path.read_text(encoding="utf-8", errors="replace")]
    assert not [name for name, value in job.environment().items() if token in value and not HIDDEN_VARIABLES.search(name)]


def test_apply_job_accepts_the_plan_of_the_audit_job(start_runner: StartRunner, simulator: Simulator) -> None:
    runner = start_runner(DRIFTED)
    audit = runner.launch("audit", node=NEVER_FAIL)
    assert (audit.status, take_methods(simulator)) == ("successful", {"GET"})
    handed_on = audit.artifacts
    passed_on = handed_on["email_security_audit"]
    assert (passed_on["summary"]["drifted"], passed_on["message"]) == (2, "")

    shown = runner.run("apply.yml", ["--check", "--diff"], handed_on).result("email_security_domains")
    assert take_methods(simulator) == {"GET"}
    apply = runner.launch("apply", artifacts=handed_on)
    assert (apply.status, take_methods(simulator)) == ("successful", {"GET", "PATCH"})
    done = apply.result("email_security_domains")
    assert (done["changed"], done["plan"]) == (True, handed_on["email_security_plan"])
    assert [each["before"] for each in done["diff"]] == ["ip_restrictions: []\n", "require_tls_inbound: false\n"]
    assert (shown["changed"], shown["diff"]) == (True, done["diff"])

    for job in (audit, apply):
        assert_that_no_credential_is_stored(job, simulator.token)
    # An empty registry would be a finding.
    simulator.add_entry("impersonation_registry", name="Ada Lovelace", email="ada.lovelace@d1.example")
    assert runner.launch("audit").status == "successful"


def test_answer_of_the_workflow_reaches_audit_and_apply(start_runner: StartRunner, simulator: Simulator) -> None:
    runner = start_runner(DRIFTED)
    answers = {"email_security_only": "d1.*"}
    audit = runner.launch("audit", node=NEVER_FAIL, answers=answers)
    apply = runner.launch("apply", artifacts=audit.artifacts, answers=answers)
    assert (audit.status, apply.status) == ("successful", "successful")
    assert audit.artifacts["email_security_audit"]["scope"] == ["d1.example"]
    assert apply.result("email_security_domains")["summary"]["updated"] == 1
    assert [domain["require_tls_inbound"] for domain in simulator.domains] == [True, False]


def test_open_job_runs_without_a_terminal(start_runner: StartRunner, simulator: Simulator) -> None:
    """The survey has all questions of the playbook, because there is no terminal."""
    answers = dict.fromkeys(("email_security_open", "email_security_open_again"), "d1.example")
    job = start_runner(LIVE).launch("open", answers=answers)
    assert job.status == "successful"
    assert [(domain["ip_restrictions"], domain["require_tls_inbound"]) for domain in simulator.domains] == [([], False), (["192.0.2.0/24"], True)]


@pytest.mark.nightly
def test_jobs_for_one_sender_need_no_policy(start_runner: StartRunner, simulator: Simulator) -> None:
    runner = start_runner([])
    last_day = (datetime.now(timezone.utc).date() + timedelta(days=7)).isoformat()
    answers = {"email_security_sender": "news.partner.example", "email_security_comment": "SEC-311"}
    assert runner.launch("block a sender", answers={**answers, "email_security_sender": "evil.example"}).status == "successful"
    assert runner.launch("allow for a time", answers={**answers, "email_security_last_day": last_day}).status == "successful"
    assert [entry["pattern"] for entry in simulator.entries("block_senders")] == ["evil.example"]
    [policy] = simulator.entries("allow_policies")
    assert policy["comments"].endswith(f"SEC-311 (until {last_day})")

    # A week later.
    simulator.edit_entry("allow_policies", policy["id"], comments=policy["comments"].replace(last_day, "2025-01-31"))
    assert runner.launch("remove expired exemptions").status == "successful"
    assert simulator.entries("allow_policies") == []


def test_job_for_one_sender_without_an_answer_is_refused(start_runner: StartRunner, simulator: Simulator) -> None:
    """The defaults of the required questions are empty."""
    assert start_runner([]).launch("block a sender").status == "failed"
    assert simulator.journal == []


def test_failed_audit_job_passes_no_plan_on(start_runner: StartRunner, simulator: Simulator) -> None:
    runner = start_runner(DRIFTED)
    failed = runner.launch("audit", node=NEVER_FAIL, CLOUDFLARE_API_TOKEN="a-token-that-is-not-the-accounts")
    assert failed.status == "failed"
    assert "email_security_plan" not in failed.artifacts
    passed_on = failed.artifacts["email_security_audit"]
    assert passed_on["status"] == "error"
    assert passed_on["message"]
    assert_that_no_credential_is_stored(failed, "a-token-that-is-not-the-accounts")
    simulator.clear_journal()
    # The node of the workflow has this value until the audit replaces it.
    assert runner.launch("apply", node={"email_security_plan": "missing"}).status == "failed"
    assert take_methods(simulator) == set()


@pytest.mark.nightly
def test_result_of_many_drifted_domains_fits_into_an_event(start_runner: StartRunner, simulator: Simulator) -> None:
    live = make_domains(3000)
    policy = {"email_security_domains": desired_for_all(live, require_tls_inbound=True)}
    job = start_runner(live, policy).run("apply.yml", ["--check", "--diff"], {})
    assert job.status == "successful"
    result = job.result("email_security_domains")
    assert (result["changed"], result["summary"]["updated"]) == (True, 3000)
    *kept, note = result["diff"]
    assert 0 < len(kept) < 3000
    assert note["prepared"] == f"{3000 - len(kept)} of 3000 domains are left out of the diff; see results\n"
    assert note["prepared"].strip() in (job.folder / "stdout").read_text(encoding="utf-8")
    assert job.longest_result < MAX_EVENT_CHARACTERS


@pytest.mark.nightly
def test_events_of_an_audit_of_many_drifted_domains_are_kept(start_runner: StartRunner, simulator: Simulator) -> None:
    """The reports contain every finding, although no event does."""
    weaker = {"ip_restrictions": [], "require_tls_outbound": False, "spf_status": "open", "dmarc_status": "none"}
    live = [{**domain, **weaker} for domain in make_domains(MANY)]
    policy = {"email_security_domains": [{**entry, "ip_restrictions": ["192.0.2.0/24"], "require_tls_outbound": True} for entry in desired_for_all(live)]}
    runner = start_runner(live, policy)
    job = runner.run("audit.yml", [], {**NEVER_FAIL, "audit_directory": str(runner.project / "reports")})
    assert job.status == "successful"
    result = job.result("email_security_audit")
    assert (result["summary"]["drifted"], result["summary"]["findings"] > 5 * MANY) == (MANY, True)
    assert 0 < len(result["findings"]) < result["summary"]["findings"]
    # The limit of the role, and what Ansible adds.
    assert len(json.dumps(result)) < 210_000
    assert job.longest_event < MAX_EVENT_CHARACTERS
    assert job.artifacts["email_security_plan"] == result["plan"]
    report = json.loads((runner.project / "reports/email-security-audit.json").read_text(encoding="utf-8"))
    assert (len(report["findings"]), report["shortened"]) == (result["summary"]["findings"], [])


OWN_PLAYBOOK = """
- hosts: localhost
  gather_facts: false
  tasks:
    - mailops.cloudflare.email_security_domain_info:
        max_wait: 0
"""


@pytest.mark.nightly
def test_own_playbook_uses_the_python_of_the_inventory(start_runner: StartRunner, simulator: Simulator, tmp_path: Path) -> None:
    runner = start_runner(DRIFTED)
    (runner.project / "own.yml").write_text(OWN_PLAYBOOK, encoding="utf-8")
    assert runner.run("own.yml", [], {}).status == "successful"

    # Like the `localhost` of a controller, whose Python is any that Ansible discovers.
    bare = tmp_path / "bare"
    venv.create(bare, with_pip=False, symlinks=os.name == "posix")
    runner.set_host_variables({"ansible_connection": "local", "ansible_python_interpreter": str(bare / "bin/python")})
    failed = runner.run("own.yml", [], {})
    assert failed.status == "failed"
    message = failed.result("email_security_domain_info")["msg"]
    assert f"{bare}/bin/python -m pip install 'requests>=2.32.4'" in message
    assert "set ansible_python_interpreter to {{ ansible_playbook_python }} for localhost" in message


def test_empty_base_url_connects_to_cloudflare(start_runner: StartRunner) -> None:
    """Observed with a local proxy that refuses every connection."""
    runner = start_runner([])
    (runner.project / "own.yml").write_text(OWN_PLAYBOOK, encoding="utf-8")
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
