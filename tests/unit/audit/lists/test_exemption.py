"""What an allow policy exempts: its flags, and the kinds of patterns."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.exemption import (
    exemption_text,
    exempts_anything,
    exempts_sender,
    is_network,
    literal_domain,
    matches_addresses_only,
    severity_by_flags,
    skips_every_detection,
    whole_domains,
)
from ansible_collections.mailops.cloudflare.tests.unit.exemptions import PATTERNS, accepted, policy, recipient, trusted


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        (policy(), "none of its flags is set"),
        (policy(verify_sender=False), "none of its flags is set"),
        (accepted(), "mail from it skips SPAM, SPOOF and BULK, if it is verified"),
        (accepted(verify_sender=None), "mail from it skips SPAM, SPOOF and BULK, without verification"),
        (trusted(), "mail from it skips every detection, if it is verified"),
        (trusted(is_acceptable_sender=True, verify_sender=False), "mail from it skips every detection, without verification"),
        (recipient(), "mail to it skips every detection"),
        (recipient(is_acceptable_sender=True), "mail to it skips every detection and mail from it skips SPAM, SPOOF and BULK, without verification"),
    ],
)
def test_text_of_an_exemption(entry, text):
    assert exemption_text(entry) == text


@pytest.mark.parametrize(
    ("entry", "of_sender", "of_everything", "of_anything"),
    [
        (policy(), False, False, False),
        (accepted(), True, False, True),
        (trusted(), True, True, True),
        (recipient(), False, True, True),
        (policy(is_trusted_sender="yes", is_acceptable_sender=2, is_exempt_recipient=[True]), False, False, False),
        (policy(is_trusted_sender=None), False, False, False),
    ],
)
def test_flags(entry, of_sender, of_everything, of_anything):
    assert (exempts_sender(entry), skips_every_detection(entry), exempts_anything(entry)) == (of_sender, of_everything, of_anything)


def test_a_live_entry_without_any_field():
    entry = policy()
    bare = entry._replace(live={"id": "1"}, settings=entry.resource.normalize({"id": "1"}))
    assert exemption_text(bare) == "none of its flags is set"
    assert (literal_domain(bare), is_network(bare), matches_addresses_only(bare)) == (None, False, False)


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.text)
def test_kinds_of_patterns(pattern):
    entry = accepted(pattern.text, is_regex=pattern.is_regex)
    assert is_network(entry) == (pattern.is_ip and not pattern.is_regex)
    assert matches_addresses_only(entry) == pattern.is_ip
    is_domain = not (pattern.is_regex or pattern.is_ip or "@" in pattern.text)
    assert literal_domain(entry) == (pattern.text if is_domain else None)


@pytest.mark.parametrize(
    ("pattern", "is_ip"),
    [("192.0.2.7/24", True), ("192.0.2.300", True), ("2001:DB8::1", True), ("dead.beef", False), ("192.0.2.1.example", False), ("a@192.0.2.1", False)],
)
@pytest.mark.parametrize("pattern_type", ["EMAIL", "DOMAIN", "IP", "UNKNOWN", None])
def test_the_text_tells_a_network_whatever_the_type_says(pattern, pattern_type, is_ip):
    assert is_network(accepted(pattern, pattern_type=pattern_type)) is is_ip


@pytest.mark.parametrize(
    ("entry", "domains"),
    [
        (accepted("news.example"), ("news.example",)),
        (accepted("ann@news.example"), ()),
        (accepted("192.0.2.7"), ()),
        (accepted(r"@news\.example$", is_regex=True), ("news.example",)),
        (accepted(r".*@(a|bc)\.example$", is_regex=True), ("a.example", "bc.example")),
        # Something is demanded in front of the @.
        (accepted(r"a.*@news\.example$", is_regex=True), ()),
        (accepted(r"^ann@news\.example$", is_regex=True), ()),
        (accepted("newsletter", is_regex=True), ()),
        (accepted("(", is_regex=True), ()),
    ],
)
def test_whole_domains_are_those_without_a_condition_on_the_local_part(entry, domains):
    assert whole_domains(entry) == domains


def test_severity_by_flags():
    def severity(entry):
        return severity_by_flags(entry, trusted="critical", unverified="high", verified="medium")

    assert severity(trusted(verify_sender=False)) == severity(trusted()) == severity(trusted(is_acceptable_sender=True)) == "critical"
    assert severity(accepted(verify_sender=False)) == "high"
    assert severity(accepted()) == "medium"
