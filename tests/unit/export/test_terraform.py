"""terraform_imports(): blocks, labels and what is left out."""

from __future__ import annotations

import re

import pytest
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.export.terraform import account_imports, terraform_imports
from ansible_collections.mailops.cloudflare.tests.unit.lists import allowed, blocked, live_id, person, synced
from ansible_collections.mailops.cloudflare.tests.unit.support import ID, live

BLOCK = f"""
# example.com
import {{
  to = cloudflare_email_security_domain.example_com
  id = "${{var.cloudflare_account_id}}/{ID}"
}}
"""


def labels(*domains):
    return re.findall(r"^  to = cloudflare_email_security_domain\.(\S+)$", terraform_imports(domains), re.MULTILINE)


def test_terraform_imports_block():
    assert terraform_imports([live()]).endswith(BLOCK)
    assert terraform_imports([live(id=ID.upper())]).endswith(BLOCK)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("example.com", "example_com"),
        ("Example.COM.", "example_com"),
        ("a--b.example", "a_b_example"),
        ("bücher.example", "xn_bcher_kva_example"),
        ("1and1.example", "domain_1and1_example"),
        ("_dmarc.example", "dmarc_example"),
        ("", "domain"),
        (None, "domain"),
        ("{{ x }}", "x"),
        ("例え", "xn_r8jz45g"),
    ],
)
def test_terraform_imports_label_is_valid(name, label):
    assert labels(live(domain=name)) == [label]
    assert re.fullmatch(r"[a-z][a-z0-9_]*", label)


def test_terraform_imports_equal_labels_get_ids():
    domains = [live(id=7, domain="a.b"), live(id=8, domain="a-b"), live(id=9, domain="c.d"), live(id=ID, domain="a.b")]
    expected = ["a_b__8", f"a_b__{ID.replace('-', '_')}", "a_b__7", "c_d"]
    assert sorted(labels(*domains)) == sorted(expected)
    assert labels(*domains) == labels(*domains[::-1])
    # A name cannot imitate a label with an id.
    assert len(set(labels(*domains, live(id=10, domain="a.b--7"), live(id=11, domain="a.b__8")))) == 6


@pytest.mark.parametrize("live_id", [None, "x", 'a"b', "${var.x}", "%{if true}", "a\\b", "1\n2", True, 1.5])
def test_terraform_imports_invalid_id_is_left_out(live_id):
    text = terraform_imports([live(id=live_id, domain='x"\n}\u2028resource')])
    assert 'id = "' not in text
    assert text.endswith('\n# Left out, because its id is invalid: x" } resource\n')


def test_terraform_imports_order_of_the_domains_does_not_matter():
    domains = [live(id=number, domain=f"d{number % 3}.example") for number in range(1, 9)]
    assert terraform_imports(domains) == terraform_imports(domains[::-1])


def test_terraform_imports_server_text_stays_in_comments():
    text = terraform_imports([live(domain="x\n}\r\u2028\x85import {")])
    assert sum(line.startswith("import {") for line in text.splitlines()) == 1
    assert all(line.isprintable() for line in text.split("\n"))
    assert "/accounts" not in text


def test_account_imports_has_a_block_for_each_entry_of_four_lists():
    account = {
        "url_ignore_patterns": [{"id": "1", "pattern": "x"}],
        "impersonation_registry": [person(1)],
        "trusted_domains": [{"id": "7", "pattern": "a.example", "is_regex": False}],
        "block_senders": [blocked(1, pattern="evil@b.example")],
        "allow_policies": [allowed(2, pattern=r".*@Partner\.example$", is_regex=True)],
        "domains": [live()],
    }
    text = account_imports(account)
    assert re.findall(r"^  to = (\S+)$", text, re.MULTILINE) == [
        "cloudflare_email_security_domain.example_com",
        "cloudflare_email_security_allow_policy.partner_example_is_regex",
        "cloudflare_email_security_block_sender.evil_b_example",
        "cloudflare_email_security_trusted_domains.a_example",
        "cloudflare_email_security_impersonation_registry.p1_example_com",
    ]
    assert re.findall(r'^  id = "\$\{var\.cloudflare_account_id\}/(\S+)"$', text, re.MULTILINE) == [ID, live_id(2), live_id(1), "7", live_id(1)]
    assert account_imports({"domains": [live()], "content_policies": []}) == terraform_imports([live()])


def test_account_imports_labels_are_short_and_different():
    entries = [
        blocked(1, pattern="x" * 1000, is_regex=True),
        blocked(2, pattern="x" * 1001, is_regex=True),
        blocked(3, pattern="192.0.2.7"),
        blocked(4, pattern=None),
    ]
    found = re.findall(r"^  to = cloudflare_email_security_block_sender\.(\S+)$", account_imports({"block_senders": entries}), re.MULTILINE)
    assert found == ["blocked_sender", "blocked_sender_192_0_2_7", *(f"{'x' * 64}__{live_id(number).replace('-', '_')}" for number in (1, 2))]


def test_account_imports_leaves_out_people_from_a_directory():
    text = account_imports({"impersonation_registry": [person(1), synced(2), synced(3)]})
    assert text.count("import {") == 1
    assert text.endswith("\n# Left out, because a directory manages them: 2 impersonation registry entries\n")
    assert "p2@" not in text


@pytest.mark.parametrize("words", ['x"\n}\u2028resource', "${var.x}", "x\r\nimport {", "%{if true}"])
def test_account_imports_server_text_stays_in_comments(words):
    text = account_imports({"block_senders": [blocked(1, pattern=words, is_regex=True, comments=words), blocked(2, id=words)]})
    assert all(line.isprintable() for line in text.split("\n"))
    assert [line for line in text.split("\n") if line and not line.startswith(("#", "import {", "  to = ", "  id = ", "}"))] == []
    assert text.count('id = "') == 1
    assert text.endswith("\n# Left out, because its id is invalid: b2.example\n")
