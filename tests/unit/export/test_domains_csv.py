"""domains_csv(): columns, cells and order."""

from __future__ import annotations

import csv
import io

import pytest
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.export.domains_csv import COLUMNS, domains_csv
from ansible_collections.mailops.cloudflare.tests.unit.support import ID, live


def rows(*domains):
    return list(csv.DictReader(io.StringIO(domains_csv(domains).removeprefix("\ufeff"), newline="")))


def test_columns():
    assert tuple(COLUMNS) == (
        *("domain", "id", "allowed_delivery_modes", "drop_dispositions", "folder", "integration_id", "ip_restrictions", "lookback_hops", "regions"),
        *("require_tls_inbound", "require_tls_outbound", "transport", "status", "dmarc_status", "spf_status", "inbox_provider", "authorized"),
    )
    assert domains_csv([]) == "\ufeff" + ",".join(COLUMNS) + "\n"


def test_row_contains_normal_forms_and_statuses():
    [row] = rows(live(spf_status="good", authorization={"authorized": True}))
    assert row == {
        "domain": "example.com",
        "id": ID,
        "allowed_delivery_modes": "DIRECT",
        "drop_dispositions": "MALICIOUS SPAM",
        "folder": "",
        "integration_id": "",
        "ip_restrictions": "192.0.2.10/32",
        "lookback_hops": "1",
        "regions": "GLOBAL",
        "require_tls_inbound": "false",
        "require_tls_outbound": "true",
        "transport": "mx.example.com",
        "status": "ACTIVE",
        "dmarc_status": "",
        "spf_status": "good",
        "inbox_provider": "",
        "authorized": "yes",
    }


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@sum(a1)", "\t=1", "\r=1", " =1", "\n1 a", "＝1+1", "＠x", "\u3000+1"])
def test_formulas_get_an_apostrophe(text):
    shown = text.replace("\r", "\n")
    assert rows(live(transport=text))[0]["transport"] == f"'{shown}"
    assert rows(live(lookback_hops=-5))[0]["lookback_hops"] == "-5"
    assert rows(live(transport=f"a{text}"))[0]["transport"] == f"a{shown}"
    # Nor does any reader take it for the beginning of a row.
    assert len(list(csv.reader(domains_csv([live(transport=f"a{text}")]).splitlines(keepends=True)))) == 2


@pytest.mark.parametrize("text", ["a,b", 'a"b', "a\nb", "ü b", "\U0001f4a9 b", "'"])
def test_any_text_is_one_cell(text):
    assert rows(live(transport=text), live(domain="b.example"))[1]["transport"] == text


def test_unencodable_text_is_replaced():
    assert rows(live(transport="a\ud800"))[0]["transport"] == "a?"


@pytest.mark.parametrize(("text", "shown"), [("a\0b", "a\ufffdb"), ("\0=1", "'\ufffd=1")])
def test_null_character_is_replaced(text, shown):
    """Before Python 3.11, the writer cannot write it."""
    assert rows(live(transport=text))[0]["transport"] == shown


@pytest.mark.parametrize("domain", [{}, {"domain": 5, "id": ["x"], "regions": {"a": 1}, "authorization": [], "status": {"x": 1}, "lookback_hops": [1]}])
def test_unexpected_types_make_a_row(domain):
    assert len(rows(domain)) == 1


def test_order_of_the_domains_does_not_matter():
    domains = [live(id=number, domain=f"d{number % 3}.example") for number in range(9)]
    assert domains_csv(domains) == domains_csv(domains[::-1])
    assert [row["domain"] for row in rows(*domains)] == sorted(domain["domain"] for domain in domains)
