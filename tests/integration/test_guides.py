"""The guides: their files are written and their commands run, in their order, in one folder.

test_audit_guide.py tests the guide to the audit.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from integration.support.fleet_step import CREATE_FIELDS, make_domain
from integration.support.run_playbook import PlaybookRunner
from simulator import Simulator
from test_open import RESTORED

DOCS = Path(__file__).parents[2] / "docs"
# A file is a block of YAML after its name. A block of commands is run as one script, so that assignments last until its end.
GUIDE_STEP = re.compile(r"(?:`(?P<file>[\w.-]+\.yml)`:\n\n)?```(?P<language>yaml|console)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
# Commands that are not run, with the reason.
SKIPPED_COMMANDS = {
    "make build": "done by `make install`, for all tests",
    "ansible-galaxy collection install": "done by `make install`, for all tests",
    "ansible --version | grep": "the Python is known",
    "/that/path/python": "its packages are there",
    "export CLOUDFLARE_ACCOUNT_ID": "the account is the simulator's",
    "read -rs CLOUDFLARE_API_TOKEN": "the token is the simulator's",
    "CLOUDFLARE_ACCOUNT_ID=...": "a second account; the simulator has one",
    "ansible-playbook mailops.cloudflare.apply -e @email-security.yml -e email_security_only=new.example.com": "the policy of the guide has no such domain",
}
EXCEPTIONS = """\
email_security_waivers:
  - {domain: "*", rule: ES-HEALTH-008, reason: Later, owner: dns@example.com, expires: "2030-06-30"}
"""


def follow(guide: str, playbook_runner: PlaybookRunner, folder: Path) -> list[str]:
    """Follow a guide. Returns the output of each script."""
    said = []
    for step in GUIDE_STEP.finditer((DOCS / guide).read_text(encoding="utf-8")):
        if step["language"] == "yaml":
            if step["file"]:
                (folder / step["file"]).write_text(step["text"], encoding="utf-8")
            continue
        lines = [line.removeprefix("$ ") for line in step["text"].splitlines()]
        script = "\n".join(line for line in lines if not line.startswith(tuple(SKIPPED_COMMANDS)))
        if script:
            done = playbook_runner.run_command(folder, ["bash", "-euc", script])
            assert done.code == 0, f"{guide}:\n{script}\n{done.output}"
            # The guide says to save it.
            for way_back in RESTORED.findall(done.output):
                (folder / "restore.yml").write_text(way_back, encoding="utf-8")
            said.append(done.output)
    return said


@pytest.fixture
def account(simulator: Simulator) -> Simulator:
    """An account whose domain differs from what the guides declare."""
    simulator.clear_domains()
    live = {**CREATE_FIELDS, "drop_dispositions": ["MALICIOUS", "MALICIOUS-BEC"], "dmarc_status": "good", "spf_status": "good", "status": "ACTIVE"}
    live |= {"require_tls_inbound": False, "require_tls_outbound": False}
    simulator.add_domain(**make_domain("example.com", 1, **live))
    return simulator


def test_getting_started_guide_every_command_succeeds(playbook_runner: PlaybookRunner, account: Simulator, tmp_path: Path) -> None:
    before = account.domains
    documented, _exported, shown, applied = follow("getting-started.md", playbook_runner, tmp_path)
    assert "email_security_domain" in documented
    assert "require_tls_outbound: false" in (tmp_path / "email-security.yml").read_text(encoding="utf-8"), "the backup is made before the first write"
    assert "+    require_tls_outbound: true" in shown
    first, second = re.findall(r"changed=(\d)", applied)
    assert (first, second) == ("1", "0")
    [live] = account.domains
    assert {name: value for name, value in live.items() if value != before[0][name]}.keys() <= {"require_tls_outbound", "modified_at"}
    assert live["require_tls_outbound"] is True


def test_check_mode_guide_every_command_succeeds(playbook_runner: PlaybookRunner, account: Simulator, tmp_path: Path) -> None:
    before = account.domains
    single, fleet, drift = follow("check-mode.md", playbook_runner, tmp_path)
    assert "+    require_tls_outbound: true" in single
    assert "changed=0" in fleet
    assert "changed=0" in drift
    assert account.domains == before
    # What the guide shows for drift and for an undeclared domain.
    assert run_drift_playbook(playbook_runner, account, tmp_path, lookback_hops=7) == (2, "Not as declared: example.com")
    account.add_domain(**make_domain("d2.example", **CREATE_FIELDS))
    assert run_drift_playbook(playbook_runner, account, tmp_path, lookback_hops=1) == (2, "Not declared: d2.example")


def run_drift_playbook(playbook_runner: PlaybookRunner, account: Simulator, folder: Path, **live: int) -> tuple[int, str]:
    """Change the live domain, and run drift.yml. Returns the exit code and the last message about declared domains."""
    account.edit("example.com", **live)
    done = playbook_runner.run_playbook(folder, "drift.yml", "-e", "@email-security.yml")
    return done.code, re.findall(r"Not (?:as )?declared: [^\"\n]*", done.output)[-1]


def test_playbooks_guide_every_command_succeeds(playbook_runner: PlaybookRunner, account: Simulator, tmp_path: Path) -> None:
    (tmp_path / "exceptions.yml").write_text(EXCEPTIONS, encoding="utf-8")
    account.edit("example.com", ip_restrictions=["192.0.2.0/24"], lookback_hops=2, require_tls_inbound=True, require_tls_outbound=True)
    [before] = account.domains
    *_audits, opened, _restored = follow("playbooks.md", playbook_runner, tmp_path)
    assert "example.com: ip_restrictions, require_tls_inbound, require_tls_outbound" in opened
    [after] = account.domains
    assert {**after, "modified_at": None} == {**before, "modified_at": None}, "what was exported changes nothing, and the way back restores what was opened"


def test_readme_shows_the_printed_diff(playbook_runner: PlaybookRunner, simulator: Simulator, tmp_path: Path) -> None:
    readme = (DOCS.parent / "README.md").read_text(encoding="utf-8")
    [play] = [step["text"] for step in GUIDE_STEP.finditer(readme) if step["file"] == "mail.yml"]
    [shown] = re.findall(r"^```diff\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    (tmp_path / "mail.yml").write_text(play, encoding="utf-8")
    simulator.clear_domains()
    live = {**CREATE_FIELDS, "drop_dispositions": ["MALICIOUS", "MALICIOUS-BEC"], "regions": ["GLOBAL"], "transport": "mx.example.com"}
    simulator.add_domain(**make_domain("example.com", 1, **live, require_tls_outbound=False))
    networks = ["192.0.2.0/28", "192.0.2.32/28", "192.0.2.96/28", "192.0.2.128/28", "198.51.100.0/24", "203.0.113.0/24"]
    simulator.add_domain(**make_domain("example.net", 2, **{**live, "ip_restrictions": networks}, lookback_hops=2, require_tls_outbound=True))
    done = playbook_runner.run_playbook(tmp_path, "mail.yml", "--check", "--diff")
    assert done.code == 0, done.output
    assert f"\n{shown}" in done.output


def test_every_skipped_command_is_in_a_guide() -> None:
    text = "".join((DOCS / guide).read_text(encoding="utf-8") for guide in ("getting-started.md", "check-mode.md", "playbooks.md"))
    assert [start for start in SKIPPED_COMMANDS if f"\n$ {start}" not in text] == []
