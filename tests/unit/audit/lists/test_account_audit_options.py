"""The options of an audit of lists: what is read, and what is refused."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import InvalidOptionError
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.account_audit_options import account_audit_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.registry import LIST_NAMES, RESOURCES

DOMAIN = {"domain": "d1.example", "lookback_hops": 1}


def read_of(**options):
    audit = account_audit_from_options(options)
    return audit.reads_domains, [declaration.name for declaration in audit.lists], set(audit.declared_lists)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"domains": [DOMAIN], "resources": ["block_senders"]}, (True, ["block_senders"], set())),
        ({"resources": ["all"]}, (True, list(LIST_NAMES), set())),
        ({"resources": ["domains"]}, (True, [], set())),
        ({"resources": ["all", "block_senders"], "block_senders": []}, (True, list(LIST_NAMES), {"block_senders"})),
        ({"block_senders": []}, (False, ["block_senders"], {"block_senders"})),
        # In the order of the registry, whatever the order of the options.
        ({"url_ignore_patterns": [], "resources": ["allow_policies"]}, (False, ["allow_policies", "url_ignore_patterns"], {"url_ignore_patterns"})),
        ({"domains": [], "block_senders": []}, (True, ["block_senders"], {"block_senders"})),
        ({"domains": [DOMAIN], "only": ["d1.example"], "block_senders": [], "resources": ["all"]}, (True, [], {"block_senders"})),
    ],
)
def test_what_is_declared_or_named_is_read(options, expected):
    assert read_of(**options) == expected


def test_a_list_that_is_only_read_declares_nothing_and_is_not_purged():
    [declaration] = account_audit_from_options({"resources": ["block_senders"]}).lists
    assert declaration == ("block_senders", RESOURCES["block_senders"](), [], True, False, declaration.keep, (), ())


def test_only_selects_domains():
    audit = account_audit_from_options({"domains": [DOMAIN, {"domain": "d2.example"}], "only": ["d2*"], "resources": ["all"]})
    assert [desired.name for desired in audit.domains.selected] == ["d2.example"]


def test_own_domains_are_names_in_their_normal_form():
    audit = account_audit_from_options({"resources": ["all"], "own_domains": ["EXAMPLE.com.", "bücher.example"], "max_age": 30})
    assert (audit.own_domains, audit.max_age) == ({"example.com", "xn--bcher-kva.example"}, 30)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "Nothing is to be audited: give domains, or at least one of allow_policies, block_senders, "),
        ({"resources": [], "purge": []}, "Nothing is to be audited"),
        ({"block_senders": [], "only": ["x.example"]}, "only is given, and domains is not: it selects declared domains. Lists are audited without it."),
        ({"resources": ["all"], "max_age": 0}, "max_age is 0; it must be an integer from 1 to 36500."),
        ({"resources": ["all"], "own_domains": ["a b"]}, "own_domains[0] "),
        ({"resources": ["all"], "purge": ["block_senders"]}, "purge contains block_senders, and the list is not given"),
        ({"resources": ["all"], "keep": {"x": ["y"]}}, "keep: x is not a list"),
        ({"block_senders": [{"pattern": "@x"}]}, "block_senders[0] (@x): pattern "),
        ({"domains": [{"domain": "a b"}], "block_senders": []}, "domains[0] (a b): "),
    ],
)
def test_invalid_options_are_refused(options, words):
    with pytest.raises(InvalidOptionError) as caught:
        account_audit_from_options(options)
    assert words in str(caught.value)


def test_every_mistake_is_named():
    with pytest.raises(InvalidOptionError) as caught:
        account_audit_from_options(
            {
                "block_senders": [{"pattern": "@x"}],
                "domains": [{"domain": "a b"}],
                "own_domains": ["a b"],
                "max_age": 0,
                "severities": {"x": "low"},
                "waivers": [{"entry": "x", "rule": "x", "reason": "r", "owner": "o", "expires": "2026-12-31"}],
            }
        )
    for words in ("block_senders[0]", "domains[0]", "own_domains[0]", "max_age", "severities", "waivers[0] (x)"):
        assert words in str(caught.value)
    # Each once, although several parts read the same options.
    assert str(caught.value).count("own_domains[0]") == 1
