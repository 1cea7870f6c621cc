"""audit_role_mistakes: each message about the variables of the role audit, and the values next to it that are no mistake."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.variables.audit_role_mistakes import find_audit_role_mistakes

OMIT = "__omit_place_holder__1"
DOMAIN = {"domain": "example.com"}
DEFAULTS: dict[str, Any] = {"domains": [DOMAIN], "fail_on": ["high"], "directory": "reports"}
LIST = {"audit_block_senders": [{"pattern": "evil.example"}]}
NAMES = ["allow_policies", "block_senders"]
HINT = "so nothing would be compared. Check that the policy was loaded: this happens if a file was not found or if the name of a variable is misspelt."
NOTHING = " Nothing was read or written."
NO_NAMES = "audit_resources, audit_own_domains and audit_purge must be lists of names. Leave out a variable that you have no value for." + NOTHING
PATHS = (
    "audit_directory, audit_name, audit_title and audit_previous must be strings without ********, the mask that replaces a secret, and audit_formats must be "
    "a list of formats. Leave out a variable that you have no value for." + NOTHING
)
HEAD = (
    "audit_account_name and audit_policy_version must be strings, and audit_policy_file a string or a list of strings, none blank, all without ********, the "
    "mask that replaces a secret. Leave out a variable that you have no value for." + NOTHING
)
RETENTION = "audit_keep_reports and audit_keep_days must be numbers that are not negative. Leave out what you do not need." + NOTHING
MAX_AGE = "audit_max_age must be a number of days, at least 1. Leave it out for the limits of the rules." + NOTHING
PREFIX = "audit_lists_prefix must be the beginning of the names of the variables of lists, such as email_security_." + NOTHING
KEEP = "audit_keep must be a mapping of names of lists to patterns. Leave it out or leave it empty if you do not need it." + NOTHING
FAIL_ON = (
    "audit_fail_on is empty, or combines never with other conditions. Valid conditions are critical, high, medium and low, with the prefix weaker, stronger or "
    "neutral if only that direction counts (stronger:high), and drift. Separate several with commas."
)


def find(lists: Any = None, names: Any = ("all",), purged: Any = (), conditions: Any = ("high",), **values: Any) -> list[str]:
    named = {f"audit_{name}": value for name, value in {**DEFAULTS, **values}.items()}
    return find_audit_role_mistakes(named, omit=OMIT, lists=lists or {}, list_names=NAMES, resources=names, purged=purged, fail_conditions=conditions)


@pytest.mark.parametrize(
    ("domains", "says"),
    [
        (OMIT, "Neither audit_domains nor a list is given, " + HINT),
        *((value, "audit_domains is empty, or not every item of it is a mapping, " + HINT) for value in (None, "", [], {}, "a", DOMAIN, 5, [DOMAIN, "a"])),
    ],
)
def test_domains_that_are_no_policy(domains: Any, says: str) -> None:
    assert find(domains=domains) == [says]


def test_lists_alone() -> None:
    assert find(domains=OMIT, lists=LIST) == []


@pytest.mark.parametrize(
    ("fail_on", "conditions", "is_wrong"),
    [
        ("high", ["high"], False),
        (["high", "drift"], ["high", "drift"], False),
        ("never", ["never"], False),
        ("", [], True),
        (None, [], True),
        ([], [], True),
        (["never", "high"], ["never", "high"], True),
        (["high", "never"], ["high", "never"], True),
        (["high", 5], ["high", "5"], True),
    ],
)
def test_fail_on(fail_on: Any, conditions: list[str], is_wrong: bool) -> None:
    assert find(fail_on=fail_on, conditions=conditions) == ([FAIL_ON] if is_wrong else [])


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("waivers", "none", "audit_waivers must be a list."),
        ("waivers", {}, "audit_waivers must be a list."),
        ("waivers", OMIT, "audit_waivers must be a list."),
        (
            "waivers",
            "[{'expires': datetime.date(2027, 1, 31)}]",
            'audit_waivers must be a list. It contains a date without quotes, which this release of ansible-core cannot pass on: write it as "2027-01-31".',
        ),
        *((name, value, NO_NAMES) for name in ("resources", "own_domains", "purge") for value in ({"a": 1}, OMIT, " ", "\n")),
        *(("lists_prefix", value, PREFIX) for value in ("1a", "a-b", "a b", ["a_"], "a\n", OMIT + "-")),
        *(("max_age", value, MAX_AGE) for value in (0, "x", [5], "1 day", "5\n", -1)),
        *(("keep", value, KEEP) for value in ([1], "a", 0)),
        ("only", OMIT, "audit_only is omitted, and that does not name domains. Set it to null or an empty string for all domains."),
        *(("directory", value, PATHS) for value in (None, "", " ", [], OMIT, "a********")),
        *((name, value, PATHS) for name in ("name", "title", "previous") for value in (" ", {}, 5, OMIT, "********b")),
        ("formats", OMIT, PATHS),
        *((name, value, HEAD) for name in ("account_name", "policy_version", "policy_file") for value in (" ", {}, 5, OMIT, "********")),
        *(("policy_file", value, HEAD) for value in (["a.yml", " "], ["a.yml", None], ["a.yml", OMIT], ["********"])),
        *((name, value, RETENTION) for name in ("keep_reports", "keep_days") for value in (-1, "x", [5], "5\n", 0.5)),
    ],
)
def test_value_that_is_a_mistake(name: str, value: Any, says: str) -> None:
    assert find(**{name: value}) == [says]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        *(
            (name, (None, ""))
            for name in (
                *("waivers", "resources", "own_domains", "purge", "lists_prefix", "max_age", "keep", "only", "name", "title", "previous", "formats"),
                *("account_name", "policy_version", "policy_file", "keep_reports", "keep_days"),
            )
        ),
        ("waivers", ([], [DOMAIN])),
        ("resources", ("domains", ["domains"], [])),
        ("lists_prefix", ("email_security_", "_", "A1")),
        ("max_age", (1, "30")),
        ("keep", ({}, {"block_senders": ["*"]})),
        ("only", ("a.example", ["a.example"])),
        ("formats", (["json"], "json,csv")),
        ("policy_file", ("a.yml", ["a.yml", "b.yml"], [])),
        ("keep_reports", (0, 5, "30")),
    ],
)
def test_value_that_is_no_mistake(name: str, values: tuple[Any, ...]) -> None:
    assert [find(**{name: value}) for value in values] == [[] for _value in values]


def test_unknown_resources_are_named_once() -> None:
    says = "audit_resources contains lists, all_lists; the choices are all, domains, allow_policies, block_senders." + NOTHING
    assert find(names=["lists", "domains", "all_lists", "lists"]) == [says]
    assert find(names=["all", "domains", *NAMES]) == []


def test_purge_without_a_declared_list() -> None:
    assert find(purge="block_senders", purged=["block_senders"]) == ["audit_purge is block_senders, and no list is declared." + NOTHING]
    assert find(purge="block_senders", purged=["block_senders"], lists=LIST) == []


def test_list_that_is_no_list() -> None:
    says = (
        "audit_block_senders is null, and must be a list of mappings, one for each entry. For a list without entries, write []. "
        "Leave the variable out if the list is not declared."
    )
    assert find(lists={"audit_block_senders": None}) == [says]


def test_mistakes_are_reported_in_the_order_of_their_variables() -> None:
    found = find(domains=None, conditions=[], waivers="x", purge=" ", lists_prefix="-", max_age=0, keep=1, only=OMIT, title=" ", policy_file=" ", keep_days="x")
    assert [message.split()[0] for message in found] == [
        *("audit_domains", "audit_fail_on", "audit_waivers", "audit_resources,", "audit_lists_prefix", "audit_max_age", "audit_keep", "audit_only"),
        *("audit_directory,", "audit_account_name", "audit_keep_reports"),
    ]
