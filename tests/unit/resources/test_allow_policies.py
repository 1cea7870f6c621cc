"""Allow policies: their options, defaults and key, and what is sent."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import InvalidOptionError
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.desired import desired_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.allow_policies import ALLOW_POLICY, AllowPolicies
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.collection import BatchAnswer
from ansible_collections.mailops.cloudflare.tests.unit.support import ACCOUNT, client, listed, ok

LIST = f"/accounts/{ACCOUNT}/email-security/settings/allow_policies"
FLAGS = ("is_trusted_sender", "is_exempt_recipient", "is_acceptable_sender")


def settings_of(**options):
    return desired_from_options(ALLOW_POLICY, options).settings


def test_options_are_those_of_the_documentation():
    types = ["EMAIL", "DOMAIN", "IP"]
    assert ALLOW_POLICY.option_spec() == {
        "pattern": {"type": "str"},
        "is_regex": {"type": "bool"},
        "pattern_type": {"type": "str", "choices": types},
        "is_trusted_sender": {"type": "bool"},
        "is_exempt_recipient": {"type": "bool"},
        "is_acceptable_sender": {"type": "bool"},
        "verify_sender": {"type": "bool"},
        "comments": {"type": "str"},
    }


def test_defaults_are_compared_except_for_the_type_and_the_comment():
    assert settings_of(pattern="Partner.Example") == {
        "pattern": "partner.example",
        "is_regex": False,
        "is_trusted_sender": False,
        "is_exempt_recipient": False,
        "is_acceptable_sender": False,
        "verify_sender": True,
    }


@pytest.mark.parametrize(
    ("flags", "is_verified"),
    [
        ((), True),
        (("is_trusted_sender",), True),
        (("is_acceptable_sender",), True),
        (("is_exempt_recipient",), False),
        (("is_exempt_recipient", "is_trusted_sender"), True),
        (("is_exempt_recipient", "is_acceptable_sender"), True),
    ],
)
def test_senders_are_verified_unless_the_policy_is_about_recipients_only(flags, is_verified):
    assert settings_of(pattern="a@partner.example", **dict.fromkeys(flags, True))["verify_sender"] is is_verified
    for given in (True, False):
        assert settings_of(pattern="a@partner.example", verify_sender=given, **dict.fromkeys(flags, True))["verify_sender"] is given


@pytest.mark.parametrize(
    ("pattern", "is_regex", "pattern_type"),
    [("a@partner.example", False, "EMAIL"), ("partner.example", False, "DOMAIN"), ("192.0.2.0/24", False, "IP"), (r".*@partner\.example", True, "EMAIL")],
)
def test_creation_sends_every_required_field_and_the_inferred_type(pattern, is_regex, pattern_type):
    body = ALLOW_POLICY.create_body(settings_of(pattern=pattern, is_regex=is_regex, is_acceptable_sender=True))
    assert ALLOW_POLICY.request_body(body) == {
        "pattern": pattern,
        "is_regex": is_regex,
        "pattern_type": pattern_type,
        "is_trusted_sender": False,
        "is_exempt_recipient": False,
        "is_acceptable_sender": True,
        "verify_sender": True,
    }


def test_creation_sends_the_declared_type_and_comment():
    body = ALLOW_POLICY.create_body(settings_of(pattern=".*", is_regex=True, pattern_type="DOMAIN", comments="SEC-1"))
    assert (body["pattern_type"], body["comments"]) == ("DOMAIN", "SEC-1")
    assert ALLOW_POLICY.request_body({"comments": ""}) == {"comments": None}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"pattern": "partner.example", "is_exempt_recipient": True}, "is_exempt_recipient is true, and the pattern is a domain: a recipient is an address"),
        ({"pattern": "192.0.2.1", "is_exempt_recipient": True}, "the pattern is an IP address or network: a recipient is an address"),
        ({"pattern": "partner.example", "pattern_type": "UNKNOWN"}, "pattern_type is 'UNKNOWN'; the choices are EMAIL, DOMAIN, IP"),
        ({"pattern": "partner.example", "pattern_type": "EMAIL"}, "pattern is 'partner.example', which is not an address"),
        ({"pattern": "*.partner.example"}, "pattern is '*.partner.example'; a domain is written without '*.'"),
        ({"pattern": "a", "is_regex": True, "comments": "x" * 1025}, "comments has 1025 characters"),
        ({"pattern": "a ", "is_regex": True}, "pattern is 'a ', which begins or ends with white space"),
    ],
)
def test_impossible_policies_are_refused(options, words):
    with pytest.raises(InvalidOptionError) as caught:
        desired_from_options(ALLOW_POLICY, options)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "options", [{"pattern": "a@partner.example"}, {"pattern": ".*", "is_regex": True}, {"pattern": ".*", "is_regex": True, "pattern_type": "DOMAIN"}]
)
def test_recipients_are_addresses_or_regular_expressions(options):
    assert settings_of(**options, is_exempt_recipient=True)["is_exempt_recipient"] is True


def test_an_absent_policy_ignores_its_settings():
    desired = desired_from_options(ALLOW_POLICY, {"pattern": "partner.example", "is_exempt_recipient": True, "comments": "x" * 2000, "state": "absent"})
    assert desired.settings == {"pattern": "partner.example", "is_regex": False}


def test_the_key_is_the_pattern_and_whether_it_is_a_regular_expression():
    assert ALLOW_POLICY.live_key({"pattern": "Partner.example"}) == ("partner.example", False)
    assert ALLOW_POLICY.live_key({"pattern": "Partner.example", "is_regex": True}) == ("Partner.example", True)
    assert ALLOW_POLICY.live_key({"pattern": None}) is None
    assert ALLOW_POLICY.display_name((".*", True)) == ".* (is_regex)"


def test_missing_flags_are_false_and_deprecated_names_are_never_sent():
    live = {"id": "7", "pattern": "partner.example", "is_regex": None, "is_sender": True, "is_recipient": True, "is_spoof": True}
    desired = settings_of(pattern="partner.example", verify_sender=False)
    assert ALLOW_POLICY.differing_fields(desired, live) == []
    assert not {"is_sender", "is_recipient", "is_spoof"} & {field.name for field in ALLOW_POLICY.fields}


def test_what_weakens_is_known():
    assert ALLOW_POLICY.if_created == "weaker"
    assert {field.name: field.if_set for field in ALLOW_POLICY.fields if field.if_set} == {**dict.fromkeys(FLAGS, "weaker"), "verify_sender": "stronger"}


def test_the_endpoints(script):
    script.expect("GET", LIST, listed({"id": "7", "pattern": "a.example"}), query={"order": "pattern", "direction": "asc", "pattern": "a.example"})
    policies = AllowPolicies(client())
    assert policies.list_by_keys([("a.example", False)]) == [{"id": "7", "pattern": "a.example"}]
    script.expect("POST", f"{LIST}/batch", ok({}), body={"deletes": [{"id": "7"}], "patches": [], "puts": [], "posts": []})
    assert policies.batch([{"id": "7"}], [], []) == BatchAnswer([], [], [])
    assert (policies.max_batch_items, policies.batch_actions, policies.is_batch_atomic) == (1000, ("delete", "update", "create"), True)
