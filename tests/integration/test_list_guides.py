"""The guides to the lists of an account: every file is written and every command is typed, against the account of `make simulator`."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml
from integration.support.guide_steps import DOCS, steps_of
from integration.support.run_playbook import CommandResult, PlaybookRunner
from simulator import Simulator

ROOT = Path(__file__).parents[2]
PLAN = re.compile(r"\b[Pp]lan(?: digest)?: ([0-9a-f]{64})\b")
# A last day of the guides that must not be far ahead.
LAST_DAY = "email_security_last_day=2027-01-31"


@pytest.fixture(scope="module")
def demo_account() -> Iterator[Simulator]:
    with Simulator(ROOT / "demo/account.yml") as account:
        yield account


@pytest.fixture
def account(demo_account: Simulator) -> Iterator[Simulator]:
    """The account of `make simulator` in its first state. A test fails if a request violates the contract."""
    demo_account.reset()
    yield demo_account
    assert demo_account.violations == []


@pytest.fixture(scope="module")
def terminal(demo_account: Simulator, playbook_runner: PlaybookRunner, tmp_path_factory: pytest.TempPathFactory) -> PlaybookRunner:
    return PlaybookRunner(demo_account, tmp_path_factory.mktemp("terminal"), playbook_runner.collections_path)


def let_exemptions_accumulate(account: Simulator) -> None:
    """Give the account the lists of `make simulator LISTS=demo/exemptions.yml`."""
    for name, entries in yaml.safe_load((ROOT / "demo/exemptions.yml").read_text(encoding="utf-8")).items():
        account.clear_entries(name)
        for entry in entries:
            account.add_entry(name, **entry)


def write_files(guide: str, folder: Path) -> None:
    for step in steps_of(guide):
        if step.file:
            (folder / step.file).write_text(step.text, encoding="utf-8")


def follow(guide: str, terminal: PlaybookRunner, folder: Path) -> dict[str, CommandResult]:
    """Write the files of a guide, and run its commands in order. Returns the result of each command of Ansible; a repeated one gets a number."""
    write_files(guide, folder)
    done: dict[str, CommandResult] = {}
    plan = ""
    for step in steps_of(guide):
        for command in step.commands:
            if not command.startswith("ansible-playbook"):
                assert command == "export ANSIBLE_CALLBACK_RESULT_FORMAT=yaml"
                continue
            # The guide shows the beginning of the plan that check mode has printed.
            next_week = (datetime.now(timezone.utc) + timedelta(days=7)).date().isoformat()
            result = type_command(terminal, folder, command.replace("9f2c...", plan).replace(LAST_DAY, f"email_security_last_day={next_week}"))
            plan = next(iter(PLAN.findall(result.output)), plan)
            name = command.partition(" #")[0].strip().removeprefix("ansible-playbook ")
            done[name if name not in done else f"{name} (again)"] = result
    return done


def type_command(terminal: PlaybookRunner, folder: Path, command: str) -> CommandResult:
    return terminal.run_command(folder, ["bash", "-c", command], {"ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml"})


def changed_in(result: CommandResult) -> int:
    [count] = re.findall(r"\bchanged=(\d+)", result.output)
    return int(count)


def patterns(account: Simulator, name: str) -> set[str]:
    return {entry["pattern"] for entry in account.entries(name)}


def words_of(text: str) -> str:
    """The text on one line, because Ansible breaks and quotes long texts."""
    return " ".join(text.replace("''", "'").split())


def shown_in(guide: str, language: str) -> list[str]:
    """The blocks of a language in a guide that are no files."""
    text = (DOCS / guide).read_text(encoding="utf-8")
    return re.findall(rf"(?<!`:\n\n)^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@contextmanager
def web_server(pages: dict[str, str]) -> Iterator[str]:
    """Serve pages on loopback, as they are at the time of a request. Yields the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = pages.get(self.path)
            self.send_response(404 if body is None else 200)
            self.end_headers()
            self.wfile.write((body or "").encode())

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.nightly
def test_commands_of_the_guide_to_the_lists_have_the_promised_results(terminal: PlaybookRunner, account: Simulator, tmp_path: Path) -> None:
    before = {name: patterns(account, name) for name in ("allow_policies", "block_senders")}
    done = follow("lists.md", terminal, tmp_path)
    assert [result.code for result in done.values()] == [0] * 9 + [2, 0], done

    listed, message = map(words_of, shown_in("lists.md", "text"))
    assert listed in words_of(done["look.yml"].output)
    assert [changed_in(done[f"ticket.yml {arguments}"]) for arguments in ("--check --diff", "--diff", "--diff (again)")] == [2, 2, 0]
    assert patterns(account, "block_senders") - before["block_senders"] == {"evil.example", "lure.example"}

    compared = done["lists.yml --check --diff"].output
    [diff] = shown_in("lists.md", "diff")
    assert f"\n{diff}" in compared, compared

    checked, applied, stopped = (result for name, result in done.items() if name.startswith("purge.yml"))
    assert [changed_in(result) for result in (checked, applied, stopped)] == [1, 1, 0]
    assert before["allow_policies"] - patterns(account, "allow_policies") == {r".*@supplier\.example.*"}
    assert patterns(account, "allow_policies") - before["allow_policies"] == {"events.partner.example"}
    assert "kind: too_many_removals" in stopped.output
    assert message in words_of(stopped.output)
    assert changed_in(done["mailops.cloudflare.apply -e @exemptions.yml --check --diff"]) == 0


@pytest.mark.nightly
def test_commands_of_the_guide_to_cleaning_up_have_the_promised_results(terminal: PlaybookRunner, account: Simulator, tmp_path: Path) -> None:
    let_exemptions_accumulate(account)
    done = follow("cleaning-up.md", terminal, tmp_path)
    # The last one fails because of a domain.
    assert [result.code for result in done.values()] == [0] * 6 + [2], done
    before, planned, applied, after, allowed = [*done.values()][1:6]
    assert "20 exemptions: " in words_of(before.output)
    shown, _message = shown_in("cleaning-up.md", "text")
    for line in shown.splitlines():
        assert line == "..." or line in planned.output
    assert changed_in(applied) == 1
    assert "5 exemptions: all declared, with an end and a comment." in words_of(after.output)
    assert " 0 without" not in after.output
    register = (tmp_path / "email-security-audit/email-security-audit-exemptions.csv").read_text(encoding="utf-8-sig").splitlines()
    # With the one that was allowed for a time.
    assert len(register) == 1 + 6
    assert patterns(account, "allow_policies") == {"192.0.2.80", "news.partner.example", "orders@supplier.example", "192.0.2.200", "late@supplier.example"}
    assert changed_in(allowed) == 1


def test_purge_of_the_guide_to_cleaning_up_is_refused_without_the_plan(terminal: PlaybookRunner, account: Simulator, tmp_path: Path) -> None:
    let_exemptions_accumulate(account)
    write_files("cleaning-up.md", tmp_path)
    before = patterns(account, "allow_policies")
    refused = type_command(terminal, tmp_path, "ansible-playbook mailops.cloudflare.apply -e @exemptions.yml")
    assert (refused.code, patterns(account, "allow_policies")) == (2, before)
    _plan, message = shown_in("cleaning-up.md", "text")
    assert words_of(message) in words_of(refused.output)


@pytest.mark.nightly
def test_commands_of_the_guide_to_feeds_have_the_promised_results(terminal: PlaybookRunner, account: Simulator, tmp_path: Path) -> None:
    before = patterns(account, "block_senders")
    done = follow("feeds.md", terminal, tmp_path)
    assert [result.code for result in done.values()] == [0] * 6, done
    assert [changed_in(result) for result in done.values()] == [1, 1, 0, 1, 1, 1], done
    [diff] = shown_in("feeds.md", "diff")
    assert f"\n{diff}" in done["nightly.yml --check --diff"].output
    feed = {"fake-invoices.example", "parcel-fees.example", "accounting@freemail.example", "198.51.100.0/24"}
    # The approved plan removes the two entries without a comment that is kept.
    assert patterns(account, "block_senders") == feed | {"invoice-service.example", "ceo.office@freemail.example"} < feed | before


# The messages name what is wrong. Nothing is written.
BROKEN_FEEDS = {
    "empty": ("", "no entry is declared, and purge would remove 8 of 8 entries"),
    "most of it is missing": ("old0.example\n", "purge would remove 7 of 8 entries"),
    "an error page": ("<!DOCTYPE html>\n<title>Not found</title>\n", "block_senders[0]"),
    "a wrong line": ("old0.example\n*.bad.example\n", "block_senders[1] (*.bad.example)"),
    "an own domain": ("old0.example\nceo@Example.com\n", "The feed contains example.com."),
}


@pytest.mark.first_cases(1)
@pytest.mark.parametrize(("feed", "promised"), BROKEN_FEEDS.values(), ids=BROKEN_FEEDS)
def test_broken_feed_is_refused(terminal: PlaybookRunner, account: Simulator, tmp_path: Path, feed: str, promised: str) -> None:
    for number in range(6):
        account.add_entry("block_senders", pattern=f"old{number}.example", comments="feed: invoice fraud")
    write_files("feeds.md", tmp_path)
    (tmp_path / "blocked.txt").write_text(feed, encoding="utf-8")
    before = account.entries("block_senders")
    done = type_command(terminal, tmp_path, "ansible-playbook nightly.yml")
    assert done.code == 2, done.output
    assert promised in words_of(done.output), done.output
    assert account.entries("block_senders") == before


@pytest.mark.nightly
def test_feed_is_fetched_only_if_its_checksum_is_right(terminal: PlaybookRunner, account: Simulator, tmp_path: Path) -> None:
    write_files("feeds.md", tmp_path)
    pages = {"/blocked.txt": "fake-invoices.example\nparcel-fees.example\nnew.example\n"}
    pages["/blocked.txt.sha256"] = f"{hashlib.sha256(pages['/blocked.txt'].encode()).hexdigest()}  blocked.txt\n"
    for entry in account.entries("block_senders"):
        account.edit_entry("block_senders", entry["id"], comments="Incident 1")
    with web_server(pages) as address:
        play = (tmp_path / "fetch.yml").read_text(encoding="utf-8")
        (tmp_path / "fetch.yml").write_text(play.replace("https://feed.example.org", address), encoding="utf-8")
        done = type_command(terminal, tmp_path, "ansible-playbook fetch.yml")
        assert done.code == 0, done.output
        assert {"fake-invoices.example", "parcel-fees.example", "new.example"} < patterns(account, "block_senders")
        # Both changed since, and the list was damaged on its way.
        pages.update({"/blocked.txt": "gone.example\n", "/blocked.txt.sha256": f"{'0' * 64}  blocked.txt\n"})
        done = type_command(terminal, tmp_path, "ansible-playbook fetch.yml")
        assert done.code == 2, done.output
        assert "checksum" in done.output
    assert "new.example" in patterns(account, "block_senders")


def people(account: Simulator) -> set[tuple[str, str]]:
    return {(entry["name"], entry["email"]) for entry in account.entries("impersonation_registry")}


@pytest.mark.nightly
def test_commands_of_the_guide_to_vips_have_the_promised_results(terminal: PlaybookRunner, account: Simulator, tmp_path: Path) -> None:
    renamed = next(entry["id"] for entry in account.entries("impersonation_registry") if entry["name"] == "Grace Hopper")
    done = follow("vips.md", terminal, tmp_path)
    assert [result.code for result in done.values()] == [0, 0, 0], done
    checked, applied, again = list(done.values())
    [diff] = shown_in("vips.md", "diff")
    assert f"\n{diff}" in checked.output, checked.output
    assert [changed_in(result) for result in (checked, applied, again)] == [1, 1, 0]
    rows = [tuple(line.split(",")) for line in (tmp_path / "vips.csv").read_text(encoding="utf-8").splitlines()[1:]]
    assert people(account) == set(rows)
    assert account.entry("impersonation_registry", renamed)["name"] == "Grace Murray Hopper", "a renamed person is an update"


BROKEN_TABLES = {
    "empty": ("Display Name,Email\n", "no entry is declared"),
    "half": ("Display Name,Email\nAlan Turing,alan.turing@example.com\n", "purge would remove 4 of 4 entries, and max_removals (3) permits 3"),
    "another column": ("Display Name,E-Mail Address\nAda Lovelace,ada@lovelace.example\n", "unknown column 'E-Mail Address'"),
    "a wrong address": ("Display Name,Email\nAda Lovelace,ada(at)example.com\n", "impersonation_registry[0]"),
    "a synchronized person": ("Display Name,Email\nAlan M. Turing,alan.turing@example.com\nAda Lovelace,ada@lovelace.example\n", "SNOOPY-OFFICE_365"),
}


@pytest.mark.first_cases(1)
@pytest.mark.parametrize(("table", "promised"), BROKEN_TABLES.values(), ids=BROKEN_TABLES)
def test_broken_table_of_people_is_refused(terminal: PlaybookRunner, account: Simulator, tmp_path: Path, table: str, promised: str) -> None:
    write_files("vips.md", tmp_path)
    (tmp_path / "vips.csv").write_text(table, encoding="utf-8")
    before = people(account)
    done = type_command(terminal, tmp_path, "ansible-playbook vips.yml")
    assert done.code == 2, done.output
    assert promised in words_of(done.output), done.output
    # The others are applied: those who are not in the file have left.
    left = {("Alan Turing", "alan.turing@example.com"), ("Ada Lovelace", "ada@lovelace.example")} if "SNOOPY" in promised else before
    assert people(account) == left
