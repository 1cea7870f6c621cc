"""Declared domains from a CSV table."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.export.domains_csv import domains_csv
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.export.read_csv import TableError, domains_from_csv
from ansible_collections.mailops.cloudflare.tests.unit.support import LIVE

HEADER = "domain,lookback_hops,require_tls_outbound,drop_dispositions,ip_restrictions\n"


def test_exported_table_declares_what_is_live():
    live = {**LIVE, "ip_restrictions": ["192.0.2.0/24", "2001:db8::/32"], "require_tls_inbound": True, "folder": "Inbox"}
    [declared] = domains_from_csv(domains_csv([live]))
    wanted = DOMAIN.normalize(live)
    assert set(declared) >= {"domain", "ip_restrictions", "require_tls_inbound", "folder", "lookback_hops", "drop_dispositions"}
    assert {name: DOMAIN.normalize(declared)[name] for name in declared} == {name: wanted[name] for name in declared}


def test_cells_have_the_types_of_the_options():
    [declared] = domains_from_csv(HEADER + 'example.com,2,TRUE,MALICIOUS SPOOF,"192.0.2.0/24, 2001:db8::/32;198.51.100.1"\n')
    assert declared == {
        "domain": "example.com",
        "lookback_hops": 2,
        "require_tls_outbound": True,
        "drop_dispositions": ["MALICIOUS", "SPOOF"],
        "ip_restrictions": ["192.0.2.0/24", "2001:db8::/32", "198.51.100.1"],
    }


def test_empty_cells_and_missing_cells_declare_nothing():
    assert domains_from_csv(f"{HEADER}\n , ,,,\nexample.com, ,\n") == [{"domain": "example.com"}]


def test_false_is_declared():
    assert domains_from_csv(HEADER + "example.com,,false,,\n") == [{"domain": "example.com", "require_tls_outbound": False}]


def test_row_without_a_name_is_declared_by_its_id():
    table = "id,domain,transport\n5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c01,,mx.example.com\n5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c02,example.net,\n"
    first, second = domains_from_csv(table)
    assert first == {"domain_id": "5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c01", "transport": "mx.example.com"}
    assert second == {"domain": "example.net"}


@pytest.mark.parametrize("table", ["\ufeffdomain,transport\r\nexample.com,mx.example.com\r\n", "Domain ; TRANSPORT\nexample.com;mx.example.com\n"])
def test_tables_of_spreadsheets_are_read(table):
    assert domains_from_csv(table) == [{"domain": "example.com", "transport": "mx.example.com"}]


def test_apostrophe_before_a_formula_is_removed_and_others_stay():
    first, second = domains_from_csv("domain,transport\na.example,'=1+1\nb.example,'mx.example\n")
    assert (first["transport"], second["transport"]) == ("=1+1", "'mx.example")


@pytest.mark.parametrize(
    ("table", "error"),
    [
        ("", "names neither a column domain nor a column id"),
        ("transport\nmx.example.com\n", "names neither a column domain nor a column id"),
        (HEADER, "contains no domains"),
        ("domain,lookback_hop\nexample.com,2\n", "there is no setting 'lookback_hop': the columns are domain, id, allowed_delivery_modes"),
        ("domain,transport,transport\n", "has the column transport more than once"),
        ("domain,transport\nexample.com,a,b\n", "row 2 has 3 cells, but there are 2 columns"),
        ("domain,transport\n\n,mx.example.com\n", "row 3 has no domain"),
        ("domain,require_tls_inbound\nexample.com,maybe\n", "row 2 \\(example.com\\): require_tls_inbound is 'maybe'; write true or false"),
        ("domain,lookback_hops\nexample.com,2.0\n", "row 2 \\(example.com\\): lookback_hops is '2.0'; write a whole number"),
        ('domain,transport\n"example.com,x\n', "not valid CSV"),
    ],
)
def test_table_that_needs_a_guess_is_rejected(table, error):
    with pytest.raises(TableError, match=error):
        domains_from_csv(table)
