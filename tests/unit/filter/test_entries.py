"""The filter entries: how it is called, and how it fails."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.mailops.cloudflare.plugins.filter import entries as plugin
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.export.read_entries import KEYS

ENTRIES = plugin.FilterModule().filters()["entries"]


def test_filter_unwraps_lines_of_a_lookup_and_takes_settings_as_arguments():
    assert ENTRIES(wrap_var(["{{ 7 * 7 }}", "# x"]), "pattern", comments=wrap_var("feed X"), expires=date(2027, 1, 31)) == [
        {"comments": "feed X", "expires": "2027-01-31", "pattern": "{{ 7 * 7 }}"}
    ]


def test_filter_reads_rows_and_texts():
    assert ENTRIES(wrap_var([{"Blocked Sender": "evil.example"}])) == ENTRIES("Blocked Sender\nevil.example") == [{"pattern": "evil.example"}]


def test_filter_names_what_is_wrong():
    with pytest.raises(AnsibleFilterError, match=r"mailops.cloudflare.entries cannot read the entries: lines need the name of their field"):
        ENTRIES(["a"])
    endless = []
    endless.append(endless)
    with pytest.raises(AnsibleFilterError, match=r"mailops.cloudflare.entries cannot read its input: it contains values that cannot be written as JSON\."):
        ENTRIES(endless, "pattern")


def test_documentation_has_the_name_the_keys_and_an_example():
    document = yaml.safe_load(Path(plugin.__file__).with_suffix(".yml").read_text(encoding="utf-8"))
    assert document["DOCUMENTATION"]["name"] == "entries"
    assert document["DOCUMENTATION"]["options"]["key"]["choices"] == list(KEYS)
    assert "mailops.cloudflare.entries('pattern', comments='feed X') }}" in document["EXAMPLES"]
