"""The role export, called by its playbook as a user does: what it writes, when it changes something, and what the files are good for."""

from __future__ import annotations

import csv
import re
import stat
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


class House:
    """A user's folder, and an account in which somebody has left his traces."""

    def __init__(self, player: Player, simulator: Simulator, folder: Path) -> None:
        self._player, self.simulator, self.folder = player, simulator, folder
        simulator.edit("example.com", lookback_hops=0, drop_dispositions=["SPAM", "DEEPFAKE"], status="x\n- domain: evil.example")
        simulator.add_domain(domain="evil.example", transport="{{1+1}}", dmarc_status=SUM, inbox_provider="=cmd", folder=SUM, regions=["DE"])
        simulator.add_domain(domain="gateway.example", ip_restrictions=["192.0.2.1/24"], transport="no")
        simulator.add_domain(domain="under_score.example", transport="1:20", spf_status=None)

    def export(self, *arguments: str) -> Played:
        return self._player.playbook(self.folder, "mailops.cloudflare.export", *arguments)

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
    [row] = [row for row in csv.DictReader(written["email-security-domains.csv"].splitlines()) if row["domain"] == "evil.example"]
    assert (row["inbox_provider"], row["dmarc_status"], row["transport"]) == ("'=cmd", SUM, "{{1+1}}")
    assert written["email-security-import.tf"].count("\nimport {\n") == len(house.simulator.domains)


@pytest.mark.parametrize("folder", [".", "not/there/yet"])
def test_check_mode_shows_and_writes_nothing(house: House, folder: str) -> None:
    checked = house.export("--check", "--diff", "-e", f"export_directory={folder}")
    assert checked.code == 0, checked.output
    assert "+email_security_domains:" in checked.output
    assert "+import {" in checked.output
    assert "+domain,id,allowed_delivery_modes" in checked.output
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
