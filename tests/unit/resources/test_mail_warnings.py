from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.mail_flow import SENTENCES
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.mail_warnings import stopped_mail_warnings

SOUND = {"domain": "example.com", "allowed_delivery_modes": ["DIRECT"], "ip_restrictions": [], "lookback_hops": 1, "transport": "mx.example.com"}
CLOSED = {**SOUND, "ip_restrictions": ["192.0.2.0/24"]}
NOWHERE = {**SOUND, "transport": None}
LOOP = {**SOUND, "transport": "mailstream-eu1.mxrecord.io"}
INTEGRATION = "9c2f1a34-5b67-4c89-8d01-23456789abcd"


def test_stopped_mail_warnings_sound_settings_none():
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
def test_stopped_mail_warnings_each_state_names_its_rule(settings, live, rule):
    assert stopped_mail_warnings([("a.example", settings, live)]) == [f"a.example: {SENTENCES[rule]} ({rule})"]


def test_stopped_mail_warnings_two_states_one_warning():
    [warning] = stopped_mail_warnings([("a.example", {**CLOSED, "transport": ""}, None)])
    assert warning == f"a.example: {SENTENCES['ES-HEALTH-012']} {SENTENCES['ES-HEALTH-013']} (ES-HEALTH-012, ES-HEALTH-013)"


def test_stopped_mail_warnings_same_state_one_warning():
    cases = [("a.example", CLOSED, None), ("b.example", NOWHERE, None), ("c.example", CLOSED, None)]
    assert [warning.partition(":")[0] for warning in stopped_mail_warnings(cases)] == ["a.example, c.example", "b.example"]


@pytest.mark.parametrize(("count", "names"), [(5, "d0, d1, d2, d3, d4"), (6, "d0, d1, d2, d3, d4 and 1 more"), (2000, "d0, d1, d2, d3, d4 and 1995 more")])
def test_stopped_mail_warnings_many_domains_are_cut_off(count, names):
    [warning] = stopped_mail_warnings([(f"d{number}", CLOSED, None) for number in range(count)])
    assert warning.startswith(f"{names}: ")


CLEARED = {"integration_id": None}
STATES = [CLOSED, NOWHERE, LOOP, CLOSED | CLEARED, NOWHERE | CLEARED, LOOP | CLEARED, {**LOOP, "ip_restrictions": ["192.0.2.0/24"]}]


@pytest.mark.parametrize(("count", "end"), [(5, []), (6, ["1 more domain has settings"]), (7, ["2 more domains have settings"])])
def test_stopped_mail_warnings_many_states_are_cut_off(count, end):
    """Each domain has a different state."""
    integrated = {**SOUND, "integration_id": INTEGRATION}
    warnings = stopped_mail_warnings([(f"d{number}", state, integrated) for number, state in enumerate(STATES[:count])])
    assert [warning.partition(":")[0] for warning in warnings[:5]] == ["d0", "d1", "d2", "d3", "d4"]
    assert [words in warning for words, warning in zip(end, warnings[5:], strict=True)] == [True] * len(end)


def test_stopped_mail_warnings_waived_state_is_left_out():
    cases = [("a.example", {**CLOSED, "transport": ""}, None), ("b.example", NOWHERE, None)]
    allowed = {("a.example", "ES-HEALTH-013"), ("b.example", "ES-HEALTH-013")}
    assert stopped_mail_warnings(cases, lambda *case: case in allowed) == [f"a.example: {SENTENCES['ES-HEALTH-012']} (ES-HEALTH-012)"]
