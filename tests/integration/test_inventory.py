"""The inventory plugin, with ansible-inventory and ansible-playbook as a user calls them."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from playing import Played, Player
from simulator import Simulator
from simulator.scenario import EMAIL, KEY, NO_PERMISSION_TOKEN, OTHER_ACCOUNT_ID, READ_TOKEN, WRITE_TOKEN

NAMES = ["example.com", "gateway.example", "mailbox.example", "xn--bcher-kva.example"]
ROOT = Path(__file__).parents[2]
# A file that a guide shows under its name.
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


class Desk:
    """A folder in which somebody works with an inventory file."""

    def __init__(self, player: Player, folder: Path) -> None:
        self._player, self.folder = player, folder

    def write(self, options: dict[str, Any], name: str = "mail.email_security.yml") -> None:
        (self.folder / name).write_text(json.dumps({"plugin": "mailops.cloudflare.email_security", **options}), encoding="utf-8")

    def run(self, command: str, *arguments: str, source: str = "mail.email_security.yml", **environment: str) -> Played:
        return self._player.command(self.folder, [sys.executable, "-m", "ansible", command, "-i", source, *arguments], environment)

    def list(self, *arguments: str, **environment: str) -> Inventory:
        """What `ansible-inventory --list` says, with a failed source an error."""
        done = self.run("inventory", "--list", "--output", "listed.json", *arguments, ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED="true", **environment)
        assert done.code == 0, done.output
        listed = self.folder / "listed.json"
        try:
            return plain(json.loads(listed.read_text(encoding="utf-8")))
        finally:
            listed.unlink(missing_ok=True)

    def refusal(self, *arguments: str, **environment: str) -> str:
        """What is said of a source that cannot be read."""
        done = self.run("inventory", "--graph", *arguments, **environment)
        assert "@email_security:" not in done.output
        assert "Traceback (most recent call last)" not in done.output
        return done.output

    def playbook(self, play: dict[str, Any], *arguments: str, **environment: str) -> Played:
        (self.folder / "play.yml").write_text(json.dumps([{"gather_facts": False, "connection": "local", **play}]), encoding="utf-8")
        return self.run("playbook", "play.yml", *arguments, **environment)


def plain(value: Any) -> Any:
    """Without the marks by which JSON tells texts that are no templates."""
    if isinstance(value, dict):
        return value["__ansible_unsafe"] if set(value) == {"__ansible_unsafe"} else {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def squeezed(text: str) -> str:
    """Without white space: Ansible breaks lines where it likes."""
    return "".join(text.split())


def live(inventory: Inventory, name: str) -> dict[str, Any]:
    found: dict[str, Any] = inventory["_meta"]["hostvars"][name]["email_security_live"]
    return found


@pytest.fixture
def desk(simulator: Simulator, player: Player, tmp_path: Path) -> Desk:
    return Desk(player, tmp_path)


def test_domains_are_hosts_in_groups_with_one_variable(desk: Desk, simulator: Simulator) -> None:
    desk.write(GROUPS)
    listed = desk.list()
    assert listed["email_security"]["hosts"] == NAMES
    assert listed["delivery_DIRECT"]["hosts"] == [NAMES[0], NAMES[1], NAMES[3]]
    assert listed["delivery_API"]["hosts"] == listed["delivery_RETRO_SCAN"]["hosts"] == ["mailbox.example"]
    assert listed["status_PENDING"]["hosts"] == ["xn--bcher-kva.example"]
    assert listed["without_tls"]["hosts"] == NAMES[1:]
    # Beside what is the group's.
    names = {"email_security_live", "next_hop", "ansible_connection", "ansible_python_interpreter"}
    assert {name: set(variables) for name, variables in listed["_meta"]["hostvars"].items()} == dict.fromkeys(NAMES, names)
    assert live(listed, "gateway.example")["ip_restrictions"] == ["192.0.2.0/24", "2001:db8::/32"]
    assert listed["_meta"]["hostvars"]["gateway.example"]["next_hop"] == "mx.gateway.example"
    assert [entry["method"] for entry in simulator.journal] == ["GET"]


def test_the_example_works(desk: Desk, simulator: Simulator) -> None:
    from ansible_collections.mailops.cloudflare.plugins.inventory import email_security

    example = email_security.EXAMPLES.replace("0123456789abcdef0123456789abcdef", simulator.account_id)
    assert simulator.account_id in example
    (desk.folder / "mail.email_security.yml").write_text(example, encoding="utf-8")
    (desk.folder / "home/.config").mkdir(parents=True)
    (desk.folder / "home/.config/cloudflare-email-security").write_text(f"{READ_TOKEN}\n", encoding="utf-8")
    listed = desk.list(**ENVIRONMENT_WITHOUT, CLOUDFLARE_ACCOUNT_ID="")
    assert listed["email_security"]["hosts"] == [NAMES[0], NAMES[1], NAMES[3]]
    assert {"region_GLOBAL", "status_PENDING", "behind_a_gateway", "without_tls"} <= set(listed)
    assert listed["_meta"]["hostvars"]["gateway.example"]["next_hop"] == "mx.gateway.example"
    assert desk.list(**ENVIRONMENT_WITHOUT, CLOUDFLARE_ACCOUNT_ID="") == listed
    assert len(simulator.journal) == 1, "the second time it is read from the cache"


def test_the_variable_is_what_the_module_returns(desk: Desk) -> None:
    desk.write({})
    task = {"mailops.cloudflare.email_security_domain_info": {"domain": "{{ inventory_hostname }}"}, "register": "read"}
    same = {"ansible.builtin.assert": {"that": ["read.domains == [email_security_live]"]}}
    done = desk.playbook({"hosts": "email_security", "tasks": [task, same]})
    assert done.code == 0, done.output


def test_the_graph(desk: Desk) -> None:
    desk.write({"groups": {"gateways": "email_security_live.ip_restrictions != []"}}, "email_security.yaml")
    done = desk.run("inventory", "--graph", source="email_security.yaml")
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
def test_filters(desk: Desk, options: dict[str, Any], expected: list[str]) -> None:
    desk.write(options)
    assert desk.list("-e", "wanted=gateway").get("email_security", {}).get("hosts", []) == expected


def test_2500_domains_in_three_requests_with_totals_and_without(desk: Desk, simulator: Simulator) -> None:
    simulator.clear_domains()
    for number in range(2500):
        simulator.add_domain(domain=f"d{number:04}.example")
    desk.write({})
    assert len(desk.list()["email_security"]["hosts"]) == 2500
    assert [entry["path"].rpartition("/")[2] for entry in simulator.journal] == ["domains"] * 3
    simulator.habit(no_total=True)
    simulator.clear_journal()
    assert len(desk.list()["email_security"]["hosts"]) == 2500
    assert len(simulator.journal) == 3, "a page that is not full is the last one"


def test_a_cache_is_read_instead_of_the_account_until_it_is_flushed(desk: Desk, simulator: Simulator) -> None:
    desk.write({**GROUPS, **CACHE})
    first = desk.list()
    simulator.clear_journal()
    simulator.remove("gateway.example")
    assert desk.list() == first
    assert simulator.journal == []
    flush = desk.playbook({"hosts": "email_security", "tasks": []}, "--flush-cache")
    assert flush.code == 0, flush.output
    assert desk.list()["email_security"]["hosts"] == [NAMES[0], *NAMES[2:]]
    assert len(simulator.journal) == 1


@pytest.mark.nightly
def test_a_play_can_refresh_the_inventory(desk: Desk, simulator: Simulator) -> None:
    desk.write(CACHE)
    desk.list()
    simulator.remove("gateway.example")
    refresh = {"ansible.builtin.meta": "refresh_inventory"}
    say = {"ansible.builtin.debug": {"msg": "there are {{ groups.email_security | length }}"}, "run_once": True}
    done = desk.playbook({"hosts": "email_security", "tasks": [say, refresh, say]})
    assert "there are 4" in done.output
    assert "there are 3" in done.output


def test_a_cache_is_for_one_account_and_one_set_of_filters_and_holds_no_credential(desk: Desk, simulator: Simulator) -> None:
    simulator.edit("example.com", x_note=READ_TOKEN)
    secret = {**ENVIRONMENT_WITHOUT, "CLOUDFLARE_API_TOKEN": READ_TOKEN, "CLOUDFLARE_API_KEY": CANARY}
    desk.write(CACHE)
    assert len(desk.list(**secret)["email_security"]["hosts"]) == 4
    assert "email_security" not in desk.list(**secret, CLOUDFLARE_ACCOUNT_ID=OTHER_ACCOUNT_ID)["_meta"]["hostvars"]
    desk.write({**CACHE, "status": "PENDING"})
    assert desk.list(**secret)["email_security"]["hosts"] == [NAMES[3]]
    assert len(simulator.journal) == 3
    files = list((desk.folder / "cache").iterdir())
    assert len(files) == 3
    for text in (text for file in files for text in (file.name, file.read_text(encoding="utf-8"))):
        assert not {secret for secret in (READ_TOKEN, WRITE_TOKEN) if secret in text}


@pytest.mark.parametrize("cached", [False, True], ids=["read", "from the cache"])
def test_a_template_of_the_server_stays_what_it_is(desk: Desk, simulator: Simulator, cached: bool) -> None:
    simulator.edit("example.com", transport=EVIL, x_note={"{{ 1000 * 1234 }}": ["{{ 1000 * 1234 }}"]})
    desk.write({**GROUPS, **CACHE, "compose": {"next_hop": "email_security_live.transport"}, "keyed_groups": [{"key": "email_security_live.transport"}]})
    if cached:
        desk.list()
        simulator.clear_journal()
    say = {"ansible.builtin.debug": {"msg": "{{ email_security_live.transport }} {{ next_hop }} {{ email_security_live.x_note }} {{ 6 * 7 }}"}}
    done = desk.playbook({"hosts": "example.com", "tasks": [say]}, "-vvvv")
    assert done.code == 0, done.output
    assert EVIL.replace("'", "") in done.output.replace("'", "")
    assert "42" in done.output
    assert "{{ 1000 * 1234 }}" in done.output
    assert "1234000" not in done.output
    assert not list(desk.folder.rglob("evaluated"))
    assert len(simulator.journal) == (0 if cached else 1)


@pytest.mark.nightly
def test_what_is_listed_can_be_an_inventory_again(desk: Desk, simulator: Simulator) -> None:
    """As a controller does that keeps what ansible-inventory says and gives it to the job."""
    simulator.edit("example.com", transport=EVIL)
    desk.write({})
    desk.run("inventory", "--list", "--export", "--output", "kept.json")
    script = desk.folder / "inventory.sh"
    script.write_text("#!/bin/sh\ncat kept.json\n", encoding="utf-8")
    script.chmod(0o755)
    (desk.folder / "say.yml").write_text(
        json.dumps([{"hosts": "example.com", "gather_facts": False, "tasks": [{"ansible.builtin.debug": {"msg": "{{ email_security_live.transport }}"}}]}])
    )
    done = desk.run("playbook", "say.yml", source="inventory.sh")
    assert done.code == 0, done.output
    assert "touch evaluated" in done.output
    assert not list(desk.folder.rglob("evaluated"))


# Stands for ssh: notes how it was called and what it was given, and lets nobody in.
SSH = """#!/bin/sh
{ echo "called: $*"; timeout 2 cat; } >> "$SSH_NOTES"
exit 255
"""
# What a user may write, and where: all of it outranks what the plugin says of its group.
OVERRULED: dict[str, tuple[dict[str, str], dict[str, Any], list[str]]] = {
    "group_vars of all": ({"group_vars/all.yml": "ansible_connection: ssh"}, {}, []),
    "group_vars of the group": ({"group_vars/email_security.yml": "ansible_connection: ssh"}, {}, []),
    "group_vars of another group": ({"group_vars/delivery_DIRECT.yml": "ansible_connection: ssh"}, {}, []),
    "host_vars": ({"host_vars/example.com.yml": "ansible_connection: ssh"}, {}, []),
    "variables of the play": ({}, {"vars": {"ansible_connection": "ssh"}}, []),
    "extra variables": ({}, {}, ["-e", "ansible_connection=ssh"]),
    "a later source, of the group": ({"z.ini": "[email_security:vars]\nansible_connection=ssh\n"}, {}, ["-i", "z.ini"]),
}


@pytest.fixture
def notes_of_ssh(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What was asked of ssh, if it was called at all."""
    (desk.folder / "ssh").write_text(SSH, encoding="utf-8")
    (desk.folder / "ssh").chmod(0o700)
    return desk.folder / "notes-of-ssh"


def on_domains(desk: Desk, notes: Path, play: dict[str, Any], *arguments: str, **environment: str) -> Played:
    """A play as somebody writes it who thinks of domains and not of machines, with a token among the defaults of the modules."""
    changed = {
        "hosts": "email_security",
        "gather_facts": True,
        "module_defaults": {"group/mailops.cloudflare.all": {"api_token": WRITE_TOKEN}},
        "tasks": [{"mailops.cloudflare.email_security_domain": {"domain_id": "{{ email_security_live.id }}", "lookback_hops": 7}}],
        **play,
    }
    (desk.folder / "play.yml").write_text(json.dumps([changed]), encoding="utf-8")
    ssh = {"ANSIBLE_SSH_EXECUTABLE": str(desk.folder / "ssh"), "SSH_NOTES": str(notes), "ANSIBLE_HOST_KEY_CHECKING": "false"}
    return desk.run("playbook", "play.yml", *arguments, **ssh, ANSIBLE_PYTHON_INTERPRETER="auto_silent", **environment)


@pytest.mark.parametrize("cached", [False, True], ids=["read", "from the cache"])
def test_nobody_logs_in_at_a_mail_domain(desk: Desk, simulator: Simulator, notes_of_ssh: Path, cached: bool) -> None:
    desk.write({**GROUPS, **CACHE})
    # For all machines of the inventory, which are listed elsewhere.
    (desk.folder / "machines.ini").write_text("[all:vars]\nansible_connection=ssh\n[machines]\n", encoding="utf-8")
    if cached:
        desk.list()
        simulator.clear_journal()
    done = on_domains(desk, notes_of_ssh, {}, "-vvv", "-i", "machines.ini")
    assert done.code == 0, done.output
    assert not notes_of_ssh.exists()
    assert {settings(simulator, "lookback_hops")[name][0] for name in NAMES} == {7}
    assert len([entry for entry in simulator.journal if entry["path"].endswith("/domains")]) == (0 if cached else 1)
    # By the Python that runs Ansible, so in the process of the task: nothing is found out, and nothing is packed.
    assert "discovered_interpreter_python" not in done.output
    module = done.output[done.output.rindex("TASK [mailops.cloudflare.email_security_domain]") :]
    assert "EXEC" not in module


@pytest.mark.parametrize("where", OVERRULED)
@pytest.mark.first_cases(3)
def test_a_variable_of_the_user_outranks_the_connection(desk: Desk, notes_of_ssh: Path, where: str) -> None:
    files, play, arguments = OVERRULED[where]
    desk.write({**GROUPS, "domain": ["example.com"]})
    for name, text in files.items():
        (desk.folder / name).parent.mkdir(exist_ok=True)
        (desk.folder / name).write_text(text, encoding="utf-8")
    done = on_domains(desk, notes_of_ssh, {"gather_facts": False, **play}, *arguments)
    assert done.code != 0
    assert "example.com" in notes_of_ssh.read_text(encoding="utf-8")


def test_an_interpreter_of_the_user_outranks_ours(desk: Desk, notes_of_ssh: Path) -> None:
    desk.write({"domain": ["example.com"]})
    other = str(Path(sys.executable).with_name("python" if Path(sys.executable).name == "python3" else "python3"))
    done = on_domains(desk, notes_of_ssh, {"gather_facts": False, "vars": {"ansible_python_interpreter": other}}, "-vvv")
    assert done.code == 0, done.output
    assert "EXEC" in done.output


@pytest.mark.parametrize("must_be_read", [True, False])
def test_a_refused_credential_fails_the_run_where_that_is_asked_for(desk: Desk, must_be_read: bool) -> None:
    desk.write({"api_token": CANARY})
    setting = {"ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true"} if must_be_read else {}
    done = desk.playbook({"hosts": "email_security", "tasks": []}, **setting)
    assert (done.code != 0) is must_be_read
    assert "Authentication error" in done.output


def of_the_guide(desk: Desk) -> None:
    """Write the files that the guide names."""
    for name, text in GUIDE_FILE.findall((ROOT / "docs" / "inventory.md").read_text(encoding="utf-8")):
        file = desk.folder / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")


def settings(simulator: Simulator, *names: str) -> dict[str, list[Any]]:
    return {domain["domain"]: [domain[name] for name in names] for domain in simulator.domains}


def test_the_guide_and_that_policy_is_not_hidden_by_what_is_live(desk: Desk, simulator: Simulator) -> None:
    simulator.add_domain(domain="devices.example.org", lookback_hops=3)
    before = settings(simulator, "lookback_hops", "require_tls_outbound")
    of_the_guide(desk)
    checked = desk.run("playbook", "protect.yml", "--check")
    assert checked.code == 0, checked.output
    assert settings(simulator, "lookback_hops", "require_tls_outbound") == before
    limited = desk.run("playbook", "protect.yml", "--limit", "devices.example.org")
    assert limited.code == 0, limited.output
    assert settings(simulator, "lookback_hops", "require_tls_outbound") == before | {"devices.example.org": [1, False]}
    whole = desk.run("playbook", "protect.yml")
    assert whole.code == 0, whole.output
    expected = {**{name: [1, True] for name in NAMES}, "gateway.example": [2, True], "devices.example.org": [1, False]}
    assert settings(simulator, "lookback_hops", "require_tls_outbound") == expected
    simulator.clear_journal()
    again = desk.run("playbook", "protect.yml")
    assert again.output.count("changed=0") == 5
    assert [entry["method"] for entry in simulator.journal] == ["GET"] * 6


def test_the_policy_of_the_guide_holds_for_a_domain_whose_restrictions_were_emptied(desk: Desk, simulator: Simulator) -> None:
    simulator.edit("gateway.example", ip_restrictions=[])
    of_the_guide(desk)
    assert desk.run("playbook", "protect.yml", "--limit", "gateway.example").code == 0
    assert settings(simulator, "ip_restrictions")["gateway.example"] == [["192.0.2.0/24", "2001:db8:25::/48"]]


# What a file and an environment hold, and what is said of it.
REFUSED: dict[str, tuple[dict[str, Any], dict[str, str], str]] = {
    "a wrong token": ({"api_token": CANARY}, {}, 'answered 401 Unauthorized: "Authentication error" (code 10000)'),
    "a wrong token in the environment": ({}, {"CLOUDFLARE_API_TOKEN": CANARY}, "Check the credential"),
    "no permission": ({}, {"CLOUDFLARE_API_TOKEN": NO_PERMISSION_TOKEN}, "Cloud Email Security: Read"),
    "no credential": ({}, ENVIRONMENT_WITHOUT, "No credential: set api_token (or the environment variable CLOUDFLARE_API_TOKEN)"),
    "half a credential in the file": ({"api_key": CANARY}, {}, "api_key is given without its other half: set api_email"),
    "no account": ({}, {"CLOUDFLARE_ACCOUNT_ID": ""}, "No account: set account_id"),
    "a credential for an account": ({"account_id": CANARY}, {}, "must be 32 hexadecimal characters"),
    "a line end in a credential": ({"api_token": f"{CANARY}\n{CANARY}"}, {}, "cannot be a credential"),
    "a list for a credential": ({"api_token": [CANARY]}, {}, "api_token"),
    "a credential for a number": ({"timeout": CANARY, "api_token": CANARY}, {}, "timeout"),
    "a credential for a choice": ({"status": CANARY, "api_token": CANARY}, {}, "PENDING, ACTIVE, FAILED, TIMEOUT"),
    "a credential for a name": ({"domain": [f"{CANARY}."], "api_token": CANARY}, {}, "is no domain name"),
    "a filter that does not exist": ({"statsu": "ACTIVE", "api_tokn": CANARY}, {}, "No such option: api_tokn, statsu. There are account_id, "),
    "a template that is none": ({"api_token": "{{ '" + CANARY + "' | nosuch }}"}, {}, "api_token is a template that Ansible cannot resolve"),
    "a variable that is not there": ({"account_id": "{{ nosuch }}"}, {}, "account_id is a template that Ansible cannot resolve: 'nosuch' is undefined"),
    "an address elsewhere": ({"base_url": f"https://user:{CANARY}@example.com"}, {}, "without a user name or password in it"),
    "no server": ({"base_url": "http://127.0.0.1:9", "max_wait": 0}, {}, "Could not list the domains"),
    "a strict expression": ({"strict": True, "compose": {"x": "nosuch.y"}}, {}, "Could not set x for host example.com: 'nosuch' is undefined"),
    "a strict group": ({"strict": True, "keyed_groups": [{"key": "nosuch.y"}]}, {}, "Could not generate group for host example.com from nosuch.y entry"),
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.first_cases(7)
def test_what_is_wrong_is_said_without_any_credential(desk: Desk, case: str) -> None:
    options, environment, words = REFUSED[case]
    desk.write(options)
    said = squeezed(desk.refusal("-vvvv", **environment))
    assert squeezed(words) in said
    assert CANARY not in said


def test_without_strict_an_expression_that_fails_is_passed_over(desk: Desk) -> None:
    desk.write({"compose": {"x": "nosuch.y", "y": "email_security_live.lookback_hops"}, "keyed_groups": [{"key": "nosuch.y"}]})
    listed = desk.list()
    assert listed["_meta"]["hostvars"]["gateway.example"]["y"] in (2, "2")
    assert "x" not in listed["_meta"]["hostvars"]["gateway.example"]


NO_HOSTS: list[dict[str, Any]] = [
    *({"domain": name} for name in ("a[0:9].example", "x.example:22", "*.example", "localhost", "127.0.0.1", "all", EVIL, None)),
    *({"id": f"00000000-0000-4000-8000-00000000000{n}", "domain": name} for n, name in enumerate(("twice.example", "TWICE.example."))),
]


def test_what_cannot_be_a_host_is_named_and_left_out_and_with_strict_an_error(desk: Desk, simulator: Simulator) -> None:
    for domain in NO_HOSTS:
        simulator.add_domain(**domain)
    desk.write({})
    said = desk.run("inventory", "--list", "--output", "listed.json").output
    assert json.loads((desk.folder / "listed.json").read_text(encoding="utf-8"))["email_security"]["hosts"] == NAMES
    words = ["Not in the inventory: ", *(f"The live domain {domain['domain']} (id" for domain in NO_HOSTS[:6]), "2 live domains are named twice.example: 000"]
    desk.write({"strict": True})
    for output in (said, desk.refusal()):
        assert [word for word in words[output != said :] if squeezed(word) not in squeezed(output)] == []
    assert not list(desk.folder.rglob("evaluated"))


def test_two_accounts_are_not_mixed_up(desk: Desk, simulator: Simulator) -> None:
    desk.write({})
    desk.write({}, "more.email_security.yml")
    assert desk.run("inventory", "--graph", "-i", "more.email_security.yml").output.count("--example.com") == 1
    simulator.habit(integer_ids=True)
    desk.write({"status": "PENDING", **CACHE})
    desk.list()
    simulator.habit(integer_ids=False)
    said = desk.run("inventory", "--graph", "-i", "more.email_security.yml").output
    assert squeezed("xn--bcher-kva.example is a live mail domain of two inventory sources") in squeezed(said)
    assert "--example.com" not in said


def test_a_group_is_not_taken_for_a_domain(desk: Desk) -> None:
    desk.write({})
    (desk.folder / "a.ini").write_text("[example.com]\nwww.example.com\n", encoding="utf-8")
    said = desk.run("inventory", "--graph", "--vars", "-i", "mail.email_security.yml", source="a.ini").output
    assert squeezed("example.com is a live mail domain, but also a group of another inventory source") in squeezed(said)
    assert "email_security_live" not in said


WAYS: dict[str, tuple[dict[str, Any], dict[str, str], set[str]]] = {
    "token by a lookup": ({"api_token": "{{ lookup('ansible.builtin.env', 'MY_TOKEN') }}"}, {"MY_TOKEN": READ_TOKEN}, {"authorization"}),
    "email and key hide a token in the environment": (
        {"api_email": EMAIL, "api_key": KEY},
        {"CLOUDFLARE_API_TOKEN": CANARY},
        {"x-auth-email", "x-auth-key"},
    ),
    "what is null is not given": ({"api_token": None, "api_email": EMAIL, "api_key": KEY}, {}, {"x-auth-email", "x-auth-key"}),
    "half and half": ({"api_email": EMAIL}, {"CLOUDFLARE_API_KEY": KEY}, {"x-auth-email", "x-auth-key"}),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.first_cases(2)
def test_credentials_are_chosen_as_the_modules_do(desk: Desk, simulator: Simulator, way: str) -> None:
    options, environment, headers = WAYS[way]
    desk.write(options)
    assert len(desk.list(**{**ENVIRONMENT_WITHOUT, **environment})["email_security"]["hosts"]) == 4
    sent = {name.lower() for name in simulator.journal[-1]["headers"]}
    assert sent & {"authorization", "x-auth-email", "x-auth-key"} == headers


def test_a_vaulted_token(desk: Desk) -> None:
    (desk.folder / "password").write_text("open sesame", encoding="utf-8")
    vaulted = desk._player.command(
        desk.folder, [sys.executable, "-m", "ansible", "vault", "encrypt_string", "--vault-password-file", "password", "--name", "api_token", READ_TOKEN]
    )
    assert "!vault" in vaulted.output
    text = vaulted.output.split("Encryption successful")[0]
    (desk.folder / "mail.email_security.yml").write_text(f"plugin: mailops.cloudflare.email_security\n{text}", encoding="utf-8")
    assert len(desk.list("--vault-password-file", "password", **ENVIRONMENT_WITHOUT)["email_security"]["hosts"]) == 4
    said = desk.refusal(**ENVIRONMENT_WITHOUT)
    assert "vault" in said.lower()


def test_a_file_with_another_name_is_not_ours(desk: Desk, simulator: Simulator) -> None:
    desk.write({}, "mail.yml")
    assert "@email_security" not in desk.run("inventory", "--graph", source="mail.yml").output
    assert simulator.journal == []


def test_the_documentation_is_there(desk: Desk) -> None:
    done = desk._player.command(desk.folder, [sys.executable, "-m", "ansible", "doc", "-t", "inventory", "mailops.cloudflare.email_security"])
    assert done.code == 0, done.output
    assert "CLOUDFLARE_API_TOKEN" in done.output
    assert "keyed_groups" in done.output
