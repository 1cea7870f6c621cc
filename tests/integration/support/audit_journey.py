"""A user who runs the playbooks audit and apply in a folder with a policy."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from integration.support.fleet_step import Domain, make_domain
from integration.support.run_playbook import CommandResult, PlaybookRunner
from simulator import Simulator

# A domain without findings.
HEALTHY: Domain = {
    "dmarc_status": "good",
    "spf_status": "good",
    "status": "ACTIVE",
    "authorization": None,
    "emails_processed": None,
    "drop_dispositions": ["MALICIOUS", "MALICIOUS-BEC"],
    "integration_id": "5e1c1f0a-4d6b-4c53-9a83-0f2d6a1b7c11",
    "require_tls_outbound": True,
}
LIVE = [
    make_domain("d1.example", require_tls_inbound=True, ip_restrictions=["192.0.2.0/24"], lookback_hops=2, **HEALTHY),
    make_domain("d2.example", require_tls_inbound=True, ip_restrictions=["192.0.2.0/24"], lookback_hops=2, **HEALTHY),
]
POLICY = {
    "email_security_defaults": {"require_tls_inbound": True, "ip_restrictions": ["192.0.2.0/24"], "lookback_hops": 2},
    "email_security_domains": [{"domain": "d1.example"}, {"domain": "d2.example"}],
}
REPORTS = {f"email-security-audit.{ending}" for ending in ("csv", "html", "json", "md", "sarif", "xml")}
# Beside the reports, if the audit has read allow policies, trusted domains or URL ignore patterns.
REGISTERS = {f"email-security-audit-exemptions.{ending}" for ending in ("csv", "md")}


class Journey:
    """One folder with a policy, and one account."""

    def __init__(self, playbook_runner: PlaybookRunner, simulator: Simulator, folder: Path) -> None:
        self._playbook_runner, self.simulator, self.folder = playbook_runner, simulator, folder
        self.live(LIVE)
        self.policy(POLICY)

    def live(self, domains: Sequence[Domain]) -> None:
        self.simulator.clear_domains()
        for fields in domains:
            self.simulator.add_domain(**fields)

    def policy(self, variables: Mapping[str, Any]) -> None:
        """Write the policy. The lists that it does not declare are read only if it says so."""
        variables = {"audit_resources": ["domains"], **variables}
        (self.folder / "policy.yml").write_text(json.dumps(variables), encoding="utf-8")

    def play(self, name: str, *arguments: str, **environment: str) -> CommandResult:
        self.simulator.clear_journal()
        return self._playbook_runner.run_playbook(self.folder, f"mailops.cloudflare.{name}", "-e", "@policy.yml", *arguments, environment=environment)

    def play_text(self, text: str, *arguments: str) -> CommandResult:
        """Run a playbook that is given as text."""
        self.simulator.clear_journal()
        (self.folder / "mine.yml").write_text(text, encoding="utf-8")
        return self._playbook_runner.run_playbook(self.folder, "mine.yml", *arguments)

    def own(self, name: str, *arguments: str) -> CommandResult:
        """Run a playbook in the folder."""
        self.simulator.clear_journal()
        return self._playbook_runner.run_playbook(self.folder, name, *arguments)

    def command(self, text: str) -> CommandResult:
        """Run a command that a playbook printed, as one pastes it into a shell."""
        self.simulator.clear_journal()
        return self._playbook_runner.run_command(self.folder, ["sh", "-c", text])

    def audit(self, *arguments: str, **environment: str) -> CommandResult:
        return self.play("audit", *arguments, **environment)

    @property
    def methods(self) -> list[str]:
        return [entry["method"] for entry in self.simulator.journal]

    @property
    def report(self) -> dict[str, Any]:
        return self.report_of(is_part=False)

    def report_of(self, *, is_part: bool) -> dict[str, Any]:
        name = f"email-security-audit{'-part' if is_part else ''}.json"
        report = json.loads((self.folder / "email-security-audit" / name).read_text(encoding="utf-8"))
        assert isinstance(report, dict)
        return report


def rules_of(report: Mapping[str, Any]) -> list[str]:
    """The rules of the findings of a report."""
    return [finding["rule_id"] for finding in report["findings"]]
