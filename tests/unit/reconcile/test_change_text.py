"""Changes as lines of text."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.change_text import change_lines, direction_sentence, setting_lines
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("settings", "lines"),
    [
        ({"ip_restrictions": ["198.51.100.7/32", "192.0.2.64/28"]}, ["ip_restrictions: 192.0.2.64/28", "ip_restrictions: 198.51.100.7/32"]),
        ({"ip_restrictions": []}, ["ip_restrictions: []"]),
        ({"folder": None, "transport": ""}, ["folder: null", 'transport: ""']),
        ({"require_tls_inbound": True, "lookback_hops": 2}, ["require_tls_inbound: true", "lookback_hops: 2"]),
        ({"folder": "null"}, ['folder: "null"']),
        ({"folder": "a\nb"}, [r'folder: "a\nb"']),
        ({"folder": " a"}, ['folder: " a"']),
        ({"folder": "\u202eelif"}, [r'folder: "\u202eelif"']),
        ({"folder": "Posteingang ü"}, ["folder: Posteingang ü"]),
        ({}, []),
    ],
)
def test_setting_lines_one_for_each_value(settings, lines):
    assert setting_lines(settings) == lines


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), st.none() | st.text() | st.integers() | st.booleans() | st.lists(st.text(), max_size=4)))
def test_setting_lines_any_value_names_its_field_on_one_line(settings):
    lines = setting_lines(settings)
    assert len(lines) == sum(max(1, len(value)) if isinstance(value, list) else 1 for value in settings.values())
    assert all(line.partition(": ")[0] in settings and line.isprintable() for line in lines)


def _lines(action, weaker=(), /, **changes):
    return change_lines("example.net", action, {field: dict(zip(("before", "after"), pair, strict=True)) for field, pair in changes.items()}, weaker)


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"transport": ("mail.elsewhere.example", "mx.example.net")}, "example.net: transport mail.elsewhere.example -> mx.example.net"),
        ({"folder": (None, "INBOX")}, "example.net: folder null -> INBOX"),
        ({"regions": (["GLOBAL"], ["DE", "US"])}, "example.net: regions -GLOBAL, +DE, +US"),
        ({"ip_restrictions": ([], ["192.0.2.1/32"])}, "example.net: ip_restrictions +192.0.2.1/32"),
        ({"ip_restrictions": (["192.0.2.1/32"], [])}, "example.net: ip_restrictions -192.0.2.1/32"),
        ({"ip_restrictions": (None, ["192.0.2.1/32"])}, "example.net: ip_restrictions null -> 192.0.2.1/32"),
        ({"regions": ([], list("abcdefg"))}, "example.net: regions +a, +b, +c, +d, +e, and 2 more"),
        ({"folder": ("a" * 121, "b" * 120)}, f"example.net: folder {'a' * 119}… -> {'b' * 120}"),
    ],
)
def test_change_lines_of_an_update(changes, line):
    assert _lines("update", **changes) == [line]


def test_change_lines_less_protected_is_marked():
    lines = _lines("update", ["require_tls_inbound"], require_tls_inbound=(True, False), lookback_hops=(1, 2))
    assert lines == ["example.net: require_tls_inbound true -> false (less protected)", "example.net: lookback_hops 1 -> 2"]


def test_change_lines_of_a_creation_show_the_new_values():
    lines = _lines("create", regions=(None, ["GLOBAL"]), lookback_hops=(None, 2))
    assert lines == ["example.net: created", "example.net: regions GLOBAL", "example.net: lookback_hops 2"]


def test_change_lines_of_a_deletion_is_one_line():
    assert _lines("delete", regions=(["GLOBAL"], None)) == ["example.net: deleted"]


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        ((3, 40, 2), "Plan: 3 changes make domains less protected, 40 more protected, 2 neutral."),
        ((1, 1, 1), "Plan: 1 change makes a domain less protected, 1 more protected, 1 neutral."),
        ((0, 40, 2), "Plan: 40 changes make domains more protected, 2 neutral."),
        ((0, 1, 0), "Plan: 1 change makes a domain more protected."),
        ((2, 0, 1), "Plan: 2 changes make domains less protected, 1 neutral."),
        ((0, 0, 2), "Plan: 2 neutral changes."),
        ((0, 0, 1), "Plan: 1 neutral change."),
        ((0, 0, 0), "Plan: no changes."),
    ],
)
def test_direction_sentence_counts_by_direction(counts, sentence):
    assert direction_sentence(dict(zip(("weaker", "stronger", "neutral"), counts, strict=True))) == sentence


def test_direction_sentence_names_the_resource():
    directions = {"weaker": 1, "stronger": 0, "neutral": 0}
    assert direction_sentence(directions, "sender", "senders") == "Plan: 1 change makes a sender less protected."
    assert direction_sentence({**directions, "weaker": 2}, "sender", "senders") == "Plan: 2 changes make senders less protected."
    assert direction_sentence(directions, whole="the account") == "Plan: 1 change makes the account less protected."
    assert direction_sentence({**directions, "weaker": 2}, whole="the account") == "Plan: 2 changes make the account less protected."


def test_change_lines_removal_that_makes_a_domain_less_protected():
    changes = {"domain": {"before": "d1.example", "after": None}}
    assert change_lines("d1.example", "delete", changes, ["domain"]) == ["d1.example: deleted (less protected)"]
