"""formats: the kinds of files that the reports of an audit are written to."""

from __future__ import annotations

import json
from itertools import permutations

import pytest
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.reports.formats import FORMATS, REGISTERS, render_report, slowest_first
from ansible_collections.mailops.cloudflare.tests.unit.support_reports import audit, document, waived, whole, with_lists

# How the text of each begins.
BEGINNINGS = {
    "json": "{",
    "csv": "\ufeff",
    "junit": "<?xml",
    "sarif": "{",
    "markdown": "## Audit of the mail domains",
    "html": "<!DOCTYPE html>",
    "exemptions_csv": "\ufeff",
    "exemptions_markdown": "## Register of exemptions",
}


def text_of(name: str, sarif_waived: bool = False) -> str:
    return "".join(render_report(with_lists(), name, sarif_waived))


@pytest.mark.parametrize("name", [*FORMATS, *REGISTERS])
def test_each_is_rendered_in_its_own_format(name: str) -> None:
    assert text_of(name).startswith(BEGINNINGS[name])


def test_no_two_have_the_same_file() -> None:
    extensions = [each.extension for each in (*FORMATS.values(), *(register for _format, register in REGISTERS.values()))]
    assert len(set(extensions)) == len(extensions)


def test_a_register_is_written_beside_a_report() -> None:
    assert {beside for beside, _register in REGISTERS.values()} <= set(FORMATS)


@pytest.mark.parametrize("sarif_waived", [False, True])
def test_waived_findings_are_in_sarif_on_request(sarif_waived: bool) -> None:
    found = document(audit([waived("ES-TLS-001", "a.example")]))
    [run] = json.loads("".join(render_report(found, "sarif", sarif_waived)))["runs"]
    assert len(run["results"]) == int(sarif_waived)


@pytest.mark.parametrize("names", list(permutations(["json", "html", "sarif", "csv"])))
def test_slowest_is_rendered_first(names: tuple[str, ...]) -> None:
    assert slowest_first(["junit", *names, "markdown"]) == ["html", "csv", "sarif", "json", "junit", "markdown"]


def test_document_without_lists_is_rendered_as_well() -> None:
    assert all("".join(render_report(whole(), name, sarif_waived=False)) for name in FORMATS)
