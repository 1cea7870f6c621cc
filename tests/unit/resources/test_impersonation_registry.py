"""The impersonation registry: options, key and names, synchronized people, and what is sent."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import InvalidOptionError
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.desired import desired_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.impersonation_registry import (
    IMPERSONATION_REGISTRY_ENTRY,
    ImpersonationRegistry,
    synchronized_from,
)
from ansible_collections.mailops.cloudflare.tests.unit.support import ACCOUNT, client, listed

LIST = f"/accounts/{ACCOUNT}/email-security/settings/impersonation_registry"


def settings_of(**options):
    return desired_from_options(IMPERSONATION_REGISTRY_ENTRY, options).settings


def test_options_are_those_of_the_documentation():
    assert IMPERSONATION_REGISTRY_ENTRY.option_spec() == {
        "email": {"type": "str"},
        "is_email_regex": {"type": "bool"},
        "name": {"type": "str"},
        "comments": {"type": "str"},
    }


def test_creation_sends_every_required_field():
    body = IMPERSONATION_REGISTRY_ENTRY.create_body(settings_of(email="CEO@Example.com", name=" Ann  Lee "))
    assert IMPERSONATION_REGISTRY_ENTRY.request_body(body) == {"email": "ceo@example.com", "is_email_regex": False, "name": "Ann Lee"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"email": "ceo@example.com"}, "name is not given: it is the display name that is protected"),
        ({"email": "ceo@example.com", "name": " "}, "name is empty"),
        ({"email": "ceo@example.com", "name": "Ann\nLee"}, "which contains a control character"),
        ({"email": "ceo@example.com", "name": "x" * 1025}, "name has 1025 characters; at most 1024 are allowed"),
        ({"email": "example.com", "name": "Ann Lee"}, "email is 'example.com', which is not an address"),
        ({"email": " .*", "is_email_regex": True, "name": "Ann Lee"}, "email is ' .*', which begins or ends with white space"),
    ],
)
def test_impossible_people_are_refused(options, words):
    with pytest.raises(InvalidOptionError) as caught:
        settings_of(**options)
    assert words in str(caught.value)


def test_a_person_who_is_selected_by_id_or_absent_needs_no_name():
    assert settings_of(id="7", comments="x") == {"comments": "x"}
    assert settings_of(email="ceo@example.com", state="absent") == {"email": "ceo@example.com", "is_email_regex": False}


def test_the_case_of_a_name_counts_and_its_spaces_do_not():
    live = {"email": "CEO@example.com", "name": "Ann  Lee", "comments": None}
    assert IMPERSONATION_REGISTRY_ENTRY.differing_fields(settings_of(email="ceo@example.com", name="Ann Lee", comments=""), live) == []
    assert IMPERSONATION_REGISTRY_ENTRY.differing_fields(settings_of(email="ceo@example.com", name="Ann LEE"), live) == ["name"]


def test_the_key_is_the_address():
    assert IMPERSONATION_REGISTRY_ENTRY.live_key({"email": "CEO@example.com", "is_regex": True}) == ("ceo@example.com", False)
    assert IMPERSONATION_REGISTRY_ENTRY.live_key({"email": "CEO@example.com", "is_email_regex": True}) == ("CEO@example.com", True)
    assert IMPERSONATION_REGISTRY_ENTRY.variant_fields == ("name",)


@pytest.mark.parametrize("live", [{}, {"provenance": None}, {"provenance": ""}, {"provenance": "A1S_INTERNAL"}, {"directory_id": None}])
def test_people_that_were_added_here_can_be_changed(live):
    assert synchronized_from(live) is None
    assert IMPERSONATION_REGISTRY_ENTRY.read_only_reason(live) is None


@pytest.mark.parametrize(
    ("live", "words"),
    [
        ({"provenance": "SNOOPY-OFFICE_365"}, "it is synchronized from a directory (provenance SNOOPY-OFFICE_365)"),
        ({"provenance": "SNOOPY-GOOGLE_DIRECTORY", "directory_id": 4}, "(provenance SNOOPY-GOOGLE_DIRECTORY, directory 4)"),
        ({"provenance": "A1S_INTERNAL", "directory_id": 0}, "(provenance A1S_INTERNAL, directory 0)"),
        ({"provenance": "SOMETHING_NEW"}, "(provenance SOMETHING_NEW)"),
    ],
)
def test_synchronized_people_are_read_only(live, words):
    assert words in synchronized_from(live)


def test_a_person_protects():
    assert IMPERSONATION_REGISTRY_ENTRY.if_created == "stronger"


def test_a_person_is_looked_up_in_the_whole_list_because_there_is_no_filter(script):
    row = {"id": "7", "email": "CEO@example.com", "name": "Ann Lee"}
    script.expect("GET", LIST, listed(row, {"id": "8", "email": "cfo@example.com"}), query={"order": "email", "direction": "asc"})
    assert ImpersonationRegistry(client()).list_by_keys([("ceo@example.com", False)]) == [row]
    assert ImpersonationRegistry.max_batch_items == 0
