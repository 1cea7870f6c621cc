# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The formats of the reports: what the file of each is called, and what renders it. A new format is added here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from .csv_report import render_csv
from .document import Document, render_json
from .exemption_files import render_exemptions_csv, render_exemptions_markdown
from .html_report import render_html
from .junit_report import render_junit
from .markdown_report import render_markdown
from .sarif_report import render_sarif


class Format(NamedTuple):
    """One kind of file.

    Attributes:
        extension: the end of the name of the file.
        render: returns the text of the file, or its parts.
    """

    extension: str
    render: Callable[[Document], str | Iterator[str]]


FORMATS = {
    "json": Format(".json", render_json),
    "csv": Format(".csv", render_csv),
    "junit": Format(".xml", render_junit),
    "sarif": Format(".sarif", render_sarif),
    "markdown": Format(".md", render_markdown),
    "html": Format(".html", render_html),
}
# The register of exemptions is written beside the report of the same format, if the audit has read a list with exemptions.
REGISTERS = {
    "exemptions_csv": ("csv", Format("-exemptions.csv", render_exemptions_csv)),
    "exemptions_markdown": ("markdown", Format("-exemptions.md", render_exemptions_markdown)),
}
# The reports that take longest to render.
_SLOWEST = ("html", "csv", "sarif", "json")


def slowest_first(names: Iterable[str]) -> list[str]:
    """Return the names of reports in the order in which several processes should render them."""
    return sorted(names, key=lambda name: _SLOWEST.index(name) if name in _SLOWEST else len(_SLOWEST))


def render_report(document: Document, name: str, sarif_waived: bool) -> str | Iterator[str]:
    """Render a report or a register.

    Args:
        document: what the report is about.
        name: a key of FORMATS or REGISTERS.
        sarif_waived: whether a SARIF report contains waived findings.
    """
    if name == "sarif":
        return render_sarif(document, waived=sarif_waived)
    rendered = REGISTERS[name][1] if name in REGISTERS else FORMATS[name]
    return rendered.render(document)
