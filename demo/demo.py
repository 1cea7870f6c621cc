"""A drifted account is audited, put right and audited again, with a report at the end; a failure if a step does not show what it promises.

The account is played by the simulator, in a thread of this process, so that nothing can be left running. Ansible gets an environment
and a home of its own: no variable, configuration file or proxy of the caller reaches it, and nothing is written to the caller's home.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
# Run isolated, Python does not look beside the file.
sys.path[:0] = [str(HERE), str(ROOT / "tests")]

from account import demo_account  # noqa: E402
from simulator.server import Simulator  # noqa: E402

# What somebody did to the account, and the policy does not know of: see account.yml.
DRIFT = {
    "billing.example.com": {"require_tls_inbound", "require_tls_outbound"},
    "factory.example": {"lookback_hops"},
    "partners.example.net": {"ip_restrictions"},
    "people.example.org": {"folder"},
    "shop.example.com": {"drop_dispositions"},
}
# What somebody does to it a week later, and the rule that each change breaks: see docs/rules.md.
LATER = {
    "billing.example.com": ({"require_tls_inbound": True}, "ES-TLS-003"),
    "example.net": ({"transport": "mail.elsewhere.example"}, "ES-NEXTHOP-001"),
    "devices.example.org": ({"drop_dispositions": ["MALICIOUS", "MALICIOUS-BEC", "SPOOF", "SPAM", "BULK"]}, "ES-DROP-006"),
    "partners.example.net": ({"ip_restrictions": []}, "ES-IP-001"),
}
# Kept when the demo is over, to be looked at.
REPORTS = ROOT / ".build/demo"
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
CHANGED = re.compile(r"changed: \[(.+)\]$")
DIFF_BEGINS = re.compile(r"--- before: (.+)$")


class Broken(Exception):
    """A step did not show what it promised."""


@dataclass(frozen=True)
class Shown:
    """What Ansible printed: the domains it called changed, each with its diff."""

    diffs: dict[str, str]

    @classmethod
    def in_(cls, lines: list[str]) -> Shown:
        diffs: dict[str, str] = {}
        block: list[str] = []
        for line in lines:
            if DIFF_BEGINS.match(line):
                block = []
            block.append(line)
            if changed := CHANGED.match(line):
                diffs[changed[1]] = "".join(block)
                block = []
        return cls(diffs)


@dataclass(frozen=True)
class Cost:
    """What a step asked of the account: the fields that were sent to each domain, and how many requests there were."""

    requests: int
    reads: int
    sent: dict[str, set[str]]

    @property
    def writes(self) -> int:
        return self.requests - self.reads

    def __str__(self) -> str:
        return f"{self.requests} requests: {self.reads} reads, {self.writes} writes"


class Demo:
    """Three runs of one playbook against one account, and a report."""

    def __init__(self, account: Simulator, workspace: Path) -> None:
        self.account = account
        self.workspace = workspace
        self.names = {live["id"]: live["domain"] for live in account.domains}

    def show(self) -> None:
        """The three steps, each held against what it promises."""
        began = time.monotonic()
        total, drifted = len(self.names), len(DRIFT)
        say(
            f"A simulated Cloudflare account with {total} mail domains (demo/account.yml), and how they should be (demo/policy.yml).",
            f"Somebody changed {drifted} of them by hand.",
        )

        headline("1 of 4: audit. Check mode with --diff shows what differs and changes nothing; the account would refuse any write.")
        live = self.account.domains
        self.account.configure(refuse_writes=True)
        audit, audit_cost = self.run("--check", "--diff")
        self.account.configure(refuse_writes=False)
        demand(audit_cost.writes == 0 and self.account.domains == live, f"the check step wrote: {audit_cost}")
        demand(set(audit.diffs) == set(DRIFT), f"the check step shows {sorted(audit.diffs)}, where {sorted(DRIFT)} have drifted")
        say(f"=> {drifted} of {total} domains differ. {audit_cost}.")

        headline("2 of 4: put right. The same playbook without --check sends only the fields that the audit showed.")
        apply, apply_cost = self.run("--diff")
        demand(apply_cost.sent == DRIFT, f"the run sent {apply_cost.sent}, where {DRIFT} have drifted")
        demand(apply.diffs == audit.diffs, "the run's diffs are not those that the check step showed")
        demand(self.moved(live) == DRIFT, f"the run changed {self.moved(live)}, where {DRIFT} have drifted")
        say(f"=> {drifted} domains changed, and their diffs are those of the audit to the letter. {apply_cost}.")

        headline("3 of 4: once more. The account is as declared, so there is nothing to send, whatever order its lists come in.")
        live = self.account.domains
        again, again_cost = self.run("--diff", ANSIBLE_DISPLAY_OK_HOSTS="true")
        demand(not again.diffs and again_cost.writes == 0 and self.account.domains == live, f"the last run changed {sorted(again.diffs)}: {again_cost}")
        demand(not self.account.violations, f"requests that the API's documents forbid: {self.account.violations}")
        say(f"=> Nothing changed. {again_cost}.")

        headline("4 of 4: a week later. The account is exported as a policy, somebody changes four domains, and the audit says how bad that is.")
        report = self.report()

        headline(f"Done in {time.monotonic() - began:.0f} s.")
        say(
            f"Audit: {audit_cost.writes} writes. Run: {apply_cost.writes} writes for {drifted} drifted domains. Next run: {again_cost.writes} writes.",
            f"The report, for a browser: {report}",
            "The playbook is demo/playbook.yml; docs/getting-started.md says how to point it at an account of yours, and docs/audit.md how to audit one.",
        )

    def report(self) -> Path:
        """Export, drift, audit. Answers with the path of the page that shows it."""
        REPORTS.mkdir(parents=True, exist_ok=True)
        for old in REPORTS.iterdir():
            old.unlink()
        self.play("mailops.cloudflare.export", "-e", json.dumps({"export_directory": str(REPORTS)}), ANSIBLE_DISPLAY_OK_HOSTS="true")
        for name, (fields, _rule) in LATER.items():
            self.account.edit(name, **fields)
        self.play(
            "mailops.cloudflare.audit",
            *("-e", f"@{REPORTS / 'email-security.yml'}", "-e", json.dumps({"audit_directory": str(REPORTS), "audit_fail_on": "never"})),
            ANSIBLE_DISPLAY_OK_HOSTS="true",
        )
        found = json.loads((REPORTS / "email-security-audit.json").read_text(encoding="utf-8"))["findings"]
        drift = {finding["domain"]: finding["rule_id"] for finding in found if finding["category"] == "drift"}
        demand(drift == {name: rule for name, (_fields, rule) in LATER.items()}, f"the audit found {drift}")
        page = REPORTS / "email-security-audit.html"
        demand(page.stat().st_size > 0, "there is no page")
        demand(not self.account.violations, f"requests that the API's documents forbid: {self.account.violations}")
        return page

    def run(self, *arguments: str, **environment: str) -> tuple[Shown, Cost]:
        """One run of the playbook: what it printed, and what it cost."""
        self.account.clear_journal()
        return Shown.in_(self.play("--inventory", "demo/policy.yml", "demo/playbook.yml", *arguments, **environment)), self.cost()

    def play(self, *arguments: str, **environment: str) -> list[str]:
        """Run ansible-playbook. Answers with the lines that it printed."""
        command = [str(self.workspace / "venv/bin/python"), "-m", "ansible", "playbook", *arguments]
        say(f"$ ansible-playbook {' '.join(command[4:])}")
        lines = []
        with started(command, self.environment() | environment) as process:
            assert process.stdout is not None
            for line in process.stdout:
                print(line, end="", flush=True)
                lines.append(COLOUR.sub("", line))
        demand(process.returncode == 0, f"ansible-playbook ended with {process.returncode}")
        return lines

    def environment(self) -> dict[str, str]:
        """All that Ansible is told: nothing of the caller's, but for where programs are and what the terminal can do."""
        kept = {name: os.environ[name] for name in ("PATH", "TERM", "NO_COLOR") if name in os.environ}
        home = self.workspace / "home"
        return kept | {
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".build/installed"),
            "ANSIBLE_CONFIG": str(HERE / "ansible.cfg"),
            "ANSIBLE_FORCE_COLOR": str(sys.stdout.isatty() and not os.environ.get("NO_COLOR")),
            "ANSIBLE_HOME": str(home / ".ansible"),
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_LOCAL_TEMP": str(home / "tmp"),
            "ANSIBLE_REMOTE_TEMP": str(home / "tmp"),
            "CLOUDFLARE_ACCOUNT_ID": self.account.account_id,
            "CLOUDFLARE_API_TOKEN": self.account.token,
            "CLOUDFLARE_BASE_URL": self.account.base_url,
            "HOME": str(home),
            "LC_ALL": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
        }

    def cost(self) -> Cost:
        """From the account's own journal."""
        journal = self.account.journal
        sent = {self.names.get(entry["path"].rpartition("/")[2], entry["path"]): set(entry["body"] or ()) for entry in journal if entry["method"] != "GET"}
        return Cost(len(journal), sum(entry["method"] == "GET" for entry in journal), sent)

    def moved(self, before: list[dict[str, object]]) -> dict[str, set[str]]:
        """The fields of each domain that are not as they were, but for the time of the change."""
        moved = {}
        for old, new in zip(before, self.account.domains, strict=True):
            fields = {name for name in {*old, *new} if old.get(name) != new.get(name)} - {"modified_at"}
            if fields:
                moved[str(old["domain"])] = fields
        return moved


@contextmanager
def started(command: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A process in a session of its own, which has ended, and its children with it, when the context is left."""
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    )
    try:
        yield process
        process.wait()
    finally:
        if process.poll() is None:
            # Ansible ends its workers by itself when it is asked to.
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
        if process.stdout:
            process.stdout.close()


@contextmanager
def workspace() -> Iterator[Path]:
    """A folder for Ansible's files, removed afterwards.

    It holds a link to the virtual environment: Ansible cannot run an interpreter that has a blank in its path.
    """
    with tempfile.TemporaryDirectory(prefix="mailops-demo-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "home").mkdir()
        (folder / "venv").symlink_to(ROOT / ".build/venv-demo")
        yield folder


def say(*lines: str) -> None:
    print("\n".join(lines), flush=True)


def headline(text: str) -> None:
    say("", f"=== {text}")


def demand(held: bool, otherwise: str) -> None:
    if not held:
        raise Broken(otherwise)


def end(number: int, _frame: object) -> None:
    """A signal is an orderly end: whatever runs is stopped on the way out."""
    raise SystemExit(128 + number)


def main() -> int:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    try:
        with workspace() as folder, demo_account() as account:
            Demo(account, folder).show()
    except Broken as broken:
        print(f"\ndemo: FAILED: {broken}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
