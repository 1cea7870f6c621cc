"""The explanation of options that Ansible rejects."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.ansible_module import convert_option
from ansible_collections.mailops.cloudflare.plugins.module_utils.option_mistakes import find_mistakes

SETTINGS = {"hops": {"type": "int"}, "drops": {"type": "list", "elements": "str", "choices": ["SPAM", "SPOOF"]}, "tls": {"type": "bool"}}
SPEC = {
    "domains": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "required_one_of": [("domain", "domain_id")],
        "options": {**SETTINGS, "domain": {"type": "str", "aliases": ["name"]}, "domain_id": {"type": "str"}, "state": {"choices": ["present", "absent"]}},
    },
    "defaults": {"type": "dict", "options": SETTINGS},
    "waivers": {
        "type": "list",
        "elements": "dict",
        "options": {"domain": {"type": "str", "required": True}, "reason": {"type": "str", "required": True}, "live": {"type": "raw"}},
    },
    "timeout": {"type": "float"},
    "only": {"type": "list", "elements": "str"},
    "sizes": {"type": "dict"},
}
ONE = {"domain": "d1.example"}


def mistakes(**options):
    return list(find_mistakes(SPEC, {"_ansible_check_mode": True, **options}, convert_option))


@pytest.mark.parametrize(
    "options",
    [
        {"domains": []},
        {"domains": [ONE, {"name": "d2.example", "hops": "2", "tls": "yes", "drops": "SPAM,SPOOF", "state": "absent"}]},
        {"domains": ["domain=d1.example", '{"domain_id": "7"}']},
        {"domains": [{**ONE, "hops": None, "drops": None}], "defaults": None, "only": None, "waivers": None},
        {"domains": [ONE], "defaults": {"tls": False}, "timeout": "2.5", "only": "a,b", "sizes": {"x": 1}, "waivers": [{**ONE, "reason": "r", "live": [1]}]},
    ],
)
def test_find_mistakes_in_valid_options_finds_none(options):
    assert mistakes(**options) == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"domain": "x"}, ["domain is not an option. Did you mean domains?", "domains is required, and is not given."]),
        ({"domains": [ONE], "zzz": 1}, ["zzz is not an option; the options are defaults, domains, only, sizes, timeout, waivers."]),
        ({"domains": [ONE, {"domain": "d2.example", "hop": 2}]}, ["domains[1] (d2.example): hop is not an option. Did you mean hops?"]),
        ({"domains": [{"name": "d2.example", "hop": 2}]}, ["domains[0] (d2.example): hop is not an option. Did you mean hops?"]),
        ({"domains": [{"name": "d" * 253, "hop": 2}]}, [f"domains[0] ({'d' * 253}): hop is not an option. Did you mean hops?"]),
        ({"domains": [{"name": "d" * 254, "hop": 2}]}, ["domains[0]: hop is not an option. Did you mean hops?"]),
        ({"domains": [{"domain_id": "7", "hop": 2}]}, ["domains[0] (7): hop is not an option. Did you mean hops?"]),
        ({"domains": [ONE, {"hops": 2}]}, ["domains[1]: one of the following is required: domain, domain_id."]),
        ({"domains": ["d1.example"]}, ["domains[0] is 'd1.example', not a dictionary: write `- domain: d1.example`."]),
        ({"domains": "d1.example"}, ["domains[0] is 'd1.example', not a dictionary: write `- domain: d1.example`."]),
        (
            {"domains": ["d1.example", "d2.example"]},
            ["domains[0] is 'd1.example', not a dictionary: write `- domain: d1.example`. The same applies to 1 other."],
        ),
        (
            {"domains": [ONE, "d1.example", "d2.example", None]},
            ["domains[1] is 'd1.example', not a dictionary: write `- domain: d1.example`. The same applies to 2 others."],
        ),
        ({"domains": [None]}, ["domains[0] is null, not a dictionary: write `- domain: example.com`."]),
        ({"domains": [["d1.example"]]}, ["domains[0] is a list, not a dictionary: write `- domain: example.com`."]),
        ({"domains": ONE}, ["domains is a mapping; it must be a list of dictionaries: write `- domain: example.com`."]),
        ({"domains": [ONE], "waivers": ["d1.example"]}, ["waivers[0] is 'd1.example', not a dictionary with domain, reason."]),
        ({"domains": [ONE], "waivers": [{**ONE}]}, ["waivers[0] (d1.example): reason is required, and is not given."]),
        ({"domains": [ONE], "defaults": {"hops": "two"}}, ["defaults: hops is 'two'; it must be an integer."]),
        ({"domains": [ONE], "defaults": {"tls": "perhaps"}}, ["defaults: tls is 'perhaps'; it must be a boolean: true or false."]),
        ({"domains": [ONE], "defaults": "x"}, ["defaults is 'x'; it must be a dictionary."]),
        ({"domains": [ONE], "defaults": {"drops": ["spam"]}}, ["defaults: drops contains 'spam' (did you mean SPAM?); the choices are SPAM, SPOOF."]),
        ({"domains": [ONE], "timeout": "soon"}, ["timeout is 'soon'; it must be a number."]),
        ({"domains": [ONE], "only": {"a": 1}}, ["only is a mapping; it must be a list."]),
        ({"domains": [{**ONE, "state": "gone"}]}, ["domains[0] (d1.example): state is 'gone'; the choices are present, absent."]),
        ({"domains": [{**ONE, "state": "abscent"}]}, ["domains[0] (d1.example): state is 'abscent' (did you mean absent?); the choices are present, absent."]),
        (
            {"domains": [{**ONE, "hop": 1}, {"domain": "d2.example", "hops": "two"}], "timeouts": 1},
            [
                "timeouts is not an option. Did you mean timeout?",
                "domains[0] (d1.example): hop is not an option. Did you mean hops?",
                "domains[1] (d2.example): hops is 'two'; it must be an integer.",
            ],
        ),
    ],
)
def test_find_mistakes_names_each_with_its_entry(options, words):
    assert mistakes(**options) == words


SECRET = "cfat_" + "0123456789abcdef" * 3


@pytest.mark.parametrize(
    "options",
    [
        {"domains": [SECRET]},
        {"domains": [ONE], SECRET: "x"},
        {"domains": [{**ONE, SECRET: "x"}]},
        {"domains": [ONE], "api_tokn": SECRET},
        {"domains": [{**ONE, "hop": SECRET}]},
        {"domains": [ONE], "defaults": [SECRET]},
    ],
)
def test_find_mistakes_shows_no_text_that_may_be_a_credential(options):
    found = " ".join(mistakes(**options))
    assert found
    assert SECRET[:12] not in found


LISTS = {
    name: {"type": "list", "elements": "dict", "options": {key: {"type": "str"} for key in (*keys, "comments")}}
    for name, keys in {"block_senders": ["pattern", "id"], "registry": ["email", "name"], "content": ["name", "pattern"], "others": ["value"]}.items()
}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"block_senders": ["evil.example"]}, "block_senders[0] is 'evil.example', not a dictionary: write `- pattern: evil.example`."),
        ({"block_senders": ["a@evil.example"]}, "block_senders[0] is a text, not a dictionary: write `- pattern: example.com`."),
        ({"registry": ["evil.example"]}, "registry[0] is 'evil.example', not a dictionary: write `- email: ceo@example.com`."),
        ({"others": ["evil.example"]}, "others[0] is 'evil.example', not a dictionary."),
        ({"block_senders": [{"pattern": "evil.example", "coments": "x"}]}, "block_senders[0] (evil.example): coments is not an option."),
        ({"registry": [{"email": "ceo@example.com", "name": "Ann", "coments": "x"}]}, "registry[0] (ceo@example.com): coments is not an option."),
        ({"block_senders": [{"id": "7", "coments": "x"}]}, "block_senders[0] (7): coments is not an option."),
    ],
)
def test_find_mistakes_names_entries_of_lists(options, words):
    [mistake] = find_mistakes(LISTS, options, convert_option)
    assert mistake.startswith(words)
