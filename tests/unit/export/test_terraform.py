"""terraform_imports(): blocks, labels and what is left out."""

from __future__ import annotations

import re

import pytest
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.export.terraform import terraform_imports
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
