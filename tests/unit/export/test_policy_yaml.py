"""policy_yaml(): the text of the file, and that Ansible reads it back."""

from __future__ import annotations

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.export.policy_yaml import _indented, policy_yaml
from ansible_collections.mailops.cloudflare.tests.unit.support import ID, live

TWO = [
    live(domain="b.example", transport="mx.example.com", spf_status="good"),
    live(domain="a.example", id=7, transport="2001:DB8::25", lookback_hops=0, status=None),
]
FILE = """\
---
# The live mail domains of an account: variables for email_security_domains, email_security_audit and the playbooks of mailops.cloudflare.
# Written by its role export, which writes the same file again while the settings are the same.

email_security_defaults:
  # Settings that most domains share. They also apply to domains that you add.
  allowed_delivery_modes:
    - DIRECT
  drop_dispositions:
    - MALICIOUS
    - SPAM
  ip_restrictions:
    - 192.0.2.10/32
  regions:
    - GLOBAL
  require_tls_inbound: false
  require_tls_outbound: true
  clear:
    - folder
    - integration_id

# The settings that differ from the defaults. Comments show read-only values and values that cannot be declared.
email_security_domains:
  # Not declared: lookback_hops is 0; it must be an integer from 1 to 20. Applying this file leaves it as it is.
  - domain: a.example
    transport: 2001:db8::25
  # status ACTIVE, SPF good
  - domain: b.example
    lookback_hops: 1
    transport: mx.example.com
"""


def read(text):
    """Read a variables file as Ansible does."""
    return DataLoader().load(text)


def test_policy_yaml_example():
    assert policy_yaml(TWO) == policy_yaml(TWO[::-1]) == FILE


def test_policy_yaml_without_domains():
    assert read(policy_yaml([])) == {"email_security_defaults": {}, "email_security_domains": []}


def test_policy_yaml_explains_a_missing_default():
    text = policy_yaml([live(), live(id=7, domain="a.example"), live(id=8, domain="b.example", lookback_hops=0)])
    assert "  # No default for lookback_hops, because a domain below has a value that cannot be declared.\n" in text
    alone = policy_yaml([live(id=7, domain="a.example", lookback_hops=0)])
    assert "\nemail_security_defaults: {}\n" in alone


def test_policy_yaml_explains_ids_and_left_out_domains():
    text = policy_yaml([live(), live(id=7), live(domain="a_b", id="?")])
    assert "  # example.com: by its id, because 2 live domains have this name.\n  # status ACTIVE\n  - domain_id: '7'\n" in text
    assert text.endswith(
        "\n# Live domains that cannot be declared:\n# - a_b: the option domain does not accept this name, and domain_id does not accept its id.\n"
    )


TEXTS = ["no", "ON", "null", "~", "1", "1.5", "0x1f", "1:20", "12:30:45", "2026-11-22", "=", "<<", "2001:db8::25", "[::1]", "*a", "&a", "!a", "#a", "a#", "a:"]
TEXTS += ["'", '"', "`", "%", "@", "-", "---", "?", "|", ">", "{", "a,b", "mx.bücher.example", "\U0001f4a9", "\u202e", "\x80", "\\", "{{ansible_date_time}}"]
TEXTS += ["{%if%}", "{#", "x" * 300]


@pytest.mark.parametrize("text", TEXTS)
def test_written_texts_are_read_back_unchanged(text):
    written = _indented([], {"transport": text})
    assert read(written) == {"transport": text}
    assert ("!unsafe" in written) == any(mark in text for mark in ("{{", "{%", "{#"))


@pytest.mark.parametrize(
    ("transport", "declared"),
    [("2001:DB8::25", "2001:db8::25"), ("192.0.2.25", "192.0.2.25"), ("MX.bücher.example.", "mx.xn--bcher-kva.example"), ("1.e5.example", "1.e5.example")],
)
def test_policy_yaml_transport_in_normal_form(transport, declared):
    assert read(policy_yaml([live(transport=transport)]))["email_security_domains"][0]["transport"] == declared


@pytest.mark.parametrize("transport", ["no", "{{1+1}}", "{%if%}", "smtp://mx.example", "mx.********.example", "\u202e"])
def test_policy_yaml_invalid_transport_is_a_comment(transport):
    text = policy_yaml([live(transport=transport)])
    assert "transport" not in read(text)["email_security_domains"][0]
    assert "# Not declared: transport " in text


@pytest.mark.parametrize("transport", [None, ""])
def test_policy_yaml_without_a_next_hop_says_nothing_about_it(transport):
    text = policy_yaml([live(transport=transport)])
    assert "transport" not in text
    assert "Not declared" not in text


def test_policy_yaml_without_a_next_hop_of_one_domain_has_no_default_for_it():
    text = policy_yaml([live(), live(id=7, domain="a.example"), live(id=8, domain="b.example", transport="")])
    assert "# No default for transport, because a domain below has none.\n" in text
    odd = policy_yaml([live(), live(id=7, domain="a.example"), live(id=8, domain="b.example", transport=""), live(id=9, domain="c.example", transport="?")])
    assert "No default for transport" not in odd


WORDS = [f"x{end}- domain: evil.example" for end in ("\n", "\r", "\x85", "\u2028")] + ["\x00\x1b[2J\x7f", "\ud800", "--- !unsafe", "x" * 5000]


@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize("field", ["status", "dmarc_status", "domain", "folder", "id"])
def test_policy_yaml_server_text_stays_in_comments(words, field):
    text = policy_yaml([live(**{field: words}), live(id=ID[:-1] + "2")])
    text.encode()
    named = [entry for entry in read(text)["email_security_domains"] if entry.get("domain") == "evil.example"]
    assert not named
    assert all(line.isprintable() and len(line) < 310 for line in text.split("\n"))
    yaml.compose(text.replace("!unsafe", ""))


def test_policy_yaml_contains_no_times_counters_and_tenants():
    secrets = {"o365_tenant_id": "3d5a7c90", "created_at": "2026-01-15", "modified_at": "2026-11-20", "emails_processed": {"total_emails_processed": 48211}}
    text = policy_yaml([live(**secrets, authorization={"authorized": True, "timestamp": "2026-03-01"})])
    assert not [each for each in ("3d5a7c90", "2026", "48211", ID) if each in text]
    assert "# status ACTIVE, authorized\n" in text
