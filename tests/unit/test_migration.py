"""The guide to migration: its before and after declare the same, and the before is valid for the API."""

from __future__ import annotations

import json
import re

import yaml
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN
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
    resource, removed = blocks_of(section("From Terraform"), "hcl")
    arguments = {name: json.loads(value) for name, value in re.findall(r"^  (\w+) += (.*)$", resource, re.MULTILINE) if not value.startswith("var.")}
    [policy] = blocks_of(section("From Terraform"), "yaml")
    assert yaml.safe_load(policy) == {"email_security_domains": [arguments]}
    address = "cloudflare_email_security_domain.example_com"
    assert resource.startswith('resource "{}" "{}"'.format(*address.split(".")))
    assert f"from = {address}" in removed
    assert "destroy = false" in removed
    assert f"terraform state rm {address}" in section("From Terraform")


def test_every_dashboard_setting_has_an_option():
    table = section("From the dashboard")
    assert {item.name for item in DOMAIN.fields} - {"domain"} == set(re.findall(r"`(\w+)`", "\n".join(re.findall(r"^\|[^|]*\|([^|]*)\|", table, re.MULTILINE))))
