"""Names and the domains above them."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lookups.names import find_listed, with_parents


@pytest.mark.parametrize(
    ("name", "names"),
    [("a.b.example", ["a.b.example", "b.example", "example"]), ("example", ["example"]), ("", []), ("a..b", ["a..b", ".b", "b"])],
)
def test_with_parents(name, names):
    assert list(with_parents(name)) == names


@pytest.mark.parametrize(
    ("name", "listed"),
    [
        ("docusign.net", "docusign.net"),
        ("eu.docusign.net", "docusign.net"),
        ("a.mail.partner.example", "mail.partner.example"),
        ("mydocusign.net", None),
        ("net", None),
        ("docusign.net.example", None),
        ("", None),
    ],
)
def test_find_listed(name, listed):
    assert find_listed(name, {"docusign.net", "mail.partner.example", "partner.example"}) == listed
