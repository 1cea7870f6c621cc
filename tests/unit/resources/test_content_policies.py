"""Content policies: their options, defaults and key, and what is sent."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import ApiError, InvalidOptionError
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.desired import desired_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.content_policies import CONTENT_POLICY, ContentPolicies
from ansible_collections.mailops.cloudflare.tests.unit.support import ACCOUNT, client, listed

LIST = f"/accounts/{ACCOUNT}/email-security/settings/content_policies"


def settings_of(**options):
    return desired_from_options(CONTENT_POLICY, options).settings


def test_options_are_those_of_the_documentation():
    assert CONTENT_POLICY.option_spec() == {
        "name": {"type": "str"},
        "pattern": {"type": "str"},
        "targets": {"type": "list", "elements": "str", "choices": ["BODY", "SUBJECT"]},
        "enabled": {"type": "bool"},
        "notes": {"type": "str"},
    }


def test_a_policy_is_enabled_unless_declared_otherwise():
    assert settings_of(name="Invoices") == {"name": "Invoices", "enabled": True}
    assert settings_of(name="Invoices", enabled=False)["enabled"] is False
    assert CONTENT_POLICY.differing_fields(settings_of(name="Invoices"), {"name": "Invoices", "enabled": None}) == ["enabled"]


def test_creation_sends_the_pattern_as_it_is_written():
    desired = settings_of(name="Invoices", pattern=r"(?i)\bInvoice  \d+", targets=["SUBJECT", "BODY", "SUBJECT"], notes="")
    expected = {"name": "Invoices", "pattern": r"(?i)\bInvoice  \d+", "targets": ["BODY", "SUBJECT"], "enabled": True, "notes": None}
    assert CONTENT_POLICY.request_body(CONTENT_POLICY.create_body(desired)) == expected


@pytest.mark.parametrize(("options", "missing"), [({}, "pattern, targets"), ({"pattern": "x"}, "targets"), ({"targets": ["BODY"]}, "pattern")])
def test_creation_needs_a_pattern_and_targets(options, missing):
    with pytest.raises(ApiError) as caught:
        desired_from_options(CONTENT_POLICY, {"name": "Invoices", **options}).change(None)
    assert f"To create it, {missing} must be given, too" in str(caught.value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"name": " "}, "name is empty"),
        ({"name": "x" * 257}, "name has 257 characters; at most 256 are allowed"),
        ({"name": "x", "pattern": "x" * 2049}, "pattern has 2049 characters; at most 2048 are allowed"),
        ({"name": "x", "pattern": ""}, "pattern is empty"),
        ({"name": "x", "targets": []}, "targets is empty; it needs at least 1 of BODY, SUBJECT"),
        ({"name": "x", "targets": ["HEADER"]}, "targets contains 'HEADER'; the choices are BODY, SUBJECT"),
        ({"name": "x", "notes": "x" * 4097}, "notes has 4097 characters; at most 4096 are allowed"),
    ],
)
def test_impossible_policies_are_refused(options, words):
    with pytest.raises(InvalidOptionError) as caught:
        settings_of(**options)
    assert words in str(caught.value)


def test_targets_are_a_set_and_a_missing_note_is_an_empty_one():
    live = {"name": "Invoices", "enabled": True, "targets": ["SUBJECT", "body"], "pattern": "x"}
    assert CONTENT_POLICY.differing_fields(settings_of(name="Invoices", targets=["BODY", "SUBJECT"], notes="", pattern="x"), live) == []
    assert CONTENT_POLICY.differing_fields(settings_of(name="Invoices", pattern="X"), live) == ["pattern"]


def test_the_key_is_the_name_with_its_case():
    assert CONTENT_POLICY.live_key({"name": " Gift  cards"}) == ("Gift cards",)
    assert CONTENT_POLICY.live_key({"name": "gift cards"}) != CONTENT_POLICY.live_key({"name": "Gift cards"})


def test_a_policy_protects():
    assert CONTENT_POLICY.if_created == "stronger"
    assert {field.name: field.if_set for field in CONTENT_POLICY.fields if field.if_set} == {"targets": "stronger", "enabled": "stronger"}


def test_the_list_is_filtered_by_name_and_sorted(script):
    row = {"id": "7", "name": "Invoices"}
    script.expect("GET", LIST, listed(row), query={"order": "name", "direction": "asc", "name": "Invoices"})
    assert ContentPolicies(client()).list_by_keys([("Invoices",)]) == [row]
    assert (ContentPolicies.max_batch_items, ContentPolicies.is_batch_atomic) == (1000, True)
