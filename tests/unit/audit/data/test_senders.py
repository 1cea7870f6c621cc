"""The lists of names are in normal form, and no name is in two groups that exclude each other."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.data import senders
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lookups.names import find_listed, with_parents
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domain_names import public_name

GROUPS = {name: getattr(senders, name) for name in ("FREEMAIL", "TRANSACTIONAL_SERVICES", "MAILING_PLATFORMS", "LINK_SHORTENERS", "FILE_SHARES")}


@pytest.mark.parametrize("group", GROUPS)
def test_names_are_in_normal_form(group):
    assert {public_name(name) for name in GROUPS[group]} == GROUPS[group]
    assert len(GROUPS[group]) >= 15


@pytest.mark.parametrize("group", GROUPS)
def test_no_name_is_below_another_one_of_its_group(group):
    assert [name for name in GROUPS[group] for parent in list(with_parents(name))[1:] if parent in GROUPS[group]] == []


def test_shared_senders_are_those_of_the_three_groups():
    groups = [senders.FREEMAIL, senders.TRANSACTIONAL_SERVICES, senders.MAILING_PLATFORMS]
    assert len(senders.SHARED_SENDERS) == sum(len(group) for group in groups)
    assert {"gmail.com", "docusign.net", "paypal.com", "sendgrid.net"} <= senders.SHARED_SENDERS


@pytest.mark.parametrize(
    ("name", "names", "is_listed"),
    [
        ("gmail.com", senders.FREEMAIL, True),
        ("eu.docusign.net", senders.TRANSACTIONAL_SERVICES, True),
        ("partner.example", senders.SHARED_SENDERS, False),
        ("bit.ly", senders.LINK_SHORTENERS, True),
        ("partner.sharepoint.com", senders.FILE_SHARES, True),
        ("google.com", senders.FILE_SHARES, False),
    ],
)
def test_names_are_found(name, names, is_listed):
    assert (find_listed(name, names) is not None) == is_listed
