"""The filter domains_from_csv: how it is called, and how it fails."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.mailops.cloudflare.plugins.filter import domains_from_csv

READ = domains_from_csv.FilterModule().filters()["domains_from_csv"]


def test_filter_unwraps_the_text_of_a_lookup():
    assert READ(wrap_var("domain,transport\nexample.com,{{ 7 * 7 }}\n")) == [{"domain": "example.com", "transport": "{{ 7 * 7 }}"}]


def test_filter_names_what_is_wrong():
    with pytest.raises(AnsibleFilterError, match=r"domains_from_csv cannot read the table: it contains no domains\."):
        READ("domain\n")


@pytest.mark.parametrize("given", [None, 5, ["domain"], {"domain": "example.com"}])
def test_filter_value_that_is_no_text_fails(given):
    with pytest.raises(AnsibleFilterError, match="expects the text of a CSV file"):
        READ(given)


def test_documentation_has_the_name_and_an_example():
    document = yaml.safe_load(Path(domains_from_csv.__file__).with_suffix(".yml").read_text(encoding="utf-8"))
    assert document["DOCUMENTATION"]["name"] == "domains_from_csv"
    assert "mailops.cloudflare.domains_from_csv }}" in document["EXAMPLES"]
