"""The first hour of a user: install the tarball into an empty home, start the account of `make simulator`, and type every command of the first guides."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from integration.support.guide_steps import DOCS, SKIPPED_COMMANDS, steps_of
from test_open import RESTORED

ROOT = Path(__file__).parents[2]
# In the order in which docs/getting-started.md names them.
FIRST_GUIDES = ("getting-started.md", "fleet.md", "audit.md", "check-mode.md", "playbooks.md")
EXIT = re.compile(r"^\[exit (\d+)\]$", re.MULTILINE)
PLAN = re.compile(r"\b[0-9a-f]{64}\b")
DRIFT_STEP = "5. Find and correct drift"
# Not on the shortest way.
SIDE_STEPS = frozenset({"3. Choose what fails", "4. Allow exceptions", "plan=$(", "Audit some of the domains"})
COLLEAGUES_DOMAINS = ("example.net", "clinic.example")


def tarball() -> Path:
    """The tarball of `make build`; without it, a new one."""
    beside = Path(os.environ.get("ANSIBLE_COLLECTIONS_PATH", "").split(os.pathsep)[0]).parent / "artefact"
    if found := sorted(beside.glob("mailops-cloudflare-*.tar.gz")):
        return found[-1]
    folder = Path(tempfile.mkdtemp(prefix="tarball-"))
    subprocess.run([str(ROOT / "tools/tree"), str(folder / "tree")], cwd=ROOT, check=True, capture_output=True)
    source = folder / "tree/ansible_collections/mailops/cloudflare"
    subprocess.run(
        [sys.executable, "-m", "ansible", "galaxy", "collection", "build", "--output-path", str(folder), str(source)], check=True, capture_output=True
    )
    return next(folder.glob("*.tar.gz"))


class Terminal:
    """A shell of a new user: an empty home, an empty folder, and the commands that `make simulator` prints."""

    def __init__(self, folder: Path, instructions: str) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir()
        self._temporary = tempfile.TemporaryDirectory(prefix="hour-")
        # The collection is the installed one, and not that of the printed path.
        exports = [line for line in re.findall(r"^export .*$", instructions, re.MULTILINE) if "COLLECTIONS_PATH" not in line]
        # A terminal keeps what was exported.
        self._profile = "\n".join([*exports, "export ANSIBLE_CALLBACK_RESULT_FORMAT=yaml"])
        self.variables = dict(re.findall(r"^export (CLOUDFLARE_\w+)=(.*)$", instructions, re.MULTILINE))
        self.has_drift = False
        [self.colleague] = re.findall(r"^python .*$", instructions, re.MULTILINE)

    def type(self, *commands: str) -> tuple[list[int], str]:
        """Run commands in one shell. Returns the exit code of each command, and everything that was printed."""
        reported = [f'{command}\nprintf "\\n[exit %s]\\n" $?' for command in commands]
        script = "\n".join([self._profile, *reported])
        environment = {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.defpath]),
            "HOME": str(self.home),
            "TMPDIR": self._temporary.name,
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_NOCOLOR": "1",
        }
        done = subprocess.run(
            ["bash", "-uc", script],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=300,
            check=False,
        )
        output = done.stdout.decode("utf-8", "replace")
        return [int(code) for code in EXIT.findall(output)], output

    def live(self, name: str) -> dict[str, Any]:
        """A live domain, as the account returns it."""
        url = f"{self.variables['CLOUDFLARE_BASE_URL']}/accounts/{self.variables['CLOUDFLARE_ACCOUNT_ID']}/email-security/settings/domains?domain={name}"
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {self.variables['CLOUDFLARE_API_TOKEN']}"})
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as response:
            [found] = json.load(response)["result"]
        return found


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    command = [sys.executable, "-I", str(ROOT / "demo/account.py")]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, encoding="utf-8") as process:
        try:
            assert process.stdout is not None
            instructions = ""
            while "colleague.py" not in instructions:
                instructions += process.stdout.readline()
            yield Terminal(tmp_path, instructions)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=30)


Block = tuple[list[int], str]


def follow(guide: str, terminal: Terminal, leave_out: frozenset[str] = frozenset()) -> list[Block]:
    """Write the files and type the commands of a guide, as they are written.

    Args:
        guide: its file.
        terminal: where the commands are typed.
        leave_out: headings and beginnings of blocks whose commands are left out. Their files are written.

    Returns:
        The exit codes and the output of each block of commands.
    """
    blocks: list[Block] = []
    for step in steps_of(guide):
        if step.file:
            (terminal.folder / step.file).write_text(step.text, encoding="utf-8")
        if step.file or any(step.heading == left_out or step.text.startswith(left_out) for left_out in leave_out):
            continue
        if step.heading == DRIFT_STEP and not terminal.has_drift:
            terminal.has_drift = True
            assert terminal.type(terminal.colleague)[0] == [0]
        # The guide shows the beginning of the plan that check mode has printed.
        plan = next(iter(PLAN.findall(blocks[-1][1])), "") if blocks else ""
        blocks.append(terminal.type(*(command.replace("9f2c...", plan) for command in step.commands)))
        # The guide says to save it.
        for way_back in RESTORED.findall(blocks[-1][1]):
            (terminal.folder / "restore.yml").write_text(way_back, encoding="utf-8")
    return blocks


def codes_of(blocks: list[Block]) -> list[int]:
    return [code for codes, _output in blocks for code in codes]


def drift_in(report: Path) -> set[tuple[str, str]]:
    findings = json.loads(report.read_text(encoding="utf-8"))["findings"]
    return {(finding["rule_id"], finding["domain"]) for finding in findings if finding["category"] == "drift"}


@pytest.mark.nightly
@pytest.mark.parametrize("is_whole", [False, True], ids=["shortest way", "whole"])
def test_commands_of_the_first_guides_have_the_promised_results(terminal: Terminal, is_whole: bool) -> None:
    shutil.copy(tarball(), terminal.folder)
    at_first = {name: terminal.live(name) for name in COLLEAGUES_DOMAINS}

    blocks = follow("getting-started.md", terminal)
    assert codes_of(blocks) == [0] * 8, blocks
    installed, _documented, _exported, looked, compared, applied = (output for _codes, output in blocks)
    assert "was installed successfully" in installed
    backup = (terminal.folder / "backup/email-security.yml").read_text(encoding="utf-8")
    assert "require_tls_outbound: false" in backup, "it is made before the first write"
    assert "TLS to the mail server: not required" in looked
    assert re.search(r"^\+.*require_tls_outbound: true", compared, re.MULTILINE)
    assert re.findall(r"changed=(\d)", applied) == ["1", "0"]
    assert terminal.live("billing.example.com")["require_tls_outbound"] is True

    blocks = follow("fleet.md", terminal)
    assert codes_of(blocks) == [0] * 4, blocks
    compared, applied = (output for _codes, output in blocks)
    assert "lookback_hops: 2" in compared
    assert re.findall(r"changed=(\d)", applied) == ["1", "0"]
    assert set(terminal.live("shop.example.com")["drop_dispositions"]) == {"MALICIOUS", "MALICIOUS-BEC", "SPAM", "SPOOF"}
    assert terminal.live("factory.example")["lookback_hops"] == 2

    blocks = follow("audit.md", terminal, frozenset() if is_whole else SIDE_STEPS)
    assert codes_of(blocks) == (
        # Export; SPF of acquired.example; no drift; no drift; waived; drift; check, apply; waived; plan, apply; SPF again.
        [0, 2, 0, 0, 0, 2, 0, 0, 0, 0, 0, 2] if is_whole else [0, 2, 2, 0, 0, 0]
    ), blocks
    reports = terminal.folder / "email-security-audit"
    drifted = next(output for codes, output in blocks[2:] if codes == [2])
    assert all(rule in drifted for rule in ("ES-NEXTHOP-001", "ES-IP-001"))
    assert drift_in(reports / "email-security-audit.json") == set()
    gone = json.loads((reports / "email-security-audit.json").read_text(encoding="utf-8"))["comparison"]["gone"]
    assert {(finding["rule_id"], finding["domain"]) for finding in gone} == {("ES-NEXTHOP-001", "example.net"), ("ES-IP-001", "clinic.example")}
    for name in re.findall(r"`(email-security-audit\.\w+)`", (DOCS / "audit.md").read_text(encoding="utf-8")):
        assert (reports / name).exists()
    for name, live in at_first.items():
        assert without_times(terminal.live(name)) == without_times(live), "the drift is repaired"

    if is_whole:
        before = {name: without_times(terminal.live(name)) for name in ("example.com", "people.example.org")}
        blocks = follow("check-mode.md", terminal)
        assert codes_of(blocks) == [0] * 5, blocks
        assert re.search(r"^\+.*folder: AllItems", blocks[0][1], re.MULTILINE)
        # test_one_sender.py runs the playbooks for one sender. The last day that the guide shows is not always within their limit.
        blocks = follow("playbooks.md", terminal, frozenset({"One sender"}))
        # Export, SPF, nothing to do, nothing to do; waived; plan, apply; one domain; opened; restored.
        assert codes_of(blocks) == [0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0], blocks
        assert {name: without_times(terminal.live(name)) for name in before} == before, "check mode changed nothing, and what was opened is restored"


def without_times(live: dict[str, Any]) -> dict[str, Any]:
    """A live domain in a form that can be compared: the account shuffles lists, and a host may have any spelling."""
    kept = {name: value for name, value in live.items() if name not in ("modified_at", "emails_processed")}
    plain = {name: sorted(value) if isinstance(value, list) else value for name, value in kept.items()}
    return {name: value.rstrip(".").lower() if name == "transport" and value else value or None for name, value in plain.items()}


@pytest.mark.nightly
def test_requirements_file_installs_the_tarball(tmp_path: Path) -> None:
    shutil.copy(tarball(), tmp_path)
    text = (DOCS / "getting-started.md").read_text(encoding="utf-8")
    [requirements] = re.findall(r"^```yml\n(collections:\n.*?)^```$", text, re.MULTILINE | re.DOTALL)
    (tmp_path / "requirements.yml").write_text(requirements, encoding="utf-8")
    command = [sys.executable, "-m", "ansible", "galaxy", "collection", "install", "--offline", "-p", "collections", "-r", "requirements.yml"]
    environment = {"PATH": os.defpath, "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "collections/ansible_collections/mailops/cloudflare/MANIFEST.json").exists()


def test_every_skipped_command_is_in_a_guide() -> None:
    text = "".join((DOCS / guide).read_text(encoding="utf-8") for guide in FIRST_GUIDES)
    assert [start for start in SKIPPED_COMMANDS if f"\n$ {start}" not in text] == []


def test_getting_started_names_the_next_guides() -> None:
    text = (DOCS / "getting-started.md").read_text(encoding="utf-8")
    assert re.findall(r"^\d\. \[[^\]]*\]\(([\w-]+\.md)\)", text, re.MULTILINE) == list(FIRST_GUIDES[1:])
