"""The README and the guide to check mode. test_first_hour.py types the commands of the first guides in order."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from integration.support.fleet_step import CREATE_FIELDS, make_domain
from integration.support.guide_steps import DOCS, file_of
from integration.support.run_playbook import PlaybookRunner
from simulator import Simulator

PLAY = re.compile(r"`mail\.yml`:\n\n```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
POLICY = "email_security_domains: [{domain: example.com, lookback_hops: 1}]\n"


def test_drift_playbook_of_the_guide_names_the_domains(playbook_runner: PlaybookRunner, simulator: Simulator, tmp_path: Path) -> None:
    simulator.clear_domains()
    simulator.add_domain(**make_domain("example.com", 1, **CREATE_FIELDS))
    (tmp_path / "drift.yml").write_text(file_of("check-mode.md", "drift.yml"), encoding="utf-8")
    (tmp_path / "email-security.yml").write_text(POLICY, encoding="utf-8")
    assert run_drift_playbook(playbook_runner, simulator, tmp_path, lookback_hops=7) == (2, "Not as declared: example.com")
    simulator.add_domain(**make_domain("d2.example", **CREATE_FIELDS))
    assert run_drift_playbook(playbook_runner, simulator, tmp_path, lookback_hops=1) == (2, "Not declared: d2.example")


def run_drift_playbook(playbook_runner: PlaybookRunner, account: Simulator, folder: Path, **live: int) -> tuple[int, str]:
    """Change the live domain, and run drift.yml. Returns the exit code and the last message about declared domains."""
    account.edit("example.com", **live)
    done = playbook_runner.run_playbook(folder, "drift.yml", "-e", "@email-security.yml")
    return done.code, re.findall(r"Not (?:as )?declared: [^\"\n]*", done.output)[-1]


def test_readme_shows_the_printed_diff(playbook_runner: PlaybookRunner, simulator: Simulator, tmp_path: Path) -> None:
    readme = (DOCS.parent / "README.md").read_text(encoding="utf-8")
    [play] = PLAY.findall(readme)
    [shown] = re.findall(r"^```diff\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    (tmp_path / "mail.yml").write_text(play, encoding="utf-8")
    simulator.clear_domains()
    live = {**CREATE_FIELDS, "drop_dispositions": ["MALICIOUS", "MALICIOUS-BEC"], "regions": ["GLOBAL"], "transport": "mx.example.com"}
    simulator.add_domain(**make_domain("example.com", 1, **live, require_tls_outbound=False))
    networks = ["192.0.2.0/28", "192.0.2.16/28", "192.0.2.96/28", "192.0.2.128/28", "198.51.100.0/24", "2001:db8:25::/48"]
    simulator.add_domain(**make_domain("partners.example.net", 2, **{**live, "ip_restrictions": networks}, lookback_hops=2, require_tls_outbound=True))
    done = playbook_runner.run_playbook(tmp_path, "mail.yml", "--check", "--diff")
    assert done.code == 0, done.output
    assert f"\n{shown}" in done.output, done.output


@pytest.mark.nightly
def test_exported_table_is_applied_without_a_change(playbook_runner: PlaybookRunner, simulator: Simulator, tmp_path: Path) -> None:
    """The play of docs/fleet.md reads the table of the export back. A changed cell is the only difference."""
    simulator.clear_domains()
    live = {**CREATE_FIELDS, "ip_restrictions": ["192.0.2.0/24", "2001:db8::/32"], "drop_dispositions": ["MALICIOUS", "SPOOF"], "lookback_hops": 2}
    simulator.add_domain(**make_domain("example.com", 1, **live))
    simulator.add_domain(**make_domain("example.net", 2, **{**live, "ip_restrictions": []}))
    (tmp_path / "table.yml").write_text(file_of("fleet.md", "table.yml"), encoding="utf-8")
    exported = playbook_runner.run_playbook(tmp_path, "mailops.cloudflare.export")
    assert exported.code == 0, exported.output
    same = playbook_runner.run_playbook(tmp_path, "table.yml")
    assert same.code == 0, same.output
    assert "changed=0" in same.output
    table = tmp_path / "email-security-domains.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("MALICIOUS SPOOF", "MALICIOUS MALICIOUS-BEC SPOOF", 1), encoding="utf-8")
    done = playbook_runner.run_playbook(tmp_path, "table.yml")
    assert "changed=1" in done.output, done.output
    assert [domain["drop_dispositions"] for domain in simulator.domains] == [["MALICIOUS", "MALICIOUS-BEC", "SPOOF"], ["MALICIOUS", "SPOOF"]]
