"""The role export, run by its playbook: which files it writes, when it changes them, and that they can be applied."""

from __future__ import annotations

import csv
import json
import os
import re
import stat
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from integration.support.run_playbook import CommandResult, PlaybookRunner
from simulator import Simulator
from simulator.scenario import TENANT_ID

TABLES = {f"email-security-{name}.csv" for name in ("domains", "allow-policies", "block-senders", "trusted-domains", "impersonation-registry")}
FILES = {"email-security.yml", "email-security-import.tf", *TABLES}
TEMPLATE = "{{ 1 + 1 }}"
GUIDE = Path(__file__).parents[2] / "docs/export.md"
MODULE = Path(__file__).parents[2] / "plugins/modules/email_security_export.py"
APPLY = """\
- hosts: localhost
  gather_facts: false
  vars:
    ansible_python_interpreter: "{{ ansible_playbook_python }}"
  tasks:
    - mailops.cloudflare.email_security_domains:
        defaults: "{{ email_security_defaults }}"
        domains: "{{ email_security_domains }}"
      register: fleet
    - ansible.builtin.assert:
        that:
          - fleet.summary.total == fleet.summary.unchanged
          - fleet.undeclared == []
"""

# Spreadsheets recognize UTF-8 by it.
BYTE_ORDER_MARK = "\ufeff"


class ExportFolder:
    """A folder of a user, and an account with unusual values."""

    def __init__(self, playbook_runner: PlaybookRunner, simulator: Simulator, folder: Path) -> None:
        self._playbook_runner, self.simulator, self.folder = playbook_runner, simulator, folder
        simulator.edit("example.com", lookback_hops=0, drop_dispositions=["SPAM", "DEEPFAKE"], status="x\n- domain: evil.example")
        simulator.add_domain(domain="evil.example", transport="{{1+1}}", dmarc_status=TEMPLATE, inbox_provider="=cmd", folder=TEMPLATE, regions=["DE"])
        simulator.add_domain(domain="gateway.example", ip_restrictions=["192.0.2.1/24"], transport="no")
        simulator.add_domain(domain="under_score.example", transport="1:20", spf_status=None)

    def export(self, *arguments: str, environment: Mapping[str, str] | None = None) -> CommandResult:
        return self._playbook_runner.run_playbook(self.folder, "mailops.cloudflare.export", *arguments, environment=environment)

    def apply(self, *arguments: str) -> CommandResult:
        (self.folder / "apply.yml").write_text(APPLY, encoding="utf-8")
        return self._playbook_runner.run_playbook(self.folder, "apply.yml", "-e", "@email-security.yml", *arguments)

    def files(self, folder: str = ".") -> dict[str, str]:
        return {path.name: path.read_text(encoding="utf-8") for path in (self.folder / folder).glob("email-security*.*")}


@pytest.fixture
def export_folder(playbook_runner: PlaybookRunner, simulator: Simulator, tmp_path: Path) -> ExportFolder:
    return ExportFolder(playbook_runner, simulator, tmp_path)


@pytest.mark.nightly
def test_export_writes_all_files_and_is_idempotent(export_folder: ExportFolder) -> None:
    export_folder.simulator.configure(refuse_writes=True)
    first = export_folder.export()
    assert first.code == 0, first.output
    assert "changed=1 " in first.output
    written = export_folder.files()
    assert set(written) == FILES
    assert {stat.S_IMODE((export_folder.folder / name).stat().st_mode) for name in FILES} == {0o640}

    export_folder.simulator.habit(shuffle_lists=True, networks_bare=True, lower_case_status=True, upper_case_names=True, null_booleans=True, absent_nulls=True)
    again = export_folder.export()
    assert "changed=0 " in again.output, again.output
    assert export_folder.files() == written
    for text in written.values():
        assert not [secret for secret in (export_folder.simulator.account_id, export_folder.simulator.token, TENANT_ID) if secret in text]


FAR_CONNECTION = """\
from ansible.plugins.connection.local import Connection as Local

DOCUMENTATION = "name: far\\nshort_description: a host elsewhere\\noptions: {}\\n"


class Connection(Local):
    transport = "far"

    def exec_command(self, cmd, in_data=None, sudoable=True):
        if b"_ANSIBALLZ_" in (in_data or b""):
            self.note_module()
        return super().exec_command(cmd, in_data=in_data, sudoable=sudoable)

    def put_file(self, in_path, out_path):
        if "AnsiballZ_" in out_path:
            self.note_module()
        return super().put_file(in_path, out_path)

    def note_module(self):
        with open("modules", "a") as file:
            file.write("a module\\n")
"""
FAR_PLAY = """\
- hosts: far
  gather_facts: false
  become: true
  roles: [mailops.cloudflare.export]
"""


@pytest.mark.nightly
def test_files_are_written_where_ansible_runs(export_folder: ExportFolder) -> None:
    """The module runs on the host of the play, and the files stay with the user: the same path elsewhere would be nowhere."""
    folder = export_folder.folder
    (folder / "connection_plugins").mkdir()
    (folder / "connection_plugins/far.py").write_text(FAR_CONNECTION, encoding="utf-8")
    (folder / "hosts").write_text(f"far ansible_connection=far ansible_become=false ansible_python_interpreter={sys.executable}\n", encoding="utf-8")
    (folder / "play.yml").write_text(FAR_PLAY, encoding="utf-8")
    done = export_folder._playbook_runner.run_playbook(folder, "play.yml", "-i", "hosts")
    assert done.code == 0, done.output
    assert set(export_folder.files()) == FILES
    # Only email_security_account_info.
    assert (folder / "modules").read_text(encoding="utf-8") == "a module\n"


@pytest.mark.nightly
def test_apply_of_an_export_changes_nothing(export_folder: ExportFolder) -> None:
    assert export_folder.export().code == 0
    export_folder.simulator.configure(refuse_writes=True)
    applied = export_folder.apply("--check")
    assert applied.code == 0, applied.output
    assert "changed=0 " in applied.output
    export_folder.simulator.configure(refuse_writes=False)
    export_folder.simulator.edit("evil.example", regions=["US"])
    assert export_folder.apply().code == 2, "what has drifted since is found"
    stored = export_folder.simulator.domain("evil.example")
    assert (stored["regions"], stored["transport"]) == (["DE"], "{{1+1}}"), "what is no host is not declared, and stays as it is"


@pytest.mark.nightly
def test_audit_of_an_export_finds_no_drift(export_folder: ExportFolder) -> None:
    assert export_folder.export("-e", '{"export_formats": ["policy"]}').code == 0
    audited = export_folder._playbook_runner.run_playbook(
        export_folder.folder, "mailops.cloudflare.audit", "-e", "@email-security.yml", "-e", "audit_fail_on=drift"
    )
    assert audited.code == 0, audited.output


@pytest.mark.nightly
def test_text_of_the_server_is_neither_evaluated_nor_read_as_yaml(export_folder: ExportFolder) -> None:
    assert export_folder.export().code == 0
    written = export_folder.files()
    policy = written["email-security.yml"]
    assert "  # Not declared: transport is '{{1+1}}'; it must be a host name or an IP address" in policy
    assert f"# status ACTIVE, DMARC {TEMPLATE}, SPF good, inbox provider =cmd\n" in policy
    assert "# status X - DOMAIN: EVIL.EXAMPLE, DMARC good" in policy
    names = [entry.get("domain") for entry in yaml.safe_load(policy.replace("!unsafe", ""))["email_security_domains"]]
    assert sorted(filter(None, names)) == ["evil.example", "example.com", "mailbox.example", "xn--bcher-kva.example"]
    assert names.count(None) == 3, "two of one name, and one whose name is no option"
    [row] = [row for row in csv.DictReader(written["email-security-domains.csv"].removeprefix(BYTE_ORDER_MARK).splitlines()) if row["domain"] == "evil.example"]
    assert (row["inbox_provider"], row["dmarc_status"], row["transport"]) == ("'=cmd", TEMPLATE, "{{1+1}}")
    assert written["email-security-import.tf"].count("\nimport {\n") == len(export_folder.simulator.domains)


@pytest.mark.nightly
@pytest.mark.parametrize("folder", [".", "not/there/yet"])
def test_check_mode_shows_the_files_and_writes_none(export_folder: ExportFolder, folder: str) -> None:
    checked = export_folder.export("--check", "--diff", "-e", f"export_directory={folder}")
    assert checked.code == 0, checked.output
    assert "+email_security_domains:" in checked.output
    assert "+import {" in checked.output
    assert f"+{BYTE_ORDER_MARK}domain,id,allowed_delivery_modes" in checked.output
    assert not export_folder.files()
    assert not (export_folder.folder / "not").exists()


@pytest.mark.nightly
def test_directory_name_formats_and_mode_are_used(export_folder: ExportFolder) -> None:
    only_domains = '{"export_formats": ["csv"], "export_resources": ["domains"]}'
    done = export_folder.export("-e", "export_directory=a/b", "-e", "export_name=mail", "-e", only_domains, "-e", "export_mode='0600'")
    assert done.code == 0, done.output
    assert [path.name for path in (export_folder.folder / "a/b").iterdir()] == ["mail-domains.csv"]
    assert stat.S_IMODE((export_folder.folder / "a/b/mail-domains.csv").stat().st_mode) == 0o600
    elsewhere = export_folder.export("-e", f"export_directory={export_folder.folder}/c", "-e", '{"export_formats": ["policy", "terraform"]}')
    assert elsewhere.code == 0, elsewhere.output
    assert set(export_folder.files("c")) == FILES - TABLES


def test_unknown_format_is_refused(export_folder: ExportFolder) -> None:
    refused = export_folder.export("-e", '{"export_formats": ["pdf"]}')
    assert refused.code == 2
    assert "pdf" in refused.output
    assert not export_folder.files()


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ('{"export_formats": []}', "export_formats is [], and must contain one or more of policy, terraform, csv."),
        ('{"export_resources": []}', "export_resources is [], and must be all, or contain one or more of domains, allow_policies,"),
        ('{"export_resources": ["block_sender"]}', "export_resources is ['block_sender'], and must be all"),
        ('{"export_resources": "url_ignore_patterns", "export_formats": "csv"}', "Without policy in export_formats, it must contain one of domains,"),
        ('{"export_mode": "rw"}', "export_mode is rw."),
        ('{"export_name": "********"}', "The path must not contain ********"),
        ('{"export_replace": "perhaps"}', "export_replace"),
        ('{"export_name": {}}', "must be strings that are not blank"),
        ('{"export_directory": " "}', "must be strings that are not blank"),
        ('{"export_directory": []}', "must be strings that are not blank"),
        ('{"export_directory": "{{ nowhere | default(omit) }}"}', "must be strings that are not blank"),
    ],
)
@pytest.mark.first_cases(4)
def test_invalid_variable_is_refused_before_any_request(export_folder: ExportFolder, variables: str, words: str) -> None:
    export_folder.simulator.clear_journal()
    refused = export_folder.export("-e", variables)
    assert (refused.code, export_folder.simulator.journal, export_folder.files()) == (2, [], {}), refused.output
    assert words in " ".join(refused.output.split())


@pytest.mark.nightly
def test_variable_without_a_value_counts_as_not_given(export_folder: ExportFolder) -> None:
    names = ("directory", "name", "formats", "mode", "replace", "resources")
    done = export_folder.export("-e", json.dumps({f"export_{name}": None for name in names}))
    assert done.code == 0, done.output
    assert set(export_folder.files()) == FILES
    assert stat.S_IMODE((export_folder.folder / "email-security.yml").stat().st_mode) == 0o640


@pytest.mark.nightly
@pytest.mark.parametrize("arguments", [(), ("--check",)])
def test_different_policy_is_not_replaced_and_no_other_file_is_written(export_folder: ExportFolder, arguments: tuple[str, ...]) -> None:
    """The account has changed since, and the policy is what its owner has decided."""
    assert export_folder.export("-e", '{"export_formats": ["policy"]}').code == 0
    policy = export_folder.folder / "email-security.yml"
    policy.write_text(policy.read_text(encoding="utf-8") + "email_security_waivers: []\n", encoding="utf-8")
    written = export_folder.files()
    export_folder.simulator.edit("evil.example", transport="mx.evil.example")
    refused = export_folder.export(*arguments)
    assert refused.code == 2, refused.output
    assert "changed=0 " in refused.output
    assert export_folder.files() == written
    assert re.search(r'"- +# Not declared: transport is', refused.output), refused.output
    for line in ("+    transport: mx.evil.example", "-email_security_waivers: []"):
        assert f'"{line}"' in refused.output
    words = " ".join(refused.output.split())
    assert "These files differ from the account" in words
    assert "set export_replace to true" in words


@pytest.mark.nightly
def test_export_replace_replaces_files_and_keeps_backups(export_folder: ExportFolder) -> None:
    assert export_folder.export().code == 0
    before = export_folder.files()
    export_folder.simulator.edit("evil.example", transport="mx.evil.example")
    shown = export_folder.export("--check", "--diff", "-e", "export_replace=true")
    assert (shown.code, export_folder.files()) == (0, before), shown.output
    assert "+    transport: mx.evil.example" in shown.output
    done = export_folder.export("-e", "export_replace=true")
    assert done.code == 0, done.output
    after = export_folder.files()
    assert "    transport: mx.evil.example\n" in after["email-security.yml"]
    backups = {name: text for name, text in after.items() if name not in FILES}
    assert set(backups.values()) == {before["email-security.yml"], before["email-security-domains.csv"]}
    for line in ("Written: {}/email-security.yml", *(f"Backup: {{}}/{name}" for name in backups)):
        assert f'"{line.format(export_folder.folder)}"' in done.output
    assert f'"Would write: {export_folder.folder}/email-security.yml"' in shown.output
    again = export_folder.export("-e", "export_replace=true")
    assert "changed=0 " in again.output
    assert export_folder.files() == after


@pytest.mark.nightly
def test_file_that_differs_in_one_byte_is_not_replaced(export_folder: ExportFolder) -> None:
    assert export_folder.export("-e", '{"export_formats": ["csv"], "export_resources": ["domains"]}').code == 0
    table = export_folder.folder / "email-security-domains.csv"
    table.write_bytes(table.read_bytes().replace(b"\n", b"\r\n", 1) + b"\xff")
    kept = table.read_bytes()
    refused = export_folder.export()
    assert (refused.code, table.read_bytes()) == (2, kept), refused.output
    assert [path.name for path in export_folder.folder.glob("email-security*")] == [table.name]
    assert "(no line end)" in refused.output


@pytest.mark.parametrize("replace", ["true", "false"])
@pytest.mark.first_cases(1)
def test_special_file_is_neither_read_nor_replaced(export_folder: ExportFolder, replace: str) -> None:
    """Reading a pipe would never end."""
    os.mkfifo(export_folder.folder / "email-security-import.tf")
    refused = export_folder.export("-e", f"export_replace={replace}")
    assert refused.code == 2, refused.output
    assert "exists and is not a regular file" in refused.output
    assert [path.name for path in export_folder.folder.glob("email-security*")] == ["email-security-import.tf"]


@pytest.mark.parametrize("replace", ["true", "false"])
@pytest.mark.nightly
def test_account_without_domains_gives_no_policy(export_folder: ExportFolder, replace: str) -> None:
    assert export_folder.export().code == 0
    written = export_folder.files()
    export_folder.simulator.clear_domains()
    refused = export_folder.export("-e", f"export_replace={replace}")
    assert (refused.code, export_folder.files()) == (2, written), refused.output
    assert "The account has no mail domains" in refused.output
    table = export_folder.export("-e", '{"export_formats": ["csv", "terraform"], "export_name": "other"}')
    assert table.code == 0, table.output


def test_examples_of_the_module_run(export_folder: ExportFolder) -> None:
    examples = MODULE.read_text(encoding="utf-8").partition('EXAMPLES = r"""')[2].partition('"""')[0]
    play = {"hosts": "localhost", "gather_facts": False, "tasks": yaml.safe_load(examples.replace("/srv/policies", str(export_folder.folder / "kept")))}
    (export_folder.folder / "play.yml").write_text(json.dumps([play]), encoding="utf-8")
    for arguments, changed in ((["--check"], 2), ([], 2), ([], 0)):
        done = export_folder._playbook_runner.run_playbook(export_folder.folder, "play.yml", *arguments)
        assert done.code == 0, done.output
        assert f"changed={changed} " in done.output
    assert set(export_folder.files("live")) == {"email-security.yml", "email-security-block-senders.csv"}
    [policy] = (export_folder.folder / "kept").iterdir()
    assert (policy.name, stat.S_IMODE(policy.stat().st_mode)) == ("live.yml", 0o644)
    assert policy.read_text(encoding="utf-8") == export_folder.files("live")["email-security.yml"]


@pytest.mark.nightly
def test_unused_short_credential_does_not_mask_the_files(export_folder: ExportFolder) -> None:
    """The unused key is short enough to be part of a domain name."""
    export_folder.simulator.add_domain(domain="test.example", transport="mx.test.example")
    done = export_folder.export(environment={"CLOUDFLARE_API_KEY": "test", "CLOUDFLARE_EMAIL": "x"})
    assert done.code == 0, done.output
    files = export_folder.files()
    assert "  - domain: test.example\n" in files["email-security.yml"]
    assert "    transport: mx.test.example\n" in files["email-security.yml"]
    assert not [text for text in files.values() if "*****" in text]


@pytest.mark.nightly
def test_failed_read_leaves_the_files_unchanged(export_folder: ExportFolder) -> None:
    assert export_folder.export().code == 0
    written = export_folder.files()
    export_folder.simulator.fault("status", status=403, times=None)
    assert export_folder.export().code == 2
    assert export_folder.files() == written


@pytest.mark.nightly
def test_guide_every_command_succeeds(export_folder: ExportFolder) -> None:
    """The commands are run in their order in one folder. Those of Terraform are not run."""
    export_folder.simulator.clear_domains()
    for number in range(3):
        export_folder.simulator.add_domain(domain=f"d{number}.example", transport="mx.example.com", require_tls_inbound=number != 2)
    blocks = re.findall(r"^```console\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    scripts = [re.sub(r"^\$ ", "", block, flags=re.MULTILINE) for block in blocks if "terraform" not in block]
    assert len(scripts) >= 4
    for script in scripts:
        done = export_folder._playbook_runner.run_command(export_folder.folder, ["bash", "-euc", script])
        assert done.code == 0, f"{script}\n{done.output}"
    assert set(export_folder.files()) >= FILES
