"""policy_mistakes: each message about the variables of a policy, and the values next to it that are no mistake."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.variables.policy_mistakes import find_policy_mistakes

OMIT = "__omit_place_holder__1"
MISSING = object()
DOMAIN = {"domain": "example.com"}
DOMAINS = [DOMAIN]
LIST = {"email_security_block_senders": [{"pattern": "evil.example"}]}
NAMES = ["allow_policies", "block_senders"]
PLAN = "0123456789abcdefABCDEF0123456789abcdefABCDEF0123456789abcdefABCD"
A_POLICY = (
    " A policy is a list that declares at least one domain, each as {domain: example.com} with its own settings. "
    "Check the file that you gave and the variables that the list is built from."
)
OPTIONAL = " Leave it out or leave it empty if you do not need it."
CHOICES = "the choices are critical, high, medium, low and all."
DIGITS = "it must be the 64 hexadecimal digits of a plan from an audit. Leave it out, or set it to any, if no plan was approved. Nothing was written."


def find(lists: Any = None, purged: Any = (), is_limited: bool = False, **values: Any) -> list[str]:
    named = {f"email_security_{name}": value for name, value in {"domains": DOMAINS, **values}.items() if value is not MISSING}
    return find_policy_mistakes(named, omit=OMIT, lists=lists or {}, list_names=NAMES, purged=purged, is_limited=is_limited)


def apply(bound: Any = "all", plan: Any = "any") -> list[str]:
    return find(bound=bound, plan=plan)


@pytest.mark.parametrize(
    ("domains", "says"),
    [
        (MISSING, "No policy is given. Give the file that declares email_security_domains: -e @policy.yml"),
        (OMIT, "email_security_domains is omitted." + A_POLICY),
        (None, "email_security_domains is null." + A_POLICY),
        ("", "email_security_domains is an empty string." + A_POLICY),
        ("example.com", "email_security_domains is a string." + A_POLICY),
        (DOMAIN, "email_security_domains is a mapping." + A_POLICY),
        (7, "email_security_domains is 7." + A_POLICY),
        ([], "email_security_domains is an empty list." + A_POLICY),
        (
            [DOMAIN, "a.example"],
            "email_security_domains is a list, and not every item of it is a mapping. email_security_domains[1] is a.example: write `- domain: a.example`."
            + A_POLICY,
        ),
        ([None], "email_security_domains is a list, and not every item of it is a mapping. email_security_domains[0] is null." + A_POLICY),
        ([[DOMAIN]], "email_security_domains is a list, and not every item of it is a mapping. email_security_domains[0] is a list." + A_POLICY),
        (["no name"], "email_security_domains is a list, and not every item of it is a mapping. email_security_domains[0] is not a mapping." + A_POLICY),
        (["a.example\n"], "email_security_domains is a list, and not every item of it is a mapping. email_security_domains[0] is not a mapping." + A_POLICY),
        ([5], "email_security_domains is a list, and not every item of it is a mapping. email_security_domains[0] is not a mapping." + A_POLICY),
    ],
)
def test_domains_that_are_no_policy(domains: Any, says: str) -> None:
    assert find(domains=domains) == [says]


def test_policy_of_lists_alone() -> None:
    assert find(domains=MISSING, lists=LIST) == []


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("defaults", [], "email_security_defaults is a list, and must be a mapping." + OPTIONAL),
        ("defaults", 0, "email_security_defaults is 0, and must be a mapping." + OPTIONAL),
        ("defaults", OMIT, "email_security_defaults is omitted, and must be a mapping." + OPTIONAL),
        ("severities", "off", "email_security_severities is a string, and must be a mapping." + OPTIONAL),
        ("waivers", {}, "email_security_waivers is a mapping, and must be a list of mappings." + OPTIONAL),
        ("waivers", "none", "email_security_waivers is a string, and must be a list of mappings." + OPTIONAL),
        (
            "waivers",
            "[{'expires': datetime.date(2027, 1, 31)}]",
            'email_security_waivers is a string with a date that is not quoted (write it as "2027-01-31"), and must be a list of mappings.' + OPTIONAL,
        ),
        (
            "waivers",
            [DOMAIN, "a"],
            "email_security_waivers is a list with an item that is not a mapping (email_security_waivers[1]), and must be a list of mappings." + OPTIONAL,
        ),
        ("keep", "a", "email_security_keep is a string, and must be a mapping of names of lists to patterns." + OPTIONAL),
        ("keep", ["a"], "email_security_keep is a list, and must be a mapping of names of lists to patterns." + OPTIONAL),
        ("keep", False, "email_security_keep is False, and must be a mapping of names of lists to patterns." + OPTIONAL),
        ("purge", {"a": True}, "email_security_purge is a mapping; it must be a list of names of lists, or all."),
        ("purge", " ", "email_security_purge is blank; it must be a list of names of lists, or all."),
        ("purge", 5, "email_security_purge is 5; it must be a list of names of lists, or all."),
        ("purge", OMIT, "email_security_purge is omitted; it must be a list of names of lists, or all."),
        ("own_domains", {"a.example": 1}, "email_security_own_domains is a mapping; it must be a list of names of domains."),
        ("own_domains", "\n", "email_security_own_domains is blank; it must be a list of names of domains."),
        ("purge", ["********"], "email_security_purge is ['********']; it must be a list of names of lists, or all."),
        ("own_domains", ["a.example", "********"], "email_security_own_domains is ['a.example', '********']; it must be a list of names of domains."),
        ("own_domains", "********", "email_security_own_domains is ********; it must be a list of names of domains."),
        *(
            ("max_removals", value, f"email_security_max_removals is {shown}; it must be a number, or a percentage such as 10%.")
            for value, shown in ((" ", "blank"), ([], "a list"), ({}, "a mapping"), ("********", "********"), (OMIT, "omitted"))
        ),
        ("max_removals", [5], "email_security_max_removals is a list; it must be a number, or a percentage such as 10%."),
        ("max_removals", {"a": 5}, "email_security_max_removals is a mapping; it must be a number, or a percentage such as 10%."),
        ("max_age", 0, "email_security_max_age is 0; it must be a number of days, at least 1. Leave it out for the limits of the rules."),
        ("max_age", "1 day", "email_security_max_age is 1 day; it must be a number of days, at least 1. Leave it out for the limits of the rules."),
        (
            "only",
            OMIT,
            "email_security_only is omitted, and that does not name domains. Write the names of the domains. "
            "Leave the variable out or leave it empty for all domains.",
        ),
        (
            "only",
            ["a********"],
            "email_security_only is ['a********'], and that does not name domains. Write the names of the domains. "
            "Leave the variable out or leave it empty for all domains.",
        ),
        *(
            (
                "onboard",
                value,
                f"email_security_onboard is {shown}; it must be true or false. With true, declared domains that are not live are onboarded; with false, "
                "which is the default, each of them is a failure.",
            )
            for value, shown in (([], "[]"), ("maybe", "maybe"), (2, "2"), (OMIT, "omitted"), (" ", ""))
        ),
    ],
)
def test_value_of_the_wrong_type(name: str, value: Any, says: str) -> None:
    assert find(**{name: value}) == [says]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        *((name, (None, "")) for name in ("defaults", "severities", "waivers", "keep", "purge", "own_domains", "max_removals", "max_age", "only", "onboard")),
        ("defaults", ({}, {"a": 1})),
        ("waivers", ([], [DOMAIN])),
        ("keep", ({},)),
        ("purge", ([], "all")),
        ("own_domains", ([], "a.example", ["a.example"])),
        ("max_removals", (0, 5, "5", "10%", 0.5, True)),
        ("max_age", (1, "30", 365)),
        ("only", ("a.example", ["*.example"], 5)),
        ("onboard", (True, False, "true", "Yes", "on", 1, 0, "FALSE", "no", "off")),
    ],
)
def test_value_that_is_no_mistake(name: str, values: tuple[Any, ...]) -> None:
    assert [find(**{name: value}) for value in values] == [[] for _value in values]


def test_purge_without_a_declared_list() -> None:
    says = (
        "email_security_purge is block_senders, and no list is declared. The variables of the lists are email_security_allow_policies, "
        "email_security_block_senders."
    )
    assert find(purge="block_senders", purged=["block_senders"]) == [says]
    assert find(purge="block_senders", purged=["block_senders"], lists=LIST) == []


def test_list_that_is_no_list() -> None:
    says = (
        "email_security_block_senders is null, and must be a list of mappings, one for each entry. For a list without entries, write []. "
        "Leave the variable out if the list is not managed here."
    )
    assert find(lists={"email_security_block_senders": None}) == [says]


def test_selection_of_domains_in_a_policy_of_lists() -> None:
    says = "email_security_only and email_security_from select domains, and the policy declares no email_security_domains: leave them out."
    assert find(domains=MISSING, lists=LIST, only="a.example", is_limited=True) == [says]
    assert find(lists=LIST, only="a.example", is_limited=True) == []


@pytest.mark.parametrize(("bound", "shown"), [("severe", "severe"), ([], "[]"), (OMIT, "omitted"), (None, "None"), ("High", "High"), (" low", "low")])
def test_bound_that_is_no_severity(bound: Any, shown: str) -> None:
    assert apply(bound) == [f"email_security_from is {shown}; {CHOICES}"]


@pytest.mark.parametrize(
    ("plan", "shown"),
    [
        *((None, "null"), ("", "empty"), ("Any", "Any"), (5, "5"), (OMIT, "omitted"), ([], "[]")),
        *((PLAN[:-1], PLAN[:-1]), (PLAN + "0", PLAN + "0"), (PLAN + "\n", PLAN + " ")),
    ],
)
def test_plan_that_is_no_digest(plan: Any, shown: str) -> None:
    assert apply(plan=plan) == [f"email_security_plan is {shown}; {DIGITS}"]


@pytest.mark.parametrize("bound", ["all", "critical", "high", "medium", "low"])
def test_bound_and_plan_exclude_each_other(bound: str) -> None:
    says = (
        "email_security_from and email_security_plan are both given. A plan is approved as a whole: leave email_security_from out, or select domains with "
        "email_security_only, in the audit and here."
    )
    assert apply(bound) == []
    assert apply(bound, PLAN) == ([] if bound == "all" else [says])


def test_mistakes_are_reported_in_the_order_of_their_variables() -> None:
    found = find(domains=None, defaults=[], only=OMIT, onboard="x", purge=5, keep=5, own_domains=5, max_age=0, bound="x", plan="")
    assert [message.split()[0] for message in found] == [
        f"email_security_{name}" for name in ("domains", "defaults", "only", "onboard", "purge", "keep", "own_domains", "max_age", "from", "plan", "from")
    ]
