"""The guide to the audit is followed to the letter: each command of docs/audit.md, in its order, in one folder."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fleets import domain
from playing import Player
from simulator import Simulator

GUIDE = Path(__file__).parents[2] / "docs/audit.md"
COMMANDS = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXCEPTIONS = re.compile(r"`exceptions\.yml`:\n\n```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def scripts(text: str) -> list[str]:
    return ["\n".join(line.removeprefix("$ ") for line in block.splitlines()) for block in COMMANDS.findall(text)]


@pytest.mark.nightly
def test_every_command_works(player: Player, simulator: Simulator, tmp_path: Path) -> None:
    simulator.clear_domains()
    sound = {"dmarc_status": "good", "spf_status": "good", "status": "ACTIVE", "drop_dispositions": ["MALICIOUS", "MALICIOUS-BEC"]}
    simulator.add_domain(**domain("d1.example", lookback_hops=2, ip_restrictions=["192.0.2.0/24"], **sound))
    text = GUIDE.read_text(encoding="utf-8")
    (tmp_path / "exceptions.yml").write_text(EXCEPTIONS.findall(text)[0], encoding="utf-8")
    commands = scripts(text)
    assert len(commands) >= 6
    for script in commands:
        done = player.command(tmp_path, ["bash", "-euc", script])
        assert done.code == 0, f"{script}\n{done.output}"
    for path in re.findall(r"`(email-security-audit\.\w+)`", text):
        assert (tmp_path / "email-security-audit" / path).exists()
