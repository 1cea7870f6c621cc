"""URL ignore patterns: their options and key, and what is sent."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import InvalidOptionError
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.desired import desired_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.url_ignore_patterns import URL_IGNORE_PATTERN, UrlIgnorePatterns
from ansible_collections.mailops.cloudflare.tests.unit.support import ACCOUNT, client, listed

LIST = f"/accounts/{ACCOUNT}/email-security/settings/url_ignore_patterns"
PATTERN = r"https://Login\.example\.com/.*"


def settings_of(**options):
    return desired_from_options(URL_IGNORE_PATTERN, options).settings


def test_options_are_those_of_the_documentation():
    assert URL_IGNORE_PATTERN.option_spec() == {"pattern": {"type": "str"}, "comments": {"type": "str"}}


def test_creation_sends_the_pattern_as_it_is_written():
    assert URL_IGNORE_PATTERN.create_body(settings_of(pattern=PATTERN)) == {"pattern": PATTERN}
    assert URL_IGNORE_PATTERN.request_body({"pattern": PATTERN, "comments": ""}) == {"pattern": PATTERN, "comments": None}


def test_the_key_is_the_exact_pattern():
    assert URL_IGNORE_PATTERN.live_key({"pattern": PATTERN}) == (PATTERN,) == URL_IGNORE_PATTERN.key_of(settings_of(pattern=PATTERN))
    assert URL_IGNORE_PATTERN.live_key({"pattern": PATTERN.lower()}) != (PATTERN,)


def test_a_comment_is_compared_only_if_it_is_given():
    assert URL_IGNORE_PATTERN.differing_fields(settings_of(pattern=PATTERN), {"pattern": PATTERN, "comments": "x"}) == []
    assert URL_IGNORE_PATTERN.differing_fields(settings_of(pattern=PATTERN, comments="X"), {"pattern": PATTERN, "comments": "x"}) == ["comments"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"pattern": ""}, "pattern is empty"),
        ({"pattern": f"{PATTERN} "}, "which begins or ends with white space"),
        ({"pattern": "x" * 1025}, "pattern has 1025 characters; at most 1024 are allowed"),
        ({"pattern": "x", "comments": "x" * 1025}, "comments has 1025 characters; at most 1024 are allowed"),
    ],
)
def test_impossible_patterns_are_refused(options, words):
    with pytest.raises(InvalidOptionError) as caught:
        settings_of(**options)
    assert words in str(caught.value)


def test_a_pattern_exempts():
    assert URL_IGNORE_PATTERN.if_created == "weaker"


def test_the_list_has_neither_a_filter_nor_an_order(script):
    row = {"id": "7", "pattern": PATTERN}
    script.expect("GET", LIST, listed(row, {"id": "8", "pattern": "x"}))
    assert UrlIgnorePatterns(client()).list_by_keys([(PATTERN,)]) == [row]
    assert (UrlIgnorePatterns.list_order, UrlIgnorePatterns.max_batch_items) == ({}, 1000)
