"""What was probably meant, and how values and names are quoted."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.mistakes import (
    MAX_MISTAKES_SHOWN,
    closest,
    did_you_mean,
    join_mistakes,
    quote_name,
    quote_value,
    suggest,
)

DISPOSITIONS = ("MALICIOUS", "MALICIOUS-BEC", "SUSPICIOUS", "SPOOF", "SPAM", "NONE")
RULES = [f"ES-IP-{number:03}" for number in range(1, 9)] + ["ES-TLS-001", "ES-HOPS-001"]


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("malicious", DISPOSITIONS, "MALICIOUS"),
        ("MALICOUS", DISPOSITIONS, "MALICIOUS"),
        ("MALICIOUS_BEC", DISPOSITIONS, "MALICIOUS-BEC"),
        ("none", DISPOSITIONS, "NONE"),
        ("ES-IP-1", RULES, "ES-IP-001"),
        ("es-ip-007", RULES, "ES-IP-007"),
        ("ES_TLS_1", RULES, "ES-TLS-001"),
        ("keyed_group", ["groups", "keyed_groups", "compose"], "keyed_groups"),
        ("retro scan", ["DIRECT", "RETRO_SCAN"], "RETRO_SCAN"),
        (False, ["present", "absent"], None),
        ("gone", ["present", "absent"], None),
        ("EU", ["GLOBAL", "AU", "DE", "IN", "US"], None),
        ("anything", [], None),
    ],
)
def test_closest_word(word, known, meant):
    assert closest(word, known) == meant
    assert did_you_mean(word, known) == (f" (did you mean {meant}?)" if meant else "")
    assert suggest(word, known) == (f" Did you mean {meant}?" if meant else "")


@pytest.mark.parametrize(
    ("value", "quoted"),
    [(None, "null"), ("two", "'two'"), (7, "7"), (True, "True"), ([1], "a list"), ((1,), "a list"), ({"a": 1}, "a mapping"), ("x" * 58, f"'{'x' * 58}'")],
)
def test_quote_value(value, quoted):
    assert quote_value(value) == quoted


def test_quote_value_of_a_long_text_does_not_show_it():
    assert quote_value("x" * 59) == "a text of 59 characters"
    assert quote_value("x" * 5000) == "a text of 5000 characters"


@pytest.mark.parametrize("name", ["lookback_hop", "x", "_x", "api-token", "x" * 32])
def test_quote_name_of_an_option(name):
    assert quote_name(name) == name


@pytest.mark.parametrize("name", ["x" * 33, "a b", "1x", "", "x=y", "ä" * 40, 7])
def test_quote_name_of_what_is_no_name_is_not_shown(name):
    assert quote_name(name) == f"a name of {len(str(name))} characters"


def test_join_mistakes_counts_those_beyond_the_first():
    mistakes = [f"m{number}." for number in range(MAX_MISTAKES_SHOWN + 2)]
    assert join_mistakes(mistakes[:MAX_MISTAKES_SHOWN]) == " ".join(mistakes[:MAX_MISTAKES_SHOWN])
    assert join_mistakes(mistakes) == " ".join([*mistakes[:MAX_MISTAKES_SHOWN], "And 2 more."])
