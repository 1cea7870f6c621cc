"""The table of all domains: the state of each at a glance, with links to the findings."""

from __future__ import annotations

import re

import pytest
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.reports.domain_view import COLUMNS, breakable, domain_anchors, domain_rows
from ansible_collections.mailops.cloudflare.tests.unit.support_reports import HOSTILE, finding, glance


def cells(*findings, **other):
    """The texts of the cells of a row, with links as [severity -> anchor]."""
    [row] = domain_rows([glance("example.com", **other)], [(each, f"f{number}") for number, each in enumerate(findings)])
    linked = re.sub(r'<a class="(\w+)" href="#(\w+)">(.*?)</a>', r"[\3 -> \2]", str(row))
    return [re.sub("<.*?>", "", cell) for cell in re.findall(r"<t[hd].*?>(.*?)</t[hd]>", linked)]


def test_row_without_findings():
    assert cells() == ["example.com", "DIRECT", "as declared", "outbound", "2", "MALICIOUS, SPAM", "good", "good", "", "", "2026-11-03"]
    assert len(cells()) == len(COLUMNS) + 1


def test_findings_are_in_the_column_of_their_field():
    found = cells(
        finding("ES-IP-001", "example.com", [], []),
        finding("ES-TLS-001", "example.com", True, False),
        finding("ES-TLS-002", "example.com", True, False),
        finding("ES-NEXTHOP-001", "example.com", "a", "b"),
        finding("ES-DOMAIN-002", "example.com", None, "present"),
        finding("ES-TLS-001", "other.example", True, False),
    )
    assert found[2:5] == ["as declared [medium -> f4]", "outbound [high -> f1]", "2 [critical -> f0]"]
    assert found[9] == "[transport critical -> f3]"


def test_column_shows_the_worst_finding():
    low, high = finding("ES-TLS-001", "example.com", severity="low"), finding("ES-TLS-002", "example.com", severity="high")
    assert cells(low, high)[3] == "outbound [high -> f1]"


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ({"state": "drifted"}, "differs"),
        ({"state": "drift_waived"}, "waived"),
        ({"state": "undeclared"}, "not declared"),
        ({"state": "drifted", "live": False}, "does not exist"),
        ({"state": "as_declared", "live": False}, "absent, as declared"),
        ({"state": "newer"}, "newer"),
    ],
)
def test_state(entry, text):
    assert cells(**entry)[2] == text


@pytest.mark.parametrize(
    ("entry", "column", "text"),
    [
        ({"networks": 0}, 4, "any"),
        ({"networks": None}, 4, ""),
        ({"dropped": []}, 5, "nothing"),
        ({"modes": []}, 1, ""),
        ({"consent": True}, 8, "given"),
        ({"consent": False}, 8, "missing"),
        ({"consent": "?"}, 8, "?"),
        ({"spf": "NONE"}, 6, "none"),
    ],
)
def test_values(entry, column, text):
    assert cells(**entry)[column] == text


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_any_text_is_escaped(text):
    entry = dict.fromkeys(("domain", "state", "modified_at", "tls", "networks", "spf", "dmarc", "consent"), text) | {"modes": [text], "dropped": [text]}
    [row] = domain_rows([entry], [(finding("ES-DRIFT-001", text, field=text), "f0")])
    assert set(re.findall(r"<(/?\w+)", row)) <= {"tr", "/tr", "th", "/th", "td", "/td", "a", "/a", "wbr"}
    assert row.isprintable()


def test_anchors_are_those_of_the_rows():
    domains = [glance("a.example"), glance("b.example")]
    assert domain_anchors(domains) == {"a.example": "d0", "b.example": "d1"}
    assert [re.findall(r' id="(\w+)"', row) for row in domain_rows(domains, [])] == [["d0"], ["d1"]]


def test_rows_with_findings_are_marked():
    rows = list(domain_rows([glance("a.example"), glance("b.example")], [(finding("ES-TLS-001", "b.example"), "f0")]))
    assert ['class="x"' in row for row in rows] == [False, True]


def test_breakable_allows_breaks_after_dots():
    assert breakable("a.b<c") == "a.<wbr>b&lt;c"
    assert breakable("192.0.2.0/24") == "192.0.2.0/24"
