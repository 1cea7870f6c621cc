"""What reports call domains and lists."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.registry import LIST_NAMES, RESOURCES
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.reports.resource_names import (
    in_order,
    is_about_list,
    resource_of,
    resource_phrase,
    resource_title,
    words_for,
)
from ansible_collections.mailops.cloudflare.tests.unit.support_reports import finding, list_finding, list_waiver


def test_every_resource_has_a_title():
    titles = [resource_title(name) for name in RESOURCES]
    assert len(set(titles)) == len(titles)
    assert all("_" not in title for title in titles)


def test_resource_of_a_later_release_is_named_after_the_api():
    assert resource_title("quarantine_rules") == "Quarantine rules"
    assert resource_phrase("quarantine_rules") == "quarantine rules"


def test_phrase_keeps_an_abbreviation():
    assert (resource_phrase("url_ignore_patterns"), resource_phrase("allow_policies")) == ("URL ignore patterns", "allow policies")


def test_order_begins_with_domains_and_exemptions_and_ends_with_unknown_ones():
    names = in_order(["zebra", *LIST_NAMES, "domains", "apples"])
    assert names[:4] == ["domains", "allow_policies", "trusted_domains", "url_ignore_patterns"]
    assert names[-2:] == ["apples", "zebra"]


@pytest.mark.parametrize(
    ("given", "resource", "is_list"),
    [
        ({"domain": "a.example"}, "domains", False),
        ({"domain": "a.example", "resource": "domains", "entry": None}, "domains", False),
        ({"domain": None, "resource": "allow_policies", "entry": "a.example"}, "allow_policies", True),
        ({"domain": None, "resource": "allow_policies", "entry": None}, "allow_policies", True),
        ({"domain": None, "resource": None, "entry": "*"}, "lists", True),
    ],
)
def test_resource_of_findings_of_all_releases(given, resource, is_list):
    assert (resource_of(given), is_about_list(given)) == (resource, is_list)


@pytest.mark.parametrize(
    ("findings", "one", "many"),
    [
        ([finding("ES-TLS-001")], "domain", "domains"),
        ([finding("ES-WAIVER-002", "*")], "waiver", "waivers"),
        ([list_waiver("allow_policies", "*")], "waiver", "waivers"),
        ([list_finding("ES-ALLOW-001", "allow_policies", "a")], "exemption", "exemptions"),
        ([list_finding("ES-LIST-002", "allow_policies", "a"), list_finding("ES-LIST-002", "trusted_domains", "a")], "exemption", "exemptions"),
        ([list_finding("ES-LIST-002", "allow_policies", "a"), list_finding("ES-LIST-002", "block_senders", "a")], "entry", "entries"),
        ([list_finding("ES-VIP-001", "impersonation_registry", "Jane")], "person", "people"),
        ([list_finding("ES-LIST-005", "allow_policies"), list_finding("ES-LIST-005", "block_senders")], "list", "lists"),
        ([list_finding("ES-LIST-002", "quarantine_rules", "a")], "entry", "entries"),
    ],
)
def test_words_say_what_findings_are_about(findings, one, many):
    words = words_for(findings)
    assert (words.one, words.many) == (one, many)
