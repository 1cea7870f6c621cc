"""The inventory plugin: hosts, groups, credentials, cache and errors, with a scripted server."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import yaml
from ansible import constants, template
from ansible.errors import AnsibleParserError
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.doc_fragments import constructed, inventory_cache
from ansible.template import Templar
from ansible_collections.mailops.cloudflare.plugins.doc_fragments import connection
from ansible_collections.mailops.cloudflare.plugins.inventory import email_security
from ansible_collections.mailops.cloudflare.plugins.module_utils.api import transport as transport_module
from ansible_collections.mailops.cloudflare.plugins.module_utils.connection_options import CONNECTION_OPTIONS, ENVIRONMENT
from ansible_collections.mailops.cloudflare.plugins.modules import email_security_domain_info as info
from ansible_collections.mailops.cloudflare.tests.unit.support import ACCOUNT, DOMAINS, ID, TOKEN, listed, live, refused

NAME = "mailops.cloudflare.email_security"
OTHER_TOKEN = "cfut_another-token-9876543210"
EVIL = "{{ lookup('ansible.builtin.pipe', 'touch evaluated') }}"
FRAGMENTS = {
    "mailops.cloudflare.connection.options": connection.ModuleDocFragment.OPTIONS,
    "mailops.cloudflare.connection.plugin": connection.ModuleDocFragment.PLUGIN,
    "ansible.builtin.constructed": constructed.ModuleDocFragment.DOCUMENTATION,
    "ansible.builtin.inventory_cache": inventory_cache.ModuleDocFragment.DOCUMENTATION,
}
OWN = yaml.safe_load(email_security.DOCUMENTATION)


def documented():
    """The options with those of the fragments, merged as Ansible does."""
    options = {}
    for source in (*(yaml.safe_load(FRAGMENTS[name]) for name in OWN["extends_documentation_fragment"]), OWN):
        for name, option in source["options"].items():
            options[name] = {**options.get(name, {}), **option}
    return options


OPTIONS = documented()


class Account:
    """The plugin with one inventory file and the scripted server."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "mail.email_security.yml"
        self.inventory = InventoryData()
        self.warnings: list[str] = []

    def parse(self, may_read_cache=True, **options):
        self.file.write_text(json.dumps({"plugin": NAME, **options}), encoding="utf-8")
        self.plugin = email_security.InventoryModule()
        self.plugin._load_name = self.plugin.ansible_name = NAME
        self.plugin._redirected_names = [NAME]
        self.plugin.display = self
        self.plugin.parse(self.inventory, DataLoader(), str(self.file), may_read_cache)
        return self

    def refusal(self, **options):
        with pytest.raises(AnsibleParserError) as caught:
            self.parse(**options)
        assert caught.value.__cause__ is None
        assert caught.value.__context__ is None
        return str(caught.value)

    def warning(self, text):
        self.warnings.append(text)

    def hosts(self):
        return {name: host.vars[email_security.VARIABLE] for name, host in self.inventory.hosts.items()}


@pytest.fixture
def account(tmp_path, monkeypatch):
    for variable in ENVIRONMENT.values():
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("CLOUDFLARE_ACCOUNT_ID", ACCOUNT)
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", TOKEN)
    constants.config.initialize_plugin_configuration_definitions("inventory", NAME, OPTIONS)
    return Account(tmp_path)


class TestDocumentation:
    def test_connection_options_equal_those_of_the_modules(self):
        keys = ("type", "default")
        ours = {name: {key: OPTIONS[name][key] for key in keys if key in OPTIONS[name]} for name in CONNECTION_OPTIONS}
        assert ours == {name: {key: option[key] for key in keys if key in option} for name, option in CONNECTION_OPTIONS.items()}
        assert {name: OPTIONS[name]["env"] for name in ENVIRONMENT} == {name: [{"name": variable}] for name, variable in ENVIRONMENT.items()}

    def test_filters_equal_those_of_the_info_module(self):
        spec = info.argument_spec()
        assert [name for name in OWN["options"] if name != "plugin"] == list(email_security.FILTERS)
        for name in email_security.FILTERS:
            assert all(OPTIONS[name].get(key) == spec[name].get(key) for key in ("type", "elements", "choices"))
            assert OPTIONS[name]["description"] == [f"As O(mailops.cloudflare.email_security_domain_info#module:{name})."]

    def test_every_option_is_documented(self):
        assert all(option["description"] and option["type"] for option in OPTIONS.values() if option is not OPTIONS["cache_prefix"])
        assert OPTIONS["plugin"]["choices"] == [NAME]

    def test_examples_use_existing_options(self, account, script):
        example = yaml.safe_load(email_security.EXAMPLES)
        assert example["plugin"] == NAME
        assert example.keys() <= OPTIONS.keys()


@pytest.mark.parametrize(
    ("name", "is_ours"),
    [
        *((name, True) for name in ("email_security.yml", "mail.email_security.yml", "a.b.email_security.yaml", ".email_security.yml")),
        *((name, False) for name in ("mail.yml", "email-security.yml", "my_email_security.yml", "email_security.yml.bak", "email_security.json")),
    ],
)
def test_verify_file_checks_the_name(tmp_path, name, is_ours):
    assert email_security.InventoryModule().verify_file(str(tmp_path / name)) is False
    (tmp_path / name).touch()
    assert email_security.InventoryModule().verify_file(str(tmp_path / name)) is is_ours


def test_parse_domains_become_hosts(account, script):
    domains = [live(), live(id="2", domain="Example.NET.", x_new_field=None)]
    script.expect("GET", DOMAINS, listed(*domains), query={"order": "domain", "per_page": "1000"})
    account.parse()
    assert account.hosts() == {"example.com": domains[0], "example.net": domains[1]}
    assert [host.name for host in account.inventory.groups["email_security"].hosts] == ["example.com", "example.net"]
    assert account.inventory.groups["email_security"].priority == 0
    assert account.warnings == []
    assert script.agents[0].startswith("mailops.cloudflare/")


def test_parse_empty_account_makes_an_empty_group(account, script):
    script.expect("GET", DOMAINS, listed())
    account.parse()
    assert account.hosts() == {}
    assert "email_security" in account.inventory.groups


def test_parse_filters_and_names_are_sent(account, script):
    filters = {"status": "ACTIVE", "allowed_delivery_mode": "DIRECT", "active_delivery_mode": "BCC", "search": "x", "integration_id": ID.upper()}
    script.expect("GET", DOMAINS, listed(live(), live(id="2", domain="more.example.com")), query={**filters, "integration_id": ID, "domain": "example.com"})
    account.parse(**filters, domain=["EXAMPLE.com."])
    assert list(account.hosts()) == ["example.com"]


def test_parse_empty_names_make_no_request(account, script):
    account.parse(domain=[])
    assert account.hosts() == {}


def test_parse_constructs_groups_and_variables(account, script):
    script.expect("GET", DOMAINS, listed(live(), live(id="2", domain="b.example", regions=["DE", "US"])))
    account.parse(
        compose={"next_hop": "email_security_live.transport"},
        groups={"tls": "email_security_live.require_tls_inbound == true"},
        keyed_groups=[{"key": "email_security_live.regions", "prefix": "region"}, {"key": "next_hop", "prefix": "hop"}],
    )
    groups = {name: [host.name for host in group.hosts] for name, group in account.inventory.groups.items() if group.hosts}
    assert groups == {
        "email_security": ["example.com", "b.example"],
        "region_GLOBAL": ["example.com"],
        "region_DE": ["b.example"],
        "region_US": ["b.example"],
        "hop_MX_example_com_": ["example.com", "b.example"],
    }
    assert account.inventory.hosts["example.com"].vars["next_hop"] == "MX.example.com."


def test_parse_server_text_is_no_template(account, script, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    script.expect("GET", DOMAINS, listed(live(transport=EVIL, x_new_field={"{{ 6 * 7 }}": [EVIL]})))
    account.parse(compose={"next_hop": "email_security_live.transport"}, keyed_groups=[{"key": "email_security_live.transport"}], strict=True)
    variables = account.inventory.hosts["example.com"].get_vars()
    templar = Templar(loader=DataLoader(), variables=variables)
    for name in (email_security.VARIABLE, "next_hop"):
        resolved = templar.template(variables[name])
        assert "touch evaluated" in str(resolved)
        assert "42" not in str(resolved)
    assert not Path("evaluated").exists()


@pytest.mark.parametrize(
    ("text", "is_plain"),
    [
        *((text, True) for text in ("mx.example.com", "2001:db8::/32", "2026-11-28T12:00:00Z", "ACTIVE", "b_c-d+e@example.com", "")),
        *((text, False) for text in (EVIL, "{% x %}", "{# x #}", "#jinja2: block_start_string:'<'", "[% x %]", "x('y')", "a\nb", "a%b", "\u00e4.example")),
    ],
)
def test_only_texts_that_can_be_no_template_are_plain(text, is_plain):
    """A plain text is one that `ansible-inventory` does not show as a mapping, so that a controller can compare it."""
    [marked] = email_security._unevaluated([text])
    assert marked == text
    if hasattr(template, "is_trusted_as_template"):
        assert template.is_trusted_as_template(marked) is is_plain
    else:
        assert hasattr(marked, "__UNSAFE__") is not is_plain


def test_parse_credentials_in_values_are_redacted(account, script):
    script.expect("GET", DOMAINS, listed(live(ansible_connection="x", email_security_defaults={}, note=[f"{TOKEN}.example"])))
    account.parse()
    assert TOKEN not in str(account.hosts())
    assert set(account.inventory.hosts["example.com"].vars) == {"inventory_file", "inventory_dir", email_security.VARIABLE}


@pytest.mark.parametrize("field", ["transport", "domain", "id"])
def test_parse_setting_that_contains_the_credential_fails(account, script, field):
    script.expect("GET", DOMAINS, listed(live(**{field: f"{TOKEN}.example"})))
    said = account.refusal()
    assert f"].{field} contains the credential or a part of it. It is not shown" in said
    assert TOKEN not in said
    assert account.hosts() == {}


@pytest.mark.parametrize("left_over", ["example", "mx.example.com", "example.com"])
def test_parse_unused_credential_alters_no_host(account, script, monkeypatch, left_over):
    monkeypatch.setenv("CLOUDFLARE_API_KEY", left_over)
    monkeypatch.setenv("CLOUDFLARE_EMAIL", left_over)
    script.expect("GET", DOMAINS, listed(live(transport="mx.example.com")))
    account.parse()
    [(name, domain)] = account.hosts().items()
    assert (name, domain["domain"], domain["transport"]) == ("example.com", "example.com", "mx.example.com")


def test_parse_other_values_are_unchanged(account, script):
    words = ["None none", "mail.example.com", "email_security_live.regions"]
    script.expect("GET", DOMAINS, listed(live(words=words, contact="Robot <robot@mail.example.com>")))
    account.parse(api_email="robot@mail.example.com", api_key=OTHER_TOKEN, keyed_groups=[{"key": "email_security_live.regions"}])
    [domain] = account.hosts().values()
    assert (domain["words"], domain["contact"]) == (words, "Robot <********>")


class TestCredentials:
    def test_email_and_key_in_the_file_override_a_token_in_the_environment(self, account, script, monkeypatch):
        seen = []
        monkeypatch.setattr(email_security, "create_client", lambda connection, **_more: seen.append(connection) or pytest.fail("enough"))
        with pytest.raises(pytest.fail.Exception):
            account.parse(api_email="robot@example.com", api_key="0123456789abcdef")
        assert seen[0].credential.headers() == {"X-Auth-Email": "robot@example.com", "X-Auth-Key": "0123456789abcdef"}
        assert (seen[0].account_id, seen[0].timeout, seen[0].max_wait, seen[0].verify) == (ACCOUNT, 30, 330, True)

    def test_templates_are_resolved_before_types_are_checked(self, account, script, monkeypatch):
        seen = []
        monkeypatch.setenv("ELSEWHERE", OTHER_TOKEN)
        monkeypatch.setattr(email_security, "create_client", lambda connection, **_more: seen.append(connection) or pytest.fail("enough"))
        with pytest.raises(pytest.fail.Exception):
            account.parse(api_token="{{ lookup('env', 'ELSEWHERE') }}", timeout="{{ 2 + 3 }}", validate_certs="{{ 1 == 2 }}")
        assert (seen[0].credential.token, seen[0].timeout, seen[0].verify) == (OTHER_TOKEN, 5, False)

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            ({"account_id": ""}, "account_id is given but empty"),
            ({"account_id": OTHER_TOKEN}, "must be 32 hexadecimal characters"),
            ({"api_token": [OTHER_TOKEN]}, "api_token"),
            ({"api_token": {"token": OTHER_TOKEN}}, "api_token"),
            ({"api_token": OTHER_TOKEN, "status": OTHER_TOKEN}, "PENDING, ACTIVE, FAILED, TIMEOUT"),
            ({"api_token": OTHER_TOKEN, "max_wait": OTHER_TOKEN}, "max_wait"),
            ({"api_token": OTHER_TOKEN, "domain": [f"-{OTHER_TOKEN}"]}, "is not a domain name"),
            ({"api_token": "{{ '" + OTHER_TOKEN + "' | nosuch }}"}, "api_token is a template that Ansible cannot resolve: "),
            ({"api_token": "{{ lookup('file', '" + OTHER_TOKEN + "') }}"}, "api_token is a template that Ansible cannot resolve: "),
            (dict.fromkeys(("api_token", "status"), "{{ lookup('env', 'ELSEWHERE') }}"), "PENDING, ACTIVE, FAILED, TIMEOUT"),
            ({"api_tokn": OTHER_TOKEN}, "No such option: api_tokn. There are account_id, active_delivery_mode, "),
            ({"integration_id": "x"}, "integration_id is 'x'; it must be a UUID"),
            ({"domain": ["d.example", "a b"]}, "domain is 'a b', which is not a domain name"),
            ({"domain": [5.5]}, "domain is '5.5', which is not a domain name: its last label '5' is a number"),
            ({"domain": "a b"}, "domain is 'a b', which is not a domain name"),
            ({"timeout": 0}, "timeout is 0.0; it must be a number of seconds"),
        ],
    )
    def test_invalid_option_fails_without_request(self, account, script, options, words, monkeypatch):
        monkeypatch.setenv("ELSEWHERE", OTHER_TOKEN)
        if words is None:
            script.expect("GET", DOMAINS, listed())
            account.parse(**options)
            return
        said = account.refusal(**options)
        assert words in said
        assert OTHER_TOKEN not in said

    def test_unknown_option_is_answered_with_the_list_of_options_and_a_suggestion(self, account, script):
        """Its value is masked as one that may be a credential, which must not mask the names of real options."""
        said = account.refusal(keyed_group=[{"key": "email_security_live.allowed_delivery_modes", "prefix": "active_delivery_mode"}])
        assert said.startswith("No such option: keyed_group. There are account_id, active_delivery_mode, allowed_delivery_mode, api_email, api_key, ")
        assert said.endswith(". Did you mean keyed_groups?")
        assert "********" not in said

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            ({"status": "active"}, "status is 'active' (did you mean ACTIVE?); the choices are PENDING, ACTIVE, FAILED, TIMEOUT."),
            (
                {"allowed_delivery_mode": "DIRCT"},
                "allowed_delivery_mode is 'DIRCT' (did you mean DIRECT?); the choices are DIRECT, BCC, JOURNAL, API, RETRO_SCAN.",
            ),
        ],
    )
    def test_unknown_choice_is_answered_with_the_choices_and_a_suggestion(self, account, script, options, said):
        assert account.refusal(**options) == said

    @pytest.mark.parametrize("name", [OTHER_TOKEN, f"cfat_{'0123456789' * 5}", "a b"])
    def test_unknown_option_whose_name_may_be_a_credential_is_not_shown(self, account, script, name, monkeypatch):
        monkeypatch.setenv("CLOUDFLARE_API_KEY", OTHER_TOKEN)
        said = account.refusal(**{name: "x"})
        assert said.startswith("No such option: ")
        assert name not in said

    def test_api_error_has_the_message_of_the_modules(self, account, script):
        script.expect("GET", DOMAINS, refused(401, 1001, f"Authentication error for {TOKEN[5:]}"))
        said = account.refusal()
        assert said.startswith(f'Could not list the domains: GET {DOMAINS} was answered 401 Unauthorized: "Authentication error for ********" (code 1001)')
        assert account.inventory.hosts == {}

    def test_deprecation_header_is_a_warning(self, account, script, monkeypatch):
        monkeypatch.setenv("CLOUDFLARE_API_KEY", OTHER_TOKEN)
        answer = listed(live())
        body = {**json.loads(answer.body), "messages": [{"code": 1, "message": f"soon gone, {TOKEN}, {OTHER_TOKEN}"}]}
        script.expect("GET", DOMAINS, answer._replace(body=json.dumps(body).encode()))
        account.parse()
        assert account.warnings == ['Cloudflare says: "soon gone, ********, ********" (code 1)']


@pytest.mark.parametrize("name", ["account_id", "api_token", "api_email", "api_key", "base_url"])
def test_empty_option_fails(account, script, name):
    said = account.refusal(**{name: ""})
    assert name in said
    assert "empty" in said


class TestConnection:
    """A mail domain is not a machine."""

    def test_group_has_connection_and_interpreter(self, account, script):
        script.expect("GET", DOMAINS, listed(live()))
        account.parse()
        group = account.inventory.groups["email_security"].vars
        assert group["ansible_connection"] == "local"
        templar = Templar(loader=DataLoader(), variables={"ansible_playbook_python": "/the/python"})
        assert templar.template(group["ansible_python_interpreter"]) == "/the/python"
        assert not {"ansible_connection", "ansible_python_interpreter"} & account.inventory.groups["all"].vars.keys()

    def test_group_variables_of_an_earlier_source_are_kept(self, account, script):
        account.inventory.add_group("email_security")
        account.inventory.set_variable("email_security", "ansible_connection", "ssh")
        script.expect("GET", DOMAINS, listed(live()))
        account.parse()
        assert account.inventory.groups["email_security"].vars["ansible_connection"] == "ssh"


class TestAllOrNothing:
    def test_error_removes_all_new_hosts(self, account, script):
        account.inventory.add_host("www.example.com")
        script.expect("GET", DOMAINS, listed(live(), live(id="2", domain="b.example", transport={"a": "b"})))
        said = account.refusal(strict=True, compose={"hop": "email_security_live.transport.missing if inventory_hostname == 'b.example' else 'x'"})
        assert said.startswith("Could not set hop for host b.example: ")
        assert list(account.inventory.hosts) == ["www.example.com"]

    def test_duplicate_names_are_left_out_or_an_error(self, account, script):
        domains = [live(), live(id="2", domain="EXAMPLE.com"), live(id="3", domain="b.example")]
        for _time in range(2):
            script.expect("GET", DOMAINS, listed(*domains))
        account.parse()
        assert list(account.hosts()) == ["b.example"]
        words = f"2 live domains are named example.com: 2, {ID}. They cannot share one host."
        assert account.warnings == [f"Not in the inventory: {words} Manage such a domain by its domain_id, on a host that you define."]
        assert account.refusal(strict=True).startswith(words)

    def test_name_in_two_sources_fails_unless_it_is_the_same_domain(self, account, script):
        for live_id in (ID, ID, "2"):
            script.expect("GET", DOMAINS, listed(live(id=live_id)))
        account.parse()
        account.parse()
        said = account.refusal()
        assert said.startswith(f"example.com is a live mail domain of two inventory sources: {ID} and 2.")
        assert account.hosts()["example.com"]["id"] == ID

    def test_name_of_a_group_fails(self, account, script):
        account.inventory.add_group("example.com")
        script.expect("GET", DOMAINS, listed(live()))
        assert "a group of another inventory source" in account.refusal()
        assert account.inventory.groups["example.com"].vars == {}

    def test_internal_error_is_a_message(self, account, script, monkeypatch):
        monkeypatch.setattr(email_security, "build_hosts", lambda *_anything: {}[TOKEN])
        script.expect("GET", DOMAINS, listed(live()))
        said = account.refusal()
        assert ": KeyError at test_email_security.py:" in said
        assert TOKEN not in said

    def test_missing_requests_names_the_interpreter(self, account, script, monkeypatch):
        monkeypatch.setattr(transport_module, "REQUESTS_IMPORT_ERROR", ModuleNotFoundError("No module named 'requests'", name="requests"))
        said = account.refusal()
        assert "Failed to import the required Python library (requests)" in said
        assert said.endswith("-m pip install 'requests>=2.32.4'")


class TestCache:
    OPTIONS = {"cache": True, "cache_plugin": "jsonfile"}

    def parse(self, account, may_read_cache=True, **options):
        return account.parse(may_read_cache, **self.OPTIONS, cache_connection=str(account.file.parent / "cache"), **options)

    def test_cached_run_sends_no_request_until_refreshed(self, account, script, tmp_path):
        script.expect("GET", DOMAINS, listed(live(note=TOKEN)))
        self.parse(account).plugin.update_cache_if_changed()
        again = Account(tmp_path)
        self.parse(again).plugin.update_cache_if_changed()
        assert again.hosts() == account.hosts()
        script.expect("GET", DOMAINS, listed())
        flushed = Account(tmp_path)
        self.parse(flushed, may_read_cache=False).plugin.update_cache_if_changed()
        assert flushed.hosts() == {}
        assert self.parse(Account(tmp_path)).hosts() == {}

    def test_cache_contains_no_credential(self, account, script, tmp_path):
        script.expect("GET", DOMAINS, listed(live(spf_status=OTHER_TOKEN)))
        self.parse(account, api_token=OTHER_TOKEN).plugin.update_cache_if_changed()
        [file] = (tmp_path / "cache").iterdir()
        text = f"{file.name} {file.read_text()}"
        assert "example.com" in text
        assert OTHER_TOKEN not in text

    @pytest.mark.parametrize(
        "options", [{"account_id": "f" * 32}, {"base_url": "https://elsewhere.example/v4"}, {"status": "FAILED"}, {"domain": ["a.example"]}]
    )
    def test_cache_is_not_used_for_other_accounts_or_filters(self, account, script, tmp_path, options):
        script.expect("GET", DOMAINS, listed(live()))
        self.parse(account).plugin.update_cache_if_changed()
        other = DOMAINS.replace(ACCOUNT, options.get("account_id", ACCOUNT))
        script.expect("GET", other, listed(live(domain="a.example", status="FAILED")))
        assert list(self.parse(Account(tmp_path), **options).hosts()) == ["a.example"]

    def test_without_cache_nothing_is_written(self, account, script, tmp_path):
        script.expect("GET", DOMAINS, listed(live()))
        account.parse()
        assert os.listdir(tmp_path) == [account.file.name]
