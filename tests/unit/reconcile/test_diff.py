"""The diffs that Ansible prints."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.diff import diff_title, field_diff, omission_note, text_diff


def test_text_diff_names_the_field_on_every_line():
    assert text_diff("d1.example", {"folder": None, "regions": ["IN", "DE"]}, {}) == {
        "before": "folder: null\nregions: DE\nregions: IN\n",
        "after": "",
        "before_header": "d1.example",
        "after_header": "d1.example",
    }


@pytest.mark.parametrize(
    ("action", "before", "after"),
    [
        ("update", "ip_restrictions: []\nfolder: null\n", "ip_restrictions: 192.0.2.0/24\nfolder: Inbox\n"),
        ("create", "", "ip_restrictions: 192.0.2.0/24\nfolder: Inbox\n"),
        ("delete", "ip_restrictions: []\nfolder: null\n", ""),
    ],
)
def test_field_diff_has_the_sides_of_the_action(action, before, after):
    changes = {"ip_restrictions": {"before": [], "after": ["192.0.2.0/24"]}, "folder": {"before": None, "after": "Inbox"}}
    assert field_diff("d1.example", action, changes) == text_diff("d1.example", {}, {}) | {"before": before, "after": after}


def test_omission_note_is_printed_as_it_is():
    note = omission_note("3 of 40 domains are left out")
    assert (note["before"], note["after"], note["prepared"]) == ("", "", "3 of 40 domains are left out\n")
    assert note["before_header"] == note["after_header"] == "3 of 40 domains are left out"


@pytest.mark.parametrize(
    ("action", "directions", "title"),
    [
        ("update", {}, "d1.example"),
        ("update", {"a": "neutral"}, "d1.example"),
        ("update", {"a": "weaker", "b": "stronger", "c": "weaker"}, "d1.example (less protected: a, c; more protected: b)"),
        ("update", {"b": "stronger"}, "d1.example (more protected: b)"),
        ("create", {"domain": "neutral"}, "d1.example (new)"),
        ("delete", {"domain": "weaker"}, "d1.example (removed, less protected)"),
        ("delete", {"domain": "neutral"}, "d1.example (removed)"),
        ("none", {}, "d1.example"),
    ],
)
def test_diff_title_names_object_and_direction(action, directions, title):
    assert diff_title("d1.example", action, directions) == title
