"""Values with their differences marked, and commands, as parts of the HTML report."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.reports.value_view import Part, command_block, value_markup, value_parts


def finding(declared, live, **members):
    return {
        "rule_id": "ES-IP-001",
        "category": "drift",
        "field": "ip_restrictions",
        "domain": "example.com",
        "declared": declared,
        "live": live,
        **members,
    }


def test_value_parts_of_two_lists_marks_what_differs_and_shows_it_first():
    declared, live = value_parts(finding(["192.0.2.0/24", "198.51.100.0/24"], ["0.0.0.0/0", "192.0.2.0/24"]))
    assert declared == (Part("lost", "198.51.100.0/24"), Part("", "192.0.2.0/24"))
    assert live == (Part("gained", "0.0.0.0/0"), Part("", "192.0.2.0/24"))


def test_value_parts_of_a_long_list_ends_with_a_count():
    declared, _live = value_parts(finding([f"192.0.2.{number}/32" for number in range(30)], ["192.0.2.0/32"]))
    assert (len(declared), declared[-1]) == (25, Part("", "and 6 more"))


def test_value_parts_without_a_list_is_one_text_for_each_side():
    found = value_parts(finding("mx.example.net", "", rule_id="ES-NEXTHOP-001", field="transport"))
    assert found == ((Part("", "mx.example.net"),), (Part("", "empty"),))


def test_value_parts_of_an_open_list_says_what_that_means():
    assert value_parts(finding([], ["192.0.2.0/24"]))[0] == (Part("", "anywhere"),)


def test_value_parts_of_a_health_finding_has_no_declared_value():
    declared, live = value_parts(finding(None, "OPEN", rule_id="ES-HEALTH-006", category="health", field="spf_status"))
    assert (declared, live) == ((), (Part("", "OPEN"),))


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ((), ""),
        ((Part("", "a.b"),), "a.<wbr>b"),
        ((Part("lost", "192.0.2.0/24"), Part("gained", "x"), Part("", "<y>")), "<del>192.0.2.0/24</del>, <ins>x</ins>, &lt;y&gt;"),
    ],
)
def test_value_markup_escapes_and_marks_each_part(parts, expected):
    assert value_markup(parts) == expected


def test_command_block_escapes_commands_and_their_anchor():
    assert command_block(("a > b", "c"), 'f1"') == '<pre id="f1&#34;" tabindex="0"><code>a &gt; b</code>\n<code>c</code></pre>\n'
    assert command_block(("a",)) == '<pre tabindex="0"><code>a</code></pre>\n'
