"""The demo: show and correct the drift of an account, apply two of its lists, and audit it with a report. Fails if a step is not as announced.

The simulator plays the account in a thread of this process, so that nothing keeps running. Ansible gets its own environment
and home: no variable, configuration file or proxy of the caller reaches it, and nothing is written to the caller's home.
"""

from __future__ import annotations

import json
import os
import re
import shlex
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
# In isolated mode, Python does not import from the folder of the script.
sys.path[:0] = [str(HERE), str(ROOT / "tests")]

from account import demo_account  # noqa: E402
from simulator.server import Simulator  # noqa: E402

# The fields that differ from the policy: see account.yml.
DRIFT = {
    "billing.example.com": {"require_tls_inbound", "require_tls_outbound"},
    "factory.example": {"lookback_hops"},
    "partners.example.net": {"ip_restrictions"},
    "people.example.org": {"folder"},
    "shop.example.com": {"drop_dispositions"},
}
# The changes a week later, and the rule that each of them violates: see docs/rules.md.
LATER_CHANGES = {
    "billing.example.com": ({"require_tls_inbound": True}, "ES-TLS-003"),
    "example.net": ({"transport": "mail.elsewhere.example"}, "ES-NEXTHOP-001"),
    "devices.example.org": ({"drop_dispositions": ["MALICIOUS", "MALICIOUS-BEC", "SPOOF", "SPAM", "BULK"]}, "ES-DROP-006"),
    "partners.example.net": ({"ip_restrictions": []}, "ES-IP-001"),
}
# What demo/lists.yml changes in two lists of the account: a sender that becomes blocked, and an exemption that has expired.
BLOCKED, EXPIRED = "lure.example", "news.partner.example"
# Kept after the demo.
REPORTS = ROOT / ".build/demo"
RESET_COLOUR = "\x1b[0m"
MAX_RESULT_LENGTH = 300
COLOUR_CODE = re.compile(r"\x1b\[[0-9;]*m")
CHANGED_LINE = re.compile(r"changed: \[(.+)\]$")
DIFF_HEADER = re.compile(r"--- before: (.+)$")


class DemoError(Exception):
    """A step did not show what it announced."""


@dataclass(frozen=True)
class PlaybookOutput:
    """The output of ansible-playbook: the diff of each changed domain."""

    diffs: dict[str, str]

    @classmethod
    def from_lines(cls, lines: list[str]) -> PlaybookOutput:
        diffs: dict[str, str] = {}
        block: list[str] = []
        for line in lines:
            if DIFF_HEADER.match(line):
                block = []
            block.append(line)
            if changed := CHANGED_LINE.match(line):
                diffs[changed[1]] = "".join(block)
                block = []
        return cls(diffs)


@dataclass(frozen=True)
class Cost:
    """The requests of a step: their number, and the fields that were sent to each domain."""

    requests: int
    reads: int
    sent: dict[str, set[str]]

    @property
    def writes(self) -> int:
        return self.requests - self.reads

    def __str__(self) -> str:
        return f"{self.requests} requests: {self.reads} reads, {self.writes} writes"


class Demo:
    """Three runs of one playbook against one account, then two of its lists, then an audit with a report."""

    def __init__(self, account: Simulator, workspace: Path) -> None:
        self.account = account
        self.workspace = workspace
        self.names = {live["id"]: live["domain"] for live in account.domains}

    def show(self) -> None:
        """Run the steps and check each of them."""
        started_at = time.monotonic()
        total, drifted = len(self.names), len(DRIFT)
        print_lines(
            f"A simulated Cloudflare account with {total} mail domains (demo/account.yml), and how they should be (demo/policy.yml).",
            f"{drifted} of them were changed by hand.",
        )

        print_heading("1 of 6: compare. Check mode with --diff shows the differences and changes nothing: the account rejects every write.")
        live = self.account.domains
        self.account.configure(refuse_writes=True)
        check, check_cost = self.run("--check", "--diff")
        self.account.configure(refuse_writes=False)
        require(check_cost.writes == 0 and self.account.domains == live, f"check mode wrote: {check_cost}")
        require(set(check.diffs) == set(DRIFT), f"check mode shows {sorted(check.diffs)}, expected {sorted(DRIFT)}")
        print_lines(f"=> {drifted} of {total} domains differ. {check_cost}.")

        print_heading("2 of 6: apply. The same playbook without --check sends only the fields that check mode showed.")
        apply, apply_cost = self.run("--diff")
        require(apply_cost.sent == DRIFT, f"the run sent {apply_cost.sent}, expected {DRIFT}")
        require(apply.diffs == check.diffs, "the diffs of the run are not those of check mode")
        require(self.changed_fields(live) == DRIFT, f"the run changed {self.changed_fields(live)}, expected {DRIFT}")
        print_lines(f"=> {drifted} domains changed, with exactly the diffs of check mode. {apply_cost}.")

        print_heading("3 of 6: run again. The account is as declared, so nothing is sent. The order of its lists does not matter.")
        live = self.account.domains
        second, second_cost = self.run("--diff", ANSIBLE_DISPLAY_OK_HOSTS="true")
        require(not second.diffs and second_cost.writes == 0 and self.account.domains == live, f"the second run changed {sorted(second.diffs)}: {second_cost}")
        require(not self.account.violations, f"requests that the API documentation forbids: {self.account.violations}")
        print_lines(f"=> Nothing changed. {second_cost}.")

        print_heading("4 of 6: lists. demo/lists.yml blocks one more sender, and the last day of an allow policy is over.")
        lists_cost = self.apply_lists()
        print_lines(f"=> One sender blocked, one expired exemption removed. {lists_cost}.")

        print_heading("5 of 6: an accident. A feed is empty, and purge would unblock all senders: the task fails before it writes.")
        guard_cost = self.empty_list()
        print_lines(f"=> Nothing changed. {guard_cost}.")

        print_heading("6 of 6: a week later. The account was exported as a policy, four domains were changed by hand, and the audit rates the changes.")
        report = self.report()

        print_heading(f"Done in {time.monotonic() - started_at:.0f} s.")
        print_lines(
            f"Check mode: {check_cost.writes} writes. Run: {apply_cost.writes} writes for {drifted} drifted domains. Next run: {second_cost.writes} writes.",
            f"The report, for a browser: {report}",
            "The playbook is demo/playbook.yml. To use your own account, see docs/getting-started.md. To audit it, see docs/audit.md.",
        )

    def apply_lists(self) -> Cost:
        """Apply the policy of two lists. Returns the requests."""
        before = {name: self.patterns(name) for name in ("allow_policies", "block_senders")}
        self.account.clear_journal()
        self.play("mailops.cloudflare.apply", "-e", "@demo/lists.yml", ANSIBLE_DISPLAY_OK_HOSTS="true")
        cost = self.cost()
        require(self.patterns("block_senders") == before["block_senders"] | {BLOCKED}, f"blocked are {self.patterns('block_senders')}")
        require(self.patterns("allow_policies") == before["allow_policies"] - {EXPIRED}, f"allowed are {self.patterns('allow_policies')}")
        require(cost.writes == 2, f"the lists cost {cost}")
        return cost

    def empty_list(self) -> Cost:
        """Apply an empty list, which must be refused. Returns the requests."""
        before = self.patterns("block_senders")
        self.account.clear_journal()
        files = ("-e", "@demo/lists.yml", "-e", "@demo/empty-feed.yml")
        lines = self.play("mailops.cloudflare.apply", *files, expected_code=2, ANSIBLE_DISPLAY_OK_HOSTS="true")
        cost = self.cost()
        require(cost.writes == 0 and self.patterns("block_senders") == before, f"the empty list was written: {cost}")
        require(any("purge would remove" in line for line in lines), "the message does not say what purge would remove")
        return cost

    def patterns(self, resource: str) -> set[str]:
        """The patterns of a list of the account."""
        return {entry["pattern"] for entry in self.account.entries(resource)}

    def report(self) -> Path:
        """Export the policy, change the account, audit it. Returns the path of the HTML report."""
        REPORTS.mkdir(parents=True, exist_ok=True)
        for old in REPORTS.iterdir():
            old.unlink()
        self.play("mailops.cloudflare.export", "-e", json.dumps({"export_directory": str(REPORTS)}), ANSIBLE_DISPLAY_OK_HOSTS="true")
        for name, (fields, _rule) in LATER_CHANGES.items():
            self.account.edit(name, **fields)
        self.play(
            "mailops.cloudflare.audit",
            *("-e", f"@{REPORTS / 'email-security.yml'}", "-e", json.dumps({"audit_directory": str(REPORTS), "audit_fail_on": "never"})),
            ANSIBLE_DISPLAY_OK_HOSTS="true",
        )
        found = json.loads((REPORTS / "email-security-audit.json").read_text(encoding="utf-8"))["findings"]
        drift = {finding["domain"]: finding["rule_id"] for finding in found if finding["category"] == "drift"}
        require(drift == {name: rule for name, (_fields, rule) in LATER_CHANGES.items()}, f"the audit found {drift}")
        page = REPORTS / "email-security-audit.html"
        require(page.stat().st_size > 0, "the HTML report is empty")
        require(not self.account.violations, f"requests that the API documentation forbids: {self.account.violations}")
        return page

    def run(self, *arguments: str, **environment: str) -> tuple[PlaybookOutput, Cost]:
        """Run the playbook once. Returns its output and its requests."""
        self.account.clear_journal()
        return PlaybookOutput.from_lines(self.play("--inventory", "demo/policy.yml", "demo/playbook.yml", *arguments, **environment)), self.cost()

    def play(self, *arguments: str, expected_code: int = 0, **environment: str) -> list[str]:
        """Run ansible-playbook. Returns the lines of its output."""
        command = [str(self.workspace / "venv/bin/python"), "-m", "ansible", "playbook", *arguments]
        print_lines(f"$ ansible-playbook {shlex.join(command[4:])}")
        lines = []
        with started(command, self.environment() | environment) as process:
            assert process.stdout is not None
            for line in process.stdout:
                print(shortened(line), end="", flush=True)
                lines.append(COLOUR_CODE.sub("", line))
        require(process.returncode == expected_code, f"ansible-playbook exited with {process.returncode}")
        return lines

    def environment(self) -> dict[str, str]:
        """The environment of Ansible: from the caller only PATH and the properties of the terminal."""
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
        """The requests since the last run, from the simulator's journal."""
        journal = self.account.journal
        sent = {self.names.get(entry["path"].rpartition("/")[2], entry["path"]): set(entry["body"] or ()) for entry in journal if entry["method"] != "GET"}
        return Cost(len(journal), sum(entry["method"] == "GET" for entry in journal), sent)

    def changed_fields(self, before: list[dict[str, object]]) -> dict[str, set[str]]:
        """The changed fields of each domain, without the time of the change."""
        changed_fields = {}
        for old, new in zip(before, self.account.domains, strict=True):
            fields = {name for name in {*old, *new} if old.get(name) != new.get(name)} - {"modified_at"}
            if fields:
                changed_fields[str(old["domain"])] = fields
        return changed_fields


@contextmanager
def started(command: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """Start a process in its own session. When the context is left, it and its children have ended."""
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
            # Ansible ends its workers itself on SIGTERM.
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
        if process.stdout:
            process.stdout.close()


@contextmanager
def workspace() -> Iterator[Path]:
    """A temporary folder for Ansible's files.

    It contains a link to the virtual environment: Ansible cannot run an interpreter with a space in its path.
    """
    with tempfile.TemporaryDirectory(prefix="mailops-demo-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "home").mkdir()
        (folder / "venv").symlink_to(ROOT / ".build/venv-demo")
        yield folder


def print_lines(*lines: str) -> None:
    print("\n".join(lines), flush=True)


def shortened(line: str) -> str:
    """A failed task prints its whole result on one line. The task after it says what matters."""
    is_short = len(line) <= MAX_RESULT_LENGTH or not COLOUR_CODE.sub("", line).startswith("fatal:")
    return line if is_short else f"{line[:MAX_RESULT_LENGTH]}…{RESET_COLOUR if COLOUR_CODE.search(line) else ''}\n"


def print_heading(text: str) -> None:
    print_lines("", f"=== {text}")


def require(condition: bool, message: str) -> None:
    if not condition:
        raise DemoError(message)


def exit_on_signal(number: int, _frame: object) -> None:
    """Exit on a signal, so that the context managers stop what is running."""
    raise SystemExit(128 + number)


def main() -> int:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, exit_on_signal)
    try:
        with workspace() as folder, demo_account() as account:
            Demo(account, folder).show()
    except DemoError as error:
        print(f"\ndemo: FAILED: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
