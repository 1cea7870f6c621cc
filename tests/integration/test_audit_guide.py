"""The commands of docs/audit.md, run in their order in one folder."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from integration.support.fleet_step import make_domain
from integration.support.run_playbook import PlaybookRunner
from simulator import Simulator

GUIDE = Path(__file__).parents[2] / "docs/audit.md"
COMMANDS = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXCEPTIONS = re.compile(r"`exceptions\.yml`:\n\n```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def scripts(text: str) -> list[str]:
    return ["\n".join(line.removeprefix("$ ") for line in block.splitlines()) for block in COMMANDS.findall(text)]


@pytest.mark.nightly
def test_audit_guide_every_command_succeeds(playbook_runner: PlaybookRunner, simulator: Simulator, tmp_path: Path) -> None:
    simulator.clear_domains()
    sound = {"dmarc_status": "good", "spf_status": "good", "status": "ACTIVE", "drop_dispositions": ["MALICIOUS", "MALICIOUS-BEC"]}
    simulator.add_domain(**make_domain("d1.example", lookback_hops=2, ip_restrictions=["192.0.2.0/24"], **sound))
    text = GUIDE.read_text(encoding="utf-8")
    (tmp_path / "exceptions.yml").write_text(EXCEPTIONS.findall(text)[0], encoding="utf-8")
    commands = scripts(text)
    assert len(commands) >= 6
    for script in commands:
        done = playbook_runner.run_command(tmp_path, ["bash", "-euc", script])
        assert done.code == 0, f"{script}\n{done.output}"
    for path in re.findall(r"`(email-security-audit\.\w+)`", text):
        assert (tmp_path / "email-security-audit" / path).exists()
