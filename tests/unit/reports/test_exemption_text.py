"""What an exemption permits, and what the register says as a whole."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.reports.exemption_text import effect_text, register_facts, state_text, until_text
from ansible_collections.mailops.cloudflare.tests.unit.support_reports import (
    HOSTILE,
    WEDNESDAY,
    document,
    exemption,
    list_audit,
    some_exemptions,
    some_list_findings,
)


@pytest.mark.parametrize(
    ("resource", "flags", "text"),
    [
        ("allow_policies", ["is_trusted_sender"], "trusted sender, not verified"),
        ("allow_policies", ["is_trusted_sender", "verify_sender"], "trusted sender, verified"),
        ("allow_policies", ["is_exempt_recipient"], "exempt recipient"),
        ("allow_policies", ["is_exempt_recipient", "verify_sender"], "exempt recipient"),
        ("allow_policies", ["is_exempt_recipient", "is_acceptable_sender"], "exempt recipient, acceptable sender, not verified"),
        ("allow_policies", ["is_regex"], "no effect, regular expression"),
        ("allow_policies", [], "no effect"),
        ("allow_policies", ["is_very_new"], "very new"),
        ("trusted_domains", ["is_regex", "is_recent", "is_similarity"], "not detected as new, not detected as similar, regular expression"),
        ("trusted_domains", [], "no effect"),
        ("url_ignore_patterns", [], "links are not rewritten"),
    ],
)
def test_effect_text(resource, flags, text):
    assert effect_text(exemption("a.example", resource, flags=flags)) == text


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_effect_text_of_an_unknown_flag_is_printable(text):
    assert effect_text(exemption("a.example", flags=[text])).isprintable()


@pytest.mark.parametrize(
    ("declared", "waived", "text"),
    [(True, False, "declared"), (False, False, "not declared"), (True, True, "declared, waived"), (False, True, "not declared, waived")],
)
def test_state_text(declared, waived, text):
    assert state_text(exemption("a.example", declared=declared, waived=waived)) == text


def test_register_facts_count_what_needs_a_look():
    report = document(list_audit(some_list_findings(), exemptions=some_exemptions()))
    assert register_facts(report["exemptions"], WEDNESDAY) == "8 exemptions: 3 not declared, 6 without an end, 3 without a comment, 4 with findings."


def test_register_facts_of_a_register_in_order():
    report = document(list_audit(exemptions=[exemption("a.example", expires="2027-01-31")]))
    assert register_facts(report["exemptions"], WEDNESDAY) == "1 exemption: all declared, with an end and a comment."
    assert register_facts([], WEDNESDAY) == "There are no exemptions."


@pytest.mark.parametrize(
    ("expires", "text"),
    [(None, ""), ("2026-11-05", "2026-11-05"), ("2026-11-04", "2026-11-04"), ("2026-11-03", "2026-11-03 (over)"), ("soon", "soon"), ("0", "0")],
)
def test_until_text_says_that_the_last_day_is_over(expires, text):
    given = exemption("a.example", expires=expires)
    assert until_text(given, WEDNESDAY) == text
    [reported] = document(list_audit(exemptions=[given]))["exemptions"]
    assert ("1 whose end is over" in register_facts([reported], WEDNESDAY)) is text.endswith("(over)")
