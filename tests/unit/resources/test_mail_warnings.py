from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.mail_flow import SENTENCES
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.mail_warnings import stopped_mail_warnings

SOUND = {"domain": "example.com", "allowed_delivery_modes": ["DIRECT"], "ip_restrictions": [], "lookback_hops": 1, "transport": "mx.example.com"}
CLOSED = {**SOUND, "ip_restrictions": ["192.0.2.0/24"]}
NOWHERE = {**SOUND, "transport": None}
LOOP = {**SOUND, "transport": "mailstream-eu1.mxrecord.io"}
INTEGRATION = "9c2f1a34-5b67-4c89-8d01-23456789abcd"


def test_what_is_sound_is_no_warning():
    assert stopped_mail_warnings([]) == []
    assert stopped_mail_warnings([("a.example", SOUND, None), ("b.example", {}, SOUND)]) == []


@pytest.mark.parametrize(
    ("settings", "live", "rule"),
    [
        (CLOSED, CLOSED, "ES-HEALTH-012"),
        (NOWHERE, NOWHERE, "ES-HEALTH-013"),
        (LOOP, SOUND, "ES-HEALTH-014"),
        ({**SOUND, "integration_id": None}, {**SOUND, "integration_id": INTEGRATION}, "ES-ADVICE-009"),
    ],
)
def test_each_state_is_said_with_its_rule(settings, live, rule):
    assert stopped_mail_warnings([("a.example", settings, live)]) == [f"a.example: {SENTENCES[rule]} ({rule})"]


def test_a_domain_in_two_states_is_in_one_warning():
    [warning] = stopped_mail_warnings([("a.example", {**CLOSED, "transport": ""}, None)])
    assert warning == f"a.example: {SENTENCES['ES-HEALTH-012']} {SENTENCES['ES-HEALTH-013']} (ES-HEALTH-012, ES-HEALTH-013)"


def test_domains_in_the_same_state_share_one():
    cases = [("a.example", CLOSED, None), ("b.example", NOWHERE, None), ("c.example", CLOSED, None)]
    assert [warning.partition(":")[0] for warning in stopped_mail_warnings(cases)] == ["a.example, c.example", "b.example"]


@pytest.mark.parametrize(("count", "names"), [(5, "d0, d1, d2, d3, d4"), (6, "d0, d1, d2, d3, d4 and 1 more"), (2000, "d0, d1, d2, d3, d4 and 1995 more")])
def test_of_many_domains_some_are_named(count, names):
    [warning] = stopped_mail_warnings([(f"d{number}", CLOSED, None) for number in range(count)])
    assert warning.startswith(f"{names}: ")


CLEARED = {"integration_id": None}
STATES = [CLOSED, NOWHERE, LOOP, CLOSED | CLEARED, NOWHERE | CLEARED, LOOP | CLEARED, {**LOOP, "ip_restrictions": ["192.0.2.0/24"]}]


@pytest.mark.parametrize(("count", "end"), [(5, []), (6, ["1 more domain has settings"]), (7, ["2 more domains have settings"])])
def test_of_many_states_some_are_told(count, end):
    """Each domain in a state of its own."""
    integrated = {**SOUND, "integration_id": INTEGRATION}
    warnings = stopped_mail_warnings([(f"d{number}", state, integrated) for number, state in enumerate(STATES[:count])])
    assert [warning.partition(":")[0] for warning in warnings[:5]] == ["d0", "d1", "d2", "d3", "d4"]
    assert [words in warning for words, warning in zip(end, warnings[5:], strict=True)] == [True] * len(end)


def test_what_somebody_has_allowed_is_not_said():
    cases = [("a.example", {**CLOSED, "transport": ""}, None), ("b.example", NOWHERE, None)]
    allowed = {("a.example", "ES-HEALTH-013"), ("b.example", "ES-HEALTH-013")}
    assert stopped_mail_warnings(cases, lambda *case: case in allowed) == [f"a.example: {SENTENCES['ES-HEALTH-012']} (ES-HEALTH-012)"]
