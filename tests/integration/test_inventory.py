"""The inventory plugin, with ansible-inventory and ansible-playbook as a user runs them."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from integration.support.run_playbook import CommandResult, PlaybookRunner
from simulator import Simulator
from simulator.scenario import EMAIL, KEY, NO_PERMISSION_TOKEN, OTHER_ACCOUNT_ID, READ_TOKEN, WRITE_TOKEN

NAMES = ["example.com", "gateway.example", "mailbox.example", "xn--bcher-kva.example"]
ROOT = Path(__file__).parents[2]
# A file in a guide, after its name.
GUIDE_FILE = re.compile(r"^`([\w./]+)`:\n\n```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CANARY = "cfat_canary-5e1ec7ed-never-shown"
EVIL = "{{ lookup('ansible.builtin.pipe', 'touch evaluated') }}"
GROUPS: dict[str, Any] = {
    "keyed_groups": [
        {"key": "email_security_live.allowed_delivery_modes", "prefix": "delivery"},
        {"key": "email_security_live.status", "prefix": "status"},
    ],
    "groups": {"without_tls": "not email_security_live.require_tls_inbound"},
    "compose": {"next_hop": "email_security_live.transport"},
}
CACHE: dict[str, Any] = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": "cache"}
ENVIRONMENT_WITHOUT = {"CLOUDFLARE_API_TOKEN": "", "CLOUDFLARE_EMAIL": "", "CLOUDFLARE_API_KEY": ""}

Inventory = dict[str, Any]


class InventoryFolder:
    """A folder with an inventory file."""

    def __init__(self, playbook_runner: PlaybookRunner, folder: Path) -> None:
        self._playbook_runner, self.folder = playbook_runner, folder

    def write(self, options: dict[str, Any], name: str = "mail.email_security.yml") -> None:
        (self.folder / name).write_text(json.dumps({"plugin": "mailops.cloudflare.email_security", **options}), encoding="utf-8")

    def run(self, command: str, *arguments: str, source: str = "mail.email_security.yml", **environment: str) -> CommandResult:
        return self._playbook_runner.run_command(self.folder, [sys.executable, "-m", "ansible", command, "-i", source, *arguments], environment)

    def list(self, *arguments: str, **environment: str) -> Inventory:
        """The output of `ansible-inventory --list`. A source that cannot be read is an error."""
        done = self.run("inventory", "--list", "--output", "listed.json", *arguments, ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED="true", **environment)
        assert done.code == 0, done.output
        listed = self.folder / "listed.json"
        try:
            return json.loads(listed.read_text(encoding="utf-8"))
        finally:
            listed.unlink(missing_ok=True)

    def refusal(self, *arguments: str, **environment: str) -> str:
        """The output for a source that cannot be read."""
        done = self.run("inventory", "--graph", *arguments, **environment)
        assert "@email_security:" not in done.output
        assert "Traceback (most recent call last)" not in done.output
        return done.output

    def playbook(self, play: dict[str, Any], *arguments: str, **environment: str) -> CommandResult:
        (self.folder / "play.yml").write_text(json.dumps([{"gather_facts": False, "connection": "local", **play}]), encoding="utf-8")
        return self.run("playbook", "play.yml", *arguments, **environment)


def without_spaces(text: str) -> str:
    """The text without white space, because Ansible wraps lines."""
    return "".join(text.split())


def live(inventory: Inventory, name: str) -> dict[str, Any]:
    found: dict[str, Any] = inventory["_meta"]["hostvars"][name]["email_security_live"]
    return found


@pytest.fixture
def inventory_folder(simulator: Simulator, playbook_runner: PlaybookRunner, tmp_path: Path) -> InventoryFolder:
    return InventoryFolder(playbook_runner, tmp_path)


def test_domains_are_hosts_with_groups_and_one_variable(inventory_folder: InventoryFolder, simulator: Simulator) -> None:
    inventory_folder.write(GROUPS)
    listed = inventory_folder.list()
    assert listed["email_security"]["hosts"] == NAMES
    assert listed["delivery_DIRECT"]["hosts"] == [NAMES[0], NAMES[1], NAMES[3]]
    assert listed["delivery_API"]["hosts"] == listed["delivery_RETRO_SCAN"]["hosts"] == ["mailbox.example"]
    assert listed["status_PENDING"]["hosts"] == ["xn--bcher-kva.example"]
    assert listed["without_tls"]["hosts"] == NAMES[1:]
    # The last two are variables of the group.
    names = {"email_security_live", "next_hop", "ansible_connection", "ansible_python_interpreter"}
    assert {name: set(variables) for name, variables in listed["_meta"]["hostvars"].items()} == dict.fromkeys(NAMES, names)
    # As plain texts, which a controller can compare.
    assert live(listed, "gateway.example")["ip_restrictions"] == ["192.0.2.0/24", "2001:db8::/32"]
    assert listed["_meta"]["hostvars"]["gateway.example"]["next_hop"] == "mx.gateway.example"
    assert [entry["method"] for entry in simulator.journal] == ["GET"]


def test_example_lists_the_account(inventory_folder: InventoryFolder, simulator: Simulator) -> None:
    from ansible_collections.mailops.cloudflare.plugins.inventory import email_security

    example = email_security.EXAMPLES.replace("0123456789abcdef0123456789abcdef", simulator.account_id)
    assert simulator.account_id in example
    (inventory_folder.folder / "mail.email_security.yml").write_text(example, encoding="utf-8")
    (inventory_folder.folder / "home/.config").mkdir(parents=True)
    (inventory_folder.folder / "home/.config/cloudflare-email-security").write_text(f"{READ_TOKEN}\n", encoding="utf-8")
    listed = inventory_folder.list(**ENVIRONMENT_WITHOUT, CLOUDFLARE_ACCOUNT_ID="")
    assert listed["email_security"]["hosts"] == [NAMES[0], NAMES[1], NAMES[3]]
    assert {"region_GLOBAL", "status_PENDING", "behind_a_gateway", "without_tls"} <= set(listed)
    assert listed["_meta"]["hostvars"]["gateway.example"]["next_hop"] == "mx.gateway.example"
    assert inventory_folder.list(**ENVIRONMENT_WITHOUT, CLOUDFLARE_ACCOUNT_ID="") == listed
    assert len(simulator.journal) == 1, "the second time it is read from the cache"


def test_host_variable_equals_the_result_of_the_info_module(inventory_folder: InventoryFolder) -> None:
    inventory_folder.write({})
    task = {"mailops.cloudflare.email_security_domain_info": {"domain": "{{ inventory_hostname }}"}, "register": "read"}
    same = {"ansible.builtin.assert": {"that": ["read.domains == [email_security_live]"]}}
    done = inventory_folder.playbook({"hosts": "email_security", "tasks": [task, same]})
    assert done.code == 0, done.output


def test_graph_shows_the_groups(inventory_folder: InventoryFolder) -> None:
    inventory_folder.write({"groups": {"gateways": "email_security_live.ip_restrictions != []"}}, "email_security.yaml")
    done = inventory_folder.run("inventory", "--graph", source="email_security.yaml")
    assert "|--@gateways:\n  |  |--gateway.example\n" in done.output


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"domain": ["EXAMPLE.com.", "bücher.example", "not.there.example"]}, [NAMES[0], NAMES[3]]),
        ({"domain": []}, []),
        ({"status": "PENDING"}, [NAMES[3]]),
        ({"allowed_delivery_mode": "API"}, [NAMES[2]]),
        ({"search": "{{ wanted }}"}, [NAMES[1]]),
        ({"integration_id": "5E1C1F0A-4d6b-4c53-9a83-0f2d6a1b7c11"}, [NAMES[2]]),
    ],
)
@pytest.mark.first_cases(2)
def test_filter_limits_the_hosts(inventory_folder: InventoryFolder, options: dict[str, Any], expected: list[str]) -> None:
    inventory_folder.write(options)
    assert inventory_folder.list("-e", "wanted=gateway").get("email_security", {}).get("hosts", []) == expected


@pytest.mark.nightly
def test_2500_domains_cost_three_requests_with_and_without_totals(inventory_folder: InventoryFolder, simulator: Simulator) -> None:
    simulator.clear_domains()
    for number in range(2500):
        simulator.add_domain(domain=f"d{number:04}.example")
    inventory_folder.write({})
    assert len(inventory_folder.list()["email_security"]["hosts"]) == 2500
    assert [entry["path"].rpartition("/")[2] for entry in simulator.journal] == ["domains"] * 3
    simulator.habit(no_total=True)
    simulator.clear_journal()
    assert len(inventory_folder.list()["email_security"]["hosts"]) == 2500
    assert len(simulator.journal) == 3, "a page that is not full is the last one"


@pytest.mark.nightly
def test_cache_is_used_until_it_is_flushed(inventory_folder: InventoryFolder, simulator: Simulator) -> None:
    inventory_folder.write({**GROUPS, **CACHE})
    first = inventory_folder.list()
    simulator.clear_journal()
    simulator.remove("gateway.example")
    assert inventory_folder.list() == first
    assert simulator.journal == []
    flush = inventory_folder.playbook({"hosts": "email_security", "tasks": []}, "--flush-cache")
    assert flush.code == 0, flush.output
    assert inventory_folder.list()["email_security"]["hosts"] == [NAMES[0], *NAMES[2:]]
    assert len(simulator.journal) == 1


@pytest.mark.nightly
def test_refresh_inventory_reads_the_account_again(inventory_folder: InventoryFolder, simulator: Simulator) -> None:
    inventory_folder.write(CACHE)
    inventory_folder.list()
    simulator.remove("gateway.example")
    refresh = {"ansible.builtin.meta": "refresh_inventory"}
    say = {"ansible.builtin.debug": {"msg": "there are {{ groups.email_security | length }}"}, "run_once": True}
    done = inventory_folder.playbook({"hosts": "email_security", "tasks": [say, refresh, say]})
    assert "there are 4" in done.output
    assert "there are 3" in done.output


def test_cache_is_separate_for_each_account_and_filter_and_has_no_credential(inventory_folder: InventoryFolder, simulator: Simulator) -> None:
    simulator.edit("example.com", x_note=READ_TOKEN)
    secret = {**ENVIRONMENT_WITHOUT, "CLOUDFLARE_API_TOKEN": READ_TOKEN, "CLOUDFLARE_API_KEY": CANARY}
    inventory_folder.write(CACHE)
    assert len(inventory_folder.list(**secret)["email_security"]["hosts"]) == 4
    assert "email_security" not in inventory_folder.list(**secret, CLOUDFLARE_ACCOUNT_ID=OTHER_ACCOUNT_ID)["_meta"]["hostvars"]
    inventory_folder.write({**CACHE, "status": "PENDING"})
    assert inventory_folder.list(**secret)["email_security"]["hosts"] == [NAMES[3]]
    assert len(simulator.journal) == 3
    files = list((inventory_folder.folder / "cache").iterdir())
    assert len(files) == 3
    for text in (text for file in files for text in (file.name, file.read_text(encoding="utf-8"))):
        assert not {secret for secret in (READ_TOKEN, WRITE_TOKEN) if secret in text}


@pytest.mark.parametrize("cached", [False, True], ids=["read", "from the cache"])
def test_template_from_the_server_is_not_evaluated(inventory_folder: InventoryFolder, simulator: Simulator, cached: bool) -> None:
    simulator.edit("example.com", transport=EVIL, x_note={"{{ 1000 * 1234 }}": ["{{ 1000 * 1234 }}"]})
    inventory_folder.write(
        {**GROUPS, **CACHE, "compose": {"next_hop": "email_security_live.transport"}, "keyed_groups": [{"key": "email_security_live.transport"}]}
    )
    if cached:
        inventory_folder.list()
        simulator.clear_journal()
    say = {"ansible.builtin.debug": {"msg": "{{ email_security_live.transport }} {{ next_hop }} {{ email_security_live.x_note }} {{ 6 * 7 }}"}}
    done = inventory_folder.playbook({"hosts": "example.com", "tasks": [say]}, "-vvvv")
    assert done.code == 0, done.output
    assert EVIL.replace("'", "") in done.output.replace("'", "")
    assert "42" in done.output
    assert "{{ 1000 * 1234 }}" in done.output
    assert "1234000" not in done.output
    assert not list(inventory_folder.folder.rglob("evaluated"))
    assert len(simulator.journal) == (0 if cached else 1)


@pytest.mark.nightly
def test_saved_list_as_an_inventory_does_not_evaluate_templates(inventory_folder: InventoryFolder, simulator: Simulator) -> None:
    """A controller stores the output of ansible-inventory and gives it to the job."""
    simulator.edit("example.com", transport=EVIL)
    inventory_folder.write({})
    inventory_folder.run("inventory", "--list", "--export", "--output", "kept.json")
    script = inventory_folder.folder / "inventory.sh"
    script.write_text("#!/bin/sh\ncat kept.json\n", encoding="utf-8")
    script.chmod(0o755)
    (inventory_folder.folder / "say.yml").write_text(
        json.dumps([{"hosts": "example.com", "gather_facts": False, "tasks": [{"ansible.builtin.debug": {"msg": "{{ email_security_live.transport }}"}}]}])
    )
    done = inventory_folder.run("playbook", "say.yml", source="inventory.sh")
    assert done.code == 0, done.output
    assert "touch evaluated" in done.output
    assert not list(inventory_folder.folder.rglob("evaluated"))


# In place of ssh: writes down its arguments and input, and refuses the connection.
SSH = """#!/bin/sh
{ echo "called: $*"; timeout 2 cat; } >> "$SSH_CALLS"
exit 255
"""
# Places where a user may set the connection. All of them have precedence over the group variables of the plugin.
USER_VARIABLES: dict[str, tuple[dict[str, str], dict[str, Any], list[str]]] = {
    "group_vars of all": ({"group_vars/all.yml": "ansible_connection: ssh"}, {}, []),
    "group_vars of the group": ({"group_vars/email_security.yml": "ansible_connection: ssh"}, {}, []),
    "group_vars of another group": ({"group_vars/delivery_DIRECT.yml": "ansible_connection: ssh"}, {}, []),
    "host_vars": ({"host_vars/example.com.yml": "ansible_connection: ssh"}, {}, []),
    "variables of the play": ({}, {"vars": {"ansible_connection": "ssh"}}, []),
    "extra variables": ({}, {}, ["-e", "ansible_connection=ssh"]),
    "a later source, of the group": ({"z.ini": "[email_security:vars]\nansible_connection=ssh\n"}, {}, ["-i", "z.ini"]),
}


@pytest.fixture
def ssh_calls(inventory_folder: InventoryFolder, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file with the calls of ssh. It does not exist if there were none."""
    (inventory_folder.folder / "ssh").write_text(SSH, encoding="utf-8")
    (inventory_folder.folder / "ssh").chmod(0o700)
    return inventory_folder.folder / "notes-of-ssh"


def run_on_domains(inventory_folder: InventoryFolder, notes: Path, play: dict[str, Any], *arguments: str, **environment: str) -> CommandResult:
    """Run a play that ignores that its hosts are no machines: it gathers facts, and a token is among the module defaults."""
    changed = {
        "hosts": "email_security",
        "gather_facts": True,
        "module_defaults": {"group/mailops.cloudflare.all": {"api_token": WRITE_TOKEN}},
        "tasks": [{"mailops.cloudflare.email_security_domain": {"domain_id": "{{ email_security_live.id }}", "lookback_hops": 7}}],
        **play,
    }
    (inventory_folder.folder / "play.yml").write_text(json.dumps([changed]), encoding="utf-8")
    ssh = {"ANSIBLE_SSH_EXECUTABLE": str(inventory_folder.folder / "ssh"), "SSH_CALLS": str(notes), "ANSIBLE_HOST_KEY_CHECKING": "false"}
    return inventory_folder.run("playbook", "play.yml", *arguments, **ssh, ANSIBLE_PYTHON_INTERPRETER="auto_silent", **environment)


@pytest.mark.parametrize("cached", [False, True], ids=["read", "from the cache"])
@pytest.mark.nightly
def test_play_on_domains_never_connects_to_them(inventory_folder: InventoryFolder, simulator: Simulator, ssh_calls: Path, cached: bool) -> None:
    inventory_folder.write({**GROUPS, **CACHE})
    # A setting for the machines of another inventory source.
    (inventory_folder.folder / "machines.ini").write_text("[all:vars]\nansible_connection=ssh\n[machines]\n", encoding="utf-8")
    if cached:
        inventory_folder.list()
        simulator.clear_journal()
    done = run_on_domains(inventory_folder, ssh_calls, {}, "-vvv", "-i", "machines.ini")
    assert done.code == 0, done.output
    assert not ssh_calls.exists()
    assert {settings_of(simulator, "lookback_hops")[name][0] for name in NAMES} == {7}
    assert len([entry for entry in simulator.journal if entry["path"].endswith("/domains")]) == (0 if cached else 1)
    # The interpreter is the Python of Ansible, so the module runs in the process of the task.
    assert "discovered_interpreter_python" not in done.output
    module = done.output[done.output.rindex("TASK [mailops.cloudflare.email_security_domain]") :]
    assert "EXEC" not in module


@pytest.mark.parametrize("where", USER_VARIABLES)
@pytest.mark.first_cases(1)
def test_connection_variable_of_the_user_has_precedence(inventory_folder: InventoryFolder, ssh_calls: Path, where: str) -> None:
    files, play, arguments = USER_VARIABLES[where]
    inventory_folder.write({**GROUPS, "domain": ["example.com"]})
    for name, text in files.items():
        (inventory_folder.folder / name).parent.mkdir(exist_ok=True)
        (inventory_folder.folder / name).write_text(text, encoding="utf-8")
    done = run_on_domains(inventory_folder, ssh_calls, {"gather_facts": False, **play}, *arguments)
    assert done.code != 0
    assert "example.com" in ssh_calls.read_text(encoding="utf-8")


def test_interpreter_variable_of_the_user_has_precedence(inventory_folder: InventoryFolder, ssh_calls: Path) -> None:
    inventory_folder.write({"domain": ["example.com"]})
    other = str(Path(sys.executable).with_name("python" if Path(sys.executable).name == "python3" else "python3"))
    done = run_on_domains(inventory_folder, ssh_calls, {"gather_facts": False, "vars": {"ansible_python_interpreter": other}}, "-vvv")
    assert done.code == 0, done.output
    assert "EXEC" in done.output


@pytest.mark.parametrize("must_be_read", [True, False])
def test_refused_credential_fails_the_run_if_unparsed_sources_are_errors(inventory_folder: InventoryFolder, must_be_read: bool) -> None:
    inventory_folder.write({"api_token": CANARY})
    setting = {"ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true"} if must_be_read else {}
    done = inventory_folder.playbook({"hosts": "email_security", "tasks": []}, **setting)
    assert (done.code != 0) is must_be_read
    assert "Authentication error" in done.output


def write_guide_files(inventory_folder: InventoryFolder) -> None:
    """Write the files that the guide shows."""
    for name, text in GUIDE_FILE.findall((ROOT / "docs" / "inventory.md").read_text(encoding="utf-8")):
        file = inventory_folder.folder / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")


def settings_of(simulator: Simulator, *names: str) -> dict[str, list[Any]]:
    return {domain["domain"]: [domain[name] for name in names] for domain in simulator.domains}


GATEWAY = ["192.0.2.25/32", "198.51.100.0/24", "2001:db8:25::/48"]


@pytest.mark.nightly
def test_guide_play_applies_the_policy_variables(inventory_folder: InventoryFolder, simulator: Simulator) -> None:
    simulator.add_domain(domain="devices.example.org", require_tls_outbound=True)
    simulator.add_domain(domain="partners.example.net", ip_restrictions=[], lookback_hops=1, require_tls_outbound=False)
    fields = ("ip_restrictions", "lookback_hops", "require_tls_outbound")
    before = settings_of(simulator, *fields)
    write_guide_files(inventory_folder)
    checked = inventory_folder.run("playbook", "protect.yml", "--check")
    assert checked.code == 0, checked.output
    assert settings_of(simulator, *fields) == before
    limited = inventory_folder.run("playbook", "protect.yml", "--limit", "devices.example.org")
    assert limited.code == 0, limited.output
    devices = [*before["devices.example.org"][:2], False]
    assert settings_of(simulator, *fields) == before | {"devices.example.org": devices}
    whole = inventory_folder.run("playbook", "protect.yml")
    assert whole.code == 0, whole.output
    inline = {name: [*before[name][:2], True] for name in (NAMES[0], NAMES[1], NAMES[3])}
    # A mailbox scan delivers nothing, so nothing is declared for it.
    expected = {**before, **inline, "devices.example.org": devices, "partners.example.net": [GATEWAY, 2, True]}
    assert settings_of(simulator, *fields) == expected
    simulator.clear_journal()
    again = inventory_folder.run("playbook", "protect.yml")
    assert again.output.count("changed=0") == 6
    assert [entry["method"] for entry in simulator.journal] == ["GET"] * 7


def test_guide_play_restores_emptied_restrictions(inventory_folder: InventoryFolder, simulator: Simulator) -> None:
    simulator.add_domain(domain="partners.example.net", ip_restrictions=[], lookback_hops=2)
    write_guide_files(inventory_folder)
    assert inventory_folder.run("playbook", "protect.yml", "--limit", "partners.example.net").code == 0
    assert settings_of(simulator, "ip_restrictions")["partners.example.net"] == [GATEWAY]


# Options of the file, environment, and part of the message.
REFUSED: dict[str, tuple[dict[str, Any], dict[str, str], str]] = {
    "a wrong token": ({"api_token": CANARY}, {}, 'answered 401 Unauthorized: "Authentication error" (code 10000)'),
    "a wrong token in the environment": ({}, {"CLOUDFLARE_API_TOKEN": CANARY}, "Check the credential"),
    "no permission": ({}, {"CLOUDFLARE_API_TOKEN": NO_PERMISSION_TOKEN}, "Cloud Email Security: Read"),
    "no credential": ({}, ENVIRONMENT_WITHOUT, "No credential: set api_token (or the environment variable CLOUDFLARE_API_TOKEN)"),
    "half a credential in the file": ({"api_key": CANARY}, {}, "api_key requires api_email: set api_email"),
    "no account": ({}, {"CLOUDFLARE_ACCOUNT_ID": ""}, "No account: set account_id"),
    "a credential for an account": ({"account_id": CANARY}, {}, "must be 32 hexadecimal characters"),
    "a line end in a credential": ({"api_token": f"{CANARY}\n{CANARY}"}, {}, "cannot be a credential"),
    "a list for a credential": ({"api_token": [CANARY]}, {}, "api_token"),
    "a credential for a number": ({"timeout": CANARY, "api_token": CANARY}, {}, "timeout"),
    "a credential for a choice": ({"status": CANARY, "api_token": CANARY}, {}, "PENDING, ACTIVE, FAILED, TIMEOUT"),
    "a credential for a name": ({"domain": [f"{CANARY}."], "api_token": CANARY}, {}, "is not a domain name"),
    "a filter that does not exist": ({"statsu": "ACTIVE", "api_tokn": CANARY}, {}, "No such option: api_tokn, statsu. There are account_id, "),
    "an invalid template": ({"api_token": "{{ '" + CANARY + "' | nosuch }}"}, {}, "api_token is a template that Ansible cannot resolve"),
    "a variable that is not there": ({"account_id": "{{ nosuch }}"}, {}, "account_id is a template that Ansible cannot resolve: 'nosuch' is undefined"),
    "an address elsewhere": ({"base_url": f"https://user:{CANARY}@example.com"}, {}, "without a user name or password in it"),
    "no server": ({"base_url": "http://127.0.0.1:9", "max_wait": 0}, {}, "Could not list the domains"),
    "a strict expression": ({"strict": True, "compose": {"x": "nosuch.y"}}, {}, "Could not set x for host example.com: 'nosuch' is undefined"),
    "a strict group": ({"strict": True, "keyed_groups": [{"key": "nosuch.y"}]}, {}, "Could not generate group for host example.com from nosuch.y entry"),
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.first_cases(4)
def test_error_names_the_cause_and_no_credential(inventory_folder: InventoryFolder, case: str) -> None:
    options, environment, words = REFUSED[case]
    inventory_folder.write(options)
    said = without_spaces(inventory_folder.refusal("-vvvv", **environment))
    assert without_spaces(words) in said
    assert CANARY not in said


def test_failing_expression_is_skipped_without_strict(inventory_folder: InventoryFolder) -> None:
    inventory_folder.write({"compose": {"x": "nosuch.y", "y": "email_security_live.lookback_hops"}, "keyed_groups": [{"key": "nosuch.y"}]})
    listed = inventory_folder.list()
    assert listed["_meta"]["hostvars"]["gateway.example"]["y"] in (2, "2")
    assert "x" not in listed["_meta"]["hostvars"]["gateway.example"]


DOMAINS_THAT_CANNOT_BE_HOSTS: list[dict[str, Any]] = [
    *({"domain": name} for name in ("a[0:9].example", "x.example:22", "*.example", "localhost", "127.0.0.1", "all", EVIL, None)),
    *({"id": f"00000000-0000-4000-8000-00000000000{n}", "domain": name} for n, name in enumerate(("twice.example", "TWICE.example."))),
]


def test_domain_that_cannot_be_a_host_is_skipped_with_a_warning_or_an_error_if_strict(inventory_folder: InventoryFolder, simulator: Simulator) -> None:
    for domain in DOMAINS_THAT_CANNOT_BE_HOSTS:
        simulator.add_domain(**domain)
    inventory_folder.write({})
    said = inventory_folder.run("inventory", "--list", "--output", "listed.json").output
    assert json.loads((inventory_folder.folder / "listed.json").read_text(encoding="utf-8"))["email_security"]["hosts"] == NAMES
    words = [
        "Not in the inventory: ",
        *(f"The live domain {domain['domain']} (id" for domain in DOMAINS_THAT_CANNOT_BE_HOSTS[:6]),
        "2 live domains are named twice.example: 000",
    ]
    inventory_folder.write({"strict": True})
    for output in (said, inventory_folder.refusal()):
        assert [word for word in words[output != said :] if without_spaces(word) not in without_spaces(output)] == []
    assert not list(inventory_folder.folder.rglob("evaluated"))


@pytest.mark.nightly
def test_same_domain_of_two_sources_is_an_error(inventory_folder: InventoryFolder, simulator: Simulator) -> None:
    inventory_folder.write({})
    inventory_folder.write({}, "more.email_security.yml")
    assert inventory_folder.run("inventory", "--graph", "-i", "more.email_security.yml").output.count("--example.com") == 1
    simulator.habit(integer_ids=True)
    inventory_folder.write({"status": "PENDING", **CACHE})
    inventory_folder.list()
    simulator.habit(integer_ids=False)
    said = inventory_folder.run("inventory", "--graph", "-i", "more.email_security.yml").output
    assert without_spaces("xn--bcher-kva.example is a live mail domain of two inventory sources") in without_spaces(said)
    assert "--example.com" not in said


def test_domain_with_the_name_of_a_group_is_an_error(inventory_folder: InventoryFolder) -> None:
    inventory_folder.write({})
    (inventory_folder.folder / "a.ini").write_text("[example.com]\nwww.example.com\n", encoding="utf-8")
    said = inventory_folder.run("inventory", "--graph", "--vars", "-i", "mail.email_security.yml", source="a.ini").output
    assert without_spaces("example.com is a live mail domain, but also a group of another inventory source") in without_spaces(said)
    assert "email_security_live" not in said


CREDENTIAL_SOURCES: dict[str, tuple[dict[str, Any], dict[str, str], set[str]]] = {
    "token by a lookup": ({"api_token": "{{ lookup('ansible.builtin.env', 'MY_TOKEN') }}"}, {"MY_TOKEN": READ_TOKEN}, {"authorization"}),
    "email and key hide a token in the environment": (
        {"api_email": EMAIL, "api_key": KEY},
        {"CLOUDFLARE_API_TOKEN": CANARY},
        {"x-auth-email", "x-auth-key"},
    ),
    "what is null is not given": ({"api_token": None, "api_email": EMAIL, "api_key": KEY}, {}, {"x-auth-email", "x-auth-key"}),
    "half and half": ({"api_email": EMAIL}, {"CLOUDFLARE_API_KEY": KEY}, {"x-auth-email", "x-auth-key"}),
}


@pytest.mark.parametrize("way", CREDENTIAL_SOURCES)
@pytest.mark.first_cases(2)
def test_credentials_are_chosen_as_in_the_modules(inventory_folder: InventoryFolder, simulator: Simulator, way: str) -> None:
    options, environment, headers = CREDENTIAL_SOURCES[way]
    inventory_folder.write(options)
    assert len(inventory_folder.list(**{**ENVIRONMENT_WITHOUT, **environment})["email_security"]["hosts"]) == 4
    sent = {name.lower() for name in simulator.journal[-1]["headers"]}
    assert sent & {"authorization", "x-auth-email", "x-auth-key"} == headers


def test_vaulted_token_is_used(inventory_folder: InventoryFolder) -> None:
    (inventory_folder.folder / "password").write_text("open sesame", encoding="utf-8")
    vaulted = inventory_folder._playbook_runner.run_command(
        inventory_folder.folder,
        [sys.executable, "-m", "ansible", "vault", "encrypt_string", "--vault-password-file", "password", "--name", "api_token", READ_TOKEN],
    )
    assert "!vault" in vaulted.output
    text = vaulted.output.split("Encryption successful")[0]
    (inventory_folder.folder / "mail.email_security.yml").write_text(f"plugin: mailops.cloudflare.email_security\n{text}", encoding="utf-8")
    assert len(inventory_folder.list("--vault-password-file", "password", **ENVIRONMENT_WITHOUT)["email_security"]["hosts"]) == 4
    said = inventory_folder.refusal(**ENVIRONMENT_WITHOUT)
    assert "vault" in said.lower()


def test_file_with_another_name_is_not_read(inventory_folder: InventoryFolder, simulator: Simulator) -> None:
    inventory_folder.write({}, "mail.yml")
    assert "@email_security" not in inventory_folder.run("inventory", "--graph", source="mail.yml").output
    assert simulator.journal == []


def test_ansible_doc_shows_the_plugin(inventory_folder: InventoryFolder) -> None:
    done = inventory_folder._playbook_runner.run_command(
        inventory_folder.folder, [sys.executable, "-m", "ansible", "doc", "-t", "inventory", "mailops.cloudflare.email_security"]
    )
    assert done.code == 0, done.output
    assert "CLOUDFLARE_API_TOKEN" in done.output
    assert "keyed_groups" in done.output
