"""The lists in the file of variables: its text, its comments, and that texts of the server stay where they are."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.registry import LIST_NAMES, RESOURCES
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.export.entries_csv import TABLES
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.export.lists_yaml import TITLES
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.export.policy_yaml import account_yaml, policy_yaml
from ansible_collections.mailops.cloudflare.tests.unit.lists import allowed, blocked, person, synced
from ansible_collections.mailops.cloudflare.tests.unit.support import LIVE

ROLE = Path(__file__).parents[3] / "roles/export/vars/main.yml"
ACCOUNT = {
    "allow_policies": [
        allowed(1, is_acceptable_sender=True, comments="SEC-311, marketing", created_at="2026-01-15T09:30:00Z"),
        allowed(2, pattern=r".*@it's\.example$", is_regex=True, pattern_type="EMAIL", is_trusted_sender=True, created_at=None),
        allowed(3, pattern="192.0.2.0/24", pattern_type="IP", is_acceptable_sender=True, verify_sender=False),
        allowed(4, pattern_type="UNKNOWN"),
    ],
    "block_senders": [blocked(1), blocked(2, pattern="b1.example"), blocked(3, pattern_type="IP")],
    "impersonation_registry": [synced(1)],
    "sending_domain_restrictions": [],
}
FILE = r"""---
# The live mail domains and lists of an account: variables for email_security_account and the playbooks of mailops.cloudflare.
# Written by its role export, which writes the same file again while the settings are the same.
# Not in this file, because the account does not have it: content_policies, url_ignore_patterns.

# Allow policies exempt mail from a sender, or to a recipient, from detections.
email_security_allow_policies:
  # Reach: names that end in s.example
  - pattern: '.*@it''s\.example$'
    is_regex: true
    pattern_type: EMAIL
    is_trusted_sender: true
  # Created 2026-01-01. Reach: 192.0.2.0/24 (256 addresses)
  - pattern: 192.0.2.0/24
    is_acceptable_sender: true
    verify_sender: false
  # Created 2026-01-15
  - pattern: a1.example
    is_acceptable_sender: true
    comments: 'SEC-311, marketing'

# Live allow policies that are not declared. Purge would remove them:
# - a4.example: its pattern type is UNKNOWN, which the API does not accept in a write.

# Mail from a blocked sender gets the disposition MALICIOUS.
email_security_block_senders:
  - pattern: b1.example
  # Not declared: pattern_type is IP, and not DOMAIN as the pattern. Applying this file leaves it as it is.
  - pattern: b3.example

# Live blocked senders that are not declared. Purge would remove them:
# - b1.example (7e0a4f6e-7b9d-4d0e-8a51-000000000002): it equals another entry.

# The impersonation registry protects names: mail with such a name from another address is reported.
email_security_impersonation_registry: []

# 1 person is synchronized from a directory, and not declared. Purge does not remove them.

# Mail from these domains that arrives without TLS is dropped.
email_security_sending_domain_restrictions: []
"""


def test_every_list_is_known_to_the_writer_and_the_role():
    assert tuple(TITLES) == LIST_NAMES
    variables = yaml.safe_load(ROLE.read_text(encoding="utf-8"))
    assert variables["export_resource_choices"] == list(RESOURCES)
    assert variables["export_with_table"] == ["domains", *TABLES]


def test_account_yaml_example():
    assert account_yaml(ACCOUNT, ["url_ignore_patterns", "content_policies"]) == FILE


def test_account_with_domains_only_is_the_same_file_as_before():
    assert account_yaml({"domains": [LIVE]}) == policy_yaml([LIVE])


def test_account_with_domains_and_lists():
    text = account_yaml({"block_senders": [], "domains": [LIVE]})
    assert list(DataLoader().load(text)) == ["email_security_defaults", "email_security_domains", "email_security_block_senders"]


@pytest.mark.parametrize(
    ("entry", "reach"),
    [
        (allowed(1), None),
        (allowed(1, pattern="a@b.example", pattern_type="EMAIL"), None),
        (allowed(1, pattern="192.0.2.7", pattern_type="IP"), None),
        (allowed(1, pattern="192.0.2.0/24", pattern_type="IP"), "192.0.2.0/24 (256 addresses)"),
        (allowed(1, pattern="com"), "com, a public suffix"),
        (allowed(1, pattern=".*", is_regex=True), "every address, domain and network"),
        (allowed(1, pattern=r"@partner\.example$", is_regex=True), "partner.example"),
        (allowed(1, pattern="(((", is_regex=True), "a regular expression that could not be read"),
    ],
)
def test_reach_of_what_does_not_speak_for_itself(entry, reach):
    lines = account_yaml({"allow_policies": [entry]}).splitlines()
    assert f"  # Created 2026-01-01{f'. Reach: {reach}' if reach else ''}" in lines


WORDS = [f"x{end}- pattern: evil.example" for end in ("\n", "\r", "\x85", "\u2028")] + ["\x00\x1b[2J\x7f", "--- !unsafe", "' #", "{{ 7 * 7 }}", "x" * 5000]


@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize("name", LIST_NAMES)
def test_text_of_the_server_stays_where_it_is(name, words):
    texts = ("pattern", "email", "domain", "name", "comments", "notes", "created_at", "pattern_type", "id", "provenance")
    entries = [{**dict.fromkeys(texts, words), "targets": [words], "exclude": [words], "is_regex": flag} for flag in (False, True)]
    good = {"pattern": "good.example", "domain": "good.example", "email": "a@good.example", "name": "good", "targets": ["BODY"], "id": "7"}
    text = account_yaml({name: [*entries, {**good, "comments": words, "notes": words}]})
    assert all(line.isprintable() for line in text.split("\n"))
    loaded = DataLoader().load(text)
    assert list(loaded) == [f"email_security_{name}"]
    assert "evil.example" not in [value for entry in loaded[f"email_security_{name}"] for value in entry.values()]
    [kept] = [entry for entry in loaded[f"email_security_{name}"] if "good" in str(entry)]
    field = "notes" if name == "content_policies" else "comments"
    assert kept.get(field, words) == words


def test_reason_of_a_long_pattern_is_whole():
    text = account_yaml({"url_ignore_patterns": [{"id": "7", "pattern": "x" * 1025}]})
    assert f"# - {'x' * 159}…: pattern has 1025 characters; at most 1024 are allowed.\n" in text


def test_people_from_a_directory_are_only_counted():
    text = account_yaml({"impersonation_registry": [person(1), synced(2, name="Secret Name"), synced(3)]})
    assert "# 2 people are synchronized from a directory, and not declared. Purge does not remove them.\n" in text
    assert "Secret" not in text
    assert "p2@" not in text
