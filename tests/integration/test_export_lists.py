"""The role export with lists: what it writes, what it leaves out and says of it, and that the files can be applied and read back."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from integration.support.run_playbook import CommandResult, PlaybookRunner
from simulator import Simulator

LISTS = (
    *("allow_policies", "block_senders", "trusted_domains", "impersonation_registry"),
    *("content_policies", "sending_domain_restrictions", "url_ignore_patterns"),
)
HOSTILE = "x\n- pattern: evil.example # {{ lookup('ansible.builtin.pipe', 'touch evaluated') }}"
HEADER = "#jinja2: variable_start_string:'[[', variable_end_string:']]'\n[[ lookup('ansible.builtin.pipe', 'touch evaluated') ]]"
# With purge, so that nothing may be undeclared but what the file names.
APPLY = """\
- hosts: localhost
  gather_facts: false
  vars:
    ansible_python_interpreter: "{{ ansible_playbook_python }}"
  tasks:
    - mailops.cloudflare.email_security_account:
        defaults: "{{ email_security_defaults }}"
        domains: "{{ email_security_domains }}"
        allow_policies: "{{ email_security_allow_policies }}"
        block_senders: "{{ email_security_block_senders }}"
        trusted_domains: "{{ email_security_trusted_domains }}"
        impersonation_registry: "{{ email_security_impersonation_registry }}"
        content_policies: "{{ email_security_content_policies }}"
        sending_domain_restrictions: "{{ email_security_sending_domain_restrictions }}"
        url_ignore_patterns: "{{ email_security_url_ignore_patterns }}"
        purge: [all]
        max_removals: 100%
      register: applied
    - ansible.builtin.copy:
        dest: "{{ playbook_dir }}/results.json"
        content: "{{ applied.results | to_json }}"
        mode: "0600"
      check_mode: false
"""
TABLES = """\
- hosts: localhost
  gather_facts: false
  vars:
    ansible_python_interpreter: "{{ ansible_playbook_python }}"
    files: "{{ playbook_dir }}/email-security-"
  tasks:
    - mailops.cloudflare.email_security_account:
        allow_policies: "{{ lookup('ansible.builtin.file', files ~ 'allow-policies.csv') | mailops.cloudflare.entries }}"
        block_senders: "{{ lookup('ansible.builtin.file', files ~ 'block-senders.csv') | mailops.cloudflare.entries }}"
        trusted_domains: "{{ lookup('ansible.builtin.file', files ~ 'trusted-domains.csv') | mailops.cloudflare.entries }}"
        impersonation_registry: "{{ lookup('ansible.builtin.file', files ~ 'impersonation-registry.csv') | mailops.cloudflare.entries }}"
"""


class Folder:
    """A folder of a user, and an account with unusual entries."""

    def __init__(self, playbook_runner: PlaybookRunner, simulator: Simulator, folder: Path) -> None:
        self._playbook_runner, self.simulator, self.folder = playbook_runner, simulator, folder
        simulator.clear_entries()
        add = simulator.add_entry
        add("allow_policies", pattern="news.partner.example", is_acceptable_sender=True, comments="SEC-311, marketing")
        add("allow_policies", pattern=r".*@(it's|{{1}})\.example$", is_regex=True, is_trusted_sender=True, verify_sender=False, comments=HOSTILE)
        add("allow_policies", pattern="abuse@example.com", is_exempt_recipient=True, verify_sender=False)
        add("allow_policies", pattern="old.example", pattern_type="UNKNOWN")
        add("allow_policies", pattern="exempt.example", is_exempt_recipient=True)
        add("block_senders", pattern="evil.example", comments=HEADER)
        add("block_senders", pattern="twice.example")
        add("block_senders", pattern="twice.example")
        add("block_senders", pattern="differs.example")
        add("block_senders", pattern="differs.example", comments="=1+1")
        add("block_senders", pattern="192.0.2.0/25", comments=" exact ")
        add("trusted_domains", pattern="young.example", is_recent=True)
        add("impersonation_registry", name="Jörg Ü", email="ceo@example.com")
        add("impersonation_registry", name="A. Turing", email="alan@example.com", provenance="SNOOPY-OFFICE_365", directory_id=7)
        add("content_policies", name="Gift cards", pattern=r"(?i)\bgift\s+cards?\b", targets=["SUBJECT", "BODY"], enabled=False)
        add("sending_domain_restrictions", domain="bank.example", exclude=["fax.bank.example"], comments="x")
        add("url_ignore_patterns", pattern=r"^https://a\.example/#", comments="no")

    def export(self, *arguments: str) -> CommandResult:
        self.simulator.clear_journal()
        return self._playbook_runner.run_playbook(self.folder, "mailops.cloudflare.export", *arguments)

    def play(self, text: str, *arguments: str) -> CommandResult:
        (self.folder / "play.yml").write_text(text, encoding="utf-8")
        return self._playbook_runner.run_playbook(self.folder, "play.yml", "-e", "@email-security.yml", *arguments)

    def apply(self, *arguments: str) -> CommandResult:
        return self._playbook_runner.run_playbook(self.folder, "mailops.cloudflare.apply", "-e", "@email-security.yml", *arguments)

    def text(self, name: str = "email-security.yml") -> str:
        return (self.folder / name).read_text(encoding="utf-8")

    def names(self) -> set[str]:
        return {path.name for path in self.folder.glob("email-security*")}


@pytest.fixture
def folder(playbook_runner: PlaybookRunner, simulator: Simulator, tmp_path: Path) -> Folder:
    return Folder(playbook_runner, simulator, tmp_path)


def words_of(done: CommandResult) -> str:
    return " ".join(done.output.split())


def test_everything_is_exported_and_applied_without_a_change(folder: Folder) -> None:
    exported = folder.export()
    assert exported.code == 0, exported.output
    # One request for each resource, and no other.
    requests = [(call["method"], call["path"].rpartition("/")[2]) for call in folder.simulator.journal]
    assert requests == [("GET", name) for name in ("domains", *LISTS)]
    words = words_of(exported)
    assert "Read: domains 4, allow_policies 5, block_senders 6, trusted_domains 1, impersonation_registry 2, content_policies 1," in words
    left_out = ("old.example: its pattern type is UNKNOWN", "exempt.example: is_exempt_recipient is true, and the pattern is a domain", "1 person is")
    assert all(text in words for text in left_out)
    assert "A. Turing" not in folder.text()
    modes = {name: stat.S_IMODE((folder.folder / name).stat().st_mode) for name in folder.names()}
    assert set(modes.values()) == {0o640}
    assert len(modes) == 7
    text = folder.text()
    assert r"  - pattern: !unsafe '.*@(it''s|{{1}})\.example$'" in text
    assert r"    pattern: '(?i)\bgift\s+cards?\b'" in text

    folder.simulator.configure(refuse_writes=True)
    for checked in (folder.apply("--check"), folder.apply()):
        assert checked.code == 0, checked.output
        assert "Nothing to change. As declared: 4 domains, 3 allow_policies," in words_of(checked)
    purged = folder.play(APPLY, "--check")
    assert purged.code == 0, purged.output
    results: dict[str, dict[str, Any]] = json.loads(folder.text("results.json"))
    removed = {name: result["purged"] for name, result in results.items() if result["purged"]}
    assert removed.keys() == {"allow_policies", "block_senders"}
    assert removed["allow_policies"] == ["exempt.example", "old.example"]
    assert [label.partition(" ")[0] for label in removed["block_senders"]] == ["twice.example"]
    assert all(f"# - {label}: " in text for labels in removed.values() for label in labels)
    assert not [name for name, result in results.items() if any(result[what] for what in ("created", "updated", "deleted", "failed"))]
    assert not (folder.folder / "evaluated").exists(), "a text of the server was evaluated"


@pytest.mark.nightly
def test_tables_are_read_back_without_a_change(folder: Folder) -> None:
    assert folder.export().code == 0
    assert "evil.example,DOMAIN," in folder.text("email-security-block-senders.csv")
    assert "differs" not in folder.text("email-security-block-senders.csv"), "an entry that only its id tells"
    folder.simulator.configure(refuse_writes=True)
    read = folder.play(TABLES)
    assert read.code == 0, read.output
    assert "changed=0 " in read.output
    assert not (folder.folder / "evaluated").exists()


@pytest.mark.nightly
def test_some_resources_only(folder: Folder) -> None:
    done = folder.export("-e", "export_resources=block_senders,url_ignore_patterns")
    assert done.code == 0, done.output
    assert [call["path"].rpartition("/")[2] for call in folder.simulator.journal] == ["block_senders", "url_ignore_patterns"]
    assert folder.names() == {"email-security.yml", "email-security-import.tf", "email-security-block-senders.csv"}
    assert "email_security_domains" not in folder.text()


@pytest.mark.nightly
def test_list_that_the_account_does_not_have_is_left_out_and_named(folder: Folder) -> None:
    folder.simulator.configure(not_entitled=["content_policies", "trusted_domains"])
    done = folder.export()
    assert done.code == 0, done.output
    assert "Not exported, because the account does not have it: content_policies, trusted_domains." in words_of(done)
    assert "# Not in this file, because the account does not have it: content_policies, trusted_domains.\n" in folder.text()
    assert "email_security_content_policies" not in folder.text()
    assert "email-security-trusted-domains.csv" not in folder.names()


def test_list_that_cannot_be_read_leaves_all_files_as_they_are(folder: Folder) -> None:
    folder.simulator.fault("status", status=403, match={"path": "/url_ignore_patterns"}, times=None)
    done = folder.export()
    assert (done.code, folder.names()) == (2, set()), done.output
    assert "url_ignore_patterns" in done.output


@pytest.mark.nightly
def test_lists_of_an_account_without_domains(folder: Folder) -> None:
    folder.simulator.clear_domains()
    refused = folder.export()
    assert (refused.code, folder.names()) == (2, set())
    assert "For lists alone, name them in export_resources." in words_of(refused)
    done = folder.export("-e", '{"export_resources": ["allow_policies", "block_senders"]}')
    assert done.code == 0, done.output
    applied = folder.apply("--check")
    assert applied.code == 0, applied.output


@pytest.mark.nightly
def test_changed_list_is_a_difference_that_is_not_replaced(folder: Folder) -> None:
    assert folder.export().code == 0
    before = {name: folder.text(name) for name in folder.names()}
    folder.simulator.habit(entry_prefix_added=True, shuffle_lists=True, null_booleans=True)
    again = folder.export()
    assert "changed=0 " in again.output, again.output
    folder.simulator.edit_entry("block_senders", "evil.example", comments="new")
    refused = folder.export()
    assert (refused.code, {name: folder.text(name) for name in folder.names()}) == (2, before), refused.output
    assert '"+    comments: new"' in refused.output
