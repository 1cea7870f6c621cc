"""The role export, called by its playbook as a user does: what it writes, when it changes something, and what the files are good for."""

from __future__ import annotations

import csv
import json
import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from playing import Played, Player
from simulator import Simulator
from simulator.scenario import TENANT_ID

FILES = {"email-security.yml", "email-security-import.tf", "email-security-domains.csv"}
SUM = "{{ 1 + 1 }}"
GUIDE = Path(__file__).parents[2] / "docs/export.md"
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

# By which spreadsheets know UTF-8.
MARK = "\ufeff"


class House:
    """A user's folder, and an account in which somebody has left his traces."""

    def __init__(self, player: Player, simulator: Simulator, folder: Path) -> None:
        self._player, self.simulator, self.folder = player, simulator, folder
        simulator.edit("example.com", lookback_hops=0, drop_dispositions=["SPAM", "DEEPFAKE"], status="x\n- domain: evil.example")
        simulator.add_domain(domain="evil.example", transport="{{1+1}}", dmarc_status=SUM, inbox_provider="=cmd", folder=SUM, regions=["DE"])
        simulator.add_domain(domain="gateway.example", ip_restrictions=["192.0.2.1/24"], transport="no")
        simulator.add_domain(domain="under_score.example", transport="1:20", spf_status=None)

    def export(self, *arguments: str, environment: Mapping[str, str] | None = None) -> Played:
        return self._player.playbook(self.folder, "mailops.cloudflare.export", *arguments, environment=environment)

    def apply(self, *arguments: str) -> Played:
        (self.folder / "apply.yml").write_text(APPLY, encoding="utf-8")
        return self._player.playbook(self.folder, "apply.yml", "-e", "@email-security.yml", *arguments)

    def files(self, folder: str = ".") -> dict[str, str]:
        return {path.name: path.read_text(encoding="utf-8") for path in (self.folder / folder).glob("email-security*.*")}


@pytest.fixture
def house(player: Player, simulator: Simulator, tmp_path: Path) -> House:
    return House(player, simulator, tmp_path)


def test_three_files_once(house: House) -> None:
    house.simulator.configure(refuse_writes=True)
    first = house.export()
    assert first.code == 0, first.output
    assert "changed=3 " in first.output
    written = house.files()
    assert set(written) == FILES
    assert {stat.S_IMODE((house.folder / name).stat().st_mode) for name in FILES} == {0o640}

    house.simulator.habit(shuffle_lists=True, networks_bare=True, lower_case_status=True, upper_case_names=True, null_booleans=True, absent_nulls=True)
    again = house.export()
    assert "changed=0 " in again.output, again.output
    assert house.files() == written
    for text in written.values():
        assert not [secret for secret in (house.simulator.account_id, house.simulator.token, TENANT_ID) if secret in text]


def test_who_exports_and_applies_changes_nothing(house: House) -> None:
    assert house.export().code == 0
    house.simulator.configure(refuse_writes=True)
    applied = house.apply("--check")
    assert applied.code == 0, applied.output
    assert "changed=0 " in applied.output
    house.simulator.configure(refuse_writes=False)
    house.simulator.edit("evil.example", regions=["US"])
    assert house.apply().code == 2, "what has drifted since is found"
    stored = house.simulator.domain("evil.example")
    assert (stored["regions"], stored["transport"]) == (["DE"], "{{1+1}}"), "what is no host is not declared, and stays as it is"


@pytest.mark.nightly
def test_who_exports_and_audits_finds_no_drift(house: House) -> None:
    assert house.export("-e", '{"export_formats": ["policy"]}').code == 0
    audited = house._player.playbook(house.folder, "mailops.cloudflare.audit", "-e", "@email-security.yml", "-e", "audit_fail_on=drift")
    assert audited.code == 0, audited.output


def test_nothing_of_a_server_is_evaluated_or_read_as_yaml(house: House) -> None:
    assert house.export().code == 0
    written = house.files()
    policy = written["email-security.yml"]
    assert "  # Not declared: transport is '{{1+1}}'; it must be a host name or an IP address" in policy
    assert f"# status ACTIVE, DMARC {SUM}, SPF good, inbox provider =cmd\n" in policy
    assert "# status X - DOMAIN: EVIL.EXAMPLE, DMARC good" in policy
    names = [entry.get("domain") for entry in yaml.safe_load(policy.replace("!unsafe", ""))["email_security_domains"]]
    assert sorted(filter(None, names)) == ["evil.example", "example.com", "mailbox.example", "xn--bcher-kva.example"]
    assert names.count(None) == 3, "two of one name, and one whose name is no option"
    [row] = [row for row in csv.DictReader(written["email-security-domains.csv"].removeprefix(MARK).splitlines()) if row["domain"] == "evil.example"]
    assert (row["inbox_provider"], row["dmarc_status"], row["transport"]) == ("'=cmd", SUM, "{{1+1}}")
    assert written["email-security-import.tf"].count("\nimport {\n") == len(house.simulator.domains)


@pytest.mark.parametrize("folder", [".", "not/there/yet"])
@pytest.mark.first_cases(1)
def test_check_mode_shows_and_writes_nothing(house: House, folder: str) -> None:
    checked = house.export("--check", "--diff", "-e", f"export_directory={folder}")
    assert checked.code == 0, checked.output
    assert "+email_security_domains:" in checked.output
    assert "+import {" in checked.output
    assert f"+{MARK}domain,id,allowed_delivery_modes" in checked.output
    assert not house.files()
    assert not (house.folder / "not").exists()


def test_where_and_what_is_written_can_be_said(house: House) -> None:
    done = house.export("-e", "export_directory=a/b", "-e", "export_name=mail", "-e", '{"export_formats": ["csv"]}', "-e", "export_mode='0600'")
    assert done.code == 0, done.output
    assert [path.name for path in (house.folder / "a/b").iterdir()] == ["mail-domains.csv"]
    assert stat.S_IMODE((house.folder / "a/b/mail-domains.csv").stat().st_mode) == 0o600
    elsewhere = house.export("-e", f"export_directory={house.folder}/c", "-e", '{"export_formats": ["policy", "terraform"]}')
    assert elsewhere.code == 0, elsewhere.output
    assert set(house.files("c")) == FILES - {"email-security-domains.csv"}


def test_what_cannot_be_meant_is_refused(house: House) -> None:
    refused = house.export("-e", '{"export_formats": ["pdf"]}')
    assert refused.code == 2
    assert "pdf" in refused.output
    assert not house.files()


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ('{"export_formats": []}', "export_formats is [], and must contain one or more of policy, terraform, csv."),
        ('{"export_mode": "rw"}', "export_mode is rw."),
        ('{"export_name": "********"}', "The path must not contain ********"),
        ('{"export_replace": "perhaps"}', "export_replace"),
        ('{"export_name": {}}', "must be strings that are not blank"),
        ('{"export_directory": " "}', "must be strings that are not blank"),
        ('{"export_directory": []}', "must be strings that are not blank"),
        ('{"export_directory": "{{ nowhere | default(omit) }}"}', "must be strings that are not blank"),
    ],
)
@pytest.mark.first_cases(3)
def test_it_is_refused_before_anything_is_read(house: House, variables: str, words: str) -> None:
    house.simulator.clear_journal()
    refused = house.export("-e", variables)
    assert (refused.code, house.simulator.journal, house.files()) == (2, [], {}), refused.output
    assert words in " ".join(refused.output.split())


@pytest.mark.first_cases(1)
def test_a_variable_with_nothing_under_it_counts_as_not_given(house: House) -> None:
    names = ("directory", "name", "formats", "mode", "replace")
    done = house.export("-e", json.dumps({f"export_{name}": None for name in names}))
    assert done.code == 0, done.output
    assert set(house.files()) == FILES
    assert stat.S_IMODE((house.folder / "email-security.yml").stat().st_mode) == 0o640


@pytest.mark.parametrize("arguments", [(), ("--check",)])
@pytest.mark.first_cases(1)
def test_a_policy_that_differs_is_not_replaced_and_no_other_file_is_written(house: House, arguments: tuple[str, ...]) -> None:
    """Somebody has changed the account since, and the policy says what its owner has decided."""
    assert house.export("-e", '{"export_formats": ["policy"]}').code == 0
    policy = house.folder / "email-security.yml"
    policy.write_text(policy.read_text(encoding="utf-8") + "email_security_waivers: []\n", encoding="utf-8")
    written = house.files()
    house.simulator.edit("evil.example", transport="mx.evil.example")
    refused = house.export(*arguments)
    assert refused.code == 2, refused.output
    assert "changed=0 " in refused.output
    assert house.files() == written
    assert re.search(r'"- +# Not declared: transport is', refused.output), refused.output
    for line in ("+    transport: mx.evil.example", "-email_security_waivers: []"):
        assert f'"{line}"' in refused.output
    words = " ".join(refused.output.split())
    assert "These files differ from the account" in words
    assert "set export_replace to true" in words


def test_who_says_so_replaces_a_policy_and_has_the_old_one_as_a_backup(house: House) -> None:
    assert house.export().code == 0
    before = house.files()
    house.simulator.edit("evil.example", transport="mx.evil.example")
    shown = house.export("--check", "--diff", "-e", "export_replace=true")
    assert (shown.code, house.files()) == (0, before), shown.output
    assert "+    transport: mx.evil.example" in shown.output
    done = house.export("-e", "export_replace=true")
    assert done.code == 0, done.output
    after = house.files()
    assert "    transport: mx.evil.example\n" in after["email-security.yml"]
    assert {text for name, text in after.items() if name not in FILES} == {before["email-security.yml"], before["email-security-domains.csv"]}
    again = house.export("-e", "export_replace=true")
    assert "changed=0 " in again.output
    assert house.files() == after


@pytest.mark.nightly
def test_files_are_compared_byte_by_byte(house: House) -> None:
    assert house.export("-e", '{"export_formats": ["csv"]}').code == 0
    table = house.folder / "email-security-domains.csv"
    table.write_bytes(table.read_bytes().replace(b"\n", b"\r\n", 1) + b"\xff")
    kept = table.read_bytes()
    refused = house.export()
    assert (refused.code, table.read_bytes()) == (2, kept), refused.output
    assert [path.name for path in house.folder.glob("email-security*")] == [table.name]
    assert "(no line end)" in refused.output


@pytest.mark.parametrize("replace", ["true", "false"])
@pytest.mark.first_cases(1)
def test_what_is_no_file_is_not_written_over(house: House, replace: str) -> None:
    """Nor read: a pipe would never end."""
    os.mkfifo(house.folder / "email-security-import.tf")
    refused = house.export("-e", f"export_replace={replace}")
    assert refused.code == 2, refused.output
    assert "exists and is not a regular file" in refused.output
    assert [path.name for path in house.folder.glob("email-security*")] == ["email-security-import.tf"]


@pytest.mark.parametrize("replace", ["true", "false"])
@pytest.mark.first_cases(1)
def test_an_account_without_domains_makes_no_policy(house: House, replace: str) -> None:
    assert house.export().code == 0
    written = house.files()
    house.simulator.clear_domains()
    refused = house.export("-e", f"export_replace={replace}")
    assert (refused.code, house.files()) == (2, written), refused.output
    assert "The account has no mail domains" in refused.output
    table = house.export("-e", '{"export_formats": ["csv", "terraform"], "export_name": "other"}')
    assert table.code == 0, table.output


@pytest.mark.nightly
def test_a_credential_that_is_not_sent_changes_nothing_in_the_files(house: House) -> None:
    """Left over, and short enough to be part of a name."""
    house.simulator.add_domain(domain="test.example", transport="mx.test.example")
    done = house.export(environment={"CLOUDFLARE_API_KEY": "test", "CLOUDFLARE_EMAIL": "x"})
    assert done.code == 0, done.output
    files = house.files()
    assert "  - domain: test.example\n" in files["email-security.yml"]
    assert "    transport: mx.test.example\n" in files["email-security.yml"]
    assert not [text for text in files.values() if "*****" in text]


def test_an_account_that_cannot_be_read_leaves_the_files_as_they_are(house: House) -> None:
    assert house.export().code == 0
    written = house.files()
    house.simulator.fault("status", status=403, times=None)
    assert house.export().code == 2
    assert house.files() == written


def test_the_guide_is_true(house: House) -> None:
    """Each of its commands, in its order, in one folder; Terraform's are not run."""
    house.simulator.clear_domains()
    for number in range(3):
        house.simulator.add_domain(domain=f"d{number}.example", transport="mx.example.com", require_tls_inbound=number != 2)
    blocks = re.findall(r"^```console\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    scripts = [re.sub(r"^\$ ", "", block, flags=re.MULTILINE) for block in blocks if "terraform" not in block]
    assert len(scripts) >= 4
    for script in scripts:
        done = house._player.command(house.folder, ["bash", "-euc", script])
        assert done.code == 0, f"{script}\n{done.output}"
    assert set(house.files()) >= FILES
