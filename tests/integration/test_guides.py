"""The guides are followed to the letter: their files are written, and their commands typed, in their order, in one folder.

The audit's guide has a test of its own, test_audit_guide.py.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from integration.support.expected_result import FOUR, domain
from integration.support.run_playbook import Player
from simulator import Simulator
from test_open import RESTORED

DOCS = Path(__file__).parents[2] / "docs"
# A file is a block of YAML that follows its name; a block of commands is typed as a whole, so that an assignment holds to its end.
STEP = re.compile(r"(?:`(?P<file>[\w.-]+\.yml)`:\n\n)?```(?P<language>yaml|console)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
# What is not typed, and why.
LEFT_OUT = {
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


def follow(guide: str, player: Player, folder: Path) -> list[str]:
    """Follow a guide. Returns what the scripts said."""
    said = []
    for step in STEP.finditer((DOCS / guide).read_text(encoding="utf-8")):
        if step["language"] == "yaml":
            if step["file"]:
                (folder / step["file"]).write_text(step["text"], encoding="utf-8")
            continue
        lines = [line.removeprefix("$ ") for line in step["text"].splitlines()]
        script = "\n".join(line for line in lines if not line.startswith(tuple(LEFT_OUT)))
        if script:
            done = player.command(folder, ["bash", "-euc", script])
            assert done.code == 0, f"{guide}:\n{script}\n{done.output}"
            # Saved as the guide says.
            for way_back in RESTORED.findall(done.output):
                (folder / "restore.yml").write_text(way_back, encoding="utf-8")
            said.append(done.output)
    return said


@pytest.fixture
def account(simulator: Simulator) -> Simulator:
    """A domain that is not as the guides declare it."""
    simulator.clear_domains()
    live = {**FOUR, "drop_dispositions": ["MALICIOUS", "MALICIOUS-BEC"], "dmarc_status": "good", "spf_status": "good", "status": "ACTIVE"}
    live |= {"require_tls_inbound": False, "require_tls_outbound": False}
    simulator.add_domain(**domain("example.com", 1, **live))
    return simulator


def test_getting_started(player: Player, account: Simulator, tmp_path: Path) -> None:
    before = account.domains
    documented, _exported, shown, applied = follow("getting-started.md", player, tmp_path)
    assert "email_security_domain" in documented
    assert "require_tls_outbound: false" in (tmp_path / "email-security.yml").read_text(encoding="utf-8"), "the backup is made before the first write"
    assert "+    require_tls_outbound: true" in shown
    first, second = re.findall(r"changed=(\d)", applied)
    assert (first, second) == ("1", "0")
    [live] = account.domains
    assert {name: value for name, value in live.items() if value != before[0][name]}.keys() <= {"require_tls_outbound", "modified_at"}
    assert live["require_tls_outbound"] is True


def test_check_mode(player: Player, account: Simulator, tmp_path: Path) -> None:
    before = account.domains
    single, fleet, drift = follow("check-mode.md", player, tmp_path)
    assert "+    require_tls_outbound: true" in single
    assert "changed=0" in fleet
    assert "changed=0" in drift
    assert account.domains == before
    # What the guide says of a drift, and of a domain that is not declared.
    assert drifts(player, account, tmp_path, lookback_hops=7) == (2, "Not as declared: example.com")
    account.add_domain(**domain("d2.example", **FOUR))
    assert drifts(player, account, tmp_path, lookback_hops=1) == (2, "Not declared: d2.example")


def drifts(player: Player, account: Simulator, folder: Path, **live: int) -> tuple[int, str]:
    """How C(drift.yml) ends once the live domain has other settings."""
    account.edit("example.com", **live)
    done = player.playbook(folder, "drift.yml", "-e", "@email-security.yml")
    return done.code, re.findall(r"Not (?:as )?declared: [^\"\n]*", done.output)[-1]


def test_the_playbooks(player: Player, account: Simulator, tmp_path: Path) -> None:
    (tmp_path / "exceptions.yml").write_text(EXCEPTIONS, encoding="utf-8")
    account.edit("example.com", ip_restrictions=["192.0.2.0/24"], lookback_hops=2, require_tls_inbound=True, require_tls_outbound=True)
    [before] = account.domains
    *_audits, opened, _restored = follow("playbooks.md", player, tmp_path)
    assert "example.com: ip_restrictions, require_tls_inbound, require_tls_outbound" in opened
    [after] = account.domains
    assert {**after, "modified_at": None} == {**before, "modified_at": None}, "what was exported changes nothing, and the way back restores what was opened"


def test_the_readme_shows_what_is_printed(player: Player, simulator: Simulator, tmp_path: Path) -> None:
    readme = (DOCS.parent / "README.md").read_text(encoding="utf-8")
    [play] = [step["text"] for step in STEP.finditer(readme) if step["file"] == "mail.yml"]
    [shown] = re.findall(r"^```diff\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    (tmp_path / "mail.yml").write_text(play, encoding="utf-8")
    simulator.clear_domains()
    live = {**FOUR, "drop_dispositions": ["MALICIOUS", "MALICIOUS-BEC"], "regions": ["GLOBAL"], "transport": "mx.example.com"}
    simulator.add_domain(**domain("example.com", 1, **live, require_tls_outbound=False))
    simulator.add_domain(**domain("example.net", 2, **live, require_tls_outbound=True))
    done = player.playbook(tmp_path, "mail.yml", "--check", "--diff", environment={"ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml"})
    assert done.code == 0, done.output
    assert f"\n{shown}" in done.output


def test_what_is_left_out_stands_in_a_guide() -> None:
    text = "".join((DOCS / guide).read_text(encoding="utf-8") for guide in ("getting-started.md", "check-mode.md", "playbooks.md"))
    assert [start for start in LEFT_OUT if f"\n$ {start}" not in text] == []
