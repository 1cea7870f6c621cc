"""Each kind of deployment as a new user sets it up: from an empty account to "as declared", with the commands of the guides only."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from integration.support.guide_steps import file_of, steps_of
from integration.support.run_playbook import PlaybookRunner
from simulator import Simulator
from test_presets import COLLECTION, activate_domains

# Where the guide expects an installed collection.
INSTALLED_PATH = "~/.ansible/collections/ansible_collections/mailops/cloudflare"
INTEGRATION = "7d1f8f0e-2b7a-4a53-9d0a-5b6f1e0c9a11"
# The values of the examples and what the user replaces them with.
USER_VALUE_OF_EXAMPLE = {
    "example-com.mail.protection.outlook.com": "corp-example.mail.protection.outlook.com",
    "mx.example.com": "mx.corp.example",
    "mx.example.net": "mx.shop.example",
    "gateway.example.net": "gateway.shop.example",
    "partners.example.net": "shop.example",
    "people.example.com": "shop.example",
    "board.example.com": "shop.example",
    "example.com": "corp.example",
    "example.net": "shop.example",
    "192.0.2.0/24": "203.0.113.0/24",
    "2001:db8:25::/48": "2001:db8:77::/48",
    "198.51.100.25": "198.51.100.77",
    "9c2f1a34-5b67-4c89-8d01-23456789abcd": INTEGRATION,
}


class Deployment(NamedTuple):
    """A preset, and the settings that must be live in the end."""

    preset: str
    modes: list[str]
    dropped: list[str]
    transports: set[str | None]
    hops: set[int]


INLINE = (["DIRECT"], ["MALICIOUS", "MALICIOUS-BEC"])
DEPLOYMENTS = {
    "inline, Microsoft and own servers": Deployment("inline-first", *INLINE, {"corp-example.mail.protection.outlook.com", "mx.shop.example"}, {1}),
    "inline, Google": Deployment("google-inline", *INLINE, {"smtp.google.com"}, {1}),
    "behind a gateway": Deployment("inline-behind-gateway", *INLINE, {"mx.corp.example", "gateway.shop.example"}, {2, 3}),
    "copies from Microsoft": Deployment("microsoft-journal", ["JOURNAL"], [], {""}, {1}),
    "copies from Google": Deployment("google-bcc", ["BCC"], [], {""}, {1}),
    "mailbox scan": Deployment("api-scan", ["API"], [], {""}, {1}),
}


class GuideWalk:
    """A folder in which the commands of guides are run."""

    def __init__(self, playbook_runner: PlaybookRunner, folder: Path, preset: str) -> None:
        self._playbook_runner, self.folder, self._preset = playbook_runner, folder, preset

    def type(self, guide: str, command: str) -> str:
        """Run a command of a guide, or the first one of that program, and assert that it succeeds. Returns its output."""
        typed = [line.partition("  #")[0] for step in steps_of(guide) for line in step.commands]
        line = next((line for line in typed if command in (line.rstrip(), line.partition(" ")[0])), None)
        assert line is not None, f"docs/{guide} does not say: {command}"
        here = line.replace(INSTALLED_PATH, str(COLLECTION)).replace("inline-first", self._preset)
        done = self._playbook_runner.run_command(self.folder, ["bash", "-euc", here])
        assert done.code == 0, f"docs/{guide}: {here}\n{done.output}"
        return done.output

    def save(self, guide: str, name: str) -> None:
        """Save a file that a guide shows."""
        (self.folder / name).write_text(file_of(guide, name), encoding="utf-8")

    def edit_policy(self) -> list[str]:
        """Replace the example values with the user's. Returns the names of the user's domains."""
        policy = self.folder / "my-policy.yml"
        text = policy.read_text(encoding="utf-8")
        text = re.sub("|".join(map(re.escape, sorted(USER_VALUE_OF_EXAMPLE, key=len, reverse=True))), lambda found: USER_VALUE_OF_EXAMPLE[found[0]], text)
        policy.write_text(text, encoding="utf-8")
        assert "example.com" not in text.partition("\nemail_security_domains")[2]
        return [domain["domain"] for domain in yaml.safe_load(text)["email_security_domains"]]

    def report(self) -> Any:
        return json.loads((self.folder / "email-security-audit/email-security-audit.json").read_text(encoding="utf-8"))


@pytest.mark.nightly
@pytest.mark.parametrize("deployment", DEPLOYMENTS.values(), ids=DEPLOYMENTS)
def test_deployment_of_a_preset_ends_as_declared(playbook_runner: PlaybookRunner, simulator: Simulator, tmp_path: Path, deployment: Deployment) -> None:
    simulator.clear_domains()
    walk = GuideWalk(playbook_runner, tmp_path, deployment.preset)
    apply = "ansible-playbook mailops.cloudflare.apply -e @my-policy.yml -e email_security_onboard=true"

    walk.type("presets.md", "cp")
    names = walk.edit_policy()
    simulator.configure(refuse_writes=True)
    preview = walk.type("presets.md", f"{apply} --check --diff")
    assert f"Would create {len(names)}: " in preview
    assert [name for name in names if f"{name}: created" not in preview] == []
    assert simulator.domains == []
    simulator.configure(refuse_writes=False)
    walk.type("presets.md", apply)
    assert [live["domain"] for live in simulator.domains] == names
    for live in simulator.domains:
        assert (live["allowed_delivery_modes"], sorted(live["drop_dispositions"])) == (deployment.modes, deployment.dropped)
        assert live["integration_id"] == INTEGRATION
    assert {live["transport"] for live in simulator.domains} == deployment.transports
    assert {live["lookback_hops"] for live in simulator.domains} == deployment.hops

    # The DNS records are published, and mail arrives.
    walk.save("presets.md", "proof.yml")
    proof = walk.type("presets.md", "ansible-playbook proof.yml")
    assert [name for name in names if not re.search(rf"{re.escape(name)} TXT \S+", proof)] == []
    activate_domains(simulator, deployment.preset)

    walk.type("presets.md", "ansible-playbook mailops.cloudflare.audit -e @my-policy.yml -e audit_resources=domains")
    assert_as_declared(walk.report(), len(names))

    # An exported policy is as declared, too.
    walk.type("export.md", "ansible-playbook mailops.cloudflare.export")
    walk.type("export.md", "ansible-playbook mailops.cloudflare.audit -e @email-security.yml -e audit_fail_on=drift")
    assert_as_declared(walk.report(), len(names))


def assert_as_declared(report: Any, count: int) -> None:
    # The account has no lists yet.
    found = [finding for finding in report["findings"] if finding["rule_id"] != "ES-VIP-103"]
    assert found == [], "neither drift nor a dangerous setting, nor advice"
    assert (report["summary"]["as_declared"], report["summary"]["live"]) == (count, count)
