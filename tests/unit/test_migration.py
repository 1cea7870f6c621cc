"""The guide to migration: its before and after declare the same, and the before is valid for the API."""

from __future__ import annotations

import json
import re

import yaml
from ansible_collections.mailops.cloudflare.plugins.module_utils.entry_options import entry_option_spec
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.desired import desired_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.registry import LIST_NAMES, RESOURCES
from ansible_collections.mailops.cloudflare.tests.unit.guides import ROOT, blocks_of

TEXT = (ROOT / "docs/migration.md").read_text(encoding="utf-8")
FACTS = json.loads((ROOT / "tests/simulator/email-security.openapi.json").read_text(encoding="utf-8"))
OURS = "mailops.cloudflare.email_security_domain"
URI = "ansible.builtin.uri"
CONNECTION = {"account_id", "api_token"}


def section(heading):
    return TEXT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def test_uri_tasks_are_valid_for_the_api():
    before, _after = (yaml.safe_load(block) for block in blocks_of(section("From `uri` tasks"), "yaml"))
    for task in before:
        path, _question, query = task[URI]["url"].removeprefix("https://api.cloudflare.com/client/v4").partition("?")
        method = task[URI].get("method", "GET").lower()
        [found] = [facts for known, facts in FACTS["paths"].items() if re.sub(r"\{\w+\}", "*", known) == re.sub(r"\{\{.*?\}\}", "*", path)]
        assert method in found
        assert not query or query.partition("=")[0] in {parameter.get("name") for parameter in found[method]["parameters"]}
    assert before[1][URI]["body"].keys() <= FACTS["components"]["schemas"]["email-security_DomainEditRequest"]["properties"].keys()


def test_module_task_declares_the_same_as_the_uri_tasks():
    before, [after] = (yaml.safe_load(block) for block in blocks_of(section("From `uri` tasks"), "yaml"))
    assert {name: value for name, value in after[OURS].items() if name not in CONNECTION} == {"domain": "example.com", **before[1][URI]["body"]}
    assert f"?domain={after[OURS]['domain']}" in before[0][URI]["url"]


def test_policy_declares_the_same_as_the_terraform_resource():
    resource, removed, _entry = blocks_of(section("From Terraform"), "hcl")
    policy, _task = blocks_of(section("From Terraform"), "yaml")
    assert yaml.safe_load(policy) == {"email_security_domains": [arguments_of(resource)]}
    address = "cloudflare_email_security_domain.example_com"
    assert resource.startswith('resource "{}" "{}"'.format(*address.split(".")))
    assert f"from = {address}" in removed
    assert "destroy = false" in removed
    assert f"terraform state rm {address}" in section("From Terraform")


def arguments_of(resource):
    """The arguments of a resource of Terraform, except for those that are variables."""
    return {name: json.loads(value) for name, value in re.findall(r"^  (\w+) += (.*)$", resource, re.MULTILINE) if not value.startswith("var.")}


def test_module_task_declares_the_same_as_the_terraform_resource_of_an_entry():
    *_others, resource = blocks_of(section("From Terraform"), "hcl")
    *_others, task = blocks_of(section("From Terraform"), "yaml")
    [declared] = (options for name, options in yaml.safe_load(task)[0].items() if name != "name")
    allow_policy = RESOURCES["allow_policies"]().resource
    desired = desired_from_options(allow_policy, {**dict.fromkeys(entry_option_spec(allow_policy)), "state": "present", **declared})
    created = {field.name: desired.settings.get(field.name) for field in allow_policy.fields}
    assert created | {"pattern_type": "DOMAIN"} == arguments_of(resource)
    assert resource.startswith('resource "cloudflare_email_security_allow_policy"')


def test_every_list_has_a_row_or_is_named_as_missing_in_terraform():
    table = section("From Terraform").partition("\n### Lists\n")[2]
    assert [name for name in LIST_NAMES if f"`{name}`" not in table] == []
    assert table.count("`cloudflare_email_security_") == 4


def test_every_setting_of_a_list_is_in_the_table_of_the_dashboard():
    found = {}
    for row in re.findall(r"^\| (.*) \|$", section("The lists in the dashboard"), re.MULTILINE):
        name, _label, options, *_note = row.split("|")
        if named := re.findall(r"`(\w+)`", name):
            [current] = named
        if "`" in options:
            found.setdefault(current, set()).update(re.findall(r"`(\w+)`", options))
    assert found == {name: {field.name for field in RESOURCES[name]().resource.fields} for name in LIST_NAMES}


def test_every_dashboard_setting_has_an_option():
    table = section("From the dashboard")
    assert {item.name for item in DOMAIN.fields} - {"domain"} == set(re.findall(r"`(\w+)`", "\n".join(re.findall(r"^\|[^|]*\|([^|]*)\|", table, re.MULTILINE))))
