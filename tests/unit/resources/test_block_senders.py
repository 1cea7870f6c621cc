"""Blocked senders: their options, defaults and key, and what is sent."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import InvalidOptionError
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.desired import desired_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.block_senders import BLOCK_SENDER, BlockSenders
from ansible_collections.mailops.cloudflare.tests.unit.support import ACCOUNT, client, listed

LIST = f"/accounts/{ACCOUNT}/email-security/settings/block_senders"


def settings_of(**options):
    return desired_from_options(BLOCK_SENDER, options).settings


def test_options_are_those_of_the_documentation():
    assert BLOCK_SENDER.option_spec() == {
        "pattern": {"type": "str"},
        "is_regex": {"type": "bool"},
        "pattern_type": {"type": "str", "choices": ["EMAIL", "DOMAIN", "IP"]},
        "comments": {"type": "str"},
    }


def test_only_the_key_has_a_default():
    assert settings_of(pattern=" Evil.Example. ") == {"pattern": "evil.example", "is_regex": False}
    assert settings_of(id="7", comments="") == {"comments": ""}


@pytest.mark.parametrize(
    ("pattern", "is_regex", "pattern_type"),
    [("a@evil.example", False, "EMAIL"), ("evil.example", False, "DOMAIN"), ("2001:db8::/32", False, "IP"), ("evil", True, "EMAIL")],
)
def test_creation_sends_the_inferred_type(pattern, is_regex, pattern_type):
    expected = {"pattern": pattern, "is_regex": is_regex, "pattern_type": pattern_type}
    assert BLOCK_SENDER.request_body(BLOCK_SENDER.create_body(settings_of(pattern=pattern, is_regex=is_regex))) == expected


def test_a_live_type_is_not_compared_unless_it_is_declared():
    live = {"id": "7", "pattern": "EVIL.example", "pattern_type": "EMAIL", "comments": "x"}
    assert BLOCK_SENDER.differing_fields(settings_of(pattern="evil.example"), live) == []
    assert BLOCK_SENDER.differing_fields(settings_of(pattern="evil.example", pattern_type="DOMAIN"), live) == ["pattern_type"]
    assert BLOCK_SENDER.differing_fields(settings_of(pattern="evil.example", comments=""), live) == ["comments"]


def test_an_entry_of_unknown_type_is_the_text_that_it_is():
    live = {"pattern": "Evil.Example.", "is_regex": False, "pattern_type": "UNKNOWN"}
    assert BLOCK_SENDER.live_key(live) == ("Evil.Example.", False)


def test_two_spellings_of_one_sender_have_one_key():
    keys = {BLOCK_SENDER.live_key({"pattern": text}) for text in ("192.0.2.1", "192.0.2.1/32", "192.0.2.1/255.255.255.255")}
    assert keys == {("192.0.2.1", False)} == {BLOCK_SENDER.key_of(settings_of(pattern="192.0.2.1/32"))}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "Neither pattern nor id is given"),
        ({"pattern": "@evil.example"}, "pattern is '@evil.example', which is not an address. For all addresses of the domain, write evil.example"),
        ({"pattern": "10.0.0.1"}, "pattern is '10.0.0.1', which is private"),
        ({"pattern": "evil.example", "pattern_type": "UNKNOWN"}, "pattern_type is 'UNKNOWN'"),
        ({"pattern": "a\nb", "is_regex": True}, "contains a line break"),
        ({"id": "../x"}, "id is '../x'"),
    ],
)
def test_impossible_senders_are_refused(options, words):
    with pytest.raises(InvalidOptionError) as caught:
        desired_from_options(BLOCK_SENDER, options)
    assert words in str(caught.value)


def test_a_blocked_sender_protects():
    assert BLOCK_SENDER.if_created == "stronger"


def test_a_pattern_that_the_filter_does_not_find_is_looked_up_in_the_list(script):
    row = {"id": "7", "pattern": "Evil.example"}
    script.expect("GET", LIST, listed(), query={"order": "pattern", "direction": "asc", "pattern": "evil.example"})
    script.expect("GET", LIST, listed(row), query={"order": "pattern", "direction": "asc"})
    assert BlockSenders(client()).list_by_keys([("evil.example", False)]) == [row]
    assert (BlockSenders.max_batch_items, BlockSenders.is_batch_atomic) == (1000, True)
